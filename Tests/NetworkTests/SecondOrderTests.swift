import GradusAutograd
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

/// H. Rosenbrock's valley, 1960, in any number of dimensions: a narrow bend with its bottom at (1, 1, …).
private func valley(_ x: Variable) -> Variable {
    let (a, b) = (x.slice(along: 0, from: 0, to: -1), x.slice(along: 0, from: 1))
    return (100 * square(b - square(a)) + square(1 - a)).sum()
}

@Suite struct SecondOrderTests {
    @Test func bothFindTheBottomOfAValley() {
        for count in [2, 6] {
            let start = Tensor((0..<count).map { $0 % 2 == 0 ? -1.2 : 1 }, shape: [count], as: .float64)
            let (x, quasi) = (Variable(start), LBFGS())
            var losses: [Double] = []
            for _ in 0..<60 { losses.append(quasi.step([x]) { valley(x) }) }
            expectClose(x.value, .ones([count], as: .float64), relative: 1e-6)
            // Every step goes down.
            #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 >= $1 })
            #expect(x.gradient == nil)
        }
        let (y, newton) = (Variable([-1.2, 1], as: .float64), NewtonCG())
        for _ in 0..<30 { newton.step([y]) { valley(y) } }
        expectClose(y.value, [1, 1], relative: 1e-6)
    }

    /// Of a quadratic Newton's step is the whole way, and quasi-Newton steps need no more than a few times its dimensions.
    @Test func aQuadraticIsSolved() {
        var random = Random(seed: 1)
        let root = Tensor.normal([5, 5], as: .float64, using: &random)
        let a = matmul(root, root, transposingSecond: true) + Tensor.eye(5, as: .float64)
        let b = Tensor.normal([5], as: .float64, using: &random)
        func loss(_ x: Variable) -> Variable {
            0.5 * dot(x, matmul(.constant(a), x)) - dot(.constant(b), x)
        }
        for parts in [1, 2] {
            let (x, y) = (Variable(.zeros([5], as: .float64)), Variable(.zeros([5], as: .float64)))
            let newton = NewtonCG()
            for _ in 0..<6 { newton.step([x]) { loss(x) } }
            expectClose(matmul(a, x.value), b, absolute: 1e-8)
            let quasi = LBFGS(history: 5 * parts)
            for _ in 0..<25 { quasi.step([y]) { loss(y) } }
            expectClose(matmul(a, y.value), b, absolute: 1e-7)
        }
    }

    @Test func severalParametersAreOnePoint() {
        let (w, b) = (Variable(.zeros([2], as: .float64)), Variable(0, as: .float64))
        let x = Tensor([[1, 2], [3, -1], [0, 1], [2, 2]], as: .float64)
        let y = matmul(x, Tensor([0.5, -2], as: .float64)) + 3
        let unused = Variable([7], as: .float64)
        let optimizer = LBFGS()
        for _ in 0..<30 {
            optimizer.step([w, b, unused]) { meanSquaredError(matmul(.constant(x), w) + b, y) }
        }
        expectClose(w.value, [0.5, -2], relative: 1e-7)
        expectClose(b.item, 3, relative: 1e-7)
        #expect(unused.value == Tensor([7], as: .float64))
    }

    @Test func whatCannotBeImprovedStays() {
        let x = Variable([2], as: .float64)
        #expect(LBFGS().step([x]) { 0 * x.sum() }.isZero)
        #expect(LBFGS().step([x]) { log(-1 * x).sum() }.isNaN)
        // The gradient of a wrong rule leads up: no step along it is lower.
        let lying = { custom(x, forward: { square($0) }, backward: { x, _, u in -2 * x * u }).sum() }
        #expect(LBFGS().step([x], loss: lying) == 4)
        expectIdentical(x.value, Tensor([2], as: .float64))
        _ = misuseMessage {
            _ = Tensor([1, 2]) + Tensor([1, 2, 3])
            LBFGS().step([x]) { square(x).sum() }
            NewtonCG().step([x]) { square(x).sum() }
        }
        expectIdentical(x.value, Tensor([2], as: .float64))
        #expect(
            misuseMessage { LBFGS().step([x]) { x * Variable([1, 2], as: .float64) } }
                == "step: a loss of shape [2]; it is one number")
        #expect(misuseMessage { NewtonCG().step([x * 2]) { x.sum() } } != nil)
        #expect(misuseMessage { LBFGS(history: 0) } != nil)
        #expect(misuseMessage { NewtonCG(iterations: 0) } != nil)
    }

    @Test func averagesFollowTheParameters() {
        let x = Variable([1, 2], as: .float64)
        let average = MovingAverage(of: [x], decay: 0.75)
        x.value = Tensor([5, 6], as: .float64)
        average.update()
        expectClose(average.values[0], [2, 3])
        struct Failure: Error {}
        #expect(throws: Failure.self) {
            try average.applied {
                expectClose(x.value, [2, 3])
                throw Failure()
            }
        }
        expectClose(x.value, [5, 6])
        _ = misuseMessage {
            _ = Tensor([1, 2]) + Tensor([1, 2, 3])
            average.update()
        }
        expectClose(average.values[0], [2, 3])
        #expect(misuseMessage { MovingAverage(of: [x], decay: 2) } != nil)
        #expect(misuseMessage { MovingAverage(of: [x + 1]) } != nil)
    }

    /// Gradients of two halves, of which each loss is half of the whole, make one step of the whole.
    @Test func gradientsAccumulateOverBatches() {
        let data = Tensor([1, 2, 3, 4], as: .float64)
        let (x, y) = (Variable(0.5, as: .float64), Variable(0.5, as: .float64))
        let (one, two) = (Adam(learningRate: 0.1), Adam(learningRate: 0.1))
        for _ in 0..<3 {
            square(x * .constant(data) - 1).mean().backward()
            one.step([x])
            for half in data.split(into: 2) { (square(y * .constant(half) - 1).mean() / 2).backward() }
            two.step([y])
        }
        expectClose(x.value, y.value, relative: 1e-12)
    }
}
