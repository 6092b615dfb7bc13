/// How the floating-point numbers of one tensor are written, so that their points are aligned: after NumPy's
/// `FloatingFormat`.
struct FloatFormat<T: BinaryFloatingPoint & CustomStringConvertible> {
    private let precision: Int
    private let isScientific: Bool
    /// The most characters before the point and behind it (in scientific notation behind it: digits of the fraction).
    private var left = 0
    private var right = 0
    /// The most digits of an exponent.
    private var exponentDigits = 2

    init(_ values: [T], precision: Int) {
        self.precision = precision
        let finite = values.filter(\.isFinite)
        let magnitudes = finite.map(abs).filter { $0 != 0 }
        if let largest = magnitudes.max(), let least = magnitudes.min() {
            // Beyond its own precision a number's digits before the point would be noise.
            let limit: T = T.significandBitCount < 52 ? 1e6 : 1e8
            isScientific = largest >= limit || least < T(0.0001) || largest / least > 1000
        } else {
            isScientific = false
        }
        for value in finite {
            let parts = parts(Decimal(value), Double(value), precision)
            left = max(left, parts.whole.utf8.count)
            right = max(right, parts.fraction.utf8.count)
            exponentDigits = max(exponentDigits, parts.exponent.utf8.count - 1)
        }
        if let longest = values.filter({ !$0.isFinite }).map({ $0.description.utf8.count }).max() {
            left = max(left, longest - width + left)
        }
    }

    /// The width of a word.
    private var width: Int { left + 1 + right + (isScientific ? 2 + exponentDigits : 0) }

    /// A number, as wide as every other.
    func word(_ value: T) -> String {
        guard value.isFinite else { return value.description.padded(left: width) }
        guard isScientific else {
            let parts = parts(Decimal(value), Double(value), precision)
            return parts.whole.padded(left: left) + "." + parts.fraction.padded(right: right)
        }
        // As many digits for all, and where a Float's shortest form has fewer those of its exact value.
        let parts = parts(Decimal(Double(value)), Double(value), right)
        let whole = parts.whole.padded(left: left) + "."
        let zeros = String(repeating: "0", count: right - parts.fraction.utf8.count)
        let exponent = parts.exponent.dropFirst()
        let exponentZeros = String(repeating: "0", count: exponentDigits - exponent.utf8.count)
        return whole + parts.fraction + zeros + "e" + parts.exponent.prefix(1) + exponentZeros + exponent
    }

    /// The sign and what stands before the point; what stands behind it, without closing zeros; the exponent with its sign.
    private func parts(
        _ decimal: Decimal, _ value: Double, _ precision: Int
    ) -> (whole: String, fraction: String, exponent: String) {
        var decimal = decimal
        let sign = value.sign == .minus ? "-" : ""
        if isScientific {
            decimal.round(to: decimal.digits.count - 1 - precision, of: value)
            let exponent = decimal.isZero ? 0 : decimal.exponent + decimal.digits.count - 1
            let fraction = decimal.digits.dropFirst().trimmingZeros()
            return (sign + "\(decimal.digits[0])", fraction, (exponent < 0 ? "-" : "+") + exponentText(abs(exponent)))
        }
        decimal.round(to: -decimal.exponent - precision, of: value)
        let digits = decimal.digits + [UInt8](repeating: 0, count: max(0, decimal.exponent))
        let behind = max(0, -decimal.exponent)
        let padded = [UInt8](repeating: 0, count: max(0, behind + 1 - digits.count)) + digits
        let whole = padded.dropLast(behind).map(\.description).joined()
        return (sign + whole, padded.suffix(behind).trimmingZeros(), "")
    }

    private func exponentText(_ exponent: Int) -> String { exponent < 10 ? "0\(exponent)" : "\(exponent)" }
}

/// A magnitude as decimal digits: digits × 10^exponent.
private struct Decimal {
    private(set) var digits: [UInt8]
    private(set) var exponent: Int

    /// The fewest digits that no other number of the type is nearer to.
    init(_ value: some BinaryFloatingPoint & CustomStringConvertible) {
        let parts = abs(value).description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".")
        let fraction = mantissa.count > 1 && mantissa[1] != "0" ? mantissa[1] : ""
        exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) - fraction.utf8.count
        digits = (mantissa[0] + fraction).utf8.map { $0 - UInt8(ascii: "0") }
        digits.removeFirst(min(digits.prefix { $0 == 0 }.count, digits.count - 1))
    }

    var isZero: Bool { digits.allSatisfy { $0 == 0 } }

    /// Takes the last so many digits off (none if the number is not positive), rounding what remains to the nearest.
    ///
    /// Where the digits say that it is a tie, the number they are short for decides; a true tie goes to the even digit.
    mutating func round(to dropped: Int, of value: Double) {
        guard dropped > 0 else { return }
        let kept = max(0, digits.count - dropped)
        let zeros = dropped - (digits.count - kept)  // all digits are dropped, and more places than there are
        let rest = [UInt8](repeating: 0, count: zeros) + digits[kept...]
        let isTie = rest[0] == 5 && rest.dropFirst().allSatisfy { $0 == 0 }
        let error = isTie ? excess(of: abs(value)) : 0
        let isOdd = kept > 0 && digits[kept - 1] % 2 == 1
        let roundsUp = isTie ? error > 0 || error == 0 && isOdd : rest[0] >= 5
        digits = kept == 0 ? [0] : Array(digits[..<kept])
        exponent += dropped
        guard roundsUp else { return }
        var place = digits.count - 1
        while place >= 0 && digits[place] == 9 {
            digits[place] = 0
            place -= 1
        }
        if place >= 0 { digits[place] += 1 } else { digits.insert(1, at: 0) }
    }

    /// Of which sign `value` minus these digits is, as far as powers of ten are exact (0 beyond).
    private func excess(of value: Double) -> Double {
        guard Swift.abs(exponent) <= 22, let number = UInt64(digits.map(\.description).joined()), number < 1 << 53
        else {
            return 0
        }
        let power = (0..<Swift.abs(exponent)).reduce(1.0) { product, _ in product * 10 }
        // The product is not rounded before the difference is.
        return exponent < 0
            ? (-Double(number)).addingProduct(value, power) : value.addingProduct(-Double(number), power)
    }
}

extension Sequence where Element == UInt8 {
    /// Digits as text, without the zeros at the end.
    fileprivate func trimmingZeros() -> String {
        var digits = Array(self)
        while digits.last == 0 { digits.removeLast() }
        return digits.map(\.description).joined()
    }
}
