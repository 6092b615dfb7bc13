import GradusTensor

extension GradientCheck {
    /// The float32 gradient of the code as it trains, beside the double one: a check in double says nothing of float32 kernels.
    mutating func compareSinglePrecision(_ expected: [[Double]?]) throws {
        let own = function.variables.map(\.value)
        guard let bound = settings.singlePrecisionBound, own.contains(where: { $0.elementType == .float32 }) else {
            return
        }
        let gradients = try function.gradients(at: own, inDouble: false).gradients
        guard !misuseIsPending else { return }
        let scale = expected.compactMap(\.self).joined().largestMagnitude
        var worst: (distance: Double, variable: String) = (0, name(0))
        for (index, gradient) in gradients.enumerated() where own[index].elementType == .float32 {
            let zeros = [Double](repeating: 0, count: own[index].count)
            let (found, expected) = (gradient?.array(of: Double.self) ?? zeros, expected[index] ?? zeros)
            // What is infinite in both, as the slope of a root at 0, is the same.
            let pairs = zip(found, expected).filter { $0.0 != $0.1 && !($0.0.isNaN && $0.1.isNaN) }
            let difference = pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
            let norm = expected.lazy.filter(\.isFinite).reduce(0) { $0 + $1 * $1 }.squareRoot()
            // Of a gradient that is nothing beside the others, float32 sees only rounding.
            let relative = difference == 0 ? 0 : difference / max(norm, 1e-6 * scale)
            if !(relative <= worst.distance) { worst = (relative, name(index)) }
        }
        let otherBranch = worst.distance <= bound ? nil : try branchThatDiffers(own)
        report.singlePrecision = .init(
            worst: worst.distance, variable: worst.variable, bound: bound, otherBranch: otherBranch)
    }

    /// The first operation that goes another way in float32 than in double.
    private func branchThatDiffers(_ own: [Tensor]) throws -> String? {
        let single = try function.recorded(at: own, inDouble: false).operations.compactMap(\.branch)
        let double = try function.recorded(at: values).operations.compactMap(\.branch)
        return zip(single, double).first { $0 != $1 }?.0.operation
    }
}
