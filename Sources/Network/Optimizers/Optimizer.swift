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

/// What an optimizer remembers of each parameter, and what all their steps have in common.
struct OptimizerStates<State> {
    // By identity, which is a parameter's own only while it is held: a freed object's is given to another.
    private var entries: [ObjectIdentifier: (parameter: Variable, state: State)] = [:]
    private(set) var gradientNorm = 0.0

    /// Applies `rule` (value, gradient, state → new value) to every parameter that has a gradient.
    mutating func step(
        _ name: StaticString, _ parameters: some Sequence<Variable>, from initial: @autoclosure () -> State,
        rule: (Tensor, Tensor, inout State) -> Tensor
    ) {
        // All of them are looked at before the first is changed.
        var steps: [(parameter: Variable, gradient: Tensor)] = []
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
            steps.append((parameter, gradient))
        }
        guard !misuseIsPending else { return }
        var squares = 0.0
        for (parameter, gradient) in steps {
            let norm = gradient.norm().item
            squares += norm * norm
            let identity = ObjectIdentifier(parameter)
            // Taken out while the rule changes it, so that its tensors have no second owner.
            var state = entries.removeValue(forKey: identity)?.state ?? initial()
            parameter.value = rule(parameter.value, gradient, &state)
            parameter.gradient = nil
            entries[identity] = (parameter, state)
        }
        gradientNorm = squares.squareRoot()
    }
}

/// Says what is wrong with an optimizer's setting, if anything is.
func checkSetting(_ name: StaticString, _ setting: StaticString, _ value: Double, below limit: Double = .infinity) {
    if value >= 0 && value < limit { return }
    misuse("\(name): \(setting) \(value); it is 0 or more, and \(limit == .infinity ? "finite" : "below \(limit)")")
}
