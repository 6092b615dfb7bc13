import GradusTensor
import Testing

@Test func shapesThatDoNotBroadcastAreNamed() {
    #expect(throws: Misuse.self) { try catchingMisuse { _ = Tensor.full([2], 1) + Tensor.full([3], 1) } }
}
