import GradusTensor
import Testing
import _TestSupport

@Suite struct TransposedConvolutionTests {
    /// By its definition: each input element adds the kernel, times itself, to the output, and what falls outside is lost.
    func reference(
        _ x: [Double], _ input: [Int], _ w: [Double], _ weight: [Int], _ output: [Int], _ stride: Pair, _ padding: Pair,
        _ dilation: Pair, _ groups: Int
    ) -> [Double] {
        var result = [Double](repeating: 0, count: output.reduce(1, *))
        for n in 0..<input[0] {
            for c in 0..<input[1] {
                let group = c / (input[1] / groups)
                for o in 0..<weight[1] {
                    for place in 0..<input[2] * input[3] {
                        for tap in 0..<weight[2] * weight[3] {
                            let row =
                                place / input[3] * stride.vertical + tap / weight[3] * dilation.vertical
                                - padding.vertical
                            let column =
                                place % input[3] * stride.horizontal + tap % weight[3] * dilation.horizontal
                                - padding.horizontal
                            guard row >= 0 && row < output[2] && column >= 0 && column < output[3] else { continue }
                            let plane = n * output[1] + group * weight[1] + o
                            result[(plane * output[2] + row) * output[3] + column] +=
                                x[(n * input[1] + c) * input[2] * input[3] + place]
                                * w[(c * weight[1] + o) * weight[2] * weight[3] + tap]
                        }
                    }
                }
            }
        }
        return result
    }

    @Test func sweepOfGeometries() {
        var cases = 0
        for stride in [1, 2, 3, Pair(1, 2)] as [Pair] {
            for padding in [0, 1, Pair(2, 0)] as [Pair] {
                for dilation in [1, 2, Pair(1, 3)] as [Pair] {
                    for outputPadding in [0, 1, 2, Pair(0, 1), Pair(1, 0)] as [Pair] {
                        for groups in [1, 2] {
                            let fits =
                                outputPadding.vertical < max(stride.vertical, dilation.vertical)
                                && outputPadding.horizontal < max(stride.horizontal, dilation.horizontal)
                            guard fits else { continue }
                            cases += 1
                            let (input, weight) = ([2, 4, 3, 4], [4, 3, 3, 2])
                            let output = [
                                2, 3 * groups,
                                2 * stride.vertical - 2 * padding.vertical + 2 * dilation.vertical + 1
                                    + outputPadding.vertical,
                                3 * stride.horizontal - 2 * padding.horizontal + dilation.horizontal + 1
                                    + outputPadding.horizontal,
                            ]
                            var numbers = Numbers(seed: cases)
                            let (x, w, b) = (numbers.small(96), numbers.small(72), numbers.small(3 * groups))
                            var expected = reference(x, input, w, weight, output, stride, padding, dilation, groups)
                            let plane = output[2] * output[3]
                            for i in expected.indices { expected[i] += b[i / plane % b.count] }
                            for type in [ElementType.float32, .float64] {
                                let out = transposedConv2D(
                                    Tensor(x, shape: Shape(input), as: type), Tensor(w, shape: Shape(weight), as: type),
                                    bias: Tensor(b, as: type), stride: stride, padding: padding,
                                    outputPadding: outputPadding, dilation: dilation, groups: groups)
                                #expect(out.shape == Shape(output))
                                #expect(
                                    out.array(of: Double.self) == expected,
                                    "\(stride) \(padding) \(dilation) \(outputPadding) \(groups)")
                            }
                        }
                    }
                }
            }
        }
        #expect(cases > 150)
    }

    /// It undoes the change of shape of the convolution with the same numbers, and is its adjoint.
    @Test func isTheConvolutionsInputGradient() {
        let geometry = Convolution2DGeometry(stride: 2, padding: 1, groups: 2)
        var numbers = Numbers(seed: 4)
        let w = Tensor(numbers.fractions(6 * 2 * 9), shape: [6, 2, 3, 3])
        for (height, outputPadding) in [(7, Pair(0, 0)), (8, Pair(1, 0))] {
            let shape: Shape = [2, 4, height, 5]
            let output = conv2D(.zeros(shape), w, stride: 2, padding: 1, groups: 2).shape
            #expect(output == [2, 6, 4, 3])
            let y = Tensor(numbers.fractions(output.count), shape: output)
            expectIdentical(
                transposedConv2D(y, w, stride: 2, padding: 1, outputPadding: outputPadding, groups: 2),
                conv2DInputGradient(y, w, inputShape: shape, geometry))
        }
    }

    @Test func oneDimension() {
        // By hand: 1, 2 spread by [1, 10, 100] at stride 2.
        let x = Tensor([[[1, 2]]])
        let w = Tensor([[[1, 10, 100]]])
        #expect(transposedConv1D(x, w, stride: 2) == Tensor([[[1, 10, 102, 20, 200]]]))
        #expect(transposedConv1D(x, w, stride: 2, padding: 1, outputPadding: 1) == Tensor([[[10, 102, 20, 200]]]))
        #expect(
            transposedConv1D(x, w, bias: Tensor([0.5]), dilation: 2)
                == Tensor([[[1.5, 2.5, 10.5, 20.5, 100.5, 200.5]]]))
        // More output padding than the stride has room for, as the dilation allows: zeros at the end.
        #expect(
            transposedConv1D(x, w, padding: 0, outputPadding: 1, dilation: 2)
                == Tensor([[[1, 2, 10, 20, 100, 200, 0]]]))
    }

    @Test func emptySizes() {
        #expect(transposedConv2D(.zeros([0, 2, 3, 3]), .zeros([2, 4, 3, 3]), stride: 2).shape == [0, 4, 7, 7])
        #expect(transposedConv2D(.zeros([1, 2, 3, 3]), .zeros([2, 0, 3, 3])).shape == [1, 0, 5, 5])
        let bias = transposedConv2D(.zeros([1, 0, 1, 1]), .zeros([0, 2, 1, 1]), bias: Tensor([5, 6]))
        #expect(bias == Tensor([[[[5]], [[6]]]]))
    }

    @Test func theSameAtAnyThreadCount() {
        var numbers = Numbers(seed: 5)
        let x = Tensor(numbers.fractions(3 * 20 * 30), shape: [3, 20, 5, 6])
        let w = Tensor(numbers.fractions(20 * 18 * 9), shape: [20, 18, 3, 3])
        let b = Tensor(numbers.fractions(18))
        let results = atThreadCounts { transposedConv2D(x, w, bias: b, stride: 2, padding: 1, outputPadding: 1) }
        for other in results.dropFirst() { expectIdentical(other, results[0]) }
    }
}
