import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

@Suite struct ShapingTests {
    @Test func references() throws {
        try expectReferences(
            "shaping",
            [
                "reshape": { x, a in [x[0].reshaped(to: ints(a, "shape"))] },
                "permute": { x, a in [x[0].permuted(ints(a, "axes"))] },
                "transposed": { x, _ in [x[0].transposed()] },
                "broadcast": { x, a in [x[0].broadcast(to: Shape(ints(a, "shape")))] },
                "slice": { x, a in
                    // An axis at a time, as the public function has it, and all at once.
                    let (starts, ends, steps) = (ints(a, "starts"), ints(a, "ends"), ints(a, "steps"))
                    let parts = starts.indices.reduce(x[0]) {
                        $0.slice(along: $1, from: starts[$1], to: ends[$1], by: steps[$1])
                    }
                    #expect(parts.value == x[0].sliced(starts: starts, ends: ends, steps: steps).value)
                    return [parts]
                },
                "concatenate": { x, a in [concatenate(x, along: int(a, "axis"))] },
                "stack": { x, a in [stack(x, along: int(a, "axis"))] },
                "split": { x, a in x[0].split(sizes: ints(a, "sizes"), along: int(a, "axis")) },
                "pad": { x, a in [x[0].padded(ints(a, "before"), ints(a, "after"), with: a["value"]?.double ?? .nan)] },
                "flip": { x, a in [x[0].flipped(along: ints(a, "axes"))] },
                "tile": { x, a in [x[0].tiled(ints(a, "repeats"))] },
                "squeeze": { x, a in
                    guard let axes = a["axes"]?.ints else { return [x[0].squeezed()] }
                    let fromTheBack = axes.map { $0 < 0 ? $0 : $0 - x[0].rank }.sorted(by: <)
                    return [fromTheBack.reversed().enumerated().reduce(x[0]) { $0.squeezed($1.element + $1.offset) }]
                },
                "expandDims": { x, a in [x[0].expanded(at: int(a, "axis"))] },
                "roll": { x, a in [x[0].rolled(by: ints(a, "shifts"), along: ints(a, "axes"))] },
                "diagonal": { x, a in [x[0].diagonal(a["offset"]?.int ?? 0)] },
                "triangle": { x, a in
                    let diagonal = a["offset"]?.int ?? 0
                    return a["part"]?.string == "lower"
                        ? [x[0].lowerTriangle(diagonal: diagonal)] : [x[0].upperTriangle(diagonal: diagonal)]
                },
            ])
    }

    // MARK: - Linear, exactly

    @Test func theSameOrder() {
        for (from, to) in [
            ([2, 3], [3, 2]), ([2, 3], [6]), ([], [1, 1]), ([1], []), ([0, 3], [5, 0]), ([4, 3, 2], [2, 1, 12]),
        ] as [([Int], [Int])] {
            expectLinear({ $0.reshaped(to: to) }, at: Shape(from), "\(from) to \(to)")
            expectLinear({ $0.reshaped(to: Shape(to)) }, at: Shape(from), "\(from) to \(to)")
        }
        expectLinear({ $0.reshaped(3, -1) }, at: [2, 3, 4])
        expectLinear({ $0.flattened() }, at: [2, 3, 4])
        expectLinear({ $0.flattened(from: 1, through: -2) }, at: [2, 3, 4, 2])
        expectLinear({ $0.flattened() }, at: [])
        expectLinear({ $0.squeezed() }, at: [1, 3, 1, 2])
        expectLinear({ $0.squeezed(-2) }, at: [1, 3, 1, 2])
        for axis in -4...3 { expectLinear({ $0.expanded(at: axis) }, at: [2, 3, 2], "\(axis)") }
    }

    @Test func everyPermutation() {
        func permutations(_ axes: [Int]) -> [[Int]] {
            axes.isEmpty ? [[]] : axes.flatMap { axis in permutations(axes.filter { $0 != axis }).map { [axis] + $0 } }
        }
        for axes in permutations([0, 1, 2, 3]) {
            expectLinear({ $0.permuted(axes) }, at: [2, 3, 1, 4], "\(axes)")
            expectLinear({ $0.permuted(axes.map { $0 - 4 }) }, at: [2, 3, 0, 4], "\(axes)")
        }
        expectLinear({ $0.permuted(2, -3, 1) }, at: [2, 3, 4])
        for a in -3...2 {
            for b in -3...2 { expectLinear({ $0.transposed(a, b) }, at: [2, 3, 4], "\(a), \(b)") }
        }
        expectLinear({ $0.transposed() }, at: [2, 3, 4])
    }

    @Test func alongTheAxes() {
        for axes in [[], [0], [-1], [0, 2], [2, 1, 0]] {
            expectLinear({ $0.flipped(along: axes) }, at: [2, 3, 4], "\(axes)")
            expectLinear({ $0.flipped(along: axes) }, at: [2, 0, 1], "\(axes)")
        }
        for shift in [0, 1, -1, 2, 7, -8, Int.max, Int.min] {
            expectLinear({ $0.rolled(by: [shift], along: [1]) }, at: [2, 3, 2], "\(shift)")
            expectLinear({ $0.rolled(by: [shift, 1], along: [-1, 0]) }, at: [2, 3, 5], "\(shift)")
            expectLinear({ $0.rolled(by: [shift], along: [0]) }, at: [0, 2], "\(shift)")
        }
        for repeats in [[], [1], [2], [3, 1], [2, 2, 3], [2, 1, 1, 2], [0], [2, 0], [0, 2, 2]] {
            for shape in [[], [1], [3], [2, 3], [2, 1, 3], [0, 2]] as [Shape] {
                expectLinear({ $0.tiled(repeats) }, at: shape, "\(shape) by \(repeats)")
            }
        }
        expectLinear({ $0.tiled([2, 1, 2, 1, 2, 1, 2, 1]) }, at: [1, 2, 1, 2, 1, 2, 1, 2])
        for (before, after) in [([0, 0], [0, 0]), ([1, 0], [0, 2]), ([2, 3], [1, 1])] {
            for shape in [[2, 3], [1, 1], [0, 2]] as [Shape] {
                expectLinear({ $0.padded(before, after) }, at: shape, "\(shape), \(before), \(after)")
                expectLinear({ $0.padded(before, after, with: 5) }, at: shape, "\(shape), \(before), \(after)")
            }
        }
        expectLinear({ $0.padded([], []) }, at: [])
    }

    @Test func diagonalsAndTriangles() {
        for shape in [[3, 3], [2, 4], [4, 2], [2, 3, 3], [2, 1, 2, 3], [0, 3], [2, 3, 0], [1, 1]] as [Shape] {
            for diagonal in [-5, -2, -1, 0, 1, 2, 5, Int.min, Int.max] {
                expectLinear({ $0.diagonal(diagonal) }, at: shape, "\(shape), \(diagonal)")
                expectLinear({ $0.lowerTriangle(diagonal: diagonal) }, at: shape, "\(shape), \(diagonal)")
                expectLinear({ $0.upperTriangle(diagonal: diagonal) }, at: shape, "\(shape), \(diagonal)")
            }
        }
    }

    @Test func broadcastAndItsSum() {
        for (from, to) in [
            ([], [2, 3]), ([3], [2, 3]), ([2, 1], [2, 3]), ([1, 2, 1], [3, 2, 4]), ([1], [0]), ([1, 3], [0, 3]),
            ([2, 3], [2, 3]), ([1, 1, 1], [1, 1, 1, 1]),
        ] as [(Shape, Shape)] {
            expectLinear({ $0.broadcast(to: to) }, at: from, "\(from) to \(to)")
            expectLinear({ $0.summed(to: from) }, at: to, "\(to) to \(from)")
        }
    }

    // MARK: - In company

    /// Against differences, and what every primitive is held to, with something that bends before and after.
    @Test func finiteDifferencesUpdatesThreadsAndElementTypes() {
        var generator = TensorGenerator(seed: 2)
        let x = generator.tensor([2, 3, 4])
        let functions: [(Variable) -> Variable] = [
            { $0.reshaped(4, -1) }, { $0.flattened(from: 1) }, { $0.expanded(at: -1).squeezed() },
            { $0.permuted(2, 0, 1) },
            { $0.transposed() }, { $0.transposed(0, 2) }, { $0.flipped(along: [0, 2]) },
            { $0.rolled(by: [1, -3], along: [1, 2]) }, { $0.tiled([2, 1, 2]) },
            { $0.padded([1, 0, 2], [0, 1, 1], with: 2) },
            { $0.lowerTriangle(diagonal: 1) }, { $0.upperTriangle() }, { $0.diagonal(1) },
            { $0.broadcast(to: [2, 2, 3, 4]) },
        ]
        for (i, function) in functions.enumerated() {
            let bent: ([Variable]) -> Variable = { x in
                let y = function(x[0] * x[0])
                return y * y
            }
            expectGradients(of: { bent([$0]) }, at: x, sampling: 4, "function \(i)")
            expectUnmovedByUpdates(of: bent, at: [x], "function \(i)")
            expectSameBitsAtAnyThreadCount(of: bent, at: [x], order: 2, "function \(i)")
            expectSingleNearDouble(of: bent, at: [x], "function \(i)")
        }
    }

    @Test func nothingIsRecordedForNoChange() {
        let x = Variable(.ones([2, 3]))
        #expect(x.reshaped(to: [2, 3]) === x && x.squeezed() === x && x.broadcast(to: [2, 3]) === x)
        #expect(x.flattened(from: 1) === x)
    }

    @Test func runsInDouble() {
        let x = Variable([[1, 2], [3, 4]])
        let y = inDouble { x.transposed().padded([1, 0], [0, 0], with: 0.1).tiled([2, 1]).reshaped(-1) }
        #expect(y.elementType == .float64 && y.value[at: [0]] == 0.1)
        let found = gradients(of: y, at: [x], upstream: .constant(.ones([12], as: .float64)))
        #expect(found[0]?.value == .full([2, 2], 2))
    }

    @Test func misuseIsSaidAndSurvived() {
        let x = Variable(.ones([2, 3]))
        func expect(_ message: String, _ body: () -> Variable, _ location: SourceLocation = #_sourceLocation) {
            let found = misuseMessage {
                let y = body()
                (y * y).permuted(0, 1).tiled([2, 2]).padded([1], [1]).rolled(by: [1], along: [3]).backward()
                return y.diagonal().split(into: 3)[2]
            }
            #expect(found == message, sourceLocation: location)
        }
        expect("reshaped: shape [2, 3] has 6 elements, [4] has 4") { x.reshaped(to: [4] as Shape) }
        expect("reshaped: shape [2, 3] to [-1, -1]; one size at most is left open as -1") { x.reshaped(-1, -1) }
        expect("flattened: axis 2 of shape [2, 3]; its axes are -2 to 1") { x.flattened(from: 2) }
        expect("squeezed: axis 1 of shape [2, 3] has size 3, not 1") { x.squeezed(1) }
        expect("expanded: a new axis 4 for shape [2, 3]; it may be -3 to 2") { x.expanded(at: 4) }
        expect("permuted: axes [0] for shape [2, 3], which has 2; each is named once") { x.permuted(0) }
        expect("transposed: axis 2 of shape [2, 3]; its axes are -2 to 1") { x.transposed(2, 0) }
        expect("flipped: axes [0, -2] of shape [2, 3] name axis 0 twice") { x.flipped(along: [0, -2]) }
        expect("rolled: by [1, 2] along [0]; one number an axis is wanted") { x.rolled(by: [1, 2], along: [0]) }
        expect("tiled: shape [2, 3] by [1, -1]; repeats are 0 or more, axes at most 8, elements at most \(Int.max)") {
            x.tiled([1, -1])
        }
        expect("padded: [1] before and [1] after shape [2, 3]; each has one number an axis") { x.padded([1], [1]) }
        expect("broadcast: shape [2, 3] does not broadcast to [3]") { x.broadcast(to: [3]) }
        expect("diagonal: shape [6]; two axes at least are wanted") { x.flattened().diagonal() }
        expect("lowerTriangle: shape [6]; two axes at least are wanted") { x.flattened().lowerTriangle() }
        #expect(x.gradient == nil)
    }
}

func int(_ attributes: ReferenceAttributes, _ name: String) -> Int {
    attributes[name]?.int ?? Int.min  // which no operation takes
}

func ints(_ attributes: ReferenceAttributes, _ name: String) -> [Int] {
    attributes[name]?.ints ?? [Int.min]
}

func pair(_ attributes: ReferenceAttributes, _ name: String) -> Pair {
    let both = ints(attributes, name)
    return both.count == 2 ? Pair(both[0], both[1]) : Pair(Int.min)
}
