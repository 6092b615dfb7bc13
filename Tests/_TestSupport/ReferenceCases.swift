import Foundation
import GradusTensor

/// Reference values computed once by PyTorch in double precision, from the files in `References`.
public enum ReferenceCases {
    /// All cases of a family: `load("elementwise")`. Each element type is as the file says, floats are `float64`.
    public static func load(_ family: String) throws -> [ReferenceCase] {
        try load(family, as: ReferenceCase.self)
    }

    /// The same for a family whose cases are written otherwise (optimizers).
    public static func load<Case: Decodable>(_ family: String, as type: Case.Type) throws -> [Case] {
        guard let url = Bundle.module.url(forResource: "References/\(family)", withExtension: "json") else {
            throw ReferenceError(description: "there is no References/\(family).json")
        }
        return try JSONDecoder().decode(ReferenceFile<Case>.self, from: Data(contentsOf: url)).cases
    }
}

public struct ReferenceError: Error, CustomStringConvertible {
    public let description: String
}

private struct ReferenceFile<Case: Decodable>: Decodable {
    let cases: [Case]
}

/// One operation at one set of inputs: its value, its gradients, and its second derivatives.
public struct ReferenceCase: Decodable, Sendable, CustomStringConvertible {
    /// The operation's name in the Tensor API.
    public let op: String
    /// What is special about this case.
    public let name: String
    /// What the operation takes beside tensors, by name.
    public let attributes: [String: ReferenceAttribute]
    public let inputs: [Tensor]
    /// For each input whether it was not differentiated although it could have been.
    public let constants: [Bool]
    /// One output, or several.
    public let outputs: [Tensor]
    /// The weight of each output in the scalar that was differentiated; nil where nothing was.
    public let upstreams: [Tensor?]
    /// For each input the gradient of ⟨upstream, output⟩; nil where it has none.
    public let gradients: [Tensor?]
    /// For each input the direction along which the gradients were differentiated again.
    public let directions: [Tensor?]
    /// For each input the gradient of Σ ⟨gradient, direction⟩.
    public let second: [Tensor?]

    public var output: Tensor { outputs[0] }
    public var upstream: Tensor? { upstreams.first ?? nil }
    public var description: String { "\(op) (\(name))" }

    private enum CodingKeys: CodingKey {
        case op, name, attributes, inputs, output, upstream, gradients, directions, second
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        op = try values.decode(String.self, forKey: .op)
        name = try values.decode(String.self, forKey: .name)
        attributes = try values.decodeIfPresent([String: ReferenceAttribute].self, forKey: .attributes) ?? [:]
        let inputs = try values.decode([ReferenceTensor].self, forKey: .inputs)
        self.inputs = inputs.map(\.tensor)
        constants = inputs.map(\.isConstant)
        outputs = try values.decode(OneOrMany.self, forKey: .output).tensors.compactMap { $0 }
        upstreams = try values.decodeIfPresent(OneOrMany.self, forKey: .upstream)?.tensors ?? []
        func list(_ key: CodingKeys) throws -> [Tensor?] {
            try values.decodeIfPresent([ReferenceTensor?].self, forKey: key)?.map { $0?.tensor } ?? []
        }
        gradients = try list(.gradients)
        directions = try list(.directions)
        second = try list(.second)
    }
}

/// A setting of an operation: a number, a switch, a word, or a list of these.
public enum ReferenceAttribute: Decodable, Sendable, Equatable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case list([ReferenceAttribute])

    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let int = try? value.decode(Int.self) {
            self = .int(int)
        } else if let double = try? value.decode(Double.self) {
            self = .double(double)
        } else if let word = try? value.decode(String.self) {
            self = Double(word: word).map { .double($0) } ?? .string(word)
        } else {
            self = .list(try value.decode([ReferenceAttribute].self))
        }
    }

    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var int: Int? { if case .int(let value) = self { value } else { nil } }
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var list: [ReferenceAttribute]? { if case .list(let value) = self { value } else { nil } }
    public var ints: [Int]? { list?.compactMap(\.int) }

    /// A number, written as a fraction or whole.
    public var double: Double? {
        switch self {
        case .double(let value): value
        case .int(let value): Double(value)
        default: nil
        }
    }
}

private struct OneOrMany: Decodable {
    let tensors: [Tensor?]

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let one = try? value.decode(ReferenceTensor.self) {
            tensors = [one.tensor]
        } else if value.decodeNil() {
            tensors = []
        } else {
            tensors = try value.decode([ReferenceTensor?].self).map { $0?.tensor }
        }
    }
}

/// A tensor as the files write it: `{"shape": [2], "values": [1, "nan"], "type": "float64"}`.
public struct ReferenceTensor: Decodable, Sendable {
    public let tensor: Tensor
    public let isConstant: Bool

    private enum CodingKeys: CodingKey {
        case shape, values, type, constant
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let shape = Shape(try container.decode([Int].self, forKey: .shape))
        let name = try container.decode(String.self, forKey: .type)
        guard let type = ElementType.allCases.first(where: { $0.description == name }) else {
            throw ReferenceError(description: "element type \(name)")
        }
        let values = try container.decode([ReferenceNumber].self, forKey: .values).map(\.value)
        guard values.count == shape.count else {
            throw ReferenceError(description: "\(values.count) values for shape \(shape)")
        }
        tensor = Tensor(values, shape: shape, as: type)
        isConstant = try container.decodeIfPresent(Bool.self, forKey: .constant) ?? false
    }
}

/// A number, a boolean, or one of the words for what JSON has no number for.
public struct ReferenceNumber: Decodable, Sendable {
    public let value: Double

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            value = number
        } else if let bool = try? container.decode(Bool.self) {
            value = bool ? 1 : 0
        } else if let number = Double(word: try container.decode(String.self)) {
            value = number
        } else {
            throw ReferenceError(description: "not a number: \(try container.decode(String.self))")
        }
    }
}

extension Double {
    fileprivate init?(word: String) {
        switch word {
        case "nan": self = .nan
        case "inf": self = .infinity
        case "-inf": self = -.infinity
        default: return nil
        }
    }
}
