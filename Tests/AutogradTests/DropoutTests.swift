import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

@Suite(.seeded()) struct DropoutTests {
    private let x = Variable(Tensor.ones([1000], as: .float64))

    @Test func keepsTheExpectedValue() {
        var random = Random(seed: 1)
        let y = dropout(x, probability: 0.2, using: &random)
        let values = y.value.array(of: Double.self)
        #expect(values.allSatisfy { $0 == 0 || $0 == 1.25 })
        let dropped = values.count { $0 == 0 }
        #expect((150...250).contains(dropped), "\(dropped) of 1000, a standard deviation being 13")
    }

    @Test func theGradientGoesThroughTheSameMask() {
        var random = Random(seed: 2)
        let y = dropout(x, probability: 0.5, using: &random)
        let found = gradients(of: y, at: [x], upstream: .constant(.ones(like: y.value)))[0]
        #expect(found?.value == y.value)
    }

    @Test func agreesWithFiniteDifferences() {
        let x = Tensor([0.5, -1, 2, 3, -4, 1.5], shape: [2, 3], as: .float64)
        for probability in [0, 0.3, 0.9, 1] {
            // A generator that begins anew draws the same mask at every evaluation.
            let function = { (x: Variable) in
                var random = Random(seed: 3)
                return dropout(x, probability: probability, using: &random)
            }
            expectGradients(of: function, at: x, order: 3, "\(probability)")
            expectUnmovedByUpdates(of: { function($0[0]) }, at: [x])
            expectSingleNearDouble(of: { function($0[0]) }, at: [x])
            expectSameBitsAtAnyThreadCount(of: { function($0[0]) }, at: [x], order: 2)
        }
        expectGradients(of: { dropout($0, probability: 1) }, at: Tensor(3, as: .float64))
        expectGradients(of: { dropout($0, probability: 0.5) }, at: Tensor.zeros([0, 3], as: .float64))
    }

    @Test func theSameSeedDropsTheSame() {
        func run(_ seed: UInt64) -> Tensor {
            var random = Random(seed: seed)
            return dropout(x, probability: 0.5, using: &random).value
        }
        #expect(run(4) == run(4))
        #expect(run(4) != run(5))
    }

    @Test func everythingAndNothing() {
        var random = Random(seed: 1)
        let before = random.state
        #expect(dropout(x, probability: 0, using: &random) === x)
        #expect(random.state == before)
        let none = dropout(x, probability: 1, using: &random)
        #expect(none.value == .zeros([1000], as: .float64))
        let gradient = gradients(of: none, at: [x], upstream: x)[0]
        #expect(gradient?.value == .zeros([1000], as: .float64))
        let infinite = dropout(Variable([.infinity, .nan]), probability: 1, using: &random)
        #expect(infinite.value == Tensor([0, 0]))
    }

    @Test func evaluationLeavesEverythingAsItIs() {
        var random = Random(seed: 1)
        let before = random.state
        evaluate { #expect(dropout(x, probability: 0.5, using: &random) === x) }
        evaluate { #expect(dropout(x, probability: 1) === x) }
        #expect(random.state == before)
        #expect(withoutRecording { dropout(x, probability: 0.5, using: &random) } !== x)
    }

    @Test func aReplayDropsTheSame() throws {
        var random = Random(seed: 6)
        let (y, recording) = recordingEverything { dropout(x, probability: 0.5, using: &random) }
        let operation = try #require(recording.operations.first)
        #expect(operation.name == "dropout")
        #expect(operation.replay([x.value]) == [y.value])
    }

    @Test func recomputationDropsTheSame() {
        let y = recomputed { [x] in dropout(x, probability: 0.5) }
        let found = gradients(of: y, at: [x], upstream: .constant(.ones(like: y.value)))[0]
        #expect(found?.value == y.value)
    }

    @Test func misuse() {
        for probability in [-0.1, 1.1, .nan, .infinity] {
            let expected = "dropout: a probability of \(probability) is outside 0 to 1"
            #expect(misuseMessage { dropout(x, probability: probability) } == expected)
            var random = Random(seed: 1)
            #expect(misuseMessage { dropout(x, probability: probability, using: &random) } == expected)
            #expect(misuseMessage { evaluate { dropout(x, probability: probability) } } == expected)
            #expect(random.state == Random(seed: 1).state)
        }
        #expect(
            misuseMessage { dropout(.constant(Tensor([1, 2], as: .int64)), probability: 0.5) }
                == "dropout: not defined on int64; convert first")
        // After a misuse nothing is drawn.
        var random = Random(seed: 1)
        _ = misuseMessage {
            _ = x + Variable([1, 2, 3], as: .float64)
            _ = dropout(x, probability: 0.5, using: &random)
        }
        #expect(random.state == Random(seed: 1).state)
    }
}
