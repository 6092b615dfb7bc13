import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

// Each function of two variables against finite differences, in both precisions, and at ties and kinks.

/// A function of two variables and where it is smooth.
struct SmoothPair: Sendable, CustomTestStringConvertible {
    let name: String
    let function: @Sendable (Variable, Variable) -> Variable
    var first = -3.0...3.0
    var second = -3.0...3.0
    /// Whether an interior point may have these two numbers together.
    var isSmooth: @Sendable (Double, Double) -> Bool = { _, _ in true }
    var testDescription: String { name }

    /// Tensors all of whose pairs of elements, broadcast or not, are smooth points.
    func points(_ a: Shape, _ b: Shape, seed: UInt64) -> [Tensor] {
        var generator = TensorGenerator(seed: seed)
        var firsts: [Double] = []
        while firsts.count < a.count { firsts.append(generator.number(in: first)) }
        var seconds: [Double] = []
        var tries = 0
        while seconds.count < b.count {
            let y = generator.number(in: second)
            if firsts.allSatisfy({ isSmooth($0, y) }) { seconds.append(y) }
            tries += 1
            // Beside some numbers nothing is smooth: begin again with others.
            if tries == 1000 { return points(a, b, seed: generator.random.next()) }
        }
        return [Tensor(firsts, shape: a, as: .float64), Tensor(seconds, shape: b, as: .float64)]
    }

    static let all: [SmoothPair] = [
        SmoothPair(name: "add", function: { $0 + $1 }),
        SmoothPair(name: "subtract", function: { $0 - $1 }),
        SmoothPair(name: "multiply", function: { $0 * $1 }),
        SmoothPair(name: "divide", function: { $0 / $1 }, isSmooth: { abs($1) > 0.1 }),
        SmoothPair(name: "pow", function: { pow($0, $1) }, first: 0.1...3),
        SmoothPair(name: "maximum", function: { maximum($0, $1) }, isSmooth: { abs($0 - $1) > 0.01 }),
        SmoothPair(name: "minimum", function: { minimum($0, $1) }, isSmooth: { abs($0 - $1) > 0.01 }),
        // Divisors not so small that the stairs of the whole number look like a slope from afar.
        SmoothPair(
            name: "remainder", function: { remainder($0, $1) },
            isSmooth: { abs($1) > 1 && abs($0 / $1 - ($0 / $1).rounded()) > 0.02 }),
        SmoothPair(name: "atan2", function: { atan2($0, $1) }, isSmooth: { abs($0) + abs($1) > 0.2 && abs($0) > 0.01 }),
    ]
}

@Suite struct ArithmeticGradientTests {
    @Test(arguments: SmoothPair.all)
    func agreesWithFiniteDifferences(_ one: SmoothPair) {
        let shapes: [(Shape, Shape)] = [
            ([2, 2], [2, 2]), ([2], [2, 2]), ([2, 1], [1, 3]), ([2, 3], []), ([], [2]), ([0, 2], [2]),
            ([1, 2], [0, 1]),
        ]
        for seed in 1...sweeps(150) {
            for (a, b) in shapes {
                let x = one.points(a, b, seed: UInt64(100 + seed))
                expectGradients(
                    of: one.function, at: x[0], x[1], order: 2, "\(one.name) of \(a) and \(b), seed \(seed)")
            }
        }
        let x = one.points([], [], seed: 50)
        expectGradients(of: one.function, at: x[0], x[1], order: 3, one.name)
    }

    @Test(arguments: SmoothPair.all)
    func agreesInOneArgumentOnly(_ one: SmoothPair) {
        let x = one.points([2], [2], seed: 3)
        for constant in [0, 1] {
            expectGradients(
                of: { one.function($0[0], $0[1]) }, at: x, order: 2, constants: [constant],
                "\(one.name), \(constant) constant")
        }
    }

    @Test(arguments: ["add", "subtract", "multiply", "divide", "pow"])
    func aRepeatedArgument(name: String) {
        guard let one = SmoothPair.all.first(where: { $0.name == name }) else {
            Issue.record("no \(name)")
            return
        }
        if name != "divide" {  // x / x is 1, and rounding all that is left of its gradient
            expectGradients(of: { one.function($0, $0) }, at: Tensor([0.4, 1.3, 2.9], as: .float64), order: 3, name)
        }
        expectGradients(of: { one.function($0, exp($0)) }, at: Tensor([0.4, 1.3, 2.9], as: .float64), order: 2, name)
    }

    @Test(arguments: SmoothPair.all)
    func singlePrecisionIsNearDouble(_ one: SmoothPair) {
        expectSingleNearDouble(
            of: { one.function($0[0], $0[1]) }, at: one.points([4, 1], [3], seed: 9), relative: 4e-6, one.name)
    }

    @Test(arguments: SmoothPair.all)
    func savesWhatItsRuleReads(_ one: SmoothPair) {
        expectUnmovedByUpdates(of: { one.function($0[0], $0[1]) }, at: one.points([3, 1], [2], seed: 4), one.name)
    }

    @Test(arguments: SmoothPair.all)
    func sameBitsAtAnyThreadCount(_ one: SmoothPair) {
        expectSameBitsAtAnyThreadCount(
            of: { one.function($0[0], $0[1]) }, at: one.points([19, 1], [23], seed: 5), order: 2, one.name)
    }

    @Test func numbersInPlaceOfVariables() {
        let x = Tensor([0.7, 1.6, 2.9], as: .float64)
        let functions: [(String, (Variable) -> Variable)] = [
            ("x + 2", { $0 + 2 }), ("2 + x", { 2 + $0 }), ("x - 2", { $0 - 2 }), ("2 - x", { 2 - $0 }),
            ("2x", { 2 * $0 }), ("x * 2", { $0 * 2 }), ("x / 2", { $0 / 2 }), ("2 / x", { 2 / $0 }),
            ("max(x, 1)", { maximum($0, 1) }), ("max(1, x)", { maximum(1, $0) }),
            ("min(x, 1)", { minimum($0, 1) }), ("min(1, x)", { minimum(1, $0) }),
            ("x mod 2", { remainder($0, 2) }), ("2 mod x", { remainder(2, $0) }),
            ("atan2(x, 2)", { atan2($0, 2) }), ("atan2(2, x)", { atan2(2, $0) }),
            ("select(x, 2)", { select(Tensor([true, false, true]), $0, 2) }),
            ("select(2, x)", { select(Tensor([true, false, true]), 2, $0) }),
        ]
        for (name, function) in functions { expectGradients(of: function, at: x, order: 2, name) }
        #expect(atan2(2, Variable(1)).item == atan2(Variable(2), 1).item)
        expectClose(atan2(2, Variable(1, as: .float64)).item, 1.10714871779409050302)
        #expect(remainder(2, Variable(-3)).item == -1)
    }

    @Test func selections() {
        let condition = Tensor([true, false, false, true]).reshaped(to: [2, 2])
        let a = Tensor([0.5, 1, -2, 3], shape: [2, 2], as: .float64)
        expectGradients(of: { select(condition, $0, $1) }, at: a, 2 * a, order: 2)
        expectGradients(of: { select(condition, $0, $1) }, at: a, Tensor([7, 8], as: .float64), order: 2)
        expectGradients(of: { select(condition, $0, $1) }, at: Tensor(3, as: .float64), a, order: 2)
        expectGradients(of: { select(condition, $0, $0 * $1) }, at: a, a + 1, order: 2)
        expectGradients(of: { select(Tensor([true, false]).reshaped(to: [2, 1, 1]), $0, $1) }, at: a, a, order: 2)
        expectUnmovedByUpdates(of: { select($0[0] .> 0, $0[0], $0[1]) }, at: [a, a])
    }
}

@Suite struct ArithmeticConventionTests {
    /// Value, gradients, and the three second derivatives ∂²/∂a², ∂²/∂a∂b, ∂²/∂b².
    private func derivatives(
        _ function: (Variable, Variable) -> Variable, _ a: Double, _ b: Double
    ) -> (value: Double, first: [Double], second: [Double]) {
        let (a, b) = (Variable(a, as: .float64), Variable(b, as: .float64))
        let y = function(a, b)
        let first = gradients(of: y, at: [a, b], recordingGraph: true).map { $0 ?? .constant(Tensor(0, as: .float64)) }
        let second = first.map { g in
            g.wantsGradient ? gradients(of: g, at: [a, b]).map { $0?.item ?? 0 } : [0, 0]
        }
        return (y.item, first.map(\.item), [second[0][0], second[0][1], second[1][1]])
    }

    @Test func half() {
        for function in [{ maximum($0, $1) }, { minimum($0, $1) }] as [(Variable, Variable) -> Variable] {
            #expect(derivatives(function, 2, 2).first == [0.5, 0.5])
            #expect(derivatives(function, 0, -0.0).first == [0.5, 0.5])
            #expect(derivatives(function, .infinity, .infinity).first == [0.5, 0.5])
            #expect(derivatives(function, 2, 2).second == [0, 0, 0])
            let nan = derivatives(function, .nan, 1)
            #expect(nan.value.isNaN && nan.first == [0, 0])
        }
        let x = Variable([1, 2, 3])
        maximum(x, 2).backward(upstream: .constant(.ones([3])))
        #expect(x.gradient?.value == Tensor([0, 0.5, 1]))
        // One variable on both sides gets both halves.
        let y = Variable(3)
        maximum(y, y).backward()
        #expect(y.gradient?.item == 1)
    }

    @Test func anInfiniteGradientDoesNotLeakThroughWhatIsNotTaken() {
        let x = Variable([-1, 4])
        sqrt(maximum(x, 0)).backward(upstream: .constant(.ones([2])))
        #expect(x.gradient?.value == Tensor([0, 0.25]))
    }

    @Test func powersOfZero() {
        func powers(_ a: Double, _ b: Double) -> (value: Double, first: [Double], second: [Double]) {
            derivatives({ pow($0, $1) }, a, b)
        }
        #expect(powers(0, 0).value == 1)
        #expect(powers(0, 0).first == [0, 0])
        #expect(powers(0, 0).second[0] == 0)
        #expect(powers(0, 1).first == [1, 0])
        #expect(powers(0, 1).second[0] == 0)
        #expect(powers(0, 2).first == [0, 0])
        #expect(powers(0, 2).second[0] == 2)
        #expect(powers(0, 3).first == [0, 0])
        #expect(powers(0, 3).second[0] == 0)
        #expect(powers(0, 0.5).first == [.infinity, 0])
        #expect(powers(-0.0, 2).first[1] == 0)
        #expect(powers(0, -1).value == .infinity)
        #expect(powers(0, -1).first == [-.infinity, -.infinity])
        // Away from 0 the exponent 0 is like any other: ∂²/∂a∂b aᵇ = 1/a there.
        #expect(powers(4, 0).first[0] == 0)
        #expect(powers(4, 0).second[0] == 0)
        #expect(powers(4, 0).second[1] == 0.25)
        expectClose(powers(4, 0).first[1], 1.38629436111989061883)

        for exponent in [0.0, 1, 2, 3] {
            let x = Variable(0, as: .float64)
            let first = gradients(of: pow(x, exponent), at: [x], recordingGraph: true)[0]
            #expect(first?.item == [0, 1, 0, 0][Int(exponent)])
            let second = first.flatMap { $0.wantsGradient ? gradients(of: $0, at: [x])[0] : nil }
            #expect(second?.item ?? 0 == [0, 0, 2, 0][Int(exponent)])
        }
    }

    @Test func powersOfNegativeNumbers() {
        func powers(_ a: Double, _ b: Double) -> (value: Double, first: [Double], second: [Double]) {
            derivatives({ pow($0, $1) }, a, b)
        }
        #expect(powers(-2, 3).value == -8)
        #expect(powers(-2, 3).first[0] == 12)
        #expect(powers(-2, 3).second[0] == -12)
        #expect(powers(-2, 3).first[1].isNaN)
        #expect(powers(-2, 0).first[0] == 0)
        let fraction = powers(-2, 0.5)
        #expect(fraction.value.isNaN && fraction.first[0].isNaN && fraction.first[1].isNaN)
        for exponent in [-3.0, -1, 2, 3, 5] {
            expectGradients(of: { pow($0, exponent) }, at: Tensor([-0.5, -1.25], as: .float64), order: 3)
            expectGradients(
                of: { pow($0[0], $0[1]) }, at: [Tensor([-0.5, -1.25], as: .float64), Tensor(exponent, as: .float64)],
                order: 2,
                constants: [1])
        }
    }

    @Test func remainderHasTheSignOfTheDivisor() {
        let d = { (a: Double, b: Double) in self.derivatives({ remainder($0, $1) }, a, b) }
        #expect(d(7, 3).value == 1 && d(7, 3).first == [1, -2])
        #expect(d(-7, 3).value == 2 && d(-7, 3).first == [1, 3])
        #expect(d(7, -3).value == -2 && d(7, -3).first == [1, 3])
        #expect(d(6, 3).first == [1, -2])
        // 0.6 / 0.2 is 2.9999999999999996 cut off to 2, as remainder sees it.
        #expect(d(0.6, 0.2).first == [1, -2])
    }

    @Test func anglesOfLargeAndTinyPoints() {
        for scale in [1e-200, 1e-30, 1, 1e30, 1e200] {
            let (y, x) = (3 * scale, -4 * scale)
            let found = derivatives({ atan2($0, $1) }, y, x)
            expectClose(found.first[0] * scale, -4 / 25, relative: 1e-14, absolute: 0)
            expectClose(found.first[1] * scale, -3 / 25, relative: 1e-14, absolute: 0)
        }
        let axes = derivatives({ atan2($0, $1) }, 0, -2)
        #expect(axes.first == [-0.5, 0])
        #expect(derivatives({ atan2($0, $1) }, 0, 0).first[0].isNaN)
    }

    @Test func misuse() {
        let (a, b) = (Variable([1, 2]), Variable([1, 2, 3]))
        #expect(misuseMessage { pow(a, b) } == "pow: shapes [2] and [3] do not broadcast")
        #expect(misuseMessage { maximum(a, b) } == "maximum: shapes [2] and [3] do not broadcast")
        #expect(
            misuseMessage { atan2(a, Variable([1, 2], as: .float64)) }
                == "atan2: element types float32 and float64 do not mix; convert one with converted(to:)")
        #expect(misuseMessage { select(a.value, a, a) } == "select: the condition is a bool tensor, not float32")
        #expect(
            misuseMessage { clamp(a, lower: 2, upper: 1) }
                == "clamp: lower bound 2.0, upper bound 1.0; the lower is not above the upper")
        #expect(misuseMessage { clamp(a, lower: .nan) } != nil)
        #expect(
            misuseMessage { exp(.constant(Tensor([1, 2], as: .int64))) } == "exp: not defined on int64; convert first")
        // What follows a misuse is inert, and nothing traps.
        #expect(
            misuseMessage {
                let y = gelu(relu(maximum(pow(a, b), select(a .> 0, a, clamp(b, lower: 2, upper: 1)))))
                elu(leakyRelu(atan2(remainder(y, 2), y))).backward()
            } == "pow: shapes [2] and [3] do not broadcast")
        #expect(a.gradient == nil && b.gradient == nil)
    }
}
