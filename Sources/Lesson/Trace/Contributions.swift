import GradusAutograd
import GradusTensor

extension Recorder {
    /// How many pairs of an element and one it was computed from are kept of a node at most.
    static let keptContributors = 4096

    /// For the first elements of a tensor, the elements that they were computed from.
    func contributions(
        _ operation: Operation, _ rule: OperationRule, _ output: Tensor, _ inputs: [Int]
    ) -> Lesson.Contributions? {
        guard output.rank > 0 || inputs.contains(where: { values[$0].rank > 0 }),
            let find = finder(operation, rule, output, inputs)
        else { return nil }
        var elements: [[[Int]]] = []
        var pairs = 0
        while elements.count < min(output.count, Numbers.kept) && pairs < Recorder.keptContributors {
            let found = find(elements.count)
            pairs += found.reduce(1) { $0 + $1.count }
            elements.append(found)
        }
        return Lesson.Contributions(elements: elements, isSumOfProducts: operation.isSumOfProducts)
    }

    private func finder(
        _ operation: Operation, _ rule: OperationRule, _ output: Tensor, _ inputs: [Int]
    ) -> ((Int) -> [[Int]])? {
        switch rule.reach {
        case .own: return operation.contributors
        case .pointwise:
            let shapes = inputs.map { values[$0].shape }
            guard shapes.allSatisfy({ $0.broadcast(with: output.shape) == output.shape }) else { return nil }
            return { element in shapes.map { [output.shape.place(element, broadcastFrom: $0)] } }
        case .moved:
            return moves(operation, output, inputs)
        }
    }

    /// Where numbers were moved, shown by moving their places instead.
    private func moves(_ operation: Operation, _ output: Tensor, _ inputs: [Int]) -> ((Int) -> [[Int]])? {
        // Numbers that nobody pads with, and that are exact.
        let base = 4_294_967_296.5
        var places: [Tensor] = []
        var ends: [Int] = []
        for input in inputs {
            let start = ends.last ?? 0
            let count = values[input].count
            ends.append(start + count)
            places.append(
                Tensor((start..<start + count).map { base + Double($0) }, as: .float64).reshaped(
                    to: values[input].shape))
        }
        let results = operation.replay(places)
        let index = origins.last.flatMap { $0?.operation === operation ? $0?.output : nil }.map { $0 + 1 } ?? 0
        guard index < results.count, results[index].count == output.count else { return nil }
        let moved = results[index].array(of: Double.self)
        return { element in
            let place = moved[element] - base
            return ends.indices.map { input in
                let start = input == 0 ? 0 : ends[input - 1]
                let isHere = place >= Double(start) && place < Double(ends[input]) && place == place.rounded()
                return isHere ? [Int(place) - start] : []
            }
        }
    }
}

extension Operation {
    /// Whether an element is the sum of products of two inputs' elements that stand side by side.
    fileprivate var isSumOfProducts: Bool {
        let products: Set = [
            "MatrixMultiply", "Dot", "Outer", "Convolution", "BiasedConvolution", "TransposedConvolution",
            "BiasedTransposedConvolution",
        ]
        return products.contains(String(describing: type(of: self)))
    }
}
