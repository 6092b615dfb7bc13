import GradusTensor

extension Operation {
    /// What is known of an operation that is looked at: a name, a source line, somebody who waits for the gradient, values for a replay.
    package final class Annotations {
        package var name: String?
        package var scope: [String] = []
        package var line: SourceLine?
        package var inputs: [Tensor] = []
        package var outputs: [Tensor] = []
        /// For a lesson: the inputs that no operation made, and what is known of the place in the program.
        package var sources: [Variable?] = []
        package var place: (any Sendable)?
        var watches: [Int: GradientWatch] = [:]
    }

    package final var annotations: Annotations? { more?.annotations }

    final func annotate(_ change: (Annotations) -> Void) {
        let annotations = annotations ?? Annotations()
        change(annotations)
        having().annotations = annotations
    }
}
