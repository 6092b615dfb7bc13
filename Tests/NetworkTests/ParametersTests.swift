import GradusAutograd
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

/// A layer with nothing to compute: a weight of so many numbers.
private struct Part: Parameterized {
    let weight: Variable
    var bias: Variable?

    init(_ count: Int, bias: Bool = false) {
        weight = Variable(.zeros([count]))
        self.bias = bias ? Variable(.zeros([1])) : nil
    }
}

@Suite struct ParametersTests {
    @Test func pathsFollowTheDeclaration() {
        struct Block: Parameterized {
            let first = Part(2, bias: true)
            let name = "block"
            let second = Part(3)
        }
        struct Model: Parameterized {
            let blocks = [Block(), Block()]
            let rate = 0.5
            let hidden: Part? = Part(4)
            let missing: Part? = nil
            let heads = (left: Part(5), Part(6))
            let nested = [[Part(1)], [], [Part(1), Part(1)]]
        }
        let parameters = Model().parameters
        #expect(
            parameters.paths == [
                "blocks.0.first.weight", "blocks.0.first.bias", "blocks.0.second.weight", "blocks.1.first.weight",
                "blocks.1.first.bias", "blocks.1.second.weight", "hidden.weight", "heads.left.weight", "heads.1.weight",
                "nested.0.0.weight", "nested.2.0.weight", "nested.2.1.weight",
            ])
        #expect(parameters.count == 2 * (2 + 1 + 3) + 4 + 5 + 6 + 3)
        #expect(parameters.map(\.count) == [2, 1, 3, 2, 1, 3, 4, 5, 6, 1, 1, 1])
        #expect(parameters.named.map(\.path) == parameters.paths)
    }

    @Test func theyAreTheModelsOwnVariables() {
        let part = Part(3, bias: true)
        let parameters = part.parameters
        #expect(parameters["weight"] === part.weight)
        #expect(Array(parameters).map(ObjectIdentifier.init) == [part.weight, part.bias!].map(ObjectIdentifier.init))
    }

    @Test func aParameterWithoutANameGetsItsPath() {
        let part = Part(3, bias: true)
        part.bias?.name = "offset"
        _ = part.parameters
        #expect(part.weight.name == "weight")
        #expect(part.bias?.name == "offset")
    }

    @Test func aModelNeedNotConformToAnything() {
        struct Plain {
            let inner: (Part, [Variable])
        }
        let plain = Plain(inner: (Part(1), [Variable(1), Variable(2)]))
        #expect(Parameters(of: plain).paths == ["inner.0.weight", "inner.1.0", "inner.1.1"])
        #expect(Parameters(of: [Variable(1), Variable(2)]).paths == ["0", "1"])
    }

    @Test func aSharedParameterKeepsItsFirstPath() {
        struct Tied: Parameterized {
            let embedding: Part
            let between: Part
            let output: Part
            let table: Variable
        }
        let embedding = Part(2)
        let tied = Tied(embedding: embedding, between: Part(1), output: embedding, table: embedding.weight)
        #expect(tied.parameters.paths == ["embedding.weight", "between.weight"])
        #expect(tied.parameters.count == 3)
    }

    @Test func classesAreWalkedOnceSuperclassFirst() {
        class Base {
            let weight = Variable(1)
        }
        final class Derived: Base, Parameterized {
            let extra = Variable(2)
            var children: [Derived] = []
            weak var parent: Derived?
        }
        let (root, child) = (Derived(), Derived())
        root.children = [child, child]
        child.parent = root
        #expect(
            Parameters(of: root).paths == ["weight", "extra", "children.0.weight", "children.0.extra"])
    }

    @Test func payloadsOfEnumsAndExistentialsAreWalked() {
        enum Choice {
            case plain(Part)
            case both(first: Part, Part)
            case nothing
        }
        struct Model {
            let choices: [Choice]
            let any: any Parameterized
            let opaque: Any
        }
        let model = Model(
            choices: [.plain(Part(1)), .nothing, .both(first: Part(1), Part(1))], any: Part(1), opaque: Part(1))
        #expect(
            Parameters(of: model).paths == [
                "choices.0.plain.weight", "choices.2.both.first.weight", "choices.2.both.1.weight", "any.weight",
                "opaque.weight",
            ])
    }

    @Test func aLazyParameterIsCalledByItsName() {
        struct Late {
            lazy var weight = Variable(1)
            let other = Variable(2)
        }
        var late = Late()
        #expect(Parameters(of: late).paths == ["other"])
        _ = late.weight
        #expect(Parameters(of: late).paths == ["weight", "other"])
    }

    @Test func constantsAndConfigurationAreNoParameters() {
        struct Model: Parameterized {
            let table = Variable.constant(.zeros([1000]))
            let mask = Tensor.ones([3])
            let sizes = [Int](repeating: 1, count: 1_000_000)
            let names = ["a": 1, "b": 2]
            let tags: Set<String> = ["x"]
            let kernel: Pair = 3
            let activation: @Sendable (Variable) -> Variable = { $0 }
            let weight = Variable(1)
        }
        #expect(Model().parameters.paths == ["weight"])
    }

    @Test func buffersStandBesideThem() {
        struct Normalization: Parameterized {
            let mean = Buffer(.zeros([3]))
            let weight = Variable(.ones([3]))
            let variance = Buffer(.ones([3]))
        }
        struct Model: Parameterized {
            let layers = [Normalization(), Normalization()]
        }
        let parameters = Model().parameters
        #expect(parameters.paths == ["layers.0.weight", "layers.1.weight"])
        #expect(
            parameters.buffers.map(\.path) == [
                "layers.0.mean", "layers.0.variance", "layers.1.mean", "layers.1.variance",
            ])
        #expect(parameters.count == 6)
    }

    @Test func theyPrintAsATable() {
        struct Model {
            let hidden = Part(12, bias: true)
            let out = Part(3)
        }
        #expect(
            Parameters(of: Model()).description == """
                hidden.weight  [12]  12
                hidden.bias    [1]    1
                out.weight     [3]    3
                total                16
                """)
    }

    @Test func misuseNamesThePath() {
        struct Dictionary: Parameterized {
            let first = Part(1)
            let heads: [[String: Part]] = [["a": Part(1)]]
        }
        #expect(
            misuseMessage { Dictionary().parameters }
                == "Parameters: \"heads.0\" is a dictionary or a set, which has no order; use an array, or properties")

        struct Empty: Parameterized { let size = 3 }
        #expect(
            misuseMessage { Empty().parameters }
                == "Parameters: Empty has none; they are the Variables in its stored properties, and in what those hold"
        )

        struct Computed: Parameterized {
            let weight = Variable(2)
            let scaled: Variable
            init() { scaled = weight * 3 }
        }
        #expect(
            misuseMessage { Computed().parameters }
                == "Parameters: \"scaled\" is a result (of multiply), computed once and never trained; keep the leaf and "
                + "compute from it in the call")

        class Base { private let weight = Variable(1) }
        final class Derived: Base { private let weight = Variable(2) }
        #expect(
            misuseMessage { Parameters(of: Derived()) }
                == "Parameters: two parameters of Derived are at \"weight\"; rename one")

        #expect(
            misuseMessage { Part(1, bias: true).parameters["wieght"] }
                == "Parameters: there is no \"wieght\"; there are weight, bias")
    }

    @Test func aDeepModelIsWalked() {
        final class Link {
            let weight = Variable(1)
            let next: Link?
            init(_ next: Link?) { self.next = next }
        }
        var link: Link?
        for _ in 0..<100 { link = Link(link) }
        #expect(Parameters(of: link).underestimatedCount == 100)
    }
}

@Suite struct BufferTests {
    @Test func keepsShapeAndType() {
        let buffer = Buffer(.zeros([2]))
        buffer.value = Tensor([1, 2])
        #expect(buffer.value == Tensor([1, 2]))
        #expect(
            misuseMessage { buffer.value = Tensor([1, 2, 3]) }
                == "Buffer: float32 of shape [2] cannot become float32 of [3]")
        #expect(
            misuseMessage { buffer.value = Tensor([1, 2], as: .float64) }
                == "Buffer: float32 of shape [2] cannot become float64 of [2]")
        #expect(buffer.value == Tensor([1, 2]))
    }

    @Test func isLeftAloneWhileMisuseIsPending() {
        let buffer = Buffer(.zeros([2]))
        _ = misuseMessage {
            _ = Tensor([1, 2]) + Tensor([1, 2, 3])
            buffer.value = Tensor([1, 2])
        }
        #expect(buffer.value == .zeros([2]))
    }
}
