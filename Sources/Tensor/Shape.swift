/// The sizes of a tensor along each of its axes, outermost first: `[batch, channels, height, width]`.
///
/// A shape has 0 to 8 axes, kept inline, so that making and copying one never allocates. The empty shape `[]` is a single
/// number's. A size may be 0; a negative size, more than 8 axes or a number of elements beyond `Int` is misuse.
public struct Shape: Sendable {
    /// The most axes that a shape may have.
    public static let maximumRank = 8

    // Every tensor and every operation holds one, so it is small: see `Packing`. Beyond the rank sizes are 1, and there is one
    // way to pack a list of them, so that shapes are equal whose fields are.
    @usableFromInline var low: UInt64 = Packing.wordsOfOne
    @usableFromInline var high: UInt64 = Packing.wordsOfOne
    @usableFromInline var axes: UInt8 = 0
    @usableFromInline var packing = Packing.words

    /// How sizes lie in the 16 bytes: up to four by 4 bytes each; up to eight by 2 bytes, if none is larger; or somewhere else,
    /// and `low` is the address: see `WideSizes`. (Not an enumeration: comparing two of one with raw values is a call.)
    private enum Packing {
        static var words: UInt8 { 0 }
        static var halves: UInt8 { 1 }
        static var wide: UInt8 { 2 }
        static var wordsOfOne: UInt64 { 0x1_0000_0001 }
        static var halvesOfOne: UInt64 { 0x1_0001_0001_0001 }
    }

    /// The number of axes.
    public var rank: Int { Int(axes) }

    /// The number of elements: the product of the sizes, 1 for `[]`.
    public var count: Int {
        @inline(__always)
        get {
            // It was seen to fit; beside a size of 0 the others' product may not.
            packing == Packing.words ? size(0) &* size(1) &* size(2) &* size(3) : otherCount
        }
    }

    @inline(never)
    private var otherCount: Int { indices.reduce(1) { $0 &* size($1) } }

    /// The shape of a single number.
    public init() {}

    /// The shape of these sizes, outermost first. More than 8 or a negative one is misuse.
    public init(_ sizes: some Sequence<Int>) {
        for size in sizes { append(size) }
    }

    /// Adds an axis on the inside. Misuse leaves the shape as it was.
    public mutating func append(_ size: Int) {
        guard rank < Shape.maximumRank else {
            return misuse("shape: at most \(Shape.maximumRank) axes; \(self) has no room for one of size \(size)")
        }
        guard size >= 0 else { return misuse("shape: a size of \(size) along axis \(rank); sizes are 0 or more") }
        guard !count.multipliedReportingOverflow(by: size).overflow else {
            return misuse("shape: \(self) by \(size) is more elements than Int holds")
        }
        if packing == Packing.words && rank < 4 && size <= UInt32.max {
            setWord(rank, UInt64(size))
            axes += 1
        } else {
            repack(indices.map(self.size) + [size])
        }
    }

    @inline(__always)
    private mutating func setWord(_ axis: Int, _ size: UInt64) {
        let shift = UInt64(axis & 1) &* 32
        // What is there is a 1.
        if axis < 2 { low ^= (size ^ 1) &<< shift } else { high ^= (size ^ 1) &<< shift }
    }

    /// Other sizes than up to four of 4 bytes.
    @inline(never)
    private mutating func repack(_ sizes: [Int]) {
        if sizes.count > 4 && sizes.allSatisfy({ $0 <= UInt16.max }) {
            (low, high, packing) = (Packing.halvesOfOne, Packing.halvesOfOne, Packing.halves)
            for (axis, size) in sizes.enumerated() {
                let change = UInt64(size ^ 1) &<< (UInt64(axis & 3) &* 16)
                if axis < 4 { low ^= change } else { high ^= change }
            }
        } else {
            (low, high, packing) = (UInt64(UInt(bitPattern: WideSizes.lying(sizes))), 0, Packing.wide)
        }
        axes = UInt8(sizes.count)
    }

    /// The size along an axis; a negative axis counts from the end, so that `-1` is the innermost.
    public subscript(axis: Int) -> Int {
        guard let axis = resolved(axis) else {
            return misuse("shape: there is no axis \(axis) in \(self); its axes are \(axisRange)")
        }
        return size(axis)
    }

    @inline(__always)
    package func size(_ axis: Int) -> Int {
        let shift = UInt64(truncatingIfNeeded: axis)
        if packing == Packing.words { return Int((axis < 2 ? low : high) &>> ((shift & 1) &* 32) & 0xffff_ffff) }
        return otherSize(axis)
    }

    @inline(never)
    private func otherSize(_ axis: Int) -> Int {
        if packing == Packing.halves { return Int((axis < 4 ? low : high) &>> (UInt64(axis & 3) &* 16) & 0xffff) }
        // An address that `WideSizes` gave, and that stays good.
        return UnsafePointer<Int>(bitPattern: UInt(low))![axis]
    }

    /// The axis counted from the front, or nil where there is none.
    package func resolved(_ axis: Int) -> Int? {
        let positive = axis < 0 ? axis + rank : axis
        return positive >= 0 && positive < rank ? positive : nil
    }

    /// For messages: the axes that may be asked for.
    package var axisRange: String { rank == 0 ? "none" : "\(-rank) to \(rank - 1)" }

    /// This shape with another size along one axis.
    package func replacing(_ axis: Int, with size: Int) -> Shape {
        var result = Shape()
        for i in indices { result.append(i == axis ? size : self.size(i)) }
        return result
    }

    /// This shape with an axis taken out.
    package func removing(_ axis: Int) -> Shape {
        var result = Shape()
        for i in indices where i != axis { result.append(size(i)) }
        return result
    }

    /// This shape with a new axis before the given position, `0 ... rank`.
    package func inserting(_ size: Int, at axis: Int) -> Shape {
        var result = Shape()
        for i in 0...rank {
            if i == axis { result.append(size) }
            if i < rank { result.append(self.size(i)) }
        }
        return result
    }

    /// The common shape of two broadcast together in NumPy's manner: aligned at the innermost axis, an axis of size 1
    /// stretches to the other's size. Nil where they do not fit.
    public func broadcast(with other: Shape) -> Shape? {
        if self == other { return self }
        var result = Shape()
        let rank = Swift.max(rank, other.rank)
        for axis in 0..<rank {
            let mine = axis - (rank - self.rank)
            let theirs = axis - (rank - other.rank)
            let a = mine < 0 ? 1 : size(mine)
            let b = theirs < 0 ? 1 : other.size(theirs)
            guard a == b || a == 1 || b == 1 else { return nil }
            result.append(a == 1 ? b : a)
        }
        return result
    }

    /// How far apart in memory neighbours along each axis are, in elements.
    package var strides: [Int] {
        var strides = [Int](repeating: 1, count: rank)
        // Beside a size of 0 the others' product may be more than Int holds, and nobody walks by it.
        for axis in stride(from: rank - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] &* size(axis + 1) }
        return strides
    }
}

/// Where sizes lie that 16 bytes have no room for, of 2³² and more or, of more than four axes, of 2¹⁶ and more: once for each list
/// of them, and never let go, so that a shape may point to them and two are equal that point to the same. Few tensors have such.
private enum WideSizes {
    private static let known = Lock([[Int]: UInt]())

    static func lying(_ sizes: [Int]) -> UnsafePointer<Int> {
        let address = known.withLock { known in
            if let address = known[sizes] { return address }
            let room = UnsafeMutableBufferPointer<Int>.allocate(capacity: sizes.count)
            _ = room.initialize(from: sizes)
            known[sizes] = UInt(bitPattern: room.baseAddress)
            return UInt(bitPattern: room.baseAddress)
        }
        return UnsafePointer(bitPattern: address)!  // just allocated, or then
    }
}

extension Shape: Equatable {
    @inlinable @inline(__always)
    public static func == (a: Shape, b: Shape) -> Bool {
        a.low == b.low && a.high == b.high && a.axes == b.axes && a.packing == b.packing
    }
}

extension Shape: Hashable {
    public func hash(into hasher: inout Hasher) {
        for size in self { hasher.combine(size) }
    }
}

// A sequence of its sizes but not a collection: a collection's `count` would be the rank, where a shape's `count` is the
// number of elements.
extension Shape: Sequence {
    public struct Iterator: IteratorProtocol {
        fileprivate let shape: Shape
        private var axis = 0

        fileprivate init(_ shape: Shape) { self.shape = shape }

        public mutating func next() -> Int? {
            guard axis < shape.rank else { return nil }
            defer { axis += 1 }
            return shape.size(axis)
        }
    }

    public func makeIterator() -> Iterator { Iterator(self) }

    public var underestimatedCount: Int { rank }

    /// The axes, `0 ..< rank`.
    public var indices: Range<Int> { 0..<rank }

    /// The size of the outermost axis, nil for `[]`.
    public var first: Int? { rank == 0 ? nil : size(0) }

    /// The size of the innermost axis, nil for `[]`.
    public var last: Int? { rank == 0 ? nil : size(rank - 1) }

    /// The sizes of neighbouring axes: `shape[1...]`. Axes out of range are misuse.
    public subscript(axes: some RangeExpression<Int>) -> [Int] {
        let wanted = axes.relative(to: Int.min..<Int.max)
        let start = wanted.lowerBound == .min ? 0 : wanted.lowerBound
        let end = wanted.upperBound == .max ? rank : wanted.upperBound
        guard start >= 0 && start <= end && end <= rank else {
            return misuse("shape: axes \(start)..<\(end) of \(self), which has \(rank)")
        }
        return (start..<end).map(size)
    }
}

extension Shape: ExpressibleByArrayLiteral {
    public init(arrayLiteral sizes: Int...) { self.init(sizes) }
}

extension Shape: CustomStringConvertible {
    public var description: String { "[" + map(String.init).joined(separator: ", ") + "]" }
}
