import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

/// Graphs as deep, wide and tangled as they come, on a stack of 512 KB.
@Suite struct DeepGraphTests {
    @Test(arguments: [10_000, 1_000_000]) func aChain(_ length: Int) {
        let gradient = onSmallStack {
            let x = Variable(1.0)
            var y = x
            for _ in 0..<length { y = y + x }
            y.backward()
            return x.gradient?.item
        }
        #expect(gradient == Double(length + 1))
    }

    @Test func aChainThatIsAbandoned() {
        let alive = onSmallStack {
            let tracker = LifetimeTracker()
            do {
                let x = Variable(1.0)
                var y = x
                for index in 0..<1_000_000 {
                    y = -y
                    if index % 100_000 == 0, let operation = y.operation { tracker.track(operation) }
                }
            }
            return tracker.alive
        }
        #expect(alive == 0)
    }

    @Test func aFanOut() {
        let gradient = onSmallStack {
            let x = Variable(2.0)
            let y = x * x  // one result with a million uses
            let uses = (0..<1_000_000).map { _ in -y }
            var sum = uses[0]
            for use in uses.dropFirst() { sum = sum + use }
            sum.backward()
            return x.gradient?.item
        }
        #expect(gradient == -4_000_000)
    }

    @Test func aLadderOfDiamonds() {
        // 2^60 paths; linear in the number of operations all the same.
        let gradient = onSmallStack {
            let x = Variable(1.0, as: .float64)
            var y = x
            for _ in 0..<60 { y = y + y }
            for step in y.backwardSteps() { _ = step }
            y.backward()
            return x.gradient?.item
        }
        #expect(gradient == 0x1p60)
    }

    @Test func siblingsAreLetGoWithoutRecursion() {
        let alive = onSmallStack {
            let tracker = LifetimeTracker()
            do {
                var a = Variable(1.0), b = Variable(2.0)
                for index in 0..<200_000 {
                    (a, b) = (a + b, b - a)
                    if index % 20_000 == 0, let operation = a.operation { tracker.track(operation) }
                }
            }
            return tracker.alive
        }
        #expect(alive == 0)
    }
}

@Suite struct LifetimeTests {
    @Test func backwardLetsTheGraphGo() {
        let tracker = LifetimeTracker()
        let x = Variable([1, 2])
        let y = x * x
        let z = y * y
        if let operation = y.operation { tracker.track(operation) }
        do { tracker.track(x * x) }
        z.backward(upstream: .constant(.ones([2])))
        #expect(tracker.alive == 1, "held by y itself")
        withExtendedLifetime((y, z)) {}
    }

    @Test func nothingIsKeptOnceTheResultIsGone() {
        let tracker = LifetimeTracker()
        do {
            let x = tracker.track(Variable([1, 2]))
            let y = tracker.track(x * x)
            y.onGradient { $0 }
            y.keepingGradient().name = "y"
            let z = tracker.track(y * x)
            z.backward(upstream: .constant(.ones([2])))
        }
        do {
            let x = tracker.track(Variable(3))
            let first = gradients(of: x * x * x, at: [x], recordingGraph: true)[0]
            if let first { tracker.track(first) }
            _ = recordingEverything { x * x }
            _ = custom(x, forward: { $0 }, backward: { _, y, upstream in upstream * y })
        }
        #expect(tracker.alive == 0)
    }

    @Test func onlyWhatARuleNeedsIsKept() {
        let tracker = LifetimeTracker()
        let x = Variable(.ones([1000]))
        var y = x
        for _ in 0..<100 {
            y = y + x  // an add needs nothing
            tracker.track(y.value.storage)
        }
        #expect(tracker.alive == 1, "the last sum, held by y itself")
        for _ in 0..<100 {
            y = y * x  // a product needs both factors
            tracker.track(y.value.storage)
        }
        #expect(tracker.alive == 101)
        withExtendedLifetime(y) {}
    }

    @Test func constantFactorsAreNotKeptForAGradientNobodyWants() {
        final class Counting: BinaryOperation {
            override func forward(_ a: Tensor, _ b: Tensor) -> Tensor { a * b }
            override func needs(for input: Int) -> Needs { input == 0 ? .second : .first }
            override func backward(_ upstream: Variable, _ walk: inout Walk) {
                walk.push(upstream * second, to: 0)
                walk.push(upstream * first, to: 1)
            }
        }
        let x = Variable(3), c = Variable.constant(Tensor(2))
        Counting()(x, c).backward()  // reads `first` for nobody: the autoclosure is not run
        #expect(x.gradient?.item == 2)
    }
}
