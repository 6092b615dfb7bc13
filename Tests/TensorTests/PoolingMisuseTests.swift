import GradusTensor
import Testing
import _TestSupport

@Suite struct PoolingMisuseTests {
    private let x = Tensor.zeros([1, 2, 3, 4])

    @Test func inputs() {
        expectMisuse("maxPool2D: input of shape [3, 4]; it is [batch, channels, height, width]") {
            maxPool2D(x[0][0], kernel: 1)
        }
        expectMisuse("averagePool2D: not defined on int64; convert first") {
            averagePool2D(x.converted(to: .int64), kernel: 1)
        }
        expectMisuse("maxPool2D: input of shape [1, 2, 0, 4] has nothing to pool") {
            maxPool2D(Tensor.zeros([1, 2, 0, 4]), kernel: 2, padding: 1)
        }
        expectMisuse("adaptiveMaxPool2D: input of shape [1, 2, 4, 0] has nothing to pool") {
            adaptiveMaxPool2D(Tensor.zeros([1, 2, 4, 0]), outputSize: 1)
        }
        expectMisuse("maxPool1D: input of shape [1, 2, 3, 4]; it is [batch, channels, length]") {
            maxPool1D(x, kernel: 1)
        }
        expectMisuse("averagePool1D: input of shape [1, 2, 0] has nothing to pool") {
            averagePool1D(Tensor.zeros([1, 2, 0]), kernel: 1)
        }
    }

    @Test func windows() {
        expectMisuse("maxPool2D: a kernel of 0 by 2; its sizes are 1 or more") { maxPool2D(x, kernel: Pair(0, 2)) }
        expectMisuse("maxPool2D: a kernel of -1 by -1; its sizes are 1 or more") { maxPool2D(x, kernel: -1) }
        expectMisuse("averagePool2D: a stride of 1 by 0; strides are 1 or more") {
            averagePool2D(x, kernel: 1, stride: Pair(1, 0))
        }
        expectMisuse("averagePool1D: a stride of -2; strides are 1 or more") {
            averagePool1D(x[0], kernel: 1, stride: -2)
        }
        for padding in [Pair(2), Pair(0, -1), Pair(.max, 0)] {
            expectMisuse(
                "maxPool2D: a padding of \(padding.vertical) by \(padding.horizontal) for a kernel of 3 by 3; it is 0 or more and at most half the kernel"
            ) { maxPool2D(x, kernel: 3, padding: padding) }
        }
        expectMisuse(
            "maxPool2D: a kernel of 4 by 4 on 3 by 4 with a padding of 0 by 0; it is not larger than what it moves over"
        ) { maxPool2D(x, kernel: 4) }
        expectMisuse(
            "maxPool2D: a kernel of \(Int.max) by 1 on 3 by 4 with a padding of 1 by 0; it is not larger than what it moves over"
        ) { maxPool2D(x, kernel: Pair(.max, 1), padding: Pair(1, 0)) }
        expectMisuse("maxPool1D: a kernel of 7 on 4 with a padding of 1; it is not larger than what it moves over") {
            maxPool1D(x[0], kernel: 7, padding: 1)
        }
        for size in [Pair(0, 1), Pair(1, -1), Pair(.max, 3)] {
            expectMisuse(
                "adaptiveAveragePool2D: an output of \(size.vertical) by \(size.horizontal) from shape [1, 2, 3, 4]; its sizes are 1 or more, elements at most \(Int.max)"
            ) { adaptiveAveragePool2D(x, outputSize: size) }
        }
    }

    @Test func adjoints() {
        expectMisuse("averagePool2DGradient: upstream of shape [1, 2, 3, 4], where pooling gives [1, 2, 1, 2]") {
            averagePool2DGradient(x, inputShape: x.shape, kernel: 2)
        }
        expectMisuse(
            "adaptiveAveragePool2DGradient: upstream of shape [2, 3, 4]; it is [batch, channels, height, width]"
        ) {
            adaptiveAveragePool2DGradient(x[0], inputShape: x.shape)
        }
        expectMisuse("adaptiveAveragePool2DGradient: upstream of shape [1, 2, 3, 4], where pooling gives [5, 2, 3, 4]")
        {
            adaptiveAveragePool2DGradient(x, inputShape: [5, 2, 9, 9])
        }
        expectMisuse(
            "planeGather: indices of shape [1, 1, 1, 1] for shape [1, 2, 3, 4]; both are [batch, channels, height, width], the first two the same"
        ) { planeGather(x, Tensor.zeros([1, 1, 1, 1], as: .int64)) }
        expectMisuse("gathered: index 12 at [0, 1, 0] is out of range on axis 2 of shape [1, 2, 12], which has size 12")
        {
            planeGather(x, Tensor([0, 12] as [Int]).reshaped(1, 2, 1, 1))
        }
        expectMisuse(
            "planeScatterAdd: upstream of shape [1, 2, 3, 4] at indices of [1] in planes of 3 by 4; both have the shape [batch, channels, height, width], the upstream of floats"
        ) { planeScatterAdd(x, Tensor([0] as [Int]), height: 3, width: 4) }
        expectMisuse(
            "planeScatterAdd: upstream of shape [1, 2, 3, 4] at indices of [1, 2, 3, 4] in planes of -3 by 4; both have the shape [batch, channels, height, width], the upstream of floats"
        ) { planeScatterAdd(x, Tensor.zeros([1, 2, 3, 4], as: .int64), height: -3, width: 4) }
        expectMisuse("planeScatterAdd: an index outside planes of 3 by 4") {
            planeScatterAdd(
                Tensor.zeros([1, 1, 1, 2]), Tensor([-1, 12] as [Int]).reshaped(1, 1, 1, 2), height: 3, width: 4)
        }
    }
}
