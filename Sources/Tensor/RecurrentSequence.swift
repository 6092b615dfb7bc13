import CGradusKernels

// An LSTM along a whole sequence. Step by step it would copy its weight for every product, and sum up a gradient of the weight's
// size at every step; here the weight is packed once, and its gradient is one product over all steps. Whoever multiplies for some
// units computes their gates too, in one loop a step: only states pass from core to core.

/// An LSTM's states, cells and gates at every step: `[time, batch, hidden]` twice and `[time, batch, 4 · hidden]`. `projected` is
/// what the inputs contribute to the gates, `weight` `[hidden, 4 · hidden]`; the shapes fit. `reversed` begins at the last step.
package func lstmSequence(
    _ projected: Tensor, hidden: Tensor, cell: Tensor, weight: Tensor, reversed: Bool
) -> (hidden: Tensor, cell: Tensor, gates: Tensor) {
    let steps = SequenceSteps(projected.shape, cell.shape, projected.elementType, reversed: reversed)
    let units = steps.units
    var cells = Tensor.make(steps.states, steps.type) { _ in }
    var gates = Tensor.make(projected.shape, steps.type) { _ in }
    let weights = (0..<4).map { PackedMatrix(weight, columns: $0 * units..<($0 + 1) * units) }  // one for each gate
    let states = Tensor.make(steps.states, steps.type) { states in
        projected.withPointer { projected in
            hidden.withPointer { hidden in
                cell.withPointer { cell in
                    cells.withMutablePointer { cells in
                        gates.withMutablePointer { gates in
                            for (step, before) in steps.inOrder {
                                let (state, gate) = (step * steps.stateBytes, step * steps.gateBytes)
                                let last = before.map { $0 * steps.stateBytes }
                                let from = last.map { UnsafeRawPointer(states + $0) } ?? hidden
                                steps.eachUnit(of: weights[0], terms: 4 * units) { panels in
                                    for (index, weight) in weights.enumerated() {
                                        let place = gate + index * units * steps.type.size
                                        weight.multiply(
                                            panels, of: from, rows: steps.batch, addingTo: projected + place,
                                            in: gates + place, step: 4 * units)
                                    }
                                    let some = weights[0].columns(panels)
                                    gradus_lstm(
                                        steps.type.code, Int64(units), Int64(some.lowerBound), Int64(some.upperBound),
                                        gates + gate, last.map { UnsafeRawPointer(cells + $0) } ?? cell,
                                        states + state, cells + state, 0, Int64(steps.batch))
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
    let (units, type) = (steps.units, steps.type)
    let weight = PackedMatrix(weight, transposed: true)
    var toHidden = Tensor.make(steps.state, type) { _ in }
    // What arrives at a step's cell from the step behind it, and what goes on to the step before.
    var toCell = Tensor.make(steps.state, type) { _ in }
    var next = Tensor.make(steps.state, type) { _ in }
    let toGates = Tensor.make(gates.shape, type) { toGates in
        withPointers(fromHidden, fromCell) { fromHidden, fromCell in
            gates.withPointer { gates in
                cells.withPointer { cells in
                    cell.withPointer { cell in
                        var behind: Int?
                        for (step, before) in steps.inOrder.reversed() {
                            let (state, gate) = (step * steps.stateBytes, step * steps.gateBytes)
                            let (hidden, new) = (fromHidden.map { $0 + state }, fromCell.map { $0 + state })
                            toHidden.withMutablePointer { toHidden in
                                toCell.withMutablePointer { toCell in
                                    next.withMutablePointer { next in
                                        steps.eachUnit(of: weight, terms: 4 * units) { panels in
                                            let some = weight.columns(panels)
                                            if let behind {
                                                weight.multiply(
                                                    panels, of: toGates + behind * steps.gateBytes, rows: steps.batch,
                                                    addingTo: hidden, in: toHidden, step: units)
                                                if let new { steps.add(new, to: toCell, some) }
                                            }
                                            gradus_lstm_gradient(
                                                type.code, Int64(units), Int64(some.lowerBound),
                                                Int64(some.upperBound), gates + gate,
                                                before.map { cells + $0 * steps.stateBytes } ?? cell, cells + state,
                                                behind == nil ? hidden : UnsafeRawPointer(toHidden),
                                                behind == nil ? new : UnsafeRawPointer(toCell), toGates + gate, next, 0,
                                                Int64(steps.batch))
                                        }
                                    }
                                }
                            }
                            swap(&toCell, &next)
                            behind = step
                        }
                        if let behind {
                            toHidden.withMutablePointer { toHidden in
                                steps.eachUnit(of: weight, terms: 4 * units) { panels in
                                    weight.multiply(
                                        panels, of: toGates + behind * steps.gateBytes, rows: steps.batch,
                                        addingTo: nil, in: toHidden, step: units)
                                }
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
    let batch: Int, units: Int, stateBytes: Int, gateBytes: Int
    /// Each step, and the one before it.
    let inOrder: [(step: Int, before: Int?)]

    init(_ gates: Shape, _ state: Shape, _ type: ElementType, reversed: Bool) {
        let time = gates.size(0)
        (states, self.state, self.type) = (state.inserting(time, at: 0), state, type)
        (batch, units) = (state.size(0), state.size(1))
        (stateBytes, gateBytes) = (state.count * type.size, 4 * state.count * type.size)
        inOrder = (0..<time).map {
            reversed ? (time - 1 - $0, $0 == 0 ? nil : time - $0) : ($0, $0 == 0 ? nil : $0 - 1)
        }
    }

    /// Shares the units out, by the panels of a weight that multiplies for them, with so many terms for each unit.
    func eachUnit(of weight: PackedMatrix, terms: Int, _ body: (Range<Int>) -> Void) {
        // Every share reads the state before once more, so there are few.
        let products = max(batch * terms * weight.columns(0..<1).count, 1)
        parallelFor(weight.panels, grain: max((weight.panels + 3) / 4, (1 << 18) / products, 1), body)
    }

    /// Adds some units of a state to another's.
    func add(_ addend: UnsafeRawPointer, to sum: UnsafeMutableRawPointer, _ some: Range<Int>) {
        for row in 0..<batch {
            let start = (row * units + some.lowerBound) * type.size
            gradus_binary_flat(
                GRADUS_ADD, type.code, Int64(some.count), addend + start, sum + start, sum + start)
        }
    }
}

private func withPointers(
    _ a: Tensor?, _ b: Tensor?, _ body: (UnsafeRawPointer?, UnsafeRawPointer?) -> Void
) {
    withPointer(of: a) { a in withPointer(of: b) { b in body(a, b) } }
}
