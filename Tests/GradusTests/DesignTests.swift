// One import, and what users write: the snippets that the design promises, as they stand.
import Gradus
import Testing

@Suite struct DesignTests {
    @Test func anExpressionItsGradientAndEveryStep() {
        let w = Variable([2, -3], name: "w"), x = Variable([-1, -2], name: "x"), b = Variable(-3, name: "b")
        let p = sigmoid((w * x).sum() + b)
        #expect(p.backwardSteps().map(\.operation.name) == ["sigmoid", "add", "sum", "multiply"])
        p.backward()
        #expect(w.gradient?.description == "[-0.1966, -0.3932]")
    }

    @Test func aModelIsAPlainFunction() {
        var random = Random(seed: 5)
        let w1 = Variable(.heNormal([64, 128], using: &random)), b1 = Variable(.zeros([128]))
        let w2 = Variable(.heNormal([128, 10], using: &random)), b2 = Variable(.zeros([10]))
        func model(_ x: Variable) -> Variable { matmul(relu(matmul(x, w1) + b1), w2) + b2 }
        let x = Variable.constant(.normal([32, 64], using: &random))
        let labels = Tensor((0..<32).map { $0 % 10 })
        let adam = Adam(learningRate: 1e-2)
        var losses: [Double] = []
        for _ in 0..<30 {
            let loss = crossEntropy(model(x), labels)
            loss.backward()
            adam.step([w1, b1, w2, b2])
            losses.append(loss.item)
        }
        #expect(losses[29] < 0.1 * losses[0])
        #expect([w1, b1, w2, b2].allSatisfy { $0.gradient == nil }, "a step uses up the gradients it reads")
    }

    struct ResidualBlock: Layer {
        let first: Conv2D, second: Conv2D
        func callAsFunction(_ x: Variable) -> Variable { relu(x + second(relu(first(x)))) }
    }

    @Test func layersKeepTheirParametersBesideTheFunction() {
        let block = ResidualBlock(
            first: Conv2D(inChannels: 2, outChannels: 2, kernel: 3, padding: 1),
            second: Conv2D(inChannels: 2, outChannels: 2, kernel: 3, padding: 1))
        block(.constant(.ones([1, 2, 4, 4]))).sum().backward()
        #expect(block.parameters.allSatisfy { $0.gradient?.shape == $0.shape })
    }

    @Test func scalarsMixFreelyAndSlicesReadAsInNumPy() {
        let x = Variable([1, 2, 3, 4]), n = 3
        #expect((2 * x / 4 - 1).value == Tensor([-0.5, 0, 0.5, 1]))
        #expect((1 - x * Double(n)).value == Tensor([-2, -5, -8, -11]))
        #expect(x[1...2].value == Tensor([2, 3]))
        #expect(x[0].item == 1)
        #expect((x .> 2) == Tensor([false, false, true, true]))
        #expect(Variable([[1, 2], [3, 4]]).shape == [2, 2])
    }

    @Test func aScalarNeverGoesThroughFloat() {
        let x = Variable(1, as: .float64)
        #expect((x * 0.1).item == 0.1)
        #expect(inDouble { (Variable(1) * 0.1).item } == 0.1)
    }

    @Test func theNumberOfThreadsIsTheModulesOwn() {
        // Set to what it is: other tests, which run at the same time, expect it to stay.
        let before = Gradus.threadCount
        Gradus.threadCount = before
        #expect(Gradus.threadCount == before && before >= 1)
    }
}
