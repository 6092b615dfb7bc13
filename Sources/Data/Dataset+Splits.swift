import GradusTensor

/// One way of holding a part back: what to learn from, and what to judge by.
public struct Fold: Sendable {
    /// The examples to learn from.
    public let training: Dataset
    /// The examples held back.
    public let validation: Dataset

    /// A fold of these two parts.
    public init(training: Dataset, validation: Dataset) { (self.training, self.validation) = (training, validation) }
}

extension Dataset {
    /// Parts without a common example, each in random order, each a share of the whole.
    ///
    ///     let parts = all.split(shares: [0.7, 0.15, 0.15], stratified: true, using: &random)
    ///
    /// Shares are 0 or more and sum to 1, to 1e-9; where they cut an example in two, the nearest whole number of them goes to
    /// the parts in front. Stratified, each part has of every class nearly its share (2 examples more or less at most), which
    /// wants labels `[n]` of `int64`. Anything else is misuse.
    public func split(
        shares: [Double], stratified: Bool = false, using generator: inout some RandomNumberGenerator
    ) -> [Dataset] {
        guard shares.allSatisfy({ $0 >= 0 }) && abs(shares.reduce(0, +) - 1) < 1e-9 else {
            return misuse(
                "split: shares \(shares); they are 0 or more and sum to 1",
                inert: [Dataset](repeating: self, count: shares.count))
        }
        var sum = 0.0
        let ends = shares.map { share in
            sum += share
            return Swift.min(Int((sum * Double(count)).rounded()), count)
        }
        return parts(endingAt: ends, stratified, "split", &generator)
    }

    /// The three parts of an honest experiment: to learn from, to choose by, and to be looked at once, in the end. Shares are
    /// those of the latter two; the rest is for training. Otherwise as `split(shares:)`.
    public func split(
        validation: Double, test: Double, stratified: Bool = false, using generator: inout some RandomNumberGenerator
    ) -> (training: Dataset, validation: Dataset, test: Dataset) {
        guard validation >= 0 && test >= 0 && validation + test <= 1 else {
            return misuse(
                "split: shares of \(validation) and \(test) held back; they are 0 or more, and 1 together at most",
                inert: (self, self, self))
        }
        let parts = split(
            shares: [1 - validation - test, validation, test], stratified: stratified, using: &generator)
        return (parts[0], parts[1], parts[2])
    }

    /// All examples dealt into so many parts, each held back once while the others are learnt from: f-fold cross-validation.
    ///
    ///     for fold in training.folds(5, using: &random) { … fold.training … fold.validation … }
    ///
    /// Parts differ in size by one at most. Stratified as in `split(shares:)`. Fewer than 2 folds, and more than there are
    /// examples, are misuse.
    public func folds(
        _ count: Int, stratified: Bool = false, using generator: inout some RandomNumberGenerator
    ) -> [Fold] {
        guard count >= 2 && count <= self.count else {
            return misuse(
                "folds: \(count) of \(self.count) examples; there are 2 or more, and no empty ones", inert: [])
        }
        let ends = (1...count).map { $0 * self.count / count }
        let positions = dealt(endingAt: ends, stratified, "folds", &generator)
        return positions.indices.map { held in
            let others = positions.indices.filter { $0 != held }.flatMap { positions[$0] }
            return Fold(training: taking(Tensor(others)), validation: taking(Tensor(positions[held])))
        }
    }

    private func parts(
        endingAt ends: [Int], _ stratified: Bool, _ name: StaticString, _ generator: inout some RandomNumberGenerator
    ) -> [Dataset] {
        dealt(endingAt: ends, stratified, name, &generator).map { taking(Tensor($0)) }
    }

    /// The positions of the examples of each part.
    private func dealt(
        endingAt ends: [Int], _ stratified: Bool, _ name: StaticString, _ generator: inout some RandomNumberGenerator
    ) -> [[Int]] {
        var order = Tensor.permutation(count, using: &generator).array(of: Int.self)
        if stratified {
            guard labels.elementType == .int64 && labels.rank == 1 else {
                return misuse(
                    "\(name): stratified by labels of \(labels.elementType) and shape \(labels.shape); they are [n] of int64",
                    inert: ends.map { _ in [] })
            }
            order = interleaved(order)
        }
        var start = 0
        return ends.map { end in
            defer { start = end }
            let part = order[start..<end]
            if !stratified { return Array(part) }
            // Mixed again: they lie class by class in turn.
            return Tensor.permutation(part.count, using: &generator).array(of: Int.self).map { part[start + $0] }
        }
    }

    /// An order in which every class is spread evenly from the first example to the last: member k of the m of its class comes
    /// at (k + ½) / m of the way. Whatever is cut out of it has nearly the same classes as the whole.
    private func interleaved(_ order: [Int]) -> [Int] {
        let classes = labels.array(of: Int.self)
        var sizes: [Int: Int] = [:]
        for label in classes { sizes[label, default: 0] += 1 }
        var met: [Int: Int] = [:]
        let places = order.map { position -> (way: Double, position: Int) in
            let label = classes[position]
            let k = met[label, default: 0]
            met[label] = k + 1
            return ((Double(k) + 0.5) / Double(sizes[label, default: 1]), position)
        }
        return places.enumerated().sorted { ($0.element.way, $0.offset) < ($1.element.way, $1.offset) }
            .map(\.element.position)
    }
}
