import CGradusKernels

/// How many elements of a transcendental function are worth handing to another thread.
package let functionGrain = 1 << 13

extension Tensor {
    /// The one way to a one-operand kernel.
    package static func unary(
        _ name: StaticString, _ op: gradus_unary_op, _ x: Tensor, integers: Bool = false
    ) -> Tensor {
        let type = x.elementType
        guard type.isFloatingPoint || integers && type == .int64 else {
            return misuse("\(name): not defined on \(type); convert first", inert: .inert(x.shape))
        }
        return make(x.shape, type) { out in
            x.withPointer { x0 in
                parallelFor(x.count, grain: functionGrain) { range in
                    let offset = range.lowerBound * type.size
                    gradus_unary(op, type.code, Int64(range.count), x0 + offset, out + offset)
                }
            }
        }
    }
}

/// e to the power of x.
public func exp(_ x: Tensor) -> Tensor { Tensor.unary("exp", GRADUS_EXP, x) }

/// The logistic function 1 / (1 + e⁻ˣ), computed from the smaller tail so that neither end loses precision.
public func sigmoid(_ x: Tensor) -> Tensor { Tensor.unary("sigmoid", GRADUS_SIGMOID, x) }
