extension Lesson {
    /// One thing that happens.
    public struct Step: Sendable, Hashable, Codable {
        /// What sort of thing.
        public enum Kind: String, Sendable, Codable {
            /// An operation computes its result.
            case compute
            /// The result's gradient by itself is set.
            case seed
            /// A message goes back along one edge: upstream × local = contribution.
            case message
            /// A broadcast is undone: the contribution is summed to the shape of the input.
            case sum
        }

        /// What sort of thing.
        public let kind: Kind
        /// The node that is computed, or whose gradient changes.
        public let node: Int
        /// Where a message comes from: an operation's result, or its several results.
        public var from: [Int] = []
        /// Which input of the operation the message goes to.
        public var input: Int?
        /// The gradients of ``from``, nil for one that nothing reached.
        public var upstreams: [Numbers?] = []
        /// The local derivative, where it is a number for each element; nil for a rule such as a matrix product's.
        public var local: Numbers?
        /// What the message brings. Where a broadcast is to be undone, the message's is of the operation's shape, and that of the
        /// step after it of the input's.
        public var contribution: Numbers?
        /// The node's gradient before; nil if nothing has reached it yet.
        public var before: Numbers?
        /// The node's gradient after; nil in a message whose broadcast is undone by the next step.
        public var after: Numbers?
        /// Whether the contribution took the place of the gradient before, which is wrong.
        public var isReplacing = false

        /// What a student is asked for, and sees after the step.
        public func outcome(in lesson: Lesson) -> Numbers? {
            kind == .compute ? lesson.nodes[node].value : contribution
        }
    }

    /// A way back that is wrong, and what comes of it.
    public struct WrongWalk: Sendable, Hashable, Codable {
        /// What it is called.
        public let name: String
        /// What is done wrongly, and why that is wrong.
        public let explanation: String
        /// Its steps back.
        public let steps: [Step]
        /// What it gives as gradients of the inputs, and what is right.
        public let outcomes: [Outcome]

        /// A gradient beside the right one.
        public struct Outcome: Sendable, Hashable, Codable {
            /// The input.
            public let node: Int
            /// What the walk gives; nil if it does not reach it.
            public let found: Numbers?
            /// What is right.
            public let right: Numbers?
        }
    }
}
