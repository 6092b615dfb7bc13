import CGradusKernels
import GradusTensor
import Testing
import _TestSupport

/// Convolutions of small planes, which go with images side by side in vectors.
@Suite struct ConvolutionImagesTests {
    /// Small planes of many images lie side by side in float32: as close as is asked of all convolutions, biased or not, grouped
    /// or not, at any number of threads, also where the last vector of images is not full. What is infinite spoils what it meets, and
    /// nothing else: the same results are infinite and NaN as in float64, which goes the plain ways.
    @Test(arguments: [(32, 3, 6, 1), (47, 5, 3, 2)])
    func imagesSideBySideAreCloseAndKeepInfinitiesApart(_ images: Int, _ channels: Int, _ filters: Int, _ groups: Int) {
        let geometry = Convolution2DGeometry(padding: Pair(2, 1), groups: groups)
        let reference = ConvolutionReference(
            geometry: geometry, input: [images, channels * groups, 11, 13], weight: [filters * groups, channels, 5, 4])
        var numbers = Numbers(seed: 17)
        func random(_ sizes: [Int]) -> Tensor { Tensor(numbers.fractions(sizes.reduce(1, *)), shape: Shape(sizes)) }
        var (x, w, y) = (random(reference.input), random(reference.weight), random(reference.output))
        let bias = random([filters * groups])
        for face in [GRADUS_FORWARD, GRADUS_INPUT_GRADIENT, GRADUS_WEIGHT_GRADIENT] {
            let convolution = gradus_convolution(geometry, input: x.shape, weight: w.shape, output: y.shape)
            #expect(isImagewise(face, convolution, .float32) && !isImagewise(face, convolution, .float64))
        }
        func faces(_ x: Tensor, _ w: Tensor, _ y: Tensor, _ bias: Tensor) -> [Tensor] {
            [
                convolution("conv2D", x, w, bias, geometry),
                conv2DInputGradient(y, w, inputShape: x.shape, geometry),
                conv2DWeightGradient(x, y, weightShape: w.shape, geometry),
            ]
        }
        func doubled(_ x: Tensor) -> Tensor { x.converted(to: .float64) }
        func single() -> [Tensor] { faces(x, w, y, bias) }
        func double() -> [Tensor] { faces(doubled(x), doubled(w), doubled(y), doubled(bias)) }
        let plane = reference.output[2] * reference.output[3]
        for (a, (b, terms)) in zip(single(), zip(double(), [channels * 20, filters * 20, images * plane])) {
            let allowed = 4 * 0x1p-24 * Double(terms).squareRoot() * sqrt(square(b).mean()).item
            expectClose(doubled(a), b, relative: 0, absolute: allowed)
        }
        let results = atThreadCounts([1, 2, 8, 16]) { single() }
        for other in results.dropFirst() { for (a, b) in zip(results[0], other) { expectIdentical(a, b) } }

        /// Which are what, of infinities with their signs.
        func kinds(_ x: Tensor) -> [Double] {
            doubled(x).array(of: Double.self).map { $0.isNaN ? 2 : $0.isInfinite ? ($0 < 0 ? -1 : 1) : 0 }
        }
        func expectSameKinds() {
            for (a, b) in zip(single(), double()) { #expect(kinds(a) == kinds(b)) }
        }
        // In a corner and within, under a tap of the border and the middle.
        let (before, weight) = (x, w)
        x[at: [images - 1, 1, 0, 0]] = .infinity
        x[at: [3, 0, 5, 6]] = -.infinity
        expectSameKinds()
        x = before
        y[at: [0, 1, 0, 2]] = .nan
        expectSameKinds()
        for (tap, special) in [(Pair(0, 0), Double.infinity), (Pair(4, 3), .nan), (Pair(2, 1), -.infinity)] {
            w = weight
            w[at: [1, 2, tap.vertical, tap.horizontal]] = special
            expectSameKinds()
        }
    }
}
