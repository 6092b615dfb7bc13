import Foundation

/// How numbers are rounded for reading: to so many decimals, zeros at the end left out; what would look like 0 and is not, and
/// what is very large, in powers of ten.
public struct Rounding: Sendable, Hashable, Codable {
    /// The most decimals that are shown, 0 to 17.
    public var decimals: Int
    /// Whether negative numbers have the typographer's minus, as on a page, or the hyphen that programs read.
    public var hasTrueMinus: Bool

    /// So many decimals; out of range the nearest.
    public init(decimals: Int, trueMinus: Bool = false) {
        (self.decimals, hasTrueMinus) = (min(max(decimals, 0), 17), trueMinus)
    }

    /// The number as it is read: `-0.1966`, `3`, `1.2e-9`, `not a number`.
    public func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        let magnitude = abs(number)
        let sign = number < 0 ? (hasTrueMinus ? "−" : "-") : ""
        if magnitude.isInfinite { return sign + "∞" }
        if magnitude == 0 { return "0" }
        let fixed = magnitude < 1e15 ? Rounding.rounded(magnitude, decimals) : ""
        if !fixed.isEmpty && fixed.contains(where: { $0 != "0" && $0 != "." }) {
            return sign + Rounding.withoutZeros(fixed)
        }
        let parts = String(format: "%.\(max(min(decimals, 17) - 1, 1))e", magnitude).split(separator: "e")
        let exponent = Int(parts[1]) ?? 0
        let power = exponent < 0 ? (hasTrueMinus ? "−" : "-") + String(-exponent) : String(exponent)
        return sign + Rounding.withoutZeros(String(parts[0])) + "e" + power
    }

    /// The nearest decimal fraction, of two equally near ones the one farther from 0.
    private static func rounded(_ magnitude: Double, _ decimals: Int) -> String {
        // Halfway cases are exact in binary, and then their digits end soon: printf would take the even one.
        let exact = String(format: "%.\(decimals + 60)f", magnitude)
        let tail = exact.suffix(60)
        let isHalfway = tail.first == "5" && tail.dropFirst().allSatisfy { $0 == "0" }
        return String(format: "%.\(decimals)f", isHalfway ? magnitude.nextUp : magnitude)
    }

    private static func withoutZeros(_ text: String) -> String {
        guard text.contains(".") else { return text }
        let end = text.lastIndex { $0 != "0" } ?? text.startIndex
        return String(text[end] == "." ? text[..<end] : text[...end])
    }
}
