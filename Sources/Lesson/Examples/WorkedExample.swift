import GradusAutograd
import GradusTensor

/// A lesson that is ready made: a classic of courses on backpropagation, with the numbers that they give.
///
///     try WorkedExample["neuron"].map { try $0.recorded().write(to: "neuron.html") }
public struct WorkedExample: Sendable {
    /// What it is asked for by: `neuron`.
    public let name: String
    /// What it is called.
    public let title: String
    /// What it shows.
    public let introduction: String

    private let decimals: Int
    private let upstream: Tensor?
    private let body: @Sendable () -> Variable

    init(
        _ name: String, _ title: String, _ introduction: String, decimals: Int = 4, upstream: Tensor? = nil,
        body: @escaping @Sendable () -> Variable
    ) {
        (self.name, self.title, self.introduction) = (name, title, introduction)
        (self.decimals, self.upstream, self.body) = (decimals, upstream, body)
    }

    /// The lesson, recorded anew.
    public func recorded() -> Lesson {
        // The lines that made it are the library's own, and say nothing to its readers.
        lesson(
            title, introduction, decimals, upstream, 2_000_000, locating: { _ in nil }, describing: { _, _ in nil },
            body)
    }

    /// All of them, from one gate to a network.
    public static let all: [WorkedExample] = expressions + tensors

    /// The one of this name, if there is one.
    public static subscript(name: String) -> WorkedExample? { all.first { $0.name == name } }
}
