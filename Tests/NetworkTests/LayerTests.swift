import GradusAutograd
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

@Suite struct LayerTests {
    private var generator = TensorGenerator(seed: 7)

    @Test mutating func linearIsTheFormula() {
        var random = Random(seed: 1)
        let layer = Linear(inFeatures: 3, outFeatures: 2, using: &random)
        #expect(layer.parameters.paths == ["weight", "bias"])
        #expect(layer.weight.shape == [3, 2])
        #expect(layer.bias?.value == .zeros([2]))
        let x = generator.tensor([4, 3], as: .float32)
        expectIdentical(layer(.constant(x)).value, matmul(x, layer.weight.value) + .zeros([2]))
        expectIdentical(layer(.constant(x), activation: .tanh).value, tanh(layer(.constant(x)).value))

        let given = Linear(weight: Variable([[1, 2], [3, 4], [5, 6]]), bias: Variable([10, 20]))
        expectClose(given(.constant(Tensor([[1, 0, -1], [1, 1, 1]]))).value, [6, 16, 19, 32])
        let plain = Linear(inFeatures: 3, outFeatures: 2, bias: false, as: .float64)
        #expect(plain.parameters.paths == ["weight"])
        #expect(plain(.constant(.zeros([5, 4, 3], as: .float64))).shape == [5, 4, 2])
        #expect(
            misuseMessage { layer(Variable(.zeros([4, 2]))) }?.hasPrefix("linear: ") == true)
    }

    @Test mutating func convolutionIsTheFunction() {
        var random = Random(seed: 1)
        let layer = Conv2D(
            inChannels: 4, outChannels: 6, kernel: Pair(3, 2), stride: Pair(2, 1), padding: 1, dilation: Pair(1, 2),
            groups: 2, using: &random)
        #expect(layer.weight.shape == [6, 2, 3, 2])
        #expect(layer.parameters.paths == ["weight", "bias"])
        let x = generator.tensor([2, 4, 7, 8], as: .float32)
        expectIdentical(
            layer(.constant(x)).value,
            conv2D(
                x, layer.weight.value, bias: layer.bias?.value, stride: Pair(2, 1), padding: 1, dilation: Pair(1, 2),
                groups: 2))
        #expect(Conv2D(inChannels: 1, outChannels: 2, kernel: 3, bias: false).parameters.count == 18)
        // CS231n: ten 5×5 filters over 32×32×3, padding 2.
        let lecture = Conv2D(inChannels: 3, outChannels: 10, kernel: 5, padding: 2)
        #expect(lecture.parameters.count == 760)
        #expect(lecture(.constant(.zeros([1, 3, 32, 32]))).shape == [1, 10, 32, 32])
        // AlexNet's first: 227, eleven wide, stride 4.
        let alex = Conv2D(inChannels: 3, outChannels: 96, kernel: 11, stride: 4)
        #expect(alex.parameters.count == 34_944)
        #expect(alex(.constant(.zeros([1, 3, 227, 227]))).shape == [1, 96, 55, 55])
    }

    @Test func theSameSeedMakesTheSameLayer() {
        var (a, b) = (Random(seed: 3), Random(seed: 3))
        expectIdentical(
            Linear(inFeatures: 5, outFeatures: 4, using: &a).weight.value,
            Linear(inFeatures: 5, outFeatures: 4, using: &b).weight.value)
        expectIdentical(
            Conv2D(inChannels: 2, outChannels: 4, kernel: 3, using: &a).weight.value,
            Conv2D(inChannels: 2, outChannels: 4, kernel: 3, using: &b).weight.value)
    }

    @Test mutating func poolingAndFlatteningAreTheFunctions() {
        let x = generator.tensor([2, 3, 6, 8], as: .float32)
        let input = Variable.constant(x)
        expectIdentical(MaxPool2D(kernel: 2)(input).value, maxPool2D(x, kernel: 2))
        expectIdentical(
            MaxPool2D(kernel: 3, stride: Pair(1, 2), padding: 1)(input).value,
            maxPool2D(x, kernel: 3, stride: Pair(1, 2), padding: 1))
        expectIdentical(AveragePool2D(kernel: Pair(2, 4))(input).value, averagePool2D(x, kernel: Pair(2, 4)))
        expectIdentical(
            AveragePool2D(kernel: 3, stride: 2, padding: 1, countingPadding: false)(input).value,
            averagePool2D(x, kernel: 3, stride: 2, padding: 1, countingPadding: false))
        #expect(Flatten()(input).shape == [2, 144])
        #expect(Flatten(from: 0, through: 1)(input).shape == [6, 6, 8])
    }

    @Test func dropoutFollowsModeAndSeed() {
        let x = Variable.constant(.ones([1000]))
        let (one, two) = (Dropout(probability: 0.25, seed: 9), Dropout(probability: 0.25, seed: 9))
        let first = one(x).value
        expectIdentical(first, two(x).value)
        #expect(first != one(x).value)  // drawn anew at each call
        let kept = first.countNonZero()
        #expect((690...810).contains(kept))
        #expect(Set(first.array(of: Float.self)) == [0, Float(1 / 0.75)])
        expectIdentical(evaluate { one(x) }.value, x.value)
        // Evaluating draws nothing.
        _ = two(x)
        expectIdentical(one(x).value, two(x).value)
        #expect(misuseMessage { Dropout(probability: 1.5)(x) } == "dropout: a probability of 1.5 is outside 0 to 1")
    }

    @Test func sequentialIsOneAfterTheOther() {
        var random = Random(seed: 2)
        let (hidden, output) = (
            Linear(inFeatures: 4, outFeatures: 3, using: &random), Linear(inFeatures: 3, outFeatures: 2, using: &random)
        )
        let model = Sequential(hidden, Function { relu($0) }, output)
        #expect(
            model.parameters.paths == ["layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias"])
        let x = Variable([[1, -2, 3, 0.5]])
        expectIdentical(model(x).value, output(relu(hidden(x))).value)
        expectIdentical(Sequential([])(x).value, x.value)
    }

    @Test func misuseIsNamedAndFollowedByNoTrap() {
        let message = misuseMessage {
            let layer = Conv2D(inChannels: 3, outChannels: 4, kernel: 3, groups: 0)
            _ = layer(.constant(.zeros([1, 3, 5, 5])))
            _ = layer.parameters.count
        }
        #expect(message == "Conv2D: 0 groups of 3 and 4 channels; groups divide both evenly")
        #expect(misuseMessage { Conv2D(inChannels: 4, outChannels: 3, kernel: 3, groups: 2) } != nil)
        #expect(misuseMessage { Conv2D(inChannels: -1, outChannels: 3, kernel: 3) } != nil)
        #expect(misuseMessage { Linear(inFeatures: 3, outFeatures: -1) } != nil)
    }

    @Test func derivativesOfAllLayersTogetherAgreeWithDifferences() {
        var random = Random(seed: 5)
        let convolution = Conv2D(inChannels: 1, outChannels: 2, kernel: 3, padding: 1, as: .float64, using: &random)
        let linear = Linear(inFeatures: 8, outFeatures: 3, as: .float64, using: &random)
        let (maximum, average) = (MaxPool2D(kernel: 2), AveragePool2D(kernel: 1))
        var generator = TensorGenerator(seed: 6)
        let labels = generator.labels([2], below: 3)
        let inputs =
            [generator.tensor([2, 1, 4, 4])]
            + [convolution, linear].flatMap { layer -> [Tensor] in
                Parameters(of: layer).map(\.value)
            }
        expectGradients(
            of: { v in
                let first = Conv2D(weight: v[1], bias: v[2], padding: 1)
                let maps = average(maximum(sigmoid(first(v[0]))))
                return crossEntropy(Linear(weight: v[3], bias: v[4])(Flatten()(maps)), labels)
            }, at: inputs)
    }
}
