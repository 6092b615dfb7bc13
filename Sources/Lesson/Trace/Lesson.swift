import GradusTensor

/// A computation written down step by step, forwards and backwards: what the pages, pictures and texts of a lesson are made from.
///
/// Made by ``lesson(_:introduction:decimals:upstream:replayLimit:locatesOperators:_:)``. Renderings compute nothing of their own:
///
///     let neuron = lesson("A neuron") { sigmoid(w * x + b) }
///     try neuron.write(to: "neuron.html")  // a page to step through
///     print(neuron.text())                 // all steps as plain text
///     neuron.play()                        // in the terminal, with the arrow keys
///     neuron.svg()                         // a picture of the graph
///     neuron.dot()                         // the same for Graphviz
///     try neuron.json()                    // everything, for other programs
public struct Lesson: Sendable, Hashable, Codable {
    /// What it is about.
    public var title: String
    /// A sentence or two for the reader.
    public var introduction: String
    /// How many decimals are shown; the numbers themselves are exact.
    public var decimals: Int

    /// Everything that takes part, in the order in which it ran: each stands behind what it was computed from.
    public internal(set) var nodes: [Node] = []
    /// The node whose gradients are found; nil in a lesson of nothing.
    public internal(set) var result: Int?
    /// What happens, forwards first.
    public internal(set) var steps: [Step] = []
    /// What comes out if one goes back in a wrong way; only of small graphs in which something is used twice.
    public internal(set) var wrongWalks: [WrongWalk] = []
    /// How many nodes' gradients stand beside numeric ones, of how many that have a gradient.
    public internal(set) var checks = CheckCount()

    /// Counts of numeric checks.
    public struct CheckCount: Sendable, Hashable, Codable {
        /// Nodes that a gradient reached.
        public var reached = 0
        /// Those of them with a numeric gradient beside it.
        public var checked = 0
    }

    init(title: String, introduction: String = "", decimals: Int) {
        (self.title, self.introduction, self.decimals) = (title, introduction, decimals)
    }

    /// The steps before the walk back begins.
    public var forwardCount: Int { steps.firstIndex { $0.kind != .compute } ?? steps.count }

    /// The node of this name; of several, the last.
    public subscript(name: String) -> Node? { nodes.last { $0.name == name } }

    /// A value or an operation's result.
    public struct Node: Sendable, Hashable, Codable {
        /// What sort of value it is.
        public enum Kind: String, Sendable, Codable {
            /// A leaf: a variable made by hand, or computed before the lesson began.
            case input
            /// A number or data, which wants no gradient.
            case constant
            /// The result of an operation.
            case operation
        }

        /// Its place among ``Lesson/nodes``.
        public let number: Int
        /// What sort of value it is.
        public let kind: Kind
        /// The name it was given in the program.
        public let name: String?
        /// What it is called: its name, or one made up.
        public let label: String
        /// The operation that computed it: `multiply`.
        public let operation: String?
        /// The sign that stands for it: `×`.
        public let sign: String
        /// The nodes it was computed from, in order.
        public let inputs: [Int]
        /// The names of the scopes it was made in, the outermost first.
        public internal(set) var scope: [String]
        /// The source line that made it: `main.swift:7`. Nil where it is not known.
        public let line: String?
        /// What was computed.
        public let value: Numbers
        /// Whether a gradient flows to it.
        public let wantsGradient: Bool
        /// The whole gradient; nil if none reached it, which is not the same as 0.
        public internal(set) var gradient: Numbers?
        /// The computation in symbols: `q × z`, `σ(x)`.
        public internal(set) var formula: String
        /// The same with numbers.
        public internal(set) var computation: Phrase
        /// How it passes its gradient on; nil where it is no operation.
        public internal(set) var rule: Rule?
        /// Numeric slopes beside the gradient.
        public internal(set) var checks: [Check] = []
        /// For elements of a tensor, what they were computed from.
        public internal(set) var contributions: Contributions?
    }

    /// An operation's derivative, said three times.
    public struct Rule: Sendable, Hashable, Codable {
        /// For each input the derivative in symbols: `∂(a·b)/∂a = b`.
        public let symbols: [String]
        /// The same with the numbers in it: `−4`; of tensors with shapes, `[5×10] = [5×3]·[10×3]ᵀ`.
        public let numbers: [Phrase]
        /// The same with the names of the nodes, where it is a rule for the whole: `dW = dD·Xᵀ`. Empty where the derivative is a
        /// number for each element.
        public let named: [String]
        /// In words: what the operation does with a gradient.
        public let words: String
    }

    /// One analytic derivative and the difference quotient beside it.
    public struct Check: Sendable, Hashable, Codable {
        /// The element that was moved, counted in row-major order; nil if all were, along a direction.
        public let element: Int?
        /// By backpropagation.
        public let analytic: Double
        /// (f(v + h) − f(v − h)) / 2h, with what follows the node computed again from the recorded operations.
        public let numeric: Double
        /// h.
        public let step: Double
        /// What came out with the node at v − h and at v + h.
        public let results: [Double]
        /// Whether the two agree; nil where a kink lies between v − h and v + h, so that a difference quotient says nothing.
        public let agrees: Bool?
    }

    /// Which elements of the inputs an element was computed from.
    public struct Contributions: Sendable, Hashable, Codable {
        /// For each of the first elements, for each input, the elements of that input.
        public let elements: [[[Int]]]
        /// Whether the element is the sum of the products of the first two inputs' elements, in order (and of the third's, alone).
        public let isSumOfProducts: Bool
    }
}
