import GradusData
import GradusTensor
import Testing
import _TestSupport

@Suite struct SplitTests {
    /// Number i is its own input, and of class i mod 3 or, beyond 60, of class 3.
    private func dataset(_ count: Int) -> Dataset {
        Dataset(
            inputs: Tensor((0..<count).map { Double($0) }, shape: [count, 1]),
            labels: Tensor((0..<count).map { $0 < 60 ? $0 % 3 : 3 }))
    }

    private func numbers(_ dataset: Dataset) -> [Int] { dataset.inputs.array(of: Int.self) }

    private func share(of label: Int, in dataset: Dataset) -> Int {
        dataset.labels.array(of: Int.self).count { $0 == label }
    }

    @Test(arguments: [false, true])
    func sharesTogetherAreTheWhole(stratified: Bool) {
        var random = Random(seed: 1)
        let parts = dataset(101).split(shares: [0.7, 0.2, 0.1], stratified: stratified, using: &random)
        #expect(parts.map(\.count) == [71, 20, 10])
        #expect(parts.flatMap(numbers).sorted() == Array(0..<101))
        for part in parts { #expect(numbers(part) != numbers(part).sorted()) }
    }

    @Test func stratifiedPartsHaveEveryClassInItsShare() {
        for seed in 1...20 {
            var random = Random(seed: UInt64(seed))
            let all = dataset(101)
            let shares = [0.7, 0.2, 0.1]
            for (part, share) in zip(all.split(shares: shares, stratified: true, using: &random), shares) {
                for label in 0..<4 {
                    let exact = share * Double(self.share(of: label, in: all))
                    #expect(abs(Double(self.share(of: label, in: part)) - exact) <= 2, "seed \(seed), class \(label)")
                }
            }
        }
    }

    @Test func threeNamedParts() {
        var random = Random(seed: 1)
        let (training, validation, test) = dataset(40).split(validation: 0.25, test: 0.1, using: &random)
        #expect((training.count, validation.count, test.count) == (26, 10, 4))
        #expect(numbers(training) + numbers(validation) + numbers(test) != Array(0..<40))
        #expect((numbers(training) + numbers(validation) + numbers(test)).sorted() == Array(0..<40))
    }

    @Test(arguments: [(5, false), (5, true), (7, false), (7, true), (101, false)])
    func eachExampleIsHeldBackOnce(folds: Int, stratified: Bool) {
        var random = Random(seed: 2)
        let all = dataset(101)
        let result = all.folds(folds, stratified: stratified, using: &random)
        #expect(result.count == folds)
        #expect(result.flatMap { numbers($0.validation) }.sorted() == Array(0..<101))
        for fold in result {
            #expect((numbers(fold.training) + numbers(fold.validation)).sorted() == Array(0..<101))
            #expect(fold.validation.count == 101 / folds || fold.validation.count == 101 / folds + 1)
            guard stratified else { continue }
            for label in 0..<4 {
                let exact = Double(share(of: label, in: all)) / Double(folds)
                #expect(abs(Double(share(of: label, in: fold.validation)) - exact) <= 2)
            }
        }
    }

    @Test func theSeedDecides() {
        func parts(_ seed: UInt64) -> [[Int]] {
            var random = Random(seed: seed)
            return dataset(30).folds(3, stratified: true, using: &random).map { numbers($0.validation) }
        }
        #expect(parts(1) == parts(1))
        #expect(parts(1) != parts(2))
    }

    @Test func misuseIsNamed() {
        var random = Random(seed: 1)
        let data = dataset(5)
        let images = Dataset(inputs: .zeros([2, 1]), labels: .zeros([2, 2]))
        #expect(
            misuseMessage { data.split(shares: [0.5, 0.6], using: &random) }
                == "split: shares [0.5, 0.6]; they are 0 or more and sum to 1")
        #expect(misuseMessage { data.split(shares: [1.5, -0.5], using: &random) } != nil)
        #expect(misuseMessage { data.split(shares: [.nan], using: &random) } != nil)
        #expect(
            misuseMessage { data.split(validation: 0.7, test: 0.6, using: &random) }
                == "split: shares of 0.7 and 0.6 held back; they are 0 or more, and 1 together at most")
        #expect(
            misuseMessage { data.folds(6, using: &random) }
                == "folds: 6 of 5 examples; there are 2 or more, and no empty ones")
        #expect(misuseMessage { data.folds(1, using: &random) } != nil)
        #expect(
            misuseMessage { images.folds(2, stratified: true, using: &random) }
                == "folds: stratified by labels of float32 and shape [2, 2]; they are [n] of int64")
    }
}
