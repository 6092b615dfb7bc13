import GradusTensor
import Testing
import _TestSupport

/// A layer in one pass: the product, the bias and the activation one by one, whichever way the product takes.
@Suite struct LinearTests {
    @Test func closedForms() {
        let x = Tensor([[1, 2], [3, -4]]), weight = Tensor([[1], [1]])
        #expect(linear(x, weight) == Tensor([[3], [-1]]))
        #expect(linear(x, weight, bias: Tensor([0.5])) == Tensor([[3.5], [-0.5]]))
        #expect(linear(x, weight, bias: Tensor([0.5]), activation: .relu) == Tensor([[3.5], [0]]))
        #expect(linear(Tensor([1, 2]), weight, bias: Tensor([1])) == Tensor([4]))
        #expect(
            linear(.zeros([2, 0]), .zeros([0, 3]), bias: Tensor([1, -2, 3])) == Tensor([[1, -2, 3], [1, -2, 3]]))
        #expect(linear(.zeros([0, 2]), weight, bias: Tensor([1])).shape == [0, 1])
    }

    /// Inputs and weights: read where they lie, in parts, packed; rows and columns alone; stacks. Whole numbers, so that sums are exact.
    private static let shapes: [(Shape, Shape)] = [
        ([3, 5], [5, 7]), ([1, 9], [9, 40]), ([40], [40, 33]), ([50, 9], [9, 1]), ([130, 70], [70, 65]),
        ([2, 3, 50, 8], [8, 96]),
        ([265, 1500], [1500, 350]), ([40, 800], [800, 48]), ([2, 0, 4], [4, 5]), ([6, 0], [0, 5]), ([1, 1], [1, 1]),
    ]

    private func function(_ activation: Activation?, _ x: Tensor) -> Tensor {
        switch activation {
        case nil: x
        case .relu: relu(x)
        case .sigmoid: sigmoid(x)
        case .tanh: GradusTensor.tanh(x)
        case .gelu: gelu(x)
        case .silu: silu(x)
        }
    }

    @Test(arguments: [ElementType.float32, .float64]) func eachStepByItself(_ type: ElementType) {
        var generator = TensorGenerator(seed: 9)
        func wholes(_ shape: Shape) -> Tensor { round(2 * generator.tensor(shape, as: type)) }
        for (shape, weightShape) in LinearTests.shapes {
            let x = wholes(shape), weight = wholes(weightShape), bias = wholes([weightShape[1]])
            for bias in [nil, bias] {
                let product = matmul(x, weight)
                let sums = bias.map { product + $0 } ?? product
                for activation in [nil] + Activation.allCases.map(Optional.some) {
                    let expected = function(activation, sums)
                    let name = "\(shape) by \(weightShape), bias \(bias != nil), \(activation?.rawValue ?? "none")"
                    let results = atThreadCounts([1, 2]) { linear(x, weight, bias: bias, activation: activation) }
                    for result in results { expectIdentical(result, expected, name) }
                    let both = linear(x, weight, bias: bias, activation: activation, keepingSums: true)
                    expectIdentical(both.result, expected, name)
                    expectIdentical(both.sums ?? .inert, sums, name)
                }
            }
        }
    }

    /// NaN and infinities go the ways that they go step by step.
    @Test func whatIsNoNumber() {
        let x = Tensor([[1, .infinity], [.nan, 0], [2, 3]]), weight = Tensor([[1, -1], [1, 1]])
        let bias = Tensor([-.infinity, .nan])
        for bias in [nil, bias] {
            let sums = bias.map { matmul(x, weight) + $0 } ?? matmul(x, weight)
            for activation in Activation.allCases {
                expectIdentical(linear(x, weight, bias: bias, activation: activation), function(activation, sums))
            }
        }
    }

    @Test func misuse() {
        let x = Tensor([[1, 2, 3]]), weight = Tensor.zeros([3, 2])
        #expect(
            misuseMessage { linear(x, .zeros([2, 2])) }
                == "linear: shapes [1, 3] and [2, 2]; inputs are [..., k], the weight is [k, n]")
        #expect(
            misuseMessage { linear(x, .zeros([3])) }
                == "linear: shapes [1, 3] and [3]; inputs are [..., k], the weight is [k, n]")
        #expect(
            misuseMessage { linear(x, weight, bias: .zeros([1, 2])) }
                == "linear: a bias of shape [1, 2]; it is [2] here")
        #expect(
            misuseMessage { linear(x, weight, bias: .zeros([2], as: .float64)) }
                == "linear: element types float32 and float64 do not mix; convert one with converted(to:)")
        #expect(
            misuseMessage { linear(.zeros([1, 3], as: .int64), .zeros([3, 2], as: .int64)) }
                == "linear: not defined on int64; convert first")
    }
}
