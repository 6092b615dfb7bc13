import Foundation
import Gradus

/// Checks the derivative rules that training will rely on, in the model's own code: backpropagation against differences of
/// the loss, in double precision.
func checkGradients(on digits: Dataset, using random: inout Random) -> GradientReport {
    let model = Classifier(using: &random)
    let parameters = model.parameters
    // Biases begin at 0, which puts a ReLU over blank paper exactly at its corner, where there is no slope to compare with.
    for (path, parameter) in parameters.named {
        if path.hasSuffix("bias") { parameter.value = .normal(parameter.shape, standardDeviation: 0.1, using: &random) }
        parameter.name = path
    }
    let batch = digits.batches(of: 8)[0]
    var settings = GradientCheckSettings()
    settings.elements = 60
    return checkGradients(at: parameters, settings: settings) { loss(model(batch.inputs), batch.labels) }
}

extension GradientReport {
    /// What was found, in words.
    var summary: String {
        guard passed else { return description }
        let worst = elements.map(\.relativeError).max() ?? 0
        return """
            gradient check passed: backpropagation agrees with central differences in double precision, at \(elements.count)
            of \(total) numbers, some of each parameter, and \(probes.count) random directions; largest relative error \
            \(String(format: "%.0e", worst))
            """
    }
}
