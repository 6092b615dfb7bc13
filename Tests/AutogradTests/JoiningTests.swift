import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

// The reference values are with those of the shaping family.
@Suite struct JoiningTests {
    @Test func linearInEachPart() {
        for axis in [0, 1, 2, -1] {
            for sizes in [[1, 2], [3, 0], [2, 2], [0, 0]] {
                let shapes = sizes.map { Shape([2, 3, 4]).replacing(axis < 0 ? axis + 3 : axis, with: $0) }
                expectLinear(
                    { x in
                        let parts = x.split(sizes: shapes.map(\.count))
                        return concatenate(zip(parts, shapes).map { $0.reshaped(to: $1) }, along: axis)
                    }, at: [shapes[0].count + shapes[1].count], "\(sizes) along \(axis)")
            }
        }
        for axis in -4...3 {
            expectLinear({ stack($0.split(into: 2), along: axis) }, at: [2, 3, 2], "\(axis)")
            expectLinear({ x in stack([x, x, x], along: axis) }, at: [2, 0, 2], "\(axis)")
        }
        expectLinear({ concatenate([$0, $0, .constant(.ones([1, 3], as: .float64)), $0]) }, at: [2, 3])
    }

    @Test func everyPieceOfASplit() {
        for axis in [0, 1, -1] {
            for piece in 0..<3 {
                expectLinear(
                    { $0.split(sizes: [2, 0, 4], along: axis)[piece] }, at: [6, 6, 6], "\(piece) along \(axis)")
                expectLinear({ $0.split(into: 3, along: axis)[piece] }, at: [3, 6, 9], "\(piece) along \(axis)")
            }
        }
        expectLinear({ $0.split(into: 1)[0] }, at: [2, 2])
        expectLinear({ $0.split(sizes: [0, 0])[1] }, at: [0, 2])
    }

    @Test func severalPiecesInOneWalk() {
        var generator = TensorGenerator(seed: 4)
        expectGradients(
            of: { x in
                let parts = x.split(sizes: [1, 2, 1, 2], along: 1)
                return concatenate([parts[1] * parts[3], parts[0] * parts[0]], along: 1)  // parts[2] is not used
            }, at: generator.tensor([2, 6]), order: 3)
        expectGradients(
            of: { x in x[0].split(into: 3) + [x[0] * x[1]] }, at: [generator.tensor([3, 2]), generator.tensor([2])])
    }

    @Test func piecesNobodyUsedHaveNoUpstream() {
        let x = Variable([1, 2, 3, 4], name: "x")
        let parts = x.split(sizes: [1, 2, 1])
        let y = parts[1] * parts[1]
        let steps = Array(y.backwardSteps(upstream: .constant(.ones([2]))))
        #expect(steps.map(\.operation.name) == ["multiply", "split"])
        #expect(steps[1].upstreams.map { $0 == nil } == [true, false, true])
        y.backward(upstream: .constant(.ones([2])))
        #expect(x.gradient?.value == Tensor([0, 4, 6, 0]))

        let other = Variable([1, 2])
        _ = other.split(into: 2)
        #expect(gradients(of: x + 1, at: [other], upstream: .constant(.ones([4])))[0] == nil)
    }

    /// A slice a step would take gradients as large as the sequence, once a step: a quarter of a billion elements here.
    @Test func aLongSequenceIsOneOperation() {
        let length = 16384
        let x = Variable(.ones([length, 2]))
        let (y, recording) = recordingEverything { concatenate(x.split(into: length).reversed()) }
        #expect(recording.operations.map(\.name) == ["split", "concatenate"])
        let weights = Tensor.arange(0, Double(2 * length)).reshaped(length, 2)
        let gradient = gradients(of: y, at: [x], upstream: Variable(weights), recordingGraph: true)[0]
        #expect(gradient?.value == weights.flipped(along: [0]))
    }

    @Test func theSameVariableSeveralTimes() {
        let x = Variable([1, 2])
        concatenate([x, 2 * x, x]).backward(upstream: .constant(Tensor([1, 2, 3, 4, 5, 6])))
        #expect(x.gradient?.value == Tensor([12, 16]))
        x.gradient = nil
        stack([x, x, 3 * x], along: 1).backward(upstream: .constant(Tensor([[1, 2, 3], [4, 5, 6]])))
        #expect(x.gradient?.value == Tensor([12, 27]))
    }

    @Test func finiteDifferencesUpdatesThreadsAndElementTypes() {
        var generator = TensorGenerator(seed: 6)
        let inputs = [generator.tensor([2, 3]), generator.tensor([2, 3])]
        let functions: [([Variable]) -> Variable] = [
            { concatenate([$0[0] * $0[1], $0[1], $0[0]], along: 1) },
            { stack([$0[0] * $0[1], $0[1], $0[0]], along: 1) },
            { x in
                let (a, b) = (x[0].split(sizes: [1, 2], along: 1), x[1].split(into: 3, along: 1))
                return a[1] * b[0] + a[0] * b[2]
            },
        ]
        for function in functions {
            let squared: ([Variable]) -> Variable = { function($0) * function($0) }
            expectGradients(of: { squared($0) }, at: inputs)
            expectUnmovedByUpdates(of: squared, at: inputs)
            expectSameBitsAtAnyThreadCount(of: squared, at: inputs, order: 2)
            expectSingleNearDouble(of: squared, at: inputs)
        }
    }

    @Test func integersAndConstantsAreJoinedToo() {
        let labels = Variable.constant(Tensor([1, 2, 3], as: .int64))
        #expect(!concatenate([labels, labels]).wantsGradient)
        #expect(labels.split(sizes: [1, 2])[1].value == Tensor([2, 3], as: .int64))
    }

    @Test func misuseIsSaidAndSurvived() {
        let x = Variable(.ones([2, 3]))
        func expect(_ message: String, _ body: () -> Variable, _ location: SourceLocation = #_sourceLocation) {
            let found = misuseMessage {
                let y = body()
                concatenate([y, x]).split(sizes: [2, 2])[1].backward()
                return stack(y.split(into: 2) + [y], along: 7)
            }
            #expect(found == message, sourceLocation: location)
        }
        expect("concatenate: no tensors; one at least is wanted") { concatenate([]) }
        expect("stack: no tensors; one at least is wanted") { stack([]) }
        expect("concatenate: axis 2 of shape [2, 3]; its axes are -2 to 1") { concatenate([x, x], along: 2) }
        expect("concatenate: shapes [2, 3] and [6] (tensor 1) differ elsewhere than along axis 0") {
            concatenate([x, x.flattened()])
        }
        expect("stack: shapes [2, 3] and [3, 2] (tensor 1) differ") { stack([x, x.transposed()]) }
        expect("split: sizes [1, 2] along axis 0 of shape [2, 3]; they are 0 or more and add up to 2") {
            x.split(sizes: [1, 2])[1]
        }
        expect("split: axis 5 of shape [2, 3]; its axes are -2 to 1") { x.split(sizes: [1, 1], along: 5)[1] }
        expect("split: 2 equal pieces along axis 1 of shape [2, 3], which has size 3 there") {
            x.split(into: 2, along: 1)[1]
        }
        #expect(misuseMessage { x.split(into: Int.max) } != nil && misuseMessage { x.split(into: -1) } != nil)
        #expect(x.gradient == nil)
    }
}
