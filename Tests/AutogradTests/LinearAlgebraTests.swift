import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

@Suite struct LinearAlgebraTests {
    @Test func references() throws {
        try expectReferences(
            "linearalgebra",
            [
                "matmul": {
                    [
                        matmul(
                            $0[0], $0[1], transposingFirst: $1["transposingFirst"]?.bool ?? false,
                            transposingSecond: $1["transposingSecond"]?.bool ?? false)
                    ]
                },
                "dot": { x, _ in [dot(x[0], x[1])] },
                "outer": { x, _ in [outer(x[0], x[1])] },
                "linear": {
                    [
                        linear(
                            $0[0], $0[1], bias: $0[2],
                            activation: ($1["activation"]?.string).flatMap(Activation.init(rawValue:)))
                    ]
                },
            ])
    }

    /// Shapes as if neither were transposed.
    private static let shapes: [(Shape, Shape)] = [
        ([2], [2]), ([2], [2, 3]), ([3, 2], [2]), ([2, 3], [3, 2]), ([1, 2], [2, 1]), ([2], [3, 2, 2]),
        ([3, 2, 2], [2]),
        ([2, 2, 2], [2, 1]), ([2, 2], [2, 2, 3]), ([2, 1, 2], [2, 2, 2]), ([1, 1, 2], [2, 2, 2]),
        ([2, 2, 2], [1, 2, 1]),
        ([2, 1, 1, 2], [3, 2, 2]), ([2, 1, 2, 1], [1, 2, 1, 2]), ([2, 2, 1, 2], [2, 2]), ([2, 0], [0, 2]),
        ([0, 2], [2, 3]),
        ([3, 0, 2], [2, 2]), ([0, 2, 2], [2, 2]), ([2, 2], [0, 2, 2]), ([2, 2, 0], [0, 2]), ([1, 2, 2], [2, 2]),
    ]

    private static func exchanged(_ shape: Shape, _ flag: Bool) -> Shape {
        guard flag else { return shape }
        return shape.replacing(shape.rank - 2, with: shape[-1]).replacing(shape.rank - 1, with: shape[-2])
    }

    @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
    func gradientsAgreeWithDifferences(first: Bool, second: Bool) {
        var generator = TensorGenerator(seed: 51)
        for (a, b) in LinearAlgebraTests.shapes where !(first && a.rank == 1) && !(second && b.rank == 1) {
            let (a, b) = (LinearAlgebraTests.exchanged(a, first), LinearAlgebraTests.exchanged(b, second))
            expectGradients(
                of: { matmul($0, $1, transposingFirst: first, transposingSecond: second) }, at: generator.tensor(a),
                generator.tensor(b), order: 2, "\(a) by \(b)")
        }
        expectGradients(
            of: { matmul($0, $1, transposingFirst: first, transposingSecond: second) }, at: generator.tensor([2, 2]),
            generator.tensor([2, 2, 2]), order: 3)
    }

    @Test func onlyOneOperandMayWantAGradient() {
        var generator = TensorGenerator(seed: 52)
        let inputs = [generator.tensor([2, 2, 3]), generator.tensor([3, 2])]
        for constant in 0..<2 {
            expectGradients(of: { matmul($0[0], $0[1]) }, at: inputs, constants: [constant])
        }
        let vectors = [generator.tensor([3]), generator.tensor([3])]
        for constant in 0..<2 {
            expectGradients(of: { dot($0[0], $0[1]) }, at: vectors, constants: [constant])
            expectGradients(of: { outer($0[0], $0[1]) }, at: vectors, constants: [constant])
        }
    }

    @Test func oneVariableAsBothOperands() {
        var generator = TensorGenerator(seed: 53)
        let (square, vector) = (generator.tensor([2, 2]), generator.tensor([3]))
        expectGradients(of: { matmul($0, $0) }, at: square, order: 3)
        expectGradients(of: { matmul($0, $0, transposingFirst: true) }, at: square, order: 3)
        expectGradients(of: { matmul($0, $0, transposingSecond: true) }, at: generator.tensor([2, 1, 2]), order: 2)
        expectGradients(of: { matmul($0, $0) }, at: vector, order: 3)
        expectGradients(of: { dot($0, $0) }, at: vector, order: 3)
        expectGradients(of: { outer($0, $0) }, at: vector, order: 3)
    }

    @Test func vectors() {
        var generator = TensorGenerator(seed: 54)
        for (m, n) in [(3, 2), (1, 3), (0, 2), (2, 0)] {
            expectGradients(of: { outer($0, $1) }, at: generator.tensor([m]), generator.tensor([n]), order: 3)
        }
        for k in [3, 1, 0] {
            expectGradients(of: { dot($0, $1) }, at: generator.tensor([k]), generator.tensor([k]), order: 3)
        }
        for interest in [Interest.zeros, .ties, .large, .tiny] {
            let (a, b) = (generator.tensor([3], interest), generator.tensor([3], interest))
            expectGradients(of: { dot($0, $1) }, at: a, b)
            expectGradients(of: { outer($0, $1) }, at: a, b)
        }
    }

    private static let functions: [(name: String, call: @Sendable ([Variable]) -> Variable, shapes: (Shape, Shape))] = [
        ("matmul", { matmul($0[0], $0[1]) }, ([30, 20], [20, 25])),
        (
            "both transposed", { matmul($0[0], $0[1], transposingFirst: true, transposingSecond: true) },
            ([20, 30], [25, 20])
        ),
        ("one by a stack", { matmul($0[0], $0[1]) }, ([12, 9], [5, 9, 7])),
        ("a stack by one", { matmul($0[0], $0[1]) }, ([5, 12, 9], [9, 7])),
        ("stacks", { matmul($0[0], $0[1], transposingSecond: true) }, ([3, 1, 6, 9], [4, 7, 9])),
        ("dot", { dot($0[0], $0[1]) }, ([5000], [5000])),
        ("outer", { outer($0[0], $0[1]) }, ([40], [30])),
    ]

    @Test(arguments: functions.indices)
    func singlePrecisionUpdatesAndThreads(_ number: Int) {
        let (name, function, shapes) = LinearAlgebraTests.functions[number]
        var generator = TensorGenerator(seed: 55)
        let inputs = [generator.tensor(shapes.0), generator.tensor(shapes.1)]
        expectSingleNearDouble(of: function, at: inputs, order: 1, relative: 2e-5, name)
        expectUnmovedByUpdates(of: function, at: inputs, name)
        expectSameBitsAtAnyThreadCount(of: function, at: inputs.map { $0.converted(to: .float32) }, order: 2, name)
    }

    @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
    func aBroadcastOperandGetsNoStackOfGradients(first: Bool, second: Bool) {
        // 50 rows meet one wide matrix, from either side: a gradient for each of them would be 50 matrices.
        let stack = Variable(Tensor.ones(first ? [50, 40, 1] : [50, 1, 40]))
        let one = Variable(Tensor.ones([40, 40]))
        let columns = Variable(Tensor.ones(second ? [50, 1, 40] : [50, 40, 1]))
        let largest = recordingEverything {
            let left = matmul(stack, one, transposingFirst: first, transposingSecond: second)
            let right = matmul(one, columns, transposingFirst: first, transposingSecond: second)
            return gradients(of: left.sum() + right.sum(), at: [stack, one, columns], recordingGraph: true)
        }.recording.operations.map(\.shape.count).max()
        #expect(largest == 50 * 40)
    }

    @Test func vectorsByMatricesNeedNothingLarge() {
        let (row, matrix) = (Variable(Tensor.ones([40])), Variable(Tensor.ones([40, 40])))
        let largest = recordingEverything {
            gradients(of: matmul(row, matrix).sum(), at: [row], recordingGraph: true)
        }.recording.operations.map(\.shape.count).max()
        #expect(largest == 40)
    }

    @Test func inDoubleWidens() {
        let (a, b) = (Variable([[1, 2], [3, 4]]), Variable([[0.5, -1], [2, 1]]))
        inDouble {
            let y = matmul(a, b)
            #expect(y.elementType == .float64)
            y.sum().backward()
        }
        #expect(a.gradient?.value == Tensor([[-0.5, 3], [-0.5, 3]]))
        #expect(b.gradient?.value == Tensor([[4, 4], [6, 6]]))
    }

    @Test func misuse() {
        let (a, b) = (Variable([[1, 2, 3], [4, 5, 6]]), Variable([[1, 2], [3, 4]]))
        #expect(
            misuseMessage { matmul(a, b).sum().backward() }
                == "matmul: shapes [2, 3] and [2, 2]: the inner sizes, 3 and 2, differ")
        #expect(
            misuseMessage { matmul(Variable(1), b).sum().backward() }
                == "matmul: shapes [] and [2, 2]; each operand has at least one axis")
        #expect(
            misuseMessage { matmul(Variable([1, 2]), b, transposingFirst: true).sum().backward() }
                == "matmul: shapes [2] and [2, 2]; a vector has no two axes to exchange")
        #expect(
            misuseMessage { dot(Variable([1, 2]), Variable([1])).backward() }
                == "dot: shapes [2] and [1]; two vectors of one length are wanted")
        #expect(
            misuseMessage { outer(a, Variable([1])).sum().backward() }
                == "outer: shapes [2, 3] and [1]; two vectors are wanted")
        #expect(a.gradient == nil && b.gradient == nil)
    }
}
