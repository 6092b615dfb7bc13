import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

@Suite struct CategoricalTests {
    @Test func drawsAreAsFrequentAsSoftmaxSays() {
        var random = Random(seed: 1)
        let logits = Tensor([0, 1, 2]).broadcast(to: [6000, 3])
        for (temperature, shares) in [(1.0, [0.0900, 0.2447, 0.6652]), (0.5, [0.0159, 0.1173, 0.8668])] {
            let drawn = categorical(logits: logits, temperature: temperature, using: &random).array(of: Int.self)
            for (label, share) in shares.enumerated() {
                let found = Double(drawn.count { $0 == label }) / 6000
                // Five standard deviations of a binomial.
                #expect(abs(found - share) < 5 * (share * (1 - share) / 6000).squareRoot())
            }
        }
    }

    @Test func shapesAndEdges() {
        var random = Random(seed: 2)
        let logits = Tensor([[0, 5, 5], [7, 1, 2]])
        #expect(categorical(logits: logits, temperature: 0, using: &random) == Tensor([1, 0], as: .int64))
        #expect(categorical(logits: Tensor([-1000, 1000]), using: &random) == Tensor([1], as: .int64).reshaped(to: []))
        #expect(categorical(logits: .zeros([2, 3, 4]), using: &random).shape == [2, 3])
        #expect(
            misuseMessage { categorical(logits: logits, temperature: -1, using: &random) }
                == "categorical: a temperature of -1.0; 0 or more is wanted")
        #expect(misuseMessage { categorical(logits: Tensor(1), using: &random) } != nil)
    }
}
