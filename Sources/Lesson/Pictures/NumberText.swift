import Foundation

/// A number in three significant digits, as short as it can be said: `0.123`, `-2e-5`, `∞`.
func short(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number > 0 ? "∞" : "−∞" }
    if number == number.rounded() && abs(number) < 1e5 { return String(format: "%.0f", number == 0 ? 0 : number) }
    let text = String(format: "%.3g", number)
    guard let mark = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: mark)...]) else { return text }
    return "\(text[..<mark])e\(exponent)"
}

/// Numbers to be compared with each other: as many decimals for all, so that the greatest has three digits.
func cellTexts(_ numbers: [Double]) -> [String] {
    let finite = numbers.filter(\.isFinite)
    let greatest = finite.reduce(0) { max($0, abs($1)) }
    let isWhole = finite.allSatisfy { $0 == $0.rounded() }
    guard greatest >= 0.01 && greatest < 1e5 else { return numbers.map(short) }
    let decimals = isWhole || greatest >= 100 ? 0 : greatest >= 10 ? 1 : 2
    return numbers.map { $0.isFinite ? String(format: "%.\(decimals)f", $0) : short($0) }
}
