import GradusAutograd
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

/// Layers, and what losses and attention can beside the plain case, as PyTorch computes them: values and all gradients.
@Suite struct LayerReferenceTests {
    private func reduction(_ attributes: ReferenceAttributes) -> Reduction {
        attributes["reduction"]?.string.flatMap(Reduction.init) ?? .mean
    }

    private func numbers(_ attribute: ReferenceAttribute?) -> Tensor {
        Tensor((attribute?.list ?? []).compactMap(\.double), as: .float64)
    }

    @Test func layersAgreeWithPyTorch() throws {
        try expectReferences(
            "layers",
            [
                "linear": { x, _ in
                    [Linear(weight: x[1].transposed(), bias: x.count > 2 ? x[2] : nil)(x[0])]
                },
                "prelu": { x, _ in [prelu(x[0], slope: x[1])] },
                "maxout": { x, a in [maxout(x[0], pieces: a["pieces"]!.int!)] },
                "embedding": { x, a in [embedding(x[0].value, x[1], padding: a["padding"]!.int!)] },
                "globalAveragePool": { x, _ in [globalAveragePool(x[0])] },
                "globalMaxPool": { x, _ in [globalMaxPool(x[0])] },
                "switchableNorm": { x, a in
                    [
                        switchableNorm(
                            x[0], weight: x[1], bias: x[2], meanWeight: x[3], varianceWeight: x[4],
                            epsilon: a["epsilon"]!.double!)
                    ]
                },
                "weightStandardized": { x, a in [weightStandardized(x[0], epsilon: a["epsilon"]!.double!)] },
                "batchNormEvaluated": { x, a in
                    [
                        batchNorm(
                            x[0], mean: x[1].value, variance: x[2].value, weight: x.count > 3 ? x[3] : nil,
                            bias: x.count > 4 ? x[4] : nil, epsilon: a["epsilon"]!.double!)
                    ]
                },
            ], except: Self.options, absolute: { _ in 1e-13 })
    }

    /// What is in the file beside layers: the other tests' part.
    private static let options: Set = [
        "batchNormRunning", "crossEntropy", "binaryCrossEntropy", "binaryCrossEntropyWithLogits", "binaryHinge",
        "cosineSimilarity", "contrastiveLoss", "attention",
    ]
    private static let layers: Set = [
        "linear", "prelu", "maxout", "embedding", "globalAveragePool", "globalMaxPool", "switchableNorm",
        "weightStandardized", "batchNormEvaluated", "batchNormRunning",
    ]

    @Test func optionsAgreeWithPyTorch() throws {
        try expectReferences(
            "layers",
            [
                "crossEntropy": { x, a in
                    let smoothing = a["labelSmoothing"]?.double ?? 0
                    let weights = numbers(a["classWeights"])
                    if x[1].elementType != .int64 {
                        return [
                            crossEntropy(
                                x[0], x[1], classWeights: weights, labelSmoothing: smoothing, reduction: reduction(a))
                        ]
                    }
                    return [
                        crossEntropy(
                            x[0], x[1].value, classWeights: weights, ignoredLabel: a["ignoredLabel"]?.int,
                            labelSmoothing: smoothing, reduction: reduction(a))
                    ]
                },
                "binaryCrossEntropy": { x, a in
                    [binaryCrossEntropy(probabilities: x[0], x[1].value, reduction: reduction(a))]
                },
                "binaryCrossEntropyWithLogits": { x, a in
                    let weight = a["positiveWeight"]!
                    return [
                        binaryCrossEntropy(
                            x[0], x[1].value,
                            positiveWeight: weight.double.map { Tensor($0, as: .float64) } ?? numbers(weight))
                    ]
                },
                "binaryHinge": { x, a in [binaryHinge(x[0], x[1].value, squared: a["squared"]?.bool ?? false)] },
                "cosineSimilarity": { x, _ in [cosineSimilarity(x[0], x[1])] },
                "contrastiveLoss": { x, a in
                    [contrastiveLoss(x[0], x[1], x[2].value, margin: a["margin"]?.double ?? 1)]
                },
                "attention": { x, a in
                    let isMasked = a["masked"]?.bool ?? false
                    return [
                        scaledDotProductAttention(
                            x[0], x[1], x[2], mask: isMasked ? x[3].value : nil, causal: a["causal"]?.bool ?? false,
                            bias: x.count > (isMasked ? 4 : 3) ? x.last : nil, scale: a["scale"]?.double)
                    ]
                },
            ], except: Self.layers, absolute: { _ in 1e-13 })
    }

    /// The running statistics after two batches, and what evaluation makes of them.
    @Test func runningStatisticsAreThoseOfPyTorch() throws {
        let cases = try ReferenceCases.load("layers").filter { $0.op == "batchNormRunning" }
        #expect(cases.count == 2)
        for one in cases {
            expectReference(
                one,
                { x, a in
                    let norm = BatchNorm(
                        weight: x[2], bias: x[3], momentum: a["momentum"]!.double)
                    let outputs = [norm(x[0]), norm(x[1])]
                    return outputs + [evaluate { recording(true) { norm(x[0]) } }]
                        + [norm.runningMean, norm.runningVariance].map { .constant($0.value) }
                }, absolute: 1e-13)
        }
    }

    @Test func layersAreTheirFunctions() {
        var random = Random(seed: 1)
        let x = Variable.constant(.normal([2, 4, 9], using: &random))
        expectIdentical(
            MaxPool1D(kernel: 3, stride: 2, padding: 1)(x).value, maxPool1D(x, kernel: 3, stride: 2, padding: 1).value)
        expectIdentical(MaxPool1D(kernel: 3)(x).value, maxPool1D(x, kernel: 3).value)
        expectIdentical(
            AveragePool1D(kernel: 3, stride: 2, padding: 1, countingPadding: false)(x).value,
            averagePool1D(x, kernel: 3, stride: 2, padding: 1, countingPadding: false).value)
        let up = TransposedConv1D(
            inChannels: 4, outChannels: 6, kernel: 3, stride: 2, padding: 1, outputPadding: 1, groups: 2, using: &random
        )
        #expect(
            up.weight.shape == [4, 3, 3] && up(x).shape == [2, 6, 18] && up.parameters.paths == ["weight", "bias"])
        expectIdentical(
            up(x).value,
            transposedConv1D(
                x, up.weight, bias: up.bias, stride: 2, padding: 1, outputPadding: 1, groups: 2
            ).value)
        #expect(TransposedConv1D(inChannels: 1, outChannels: 1, kernel: 2, bias: false).parameters.count == 2)
        #expect(
            misuseMessage { TransposedConv1D(inChannels: 3, outChannels: 4, kernel: 1, groups: 2) }
                == "TransposedConv1D: 2 groups of 3 and 4 channels; groups divide both evenly")
        let images = x.reshaped(to: [2, 4, 3, 3])
        let norm = SwitchableNorm(channels: 4)
        expectIdentical(
            norm(images).value,
            switchableNorm(
                images, weight: norm.weight, bias: norm.bias, meanWeight: norm.meanWeight,
                varianceWeight: norm.varianceWeight
            ).value)
        expectIdentical(
            evaluate { norm(images) }.value,
            switchableNorm(
                images, mean: norm.runningMean.value, variance: norm.runningVariance.value, weight: norm.weight,
                bias: norm.bias, meanWeight: norm.meanWeight, varianceWeight: norm.varianceWeight
            ).value)
    }

    @Test func classWeightsOfOneChangeNothing() {
        var generator = TensorGenerator(seed: 2)
        let (logits, labels) = (generator.tensor([2, 3, 4]), generator.labels([2, 3], below: 4))
        for reduction in [Reduction.mean, .sum, .none, .batchMean] {
            let weighted = crossEntropy(
                Variable(logits), labels, classWeights: .ones([4]), ignoredLabel: 1, labelSmoothing: 0.1,
                reduction: reduction)
            let plain = crossEntropy(
                Variable(logits), labels, ignoredLabel: 1, labelSmoothing: 0.1, reduction: reduction)
            expectClose(weighted.value, plain.value)
        }
        expectGradients(
            of: { crossEntropy($0, labels, classWeights: Tensor([1, 0.5, 2, 3], as: .float64)) }, at: logits)
        #expect(
            misuseMessage { crossEntropy(Variable(logits), labels, classWeights: .ones([3])) }
                == "crossEntropy: weights of shape [3] for logits of [2, 3, 4]; there is one for each class")
        #expect(
            misuseMessage { crossEntropy(Variable(logits), Variable(logits), classWeights: .ones([1])) } != nil)
        // Nothing that counts has no mean.
        let nothing = crossEntropy(Variable([[1, 2]]), Tensor([0], as: .int64), classWeights: Tensor([0, 1]))
        #expect(nothing.item.isNaN)
    }

    @Test func probabilitiesAreAsLogits() {
        var generator = TensorGenerator(seed: 3)
        let (logits, targets) = (generator.tensor([6]), generator.tensor([6], in: 0...1))
        expectClose(
            binaryCrossEntropy(probabilities: sigmoid(Variable(logits)), targets).item,
            binaryCrossEntropy(Variable(logits), targets).item)
        for type in [ElementType.float32, .float64] {
            let certain = Variable([1, 0, 1, 0], as: type)
            let losses = binaryCrossEntropy(
                probabilities: certain, Tensor([1, 0, 0, 1], as: type), reduction: .none)
            expectClose(losses.value, [0, 0, 100, 100])
            losses.sum().backward()
            expectClose(certain.gradient!.value, [-1, 1, 0, 0])
        }
        #expect(binaryCrossEntropy(probabilities: Variable([1.5]), Tensor([1])).item.isNaN)
        #expect(misuseMessage { binaryCrossEntropy(probabilities: Variable([0.5]), Tensor([1, 0])) } != nil)
    }
}
