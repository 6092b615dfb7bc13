import GradusAutograd
import GradusTensor
import Testing

/// What a reference case's operation is in this library: its inputs and attributes to its outputs.
public typealias ReferenceFunction = ([Variable], ReferenceAttributes) -> [Variable]
public typealias ReferenceAttributes = [String: ReferenceAttribute]

/// Expects every case of a family from the table's function for its operation: value, gradients, second derivatives. An
/// operation without an entry fails, and so does an entry without a case.
///
/// - Parameters:
///   - others: operations of the family that another test has in its table.
///   - tolerance: relative, for cases where the usual one asks too much.
///   - absolute: the same absolute: 0 for cases whose numbers are small but exact.
public func expectReferences(
    _ family: String, _ table: [String: ReferenceFunction], except others: Set<String> = [],
    tolerance: (ReferenceCase) -> Double = { _ in 1e-10 }, absolute: (ReferenceCase) -> Double = { _ in 1e-14 },
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let cases = try ReferenceCases.load(family).filter { !others.contains($0.op) }
    for one in cases {
        guard let function = table[one.op] else {
            report("\(one): no function for it", sourceLocation: sourceLocation)
            continue
        }
        expectReference(
            one, function, relative: tolerance(one), absolute: absolute(one), sourceLocation: sourceLocation)
    }
    for name in Set(table.keys).subtracting(cases.map(\.op)).sorted() {
        report("\(family) has no case of \(name)", sourceLocation: sourceLocation)
    }
}

/// Expects one case: value, gradients and second derivatives, as far as it has them.
public func expectReference(
    _ one: ReferenceCase, _ function: ReferenceFunction, relative: Double = 1e-10, absolute: Double = 1e-14,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    func expect(_ what: String, _ found: [Variable], _ expected: [Tensor?]) {
        guard found.count == expected.count else {
            report("\(one), \(what): \(found.count), not \(expected.count)", sourceLocation: sourceLocation)
            return
        }
        for (i, (found, expected)) in zip(found, expected).enumerated() {
            guard let expected else { continue }
            expectClose(
                found.value, expected, relative: relative, absolute: absolute, "\(one), \(what) \(i)",
                sourceLocation: sourceLocation)
        }
    }
    let variables = zip(one.inputs, one.constants).map { input, constant in
        input.elementType.isFloatingPoint && !constant ? Variable(input) : .constant(input)
    }
    let outputs = function(variables, one.attributes)
    expect("output", outputs, one.outputs)

    guard !one.upstreams.isEmpty, outputs.count == one.outputs.count else { return }
    let weighted = WeightedSum.of(outputs, weights: one.upstreams)
    let gradients = analyticGradients(of: weighted, at: variables, recordingGraph: true)
    expect("gradient", gradients, one.gradients)

    guard !one.second.isEmpty else { return }
    let along = WeightedSum.of(gradients, weights: one.directions)
    expect("second derivative", analyticGradients(of: along, at: variables, recordingGraph: false), one.second)
}

extension WeightedSum {
    /// The sum of those values that have a weight.
    fileprivate static func of(_ values: [Variable], weights: [Tensor?]) -> Variable {
        let pairs = zip(values, weights).compactMap { value, weight in weight.map { (value, $0) } }
        return of(pairs.map { $0.0 }, pairs.map { .constant($0.1) })
    }
}
