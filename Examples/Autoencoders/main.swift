// Nets that learn to say again what they were told, through a narrow door: plain, from noise, and with chance in the middle.
//
//     swift run -c release Autoencoders

import ExampleSupport
import Gradus

let example = Example("Autoencoders", "Plain, denoising and variational autoencoders on the digits.")
let digits = example.digits()
let epochs = example.isQuick ? 2 : 60
seed(1)

/// 64 pixels to `codes` numbers and back; the last layer gives logits of ink.
struct Autoencoder: Layer {
    let encoder: Sequential, decoder: Sequential
    init(codes: Int) {
        encoder = Sequential(
            Flatten(), Linear(inFeatures: 64, outFeatures: 128), Function { relu($0) },
            Linear(inFeatures: 128, outFeatures: codes))
        decoder = Sequential(
            Linear(inFeatures: codes, outFeatures: 128), Function { relu($0) },
            Linear(inFeatures: 128, outFeatures: 64),
            Function { $0.reshaped(to: [$0.shape[0], 1, 8, 8]) })
    }
    func callAsFunction(_ x: Variable) -> Variable { decoder(encoder(x)) }
}

/// Goes through the training digits so many times.
func train(_ parameters: Parameters, name: String, loss: (Variable) -> Variable) {
    let adam = Adam()
    var random = Random(seed: 2)
    for epoch in 1...epochs {
        adam.learningRate = 3e-3 * (1 - Double(epoch - 1) / Double(epochs))
        var sum = 0.0
        for batch in digits.training.batches(of: 64, shuffledBy: &random) {
            let value = loss(batch.inputs)
            value.backward()
            adam.step(parameters)
            sum += value.item * Double(batch.count)
        }
        if epoch == 1 || epoch % 20 == 0 {
            print("  \(name): epoch \(column("\(epoch)", 4)) loss \(decimals(sum / Double(digits.training.count)))")
        }
    }
}

/// What a net makes of images: ink from 0 to 1.
func restored(_ model: Autoencoder, _ images: Tensor) -> Tensor { evaluate { sigmoid(model(.constant(images))).value } }
func error(_ images: Tensor) -> Double { meanSquaredError(.constant(images), digits.test.inputs).item }

print("1. Plain: 64 pixels through 8 numbers.")
let plain = Autoencoder(codes: 8)
train(plain.parameters, name: "plain") { binaryCrossEntropy(plain($0), $0.value) }
let components = PrincipalComponents(of: digits.training.inputs.flattened(from: 1), count: 8)
let flat = digits.test.inputs.flattened(from: 1)
let linear = components.inverse(components(flat)).reshaped(to: digits.test.inputs.shape)
print("  mean squared error on test digits: \(decimals(error(restored(plain, digits.test.inputs)), 4))")
print("  the best linear code of 8 numbers, principal components: \(decimals(error(linear), 4))\n")

print("2. Denoising: it is shown digits in noise, and judged by the clean ones.")
func noisy(_ images: Tensor) -> Tensor {
    clamp(images + .normal(images.shape, standardDeviation: 0.4), lower: 0, upper: 1)
}
let denoising = Autoencoder(codes: 32)
train(denoising.parameters, name: "denoising") { binaryCrossEntropy(denoising(.constant(noisy($0.value))), $0.value) }
let spoilt = noisy(digits.test.inputs)
let denoised = error(restored(denoising, spoilt))
print("  mean squared error: in noise \(decimals(error(spoilt), 4)), restored \(decimals(denoised, 4))\n")

print("3. Variational: codes are a cloud, as near to the normal distribution as the digits allow.")
struct VariationalAutoencoder: Parameterized {
    let autoencoder: Autoencoder
    init() { autoencoder = Autoencoder(codes: 4) }

    /// Mean and logarithm of the variance of the code, two numbers each.
    func encode(_ x: Variable) -> (mean: Variable, logVariance: Variable) {
        let parts = autoencoder.encoder(x).split(into: 2, along: 1)
        return (parts[0], parts[1])
    }
    /// The decoder reads a code of two numbers, and two zeros.
    func decode(_ code: Variable) -> Variable { autoencoder.decoder(code.padded([0, 0], [0, 2])) }
}
let vae = VariationalAutoencoder()
train(vae.autoencoder.parameters, name: "variational") { x in
    let (mean, logVariance) = vae.encode(x)
    // The draw is outside: gradients go through mean and spread (D. P. Kingma and M. Welling, 2014, section 2.4).
    let noise = Variable.constant(.normal(mean.shape))
    let code = mean + exp(0.5 * logVariance) * noise
    let said = binaryCrossEntropy(vae.decode(code), x.value, reduction: .batchMean)
    // Kullback–Leibler from the normal distribution, in closed form (appendix B).
    let divergence = -0.5 * (1 + logVariance - square(mean) - exp(logVariance)).sum() / Double(x.shape[0])
    return said + divergence
}
let codes = evaluate { vae.encode(.constant(digits.test.inputs)).mean.value }
print("")

// Pictures.
let ten = digits.test.inputs[..<10]
example.draw(
    ImageGrid(
        concatenate([ten, restored(plain, ten)]), in: 0...1, map: .ink, columns: 10,
        title: "Test digits, and what eight numbers say of them"), "plain")
example.draw(
    ImageGrid(
        concatenate([ten, spoilt[..<10], restored(denoising, spoilt[..<10])]), in: 0...1, map: .ink, columns: 10,
        title: "Test digits, in noise, restored"), "denoising")
example.draw(
    ScatterPlot(
        codes, labels: digits.test.labels, names: (0..<10).map { "\($0)" },
        title: "Where the variational autoencoder puts the test digits", xLabel: "first number", yLabel: "second number"
    ),
    "codes")
let steps = Tensor.linspace(-2, 2, count: 12)
let grid = (0..<144).flatMap { [steps[$0 % 12].item, -steps[$0 / 12].item] }
let drawn = evaluate { sigmoid(vae.decode(.constant(Tensor(grid, shape: [144, 2])))).value }
example.draw(
    ImageGrid(drawn, in: 0...1, map: .ink, columns: 12, pixel: 5, title: "What it draws at the places from −2 to 2"),
    "variational")
print("denoising: noise of \(decimals(error(spoilt), 4)) becomes an error of \(decimals(denoised, 4))")
