import Foundation
import GradusData
import GradusTensor
import Testing
import _TestSupport

@Suite struct PointCloudTests {
    private func radii(_ x: Tensor) -> [Double] { sqrt(square(x).sum(along: 1)).array(of: Double.self) }

    @Test func theSpiralWindsOutward() {
        var random = Random(seed: 1)
        let data = Dataset.spiral(classes: 3, pointsPerClass: 50, noise: 0, using: &random)
        #expect(data.inputs.shape == [150, 2] && data.inputs.elementType == .float32)
        #expect(data.labels.array(of: Int.self) == (0..<3).flatMap { [Int](repeating: $0, count: 50) })
        let expected = (0..<3).flatMap { _ in (0..<50).map { Double($0) / 49 } }
        for (radius, right) in zip(radii(data.inputs), expected) { #expect(abs(radius - right) < 1e-6) }
        // The end of arm 1, at 8 radians.
        expectClose(data.inputs[99], [sin(8.0), cos(8.0)], relative: 1e-5)
        let noisy = Dataset.spiral(classes: 3, pointsPerClass: 50, noise: 0.2, using: &random)
        for (radius, right) in zip(radii(noisy.inputs), expected) { #expect(abs(radius - right) < 1e-6) }
        #expect(difference(noisy.inputs, data.inputs, relative: 0.01, absolute: 0.01) != nil)
    }

    @Test func moonsReachIntoOneAnother() {
        var random = Random(seed: 1)
        let data = Dataset.moons(pointsPerClass: 40, noise: 0, using: &random)
        for radius in radii(data.inputs[..<40]) { #expect(abs(radius - 1) < 1e-6) }
        for radius in radii(data.inputs[40...] - Tensor([1, 0.5])) { #expect(abs(radius - 1) < 1e-6) }
        #expect(data.inputs[..<40].min(along: 0)[1].item > -1e-6)
        #expect(data.inputs[40...].max(along: 0)[1].item < 0.5 + 1e-6)
    }

    @Test func circlesAndBlobs() {
        var random = Random(seed: 1)
        let circles = Dataset.circles(classes: 4, pointsPerClass: 8, noise: 0, using: &random)
        for (i, radius) in radii(circles.inputs).enumerated() { #expect(abs(radius - Double(i / 8 + 1) / 4) < 1e-6) }
        let blobs = Dataset.blobs(classes: 2, pointsPerClass: 500, features: 3, noise: 0.1, using: &random)
        #expect(blobs.inputs.shape == [1000, 3])
        for part in [blobs.inputs[..<500], blobs.inputs[500...]] {
            // Five standard errors of a standard deviation.
            expectClose(part.standardDeviation(along: 0), [0.1, 0.1, 0.1], relative: 0.16)
        }
    }

    @Test func theSeedDecidesAndMisuseIsNamed() {
        func points(_ seed: UInt64) -> Tensor {
            var random = Random(seed: seed)
            return Dataset.moons(using: &random).inputs
        }
        expectIdentical(points(3), points(3))
        #expect(points(3) != points(4))
        var random = Random(seed: 1)
        #expect(
            misuseMessage { Dataset.spiral(classes: 0, using: &random) }
                == "spiral: counts [0, 100], noise 0.2; counts are 1 or more, noise 0 or more and finite")
        #expect(misuseMessage { Dataset.moons(noise: -1, using: &random) } != nil)
        #expect(misuseMessage { Dataset.circles(pointsPerClass: 0, using: &random) } != nil)
        #expect(misuseMessage { Dataset.blobs(noise: .nan, using: &random) } != nil)
    }
}

@Suite struct ShapeSceneTests {
    @Test func theSentenceSaysWhatIsThere() {
        let circle = ShapeScene.Item(.red, .circle)
        #expect(ShapeScene(circle).sentence == "a red circle")
        let scene = ShapeScene(circle, .leftOf, .init(.blue, .square))
        #expect(scene.sentence == "a red circle left of a blue square")
        let answers = Dictionary(uniqueKeysWithValues: scene.questions)
        #expect(
            answers == [
                "how many shapes are there": "two", "what colour is the circle": "red",
                "what colour is the square": "blue",
                "what is red": "circle", "what is blue": "square", "is there a circle": "yes",
                "is there a square": "yes",
                "is there a triangle": "no", "what is left of the square": "circle",
                "what is right of the circle": "square",
            ])
        #expect(Dictionary(uniqueKeysWithValues: ShapeScene(circle).questions)["how many shapes are there"] == "one")
    }

    /// The picture shows what the sentence says: ink of the colours named lies where it says, and no other.
    @Test func thePictureShowsIt() {
        var random = Random(seed: 1)
        for _ in 0..<60 {
            let scene = ShapeScene.random(using: &random)
            for wobble in [0.0, 1.0] {
                let picture = scene.picture(size: 16, wobble: wobble, using: &random)
                #expect(picture.shape == [3, 16, 16])
                #expect(picture.min().item >= 0 && picture.max().item <= 1)
                func middle(_ item: ShapeScene.Item) -> (x: Double, y: Double) {
                    let target: [Double] =
                        switch item.colour {
                        case .red: [0.9, 0.1, 0.1]
                        case .green: [0.1, 0.75, 0.2]
                        case .blue: [0.15, 0.25, 0.95]
                        case .yellow: [0.95, 0.85, 0.1]
                        }
                    var (x, y, count) = (0.0, 0.0, 0.0)
                    for row in 0..<16 {
                        for column in 0..<16
                        where (0..<3).allSatisfy({ abs(picture[at: [$0, row, column]] - target[$0]) < 1e-6 }) {
                            (x, y, count) = (x + Double(column), y + Double(row), count + 1)
                        }
                    }
                    #expect(count >= 2, "\(scene.sentence)")
                    return (x / count, y / count)
                }
                let first = middle(scene.first)
                guard let item = scene.second else { continue }
                let second = middle(item)
                if scene.arrangement == .above {
                    #expect(first.y + 3 < second.y)
                } else {
                    #expect(first.x + 3 < second.x)
                }
            }
        }
    }

    @Test func allScenesOccurAndTheSeedDecides() {
        func scenes(_ seed: UInt64) -> [ShapeScene] {
            var random = Random(seed: seed)
            return (0..<4000).map { _ in ShapeScene.random(using: &random) }
        }
        let all = Set(scenes(1).map(\.sentence))
        #expect(all.count == 12 + 12 * 6 * 2)
        #expect(scenes(1) == scenes(1) && scenes(1) != scenes(2))
        #expect(scenes(1).allSatisfy { $0.first.form != $0.second?.form && $0.first.colour != $0.second?.colour })
        let scene = scenes(1)[0]
        #expect(misuseMessage { scene.picture(size: 7) } == "ShapeScene.picture: 7 pixels a side; 8 are the least")
        expectIdentical(scene.picture(), scene.picture())
    }
}
