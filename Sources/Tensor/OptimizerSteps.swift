import CGradusKernels

// Steps of optimizers in place and in one pass, for the rules that stand in the optimizers. All tensors are of one shape and
// floating-point type, which is the caller's care. Each gives back the sum of the gradient's squares, which the norm of all
// gradients is made of.

/// Runs `step` on blocks of elements, which begin so many bytes behind the first one, and adds up what it gives back.
private func inBlocks(
    of gradient: Tensor, _ step: (_ g: UnsafeRawPointer, _ count: Int64, _ offset: Int) -> Double
) -> Double {
    let (size, count, block) = (gradient.elementType.size, gradient.count, GRADUS_REDUCTION_BLOCK)
    let blocks = (count + block - 1) / block
    let squares = Tensor.make([blocks], .float64) { squares in
        let squares = squares.assumingMemoryBound(to: Double.self)
        gradient.withPointer { g in
            parallelFor(blocks, grain: functionGrain / block) { range in
                for i in range {
                    let offset = i * block * size
                    squares[i] = step(g + offset, Int64(min(block, count - i * block)), offset)
                }
            }
        }
    }
    // Squares of float32 fit in the double they are added in; others may not.
    if gradient.elementType == .float32 { return squares.sum().item }
    let norm = gradient.norm().item
    return norm * norm
}

/// Moves parameters by stochastic gradient descent. The velocity is filled in if this is the `first` step; nil is without
/// momentum.
package func stepSGD(
    _ w: inout Tensor, _ gradient: Tensor, velocity: inout Tensor?, isFirst: Bool, rate: Double, momentum: Double,
    nesterov: Bool, decay: Double, isAscending: Bool
) -> Double {
    guard !misuseIsPending else { return .nan }
    let settings = gradus_sgd_settings(
        sign: isAscending ? -1 : 1, decay: decay, rate: rate, momentum: momentum, nesterov: nesterov, first: isFirst)
    let type = w.elementType
    func run(_ v: UnsafeMutableRawPointer?, _ w: UnsafeMutableRawPointer) -> Double {
        withUnsafePointer(to: settings) { settings in
            inBlocks(of: gradient) { g, count, offset in
                gradus_sgd(type.code, count, settings, g, v.map { $0 + offset }, w + offset)
            }
        }
    }
    return w.withMutablePointer { w in withMutablePointer(of: &velocity) { run($0, w) } }
}

/// Moves parameters by Adam. `keep` is what they are multiplied by; `rate` and `root` have the corrections of the running means
/// in them.
package func stepAdam(
    _ w: inout Tensor, _ gradient: Tensor, mean: inout Tensor, square: inout Tensor, keep: Double, rate: Double,
    beta1: Double, beta2: Double, root: Double, epsilon: Double, decay: Double, isAscending: Bool
) -> Double {
    guard !misuseIsPending else { return .nan }
    let settings = gradus_adam_settings(
        sign: isAscending ? -1 : 1, decay: decay, keep: keep, rate: rate, beta1: beta1, beta2: beta2, root: root,
        epsilon: epsilon)
    let type = w.elementType
    return w.withMutablePointer { w in
        mean.withMutablePointer { m in
            square.withMutablePointer { v in
                withUnsafePointer(to: settings) { settings in
                    inBlocks(of: gradient) { g, count, offset in
                        gradus_adam(type.code, count, settings, g, m + offset, v + offset, w + offset)
                    }
                }
            }
        }
    }
}

/// The other rules that divide by how large gradients have been, and what each remembers of a parameter.
package enum AdaptiveStep {
    /// The sum of squares.
    case adaGrad
    /// The mean square; the mean, if it is taken off; the velocity, if there is momentum.
    case rmsProp
    /// The mean square, and that of the steps.
    case adaDelta
    /// The mean, and the largest size, of which `momentum` stays.
    case adaMax
}

/// Moves parameters by such a rule. `keep` is what stays of running means.
package func stepAdaptively(
    _ kind: AdaptiveStep, _ w: inout Tensor, _ gradient: Tensor, _ first: inout Tensor, _ second: inout Tensor?,
    _ third: inout Tensor?, rate: Double, keep: Double, momentum: Double, epsilon: Double, decay: Double,
    isAscending: Bool
) -> Double {
    guard !misuseIsPending else { return .nan }
    let settings = gradus_adaptive_settings(
        sign: isAscending ? -1 : 1, decay: decay, rate: rate, keep: keep, momentum: momentum, epsilon: epsilon)
    let type = w.elementType.code
    return w.withMutablePointer { w in
        first.withMutablePointer { a in
            withMutablePointer(of: &second) { b in
                withMutablePointer(of: &third) { c in
                    withUnsafePointer(to: settings) { settings in
                        inBlocks(of: gradient) { g, n, offset in
                            let (w, a) = (w + offset, a + offset)
                            let (b, c) = (b.map { $0 + offset }, c.map { $0 + offset })
                            return switch kind {
                            case .adaGrad: gradus_adagrad(type, n, settings, g, a, w)
                            case .rmsProp: gradus_rmsprop(type, n, settings, g, a, b, c, w)
                            case .adaDelta: gradus_adadelta(type, n, settings, g, a, b, w)
                            case .adaMax: gradus_adamax(type, n, settings, g, a, b, w)
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The elements of a tensor that may be missing, to read and write.
private func withMutablePointer<R>(of tensor: inout Tensor?, _ body: (UnsafeMutableRawPointer?) -> R) -> R {
    tensor?.withMutablePointer { body($0) } ?? body(nil)
}
