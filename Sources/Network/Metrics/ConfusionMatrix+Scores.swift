import GradusTensor

// How well each class is found. A class that nothing was taken for has no precision, and one without examples no recall: both are
// NaN, and left out of the means. Classes that there are not are misuse.
extension ConfusionMatrix {
    /// Of what was taken for a class, the share that is of it.
    public func precision(of class: Int) -> Double {
        Double(self[`class`, `class`]) / Double((0..<classes).reduce(0) { $0 + self[$1, `class`] })
    }

    /// Of a class, the share that was taken for it.
    public func recall(of class: Int) -> Double {
        Double(self[`class`, `class`]) / Double((0..<classes).reduce(0) { $0 + self[`class`, $1] })
    }

    /// The harmonic mean of precision and recall, 2 · right / (taken for it + of it) (C. J. van Rijsbergen, "Information
    /// retrieval", 1979); NaN of a class that neither is nor was taken for.
    public func f1(of class: Int) -> Double {
        let (taken, there) = (0..<classes).reduce((0, 0)) { ($0.0 + self[$1, `class`], $0.1 + self[`class`, $1]) }
        return 2 * Double(self[`class`, `class`]) / Double(taken + there)
    }

    /// The mean precision of all classes, each counting the same.
    public var precision: Double { mean(precision) }
    /// The mean recall of all classes, each counting the same: the balanced accuracy.
    public var recall: Double { mean(recall) }
    /// The mean F1 of all classes, each counting the same.
    public var f1: Double { mean(f1) }

    private func mean(_ score: (Int) -> Double) -> Double {
        let scores = (0..<classes).map(score).filter { !$0.isNaN }
        return scores.reduce(0, +) / Double(scores.count)
    }
}
