import GradusAutograd
import GradusTensor

/// Moves parameters against their gradients.
///
///     let adam = Adam(learningRate: 1e-3)
///     for batch in digits.training.batches(of: 64, shuffledBy: &random) {
///         let loss = crossEntropy(model(batch.inputs), batch.labels)
///         loss.backward()
///         adam.step(parameters)
///     }
///
/// Gradients add up until they are used, so that accumulation over several small batches is several `backward()`s before a step
/// (of losses divided by their number, for the mean).
///
/// What an optimizer remembers of a parameter belongs to that very variable, wherever it stands in the sequence; so long as
/// the optimizer lives, the variable does. An optimizer is not `Sendable`: one thread uses it, and in a script the top-level
/// code does, not a function.
public protocol Optimizer: AnyObject {
    /// How far a step goes. May be changed between steps.
    var learningRate: Double { get set }

    /// The norm of all gradients that the last step used, taken together; 0 before the first.
    var gradientNorm: Double { get }

    /// Updates each parameter that has a gradient, and uses that up: it is nil afterwards, so there is no zeroing to forget.
    /// A parameter without one stays as it is. While misuse is pending, nothing happens.
    ///
    /// Misuse, before anything is changed: a result of an operation among the parameters, a gradient of another element type
    /// than its parameter.
    func step(_ parameters: some Sequence<Variable>)
}

/// What is remembered of one parameter between steps: how many there were, and tensors by name.
public struct ParameterState: Sendable {
    /// How many steps the parameter has taken.
    public var steps = 0

    var tensors: [String: Tensor] = [:]

    /// Of a parameter that has not been moved.
    public init() {}

    /// The tensor of a name; nil before it is first set.
    public subscript(name: String) -> Tensor? {
        get { tensors[name] }
        set { tensors[name] = newValue }
    }

    func remembers(_ name: String) -> Bool { tensors.keys.contains(name) }

    /// Takes a tensor out, so that it has one owner and is changed in place; zeros if there is none.
    mutating func take(_ name: String, like value: Tensor) -> Tensor {
        tensors.removeValue(forKey: name) ?? .zeros(like: value)
    }
}

/// How a step treats one parameter.
public struct StepSettings: Sendable {
    /// How far it goes: the optimizer's rate times the group's factor.
    public let rate: Double
    /// How strongly the parameter is drawn to 0.
    public let weightDecay: Double

    /// Settings for a step.
    public init(rate: Double, weightDecay: Double) { (self.rate, self.weightDecay) = (rate, weightDecay) }
}

/// An optimizer that moves each parameter by a rule of its own value, gradient and past: what all but the second-order ones are.
/// Subclass it for another rule:
///
///     final class SignDescent: RuleOptimizer {
///         init() { super.init("SignDescent", learningRate: 0.01) }
///         override func rule(_ w: Tensor, _ g: Tensor, _ state: inout ParameterState, _ settings: StepSettings) -> Tensor {
///             w - settings.rate * sign(g)
///         }
///     }
open class RuleOptimizer: Optimizer {
    public var learningRate: Double

    /// λ: how strongly parameters are drawn to 0; how, each optimizer says. May be changed between steps.
    public var weightDecay: Double

    /// Whether parameters move along their gradients, to a maximum, rather than against them.
    public var isAscending = false

    public private(set) var gradientNorm = 0.0

    /// What it is called in messages and in files.
    public let name: String

    // By identity, which is a parameter's own only while it is held: a freed object's is given to another.
    private var states: [ObjectIdentifier: (parameter: Variable, state: ParameterState)] = [:]
    private var groups: [ObjectIdentifier: (parameter: Variable, group: Group)] = [:]

    /// How a group of parameters is treated otherwise than the rest.
    struct Group {
        var factor = 1.0
        var weightDecay: Double?
    }

    /// A learning rate or decay that is negative or not finite is misuse.
    public init(_ name: String, learningRate: Double, weightDecay: Double = 0) {
        (self.name, self.learningRate, self.weightDecay) = (name, learningRate, weightDecay)
        check("learningRate", learningRate)
        check("weightDecay", weightDecay)
    }

    /// The new value of a parameter. `gradient` is that of a loss to be made smaller; `state` is what the rule left there at the
    /// parameter's last step, its `steps` counting this one already.
    open func rule(
        _ value: Tensor, _ gradient: Tensor, _ state: inout ParameterState, _ settings: StepSettings
    ) -> Tensor {
        misuse("\(name): has no rule")
    }

    /// Moves a parameter: by ``rule(_:_:_:_:)``, or, where it is overridden, in place and in one pass to the same effect.
    /// `gradient` is as it came, of a loss to be made larger if ``isAscending``. Gives back the sum of its squares.
    func update(
        _ value: inout Tensor, _ gradient: Tensor, _ state: inout ParameterState, _ settings: StepSettings
    ) -> Double {
        let squares = squares(of: gradient)
        value = rule(value, isAscending ? -1 * gradient : gradient, &state, settings)
        return squares
    }

    /// Makes these parameters a group that is treated otherwise: trained more slowly, or without decay as biases often are.
    ///
    ///     adam.group(model.encoder.parameters, rateFactor: 0.1)
    ///     adam.group(biases, weightDecay: 0)
    ///
    /// - `rateFactor`: what ``learningRate`` is multiplied by for them, so that a schedule moves all groups together.
    /// - `weightDecay`: theirs in place of ``weightDecay``; nil for that.
    ///
    /// A parameter is in the group it was put in last. Numbers that are negative or not finite are misuse.
    public func group(_ parameters: some Sequence<Variable>, rateFactor: Double = 1, weightDecay: Double? = nil) {
        check("rateFactor", rateFactor)
        if let weightDecay { check("weightDecay", weightDecay) }
        guard !misuseIsPending else { return }
        for parameter in parameters {
            groups[ObjectIdentifier(parameter)] = (parameter, Group(factor: rateFactor, weightDecay: weightDecay))
        }
    }

    public func step(_ parameters: some Sequence<Variable>) {
        // All of them are looked at before the first is changed.
        guard let steps = gradients(name, of: parameters) else { return }
        var squares = 0.0
        for (parameter, gradient) in steps {
            let identity = ObjectIdentifier(parameter)
            // Taken out while the rule changes it, so that its tensors have no second owner.
            var state = states.removeValue(forKey: identity)?.state ?? ParameterState()
            let group = groups[identity]?.group ?? Group()
            state.steps += 1
            let settings = StepSettings(
                rate: learningRate * group.factor, weightDecay: group.weightDecay ?? weightDecay)
            parameter.update { squares += update(&$0, gradient, &state, settings) }
            parameter.gradient = nil
            states[identity] = (parameter, state)
        }
        gradientNorm = squares.squareRoot()
    }

    /// What is remembered of a parameter; nil before its first step.
    public internal(set) subscript(state parameter: Variable) -> ParameterState? {
        get { states[ObjectIdentifier(parameter)]?.state }
        set { states[ObjectIdentifier(parameter)] = newValue.map { (parameter, $0) } }
    }

    /// The group a parameter was put in; nil if it was in none.
    subscript(group parameter: Variable) -> Group? {
        get { groups[ObjectIdentifier(parameter)]?.group }
        set { groups[ObjectIdentifier(parameter)] = newValue.map { (parameter, $0) } }
    }

    /// Says what is wrong with a setting, if anything is.
    final func check(_ setting: StaticString, _ value: Double, below limit: Double = .infinity) {
        if value >= 0 && value < limit { return }
        misuse("\(name): \(setting) \(value); it is 0 or more, and \(limit == .infinity ? "finite" : "below \(limit)")")
    }
}

/// Those parameters that have a gradient, each once; nil after misuse.
func gradients(
    _ name: String, of parameters: some Sequence<Variable>
) -> [(parameter: Variable, gradient: Tensor)]? {
    var found: [(parameter: Variable, gradient: Tensor)] = []
    var seen: Set<ObjectIdentifier> = []
    for (place, parameter) in parameters.enumerated() {
        if let operation = parameter.operation {
            return misuse("\(name): parameter \(place) is a result (of \(operation.name)); leaves are trained")
        }
        guard let gradient = parameter.gradient?.value, seen.insert(ObjectIdentifier(parameter)).inserted else {
            continue
        }
        guard gradient.elementType == parameter.elementType else {
            return misuse(
                "\(name): parameter \(place) is \(parameter.elementType), its gradient \(gradient.elementType)")
        }
        found.append((parameter, gradient))
    }
    return misuseIsPending ? nil : found
}

/// The Euclidean norm of several tensors as if they were one.
func norm(of tensors: [Tensor]) -> Double {
    tensors.reduce(0.0) { $0 + squares(of: $1) }.squareRoot()
}

private func squares(of tensor: Tensor) -> Double {
    let norm = tensor.norm().item
    return norm * norm
}
