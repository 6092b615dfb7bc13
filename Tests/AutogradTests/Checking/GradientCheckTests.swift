import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

/// What `checkGradients` says of right and wrong gradients, and that it leaves nothing behind.
@Suite(.seeded()) struct GradientCheckTests {
    /// A function with a rule of choice, for planting mistakes.
    static func function(
        _ x: Variable, _ forward: @escaping (Tensor) -> Tensor,
        rule: @escaping (_ x: Variable, _ y: Variable, _ upstream: Variable) -> Variable
    ) -> Variable {
        custom(x, forward: forward, backward: rule)
    }

    // MARK: Right

    @Test func aModelOverFloat32Passes() {
        var random = Random(seed: 1)
        let w1 = Variable(.normal([3, 8], using: &random), name: "w1"), b1 = Variable(.zeros([8]), name: "b1")
        let w2 = Variable(.normal([8, 2], using: &random), name: "w2")
        let x = Variable.constant(.normal([5, 3], using: &random))
        let report = checkGradients(at: [w1, b1, w2], settings: .init(order: 2)) {
            matmul(tanh(matmul(x, w1) + b1), w2).logSoftmax().mean() * -1
        }
        #expect(report.passed, "\(report)")
        #expect(report.compared == 3 * (24 + 8 + 16) && report.total == report.compared)
        #expect(report.inconclusiveShare == 0 && report.warnings.isEmpty)
        #expect(report.worst.map { $0.relativeError < 1e-9 } == true)
        #expect(report.singlePrecision.map { $0.worst > 0 && $0.worst < 1e-5 } == true)
        #expect(report.secondOrder?.passed == true)
    }

    @Test func functionsOfEverySizeAndScalePass() {
        let functions: [(String, Tensor, (Variable) -> Variable)] = [
            ("log near its end", Tensor([1e-6, 3e-3, 1e6], as: .float64), { log($0) }),
            ("a pole", Tensor([1e-3, -1e-5, 1e4], as: .float64), { 1 / $0 }),
            ("a root", Tensor([1e-8, 1e-2, 1e8], as: .float64), { sqrt($0) }),
            ("large arguments", Tensor([1e4, -2e4], as: .float64), { $0 * $0 * 1e-4 }),
            ("tiny arguments", Tensor([1e-12, -1e-30], as: .float64), { sin($0) + exp($0) }),
            // Of periods that fall in with steps that are powers of two.
            ("many periods", Tensor([0.25, 0.5, 1], as: .float64), { sin(804.247719318987 * $0) }),
            ("a narrow peak", Tensor([0.001, -0.002], as: .float64), { exp(-1e6 * $0 * $0) }),
            ("a constant offset", Tensor([1, 2], as: .float64), { $0 * $0 + 1e6 }),
            ("a tail", Tensor([-40, -30], as: .float64), { sigmoid($0) * 1e17 }),
        ]
        for (name, x, f) in functions {
            let x = Variable(x)
            let report = checkGradients(at: [x]) { f(x).sum() }
            #expect(report.passed, "\(name): \(report)")
        }
    }

    @Test func whatIsUsedTwiceAndInBranchesPasses() {
        let x = Variable([0.5, -1.5], name: "x")
        let report = checkGradients(at: [x]) {
            let y = x * x
            return ((y + x) * y + exp(y) / (y + 1)).sum()
        }
        #expect(report.passed, "\(report)")
    }

    @Test func thatALossHasShapeOneByOneIsFine() {
        let x = Variable([[2]])
        #expect(checkGradients(at: [x]) { x * x }.passed)
    }

    // MARK: Wrong

    @Test func aWrongRuleIsFoundAndBlamed() {
        let w = Variable([[1, 2], [3, -4]], name: "w")
        let report = checkGradients(at: [w]) {
            let h = matmul(w, w)
            let y = GradientCheckTests.function(h, { exp($0 * 0.1) }) { _, y, upstream in upstream * y * 0.11 }
            return (y * y).sum()
        }
        #expect(report.verdict == .fail && report.blame.count == 1)
        let blame = report.blame.first
        #expect(blame?.operation == "custom" && blame?.fault == .rule && blame?.input == 0)
        #expect(blame?.line?.hasPrefix("AutogradTests/GradientCheckTests.swift:") == true)
        #expect(blame.map { abs($0.analytic / $0.numeric - 1.1) < 1e-9 } == true)
    }

    @Test func theWrongElementOfTheRightInputIsNamed() {
        let a = Variable([1, 2, 3], name: "a"), b = Variable([4, 5, 6], name: "b")
        let report = checkGradients(at: [a, b]) {
            let product = custom(
                a, b, forward: { $0 * $1 },
                backward: { a, b, _, upstream in
                    (upstream * b, upstream * a * .constant(Tensor([1, 1, 1.5])))
                })
            return sin(product).sum()
        }
        #expect(report.suspects.map(\.variable) == ["b"] && report.suspects.map(\.index) == [[2]])
        #expect(report.blame.map(\.input) == [1] && report.blame.first?.index == [2])
        #expect(report.blame.first?.inputName == "b")
    }

    @Test func twoWrongOperationsAreBothNamed() {
        let x = Variable([0.5, 1], name: "x"), y = Variable([2, 3], name: "y")
        let report = checkGradients(at: [x, y]) {
            let first = scope("first") {
                GradientCheckTests.function(x, { $0 * $0 }) { x, _, upstream in x * upstream }
            }
            let second = scope("second") {
                GradientCheckTests.function(y, { exp($0) }) { _, y, upstream in -y * upstream }
            }
            return (first * second).sum()
        }
        #expect(Set(report.blame.map(\.operation)) == ["first/custom", "second/custom"])
    }

    @Test func aRuleThatForgetsAnInputIsBlamed() {
        let a = Variable([1, 2]), b = Variable([3, 4])
        let report = checkGradients(at: [a, b]) {
            custom([a, b], forward: { $0[0] * $0[1] }, backward: { [$0[1] * $2, nil] }).sum()
        }
        #expect(report.blame.map(\.input) == [1] && report.blame.first?.analytic == 0)
    }

    @Test func aWrongDigitFarBehindIsFound() {
        let x = Variable([0.3, 0.7])
        let report = checkGradients(at: [x]) {
            GradientCheckTests.function(x, { sin($0) }) { x, _, upstream in upstream * cos(x) * (1 + 1e-7) }.sum()
        }
        #expect(report.verdict == .fail && report.blame.first?.operation == "custom")
    }

    @Test func whatIsDetachedIsNamed() {
        let x = Variable([0.5, 1.5], name: "x")
        let report = checkGradients(at: [x]) { (exp(x).detached() * 2 * x).sum() }
        #expect(report.verdict == .fail)
        // Where it comes in, and not where it meets what has a graph.
        #expect(report.blame.map(\.fault) == [.cut] && report.blame.first?.operation == "multiply")
        #expect(report.blame.first?.input == 0)
    }

    @Test func aForwardThatReadsMoreThanItsInputsIsNamed() {
        let x = Variable([0.5, 1.5], name: "x")
        let report = checkGradients(at: [x]) {
            let hidden = exp(x).value
            return custom(x, forward: { $0 * hidden }, backward: { $2 * .constant(hidden) * ($0 / $0) }).sum()
        }
        #expect(report.blame.map(\.fault) == [.hiddenInput] && report.blame.first?.operation == "custom")
    }

    @Test func aMaximumTakenOffAndPutBackIsNotBlamed() {
        let x = Variable([0.5, 1.5], name: "x"), scale = Variable(0.5)
        func logSumExp(_ wrong: Double) -> GradientReport {
            checkGradients(at: [x, scale]) {
                let y = x * scale
                let most = y.max().detached()
                let exponentials = GradientCheckTests.function(y - most, { exp($0) }) { $1 * $2 * wrong }
                return log(exponentials.sum()) + most
            }
        }
        #expect(logSumExp(1).passed)
        #expect(logSumExp(1.5).blame.map(\.operation) == ["custom"])
    }

    // MARK: At kinks

    @Test(arguments: [0, 1e-9, -1e-9, 1e-5, -1e-5])
    func kinksAreToldFromMistakes(_ x: Double) {
        let right: [(String, (Variable) -> Variable)] = [
            ("relu", { relu($0) }), ("abs", { abs($0) }), ("maximum", { maximum($0, 2 * $0) }),
            ("minimum", { minimum($0, -$0) }), ("clamp", { clamp($0, lower: 0, upper: 1) }),
            ("leakyRelu", { leakyRelu($0, slope: 0.1) }), ("max", { stack([$0, $0 * 0]).max() }),
            ("relu of relu", { relu($0) - relu(-$0 * 3) }), ("floor", { floor($0) + $0 }),
            ("sign", { sign($0) + $0 }),
            (
                "select",
                {
                    let y = $0 * 1; return select(y .> 0, y, 5 * y)
                }
            ),
            (
                "undeclared",
                { GradientCheckTests.function($0, { relu($0) }) { $2 * .constant(($0 .> 0).converted(to: .float64)) } }
            ),
        ]
        for (name, f) in right {
            let point = Variable(Tensor(x, as: .float64), name: "x")
            let report = checkGradients(at: [point]) { f(point) + 2 * point }
            #expect(report.passed, "\(name): \(report)")
        }
        let wrong: [(String, (Variable) -> Variable)] = [
            (
                "beyond both slopes",
                { GradientCheckTests.function($0, { relu($0) }) { $2 * select($0.value .== 0, 1.5, $0 / $0 * 3) } }
            ),
            (
                "sign",
                { GradientCheckTests.function($0, { abs($0) }) { x, _, u in u * select(x .>= 0, -1, x / x) * 1.1 } }
            ),
        ]
        for (name, f) in wrong {
            let point = Variable(Tensor(x, as: .float64), name: "x")
            let report = checkGradients(at: [point]) { f(point) + 2 * point }
            #expect(report.verdict == .fail, "\(name): \(report)")
        }
    }

    @Test func aSmoothFunctionWrongAtZeroAloneIsFound() {
        let x = Variable([-1, 0, 2])
        let report = checkGradients(at: [x]) {
            GradientCheckTests.function(x, { sin($0) }) { x, _, upstream in
                upstream * cos(x)
                    * .constant((x.value .!= 0).converted(to: x.elementType))
            }.sum()
        }
        #expect(report.suspects.map(\.index) == [[1]] && report.blame.first?.index == [1])
    }

    @Test func aKinkIsReportedWithItsSlopesAndOperation() throws {
        let x = Variable([0, 1], name: "x")
        let report = checkGradients(at: [x]) { scope("head") { relu(3 * x).sum() } }
        let kink = try #require(report.elements[0].kink)
        #expect(report.passed && kink.operation == "head/relu" && !kink.isJump)
        expectClose(kink.left, 0)
        expectClose(kink.right, 3)
        #expect(report.elements[1].kink == nil)
    }

    @Test func aNetworkOfManyKinksPasses() {
        var random = Random(seed: 3)
        let w = (0..<3).map { Variable(.normal([12, 12], using: &random) * 0.4, name: "w\($0)") }
        let x = Variable.constant(.normal([40, 12], using: &random))
        var settings = GradientCheckSettings(mode: .fast)
        settings.elements = 30
        let report = checkGradients(at: w, settings: settings) {
            w.reduce(x) { relu(matmul($0, $1)) }.mean()
        }
        #expect(report.passed, "\(report)")
    }

    // MARK: Inconclusive

    @Test func whatIsTooSmallBesideTheLossIsInconclusive() {
        let x = Variable(Tensor([1, 2], as: .float64))
        let report = checkGradients(at: [x]) { (x * x * 1e-3).sum() + 1e15 }
        #expect(report.verdict == .inconclusive && report.inconclusiveShare == 1, "\(report)")
    }

    @Test func anInfiniteSlopeIsInconclusiveAndNotANumberFails() {
        let x = Variable([0, 4])
        let report = checkGradients(at: [x]) { sqrt(x).sum() }
        #expect(report.verdict == .inconclusive && report.suspects.map(\.index) == [[0]])
        let wrong = checkGradients(at: [x]) {
            GradientCheckTests.function(x, { $0 * $0 }) { x, _, upstream in upstream * 2 * x * x / x }.sum()
        }
        #expect(wrong.verdict == .fail && wrong.suspects.first?.index == [0])
    }

    @Test func aLossThatIsNotFiniteOrNotAFunctionIsNotChecked() {
        let x = Variable([1, 2])
        #expect(checkGradients(at: [x]) { log(x - 5).sum() }.obstacle == "the loss is nan")
        var calls = 0.0
        let report = checkGradients(at: [x]) {
            calls += 1
            return (x * calls).sum()
        }
        #expect(report.verdict == .inconclusive && report.elements.isEmpty)
        #expect(report.obstacle?.hasPrefix("run twice on the same values, the loss is 3.0 and ") == true)
    }

    @Test func aGradientThatIsNotAFunctionIsNotChecked() {
        let x = Variable([1, 2])
        var calls = 0.0
        let report = checkGradients(at: [x]) {
            GradientCheckTests.function(x, { $0 }) { _, _, upstream in
                calls += 1
                return upstream * calls
            }.sum()
        }
        #expect(report.obstacle == "the gradient differs from run to run on the same values")
    }

    // MARK: Warnings

    private func warnings(at variables: [Variable], _ loss: () -> Variable) -> [String] {
        checkGradients(at: variables, loss: loss).warnings
    }

    @Test func vacuousChecksAreWarnedOf() {
        let x = Variable([1, 2], name: "x"), y = Variable([1, 2], name: "y")
        #expect(warnings(at: [x, y]) { (x * x).sum() } == ["y is not used by the loss"])
        #expect(warnings(at: [x, y]) { (x * x + y * 0).sum() } == ["the gradient of y is all zeros"])
        #expect(
            warnings(at: [x]) { (x * x).sum() * 1e-12 } == [
                "the gradient of x is below 1e-10 throughout: scale the loss up"
            ])
        let zeros = checkGradients(at: [y]) { (y * 0 + 3).sum() }
        #expect(
            zeros.verdict == .inconclusive
                && zeros.description.hasPrefix("INCONCLUSIVE: 2 derivatives compared, nothing but zeros"))
        #expect(checkGradients(at: [y]) { (x * x).sum() }.verdict == .inconclusive)
    }

    @Test func aGraphRecordedOutsideIsWarnedOf() {
        let x = Variable([1, 2], name: "x"), y = Variable([1, 2], name: "y")
        let h = x * x
        #expect(
            warnings(at: [x, y]) { (h * y).sum() } == [
                "x is also reached through a graph recorded outside the closure, which was not checked"
            ])
    }

    @Test func aValueReadOutsideOfOperationsIsWarnedOf() {
        let x = Variable([1, 2], name: "x")
        let expected =
            "the loss reads the value of x outside of operations (value, item, detached() or a comparison); "
            + "that part of the derivative was not checked"
        #expect(warnings(at: [x]) { (x * .constant(x.value)).sum() } == [expected])
        #expect(warnings(at: [x]) { (x.detached() * x).sum() } == [expected])
        #expect(warnings(at: [x]) { select(x .> 0, x, 0).sum() }.isEmpty, "no number of it gets into the loss")
        #expect(x.value == Tensor([1, 2]))
    }

    @Test func randomNumbersAreWarnedOf() {
        let x = Variable([1, 2, 3, 4, 5, 6, 7, 8], name: "x")
        let report = checkGradients(at: [x]) { dropout(x, probability: 0.5).sum() }
        #expect(
            report.warnings == ["the loss draws random numbers; one draw of them was checked: turn dropout off"])
        #expect(report.passed, "\(report)")
        #expect(evaluate { checkGradients(at: [x]) { dropout(x, probability: 0.5).sum() } }.warnings.isEmpty)
    }

    @Test func aDominantTermIsWarnedOf() {
        let x = Variable([1, 2], name: "x")
        #expect(
            warnings(at: [x]) { sin(x).sum() * 0.01 + (x * x).sum() * 1e3 } == [
                "one term of the loss is 5e+03, and the others together 0.0175: check them apart, as the larger "
                    + "(regularization, often) hides the smaller"
            ])
        #expect(warnings(at: [x]) { sin(x).sum() + (x * x).sum() }.isEmpty)
    }

    // MARK: Second order

    @Test func aRuleWithoutDerivativeOfItsOwnIsFoundAtOrderTwo() {
        let x = Variable([0.5, 1.5], name: "x")
        func loss() -> Variable {
            GradientCheckTests.function(x, { sin($0) }) { x, _, upstream in upstream * .constant(cos(x.value)) }.sum()
        }
        #expect(checkGradients(at: [x], loss: loss).passed)
        let report = checkGradients(at: [x], settings: .init(order: 2), loss: loss)
        #expect(report.verdict == .fail && report.blame.map(\.fault) == [.cut], "\(report)")
    }

    @Test func aWrongSecondDerivativeIsBlamedOnTheOperationInTheRule() {
        func cosine(_ x: Variable) -> Variable {
            GradientCheckTests.function(x, { cos($0) }) { x, _, upstream in upstream * sin(x) }
        }
        let x = Variable([0.5, 1.5], name: "x")
        let report = checkGradients(at: [x], settings: .init(order: 2)) {
            scope("mine") {
                GradientCheckTests.function(x, { sin($0) }) { x, _, upstream in upstream * cosine(x) }.sum()
            }
        }
        #expect(report.verdict == .fail && report.elements.prefix(2).allSatisfy { $0.verdict == .pass })
        #expect(report.blame.map(\.operation) == ["custom"], "\(report)")
    }

    @Test func linearLossesPassAtOrderTwo() {
        let x = Variable([0.5, 1.5], name: "x")
        let report = checkGradients(at: [x], settings: .init(order: 2)) { (3 * x).sum() }
        #expect(report.passed, "\(report)")
    }

    // MARK: Traces

    struct Interruption: Error {}

    @Test func nothingIsLeftBehind() {
        seed(7)
        let x = Variable([1, 2], name: "x"), y = Variable([3, 4])
        (x * y).sum().backward()
        let (gradient, value, state) = (x.gradient, x.value, DefaultRandom.state)
        var hooked = 0
        x.onGradient {
            hooked += 1
            return $0
        }
        let report = checkGradients(at: [x, y], settings: .init(order: 2)) {
            (dropout(x, probability: 0.3) * y).sum()
        }
        #expect(report.passed)
        #expect(throws: Interruption.self) {
            var calls = 0
            _ = try checkGradients(at: [x]) {
                calls += 1
                if calls == 8 { throw Interruption() }
                return (dropout(x, probability: 0.3) * y).sum()
            }
        }
        #expect(x.gradient === gradient && y.gradient != nil && hooked == 0)
        #expect(x.value == value && x.elementType == .float32 && x.name == "x")
        #expect(DefaultRandom.state == state)
        #expect(isRecording && !isEvaluating && (x * y).elementType == .float32)
    }

    @Test func runningStatisticsAreAskedNotToMove() {
        let x = Variable([1, 2])
        var replays: Set<Bool> = []
        _ = checkGradients(at: [x], settings: .init(order: 2)) {
            replays.insert(isReplaying)
            return (x * x).sum()
        }
        #expect(replays == [true])
    }

    @Test func modesAroundTheCheckDoNotMatter() {
        let x = Variable([1, 2])
        #expect(withoutRecording { checkGradients(at: [x]) { (x * x).sum() } }.passed)
        #expect(evaluate { checkGradients(at: [x]) { (x * x).sum() } }.passed)
        #expect(inDouble { checkGradients(at: [x]) { (x * x).sum() } }.passed)
    }

    // MARK: Misuse

    @Test func whatIsRefused() {
        let x = Variable([1, 2], name: "x")
        func message(_ variables: [Variable], _ loss: @escaping () -> Variable) -> String? {
            misuseMessage { _ = checkGradients(at: variables, loss: loss) }
        }
        #expect(message([]) { x.sum() } == "checkGradients: no variables to check")
        #expect(
            message([x * 2]) { x.sum() } == "checkGradients: a variable is the result of multiply; leaves are checked")
        #expect(
            message([.constant(Tensor(1), name: "c")]) { x.sum() }
                == "checkGradients: c is a constant, which wants no gradient")
        #expect(message([x, x]) { x.sum() } == "checkGradients: the same variable is given twice")
        #expect(message([x]) { x * x } == "checkGradients: the loss has shape [2]; it is one number")
        #expect(message([x]) { (x + Variable([1, 2, 3])).sum() } == "add: shapes [2] and [3] do not broadcast")
    }

    @Test func whileMisuseIsPendingNothingRuns() {
        let x = Variable([1, 2])
        var calls = 0
        #expect(throws: Misuse.self) {
            try catchingMisuse {
                _ = x + Variable([1, 2, 3])
                let report = checkGradients(at: [x]) {
                    calls += 1
                    return x.sum()
                }
                #expect(report.verdict == .inconclusive)
            }
        }
        #expect(calls == 0)
    }
}
