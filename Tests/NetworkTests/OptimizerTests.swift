import GradusAutograd
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

/// Twenty steps as PyTorch takes them: the gradients of each, and the parameters after it.
private struct OptimizerCase: Decodable {
    let optimizer: String
    let name: String
    let attributes: [String: ReferenceAttribute]
    let initial: [ReferenceTensor]
    let group: [String: Double]?
    let gradients: [[[Double]]]
    let parameters: [[[Double]]]

    func number(_ name: String) throws -> Double {
        try #require(attributes[name]?.double, "\(optimizer), \(self.name): no \(name)")
    }

    func make() throws -> (any Optimizer)? {
        switch optimizer {
        case "sgd":
            SGD(
                learningRate: try number("learningRate"), momentum: try number("momentum"),
                nesterov: attributes["nesterov"]?.bool ?? false, weightDecay: try number("weightDecay"))
        case "adam":
            Adam(
                learningRate: try number("learningRate"), beta1: try number("beta1"), beta2: try number("beta2"),
                epsilon: try number("epsilon"), weightDecay: try number("weightDecay"))
        case "adamW":
            AdamW(
                learningRate: try number("learningRate"), beta1: try number("beta1"), beta2: try number("beta2"),
                epsilon: try number("epsilon"), weightDecay: try number("weightDecay"))
        case "adaGrad":
            AdaGrad(
                learningRate: try number("learningRate"), learningRateDecay: try number("learningRateDecay"),
                initialAccumulator: try number("initialAccumulator"), epsilon: try number("epsilon"),
                weightDecay: try number("weightDecay"))
        case "rmsProp":
            RMSProp(
                learningRate: try number("learningRate"), smoothing: try number("smoothing"),
                epsilon: try number("epsilon"), momentum: try number("momentum"),
                centered: attributes["centered"]?.bool ?? false, weightDecay: try number("weightDecay"))
        case "adaDelta":
            AdaDelta(
                learningRate: try number("learningRate"), rho: try number("rho"), epsilon: try number("epsilon"),
                weightDecay: try number("weightDecay"))
        case "adaMax":
            AdaMax(
                learningRate: try number("learningRate"), beta1: try number("beta1"), beta2: try number("beta2"),
                epsilon: try number("epsilon"), weightDecay: try number("weightDecay"))
        default: nil
        }
    }
}

@Suite struct OptimizerReferenceTests {
    /// The gradient of a product's sum is the other factor, and has its elements in common with that until a step writes to them.
    @Test func aStepSeesGradientsThatAreOtherParameters() {
        let optimizers: [() -> any Optimizer] = [
            { SGD(learningRate: 0.1) }, { SGD(learningRate: 0.1, momentum: 0.9, weightDecay: 0.1) },
            { Adam(learningRate: 0.1) }, { AdamW(learningRate: 0.1) }, { AdaGrad(learningRate: 0.1) },
            { RMSProp(learningRate: 0.1) }, { AdaDelta() }, { AdaMax(learningRate: 0.1) },
        ]
        let (first, second) = (Tensor.normal([100]), Tensor.normal([100]))
        for make in optimizers {
            func run(_ isShared: Bool) -> [Tensor] {
                let (x, y) = (Variable(first), Variable(second))
                let optimizer = make()
                for _ in 0..<3 {
                    (x * y).sum().backward()
                    if !isShared {
                        for leaf in [x, y] { leaf.gradient = leaf.gradient.map { .constant($0.value + 0) } }
                    }
                    optimizer.step([x, y])
                    (x.gradient, y.gradient) = (nil, nil)
                }
                return [x.value, y.value]
            }
            #expect(run(true) == run(false), "\(make())")
        }
        #expect(first != second)
    }

    @Test(arguments: ["sgd", "adam", "adamW", "adaGrad", "rmsProp", "adaDelta", "adaMax"])
    func agreesWithPyTorchOverTwentySteps(optimizer: String) throws {
        let cases = try ReferenceCases.load("optimizers", as: OptimizerCase.self).filter { $0.optimizer == optimizer }
        #expect(cases.count >= 4)
        for one in cases {
            let optimizer = try #require(try one.make())
            let parameters = one.initial.map { Variable($0.tensor) }
            #expect(one.gradients.count == 20 && one.parameters.count == 20)
            if let group = one.group {
                let rules = try #require(optimizer as? RuleOptimizer)
                rules.group(parameters[1...], rateFactor: group["rateFactor"]!, weightDecay: group["weightDecay"]!)
            }
            for (step, (gradients, expected)) in zip(one.gradients, one.parameters).enumerated() {
                for (parameter, gradient) in zip(parameters, gradients) {
                    parameter.gradient = .constant(Tensor(gradient, shape: parameter.shape, as: .float64))
                }
                optimizer.step(parameters)
                let squares = gradients.joined().reduce(0) { $0 + $1 * $1 }
                expectClose(optimizer.gradientNorm, squares.squareRoot(), relative: 1e-14)
                for (parameter, expected) in zip(parameters, expected) {
                    #expect(parameter.gradient == nil)
                    expectClose(
                        parameter.value, expected, relative: 1e-12, absolute: 1e-15,
                        "\(one.optimizer), \(one.name), after step \(step + 1)")
                }
            }
        }
    }
}

@Suite struct OptimizerTests {
    private func all() -> [RuleOptimizer] {
        [
            SGD(learningRate: 0.1), SGD(learningRate: 0.1, momentum: 0.9),
            SGD(learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1), Adam(learningRate: 0.1),
            Adam(learningRate: 0.1, weightDecay: 0.1), AdamW(learningRate: 0.1), AdaGrad(learningRate: 0.1),
            RMSProp(learningRate: 0.1, momentum: 0.5, centered: true), AdaDelta(), AdaMax(learningRate: 0.1),
        ]
    }

    @Test func eachFindsTheBottomOfABowl() {
        let optimizers: [any Optimizer] = [
            SGD(learningRate: 0.1), SGD(learningRate: 0.05, momentum: 0.8), Adam(learningRate: 0.1),
            AdamW(learningRate: 0.1, weightDecay: 0), AdaGrad(learningRate: 1), AdaMax(learningRate: 0.1),
        ]
        for optimizer in optimizers {
            let x = Variable([3, -2])
            for _ in 0..<300 {
                let away = x - Variable.constant(Tensor([1, 2]))
                (away * away).sum().backward()
                optimizer.step([x])
            }
            expectClose(x.value, [1, 2], relative: 1e-3, "\(type(of: optimizer))")
        }
    }

    @Test func aParameterWithoutGradientStays() {
        for optimizer in all() {
            let (used, unused, frozen) = (Variable([1, 2]), Variable([3, 4]), Variable.constant(Tensor([5, 6])))
            (used * used).sum().backward()
            optimizer.step([unused, used, frozen])
            expectIdentical(unused.value, Tensor([3, 4]))
            expectIdentical(frozen.value, Tensor([5, 6]))
            #expect(used.value != Tensor([1, 2]))
            #expect(used.gradient == nil)
            // A second step has nothing to use.
            let before = used.value
            optimizer.step([unused, used, frozen])
            expectIdentical(used.value, before)
            #expect(optimizer.gradientNorm == 0)
        }
    }

    @Test func aParameterGivenTwiceIsUpdatedOnce() {
        for (one, two) in zip(all(), all()) {
            let (x, y) = (Variable([1, 2]), Variable([1, 2]))
            (x * x).sum().backward()
            (y * y).sum().backward()
            one.step([x])
            two.step([y, y])
            expectIdentical(x.value, y.value)
            #expect(one.gradientNorm == two.gradientNorm)
        }
    }

    @Test func stateFollowsTheVariableNotItsPlace() {
        for (one, two) in zip(all(), all()) {
            let (a, b) = (Variable([1, 2]), Variable([3]))
            let (c, d) = (Variable([1, 2]), Variable([3]))
            for step in 0..<6 {
                (a * a).sum().backward()
                (c * c).sum().backward()
                if step % 2 == 0 {
                    (b * b).sum().backward()
                    (d * d).sum().backward()
                }
                one.step([a, b])
                two.step(step % 3 == 0 ? [c, d] : [d, c])
            }
            expectIdentical(a.value, c.value)
            expectIdentical(b.value, d.value)
        }
    }

    /// A freed parameter's identity could be given to another, which would inherit its state.
    @Test func theOptimizerHoldsItsParametersAndLetsThemGoWithItself() {
        withLifetimeTracking { tracker in
            for optimizer in all() {
                weak var held: Variable?
                do {
                    let x = Variable([1, 2])
                    tracker.track(x)
                    held = x
                    (x * x).sum().backward()
                    optimizer.step([x])
                }
                #expect(held != nil)
            }
        }
    }

    @Test func theNormIsThatOfAllGradientsTogether() {
        let (x, y) = (Variable([1, 2]), Variable([3]))
        x.gradient = .constant(Tensor([1, 2]))
        y.gradient = .constant(Tensor([2]))
        let sgd = SGD(learningRate: 0.1)
        #expect(sgd.gradientNorm == 0)
        sgd.step([x, y])
        expectClose(sgd.gradientNorm, 3, relative: 1e-7)  // each norm is a float32
        // Squares that a float32 could not hold.
        x.gradient = .constant(Tensor([3e30, 4e30]))
        sgd.step([x])
        expectClose(sgd.gradientNorm, 5e30, relative: 1e-6)
    }

    @Test func theLearningRateMayChange() {
        for optimizer in all() {
            let x = Variable([1.0])
            x.gradient = .constant(Tensor([0.5]))
            optimizer.learningRate = 0
            optimizer.step([x])
            #expect(x.value == Tensor([1]))
        }
    }

    @Test func updatesLeaveOldGraphsAndCopiesAlone() {
        for optimizer in all() {
            let x = Variable([1, 2])
            let (y, copy) = ((x * x).sum(), x.value)
            x.gradient = .constant(Tensor([1, 1]))
            optimizer.step([x])
            #expect(x.value != copy && copy == Tensor([1, 2]))
            y.backward()
            #expect(x.gradient?.value == Tensor([2, 4]))
        }
    }

    /// What is done in one pass is what the rule says.
    @Test func stepsInPlaceAreTheRules() {
        for type in [ElementType.float32, .float64] {
            for optimizer in all() {
                for isAscending in [false, true] {
                    optimizer.isAscending = isAscending
                    var generator = TensorGenerator(seed: 9)
                    let x = Variable(generator.tensor([5, 7], as: type))
                    var (value, state) = (x.value, ParameterState())
                    for step in 1...4 {
                        let gradient = generator.tensor([5, 7], as: type)
                        x.gradient = .constant(gradient)
                        optimizer.step([x])
                        state.steps = step
                        value = optimizer.rule(
                            value, isAscending ? -1 * gradient : gradient, &state,
                            StepSettings(rate: optimizer.learningRate, weightDecay: optimizer.weightDecay))
                        let tolerance = type == .float32 ? 1e-5 : 1e-13
                        expectClose(x.value, value, relative: tolerance, absolute: tolerance, optimizer.name)
                    }
                }
            }
        }
    }

    @Test func nothingHappensWhileMisuseIsPending() {
        for optimizer in all() {
            let x = Variable([1, 2])
            x.gradient = .constant(Tensor([1, 1]))
            _ = misuseMessage {
                _ = Tensor([1, 2]) + Tensor([1, 2, 3])
                optimizer.step([x])
            }
            expectIdentical(x.value, Tensor([1, 2]))
            #expect(x.gradient?.value == Tensor([1, 1]))
            #expect(optimizer.gradientNorm == 0)
        }
    }

    @Test func misuseChangesNothing() {
        for optimizer in all() {
            let name = "\(type(of: optimizer))"
            let (x, y) = (Variable([1, 2]), Variable([3, 4]))
            x.gradient = .constant(Tensor([1, 1]))
            y.gradient = .constant(Tensor([1, 1], as: .float64))
            #expect(
                misuseMessage { optimizer.step([x, y]) }
                    == "\(name): parameter 1 is float32, its gradient float64")
            #expect(
                misuseMessage { optimizer.step([x, y * 2]) }
                    == "\(name): parameter 1 is a result (of multiply); leaves are trained")
            expectIdentical(x.value, Tensor([1, 2]))
            #expect(x.gradient != nil)
        }
        #expect(
            misuseMessage { SGD(learningRate: -1) } == "SGD: learningRate -1.0; it is 0 or more, and finite")
        #expect(misuseMessage { SGD(learningRate: .nan) } != nil)
        #expect(misuseMessage { SGD(learningRate: 1, momentum: .infinity) } != nil)
        #expect(
            misuseMessage { SGD(learningRate: 1, nesterov: true) }
                == "SGD: Nesterov's step without momentum is the plain one")
        #expect(misuseMessage { Adam(beta1: 1) } == "Adam: beta1 1.0; it is 0 or more, and below 1.0")
        #expect(misuseMessage { Adam(beta2: -0.1) } == "Adam: beta2 -0.1; it is 0 or more, and below 1.0")
        #expect(misuseMessage { Adam(epsilon: -1) } == "Adam: epsilon -1.0; it is 0 or more, and finite")
        #expect(misuseMessage { Adam(weightDecay: .nan) } == "Adam: weightDecay nan; it is 0 or more, and finite")
    }

    @Test func groupsAreTreatedOtherwise() {
        let (a, b, c) = (Variable([1, 2]), Variable([1, 2]), Variable([1, 2]))
        let sgd = SGD(learningRate: 0.1, weightDecay: 0.5)
        sgd.group([b], rateFactor: 0.1)
        sgd.group([c], weightDecay: 0)
        for x in [a, b, c] { x.gradient = .constant(Tensor([1, 1])) }
        sgd.step([a, b, c])
        expectClose(a.value, [1 - 0.1 * 1.5, 2 - 0.1 * 2], relative: 1e-6)
        expectClose(b.value, [1 - 0.01 * 1.5, 2 - 0.01 * 2], relative: 1e-6)
        expectClose(c.value, [0.9, 1.9], relative: 1e-6)
        #expect(misuseMessage { sgd.group([a], rateFactor: -1) } != nil)
    }

    @Test func ascentGoesTheOtherWay() {
        let (x, y) = (Variable([1, 2]), Variable([1, 2]))
        let (up, down) = (Adam(learningRate: 0.1), Adam(learningRate: 0.1))
        up.isAscending = true
        for _ in 0..<3 {
            x.gradient = .constant(Tensor([1, -3]))
            y.gradient = .constant(Tensor([-1, 3]))
            up.step([x])
            down.step([y])
        }
        expectIdentical(x.value, y.value)
    }

    @Test func aRuleOfOnesOwnIsASubclass() {
        final class SignDescent: RuleOptimizer {
            init() { super.init("SignDescent", learningRate: 0.25) }
            override func rule(
                _ w: Tensor, _ g: Tensor, _ state: inout ParameterState, _ settings: StepSettings
            ) -> Tensor {
                state["last"] = g
                return w - settings.rate * sign(g)
            }
        }
        let (x, optimizer) = (Variable([1, 2]), SignDescent())
        x.gradient = .constant(Tensor([3, -4]))
        optimizer.step([x])
        expectIdentical(x.value, Tensor([0.75, 2.25]))
        #expect(optimizer[state: x]?.steps == 1)
        expectIdentical(optimizer[state: x]!["last"]!, Tensor([3, -4]))
    }

    @Test func gradientsAreClipped() {
        let (x, y) = (Variable([1, 2], as: .float64), Variable([3], as: .float64))
        func give() {
            x.gradient = .constant(Tensor([3, 0], as: .float64))
            y.gradient = .constant(Tensor([-4], as: .float64))
        }
        give()
        #expect(clipGradients(of: [x, y], toNorm: 5) == 5)
        expectIdentical(x.gradient!.value, Tensor([3, 0], as: .float64))
        #expect(clipGradients(of: [x, y], toNorm: 1) == 5)
        expectClose(x.gradient!.value, [0.6, 0])
        expectClose(y.gradient!.value, [-0.8])
        give()
        clipGradients(of: [x, y], toValue: 2)
        expectClose(x.gradient!.value, [2, 0])
        expectClose(y.gradient!.value, [-2])
        y.gradient = .constant(Tensor([.infinity], as: .float64))
        #expect(clipGradients(of: [x, y], toNorm: 1) == .infinity)
        expectClose(x.gradient!.value, [2, 0])
        #expect(misuseMessage { clipGradients(of: [x], toNorm: .nan) } != nil)
        #expect(misuseMessage { clipGradients(of: [x], toValue: -1) } != nil)
    }

    @Test func stepsAreTheSameAtAnyNumberOfThreads() {
        let results = atThreadCounts {
            all().map { optimizer in
                var generator = TensorGenerator(seed: 8)
                let x = Variable(generator.tensor([37, 53], as: .float32))
                for _ in 0..<5 {
                    x.gradient = .constant(generator.tensor([37, 53], as: .float32))
                    optimizer.step([x])
                }
                return (x.value, optimizer.gradientNorm)
            }
        }
        for result in results.dropFirst() {
            for (a, b) in zip(result, results[0]) {
                expectIdentical(a.0, b.0)
                #expect(a.1 == b.1)
            }
        }
    }
}
