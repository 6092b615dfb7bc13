import Gradus

/// A mistake that is planted in a net of three layers, and found.
enum Mistake: CaseIterable {
    case sumMissing, productTransposed, signWrong

    var title: String {
        switch self {
        case .sumMissing: "A sum over a broadcast axis is missing"
        case .productTransposed: "A product is not transposed"
        case .signWrong: "A sign is wrong"
        }
    }

    var story: String {
        switch self {
        case .sumMissing: "The bias went into every row; its rule passes on what comes back from the first row alone."
        case .productTransposed: "The rule multiplies by w where wᵀ is due; as w is square, the shapes fit."
        case .signWrong: "Both contributions of a difference have the other's sign: training would climb."
        }
    }

    /// The operation whose rule is wrong, as reports call it.
    var operation: String {
        switch self {
        case .sumMissing: "addBias"
        case .productTransposed: "product"
        case .signWrong: "difference"
        }
    }
}

/// Three layers and a squared error, with parameters that do not change from run to run.
struct Net {
    let w1 = Variable([[0.4, -0.7, 0.2], [0.9, 0.1, -0.5], [-0.3, 0.8, 0.6]], name: "w1")
    let w2 = Variable([[-0.2, 0.5, 0.8], [0.3, 0.9, -0.6], [0.7, -0.1, 0.4]], name: "w2")
    let b2 = Variable([0.1, -0.2, 0.3], name: "b2")
    let w3 = Variable([[0.7], [-0.4], [0.5]], name: "w3")
    let x = Variable.constant(Tensor([[1, -2, 0.5], [0.3, 0.8, -1], [-1.5, 0.2, 2], [0.6, -0.9, 1.2]]), name: "x")
    let target = Variable.constant(Tensor([[1], [0], [1], [0]]), name: "target")

    var parameters: [Variable] { [w1, w2, b2, w3] }

    func loss(_ mistake: Mistake?) -> Variable {
        let hidden = scope("hidden") {
            let first = tanh(matmul(x, w1))
            let second = Product(isWrong: mistake == .productTransposed)(first, w2)
            return tanh(AddBias(isWrong: mistake == .sumMissing)(second, b2))
        }
        return scope("error") {
            square(Difference(isWrong: mistake == .signWrong)(matmul(hidden, w3), target)).mean()
        }
    }
}
