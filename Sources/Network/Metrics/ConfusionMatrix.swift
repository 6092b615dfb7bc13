import GradusAutograd
import GradusTensor

/// How often examples of each class were taken for each class.
///
///     var confusion = ConfusionMatrix(classes: 10)
///     for batch in digits.test.batches(of: 100) { confusion.add(model(batch.inputs), batch.labels) }
///     print(confusion)
public struct ConfusionMatrix: Sendable, Equatable {
    /// How many classes there are.
    public let classes: Int

    /// Row by row: a row for each class that was right, a column for each that was predicted.
    private var counts: [Int]

    /// Fewer than one class is misuse.
    public init(classes: Int) {
        if classes < 1 { misuse("ConfusionMatrix: \(classes) classes; there is at least one") }
        self.classes = max(classes, 1)
        counts = [Int](repeating: 0, count: self.classes * self.classes)
    }

    /// Counts examples by their highest score. Logits are `[…, classes]`, labels `int64` of the shape without the last axis;
    /// labels that are no class, and other shapes, are misuse.
    public mutating func add(_ logits: Tensor, _ labels: Tensor) {
        guard let labels = ClassLabels("ConfusionMatrix", labels, of: logits.shape)?.indices else { return }
        guard logits.shape[-1] == classes else {
            return misuse("ConfusionMatrix: scores of \(logits.shape[-1]) classes; it was made for \(classes)")
        }
        let predictions = logits.argmax(along: -1)
        guard !misuseIsPending else { return }
        for (label, prediction) in zip(labels.array(of: Int.self), predictions.array(of: Int.self)) {
            counts[label * classes + prediction] += 1
        }
    }

    /// The same for scores that are a variable.
    public mutating func add(_ logits: Variable, _ labels: Tensor) { add(logits.value, labels) }

    /// How many examples of one class were taken for another (or the same). Classes that there are not are misuse.
    public subscript(label: Int, prediction: Int) -> Int {
        guard label >= 0 && label < classes && prediction >= 0 && prediction < classes else {
            return misuse("ConfusionMatrix: label \(label), prediction \(prediction) of \(classes) classes")
        }
        return counts[label * classes + prediction]
    }

    /// How many examples there were.
    public var total: Int { counts.reduce(0, +) }

    /// The share taken for what they are; NaN of none.
    public var accuracy: Double {
        Double((0..<classes).reduce(0) { $0 + self[$1, $1] }) / Double(total)
    }
}

extension ConfusionMatrix: CustomStringConvertible {
    /// A table: a row for each class, a column for each prediction, and a dot for 0.
    public var description: String {
        let heading = [""] + (0..<classes).map { "\($0)" }
        let rows = (0..<classes).map { label in
            ["\(label)"] + (0..<classes).map { self[label, $0] == 0 ? "." : "\(self[label, $0])" }
        }
        let width = ([heading] + rows).joined().reduce(1) { max($0, $1.count) }
        let lines = ([heading] + rows).map { cells in
            cells.map { String(repeating: " ", count: width - $0.count) + $0 }.joined(separator: " ")
        }
        return (["rows: what it is; columns: what it was taken for"] + lines).joined(separator: "\n")
    }
}
