import GradusData
import GradusTensor
import Testing
import _TestSupport

@Suite struct AugmentationTests {
    /// Image i has pixel 100·i + 10·y + x in channel 0, and that plus ½ in channel 1.
    private func images(_ count: Int, height: Int = 3, width: Int = 4, as type: ElementType = .float32) -> Tensor {
        var values: [Double] = []
        for i in 0..<count {
            for c in 0..<2 {
                for y in 0..<height {
                    for x in 0..<width { values.append(Double(100 * i + 10 * y + x) + 0.5 * Double(c)) }
                }
            }
        }
        return Tensor(values, shape: [count, 2, height, width], as: type)
    }

    private func apply(_ augmentation: Augmentation, _ images: Tensor, seed: UInt64 = 1) -> Tensor {
        var random = Random(seed: seed)
        return augmentation(images, using: &random)
    }

    @Test(arguments: [ElementType.float32, .float64])
    func certainFlipsAreFlips(type: ElementType) {
        let x = images(3, as: type)
        expectIdentical(apply(.horizontalFlip(probability: 1), x), x.flipped(along: [3]))
        expectIdentical(apply(.verticalFlip(probability: 1), x), x.flipped(along: [2]))
        expectIdentical(apply(.horizontalFlip(probability: 0), x), x)
    }

    @Test func halfOfTheImagesAreFlipped() {
        let x = images(1000, height: 1, width: 2)
        let y = apply(.horizontalFlip(), x)
        let flipped = (0..<1000).count { y[at: [$0, 0, 0, 0]] > y[at: [$0, 0, 0, 1]] }
        // Five standard deviations of a fair coin.
        #expect(abs(flipped - 500) < 79)
    }

    @Test func aTranslationMovesWholePixels() {
        let x = images(200, height: 5, width: 6)
        let y = apply(.translation(upTo: Pair(1, 2), fill: -1), x)
        var seen: Set<[Int]> = []
        for i in 0..<200 {
            let matches = (-1...1).flatMap { dy in (-2...2).map { [dy, $0] } }.filter { move in
                (0..<2).allSatisfy { c in
                    (0..<5).allSatisfy { row in
                        (0..<6).allSatisfy { column in
                            let (sy, sx) = (row + move[0], column + move[1])
                            let isInside = sy >= 0 && sy < 5 && sx >= 0 && sx < 6
                            return y[at: [i, c, row, column]] == (isInside ? x[at: [i, c, sy, sx]] : -1)
                        }
                    }
                }
            }
            #expect(matches.count == 1)
            seen.formUnion(matches)
        }
        #expect(seen.count == 15)  // every one of them occurs
    }

    @Test func aCropIsAWindowOfThePaddedImage() {
        let x = images(100)
        let padded = x.padded([0, 0, 1, 2], [0, 0, 1, 2], with: 7)
        let y = apply(.randomCrop(to: Pair(2, 5), padding: Pair(1, 2), fill: 7), x)
        #expect(y.shape == [100, 2, 2, 5])
        var seen: Set<[Int]> = []
        for i in 0..<100 {
            let places = (0...3).flatMap { top in (0...3).map { [top, $0] } }.filter { place in
                let window = padded[i].slice(along: 1, from: place[0], to: place[0] + 2)
                    .slice(along: 2, from: place[1], to: place[1] + 5)
                return window == y[i]
            }
            #expect(!places.isEmpty)
            seen.formUnion(places)
        }
        #expect(seen.count > 10)
    }

    /// A ramp stays a ramp: what is interpolated linearly is exact on it.
    @Test func aResizedCropInterpolatesLinearly() {
        let (height, width) = (9, 12)
        let x = images(50, height: height, width: width, as: .float64)
        let y = apply(.randomResizedCrop(area: 0.3...0.6, to: Pair(6, 5)), x)
        #expect(y.shape == [50, 2, 6, 5])
        for i in 0..<50 {
            let first = y[i][0]
            let (down, right) = (first[at: [3, 2]] - first[at: [2, 2]], first[at: [2, 3]] - first[at: [2, 2]])
            // Steps of the result in pixels of the source: extent / count.
            let share = (down / 10 * 6) * (right * 5) / Double(height * width)
            #expect(share > 0.3 - 1e-9 && share < 0.6 + 1e-9)
            expectClose(y[i][1], first + 0.5, relative: 1e-12)
            let centre = first[at: [2, 2]]
            for row in 1..<5 {
                for column in 1..<4 {
                    let expected = centre + Double(row - 2) * down + Double(column - 2) * right
                    #expect(abs(first[at: [row, column]] - expected) < 1e-9)
                }
            }
        }
    }

    @Test func theWholeImageAtItsOwnSizeIsItself() {
        let x = images(3, height: 5, width: 5, as: .float64)
        expectClose(apply(.randomResizedCrop(area: 1...1, aspect: 1), x), x, relative: 1e-12)
    }

    @Test func jitterChangesWhatItsNameSays() {
        var random = Random(seed: 3)
        let x = Tensor.uniform([20, 3, 4, 5], as: .float64, using: &random)
        func grey(_ x: Tensor) -> Tensor {
            (x * Tensor([0.299, 0.587, 0.114], as: .float64).reshaped(3, 1, 1)).sum(along: 1, keepingAxes: true)
        }
        // One factor an image, within the bounds.
        let bright = apply(.colorJitter(brightness: 0.3, contrast: 0, saturation: 0, range: nil), x) / x
        expectClose(bright, bright[0..., at: 0].broadcast(to: x.shape), relative: 1e-9)
        #expect(bright.min().item > 0.7 && bright.max().item < 1.3)
        #expect(bright.max().item - bright.min().item > 0.2)

        let contrast = apply(.colorJitter(brightness: 0, contrast: 0.5, saturation: 0, range: nil), x)
        expectClose(grey(contrast).mean(along: [1, 2, 3]), grey(x).mean(along: [1, 2, 3]), relative: 1e-9)
        let mean = grey(x).mean(along: [1, 2, 3], keepingAxes: true)
        let factor = (contrast - mean) / (x - mean)
        expectClose(factor, factor[0..., at: 0].broadcast(to: x.shape), relative: 1e-6)

        let saturated = apply(.colorJitter(brightness: 0, contrast: 0, saturation: 1, range: nil), x)
        expectClose(grey(saturated), grey(x), relative: 1e-9)
        #expect(difference(saturated, x, relative: 1e-3, absolute: 0) != nil)

        let cut = apply(.colorJitter(brightness: 1, contrast: 1, saturation: 1), x)
        #expect(cut.min().item >= 0 && cut.max().item <= 1)
        expectClose(apply(.colorJitter(brightness: 0, contrast: 0, saturation: 0), x), x, relative: 1e-12)
    }

    @Test func cutoutFillsOneSquare() {
        let x = Tensor.ones([300, 2, 8, 8])
        let y = apply(.cutout(side: 3, fill: 0), x)
        for i in 0..<300 {
            expectIdentical(y[i][0], y[i][1])
            let rows = y[i][0].min(along: 1).array(of: Int.self)
            let columns = y[i][0].min(along: 0).array(of: Int.self)
            let (height, width) = (rows.count { $0 == 0 }, columns.count { $0 == 0 })
            #expect((1...3).contains(height) && (1...3).contains(width))
            #expect(y[i][0].sum().item == Double(64 - height * width))
        }
        // Every pixel is covered at some time.
        #expect(y.min(along: [0, 1]).max().item == 0)
    }

    @Test func mixupMixesInputsAndLabelsAlike() {
        var random = Random(seed: 4)
        let inputs = Tensor.eye(6).reshaped(6, 1, 1, 6)
        let data = Dataset(inputs: inputs, labels: Tensor([0, 1, 2, 3, 4, 5], as: .int64))
        var shares: [Double] = []
        for _ in 0..<200 {
            let batch = data.batches(of: 6).augmented(by: .mixup(alpha: 0.4, classes: 6), using: &random)[0]
            expectClose(batch.inputs.value.reshaped(6, 6), batch.labels, relative: 0, absolute: 0)
            expectClose(batch.labels.sum(along: 1), [Double](repeating: 1, count: 6), relative: 1e-6)
            let diagonal = (0..<6).map { batch.labels[at: [$0, $0]] }
            if let share = diagonal.first(where: { $0 != 1 }) { shares.append(share) }
        }
        // Beta(0.4, 0.4): mean 1/2, variance 1 / (4 · (2α + 1)) = 0.1389.
        let mean = shares.reduce(0, +) / Double(shares.count)
        let variance = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(shares.count)
        #expect(shares.count > 190)
        #expect(abs(mean - 0.5) < 5 * (0.1389 / 200).squareRoot())
        #expect(abs(variance - 0.1389) < 0.03)
    }

    @Test func theSeedDecides() {
        let x = images(20)
        let all: [Augmentation] = [
            .horizontalFlip(), .verticalFlip(), .translation(upTo: 1), .randomCrop(to: 2), .randomResizedCrop(),
            .colorJitter(range: nil), .cutout(side: 1),
        ]
        for augmentation in all {
            expectIdentical(apply(augmentation, x, seed: 5), apply(augmentation, x, seed: 5))
            #expect(
                difference(apply(augmentation, x, seed: 5), apply(augmentation, x, seed: 6), relative: 0, absolute: 0)
                    != nil)
        }
    }

    @Test func misuseIsNamed() {
        let x = images(2)
        #expect(
            misuseMessage { Augmentation.horizontalFlip(probability: 1.5) }
                == "horizontalFlip: a probability of 1.5 is outside 0 to 1")
        #expect(misuseMessage { Augmentation.translation(upTo: -1) } != nil)
        #expect(misuseMessage { Augmentation.randomCrop(to: 0) } != nil)
        #expect(
            misuseMessage { apply(.randomCrop(to: 8, padding: 1), x) }
                == "randomCrop: a window of 8 by 8 in images of 5 by 6, padding included")
        #expect(misuseMessage { Augmentation.randomResizedCrop(area: 0...1) } != nil)
        #expect(misuseMessage { Augmentation.colorJitter(brightness: 2) } != nil)
        #expect(misuseMessage { Augmentation.cutout(side: 0) } != nil)
        #expect(misuseMessage { Augmentation.mixup(alpha: 0, classes: 3) } != nil)
        #expect(
            misuseMessage { apply(.verticalFlip(), Tensor([1, 2])) }
                == "verticalFlip: float32 of shape [2]; images [n, channels, height, width] of floating point are wanted"
        )
        #expect(misuseMessage { apply(.cutout(side: 1), x.converted(to: .int64)) } != nil)
    }
}

extension Tensor {
    /// One pixel of each image of the batch, its axes kept.
    fileprivate subscript(_ all: PartialRangeFrom<Int>, at place: Int) -> Tensor {
        flattened(from: 1).slice(along: 1, from: place, to: place + 1).reshaped(to: [shape[0], 1, 1, 1])
    }
}
