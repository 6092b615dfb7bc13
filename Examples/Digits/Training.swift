import Gradus

/// What one trip through the training digits came to.
struct Epoch {
    let number: Int
    let loss: Double
    let accuracy: Double
    /// The loss on the held-out digits: to look at, nothing is chosen by it.
    let testLoss: Double
}

/// What training makes small. A tenth of the target is spread over all classes: with so few digits to learn from, a model that
/// does not aim at being certain does better on others.
func loss(_ scores: Variable, _ labels: Tensor) -> Variable {
    crossEntropy(scores, labels, labelSmoothing: 0.1)
}

/// Trains a model, and tells `progress` of every step.
func train(
    _ model: Classifier, on digits: Digits, epochs: Int, using random: inout Random, progress: inout ProgressLine
) -> [Epoch] {
    let parameters = model.parameters
    let adam = Adam()
    var history: [Epoch] = []
    for number in 1...epochs {
        // Large steps first, then ever smaller ones.
        adam.learningRate = 3e-3 * (1 - Double(number - 1) / Double(epochs))
        var (sum, correct, seen) = (0.0, 0.0, 0)
        let batches = digits.training.batches(of: 64, shuffledBy: &random)
        for (step, batch) in batches.enumerated() {
            let scores = model(batch.inputs)
            let batchLoss = loss(scores, batch.labels)
            batchLoss.backward()
            adam.step(parameters)

            sum += batchLoss.item * Double(batch.count)
            correct += accuracy(scores, batch.labels) * Double(batch.count)
            seen += batch.count
            let done = Double(number - 1) + Double(step + 1) / Double(batches.count)
            progress.show(
                epoch: number, of: epochs, loss: sum / Double(seen), accuracy: correct / Double(seen),
                done: done / Double(epochs), isEpochOver: step == batches.count - 1)
        }
        history.append(
            Epoch(
                number: number, loss: sum / Double(seen), accuracy: correct / Double(seen),
                testLoss: test(model, on: digits.test).loss))
    }
    return history
}

/// How a model does on digits it was not trained on.
func test(_ model: Classifier, on digits: Dataset) -> (loss: Double, confusion: ConfusionMatrix, scores: [Tensor]) {
    evaluate {
        var confusion = ConfusionMatrix(classes: Digits.classes)
        var sum = 0.0
        var all: [Tensor] = []
        for batch in digits.batches(of: 90) {
            let scores = model(batch.inputs)
            sum += loss(scores, batch.labels).item * Double(batch.count)
            confusion.add(scores, batch.labels)
            all.append(scores.value)
        }
        return (sum / Double(digits.count), confusion, all)
    }
}
