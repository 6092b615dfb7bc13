import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

// Each function of one variable against finite differences, in both precisions, and at its kinks.

/// A function and where it is smooth.
struct SmoothFunction: Sendable, CustomTestStringConvertible {
    let name: String
    let function: @Sendable (Variable) -> Variable
    var domain = -3.0...3.0
    /// Points that interior ones keep away from.
    var kinks: [Double] = []
    var testDescription: String { name }

    func points(_ shape: Shape, seed: UInt64) -> Tensor {
        var generator = TensorGenerator(seed: seed)
        let values = (0..<shape.count).map { _ in
            var x = generator.number(in: domain)
            while kinks.contains(where: { abs(x - $0) < 0.02 }) { x = generator.number(in: domain) }
            return x
        }
        return Tensor(values, shape: shape, as: .float64)
    }

    static let all: [SmoothFunction] = {
        let domains: [String: ClosedRange<Double>] = [
            "acos": -0.9...0.9, "asin": -0.9...0.9, "log": 0.05...4, "log1p": -0.9...4, "log2": 0.05...4,
            "rsqrt": 0.05...4, "sqrt": 0.05...4, "tan": -1.4...1.4, "relu6": -2...8,
        ]
        let whole = (-4...4).map(Double.init)
        let kinks: [String: [Double]] = [
            "abs": [0], "ceil": whole, "floor": whole, "reciprocal": [0], "relu": [0], "relu6": [0, 6],
            "round": whole.map { $0 + 0.5 }, "selu": [0], "sign": [0],
        ]
        return elementwiseFunctions.sorted { $0.key < $1.key }.map {
            SmoothFunction(name: $0, function: $1, domain: domains[$0] ?? -3...3, kinks: kinks[$0] ?? [])
        } + [
            SmoothFunction(name: "erfc", function: { erfc($0) }),
            SmoothFunction(name: "sigmoidSlope", function: { sigmoidSlope($0) }),
            SmoothFunction(name: "leakyRelu", function: { leakyRelu($0) }, kinks: [0]),
            SmoothFunction(name: "leakyRelu, slope 0.3", function: { leakyRelu($0, slope: 0.3) }, kinks: [0]),
            SmoothFunction(name: "leakyRelu, slope -1", function: { leakyRelu($0, slope: -1) }, kinks: [0]),
            SmoothFunction(name: "elu", function: { elu($0) }, kinks: [0]),
            SmoothFunction(name: "elu, alpha 0.4", function: { elu($0, alpha: 0.4) }, kinks: [0]),
            SmoothFunction(name: "clamp", function: { clamp($0, lower: -1, upper: 2) }, kinks: [-1, 2]),
            SmoothFunction(name: "clamp, lower", function: { clamp($0, lower: -1) }, kinks: [-1]),
            SmoothFunction(name: "clamp, upper", function: { clamp($0, upper: 2) }, kinks: [2]),
            SmoothFunction(name: "clamp, open", function: { clamp($0) }),
        ]
            + [-2.0, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3, 4].flatMap { exponent in
                [
                    SmoothFunction(name: "pow(x, \(exponent))", function: { pow($0, exponent) }, domain: 0.1...3),
                    SmoothFunction(name: "pow(\(exponent), x)", function: { pow(abs(exponent) + 0.5, $0) }),
                ]
            }
    }()
}

@Suite struct ElementwiseGradientTests {
    @Test(arguments: SmoothFunction.all)
    func agreesWithFiniteDifferences(_ one: SmoothFunction) {
        for seed in 1...sweeps(170) {
            expectGradients(
                of: one.function, at: one.points([3, 2], seed: UInt64(100 + seed)), order: 2,
                "\(one.name), seed \(seed)")
        }
        expectGradients(of: one.function, at: one.points([], seed: 2), order: 3, one.name)
        expectGradients(of: one.function, at: one.points([0, 2], seed: 3), order: 2, one.name)
    }

    @Test(arguments: SmoothFunction.all)
    func computesInDouble(_ one: SmoothFunction) {
        let x = one.points([2, 3], seed: 6).converted(to: .float32)
        func run(_ x: Tensor) -> (value: Tensor, gradient: Tensor?) {
            let x = Variable(x)
            let y = one.function(x)
            return (y.value, gradients(of: y, at: [x], upstream: .constant(.ones(like: y.value)))[0]?.value)
        }
        let widened = inDouble { run(x) }
        let double = run(x.converted(to: .float64))
        expectIdentical(widened.value, double.value, one.name)
        #expect(widened.gradient == double.gradient?.converted(to: .float32), "\(one.name)")
    }

    @Test(arguments: SmoothFunction.all)
    func singlePrecisionIsNearDouble(_ one: SmoothFunction) {
        // Conditioning: near a zero of a derivative the rounding of the input shows.
        expectSingleNearDouble(of: { one.function($0[0]) }, at: [one.points([40], seed: 9)], relative: 4e-6, one.name)
    }

    @Test(arguments: SmoothFunction.all)
    func savesWhatItsRuleReads(_ one: SmoothFunction) {
        expectUnmovedByUpdates(of: { one.function($0[0]) }, at: [one.points([7], seed: 5)], one.name)
    }

    @Test(arguments: SmoothFunction.all)
    func sameBitsAtAnyThreadCount(_ one: SmoothFunction) {
        expectSameBitsAtAnyThreadCount(
            of: { one.function($0[0]) }, at: [one.points([1003], seed: 5)], order: 2, one.name)
    }

    /// Magnitudes that are not those of most tests. Finite differences step in proportion there.
    @Test(arguments: [
        "asin", "atan", "cosh", "erf", "erfc", "exp", "expm1", "gelu", "geluTanh", "log1p", "logSigmoid", "sigmoid",
        "silu",
        "sin", "sinh", "softplus", "square", "tan", "tanh",
    ])
    func tinyNumbers(name: String) {
        guard let one = SmoothFunction.all.first(where: { $0.name == name }) else {
            Issue.record("no \(name)")
            return
        }
        expectGradients(of: one.function, at: Tensor([1e-4, -1e-4, 3e-9, -1e-15], as: .float64), order: 2, name)
    }

    @Test(arguments: [
        "abs", "atan", "log", "log1p", "log2", "reciprocal", "relu", "rsqrt", "softplus", "sqrt", "square",
    ])
    func largeNumbers(name: String) {
        guard let one = SmoothFunction.all.first(where: { $0.name == name }) else {
            Issue.record("no \(name)")
            return
        }
        expectGradients(of: one.function, at: Tensor([1e4, 2.5e4, 31_000], as: .float64), order: 2, name)
    }
}

/// The gradient of the sum, and its own.
private func derivatives(_ function: (Variable) -> Variable, at points: [Double]) -> ([Double], [Double]) {
    let x = Variable(points, as: .float64)
    let y = function(x)
    let ones = Variable.constant(.ones(like: y.value))
    guard let first = gradients(of: y, at: [x], upstream: ones, recordingGraph: true)[0] else { return ([], []) }
    let second = first.wantsGradient ? gradients(of: first, at: [x], upstream: ones)[0] : nil
    return (
        first.value.array(of: Double.self),
        second?.value.array(of: Double.self) ?? points.map { _ in 0 }
    )
}

@Suite struct ElementwiseConventionTests {
    private func expect(
        _ name: String, _ function: (Variable) -> Variable, at points: [Double], _ first: [Double],
        _ second: [Double]? = nil
    ) {
        let found = derivatives(function, at: points)
        expectClose(Tensor(found.0, as: .float64), first, relative: 1e-15, absolute: 0, "\(name)′")
        if let second { expectClose(Tensor(found.1, as: .float64), second, relative: 1e-15, absolute: 0, "\(name)″") }
    }

    @Test func kinks() {
        expect("abs", { abs($0) }, at: [0, -0.0, 2, -3], [0, 0, 1, -1], [0, 0, 0, 0])
        expect("relu", { relu($0) }, at: [0, -0.0, 2, -3], [0, 0, 1, 0], [0, 0, 0, 0])
        expect("relu6", { relu6($0) }, at: [0, 6, 5.5, 7, -1], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0])
        expect("leakyRelu", { leakyRelu($0, slope: 0.2) }, at: [0, -0.0, 2, -3], [0.2, 0.2, 1, 0.2], [0, 0, 0, 0])
        expect("elu", { elu($0, alpha: 0.5) }, at: [0, -0.0, 1], [0.5, 0.5, 1], [0.5, 0.5, 0])
        expect("selu", { selu($0) }, at: [0], [1.7580993408473768599])
        expect("clamp", { clamp($0, lower: -1, upper: 2) }, at: [-1, 2, 0, -1.5, 2.5], [1, 1, 1, 0, 0])
        expect("clamp between equals", { clamp($0, lower: 1, upper: 1) }, at: [1, 0.9, 1.1], [1, 0, 0])
        for (name, function) in [("sign", { sign($0) }), ("floor", { floor($0) }), ("ceil", { ceil($0) })]
            as [(String, (Variable) -> Variable)]
        {
            expect(name, function, at: [0, 1, -2, 0.3], [0, 0, 0, 0], [0, 0, 0, 0])
        }
        expect("round", { round($0) }, at: [0.5, 1.5, 0.3], [0, 0, 0], [0, 0, 0])
    }

    @Test func ends() {
        expect("sqrt", { sqrt($0) }, at: [0], [.infinity])
        expect("rsqrt", { rsqrt($0) }, at: [0], [-.infinity])
        expect("log", { log($0) }, at: [0], [.infinity])
        expect("reciprocal", { reciprocal($0) }, at: [0, -0.0], [-.infinity, -.infinity])
        expect("asin", { asin($0) }, at: [1, -1], [.infinity, .infinity])
        expect("acos", { acos($0) }, at: [1, -1], [-.infinity, -.infinity])
    }

    @Test func notANumber() {
        let nan = Double.nan
        expect("relu", { relu($0) }, at: [nan, 1], [nan, 1])
        expect("relu6", { relu6($0) }, at: [nan, 1], [nan, 1])
        expect("clamp", { clamp($0, lower: 0, upper: 1) }, at: [nan, 1], [0, 1])
        for (name, function) in elementwiseFunctions {
            #expect(function(Variable([nan], as: .float64)).item.isNaN, "\(name) of NaN")
        }
    }

    /// The digits that 1 - y or y + 1 would have lost, computed with 40 of them.
    @Test func tails() {
        expect(
            "sigmoid", { sigmoid($0) }, at: [40, -40, 700],
            [4.248354255291589e-18, 4.248354255291589e-18, 9.859676543759770e-305])
        expect("tanh", { tanh($0) }, at: [40, -40], [7.219405551381661e-35, 7.219405551381661e-35])
        expect("softplus", { softplus($0) }, at: [1000, -1000, 0], [1, 0, 0.5], [0, 0, 0.25])
        expect("logSigmoid", { logSigmoid($0) }, at: [1000, -1000, 0], [0, 1, 0.5])
        expect("expm1", { expm1($0) }, at: [-40], [4.248354255291589e-18])
        #expect(softplus(Variable([1000, -1000])).value == Tensor([1000, 0]))
    }

    @Test func anInfiniteGradientDoesNotLeakThroughWhatIsNotTaken() {
        expect("sqrt(relu)", { sqrt(relu($0)) }, at: [-3, 4], [0, 0.25])
        expect("sqrt(clamp)", { sqrt(clamp($0, lower: 0)) }, at: [-3, 4], [0, 0.25])
        expect("1 / relu6", { reciprocal(relu6($0)) }, at: [-1, 2], [0, -0.25])
        expect("a guarded root", { select($0 .> 0, sqrt(select($0 .> 0, $0, 1)), 0) }, at: [-1, 0, 4], [0, 0, 0.25])
    }

    /// A rule that needs no graph uses kernels of its own; they are the arithmetic's equals.
    @Test func fusedSlopesEqualTheArithmetic() {
        let functions: [(Variable) -> Variable] = [
            { relu($0) }, { tanh($0) }, { silu($0) }, { gelu($0) }, { gelu($0, approximation: .tanh) },
        ]
        for function in functions {
            let x = Variable(Tensor.linspace(-30, 30, count: 601, as: .float64))
            let y = function(x)
            let upstream = Variable(Tensor.linspace(-2, 2, count: 601, as: .float64))
            guard let fused = gradients(of: y, at: [x], upstream: upstream)[0],
                let composed = gradients(of: y, at: [x], upstream: upstream, recordingGraph: true)[0]
            else {
                Issue.record("no gradient")
                return
            }
            #expect(!fused.wantsGradient && composed.wantsGradient)
            expectClose(fused.value, composed.value, relative: 1e-13, absolute: 1e-300)
        }
    }
}
