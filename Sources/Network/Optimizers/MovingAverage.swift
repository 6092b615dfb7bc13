import GradusAutograd
import GradusTensor

/// Parameters averaged over the steps of training, which often do better than the last ones (B. Polyak and A. Juditsky,
/// "Acceleration of stochastic approximation by averaging", 1992): w̄ ← d w̄ + (1 − d) w.
///
///     let average = MovingAverage(of: parameters)
///     …
///     adam.step(parameters)
///     average.update()
///     …
///     let score = average.applied { accuracy(evaluate { model(x) }, labels) }
///
/// It begins with the parameters as they are. Averages are kept in the parameters' own element type.
public final class MovingAverage {
    /// d: how much of the average stays at each step.
    public let decay: Double

    private let parameters: [Variable]
    private var averages: [Tensor]

    /// Begins with the parameters as they are. A decay outside 0 to 1, and a result of an operation among the parameters, are misuse.
    public init(of parameters: some Sequence<Variable>, decay: Double = 0.999) {
        if !(decay >= 0 && decay <= 1) { misuse("MovingAverage: a decay of \(decay) is outside 0 to 1") }
        self.decay = decay
        self.parameters = Array(parameters)
        averages = self.parameters.map(\.value)
        if let result = self.parameters.first(where: { $0.operation != nil })?.operation {
            misuse("MovingAverage: a parameter is a result (of \(result.name)); leaves are averaged")
        }
    }

    /// The averages, in the parameters' order.
    public var values: [Tensor] { averages }

    /// Moves the averages by the parameters as they are now.
    public func update() {
        guard !misuseIsPending else { return }
        for (place, parameter) in parameters.enumerated() {
            averages[place] = decay * averages[place] + (1 - decay) * parameter.value
        }
    }

    func restore(_ values: [Tensor]) { averages = values }

    /// Runs `body` with the averages in the parameters' place, which are afterwards as they were, however it ends.
    public func applied<T>(_ body: () throws -> T) rethrows -> T {
        let trained = parameters.map(\.value)
        for (parameter, average) in zip(parameters, averages) { parameter.value = average }
        defer { for (parameter, value) in zip(parameters, trained) { parameter.value = value } }
        return try body()
    }
}
