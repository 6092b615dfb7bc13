/// How the kernel of a convolution lies over its input; the sizes come with the operands.
///
/// Tap (i, j) of the kernel meets, for output (y, x), the input at `position * stride + tap * dilation - padding` along
/// either axis; what would lie outside the input is 0. One dimension is two of height 1: the same kernels, with operands
/// that have no axis for the height.
package struct Convolution2DGeometry: Sendable, Equatable {
    package let stride: Pair
    package let padding: Pair
    package let dilation: Pair
    package let groups: Int

    /// Over how many axes the kernel moves, 1 or 2.
    package let axes: Int

    /// Two dimensions: input `[batch, inChannels, height, width]`, weight `[outChannels, inChannels / groups, height, width]`.
    package init(stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1, groups: Int = 1) {
        (self.stride, self.padding, self.dilation, self.groups, axes) = (stride, padding, dilation, groups, 2)
    }

    /// One dimension: input `[batch, inChannels, length]`, weight `[outChannels, inChannels / groups, length]`.
    package init(oneDimensionalStride stride: Int, padding: Int = 0, dilation: Int = 1, groups: Int = 1) {
        self.stride = Pair(1, stride)
        self.padding = Pair(0, padding)
        self.dilation = Pair(1, dilation)
        self.groups = groups
        axes = 1
    }

    /// The sizes along which the kernel moves.
    package func plane(_ shape: Shape) -> Pair {
        Pair(axes == 1 ? 1 : shape.size(2), shape.size(axes + 1))
    }

    /// `[batch, channels]` and a plane.
    private func shape(_ batch: Int, _ channels: Int, _ plane: Pair) -> Shape {
        axes == 1 ? [batch, channels, plane.horizontal] : [batch, channels, plane.vertical, plane.horizontal]
    }

    /// For messages: what is meant along the axes there are.
    private func text(_ pair: Pair) -> String {
        axes == 1 ? "\(pair.horizontal)" : "\(pair)"
    }
}

// MARK: - Shapes that follow, and what is refused

extension Convolution2DGeometry {
    /// The shape of a convolution's output, or nil after misuse that says what does not fit.
    package func outputShape(_ name: StaticString, input: Shape, weight: Shape) -> Shape? {
        guard input.rank == axes + 2 else {
            return misuse("\(name): input of shape \(input); it is [batch, inChannels, \(planeNames)]")
        }
        guard weight.rank == axes + 2 else {
            return misuse("\(name): weight of shape \(weight); it is [outChannels, inChannels / groups, \(planeNames)]")
        }
        guard isSound(name, weight) else { return nil }
        guard input.size(1).isMultiple(of: groups) else {
            return misuse("\(name): \(input.size(1)) input channels do not divide into \(groups) groups")
        }
        guard weight.size(0).isMultiple(of: groups) else {
            return misuse("\(name): \(weight.size(0)) output channels do not divide into \(groups) groups")
        }
        guard weight.size(1) == input.size(1) / groups else {
            return misuse(
                "\(name): weight of shape \(weight) takes \(weight.size(1)) channels; input of shape \(input) has "
                    + "\(input.size(1) / groups)\(groups == 1 ? "" : " in each of \(groups) groups")")
        }
        guard let span = span(of: weight), let padded = padded(plane(input)) else {
            return misuse(
                "\(name): padding \(text(padding)), dilation \(text(dilation)): the input of shape \(input) padded, or the "
                    + "kernel dilated, is larger than Int holds")
        }
        guard span.vertical <= padded.vertical && span.horizontal <= padded.horizontal else {
            return misuse(
                "\(name): the kernel spans \(text(span)), more than the padded input's \(text(padded)) (input \(input), "
                    + "weight \(weight), padding \(text(padding)), dilation \(text(dilation)))")
        }
        let output = Pair(
            (padded.vertical - span.vertical) / stride.vertical + 1,
            (padded.horizontal - span.horizontal) / stride.horizontal + 1)
        return checked(name, input.size(0), weight.size(0), output)
    }

    /// For a transposed convolution of `input`: the shape of its output, and how many rows and columns of zeros the input
    /// wants at its end so that it is exactly what a convolution makes of such an output. Nil after misuse.
    ///
    /// Zeros are wanted only where the output padding is not below the stride, which a larger dilation allows.
    package func transposedShapes(
        _ name: StaticString, input: Shape, weight: Shape, outputPadding: Pair
    ) -> (output: Shape, zeros: Pair)? {
        guard input.rank == axes + 2 else {
            return misuse("\(name): input of shape \(input); it is [batch, inChannels, \(planeNames)]")
        }
        guard weight.rank == axes + 2 else {
            return misuse("\(name): weight of shape \(weight); it is [inChannels, outChannels / groups, \(planeNames)]")
        }
        guard isSound(name, weight) else { return nil }
        guard input.size(1).isMultiple(of: groups) else {
            return misuse("\(name): \(input.size(1)) input channels do not divide into \(groups) groups")
        }
        guard weight.size(0) == input.size(1) else {
            return misuse(
                "\(name): weight of shape \(weight) takes \(weight.size(0)) channels; input of shape \(input) has "
                    + "\(input.size(1))")
        }
        let most = Pair(max(stride.vertical, dilation.vertical) - 1, max(stride.horizontal, dilation.horizontal) - 1)
        guard outputPadding.vertical >= 0 && outputPadding.horizontal >= 0,
            outputPadding.vertical <= most.vertical && outputPadding.horizontal <= most.horizontal
        else {
            return misuse(
                "\(name): output padding \(text(outputPadding)); it is at least 0 and below the stride \(text(stride)) or "
                    + "the dilation \(text(dilation))")
        }
        let plane = plane(input)
        guard plane.vertical > 0 && plane.horizontal > 0 else {
            return misuse("\(name): input of shape \(input); its \(planeNames) are at least 1")
        }
        let (channels, overflow) = weight.size(1).multipliedReportingOverflow(by: groups)
        guard let span = span(of: weight), !overflow,
            let vertical = transposedSize(plane.vertical, \.vertical, span, outputPadding),
            let horizontal = transposedSize(plane.horizontal, \.horizontal, span, outputPadding)
        else {
            return misuse(
                "\(name): input \(input), weight \(weight), stride \(text(stride)): sizes beyond what Int holds")
        }
        guard vertical > 0 && horizontal > 0 else {
            return misuse(
                "\(name): the output would be \(text(Pair(vertical, horizontal))); padding \(text(padding)) takes away more "
                    + "than input \(input) and weight \(weight) make")
        }
        guard let output = checked(name, input.size(0), channels, Pair(vertical, horizontal)) else { return nil }
        let zeros = Pair(outputPadding.vertical / stride.vertical, outputPadding.horizontal / stride.horizontal)
        return (output, zeros)
    }

    private var planeNames: String { axes == 1 ? "length" : "height, width" }

    /// Whether the numbers make sense by themselves.
    private func isSound(_ name: StaticString, _ weight: Shape) -> Bool {
        guard stride.vertical > 0 && stride.horizontal > 0 else {
            return misuse("\(name): stride \(text(stride)); strides are at least 1")
        }
        guard dilation.vertical > 0 && dilation.horizontal > 0 else {
            return misuse("\(name): dilation \(text(dilation)); dilations are at least 1")
        }
        guard padding.vertical >= 0 && padding.horizontal >= 0 else {
            return misuse("\(name): padding \(text(padding)); padding is not negative")
        }
        guard groups > 0 else { return misuse("\(name): \(groups) groups; there is at least 1") }
        let kernel = plane(weight)
        guard kernel.vertical > 0 && kernel.horizontal > 0 else {
            return misuse("\(name): weight of shape \(weight); a kernel's sizes are at least 1")
        }
        return true
    }

    /// From a kernel's first tap to its last, or nil beyond `Int`.
    private func span(of weight: Shape) -> Pair? {
        let kernel = plane(weight)
        guard let vertical = product(kernel.vertical - 1, dilation.vertical, plus: 1),
            let horizontal = product(kernel.horizontal - 1, dilation.horizontal, plus: 1)
        else { return nil }
        return Pair(vertical, horizontal)
    }

    /// A plane with the padding on either side, or nil beyond `Int`.
    private func padded(_ plane: Pair) -> Pair? {
        guard let vertical = product(2, padding.vertical, plus: plane.vertical),
            let horizontal = product(2, padding.horizontal, plus: plane.horizontal)
        else { return nil }
        return Pair(vertical, horizontal)
    }

    private func transposedSize(
        _ size: Int, _ axis: KeyPath<Pair, Int>, _ span: Pair, _ outputPadding: Pair
    ) -> Int? {
        guard let reach = product(size - 1, stride[keyPath: axis], plus: span[keyPath: axis]),
            let whole = product(1, reach, plus: outputPadding[keyPath: axis]),
            let taken = product(2, padding[keyPath: axis], plus: 0)
        else { return nil }
        return whole - taken  // both at least 0
    }

    private func product(_ a: Int, _ b: Int, plus c: Int) -> Int? {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        let (sum, beyond) = product.addingReportingOverflow(c)
        return overflow || beyond ? nil : sum
    }

    /// The shape, if all its products fit.
    private func checked(_ name: StaticString, _ batch: Int, _ channels: Int, _ plane: Pair) -> Shape? {
        // The largest first: a size of 0 must not hide that the plane by itself is beyond Int.
        guard let count = product(plane.vertical, plane.horizontal, plus: 0),
            let all = product(max(batch, 1), max(channels, 1), plus: 0), product(count, all, plus: 0) != nil
        else {
            return misuse(
                "\(name): an output of \(batch) by \(channels) by \(text(plane)) has more elements than Int holds")
        }
        return shape(batch, channels, plane)
    }
}
