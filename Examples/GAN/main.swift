// Two nets against one another: one draws digits, the other tells them from real ones. Once with the classic game (DCGAN), once
// with the Wasserstein distance and a penalty on the critic's gradient, which takes the gradient of a gradient.
//
//     swift run -c release GAN

import ExampleSupport
import Gradus

let example = Example("GAN", "Learns to draw digits by two games: DCGAN, and WGAN with gradient penalty.")
let digits = example.digits()
let steps = example.isQuick ? 60 : 400
let noiseSize = 32
seed(1)

/// Noise `[batch, 32]` to images `[batch, 1, 8, 8]`, by transposed convolutions (A. Radford et al., 2016).
struct Generator: Layer {
    let project: Linear, firstNorm: BatchNorm, up: TransposedConv2D, secondNorm: BatchNorm, draw: TransposedConv2D
    init() {
        project = Linear(inFeatures: noiseSize, outFeatures: 64 * 2 * 2)
        firstNorm = BatchNorm(channels: 64)
        up = TransposedConv2D(inChannels: 64, outChannels: 32, kernel: 4, stride: 2, padding: 1)
        secondNorm = BatchNorm(channels: 32)
        draw = TransposedConv2D(inChannels: 32, outChannels: 1, kernel: 4, stride: 2, padding: 1)
    }
    func callAsFunction(_ noise: Variable) -> Variable {
        let seed = firstNorm(project(noise).reshaped(to: [noise.shape[0], 64, 2, 2]), activation: .relu)
        return sigmoid(draw(secondNorm(up(seed), activation: .relu)))
    }
}

/// Images `[batch, 1, 8, 8]` to a score each: how real they look.
struct Judge: Layer {
    let first: Conv2D, second: Conv2D, output: Linear
    init() {
        first = Conv2D(inChannels: 1, outChannels: 32, kernel: 4, stride: 2, padding: 1)
        second = Conv2D(inChannels: 32, outChannels: 64, kernel: 4, stride: 2, padding: 1)
        output = Linear(inFeatures: 64 * 2 * 2, outFeatures: 1)
    }
    func callAsFunction(_ images: Variable) -> Variable {
        let h = leakyRelu(second(leakyRelu(first(images), slope: 0.2)), slope: 0.2)
        return output(h.flattened(from: 1)).reshaped(to: [images.shape[0]])
    }
}

/// Real digits, one batch after the other without end.
struct Stream {
    private var batches: [Batch] = []
    private var random = Random(seed: 2)
    mutating func next() -> Variable {
        if batches.isEmpty { batches = Array(digits.all.batches(of: 64, shuffledBy: &random, droppingLast: true)) }
        return batches.removeLast().inputs
    }
}
var stream = Stream()
func noise(_ count: Int = 64) -> Variable { .constant(.normal([count, noiseSize])) }

// A referee that neither net sees: a classifier that has learnt the digits.
struct Referee: Layer {
    let first: Conv2D, second: Conv2D, hidden: Linear, output: Linear
    init() {
        first = Conv2D(inChannels: 1, outChannels: 16, kernel: 3, padding: 1)
        second = Conv2D(inChannels: 16, outChannels: 32, kernel: 3, padding: 1)
        hidden = Linear(inFeatures: 32 * 4 * 4, outFeatures: 16)
        output = Linear(inFeatures: 16, outFeatures: 10)
    }
    /// What it sees in an image: sixteen numbers.
    func features(_ x: Variable) -> Variable {
        tanh(hidden(relu(second(maxPool2D(relu(first(x)), kernel: 2))).flattened(from: 1)))
    }
    func callAsFunction(_ x: Variable) -> Variable { output(features(x)) }
}
let referee = Referee()
let refereeParameters = referee.parameters
let refereeAdam = Adam(learningRate: 3e-3)
var order = Random(seed: 3)
for _ in 0..<(example.isQuick ? 2 : 8) {
    for batch in digits.training.batches(of: 64, shuffledBy: &order) {
        crossEntropy(referee(batch.inputs), batch.labels).backward()
        refereeAdam.step(refereeParameters)
    }
}

/// How many of some images the referee is sure of by nine tenths, and how many different digits it sees in these.
func judged(_ images: Tensor) -> (sure: Double, digits: Int) {
    let probabilities = evaluate { referee(.constant(images)).value }.softmax(along: 1)
    let isSure = probabilities.max(along: 1) .>= 0.9
    let classes = probabilities.argmax(along: 1).array(of: Int.self)
    let seen = zip(classes, isSure.array(of: Bool.self)).filter(\.1).map(\.0)
    return (Double(seen.count) / Double(images.shape[0]), Set(seen).count)
}

/// Mean and covariance of what the referee sees in images.
struct Cloud {
    let mean: Tensor, covariance: Tensor
    init(_ images: Tensor) {
        let seen = evaluate { referee.features(.constant(images)).value }.converted(to: .float64)
        mean = seen.mean(along: 0)
        let centered = seen - mean
        covariance = matmul(centered, centered, transposingFirst: true) / Double(images.shape[0] - 1)
    }

    /// The Fréchet distance of two normal distributions, ‖μ − ν‖² + tr(A + B − 2 (A½ B A½)½): 0 if they are the same, large if
    /// drawings look otherwise, but also if they all look alike (M. Heusel et al., 2017, who call it FID).
    func distance(to other: Cloud) -> Double {
        let half = covariance.root
        let cross = matmul(matmul(half, other.covariance), half).root
        let apart = square(mean - other.mean).sum() + (covariance + other.covariance - 2 * cross).diagonal().sum()
        return apart.item
    }
}
extension Tensor {
    /// The root of a symmetric matrix that is not negative.
    fileprivate var root: Tensor {
        let (values, vectors) = symmetricEigen(self)
        return matmul(vectors, vectors * sqrt(maximum(values, 0)).expanded(at: 1), transposingFirst: true)
    }
}
let real = Cloud(digits.training.inputs)

/// What a generator draws from the same noise at every look.
let look = Variable.constant(.normal([500, noiseSize]))
func samples(_ generator: Generator) -> Tensor { evaluate { generator(look).value } }
func report(_ name: String, _ images: Tensor) -> Double {
    let (sure, digits) = judged(images)
    let distance = Cloud(images).distance(to: real)
    print(
        "  \(column(name, 36)) distance \(decimals(distance, 2)), the referee is sure of \(decimals(sure, 2)), "
            + "\(digits) digits")
    return distance
}
print("How far images are from the training digits, in the eyes of a referee:")
_ = report("test digits", digits.test.inputs)
let start = report("a generator that has learnt nothing", samples(Generator()))
print("")

print("DCGAN: the judge says real or drawn, the generator wants its drawings called real.")
let generator = Generator()
let judge = Judge()
let (generatorParameters, judgeParameters) = (generator.parameters, judge.parameters)
let (generatorAdam, judgeAdam) = (Adam(learningRate: 1e-3, beta1: 0.5), Adam(learningRate: 5e-4, beta1: 0.5))
for step in 1...steps {
    let (real, drawn) = (stream.next(), generator(noise()))
    let (yes, no) = (Tensor.full([64], 0.9), Tensor.zeros([64]))  // not quite sure, so that the judge stays humble
    let judgeLoss = binaryCrossEntropy(judge(real), yes) + binaryCrossEntropy(judge(drawn.detached()), no)
    judgeLoss.backward()
    judgeAdam.step(judgeParameters)
    // Through the judge, but written to the generator alone.
    let generatorLoss = binaryCrossEntropy(judge(drawn), Tensor.ones([64]))
    generatorLoss.backward(into: generatorParameters)
    generatorAdam.step(generatorParameters)
    if step % (steps / 4) == 0 {
        let losses = "judge \(decimals(judgeLoss.item, 2)), generator \(decimals(generatorLoss.item, 2))"
        _ = report("DCGAN step \(step): \(losses)", samples(generator))
    }
}

print("\nWGAN-GP: the critic's scores lie as far apart as a slope of 1 allows (I. Gulrajani et al., 2017).")
let painter = Generator()
let critic = Judge()
let (painterParameters, criticParameters) = (painter.parameters, critic.parameters)
let (painterAdam, criticAdam) = (
    Adam(learningRate: 1e-3, beta1: 0.5, beta2: 0.9), Adam(learningRate: 1e-3, beta1: 0.5, beta2: 0.9)
)
/// How far the critic's slope is from 1, at places between real and drawn ones: 10 · mean (|∇ critic| − 1)².
func penalty(_ real: Tensor, _ drawn: Tensor) -> Variable {
    let share = Tensor.uniform([real.shape[0], 1, 1, 1])
    let between = Variable(share * real + (1 - share) * drawn)
    guard let slope = gradients(of: critic(between).sum(), at: [between], recordingGraph: true)[0] else {
        return .constant(Tensor(0))
    }
    return 10 * square(slope.flattened(from: 1).norm(along: 1) - 1).mean()
}
var end = start
for step in 1...steps {
    var distance = 0.0
    for _ in 0..<2 {
        let (real, drawn) = (stream.next(), withoutRecording { painter(noise()) })
        let gap = critic(real).mean() - critic(drawn).mean()
        (penalty(real.value, drawn.value) - gap).backward()
        criticAdam.step(criticParameters)
        distance = gap.item
    }
    (-critic(painter(noise())).mean()).backward(into: painterParameters)
    painterAdam.step(painterParameters)
    if step % (steps / 4) == 0 { end = report("WGAN-GP step \(step): gap \(decimals(distance, 2))", samples(painter)) }
}

print("")
for (name, generator) in [("dcgan", generator), ("wgan", painter)] {
    example.draw(
        ImageGrid(
            samples(generator)[..<60], in: 0...1, map: .ink, columns: 12, pixel: 5,
            title: "Drawn by \(name.uppercased())"),
        name)
}
print(
    "\nWGAN-GP's drawings are nearer to real digits than those it began with by a factor of \(decimals(start / end, 1))"
)
