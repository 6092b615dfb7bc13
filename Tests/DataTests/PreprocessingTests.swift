import Foundation
import GradusData
import GradusTensor
import Testing
import _TestSupport

@Suite struct PreprocessingTests {
    private func images(_ count: Int, seed: UInt64) -> Tensor {
        var random = Random(seed: seed)
        return .normal([count, 3, 4, 5], mean: 2, standardDeviation: 3, as: .float64, using: &random)
    }

    @Test func meanImageAndChannelMeanAreTakenAway() {
        let (training, test) = (images(20, seed: 1), images(4, seed: 2))
        let image = FeatureScaling.meanImage(of: training)
        #expect(image.offset.shape == [1, 3, 4, 5])
        expectClose(image(training).mean(along: 0), .zeros([3, 4, 5], as: .float64), absolute: 1e-12)
        expectClose(image(test), test - training.mean(along: 0), relative: 1e-12)
        let channel = FeatureScaling.channelMean(of: training)
        #expect(channel.offset.shape == [1, 3, 1, 1])
        expectClose(channel(training).mean(along: [0, 2, 3]), .zeros([3], as: .float64), absolute: 1e-12)
        expectClose(channel.inverse(channel(test)), test, relative: 1e-12)
    }

    @Test(arguments: [FeatureAxis.feature, .channel, .whole])
    func standardizedIsOfMean0AndDeviation1(each: FeatureAxis) {
        let training = images(50, seed: 3)
        let scaled = FeatureScaling.standardizing(training, each: each)(training)
        let axes =
            switch each {
            case .feature: [0]
            case .channel: [0, 2, 3]
            case .whole: [0, 1, 2, 3]
            }
        let deviation = scaled.standardDeviation(along: axes, correction: 0)
        expectClose(scaled.mean(along: axes), .zeros(like: deviation), absolute: 1e-12)
        expectClose(deviation, .ones(like: deviation), relative: 1e-12)
    }

    /// The figures of the training part alone: those of the test part change nothing.
    @Test func theTestPartHasNoSay() {
        let training = Tensor([[1, 10], [3, 30]])
        let scaling = FeatureScaling.fitting(training, each: .feature)
        expectClose(scaling(training), [0, 0, 1, 1])
        expectClose(scaling(Tensor([[2, 50]])), [0.5, 2])
        let wide = FeatureScaling.fitting(training, to: -1...1, each: .whole)
        expectClose(wide(training), [-1, -1 + 18.0 / 29, -1 + 4.0 / 29, 1], relative: 1e-6)
        expectClose(wide.inverse(wide(training)), training, relative: 1e-6)
    }

    @Test func whatDoesNotVaryIsNotBlownUp() {
        let x = Tensor([[5, 1], [5, 2]])
        expectClose(FeatureScaling.standardizing(x, each: .feature)(x), [0, -1, 0, 1])
        expectClose(FeatureScaling.fitting(x, to: 2...3, each: .feature)(x), [2, 2, 2, 3])
    }

    @Test func aDataSetKeepsItsLabels() {
        let data = Dataset(inputs: Tensor([[1], [3]]), labels: Tensor([7, 8], as: .int64))
        let scaled = FeatureScaling.meanImage(of: data.inputs)(data)
        expectClose(scaled.inputs, [-1, 1])
        expectIdentical(scaled.labels, data.labels)
    }

    @Test func misuseIsNamed() {
        #expect(
            misuseMessage { FeatureScaling.standardizing(.zeros([0, 3]), each: .feature) }
                == "FeatureScaling.standardizing: inputs of shape [0, 3] and float32; examples [n, …] of floating point are wanted, one at least"
        )
        #expect(misuseMessage { FeatureScaling.channelMean(of: Tensor([1, 2])) } != nil)
        #expect(misuseMessage { FeatureScaling.meanImage(of: Tensor([1, 2], as: .int64)) } != nil)
        #expect(misuseMessage { FeatureScaling.fitting(Tensor([1, 2]), to: 1...1, each: .whole) } != nil)
    }
}

@Suite struct SymmetricEigenTests {
    private func matrix(_ n: Int) -> Tensor {
        func element(_ i: Int, _ j: Int) -> Double {
            let angle = Double(min(i, j)) * 1.7 + Double(max(i, j)) * 0.6
            return cos(angle) / Double(1 + abs(i - j))
        }
        let rows = (0..<n).map { i in (0..<n).map { element(i, $0) } }
        return Tensor(rows, as: .float64)
    }

    /// Computed by NumPy's eigh.
    @Test func theNumbersAreNumPys() {
        let (values, vectors) = symmetricEigen(matrix(12))
        expectClose(
            values,
            [
                1.3752285110604874, 1.329060790946264, 1.127171706077958, 0.9801338256170252, 0.742119976400861,
                0.04388051778825817, 0.016459642685640718, -0.11222784468629164, -0.7743377467364833,
                -1.0175472765927933, -1.3002885206945607, -1.3793789330912578,
            ], relative: 1e-13, absolute: 1e-14)
        expectClose(
            vectors[0],
            [
                0.5011348286137037, 0.20442741707880624, -0.17551285420263377, -0.24489578528685252,
                0.038084017904687927, -0.20552132526970385, -0.3419966442940017, -0.054463792409197784,
                0.6147156695589127, 0.24601294449937317, 0.099234996698921, 0.06657238369252166,
            ], relative: 1e-11, absolute: 1e-13)
    }

    private func expectDecomposed(_ a: Tensor, _ comment: String = "") {
        let n = a.shape[0]
        let (values, vectors) = symmetricEigen(a)
        let scale = n == 0 ? 1 : max(abs(a).max().item, 1e-300)
        let again = matmul(vectors * values.reshaped(n, 1), vectors, transposingFirst: true)
        expectClose(again / scale, a / scale, relative: 0, absolute: 1e-13, comment)
        expectClose(
            matmul(vectors, vectors, transposingSecond: true), .eye(n, as: .float64), relative: 0, absolute: 1e-13,
            comment)
        let list = values.array(of: Double.self)
        #expect(list == list.sorted(by: >), "\(comment)")
    }

    @Test(arguments: [0, 1, 2, 3, 4, 7, 30])
    func everySizeComesApart(n: Int) { expectDecomposed(matrix(n)) }

    @Test func hardOnesComeApartToo() {
        var random = Random(seed: 1)
        let flat = Tensor.normal([9, 2], as: .float64, using: &random)
        expectDecomposed(.eye(6, as: .float64), "all equal")
        expectDecomposed(.zeros([5, 5], as: .float64), "all zero")
        expectDecomposed(.ones([6, 6], as: .float64), "of rank one")
        expectDecomposed(matmul(flat, flat, transposingSecond: true), "of rank two")
        expectDecomposed(matrix(8) * 1e200, "large")
        expectDecomposed(matrix(8) * 1e-200, "small")
        let blocks = Tensor([[2, 1, 0, 0], [1, 2, 0, 0], [0, 0, 5, 0], [0, 0, 0, -3]], as: .float64)
        expectDecomposed(blocks, "in blocks")
        // Wilkinson's: pairs of eigenvalues that agree to fourteen digits.
        var wilkinson = Tensor.zeros([21, 21], as: .float64)
        for i in 0..<21 {
            wilkinson[at: [i, i]] = abs(Double(i - 10))
            if i > 0 {
                wilkinson[at: [i, i - 1]] = 1
                wilkinson[at: [i - 1, i]] = 1
            }
        }
        expectDecomposed(wilkinson, "Wilkinson's")
        expectClose(symmetricEigen(wilkinson).values[0].item, 10.746194182903393, relative: 1e-14)
        expectClose(symmetricEigen(Tensor([[2, 1], [1, 2]])).values, [3, 1], relative: 1e-15)
    }

    @Test func misuseIsNamed() {
        #expect(
            misuseMessage { symmetricEigen(.zeros([2, 3])) }
                == "symmetricEigen: float32 of shape [2, 3]; a square matrix of floating point is wanted")
        #expect(misuseMessage { symmetricEigen(.full([2, 2], .nan)) } == "symmetricEigen: not all elements are finite")
    }
}

@Suite struct PrincipalComponentsTests {
    /// Computed by NumPy from the same file.
    @Test func thoseOfTheDigits() throws {
        let x = try Digits.load().all.inputs.flattened(from: 1).converted(to: .float64)
        let components = PrincipalComponents(of: x)
        expectClose(
            components.variances[..<5],
            [0.6992458206952032, 0.6395224487565525, 0.5538610902042342, 0.3949233406361245, 0.2715358030897947],
            relative: 1e-11)
        expectClose(components.totalVariance, 4.6958895006277475, relative: 1e-11)
        expectClose(components.explained.sum().item, 1, relative: 1e-12)
        let scores = components(x[..<2])
        expectClose(abs(scores[at: [0, 0]]), 0.07871665313134779, relative: 1e-9)
        expectClose(
            scores[at: [1, 0]] / scores[at: [0, 0]], 0.4973507062506632 / -0.07871665313134779, relative: 1e-9)
        expectClose(components.inverse(components(x[..<20])), x[..<20], absolute: 1e-12)

        // What a few components leave out is the variance of the others.
        let few = PrincipalComponents(of: x, count: 10)
        #expect(few.directions.shape == [10, 64])
        let rest = square(few.inverse(few(x)) - x).sum().item / 1796
        expectClose(rest, (components.variances[10...]).sum().item, relative: 1e-10)
    }

    @Test func whitenedHasNoCovariance() {
        var random = Random(seed: 2)
        let mixing = Tensor.normal([5, 5], as: .float64, using: &random)
        let x = matmul(.normal([400, 5], as: .float64, using: &random), mixing) + 3
        let components = PrincipalComponents(of: x)
        for white in [components.whitened(x, epsilon: 0), components.zcaWhitened(x, epsilon: 0)] {
            let covariance = matmul(white, white, transposingFirst: true) / 399
            expectClose(covariance, .eye(5, as: .float64), absolute: 1e-9)
            expectClose(white.mean(along: 0), .zeros([5], as: .float64), absolute: 1e-10)
        }
        // Turned back, it is as near to what it was as any whitening: symmetric.
        let map = matmul(
            components.directions / sqrt(components.variances).reshaped(5, 1), components.directions,
            transposingFirst: true)
        expectClose(
            components.zcaWhitened(x, epsilon: 0), matmul(x - components.mean, map), relative: 1e-9, absolute: 1e-9)
        #expect(components.whitened(.zeros([0, 5], as: .float64)).shape == [0, 5])
    }

    @Test func directionsWithoutVarianceStayQuiet() {
        let x = Tensor([[1, 5], [2, 5], [3, 5]], as: .float64)
        let white = PrincipalComponents(of: x).whitened(x)
        #expect(abs(white).max().item < 1.1)
    }

    @Test func misuseIsNamed() {
        #expect(
            misuseMessage { PrincipalComponents(of: .zeros([1, 3])) }
                == "PrincipalComponents: float32 of shape [1, 3]; [n, features] of floating point with n of 2 or more are wanted"
        )
        #expect(
            misuseMessage { PrincipalComponents(of: .zeros([4, 3]), count: 4) }
                == "PrincipalComponents: 4 of 3 features")
        #expect(
            misuseMessage { PrincipalComponents(of: .full([4, 3], .infinity)) }
                == "PrincipalComponents: not all inputs are finite")
    }
}
