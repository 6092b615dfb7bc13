import CGradusKernels

// Steps of optimizers in place and in one pass, for the rules that stand in the optimizers. All tensors are of one shape and
// floating-point type, which is the caller's care.

/// Moves parameters by stochastic gradient descent. The velocity is filled in if this is the `first` step; nil is without
/// momentum.
package func stepSGD(
    _ w: inout Tensor, _ gradient: Tensor, velocity: inout Tensor?, isFirst: Bool, rate: Double, momentum: Double,
    nesterov: Bool, decay: Double, isAscending: Bool
) {
    guard !misuseIsPending else { return }
    let settings = gradus_sgd_settings(
        sign: isAscending ? -1 : 1, decay: decay, rate: rate, momentum: momentum, nesterov: nesterov, first: isFirst)
    let (type, count) = (w.elementType, w.count)
    func run(_ g: UnsafeRawPointer, _ v: UnsafeMutableRawPointer?, _ w: UnsafeMutableRawPointer) {
        withUnsafePointer(to: settings) { settings in
            parallelFor(count, grain: elementwiseGrain) { range in
                let offset = range.lowerBound * type.size
                gradus_sgd(type.code, Int64(range.count), settings, g + offset, v.map { $0 + offset }, w + offset)
            }
        }
    }
    w.withMutablePointer { w in
        gradient.withPointer { g in
            if velocity == nil { run(g, nil, w) } else { velocity?.withMutablePointer { run(g, $0, w) } }
        }
    }
}

/// Moves parameters by Adam. `keep` is what they are multiplied by; `rate` and `root` have the corrections of the running means
/// in them.
package func stepAdam(
    _ w: inout Tensor, _ gradient: Tensor, mean: inout Tensor, square: inout Tensor, keep: Double, rate: Double,
    beta1: Double, beta2: Double, root: Double, epsilon: Double, decay: Double, isAscending: Bool
) {
    guard !misuseIsPending else { return }
    let settings = gradus_adam_settings(
        sign: isAscending ? -1 : 1, decay: decay, keep: keep, rate: rate, beta1: beta1, beta2: beta2, root: root,
        epsilon: epsilon)
    let (type, count) = (w.elementType, w.count)
    w.withMutablePointer { w in
        mean.withMutablePointer { m in
            square.withMutablePointer { v in
                gradient.withPointer { g in
                    withUnsafePointer(to: settings) { settings in
                        parallelFor(count, grain: functionGrain) { range in
                            let offset = range.lowerBound * type.size
                            gradus_adam(
                                type.code, Int64(range.count), settings, g + offset, m + offset, v + offset, w + offset)
                        }
                    }
                }
            }
        }
    }
}
