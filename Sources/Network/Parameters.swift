import GradusAutograd
import GradusTensor

/// The parameters of a model, each with its path: `hidden.weight`, `blocks.0.first.weight`.
///
///     let parameters = Parameters(of: model)
///     print(parameters.count)           // how many numbers are trained
///     adam.step(parameters)             // a sequence of variables
///     parameters["hidden.bias"].value   // one of them
///
/// They are found once, when this value is made, and in order of declaration. What is found: every `Variable` that wants its
/// gradient, in stored properties (a superclass's first), in arrays, optionals, tuples and the payloads of enum cases, however
/// deeply nested. A path joins the names of the properties and the places in arrays by dots. A variable or an object that is
/// met again is the same parameter: it is listed once, by its first path. A parameter without a name is given its path as one,
/// for reports and lessons.
///
/// What is not found: variables that a closure captured, and a `lazy` property nobody has read yet.
///
/// Misuse, as a parameter would be silently left out or trained wrongly: dictionaries and sets of parameters, which have no
/// order; a variable that an operation computed; two parameters of one path; a model without any parameter.
public struct Parameters: Sendable {
    /// The paths, in order of declaration.
    public let paths: [String]

    private let variables: [Variable]
    private let places: [String: Int]

    /// State that is saved with the parameters but not trained, and its paths.
    public let buffers: [(path: String, buffer: Buffer)]

    /// Finds the parameters of a model: a layer, or anything that holds some.
    public init<Model>(of model: Model) {
        var finder = ParameterFinder()
        finder.visit(model, at: "")
        var places: [String: Int] = [:]
        for (place, found) in finder.parameters.enumerated() {
            if places.updateValue(place, forKey: found.path) != nil {
                misuse("Parameters: two parameters of \(Model.self) are at \"\(found.path)\"; rename one")
            }
        }
        if finder.parameters.isEmpty {
            misuse(
                "Parameters: \(Model.self) has none; they are the Variables in its stored properties, and in what those hold"
            )
        }
        for (path, variable) in finder.parameters where variable.name == nil { variable.name = path }
        paths = finder.parameters.map(\.path)
        variables = finder.parameters.map(\.variable)
        buffers = finder.buffers
        self.places = places
    }

    /// How many numbers they are altogether.
    public var count: Int { variables.reduce(0) { $0 + $1.count } }

    /// The parameter at a path. A path that there is not is misuse.
    public subscript(path: String) -> Variable {
        guard let place = places[path] else {
            return misuse("Parameters: there is no \"\(path)\"; there are \(paths.joined(separator: ", "))")
        }
        return variables[place]
    }

    /// Parameters with their paths, in order.
    public var named: [(path: String, variable: Variable)] {
        zip(paths, variables).map { (path: $0, variable: $1) }
    }
}

extension Parameters: Sequence {
    public func makeIterator() -> IndexingIterator<[Variable]> { variables.makeIterator() }
    public var underestimatedCount: Int { variables.count }
}

extension Parameters: CustomStringConvertible {
    /// A line for each: path, shape, how many numbers. Then the sum.
    public var description: String {
        let rows =
            named.map { [$0.path, "\($0.variable.shape)", "\($0.variable.count)"] } + [["total", "", "\(count)"]]
        let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let numbers = String(repeating: " ", count: widths[2] - row[2].count) + row[2]
            return row[0].padded(to: widths[0]) + "  " + row[1].padded(to: widths[1]) + "  " + numbers
        }.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: width - count) }
}
