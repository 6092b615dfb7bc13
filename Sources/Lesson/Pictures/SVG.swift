/// What pictures have in common: SVG as text, to be put in a page as it is.
enum SVG {
    /// Text as it may stand between tags and in quotes: a name from the user's code is text whatever is in it.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // Control characters have no place in XML, escaped or not.
            case "\u{0}"..."\u{8}", "\u{B}", "\u{C}", "\u{E}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A coordinate: two decimals are a hundredth of a pixel. What no picture has room for is drawn at its far edge.
    static func number(_ value: Double) -> String {
        let hundredths = Int((min(max(value.isNaN ? 0 : value, -1e7), 1e7) * 100).rounded())
        let (whole, rest) = (abs(hundredths) / 100, abs(hundredths) % 100)
        let sign = hundredths < 0 ? "-" : ""
        if rest == 0 { return "\(sign)\(whole)" }
        return rest % 10 == 0 ? "\(sign)\(whole).\(rest / 10)" : "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// About how wide a text is in a common sans-serif face. Browsers differ by some percent, so callers leave room.
    static func width(of text: String, size: Double) -> Double {
        var ems = 0.0
        for scalar in text.unicodeScalars {
            switch scalar {
            case "i", "j", "l", "t", "f", "r", "I", ".", ",", ":", ";", "'", "!", "|", "(", ")", "[", "]", " ":
                ems += 0.37
            case "m", "w", "M", "W", "@", "%": ems += 0.95
            case "A"..."Z", "×", "–", "—", "…", "∞", "±": ems += 0.7
            case "\u{2E80}"...: ems += 1
            default: ems += 0.62
            }
        }
        return ems * size
    }

    /// A text broken between words into lines of about this width; a longer word has a line of its own.
    static func lines(_ text: String, width: Double, size: Double) -> [String] {
        var lines: [String] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            if let last = lines.last, self.width(of: "\(last) \(word)", size: size) <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    /// A text cut to about this width, with dots for what is gone.
    static func shortened(_ text: String, width: Double, size: Double) -> String {
        if self.width(of: text, size: size) <= width { return text }
        var characters = Array(text)
        while !characters.isEmpty && self.width(of: String(characters) + "…", size: size) > width {
            characters.removeLast()
        }
        return String(characters) + "…"
    }
}

extension String {
    /// This text with `&`, `<`, `>` and quotes written so that a page shows them and does not obey them.
    public var escapedForHTML: String { SVG.escaped(self) }
}
