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
        withPointers(projected, hidden, cell) { projected, hidden, cell in
            cells.withMutablePointer { cells in
                gates.withMutablePointer { gates in
                    steps.eachPart { rows in
                        for (step, before) in steps.inOrder {
                            let (state, gate) = (step * steps.stateBytes, step * steps.gateBytes)
                            let last = before.map { $0 * steps.stateBytes }
                            weight.product(
                                of: last.map { UnsafeRawPointer(states + $0) } ?? hidden, rows: rows,
                                addingTo: projected + gate, in: gates + gate)
                            eachRow(of: steps.state, rows) {
                                gradus_lstm(
                                    steps.type.code, $0, gates + gate,
                                    last.map { UnsafeRawPointer(cells + $0) } ?? cell, states + state, cells + state,
                                    $1, $2)
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
    // What arrives at a step's cell from the step behind it, and what goes on to the step before, in turn.
    var (even, odd) = (Tensor.make(steps.state, steps.type) { _ in }, Tensor.make(steps.state, steps.type) { _ in })
    let toGates = Tensor.make(gates.shape, steps.type) { toGates in
        withPointers(fromHidden, fromCell) { fromHidden, fromCell in
            withPointers(gates, cells, cell) { gates, cells, cell in
                withMutablePointers(&toHidden, &even, &odd) { toHidden, even, odd in
                    steps.eachPart { rows in
                        var (toCell, next) = (even, odd)
                        var behind: UnsafeRawPointer?
                        for (step, before) in steps.inOrder.reversed() {
                            let (state, gate) = (step * steps.stateBytes, step * steps.gateBytes)
                            var (hidden, new) = (fromHidden.map { $0 + state }, fromCell.map { $0 + state })
                            if let behind {
                                weight.product(of: behind, rows: rows, addingTo: hidden, in: toHidden)
                                hidden = UnsafeRawPointer(toHidden)
                                if let new { steps.add(new, to: toCell, rows) }
                                new = UnsafeRawPointer(toCell)
                            }
                            eachRow(of: steps.state, rows) {
                                gradus_lstm_gradient(
                                    steps.type.code, $0, gates + gate,
                                    before.map { cells + $0 * steps.stateBytes } ?? cell, cells + state, hidden, new,
                                    toGates + gate, next, $1, $2)
                            }
                            swap(&toCell, &next)
                            behind = UnsafeRawPointer(toGates + gate)
                        }
                        if let behind { weight.product(of: behind, rows: rows, addingTo: nil, in: toHidden) }
                    }
                }
            }
        }
    }
    return (toGates, toHidden, steps.inOrder.count.isMultiple(of: 2) ? even : odd)
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
    /// How many examples go together.
    private let together: Int

    init(_ gates: Shape, _ state: Shape, _ type: ElementType, reversed: Bool) {
        let time = gates.size(0)
        (states, self.state, self.type) = (state.inserting(time, at: 0), state, type)
        (batch, stateBytes, gateBytes) = (state.size(0), state.count * type.size, 4 * state.count * type.size)
        inOrder = (0..<time).map {
            reversed ? (time - 1 - $0, $0 == 0 ? nil : time - $0) : ($0, $0 == 0 ? nil : $0 - 1)
        }
        // A thread's share from the first step to the last, of which no other waits for anything, if it is not too small to multiply
        // with the whole weight and the weight not too large to be read by each; otherwise each step is shared out.
        let hidden = state.size(1), products = 4 * hidden * hidden
        let share = (batch + parallelThreads - 1) / parallelThreads
        let isWorthIt = share >= 8 && products * type.size <= 1 << 21 && share * time * products >= 1 << 18
        together = isWorthIt ? share : max(batch, 1)
    }

    /// Runs `body` for some of the examples, and for others, until it has been for all.
    func eachPart(_ body: (Range<Int>) -> Void) {
        parallelFor(batch, grain: together, body)
    }

    func add(_ a: UnsafeRawPointer, to sum: UnsafeMutableRawPointer, _ rows: Range<Int>) {
        let start = rows.lowerBound * stateBytes / batch
        gradus_binary_flat(
            GRADUS_ADD, type.code, Int64(rows.count * state.size(1)), a + start, sum + start, sum + start)
    }
}

private func withPointers(
    _ a: Tensor?, _ b: Tensor?, _ body: (UnsafeRawPointer?, UnsafeRawPointer?) -> Void
) {
    withPointer(of: a) { a in withPointer(of: b) { b in body(a, b) } }
}

private func withPointers(
    _ a: Tensor, _ b: Tensor, _ c: Tensor, _ body: (UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer) -> Void
) {
    a.withPointer { a in b.withPointer { b in c.withPointer { c in body(a, b, c) } } }
}

private func withMutablePointers(
    _ a: inout Tensor, _ b: inout Tensor, _ c: inout Tensor,
    _ body: (UnsafeMutableRawPointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Void
) {
    a.withMutablePointer { a in b.withMutablePointer { b in c.withMutablePointer { c in body(a, b, c) } } }
}
