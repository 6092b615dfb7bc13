import CGradusKernels

// Convolutions by kernels of one tap that move by 1 and meet no padding: an image is a matrix of channels by positions, and each
// face is a product of such matrices, which tiles read where they lie.

extension gradus_convolution {
    /// Whether that is so, and channels, filters and positions are enough for tiles.
    fileprivate var isPointwise: Bool {
        groups == 1 && kernel_height == 1 && kernel_width == 1 && stride_y == 1 && stride_x == 1 && padding_y == 0
            && padding_x == 0 && channels >= 16 && filters >= 16 && height * width >= 32
    }
}

/// The convolution, or its gradient in the input: the weight, or its transpose, by each image. Nil where other ways are as fast: where
/// there are more terms than stay in registers at once, as they then come from afar twice.
func pointwise(
    _ face: Int, _ convolution: gradus_convolution, _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, to shape: Shape
) -> Tensor? {
    let (filters, channels) = (Int(convolution.filters), Int(convolution.channels))
    let isForward = face == GRADUS_FORWARD
    let (m, k) = isForward ? (filters, channels) : (channels, filters)
    guard convolution.isPointwise, k <= 192 else { return nil }
    let type = x.elementType, n = Int(convolution.height * convolution.width), images = Int(convolution.images)
    // Some eight parts at least, of some panels each.
    let panel = Int(gradus_gemm_panel(type.code))
    let parts = max(1, min((8 + images - 1) / images, n / (8 * panel)))
    let each = ((n + parts - 1) / parts + panel - 1) / panel * panel, blocks = (n + each - 1) / each
    let grain = convolutionGrain(images * blocks, sums: shape.count, terms: k)
    return Tensor.make(shape, type) { out in
        x.withPointer { x in
            weight.withPointer { weight in
                withPointer(of: bias) { bias in
                    parallelFor(images * blocks, grain: grain) { range in
                        for item in range {
                            let (image, block) = item.quotientAndRemainder(dividingBy: blocks)
                            let count = min(each, n - block * each)
                            let result = out + (image * m * n + block * each) * type.size
                            if let bias {
                                for row in 0..<m {
                                    let start =
                                        type == .float32
                                        ? Double(bias.load(fromByteOffset: row * 4, as: Float.self))
                                        : bias.load(fromByteOffset: row * 8, as: Double.self)
                                    gradus_fill(type.code, Int64(count), start, result + row * n * type.size)
                                }
                            }
                            gradus_gemm(
                                type.code, Int64(m), Int64(count), Int64(k), weight, isForward ? Int64(k) : 1,
                                isForward ? 1 : Int64(m), x + (image * k * n + block * each) * type.size, Int64(n), 1,
                                bias == nil ? nil : UnsafeRawPointer(result), Int64(n), result, Int64(n), 0, Int64(m))
                        }
                    }
                }
            }
        }
    }
}

/// The gradient in the weight: the upstream gradient by each transposed image, in partial sums of some images that are added up in double.
func pointwiseWeightGradient(
    _ convolution: gradus_convolution, _ x: Tensor, _ upstream: Tensor, to shape: Shape
) -> Tensor? {
    guard convolution.isPointwise else { return nil }
    let type = x.elementType, size = type.size
    let (m, n, k) = (Int(convolution.filters), Int(convolution.channels), Int(convolution.height * convolution.width))
    // Some eight parts at least, in as few splits of large weights as there can be.
    let images = Int(convolution.images), splits = min(images, 16, max(1, (1 << 20) / (m * n)))
    let each = min(m, max(24, (m * splits / 8 + 23) / 24 * 24)), blocks = (m + each - 1) / each
    let grain = convolutionGrain(splits * blocks, sums: upstream.count, terms: n)
    let partial = Tensor.make(splits == 1 ? shape : [splits, shape.count], type) { partial in
        x.withPointer { x in
            upstream.withPointer { upstream in
                parallelFor(splits * blocks, grain: grain) { range in
                    for item in range {
                        let (split, block) = item.quotientAndRemainder(dividingBy: blocks)
                        let first = images * split / splits
                        for image in first..<images * (split + 1) / splits {
                            let sums = partial + split * m * n * size
                            gradus_gemm(
                                type.code, Int64(m), Int64(n), Int64(k), upstream + image * m * k * size, Int64(k), 1,
                                x + image * n * k * size, 1, Int64(k), image > first ? UnsafeRawPointer(sums) : nil,
                                Int64(n), sums, Int64(n), Int64(block * each), Int64(min(m, (block + 1) * each)))
                        }
                    }
                }
            }
        }
    }
    return sum(of: partial, splits: splits, to: shape)
}
