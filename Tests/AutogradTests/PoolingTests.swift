import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

@Suite struct PoolingTests {
    @Test func references() throws {
        try expectReferences(
            "pooling",
            [
                "maxPool1D": { x, a in
                    [maxPool1D(x[0], kernel: int(a, "kernel"), stride: int(a, "stride"), padding: int(a, "padding"))]
                },
                "maxPool2D": { x, a in
                    [maxPool2D(x[0], kernel: pair(a, "kernel"), stride: pair(a, "stride"), padding: pair(a, "padding"))]
                },
                "averagePool1D": { x, a in
                    [
                        averagePool1D(
                            x[0], kernel: int(a, "kernel"), stride: int(a, "stride"), padding: int(a, "padding"),
                            countingPadding: a["countIncludingPadding"]?.bool ?? false)
                    ]
                },
                "averagePool2D": { x, a in
                    [
                        averagePool2D(
                            x[0], kernel: pair(a, "kernel"), stride: pair(a, "stride"), padding: pair(a, "padding"),
                            countingPadding: a["countIncludingPadding"]?.bool ?? false)
                    ]
                },
                "adaptiveAveragePool2D": { x, a in [adaptiveAveragePool2D(x[0], outputSize: pair(a, "outputSize"))] },
                "adaptiveMaxPool2D": { x, a in [adaptiveMaxPool2D(x[0], outputSize: pair(a, "outputSize"))] },
            ])
    }

    // MARK: - A sweep of geometries

    static let geometries: [(kernel: Pair, stride: Pair, padding: Pair)] = {
        var all: [(Pair, Pair, Pair)] = []
        for kernel in [1, 2, 3, Pair(3, 2), Pair(1, 4)] as [Pair] {
            for stride in [1, 2, 3, 4, Pair(2, 1)] as [Pair] {
                for padding in [0, 1, Pair(1, 0), Pair(0, 2)] as [Pair]
                where padding.vertical <= kernel.vertical / 2 && padding.horizontal <= kernel.horizontal / 2 {
                    all.append((kernel, stride, padding))
                }
            }
        }
        return all
    }()

    @Test func averagesOverTheSweep() {
        #expect(Self.geometries.count > 40)
        for (i, (kernel, stride, padding)) in Self.geometries.enumerated() {
            for counting in [true, false] {
                expectLinear(
                    { averagePool2D($0, kernel: kernel, stride: stride, padding: padding, countingPadding: counting) },
                    at: [2, 2, 5, 6], tolerance: 1e-13, seed: UInt64(i), "\(kernel), \(stride), \(padding), \(counting)"
                )
            }
        }
        for size in [1, 2, 4, 5, 9, Pair(5, 6), Pair(3, 1)] as [Pair] {
            expectLinear(
                { adaptiveAveragePool2D($0, outputSize: size) }, at: [2, 1, 5, 6], tolerance: 1e-13, "\(size)")
        }
        expectLinear({ averagePool1D($0, kernel: 4, stride: 2, padding: 1) }, at: [2, 3, 9])
        expectLinear({ averagePool2D($0, kernel: 2) }, at: [0, 3, 4, 4])
    }

    /// Against differences where all elements differ; order 2 has the gradient's own derivative, which reads by the indices what
    /// that adds.
    @Test func largestOverTheSweep() {
        var generator = TensorGenerator(seed: 1)
        let x = generator.tensor([1, 2, 5, 6])
        for (kernel, stride, padding) in Self.geometries {
            expectGradients(
                of: { maxPool2D($0, kernel: kernel, stride: stride, padding: padding) }, at: x, sampling: 4,
                "\(kernel), \(stride), \(padding)")
        }
        for size in [1, 2, 4, 9, Pair(3, 1)] as [Pair] {
            expectGradients(of: { adaptiveMaxPool2D($0, outputSize: size) }, at: x, sampling: 4, "\(size)")
        }
        let row = generator.tensor([2, 2, 7])
        expectGradients(of: { maxPool1D($0 * $0, kernel: 3, stride: 2, padding: 1) }, at: row, order: 3)
        expectGradients(of: { averagePool1D($0 * $0, kernel: 3, stride: 2, padding: 1) }, at: row, order: 3)
    }

    // MARK: - Corners

    /// A stride below the kernel: what wins in several windows gets the sum, at order one and two.
    @Test func overlappingWindowsAdd() {
        let x = Variable(Tensor([0, 0, 0, 0, 9, 0, 0, 0, 0], shape: [1, 1, 3, 3]))
        let upstream = Variable(Tensor([1, 2, 3, 4], shape: [1, 1, 2, 2]))
        let y = maxPool2D(x, kernel: 2, stride: 1)
        let gradient = gradients(of: y, at: [x], upstream: upstream, recordingGraph: true)[0]!
        #expect(gradient.value == Tensor([0, 0, 0, 0, 10, 0, 0, 0, 0], shape: [1, 1, 3, 3]))
        let direction = Variable.constant(Tensor.arange(0, 9).reshaped(1, 1, 3, 3))
        #expect(gradients(of: gradient, at: [upstream], upstream: direction)[0]?.value == .full([1, 1, 2, 2], 4))
    }

    @Test func theFirstOfTiesAloneWins() {
        let x = Variable(.full([1, 1, 300, 300], 7))
        maxPool2D(x, kernel: 300).backward(upstream: .constant(.full([1, 1, 1, 1], 5)))
        var expected = Tensor.zeros([1, 1, 300, 300])
        expected[at: [0, 0, 0, 0]] = 5
        #expect(x.gradient?.value == expected)
        // Zeros of either sign tie.
        let zeros = Variable([[[-0.0, 0, 0.0, -0.0]]])
        maxPool1D(zeros, kernel: 2).backward(upstream: .constant(.ones([1, 1, 2])))
        #expect(zeros.gradient?.value == Tensor([[[1, 0, 1, 0]]]))
    }

    @Test func padding() {
        // Padding never wins, however low the plane is; elements that a stride steps over get nothing.
        let x = Variable(.full([1, 1, 3, 3], -.infinity))
        let y = maxPool2D(x, kernel: 2, stride: 3, padding: 1)
        #expect(y.value == .full([1, 1, 2, 2], -.infinity))
        y.backward(upstream: .constant(.ones([1, 1, 2, 2])))
        #expect(x.gradient?.value == Tensor([1, 0, 1, 0, 0, 0, 1, 0, 1], shape: [1, 1, 3, 3]))
    }

    @Test func notANumber() {
        let x = Variable([[[1, .nan, 3, 4, .nan, .nan]]])
        let y = maxPool1D(x, kernel: 2)
        #expect(y.value.isClose(to: Tensor([[[.nan, 4, .nan]]]), nanEqual: true))
        y.backward(upstream: .constant(Tensor([[[1, 2, 3]]])))
        #expect(x.gradient?.value == Tensor([[[0, 1, 0, 2, 3, 0]]]))
        let z = Variable([[[1, .nan, 3, 4]]])
        let average = averagePool1D(z, kernel: 2)
        #expect(average.value.isClose(to: Tensor([[[.nan, 3.5]]]), nanEqual: true))
    }

    /// The winners are those of the run that is differentiated, not of another one.
    @Test func aReplayLooksForItsOwnWinners() {
        let (_, recording) = recordingEverything { maxPool1D(Variable([[[1, 2, 3, 4]]]), kernel: 2) }
        let pool = recording.operations.first { $0.name == "maxPool1D" }
        let again = pool?.replay([Tensor([[[[5, 2, 3, 0]]]])])
        #expect(again?.first == Tensor([[[[5, 3]]]]))
    }

    @Test func updatesThreadsAndElementTypes() {
        var generator = TensorGenerator(seed: 9)
        let x = generator.tensor([3, 4, 11, 9])
        let functions: [(Variable) -> Variable] = [
            { maxPool2D($0, kernel: 3, stride: 2, padding: 1) },
            { averagePool2D($0, kernel: 3, stride: 2, padding: 1, countingPadding: false) },
            { adaptiveMaxPool2D($0, outputSize: 4) }, { adaptiveAveragePool2D($0, outputSize: Pair(4, 2)) },
            { maxPool1D($0.flattened(from: 2), kernel: 4, stride: 3) },
            { averagePool1D($0.flattened(from: 2), kernel: 4, stride: 3, padding: 2) },
        ]
        for (i, function) in functions.enumerated() {
            let bent: ([Variable]) -> Variable = { x in
                let y = function(x[0] * x[0])
                return y * y
            }
            expectUnmovedByUpdates(of: bent, at: [x], "function \(i)")
            expectSameBitsAtAnyThreadCount(of: bent, at: [x], order: 2, "function \(i)")
            expectSingleNearDouble(of: bent, at: [x], "function \(i)")
        }
    }

    @Test func runsInDouble() {
        let x = Variable(.ones([1, 1, 4, 4]))
        let y = inDouble { averagePool2D(maxPool2D(x, kernel: 2, stride: 1), kernel: 3) }
        #expect(y.elementType == .float64 && y.shape == [1, 1, 1, 1])
        #expect(gradients(of: y, at: [x])[0]?.elementType == .float32)
    }

    @Test func misuseIsSaidAndSurvived() {
        let x = Variable(.ones([1, 2, 4, 4]))
        func expect(_ message: String, _ body: () -> Variable, _ location: SourceLocation = #_sourceLocation) {
            let found = misuseMessage {
                let y = body()
                adaptiveMaxPool2D(averagePool2D(y * y, kernel: 2), outputSize: 1).backward()
                return maxPool1D(y, kernel: 3)
            }
            #expect(found == message, sourceLocation: location)
        }
        expect("maxPool2D: input of shape [2, 4, 4]; it is [batch, channels, height, width]") {
            maxPool2D(x[0], kernel: 2)
        }
        expect("maxPool1D: input of shape [1, 2, 4, 4]; it is [batch, channels, length]") { maxPool1D(x, kernel: 2) }
        expect("averagePool1D: a kernel of 5 on 4 with a padding of 0; it is not larger than what it moves over") {
            averagePool1D(x[0], kernel: 5)
        }
        expect("averagePool2D: a stride of 0 by 0; strides are 1 or more") {
            averagePool2D(x, kernel: 2, stride: 0)
        }
        expect(
            "adaptiveMaxPool2D: an output of 0 by 1 from shape [1, 2, 4, 4]; its sizes are 1 or more, elements at most \(Int.max)"
        ) { adaptiveMaxPool2D(x, outputSize: Pair(0, 1)) }
        expect("adaptiveAveragePool2D: not defined on int64; convert first") {
            adaptiveAveragePool2D(.constant(.ones([1, 1, 2, 2], as: .int64)), outputSize: 1)
        }
        #expect(x.gradient == nil)
    }
}
