import GradusTensor
import Testing

/// Expects two tensors of one shape and element type, whose elements agree to
/// `|actual - expected| <= absolute + relative * |expected|`. Equal infinities agree, and NaN with NaN.
///
/// A failure is reported at the caller's line: how many elements disagree, and the worst of them.
public func expectClose(
    _ actual: Tensor, _ expected: Tensor, relative: Double = 1e-9, absolute: Double = 1e-12,
    _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    if let difference = difference(actual, expected, relative: relative, absolute: absolute) {
        let comment = comment()
        report("\(comment)\(comment.isEmpty ? "" : ": ")\(difference)", sourceLocation: sourceLocation)
    }
}

/// The same with the expected elements as numbers; the tensor's shape and element type may be any.
public func expectClose(
    _ actual: Tensor, _ expected: [Double], relative: Double = 1e-9, absolute: Double = 1e-12,
    _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    guard actual.count == expected.count else {
        report(
            "\(comment()) shape \(actual.shape) has \(actual.count) elements, \(expected.count) are expected",
            sourceLocation: sourceLocation)
        return
    }
    expectClose(
        actual.converted(to: .float64), Tensor(expected, shape: actual.shape, as: .float64), relative: relative,
        absolute: absolute, comment(), sourceLocation: sourceLocation)
}

/// The same for two numbers.
public func expectClose(
    _ actual: Double, _ expected: Double, relative: Double = 1e-9, absolute: Double = 1e-12,
    _ comment: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    expectClose(
        Tensor(actual, as: .float64), Tensor(expected, as: .float64), relative: relative, absolute: absolute, comment(),
        sourceLocation: sourceLocation)
}

/// Expects two tensors of the same bits: -0 differs from 0, and every NaN is the same.
public func expectIdentical(
    _ actual: Tensor, _ expected: Tensor, _ comment: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    if let difference = difference(actual, expected, relative: 0, absolute: 0, signsOfZero: true) {
        let comment = comment()
        report("\(comment)\(comment.isEmpty ? "" : ": ")\(difference)", sourceLocation: sourceLocation)
    }
}

/// What is to be said of two tensors that do not agree, or nil if they do.
public func difference(
    _ actual: Tensor, _ expected: Tensor, relative: Double, absolute: Double, signsOfZero: Bool = false
) -> String? {
    guard actual.shape == expected.shape else {
        return "shape \(actual.shape), where \(expected.shape) is expected"
    }
    guard actual.elementType == expected.elementType else {
        return "element type \(actual.elementType), where \(expected.elementType) is expected"
    }
    let pairs = Array(zip(actual.array(of: Double.self), expected.array(of: Double.self)))
    var worst = -1
    var worstExcess = 0.0
    var wrong = 0
    for (i, (a, e)) in pairs.enumerated() {
        let same = a == e && !(signsOfZero && a.sign != e.sign) || a.isNaN && e.isNaN
        let near = !signsOfZero && a.isFinite && e.isFinite && abs(a - e) <= absolute + relative * abs(e)
        if same || near { continue }
        wrong += 1
        let excess = abs(a - e) / (absolute + relative * abs(e))
        if worst < 0 || excess > worstExcess || excess.isNaN && !worstExcess.isNaN {
            (worst, worstExcess) = (i, excess)
        }
    }
    guard wrong > 0 else { return nil }
    let (a, e) = pairs[worst]
    return """
        \(wrong) of \(pairs.count) elements; the worst at \(index(worst, in: actual.shape)): \(a), where \(e) is \
        expected (error \(abs(a - e)), relative \(abs(a - e) / abs(e)), allowed \
        \(absolute) + \(relative) relative)
        """
}

/// The index an axis of a flat position.
func index(_ position: Int, in shape: Shape) -> [Int] {
    var rest = position
    return shape.reversed().map { size in
        defer { rest /= size }
        return rest % size
    }.reversed()
}

/// The message of the first misuse in `body`; nil, and nothing else, when there was none. What `body` throws is thrown on.
public func misuseMessage<T>(_ body: () throws -> T) rethrows -> String? {
    let result = Result { try catchingMisuse(body) }
    switch result {
    case .success: return nil
    case .failure(let error as Misuse): return error.message
    case .failure:
        _ = try body()  // throws again, this time as `rethrows` wants it
        return nil
    }
}
