import GradusTensor

// Numbers brought to mean 0 and variance 1, each family over other neighbours: batch, layer, group and instance normalization
// are one primitive.

/// (x − mean) / √(variance + ε) · weight + bias, behind relu where the form is rectified, and the statistics of each line. Inputs are
/// x, then the weight and the bias if there are.
///
/// The statistics are outputs too, and the rule is written in them and x: so that it is whole to every order, however they are
/// used. What relu was given is computed again, which costs less than to keep it.
final class Normalize: SplittingOperation {
    private let label: StaticString
    private let form: NormalizationForm
    private let weightPlace: Int?
    private let biasPlace: Int?

    init(_ label: StaticString, _ form: NormalizationForm, hasWeight: Bool, hasBias: Bool) {
        (self.label, self.form) = (label, form)
        weightPlace = hasWeight ? 1 : nil
        biasPlace = hasBias ? (hasWeight ? 2 : 1) : nil
    }

    override var name: String { "\(label)" }
    override func forward(_ inputs: [Tensor]) -> [Tensor] {
        let (y, mean, variance) = normalized(
            label, inputs[0], weight: weightPlace.map { inputs[$0] }, bias: biasPlace.map { inputs[$0] }, form)
        return [y, mean, variance]
    }
    override func needs(for input: Int) -> Needs { input == biasPlace && !form.isRectified ? [] : [.first, .output] }
    override func keeps(output: Int) -> Bool { output > 0 }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] {
        form.isRectified ? [outputs[0] .> 0] : []
    }

    override func backward(_ upstreams: [Variable?], _ walk: inout Walk) {
        // An upstream of the statistics there is only where a rule's own graph was recorded.
        if !isRecording, upstreams[1] == nil, upstreams[2] == nil, let upstream = upstreams[0] {
            fused(upstream.value, &walk)
        } else {
            arithmetic(upstreams, &walk)
        }
    }

    private func fused(_ upstream: Tensor, _ walk: inout Walk) {
        guard readsInput else {
            if let biasPlace { walk.push(sumOverParameters(.constant(upstream)), to: biasPlace) }
            return
        }
        let (x, mean, variance) = (input(0).value, result(1).value, result(2).value)
        let gradients = normalizedGradients(
            x, weight: weightPlace.map { input($0).value },
            bias: form.isRectified ? biasPlace.map { input($0).value } : nil,
            upstream, mean: mean, variance: variance, form, ofInput: edge(0).wantsGradient,
            ofParameters: [weightPlace, biasPlace].contains { $0.map { edge($0).wantsGradient } == true })
        if let gradient = gradients.x { walk.push(.constant(gradient), to: 0) }
        guard let parameters = gradients.parameters else { return }
        if let weightPlace { walk.push(.constant(parameters.weight), to: weightPlace) }
        if let biasPlace { walk.push(.constant(parameters.bias), to: biasPlace) }
    }

    /// Whether anything but the bias wants a gradient: only then are x and the statistics kept.
    private var readsInput: Bool {
        form.isRectified || edge(0).wantsGradient || weightPlace.map { edge($0).wantsGradient } == true
    }

    private func sumOverParameters(_ x: Variable) -> Variable {
        x.reshaped(to: form.shape).sum(along: [0, 1, 4]).reshaped(to: [form.parameters])
    }

    /// In double precision throughout, as the kernel computes.
    private func arithmetic(_ upstreams: [Variable?], _ walk: inout Walk) {
        var upstreams = upstreams
        if form.isRectified, let upstream = upstreams[0] {
            let y = forward((0..<inputCount).map { input($0).value })[0]
            upstreams[0] = Relu.gradient(output: y, upstream)
        }
        if let upstream = upstreams[0], let biasPlace { walk.push(sumOverParameters(upstream), to: biasPlace) }
        guard readsInput else { return }
        let x = input(0), type = x.elementType
        let lines: Shape = [1, form.outer, form.groups, 1, 1], within = [0, 3, 4]
        func alongLines(_ x: Variable) -> Variable { x.reshaped(to: lines) }
        let deviation = x.converted(to: .float64).reshaped(to: form.shape) - alongLines(result(1))
        let scale = rsqrt(alongLines(result(2)) + form.epsilon)

        var gradient: Variable?
        if let upstream = upstreams[0]?.converted(to: .float64).reshaped(to: form.shape) {
            let standard = deviation * scale
            if let weightPlace {
                walk.push(
                    (upstream * standard).sum(along: [0, 1, 4]).reshaped(to: [form.parameters]).converted(to: type),
                    to: weightPlace)
            }
            let weight = weightPlace.map {
                input($0).converted(to: .float64).reshaped(to: [1, 1, form.groups, form.channels, 1])
            }
            let u = weight.map { upstream * $0 } ?? upstream
            gradient =
                scale
                * (u - u.mean(along: within, keepingAxes: true) - standard
                    * (u * standard).mean(along: within, keepingAxes: true))
        }
        // The statistics are averages of x and of its squared deviations.
        let count = Double(form.lineCount)
        if let upstream = upstreams[1] {
            let part = (alongLines(upstream) / count).broadcast(to: form.shape)
            gradient = gradient.map { $0 + part } ?? part
        }
        if let upstream = upstreams[2] {
            let part = alongLines(upstream) * (2 / count) * deviation
            gradient = gradient.map { $0 + part } ?? part
        }
        if let gradient { walk.push(gradient.reshaped(to: x.shape).converted(to: type), to: 0) }
    }
}

/// Numbers normalized by their own statistics, and these.
package struct Normalized {
    package let output: Variable
    /// `float64`, a number for each line.
    package let mean: Tensor
    package let variance: Tensor

    fileprivate static func inert(like x: Variable) -> Normalized {
        Normalized(output: .constant(.inert(x.shape, x.elementType)), mean: .inert, variance: .inert)
    }
}

private func normalize(
    _ name: StaticString, _ x: Variable, _ weight: Variable?, _ bias: Variable?, _ form: NormalizationForm,
    parameters: Shape, _ file: StaticString, _ line: UInt
) -> Normalized {
    var inert: Normalized { .inert(like: x) }
    guard form.epsilon >= 0 else {
        return misuse("\(name): epsilon \(form.epsilon); it is 0 or more", inert: inert)
    }
    for (what, parameter) in [("weight", weight), ("bias", bias)] {
        if let parameter, parameter.shape != parameters {
            return misuse("\(name): a \(what) of shape \(parameter.shape); it is \(parameters) here", inert: inert)
        }
    }
    return located(file, line) {
        let flat: Shape = [form.parameters]
        let inputs = [x, weight?.reshaped(to: flat), bias?.reshaped(to: flat)].compactMap { $0 }
        let results = Normalize(name, form, hasWeight: weight != nil, hasBias: bias != nil)(
            inputs, file: file, line: line)
        return Normalized(output: results[0], mean: results[1].value, variance: results[2].value)
    }
}

/// Each channel normalized by its mean and variance over the batch and all places (S. Ioffe and C. Szegedy, "Batch
/// normalization", 2015, algorithm 1), then multiplied by its weight and moved by its bias.
///
///     batchNorm(Variable([[1], [3]]), epsilon: 0)  // [[-1], [1]]
///
/// `x` is `[batch, channels, …]`, weight and bias `[channels]`. The variance is that of the batch, its squared deviations
/// divided by their number; ε is added to it. A channel that is constant becomes its bias.
///
/// An activation, if one is given, follows: relu in the same pass, which keeps nothing of its own for the gradient, the others in
/// one behind it. At kinks its own conventions hold.
///
///     batchNorm(Variable([[1], [3]]), epsilon: 0, activation: .relu)  // [[0], [1]]
///
/// Misuse: fewer than two values a channel, which have no variance; parameters of another shape; a negative ε.
public func batchNorm(
    _ x: Variable, weight: Variable? = nil, bias: Variable? = nil, epsilon: Double = 1e-5,
    activation: Activation? = nil, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    batchNormWithStatistics(
        x, weight: weight, bias: bias, epsilon: epsilon, activation: activation, file: file, line: line
    ).output
}

/// The same, with the mean and the variance of each channel.
package func batchNormWithStatistics(
    _ x: Variable, weight: Variable?, bias: Variable?, epsilon: Double, activation: Activation?, file: StaticString,
    line: UInt
) -> Normalized {
    var inert: Normalized { .inert(like: x) }
    guard x.rank >= 2 else {
        return misuse("batchNorm: an input of shape \(x.shape); it is [batch, channels, …]", inert: inert)
    }
    let (batch, channels) = (x.shape[0], x.shape[1])
    let span = (2..<x.rank).reduce(1) { $0 * x.shape.size($1) }
    guard batch * span >= 2 || channels == 0 else {
        return misuse(
            "batchNorm: \(batch * span) values a channel, in shape \(x.shape); a variance needs two", inert: inert)
    }
    // A lesson shows relu as a step of its own.
    let isRectified = activation == .relu && Mode.current.tracing?.lesson == nil
    let form = NormalizationForm(
        batch: batch, groups: channels, span: span, epsilon: epsilon, isRectified: isRectified)
    let normalized = normalize("batchNorm", x, weight, bias, form, parameters: [channels], file, line)
    guard let activation, !isRectified else { return normalized }
    return located(file, line) {
        Normalized(
            output: activation(normalized.output), mean: normalized.mean, variance: normalized.variance)
    }
}

/// Each channel normalized by a mean and a variance that are given, as running statistics are in evaluation: a product and a
/// sum for each channel, and an activation behind them if one is given.
///
/// `x` is `[batch, channels, …]`, all others `[channels]`. Anything else is misuse.
public func batchNorm(
    _ x: Variable, mean: Tensor, variance: Tensor, weight: Variable? = nil, bias: Variable? = nil,
    epsilon: Double = 1e-5, activation: Activation? = nil, file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    guard x.rank >= 2 else {
        return misuse("batchNorm: an input of shape \(x.shape); it is [batch, channels, …]")
    }
    let channels: Shape = [x.shape[1]]
    for (what, shape) in [
        ("mean", mean.shape), ("variance", variance.shape), ("weight", weight?.shape), ("bias", bias?.shape),
    ] {
        if let shape, shape != channels {
            return misuse("batchNorm: a \(what) of shape \(shape); it is \(channels) here")
        }
    }
    return located(file, line) {
        let factor = rsqrt(variance.converted(to: x.elementType) + epsilon)
        let scale = weight.map { $0 * .constant(factor) } ?? .constant(factor)
        let shift = -(scale * .constant(mean.converted(to: x.elementType)))
        let aligned = Shape([1, x.shape[1]] + (2..<x.rank).map { _ in 1 })
        let moved = bias.map { $0 + shift } ?? shift
        let y = x * scale.reshaped(to: aligned) + moved.reshaped(to: aligned)
        return activation.map { $0(y) } ?? y
    }
}

/// The last axes normalized together, for each place of the others (J. L. Ba et al., "Layer normalization", 2016, section 3),
/// then multiplied by the weight and moved by the bias, number by number.
///
///     layerNorm(Variable([[1, 3], [5, 5]]), over: [2], epsilon: 0.0001)  // [[-1, 1], [0, 0]]
///
/// `x` ends in `shape`, which weight and bias have too. The variance is that of just these numbers. Another ending, parameters
/// of another shape and a negative ε are misuse.
public func layerNorm(
    _ x: Variable, over shape: Shape, weight: Variable? = nil, bias: Variable? = nil, epsilon: Double = 1e-5,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    let outer = x.rank - shape.rank
    guard outer >= 0, shape.rank > 0, shape.indices.allSatisfy({ x.shape.size(outer + $0) == shape.size($0) }) else {
        return misuse("layerNorm: an input of shape \(x.shape) does not end in \(shape)")
    }
    let lines = (0..<outer).reduce(1) { $0 * x.shape.size($1) }
    let form = NormalizationForm(outer: lines, channels: shape.count, epsilon: epsilon)
    return normalize("layerNorm", x, weight, bias, form, parameters: shape, file, line).output
}

/// The channels of each example normalized in groups of neighbours (Y. Wu and K. He, "Group normalization", 2018, section 3),
/// then multiplied by the channel's weight and moved by its bias.
///
/// `x` is `[batch, channels, …]`, weight and bias `[channels]`. One group takes all channels together, as layer normalization
/// of each example would; as many groups as channels is instance normalization. Groups that do not divide the channels evenly,
/// parameters of another shape and a negative ε are misuse.
public func groupNorm(
    _ x: Variable, groups: Int, weight: Variable? = nil, bias: Variable? = nil, epsilon: Double = 1e-5,
    file: StaticString = #fileID, line: UInt = #line
) -> Variable {
    groupNorm("groupNorm", x, groups, weight, bias, epsilon, file, line)
}

/// Each channel of each example normalized by itself (D. Ulyanov et al., "Instance normalization", 2016), then multiplied by the
/// channel's weight and moved by its bias.
///
/// `x` is `[batch, channels, …]`, weight and bias `[channels]`. Fewer than two values a channel are misuse, as are parameters of
/// another shape and a negative ε.
public func instanceNorm(
    _ x: Variable, weight: Variable? = nil, bias: Variable? = nil, epsilon: Double = 1e-5, file: StaticString = #fileID,
    line: UInt = #line
) -> Variable {
    if x.rank >= 2 && x.shape.count == x.shape[0] * x.shape[1] && x.shape.count > 0 {
        return misuse("instanceNorm: one value a channel, in shape \(x.shape); a variance needs two")
    }
    return groupNorm("instanceNorm", x, x.rank >= 2 ? x.shape[1] : 1, weight, bias, epsilon, file, line)
}

private func groupNorm(
    _ name: StaticString, _ x: Variable, _ groups: Int, _ weight: Variable?, _ bias: Variable?, _ epsilon: Double,
    _ file: StaticString, _ line: UInt
) -> Variable {
    guard x.rank >= 2 else {
        return misuse("\(name): an input of shape \(x.shape); it is [batch, channels, …]")
    }
    let channels = x.shape[1]
    guard groups > 0 && channels % groups == 0 || channels == 0 else {
        return misuse("\(name): \(groups) groups of \(channels) channels; groups divide them evenly")
    }
    let span = (2..<x.rank).reduce(1) { $0 * x.shape.size($1) }
    let count = max(groups, 1)
    let form = NormalizationForm(
        outer: x.shape[0], groups: count, channels: channels / count, span: span, epsilon: epsilon)
    return normalize(name, x, weight, bias, form, parameters: [channels], file, line).output
}
