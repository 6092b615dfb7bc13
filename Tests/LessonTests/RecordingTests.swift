import Foundation
import GradusAutograd
import GradusLesson
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

/// What is written down of a computation.
@Suite struct RecordingTests {
    private func record(
        upstream: Tensor? = nil, replayLimit: Int = 2_000_000, _ body: () throws -> Variable
    ) rethrows -> Lesson {
        try lesson("test", upstream: upstream, replayLimit: replayLimit, locatesOperators: false, body)
    }

    @Test func itIsComputedInDoublePrecisionAndNothingIsChanged() {
        let x = Variable(0.1, name: "x")  // float32
        var inside = ElementType.float32
        let lesson = record {
            let y = exp(x * 3)
            inside = y.elementType
            return y
        }
        let tenth = Double(Float(0.1))
        #expect(inside == .float64)
        #expect(lesson["x"]?.value.number == tenth)
        #expect(lesson.nodes.last?.value.number == Foundation.exp(tenth * 3))
        #expect(x.gradient == nil && x.value == Tensor(0.1))
        #expect(lesson.nodes.count == 4)  // x, 3, x · 3, exp: widening is no step of its own
    }

    @Test func aMessageIsUpstreamTimesLocal() throws {
        let x = Variable(3, name: "x"), y = Variable(-4, name: "y")
        let lesson = record { (x * y + x).named("f") }
        let messages = lesson.steps.filter { $0.kind == .message }
        #expect(messages.count == 4)
        for step in messages {
            let upstream = try #require(step.upstreams.first??.number)
            let local = try #require(step.local?.number)
            #expect(step.contribution?.number == upstream * local)
            #expect(step.after?.number == (step.before?.number ?? 0) + upstream * local)
        }
        #expect(messages.filter { lesson.nodes[$0.node].name == "x" }.map(\.before) == [nil, Numbers(1)])
        #expect(lesson.forwardCount == 2 && lesson.steps.count == 7)
    }

    @Test func notReachedIsNotZero() {
        let x = Variable(-1, name: "x"), z = Variable(5, name: "z")
        let lesson = record {
            _ = (z * 2).named("unused")
            return relu(x)
        }
        #expect(lesson["x"]?.gradient == Numbers(0))
        #expect(lesson["z"]?.gradient == nil && lesson["unused"]?.gradient == nil)
        #expect(lesson.text().contains("not reached"))
    }

    @Test func undoingABroadcastIsAStepOfItsOwn() throws {
        let x = Variable([[1, 2, 3], [4, 5, 6]], name: "x"), b = Variable([10, 20, 30], name: "b")
        let lesson = record { (x * b).sum() }
        let place = try #require(lesson.steps.firstIndex { $0.kind == .sum })
        let (message, sum) = (lesson.steps[place - 1], lesson.steps[place])
        #expect(message.contribution?.shape == [2, 3] && message.after == nil)
        #expect(sum.contribution?.elements == [5, 7, 9] && sum.after?.elements == [5, 7, 9])
        #expect(lesson["b"]?.gradient?.elements == [5, 7, 9])
    }

    @Test func aConstantWantsNoGradient() {
        let x = Variable(3, name: "x"), data = Variable.constant(Tensor(2), name: "data")
        let lesson = record { x * data + 1 }
        #expect(lesson["data"]?.kind == .constant && lesson["data"]?.gradient == nil)
        #expect(lesson.nodes.filter { $0.kind == .constant }.map(\.label) == ["data", "1"])
        let constant = record { Variable.constant(Tensor(2)) * 3 }
        #expect(constant.steps.map(\.kind) == [.compute] && constant.result == 2)
    }

    @Test func whatWasComputedBeforeIsAnInput() {
        let x = Variable(3, name: "x")
        let h = (x * x).named("h")
        let lesson = record { h * 2 }
        #expect(lesson["h"]?.kind == .input && lesson["h"]?.gradient?.number == 2)
        #expect(lesson["x"] == nil)
        #expect(record { x }["x"]?.gradient?.number == 1)
    }

    @Test func namesAreReadWhenItIsOver() {
        let x = Variable(3)
        let lesson = record {
            let y = x * x
            x.name = "late"
            y.name = "square"
            return y
        }
        #expect(lesson["late"]?.gradient?.number == 6 && lesson["square"]?.value.number == 9)
        #expect(record { Variable(1) * 2 }.nodes.first?.label == "input 0")
    }

    @Test func aResultOfSeveralNumbersWantsAnUpstream() {
        let x = Variable([1, 2], name: "x")
        #expect(
            misuseMessage { _ = record { x * x } }
                == "backwardSteps: a result of shape [2] needs an upstream gradient; sum it, or pass one")
        let lesson = record(upstream: Tensor([10, 100])) { x * x }
        #expect(lesson["x"]?.gradient?.elements == [20, 400])
        #expect(lesson["x"]?.checks.allSatisfy { $0.agrees == true } == true)
    }

    @Test func afterMisuseItIsEmptyAndWritesNothing() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "lesson-\(UUID()).html").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var lesson: Lesson?
        #expect(throws: Misuse.self) {
            try catchingMisuse {
                lesson = record { Variable([1, 2]) + Variable([1, 2, 3]) }
                try lesson?.write(to: path)
            }
        }
        #expect(lesson?.nodes.isEmpty == true && lesson?.steps.isEmpty == true)
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(lesson?.html().contains("</html>") == true && lesson?.svg() != nil && lesson?.text() != "")
    }

    @Test func drawnNumbersStayAsTheyWereDrawn() {
        let x = Variable([1, 2, 3, 4, 5, 6], name: "x")
        var random = Random(seed: 3)
        let lesson = record { dropout(x * x, probability: 0.5, using: &random).sum() }
        let gradient = lesson["x"]?.gradient?.elements ?? []
        #expect(gradient.contains(0) && gradient.contains { $0 != 0 })
        #expect(lesson["x"]?.checks.allSatisfy { $0.agrees == true } == true)
    }

    @Test func atAKinkADifferenceSaysNothing() {
        let x = Variable(0, name: "x")
        let checks = record { relu(x) }["x"]?.checks
        #expect(checks?.count == 1 && checks?.first?.agrees == nil && abs((checks?.first?.numeric ?? 0) - 0.5) < 1e-9)
    }

    @Test func aWrongRuleIsSeen() {
        let x = Variable(2, name: "x")
        let lesson = record {
            custom(x * 3, forward: { $0 * $0 }, backward: { x, _, upstream in x * upstream }).named("f")
        }
        #expect(lesson["x"]?.checks.first?.agrees == false)
        #expect(lesson["f"]?.checks.first?.agrees == true)
        #expect(lesson.text().contains("(differs)"))
    }

    @Test func replaysAreLimitedAndCounted() {
        func chain(_ limit: Int) -> Lesson {
            record(replayLimit: limit) { (0..<50).reduce(Variable(0.5)) { y, _ in sin(y) } }
        }
        #expect(chain(500_000).checks.checked == 51)
        let some = chain(600)
        #expect(some.checks.reached == 51 && some.checks.checked > 4 && some.checks.checked < 30)
        #expect(some.checkSummary.hasPrefix("\(some.checks.checked) of 51 gradients"))
        #expect(chain(0).checks.checked == 0)
    }

    /// A gradient that was computed inside is a result like any other.
    @Test func gradientsOfGradients() {
        let x = Variable(3, name: "x")
        let lesson = record {
            let y = x * x * x
            return gradients(of: y, at: [x], recordingGraph: true)[0] ?? y
        }
        #expect(lesson.nodes[lesson.result ?? 0].value.number == 27)
        #expect(lesson["x"]?.gradient?.number == 18)
        #expect(lesson["x"]?.checks.first?.agrees == true)
    }

    @Test func scopesAndPathsOfParametersMakeGroups() {
        let layer = Linear(
            weight: Variable([[1], [2]], name: "hidden.weight"), bias: Variable([0.5], name: "hidden.bias"))
        let x = Variable.constant(Tensor([[1, 2]]))
        let lesson = record { (scope("outer") { scope("inner") { relu(x * 2) } } + layer(x)).sum() }
        #expect(lesson.nodes.first { $0.operation == "relu" }?.scope == ["outer", "inner"])
        #expect(lesson.nodes.first { $0.operation == "matmul" }?.scope == ["hidden"])
        #expect(lesson["hidden.bias"]?.scope == ["hidden"])
    }

    /// What is one operation elsewhere is shown step by step.
    @Test func aLayerIsShownAsOnTheBlackboard() {
        let layer = Linear(weight: Variable([[1], [2]]), bias: Variable([0.5]))
        let x = Variable.constant(Tensor([[1, 2]]))
        let lesson = record { layer(x, activation: .relu).sum() }
        #expect(lesson.nodes.map(\.operation).compactMap { $0 } == ["matmul", "add", "relu", "sum"])
        #expect(recordingEverything { layer(x, activation: .relu) }.recording.operations.map(\.name) == ["linear"])
        let column = Variable([[1], [3]])
        #expect(
            record { batchNorm(column, activation: .relu).sum() }.nodes.map(\.operation).compactMap { $0 }
                == ["batchNorm", "relu", "sum"])
        #expect(
            recordingEverything { batchNorm(column, activation: .relu) }.recording.operations.map(\.name)
                == ["batchNorm"])
    }

    @Test func wrongWalksAreShownWhereSomethingIsUsedTwice() {
        let x = Variable(3, name: "x"), y = Variable(4, name: "y")
        #expect(record { x * y }.wrongWalks.isEmpty)
        let lesson = record { x * x }
        #expect(lesson.wrongWalks.map(\.name) == ["Overwriting instead of adding"])
        #expect(lesson.wrongWalks.first?.outcomes.first?.found?.number == 3)
        let long = record { (0..<50).reduce(x) { y, _ in y * x } }
        #expect(long.wrongWalks.isEmpty)
    }
}

extension Numbers {
    /// A single number.
    init(_ number: Double) { self.init(single: number) }
}
