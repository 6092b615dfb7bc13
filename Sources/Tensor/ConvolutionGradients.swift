import CGradusKernels

// Convolution and its two gradients are three faces of one trilinear form,
//
//     ⟨conv2D(x, w), y⟩  =  ⟨x, conv2DInputGradient(y, w)⟩  =  ⟨w, conv2DWeightGradient(x, y)⟩,
//
// so that each is linear in both its operands, and its derivatives are the other two. With upstream u:
//
//     of y = conv2D(x, w)                 x gets conv2DInputGradient(u, w)     w gets conv2DWeightGradient(x, u)
//     of x = conv2DInputGradient(y, w)    y gets conv2D(u, w)                  w gets conv2DWeightGradient(u, y)
//     of w = conv2DWeightGradient(x, y)   x gets conv2DInputGradient(y, u)     y gets conv2D(x, u)
//
// The three are closed under differentiation: rules written with them have rules, to every order. A transposed convolution
// is conv2DInputGradient under another name. All take operands of one dimension too, by the geometry's `axes`.

/// The gradient of a convolution in its input: `upstream`, of the output's shape, taken back through `weight`.
///
/// Result of `inputShape`. Only elements of `upstream` that exist take part: nothing is multiplied by padding.
package func conv2DInputGradient(
    _ upstream: Tensor, _ weight: Tensor, inputShape: Shape, _ geometry: Convolution2DGeometry
) -> Tensor {
    let name: StaticString = "conv2DInputGradient"
    let type = upstream.elementType
    guard areConvolvable(name, upstream, weight),
        let output = geometry.outputShape(name, input: inputShape, weight: weight.shape)
    else { return .inert(inputShape, type) }
    guard upstream.shape == output else {
        return misuse(
            "\(name): upstream of shape \(upstream.shape); the output's is \(output)", inert: .inert(inputShape, type))
    }
    return spread(upstream, weight, nil, over: inputShape, geometry)
}

/// The gradient of a convolution in its weight: how `upstream`, of the output's shape, went with what each tap met in `x`.
///
/// Result of `weightShape`; zeros for a batch of none. Summed over positions in the element type, in a few parts
/// that are added in double, in an order fixed by the shapes.
package func conv2DWeightGradient(
    _ x: Tensor, _ upstream: Tensor, weightShape: Shape, _ geometry: Convolution2DGeometry
) -> Tensor {
    let name: StaticString = "conv2DWeightGradient"
    let type = x.elementType
    guard areConvolvable(name, x, upstream),
        let output = geometry.outputShape(name, input: x.shape, weight: weightShape)
    else { return .inert(weightShape, type) }
    guard upstream.shape == output else {
        return misuse(
            "\(name): upstream of shape \(upstream.shape); the output's is \(output)", inert: .inert(weightShape, type))
    }
    guard x.count > 0 && upstream.count > 0 && weightShape.count > 0 else { return .zeros(weightShape, as: type) }

    let convolution = gradus_convolution(geometry, input: x.shape, weight: weightShape, output: output)
    if let gradient = pointwiseWeightGradient(convolution, x, upstream, to: weightShape) { return gradient }
    let way = WeightGradientWay(convolution, type)
    let gradient = weightGradient(convolution, x, upstream, to: weightShape, way)
    // An infinity or NaN stays in the sums, whose digits then say nothing of its neighbours.
    if way == .plain || areFinite(gradient) { return gradient }
    return weightGradient(convolution, x, upstream, to: weightShape, .plain)
}

/// With images side by side; where a group has one channel; by Winograd's filtering; or what does for all.
private enum WeightGradientWay {
    case imagewise, depthwise, filtered, plain

    init(_ convolution: gradus_convolution, _ type: ElementType) {
        self = withUnsafePointer(to: convolution) { c in
            if gradus_imagewise_pays(type.code, Int32(GRADUS_WEIGHT_GRADIENT), c) { return .imagewise }
            if gradus_depthwise_pays(type.code, c) { return .depthwise }
            return gradus_winograd_pays(type.code, c) ? .filtered : .plain
        }
    }
}

/// Partial sums, and the sums of these.
private func weightGradient(
    _ convolution: gradus_convolution, _ x: Tensor, _ upstream: Tensor, to shape: Shape, _ way: WeightGradientWay
) -> Tensor {
    let type = x.elementType
    return withUnsafePointer(to: convolution) { c in
        let sizes =
            switch way {
            case .imagewise: gradus_imagewise_weight_sizes(c)
            case .depthwise: gradus_depthwise_weight_sizes(type.code, c)
            case .filtered: gradus_winograd_weight_sizes(c)
            case .plain: gradus_convolution_weight_sizes(type.code, c)
            }
        let (splits, items) = (Int(sizes.splits), Int(sizes.items))
        let (sums, terms) = (upstream.count, shape.count / shape.size(0))
        let partial = Tensor.make(splits == 1 ? shape : [splits, shape.count], type) { partial in
            x.withPointer { x in
                upstream.withPointer { upstream in
                    parallelFor(items, grain: convolutionGrain(items, sums: sums, terms: terms)) { range in
                        withScratch(Int(sizes.scratch), type) { scratch in
                            let (begin, end) = (Int64(range.lowerBound), Int64(range.upperBound))
                            switch way {
                            case .imagewise:
                                gradus_imagewise_weight_gradient(c, x, upstream, partial, scratch, begin, end)
                            case .depthwise:
                                gradus_depthwise_weight_gradient(
                                    type.code, c, x, upstream, partial, scratch, begin, end)
                            case .filtered:
                                gradus_winograd_weight_gradient(c, x, upstream, partial, scratch, begin, end)
                            case .plain:
                                gradus_convolution_weight_gradient(
                                    type.code, c, x, upstream, partial, scratch, begin, end)
                            }
                        }
                    }
                }
            }
        }
        return sum(of: partial, splits: splits, to: shape)
    }
}

/// The sum of partial sums, in double; one is the gradient itself.
func sum(of partial: Tensor, splits: Int, to shape: Shape) -> Tensor {
    guard splits > 1 else { return partial }
    let (count, type) = (shape.count, partial.elementType)
    return Tensor.make(shape, type) { out in
        partial.withPointer { partial in
            parallelFor(count, grain: max(1, elementwiseGrain / splits)) { range in
                gradus_convolution_sum_splits(
                    type.code, Int64(splits), Int64(count), partial, out, Int64(range.lowerBound),
                    Int64(range.upperBound))
            }
        }
    }
}
