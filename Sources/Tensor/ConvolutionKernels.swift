import CGradusKernels

// The ways from tensors to the convolution kernels, in one or two dimensions by the geometry.

/// What ``conv2D(_:_:bias:stride:padding:dilation:groups:)`` says, under the name of who asks.
package func convolution(
    _ name: StaticString, _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ geometry: Convolution2DGeometry
) -> Tensor {
    let type = x.elementType
    guard areConvolvable(name, x, weight), let output = geometry.outputShape(name, input: x.shape, weight: weight.shape)
    else { return .inert }
    guard fits(name, bias, x, channels: output.size(1)) else { return .inert(output, type) }
    guard x.count > 0 && weight.count > 0 else { return constant(output, bias, type) }

    let convolution = gradus_convolution(geometry, input: x.shape, weight: weight.shape, output: output)
    if let result = pointwise(GRADUS_FORWARD, convolution, x, weight, bias, to: output) { return result }
    // Padding takes part, so that infinite weights must not go where it is left out.
    if isImagewise(GRADUS_FORWARD, convolution, type), geometry.padding == 0 || areFinite(weight) {
        return imagewise(GRADUS_FORWARD, convolution, x, weight, bias, to: output)
    }
    if withUnsafePointer(to: convolution, { gradus_depthwise_pays(type.code, $0) }) {
        return depthwise(GRADUS_FORWARD, convolution, x, weight, bias, to: output)
    }
    return filtered(GRADUS_FORWARD, convolution, x, weight, bias, to: output)
        ?? windowed(GRADUS_FORWARD, convolution, x, weight, bias, to: output)
}

/// Whether images side by side in vectors are the fastest way.
package func isImagewise(_ face: Int, _ convolution: gradus_convolution, _ type: ElementType) -> Bool {
    withUnsafePointer(to: convolution) { gradus_imagewise_pays(type.code, Int32(face), $0) }
}

/// With images side by side in vectors.
private func imagewise(
    _ face: Int, _ convolution: gradus_convolution, _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, to shape: Shape
) -> Tensor {
    let face = Int32(face)
    return withUnsafePointer(to: convolution) { c in
        let packed = Tensor.make([Int(gradus_imagewise_packed(face, c))], .float32) { packed in
            weight.withPointer { gradus_imagewise_pack(face, c, $0, packed) }
        }
        let items = Int(gradus_imagewise_items(face, c))
        let scratch = Int(gradus_imagewise_scratch(face, c))
        let grain = convolutionGrain(items, sums: shape.count, terms: weight.count / max(shape.size(1), 1))
        return sharing(items, grain, scratch, x, packed, bias, to: shape) { x, packed, bias, out, scratch, begin, end in
            gradus_imagewise_run(face, c, x, packed, bias, out, scratch, begin, end)
        }
    }
}

/// Each plane with the kernels of few filters, or its gradient in the input.
private func depthwise(
    _ face: Int, _ convolution: gradus_convolution, _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, to shape: Shape
) -> Tensor {
    let (type, face) = (x.elementType, Int32(face))
    return withUnsafePointer(to: convolution) { c in
        let items = Int(gradus_depthwise_items(type.code, face, c))
        let scratch = Int(gradus_depthwise_scratch(type.code, face, c))
        let terms = weight.count / weight.shape.size(0)
        let grain = convolutionGrain(items, sums: max(x.count, shape.count), terms: 4 + terms)
        return sharing(items, grain, scratch, x, weight, bias, to: shape) { x, weight, bias, out, scratch, begin, end in
            gradus_depthwise_run(type.code, face, c, x, weight, bias, out, scratch, begin, end)
        }
    }
}

/// Packed weights times what a window meets, the kernels' way of two faces out of three.
private func windowed(
    _ face: Int, _ convolution: gradus_convolution, _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, to shape: Shape
) -> Tensor {
    let (type, face) = (x.elementType, Int32(face))
    return withUnsafePointer(to: convolution) { c in
        let slices = Int(gradus_convolution_slices(type.code, face, c))
        let packed = Tensor.make([Int(gradus_convolution_packed(type.code, face, c))], type) { packed in
            let grain = max(1, elementwiseGrain * slices / weight.count)
            weight.withPointer { weight in
                parallelFor(slices, grain: grain) { range in
                    gradus_convolution_pack(
                        type.code, face, c, weight, packed, Int64(range.lowerBound), Int64(range.upperBound))
                }
            }
        }
        let items = Int(gradus_convolution_items(type.code, face, c))
        let scratch = Int(gradus_convolution_scratch(type.code, face, c))
        let grain = convolutionGrain(items, sums: shape.count, terms: packed.count / max(4 * slices, 1))
        return sharing(items, grain, scratch, x, packed, bias, to: shape) { x, packed, bias, out, scratch, begin, end in
            gradus_convolution_run(type.code, face, c, x, packed, bias, out, scratch, begin, end)
        }
    }
}

/// The same by Winograd's filtering, where that pays and all results are finite: what is not, or overflows on the way, spoils its
/// neighbours, but never goes unseen.
private func filtered(
    _ face: Int, _ convolution: gradus_convolution, _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, to shape: Shape
) -> Tensor? {
    // From 16 channels to 16 the plain way is as fast, and closer. (Gradients in the weights are not: they have more to gain.)
    guard convolution.channels + convolution.filters >= 48,
        withUnsafePointer(to: convolution, { gradus_winograd_pays(x.elementType.code, $0) })
    else { return nil }
    let face = Int32(face)
    let result = withUnsafePointer(to: convolution) { c in
        let (operand, other) = gradus_winograd_packs_input(face, c) ? (x, weight) : (weight, x)
        let slices = Int(gradus_winograd_slices(face, c)), scratch = Int(gradus_winograd_scratch(face, c))
        let packed = Tensor.make([Int(gradus_winograd_packed(face, c))], .float32) { packed in
            let grain = max(1, elementwiseGrain * slices / (4 * operand.count))
            operand.withPointer { operand in
                parallelFor(slices, grain: grain) { range in
                    withScratch(scratch, .float32) { scratch in
                        gradus_winograd_pack(
                            face, c, operand, packed, scratch, Int64(range.lowerBound), Int64(range.upperBound))
                    }
                }
            }
        }
        let items = Int(gradus_winograd_items(face, c))
        let grain = convolutionGrain(items, sums: shape.count, terms: 4 * weight.count / shape.size(1))
        return sharing(items, grain, scratch, other, packed, bias, to: shape) {
            other, packed, bias, out, scratch, begin, end in
            gradus_winograd_run(face, c, other, packed, bias, out, scratch, begin, end)
        }
    }
    return areFinite(result) ? result : nil
}

/// Whether there is no infinity and no NaN.
func areFinite(_ x: Tensor) -> Bool {
    let size = elementwiseGrain, blocks = (x.count + size - 1) / size
    let type = x.elementType
    let answers = Tensor.make([blocks], .bool) { answers in
        let answers = answers.assumingMemoryBound(to: Bool.self)
        x.withPointer { x0 in
            parallelFor(blocks, grain: 4) { range in
                for block in range {
                    let count = min(size, x.count - block * size)
                    answers[block] = gradus_are_finite(type.code, Int64(count), x0 + block * size * type.size)
                }
            }
        }
    }
    return answers.withPointer { !gradus_any_not(Int64(blocks), $0) }
}

/// Memory for one share of a loop, from the pool.
func withScratch(_ count: Int, _ type: ElementType, _ body: (UnsafeMutableRawPointer) -> Void) {
    _ = Tensor.make([max(count, 1)], type) { body($0) }
}

/// What ``transposedConv2D(_:_:bias:stride:padding:outputPadding:dilation:groups:)`` says, under the name of who asks.
package func transposedConvolution(
    _ name: StaticString, _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ outputPadding: Pair,
    _ geometry: Convolution2DGeometry
) -> Tensor {
    guard areConvolvable(name, x, weight),
        let (output, zeros) = geometry.transposedShapes(
            name, input: x.shape, weight: weight.shape, outputPadding: outputPadding)
    else { return .inert }
    guard fits(name, bias, x, channels: output.size(1)) else { return .inert(output, x.elementType) }
    return spread(extended(x, by: zeros, geometry), weight, bias, over: output, geometry)
}

/// Adds the kernel times each element of `x` to a tensor of `shape` that starts from the bias. Everything fits.
func spread(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, over shape: Shape, _ geometry: Convolution2DGeometry
) -> Tensor {
    let type = x.elementType
    guard x.count > 0 && weight.count > 0 else { return constant(shape, bias, type) }
    let convolution = gradus_convolution(geometry, input: shape, weight: weight.shape, output: x.shape)
    if let result = pointwise(GRADUS_INPUT_GRADIENT, convolution, x, weight, bias, to: shape) { return result }
    if isImagewise(GRADUS_INPUT_GRADIENT, convolution, type) {
        return imagewise(GRADUS_INPUT_GRADIENT, convolution, x, weight, bias, to: shape)
    }
    // Infinite weights must not meet padding.
    if withUnsafePointer(to: convolution, { gradus_depthwise_pays(type.code, $0) }), areFinite(weight) {
        return depthwise(GRADUS_INPUT_GRADIENT, convolution, x, weight, bias, to: shape)
    }
    // What lies a stride apart in few channels is quicker to add to.
    let isWindowed = weight.shape.size(1) > 12 || (convolution.stride_y == 1 && convolution.stride_x == 1)
    if isWindowed {
        if let result = filtered(GRADUS_INPUT_GRADIENT, convolution, x, weight, bias, to: shape) { return result }
        if areFinite(weight) { return windowed(GRADUS_INPUT_GRADIENT, convolution, x, weight, bias, to: shape) }
    }
    let items = shape.size(0) * geometry.groups
    let grain = convolutionGrain(items, sums: x.count, terms: weight.count / weight.shape.size(0))
    return withUnsafePointer(to: convolution) { c in
        let scratch = Int(gradus_convolution_spread_scratch(type.code, c))
        return sharing(items, grain, scratch, x, weight, bias, to: shape) { x, weight, bias, out, scratch, begin, end in
            gradus_convolution_spread(type.code, c, x, weight, bias, out, scratch, begin, end)
        }
    }
}

/// A result whose items threads share, each with `scratch` elements of its own: `run` gets the addresses of both operands, of the
/// bias and of the result, its scratch, and a range of items.
private func sharing(
    _ items: Int, _ grain: Int, _ scratch: Int, _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, to shape: Shape,
    _ run: (
        UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer?, UnsafeMutableRawPointer, UnsafeMutableRawPointer, Int64,
        Int64
    ) -> Void
) -> Tensor {
    let type = x.elementType
    return Tensor.make(shape, type) { out in
        x.withPointer { x in
            weight.withPointer { weight in
                withPointer(of: bias) { bias in
                    parallelFor(items, grain: grain) { range in
                        withScratch(scratch, type) { scratch in
                            run(x, weight, bias, out, scratch, Int64(range.lowerBound), Int64(range.upperBound))
                        }
                    }
                }
            }
        }
    }
}

/// How many items are worth handing to another thread, if all together take `sums` sums of `terms` products. (In doubles:
/// the number of all products may be beyond Int.)
func convolutionGrain(_ items: Int, sums: Int, terms: Int) -> Int {
    let worthwhile = 65536 / (Double(sums) * Double(terms)) * Double(items)
    return worthwhile < Double(items) ? max(1, Int(worthwhile)) : items
}

extension gradus_convolution {
    package init(_ geometry: Convolution2DGeometry, input: Shape, weight: Shape, output: Shape) {
        let (plane, kernel, out) = (geometry.plane(input), geometry.plane(weight), geometry.plane(output))
        self.init(
            images: Int64(input.size(0)), groups: Int64(geometry.groups), channels: Int64(weight.size(1)),
            height: Int64(plane.vertical), width: Int64(plane.horizontal),
            filters: Int64(weight.size(0) / geometry.groups), out_height: Int64(out.vertical),
            out_width: Int64(out.horizontal), kernel_height: Int64(kernel.vertical),
            kernel_width: Int64(kernel.horizontal), stride_y: Int64(geometry.stride.vertical),
            stride_x: Int64(geometry.stride.horizontal), padding_y: Int64(geometry.padding.vertical),
            padding_x: Int64(geometry.padding.horizontal), dilation_y: Int64(geometry.dilation.vertical),
            dilation_x: Int64(geometry.dilation.horizontal))
    }
}

// MARK: - Operands

/// Whether both are of the same floating-point type; says what is wrong otherwise.
func areConvolvable(_ name: StaticString, _ a: Tensor, _ b: Tensor) -> Bool {
    guard a.elementType == b.elementType else {
        return misuse(
            "\(name): element types \(a.elementType) and \(b.elementType) do not mix; convert one with converted(to:)")
    }
    guard a.elementType.isFloatingPoint else {
        return misuse("\(name): not defined on \(a.elementType); convert first")
    }
    return true
}

/// Whether the bias, if there is one, has an element a channel; says what is wrong otherwise.
private func fits(_ name: StaticString, _ bias: Tensor?, _ x: Tensor, channels: Int) -> Bool {
    guard let bias else { return true }
    guard bias.elementType == x.elementType else {
        return misuse(
            "\(name): bias is \(bias.elementType) and input \(x.elementType); convert one with converted(to:)")
    }
    guard bias.shape == [channels] else {
        return misuse("\(name): bias of shape \(bias.shape); there are \(channels) output channels")
    }
    return true
}

/// The output where no product takes part: the bias, or zeros.
private func constant(_ shape: Shape, _ bias: Tensor?, _ type: ElementType) -> Tensor {
    let zeros = Tensor.zeros(shape, as: type)
    guard let bias else { return zeros }
    return zeros + bias.reshaped(to: [bias.count] + [Int](repeating: 1, count: shape.rank - 2))
}

/// `x` with rows and columns of zeros at its end.
private func extended(_ x: Tensor, by zeros: Pair, _ geometry: Convolution2DGeometry) -> Tensor {
    guard zeros.vertical > 0 || zeros.horizontal > 0 else { return x }
    let none = [Int](repeating: 0, count: x.rank)
    return x.padded(none, [0, 0] + (geometry.axes == 1 ? [] : [zeros.vertical]) + [zeros.horizontal])
}
