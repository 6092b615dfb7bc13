import GradusAutograd
import GradusTensor
import _TestSupport

/// A mistake as people make it in derivative rules.
enum Mutation: CaseIterable, Sendable {
    case scaled, scaledByAHair, signFlipped, offset
    case oneElementDropped, oneElementDoubled, twoElementsSwapped, lastElementForgotten
    case transposed, shiftedByOne, reversed
    case broadcastSumMissing, broadcastMeanForSum
    case oneInputForgotten, inputsExchanged, firstInputInBothPlaces
    case upstreamIgnored, upstreamSquared, upstreamWithoutSign, upstreamAveraged
    case otherSavedValue, savedOutputForInput, savedValueRounded
    case wrongAtZero, zeroWherePositive

    /// The contributions of a right rule, spoiled; nil where the mistake cannot be made.
    ///
    /// - Parameters:
    ///   - rule: the right rule at any inputs, for any upstream gradient.
    ///   - seed: chooses elements and inputs.
    func spoil(
        _ inputs: [Tensor], _ output: Tensor, _ upstream: Tensor, isElementwise: Bool, seed: UInt64,
        rule: (_ inputs: [Tensor], _ upstream: Tensor) -> [Tensor]
    ) -> [Tensor]? {
        var generator = TensorGenerator(seed: seed)
        let right = rule(inputs, upstream)
        var wrong = right
        // One input is enough, as it is in life.
        let floating = inputs.indices.filter { inputs[$0].elementType.isFloatingPoint }
        let chosen = floating[generator.index(below: floating.count)]
        let (x, gradient) = (inputs[chosen], right[chosen])

        switch self {
        case .scaled: wrong[chosen] = gradient * [0.5, 2, 1.01, 3, -2][generator.index(below: 5)]
        case .scaledByAHair: wrong[chosen] = gradient * (1 + 1e-5)
        case .signFlipped: wrong[chosen] = -gradient
        case .offset: wrong[chosen] = gradient + 0.01
        case .oneElementDropped: wrong[chosen] = gradient.changing(&generator) { _ in 0 }
        case .oneElementDoubled: wrong[chosen] = gradient.changing(&generator) { 2 * $0 }
        case .twoElementsSwapped:
            guard x.count > 1 else { return nil }
            wrong[chosen] = gradient.swappingTwo(&generator)
        case .lastElementForgotten:
            guard x.count > 0 else { return nil }
            wrong[chosen] = gradient.changing(at: x.count - 1) { _ in 0 }
        case .transposed:
            guard x.rank >= 2 else { return nil }
            wrong[chosen] = gradient.transposed().reshaped(to: x.shape)
        case .shiftedByOne:
            guard x.rank >= 1 else { return nil }
            wrong[chosen] = gradient.rolled(by: [1], along: [x.rank - 1])
        case .reversed:
            guard x.rank >= 1 else { return nil }
            wrong[chosen] = gradient.flipped(along: [0])
        case .broadcastSumMissing, .broadcastMeanForSum:
            // The rule of the input at the output's size, of which only a part or the average comes back.
            guard isElementwise, x.count < output.count else { return nil }
            var stretched = inputs
            stretched[chosen] = x.broadcast(to: output.shape)
            let whole = rule(stretched, upstream)[chosen]
            let share = Double(x.count) / Double(output.count)
            wrong[chosen] =
                self == .broadcastSumMissing ? whole.corner(x.shape) : whole.sum(to: x.shape) * share
        case .oneInputForgotten: wrong[chosen] = .zeros(like: gradient)
        case .inputsExchanged:
            guard inputs.count > 1, right[0].shape == right[1].shape else { return nil }
            wrong.swapAt(0, 1)
        case .firstInputInBothPlaces:
            guard inputs.count > 1, inputs[0].shape == inputs[1].shape, inputs[1].elementType == .float64 else {
                return nil
            }
            wrong = rule([inputs[0], inputs[0]] + inputs[2...], upstream)
        case .upstreamIgnored: wrong[chosen] = rule(inputs, .ones(like: upstream))[chosen]
        case .upstreamSquared: wrong[chosen] = rule(inputs, upstream * upstream)[chosen]
        case .upstreamWithoutSign: wrong[chosen] = rule(inputs, abs(upstream))[chosen]
        case .upstreamAveraged:
            guard output.count > 1 else { return nil }
            wrong[chosen] = rule(inputs, .full(like: upstream, upstream.mean().item))[chosen]
        case .otherSavedValue:
            var others = inputs
            others[chosen] = x * 1.1 + 0.001
            wrong = rule(others, upstream)
        case .savedOutputForInput:
            guard output.shape == x.shape else { return nil }
            var others = inputs
            others[chosen] = output
            wrong[chosen] = rule(others, upstream)[chosen]
        case .savedValueRounded:
            var others = inputs
            others[chosen] = round(x * 100) / 100
            wrong = rule(others, upstream)
        case .wrongAtZero: wrong[chosen] = select(x .== 0, gradient * 0.5 + 0.25, gradient)
        case .zeroWherePositive: wrong[chosen] = select(x .> 0, 0, gradient)
        }
        return wrong
    }
}

/// An operation like a right one, but for its rule.
final class Mutant: VariadicOperation {
    private let sample: SampleFunction
    private let mutation: Mutation?
    private let seed: UInt64
    init(_ sample: SampleFunction, _ mutation: Mutation?, seed: UInt64) {
        (self.sample, self.mutation, self.seed) = (sample, mutation, seed)
    }

    override var name: String { "mutant" }
    override func forward(_ inputs: [Tensor]) -> Tensor { function(inputs) }
    override func needs(for input: Int) -> Needs { .first }
    override func backward(_ upstream: Variable, _ walk: inout Walk) {
        // In float32 the numbers are those of float64, rounded.
        let inputs = (0..<inputCount).map { input($0).value.widened }
        let upstream = upstream.value
        let contributions =
            mutation.flatMap {
                $0.spoil(
                    inputs, function(inputs), upstream.widened, isElementwise: sample.broadcasts, seed: seed, rule: rule
                )
            }
            ?? rule(inputs, upstream.widened)
        for (input, contribution) in contributions.enumerated() {
            walk.push(.constant(contribution.converted(to: upstream.elementType)), to: input)
        }
    }
    override func branches(_ inputs: [Tensor], _ outputs: [Tensor]) -> [Tensor] {
        // Those of what runs inside, or the checker would have to find each kink by its slopes.
        recordingEverything { sample.function(inputs.map { .constant($0) }) }.recording.operations.flatMap(\.winners)
    }

    private func function(_ inputs: [Tensor]) -> Tensor {
        withoutRecording { sample.function(inputs.map { .constant($0) }).value }
    }

    private func rule(_ inputs: [Tensor], _ upstream: Tensor) -> [Tensor] {
        let floating = inputs.indices.filter { inputs[$0].elementType.isFloatingPoint }
        let (_, gradients) = valueAndGradient(at: floating.map { Variable(inputs[$0]) }) { leaves in
            var all = inputs.map { Variable.constant($0) }
            for (leaf, place) in zip(leaves, floating) { all[place] = leaf }
            return (self.sample.function(all) * .constant(upstream)).sum()
        }
        var all = inputs
        for (gradient, place) in zip(gradients, floating) { all[place] = gradient.value }
        return all
    }
}

extension Operation {
    fileprivate var winners: [Tensor] { branches(annotations?.inputs ?? [], annotations?.outputs ?? []) }
}

extension Tensor {
    fileprivate var widened: Tensor { elementType == .float32 ? converted(to: .float64) : self }

    fileprivate func changing(_ generator: inout TensorGenerator, _ change: (Double) -> Double) -> Tensor {
        count == 0 ? self : changing(at: generator.index(below: count), change)
    }

    fileprivate func changing(at element: Int, _ change: (Double) -> Double) -> Tensor {
        var copy = self
        copy.withMutableElements(as: Double.self) { $0[element] = change($0[element]) }
        return copy
    }

    fileprivate func swappingTwo(_ generator: inout TensorGenerator) -> Tensor {
        var copy = self
        let first = generator.index(below: count)
        let second = (first + 1 + generator.index(below: count - 1)) % count
        copy.withMutableElements(as: Double.self) { $0.swapAt(first, second) }
        return copy
    }

    /// The first elements along every axis that a shape has not, or has at size 1.
    fileprivate func corner(_ shape: Shape) -> Tensor {
        let missing = rank - shape.rank
        let ends = self.shape.indices.map { $0 < missing ? 1 : shape.size($0 - missing) }
        return sliced(starts: ends.map { _ in 0 }, ends: ends, steps: ends.map { _ in 1 }).reshaped(to: shape)
    }
}
