import GradusAutograd
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

@Suite struct ImageLayerTests {
    @Test func functionsAgreeWithPyTorch() throws {
        for one in try ReferenceCases.load("losses") {
            switch one.op {
            case "localResponseNorm":
                expectReference(
                    one,
                    { x, a in
                        [
                            localResponseNorm(
                                x[0], size: a["size"]!.int!, alpha: a["alpha"]!.double!, beta: a["beta"]!.double!,
                                k: a["k"]!.double!)
                        ]
                    })
            case "upsample":
                expectReference(
                    one,
                    { x, a in
                        let size = a["size"]!.ints!
                        let by = Interpolation(rawValue: a["mode"]!.string!)!
                        return [upsample(x[0], to: Pair(size[0], size[1]), by: by)]
                    })
            default: break
            }
        }
    }

    @Test func layersAreTheFunctions() {
        var random = Random(seed: 1)
        let x = Variable.constant(.normal([2, 4, 5, 6], using: &random))
        let up = TransposedConv2D(
            inChannels: 4, outChannels: 6, kernel: Pair(3, 4), stride: 2, padding: 1, outputPadding: Pair(1, 0),
            groups: 2, using: &random)
        #expect(up.weight.shape == [4, 3, 3, 4] && up(x).shape == [2, 6, 10, 12])
        expectIdentical(
            up(x).value,
            transposedConv2D(
                x, up.weight, bias: up.bias, stride: 2, padding: 1, outputPadding: Pair(1, 0), groups: 2
            ).value)
        let sequence = x.reshaped(to: [2, 4, 30])
        let along = Conv1D(inChannels: 4, outChannels: 6, kernel: 5, stride: 2, padding: 2, groups: 2, using: &random)
        expectIdentical(
            along(sequence).value,
            conv1D(sequence, along.weight, bias: along.bias, stride: 2, padding: 2, groups: 2).value)
        expectIdentical(
            AdaptiveAveragePool2D(outputSize: Pair(2, 3))(x).value,
            adaptiveAveragePool2D(x, outputSize: Pair(2, 3)).value)
        expectIdentical(AdaptiveMaxPool2D(outputSize: 2)(x).value, adaptiveMaxPool2D(x, outputSize: 2).value)
        expectClose(GlobalAveragePool()(x).value, x.value.mean(along: [2, 3]))
        expectClose(GlobalMaxPool()(x).value, x.value.max(along: [2, 3]))
        expectIdentical(LocalResponseNorm(k: 2)(x).value, localResponseNorm(x, k: 2).value)
        #expect(Upsample(factor: Pair(2, 3), by: .bilinear)(x).shape == [2, 4, 10, 18])
        #expect(misuseMessage { Conv1D(inChannels: 3, outChannels: 4, kernel: 1, groups: 2) } != nil)
        #expect(misuseMessage { TransposedConv2D(inChannels: 3, outChannels: 4, kernel: 1, groups: 2) } != nil)
        #expect(misuseMessage { upsample(sequence, to: 3) } != nil)
        #expect(misuseMessage { localResponseNorm(x, size: 0) } != nil)
    }

    @Test func upsamplingIsWhatTheDocumentationSays() {
        let x = Variable([[[[1, 2]]]])
        expectClose(upsample(x, to: Pair(1, 4)).value, [1, 1, 2, 2])
        expectClose(upsample(x, to: Pair(1, 4), by: .bilinear).value, [1, 1.25, 1.75, 2])
    }

    @Test func aMixtureOfOneIsThatOne() {
        var random = Random(seed: 2)
        let x = Variable(Tensor.normal([3, 2, 4, 3], as: .float64, using: &random))
        let functions: [(Variable) -> Variable] = [
            { instanceNorm($0) }, { layerNorm($0, over: [2, 4, 3]) }, { batchNorm($0) },
        ]
        for (place, function) in functions.enumerated() {
            let norm = SwitchableNorm(channels: 2, as: .float64)
            var logits = [-100.0, -100, -100]
            logits[place] = 100
            norm.meanWeight.value = Tensor(logits, as: .float64)
            norm.varianceWeight.value = Tensor(logits, as: .float64)
            expectClose(norm(x).value, function(x).value, relative: 1e-10, absolute: 1e-12)
        }
        let norm = SwitchableNorm(channels: 2, as: .float64)
        let reference = BatchNorm(channels: 2, as: .float64)
        _ = (norm(x), reference(x))
        expectClose(norm.runningMean.value, reference.runningMean.value, relative: 1e-12)
        expectClose(norm.runningVariance.value, reference.runningVariance.value, relative: 1e-12)
        #expect(evaluate { norm(x) }.value != norm(x).value)
        let parameters = Array(norm.parameters)
        #expect(
            checkGradients(at: [x] + parameters, settings: GradientCheckSettings(mode: .fast)) {
                (norm(x) * square(x)).sum()
            }.passed)
        #expect(misuseMessage { norm(Variable(.zeros([2, 3, 1, 1]))) } != nil)
    }

    @Test func standardizedFiltersHaveMeanZeroAndVarianceOne() {
        var random = Random(seed: 3)
        let weight = Variable(Tensor.normal([4, 3, 2, 2], as: .float64, using: &random))
        let standard = weightStandardized(weight, epsilon: 0).value.reshaped(4, 12)
        expectClose(standard.mean(along: 1), .zeros([4], as: .float64), absolute: 1e-14)
        expectClose(standard.variance(along: 1, correction: 0), .ones([4], as: .float64))
        #expect(misuseMessage { weightStandardized(Variable([1])) } != nil)
    }

    @Test func bothDropoutsExpectTheSame() {
        let x = Variable.constant(.ones([4000]))
        let (now, later) = (
            Dropout(probability: 0.25, seed: 1), Dropout(probability: 0.25, seed: 1, scalesInTraining: false)
        )
        let (a, b) = (now(x).value, later(x).value)
        #expect(Set(b.array(of: Float.self)) == [0, 1])
        expectClose(a * 0.75, b, relative: 1e-6)
        expectClose(evaluate { later(x) }.value, .full([4000], 0.75))
        // Training and evaluation agree in the mean, each in its own scale.
        expectClose(b.mean().item, 0.75, relative: 0.03)
        expectClose(a.mean().item, 1, relative: 0.03)
    }

    @Test func sizesOfOutputs() {
        #expect(windowCount(32, kernel: 5, padding: 2) == 32)
        #expect(windowCount(227, kernel: 11, stride: 4, exactly: true) == 55)
        #expect(windowCount(7, kernel: 3, stride: 3) == 2)
        #expect(
            misuseMessage { windowCount(7, kernel: 3, stride: 3, exactly: true) }
                == "windowCount: (7 − 3 + 2 · 0) / 3 is not whole: 1 at the end would not be read")
        #expect(misuseMessage { windowCount(2, kernel: 3) } != nil)
        #expect(misuseMessage { windowCount(2, kernel: 1, padding: .max) } != nil)
        #expect(misuseMessage { windowCount(2, kernel: 0) } != nil)
        var random = Random(seed: 4)
        let exact = Conv2D(inChannels: 1, outChannels: 1, kernel: 3, stride: 3, exact: true, using: &random)
        #expect(exact(.constant(.zeros([1, 1, 6, 9]))).shape == [1, 1, 2, 3])
        #expect(
            misuseMessage { exact(.constant(.zeros([1, 1, 6, 7]))) }
                == "windowCount: (7 − 3 + 2 · 0) / 3 is not whole: 1 at the end would not be read")
        #expect(misuseMessage { MaxPool2D(kernel: 2, exact: true)(.constant(.zeros([1, 1, 4, 5]))) } != nil)
        #expect(misuseMessage { AveragePool2D(kernel: 2, exact: true)(.constant(.zeros([1, 1, 5, 4]))) } != nil)
    }

    /// Three windows of 3 see what one of 7 sees; strides and gaps count.
    @Test func receptiveFields() {
        var random = Random(seed: 5)
        func conv(_ kernel: Int, stride: Int = 1, dilation: Int = 1) -> Conv2D {
            Conv2D(
                inChannels: 1, outChannels: 1, kernel: Pair(kernel), stride: Pair(stride), dilation: Pair(dilation),
                using: &random)
        }
        #expect(receptiveField(of: [conv(3), conv(3), conv(3)]) == Pair(7))
        #expect(receptiveField(of: [conv(7)]) == Pair(7))
        #expect(receptiveField(of: []) == Pair(1))
        #expect(receptiveField(of: [conv(3, stride: 2), MaxPool2D(kernel: 2), conv(3, dilation: 2)]) == Pair(21))
        let chain = Sequential(conv(3), Function { relu($0) }, AveragePool2D(kernel: Pair(2, 1)))
        #expect(receptiveField(of: [chain]) == Pair(4, 3))
    }
}
