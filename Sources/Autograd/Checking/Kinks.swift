import GradusTensor

// Where a function bends, a central difference is the average of two slopes, and the derivative is what convention says. So a
// derivative that does not agree is looked at again: do operations with kinks go the same way on both sides of the point?

extension Judge {
    /// What is to be said instead of `found`, if kinks at the point or beside it are behind it; nil if none are.
    func explainedByKinks(_ found: Comparison, _ noise: Double, _ line: Line) throws -> Comparison? {
        let here = try line.branches(0)
        let (left, right) = (try line.smoothReach(-1, as: here), try line.smoothReach(1, as: here))
        if left.reach == line.reach && right.reach == line.reach {
            return try explainedByUndeclaredKink(found, noise, line)
        }
        guard left.reach > 0 && right.reach > 0 else {
            let operation = (left.reach > 0 ? right.other : left.other) ?? ""
            return try between(line.slope(-1, sharp), line.slope(1, sharp), found, noise, operation, line)
        }
        // Kinks are beside the point only: differences that stay on this side of them.
        let numeric = try [
            line.derivative(.both, from: min(left.reach, right.reach), absolute: sharp),
            line.derivative(.left, from: left.reach / 2, absolute: sharp),
            line.derivative(.right, from: right.reach / 2, absolute: sharp),
        ].min { $0.error < $1.error }!  // there are three
        return Comparison(
            analytic: found.analytic, numeric: numeric, verdict: verdict(found.analytic, numeric, noise: noise))
    }

    /// A jump, or an operation that does not tell its branches: seen in slopes to both sides that are each certain.
    private func explainedByUndeclaredKink(
        _ found: Comparison, _ noise: Double, _ line: Line
    ) throws -> Comparison? {
        let left = try line.derivative(.left, from: line.reach / 4, absolute: sharp)
        let right = try line.derivative(.right, from: line.reach / 4, absolute: sharp)
        let size = max(abs(left.value), abs(right.value))
        guard size.isFinite && isCertain(left, right, size) else { return nil }
        let bends = abs(left.value - right.value) > Judge.caution * (left.error + right.error) + 1e-6 * size
        guard try bends || line.jumps() else { return nil }
        return try between(left, right, found, noise, "an operation that does not tell", line)
    }

    /// At a kink the analytic derivative has to lie between the slopes on either side.
    private func between(
        _ left: NumericDerivative, _ right: NumericDerivative, _ found: Comparison, _ noise: Double,
        _ operation: String, _ line: Line
    ) throws -> Comparison {
        let size = max(abs(left.value), abs(right.value))
        let error = left.error + right.error
        let slack = Judge.caution * error + tolerance * size + noise
        let (low, high) = (min(left.value, right.value), max(left.value, right.value))
        let lies = found.analytic >= low - slack && found.analytic <= high + slack
        let verdict: GradientReport.Verdict =
            !size.isFinite || !isCertain(left, right, size) ? .inconclusive : lies ? .pass : .fail
        return Comparison(
            analytic: found.analytic,
            // The number between them that is nearest to the analytic one.
            numeric: .init(
                value: min(max(found.analytic, low), high), error: error, step: min(left.step, right.step)),
            kink: .init(
                left: left.value, right: right.value, isJump: try line.jumps(), operation: operation),
            verdict: verdict)
    }

    private func isCertain(_ left: NumericDerivative, _ right: NumericDerivative, _ size: Double) -> Bool {
        Judge.caution * (left.error + right.error) <= max(1e-3 * size, 1e-6 * scale)
    }
}

extension Line {
    /// The smallest step that still tells "at a kink" from "beside it".
    private var least: Double { reach * 0x1p-36 }

    /// Whether operations go other ways to the left than to the right, however near.
    var isAtKink: Bool { get throws { try branches(-least) != branches(least) } }

    /// How far to one side the operations go the same way as in `branches`: the largest of some steps, 0 if none; and an
    /// operation that goes another way farther off.
    fileprivate func smoothReach(_ sign: Double, as branches: [Branch]) throws -> (reach: Double, other: String?) {
        var step = reach
        var other: String?
        // At a kink the smallest step tells as much as all.
        if let operation = try otherBranch(sign * least, than: branches) { return (0, operation) }
        while step >= least {
            guard let operation = try otherBranch(sign * step, than: branches) else { return (step, other) }
            other = operation
            step /= 8
        }
        return (0, other)
    }

    /// The first operation that goes another way after a step; nil if all go as they did.
    private func otherBranch(_ step: Double, than branches: [Branch]) throws -> String? {
        let there = try self.branches(step)
        if there == branches { return nil }
        return zip(branches, there).first { $0 != $1 }?.0.operation ?? "the course of the computation"
    }

    /// The slope to one side of a kink at 0, up to the next.
    fileprivate func slope(_ sign: Double, _ sharp: Double) throws -> NumericDerivative {
        let reach = try smoothReach(sign, as: try branches(sign * least)).reach
        return try derivative(sign < 0 ? .left : .right, from: max(reach, 2 * least) / 2, absolute: sharp)
    }

    /// Whether an output has another value just left of 0 than just right of it: a difference that is there, and does not grow
    /// as the distance does.
    fileprivate func jumps() throws -> Bool {
        func differences(_ step: Double) throws -> [Double] {
            zip(try values(-step), try values(step)).map { abs($0 - $1) }
        }
        let (near, far) = (try differences(least), try differences(8 * least))
        return noise.indices.contains { near[$0] > 100 * noise[$0] && near[$0] > far[$0] / 2 }
    }
}
