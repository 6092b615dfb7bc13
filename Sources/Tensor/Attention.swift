import CGradusKernels

/// How attention is laid out, if the kernels take it: queries, keys and values of one float type and the same axes in front, none of
/// size 0, and a mask that broadcasts to the scores without making them larger.
package struct AttentionForm {
    private let type: ElementType
    /// How many heads lie side by side in each row, if they do: queries are `[…, targets, abreast * width]` then, and so on, and scores
    /// `[…, abreast, targets, sources]`.
    package let abreast: Int?
    private let heads: Int, targets: Int, sources: Int, width: Int, valueWidth: Int
    package let mask: Tensor?
    /// Where each head's mask begins, and how far apart it lies for targets and for sources.
    private var maskPlaces: [Int64] = [], maskStrides = (row: 0, column: 0)
    package let isCausal: Bool
    package let scale: Double

    /// The scale is 1/√width unless given.
    package init?(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, abreast: Int? = nil, mask: Tensor?, causal: Bool, scale: Double? = nil
    ) {
        let (queries, keys, values) = (q.shape, k.shape, v.shape)
        let rank = queries.rank
        guard q.elementType.isFloatingPoint, k.elementType == q.elementType, v.elementType == q.elementType,
            rank >= 2, keys.rank == rank, values.rank == rank,
            (0..<rank - 2).allSatisfy({
                keys.size($0) == queries.size($0) && values.size($0) == queries.size($0)
            }),
            keys.size(rank - 1) == queries.size(rank - 1), values.size(rank - 2) == keys.size(rank - 2),
            queries.count > 0, keys.count > 0, values.count > 0
        else { return nil }
        let each = abreast ?? 1
        guard each > 0, queries.size(rank - 1) % each == 0, values.size(rank - 1) % each == 0 else { return nil }
        (type, self.abreast) = (q.elementType, abreast)
        (targets, sources) = (queries.size(rank - 2), keys.size(rank - 2))
        (width, valueWidth) = (queries.size(rank - 1) / each, values.size(rank - 1) / each)
        heads = queries.count / (targets * width)
        (self.mask, isCausal) = (mask, causal)
        self.scale = scale ?? 1 / Double(width).squareRoot()
        guard let mask else { return }

        guard rank + (abreast == nil ? 0 : 1) <= Shape.maximumRank else { return nil }
        let front = Shape(queries[..<(rank - 2)] + (abreast.map { [$0] } ?? []))
        let scores = Shape(front + [targets, sources])
        guard mask.elementType == .bool, mask.shape.broadcast(with: scores) == scores else { return nil }
        let strides = mask.shape.broadcastStrides(to: scores)
        maskStrides = (strides[front.rank], strides[front.rank + 1])
        maskPlaces = (0..<heads).map { Int64(front.offset(of: $0, strides)) }
    }

    /// softmax(scale · q kᵀ) v, `[…, targets, valueWidth]`, heads as they lie in the values. What the mask or the order forbids has
    /// weight 0, and a target that may attend to nothing gets zeros. Scores are held for some targets at a time, and never written out
    /// as a whole.
    package func attend(_ q: Tensor, _ k: Tensor, _ v: Tensor) -> Tensor {
        let shape = Shape(q.shape[..<(q.rank - 1)] + [v.shape[-1]])
        return Tensor.make(shape, type) { out in
            withPointers(q, k, v) { q, k, v in
                eachPart(productsEach: width + valueWidth) { form, mask, scratch, parts in
                    gradus_attention(type.code, form, q, k, v, mask, out, scratch, parts.lowerBound, parts.upperBound)
                }
            }
        }
    }

    /// The gradients in queries, keys and values from the one upstream. Weights are computed again.
    package func gradients(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, _ upstream: Tensor
    ) -> (q: Tensor, k: Tensor, v: Tensor) {
        // The shares of each part.
        var toKeys = Tensor.make(k.shape.inserting(parts, at: 0), type) { _ in }
        var toValues = Tensor.make(v.shape.inserting(parts, at: 0), type) { _ in }
        let toQueries = Tensor.make(q.shape, type) { toQ in
            toKeys.withMutablePointer { toK in
                toValues.withMutablePointer { toV in
                    withPointers(q, k, v) { q, k, v in
                        upstream.withPointer { upstream in
                            eachPart(productsEach: 3 * width + 2 * valueWidth) { form, mask, scratch, parts in
                                gradus_attention_gradient(
                                    type.code, form, q, k, v, mask, upstream, toQ, toK, toV, scratch, parts.lowerBound,
                                    parts.upperBound)
                            }
                        }
                    }
                }
            }
        }
        return parts == 1
            ? (toQueries, toKeys.reshaped(to: k.shape), toValues.reshaped(to: v.shape))
            : (toQueries, toKeys.sum(along: 0), toValues.sum(along: 0))
    }

    /// Where heads are few their targets are cut, by the sizes alone, into some parts worth handing over.
    private var parts: Int { max(1, min((15 + heads) / heads, targets / 48)) }

    private func eachPart(
        productsEach: Int,
        _ body: (UnsafePointer<gradus_attention_form>, UnsafePointer<Bool>?, UnsafeMutableRawPointer, Range<Int64>) ->
            Void
    ) {
        maskPlaces.withUnsafeBufferPointer { places in
            withPointer(of: mask) { mask in
                var form = gradus_attention_form(
                    heads: Int64(heads), abreast: Int64(abreast ?? 1), targets: Int64(targets), sources: Int64(sources),
                    width: Int64(width),
                    value_width: Int64(valueWidth), parts: Int64(parts), is_causal: isCausal, scale: scale,
                    mask_at: mask == nil ? nil : places.baseAddress, mask_row: Int64(maskStrides.row),
                    mask_column: Int64(maskStrides.column))
                let products = Double(targets) * Double(sources) * Double(productsEach) / Double(parts)
                let mask = mask?.assumingMemoryBound(to: Bool.self)
                withUnsafePointer(to: &form) { form in
                    parallelFor(heads * parts, grain: max(1, Int(Double(1 << 17) / products))) { items in
                        withScratch(Int(gradus_attention_scratch(type.code, form)), type) { scratch in
                            body(form, mask, scratch, Int64(items.lowerBound)..<Int64(items.upperBound))
                        }
                    }
                }
            }
        }
    }
}

private func withPointers<R>(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, _ body: (UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer) -> R
) -> R {
    q.withPointer { q in k.withPointer { k in v.withPointer { v in body(q, k, v) } } }
}
