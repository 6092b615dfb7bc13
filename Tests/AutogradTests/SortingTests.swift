import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

@Suite struct SortingTests {
    @Test func references() throws {
        for one in try ReferenceCases.load("indexing") {
            switch one.op {
            case "sort":
                expectReference(one) {
                    [$0[0].sorted(along: $1["axis"]?.int ?? -1, descending: $1["descending"]?.bool ?? false).values]
                }
            case "topK":
                expectReference(one) {
                    let k = $1["count"]?.int ?? -1
                    return [$0[0].topK(k, along: $1["axis"]?.int ?? -1, largest: $1["largest"]?.bool ?? true).values]
                }
            default: break
            }
        }
    }

    private static let functions: [(name: String, call: @Sendable (Variable, Int) -> Variable)] = [
        ("max", { $0.maxWithIndex(along: $1).values }),
        ("max", { $0.maxWithIndex(along: $1, keepingAxes: true).values }),
        ("min", { $0.minWithIndex(along: $1).values }),
        ("sorted", { $0.sorted(along: $1).values }),
        ("sorted", { $0.sorted(along: $1, descending: true).values }),
        ("topK", { $0.topK(2, along: $1).values }),
        ("topK", { $0.topK(2, along: $1, largest: false).values }),
        ("topK", { $0.topK(0, along: $1).values }),
    ]

    @Test(arguments: functions.indices)
    func gradientsAgreeWithDifferences(_ number: Int) {
        let function = SortingTests.functions[number].call
        var generator = TensorGenerator(seed: 41)
        for (shape, axis) in [([4], 0), ([2, 3], -1), ([3, 2], 0), ([2, 3, 2], 1), ([0, 3], 1)] as [(Shape, Int)] {
            expectGradients(of: { function($0, axis) }, at: generator.tensor(shape), order: 2, "\(shape)")
            // Linear as they are in what they pick, their square has second derivatives.
            expectGradients(
                of: { function($0, axis) * function($0, axis) }, at: generator.tensor(shape), order: 2, "\(shape)")
        }
    }

    @Test(arguments: functions.indices)
    func singlePrecisionUpdatesAndThreads(_ number: Int) {
        let function = SortingTests.functions[number].call
        var generator = TensorGenerator(seed: 42)
        let x = generator.tensor([3, 20, 2])
        expectSingleNearDouble(of: { function($0[0], 1) }, at: [x])
        expectUnmovedByUpdates(of: { function($0[0], 1) }, at: [x])
        expectSameBitsAtAnyThreadCount(of: { function($0[0], 1) }, at: [x])
    }

    @Test func theFirstOfEqualOnesWinsAlone() {
        let x = Variable([[2, 3, 3], [1, 1, 1]])
        let (values, indices) = x.maxWithIndex(along: 1)
        #expect(indices == Tensor([1, 0] as [Int]))
        #expect(gradients(of: values.sum(), at: [x])[0]!.value == Tensor([[0, 1, 0], [1, 0, 0]]))
        let least = x.minWithIndex(along: 0)
        #expect(gradients(of: least.values.sum(), at: [x])[0]!.value == Tensor([[0, 0, 0], [1, 1, 1]]))
    }

    @Test func equalOnesKeepTheirOrderAndTheirGradients() {
        let x = Variable([1, 0, 1, 0])
        let (values, indices) = x.sorted()
        #expect(indices == Tensor([1, 3, 0, 2] as [Int]))
        let upstream = Variable.constant(Tensor([1, 2, 3, 4]))
        #expect(gradients(of: values, at: [x], upstream: upstream)[0]!.value == Tensor([3, 1, 4, 2]))
    }

    @Test func integersArePickedAsConstants() {
        let (values, indices) = Variable.constant(Tensor([3, 1, 2] as [Int])).sorted()
        #expect(values.value == Tensor([1, 2, 3] as [Int]))
        #expect(indices == Tensor([1, 2, 0] as [Int]))
        #expect(!values.wantsGradient)
    }

    @Test func misuse() {
        let x = Variable([1, 2])
        for (name, function) in SortingTests.functions {
            #expect(
                misuseMessage { function(x, 1).sum().backward() }
                    == "\(name): axis 1 of shape [2]; its axes are -1 to 0")
        }
        #expect(
            misuseMessage { x.topK(3).values.sum().backward() } == "topK: 3 of the 2 along axis 0 of shape [2]")
        #expect(
            misuseMessage { Variable(Tensor.zeros([0])).maxWithIndex(along: 0).values.backward() }
                == "max: axis 0 of shape [0] has no elements to choose from")
        #expect(x.gradient == nil)
    }
}
