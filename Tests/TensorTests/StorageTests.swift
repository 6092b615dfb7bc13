import GradusTensor
import Testing
import _TestSupport

private func address(_ x: Tensor) -> UnsafeRawPointer { x.withPointer { $0 } }

@Suite struct StorageTests {
    /// On either side of what lies inside the storage object and what comes from the pool.
    static let counts = [0, 1, 15, 16, 17, 100]

    @Test(arguments: counts) func aCopyIsIndependent(count: Int) {
        var a = Tensor.full([count], 1)
        let b = a
        if count > 0 { #expect(address(a) == address(b)) }
        a += 1
        #expect(a == .full([count], 2))
        #expect(b == .full([count], 1))
    }

    @Test(arguments: counts.dropFirst()) func whatNobodyElseSeesIsChangedInPlace(count: Int) {
        var a = Tensor.full([count], 1)
        let before = address(a)
        a += 1
        a *= Tensor(3)
        a[at: [0]] = 7
        #expect(address(a) == before)
        #expect(a[at: [0]] == 7)
        #expect(count == 1 || a[at: [-1]] == 6)
    }

    @Test(arguments: counts.dropFirst()) func viewsShareElements(count: Int) {
        let a = Tensor.full([3, count], 1)
        #expect(address(a[1]) == address(a) + count * 4)
        #expect(address(a[1...2][1]) == address(a) + 2 * count * 4)
    }

    @Test(arguments: counts.dropFirst()) func aViewKeepsTheElementsAlive(count: Int) {
        var view = Tensor.full([2, count], 1)[0]
        for i in 0..<10 {  // would be written over the elements, had they been let go
            _ = Tensor.full([2, count], Double(i))
            view = view[0..<count]
        }
        #expect(view == .full([count], 1))
    }

    @Test(arguments: counts.dropFirst()) func changingAViewLeavesTheOriginal(count: Int) {
        let a = Tensor.full([3, count], 1)
        var view = a[1]
        view += 1
        #expect(a == .full([3, count], 1))
        #expect(view == .full([count], 2))
    }

    @Test(arguments: counts.dropFirst()) func changingTheOriginalLeavesAView(count: Int) {
        var a = Tensor.full([3, count], 1)
        let view = a[1]
        a += 1
        #expect(view == .full([count], 1))
        a[1] = Tensor(5)
        #expect(view == .full([count], 1))
    }

    @Test(arguments: counts.dropFirst()) func aLastViewIsChangedInPlace(count: Int) {
        var view = Tensor.full([3, count], 1)[1]
        let before = address(view)
        view += 1
        #expect(address(view) == before)
        #expect(view == .full([count], 2))
    }

    @Test func twoViewsOfOneTensorDoNotSeeEachOther() {
        var views: [Tensor] = []
        do {
            let a = Tensor.full([2, 40], 1)
            views = [a[0...], a[0...]]
        }
        views[0] += 1
        #expect(views[1] == .full([2, 40], 1))
    }

    @Test func aTensorMayBeSetFromItself() {
        var a = Tensor([[1, 2], [3, 4], [5, 6]])
        a[0] = a[2]
        a[1] += a[1]
        a += a
        #expect(a == Tensor([[10, 12], [12, 16], [10, 12]]))
        var b = Tensor.full([100], 3)
        b *= b
        #expect(b == .full([100], 9))
    }

    @Test func whatGrowsByBroadcastingIsMadeAnew() {
        var a = Tensor([1, 2])
        a += Tensor([[10], [20]])
        #expect(a == Tensor([[11, 12], [21, 22]]))
    }

    @Test func tensorsCrossThreads() async {
        let a = Tensor.full([100], 1)
        let sums = await withTaskGroup(of: Tensor.self) { group in
            for i in 0..<8 {
                group.addTask {
                    var mine = a
                    mine += Double(i)
                    return mine
                }
            }
            return await group.reduce(into: Tensor.zeros([100])) { $0 += $1 }
        }
        #expect(sums == .full([100], 36))
        #expect(a == .full([100], 1))
    }

    // MARK: - All one number

    /// Larger than what is worth writing out at once.
    private static let many: Shape = [70, 1000]

    @Test func oneNumberThroughoutCostsNoMemoryUntilItIsRead() {
        let x = Tensor(3).broadcast(to: Self.many)
        let y = -(x.reshaped(to: [1000, 70]) * x.reshaped(to: [1000, 70]) + 1)
        #expect(y.storage.repeated == -10 && x.storage.repeated == 3)
        #expect(y == Tensor.full([1000, 70], -10))
        #expect(y.storage.repeated == nil && x.storage.repeated == 3)
    }

    @Test func oneNumberThroughoutIsAsGoodAsWrittenOut() {
        let one = Tensor(0.3), x = one.broadcast(to: Self.many), written = Tensor.full(Self.many, 0.3)
        let other = Tensor.linspace(-2, 3, count: 70_000).reshaped(to: Self.many), row = other[0]
        for (a, b) in [(x, other), (other, x), (x, x), (x, row), (row, x), (x, one), (one, x)] {
            let (p, q) = (a.storage.repeated == nil ? a : written, b.storage.repeated == nil ? b : written)
            #expect(a - b == p - q && a / b == p / q && maximum(a, b) == maximum(p, q))
        }
        #expect(exp(x) == exp(written) && x.sum() == written.sum() && x[3] == written[3])
        #expect(x.transposed() == written.transposed() && x.converted(to: .float64) == written.converted(to: .float64))
    }

    @Test func oneNumberThroughoutIsCopiedBeforeItIsChanged() {
        var a = Tensor(2).broadcast(to: Self.many)
        let b = a
        a[at: [0, 1]] = 7
        #expect(a[at: [0, 1]] == 7 && a[at: [69, 999]] == 2 && b == .full(Self.many, 2))
        var c = Tensor(2).broadcast(to: Self.many)
        c += Tensor.ones(Self.many)
        #expect(c == .full(Self.many, 3))
        c += Tensor(2).broadcast(to: Self.many)
        #expect(c == .full(Self.many, 5))
    }

    @Test func manyThreadsMayBeTheFirstToRead() async {
        for round in 0..<20 {
            let x = Tensor(Double(round)).broadcast(to: Self.many)
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 {
                    group.addTask { x.withElements(as: Float.self) { $0.allSatisfy { $0 == Float(round) } } }
                }
                for await isRight in group { #expect(isRight) }
            }
        }
    }
}
