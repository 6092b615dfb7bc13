import GradusTensor
import Testing
import _TestSupport

private let bad = Tensor([1, 2, 3])

@Suite struct MisuseTests {
    @Test func theFirstMisuseIsThrown() {
        let message = misuseMessage {
            let x = Tensor([1, 2]) + bad
            _ = Tensor([1, 2, 3, 4]) + bad
            _ = x.item
        }
        #expect(message == "add: shapes [2] and [3] do not broadcast")
    }

    @Test func withoutMisuseTheResultComesBack() throws {
        #expect(try catchingMisuse { Tensor([1, 2]).count } == 2)
        struct Mine: Error {}
        #expect(throws: Mine.self) { try catchingMisuse { throw Mine() } }
    }

    @Test func misuseGoesBeforeAnErrorOfTheBody() {
        struct Mine: Error {}
        #expect(throws: Misuse.self) {
            try catchingMisuse {
                _ = Tensor([1, 2]) + bad
                throw Mine()
            }
        }
    }

    @Test func nothingIsChangedAfterMisuse() {
        var sum = Tensor([1, 2])
        var rows = Tensor([[1, 2], [3, 4]])
        _ = misuseMessage {
            sum += bad
            sum += 1
            rows[0] = bad
            rows[1] = Tensor(0)
            rows[at: [0, 0]] = 9
            rows[0...1] = Tensor(9)
        }
        #expect(sum == Tensor([1, 2]))
        #expect(rows == Tensor([[1, 2], [3, 4]]))
    }

    @Test func whatFollowsIsInertAndKeepsItsShape() {
        _ = misuseMessage {
            _ = Tensor([1, 2]) + bad
            let x = exp(Tensor.ones([2, 3]) * 2)
            #expect(x.shape == [2, 3])
            #expect(x[at: [1, 2]].isNaN)
            // A loop that waits for a small loss comes to its end, and flat arrays have the elements their shape promises.
            #expect(!(x[0][0].item > 0.1))
            #expect(x.array(of: Int.self).count == 6)
            #expect((x .> 0).array(of: Bool.self) == [Bool](repeating: false, count: 6))
        }
    }

    @Test func catchingIsNested() {
        let outer = misuseMessage {
            let inner = misuseMessage { Tensor([1, 2]) + bad }
            #expect(inner != nil)
            #expect(Tensor([1]) + 1 == Tensor([2]))  // what the inner one caught does not spoil the outer
            _ = Tensor([Double]()).item
        }
        #expect(outer == "item: one element is wanted, and shape [0] has 0")
        #expect(Tensor([1]) + 1 == Tensor([2]))
    }

    @Test func anInnerOneStaysInertInsideAnOuterMisuse() {
        let outer = misuseMessage {
            _ = Tensor([1, 2]) + bad
            let inner = misuseMessage { #expect((Tensor([1]) + 1).item.isNaN) }
            #expect(inner == nil)
        }
        #expect(outer == "add: shapes [2] and [3] do not broadcast")
    }

    @Test func otherThreadsAreNotConcerned() async {
        _ = misuseMessage {
            _ = Tensor([1, 2]) + bad
            #expect(misuseIsPending)
        }
        await Task.detached { #expect(!misuseIsPending) }.value
        #expect(!misuseIsPending)
    }

    @Test func uncaughtItStopsTheProgram() async {
        await #expect(processExitsWith: .failure) { _ = Tensor([1, 2]) + Tensor([1, 2, 3]) }
    }
}
