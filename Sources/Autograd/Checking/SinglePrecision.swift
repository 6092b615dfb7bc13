import GradusTensor

extension GradientCheck {
    /// The float32 gradient of the code as it trains, beside the double one: a check in double says nothing of float32 kernels.
    mutating func compareSinglePrecision(_ expected: [[Double]?]) throws {
        let own = function.variables.map(\.value)
        guard let bound = settings.singlePrecisionBound, own.contains(where: { $0.elementType == .float32 }) else {
            return
        }
        let single = try function.gradients(at: own, inDouble: false).gradients
        var distances = self.distances(from: expected, single)
        var allowed = distances.map { _ in bound }
        var otherBranch: String?
        let suspects = distances.indices.filter { !(distances[$0].relative <= bound) }
        if !suspects.isEmpty && !misuseIsPending {
            // Numbers that differ by float32's rounding alone have such gradients: the loss is that steep, or has a kink there.
            for _ in 0..<3 where !misuseIsPending {
                let part = Double(Float.ulpOfOne)
                let rounded = values.map {
                    $0 * .uniform($0.shape, in: 1 - part..<1 + part, as: .float64, using: &random)
                }
                let moved = self.distances(from: expected, try function.gradients(at: rounded).gradients)
                for suspect in suspects {
                    allowed[suspect] = max(allowed[suspect], Judge.caution * moved[suspect].relative)
                }
            }
            for suspect in suspects where !(distances[suspect].relative <= allowed[suspect]) {
                let floor = Judge.caution * (try rounding(ofGradient: suspect)) / max(bound, Double(Float.ulpOfOne))
                distances[suspect].size = max(distances[suspect].size, floor)
            }
            otherBranch = try branchThatDiffers(own)
        }
        guard !misuseIsPending,
            let worst = distances.indices.max(by: {
                distances[$0].relative * allowed[$1] < distances[$1].relative * allowed[$0]
            })
        else { return }
        report.singlePrecision = .init(
            worst: distances[worst].relative, variable: name(worst), bound: allowed[worst], otherBranch: otherBranch)
    }

    /// How far a gradient is from the expected one, and beside what that is to be seen.
    private struct Distance {
        let difference: Double
        var size: Double

        /// Infinite if a gradient is not a number.
        var relative: Double {
            let quotient = difference == 0 ? 0 : difference / size
            return quotient.isNaN ? .infinity : quotient
        }
    }

    /// Of each variable how far a gradient is from the expected one, beside its norm.
    private func distances(from expected: [[Double]?], _ gradients: [Tensor?]) -> [Distance] {
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
            return Distance(difference: difference, size: max(norm, least))
        }
    }

    /// How far off float32's rounding may put a variable's gradient, as a norm: what each operation rounds on the way to the loss
    /// and back, times what that is worth to the gradient, by the gradient's own graph. Where terms cancel (a bias that is added to
    /// all keys of an attention changes nothing) their size counts, and not the little that they leave.
    private mutating func rounding(ofGradient variable: Int) throws -> Double {
        var largest = 0.0
        for _ in 0..<3 where !misuseIsPending {
            // For random signs the square of what Σ ± gᵢ is off by is, in the mean, the sum of the squares of what each gᵢ is.
            let signs = values.enumerated().map { index, value in
                let numbers = (0..<value.count).map { _ in
                    index != variable ? 0 : random.next() & 1 == 0 ? 1.0 : -1
                }
                return Tensor(numbers, shape: value.shape, as: .float64)
            }
            let steps = try function.derivative(signs).recorded(at: values, walking: true).steps
            largest = max(largest, steps.reduce(0) { $0 + $1.rounding * $1.rounding })
        }
        return largest.squareRoot() * Double(Float.ulpOfOne) / Double.ulpOfOne
    }

    /// The first operation that goes another way in float32 than in double.
    private func branchThatDiffers(_ own: [Tensor]) throws -> String? {
        let single = try function.recorded(at: own, inDouble: false).operations.compactMap(\.branch)
        let double = try function.recorded(at: values).operations.compactMap(\.branch)
        return zip(single, double).first { $0 != $1 }?.0.operation
    }
}
