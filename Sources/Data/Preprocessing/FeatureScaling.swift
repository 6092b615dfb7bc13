import GradusAutograd
import GradusTensor

/// What a mean, a deviation or a range is taken over.
public enum FeatureAxis: Sendable {
    /// Over the examples: every feature, every pixel has its own.
    case feature
    /// Over examples and places: every channel of `[n, channels, …]` has its own.
    case channel
    /// Over everything: one for all.
    case whole
}

/// A shift and a scale of the inputs, with numbers from the training part: `(x − offset) / scale`.
///
///     let scaling = FeatureScaling.standardizing(training.inputs, each: .channel)
///     let (train, test) = (scaling(training), scaling(test))   // the test part had no say in it
///
/// Offset and scale are of the inputs' rank, with size 1 along the axes that were taken together.
public struct FeatureScaling: Sendable {
    /// What is subtracted.
    public let offset: Tensor
    /// What is then divided by; nowhere 0.
    public let scale: Tensor

    /// A scaling with these numbers, which broadcast to the inputs.
    public init(offset: Tensor, scale: Tensor) { (self.offset, self.scale) = (offset, scale) }

    /// Takes away the mean image `[1, …]` of the training part (as AlexNet does).
    public static func meanImage(of inputs: Tensor) -> FeatureScaling { subtractingMean(of: inputs, each: .feature) }

    /// Takes away each channel's mean (as VGG does).
    public static func channelMean(of inputs: Tensor) -> FeatureScaling { subtractingMean(of: inputs, each: .channel) }

    /// Takes away the mean. Inputs are `[n, …]` of floating point, with one example at least; anything else is misuse.
    public static func subtractingMean(of inputs: Tensor, each axis: FeatureAxis) -> FeatureScaling {
        guard let axes = axes("subtractingMean", inputs, axis) else { return .none }
        let mean = inputs.mean(along: axes, keepingAxes: true)
        return FeatureScaling(offset: mean, scale: .ones(like: mean))
    }

    /// Mean 0 and standard deviation 1 (of the examples as they are, divided by n). What does not vary becomes 0, its scale is
    /// 1. Inputs as in ``subtractingMean(of:each:)``.
    public static func standardizing(_ inputs: Tensor, each axis: FeatureAxis) -> FeatureScaling {
        guard let axes = axes("standardizing", inputs, axis) else { return .none }
        let deviation = inputs.standardDeviation(along: axes, correction: 0, keepingAxes: true)
        return FeatureScaling(offset: inputs.mean(along: axes, keepingAxes: true), scale: notZero(deviation))
    }

    /// The least number of the training part to one end of a range, the greatest to the other; others may lie outside. What
    /// does not vary goes to the lower end. Inputs as in ``subtractingMean(of:each:)``; a range of one point is misuse.
    public static func fitting(
        _ inputs: Tensor, to range: ClosedRange<Double> = 0...1, each axis: FeatureAxis
    ) -> FeatureScaling {
        guard let axes = axes("fitting", inputs, axis) else { return .none }
        let width = range.upperBound - range.lowerBound
        guard width > 0 && width.isFinite else {
            return misuse(
                "FeatureScaling.fitting: to the range \(range); it is finite, and its ends differ", inert: .none)
        }
        let (low, high) = (inputs.min(along: axes, keepingAxes: true), inputs.max(along: axes, keepingAxes: true))
        // x ↦ lower + (x − low) · width / (high − low), in the form of offset and scale
        let scale = notZero(high - low) / width
        return FeatureScaling(offset: low - range.lowerBound * scale, scale: scale)
    }

    /// Inputs of any number of examples, scaled.
    public func callAsFunction(_ inputs: Tensor) -> Tensor { (inputs - offset) / scale }

    /// A data set with its inputs scaled.
    public func callAsFunction(_ dataset: Dataset) -> Dataset {
        Dataset(inputs: self(dataset.inputs), labels: dataset.labels)
    }

    /// What inputs were before they were scaled: to look at them.
    public func inverse(_ scaled: Tensor) -> Tensor { scaled * scale + offset }

    private static var none: FeatureScaling { FeatureScaling(offset: Tensor(0), scale: Tensor(1)) }

    private static func notZero(_ scale: Tensor) -> Tensor { select(scale .== 0, 1, scale) }

    private static func axes(_ name: StaticString, _ inputs: Tensor, _ axis: FeatureAxis) -> [Int]? {
        guard inputs.elementType.isFloatingPoint && inputs.rank >= 1 && inputs.count > 0 else {
            return misuse(
                "FeatureScaling.\(name): inputs of shape \(inputs.shape) and \(inputs.elementType); examples [n, …] of "
                    + "floating point are wanted, one at least")
        }
        switch axis {
        case .feature: return [0]
        case .whole: return Array(0..<inputs.rank)
        case .channel:
            guard inputs.rank >= 2 else {
                return misuse(
                    "FeatureScaling.\(name): inputs of shape \(inputs.shape) have no channels; [n, channels, …] have")
            }
            return (0..<inputs.rank).filter { $0 != 1 }
        }
    }
}
