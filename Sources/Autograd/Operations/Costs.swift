import GradusTensor

// What a model's summary wants to know of the operations that it is made of.

extension Operation {
    /// How many products are added up, of the shapes that it ran on: an operation that multiplies no matrices has none.
    package func multiplyAdds(inputs: [Tensor], output: Tensor) -> Int {
        switch self {
        case let product as MatrixMultiply:
            let (a, transposed) = (inputs[0].shape, product.transposingFirst)
            return output.count * (a.rank == 1 ? a[0] : a[transposed ? -2 : -1])
        case is BiasedProduct, is ActivatedProduct: return output.count * inputs[1].shape[0]
        case is Dot: return inputs[0].count
        case is Outer: return output.count
        case is Convolution, is BiasedConvolution:
            // Each output is made of one filter's products.
            let weight = inputs[1].shape
            return weight.count == 0 ? 0 : output.count * (weight.count / weight[0])
        case is TransposedConvolution, is BiasedTransposedConvolution:
            // Each input is multiplied with the filters of its channel.
            let weight = inputs[1].shape
            return weight.count == 0 ? 0 : inputs[0].count * (weight.count / weight[0])
        case is Attention:
            // A score and a weight for each source.
            let (keys, values) = (inputs[1].shape, inputs[2].shape)
            return output.count / max(values[-1], 1) * keys[-2] * (keys[-1] + values[-1])
        case is LSTMSequence: return inputs[0].count * inputs[3].shape[0]
        default: return 0
        }
    }

    /// The window that it looks at a plane through, and how far that moves at a step; nil for other operations.
    package var window: (field: Pair, stride: Pair)? {
        switch self {
        case let convolution as Convolution: convolution.form.window
        case let convolution as BiasedConvolution: convolution.form.window
        case let pooling as MaxPool: pooling.windows.window
        case let pooling as AveragePool: pooling.windows.window
        default: nil
        }
    }

    /// Whether each element of the result depends on one place of the inputs, the same along the axes of planes: so that it sees as
    /// much of an image as its inputs do.
    package var staysInPlace: Bool {
        switch self {
        case is Reduction, is MatrixMultiply, is BiasedProduct, is ActivatedProduct, is Reshape, is Permute,
            is Transpose, is Take, is Slice, is CrossEntropy,
            is Attention,
            is LSTMSequence:
            false
        case let pooling as MaxPool: pooling.windows.window != nil
        case let pooling as AveragePool: pooling.windows.window != nil
        default: true
        }
    }
}

extension ConvolutionForm {
    fileprivate var window: (field: Pair, stride: Pair) {
        let kernel = Pair(weight.rank == 4 ? weight[2] : 1, weight[-1])
        return (
            Pair(
                geometry.dilation.vertical * (kernel.vertical - 1) + 1,
                geometry.dilation.horizontal * (kernel.horizontal - 1) + 1), geometry.stride
        )
    }
}
