import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

@Suite struct IndexingTests {
    @Test func references() throws {
        try expectReferences(
            "indexing",
            [
                "gather": { x, a in [x[0].gathered(x[1].value, along: int(a, "axis"))] },
                "take": { x, a in [x[0].taking(x[1].value, along: int(a, "axis"))] },
                "embedding": { x, _ in [x[0].taking(x[1].value)] },
                "scatterAdd": { x, a in [x[0].scatterAdding(x[2], at: x[1].value, along: int(a, "axis"))] },
            ], except: ["sort", "topK"])
    }

    // MARK: - By bounds

    @Test func subscripts() {
        for index in [0, 1, 2, -1, -3] {
            expectLinear({ $0[index] }, at: [3, 2, 2], "\(index)")
            expectLinear({ $0[index] }, at: [3], "\(index)")
        }
        expectLinear({ $0[1...2] }, at: [4, 3])
        expectLinear({ $0[..<2] }, at: [4, 3])
        expectLinear({ $0[...2] }, at: [4, 3])
        expectLinear({ $0[1...] }, at: [4, 3])
        expectLinear({ $0[2..<2] }, at: [4, 3])
        expectLinear({ $0[0..<4] }, at: [4, 3])
        expectLinear({ $0[4...] }, at: [4])
        expectLinear({ $0[1][0][1...] }, at: [2, 3, 4])
        let x = Variable([[1, 2], [3, 4], [5, 6]])
        #expect(x[-1].value == Tensor([5, 6]) && x[1...].value == Tensor([[3, 4], [5, 6]]))
    }

    @Test func slicesAndWhatEmbedsThemAgain() {
        for axis in [0, 1, -1] {
            for (from, to, by) in [
                (0, nil, 1), (1, nil, 2), (0, 4, 3), (2, 3, 1), (-3, -1, 1), (-4, nil, 2), (1, 1, 1), (4, 4, 9),
                (0, 4, .max),
            ] as [(Int, Int?, Int)] {
                expectLinear(
                    { $0.slice(along: axis, from: from, to: to, by: by) }, at: [4, 4, 4],
                    "\(axis), \(from), \(to ?? -99), \(by)")
            }
        }
        expectLinear({ $0.sliced(starts: [1, 0, 3], ends: [3, 4, 4], steps: [1, 2, 2]) }, at: [4, 4, 4])
        expectLinear({ $0.embedded(in: [5, 7], starts: [1, 0], steps: [2, 3]) }, at: [2, 3])
        expectLinear({ $0.embedded(in: [3, 7], starts: [3, 2], steps: [1, 3]) }, at: [0, 2])
        expectLinear({ $0.slice(along: 0) }, at: [0, 2])
    }

    // MARK: - By number

    @Test func taking() {
        var generator = TensorGenerator(seed: 1)
        for axis in [0, 1, 2, -1, -3] {
            for indices in [[], [3], [2, 3], [0], [1, 1, 2]] as [Shape] {
                // Both ways of counting, and repeats, as there are more indices than places.
                let list = generator.labels(indices, below: 8).converted(to: .float64) - 4
                let places = list.converted(to: .int64)
                expectLinear({ $0.taking(places, along: axis) }, at: [4, 4, 4], "\(axis), \(indices)")
            }
        }
        expectLinear({ $0.taking(Tensor([1, 1, 1, 0], as: .int64)) }, at: [2, 0])
        expectLinear({ $0.taking(Tensor.zeros([0], as: .int64)) }, at: [0, 3])
    }

    @Test func gatheringAndScattering() {
        var generator = TensorGenerator(seed: 2)
        for axis in [0, 1, -1] {
            for indices in [[2, 3, 4], [1, 3, 2], [2, 1, 4], [2, 3, 0]] as [Shape] {
                let size = Shape([2, 3, 4])[axis]
                let places = (generator.labels(indices, below: 2 * size).converted(to: .float64) - Double(size))
                    .converted(to: .int64)
                expectLinear({ $0.gathered(places, along: axis) }, at: [2, 3, 4], "\(axis), \(indices)")
                let base = Variable.constant(.ones([2, 3, 4], as: .float64))
                expectLinear({ base.scatterAdding($0, at: places, along: axis) }, at: indices, "\(axis), \(indices)")
                let source = Variable.constant(.ones(indices, as: .float64))
                expectLinear(
                    { $0.scatterAdding(source, at: places, along: axis) }, at: [2, 3, 4], "\(axis), \(indices)")
            }
            // Along the axis there may be more indices than places.
            let many = generator.labels(Shape([2, 3, 4]).replacing(axis < 0 ? 2 : axis, with: 9), below: 2)
            expectLinear({ $0.gathered(many, along: axis) }, at: [2, 3, 4], "\(axis)")
        }
    }

    @Test func duplicatesAdd() {
        let table = Variable(.zeros([3, 2]))
        table.taking(Tensor([2, 0, -1, 2], as: .int64)).backward(upstream: .constant(.ones([4, 2])))
        #expect(table.gradient?.value == Tensor([[1, 1], [0, 0], [3, 3]]))

        let x = Variable(.zeros([2, 2]))
        let many = 70_000
        let y = x.gathered(.ones([2, many], as: .int64), along: 1)
        y.backward(upstream: .constant(.ones([2, many])))
        #expect(x.gradient?.value == Tensor([[0, Double(many)], [0, Double(many)]]))
    }

    @Test func finiteDifferencesUpdatesThreadsAndElementTypes() {
        var generator = TensorGenerator(seed: 3)
        let inputs = [generator.tensor([3, 4]), generator.tensor([3, 4])]
        let (indices, others) = (generator.labels([3, 4], below: 3), generator.labels([3, 4], below: 4))
        let functions: [([Variable]) -> Variable] = [
            { $0[0][1] * $0[1][-1] }, { $0[0][1...2] * $0[1][..<2] },
            { $0[0].slice(along: 1, from: 1, by: 2) * $0[1].slice(along: 1, to: -1, by: 2) },
            { $0[0].taking(indices, along: 1) * $0[1].taking(others, along: 1) },
            { $0[0].gathered(indices, along: 0) * $0[1].gathered(indices, along: 1) },
            { $0[0].scatterAdding($0[1], at: indices, along: 1) },
            { $0[0].scatterAdding($0[0], at: indices, along: 0) * $0[1] },
        ]
        for (i, function) in functions.enumerated() {
            let squared: ([Variable]) -> Variable = { x in
                let y = function(x)
                return y * y
            }
            expectGradients(of: { squared($0) }, at: inputs, sampling: 6, "function \(i)")
            expectUnmovedByUpdates(of: squared, at: inputs, "function \(i)")
            expectSameBitsAtAnyThreadCount(of: squared, at: inputs, order: 2, "function \(i)")
            expectSingleNearDouble(of: squared, at: inputs, "function \(i)")
        }
    }

    @Test func sharesOfThreadsDoNotChangeSums() {
        var generator = TensorGenerator(seed: 5)
        let table = generator.tensor([50, 40], as: .float32)
        let tokens = generator.labels([30, 20], below: 50)
        let columns = generator.labels([50, 90], below: 40)
        expectSameBitsAtAnyThreadCount(of: { $0[0].taking(tokens) }, at: [table], order: 2)
        expectSameBitsAtAnyThreadCount(of: { $0[0].gathered(columns, along: 1) }, at: [table], order: 2)
    }

    @Test func misuseIsSaidAndSurvived() {
        let x = Variable(.ones([2, 3]))
        func expect(_ message: String, _ body: () -> Variable, _ location: SourceLocation = #_sourceLocation) {
            let found = misuseMessage {
                let y = body()
                (y[0] * y[1...].taking(Tensor([5], as: .int64))).backward()
                return y.gathered(Tensor([9], as: .int64), along: 3)
            }
            #expect(found == message, sourceLocation: location)
        }
        expect("subscript: index 2 on axis 0 of shape [2, 3] is out of range") { x[2] }
        expect("subscript: range 1..<3 on axis 0 of shape [2, 3] is out of range; bounds are 0 to 2") { x[1...2] }
        expect("subscript: a tensor of shape [] has no axis to index; item reads it") { x[0][0][0] }
        expect("slice: 1 to 4 along axis 1 of shape [2, 3], which has size 3 there") {
            x.slice(along: 1, from: 1, to: 4)
        }
        expect("slice: in steps of 0; steps are 1 or more") { x.slice(along: 1, by: 0) }
        expect("taking: index 2 at [1] is out of range on axis 0 of shape [2, 3], which has size 2") {
            x.taking(Tensor([0, 2], as: .int64))
        }
        expect("taking: indices are int64; these are float32") { x.taking(Tensor([0, 1])) }
        expect("gathered: axis 2 of shape [2, 3]; its axes are -2 to 1") {
            x.gathered(Tensor([[0]], as: .int64), along: 2)
        }
        expect("scatterAdding: a source of shape [2, 3] and indices of [1, 1]; each element has its index") {
            x.scatterAdding(x, at: Tensor([[0]], as: .int64), along: 1)
        }
        #expect(x.gradient == nil)
    }
}
