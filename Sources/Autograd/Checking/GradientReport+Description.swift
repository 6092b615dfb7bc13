import GradusTensor

extension GradientReport: CustomStringConvertible {
    /// The report as a table: the verdict and whom to blame first, then the elements that are wrong or, if none is, the one
    /// that is farthest off.
    public var description: String {
        var lines = [headline]
        lines += blame.map { "blame: \($0)" }
        lines += table
        if !probes.isEmpty { lines.append(probeLine) }
        let kinks = elements.filter { $0.kink != nil && $0.verdict == .pass }
        if let first = kinks.first { lines.append(kinkLine(kinks.count, first)) }
        if let secondOrder { lines.append(secondOrder.description) }
        if let singlePrecision { lines.append(singlePrecision.description) }
        lines += warnings.map { "warning: \($0)" }
        return lines.joined(separator: "\n")
    }

    private var headline: String {
        if let obstacle { return "INCONCLUSIVE: \(obstacle)" }
        let failures = elements.count { $0.verdict == .fail }
        let of = compared == total || total == 0 ? "\(compared)" : "\(compared) of \(total)"
        let what = of + (max(compared, total) == 1 ? " derivative" : " derivatives")
        var text: String
        switch verdict {
        case .pass: text = "PASS: \(what) compared, all agree"
        case .fail where failures > 0: text = "FAIL: \(what) compared, \(failures) disagree"
        case .fail where probes.contains { $0.verdict == .fail }:
            text = "FAIL: \(what) compared, all agree; random directions do not"
        case .fail where singlePrecision?.passed == false:
            text = "FAIL: \(what) compared, all agree in double precision; the float32 gradient does not"
        case .fail: text = "FAIL: \(what) compared, all agree; second derivatives do not fit each other"
        case .inconclusive where inconclusiveCount == 0: text = "INCONCLUSIVE: \(what) compared, nothing but zeros"
        case .inconclusive: text = "INCONCLUSIVE: \(what) compared"
        }
        if inconclusiveCount > 0 {
            text += ", \(inconclusiveCount) inconclusive (\(significant(100 * inconclusiveShare, 3)) %)"
        }
        if verdict == .pass, let worst, worst.relativeError > 0 {
            text += "; relative error at most \(scientific(worst.relativeError))"
        }
        return text
    }

    /// The worst elements, a line each.
    private var table: [String] {
        let shown = Array(suspects.prefix(10))
        guard !shown.isEmpty else { return [] }
        let head = ["derivative by", "analytic", "numeric", "± error", "relative", ""]
        let rows = shown.map { element in
            [
                element.place, significant(element.analytic, 8), significant(element.numeric, 8),
                scientific(element.error), scientific(element.relativeError), element.wording,
            ]
        }
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        func line(_ words: [String]) -> String {
            let padded = zip(words, widths).enumerated().map { column, pair in
                let space = String(repeating: " ", count: pair.1 - pair.0.count)
                return column == 0 || column == words.count - 1 ? pair.0 + space : space + pair.0
            }
            let text = "  " + padded.joined(separator: "  ")
            return String(text.reversed().drop { $0 == " " }.reversed())
        }
        let rest = suspects.count - shown.count
        return [line(head)] + rows.map(line) + (rest > 0 ? ["  and \(rest) more"] : [])
    }

    private var probeLine: String {
        let agreeing = probes.count { $0.verdict == .pass }
        var text = "probes: \(agreeing) of \(probes.count) random directions agree"
        // Of several kinks at once the slopes say little, and each operation was held against its own.
        let (kinked, smooth) = (probes.filter { $0.kink != nil }, probes.filter { $0.kink == nil })
        if let kink = kinked.first?.kink { text += ", \(kinked.count) of them at a kink (\(kink.operation))" }
        if let worst = smooth.map(\.relativeError).max() {
            text += "; relative error at most \(scientific(worst))" + (kinked.isEmpty ? "" : " along the others")
        }
        return text
    }

    private func kinkLine(_ count: Int, _ first: Element) -> String {
        guard let kink = first.kink else { return "" }
        let what =
            kink.isJump
            ? "jumps"
            : "has slope \(significant(kink.left, 4)) to the left and \(significant(kink.right, 4)) to the right"
        let outcome = kink.isShared ? "is what the kinks of several operations give" : "lies between"
        return "kinks: at \(count) \(count == 1 ? "derivative" : "derivatives"); by \(first.place) the loss \(what) "
            + "(\(kink.operation)), and the analytic \(significant(first.analytic, 4)) \(outcome)"
    }
}

extension GradientReport.Element {
    /// What is differentiated by, and what is: `w [0, 1]`.
    fileprivate var place: String { (of.map { "\($0), " } ?? "") + variable + (index.isEmpty ? "" : " \(index)") }

    /// What CS231n's notes say of an error of this size.
    fileprivate var wording: String {
        if let kink {
            return "kink: \(significant(kink.left, 4)) to the left, \(significant(kink.right, 4)) to the right"
        }
        if verdict == .inconclusive { return "the estimate is too uncertain" }
        if !analytic.isFinite { return "the rule gives no number" }
        if relativeError > 1e-2 { return "probably wrong" }
        if relativeError > 1e-4 { return "should make you uncomfortable" }
        if relativeError > 1e-7 { return "too high without kinks" }
        return "more than rounding explains"
    }
}

extension GradientReport.Blame: CustomStringConvertible {
    /// The culprit in a sentence: `multiply, which made 'score': its rule gives 3 for element [0, 2] of input 1 (w),
    /// differences of its forward 1.5`.
    public var description: String {
        var text = operation
        if let result { text += ", which made '\(result)'" }
        if let line { text += ", at \(line)" }
        let place = "input \(input)" + (inputName.map { " (\($0))" } ?? "")
        switch fault {
        case .rule:
            let element = index.isEmpty ? "" : "element \(index) of "
            return text + ": its rule gives \(significant(analytic, 6)) for \(element)\(place), "
                + "differences of its forward \(significant(numeric, 6))"
        case .cut:
            return text
                + ": \(place) changes with the variable but has no graph; it was detached, or computed with Tensors"
        case .hiddenInput:
            return text
                + ": its result changes with the variable while its inputs do not; its forward reads something else"
        }
    }
}

extension GradientReport.SinglePrecision: CustomStringConvertible {
    public var description: String {
        let distance = "float32: within \(scientific(worst)) of the double gradient"
        if let otherBranch {
            return distance + " (\(variable)), as \(otherBranch) goes another way there: not counted"
        }
        return worst <= bound
            ? distance + ", bound \(scientific(bound))"
            : "float32: FAIL: the gradient of \(variable) is off the double one by \(scientific(worst)), "
                + "bound \(scientific(bound))"
    }
}

extension GradientReport.SecondOrder: CustomStringConvertible {
    public var description: String {
        "second order: Hessian symmetric to \(scientific(asymmetry)), ⟨Jv, u⟩ = ⟨v, Jᵀu⟩ to \(scientific(adjointness))"
            + (passed ? "" : ": FAIL")
    }
}

/// A number with so many significant digits at the most: `0.75`, `1.2346e-05`.
func significant(_ x: Double, _ digits: Int) -> String {
    guard x.isFinite else { return x.isNaN ? "nan" : x.description }
    guard x != 0 else { return "0" }
    let exponent = decimalExponent(x)
    guard exponent > -5 && exponent < digits else { return scientific(x, digits) }
    // A whole number over a power of ten is rounded to the nearest Double, whose shortest form is the one meant.
    let power = powerOfTen(digits - 1 - exponent)
    let rounded = (x * power).rounded() / power
    let text = rounded.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// A number as `1.2e-07`.
func scientific(_ x: Double, _ digits: Int = 2) -> String {
    guard x.isFinite else { return x.isNaN ? "nan" : x.description }
    guard x != 0 else { return "0" }
    var exponent = decimalExponent(x)
    let power = powerOfTen(digits - 1)
    // In two steps, as the power of ten may be out of range.
    var mantissa = exponent < -300 ? x * 1e300 * powerOfTen(-exponent - 300) : x * powerOfTen(-exponent)
    mantissa = (mantissa * power).rounded() / power
    if abs(mantissa) >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    let digits = mantissa.description
    let tail = (abs(exponent) < 10 ? "0" : "") + String(abs(exponent))
    return (digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits) + "e" + (exponent < 0 ? "-" : "+") + tail
}

/// The power of ten of the first digit.
private func decimalExponent(_ x: Double) -> Int {
    var exponent = 0
    var rest = abs(x)
    while rest >= 10 { (rest, exponent) = (rest / 10, exponent + 1) }
    while rest < 1 { (rest, exponent) = (rest * 10, exponent - 1) }
    return exponent
}

private func powerOfTen(_ exponent: Int) -> Double {
    let power = (0..<abs(exponent)).reduce(1.0) { power, _ in power * 10 }
    return exponent < 0 ? 1 / power : power
}
