import CGradusKernels

// MARK: - Element by element, giving a mask

extension Tensor {
    private static func compare(
        _ name: StaticString, _ op: gradus_compare_op, _ a: Tensor, _ b: Tensor, masks: Bool = false
    ) -> Tensor {
        let type = a.elementType
        guard let shape = Tensor.commonShape(name, a, b) else { return .inert([], .bool) }
        guard !masks || type == .bool else {
            return misuse("\(name): takes bool tensors, not \(type)", inert: .inert(shape, .bool))
        }
        return withUnsafePointer(to: gradus_layout(broadcasting: a.shape, b.shape, to: shape)) { layout in
            make(shape, .bool) { out in
                a.withPointer { a in
                    b.withPointer { b in
                        parallelFor(shape.count, grain: elementwiseGrain) { range in
                            gradus_compare(
                                op, type.code, layout, a, b, out, Int64(range.lowerBound), Int64(range.upperBound))
                        }
                    }
                }
            }
        }
    }

    private static func compare(_ name: StaticString, _ op: gradus_compare_op, _ a: Tensor, _ b: Double) -> Tensor {
        guard let b = a.scalar(b, for: name) else { return .inert(a.shape, .bool) }
        return compare(name, op, a, b)
    }

    /// Where a is less than b, with broadcasting. Comparisons with NaN are false.
    public static func .< (a: Tensor, b: Tensor) -> Tensor { compare("less", GRADUS_LESS, a, b) }

    /// Where a is less than or equal to b, with broadcasting.
    public static func .<= (a: Tensor, b: Tensor) -> Tensor { compare("lessOrEqual", GRADUS_LESS_EQUAL, a, b) }

    /// Where a is greater than b, with broadcasting.
    public static func .> (a: Tensor, b: Tensor) -> Tensor { compare("greater", GRADUS_GREATER, a, b) }

    /// Where a is greater than or equal to b, with broadcasting.
    public static func .>= (a: Tensor, b: Tensor) -> Tensor { compare("greaterOrEqual", GRADUS_GREATER_EQUAL, a, b) }

    /// Where a equals b, with broadcasting. (`==` asks of the two tensors as wholes.)
    public static func .== (a: Tensor, b: Tensor) -> Tensor { compare("equal", GRADUS_EQUAL, a, b) }

    /// Where a differs from b, with broadcasting; true where either is NaN.
    public static func .!= (a: Tensor, b: Tensor) -> Tensor { compare("notEqual", GRADUS_NOT_EQUAL, a, b) }

    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN.
    public static func .< (a: Tensor, b: Double) -> Tensor { compare("less", GRADUS_LESS, a, b) }
    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN.
    public static func .<= (a: Tensor, b: Double) -> Tensor { compare("lessOrEqual", GRADUS_LESS_EQUAL, a, b) }
    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN.
    public static func .> (a: Tensor, b: Double) -> Tensor { compare("greater", GRADUS_GREATER, a, b) }
    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN.
    public static func .>= (a: Tensor, b: Double) -> Tensor { compare("greaterOrEqual", GRADUS_GREATER_EQUAL, a, b) }
    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN.
    public static func .== (a: Tensor, b: Double) -> Tensor { compare("equal", GRADUS_EQUAL, a, b) }
    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN, true for `.!=`.
    public static func .!= (a: Tensor, b: Double) -> Tensor { compare("notEqual", GRADUS_NOT_EQUAL, a, b) }

    /// Where both masks are true, with broadcasting.
    public static func .& (a: Tensor, b: Tensor) -> Tensor { compare("and", GRADUS_AND, a, b, masks: true) }

    /// Where at least one mask is true, with broadcasting.
    public static func .| (a: Tensor, b: Tensor) -> Tensor { compare("or", GRADUS_OR, a, b, masks: true) }

    /// Where the mask is false.
    public static prefix func .! (mask: Tensor) -> Tensor {
        guard mask.elementType == .bool else {
            return misuse("not: takes a bool tensor, not \(mask.elementType)", inert: .inert(mask.shape, .bool))
        }
        return predicate(GRADUS_NOT, mask)
    }

    fileprivate static func predicate(_ op: gradus_predicate_op, _ x: Tensor) -> Tensor {
        let type = x.elementType
        return make(x.shape, .bool) { out in
            x.withPointer { x0 in
                parallelFor(x.count, grain: elementwiseGrain) { range in
                    gradus_predicate(
                        op, type.code, Int64(range.count), x0 + range.lowerBound * type.size, out + range.lowerBound)
                }
            }
        }
    }
}

/// Where x is not a number. False throughout for `int64` and `bool`.
public func isNaN(_ x: Tensor) -> Tensor { Tensor.predicate(GRADUS_IS_NAN, x) }

/// Where x is neither infinite nor NaN. True throughout for `int64` and `bool`.
public func isFinite(_ x: Tensor) -> Tensor { Tensor.predicate(GRADUS_IS_FINITE, x) }

// MARK: - Of a mask as a whole

extension Tensor {
    /// Whether at least one element of a mask is true; false if it has none.
    public func any() -> Bool {
        guard isMask("any") else { return false }
        return withPointer { gradus_any(Int64(count), $0) }
    }

    /// Whether all elements of a mask are true; true if it has none.
    public func all() -> Bool {
        guard isMask("all") else { return false }
        return withPointer { !gradus_any_not(Int64(count), $0) }
    }

    private func isMask(_ name: StaticString) -> Bool {
        guard elementType == .bool else {
            return misuse("\(name): takes a bool tensor, not \(elementType); compare first, as in x .!= 0")
        }
        return !misuseIsPending
    }
}
