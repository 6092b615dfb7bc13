import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

/// The value, the gradients of its weighted sum, and the gradients of theirs.
private func derivatives(_ function: ([Variable]) -> Variable, _ inputs: [Tensor], order: Int = 2) -> [Tensor] {
    let variables = inputs.map { Variable($0) }
    var results = [function(variables)]
    var all = results.map(\.value)
    for order in 1...order {
        var generator = TensorGenerator(seed: UInt64(order))
        var sum: Variable?
        for result in results where result.wantsGradient {
            let weighted = (result * .constant(generator.tensor(result.shape, as: result.elementType))).sum()
            sum = sum.map { $0 + weighted } ?? weighted
        }
        let found = sum.map { gradients(of: $0, at: variables, recordingGraph: true) } ?? variables.map { _ in nil }
        results = zip(variables, found).map { $1 ?? .constant(.zeros(like: $0.value)) }
        all += results.map(\.value)
    }
    return all
}

/// At a kink: value, first and second derivatives are those of the smooth function that convention puts there.
func expectSmoothPiece(_ entry: OperationEntry, _ kind: CaseKind, seed: UInt64) {
    guard let smooth = entry.smooth else { return }
    let inputs = entry.inputs(kind, seed: seed)
    let piece = smooth(inputs)
    let found = derivatives(entry.function(kind), inputs)
    let expected = derivatives(piece, inputs)
    for (a, b) in zip(found, expected) {
        let largest = b.array(of: Double.self).filter(\.isFinite).map { $0.magnitude }.max() ?? 0
        expectClose(
            a, b, relative: entry.smoothTolerance, absolute: entry.smoothTolerance * max(1, largest),
            "\(entry.name) beside a smooth piece, \(kind.rawValue), seed \(seed)")
    }
}

func expectExact(_ entry: OperationEntry, _ point: ExactPoint) {
    let inputs = point.inputs.map { Variable($0, as: .float64) }
    let y = entry.function(inputs)
    expectClose(y.value, [point.value], relative: 1e-15, "\(entry.name) of \(point.inputs)")
    let found = gradients(of: y, at: inputs)
    for (gradient, slope) in zip(found, point.slopes) {
        expectClose(gradient?.item ?? 0, slope, relative: 1e-15, "the slope of \(entry.name) at \(point.inputs)")
    }
}

/// Every gradient has its input's shape and element type, in either precision, and so has the second one.
func expectShapesAndTypes(of function: ([Variable]) -> Variable, at inputs: [Tensor], _ name: String) {
    for type in [ElementType.float32, .float64] {
        let variables = inputs.map { Variable($0.converted(to: type)) }
        let y = function(variables)
        #expect(y.elementType == type, "\(name)")
        guard y.wantsGradient else { continue }
        let ones = Variable(.ones(like: y.value))
        let found = gradients(of: y, at: variables, upstream: ones, recordingGraph: true)
        for (gradient, x) in zip(found, variables) {
            guard let gradient else { continue }
            #expect(gradient.shape == x.shape && gradient.elementType == type, "\(name)")
            guard gradient.wantsGradient else { continue }
            let upstream = Variable.constant(.ones(like: gradient.value))
            for (second, x) in zip(
                gradients(of: gradient, at: variables + [ones], upstream: upstream), variables + [ones])
            {
                guard let second else { continue }
                #expect(second.shape == x.shape && second.elementType == type, "\(name), order 2")
            }
        }
    }
}

/// Every recorded operation gives the same bits when it runs again.
func expectReplays(_ function: ([Variable]) -> Variable, at inputs: [Tensor], _ name: String) {
    let (y, recording) = recordingEverything { function(inputs.map { Variable($0) }) }
    for operation in recording.operations {
        guard let seen = operation.annotations else { continue }
        for (a, b) in zip(operation.replay(seen.inputs), seen.outputs) {
            expectIdentical(a, b, "\(name): a replay of \(operation.name)")
        }
    }
    expectIdentical(function(inputs.map { .constant($0) }).value, y.value, "\(name) without a graph")
}

/// Gradients of orders one and two are the same whether or not they have a graph of their own: rules may have kernels for when
/// they have none.
func expectFusedEqualsArithmetic(_ function: ([Variable]) -> Variable, at inputs: [Tensor], _ name: String) {
    let variables = inputs.map { Variable($0) }
    let y = function(variables)
    guard y.wantsGradient else { return }
    var generator = TensorGenerator(seed: 5)
    let upstream = Variable(generator.tensor(y.shape, as: y.elementType))
    let gradients = expectFusedEqualsArithmetic(of: y, at: variables, upstream: upstream, name)
    let terms = gradients.compactMap(\.self).filter(\.wantsGradient).map {
        ($0 * .constant(generator.tensor($0.shape, as: $0.elementType))).sum()
    }
    guard let first = terms.first else { return }
    let sum = terms.dropFirst().reduce(first, +)
    _ = expectFusedEqualsArithmetic(of: sum, at: variables + [upstream], upstream: nil, "\(name), order 2")
}

/// The same for the gradients of one result, which are given back.
private func expectFusedEqualsArithmetic(
    of y: Variable, at variables: [Variable], upstream: Variable?, _ name: String
) -> [Variable?] {
    let fused = gradients(of: y, at: variables, upstream: upstream)
    let arithmetic = gradients(of: y, at: variables, upstream: upstream, recordingGraph: true)
    for (a, b) in zip(fused, arithmetic) {
        #expect((a == nil) == (b == nil), "\(name)")
        guard let a, let b else { continue }
        // Gradients are sums of the upstream one's parts, which may all but cancel.
        let largest =
            (b.value.array(of: Double.self) + (upstream?.value.array(of: Double.self) ?? []))
            .filter(\.isFinite).map { $0.magnitude }.max() ?? 0
        expectClose(a.value, b.value, relative: 1e-12, absolute: 1e-14 * largest, "\(name): fused against arithmetic")
    }
    return arithmetic
}

/// Value and gradients to second order in float32 are those in float64 at the same numbers, but for its rounding: 1e-5 of each
/// number, and 1e-6 of the largest that was met on the way to it.
func expectSingleBesideDouble(_ function: ([Variable]) -> Variable, at inputs: [Tensor], _ name: String) {
    let single = inputs.map { $0.converted(to: .float32) }
    let (sharp, recording) = recordingEverything {
        derivatives(function, single.map { $0.converted(to: .float64) })
    }
    var largest = 0.0
    for operation in recording.operations {
        for output in operation.annotations?.outputs ?? [] where output.elementType.isFloatingPoint {
            for x in output.array(of: Double.self) where x.isFinite { largest = max(largest, x.magnitude) }
        }
    }
    for (a, b) in zip(derivatives(function, single), sharp) {
        #expect(a.elementType == .float32, "\(name)")
        expectClose(
            a.converted(to: .float64), b, relative: 1e-5, absolute: 1e-6 * largest, "float32 beside float64: \(name)")
    }
}
