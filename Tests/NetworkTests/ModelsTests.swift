import GradusAutograd
import GradusData
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

/// The architectures: as many parameters as the papers' tables say, and small ones of the same kind learn.
///
/// At full size, with a step forward and backward: `GRADUS_EXHAUSTIVE=1 swift test -c release --filter ModelsTests`, 8 GB of memory.
@Suite(.seeded(), .serialized) struct ModelsTests {
    /// A model, what is known of it, and a small one.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The parameters at full size.
        let parameters: Int
        /// The shape of its input, one example.
        let input: [Int]
        var classes = 1000
        let full: @Sendable () -> any Layer
        /// The side of the small one's images, and the small one, for three classes of grey images.
        let side: Int
        let small: @Sendable (inout Random) -> any Layer
    }

    static let cases = [
        Case(
            testDescription: "LeNet-5", parameters: 61_706, input: [1, 28, 28], classes: 10, full: { LeNet5() },
            side: 16,
            small: { LeNet5(side: 16, classes: 3, using: &$0) }),
        Case(
            testDescription: "AlexNet", parameters: 61_100_840, input: [3, 227, 227], full: { AlexNet() }, side: 64,
            small: { AlexNet(inChannels: 1, side: 64, classes: 3, divisor: 16, dropout: 0, using: &$0) }),
        Case(
            // The convolutions 34,944 + 614,656 + 885,120 + 1,327,488 + 884,992, as one column; then three layers of 4096, 4096,
            // 1000.
            testDescription: "AlexNet of 2012", parameters: 62_378_344, input: [3, 227, 227],
            full: { AlexNet(.original) },
            side: 72,
            small: { AlexNet(.original, inChannels: 1, side: 72, classes: 3, divisor: 16, dropout: 0, using: &$0) }),
        Case(
            // The convolutions 14,208 + 614,656 + 1,180,160 + 4,719,616 + 4,719,104; 6 × 6 × 512 numbers go into the first of
            // three layers.
            testDescription: "ZFNet", parameters: 107_627_624, input: [3, 224, 224], full: { ZFNet() }, side: 64,
            small: { ZFNet(inChannels: 1, side: 64, classes: 3, divisor: 16, dropout: 0, using: &$0) }),
        Case(
            testDescription: "VGG-16", parameters: 138_357_544, input: [3, 224, 224], full: { VGG16() }, side: 32,
            small: { VGG16(inChannels: 1, side: 32, classes: 3, width: 8, hidden: 32, dropout: 0, using: &$0) }),
        Case(
            testDescription: "GoogLeNet", parameters: 6_624_904, input: [3, 224, 224], full: { GoogLeNet() }, side: 32,
            small: { GoogLeNet(inChannels: 1, classes: 3, divisor: 16, dropout: 0, using: &$0) }),
        Case(
            testDescription: "ResNet-18", parameters: 11_689_512, input: [3, 224, 224],
            full: { withRandom { ResNet.eighteen(using: &$0) } }, side: 32,
            small: { ResNet.eighteen(inChannels: 1, classes: 3, width: 4, using: &$0) }),
        Case(
            testDescription: "ResNet-34", parameters: 21_797_672, input: [3, 224, 224],
            full: { withRandom { ResNet.thirtyFour(using: &$0) } }, side: 32,
            small: { ResNet.thirtyFour(inChannels: 1, classes: 3, width: 4, using: &$0) }),
        Case(
            testDescription: "ResNet-50", parameters: 25_557_032, input: [3, 224, 224],
            full: { withRandom { ResNet.fifty(using: &$0) } }, side: 32,
            small: { ResNet.fifty(inChannels: 1, classes: 3, width: 4, using: &$0) }),
        Case(
            testDescription: "ResNet-20", parameters: 269_722, input: [3, 32, 32], classes: 10,
            full: { withRandom { ResNet.twenty(using: &$0) } }, side: 16,
            small: { ResNet.twenty(inChannels: 1, classes: 3, width: 4, using: &$0) }),
        Case(
            testDescription: "ViT-B/16", parameters: 86_567_656, input: [3, 224, 224],
            full: { VisionTransformer(.base16) }, side: 16,
            small: {
                VisionTransformer(
                    .init(inChannels: 1, side: 16, patch: 4, classes: 3, features: 24, layers: 2, heads: 3), using: &$0)
            }),
    ]

    private static func withRandom(_ make: (inout Random) -> ResNet) -> ResNet {
        var random = Random(seed: 1)
        return make(&random)
    }

    /// Those whose weights do not take seconds to draw; the others in the exhaustive run.
    @Test(arguments: cases.filter { $0.parameters < 12_000_000 || isExhaustive })
    func itHasAsManyParametersAsThePaperSays(model: Case) {
        #expect(Parameters(of: model.full()).count == model.parameters)
    }

    @Test(.enabled(if: isExhaustive), arguments: cases)
    func aStepAtFullSize(model: Case) {
        let net = model.full()
        let parameters = Parameters(of: net)
        var random = Random(seed: 2)
        let images = Tensor.uniform(Shape([2] + model.input), using: &random)
        let scores = net(.constant(images))
        #expect(scores.shape == [2, model.classes])
        let loss = crossEntropy(scores, Tensor([0, 1], as: .int64))
        #expect(abs(loss.item) < 1000)
        loss.backward()
        for (path, parameter) in parameters.named {
            guard let gradient = parameter.gradient?.value else {
                Issue.record("\(path) has no gradient")
                continue
            }
            #expect(gradient.norm().item.isFinite, "\(path)")
        }
        SGD(learningRate: 1e-3).step(parameters)
        #expect(evaluate { net(.constant(images)) }.value.max().item.isFinite)
    }

    /// Twelve digits of three classes, enlarged to the smallest size the model takes, learnt by heart.
    @Test(arguments: cases)
    func aSmallOneLearns(model: Case) throws {
        let digits = try Digits.load().all
        let classes = digits.labels.array(of: Int.self)
        let places = (0..<3).flatMap { label in classes.indices.filter { classes[$0] == label }.prefix(4) }
        let few = digits.taking(Tensor(places))
        let factor = model.side / 8
        let images = few.inputs.reshaped(12, 1, 8, 1, 8, 1).tiled([1, 1, 1, factor, 1, factor])
            .reshaped(12, 1, model.side, model.side)
        var random = Random(seed: 3)
        let net = model.small(&random)
        let parameters = Parameters(of: net)
        let adam = Adam(learningRate: 3e-3)
        var losses: [Double] = []
        for _ in 0..<60 where (losses.last ?? 1) > 0.05 {
            let loss = crossEntropy(net(.constant(images)), few.labels)
            loss.backward()
            adam.step(parameters)
            losses.append(loss.item)
        }
        #expect(losses[0] > 0.5 && losses.last ?? 1 < 0.05, "\(losses)")
        // Every parameter has a part in it.
        crossEntropy(net(.constant(images)), few.labels).backward()
        for (path, parameter) in parameters.named { #expect(parameter.gradient != nil, "\(path)") }
    }

    /// In double precision, at a few parameters from the first to the last: along directions through all of them, and at some
    /// elements of each; along more and at more in the exhaustive run. The pictures are noise, which has no ties for a pooling.
    @Test(arguments: cases)
    func aSmallOnePassesTheGradientCheck(model: Case) {
        var random = Random(seed: 5)
        let net = model.small(&random)
        let images = Variable.constant(.normal([3, 1, model.side, model.side], using: &random))
        let all = Array(Parameters(of: net))
        let some = (0..<4).map { all[$0 * (all.count - 1) / 3] }
        var settings = GradientCheckSettings(mode: .fast)
        (settings.probes, settings.elements) = isExhaustive ? (2, 8) : (1, 1)
        let report = checkGradients(at: some, settings: settings) {
            crossEntropy(net(images), Tensor([0, 1, 2], as: .int64))
        }
        #expect(report.verdict == .pass, "\(report)")
    }

    /// The published numbers by the sizes alone, and that the sizes tell the truth.
    @Test(arguments: [(1, 8, 2, 10, 32, 3, 4, nil), (3, 12, 4, 5, 8, 1, 2, 12), (2, 6, 6, 2, 6, 2, 1, 5)])
    func aTransformersSizeSaysHowManyParametersItHas(
        inChannels: Int, side: Int, patch: Int, classes: Int, features: Int, layers: Int, heads: Int, hidden: Int?
    ) {
        typealias Size = VisionTransformer.Size
        #expect(Size.base16.parameterCount == 86_567_656 && Size.base16.patches == 196)
        #expect(Size.large16.parameterCount == 304_326_632)
        let size = Size(
            inChannels: inChannels, side: side, patch: patch, classes: classes, features: features, layers: layers,
            heads: heads, hiddenFeatures: hidden)
        var random = Random(seed: 6)
        let model = VisionTransformer(size, using: &random)
        #expect(model.parameters.count == size.parameterCount)
        let x = Variable.constant(.normal([2, inChannels, side, side], using: &random))
        #expect(model.words(x).shape == [2, size.patches + 1, features] && model(x).shape == [2, classes])
    }

    /// A word is a patch's pixels, channel by channel, through one matrix; words go row by row, the class token first.
    @Test func wordsArePatchesInReadingOrder() {
        var random = Random(seed: 7)
        let size = VisionTransformer.Size(
            inChannels: 2, side: 6, patch: 3, classes: 2, features: 4, layers: 1, heads: 1)
        let model = VisionTransformer(size, as: .float64, using: &random)
        let x = Tensor.normal([1, 2, 6, 6], as: .float64, using: &random)
        let words = model.words(.constant(x)).value[0]
        expectClose(words[0], model.positions.weight.value[0] + model.classToken.value.flattened())
        let matrix = model.embedding.weight.value.flattened(from: 1)
        for row in 0..<2 {
            for column in 0..<2 {
                let pixels = x[0].slice(along: 1, from: 3 * row, to: 3 * row + 3)
                    .slice(along: 2, from: 3 * column, to: 3 * column + 3).flattened()
                let place = 1 + 2 * row + column
                let bias = model.embedding.bias!.value  // a layer made with one
                expectClose(
                    words[place], matmul(matrix, pixels) + bias + model.positions.weight.value[place], relative: 1e-12)
            }
        }
    }

    @Test func whatDoesNotFitIsMisuse() {
        #expect(
            misuseMessage {
                VisionTransformer(.init(side: 10, patch: 4, classes: 2, features: 4, layers: 1, heads: 1))
            }
                == "VisionTransformer: patches of 4 by 4 in images of 10 by 10, 1 blocks; "
                + "patches cover an image evenly, and there is a block")
        #expect(
            misuseMessage {
                VisionTransformer(.init(side: 10, patch: 0, classes: 2, features: 4, layers: 1, heads: 1))
            } != nil)
        #expect(misuseMessage { LeNet5(side: 30) } == "LeNet5: images of 30 by 30; multiples of 4 from 16 on")
        #expect(
            misuseMessage { VGG16(side: 100, width: 1, hidden: 1) } == "VGG16: images of 100 by 100; multiples of 32")
    }

    /// The way around without parameters: every second place, zeros around the channels.
    @Test func aShortcutWithoutParametersThinsAndPads() {
        var random = Random(seed: 4)
        let block = BasicBlock(2, 4, stride: 2, projecting: false, using: &random)
        let x = Tensor.uniform([1, 2, 4, 4], using: &random)
        let y = block.shortcut(.constant(x)).value
        #expect(y.shape == [1, 4, 2, 2])
        expectIdentical(y[0][0], .zeros([2, 2]))
        expectIdentical(y[0][1], x[0][0].slice(along: 0, by: 2).slice(along: 1, by: 2))
        expectIdentical(y[0][3], .zeros([2, 2]))
    }
}
