import GradusTensor
import Testing
import _TestSupport

@Suite struct Convolution1DTests {
    @Test func byHand() {
        let x = Tensor([[[1, 2, 3, 4]]])
        #expect(conv1D(x, Tensor([[[1, 0, -1]]])) == Tensor([[[-2, -2]]]))
        #expect(conv1D(x, Tensor([[[1, 10]]]), stride: 2, padding: 1) == Tensor([[[10, 32, 4]]]))
        #expect(conv1D(x, Tensor([[[1, 10]]]), bias: Tensor([0.5]), dilation: 3) == Tensor([[[41.5]]]))
    }

    /// The same as two dimensions of height 1, forward and back.
    @Test func isTwoDimensionsOfHeightOne() {
        var numbers = Numbers(seed: 1)
        for stride in 1...3 {
            for padding in 0...2 {
                for dilation in 1...2 {
                    for groups in [1, 2, 4] {
                        let x = numbers.small(2 * 4 * 9)
                        let w = numbers.small(8 * 4 / groups * 3)
                        let flat = (Tensor(x, shape: [2, 4, 9]), Tensor(w, shape: [8, 4 / groups, 3]))
                        let high = (Tensor(x, shape: [2, 4, 1, 9]), Tensor(w, shape: [8, 4 / groups, 1, 3]))
                        let out = conv1D(
                            flat.0, flat.1, stride: stride, padding: padding, dilation: dilation, groups: groups)
                        let out2 = conv2D(
                            high.0, high.1, stride: Pair(1, stride), padding: Pair(0, padding),
                            dilation: Pair(1, dilation), groups: groups)
                        #expect(out.shape == [2, 8, out2.shape[3]])
                        #expect(out.array(of: Double.self) == out2.array(of: Double.self))

                        let one = Convolution2DGeometry(
                            oneDimensionalStride: stride, padding: padding, dilation: dilation, groups: groups)
                        let two = Convolution2DGeometry(
                            stride: Pair(1, stride), padding: Pair(0, padding), dilation: Pair(1, dilation),
                            groups: groups)
                        let y = numbers.small(out.count)
                        let ys = (Tensor(y, shape: out.shape), Tensor(y, shape: out2.shape))
                        let back = conv2DInputGradient(ys.0, flat.1, inputShape: [2, 4, 9], one)
                        #expect(back.shape == [2, 4, 9])
                        #expect(
                            back.array(of: Double.self)
                                == conv2DInputGradient(ys.1, high.1, inputShape: [2, 4, 1, 9], two).array(
                                    of: Double.self))
                        let weight = conv2DWeightGradient(flat.0, ys.0, weightShape: flat.1.shape, one)
                        #expect(weight.shape == flat.1.shape)
                        #expect(
                            weight.array(of: Double.self)
                                == conv2DWeightGradient(high.0, ys.1, weightShape: high.1.shape, two).array(
                                    of: Double.self))
                    }
                }
            }
        }
    }
}
