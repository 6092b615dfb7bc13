import GradusAutograd
import GradusTensor

/// Draws a class for each row of scores, as likely as softmax says: how a language model writes. `[…, classes]` to `[…]` of
/// `int64`.
///
///     let letter = categorical(logits: scores, temperature: 0.8, using: &random)
///
/// The scores are divided by the temperature: below 1 the likely become likelier, and at 0 the highest score is taken (the first
/// of equals). A negative temperature, one that is no number, and no classes are misuse.
public func categorical(
    logits: Tensor, temperature: Double = 1, using generator: inout some RandomNumberGenerator
) -> Tensor {
    guard logits.rank >= 1 && logits.shape[-1] > 0 && logits.elementType.isFloatingPoint else {
        return misuse("categorical: \(logits.elementType) of shape \(logits.shape); scores […, classes] are wanted")
    }
    guard temperature >= 0 && temperature.isFinite else {
        return misuse("categorical: a temperature of \(temperature); 0 or more is wanted")
    }
    if temperature == 0 { return logits.argmax(along: -1) }
    // The class at which the running sum of probabilities passes a number drawn from 0 to 1.
    let probabilities = (logits.converted(to: .float64) / temperature).softmax(along: -1)
    let passed = probabilities.cumulativeSum(along: -1)
    let draws = Tensor.uniform(Shape(logits.shape.dropLast()), as: .float64, using: &generator).expanded(at: -1)
    let places = (passed .<= draws).converted(to: .int64).sum(along: -1)
    return minimum(places, Double(logits.shape[-1] - 1))  // the last sum may be a little below 1
}
