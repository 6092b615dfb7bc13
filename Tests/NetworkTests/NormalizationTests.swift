import GradusAutograd
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

@Suite struct NormalizationTests {
    @Test func agreesWithPyTorch() throws {
        let functions: [String: ReferenceFunction] = [
            "batchNorm": { x, a in
                [batchNorm(x[0], weight: x.dropFirst().first, bias: x.last(behind: 1), epsilon: a["epsilon"]!.double!)]
            },
            "batchNormRelu": { x, a in
                [
                    batchNorm(
                        x[0], weight: x.dropFirst().first, bias: x.last(behind: 1), epsilon: a["epsilon"]!.double!,
                        activation: .relu)
                ]
            },
            "layerNorm": { x, a in
                [
                    layerNorm(
                        x[0], over: Shape(a["normalizedShape"]!.ints!), weight: x.dropFirst().first,
                        bias: x.last(behind: 1), epsilon: a["epsilon"]!.double!)
                ]
            },
            "groupNorm": { x, a in
                [
                    groupNorm(
                        x[0], groups: a["groups"]!.int!, weight: x.dropFirst().first, bias: x.last(behind: 1),
                        epsilon: a["epsilon"]!.double!)
                ]
            },
            "instanceNorm": { x, a in
                [
                    instanceNorm(
                        x[0], weight: x.dropFirst().first, bias: x.last(behind: 1), epsilon: a["epsilon"]!.double!)
                ]
            },
        ]
        let others = Set(try ReferenceCases.load("losses").map(\.op)).subtracting(functions.keys)
        try expectReferences(
            "losses", functions, except: others, absolute: { $0.name == "around a large mean" ? 1e-9 : 1e-13 })
    }

    @Test func runningStatisticsFollowTheBatchesAndModesDecide() {
        let norm = BatchNorm(channels: 2, as: .float64)
        #expect(norm.parameters.paths == ["weight", "bias"])
        #expect(norm.parameters.buffers.map(\.path) == ["runningMean", "runningVariance", "batchCount"])
        let x = Tensor([[1, 10], [3, 20], [8, 60]], as: .float64)
        let y = norm(.constant(x)).value
        expectClose(y.mean(along: 0), [0, 0], absolute: 1e-12)
        // 0.9 · 0 + 0.1 · mean; 0.9 · 1 + 0.1 · unbiased variance: 13 and 700.
        expectClose(norm.runningMean.value, [0.4, 3])
        expectClose(norm.runningVariance.value, [0.9 + 1.3, 0.9 + 70])
        _ = norm(.constant(x))
        expectClose(norm.runningMean.value, [0.76, 5.7])
        expectClose(norm.runningVariance.value, [0.9 * 2.2 + 1.3, 0.9 * 70.9 + 70])
        #expect(norm.batchCount.value.item == 2)

        let (mean, variance) = (norm.runningMean.value, norm.runningVariance.value)
        let evaluated = evaluate { norm(.constant(x)) }.value
        expectClose(evaluated, (x - mean) / sqrt(variance + 1e-5))
        expectIdentical(norm.frozen()(.constant(x)).value, evaluated)
        expectIdentical(norm.runningMean.value, mean)
        #expect(norm.batchCount.value.item == 2)
    }

    @Test func runningStatisticsMayBeMeansOverAllBatches() {
        let norm = BatchNorm(channels: 1, momentum: nil, as: .float64)
        for (a, b) in [(0.0, 2.0), (4, 8), (1, 3)] { _ = norm(.constant(Tensor([[a], [b]], as: .float64))) }
        expectClose(norm.runningMean.value, [3])  // of 1, 6 and 2
        expectClose(norm.runningVariance.value, [4])  // of 2, 8 and 2
    }

    @Test func theFourMeetWhereTheyAreTheSame() {
        var generator = TensorGenerator(seed: 3)
        let x = Variable(generator.tensor([3, 4, 2, 5]))
        // One group is layer normalization of each example; a channel a group is instance normalization.
        expectClose(
            groupNorm(x, groups: 1).value, layerNorm(x, over: [4, 2, 5]).value, relative: 1e-12, absolute: 1e-14)
        expectIdentical(groupNorm(x, groups: 4).value, instanceNorm(x).value)
        // Of one example, batch and instance normalization agree.
        expectClose(batchNorm(x[0..<1]).value, instanceNorm(x[0..<1]).value, relative: 1e-12, absolute: 1e-14)
        let (group, instance) = (GroupNorm(groups: 2, channels: 4, as: .float64), InstanceNorm(channels: 4))
        expectIdentical(group(x).value, groupNorm(x, groups: 2, weight: group.weight, bias: group.bias).value)
        expectIdentical(instance(x).value, instanceNorm(x).value)
        let layer = LayerNorm([2, 5], as: .float64)
        expectIdentical(layer(x).value, layerNorm(x, over: [2, 5]).value)
        #expect(layer.parameters.count == 20)
        #expect(Parameters(of: [LayerNorm([3], bias: false)]).paths == ["0.weight"])
    }

    @Test func aRunRepeatedDoesNotMoveTheStatisticsTwice() {
        let norm = BatchNorm(channels: 2, as: .float64)
        let once = BatchNorm(channels: 2, as: .float64)
        var generator = TensorGenerator(seed: 4)
        let x = Variable(generator.tensor([5, 2]))
        recomputed { norm(x) }.sum().backward()
        _ = once(x)
        expectIdentical(norm.runningMean.value, once.runningMean.value)
        let before = norm.runningVariance.value
        _ = misuseMessage {
            _ = Tensor([1, 2]) + Tensor([1, 2, 3])
            _ = norm(x)
        }
        expectIdentical(norm.runningVariance.value, before)
    }

    @Test func derivativesOfLayersAgreeWithDifferences() {
        var generator = TensorGenerator(seed: 5)
        let inputs = [generator.tensor([3, 4, 2]), generator.tensor([4]), generator.tensor([4])]
        expectGradients(of: { square(groupNorm($0[0], groups: 2, weight: $0[1], bias: $0[2])) }, at: inputs)
        expectGradients(of: { square(batchNorm($0[0], weight: $0[1], bias: $0[2])) }, at: inputs)
        // Also where only some parts want a gradient, or there is only one of weight and bias.
        expectGradients(of: { square(batchNorm($0[0], weight: $0[1], bias: $0[2])) }, at: inputs, constants: [0, 1])
        expectGradients(of: { square(batchNorm($0[0], weight: $0[1])) }, at: Array(inputs[..<2]), constants: [0])
        expectGradients(of: { square(batchNorm($0[0], bias: $0[1])) }, at: Array(inputs[..<2]))
        expectGradients(of: { square(batchNorm($0[0], weight: $0[1], bias: $0[2], activation: .relu)) }, at: inputs)
        let (mean, variance) = (generator.tensor([4]), generator.tensor([4], in: 0.5...2))
        expectGradients(
            of: { batchNorm($0[0], mean: mean, variance: variance, weight: $0[1], bias: $0[2]) }, at: inputs)
    }

    /// With an activation in the same pass everything is what it is one after the other, to the bit: in training and in evaluation,
    /// where only some inputs want a gradient, and where there are none.
    @Test(arguments: [ElementType.float32, .float64]) func activationsInOnePass(_ type: ElementType) {
        var generator = TensorGenerator(seed: 11)
        for shape in [[9, 5], [3, 4, 7], [2, 3, 5, 11], [1, 70, 3], [40, 1]] as [Shape] {
            let x = generator.tensor(shape).converted(to: type)
            let (w, b) = (generator.tensor([shape[1]]), generator.tensor([shape[1]]))
            let upstream = generator.tensor(shape).converted(to: type)
            for activation in Activation.allCases {
                for constant in [false, true] {
                    func results(_ function: (Variable, Variable, Variable) -> Variable) -> [Tensor] {
                        let inputs = [Variable(x), Variable(w.converted(to: type)), Variable(b.converted(to: type))]
                        let y = function(constant ? .constant(x) : inputs[0], inputs[1], inputs[2])
                        y.backward(upstream: .constant(upstream))
                        return [y.value] + inputs.compactMap { $0.gradient?.value }
                    }
                    let together = results { batchNorm($0, weight: $1, bias: $2, activation: activation) }
                    let apart = results { function(activation)(batchNorm($0, weight: $1, bias: $2)) }
                    #expect(together.count == apart.count && together.count == (constant ? 3 : 4))
                    for (a, b) in zip(together, apart) { expectIdentical(a, b) }
                }
                let norm = BatchNorm(channels: shape[1], as: type)
                let other = BatchNorm(channels: shape[1], as: type)
                expectIdentical(
                    norm(.constant(x), activation: activation).value, function(activation)(other(.constant(x))).value)
                expectIdentical(norm.runningVariance.value, other.runningVariance.value)
                evaluate {
                    expectIdentical(
                        norm(.constant(x), activation: activation).value,
                        function(activation)(other(.constant(x))).value)
                }
            }
        }
        let none = Variable(Tensor([[1, .nan], [3, 2]], as: type))
        let y = batchNorm(none, activation: .relu)
        y.sum().backward()
        #expect(y.value[0][1].item.isNaN && y.value[1][0].item > 0.9 && none.gradient!.value[0][1].item.isNaN)
    }

    private func function(_ activation: Activation) -> (Variable) -> Variable {
        switch activation {
        case .relu: { relu($0) }
        case .sigmoid: { sigmoid($0) }
        case .tanh: { tanh($0) }
        case .gelu: { gelu($0) }
        case .silu: { silu($0) }
        }
    }

    @Test func sizesOfZeroAreNoTrouble() {
        let norm = LayerNorm([3])
        let x = Variable(.zeros([0, 3]))
        let y = norm(x)
        #expect(y.shape == [0, 3])
        y.sum().backward()
        #expect(x.gradient?.shape == [0, 3])
        #expect(norm.weight?.gradient?.value == .zeros([3]))
        #expect(norm.bias?.gradient?.value == .zeros([3]))
    }

    @Test func misuseIsNamed() {
        let x = Variable(.zeros([1, 3]))
        #expect(
            misuseMessage { BatchNorm(channels: 3)(x) }
                == "batchNorm: 1 values a channel, in shape [1, 3]; a variance needs two")
        #expect(
            misuseMessage { BatchNorm(channels: 4)(Variable(.zeros([2, 3]))) }
                == "BatchNorm: an input of shape [2, 3]; it is [batch, 4 channels, …]")
        #expect(
            misuseMessage { layerNorm(x, over: [2]) } == "layerNorm: an input of shape [1, 3] does not end in [2]")
        #expect(
            misuseMessage { groupNorm(x, groups: 2) }
                == "groupNorm: 2 groups of 3 channels; groups divide them evenly")
        #expect(
            misuseMessage { layerNorm(x, over: [3], weight: Variable(.zeros([2]))) }
                == "layerNorm: a weight of shape [2]; it is [3] here")
        #expect(misuseMessage { layerNorm(x, over: [3], epsilon: -1) } == "layerNorm: epsilon -1.0; it is 0 or more")
        #expect(
            misuseMessage { layerNorm(x, over: [3], bias: Variable(.zeros([3], as: .float64))) }
                == "layerNorm: float32 beside float64; all are of one floating-point type")
        #expect(misuseMessage { instanceNorm(x) } != nil)
        #expect(misuseMessage { GroupNorm(groups: 0, channels: 3) } != nil)
        #expect(misuseMessage { BatchNorm(channels: 3, momentum: 2) } != nil)
    }
}

extension Array {
    fileprivate func last(behind count: Int) -> Element? { self.count > count + 1 ? last : nil }
}
