import GradusTensor

/// How the learning rate goes: a factor for each step, by which the optimizer's first rate is multiplied.
///
///     let adam = Adam(learningRate: 1e-3)
///     let schedule = Schedule.cosine(over: 1000).afterWarmup(of: 100)
///     for step in 0..<1100 {
///         adam.learningRate = 1e-3 * schedule(step)
///         …
///     }
///
/// A schedule is a function of the number of the step and of nothing else, so that there is nothing of it to save but that number.
/// Steps may be batches or epochs, as one counts. What depends on how training goes is ``PlateauSchedule``.
public struct Schedule: Sendable {
    private let factor: @Sendable (Int) -> Double

    /// A schedule of one's own.
    public init(_ factor: @escaping @Sendable (_ step: Int) -> Double) { self.factor = factor }

    /// The factor at a step, the first of which is 0. A step below 0 counts as 0.
    public func callAsFunction(_ step: Int) -> Double { factor(max(step, 0)) }

    /// Always 1.
    public static let fixed = Schedule { _ in 1 }

    /// Multiplied by `factor` every so many steps. Fewer than 1 step is misuse.
    public static func step(every steps: Int, by factor: Double = 0.1) -> Schedule {
        guard steps > 0 else { return misuse("Schedule.step: every \(steps) steps; it is 1 or more", inert: fixed) }
        return Schedule { power(factor, $0 / steps) }
    }

    /// Multiplied by `factor` at every step.
    public static func exponential(by factor: Double) -> Schedule { Schedule { power(factor, $0) } }

    /// Multiplied by `factor` at each of these steps.
    public static func multistep(at milestones: [Int], by factor: Double = 0.1) -> Schedule {
        Schedule { step in power(factor, milestones.count { $0 <= step }) }
    }

    /// (1 − step/steps)^power, 0 from the last step on. Fewer than 1 step is misuse.
    public static func polynomial(over steps: Int, power exponent: Double = 1) -> Schedule {
        guard steps > 0 else {
            return misuse("Schedule.polynomial: over \(steps) steps; they are 1 or more", inert: fixed)
        }
        return Schedule { step in
            let rest = 1 - Double(min(step, steps)) / Double(steps)
            return pow(Tensor(rest, as: .float64), exponent).item
        }
    }

    /// Half a cosine from 1 to `end` (I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017,
    /// equation 5), and `end` afterwards. Fewer than 1 step is misuse.
    public static func cosine(over steps: Int, to end: Double = 0) -> Schedule {
        guard steps > 0 else { return misuse("Schedule.cosine: over \(steps) steps; they are 1 or more", inert: fixed) }
        return Schedule { halfCosine(from: 1, to: end, at: Double(min($0, steps)) / Double(steps)) }
    }

    /// Up from `1/start` to 1 and down to `1/(start · end)`, by half cosines: one long cycle to train fast (L. Smith and N. Topin,
    /// "Super-convergence", 2018). The optimizer's rate is the highest. As PyTorch's `OneCycleLR`, but for the momentum.
    ///
    /// - `rising`: the share of the steps that go up.
    public static func oneCycle(over steps: Int, rising: Double = 0.3, start: Double = 25, end: Double = 1e4)
        -> Schedule
    {
        guard steps > 1 && rising > 0 && rising < 1 && start > 0 && end > 0 else {
            return misuse(
                "Schedule.oneCycle: over \(steps) steps, a share of \(rising) rising, factors \(start) and \(end); "
                    + "steps are 2 or more, the share is between 0 and 1, and factors above 0", inert: fixed)
        }
        let top = rising * Double(steps) - 1, last = Double(steps - 1)
        return Schedule { step in
            let place = min(Double(step), last)
            return place <= top
                ? halfCosine(from: 1 / start, to: 1, at: place / top)
                : halfCosine(from: 1, to: 1 / (start * end), at: (place - top) / (last - top))
        }
    }

    /// Rising evenly to this schedule's first factor over so many steps, from `start` of it, and then this schedule (P. Goyal et
    /// al., "Accurate, large minibatch SGD", 2017, section 2.2).
    public func afterWarmup(of steps: Int, from start: Double = 0) -> Schedule {
        guard steps >= 0 else {
            return misuse("Schedule.afterWarmup: of \(steps) steps; they are 0 or more", inert: self)
        }
        return Schedule { [self] step in
            step < steps ? self(0) * (start + (1 - start) * Double(step) / Double(steps)) : self(step - steps)
        }
    }
}

private func halfCosine(from: Double, to: Double, at share: Double) -> Double {
    let turn = cos(Tensor(share * Double.pi, as: .float64)).item
    return to + (from - to) * (1 + turn) / 2
}

/// A learning rate for a batch of another size: in proportion to it (P. Goyal et al., 2017, section 2.1), or to its root (A.
/// Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014, section 5). Sizes below 1 are misuse.
public func scaledLearningRate(
    _ rate: Double, batchSize: Int, reference: Int = 256, byRoot: Bool = false
) -> Double {
    guard batchSize > 0 && reference > 0 else {
        return misuse("scaledLearningRate: batches of \(batchSize) and \(reference); they are 1 or more")
    }
    let ratio = Double(batchSize) / Double(reference)
    return rate * (byRoot ? ratio.squareRoot() : ratio)
}

/// Lowers the learning rate when a number that should fall (or rise) has not done so for a while. As PyTorch's
/// `ReduceLROnPlateau`.
///
///     var plateau = PlateauSchedule(patience: 5)
///     for epoch in 0..<100 {
///         …
///         adam.learningRate = 1e-3 * plateau.next(validationLoss)
///     }
public struct PlateauSchedule: Sendable, Equatable {
    /// What the rate is multiplied by.
    public let factor: Double
    /// How many bad numbers in a row are borne.
    public let patience: Int
    /// How much better than the best a number must be, as a share of it, to count as better.
    public let threshold: Double
    /// How many numbers after a reduction are not counted as bad.
    public let cooldown: Int
    /// The least that the factor becomes.
    public let least: Double
    /// Whether the number should rise, an accuracy, rather than fall, a loss.
    public let isRising: Bool

    /// The factor now.
    public internal(set) var current = 1.0
    /// The best number so far; nil before the first.
    public internal(set) var best: Double?
    /// How many bad numbers there have been in a row, and how many more are not counted.
    public internal(set) var badCount = 0, restingCount = 0

    /// A factor outside 0 to 1, and counts below 0, are misuse.
    public init(
        factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4, cooldown: Int = 0, least: Double = 0,
        rising: Bool = false
    ) {
        if !(factor >= 0 && factor < 1) || patience < 0 || cooldown < 0 {
            misuse(
                "PlateauSchedule: factor \(factor), patience \(patience), cooldown \(cooldown); "
                    + "the factor is 0 or more and below 1, the others are 0 or more")
        }
        (self.factor, self.patience, self.threshold) = (factor, patience, threshold)
        (self.cooldown, self.least, isRising) = (cooldown, least, rising)
    }

    /// Takes the next number, and gives the factor from now on. NaN is never better.
    public mutating func next(_ number: Double) -> Double {
        let isBetter =
            best.map { isRising ? number > $0 * (1 + threshold) : number < $0 * (1 - threshold) } ?? !number.isNaN
        if isBetter { (best, badCount) = (number, 0) } else { badCount += 1 }
        if restingCount > 0 { (restingCount, badCount) = (restingCount - 1, 0) }
        if badCount > patience {
            current = max(current * factor, least)
            (restingCount, badCount) = (cooldown, 0)
        }
        return current
    }
}
