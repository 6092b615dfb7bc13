import GradusData
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

@Suite struct NearestNeighboursTests {
    private let corners = Dataset(
        inputs: Tensor([[0, 0], [1, 0], [0, 1], [5, 5], [5, 6]]), labels: Tensor([0, 0, 1, 2, 2], as: .int64))

    @Test(arguments: NearestNeighbours.Distance.allCases)
    func distancesAreTheFormulas(distance: NearestNeighbours.Distance) {
        var random = Random(seed: 1)
        let (a, b) = (Tensor.normal([4, 2, 3], using: &random), Tensor.normal([5, 2, 3], using: &random))
        let neighbours = NearestNeighbours(Dataset(inputs: b, labels: .zeros([5], as: .int64)), distance: distance)
        let distances = neighbours.distances(to: a)
        #expect(distances.shape == [4, 5])
        for i in 0..<4 {
            for j in 0..<5 {
                let expected = (a[i] - b[j]).norm(order: distance == .manhattan ? 1 : 2).item
                expectClose(distances[at: [i, j]], expected, relative: 1e-5)
            }
        }
    }

    /// |a|² − 2ab + |b|² loses all digits of a small distance between long vectors in single precision.
    @Test func nearPointsFarFromTheOriginAreToldApart() {
        let far = Dataset(inputs: Tensor([[3000, 4000], [3000, 4000.5]]), labels: Tensor([0, 1], as: .int64))
        let distances = NearestNeighbours(far).distances(to: Tensor([[3000, 4000.25]]))
        expectClose(distances, [0.25, 0.25], relative: 1e-6)
    }

    @Test func theNearestComeFirstAndTheMajorityWins() {
        let neighbours = NearestNeighbours(corners)
        let queries = Tensor([[0.1, 0.2], [4, 4], [0, 0.9]])
        #expect(neighbours.neighbours(of: queries, k: 2) == Tensor([[0, 2], [3, 4], [2, 0]], as: .int64))
        #expect(neighbours.predictions(for: queries, k: 1) == Tensor([0, 2, 1], as: .int64))
        #expect(neighbours.predictions(for: queries, k: 3) == Tensor([0, 2, 0], as: .int64))
        // Two and two and one: of the two most frequent, that whose nearest is nearer.
        #expect(neighbours.predictions(for: queries, k: 5) == Tensor([0, 2, 0], as: .int64))
        let several = neighbours.predictions(for: queries, k: [3, 1])
        expectIdentical(several[1], neighbours.predictions(for: queries, k: 1))
        expectIdentical(several[0], neighbours.predictions(for: queries, k: 3))
        #expect(neighbours.predictions(for: .zeros([0, 2]), k: 1).shape == [0])
    }

    @Test func theDistanceMatters() {
        // L1: 3 and 4; L2: 3 and √8.
        let data = Dataset(inputs: Tensor([[3, 0], [2, 2]]), labels: Tensor([0, 1], as: .int64))
        let origin = Tensor([[0, 0]])
        #expect(NearestNeighbours(data, distance: .manhattan).predictions(for: origin, k: 1).item == 0)
        #expect(NearestNeighbours(data, distance: .euclidean).predictions(for: origin, k: 1).item == 1)
    }

    @Test func misuseIsNamed() {
        let neighbours = NearestNeighbours(corners)
        #expect(
            misuseMessage { neighbours.neighbours(of: .zeros([1, 2]), k: 6) }
                == "NearestNeighbours: 6 neighbours among 5 examples")
        #expect(misuseMessage { neighbours.predictions(for: .zeros([1, 2]), k: 0) } != nil)
        #expect(
            misuseMessage { neighbours.distances(to: .zeros([1, 3])) }
                == "NearestNeighbours: inputs of shape [1, 3], examples of 2 numbers")
        #expect(misuseMessage { NearestNeighbours(Dataset(inputs: .zeros([2, 1]), labels: .zeros([2]))) } != nil)
        #expect(
            misuseMessage { NearestNeighbours(Dataset(inputs: .zeros([0, 1]), labels: .zeros([0], as: .int64))) } != nil
        )
    }
}
