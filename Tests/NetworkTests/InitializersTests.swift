import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

@Suite struct InitializersTests {
    /// Mean, variance and greatest magnitude of the numbers that an initializer draws.
    private func moments(_ tensor: Tensor) -> (mean: Double, variance: Double, most: Double) {
        let numbers = tensor.array(of: Double.self)
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count)
        return (mean, variance, numbers.reduce(0) { max($0, abs($1)) })
    }

    private typealias Initializer = (Shape, inout Random) -> Tensor

    private let normals: [(String, Initializer, (Double, Double) -> Double)] = [
        ("heNormal", { .heNormal($0, using: &$1) }, { fanIn, _ in 2 / fanIn }),
        ("heNormal, slope", { .heNormal($0, slope: 0.5, using: &$1) }, { fanIn, _ in 1.6 / fanIn }),
        ("heNormal, outputs", { .heNormal($0, fan: .outputs, using: &$1) }, { _, fanOut in 2 / fanOut }),
        ("xavierNormal", { .xavierNormal($0, using: &$1) }, { 2 / ($0 + $1) }),
        ("xavierNormal, gain", { .xavierNormal($0, gain: 3, using: &$1) }, { 18 / ($0 + $1) }),
    ]
    private let uniforms: [(String, Initializer, (Double, Double) -> Double)] = [
        ("heUniform", { .heUniform($0, using: &$1) }, { fanIn, _ in 2 / fanIn }),
        (
            "heUniform, slope, outputs", { .heUniform($0, slope: 1, fan: .outputs, using: &$1) },
            { _, fanOut in 1 / fanOut }
        ),
        ("xavierUniform", { .xavierUniform($0, using: &$1) }, { 2 / ($0 + $1) }),
        ("xavierUniform, gain", { .xavierUniform($0, gain: 0.5, using: &$1) }, { 0.5 / ($0 + $1) }),
    ]

    /// Shapes of 40,000 or more numbers, and their fans.
    private let shapes: [(Shape, fanIn: Double, fanOut: Double)] = [
        ([400, 100], 400, 100), ([100, 400], 100, 400),
        ([64, 32, 5, 5], 32 * 25, 64 * 25), ([128, 64, 5], 64 * 5, 128 * 5),
    ]

    @Test func varianceFollowsTheFans() {
        for (name, draw, variance) in normals + uniforms {
            for (shape, fanIn, fanOut) in shapes {
                var random = Random(seed: 11)
                let tensor = draw(shape, &random)
                #expect(tensor.shape == shape && tensor.elementType == .float32)
                let (mean, found, _) = moments(tensor)
                let expected = variance(fanIn, fanOut)
                // Five standard errors: of the mean, and of a variance (for normal numbers, the wider).
                let count = Double(shape.count)
                #expect(abs(mean) < 5 * (expected / count).squareRoot(), "\(name) \(shape): mean \(mean)")
                #expect(
                    abs(found / expected - 1) < 5 * (2 / count).squareRoot(),
                    "\(name) \(shape): variance \(found), not \(expected)")
            }
        }
    }

    @Test func uniformNumbersEndAtTheirBound() {
        for (name, draw, variance) in uniforms {
            for (shape, fanIn, fanOut) in shapes {
                var random = Random(seed: 12)
                let bound = (3 * variance(fanIn, fanOut)).squareRoot()
                let most = moments(draw(shape, &random)).most
                #expect(most <= bound * 1.000001 && most > 0.99 * bound, "\(name) \(shape): \(most), bound \(bound)")
            }
        }
        var random = Random(seed: 12)
        #expect(moments(.heNormal([400, 100], using: &random)).most > 3.5 * (2.0 / 400).squareRoot())
    }

    @Test func theGeneratorDecides() {
        for (name, draw, _) in normals + uniforms {
            var (a, b, c) = (Random(seed: 1), Random(seed: 1), Random(seed: 2))
            let first = draw([3, 4], &a)
            expectIdentical(first, draw([3, 4], &b), name)
            #expect(first != draw([3, 4], &c), "\(name)")
            #expect(first != draw([3, 4], &a), "\(name)")
        }
    }

    @Test func typesAreAsAsked() {
        var random = Random(seed: 1)
        #expect(Tensor.heNormal([2, 3], as: .float64, using: &random).elementType == .float64)
        #expect(Tensor.heUniform([2, 3], as: .float64).elementType == .float64)
        #expect(Tensor.xavierNormal([2, 3], as: .float64).elementType == .float64)
        #expect(Tensor.xavierUniform([2, 3]).elementType == .float32)
        #expect(Tensor.heNormal([2, 3]).shape == [2, 3])
    }

    @Test func noWeightsAreNoTrouble() {
        #expect(Tensor.heNormal([0, 5]).shape == [0, 5])
        #expect(Tensor.xavierUniform([5, 0, 3, 3]).count == 0)
    }

    @Test func shapesWithoutFansAreMisuse() {
        #expect(
            misuseMessage { Tensor.heNormal([10]) }
                == "heNormal: shape [10] has no fan-in; weights have two axes or more")
        #expect(
            misuseMessage { Tensor.heUniform([]) } == "heUniform: shape [] has no fan-in; weights have two axes or more"
        )
        #expect(misuseMessage { Tensor.xavierNormal([3]) }?.hasPrefix("xavierNormal: shape [3]") == true)
        #expect(misuseMessage { Tensor.xavierUniform([3]) }?.hasPrefix("xavierUniform: shape [3]") == true)
    }

    @Test func orthogonalMatricesKeepLengths() {
        for shape in [[5, 5], [3, 7], [7, 3], [4, 3, 2, 1]] as [Shape] {
            var random = Random(seed: 3)
            let w = Tensor.orthogonal(shape, gain: 2, as: .float64, using: &random).reshaped(shape[0], -1)
            let few = shape[0] <= w.shape[1]
            let product = matmul(w, w, transposingFirst: !few, transposingSecond: few)
            expectClose(product, 4 * Tensor.eye(product.shape[0], as: .float64), absolute: 1e-14)
        }
        var random = Random(seed: 3)
        #expect(Tensor.orthogonal([0, 3], using: &random).shape == [0, 3])
        #expect(misuseMessage { Tensor.orthogonal([3], using: &random) } != nil)
        let small = Tensor.smallRandom([100, 100], using: &random)
        expectClose(small.standardDeviation().item, 0.01, relative: 0.05)
    }
}
