import GradusTensor
import Testing

@Test func quick() throws {
    #expect(Tensor([[1, 2], [3, 4]]).array(of: Int.self) == [1, 2, 3, 4])
    #expect((Tensor([1, 2]) + 1 == Tensor([2, 3])))
    #expect(Tensor([1.5]).elementType == .float32)
    #expect(Tensor([1] as [Int]).elementType == .int64)
    var x = Tensor([[1, 2], [3, 4]])
    x[0] += 1
    x[1] = Tensor(7)
    #expect(x.array(of: Float.self) == [2, 3, 7, 7])
    #expect(select(x .> 2, x, 0).array(of: Double.self) == [0, 3, 7, 7])
    #expect(x[0...].shape == [2, 2])
    #expect(x[..<1].array(of: Int.self) == [2, 3])
    #expect(throws: Misuse.self) { try catchingMisuse { _ = x[1...2] } }
    #expect(Tensor.eye(2).array(of: Int.self) == [1, 0, 0, 1])
    #expect(Tensor([Double.nan]).array(of: Float.self)[0].isNaN)
}
