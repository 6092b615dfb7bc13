import CGradusKernels

// What the gates of recurrent cells make of their state, in one pass over each row: states are `[…, hidden]`, gates three or four
// times as wide. The gradients' shapes are those that a step accepted.

/// The hidden state and the cell after one step of an LSTM, from its gates (input, forget, candidate, output) and its cell.
package func lstmStep(_ gates: Tensor, _ cell: Tensor) -> (hidden: Tensor, cell: Tensor) {
    let (shape, type) = (cell.shape, cell.elementType)
    guard areGates(4, gates, of: cell, "lstmCell") else { return (.inert(shape, type), .inert(shape, type)) }
    var next = Tensor.make(shape, type) { _ in }
    let hidden = Tensor.make(shape, type) { hidden in
        gates.withPointer { gates in
            cell.withPointer { cell in
                next.withMutablePointer { next in
                    eachRow(of: shape) { gradus_lstm(type.code, $0, gates, cell, hidden, next, $1, $2) }
                }
            }
        }
    }
    return (hidden, next)
}

/// The gradients in gates and cell, from those that arrived at the hidden state and at the new cell.
package func lstmStepGradient(
    _ gates: Tensor, _ cell: Tensor, next: Tensor, fromHidden: Tensor?, fromCell: Tensor?
) -> (gates: Tensor, cell: Tensor) {
    let (shape, type) = (cell.shape, cell.elementType)
    var toCell = Tensor.make(shape, type) { _ in }
    let toGates = Tensor.make(gates.shape, type) { toGates in
        gates.withPointer { gates in
            cell.withPointer { cell in
                next.withPointer { next in
                    withPointer(of: fromHidden) { fromHidden in
                        withPointer(of: fromCell) { fromCell in
                            toCell.withMutablePointer { toCell in
                                eachRow(of: shape) {
                                    gradus_lstm_gradient(
                                        type.code, $0, gates, cell, next, fromHidden, fromCell, toGates, toCell, $1, $2)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    return (toGates, toCell)
}

/// The hidden state after one step of a GRU, from what comes from below and from before (reset, update, candidate).
package func gruStep(_ below: Tensor, _ before: Tensor, _ hidden: Tensor) -> Tensor {
    let (shape, type) = (hidden.shape, hidden.elementType)
    guard areGates(3, below, of: hidden, "gruCell") && areGates(3, before, of: hidden, "gruCell") else {
        return .inert(shape, type)
    }
    return Tensor.make(shape, type) { next in
        below.withPointer { below in
            before.withPointer { before in
                hidden.withPointer { hidden in
                    eachRow(of: shape) { gradus_gru(type.code, $0, below, before, hidden, next, $1, $2) }
                }
            }
        }
    }
}

/// The gradients in all three.
package func gruStepGradient(
    _ below: Tensor, _ before: Tensor, _ hidden: Tensor, upstream: Tensor
) -> (below: Tensor, before: Tensor, hidden: Tensor) {
    let (shape, type) = (hidden.shape, hidden.elementType)
    var toBefore = Tensor.make(before.shape, type) { _ in }
    var toHidden = Tensor.make(shape, type) { _ in }
    let toBelow = Tensor.make(below.shape, type) { toBelow in
        below.withPointer { below in
            before.withPointer { before in
                hidden.withPointer { hidden in
                    upstream.withPointer { upstream in
                        toBefore.withMutablePointer { toBefore in
                            toHidden.withMutablePointer { toHidden in
                                eachRow(of: shape) {
                                    gradus_gru_gradient(
                                        type.code, $0, below, before, hidden, upstream, toBelow, toBefore, toHidden,
                                        $1, $2)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    return (toBelow, toBefore, toHidden)
}

/// Whether there are so many gates for every number of the state, or misuse.
private func areGates(_ count: Int, _ gates: Tensor, of state: Tensor, _ name: StaticString) -> Bool {
    guard gates.elementType == state.elementType && state.elementType.isFloatingPoint else {
        return misuse(
            "\(name): gates of \(gates.elementType) and a state of \(state.elementType); they are of one type")
    }
    guard let width = state.shape.last, gates.shape == state.shape.replacing(state.rank - 1, with: count * width) else {
        return misuse(
            "\(name): gates of shape \(gates.shape) and a state of \(state.shape); the gates are \(count) times as wide"
        )
    }
    return true
}

/// Shares the rows out, all or some: `body` gets their width, and a range of them.
func eachRow(of shape: Shape, _ rows: Range<Int>? = nil, _ body: (Int64, Int64, Int64) -> Void) {
    guard shape.count > 0 else { return }
    let width = shape.last ?? 1
    let rows = rows ?? 0..<shape.count / width
    // A gate costs several functions.
    parallelFor(rows.count, grain: max(1, functionGrain / 4 / width)) { some in
        body(Int64(width), Int64(rows.lowerBound + some.lowerBound), Int64(rows.lowerBound + some.upperBound))
    }
}
