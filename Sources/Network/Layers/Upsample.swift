import GradusAutograd
import GradusTensor

/// How numbers between those of an image are found.
public enum Interpolation: String, Sendable, CaseIterable {
    /// That of the nearest place, the one before at a tie.
    case nearest
    /// In proportion from the two nearest places along each axis. Places are the middles of pixels, as in PyTorch without
    /// `align_corners`; beyond the outermost middles the image goes on as it is there.
    case bilinear
}

/// An image at another size: `[batch, channels, height, width]` to `[batch, channels, size]`.
///
///     upsample(Variable([[[[1, 2]]]]), to: Pair(1, 4))                   // [1, 1, 2, 2]
///     upsample(Variable([[[[1, 2]]]]), to: Pair(1, 4), by: .bilinear)   // [1, 1.25, 1.75, 2]
///
/// The size may be smaller too, but nothing is averaged then. Misuse: an input of other than four axes or without pixels, a size
/// below 1.
public func upsample(
    _ x: Variable, to size: Pair, by interpolation: Interpolation = .nearest, file: StaticString = #fileID,
    line: UInt = #line
) -> Variable {
    guard x.rank == 4 && x.shape[2] > 0 && x.shape[3] > 0 && size.vertical > 0 && size.horizontal > 0 else {
        return misuse(
            "upsample: an input of shape \(x.shape) to \(size); it is [batch, channels, height, width], and sizes are 1 or more"
        )
    }
    return located(file, line) {
        resized(resized(x, 2, size.vertical, interpolation), 3, size.horizontal, interpolation)
    }
}

private func resized(_ x: Variable, _ axis: Int, _ size: Int, _ interpolation: Interpolation) -> Variable {
    let old = x.shape[axis]
    guard size != old else { return x }
    switch interpolation {
    case .nearest:
        return x.taking(Tensor((0..<size).map { $0 * old / size }), along: axis)
    case .bilinear:
        let places = (0..<size).map { place in
            let middle = (Double(place) + 0.5) * Double(old) / Double(size) - 0.5
            return min(max(middle, 0), Double(old - 1))
        }
        let before = places.map { Int($0) }
        let shares = Tensor(
            zip(places, before).map { $0 - Double($1) }, shape: axis == 2 ? [size, 1] : [size], as: x.elementType)
        let left = x.taking(Tensor(before), along: axis)
        let right = x.taking(Tensor(before.map { min($0 + 1, old - 1) }), along: axis)
        return left + .constant(shares) * (right - left)
    }
}

/// Makes images larger by a factor. See `upsample`.
///
/// `[batch, channels, height, width]` to `[batch, channels, factor · height, factor · width]`.
public struct Upsample: Layer, Sendable {
    /// How many times as high and as wide.
    public let factor: Pair
    /// How numbers between are found.
    public let interpolation: Interpolation

    /// Upsampling by a factor; one below 1 is misuse at the first call.
    public init(factor: Pair, by interpolation: Interpolation = .nearest) {
        (self.factor, self.interpolation) = (factor, interpolation)
    }

    /// The layer's output for an input.
    public func callAsFunction(_ x: Variable) -> Variable {
        guard x.rank == 4 else {
            return misuse("Upsample: an input of shape \(x.shape); it is [batch, channels, height, width]")
        }
        let size = Pair(factor.vertical * x.shape[2], factor.horizontal * x.shape[3])
        return upsample(x, to: size, by: interpolation)
    }
}
