import GradusAutograd
import GradusTensor

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension Augmentation {
    /// Each example mixed with another of its batch, and their labels in the same proportion (H. Zhang et al., "mixup: beyond
    /// empirical risk minimization", 2018). The proportion λ is drawn from the beta distribution of parameters α and α, once for
    /// the batch; example i becomes λ·xᵢ + (1 − λ)·xⱼ.
    ///
    /// Labels become distributions `[n, classes]`, as `crossEntropy` takes them too: `int64` labels `[n]` are first written so;
    /// labels that are no class are misuse. An α that is not above 0, and fewer than 1 class, are misuse.
    public static func mixup(alpha: Double = 0.2, classes: Int) -> Augmentation {
        if !(alpha > 0 && alpha.isFinite) || classes < 1 {
            misuse("mixup: alpha \(alpha), \(classes) classes; alpha is above 0, and there is 1 class at least")
        }
        return Augmentation { batch, random in
            let inputs = batch.inputs.value
            guard inputs.elementType.isFloatingPoint else {
                return misuse("mixup: inputs of \(inputs.elementType); floating point is wanted", inert: batch)
            }
            let type = inputs.elementType
            let labels =
                batch.labels.elementType == .int64
                ? Tensor.oneHot(batch.labels, classes: classes, as: type) : batch.labels
            let share = random.beta(alpha)
            let others = Tensor.permutation(batch.count, using: &random)
            func mixed(_ x: Tensor) -> Tensor { share * x + (1 - share) * x.taking(others) }
            return Batch(inputs: .constant(mixed(inputs)), labels: mixed(labels))
        }
    }
}

extension Random {
    /// A draw from the beta distribution of parameters α and α: x / (x + y) of two gamma draws, in logarithms, since those of a
    /// small α underflow.
    mutating func beta(_ alpha: Double) -> Double {
        let (x, y) = (logGamma(alpha), logGamma(alpha))
        return 1 / (1 + exp(y - x))
    }

    /// The logarithm of a draw from the gamma distribution (G. Marsaglia and W. W. Tsang, "A simple method for generating gamma
    /// variables", 2000); below 1 by way of α + 1, as they say.
    private mutating func logGamma(_ alpha: Double) -> Double {
        if alpha < 1 { return logGamma(alpha + 1) + log(1 - fraction()) / alpha }
        let d = alpha - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let normal = Tensor.normal([1], as: .float64, using: &self).item
            let root = 1 + c * normal
            if root <= 0 { continue }
            let v = root * root * root
            if log(1 - fraction()) < normal * normal / 2 + d - d * v + d * log(v) { return log(d) + log(v) }
        }
    }
}
