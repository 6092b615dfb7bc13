import CGradusKernels

// An LSTM along a whole sequence. Step by step it would copy its weight for every product, and sum up a gradient of the weight's
// size at every step; here the weight is packed once, and its gradient is one product over all steps.

/// An LSTM's states, cells and gates at every step: `[time, batch, hidden]` twice and `[time, batch, 4 · hidden]`. `projected` is
/// what the inputs contribute to the gates, `weight` `[hidden, 4 · hidden]`; the shapes fit. `reversed` begins at the last step.
package func lstmSequence(
    _ projected: Tensor, hidden: Tensor, cell: Tensor, weight: Tensor, reversed: Bool
) -> (hidden: Tensor, cell: Tensor, gates: Tensor) {
    let steps = SequenceSteps(projected.shape, cell.shape, projected.elementType, reversed: reversed)
    var cells = Tensor.make(steps.states, steps.type) { _ in }
    var gates = Tensor.make(projected.shape, steps.type) { _ in }
    let weight = PackedMatrix(weight)
    let states = Tensor.make(steps.states, steps.type) { states in
        projected.withPointer { projected in
            hidden.withPointer { hidden in
                cell.withPointer { cell in
                    cells.withMutablePointer { cells in
                        gates.withMutablePointer { gates in
                            for (step, before) in steps.inOrder {
                                let (state, gate) = (step * steps.stateBytes, step * steps.gateBytes)
                                let last = before.map { $0 * steps.stateBytes }
                                weight.product(
                                    of: last.map { UnsafeRawPointer(states + $0) } ?? hidden, rows: steps.batch,
                                    addingTo: projected + gate, in: gates + gate)
                                eachRow(of: steps.state) {
                                    gradus_lstm(
                                        steps.type.code, $0, gates + gate,
                                        last.map { UnsafeRawPointer(cells + $0) } ?? cell, states + state,
                                        cells + state, $1, $2)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    return (states, cells, gates)
}

/// The gradients in what the inputs contribute and in the first hidden state and cell, from those that arrived at the states and the
/// cells of all steps.
package func lstmSequenceGradient(
    gates: Tensor, cells: Tensor, cell: Tensor, weight: Tensor, fromHidden: Tensor?, fromCell: Tensor?, reversed: Bool
) -> (projected: Tensor, hidden: Tensor, cell: Tensor) {
    let steps = SequenceSteps(gates.shape, cell.shape, gates.elementType, reversed: reversed)
    let weight = PackedMatrix(weight, transposed: true)
    var toHidden = Tensor.make(steps.state, steps.type) { _ in }
    // What arrives at a step's cell from the step behind it, and what goes on to the step before.
    var toCell = Tensor.make(steps.state, steps.type) { _ in }
    var next = Tensor.make(steps.state, steps.type) { _ in }
    let toGates = Tensor.make(gates.shape, steps.type) { toGates in
        withPointers(fromHidden, fromCell) { fromHidden, fromCell in
            gates.withPointer { gates in
                cells.withPointer { cells in
                    cell.withPointer { cell in
                        var behind: Int?
                        for (step, before) in steps.inOrder.reversed() {
                            let (state, gate) = (step * steps.stateBytes, step * steps.gateBytes)
                            var (hidden, new) = (fromHidden.map { $0 + state }, fromCell.map { $0 + state })
                            toHidden.withMutablePointer { toHidden in
                                toCell.withMutablePointer { toCell in
                                    if let behind {
                                        weight.product(
                                            of: toGates + behind * steps.gateBytes, rows: steps.batch,
                                            addingTo: hidden, in: toHidden)
                                        hidden = UnsafeRawPointer(toHidden)
                                        if let new {
                                            gradus_binary_flat(
                                                GRADUS_ADD, steps.type.code, Int64(steps.state.count), new, toCell,
                                                toCell)
                                        }
                                        new = UnsafeRawPointer(toCell)
                                    }
                                    next.withMutablePointer { next in
                                        eachRow(of: steps.state) {
                                            gradus_lstm_gradient(
                                                steps.type.code, $0, gates + gate,
                                                before.map { cells + $0 * steps.stateBytes } ?? cell, cells + state,
                                                hidden, new, toGates + gate, next, $1, $2)
                                        }
                                    }
                                }
                            }
                            swap(&toCell, &next)
                            behind = step
                        }
                        if let behind {
                            toHidden.withMutablePointer {
                                weight.product(
                                    of: toGates + behind * steps.gateBytes, rows: steps.batch, addingTo: nil, in: $0)
                            }
                        }
                    }
                }
            }
        }
    }
    return (toGates, toHidden, toCell)
}

/// The gradient in the weight: over all steps, what was shown before, transposed, by the gradient in the gates.
package func lstmSequenceWeightGradient(_ states: Tensor, hidden: Tensor, toGates: Tensor, reversed: Bool) -> Tensor {
    let time = states.shape.size(0)
    let (first, rest, shown) =
        reversed ? (time - 1, 0..<time - 1, 1..<time) : (0, 1..<time, 0..<time - 1)
    let atFirst = matmul(hidden, toGates[first], transposingFirst: true)
    guard time > 1 else { return atFirst }
    return matmul(states[shown].rows, toGates[rest].rows, transposingFirst: true) + atFirst
}

extension Tensor {
    /// All axes but the last in one.
    fileprivate var rows: Tensor { reshaped(to: [count / Swift.max(shape.last ?? 1, 1), shape.last ?? 1]) }
}

/// In which order the steps are gone through, and how large what each of them has is.
private struct SequenceSteps {
    let states: Shape, state: Shape
    let type: ElementType
    let batch: Int, stateBytes: Int, gateBytes: Int
    /// Each step, and the one before it.
    let inOrder: [(step: Int, before: Int?)]

    init(_ gates: Shape, _ state: Shape, _ type: ElementType, reversed: Bool) {
        let time = gates.size(0)
        (states, self.state, self.type) = (state.inserting(time, at: 0), state, type)
        (batch, stateBytes, gateBytes) = (state.size(0), state.count * type.size, 4 * state.count * type.size)
        inOrder = (0..<time).map {
            reversed ? (time - 1 - $0, $0 == 0 ? nil : time - $0) : ($0, $0 == 0 ? nil : $0 - 1)
        }
    }
}

private func withPointers(
    _ a: Tensor?, _ b: Tensor?, _ body: (UnsafeRawPointer?, UnsafeRawPointer?) -> Void
) {
    withPointer(of: a) { a in withPointer(of: b) { b in body(a, b) } }
}
