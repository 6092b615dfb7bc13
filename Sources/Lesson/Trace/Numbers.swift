import GradusTensor

/// The numbers of one value or gradient in a lesson: all of a small tensor, the first ones of a large.
public struct Numbers: Sendable, Hashable {
    /// The sizes along each axis; none for a single number.
    public let shape: [Int]
    /// In row-major order: all of them, or the first ``Numbers/kept``.
    public let elements: [Double]
    /// The least and the greatest of all, those that are not kept included; nil where there is none, or NaN.
    public let range: ClosedRange<Double>?

    /// How many elements of a tensor are kept at most.
    public static let kept = 1024

    /// How many there are, kept or not.
    public var count: Int { shape.reduce(1, *) }

    /// Whether it is a single number without axes.
    public var isScalar: Bool { shape.isEmpty }

    /// The number, if there is but one.
    public var number: Double? { count == 1 ? elements.first : nil }

    init(shape: [Int], elements: [Double], range: ClosedRange<Double>? = nil) {
        (self.shape, self.elements) = (shape, elements)
        let (least, most) = (elements.min() ?? .nan, elements.max() ?? .nan)
        self.range = range ?? (least <= most ? least...most : nil)
    }

    init(_ tensor: Tensor) {
        let all = tensor.array(of: Double.self)
        let (least, most) = (all.min() ?? .nan, all.max() ?? .nan)
        self.init(
            shape: Array(tensor.shape), elements: Array(all.prefix(Numbers.kept)),
            range: least <= most ? least...most : nil)
    }

    /// The shape as it is read aloud: `5×10`, or nothing for a single number.
    public var shapeText: String { shape.map(String.init).joined(separator: "×") }

    /// Where an element is: its index along each axis.
    public func index(of element: Int) -> [Int] {
        var rest = element
        return shape.reversed().map { size in
            defer { rest /= max(size, 1) }
            return rest % max(size, 1)
        }.reversed()
    }
}

/// A single number is written as itself.
extension Numbers: Codable {
    private enum CodingKeys: String, CodingKey { case shape, elements, range }

    public init(from decoder: any Decoder) throws {
        if let number = try? decoder.singleValueContainer().decode(Double.self) {
            self.init(shape: [], elements: [number])
            return
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let bounds = try container.decodeIfPresent([Double].self, forKey: .range)
        self.init(
            shape: try container.decode([Int].self, forKey: .shape),
            elements: try container.decode([Double].self, forKey: .elements),
            range: bounds.flatMap { $0.count == 2 && $0[0] <= $0[1] ? $0[0]...$0[1] : nil })
    }

    public func encode(to encoder: any Encoder) throws {
        if isScalar, let number {
            var container = encoder.singleValueContainer()
            return try container.encode(number)
        }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(shape, forKey: .shape)
        try container.encode(elements, forKey: .elements)
        if let range, count > elements.count {
            try container.encode([range.lowerBound, range.upperBound], forKey: .range)
        }
    }
}

extension Numbers {
    /// A single number.
    package init(single number: Double) { self.init(shape: [], elements: [number]) }
}
