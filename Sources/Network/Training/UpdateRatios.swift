import GradusAutograd
import GradusTensor

/// By how much a step changes each parameter, beside how large it is: |Δw| / |w|. A thousandth or so is healthy for weights; much
/// more and the learning rate is too high, much less and it is too low (Stanford's CS231n, "Babysitting the learning process").
///
///     let ratios = updateRatios(of: parameters) { adam.step(parameters) }
///
/// Infinite for a parameter that was all 0, unless it stayed so: then 0.
public func updateRatios(
    of parameters: Parameters, by step: () throws -> Void
) rethrows -> [(path: String, ratio: Double)] {
    let before = parameters.map(\.value)
    try step()
    return zip(parameters.named, before).map { named, before in
        let change = (named.variable.value - before).norm().item
        return (named.path, change == 0 ? 0 : change / before.norm().item)
    }
}
