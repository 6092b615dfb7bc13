import GradusTensor

/// The first NaN or infinity that an operation made from finite numbers.
public struct Anomaly: Error, CustomStringConvertible, Sendable {
    /// In which pass it was found.
    public enum Direction: String, Sendable {
        /// While results were computed.
        case forward
        /// While gradients were.
        case backward
    }

    /// The pass.
    public let direction: Direction
    /// The operation, in its scope: `encoder/divide`.
    public let operation: String
    /// The name of the variable that it made, if it has one by now, or of the input whose gradient it is.
    public let variable: String?
    /// The line of the named function that recorded it: `Model/Net.swift:12`. An operator has none of its own.
    public let line: String?
    /// What was found: `NaN` or `infinity`.
    public let found: String

    public var description: String {
        var text = "\(operation): the first \(found) of the \(direction.rawValue) pass arose here"
        if let variable { text += direction == .forward ? ", in \(variable)" : ", in the gradient of \(variable)" }
        if let line { text += ", recorded at \(line)" }
        return text
    }
}

/// Runs `body`, and throws what made the first NaN or infinity, in the forward pass or in a `backward()` called inside.
///
/// Every result is looked at, so this is for finding a fault, not for every day. `body` runs to its end before the error is
/// thrown.
///
///     try detectingAnomalies { log(x - x).sum().backward() }
///     // log: the first infinity of the forward pass arose here, recorded at …
@discardableResult
public func detectingAnomalies<T>(_ body: () throws -> T) throws -> T {
    let watch = AnomalyWatch()
    let result = try Mode.tracing({ $0.anomalies = watch }, body)
    if let first = watch.first { throw first() }
    return result
}

final class AnomalyWatch {
    /// Made when thrown, so that a name given after the operation ran is in it.
    private(set) var first: (() -> Anomaly)?

    func look(at operation: Operation, _ inputs: [Tensor], _ outputs: [Tensor]) {
        guard first == nil, inputs.allSatisfy({ $0.firstAnomaly == nil }),
            let found = outputs.lazy.compactMap(\.firstAnomaly).first
        else { return }
        first = {
            Anomaly(
                direction: .forward, operation: operation.path, variable: operation.annotations?.name,
                line: operation.annotations?.line?.description, found: found)
        }
    }

    func look(at operation: Operation, _ contributions: [BackwardStep.Contribution]) {
        guard first == nil,
            let (contribution, found) = contributions.lazy.compactMap({ contribution in
                contribution.whole.value.firstAnomaly.map { (contribution, $0) }
            }).first
        else { return }
        let edge = operation.edge(contribution.input)
        let variable = edge.leaf?.name ?? edge.operation?.annotations?.name
        first = {
            Anomaly(
                direction: .backward, operation: operation.path, variable: variable,
                line: operation.annotations?.line?.description, found: found)
        }
    }
}

extension Tensor {
    /// What is wrong with the first element that is not finite.
    fileprivate var firstAnomaly: String? {
        guard elementType.isFloatingPoint, !isFinite(self).all() else { return nil }
        return isNaN(self).any() ? "NaN" : "infinity"
    }
}

extension Operation {
    /// The name behind its scopes: `encoder/attention/softmax`.
    package var path: String { ((annotations?.scope ?? []) + [name]).joined(separator: "/") }
}
