/// JSON as text, of values put together by hand: this module does without Foundation.
indirect enum JSON: CustomStringConvertible {
    case null
    case bool(Bool)
    case int(Int)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([(String, JSON)])

    static func optional<T>(_ value: T?, _ convert: (T) -> JSON) -> JSON { value.map(convert) ?? .null }

    var description: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        // JSON has no word for what is not finite.
        case .number(let value): value.isFinite ? value.description : "\"\(value)\""
        case .string(let text): JSON.quoted(text)
        case .array(let items): "[" + items.map(\.description).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { "\(JSON.quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension GradientReport {
    /// All of the report as a JSON object. Numbers that are not finite are the strings `"nan"`, `"inf"` and `"-inf"`.
    public var json: String {
        JSON.object([
            ("verdict", .string(verdict.rawValue)),
            ("total", .int(total)),
            ("compared", .int(compared)),
            ("inconclusiveShare", .number(inconclusiveShare)),
            ("obstacle", .optional(obstacle, JSON.string)),
            ("blame", .array(blame.map(\.json))),
            ("elements", .array(elements.map(\.json))),
            ("probes", .array(probes.map(\.json))),
            ("secondOrder", .optional(secondOrder, \.json)),
            ("singlePrecision", .optional(singlePrecision, \.json)),
            ("errorCurve", .optional(errorCurve, \.json)),
            ("warnings", .array(warnings.map(JSON.string))),
        ]).description
    }
}

extension GradientReport.Element {
    fileprivate var json: JSON {
        .object([
            ("variable", .string(variable)), ("index", .array(index.map(JSON.int))), ("of", .optional(of, JSON.string)),
            ("analytic", .number(analytic)), ("numeric", .number(numeric)), ("error", .number(error)),
            ("relativeError", .number(relativeError)), ("step", .number(step)), ("kink", .optional(kink, \.json)),
            ("verdict", .string(verdict.rawValue)),
        ])
    }
}

extension GradientReport.Kink {
    fileprivate var json: JSON {
        .object([
            ("left", .number(left)), ("right", .number(right)), ("isJump", .bool(isJump)),
            ("isShared", .bool(isShared)),
            ("operation", .string(operation)),
        ])
    }
}

extension GradientReport.Probe {
    fileprivate var json: JSON {
        .object([
            ("analytic", .number(analytic)), ("numeric", .number(numeric)), ("error", .number(error)),
            ("kink", .optional(kink, \.json)), ("verdict", .string(verdict.rawValue)),
        ])
    }
}

extension GradientReport.Blame {
    fileprivate var json: JSON {
        .object([
            ("fault", .string(fault.rawValue)), ("operation", .string(operation)),
            ("result", .optional(result, JSON.string)), ("line", .optional(line, JSON.string)), ("input", .int(input)),
            ("inputName", .optional(inputName, JSON.string)), ("index", .array(index.map(JSON.int))),
            ("analytic", .number(analytic)), ("numeric", .number(numeric)),
        ])
    }
}

extension GradientReport.SecondOrder {
    fileprivate var json: JSON {
        .object([("asymmetry", .number(asymmetry)), ("adjointness", .number(adjointness)), ("passed", .bool(passed))])
    }
}

extension GradientReport.SinglePrecision {
    fileprivate var json: JSON {
        .object([
            ("worst", .number(worst)), ("variable", .string(variable)), ("bound", .number(bound)),
            ("otherBranch", .optional(otherBranch, JSON.string)), ("passed", .bool(passed)),
        ])
    }
}

extension GradientReport.ErrorCurve {
    fileprivate var json: JSON {
        .object([
            ("variable", .string(variable)), ("index", .array(index.map(JSON.int))),
            ("difference", .number(difference)),
            (
                "points",
                .array(
                    points.map {
                        .object([
                            ("step", .number($0.step)), ("forward", .number($0.forward)),
                            ("central", .number($0.central)),
                        ])
                    })
            ),
        ])
    }
}
