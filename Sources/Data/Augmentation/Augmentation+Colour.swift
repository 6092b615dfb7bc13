import GradusTensor

extension Augmentation {
    /// Brighter or darker, of more or less contrast, and, with three channels, more or less coloured: each by a factor from
    /// 1 − share to 1 + share, applied in this order. Brightness multiplies the pixels, contrast their distance from the image's
    /// mean grey, saturation their distance from their own grey (0.299 red + 0.587 green + 0.114 blue).
    ///
    /// Pixels are cut off at the ends of `range`, or not if it is nil (standardized images have no ends). Shares outside 0 to 1
    /// are misuse.
    public static func colorJitter(
        brightness: Double = 0.2, contrast: Double = 0.2, saturation: Double = 0.2, range: ClosedRange<Double>? = 0...1
    ) -> Augmentation {
        if ![brightness, contrast, saturation].allSatisfy({ $0 >= 0 && $0 <= 1 }) {
            misuse(
                "colorJitter: brightness \(brightness), contrast \(contrast), saturation \(saturation); each is from 0 to 1"
            )
        }
        return Augmentation(
            "colorJitter",
            ColorJitter(brightness: brightness, contrast: contrast, saturation: saturation, range: range))
    }

    /// A square of so many pixels a side, its middle anywhere in the image, filled with one value: the model must not depend on
    /// one spot (T. DeVries and G. W. Taylor, "Improved regularization of convolutional neural networks with cutout", 2017).
    /// What of the square lies outside is lost. A side below 1 is misuse.
    public static func cutout(side: Int, fill: Double = 0) -> Augmentation {
        if side < 1 { misuse("cutout: a side of \(side) pixels; 1 or more is wanted") }
        return Augmentation("cutout", Cutout(side: side, fill: fill))
    }
}

private struct ColorJitter: ImageWork {
    let brightness: Double
    let contrast: Double
    let saturation: Double
    let range: ClosedRange<Double>?

    func apply<T: BinaryFloatingPoint>(
        _ source: Plane<UnsafePointer<T>>, _ result: Plane<UnsafeMutablePointer<T>>, channels: Int,
        _ random: inout Random
    ) {
        let factors = [brightness, contrast, saturation].map { T(random.number(in: 1 - $0...1 + $0)) }
        let size = source.height * source.width
        let shares: [T] = channels == 3 ? [0.299, 0.587, 0.114] : Array(repeating: 1 / T(channels), count: channels)
        func grey(_ place: Int) -> T {
            (0..<channels).reduce(0) { $0 + shares[$1] * result.pixels[$1 * size + place] }
        }
        for place in 0..<channels * size { (result.pixels + place).initialize(to: factors[0] * source.pixels[place]) }
        let mean = (0..<size).reduce(0) { $0 + grey($1) } / T(Swift.max(size, 1))
        for place in 0..<channels * size {
            result.pixels[place] = mean + factors[1] * (result.pixels[place] - mean)
        }
        if channels == 3 {
            for place in 0..<size {
                let grey = grey(place)
                for channel in 0..<3 {
                    let pixel = result.pixels[channel * size + place]
                    result.pixels[channel * size + place] = grey + factors[2] * (pixel - grey)
                }
            }
        }
        guard let range else { return }
        let (low, high) = (T(range.lowerBound), T(range.upperBound))
        for place in 0..<channels * size {
            result.pixels[place] = Swift.min(Swift.max(result.pixels[place], low), high)
        }
    }
}

private struct Cutout: ImageWork {
    let side: Int
    let fill: Double

    func apply<T: BinaryFloatingPoint>(
        _ source: Plane<UnsafePointer<T>>, _ result: Plane<UnsafeMutablePointer<T>>, channels: Int,
        _ random: inout Random
    ) {
        let (height, width) = (source.height, source.width)
        result.pixels.initialize(from: source.pixels, count: channels * height * width)
        guard height > 0 && width > 0 else { return }
        let top = random.whole(in: 0...height - 1) - side / 2
        let left = random.whole(in: 0...width - 1) - side / 2
        for channel in 0..<channels {
            for y in Swift.max(top, 0)..<Swift.min(top + side, height) {
                for x in Swift.max(left, 0)..<Swift.min(left + side, width) {
                    result.pixels[(channel * height + y) * width + x] = T(fill)
                }
            }
        }
    }
}
