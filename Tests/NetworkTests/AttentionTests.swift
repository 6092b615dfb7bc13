import GradusAutograd
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

/// PyTorch's parameters as ours, taken one after the other.
private struct PyTorchParameters {
    var rest: ArraySlice<Variable>

    mutating func next() -> Variable { rest.removeFirst() }
    mutating func linear() -> Linear {
        let weight = next().transposed()
        return Linear(weight: weight, bias: next())
    }
    mutating func norm() -> LayerNorm {
        let weight = next()
        return LayerNorm(weight: weight, bias: next())
    }

    /// One matrix for queries, keys and values, or three where they are of other widths; the biases, if any; then the output.
    mutating func attention(heads: Int, bias: Bool = true, apart: Bool = false) -> MultiHeadAttention {
        let weights = apart ? [next(), next(), next()] : next().split(into: 3)
        let biases = bias ? next().split(into: 3) : nil
        let parts = weights.enumerated().map { Linear(weight: $1.transposed(), bias: biases?[$0]) }
        let output = bias ? linear() : Linear(weight: next().transposed(), bias: nil)
        return MultiHeadAttention(query: parts[0], key: parts[1], value: parts[2], output: output, heads: heads)
    }

    mutating func encoderBlock(_ a: ReferenceAttributes) -> TransformerEncoderBlock {
        let attention = attention(heads: a["heads"]!.int!), feedForward = feedForward(a)
        let norms = [norm(), norm()]
        return TransformerEncoderBlock(
            attention: attention, feedForward: feedForward, attentionNorm: norms[0], feedForwardNorm: norms[1],
            normalizingFirst: a["normalizingFirst"]!.bool!)
    }

    mutating func decoderBlock(_ a: ReferenceAttributes) -> TransformerDecoderBlock {
        let attentions = [attention(heads: a["heads"]!.int!), attention(heads: a["heads"]!.int!)]
        let feedForward = feedForward(a)
        let norms = [norm(), norm(), norm()]
        return TransformerDecoderBlock(
            selfAttention: attentions[0], crossAttention: attentions[1], feedForward: feedForward,
            selfAttentionNorm: norms[0], crossAttentionNorm: norms[1], feedForwardNorm: norms[2],
            normalizingFirst: a["normalizingFirst"]!.bool!)
    }

    private mutating func feedForward(_ a: ReferenceAttributes) -> FeedForward {
        let first = linear()
        return FeedForward(
            first: first, second: linear(), activation: FeedForward.Activation(rawValue: a["activation"]!.string!)!)
    }
}

@Suite struct AttentionTests {
    @Test func theFunctionAgreesWithPyTorch() throws {
        for one in try ReferenceCases.load("losses") where one.op == "scaledDotProductAttention" {
            expectReference(
                one,
                { x, a in
                    [scaledDotProductAttention(x[0], x[1], x[2], causal: a["causal"]?.bool ?? false)]
                }, absolute: 1e-13)
        }
    }

    @Test func multiHeadAttentionAgreesWithPyTorch() throws {
        let cases = try ReferenceCases.load("transformer").filter { $0.op == "multiHeadAttention" }
        #expect(cases.count == 7)
        for one in cases {
            expectReference(
                one,
                { x, a in
                    let kind = a["mask"]?.string
                    var parameters = PyTorchParameters(rest: x[(kind == nil ? 3 : 4)...])
                    let attention = parameters.attention(
                        heads: a["heads"]!.int!, bias: a["bias"]?.bool ?? true, apart: a["keyFeatures"] != nil)
                    let mask = kind.map { $0 == "padding" ? perTarget(x[3].value) : x[3].value }
                    return [attention(x[0], x[1], x[2], mask: mask, causal: a["causal"]?.bool ?? false)]
                }, absolute: 1e-13)
        }
    }

    /// A mask of what is there, `[batch, sources]`, as one for all targets.
    private func perTarget(_ mask: Tensor) -> Tensor { mask.expanded(at: 1) }

    @Test func blocksAgreeWithPyTorch() throws {
        let cases = try ReferenceCases.load("transformer").filter { $0.op != "multiHeadAttention" }
        #expect(cases.count == 13)
        for one in cases {
            expectReference(
                one,
                { x, a in
                    let decodes = one.op.hasPrefix("transformerDecoder")
                    let before = decodes ? 2 : 1
                    let mask = x[before].elementType == .bool ? perTarget(x[before].value) : nil
                    var parameters = PyTorchParameters(rest: x[(before + (mask == nil ? 0 : 1))...])
                    let causal = a["causal"]?.bool ?? false
                    switch one.op {
                    case "transformerEncoderBlock":
                        return [parameters.encoderBlock(a)(x[0], mask: mask, causal: causal)]
                    case "transformerDecoderBlock":
                        return [parameters.decoderBlock(a)(x[0], memory: x[1], memoryMask: mask)]
                    case "transformerEncoder":
                        let blocks = (0..<a["layers"]!.int!).map { _ in parameters.encoderBlock(a) }
                        let norm = parameters.rest.isEmpty ? nil : parameters.norm()
                        return [TransformerEncoder(blocks: blocks, norm: norm)(x[0])]
                    default:
                        let blocks = (0..<a["layers"]!.int!).map { _ in parameters.decoderBlock(a) }
                        let norm = parameters.rest.isEmpty ? nil : parameters.norm()
                        return [TransformerDecoder(blocks: blocks, norm: norm)(x[0], memory: x[1])]
                    }
                }, relative: 1e-9, absolute: 1e-12)
        }
    }

    @Test func masksSayWhoMayAttendToWhom() {
        var generator = TensorGenerator(seed: 1)
        let (q, k, v) = (
            Variable(generator.tensor([1, 3, 2])), Variable(generator.tensor([1, 4, 2])),
            Variable(generator.tensor([1, 4, 2]))
        )
        let mask = Tensor([1, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0], shape: [3, 4], as: .bool)
        let weights = attentionWeights(q, k, mask: mask)
        for (weight, allowed) in zip(weights.value.array(of: Double.self), mask.array(of: Double.self)) {
            #expect((weight == 0) == (allowed == 0))
        }
        expectClose(weights.value.sum(along: -1), [1, 1, 0])  // the last may attend to nothing
        let y = scaledDotProductAttention(q, k, v, mask: mask)
        expectClose(y.value[0][1], v.value[0][3])
        expectClose(y.value[0][2], [0, 0])
        y.sum().backward()
        #expect(isFinite(q.gradient!.value).all() && isFinite(k.gradient!.value).all())
        expectClose(q.gradient!.value[0][2], [0, 0])
        expectGradients(of: { scaledDotProductAttention($0[0], $0[1], $0[2], mask: mask) }, at: [q, k, v].map(\.value))
        // Two masks both must allow.
        let both = attentionWeights(q, k, mask: mask, causal: true)
        #expect(
            both.value.array(of: Double.self).map { $0 != 0 } == [
                true, false, false, false, false, false, false, false, false, false, false, false,
            ])
        expectClose(
            attentionWeights(q, k, bias: Variable(Tensor([[0, -.infinity, 0, 0]], as: .float64))).value[0].slice(
                along: 1, from: 1, to: 2), [0, 0, 0])
    }

    /// Heads that lie side by side are the same heads: values, gradients, and gradients of those, with masks for all and for each.
    @Test func headsAbreastAreHeads() {
        var generator = TensorGenerator(seed: 8)
        let inputs = [
            generator.tensor([2, 5, 6]), generator.tensor([2, 4, 6]), generator.tensor([2, 4, 9]),
        ]
        func apart(_ x: Variable) -> Variable {
            x.reshaped(to: [2, x.shape[1], 3, x.shape[2] / 3]).transposed(1, 2)
        }
        let each = Tensor((0..<120).map { ($0 * 7 + $0 / 11) % 3 == 0 ? 0 : 1 }, shape: [2, 3, 5, 4], as: .bool)
        let masks: [Tensor?] = [nil, each, each[0][0], paddingMask(lengths: [4, 2], count: 4)]
        for mask in masks {
            for causal in [false, true] {
                func abreast(_ x: [Variable]) -> Variable {
                    scaledDotProductAttention(x[0], x[1], x[2], heads: 3, mask: mask, causal: causal)
                }
                func oneByOne(_ x: [Variable]) -> Variable {
                    scaledDotProductAttention(apart(x[0]), apart(x[1]), apart(x[2]), mask: mask, causal: causal)
                        .transposed(1, 2).flattened(from: 2)
                }
                let (x, y) = (inputs.map { Variable($0) }, inputs.map { Variable($0) })
                let (a, b) = (abreast(x), oneByOne(y))
                #expect(a.shape == [2, 5, 9])
                expectIdentical(a.value, b.value)
                for (one, other) in zip(gradients(of: sin(a).sum(), at: x), gradients(of: sin(b).sum(), at: y)) {
                    expectIdentical(one!.value, other!.value)
                }
                if causal == (mask == nil) { continue }
                expectGradients(of: abreast, at: inputs, sampling: 10)
            }
        }
        expectSameBitsAtAnyThreadCount(
            of: { scaledDotProductAttention($0[0], $0[1], $0[2], heads: 2, causal: true) },
            at: [[4, 130, 16], [4, 130, 16], [4, 130, 16]].map { generator.tensor($0, as: .float32) }, order: 2)
    }

    @Test func paddingIsLeftOut() {
        var random = Random(seed: 2)
        let block = TransformerEncoderBlock(features: 4, heads: 2, hiddenFeatures: 5, as: .float64, using: &random)
        let x = Tensor.normal([2, 3, 4], as: .float64, using: &random)
        let mask = paddingMask(lengths: [3, 2], count: 3)
        #expect(mask.shape == [2, 1, 1, 3])
        let y = block(.constant(x), mask: mask)
        let alone = block(.constant(x[1..<2].slice(along: 1, from: 0, to: 2)))
        expectClose(y.value[1..<2].slice(along: 1, from: 0, to: 2), alone.value, relative: 1e-12, absolute: 1e-14)
        #expect(misuseMessage { paddingMask(lengths: [4], count: 3) } != nil)
    }

    @Test func aBlockIsCausalWhereItSaysSo() {
        var random = Random(seed: 3)
        let block = TransformerEncoderBlock(
            features: 4, heads: 2, normalizingFirst: true, as: .float64, using: &random)
        let x = Variable(Tensor.normal([1, 4, 4], as: .float64, using: &random))
        let y = block(x, mask: nil, causal: true)
        let slope = gradients(of: y.slice(along: 1, from: 1, to: 2).sum(), at: [x])[0]!.value[0]
        #expect(slope[0..<2].countNonZero() == 8 && slope[2..<4].countNonZero() == 0)
        #expect(block.parameters.paths.first == "attention.query.weight")
        // 4 projections, two feed-forward layers, two normalizations.
        #expect(block.parameters.count == 4 * (16 + 4) + (4 * 16 + 16) + (16 * 4 + 4) + 2 * 8)
    }

    @Test func stacksAreBlocksOneAfterTheOther() {
        var random = Random(seed: 6)
        let encoder = TransformerEncoder(layers: 2, features: 4, heads: 2, normalizingFirst: true, using: &random)
        let decoder = TransformerDecoder(layers: 2, features: 4, heads: 2, using: &random)
        let x = Variable.constant(.normal([2, 3, 4], using: &random))
        let last = encoder.blocks[1](encoder.blocks[0](x))
        expectIdentical(encoder(x).value, encoder.norm!(last).value)
        let memory = encoder(x)
        #expect(decoder.norm == nil && encoder.parameters.paths.contains("blocks.1.feedForward.first.weight"))
        expectIdentical(
            decoder(x, memory: memory).value,
            decoder.blocks[1](decoder.blocks[0](x, memory: memory), memory: memory).value)
    }

    @Test func positionsAreSinesAndCosines() {
        let encoding = positionalEncoding(length: 3, features: 5, as: .float64)
        #expect(encoding.shape == [3, 5])
        for position in 0..<3 {
            for feature in 0..<5 {
                let rate = 1 / Double.power(10000, Double(feature - feature % 2) / 5)
                let angle = Tensor(Double(position) * rate, as: .float64)
                expectClose(
                    encoding[position][feature].item, (feature % 2 == 0 ? sin(angle) : cos(angle)).item,
                    relative: 1e-12, absolute: 1e-14)
            }
        }
        let x = Variable.constant(.zeros([2, 3, 4]))
        expectIdentical(SinusoidalPositions()(x).value[1], positionalEncoding(length: 3, features: 4))
        var random = Random(seed: 4)
        let learned = LearnedPositions(length: 5, features: 4, using: &random)
        expectIdentical(learned(x).value[0], learned.weight.value[0..<3])
        #expect(misuseMessage { learned(.constant(.zeros([1, 6, 4]))) } != nil)
    }

    @Test func aDecoderBlockPassesTheGradientCheck() {
        var random = Random(seed: 5)
        let block = TransformerDecoderBlock(
            features: 2, heads: 1, hiddenFeatures: 3, activation: .silu, normalizingFirst: true, using: &random)
        let x = Variable(Tensor.normal([1, 2, 2], using: &random), name: "x")
        let memory = Variable(Tensor.normal([1, 3, 2], using: &random), name: "memory")
        // A bias of the keys moves all scores of a target alike, which the softmax does not see: its gradient is 0 but for
        // rounding.
        let parameters = block.parameters.named.filter { !$0.path.hasSuffix("key.bias") }.map(\.variable)
        let report = checkGradients(at: [x, memory] + parameters, settings: GradientCheckSettings(mode: .fast)) {
            square(block(x, memory: memory)).sum()
        }
        #expect(report.verdict == .pass, "\(report)")
    }

    @Test func misuseIsNamed() {
        let x = Variable(.zeros([2, 3, 4]))
        #expect(
            misuseMessage { scaledDotProductAttention(x, x, x, mask: .zeros([3, 3])) }
                == "attention: a mask of float32; it is bool, true where attention is allowed")
        #expect(misuseMessage { scaledDotProductAttention(Variable([1]), x, x) } != nil)
        #expect(misuseMessage { MultiHeadAttention(features: 4, heads: 3) } != nil)
        var random = Random(seed: 1)
        let attention = MultiHeadAttention(features: 4, heads: 2, using: &random)
        #expect(misuseMessage { attention(Variable(.zeros([3, 4]))) } != nil)
    }
}

extension Double {
    fileprivate static func power(_ base: Double, _ exponent: Double) -> Double {
        pow(Tensor(base, as: .float64), exponent).item
    }
}
