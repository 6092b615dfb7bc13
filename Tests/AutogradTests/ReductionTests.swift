import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

/// Every function of the reductions by name, as the tests below go through them.
private struct Reducing: Sendable, CustomTestStringConvertible {
    let name: String
    let call: @Sendable (Variable, [Int]?, Bool) -> Variable
    var testDescription: String { name }

    static let all = [
        Reducing(name: "sum") { $0.sum(along: $1, keepingAxes: $2) },
        Reducing(name: "mean") { $0.mean(along: $1, keepingAxes: $2) },
        Reducing(name: "product") { $0.product(along: $1, keepingAxes: $2) },
        Reducing(name: "variance") { $0.variance(along: $1, keepingAxes: $2) },
        Reducing(name: "standardDeviation") { $0.standardDeviation(along: $1, keepingAxes: $2) },
        Reducing(name: "max") { $0.max(along: $1, keepingAxes: $2) },
        Reducing(name: "min") { $0.min(along: $1, keepingAxes: $2) },
        Reducing(name: "logSumExp") { $0.logSumExp(along: $1, keepingAxes: $2) },
        Reducing(name: "norm") { $0.norm(along: $1, keepingAxes: $2) },
        Reducing(name: "norm, order 1") { $0.norm(order: 1, along: $1, keepingAxes: $2) },
        Reducing(name: "norm, order 0.5") { $0.norm(order: 0.5, along: $1, keepingAxes: $2) },
        Reducing(name: "norm, order 1.5") { $0.norm(order: 1.5, along: $1, keepingAxes: $2) },
        Reducing(name: "norm, order 3") { $0.norm(order: 3, along: $1, keepingAxes: $2) },
        Reducing(name: "norm, order inf") { $0.norm(order: .infinity, along: $1, keepingAxes: $2) },
    ]

    /// What needs two different elements.
    var measuresSpread: Bool { name == "variance" || name == "standardDeviation" }
    /// What is refused for no elements.
    var needsElements: Bool { ["max", "min"].contains(name) }
    /// Whether it is smooth all around points of a kind, as far as a stencil reaches.
    func isSmooth(at interest: Interest) -> Bool {
        switch interest {
        case .interior, .large: true
        case .zeros, .ties: !needsElements && (name == "norm" || !name.hasPrefix("norm"))
        case .tiny: !isHomogeneous
        }
    }
    /// Whether the gradient stays the same when all elements are scaled.
    var isHomogeneous: Bool {
        ["sum", "mean", "standardDeviation", "max", "min"].contains(name) || name.hasPrefix("norm")
    }
}

private func variance(_ correction: Int) -> Reducing {
    Reducing(name: "variance, correction \(correction)") {
        $0.variance(along: $1, correction: correction, keepingAxes: $2)
    }
}

private func deviation(_ correction: Int) -> Reducing {
    Reducing(name: "standardDeviation, correction \(correction)") {
        $0.standardDeviation(along: $1, correction: correction, keepingAxes: $2)
    }
}

/// Shapes with axes to take out of them.
private let axesOfShapes: [(shape: Shape, axes: [Int]?)] = [
    ([], nil), ([], []), ([3], nil), ([3], [0]), ([2, 3], nil), ([2, 3], [0]), ([2, 3], [-1]), ([3, 1], [1]),
    ([2, 3], []),
    ([2, 2, 3], [0, 2]), ([2, 2, 3], [2, -2]), ([2, 3, 2], [1]), ([0, 2], [1]), ([2, 2, 1, 2], [-1, 0]),
]

@Suite struct ReductionTests {
    @Test func references() throws {
        func reduction(
            _ function: @escaping (Variable, [Int]?, Bool, ReferenceAttributes) -> Variable
        ) -> ReferenceFunction {
            { [function($0[0], $1["axes"]?.ints, $1["keepingAxes"]?.bool ?? false, $1)] }
        }
        func alongOne(_ function: @escaping (Variable, Int) -> Variable) -> ReferenceFunction {
            { [function($0[0], $1["axis"]?.int ?? 0)] }
        }
        func index(_ function: @escaping (Variable, Int, Bool) -> Tensor) -> ReferenceFunction {
            {
                // All axes are one, of the flat tensor.
                let x = $1["axis"] == nil ? $0[0].flattened() : $0[0]
                return [.constant(function(x, $1["axis"]?.int ?? 0, $1["keepingAxes"]?.bool ?? false))]
            }
        }
        func correction(_ attributes: ReferenceAttributes) -> Int { attributes["correction"]?.int ?? 1 }
        try expectReferences(
            "reductions",
            [
                "sum": reduction { x, axes, keeping, _ in x.sum(along: axes, keepingAxes: keeping) },
                "mean": reduction { x, axes, keeping, _ in x.mean(along: axes, keepingAxes: keeping) },
                "product": reduction { x, axes, keeping, _ in x.product(along: axes, keepingAxes: keeping) },
                "variance": reduction {
                    $0.variance(along: $1, correction: correction($3), keepingAxes: $2)
                },
                "standardDeviation": reduction {
                    $0.standardDeviation(along: $1, correction: correction($3), keepingAxes: $2)
                },
                "max": reduction { x, axes, keeping, _ in x.max(along: axes, keepingAxes: keeping) },
                "min": reduction { x, axes, keeping, _ in x.min(along: axes, keepingAxes: keeping) },
                "logSumExp": reduction { x, axes, keeping, _ in x.logSumExp(along: axes, keepingAxes: keeping) },
                "norm": reduction { $0.norm(order: $3["order"]?.double ?? .nan, along: $1, keepingAxes: $2) },
                "softmax": alongOne { $0.softmax(along: $1) },
                "logSoftmax": alongOne { $0.logSoftmax(along: $1) },
                "cumulativeSum": alongOne { $0.cumulativeSum(along: $1) },
                "cumulativeProduct": alongOne { $0.cumulativeProduct(along: $1) },
                "argmax": index { $0.argmax(along: $1, keepingAxes: $2) },
                "argmin": index { $0.argmin(along: $1, keepingAxes: $2) },
            ])
    }

    @Test(arguments: Reducing.all)
    fileprivate func gradientsAgreeWithDifferences(_ function: Reducing) {
        var generator = TensorGenerator(seed: 11)
        for (shape, axes) in axesOfShapes {
            let size = (axes ?? Array(shape.indices)).reduce(1) { $0 * shape[$1] }
            // Of one element there is no deviation, and that of two is linear, its second derivative nothing but rounding.
            if function.measuresSpread && size < 3 { continue }
            for keeping in [false, true] {
                expectGradients(
                    of: { function.call($0, axes, keeping) }, at: generator.tensor(shape), order: 2,
                    "\(shape) along \(axes.map { "\($0)" } ?? "all")\(keeping ? ", keeping" : "")")
            }
        }
        expectGradients(of: { function.call($0, [1], false) }, at: generator.tensor([2, 3, 2]), order: 3)
    }

    @Test(arguments: Reducing.all)
    fileprivate func gradientsAgreeAtValuesOfEveryKind(_ function: Reducing) {
        var generator = TensorGenerator(seed: 17)
        for interest in Interest.allCases where function.isSmooth(at: interest) {
            for _ in 0..<3 {
                let x = generator.tensor([2, 4], interest)
                expectGradients(of: { function.call($0, [1], false) }, at: x, "\(interest)")
            }
        }
    }

    @Test(arguments: Reducing.all.filter(\.isHomogeneous))
    fileprivate func gradientsStayTheSameAtEveryScale(_ function: Reducing) {
        var generator = TensorGenerator(seed: 19)
        let x = generator.tensor([3, 4])
        func gradient(_ scale: Double) -> Tensor {
            let x = Variable(x * scale)
            return gradients(of: function.call(x, [1], false).sum(), at: [x])[0]?.value ?? .inert
        }
        for scale in [1e-30, 1e-8, 1e8, 1e30] { expectClose(gradient(scale), gradient(1), relative: 1e-13) }
    }

    @Test(arguments: Reducing.all)
    fileprivate func gradientsAgreeAtShapesDrawn(_ function: Reducing) {
        var generator = TensorGenerator(seed: 18)
        var drawn = 0
        while drawn < 12 {
            let shape = generator.shape(rank: generator.index(below: 5))
            let axes = shape.indices.filter { _ in generator.index(below: 2) == 0 }
            let size = axes.reduce(1) { $0 * shape[$1] }
            if shape.count > 24 || function.measuresSpread && size < 3 { continue }
            drawn += 1
            expectGradients(
                of: { function.call($0, axes.reversed(), drawn % 2 == 0) }, at: generator.tensor(shape), sampling: 6,
                "\(shape) along \(axes)")
        }
    }

    @Test func aCheckOfKinksIsNotFooledByTies() {
        let x = Variable([1, 1, 0.5], as: .float64)
        for report in [
            checkGradients(at: [x]) { x.max() }, checkGradients(at: [x]) { x.norm(order: .infinity) },
            checkGradients(at: [x]) { x.maxWithIndex(along: 0).values },
        ] {
            #expect(report.verdict != .fail, "\(report)")
        }
    }

    @Test func everythingGoesOnAfterMisuse() {
        let x = Variable([1, 2])
        let message = misuseMessage {
            let nothing = x.sum(along: 9)
            var results = Reducing.all.flatMap { function in
                [nil, [1], [0, 2]].map { function.call(nothing, $0, false) }
            }
            results += [nothing.softmax(), nothing.logSoftmax(along: 2), nothing.cumulativeSum(along: 1)]
            results += [nothing.cumulativeProduct(along: 0), nothing.sorted().values, nothing.topK(2).values]
            results += [nothing.maxWithIndex(along: 1).values, nothing.minWithIndex(along: 0).values]
            results += [
                matmul(nothing, x), matmul(x, nothing, transposingSecond: true), dot(nothing, x), outer(x, nothing),
            ]
            for result in results { (result * x).sum().backward() }
        }
        #expect(message == "sum: axis 9 of shape [2]; its axes are -1 to 0")
        #expect(x.gradient == nil)
    }

    @Test(arguments: [variance(0), variance(2), deviation(0), deviation(2)])
    fileprivate func everyCorrection(_ function: Reducing) {
        var generator = TensorGenerator(seed: 12)
        expectGradients(of: { function.call($0, [1], false) }, at: generator.tensor([2, 4]), order: 3)
        expectSingleNearDouble(of: { function.call($0[0], [1], false) }, at: [generator.tensor([2, 4])])
    }

    @Test func oneAxisIsAListOfOne() {
        var generator = TensorGenerator(seed: 13)
        let x = Variable(generator.tensor([2, 3]))
        #expect(x.sum(along: 1).value == x.sum(along: [1]).value)
        #expect(x.mean(along: 1).value == x.mean(along: [1]).value)
        #expect(x.product(along: -1).value == x.product(along: [1]).value)
        #expect(x.variance(along: 0, correction: 0).value == x.variance(along: [0], correction: 0).value)
        #expect(x.standardDeviation(along: 0).value == x.standardDeviation(along: [0]).value)
        #expect(x.max(along: 1, keepingAxes: true).value == x.max(along: [1], keepingAxes: true).value)
        #expect(x.min(along: 1).value == x.min(along: [1]).value)
        #expect(x.logSumExp(along: 0).value == x.logSumExp(along: [0]).value)
        #expect(x.norm(order: 3, along: 0).value == x.norm(order: 3, along: [0]).value)
    }

    @Test(arguments: Reducing.all)
    fileprivate func singlePrecisionIsNearDouble(_ function: Reducing) {
        var generator = TensorGenerator(seed: 14)
        for shape in [[5, 3], [40, 3]] as [Shape] {
            // A long product is a number that float32 may not hold.
            let x = generator.tensor(shape, in: 0.5...1.5)
            expectSingleNearDouble(of: { function.call($0[0], [0], false) }, at: [x], relative: 4e-6)
        }
    }

    @Test(arguments: Reducing.all)
    fileprivate func inDoubleWidensAndLeavesTheGradientSingle(_ function: Reducing) {
        let x = Variable([[0.5, -1.25], [2, 0.75]])
        let y = inDouble { function.call(x, [1], false) }
        #expect(y.elementType == .float64)
        inDouble { y.sum().backward() }
        #expect(x.gradient?.elementType == .float32)
        let wide = Variable(x.value.converted(to: .float64))
        function.call(wide, [1], false).sum().backward()
        if let narrow = x.gradient, let wide = wide.gradient {
            expectIdentical(narrow.value, wide.value.converted(to: .float32))
        }
    }

    @Test(arguments: Reducing.all)
    fileprivate func gradientsAreOfWhatTheForwardRunSaw(_ function: Reducing) {
        var generator = TensorGenerator(seed: 15)
        expectUnmovedByUpdates(of: { function.call($0[0], [1], false) }, at: [generator.tensor([2, 3])])
    }

    @Test(arguments: Reducing.all)
    fileprivate func threadsDoNotChangeBits(_ function: Reducing) {
        var generator = TensorGenerator(seed: 16)
        let x = generator.tensor([3, 50, 2], in: 0.5...1.5, as: .float32)
        for axes in [nil, [1], [0, 2]] as [[Int]?] {
            expectSameBitsAtAnyThreadCount(of: { function.call($0[0], axes, false) }, at: [x], order: 2)
        }
    }

    @Test(arguments: Reducing.all)
    fileprivate func misuseIsToldOnceAndNothingFollows(_ function: Reducing) {
        let name = function.name.prefix { $0 != "," }
        let x = Variable([[1, 2], [3, 4]])
        let message = misuseMessage {
            let y = function.call(x, [2], false)
            (y * y).sum().backward()
        }
        #expect(message == "\(name): axis 2 of shape [2, 2]; its axes are -2 to 1")
        #expect(
            misuseMessage { function.call(x, [0, -2], false) }
                == "\(name): axes [0, -2] of shape [2, 2] name axis 0 twice")
        #expect(x.gradient == nil)
        if function.needsElements {
            #expect(
                misuseMessage { function.call(Variable(Tensor.zeros([0])), nil, false).backward() }
                    == "\(name): shape [0] has no elements to choose from")
        }
    }

    @Test func integersAndMasksReduceToConstants() {
        #expect(Variable.constant(Tensor([1, 2, 3] as [Int])).sum().item == 6)
        #expect(Variable.constant(Tensor([true, false, true])).sum().item == 2)
        #expect(Variable.constant(Tensor([3, 1, 2] as [Int])).max().item == 3)
    }
}

// MARK: - Ties, kinks, nothing

@Suite struct ReductionConventionTests {
    private func gradient(_ x: Tensor, _ function: (Variable) -> Variable) -> Tensor {
        let x = Variable(x)
        return gradients(of: function(x), at: [x])[0]?.value ?? .inert
    }

    private func double(_ values: [Double]) -> Tensor { Tensor(values, as: .float64) }

    @Test func winnersShareTheGradient() {
        let x = Tensor([[2, 2, 0], [1, 3, 3]])
        #expect(gradient(x) { $0.max() } == Tensor([[0, 0, 0], [0, 0.5, 0.5]]))
        #expect(gradient(x) { $0.max(along: 1).sum() } == Tensor([[0.5, 0.5, 0], [0, 0.5, 0.5]]))
        #expect(gradient(x) { $0.min(along: 0).sum() } == Tensor([[0, 1, 1], [1, 0, 0]]))
        #expect(gradient(x) { $0.norm(order: .infinity) } == Tensor([[0, 0, 0], [0, 0.5, 0.5]]))
        #expect(gradient(double([-2, 1, 2])) { $0.norm(order: .infinity) } == double([-0.5, 0, 0.5]))
        #expect(gradient(double([-.infinity, .infinity, .infinity])) { $0.max() } == double([0, 0.5, 0.5]))
    }

    @Test func seventyThousandWinners() {
        let x = Tensor.full([70_000], 1.5)
        let found = gradient(x) { $0.max() }
        #expect(found == Tensor.full([70_000], Double(1 / Float(70_000))))
    }

    @Test func noNumberWinsOverNaN() {
        let x = double([1, .nan, 3, 2, 5, 4]).reshaped(2, 3)
        for function in [{ $0.max(along: 1) }, { $0.min(along: 1) }, { $0.norm(order: .infinity, along: 1) }]
            as [(Variable) -> Variable]
        {
            let found = gradient(x) { function($0).sum() }
            #expect(isNaN(found[0]).all())
            #expect(found[1].sum().item == 1)
        }
    }

    @Test func normsAtZero() {
        for order in [1, 1.5, 2, 3, .infinity] {
            let x = Variable(Tensor([[0, 0], [3, -4]], as: .float64))
            let y = x.norm(order: order, along: 1)
            let first = gradients(of: y.sum(), at: [x], recordingGraph: true)[0]!
            #expect(first.value[0] == double([0, 0]), "order \(order)")
            // Nothing of the row of zeros gets into the other's second derivatives, and its own are zeros.
            let second = first.wantsGradient ? gradients(of: first.sum(), at: [x])[0] : nil
            if let second {
                #expect(second.value[0] == double([0, 0]), "order \(order)")
                #expect(isFinite(second.value).all(), "order \(order)")
            }
        }
    }

    @Test func anElementOfZeroIsNoKinkForOthers() {
        // Of order 1.5 the second derivative at an element of 0 is infinite, and left out; the others' are what they are without.
        let (with, without) = (Variable(double([0, 1, 2])), Variable(double([1, 2])))
        func second(_ x: Variable) -> Tensor {
            let first = gradients(of: x.norm(order: 1.5), at: [x], recordingGraph: true)[0]!
            return gradients(of: (first * first).sum(), at: [x])[0]!.value
        }
        expectClose(second(with), [0] + second(without).array(of: Double.self))
    }

    @Test func aNormNeitherOverflowsNorVanishes() {
        for scale in [1e-200, 1e200] {
            expectClose(
                gradient(double([3 * scale, -4 * scale])) { $0.norm() }, double([0.6, -0.8]), relative: 1e-14)
        }
        expectClose(gradient(Tensor([3e-30, -4e-30])) { $0.norm() }, [0.6, -0.8], relative: 1e-6)
    }

    @Test func spreadOfEqualElementsAndOfOne() {
        #expect(gradient(double([1.5, 1.5, 1.5])) { $0.variance() } == double([0, 0, 0]))
        #expect(gradient(double([1.5, 1.5, 1.5])) { $0.standardDeviation() } == double([0, 0, 0]))
        let x = Variable(double([1.5, 1.5]))
        let first = gradients(of: x.standardDeviation(), at: [x], recordingGraph: true)[0]!
        #expect(gradients(of: first, at: [x], upstream: .constant(double([1, 2])))[0]!.value == double([0, 0]))
        for correction in [1, 2] {
            #expect(isNaN(gradient(double([1.5])) { $0.variance(correction: correction) }).all())
            #expect(isNaN(gradient(double([1.5])) { $0.standardDeviation(correction: correction) }).all())
        }
        #expect(gradient(double([1.5])) { $0.variance(correction: 0) } == double([0]))
    }

    @Test func deviationsAroundALargeMeanAreExactInSinglePrecision() {
        let (single, scale) = (Tensor([10000.25, 9999.5, 10000.75, 9999.875, 10000.5]), 2.0 / 4)
        let mean = 10000.175
        let expected = single.array(of: Double.self).map { scale * ($0 - mean) }
        expectClose(gradient(single) { $0.variance() }, expected, relative: 1e-6)
    }

    @Test func gradientsOfNothingAreOfItsShape() {
        let x = Tensor.zeros([2, 0])
        for function in Reducing.all where !function.needsElements {
            let along = Variable(x)
            let y = function.call(along, [0], false)
            #expect(y.shape == [0])
            #expect(gradients(of: y.sum(), at: [along])[0]?.shape == [2, 0], "\(function.name)")
        }
        #expect(gradient(x) { $0.sum() }.shape == [2, 0])
        #expect(gradient(x) { $0.mean() }.shape == [2, 0])
        #expect(gradient(x) { $0.product(along: 1).sum() }.shape == [2, 0])
        #expect(gradient(x) { $0.logSumExp(along: 1).sum() }.shape == [2, 0])
    }
}
