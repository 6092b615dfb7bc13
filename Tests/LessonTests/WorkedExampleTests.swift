import Foundation
import GradusLesson
import GradusTensor
import Testing
import _TestSupport

/// The numbers that courses give.
@Suite struct WorkedExampleTests {
    private func recorded(_ name: String) throws -> Lesson { try #require(WorkedExample[name]).recorded() }

    /// Values and gradients by name, to so many decimals as they are given with.
    private func expect(
        _ lesson: Lesson, _ expected: [String: (value: Double, gradient: Double)], within tolerance: Double,
        _ location: SourceLocation = #_sourceLocation
    ) {
        for (name, numbers) in expected {
            let node = lesson[name]
            let value = node?.value.number ?? .nan
            let gradient = node?.gradient?.number ?? .nan
            #expect(abs(value - numbers.value) <= tolerance, "value of \(name): \(value)", sourceLocation: location)
            #expect(
                abs(gradient - numbers.gradient) <= tolerance, "gradient of \(name): \(gradient)",
                sourceLocation: location)
        }
    }

    @Test func gate() throws {
        expect(
            try recorded("gate"), ["q": (3, -4), "f": (-12, 1), "z": (-4, 3), "x": (-2, -4), "y": (5, -4)], within: 0)
    }

    @Test func gates() throws {
        expect(
            try recorded("gates"),
            [
                "mul": (-12, 2), "max": (2, 2), "sum": (-10, 2), "out": (-20, 1), "x": (3, -8), "y": (-4, 6),
                "z": (2, 2), "w": (-1, 0),
            ], within: 0)
    }

    @Test func neuron() throws {
        let lesson = try recorded("neuron")
        expect(
            lesson,
            [
                "w0": (2, -0.196612), "x0": (-1, 0.393224), "w1": (-3, -0.393224), "x1": (-2, -0.589836),
                "w2": (-3, 0.196612), "w0·x0": (-2, 0.196612), "w1·x1": (6, 0.196612), "sum": (4, 0.196612),
                "dot": (1, 0.196612), "−dot": (-1, -0.196612), "exp": (0.367879, -0.534447),
                "1 + exp": (1.367879, -0.534447), "p": (0.731059, 1),
            ], within: 5e-7)
        #expect(lesson.nodes.filter { $0.kind == .operation }.count == 8)
    }

    @Test func sigmoidAsOneGate() throws {
        let lesson = try recorded("sigmoid")
        expect(
            lesson,
            ["w0": (2, -0.196612), "x1": (-2, -0.589836), "dot": (1, 0.196612), "p": (0.731059, 1)], within: 5e-7)
        let numbers = lesson["p"]?.rule?.numbers.first?.text(Rounding(decimals: 6))
        #expect(numbers == "(1 − 0.731059) · 0.731059 = 0.196612")
    }

    @Test func staged() throws {
        expect(
            try recorded("staged"),
            ["f": (1.5456449, 1), "x": (3, 2.0595698), "y": (-4, 1.5922327)], within: 1e-7)
    }

    @Test func shopping() throws {
        expect(
            try recorded("shopping"),
            [
                "price": (715, 1), "apple price": (100, 2.2), "apples": (2, 110), "orange price": (150, 3.3),
                "oranges": (3, 165), "tax": (1.1, 650),
            ], within: 1e-12)
    }

    @Test func micrograd() throws {
        expect(
            try recorded("micrograd"), ["g": (24.7041, 1), "a": (-4, 138.8338), "b": (2, 645.5773)], within: 5e-5)
    }

    @Test func goldsteinPrice() throws {
        let lesson = try recorded("goldstein-price")
        #expect(lesson["x"]?.gradient?.number == -5376)
        #expect(lesson["y"]?.gradient?.number == 8064)
    }

    @Test func aMatrixProduct() throws {
        let lesson = try recorded("matrices")
        let (w, x, d) = (try #require(lesson["W"]), try #require(lesson["X"]), try #require(lesson["D"]))
        #expect([w.value.shape, x.value.shape, d.value.shape] == [[5, 10], [10, 3], [5, 3]])
        func matrix(_ numbers: Numbers?) -> Tensor {
            Tensor(numbers?.elements ?? []).reshaped(to: Shape(numbers?.shape ?? []))
        }
        let upstream = matrix(d.gradient)
        #expect(matrix(w.gradient) == matmul(upstream, matrix(x.value), transposingSecond: true))
        #expect(matrix(x.gradient) == matmul(matrix(w.value), upstream, transposingFirst: true))
        #expect(d.rule?.named == ["dW = dD·Xᵀ", "dX = Wᵀ·dD"])
        let shapes = d.rule?.numbers.map { $0.text(Rounding(decimals: 4)) }
        #expect(shapes == ["[5×10] = [5×3]·[10×3]ᵀ", "[10×3] = [5×10]ᵀ·[5×3]"])
    }

    @Test func softmax() throws {
        let gradient = try #require(recorded("softmax")["scores"]?.gradient?.elements)
        for (found, right) in zip(gradient, [0.2, -0.7, 0.5]) { #expect(abs(found - right) < 1e-12) }
        #expect(gradient.count == 3)
    }

    @Test func multiclassSVM() throws {
        let lesson = try recorded("svm")
        #expect(lesson["loss"]?.value.number == 8)
        #expect(lesson["scores"]?.gradient?.elements == [-1, 0, 1])
    }

    @Test func whyGradientsAdd() throws {
        let lesson = try recorded("adding")
        expect(lesson, ["a": (3, 4), "b": (6, 2), "c": (12, 1)], within: 0)
        #expect(lesson.wrongWalks.map { $0.outcomes.first?.found?.number } == [1, 2, 6])
        #expect(lesson.wrongWalks.allSatisfy { $0.outcomes.first?.right?.number == 4 })
    }

    /// The gradient beside each number of each example is the difference quotient's.
    @Test(arguments: WorkedExample.all.map(\.name))
    func numericGradientsAgree(_ name: String) throws {
        let lesson = try recorded(name)
        #expect(lesson.checks.reached > 0 && lesson.checks.checked == lesson.checks.reached)
        for node in lesson.nodes where node.gradient != nil {
            #expect(!node.checks.isEmpty, "\(node.label)")
            // Among thousands of elements some are at kinks.
            for check in node.checks {
                #expect(check.agrees == true || name == "lenet" && check.agrees == nil, "\(node.label): \(check)")
            }
        }
    }
}
