import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

/// The checker is held to its word: rules that are deliberately wrong, in small compositions, and right ones at awkward places.
///
/// A sample runs here. All of it:
///
///     GRADUS_EXHAUSTIVE=1 swift test -c release --filter MutationTests
@Suite struct MutationTests {
    /// A way of checking.
    enum Way: String, CaseIterable, Sendable {
        case loss, lossInFull, fast, secondOrder, jacobian

        func check(_ composition: Composition, _ function: @escaping ([Variable]) -> Variable) -> GradientReport {
            func loss() -> Variable { composition.loss(function) }
            var fast = GradientCheckSettings(mode: .fast)
            fast.elements = 4
            switch self {
            case .loss: return checkGradients(at: composition.leaves, loss: loss)
            case .lossInFull: return checkGradients(at: composition.leaves, settings: .init(mode: .full), loss: loss)
            case .fast: return checkGradients(at: composition.leaves, settings: fast, loss: loss)
            case .secondOrder: return checkGradients(at: composition.leaves, settings: .init(order: 2), loss: loss)
            case .jacobian: return checkRule(at: composition.leaves, of: function)
            }
        }
    }

    // MARK: Wrong

    private struct Tally {
        let way: Way
        var mutants = 0
        var harmless = 0
        var missed: [String] = []
        var wronglyBlamed: [String] = []

        mutating func add(_ sample: SampleFunction, _ mutation: Mutation, seed: UInt64) {
            let interest: Interest = mutation == .wrongAtZero ? .zeros : sample.interests[0]
            guard let composition = Composition(sample, interest, seed: seed, single: seed % 4 == 0) else { return }
            guard composition.matters(mutation, alone: way == .jacobian) else {
                harmless += 1
                return
            }
            mutants += 1
            let report = way.check(composition, composition.mutant(mutation))
            let text = "\(sample.name), \(mutation), seed \(seed): \(report)"
            if report.verdict != .fail { missed.append(text) }
            if Set(report.blame.map(\.operation)) != ["here/mutant"] { wronglyBlamed.append(text) }
        }
    }

    @Test(arguments: [Way.loss, .fast, .jacobian])
    func wrongRulesAreCaughtAndBlamed(_ way: Way) {
        var tally = Tally(way: way)
        let samples = SampleFunction.all.enumerated()
        for (place, mutation) in Mutation.allCases.enumerated() {
            // A few functions for every mistake, other ones for each.
            let stride = (isExhaustive ? 1 : 37) * (way == .loss ? 1 : 2)
            for (number, sample) in samples where number % stride == place % stride {
                if mutation == .wrongAtZero && !(sample.isSmoothAtZero && sample.interests.contains(.zeros)) {
                    continue
                }
                let seed = firstSeed * 1_000_003 + UInt64(1000 * number + 31 * place)
                for seed in seed..<seed + (isExhaustive && way == .loss ? 2 : 1) {
                    tally.add(sample, mutation, seed: seed)
                }
            }
        }
        if isExhaustive {
            print(
                "wrong rules (\(way)): \(tally.mutants) (and \(tally.harmless) that change nothing), missed "
                    + "\(tally.missed.count), blamed otherwise \(tally.wronglyBlamed.count)")
        }
        #expect(tally.mutants >= (isExhaustive ? 750 : 20))
        #expect(tally.missed.isEmpty, "\(tally.missed.prefix(10).joined(separator: "\n"))")
        #expect(
            tally.wronglyBlamed.count <= tally.mutants / 100,
            "\(tally.wronglyBlamed.prefix(10).joined(separator: "\n"))")
    }

    // MARK: Right

    @Test(arguments: Way.allCases) func rightRulesRaiseNoAlarm(_ way: Way) {
        let samples = SampleFunction.all.flatMap { sample in sample.interests.map { (sample, $0) } }
        let wanted =
            switch way {
            case .loss: isExhaustive ? 10_000 : 100
            default: isExhaustive ? 1_000 : 20
            }
        var (cases, seed, compared, inconclusive) = (0, firstSeed * 1_000_003, 0, 0)
        var alarms: [String] = []
        while cases < wanted {
            seed += 1
            let (sample, interest) = samples[cases * 7919 % samples.count]
            guard let composition = Composition(sample, interest, seed: seed, single: seed % 4 == 0) else { continue }
            cases += 1
            let report = way.check(composition, sample.function)
            compared += report.compared
            inconclusive += Int((report.inconclusiveShare * Double(report.compared)).rounded())
            if report.verdict == .fail || report.obstacle != nil {
                alarms.append("\(sample.name), \(interest), seed \(seed): \(report)")
            }
        }
        if isExhaustive {
            print(
                "right rules (\(way)): \(cases) cases, \(alarms.count) false alarms, \(inconclusive) of \(compared) "
                    + "derivatives inconclusive")
        }
        #expect(alarms.isEmpty, "\(alarms.prefix(10).joined(separator: "\n"))")
        // In a sample of twenty a single case weighs more than in a thousand.
        #expect(inconclusive * (isExhaustive ? 100 : 50) <= compared)
    }
}

/// A loss around one function that is of interest.
struct Composition {
    let sample: SampleFunction
    let leaves: [Variable]
    private let weights: [Tensor]
    /// Which function comes before and which after.
    private let before: Int
    private let after: Int
    private let seed: UInt64

    /// Nil where the function has no finite value.
    init?(_ sample: SampleFunction, _ interest: Interest, seed: UInt64, single: Bool) {
        var generator = TensorGenerator(seed: seed)
        let inputs = sample.inputs(&generator, interest)
        (self.sample, self.seed) = (sample, seed)
        leaves = inputs.enumerated().map { index, input in
            // Numbers that float32 has too.
            let value = input.converted(to: .float32)
            return Variable(single ? value : value.converted(to: .float64), name: "x\(index)")
        }
        before = generator.index(below: 3)
        after = interest == .large ? 0 : generator.index(below: 4)
        let output = withoutRecording { sample.function(inputs.map { .constant($0) }) }
        guard output.count > 0, isFinite(output.value).all() else { return nil }
        weights = ([output.shape] + inputs.map(\.shape)).map {
            generator.tensor($0, .interior, as: single ? .float32 : .float64)
        }
    }

    func loss(_ function: ([Variable]) -> Variable) -> Variable {
        let inputs = leaves.map { leaf in
            switch before {
            case 0: leaf
            case 1: 1.25 * leaf
            default: leaf * (1 + square(leaf) * 0)
            }
        }
        let output = function(inputs)
        let outcome =
            switch after {
            case 0: output
            case 1: tanh(output * 0.3)
            case 2: output * (output + 1)
            default: sin(output) + output
            }
        let others = zip(leaves, weights[1...]).map { ($0 * .constant($1)).sum() }
        return (outcome * .constant(weights[0])).sum() + 0.1 * others.reduce(others[0], +)
    }

    /// The function as one operation, with a mistake or without.
    func mutant(_ mutation: Mutation?) -> ([Variable]) -> Variable {
        { inputs in scope("here") { Mutant(sample, mutation, seed: seed)(inputs) } }
    }

    /// Whether the mistake makes a difference here that counts, a millionth of the gradient at least.
    func matters(_ mutation: Mutation, alone: Bool) -> Bool {
        func gradients(_ mutation: Mutation?) -> [Double] {
            inDouble {
                let mutant = mutant(mutation)
                let sum = alone ? (mutant(leaves) * .constant(weights[0])).sum() : loss(mutant)
                return GradusAutograd.gradients(of: sum, at: leaves).enumerated().flatMap {
                    $1?.value.array(of: Double.self) ?? [Double](repeating: 0, count: leaves[$0].count)
                }
            }
        }
        let (right, wrong) = (gradients(nil), gradients(mutation))
        let scale = right.reduce(0) { max($0, abs($1)) }
        return zip(right, wrong).contains { !(abs($0 - $1) <= 1e-6 * scale) }
    }
}
