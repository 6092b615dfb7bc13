import GradusAutograd
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

@Suite struct LearningRateSweepTests {
    private struct Model: Layer {
        let w = Variable([4, -3])
        let seen = Buffer(Tensor(0))
        func callAsFunction(_ x: Variable) -> Variable { w * x }
    }

    /// Gradient descent on w² diverges from a rate of 1 on, and falls fastest at ½.
    @Test func aParabolaTellsItsRate() {
        let model = Model()
        let parameters = model.parameters
        let sweep = LearningRateSweep(of: parameters, by: SGD(learningRate: 1), rates: 1e-3...10, steps: 60) { _ in
            model.seen.value = model.seen.value + 1
            return square(model.w).sum()
        }
        #expect(sweep.rates.count == sweep.losses.count && sweep.rates.count < 60)
        expectClose(sweep.rates[1] / sweep.rates[0], 1.1689529, relative: 1e-6)  // 10000^(1/59)
        #expect((0.01...0.6).contains(sweep.suggestion))
        #expect(sweep.smoothedLosses.count == sweep.losses.count)
        // Everything is as it was.
        expectIdentical(model.w.value, Tensor([4, -3]))
        expectIdentical(model.seen.value, Tensor(0))
        #expect(model.w.gradient == nil)
    }

    @Test func itEndsWhereTheLossIsNoNumber() {
        let model = Model()
        let sweep = LearningRateSweep(of: model.parameters, by: SGD(learningRate: 1), steps: 50) { step in
            step < 20 ? square(model.w).sum() : model.w.sum() * .nan
        }
        #expect(sweep.losses.count == 20)
        expectIdentical(model.w.value, Tensor([4, -3]))
    }

    @Test func whatIsThrownPutsEverythingBack() {
        struct Stop: Error {}
        let model = Model()
        #expect(throws: Stop.self) {
            try LearningRateSweep(of: model.parameters, by: SGD(learningRate: 1)) { step in
                if step == 7 { throw Stop() }
                return square(model.w).sum()
            }
        }
        expectIdentical(model.w.value, Tensor([4, -3]))
        #expect(
            misuseMessage { LearningRateSweep(of: model.parameters, by: Adam(), rates: 0...1) { _ in model.w.sum() } }
                == "LearningRateSweep: 100 steps of rates 0.0...1.0; rates are above 0 and rise, and steps are 10 or more"
        )
    }
}

@Suite struct RandomSearchTests {
    private let search = RandomSearch(["rate": .logUniform(1e-4...1), "share": .uniform(-1...1)])

    @Test func drawsAreInTheRangesAndSpreadAsTheySay() {
        var random = Random(seed: 1)
        var below = (rate: 0, share: 0)
        let results = search.run(trials: 1000, using: &random) { settings in
            guard let rate = settings["rate"], let share = settings["share"] else { return .nan }
            #expect((1e-4...1).contains(rate) && (-1...1).contains(share))
            if rate < 1e-2 { below.rate += 1 }
            if share < 0 { below.share += 1 }
            return -share
        }
        // Half of the orders of magnitude, half of the numbers: five standard deviations of a fair coin.
        #expect(abs(below.rate - 500) < 79 && abs(below.share - 500) < 79)
        #expect(results.trials.count == 1000)
        #expect(results.trials.map(\.score) == results.trials.map(\.score).sorted(by: >))
    }

    @Test func theSeedDecides() {
        func draws(_ seed: UInt64) -> [[String: Double]] {
            var random = Random(seed: seed)
            var all: [[String: Double]] = []
            _ = search.run(trials: 5, using: &random) { settings in
                all.append(settings)
                return 0
            }
            return all
        }
        #expect(draws(1) == draws(1) && draws(1) != draws(2))
    }

    @Test func aBestAtTheBorderIsWarnedOf() {
        var random = Random(seed: 2)
        let upward = search.run(trials: 300, using: &random) {
            $0["rate", default: 0] - abs($0["share", default: 0]) / 100
        }
        #expect(upward.warnings.count == 1)
        #expect(
            upward.warnings[0].hasPrefix("rate: the best, 0.")
                && upward.warnings[0].hasSuffix("lies at the border of the range, 1.0; look higher too"))
        let inside = search.run(trials: 300, using: &random) { settings in
            let rate = settings["rate", default: 0]
            return -abs(rate - 0.01) - abs(settings["share", default: 0])
        }
        #expect(inside.warnings.isEmpty)
    }

    @Test func aFinerSearchIsAroundTheBest() {
        var random = Random(seed: 3)
        let coarse = search.run(trials: 40, using: &random) { -abs($0["rate", default: 0] - 0.01) }
        let fine = coarse.narrowed(to: 0.25)
        guard case .logUniform(let rates) = fine.ranges[0].range, case .uniform(let shares) = fine.ranges[1].range
        else {
            Issue.record("ranges of another kind")
            return
        }
        #expect(rates.contains(coarse.best.settings["rate", default: 0]))
        // A quarter of four orders of magnitude is one, of 2 is a half (less at the border).
        expectClose(rates.upperBound / rates.lowerBound, 10, relative: 1e-9)
        #expect(shares.upperBound - shares.lowerBound < 0.5 + 1e-9)
        let best = fine.run(trials: 40, using: &random) { -abs($0["rate", default: 0] - 0.01) }.best
        #expect(best.score >= coarse.best.score)
    }

    @Test func aScoreThatIsNoNumberIsTheWorst() {
        var random = Random(seed: 4)
        var trial = 0
        let results = search.run(trials: 3, using: &random) { _ in
            trial += 1
            return trial == 2 ? -100 : .nan
        }
        #expect(results.best.score == -100)
        #expect(misuseMessage { RandomSearch(["a": .logUniform(0...1)]) }?.hasPrefix("RandomSearch: a in ") == true)
        #expect(misuseMessage { RandomSearch([:]) } != nil)
        #expect(misuseMessage { results.narrowed(to: 0) } != nil)
    }
}

@Suite struct UpdateRatioTests {
    @Test func theRatioIsTheChangeOverTheWeight() {
        struct Model: Parameterized {
            let a = Variable([3, 4])
            let b = Variable([0])
            let c = Variable([0])
        }
        let model = Model()
        let ratios = updateRatios(of: model.parameters) {
            model.a.value = Tensor([3, 4.5])
            model.b.value = Tensor([1])
        }
        #expect(ratios.map(\.path) == ["a", "b", "c"])
        expectClose(ratios[0].ratio, 0.1, relative: 1e-6)
        #expect(ratios[1].ratio == .infinity && ratios[2].ratio == 0)
    }
}
