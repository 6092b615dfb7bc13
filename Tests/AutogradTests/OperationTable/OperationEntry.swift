import Foundation
import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

/// What is special about the inputs of a case. Wrong gradients that were shipped sat here, not at random interior points.
enum CaseKind: String, CaseIterable, Sendable {
    case interior, zeros, ties, large, tiny
    /// Size 0, size 1, rank 0.
    case empty, one, scalar
    case broadcastFirst, broadcastSecond
    /// One variable in every place.
    case repeated

    var interest: Interest {
        switch self {
        case .zeros: .zeros
        case .ties: .ties
        case .large: .large
        case .tiny: .tiny
        default: .interior
        }
    }
}

/// A number at which a function's value and slope are given, because nothing smooth is around it.
struct ExactPoint: Sendable {
    let inputs: [Double]
    let value: Double
    let slopes: [Double]
    init(_ inputs: Double..., value: Double, slopes: [Double]) {
        (self.inputs, self.value, self.slopes) = (inputs, value, slopes)
    }
}

/// An operation or composed function, and what it is tested on.
struct OperationEntry: Sendable, CustomTestStringConvertible {
    typealias Function = @Sendable ([Variable]) -> Variable

    let name: String
    let function: Function

    /// The shapes of the inputs, for each kind that applies.
    var shapes: [CaseKind: [Shape]]

    /// Why the other kinds do not.
    var without: [CaseKind: String] = [:]

    /// Puts values into the function's domain.
    var domain: @Sendable (Tensor, Int) -> Tensor = { x, _ in x }

    /// The magnitude of large inputs.
    var largest = 2e4

    /// Whether tiny inputs have magnitudes near to each other: where only their ratios matter.
    var tinyTogether = false

    /// At zeros, ties and tiny numbers, where differences would reach across a kink: the smooth function that convention puts
    /// there,
    /// made from the inputs' values. Value and gradients to second order are expected to be its own.
    var smooth: (@Sendable ([Tensor]) -> Function)?

    /// Where differences have nothing to go by.
    var exact: [ExactPoint] = []

    /// The name in the reference files, or why there is none.
    var reference: Reference

    /// How near the smooth function is: nearer than rounding in double only where it is not done in double.
    var smoothTolerance = 1e-12

    /// The kinds at which the smooth function is the expectation.
    var kinked: Set<CaseKind> = [.zeros, .ties, .repeated, .tiny]

    enum Reference: Sendable {
        case family(String, String)
        /// It has none, and why.
        case none(String)
        /// An adjoint or a part of another's rule, whose second derivatives hold it.
        case partOf(String, String)
    }

    var testDescription: String { name }
    var kinds: [CaseKind] { CaseKind.allCases.filter { shapes[$0] != nil } }

    /// Seeded inputs of a kind, `float64`.
    func inputs(_ kind: CaseKind, seed: UInt64) -> [Tensor] {
        var generator = TensorGenerator(seed: seed)
        let shapes = shapes[kind] ?? []
        var tensors = shapes.enumerated().map { i, shape in
            var x = generator.tensor(shape, kind == .tiny && tinyTogether ? .interior : kind.interest)
            if kind == .tiny && tinyTogether { x = x * 1e-6 }
            if kind == .large { x = x * (largest / 2e4) }
            return domain(x, i)
        }
        if kind == .repeated, let first = tensors.first { tensors = [first] }
        return tensors
    }

    /// The function of what `inputs` gives.
    func function(_ kind: CaseKind) -> Function {
        guard kind == .repeated else { return function }
        let (function, count) = (function, shapes[kind]?.count ?? 0)
        return { x in function((0..<count).map { _ in x[0] }) }
    }

    /// Whether a stencil finds nothing but smoothness around inputs of a kind.
    func isSmooth(_ kind: CaseKind) -> Bool {
        smooth == nil || !kinked.contains(kind)
    }

    /// The same, expected to be the smooth function at every kind, or at those given.
    func everywhereKinked(_ kinds: Set<CaseKind> = Set(CaseKind.allCases), tolerance: Double = 1e-12) -> OperationEntry
    {
        var entry = self
        entry.kinked = kinds
        entry.smoothTolerance = tolerance
        return entry
    }
}

extension OperationEntry {
    /// A function of one variable of any shape.
    static func elementwise(
        _ name: String, reference: Reference, domain: @escaping @Sendable (Tensor) -> Tensor = { $0 },
        largest: Double = 2e4, exact: [ExactPoint] = [],
        smooth: (@Sendable (Tensor) -> @Sendable (Variable) -> Variable)? = nil,
        _ function: @escaping @Sendable (Variable) -> Variable
    ) -> OperationEntry {
        var entry = OperationEntry(
            name: name, function: { function($0[0]) },
            shapes: [
                .interior: [[3, 2]], .zeros: [[4, 2]], .ties: [[4, 2]], .large: [[5]], .tiny: [[5]], .empty: [[0, 2]],
                .one: [[1]], .scalar: [[]],
            ],
            without: oneInput, domain: { x, _ in domain(x) }, largest: largest, exact: exact, reference: reference)
        if let smooth {
            entry.smooth = { x in
                let function = smooth(x[0])
                return { function($0[0]) }
            }
        }
        return entry
    }

    /// A function of two variables that broadcast.
    static func pair(
        _ name: String, reference: Reference, domain: @escaping @Sendable (Tensor, Int) -> Tensor = { x, _ in x },
        largest: Double = 2e4, exact: [ExactPoint] = [], smooth: (@Sendable ([Tensor]) -> Function)? = nil,
        _ function: @escaping @Sendable (Variable, Variable) -> Variable
    ) -> OperationEntry {
        OperationEntry(
            name: name, function: { function($0[0], $0[1]) },
            shapes: [
                .interior: [[2, 3], [2, 3]], .zeros: [[2, 3], [2, 3]], .ties: [[2, 4], [2, 4]], .large: [[4], [4]],
                .tiny: [[4], [4]], .empty: [[0, 2], [2]], .one: [[1], [1]], .scalar: [[], []],
                .broadcastFirst: [[3], [2, 1]], .broadcastSecond: [[2, 3], [1]], .repeated: [[4], [4]],
            ], domain: domain, largest: largest, smooth: smooth, exact: exact, reference: reference)
    }

    /// The same where tiny inputs of unlike magnitudes would be lost beside each other in any difference.
    func withTinyTogether() -> OperationEntry {
        var entry = self
        entry.tinyTogether = true
        return entry
    }

    /// A function of one variable with axes: shapes for the usual kinds, for no elements, and for one.
    static func shaped(
        _ name: String, reference: Reference, _ usual: Shape, empty: Shape? = nil, one: Shape? = nil,
        scalar: Bool = false, without: [CaseKind: String] = [:], tinyTogether: Bool = false, largest: Double = 2e4,
        smooth: (@Sendable (Tensor) -> @Sendable (Variable) -> Variable)? = nil,
        _ function: @escaping @Sendable (Variable) -> Variable
    ) -> OperationEntry {
        var shapes: [CaseKind: [Shape]] = [
            .interior: [usual], .zeros: [usual], .ties: [usual], .large: [usual], .tiny: [usual],
        ]
        var reasons = oneInput
        shapes[.empty] = empty.map { [$0] }
        shapes[.one] = one.map { [$0] }
        if scalar { shapes[.scalar] = [[]] } else { reasons[.scalar] = "it has an axis" }
        reasons.merge(without) { $1 }
        var entry = OperationEntry(
            name: name, function: { function($0[0]) }, shapes: shapes, without: reasons, largest: largest,
            tinyTogether: tinyTogether, reference: reference)
        if let smooth {
            entry.smooth = { x in
                let function = smooth(x[0])
                return { function($0[0]) }
            }
        }
        return entry
    }

    /// A function of several variables of given shapes.
    static func several(
        _ name: String, reference: Reference, _ usual: [Shape], empty: [Shape]? = nil, one: [Shape]? = nil,
        scalar: [Shape]? = nil, broadcastFirst: [Shape]? = nil, broadcastSecond: [Shape]? = nil,
        repeated: [Shape]? = nil, without: [CaseKind: String], _ function: @escaping Function
    ) -> OperationEntry {
        var shapes: [CaseKind: [Shape]] = [
            .interior: usual, .zeros: usual, .ties: usual, .large: usual, .tiny: usual,
        ]
        shapes[.empty] = empty
        shapes[.one] = one
        shapes[.scalar] = scalar
        shapes[.broadcastFirst] = broadcastFirst
        shapes[.broadcastSecond] = broadcastSecond
        shapes[.repeated] = repeated
        let reasons = without.filter { shapes[$0.key] == nil }
        return OperationEntry(name: name, function: function, shapes: shapes, without: reasons, reference: reference)
    }

    private static var oneInput: [CaseKind: String] {
        [.broadcastFirst: "one input", .broadcastSecond: "one input", .repeated: "one input"]
    }
}
