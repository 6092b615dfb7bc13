import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

@Suite struct JacobianTests {
    let x = Variable([1, 2, 3], as: .float64)

    @Test func rowsAreOutputsAndColumnsInputs() {
        let a = Tensor([[1, 2, 3], [4, 5, 6]], as: .float64)
        let found = jacobian(at: x) { x in
            (.constant(a) * x).summed(to: [2, 1]).reshaped(to: [2])
        }
        #expect(found.value == a)
    }

    @Test func shapesOfOutputAndInputOneBehindTheOther() {
        let x = Variable(Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3], as: .float64))
        let found = jacobian(at: x) { $0.transposed() }
        #expect(found.shape == [3, 2, 2, 3])
        for i in 0..<3 {
            for j in 0..<2 {
                for k in 0..<2 {
                    for l in 0..<3 { #expect(found.value[at: [i, j, k, l]] == (i == l && j == k ? 1 : 0)) }
                }
            }
        }
    }

    @Test func numbersAndNothing() {
        #expect(jacobian(at: Variable(3, as: .float64)) { $0 * $0 }.value == Tensor(6, as: .float64))
        #expect(jacobian(at: x) { $0[..<0] }.value == .zeros([0, 3], as: .float64))
        let empty = Variable(.zeros([0], as: .float64))
        #expect(jacobian(at: empty) { _ in self.x }.value == .zeros([3, 0], as: .float64))
    }

    @Test func outputsThatDoNotDependHaveZeros() {
        let found = jacobian(at: x) { concatenate([$0[1...1], .constant(Tensor([7], as: .float64))]) }
        #expect(found.value == Tensor([[0, 1, 0], [0, 0, 0]], as: .float64))
    }

    @Test func theHessianOfACubicForm() {
        // Σ x_i² x_(i+1), around the corner: second derivatives 2x_(i+1) on the diagonal and 2x_i beside it.
        let found = hessian(at: x) { ($0 * $0 * $0.rolled(by: [-1], along: [0])).summed(to: []) }
        #expect(found.value == Tensor([[4, 2, 6], [2, 6, 4], [6, 4, 2]], as: .float64))
    }

    @Test func theHessianOfAMatrixsFunction() {
        let x = Variable(Tensor([1, 2, 3, 4], shape: [2, 2], as: .float64))
        let found = hessian(at: x) { ($0 * $0 * $0).summed(to: []) }
        #expect(
            found.value
                == Tensor([6, 0, 0, 0, 0, 12, 0, 0, 0, 0, 18, 0, 0, 0, 0, 24], shape: [2, 2, 2, 2], as: .float64))
    }

    @Test func jacobiansAreRecordedOnRequest() {
        let third = gradient(at: x) { x in
            jacobian(at: x) { $0 * $0 * $0 }.summed(to: [])
        }
        #expect(third.value == Tensor([6, 12, 18], as: .float64))
        #expect(!withoutRecording { jacobian(at: x) { $0 * $0 } }.wantsGradient)
    }

    @Test func tooManyAxesAreRefused() {
        let x = Variable(.ones([1, 1, 1, 1, 1]))
        #expect(
            misuseMessage { jacobian(at: x) { $0 * $0 } }
                == "jacobian: of shape [1, 1, 1, 1, 1] at shape [1, 1, 1, 1, 1]; at most 8 axes and Int.max elements")
    }
}
