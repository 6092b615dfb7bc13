import GradusAutograd
import GradusLesson
import GradusTensor
import Testing
import _TestSupport

/// What lights up, against what changes when an input is moved.
@Suite struct ContributionsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let shapes: [Shape]
        /// Whether an element that is looked at may leave the result as it is: a maximum.
        var looksAtMore = false
        let function: @Sendable ([Variable]) -> Variable
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "broadcast add", shapes: [[2, 3], [3]]) { $0[0] + $0[1] },
        Case(name: "broadcast multiply", shapes: [[2, 1, 2], [3, 1]]) { $0[0] * $0[1] },
        Case(name: "sigmoid", shapes: [[4]]) { sigmoid($0[0]) },
        Case(name: "sum along", shapes: [[2, 3, 2]]) { $0[0].sum(along: [0, 2]) },
        Case(name: "mean, keeping", shapes: [[2, 3]]) { $0[0].mean(along: -1, keepingAxes: true) },
        Case(name: "max", shapes: [[2, 3]], looksAtMore: true) { $0[0].max(along: 1) },
        Case(name: "softmax", shapes: [[2, 3]]) { $0[0].softmax(along: 0) },
        Case(name: "running sum", shapes: [[2, 3]]) { $0[0].cumulativeSum(along: 1) },
        Case(name: "running sum, reversed", shapes: [[3, 2]]) { $0[0].cumulativeSum(along: 0, reversed: true) },
        Case(name: "matmul", shapes: [[2, 3], [3, 2]]) { matmul($0[0], $0[1]) },
        Case(name: "matmul, transposing", shapes: [[3, 2], [4, 3]]) {
            matmul($0[0], $0[1], transposingFirst: true, transposingSecond: true)
        },
        Case(name: "matmul, stacks", shapes: [[2, 1, 2, 3], [2, 3, 2]]) { matmul($0[0], $0[1]) },
        Case(name: "matmul, vectors", shapes: [[3], [2, 3, 2]]) { matmul($0[0], $0[1]) },
        Case(name: "matmul, a column", shapes: [[2, 3], [3]]) { matmul($0[0], $0[1]) },
        Case(name: "dot", shapes: [[3], [3]]) { dot($0[0], $0[1]) },
        Case(name: "outer", shapes: [[2], [3]]) { outer($0[0], $0[1]) },
        Case(name: "conv2D", shapes: [[2, 2, 4, 5], [3, 2, 2, 3], [3]]) {
            conv2D($0[0], $0[1], bias: $0[2], stride: Pair(2, 1), padding: 1)
        },
        Case(name: "conv2D, groups and dilation", shapes: [[1, 4, 5, 5], [2, 2, 2, 2]]) {
            conv2D($0[0], $0[1], dilation: 2, groups: 2)
        },
        Case(name: "conv1D", shapes: [[2, 2, 6], [3, 2, 3]]) { conv1D($0[0], $0[1], stride: 2, padding: 1) },
        Case(name: "transposedConv2D", shapes: [[1, 2, 2, 3], [2, 2, 2, 3], [2]]) {
            transposedConv2D($0[0], $0[1], bias: $0[2], stride: Pair(2, 1), padding: Pair(0, 1))
        },
        Case(name: "transposedConv2D, groups", shapes: [[1, 4, 2, 2], [4, 1, 2, 2]]) {
            transposedConv2D($0[0], $0[1], stride: 2, outputPadding: 1, groups: 2)
        },
        Case(name: "maxPool2D", shapes: [[1, 2, 4, 4]], looksAtMore: true) {
            maxPool2D($0[0], kernel: 3, stride: 1, padding: 1)
        },
        Case(name: "averagePool2D", shapes: [[2, 1, 5, 4]]) { averagePool2D($0[0], kernel: 2) },
        Case(name: "adaptiveAveragePool2D", shapes: [[1, 1, 5, 7]]) {
            adaptiveAveragePool2D($0[0], outputSize: Pair(2, 3))
        },
        Case(name: "permuted", shapes: [[2, 3, 2]]) { $0[0].permuted(2, 0, 1) },
        Case(name: "padded", shapes: [[2, 3]]) { $0[0].padded([1, 0], [0, 2], with: 3) },
        Case(name: "slice", shapes: [[2, 5]]) { $0[0].slice(along: 1, from: 1, by: 2) },
        Case(name: "tiled", shapes: [[2, 1]]) { $0[0].tiled([2, 3]) },
        Case(name: "flipped", shapes: [[2, 3]]) { $0[0].flipped(along: [1]) },
        Case(name: "concatenate", shapes: [[2, 3], [2, 1]]) { concatenate($0, along: 1) },
        Case(name: "stack", shapes: [[2], [2], [2]]) { stack($0, along: 1) },
        Case(name: "second part", shapes: [[2, 5]]) { $0[0].split(sizes: [2, 3], along: 1)[1] },
        Case(name: "taking", shapes: [[3, 2]]) { $0[0].taking(Tensor([2, 0, 2], as: .int64)) },
        Case(name: "diagonal", shapes: [[3, 3]]) { $0[0].diagonal(1) },
        Case(name: "lowerTriangle", shapes: [[3, 3]]) { $0[0].lowerTriangle() },
    ]

    @Test(arguments: cases) func litElementsAreThoseThatMatter(_ item: Case) throws {
        var random = Random(seed: 5)
        let inputs = item.shapes.map { Variable(.normal($0, as: .float64, using: &random)) }
        let lesson = lesson(replayLimit: 0, locatesOperators: false) { item.function(inputs).named("y").sum() }
        let node = try #require(lesson["y"] ?? lesson.nodes.last { $0.name?.hasPrefix("y[") == true })
        let found = try #require(node.contributions)
        let whole = item.function(inputs).value.array(of: Double.self)
        #expect(found.elements.count == whole.count)
        for (place, input) in inputs.enumerated() {
            var matters = [Set<Int>](repeating: [], count: whole.count)
            for element in 0..<input.count {
                var moved = input.value
                moved.withMutableElements(as: Double.self) { $0[element] += 0.7 }
                var others = inputs
                others[place] = Variable(moved)
                let after = item.function(others).value.array(of: Double.self)
                for output in whole.indices where after[output] != whole[output] { matters[output].insert(element) }
            }
            for output in whole.indices {
                let lit = found.elements[output][place]
                #expect(Set(lit).count == lit.count)
                if item.looksAtMore {
                    #expect(matters[output].isSubset(of: lit), "output \(output)")
                } else {
                    #expect(Set(lit) == matters[output], "input \(place), output \(output)")
                }
            }
        }
        guard found.isSumOfProducts else { return }
        // Factors stand side by side: their products add up to the element.
        let values = inputs.map { $0.value.array(of: Double.self) }
        for output in whole.indices {
            let from = found.elements[output]
            var sum = zip(from[0], from[1]).reduce(0) { $0 + values[0][$1.0] * values[1][$1.1] }
            if from.count > 2 { sum += values[2][from[2][0]] }
            #expect(abs(sum - whole[output]) < 1e-12)
        }
    }

    @Test func ofALargeTensorTheFirstOnesAreKept() {
        let x = Variable(.ones([60, 60]), name: "x")
        let lesson = lesson(replayLimit: 0, locatesOperators: false) { matmul(x, x).named("y").sum() }
        let kept = lesson["y"]?.contributions?.elements.count ?? 0
        #expect(kept > 10 && kept < 100)
        #expect(lesson["y"]?.value.elements.count == Numbers.kept && lesson["y"]?.value.count == 3600)
    }
}
