/// What a tensor's elements are.
///
/// Mathematics is done in `float32` (the default) and `float64`; `int64` holds labels, indices and counts, `bool` holds
/// masks. Types do not mix silently: convert with `converted(to:)`.
public enum ElementType: UInt8, Sendable, CaseIterable {
    // The raw values are those of Kernels' types.h.
    /// Single precision, 4 bytes: the default.
    case float32 = 0
    /// Double precision, 8 bytes: checks and lessons compute in it.
    case float64 = 1
    /// Whole numbers, 8 bytes: labels, indices, counts.
    case int64 = 2
    /// True or false, 1 byte: masks.
    case bool = 3

    /// The size of an element in bytes.
    public var size: Int {
        switch self {
        case .float32: 4
        case .float64, .int64: 8
        case .bool: 1
        }
    }

    /// Whether it is float32 or float64, in which gradients are computed.
    public var isFloatingPoint: Bool {
        @inline(__always) get { self == .float32 || self == .float64 }
    }

    package var code: Int32 { Int32(rawValue) }
}

extension ElementType: CustomStringConvertible {
    public var description: String {
        switch self {
        case .float32: "float32"
        case .float64: "float64"
        case .int64: "int64"
        case .bool: "bool"
        }
    }
}

/// A Swift type that tensors are made from and read into: `Float`, `Double`, `Int` and `Bool`.
public protocol TensorElement: Sendable {
    static var elementType: ElementType { get }
}

extension Float: TensorElement {
    /// What tensors call it.
    public static var elementType: ElementType { .float32 }
}
extension Double: TensorElement {
    /// What tensors call it.
    public static var elementType: ElementType { .float64 }
}
extension Int: TensorElement {
    /// What tensors call it.
    public static var elementType: ElementType { .int64 }
}
extension Bool: TensorElement {
    /// What tensors call it.
    public static var elementType: ElementType { .bool }
}
