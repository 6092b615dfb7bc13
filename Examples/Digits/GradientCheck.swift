import Gradus

/// Holds the gradients of a classifier, at random weights, against differences of its loss on a few digits.
func checkGradients(on digits: Dataset, seed: UInt64) -> GradientReport {
    var random = Random(seed: seed)
    let model = Classifier(using: &random)
    let parameters = model.parameters
    // Biases begin at 0, which puts a ReLU over blank paper exactly at its corner, where there is no slope to compare with.
    for (path, bias) in parameters.named where path.hasSuffix("bias") {
        bias.value = .normal(bias.shape, standardDeviation: 0.1, using: &random)
    }
    let batch = digits.batches(of: 8)[0]
    var settings = GradientCheckSettings()
    settings.elements = 60
    return checkGradients(at: parameters, settings: settings) { loss(model(batch.inputs), batch.labels) }
}
