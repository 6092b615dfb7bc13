import GradusAutograd
import GradusData
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

@Suite struct TrainingTests {
    private struct Net: Layer {
        let first: Conv2D
        let output: Linear
        let dropout = Dropout(probability: 0.2, seed: 4)

        init(using random: inout Random) {
            first = Conv2D(inChannels: 1, outChannels: 4, kernel: 3, using: &random)
            output = Linear(inFeatures: 4 * 3 * 3, outFeatures: 10, using: &random)
        }

        func callAsFunction(_ x: Variable) -> Variable {
            output(dropout(maxPool2D(relu(first(x)), kernel: 2).flattened(from: 1)))
        }
    }

    /// Losses and final parameters of a short training.
    private func train(seed: UInt64, steps: Int, by optimizer: any Optimizer) throws -> (losses: [Double], [Tensor]) {
        var random = Random(seed: seed)
        let digits = try Digits.load()
        let net = Net(using: &random)
        let parameters = net.parameters
        var losses: [Double] = []
        for batch in digits.training.batches(of: 32, shuffledBy: &random).prefix(steps) {
            let loss = crossEntropy(net(batch.inputs), batch.labels)
            loss.backward()
            optimizer.step(parameters)
            losses.append(loss.item)
        }
        return (losses, parameters.map(\.value))
    }

    @Test func aNetLearns() throws {
        let losses = try train(seed: 1, steps: 45, by: Adam(learningRate: 0.02)).losses
        // At first it knows nothing of ten classes: about ln 10.
        #expect(abs(losses[0] - 2.3) < 0.7)
        #expect(losses.suffix(5).reduce(0, +) / 5 < 1)
    }

    @Test func trainingIsTheSameAtAnyNumberOfThreadsAndAtEveryRun() throws {
        for make in [{ Adam() }, { SGD(learningRate: 0.1, momentum: 0.9) }] as [() -> any Optimizer] {
            let results = try atThreadCounts([1, 2, 8, 2]) { try train(seed: 2, steps: 6, by: make()) }
            for result in results.dropFirst() {
                #expect(result.losses == results[0].losses)
                for (a, b) in zip(result.1, results[0].1) { expectIdentical(a, b) }
            }
            let other = try train(seed: 3, steps: 6, by: make())
            #expect(other.losses != results[0].losses)
        }
    }
}
