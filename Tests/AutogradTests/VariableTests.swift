import GradusAutograd
import GradusTensor
import Testing

@Test func aProductAndASum() {
    let x = Variable(Tensor(3), name: "x")
    let y = x * x + 1
    for step in y.backwardSteps() { print(step) }
    y.backward()
    #expect(x.gradient?.item == 6)
    let z = x * x * x
    let first = gradients(of: z, at: [x], recordingGraph: true)[0]!
    #expect(first.item == 27)
    #expect(gradients(of: first, at: [x])[0]!.item == 18)
}
