import CGradusKernels

// MARK: - From numbers in Swift

extension Tensor {
    /// One number, of shape `[]`.
    public init(_ value: Double, as elementType: ElementType = .float32) {
        self = Tensor.full([], value, as: elementType)
    }

    /// A row of numbers, of shape `[values.count]`.
    ///
    ///     Tensor([1, 2, 3])              // float32
    ///     Tensor([1, 2, 3], as: .int64)
    ///
    /// A value that the element type does not hold (2.5 as `int64`) is misuse.
    public init(_ values: [Double], as elementType: ElementType = .float32) {
        self = Tensor.converting(values, [values.count], elementType)
    }

    // Disfavoured, as the next two are, so that an empty literal is a row.
    /// A matrix, given row by row. Rows of different lengths are misuse.
    @_disfavoredOverload
    public init(_ values: [[Double]], as elementType: ElementType = .float32) {
        self = Tensor.nesting(values.map { Tensor($0, as: elementType) }, of: [0], elementType)
    }

    /// Matrices one behind the other. Ragged nesting is misuse.
    @_disfavoredOverload
    public init(_ values: [[[Double]]], as elementType: ElementType = .float32) {
        self = Tensor.nesting(values.map { Tensor($0, as: elementType) }, of: [0, 0], elementType)
    }

    /// Four levels of nesting, for instance `[batch, channels, height, width]`. Ragged nesting is misuse.
    @_disfavoredOverload
    public init(_ values: [[[[Double]]]], as elementType: ElementType = .float32) {
        self = Tensor.nesting(values.map { Tensor($0, as: elementType) }, of: [0, 0, 0], elementType)
    }

    /// Numbers in row-major order, seen as `shape`. A count that does not fill the shape is misuse.
    ///
    ///     Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])  // [[1., 2., 3.], [4., 5., 6.]]
    public init(_ values: [Double], shape: Shape, as elementType: ElementType = .float32) {
        self = Tensor.converting(values, shape, elementType)
    }

    /// Swift values of any type that tensors hold, in row-major order; a single axis if no shape is given. The element type
    /// is the values' own: `[Float]` makes `float32`, `[Int]` makes `int64`, `[Bool]` makes `bool`.
    @_disfavoredOverload
    public init<T: TensorElement>(_ values: [T], shape: Shape? = nil) {
        self = values.withUnsafeBufferPointer { Tensor(copying: $0, shape: shape ?? [values.count]) }
    }

    /// A copy of elements that lie in memory in row-major order.
    public init<T: TensorElement>(copying values: UnsafeBufferPointer<T>, shape: Shape) {
        guard values.count == shape.count else {
            self = misuse(
                "Tensor: \(values.count) values do not fill shape \(shape), which has \(shape.count)",
                inert: .inert(shape, T.elementType))
            return
        }
        self = Tensor.make(shape, T.elementType) { out in
            guard let start = values.baseAddress else { return }
            out.copyMemory(from: start, byteCount: values.count * MemoryLayout<T>.stride)
        }
    }

    /// The values as an element type that may hold fewer of them.
    private static func converting(_ values: [Double], _ shape: Shape, _ type: ElementType) -> Tensor {
        let doubles = Tensor(values, shape: Optional(shape))
        if type == .float64 || misuseIsPending { return doubles }
        if type == .int64, let wrong = values.firstIndex(where: { Int(exactly: $0) == nil }) {
            return misuse("Tensor: \(values[wrong]) (value \(wrong)) is not an int64", inert: .inert(shape, type))
        }
        return doubles.converted(to: type)
    }

    /// Parts of one shape, one behind the other; `empty` is the shape that no parts at all are thought to have.
    private static func nesting(_ parts: [Tensor], of empty: Shape, _ type: ElementType) -> Tensor {
        let part = parts.first?.shape ?? empty
        if let odd = parts.firstIndex(where: { $0.shape != part }) {
            return misuse("Tensor: ragged nesting: part 0 has shape \(part), part \(odd) \(parts[odd].shape)")
        }
        return make(part.inserting(parts.count, at: 0), type) { out in
            let bytes = part.count * type.size
            for (i, part) in parts.enumerated() {
                part.withPointer { (out + i * bytes).copyMemory(from: $0, byteCount: bytes) }
            }
        }
    }
}

// MARK: - By rule

extension Tensor {
    /// Every element the same. A value that the element type does not hold (2.5 as `int64`) is misuse.
    public static func full(_ shape: Shape, _ value: Double, as elementType: ElementType = .float32) -> Tensor {
        guard elementType != .int64 || Int(exactly: value) != nil else {
            return misuse("full: \(value) is not an int64", inert: .inert(shape, .int64))
        }
        return make(shape, elementType) { out in
            parallelFor(shape.count, grain: elementwiseGrain) { range in
                gradus_fill(elementType.code, Int64(range.count), value, out + range.lowerBound * elementType.size)
            }
        }
    }

    /// Every element 0 (`false` as `bool`).
    public static func zeros(_ shape: Shape, as elementType: ElementType = .float32) -> Tensor {
        full(shape, 0, as: elementType)
    }

    /// Every element 1 (`true` as `bool`).
    public static func ones(_ shape: Shape, as elementType: ElementType = .float32) -> Tensor {
        full(shape, 1, as: elementType)
    }

    /// Zeros of another tensor's shape and element type.
    public static func zeros(like other: Tensor) -> Tensor { zeros(other.shape, as: other.elementType) }

    /// Ones of another tensor's shape and element type.
    public static func ones(like other: Tensor) -> Tensor { ones(other.shape, as: other.elementType) }

    /// One value throughout another tensor's shape, of its element type.
    public static func full(like other: Tensor, _ value: Double) -> Tensor {
        full(other.shape, value, as: other.elementType)
    }

    /// The numbers from `start` on, `step` apart, short of `end`: none if `end` lies the other way.
    ///
    ///     Tensor.arange(0, 1, by: 0.25)  // [0.  , 0.25, 0.5 , 0.75]
    ///
    /// Element i is `start + i * step`, computed in double precision. A step of 0, and what is not finite, is misuse; so are
    /// fractions as `int64`, and `bool`.
    public static func arange(
        _ start: Double, _ end: Double, by step: Double = 1, as elementType: ElementType = .float32
    ) -> Tensor {
        let length = ((end - start) / step).rounded(.up)
        guard step != 0 && length.isFinite && start.isFinite && step.isFinite else {
            return misuse("arange: from \(start) to \(end) by \(step); bounds are finite, and the step is not 0")
        }
        guard let count = Int(exactly: Swift.max(length, 0)) else {
            return misuse("arange: from \(start) to \(end) by \(step) is more elements than Int holds")
        }
        return ramp("arange", start, step, count, elementType)
    }

    /// The integers `0 ..< end`, as `int64`.
    public static func arange(_ end: Int) -> Tensor {
        make([Swift.max(end, 0)], .int64) { out in
            let out = out.assumingMemoryBound(to: Int.self)
            for i in 0..<end { out[i] = i }
        }
    }

    /// So many numbers at equal distances, from `start` to `end` inclusive.
    ///
    ///     Tensor.linspace(0, 1, count: 5)  // [0.  , 0.25, 0.5 , 0.75, 1.  ]
    ///
    /// One number is `start`. A negative count, bounds that are not finite, and `int64` or `bool` are misuse.
    public static func linspace(
        _ start: Double, _ end: Double, count: Int, as elementType: ElementType = .float32
    ) -> Tensor {
        guard count >= 0 && start.isFinite && (end - start).isFinite else {
            return misuse(
                "linspace: \(count) numbers from \(start) to \(end); the count is 0 or more, the bounds finite")
        }
        guard elementType.isFloatingPoint else {
            return misuse("linspace: not defined as \(elementType); make floats and convert")
        }
        var result = ramp("linspace", start, (end - start) / Double(Swift.max(count - 1, 1)), count, elementType)
        if count > 1 && !misuseIsPending {  // exactly the end, whatever became of the last digit of the step
            result.withMutablePointer {
                gradus_fill(elementType.code, 1, end, $0 + (count - 1) * elementType.size)
            }
        }
        return result
    }

    private static func ramp(
        _ name: StaticString, _ start: Double, _ step: Double, _ count: Int, _ type: ElementType
    ) -> Tensor {
        let last = start + Double(Swift.max(count - 1, 0)) * step
        let whole = [start, step, last].allSatisfy { Int(exactly: $0) != nil }
        guard type.isFloatingPoint || type == .int64 && whole else {
            return misuse("\(name): from \(start) by \(step) has no meaning as \(type)", inert: .inert([count], type))
        }
        return make([count], type) { out in
            parallelFor(count, grain: elementwiseGrain) { range in
                gradus_ramp(
                    type.code, Int64(range.lowerBound), Int64(range.count), start, step,
                    out + range.lowerBound * type.size)
            }
        }
    }

    /// The identity matrix of n rows and columns. A negative n is misuse.
    public static func eye(_ n: Int, as elementType: ElementType = .float32) -> Tensor {
        guard n >= 0 else { return misuse("eye: \(n) rows; the number is 0 or more") }
        var result = zeros([n, n], as: elementType)
        guard !misuseIsPending else { return result }
        result.withMutablePointer { out in
            for i in 0..<n { gradus_fill(elementType.code, 1, 1, out + i * (n + 1) * elementType.size) }
        }
        return result
    }

    /// A row of zeros with a single 1 at the label's place, for each label: shape `[..., classes]` for labels `[...]`.
    ///
    ///     Tensor.oneHot(Tensor([2, 0], as: .int64), classes: 3)  // [[0., 0., 1.], [1., 0., 0.]]
    ///
    /// Labels are `int64`. A label outside `0 ..< classes` is misuse.
    public static func oneHot(_ labels: Tensor, classes: Int, as elementType: ElementType = .float32) -> Tensor {
        guard labels.elementType == .int64 else {
            return misuse("oneHot: labels are int64; these are \(labels.elementType)")
        }
        guard classes >= 0 else { return misuse("oneHot: \(classes) classes; the number is 0 or more") }
        let shape = labels.shape.inserting(classes, at: labels.rank)
        guard !misuseIsPending else { return .inert(shape, elementType) }
        return labels.withElements(as: Int.self) { labels in
            if let wrong = labels.firstIndex(where: { $0 < 0 || $0 >= classes }) {
                return misuse(
                    "oneHot: label \(labels[wrong]) (label \(wrong)) is outside 0..<\(classes)",
                    inert: .inert(shape, elementType))
            }
            var result = zeros(shape, as: elementType)
            guard !misuseIsPending else { return result }
            result.withMutablePointer { out in
                for (row, label) in labels.enumerated() {
                    gradus_fill(elementType.code, 1, 1, out + (row * classes + label) * elementType.size)
                }
            }
            return result
        }
    }
}
