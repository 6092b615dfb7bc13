import GradusAutograd
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

@Suite struct LossTests {
    private func reduction(_ attributes: ReferenceAttributes) -> Reduction {
        attributes["reduction"]?.string.flatMap(Reduction.init) ?? .mean
    }

    @Test func crossEntropyAgreesWithPyTorch() throws {
        let cases = try ReferenceCases.load("losses").filter { $0.op == "crossEntropy" }
        #expect(cases.count == 15)
        for one in cases {
            expectReference(one) { inputs, attributes in
                let smoothing = attributes["labelSmoothing"]?.double ?? 0
                if inputs[1].elementType != .int64 {
                    return [
                        crossEntropy(
                            inputs[0], inputs[1], labelSmoothing: smoothing, reduction: reduction(attributes))
                    ]
                }
                return [
                    crossEntropy(
                        inputs[0], inputs[1].value, ignoredLabel: attributes["ignoredLabel"]?.int,
                        labelSmoothing: smoothing, reduction: reduction(attributes))
                ]
            }
        }
    }

    @Test func meanSquaredErrorAgreesWithPyTorch() throws {
        let cases = try ReferenceCases.load("losses").filter { $0.op == "meanSquaredError" }
        #expect(cases.count == 6)
        for one in cases {
            expectReference(one) { inputs, attributes in
                [meanSquaredError(inputs[0], inputs[1], reduction: reduction(attributes))]
            }
        }
    }

    @Test func labelsMayHaveMoreAxes() {
        var generator = TensorGenerator(seed: 1)
        let logits = generator.tensor([2, 3, 4])
        let labels = generator.labels([2, 3], below: 4)
        for smoothing in [0, 0.1] {
            let deep = crossEntropy(Variable(logits), labels, labelSmoothing: smoothing)
            let flat = crossEntropy(
                Variable(logits.reshaped(6, 4)), labels.reshaped(6), labelSmoothing: smoothing)
            expectIdentical(deep.value, flat.value)
        }
        let each = crossEntropy(Variable(logits), labels, ignoredLabel: 1, reduction: .none)
        #expect(each.shape == [2, 3])
        for (loss, label) in zip(each.value.array(of: Double.self), labels.array(of: Int.self)) {
            #expect((loss == 0) == (label == 1))
        }
        // One example without a batch.
        expectClose(
            crossEntropy(Variable([0, 0, 0]), Tensor([2], as: .int64)[0]).item, 1.0986122886681098, relative: 1e-6)
    }

    @Test func anIgnoredExampleHasNoShareEvenIfItsLossIsInfinite() {
        let logits = Variable(Tensor([[0, 0], [0, -.infinity]], as: .float64))
        let loss = crossEntropy(logits, Tensor([0, 1], as: .int64), ignoredLabel: 1)
        expectClose(loss.item, 0.6931471805599453)
        loss.backward()
        expectClose(logits.gradient!.value, [-0.5, 0.5, 0, 0])
        #expect(crossEntropy(logits, Tensor([0, 1], as: .int64)).item == .infinity)
    }

    @Test func anIgnoredExampleTakesNoPartEvenIfItIsNaN() {
        let logits = Variable(Tensor([[0, 0], [.nan, 1]]))
        let loss = crossEntropy(logits, Tensor([0, -1], as: .int64), ignoredLabel: -1, labelSmoothing: 0.1)
        expectClose(loss.item, 0.6931471805599453, relative: 1e-6)
        loss.backward()
        expectClose(logits.gradient!.value, [-0.45, 0.45, 0, 0], relative: 1e-6)
    }

    /// 1 - p of the label is far below what is beside 1 in float32, and so is what the logarithm of softmax loses.
    @Test func aLossNearZeroKeepsItsDigits() {
        let logits = Variable(Tensor([[120, 100]]))
        let loss = crossEntropy(logits, Tensor([0], as: .int64))
        expectClose(loss.item, 2.061153620314381e-9, relative: 1e-6)
        loss.backward()
        expectClose(logits.gradient!.value, [-2.0611536181902037e-9, 2.0611536181902037e-9], relative: 1e-5)
    }

    @Test func scoresAreOfAFloatingPointType() {
        let message = misuseMessage {
            _ = crossEntropy(.constant(Tensor([1, 2], shape: [1, 2], as: .int64)), Tensor([0], as: .int64))
        }
        #expect(message == "crossEntropy: not defined on int64; convert first")
    }

    @Test func noExamplesHaveNoMean() {
        #expect(crossEntropy(Variable(.zeros([0, 3])), .zeros([0], as: .int64)).item.isNaN)
        #expect(crossEntropy(Variable(.zeros([0, 3])), .zeros([0], as: .int64), reduction: .sum).item == 0)
        #expect(crossEntropy(Variable([[1, 2]]), Tensor([7], as: .int64), ignoredLabel: 7).item.isNaN)
        #expect(meanSquaredError(Variable(.zeros([0])), .zeros([0])).item.isNaN)
    }

    @Test func aKnownValue() {
        expectClose(
            crossEntropy(Variable(.zeros([5, 10], as: .float64)), Tensor([0, 3, 9, 1, 1], as: .int64)).item,
            2.302585092994046)
        expectClose(meanSquaredError(Variable([1, 2]), Tensor([1, 4])).item, 2)
    }

    @Test func derivativesAgreeWithDifferences() {
        var generator = TensorGenerator(seed: 2)
        let labels = generator.labels([4], below: 3)
        let point = generator.tensor([4, 3])
        for reduction in Reduction.allCases {
            for (smoothing, ignored) in [(0.0, nil), (0.2, nil), (0, 1), (0.2, 1)] as [(Double, Int?)] {
                expectGradients(
                    of: { (x: Variable) in
                        crossEntropy(
                            x, labels, ignoredLabel: ignored, labelSmoothing: smoothing, reduction: reduction)
                    }, at: point)
            }
            let other = generator.tensor([4, 3])
            expectGradients(of: { meanSquaredError($0, $1, reduction: reduction) }, at: point, other)
            expectGradients(
                of: { crossEntropy($0, $1, labelSmoothing: 0.1, reduction: reduction) }, at: point, other)
        }
    }

    @Test func lossesOfFloatsAreComputedInDoubleWhereThatIsAsked() {
        var generator = TensorGenerator(seed: 4)
        let (x, y) = (generator.tensor([3, 4], as: .float32), generator.tensor([3, 4], as: .float32))
        let labels = Tensor([0, 3, 1], as: .int64)
        let losses: [(Variable, Tensor) -> Variable] = [
            { logits, _ in crossEntropy(logits, labels, ignoredLabel: 3, labelSmoothing: 0.1) },
            { crossEntropy($0, .constant($1), labelSmoothing: 0.1) }, { meanSquaredError($0, $1) },
        ]
        for loss in losses {
            let wide = inDouble { loss(Variable(x), y) }
            let double = loss(Variable(x.converted(to: .float64)), y.converted(to: .float64))
            expectIdentical(wide.value, double.value)
        }
    }

    @Test func lossesAreTheSameAtAnyNumberOfThreads() {
        let results = atThreadCounts {
            var generator = TensorGenerator(seed: 3)
            let logits = Variable(generator.tensor([300, 11], as: .float32))
            let labels = generator.labels([300], below: 11)
            let loss = crossEntropy(logits, labels, ignoredLabel: 4, labelSmoothing: 0.1)
            loss.backward()
            return [loss.value, logits.gradient!.value]
        }
        for result in results.dropFirst() {
            for (a, b) in zip(result, results[0]) { expectIdentical(a, b) }
        }
    }

    @Test func misuseIsNamed() {
        let logits = Variable(.zeros([3, 4]))
        func message(_ labels: Tensor, ignoring ignored: Int? = nil, smoothing: Double = 0) -> String? {
            misuseMessage { crossEntropy(logits, labels, ignoredLabel: ignored, labelSmoothing: smoothing).backward() }
        }
        #expect(
            message(Tensor([0, 1, 4], as: .int64)) == "crossEntropy: label 4 (label 2) is outside 0..<4")
        #expect(message(Tensor([0, -1, 9], as: .int64)) == "crossEntropy: label -1 (label 1) is outside 0..<4")
        #expect(
            message(Tensor([0, -1, 9], as: .int64), ignoring: -1)
                == "crossEntropy: label 9 (label 2) is outside 0..<4")
        #expect(message(Tensor([0, 1, 2])) == "crossEntropy: labels are int64; these are float32")
        #expect(
            message(Tensor([0, 1], as: .int64))
                == "crossEntropy: logits of shape [3, 4] and labels of [2]; labels have all axes but the last")
        #expect(
            message(Tensor([0, 1, 2], as: .int64), smoothing: 1.5)
                == "crossEntropy: label smoothing of 1.5 is outside 0 to 1")
        #expect(
            misuseMessage { crossEntropy(Variable(1), Tensor([0], as: .int64)) }
                == "crossEntropy: logits of shape [] and labels of [1]; labels have all axes but the last")
        #expect(
            misuseMessage { crossEntropy(logits, Variable(.zeros([3]))) }
                == "crossEntropy: logits of shape [3, 4], targets of [3]; they are equal, classes last")
        #expect(
            misuseMessage { meanSquaredError(logits, Tensor([1])) }
                == "meanSquaredError: prediction of shape [3, 4], target of [1]; they are equal")
        #expect(logits.gradient == nil)
    }
}

@Suite struct DistributionLossTests {
    private func reduction(_ attributes: ReferenceAttributes) -> Reduction {
        attributes["reduction"]?.string.flatMap(Reduction.init) ?? .mean
    }

    @Test func agreesWithPyTorch() throws {
        for one in try ReferenceCases.load("losses") {
            switch one.op {
            case "binaryCrossEntropyWithLogits":
                expectReference(
                    one, { [binaryCrossEntropy($0[0], $0[1], reduction: reduction($1))] },
                    absolute: one.name.hasPrefix("tails") ? 0 : 1e-14)
            case "meanAbsoluteError":
                expectReference(one, { [meanAbsoluteError($0[0], $0[1], reduction: reduction($1))] })
            case "huber":
                expectReference(
                    one, { [huber($0[0], $0[1], delta: $1["delta"]!.double!, reduction: reduction($1))] })
            case "hinge":
                expectReference(
                    one,
                    {
                        [
                            hinge(
                                $0[0], $0[1].value, margin: $1["margin"]?.double ?? 1,
                                squared: $1["squared"]?.bool ?? false, reduction: reduction($1))
                        ]
                    })
            case "logisticLoss":
                expectReference(one, { [logisticLoss($0[0], $0[1].value, reduction: reduction($1))] })
            case "cosineSimilarity":
                expectReference(one, { [cosineSimilarity($0[0], $0[1], along: $1["axis"]?.int ?? -1)] })
            case "cosineEmbeddingLoss":
                expectReference(
                    one,
                    {
                        [
                            cosineEmbeddingLoss(
                                $0[0], $0[1], $0[2].value, margin: $1["margin"]!.double!, reduction: reduction($1))
                        ]
                    })
            case "tripletLoss":
                expectReference(
                    one,
                    {
                        [
                            tripletLoss(
                                anchor: $0[0], positive: $0[1], negative: $0[2],
                                margin: $1["margin"]?.double ?? 1, reduction: reduction($1))
                        ]
                    })
            case "klDivergence":
                expectReference(one, { [klDivergence($0[0], $0[1], reduction: reduction($1))] })
            default: break
            }
        }
    }

    /// Scores 437.9 and 61.95 beside a true −96.8; 13, −7, 11 with a margin of 10; and ten classes not told apart: 9.
    /// What one looks at first: a net that knows nothing yet loses log 10 over ten classes, a linear SVM nine margins of 1.
    @Test func firstLossesAreThoseOfGuessing() {
        var random = Random(seed: 1)
        let x = Variable.constant(.normal([200, 32], using: &random))
        let labels = Tensor((0..<200).map { $0 % 10 })
        let scores = matmul(x, Variable(.smallRandom([32, 10], standardDeviation: 1e-4, using: &random)))
        #expect(abs(crossEntropy(scores, labels).item - 2.303) < 1e-3)
        #expect(abs(hinge(scores, labels).item - 9) < 1e-2)
    }

    @Test func knownHinges() {
        let one = Variable([[437.9, 61.95, -96.8]], as: .float64)
        expectClose(hinge(one, Tensor([2], as: .int64)).item, 695.45)
        let two = Variable([[13, -7, 11]], as: .float64)
        expectClose(hinge(two, Tensor([0], as: .int64), margin: 10).item, 8)
        expectClose(hinge(two, Tensor([0], as: .int64), margin: 10, squared: true).item, 64)
        expectClose(hinge(Variable(.zeros([4, 10])), Tensor([0, 3, 9, 9], as: .int64)).item, 9)
        expectClose(hinge(two, Tensor([0], as: .int64), margin: 10, reduction: .none).value, [8])
        #expect(misuseMessage { hinge(two, Tensor([3], as: .int64)) } == "hinge: label 3 (label 0) is outside 0..<3")
        expectClose(binaryHinge(Variable([2, -0.5], as: .float64), Tensor([1, 1], as: .float64)).item, 0.75)
        expectClose(
            binaryHinge(Variable([0.5], as: .float64), Tensor([-1], as: .float64), squared: true).item, 2.25)
    }

    @Test func pairsAreDrawnTogetherOrApart() {
        let (a, b) = (Variable([[0, 0], [0, 0]], as: .float64), Variable([[3, 4], [0.3, 0.4]], as: .float64))
        let targets = Tensor([1, 0])
        expectClose(contrastiveLoss(a, b, targets, reduction: .none).value, [12.5, 0.125])
        let apart = Variable([[1, 0]], as: .float64)
        contrastiveLoss(apart, apart, Tensor([0])).backward()
        expectClose(apart.gradient!.value, [0, 0])  // of a distance of 0
        var generator = TensorGenerator(seed: 6)
        let inputs = [generator.tensor([3, 2]), generator.tensor([3, 2])]
        expectGradients(of: { contrastiveLoss($0[0], $0[1], Tensor([1, 0, 0]), margin: 5) }, at: inputs)
        #expect(misuseMessage { contrastiveLoss(a, b, Tensor([1])) } != nil)
        #expect(misuseMessage { tripletLoss(anchor: a, positive: b, negative: apart) } != nil)
        expectClose(cosineSimilarity(a, b).value, [0, 0])
    }

    @Test func penaltiesAreSums() {
        let parameters = [Variable([[1, -2]], as: .float64), Variable([0, 3], as: .float64)]
        expectClose(l1Penalty(parameters).item, 6)
        expectClose(l2Penalty(parameters).item, 14)
        expectClose(elasticNetPenalty(parameters, ratio: 0.25).item, 1.5 + 10.5)
        l1Penalty(parameters).backward()
        expectClose(parameters[1].gradient!.value, [0, 1])
        #expect(l2Penalty([Variable]()).item == 0)
        #expect(misuseMessage { elasticNetPenalty(parameters, ratio: 2) } != nil)
        // What SGD's decay does is twice the penalty's share.
        let (x, y) = (Variable([3], as: .float64), Variable([3], as: .float64))
        (0.05 * l2Penalty([x])).backward()
        SGD(learningRate: 0.5).step([x])
        y.gradient = .constant(.zeros([1], as: .float64))
        SGD(learningRate: 0.5, weightDecay: 0.1).step([y])
        expectClose(x.value, y.value)
    }

    @Test func positivesMayCountMore() {
        let (x, t) = (Variable([0.5, -1], as: .float64), Tensor([1, 0], as: .float64))
        let each = binaryCrossEntropy(x, t, reduction: .none).value
        let weighted = binaryCrossEntropy(x, t, positiveWeight: Tensor([3], as: .float64), reduction: .none).value
        expectClose(weighted, [3 * each[0].item, each[1].item])
    }

    @Test func aTargetOfZeroContributesNothing() {
        let (p, t) = (Variable([[-1, -2]], as: .float64), Variable([[0, 1]], as: .float64))
        expectClose(klDivergence(p, t).item, 2)
        klDivergence(p, t).backward()
        #expect(isFinite(t.gradient!.value).all())
        #expect(klDivergence(p, p.value, reduction: .none).shape == [1, 2])
        #expect(
            misuseMessage { klDivergence(p, Variable([1], as: .float64)) }
                == "klDivergence: prediction of shape [1, 2], target of [1]; they are equal")
    }
}

@Suite struct ActivationTests {
    @Test func slopesAreLearnt() {
        var generator = TensorGenerator(seed: 1)
        let x = generator.tensor([2, 3, 2])
        expectIdentical(
            prelu(Variable(x), slope: Variable(0.1, as: .float64)).value, leakyRelu(Variable(x), slope: 0.1).value)
        expectGradients(of: { prelu($0, slope: $1) }, at: x, generator.tensor([3]))
        let layer = PRelu(channels: 3, as: .float64)
        #expect(layer.parameters.count == 3)
        expectIdentical(layer(Variable(x)).value, leakyRelu(Variable(x), slope: 0.25).value)
        let zero = Variable([0], as: .float64), slope = Variable([0.5], as: .float64)
        prelu(zero, slope: slope).backward()
        #expect(zero.gradient?.item == 0.5 && slope.gradient?.item == 0)
        #expect(misuseMessage { prelu(Variable(x), slope: Variable([1, 2], as: .float64)) } != nil)
    }

    @Test func maxoutTakesTheLargestPiece() {
        let x = Variable([[1, 3, -2, -5], [0, 0, 4, 1]], as: .float64)
        let y = maxout(x, pieces: 2)
        expectClose(y.value, [3, -2, 0, 4])
        y.sum().backward()
        expectClose(x.gradient!.value, [0, 1, 1, 0, 0.5, 0.5, 1, 0])
        expectClose(maxout(x, pieces: 2, along: 0).value, [1, 3, 4, 1])
        var random = Random(seed: 1)
        let layer = Maxout(inFeatures: 4, outFeatures: 3, pieces: 2, as: .float64, using: &random)
        #expect(layer(x).shape == [2, 3] && layer.parameters.count == 4 * 6 + 6)
        #expect(misuseMessage { maxout(x, pieces: 3) } != nil)
    }

    @Test func embeddingsAreRows() {
        var random = Random(seed: 2)
        let words = Embedding(tokens: 5, features: 3, padding: 0, using: &random)
        let tokens = Tensor([1, 0, 4, 1], shape: [2, 2], as: .int64)
        let rows = words(tokens)
        #expect(rows.shape == [2, 2, 3])
        expectIdentical(rows.value[0][0], words.weight.value[1])
        expectIdentical(rows.value[0][1], .zeros([3]))
        rows.sum().backward()
        expectClose(words.weight.gradient!.value.sum(along: 1), [0, 6, 0, 0, 3])
        expectIdentical(words(Variable.constant(tokens)).value, rows.value)
        #expect(misuseMessage { words(Tensor([5], as: .int64)) } == "embedding: token 5 is outside 0..<5")
        #expect(misuseMessage { words(Tensor([1])) } == "embedding: tokens of float32; they are int64")
    }
}
