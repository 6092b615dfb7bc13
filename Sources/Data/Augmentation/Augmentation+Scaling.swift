import GradusTensor

extension Augmentation {
    /// A random part of the image, drawn at another scale: the part has a share of the area from `area`, and width to height as
    /// 1 to a number from `aspect` and back (C. Szegedy et al., "Going deeper with convolutions", 2015, section 6). Without a
    /// size the images keep theirs.
    ///
    /// Pixels are interpolated linearly between their centres. A part that would not fit is cut where the image ends. Areas
    /// that are not above 0 and at most 1, an aspect below 1, and a size without pixels are misuse.
    public static func randomResizedCrop(
        area: ClosedRange<Double> = 0.5...1, aspect: Double = 4.0 / 3, to size: Pair? = nil
    ) -> Augmentation {
        let hasPixels = size.map { $0.vertical >= 1 && $0.horizontal >= 1 } ?? true
        if !(area.lowerBound > 0 && area.upperBound <= 1) || !(aspect >= 1 && aspect.isFinite) || !hasPixels {
            misuse(
                "randomResizedCrop: a share \(area) of the area, aspect \(aspect); shares are above 0 and at most 1, the aspect "
                    + "is 1 or more, a size has pixels")
        }
        return Augmentation("randomResizedCrop", ResizedCrop(area: area, aspect: aspect, wanted: size))
    }
}

private struct ResizedCrop: ImageWork {
    let area: ClosedRange<Double>
    let aspect: Double
    let wanted: Pair?

    func size(of images: Shape, for name: StaticString) -> (height: Int, width: Int)? {
        wanted.map { ($0.vertical, $0.horizontal) } ?? (images[2], images[3])
    }

    func apply<T: BinaryFloatingPoint>(
        _ source: Plane<UnsafePointer<T>>, _ result: Plane<UnsafeMutablePointer<T>>, channels: Int,
        _ random: inout Random
    ) {
        let (sourceHeight, sourceWidth) = (Double(source.height), Double(source.width))
        let share = random.number(in: area) * sourceHeight * sourceWidth
        // Evenly from aspect to 1, or from 1 to its reciprocal: as often wide as high.
        let stretch = random.number(in: 1...aspect)
        let ratio = random.fraction() < 0.5 ? stretch : 1 / stretch
        let width = Swift.min((share * ratio).squareRoot(), sourceWidth)
        let height = Swift.min((share / ratio).squareRoot(), sourceHeight)
        let left = random.fraction() * (sourceWidth - width)
        let top = random.fraction() * (sourceHeight - height)
        guard source.height > 0 && source.width > 0 else { return }
        // Pixel y of the result lies at the middle of its share of the part.
        func between(_ place: Int, _ count: Int, _ start: Double, _ extent: Double, _ limit: Int) -> (Int, Int, T) {
            let position = start + (Double(place) + 0.5) / Double(count) * extent - 0.5
            let inside = Swift.min(Swift.max(position, 0), Double(limit - 1))
            let lower = Int(inside)
            return (lower, Swift.min(lower + 1, limit - 1), T(inside - Double(lower)))
        }
        for y in 0..<result.height {
            let (above, below, down) = between(y, result.height, top, height, source.height)
            for x in 0..<result.width {
                let (before, behind, right) = between(x, result.width, left, width, source.width)
                for channel in 0..<channels {
                    let plane = source.pixels + channel * source.height * source.width
                    let upper = plane + above * source.width
                    let lower = plane + below * source.width
                    let first = upper[before] + right * (upper[behind] - upper[before])
                    let second = lower[before] + right * (lower[behind] - lower[before])
                    let place = (channel * result.height + y) * result.width + x
                    (result.pixels + place).initialize(to: first + down * (second - first))
                }
            }
        }
    }
}
