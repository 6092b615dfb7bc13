import Foundation

/// Which colour a number has, in a heat map or a picture.
///
/// All are told apart by lightness alone, so that they survive a grey printer and any eyes.
public enum ColorMap: String, Sendable, CaseIterable {
    /// From dark violet over green to light yellow, evenly: for sizes. After the map of N. Smith and S. van der Walt (2015).
    case viridis
    /// Blue, white, orange-brown: for numbers on both sides of 0, which is white.
    case diverging
    /// Black to white: for photographs.
    case grey
    /// White to black: for what was written with ink.
    case ink

    /// Colours at even distances; those between are mixed.
    private var anchors: [UInt32] {
        switch self {
        case .viridis:
            [0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b, 0xfde725]
        case .diverging: [0x053f66, 0x0072b2, 0x6fb1d8, 0xc5dff0, 0xf7f7f7, 0xf6d3ba, 0xe59a66, 0xc05800, 0x6b2f00]
        case .grey: [0x000000, 0xffffff]
        case .ink: [0xffffff, 0x000000]
        }
    }

    /// Red, green and blue of a place in the map, 0 to 1; what lies outside has the colour of the nearer end.
    public func components(_ place: Double) -> (red: UInt8, green: UInt8, blue: UInt8) {
        let anchors = anchors
        let position = min(max(place.isNaN ? 0 : place, 0), 1) * Double(anchors.count - 1)
        let index = min(Int(position), anchors.count - 2)
        let share = position - Double(index)
        func mixed(_ shift: UInt32) -> UInt8 {
            let (a, b) = (Double(anchors[index] >> shift & 255), Double(anchors[index + 1] >> shift & 255))
            return UInt8((a + (b - a) * share).rounded())
        }
        return (mixed(16), mixed(8), mixed(0))
    }

    /// The same as `#rrggbb`.
    func hex(_ place: Double) -> String {
        let (red, green, blue) = components(place)
        let code = UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue)
        let digits = String(code, radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// Black or white, whichever is read more easily on a colour of the map (by the relative luminance of WCAG 2).
    func inkColour(_ place: Double) -> String {
        let (red, green, blue) = components(place)
        let linear = [red, green, blue].map { component in
            let share = Double(component) / 255
            return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.179 ? "#000" : "#fff"
    }

    /// 256 steps of the map, for images of one byte a pixel.
    var table: [(UInt8, UInt8, UInt8)] { (0..<256).map { components(Double($0) / 255) } }
}

/// What two colours of a scale stand for, and where a number lies between them.
struct ColorRange {
    let lower: Double
    let upper: Double

    /// The range given, or that of the finite numbers; on both sides of 0 alike where the map asks for it. Without a finite
    /// number, 0 to 1.
    init(_ range: ClosedRange<Double>?, of numbers: [Double], map: ColorMap) {
        if let range {
            (lower, upper) = (range.lowerBound, range.upperBound)
            return
        }
        let finite = numbers.filter(\.isFinite)
        let (least, most) = (finite.min() ?? 0, finite.max() ?? 1)
        if map == .diverging {
            let reach = max(abs(least), abs(most))
            (lower, upper) = reach > 0 ? (-reach, reach) : (-1, 1)
        } else {
            (lower, upper) = (least, most)
        }
    }

    /// 0 at the lower end, 1 at the upper; of a range without extent, the middle. NaN for NaN.
    func place(_ number: Double) -> Double {
        if number.isNaN { return .nan }
        if number >= upper && upper > lower { return 1 }
        if number <= lower && upper > lower { return 0 }
        // Halves first: the distance between the ends may be more than a Double holds.
        return upper > lower ? (number / 2 - lower / 2) / (upper / 2 - lower / 2) : 0.5
    }
}
