import GradusTensor
import Testing
import _TestSupport

@Suite struct ConvolutionMisuseTests {
    func conv(
        _ input: Shape = [1, 4, 8, 9], weight: Shape = [6, 4, 3, 3], stride: Pair = 1, padding: Pair = 0,
        dilation: Pair = 1, groups: Int = 1, bias: Shape? = nil
    ) -> String? {
        misuseMessage {
            conv2D(
                .zeros(input), .zeros(weight), bias: bias.map { .zeros($0) }, stride: stride, padding: padding,
                dilation: dilation, groups: groups)
        }
    }

    func transposed(
        _ input: Shape = [1, 4, 8, 9], _ weight: Shape = [4, 6, 3, 3], stride: Pair = 1, padding: Pair = 0,
        outputPadding: Pair = 0, dilation: Pair = 1, groups: Int = 1, bias: Shape? = nil
    ) -> String? {
        misuseMessage {
            transposedConv2D(
                .zeros(input), .zeros(weight), bias: bias.map { .zeros($0) }, stride: stride, padding: padding,
                outputPadding: outputPadding, dilation: dilation, groups: groups)
        }
    }

    @Test func numbersThatMakeNoSense() {
        #expect(conv() == nil)
        #expect(conv(stride: 0) == "conv2D: stride 0 by 0; strides are at least 1")
        #expect(conv(stride: Pair(1, -2)) == "conv2D: stride 1 by -2; strides are at least 1")
        #expect(conv(dilation: Pair(0, 1)) == "conv2D: dilation 0 by 1; dilations are at least 1")
        #expect(conv(padding: Pair(0, -1)) == "conv2D: padding 0 by -1; padding is not negative")
        #expect(conv(groups: 0) == "conv2D: 0 groups; there is at least 1")
        #expect(conv(groups: -2) == "conv2D: -2 groups; there is at least 1")
        #expect(conv(stride: Pair(.min, 1)) == "conv2D: stride \(Int.min) by 1; strides are at least 1")
    }

    @Test func shapesThatDoNotFit() {
        #expect(
            conv([4, 8, 9]) == "conv2D: input of shape [4, 8, 9]; it is [batch, inChannels, height, width]")
        #expect(
            conv(weight: [6, 36])
                == "conv2D: weight of shape [6, 36]; it is [outChannels, inChannels / groups, height, width]")
        #expect(conv(groups: 3) == "conv2D: 4 input channels do not divide into 3 groups")
        #expect(
            conv(weight: [7, 2, 3, 3], groups: 2) == "conv2D: 7 output channels do not divide into 2 groups")
        #expect(
            conv(groups: 2)
                == "conv2D: weight of shape [6, 4, 3, 3] takes 4 channels; input of shape [1, 4, 8, 9] has 2 in each of 2 groups"
        )
        #expect(
            conv([1, 3, 8, 9])
                == "conv2D: weight of shape [6, 4, 3, 3] takes 4 channels; input of shape [1, 3, 8, 9] has 3")
        #expect(conv(weight: [6, 4, 0, 3]) == "conv2D: weight of shape [6, 4, 0, 3]; a kernel's sizes are at least 1")
        #expect(
            conv([1, 4, 2, 9])
                == """
                conv2D: the kernel spans 3 by 3, more than the padded input's 2 by 9 (input [1, 4, 2, 9], weight \
                [6, 4, 3, 3], padding 0 by 0, dilation 1 by 1)
                """)
        #expect(
            conv(padding: 1, dilation: 5)
                == """
                conv2D: the kernel spans 11 by 11, more than the padded input's 10 by 11 (input [1, 4, 8, 9], weight \
                [6, 4, 3, 3], padding 1 by 1, dilation 5 by 5)
                """)
        #expect(conv(bias: [4]) == "conv2D: bias of shape [4]; there are 6 output channels")
        #expect(conv(bias: [1, 6]) == "conv2D: bias of shape [1, 6]; there are 6 output channels")
    }

    @Test func elementTypes() {
        let single = Tensor.zeros([1, 1, 3, 3])
        #expect(
            misuseMessage { conv2D(single, .zeros([1, 1, 1, 1], as: .float64)) }
                == "conv2D: element types float32 and float64 do not mix; convert one with converted(to:)")
        #expect(
            misuseMessage { conv2D(.zeros([1, 1, 3, 3], as: .int64), .zeros([1, 1, 1, 1], as: .int64)) }
                == "conv2D: not defined on int64; convert first")
        #expect(
            misuseMessage { conv2D(single, .zeros([1, 1, 1, 1]), bias: .zeros([1], as: .float64)) }
                == "conv2D: bias is float64 and input float32; convert one with converted(to:)")
        #expect(
            misuseMessage { transposedConv2D(single, .zeros([1, 1, 1, 1], as: .bool)) }
                == "transposedConv2D: element types float32 and bool do not mix; convert one with converted(to:)")
    }

    @Test func sizesBeyondInt() {
        let (most, half) = (Int.max, Int.max / 2)
        #expect(
            conv(padding: Pair(most, 0))
                == """
                conv2D: padding \(most) by 0, dilation 1 by 1: the input of shape [1, 4, 8, 9] padded, or the kernel \
                dilated, is larger than Int holds
                """)
        #expect(
            conv(dilation: Pair(1, most))
                == """
                conv2D: padding 0 by 0, dilation 1 by \(most): the input of shape [1, 4, 8, 9] padded, or the kernel \
                dilated, is larger than Int holds
                """)
        // The padded size is an Int, the number of elements is not.
        let tall = half - 4
        #expect(
            conv(padding: Pair(tall, 0))
                == "conv2D: an output of 1 by 6 by \(2 * tall + 6) by 7 has more elements than Int holds")
        #expect(
            conv([0, 4, 8, 9], padding: Pair(1 << 40))
                == "conv2D: an output of 0 by 6 by \((1 << 41) + 6) by \((1 << 41) + 7) has more elements than Int holds"
        )
        #expect(
            transposed(stride: Pair(most, 1))
                == """
                transposedConv2D: input [1, 4, 8, 9], weight [4, 6, 3, 3], stride \(most) by 1: sizes beyond what Int holds
                """)
        #expect(
            transposed(padding: Pair(most, 0))
                == """
                transposedConv2D: input [1, 4, 8, 9], weight [4, 6, 3, 3], stride 1 by 1: sizes beyond what Int holds
                """)
        // An Int, but no memory.
        let message = conv(padding: Pair(1 << 24)) ?? ""
        #expect(message.hasSuffix("needs more memory than there is"), "\(message)")
    }

    @Test func transposedConvolution() {
        #expect(transposed() == nil)
        #expect(
            transposed([4, 8, 9])
                == "transposedConv2D: input of shape [4, 8, 9]; it is [batch, inChannels, height, width]")
        #expect(
            transposed([1, 4, 8, 9], [4, 9])
                == "transposedConv2D: weight of shape [4, 9]; it is [inChannels, outChannels / groups, height, width]")
        #expect(transposed(stride: 0) == "transposedConv2D: stride 0 by 0; strides are at least 1")
        #expect(transposed(dilation: -1) == "transposedConv2D: dilation -1 by -1; dilations are at least 1")
        #expect(transposed(padding: -1) == "transposedConv2D: padding -1 by -1; padding is not negative")
        #expect(transposed(groups: 0) == "transposedConv2D: 0 groups; there is at least 1")
        #expect(transposed(groups: 3) == "transposedConv2D: 4 input channels do not divide into 3 groups")
        #expect(
            transposed([1, 6, 8, 9])
                == "transposedConv2D: weight of shape [4, 6, 3, 3] takes 4 channels; input of shape [1, 6, 8, 9] has 6")
        #expect(
            transposed([1, 4, 8, 9], [4, 6, 3, 0])
                == "transposedConv2D: weight of shape [4, 6, 3, 0]; a kernel's sizes are at least 1")
        for (outputPadding, text) in [(1, "1 by 1"), (Pair(0, -1), "0 by -1")] as [(Pair, String)] {
            #expect(
                transposed(outputPadding: outputPadding)
                    == """
                    transposedConv2D: output padding \(text); it is at least 0 and below the stride 1 by 1 or the dilation \
                    1 by 1
                    """)
        }
        #expect(transposed(outputPadding: 2, dilation: 3) == nil)
        #expect(
            transposed(stride: 2, outputPadding: Pair(3, 0), dilation: 3)
                == """
                transposedConv2D: output padding 3 by 0; it is at least 0 and below the stride 2 by 2 or the dilation 3 by 3
                """)
        #expect(
            transposed([1, 4, 0, 9])
                == "transposedConv2D: input of shape [1, 4, 0, 9]; its height, width are at least 1")
        #expect(
            transposed(padding: Pair(5, 0))
                == """
                transposedConv2D: the output would be 0 by 11; padding 5 by 0 takes away more than input [1, 4, 8, 9] and \
                weight [4, 6, 3, 3] make
                """)
        #expect(transposed(bias: [4]) == "transposedConv2D: bias of shape [4]; there are 6 output channels")
    }

    /// One dimension speaks of one dimension.
    @Test func oneDimension() {
        let (x, w) = (Tensor.zeros([2, 3, 10]), Tensor.zeros([4, 3, 3]))
        #expect(misuseMessage { conv1D(x, w, stride: 0) } == "conv1D: stride 0; strides are at least 1")
        #expect(
            misuseMessage { conv1D(.zeros([2, 3, 1, 10]), w) }
                == "conv1D: input of shape [2, 3, 1, 10]; it is [batch, inChannels, length]")
        #expect(
            misuseMessage { conv1D(x, .zeros([4, 3])) }
                == "conv1D: weight of shape [4, 3]; it is [outChannels, inChannels / groups, length]")
        #expect(
            misuseMessage { conv1D(x, w, dilation: 5) }
                == """
                conv1D: the kernel spans 11, more than the padded input's 10 (input [2, 3, 10], weight [4, 3, 3], padding 0, \
                dilation 5)
                """)
        #expect(
            misuseMessage { transposedConv1D(x, .zeros([3, 2, 3]), stride: 2, outputPadding: 2) }
                == "transposedConv1D: output padding 2; it is at least 0 and below the stride 2 or the dilation 1")
    }

    @Test func gradients() {
        let geometry = Convolution2DGeometry()
        #expect(
            misuseMessage {
                conv2DInputGradient(.zeros([1, 2, 3, 3]), .zeros([2, 1, 3, 3]), inputShape: [1, 1, 4, 5], geometry)
            } == "conv2DInputGradient: upstream of shape [1, 2, 3, 3]; the output's is [1, 2, 2, 3]")
        #expect(
            misuseMessage {
                conv2DWeightGradient(.zeros([1, 1, 4, 5]), .zeros([2, 2, 2, 3]), weightShape: [2, 1, 3, 3], geometry)
            } == "conv2DWeightGradient: upstream of shape [2, 2, 2, 3]; the output's is [1, 2, 2, 3]")
    }

    /// What is inert keeps its shape where it is known, and what follows a first misuse adds none of its own.
    @Test func firstMisuseIsTheOneThrown() {
        var shape: Shape?
        let message = misuseMessage {
            let x = conv2D(.zeros([1, 1, 4, 4]), .zeros([2, 1, 3, 3]), bias: .zeros([3]))
            shape = x.shape
            _ = conv2D(x, .zeros([5, 2, 1, 1]))
        }
        #expect(message == "conv2D: bias of shape [3]; there are 2 output channels")
        #expect(shape == [1, 2, 2, 2])
    }
}
