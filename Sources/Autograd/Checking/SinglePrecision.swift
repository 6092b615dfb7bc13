import GradusTensor

extension GradientCheck {
    /// The float32 gradient of the code as it trains, beside the double one: a check in double says nothing of float32 kernels.
    mutating func compareSinglePrecision(_ expected: [[Double]?]) throws {
        let own = function.variables.map(\.value)
        guard let bound = settings.singlePrecisionBound, own.contains(where: { $0.elementType == .float32 }) else {
            return
        }
        let distances = try self.distances(from: expected, function.gradients(at: own, inDouble: false).gradients)
        guard !misuseIsPending, let worst = distances.indices.max(by: { distances[$0] < distances[$1] }) else { return }
        var allowed = bound
        var otherBranch: String?
        if !(distances[worst] <= bound) {
            // Numbers that differ by float32's rounding alone have such gradients: the loss is that steep, or has a kink there.
            for _ in 0..<3 where !misuseIsPending {
                let part = Double(Float.ulpOfOne)
                let rounded = values.map {
                    $0 * .uniform($0.shape, in: 1 - part..<1 + part, as: .float64, using: &random)
                }
                let moved = try self.distances(from: expected, function.gradients(at: rounded).gradients)
                allowed = max(allowed, Judge.caution * moved[worst])
            }
            otherBranch = try branchThatDiffers(own)
        }
        report.singlePrecision = .init(
            worst: distances[worst], variable: name(worst), bound: allowed, otherBranch: otherBranch)
    }

    /// Of each variable how far a gradient is from the expected one, relative to its norm; infinite if it is not a number.
    private func distances(from expected: [[Double]?], _ gradients: [Tensor?]) -> [Double] {
        let scale = expected.compactMap(\.self).joined().largestMagnitude
        return gradients.enumerated().map { index, gradient in
            let zeros = [Double](repeating: 0, count: values[index].count)
            let (found, expected) = (gradient?.array(of: Double.self) ?? zeros, expected[index] ?? zeros)
            // What is infinite in both, as the slope of a root at 0, is the same.
            let pairs = zip(found, expected).filter { $0.0 != $0.1 && !($0.0.isNaN && $0.1.isNaN) }
            let difference = pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
            let norm = expected.lazy.filter(\.isFinite).reduce(0) { $0 + $1 * $1 }.squareRoot()
            // Of a gradient that is nothing beside the others float32 sees only rounding, and of one below 1e-38 nothing at all.
            let least = max(1e-6 * scale, Double(Float.leastNormalMagnitude))
            let distance = difference == 0 ? 0 : difference / max(norm, least)
            return distance.isNaN ? .infinity : distance
        }
    }

    /// The first operation that goes another way in float32 than in double.
    private func branchThatDiffers(_ own: [Tensor]) throws -> String? {
        let single = try function.recorded(at: own, inDouble: false).operations.compactMap(\.branch)
        let double = try function.recorded(at: values).operations.compactMap(\.branch)
        return zip(single, double).first { $0 != $1 }?.0.operation
    }
}
