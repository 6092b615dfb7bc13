import Foundation
import Gradus

// The graph itself: operations so small that what is timed is the recording and the walk.

extension Workload {
    static var graphs: [Workload] {
        [
            Workload(name: "chain_1_fwd") { chain(1000, elements: 1, backward: false) },
            Workload(name: "chain_1_train") { chain(1000, elements: 1, backward: true) },
            Workload(name: "chain_100_train") { chain(1000, elements: 100, backward: true) },
            Workload(name: "moons_scalar", prepare: moons),
            Workload(name: "deep_1m", isSingle: true) { chain(1_000_000, elements: 1, backward: true) },
        ]
    }

    private static func chain(_ operations: Int, elements: Int, backward: Bool) -> () -> Void {
        let v = Variable(.ones([elements]))
        let (b, a) = (Variable(.full([elements], 1e-3)), Variable(.full([elements], 1.0001)))
        return {
            var h = v
            for _ in 0..<operations / 2 { h = (h + b) * a }
            if backward {
                (v.gradient, a.gradient, b.gradient) = (nil, nil, nil)
                h.sum().backward()
            }
        }
    }

    /// A network of scalars as micrograd's demo has it: 2-16-16-1, hinge loss with L2, one hundred samples.
    private static func moons() -> () -> Void {
        struct Neuron {
            let weights: [Variable]
            let bias = Variable(0)
            let bends: Bool
            func callAsFunction(_ x: [Variable]) -> Variable {
                let sum = zip(weights, x).reduce(bias) { $0 + $1.0 * $1.1 }
                return bends ? relu(sum) : sum
            }
        }
        var random = Random(seed: 1)
        let layers = [(2, 16, true), (16, 16, true), (16, 1, false)].map { inputs, outputs, bends in
            (0..<outputs).map { _ in
                Neuron(
                    weights: (0..<inputs).map { _ in Variable(Double.random(in: -1...1, using: &random)) }, bends: bends
                )
            }
        }
        let parameters = layers.flatMap { $0.flatMap { $0.weights + [$0.bias] } }
        let samples = (0..<100).map { i -> (x: [Variable], y: Double) in
            let angle = Double.random(in: 0...Double.pi, using: &random)
            let (x, y) = i % 2 == 0 ? (1 - cos(angle), 0.5 - sin(angle)) : (cos(angle), sin(angle))
            let noise = (0..<2).map { _ in Double.random(in: -0.2...0.2, using: &random) }
            return ([x + noise[0], y + noise[1]].map { .constant(Tensor($0)) }, i % 2 == 0 ? -1 : 1)
        }
        let sgd = SGD(learningRate: 0.5)
        return {
            var total = Variable.constant(Tensor(0))
            for sample in samples {
                let score = layers.reduce(sample.x) { x, layer in layer.map { $0(x) } }[0]
                total = total + relu(1 - sample.y * score)
            }
            var squares = Variable.constant(Tensor(0))
            for parameter in parameters { squares = squares + parameter * parameter }
            let loss = total / Double(samples.count) + 1e-4 * squares
            loss.backward()
            sgd.step(parameters)
            _ = loss.item
        }
    }
}
