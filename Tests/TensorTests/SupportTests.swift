import GradusTensor
import Testing
import _TestSupport

/// The tests' own tools: an expectation that cannot fail would prove nothing.
@Suite struct SupportTests {
    @Test func closenessSaysWhatIsWrong() {
        let a = Tensor([[1, 2], [3, 4]], as: .float64)
        #expect(difference(a, a, relative: 0, absolute: 0) == nil)
        #expect(
            difference(a + Tensor([[0, 0], [0.5, 0.25]], as: .float64), a, relative: 0.01, absolute: 0)
                == "2 of 4 elements; the worst at [1, 0]: 3.5, where 3.0 is expected (error 0.5, relative "
                + "0.16666666666666666, allowed 0.0 + 0.01 relative)")
        #expect(difference(a, a[0], relative: 1, absolute: 1) == "shape [2, 2], where [2] is expected")
        #expect(
            difference(a, a.converted(to: .float32), relative: 1, absolute: 1)
                == "element type float64, where float32 is expected")
        #expect(difference(a * 1.001, a, relative: 1e-2, absolute: 0) == nil)
        #expect(difference(a + 1e-3, a, relative: 0, absolute: 1e-2) == nil)
    }

    @Test func whatIsNotFiniteIsCloseToItselfAlone() {
        func differ(_ x: Double, _ y: Double) -> Bool {
            difference(Tensor(x, as: .float64), Tensor(y, as: .float64), relative: 1, absolute: 1e300) != nil
        }
        #expect(!differ(.nan, .nan) && !differ(.infinity, .infinity))
        #expect(differ(.nan, 0) && differ(0, .nan) && differ(.infinity, -.infinity))
        #expect(differ(1, .infinity) && differ(.infinity, 1))
    }

    @Test func expectationsFail() {
        #expect(!failures { expectClose(Tensor([1]), Tensor([2])) }.isEmpty)
        #expect(!failures { expectClose(Tensor([1]), [1, 2]) }.isEmpty)
        #expect(!failures { expectClose(1, 1.1) }.isEmpty)
        #expect(!failures { expectIdentical(Tensor([0]), Tensor([-0.0])) }.isEmpty)
        #expect(!failures { expectIdentical(Tensor([1], as: .float64), Tensor([1 + 0x1p-52], as: .float64)) }.isEmpty)
        expectIdentical(Tensor([.nan, -0.0, 1]), Tensor([.nan, -0.0, 1]))
    }

    @Test func lifetimesAreCounted() {
        final class Object {}
        let tracker = LifetimeTracker()
        var objects = [tracker.track(Object()), tracker.track(Object())]
        var instance: LifetimeTracker.Instance? = tracker.instance()
        #expect(tracker.alive == 3)
        #expect(!failures { tracker.expectNoneAlive() }.isEmpty)
        objects.removeLast()
        #expect(tracker.alive == 2)
        withExtendedLifetime(instance) { objects = [] }
        #expect(tracker.alive == 1)
        instance = nil
        #expect(tracker.alive == 0)
        tracker.expectNoneAlive()
        var leaked: Object?
        #expect(!failures { withLifetimeTracking { leaked = $0.track(Object()) } }.isEmpty)
        withExtendedLifetime(leaked) {}
    }

    @Test func misuseIsGivenBackAndErrorsAreThrown() {
        struct Mine: Error {}
        #expect(misuseMessage { Tensor([1, 2]).item } == "item: one element is wanted, and shape [2] has 2")
        #expect(misuseMessage { Tensor([1]).item } == nil)
        #expect(throws: Mine.self) { try misuseMessage { throw Mine() } }
    }

    @Test func interestingValuesAreWhatTheySay() {
        var generator = TensorGenerator(seed: 50)
        let interior = generator.tensor([500]).array(of: Double.self)
        let magnitudes = interior.map(\.magnitude).sorted()
        #expect(magnitudes[0] >= 0.2 && magnitudes[499] <= 2.2)
        #expect(zip(magnitudes, magnitudes.dropFirst()).allSatisfy { $1 - $0 > 1e-3 })
        #expect(interior.contains { $0 < 0 } && interior.contains { $0 > 0 })
        let zeros = generator.tensor([500], .zeros).array(of: Double.self)
        #expect((150...350).contains(zeros.count { $0 == 0 }) && zeros.contains { $0 == 0 && $0.sign == .minus })
        #expect(Set(generator.tensor([500], .ties).array(of: Double.self)).count <= 6)
        #expect(
            generator.tensor([500], .large).array(of: Double.self).allSatisfy { (5e3...2e4).contains($0.magnitude) })
        #expect(generator.tensor([500], .tiny).array(of: Double.self).allSatisfy { $0 != 0 && $0.magnitude < 1e-3 })
        var (a, b) = (TensorGenerator(seed: 1), TensorGenerator(seed: 1))
        #expect(a.tensor([9], .tiny) == b.tensor([9], .tiny))
    }

    @Test func shapesThatBroadcastDo() {
        var generator = TensorGenerator(seed: 51)
        for rank in 0...5 {
            for _ in 0..<50 {
                let shape = generator.shape(rank: rank, empty: true)
                #expect(shape.rank == rank)
                #expect(shape.broadcast(with: generator.broadcastable(with: shape)) == shape)
            }
        }
    }

    @Test func referencesAreRead() throws {
        let reference = try #require(
            try ReferenceCases.load("elementwise").first { $0.op == "abs" && $0.name == "interior" })
        #expect(reference.inputs[0].shape == [2, 3] && reference.inputs[0].elementType == .float64)
        #expect(reference.output == abs(reference.inputs[0]))
        #expect(reference.gradients.count == 1 && reference.second.count == 1 && reference.upstream?.shape == [2, 3])
        #expect(reference.constants == [false])
        let all = try ["arithmetic", "convolution", "indexing", "linearalgebra", "pooling", "reductions", "shaping"]
            .flatMap { try ReferenceCases.load($0) }
        #expect(all.contains { $0.outputs.count > 1 })
        #expect(all.contains { $0.inputs.contains { $0.elementType == .int64 } })
        #expect(all.contains { $0.attributes.values.contains { $0.ints != nil } })
        #expect(all.contains { $0.output.array(of: Double.self).contains(where: \.isNaN) })
        #expect(throws: ReferenceError.self) { try ReferenceCases.load("nothing") }
    }
}
