import GradusTensor

/// What a setting may be.
public enum SearchRange: Sendable, Equatable {
    /// Any number of a range, as likely as another.
    case uniform(ClosedRange<Double>)
    /// Any order of magnitude as likely as another: for learning rates and strengths of regularization. Ends are above 0.
    case logUniform(ClosedRange<Double>)

    var bounds: ClosedRange<Double> {
        switch self {
        case .uniform(let range), .logUniform(let range): range
        }
    }

    private var isLogarithmic: Bool { if case .logUniform = self { true } else { false } }

    var isValid: Bool {
        bounds.upperBound.isFinite && bounds.lowerBound.isFinite && (!isLogarithmic || bounds.lowerBound > 0)
    }

    /// Where a value lies in the range, from 0 to 1.
    func position(of value: Double) -> Double {
        let (low, high, x) = (scale(bounds.lowerBound), scale(bounds.upperBound), scale(value))
        return high > low ? (x - low) / (high - low) : 0.5
    }

    /// The value at a place from 0 to 1.
    func value(at position: Double) -> Double {
        let (low, high) = (scale(bounds.lowerBound), scale(bounds.upperBound))
        let x = low + position * (high - low)
        let value = isLogarithmic ? exp(Tensor(x, as: .float64)).item : x
        return Swift.min(Swift.max(value, bounds.lowerBound), bounds.upperBound)
    }

    /// A part of the range around a value, so large a share of it.
    func narrowed(around value: Double, to share: Double) -> SearchRange {
        let middle = position(of: value)
        let range = self.value(at: Swift.max(middle - share / 2, 0))...self.value(at: Swift.min(middle + share / 2, 1))
        return isLogarithmic ? .logUniform(range) : .uniform(range)
    }

    private func scale(_ value: Double) -> Double { isLogarithmic ? log(Tensor(value, as: .float64)).item : value }
}

/// Settings tried at random: better than a grid, since one setting mostly matters more than others (J. Bergstra and Y. Bengio,
/// "Random search for hyper-parameter optimization", 2012).
///
///     let coarse = RandomSearch(["learning rate": .logUniform(1e-5...1), "decay": .logUniform(1e-6...1e-1)])
///         .run(trials: 20, using: &random) { settings in validationAccuracy(settings) }
///     for warning in coarse.warnings { print(warning) }
///     let fine = coarse.narrowed(to: 0.3).run(trials: 20, using: &random) { … }
public struct RandomSearch: Sendable {
    /// What each setting may be, in the order in which they are drawn.
    public let ranges: [(name: String, range: SearchRange)]

    /// A search in these ranges. None at all, a name that comes twice, ends that are not finite, and logarithmic ranges that reach
    /// 0, are misuse.
    public init(_ ranges: KeyValuePairs<String, SearchRange>) { self.init(ranges.map { ($0.key, $0.value) }) }

    init(_ ranges: [(name: String, range: SearchRange)]) {
        self.ranges = ranges
        if ranges.isEmpty { misuse("RandomSearch: no ranges; there is one at least") }
        if Set(ranges.map(\.name)).count < ranges.count {
            misuse("RandomSearch: \(ranges.map(\.name)); each name once")
        }
        if let wrong = ranges.first(where: { !$0.range.isValid }) {
            misuse("RandomSearch: \(wrong.name) in \(wrong.range); ends are finite, and above 0 on a logarithmic scale")
        }
    }

    /// Draws settings so many times, and has each judged: the higher the score, the better. A score that is no number is the
    /// worst. Fewer than 1 trial is misuse.
    public func run(
        trials count: Int, using generator: inout some RandomNumberGenerator,
        score: (_ settings: [String: Double]) throws -> Double
    ) rethrows -> RandomSearchResults {
        if count < 1 { misuse("RandomSearch: \(count) trials; there is one at least") }
        var trials: [RandomSearchResults.Trial] = []
        for _ in 0..<Swift.max(count, 0) {
            // Drawn in the order of the ranges, which a dictionary has not.
            let places = ranges.map { _ in Double(generator.next() >> 11) * 0x1p-53 }
            let settings = zip(ranges, places).map { ($0.name, $0.range.value(at: $1)) }
            let drawn = Dictionary(settings, uniquingKeysWith: { first, _ in first })
            trials.append(.init(settings: drawn, score: try score(drawn)))
        }
        return RandomSearchResults(ranges: ranges, trials: trials)
    }
}

/// What a ``RandomSearch`` has found.
public struct RandomSearchResults: Sendable {
    /// Some settings and how good they were.
    public struct Trial: Sendable {
        /// The value of each setting, by name.
        public let settings: [String: Double]
        /// How good they were.
        public let score: Double
    }

    private let ranges: [(name: String, range: SearchRange)]

    /// All trials, the best first.
    public let trials: [Trial]

    init(ranges: [(name: String, range: SearchRange)], trials: [Trial]) {
        self.ranges = ranges
        let worth = { (trial: Trial) in trial.score.isNaN ? -Double.infinity : trial.score }
        self.trials = trials.enumerated().sorted { (worth($0.element), $1.offset) > (worth($1.element), $0.offset) }
            .map(\.element)
    }

    /// The best trial.
    public var best: Trial {
        trials.first ?? misuse("RandomSearchResults: no trials", inert: Trial(settings: [:], score: .nan))
    }

    /// A sentence for each setting whose best value lies in the outermost twentieth of its range: better ones may lie beyond.
    public var warnings: [String] {
        ranges.compactMap { name, range in
            guard let value = trials.first?.settings[name] else { return nil }
            let position = range.position(of: value)
            guard position < 0.05 || position > 0.95 else { return nil }
            let (end, way) = position < 0.05 ? (range.bounds.lowerBound, "lower") : (range.bounds.upperBound, "higher")
            return "\(name): the best, \(RandomSearchResults.short(value)), lies at the border of the range, "
                + "\(RandomSearchResults.short(end)); look \(way) too"
        }
    }

    /// A finer search around the best: in each range so large a share of it. Other shares than those above 0 and at most 1 are
    /// misuse.
    public func narrowed(to share: Double = 0.3) -> RandomSearch {
        guard share > 0 && share <= 1 else {
            return misuse(
                "RandomSearchResults.narrowed: to a share of \(share); it is above 0 and at most 1",
                inert: RandomSearch(ranges))
        }
        return RandomSearch(
            ranges.map { name, range in
                (name, best.settings[name].map { range.narrowed(around: $0, to: share) } ?? range)
            })
    }

    /// Three digits of a number, as a reader of settings wants it: 0.00032.
    private static func short(_ value: Double) -> String {
        guard value != 0 && value.isFinite else { return "\(value)" }
        var scale = 1.0
        while abs(value) * scale < 100 { scale *= 10 }
        while abs(value) * scale >= 1000 { scale /= 10 }
        return "\((value * scale).rounded() / scale)"
    }
}
