import GradusData
import GradusTensor
import Testing
import _TestSupport

@Suite struct DigitsTests {
    @Test func theyAreTheOnesOfTheFile() throws {
        let all = try Digits.load().all
        #expect(all.count == 1797)
        #expect(all.inputs.shape == [1797, 1, 8, 8])
        #expect(all.inputs.elementType == .float32)
        #expect(all.labels.shape == [1797])
        #expect(all.labels.elementType == .int64)
        expectClose(all.inputs[0][0][0], [0, 0, 5, 13, 9, 1, 0, 0].map { $0 / 16 }, relative: 0, absolute: 0)
        expectClose(all.inputs[1796][0][7], [0, 1, 8, 12, 14, 12, 1, 0].map { $0 / 16 }, relative: 0, absolute: 0)
        let pixels = all.inputs.array(of: Double.self)
        #expect(pixels.min() == 0 && pixels.max() == 1)
        #expect(pixels.reduce(0, +) * 16 == 561_718)

        var counts = [Int](repeating: 0, count: Digits.classes)
        for label in all.labels.array(of: Int.self) { counts[label] += 1 }
        #expect(counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    }

    @Test func theSplitHasEveryDigitOnce() throws {
        let digits = try Digits.load()
        #expect(digits.training.count == 1437)
        #expect(digits.test.count == 360)
        func images(_ dataset: Dataset) -> [[Double]] {
            let labels = dataset.labels.array(of: Double.self)
            return (0..<dataset.count).map { dataset.inputs[$0].array(of: Double.self) + [labels[$0]] }
        }
        func sorted(_ images: [[Double]]) -> [[Double]] { images.sorted { $0.lexicographicallyPrecedes($1) } }
        #expect(sorted(images(digits.training) + images(digits.test)) == sorted(images(digits.all)))
        // Held-out digits of every class.
        #expect(Set(digits.test.labels.array(of: Int.self)).count == 10)
    }

    @Test func theSeedDecidesTheSplit() throws {
        let (first, again, other) = (try Digits.load(seed: 3), try Digits.load(seed: 3), try Digits.load(seed: 4))
        expectIdentical(first.test.inputs, again.test.inputs)
        expectIdentical(first.training.labels, again.training.labels)
        #expect(first.test.labels != other.test.labels)
    }
}
