import GradusAutograd
import GradusTensor

extension WorkedExample {
    /// Lessons on single numbers.
    static let expressions: [WorkedExample] = [
        WorkedExample(
            "gate", "Two gates",
            "f = (x + y) · z, the smallest expression with something between its inputs and its result."
        ) {
            let x = Variable(-2, name: "x"), y = Variable(5, name: "y"), z = Variable(-4, name: "z")
            let q = (x + y).named("q")
            return (q * z).named("f")
        },
        WorkedExample(
            "gates", "Add, multiply, max",
            "2 · (x · y + max(z, w)): add distributes, multiply swaps, max routes."
        ) {
            let x = Variable(3, name: "x"), y = Variable(-4, name: "y")
            let z = Variable(2, name: "z"), w = Variable(-1, name: "w")
            let sum = ((x * y).named("mul") + maximum(z, w).named("max")).named("sum")
            return (2 * sum).named("out")
        },
        WorkedExample(
            "neuron", "A neuron, gate by gate",
            "1 / (1 + exp(−(w0 · x0 + w1 · x1 + w2))): a sigmoid neuron taken apart into its smallest gates.",
            decimals: 6
        ) {
            let w0 = Variable(2, name: "w0"), x0 = Variable(-1, name: "x0")
            let w1 = Variable(-3, name: "w1"), x1 = Variable(-2, name: "x1"), w2 = Variable(-3, name: "w2")
            let sum = ((w0 * x0).named("w0·x0") + (w1 * x1).named("w1·x1")).named("sum")
            let dot = (sum + w2).named("dot")
            let power = exp((dot * -1).named("−dot")).named("exp")
            return reciprocal((power + 1).named("1 + exp")).named("p")
        },
        WorkedExample(
            "sigmoid", "A neuron with sigmoid as one gate",
            "The same neuron; what was four gates is one, with the local gradient (1 − p) · p.", decimals: 6
        ) {
            let w0 = Variable(2, name: "w0"), x0 = Variable(-1, name: "x0")
            let w1 = Variable(-3, name: "w1"), x1 = Variable(-2, name: "x1"), w2 = Variable(-3, name: "w2")
            let sum = ((w0 * x0).named("w0·x0") + (w1 * x1).named("w1·x1")).named("sum")
            return sigmoid((sum + w2).named("dot")).named("p")
        },
        WorkedExample(
            "staged", "Staged computation",
            "(x + σ(y)) / (σ(x) + (x + y)²): with a name for every stage, the walk back is one line for each.",
            decimals: 7
        ) {
            let x = Variable(3, name: "x"), y = Variable(-4, name: "y")
            let numerator = (x + sigmoid(y).named("σ(y)")).named("numerator")
            let square = square((x + y).named("x + y")).named("(x + y)²")
            let denominator = (sigmoid(x).named("σ(x)") + square).named("denominator")
            return (numerator / denominator).named("f")
        },
        WorkedExample(
            "shopping", "Apples and oranges",
            "Two apples at 100, three oranges at 150, and a tax of 10 %: what does the price depend on, and how much?"
        ) {
            let apple = Variable(100, as: .float64, name: "apple price"),
                apples = Variable(2, as: .float64, name: "apples")
            let orange = Variable(150, as: .float64, name: "orange price"),
                oranges = Variable(3, as: .float64, name: "oranges")
            let tax = Variable(1.1, as: .float64, name: "tax")
            let both = ((apple * apples).named("for apples") + (orange * oranges).named("for oranges")).named("both")
            return (both * tax).named("price")
        },
        WorkedExample(
            "adding", "Why gradients add",
            "b = a + a, c = b + b: what is used twice gets two messages, and they add up. And what goes wrong if the walk back does not wait for both."
        ) {
            let a = Variable(3, name: "a")
            let b = (a + a).named("b")
            return (b + b).named("c")
        },
        WorkedExample(
            "micrograd", "The example of micrograd",
            "The expression of the README of A. Karpathy's micrograd, in which almost everything is used more than once."
        ) {
            let a = Variable(-4, name: "a"), b = Variable(2, name: "b")
            var c = a + b
            var d = a * b + pow(b, 3)
            c += c + 1
            c += 1 + c + (-a)
            d += d * 2 + relu(b + a)
            d += 3 * d + relu(b - a)
            let e = (c - d).named("e")
            let f = pow(e, 2).named("f")
            var g = f / 2
            g += 10 / f
            return g.named("g")
        },
        WorkedExample(
            "goldstein-price", "The Goldstein–Price function",
            "A test function of optimization: a product of two long polynomials, at (1, 1)."
        ) {
            let x = Variable(1, name: "x"), y = Variable(1, name: "y")
            let first = 19 - 14 * x + 3 * square(x) - 14 * y + 6 * x * y + 3 * square(y)
            let second = 18 - 32 * x + 12 * square(x) + 48 * y - 36 * x * y + 27 * square(y)
            let left = (1 + square(x + y + 1) * first).named("left")
            let right = (30 + square(2 * x - 3 * y) * second).named("right")
            return (left * right).named("f")
        },
    ]
}
