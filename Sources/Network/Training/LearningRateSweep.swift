import GradusAutograd
import GradusTensor

/// The loss while the learning rate grew from step to step: how to find one that is large and still good (L. N. Smith, "Cyclical
/// learning rates for training neural networks", 2017, section 3.3).
///
///     let sweep = LearningRateSweep(of: model.parameters, by: Adam()) { step in
///         let batch = batches[step % batches.count]
///         return crossEntropy(model(batch.inputs), batch.labels)
///     }
///     print(sweep.suggestion)
///
/// The parameters and buffers are afterwards what they were before. The optimizer is not: give it one of its own.
public struct LearningRateSweep: Sendable {
    /// The rate at each step, rising by the same factor each time.
    public let rates: [Double]
    /// The loss at each step, before it was made.
    public let losses: [Double]

    /// Where the loss falls most steeply over the logarithm of the rate, smoothed over steps: a good first choice.
    public let suggestion: Double

    /// Makes so many steps, or fewer if the loss rises to four times its least or is no number any more.
    ///
    /// Rates that are not above 0 or do not rise, and fewer than 10 steps, are misuse.
    public init(
        of parameters: Parameters, by optimizer: some Optimizer, rates range: ClosedRange<Double> = 1e-5...10,
        steps: Int = 100, loss: (_ step: Int) throws -> Variable
    ) rethrows {
        guard range.lowerBound > 0 && range.upperBound > range.lowerBound && range.upperBound.isFinite && steps >= 10
        else {
            misuse(
                "LearningRateSweep: \(steps) steps of rates \(range); rates are above 0 and rise, and steps are 10 or more"
            )
            (rates, losses, suggestion) = ([], [], .nan)
            return
        }
        let values = parameters.map(\.value)
        let states = parameters.buffers.map(\.buffer.value)
        defer {
            for (parameter, value) in zip(parameters, values) {
                parameter.value = value
                parameter.gradient = nil
            }
            for (buffer, state) in zip(parameters.buffers, states) { buffer.buffer.value = state }
        }
        let factor = power(range.upperBound / range.lowerBound, 1 / Double(steps - 1))
        var (rates, losses): ([Double], [Double]) = ([], [])
        var rate = range.lowerBound
        for step in 0..<steps {
            let result = try loss(step)
            let number = result.item
            guard number.isFinite && !misuseIsPending else { break }
            rates.append(rate)
            losses.append(number)
            if number > 4 * (losses.min() ?? number) + 1e-12 { break }
            result.backward()
            optimizer.learningRate = rate
            optimizer.step(parameters)
            rate *= factor
        }
        (self.rates, self.losses) = (rates, losses)
        suggestion = rates.isEmpty ? .nan : LearningRateSweep.steepest(rates, losses)
    }

    /// The loss without its jumps from batch to batch: the mean of each and the four before and behind it, as far as there are.
    public var smoothedLosses: [Double] { LearningRateSweep.smoothed(losses) }

    private static func smoothed(_ losses: [Double]) -> [Double] {
        losses.indices.map { step in
            let near = losses[Swift.max(step - 4, 0)..<Swift.min(step + 5, losses.count)]
            return near.reduce(0, +) / Double(near.count)
        }
    }

    /// The rate of the step over which the smoothed loss fell most on its way to its least.
    private static func steepest(_ rates: [Double], _ losses: [Double]) -> Double {
        let curve = smoothed(losses)
        let lowest = curve.indices.min { curve[$0] < curve[$1] } ?? 0
        let falls = (0..<lowest).map { step in curve[step] - curve[step + 1] }
        let best = falls.indices.max { falls[$0] < falls[$1] }
        return rates[best ?? 0]
    }
}

/// baseᵉ for a base above 0.
private func power(_ base: Double, _ exponent: Double) -> Double { pow(Tensor(base, as: .float64), exponent).item }
