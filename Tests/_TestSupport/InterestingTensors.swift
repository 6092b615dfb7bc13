import GradusTensor

/// What kind of values a tensor is filled with: shipped wrong gradients sit at zeros, ties and extremes, not at random
/// interior points.
public enum Interest: String, CaseIterable, Sendable {
    /// Away from 0, of either sign, all different: every function is smooth there.
    case interior
    /// About every second element 0 (now and then -0), the others as interior.
    case zeros
    /// Few values, so that most occur more than once.
    case ties
    /// Of magnitude 1e4, either sign.
    case large
    /// Of magnitude 1e-4 to 1e-30, either sign.
    case tiny
}

/// How many seeds a sweep takes: all of them in a release build, one in a debug build, which is to be quick.
public func sweeps(_ count: Int) -> Int {
    #if DEBUG
        1
    #else
        count
    #endif
}

/// Makes tensors of interesting values, the same for the same seed.
public struct TensorGenerator {
    public var random: Random

    public init(seed: UInt64) { random = Random(seed: seed) }

    /// A tensor of one kind of values.
    public mutating func tensor(
        _ shape: Shape, _ interest: Interest = .interior, as elementType: ElementType = .float64
    ) -> Tensor {
        Tensor(values(shape.count, interest), shape: shape, as: elementType)
    }

    /// A tensor of values between two bounds, for functions that are not defined everywhere.
    public mutating func tensor(
        _ shape: Shape, in range: ClosedRange<Double>, as elementType: ElementType = .float64
    ) -> Tensor {
        Tensor((0..<shape.count).map { _ in number(in: range) }, shape: shape, as: elementType)
    }

    /// Whole numbers `0 ..< bound`, as `int64`.
    public mutating func labels(_ shape: Shape, below bound: Int) -> Tensor {
        Tensor((0..<shape.count).map { _ in index(below: bound) }, shape: shape)
    }

    /// A small shape of the given rank, sizes 1 to 4 (0 too if asked for).
    public mutating func shape(rank: Int, empty: Bool = false) -> Shape {
        Shape((0..<rank).map { _ in index(below: empty ? 5 : 4) + (empty ? 0 : 1) })
    }

    /// A shape that broadcasts with `shape`: some of its axes 1, some of the outer ones left out.
    public mutating func broadcastable(with shape: Shape) -> Shape {
        let sizes = shape.map { index(below: 3) == 0 ? 1 : $0 }
        return Shape(sizes.dropFirst(index(below: shape.rank + 1)))
    }

    /// One number between two bounds.
    public mutating func number(in range: ClosedRange<Double> = 0...1) -> Double {
        let unit = Double(random.next() >> 11) * 0x1p-53
        return range.lowerBound + unit * (range.upperBound - range.lowerBound)
    }

    /// A whole number `0 ..< bound`.
    public mutating func index(below bound: Int) -> Int {
        precondition(bound > 0)
        return Int(random.next() % UInt64(bound))
    }

    private mutating func values(_ count: Int, _ interest: Interest) -> [Double] {
        (0..<count).map { i in
            switch interest {
            case .interior:
                interior(i, of: count)
            case .zeros:
                switch index(below: 8) {
                case 0...2: 0
                case 3: -0.0
                default: interior(i, of: count)
                }
            case .ties: [-1.5, -1, 0, 0.5, 1, 1][index(below: 6)]
            case .large: signed(1e4 * number(in: 0.5...2))
            case .tiny: signed(power(10, -4 - index(below: 27)) * number(in: 0.5...2))
            }
        }
    }

    /// Magnitudes from 0.2 to 2.2, no two of them the same and no two near to each other for their number.
    private mutating func interior(_ i: Int, of count: Int) -> Double {
        // A stride that shares no factor with the count visits every cell of a grid once, in an order that looks random.
        var stride = count * 618 / 1000 + 1
        while greatestCommonDivisor(stride, count) != 1 { stride += 1 }
        let cell = Double((i * stride) % count)
        return signed(0.2 + 2 * (cell + number(in: 0.25...0.75)) / Double(count))
    }

    private mutating func signed(_ magnitude: Double) -> Double { random.next() >> 63 == 0 ? magnitude : -magnitude }
}

private func power(_ base: Double, _ exponent: Int) -> Double {
    let power = (0..<Swift.abs(exponent)).reduce(1.0) { product, _ in product * base }
    return exponent < 0 ? 1 / power : power
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }
