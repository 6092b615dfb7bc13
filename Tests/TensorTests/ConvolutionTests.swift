import GradusTensor
import Testing

@Suite struct ConvolutionTests {
    /// Forward and both gradients against the reference, exactly, in both types.
    func check(_ reference: ConvolutionReference, seed: Int = 1, _ location: SourceLocation = #_sourceLocation) {
        let (input, weight, output) = (reference.input, reference.weight, reference.output)
        let geometry = reference.geometry
        var numbers = Numbers(seed: seed)
        let x = numbers.small(input.reduce(1, *))
        let w = numbers.small(weight.reduce(1, *))
        let y = numbers.small(output.reduce(1, *))
        let (xy, yw, xw) = (
            reference.weightGradient(x, y), reference.inputGradient(y, w), reference.convolve(x, w)
        )
        for type in [ElementType.float32, .float64] {
            let xs = Tensor(x, shape: Shape(input), as: type)
            let ws = Tensor(w, shape: Shape(weight), as: type)
            let ys = Tensor(y, shape: Shape(output), as: type)
            let out = conv2D(
                xs, ws, stride: geometry.stride, padding: geometry.padding, dilation: geometry.dilation,
                groups: geometry.groups)
            #expect(
                out.shape == Shape(output) && out.array(of: Double.self) == xw, "\(reference)", sourceLocation: location
            )
            let back = conv2DInputGradient(ys, ws, inputShape: Shape(input), geometry)
            #expect(
                back.shape == Shape(input) && back.array(of: Double.self) == yw, "\(reference)",
                sourceLocation: location)
            let weights = conv2DWeightGradient(xs, ys, weightShape: Shape(weight), geometry)
            #expect(
                weights.shape == Shape(weight) && weights.array(of: Double.self) == xy, "\(reference)",
                sourceLocation: location)
        }
    }

    static let kernels: [Pair] = [1, 3, Pair(1, 3), Pair(3, 2), Pair(2, 1), Pair(6, 7)]

    /// 324 geometries for each kernel that fits.
    @Test(arguments: kernels) func sweepOfGeometries(_ kernel: Pair) {
        var seed = 0
        for stride in [1, 2, 3, Pair(1, 2), Pair(3, 1), Pair(2, 5)] as [Pair] {
            for padding in [0, 1, 2, Pair(0, 2), Pair(3, 1)] as [Pair] {
                for dilation in [1, 2, Pair(2, 1), Pair(1, 3)] as [Pair] {
                    for (groups, channels, filters) in [(1, 2, 3), (2, 4, 2), (4, 4, 8)] {
                        let input = [1 + seed % 2, channels, 6, 7]
                        seed += 1
                        let span = Pair(
                            (kernel.vertical - 1) * dilation.vertical + 1,
                            (kernel.horizontal - 1) * dilation.horizontal + 1)
                        guard span.vertical <= 6 + 2 * padding.vertical, span.horizontal <= 7 + 2 * padding.horizontal
                        else { continue }
                        check(
                            ConvolutionReference(
                                geometry: Convolution2DGeometry(
                                    stride: stride, padding: padding, dilation: dilation, groups: groups),
                                input: input, weight: [filters, channels / groups, kernel.vertical, kernel.horizontal]),
                            seed: seed)
                    }
                }
            }
        }
    }
}
