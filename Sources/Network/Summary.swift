import GradusAutograd
import GradusTensor

/// What a model is made of: a row for each of its layers, and for each operation without parameters that multiplies matrices or looks
/// through a window.
public struct ModelSummary: Sendable, CustomStringConvertible {
    public struct Row: Sendable, Equatable {
        /// The layer's path; empty where there are no parameters.
        public let layer: String
        /// The operation that made the layer's parameters count.
        public let operation: String
        /// The shape of what the layer gave.
        public internal(set) var output: Shape
        /// How many numbers are trained.
        public internal(set) var parameters: Int
        /// How many products are added up.
        public internal(set) var multiplyAdds: Int
        /// How much of the input's plane a place of the output sees; nil where that is all, or there is no plane.
        public internal(set) var receptiveField: Pair?
    }

    /// The rows, in the order in which they run.
    public let rows: [Row]
    /// The input's shape.
    public let input: Shape
    /// How many numbers are trained, each once; of what the model has but this run did not use too.
    public let parameterCount: Int
    /// How many products are added up in one run.
    public var multiplyAdds: Int { rows.reduce(0) { $0 + $1.multiplyAdds } }

    public var description: String {
        func digits(_ number: Int) -> String {
            let plain = Array("\(number)")
            return String(
                plain.enumerated().flatMap { place, digit in
                    place > 0 && (plain.count - place) % 3 == 0 ? [",", digit] : [digit]
                })
        }
        let heading = ["layer", "operation", "output", "parameters", "multiply-adds", "sees"]
        let table =
            [heading]
            + rows.map { row in
                [
                    row.layer, row.operation, "\(row.output)", digits(row.parameters), digits(row.multiplyAdds),
                    row.receptiveField.map { "\($0)" } ?? "",
                ]
            } + [["total", "", "", digits(parameterCount), digits(multiplyAdds), ""]]
        let widths = heading.indices.map { column in table.reduce(0) { max($0, $1[column].count) } }
        return table.map { row in
            let cells = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 3 || column == 4 ? space + cell : cell + space
            }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}

/// Runs a layer once on zeros, and tells what it is made of.
///
///     print(summary(of: model, input: [1, 1, 28, 28]))
///
/// As in `evaluate { … }`: nothing is drawn, and running statistics stay. What a model computes from its parameters alone counts as
/// a part of the layer that it is for. An input of another type than float32: see the form with a closure.
public func summary(of model: some Layer, input: Shape) -> ModelSummary {
    summary(of: model, input: .zeros(input)) { model($0) }
}

/// The same for any model, and any input of floating-point numbers.
///
///     summary(of: model, input: .zeros([1, 10, 64])) { model(encode($0), causal: true) }
public func summary<Model>(of model: Model, input: Tensor, _ run: (Variable) -> Variable) -> ModelSummary {
    let parameters = Parameters(of: model)
    let x = Variable(input)
    // Kept in evaluation too: only what is recorded can be told of.
    let (_, recorded) = evaluate { recording(true) { recordingEverything { run(x) } } }
    var reader = SummaryReader(parameters, x)
    for operation in recorded.operations { reader.read(operation) }
    return ModelSummary(rows: reader.rows, input: input.shape, parameterCount: parameters.count)
}

/// Goes through a run, and notes what each operation was computed from.
private struct SummaryReader {
    private(set) var rows: [ModelSummary.Row] = []

    /// What is known of a result: whether it was computed from the input, and, if not, from which parameters and at what cost,
    /// which is a part of what it is used in (a weight that is standardized, a first state).
    private struct Origin {
        var isData = false
        var parameters: [ObjectIdentifier] = []
        var cost = 0
        var view: View?
    }

    /// How much of a plane is seen, and how far neighbours are apart.
    private struct View {
        var field = Pair(1, 1), step = Pair(1, 1)

        func through(_ window: (field: Pair, stride: Pair)) -> View {
            View(
                field: Pair(
                    field.vertical + (window.field.vertical - 1) * step.vertical,
                    field.horizontal + (window.field.horizontal - 1) * step.horizontal),
                step: Pair(step.vertical * window.stride.vertical, step.horizontal * window.stride.horizontal))
        }
    }

    private let paths: [ObjectIdentifier: (path: String, count: Int)]
    private let input: ObjectIdentifier
    private let inputView: View?
    private var origins: [ObjectIdentifier: Origin] = [:]
    private var counted: Set<ObjectIdentifier> = []
    private var places: [String: Int] = [:]

    init(_ parameters: Parameters, _ input: Variable) {
        paths = Dictionary(
            parameters.named.map { (ObjectIdentifier($0.variable), ($0.path, $0.variable.count)) }
        ) { first, _ in first }
        self.input = ObjectIdentifier(input)
        inputView = input.rank == 4 || input.rank == 3 ? View() : nil
    }

    mutating func read(_ operation: Operation) {
        let inputs = (0..<operation.inputCount).map { origin(of: operation.edge($0)) }
        var result = Origin(isData: inputs.contains(where: \.isData))
        let (used, aside) = inputs.filter { !$0.isData }.reduce(([], 0)) { ($0.0 + $1.parameters, $0.1 + $1.cost) }
        guard let seen = operation.annotations, let output = seen.outputs.first else { return }
        let cost = operation.multiplyAdds(inputs: seen.inputs, output: output) + aside
        if !result.isData {
            (result.parameters, result.cost) = (used, cost)
        } else if operation.staysInPlace {
            result.view = inputs.compactMap(\.view).max { $0.field.vertical < $1.field.vertical }
            if let window = operation.window { result.view = result.view?.through(window) }
        }
        origins[ObjectIdentifier(operation)] = result
        guard result.isData else { return }

        let new = used.filter { counted.insert($0).inserted }
        let layer = used.first.flatMap { paths[$0] }.map { layerPath($0.path) }
        let count = new.reduce(0) { $0 + (paths[$1]?.count ?? 0) }
        if let layer, let place = places[layer] {
            rows[place].output = output.shape
            rows[place].parameters += count
            rows[place].multiplyAdds += cost
            rows[place].receptiveField = result.view?.field
        } else if layer != nil || cost > 0 || operation.window != nil {
            if let layer { places[layer] = rows.count }
            rows.append(
                .init(
                    layer: layer ?? "", operation: operation.name, output: output.shape, parameters: count,
                    multiplyAdds: cost, receptiveField: result.view?.field))
        }
    }

    private func origin(of edge: Edge) -> Origin {
        if let operation = edge.operation { return origins[ObjectIdentifier(operation)] ?? Origin() }
        guard let leaf = edge.leaf.map(ObjectIdentifier.init) else { return Origin() }
        if leaf == input { return Origin(isData: true, view: inputView) }
        return Origin(parameters: paths[leaf] == nil ? [] : [leaf])
    }

    /// The path without its last part; the whole where it has but one.
    private func layerPath(_ path: String) -> String {
        path.lastIndex(of: ".").map { String(path[..<$0]) } ?? "self"
    }
}
