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
}
