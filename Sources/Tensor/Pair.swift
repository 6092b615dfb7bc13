/// Two numbers for the two axes of an image: a kernel's size, a stride, a padding. A literal stands for both alike.
///
///     let square: Pair = 3      // 3 by 3
///     let wide = Pair(1, 2)     // 1 vertically, 2 horizontally
public struct Pair: Sendable, Hashable, ExpressibleByIntegerLiteral {
    /// The number for the axis of rows, the height.
    public var vertical: Int
    /// The number for the axis of columns, the width.
    public var horizontal: Int

    /// A number for each axis: `Pair(1, 2)`.
    public init(_ vertical: Int, _ horizontal: Int) {
        self.vertical = vertical
        self.horizontal = horizontal
    }

    /// The same both ways.
    public init(_ both: Int) { self.init(both, both) }

    public init(integerLiteral both: Int) { self.init(both, both) }
}

extension Pair: CustomStringConvertible {
    /// As messages say it: `3 by 3`.
    public var description: String { "\(vertical) by \(horizontal)" }
}
