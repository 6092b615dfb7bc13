import GradusTensor
import Testing
import _TestSupport

@Suite struct RecurrentSequenceTests {
    private struct Sequence {
        let projected: Tensor, hidden: Tensor, cell: Tensor, weight: Tensor, toHidden: Tensor, toCell: Tensor

        init(time: Int, batch: Int, width: Int, _ type: ElementType) {
            var generator = TensorGenerator(seed: UInt64(time * 100 + batch))
            projected = generator.tensor([time, batch, 4 * width], as: type)
            hidden = generator.tensor([batch, width], as: type)
            cell = generator.tensor([batch, width], as: type)
            weight = generator.tensor([width, 4 * width], as: type) * 0.2
            toHidden = generator.tensor([time, batch, width], as: type)
            toCell = generator.tensor([time, batch, width], as: type)
        }

        /// Results and gradients, of upstream gradients in the hidden states, the cells or both.
        func all(reversed: Bool, ofHidden: Bool = true, ofCell: Bool = true) -> [Tensor] {
            let (states, cells, gates) = lstmSequence(
                projected, hidden: hidden, cell: cell, weight: weight, reversed: reversed)
            let gradient = lstmSequenceGradient(
                gates: gates, cells: cells, cell: cell, weight: weight, fromHidden: ofHidden ? toHidden : nil,
                fromCell: ofCell ? toCell : nil, reversed: reversed)
            return [states, cells, gates, gradient.projected, gradient.hidden, gradient.cell]
        }

        /// The same by single steps.
        func stepByStep(reversed: Bool) -> [Tensor] {
            let time = projected.shape[0]
            let order = reversed ? Array((0..<time).reversed()) : Array(0..<time)
            var (states, cells, gates) = ([Tensor](), [Tensor](), [Tensor]())
            for step in order {
                gates.append(projected[step] + matmul(states.last ?? hidden, weight))
                let (state, next) = lstmStep(gates[gates.count - 1], cells.last ?? cell)
                states.append(state)
                cells.append(next)
            }
            var toGates = gates
            var (fromNext, fromNextCell) = (Tensor.zeros(like: hidden), Tensor.zeros(like: cell))
            for place in order.indices.reversed() {
                (toGates[place], fromNextCell) = lstmStepGradient(
                    gates[place], place == 0 ? cell : cells[place - 1], next: cells[place],
                    fromHidden: toHidden[order[place]] + fromNext, fromCell: toCell[order[place]] + fromNextCell)
                fromNext = matmul(toGates[place], weight, transposingSecond: true)
            }
            func inTime(_ steps: [Tensor]) -> Tensor { stack(reversed ? steps.reversed() : steps) }
            return [inTime(states), inTime(cells), inTime(gates), inTime(toGates), fromNext, fromNextCell]
        }
    }

    @Test(arguments: [1, 2, 5], [false, true]) func itIsItsSteps(time: Int, reversed: Bool) {
        for (batch, width) in [(1, 3), (5, 16), (33, 32)] {
            let sequence = Sequence(time: time, batch: batch, width: width, .float64)
            let expected = sequence.stepByStep(reversed: reversed)
            for (result, expected) in zip(sequence.all(reversed: reversed), expected) {
                expectClose(result, expected.array(of: Double.self), relative: 1e-11, absolute: 1e-12)
            }
        }
    }

    /// A thread takes some examples from the first step to the last, or, of few examples or a large weight, all threads take each step.
    @Test(arguments: [1, 4, 5], [ElementType.float32, .float64])
    func theSameAtAnyThreadCount(time: Int, type: ElementType) {
        for (batch, width) in [(1, 64), (7, 48), (16, 64), (33, 40), (64, 96), (16, 400)] {
            let sequence = Sequence(time: time, batch: batch, width: width, type)
            for (reversed, ofHidden, ofCell) in [(false, true, true), (true, true, false), (false, false, true)] {
                func run() -> [Tensor] { sequence.all(reversed: reversed, ofHidden: ofHidden, ofCell: ofCell) }
                let expected = run()
                for results in atThreadCounts([1, 2, 3, 8], run) {
                    for (result, expected) in zip(results, expected) {
                        expectIdentical(result, expected, "\(time) steps of \(batch) examples, \(width) wide")
                    }
                }
            }
        }
    }
}
