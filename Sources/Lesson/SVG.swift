import Foundation

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

    /// A coordinate: two decimals are a hundredth of a pixel.
    static func number(_ value: Double) -> String {
        let rounded = (value * 100).rounded() / 100
        return rounded == rounded.rounded() ? String(format: "%.0f", rounded) : String(format: "%g", rounded)
    }
}

extension String {
    /// This text with `&`, `<`, `>` and quotes written so that a page shows them and does not obey them.
    public var escapedForHTML: String { SVG.escaped(self) }
}
