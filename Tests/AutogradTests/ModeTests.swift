import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

@Suite struct ModeTests {
    struct Interruption: Error {}

    @Test func nothingIsRecordedWithoutRecording() {
        let x = Variable(2)
        let y = withoutRecording { x * x }
        #expect(y.operation == nil && !y.wantsGradient && y.item == 4)
    }

    @Test func aSideEvaluationLeavesTheGradientsAlone() {
        let x = Variable(2)
        let y = x * x
        #expect(evaluate { (x * 5).item } == 10)
        y.backward()
        #expect(x.gradient?.item == 4)
    }

    @Test func modesEndWithTheirScopeAlsoByAThrow() {
        #expect(isRecording && !isEvaluating)
        #expect(throws: Interruption.self) {
            try evaluate {
                #expect(!isRecording && isEvaluating)
                throw Interruption()
            }
        }
        #expect(throws: Interruption.self) { try inDouble { throw Interruption() } }
        #expect(isRecording && !isEvaluating)
        let x = Variable(2)
        #expect((x * x).elementType == .float32)
    }

    @Test func modesAreThoseOfOneThread() {
        let other = evaluate { onThread { (isRecording, isEvaluating) } }
        #expect(other == (true, false))
    }

    @Test func detachingCutsTheGradient() {
        let x = Variable(3)
        (x * x.detached()).backward()
        #expect(x.gradient?.item == 3)
    }

    @Test func inDoubleComputesInDoubleAndLeavesValuesAlone() {
        let x = Variable(0.1), factor = Variable.constant(Tensor(3))
        let y = inDouble { (x * factor) * x + 0.1 }
        #expect(y.elementType == .float64)
        let tenth = Double(Float(0.1))
        #expect(y.item == tenth * 3 * tenth + 0.1)
        #expect(x.elementType == .float32)
        inDouble { y.backward() }
        #expect(x.gradient?.elementType == .float32)
        expectClose(x.gradient?.item ?? 0, 6 * tenth, relative: 1e-7)
    }

    @Test func scopesNameWhatIsRecorded() {
        let x = Variable(1)
        let (_, recording) = recordingEverything { scope("outer") { scope("inner") { x * x } } + 1 }
        #expect(recording.operations.map(\.path) == ["outer/inner/multiply", "add"])
    }

    @Test func everythingIsRecordedWithItsValues() {
        let x = Variable(3), c = Variable.constant(Tensor(2))
        let (y, recording) = recordingEverything { (c * c) * x }
        #expect(recording.operations.count == 2)
        #expect(recording.operations[0].annotations?.inputs == [Tensor(2), Tensor(2)])
        #expect(recording.operations[1].annotations?.outputs == [Tensor(12)])
        #expect(recording.operations[1].replay([Tensor(5), Tensor(7)]) == [Tensor(35)])
        y.backward()
        #expect(x.gradient?.item == 4)
    }

    @Test func namedFunctionsCarryTheirLine() {
        let x = Variable(1)
        let (_, recording) = recordingEverything { x.converted(to: .float64) }
        #expect(recording.operations[0].annotations?.line?.description == "AutogradTests/ModeTests.swift:\(#line - 1)")
    }
}

@Suite struct AnomalyTests {
    @Test func theFirstInfinityOfTheForwardPassIsNamed() throws {
        let x = Variable([1, 0], name: "x")
        let error = #expect(throws: Anomaly.self) {
            try detectingAnomalies {
                let bad = scope("head") { (1 / x).named("bad") }
                return bad * 0
            }
        }
        #expect(error?.description == "head/divide: the first infinity of the forward pass arose here, in bad")
    }

    @Test func theFirstNaNOfTheBackwardPassIsNamed() throws {
        let x = Variable([0, 4], name: "x")
        let error = #expect(throws: Anomaly.self) {
            try detectingAnomalies {
                let root = custom(
                    x, forward: { $0 }, backward: { x, _, upstream in upstream * (x / x) })
                root.backward(upstream: .constant(.ones([2])))
            }
        }
        #expect(error?.direction == .backward && error?.variable == "x" && error?.found == "NaN")
        #expect(error?.operation == "custom")
        #expect(error?.line?.hasPrefix("AutogradTests/ModeTests.swift:") == true)
    }

    @Test func finiteWorkPasses() throws {
        let x = Variable([1, 2])
        let y = try detectingAnomalies { x * x }
        #expect(y.value == Tensor([1, 4]))
    }
}
