import GradusAutograd
import GradusTensor

/// Walks through a model by reflection, and collects what it meets.
struct ParameterFinder {
    private(set) var parameters: [(path: String, variable: Variable)] = []
    private(set) var buffers: [(path: String, buffer: Buffer)] = []

    /// Objects met before: shared parameters, shared layers, and references back.
    private var seen: Set<ObjectIdentifier> = []

    mutating func visit(_ value: Any, at path: String) {
        if ParameterFinder.plain.contains(ObjectIdentifier(type(of: value))) { return }
        if type(of: value) is AnyClass, !seen.insert(ObjectIdentifier(value as AnyObject)).inserted { return }
        switch value {
        case let variable as Variable: note(variable, at: path)
        case let buffer as Buffer: buffers.append((path, buffer))
        default: visitParts(of: Mirror(reflecting: value), at: path)
        }
    }

    private mutating func note(_ variable: Variable, at path: String) {
        guard variable.wantsGradient else { return }
        if let operation = variable.operation {
            return misuse(
                "Parameters: \"\(path)\" is a result (of \(operation.name)), computed once and never trained; keep the leaf "
                    + "and compute from it in the call")
        }
        parameters.append((path, variable))
    }

    private mutating func visitParts(of mirror: Mirror, at path: String) {
        if let superclass = mirror.superclassMirror { visitParts(of: superclass, at: path) }
        switch mirror.displayStyle {
        case .optional:
            for child in mirror.children { visit(child.value, at: path) }
        case .dictionary, .set:
            var inner = ParameterFinder()
            for child in mirror.children { inner.visit(child.value, at: path) }
            if !inner.parameters.isEmpty || !inner.buffers.isEmpty {
                misuse(
                    "Parameters: \"\(path)\" is a dictionary or a set, which has no order; use an array, or properties")
            }
        default:
            for (place, child) in mirror.children.enumerated() {
                let label = child.label.map(ParameterFinder.name) ?? "\(place)"
                visit(child.value, at: path.isEmpty ? label : "\(path).\(label)")
            }
        }
    }

    /// The name as it was written, of a `lazy` property and of a place in a tuple (`.0`) too.
    private static func name(_ label: String) -> String {
        let lazyPrefix = "$__lazy_storage_$_"
        if label.hasPrefix(lazyPrefix) { return String(label.dropFirst(lazyPrefix.count)) }
        return label.hasPrefix(".") ? String(label.dropFirst()) : label
    }

    /// Types with nothing inside that need not be looked into; arrays of numbers may be long.
    private static let plain = Set<ObjectIdentifier>(
        [
            Int.self, Double.self, Float.self, Bool.self, String.self, [Int].self, [Double].self, [Float].self,
            [Bool].self, [String].self, Tensor.self, Shape.self, Pair.self,
        ].map { (type: any Any.Type) in ObjectIdentifier(type) })
}
