import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

@Suite struct ConvolutionTests {
    @Test func references() throws {
        try expectReferences(
            "convolution",
            [
                "conv1D": { x, a in
                    [
                        conv1D(
                            x[0], x[1], bias: x.count > 2 ? x[2] : nil, stride: int(a, "stride"),
                            padding: int(a, "padding"), dilation: int(a, "dilation"), groups: int(a, "groups"))
                    ]
                },
                "conv2D": { x, a in
                    [
                        conv2D(
                            x[0], x[1], bias: x.count > 2 ? x[2] : nil, stride: pair(a, "stride"),
                            padding: pair(a, "padding"), dilation: pair(a, "dilation"), groups: int(a, "groups"))
                    ]
                },
                "transposedConv1D": { x, a in
                    [
                        transposedConv1D(
                            x[0], x[1], bias: x.count > 2 ? x[2] : nil, stride: int(a, "stride"),
                            padding: int(a, "padding"), outputPadding: int(a, "outputPadding"),
                            dilation: int(a, "dilation"), groups: int(a, "groups"))
                    ]
                },
                "transposedConv2D": { x, a in
                    [
                        transposedConv2D(
                            x[0], x[1], bias: x.count > 2 ? x[2] : nil, stride: pair(a, "stride"),
                            padding: pair(a, "padding"), outputPadding: pair(a, "outputPadding"),
                            dilation: pair(a, "dilation"), groups: int(a, "groups"))
                    ]
                },
            ])
    }

    // MARK: - A sweep of geometries

    static let geometries: [ConvolutionCase] = {
        var all: [ConvolutionCase] = []
        for kernel in [1, 3, Pair(3, 2), Pair(1, 4)] as [Pair] {
            for stride in [1, 2, 3, Pair(1, 2), Pair(3, 1)] as [Pair] {
                for padding in [0, 1, Pair(2, 0)] as [Pair] {
                    for dilation in [1, 2, Pair(1, 2)] as [Pair] {
                        for groups in [1, 2] {
                            let one = ConvolutionCase(
                                kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups)
                            if one.fits { all.append(one) }
                        }
                    }
                }
            }
        }
        return all
    }()

    @Test func everyOrderCloses() {
        #expect(Self.geometries.count > 250)
        for (seed, one) in Self.geometries.enumerated() {
            expectBilinear(one.convolve, at: one.x, one.weight, seed: UInt64(seed), "\(one)")
        }
    }

    @Test func everyOrderOfTheTransposeCloses() {
        #expect(Self.geometries.count { $0.transposedInput != nil } > 250)
        for (seed, one) in Self.geometries.enumerated() {
            guard let x = one.transposedInput else { continue }
            expectBilinear(one.convolveTransposed, at: x, one.weight, seed: UInt64(seed), "transposed, \(one)")
        }
    }

    /// Against differences, with a bias too.
    @Test func finiteDifferences() {
        var generator = TensorGenerator(seed: 11)
        for one in Self.geometries where generator.index(below: 20) == 0 {
            let inputs = [generator.tensor(one.x), generator.tensor(one.weight), generator.tensor([4])]
            expectGradients(
                of: { one.convolve($0[0], $0[1], bias: $0[2]) }, at: inputs, order: 2, sampling: 6, "\(one)")
            guard let x = one.transposedInput else { continue }
            let others = [
                generator.tensor(x), generator.tensor(one.weight), generator.tensor([one.weight.size(1) * one.groups]),
            ]
            expectGradients(
                of: { one.convolveTransposed($0[0], $0[1], bias: $0[2]) }, at: others, order: 2, sampling: 6,
                "transposed, \(one)")
        }
        let (x, w) = (generator.tensor([1, 2, 5]), generator.tensor([2, 2, 3]))
        expectGradients(of: { conv1D($0, $1, stride: 2, padding: 2, dilation: 2) }, at: x, w, order: 3)
        expectGradients(
            of: { transposedConv1D($0, $1, stride: 2, padding: 1, outputPadding: 1) }, at: x, w, order: 3)
    }

    // MARK: - Corners

    /// Above a stride, output padding reaches rows that no tap of the kernel does: the gradient goes back through the zeros
    /// that were put at the input's end.
    @Test func outputPaddingBeyondTheStride() {
        var generator = TensorGenerator(seed: 3)
        let x = generator.tensor([1, 2, 3, 2])
        let w = generator.tensor([2, 1, 2, 2])
        let b = generator.tensor([1])
        func f(_ x: [Variable]) -> Variable {
            transposedConv2D(
                x[0], x[1], bias: x[2], stride: Pair(1, 2), outputPadding: Pair(2, 3), dilation: Pair(3, 4))
        }
        #expect(
            f([.constant(x), .constant(w), .constant(b)]).value
                == transposedConv2D(x, w, bias: b, stride: Pair(1, 2), outputPadding: Pair(2, 3), dilation: Pair(3, 4)))
        expectGradients(of: { f($0) }, at: [x, w, b], order: 3)
        let (x1, w1) = (generator.tensor([2, 2, 3]), generator.tensor([2, 3, 2]))
        expectGradients(of: { transposedConv1D($0, $1, stride: 2, outputPadding: 4, dilation: 5) }, at: x1, w1)
    }

    /// What the kernel does not reach, for the stride leaves a remainder, still belongs to the gradient's shape.
    @Test func gradientsHaveTheShapeOfTheirInput() {
        let x = Variable(.ones([2, 1, 8, 9]))
        let w = Variable(.ones([3, 1, 3, 2]))
        let b = Variable(.ones([3]))
        conv2D(x, w, bias: b, stride: 3).backward(upstream: .constant(.ones([2, 3, 2, 3])))
        #expect(x.gradient?.shape == x.shape && w.gradient?.shape == w.shape && b.gradient?.shape == b.shape)
        #expect(x.gradient?.value[0][0][-1] == .zeros([9]))
        #expect(x.gradient?.value[0][0][0] == Tensor([3, 3, 0, 3, 3, 0, 3, 3, 0]))
        #expect(b.gradient?.value == .full([3], 12))
    }

    @Test func imageAndKernelMayBeOne() {
        var generator = TensorGenerator(seed: 5)
        let x = generator.tensor([2, 2, 3, 3])
        expectGradients(of: { conv2D($0, $0, padding: 1) }, at: x, order: 3)
        expectGradients(of: { transposedConv2D($0, $0, stride: 2) }, at: x, order: 3)
        expectGradients(
            of: { conv2D($0, $0, bias: $0.slice(along: 0, from: 0, to: 2).reshaped(to: [36])[..<2]) }, at: x)
    }

    @Test func nothingAtAll() {
        // An empty batch, no channels in, no filters.
        for (input, weight) in [
            ([0, 2, 4, 4], [3, 2, 2, 2]), ([2, 0, 4, 4], [3, 0, 2, 2]), ([2, 2, 4, 4], [0, 2, 2, 2]),
        ] as [(Shape, Shape)] {
            let x = Variable(.ones(input)), w = Variable(.ones(weight)), b = Variable(.ones([weight.size(0)]))
            let y = conv2D(x, w, bias: b)
            let found = gradients(of: y, at: [x, w, b], upstream: .constant(.ones(y.shape)), recordingGraph: true)
            #expect(found[0]?.value == .zeros(input))
            #expect(found[1]?.value == .zeros(weight))
            #expect(found[2]?.value == .full([weight.size(0)], Double(input.size(0) * 9)))
        }
        let x = Variable(.ones([0, 2, 2, 2])), w = Variable(.ones([2, 3, 2, 2])), b = Variable(.ones([3]))
        let y = transposedConv2D(x, w, bias: b, stride: 2)
        #expect(y.shape == [0, 3, 4, 4])
        let found = gradients(of: y, at: [x, w, b], upstream: .constant(.ones(y.shape)))
        #expect(found.map { $0?.value } == [.zeros(x.shape), .zeros(w.shape), .zeros([3])])
    }

    @Test func nothingIsComputedForWhatWantsNone() {
        let images = Variable.constant(.ones([1, 1, 4, 4]))
        let w = Variable(.ones([1, 1, 3, 3])), b = Variable(.ones([1]))
        let y = conv2D(images, w, bias: b)
        let (_, recording) = recordingEverything {
            gradients(of: y, at: [w], upstream: .constant(.ones(y.shape)), recordingGraph: true)
        }
        #expect(recording.operations.map(\.name) == ["convolutionWeightGradient"])
    }

    @Test func updatesThreadsAndElementTypes() {
        var generator = TensorGenerator(seed: 8)
        let inputs = [generator.tensor([3, 4, 9, 8]), generator.tensor([4, 2, 3, 2]), generator.tensor([4])]
        let functions: [([Variable]) -> Variable] = [
            { conv2D($0[0], $0[1], bias: $0[2], stride: 2, padding: 1, groups: 2) },
            { conv2D($0[0], $0[1], stride: Pair(1, 2), dilation: 2, groups: 2) },
            { transposedConv2D($0[0], $0[1], bias: $0[2], stride: 2, padding: 1, groups: 2) },
            { transposedConv2D($0[0], $0[1], stride: 2, outputPadding: 1, groups: 2) },
        ]
        for function in functions {
            expectUnmovedByUpdates(of: function, at: inputs)
            expectSameBitsAtAnyThreadCount(of: function, at: inputs, order: 2)
            expectSingleNearDouble(of: function, at: inputs)
        }
    }

    @Test func runsInDouble() {
        let x = Variable(.ones([1, 1, 3, 3])), w = Variable(.ones([1, 1, 2, 2])), b = Variable(.ones([1]))
        let y = inDouble { transposedConv2D(conv2D(x, w, bias: b, padding: 1), w, bias: b, stride: 2) }
        #expect(y.elementType == .float64)
        let found = gradients(of: y, at: [x, w, b], upstream: .constant(.ones(y.shape, as: .float64)))
        #expect(found.map { $0?.elementType } == [.float32, .float32, .float32])
    }

    @Test func misuseIsSaidAndSurvived() {
        let x = Variable(.ones([1, 2, 4, 4])), w = Variable(.ones([3, 1, 2, 2]))
        #expect(
            misuseMessage {
                let y = conv2D(x, w, bias: w)
                (y * y).backward(upstream: .constant(.ones([1, 3, 3, 3])))
                return jacobian(at: x) { conv2D($0, w) }
            }
                == "conv2D: weight of shape [3, 1, 2, 2] takes 1 channels; input of shape [1, 2, 4, 4] has 2"
        )
        #expect(
            misuseMessage {
                let y = transposedConv1D(x, w)
                y.backward()
                return conv1D(y, y, bias: y)
            } == "transposedConv1D: input of shape [1, 2, 4, 4]; it is [batch, inChannels, length]")
        #expect(
            misuseMessage { transposedConv2D(x, Variable(.ones([2, 1, 2, 2], as: .float64))) }
                == "transposedConv2D: element types float32 and float64 do not mix; convert one with converted(to:)")
        #expect(x.gradient == nil && w.gradient == nil)
    }
}

/// A small convolution of a batch of two, and its transpose.
struct ConvolutionCase: CustomStringConvertible {
    let kernel: Pair
    let stride: Pair
    let padding: Pair
    let dilation: Pair
    let groups: Int

    let x: Shape = [2, 2, 5, 6]
    var weight: Shape { [4, 2 / groups, kernel.vertical, kernel.horizontal] }

    var geometry: Convolution2DGeometry {
        Convolution2DGeometry(stride: stride, padding: padding, dilation: dilation, groups: groups)
    }

    var fits: Bool {
        (kernel.vertical - 1) * dilation.vertical < 5 + 2 * padding.vertical
            && (kernel.horizontal - 1) * dilation.horizontal < 6 + 2 * padding.horizontal
    }

    /// An input for the transpose, which has the weight's first size as channels; nil where the padding leaves nothing over.
    var transposedInput: Shape? {
        let input: Shape = [1, 4, 3, 2]
        let message = misuseMessage {
            geometry.transposedShapes("", input: input, weight: weight, outputPadding: outputPadding)
        }
        return message == nil ? input : nil
    }

    /// As large as the stride alone allows.
    var outputPadding: Pair { Pair(stride.vertical - 1, stride.horizontal - 1) }

    func convolve(_ x: Variable, _ weight: Variable) -> Variable { convolve(x, weight, bias: nil) }

    func convolve(_ x: Variable, _ weight: Variable, bias: Variable?) -> Variable {
        conv2D(x, weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
    }

    func convolveTransposed(_ x: Variable, _ weight: Variable) -> Variable { convolveTransposed(x, weight, bias: nil) }

    func convolveTransposed(_ x: Variable, _ weight: Variable, bias: Variable?) -> Variable {
        transposedConv2D(
            x, weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding, dilation: dilation,
            groups: groups)
    }

    var description: String {
        "kernel \(kernel), stride \(stride), padding \(padding), dilation \(dilation), groups \(groups)"
    }
}
