import GradusTensor

extension Variable {
    /// Computes the gradient of this result for every leaf that it was computed from, and adds it to theirs.
    ///
    /// - Parameters:
    ///   - upstream: The gradient of whatever follows, of this variable's shape. One if left out, which is for results of one
    ///     element only: for others it is misuse.
    ///   - keepingGraph: Whether another `backward` through this graph will follow. If not, saved values are let go as the
    ///     walk passes, and a second walk is misuse.
    ///   - recordingGraph: Whether the gradients are to have gradients in their turn; keeps the graph too. Gradients then
    ///     refer to the graph they came from: set them to nil when done, or use ``gradients(of:at:upstream:recordingGraph:)``.
    ///
    /// Gradients add up over several calls. Leaves are written to once the whole walk has succeeded, or not at all.
    public func backward(upstream: Variable? = nil, keepingGraph: Bool = false, recordingGraph: Bool = false) {
        walkBack("backward", upstream, into: nil, keepingGraph, recordingGraph)
    }

    /// The same for some leaves alone: others get nothing. A generator's step through a discriminator leaves no gradients
    /// lying there.
    public func backward(
        into leaves: some Sequence<Variable>, upstream: Variable? = nil, keepingGraph: Bool = false,
        recordingGraph: Bool = false
    ) {
        walkBack("backward", upstream, into: Array(leaves), keepingGraph, recordingGraph)
    }

    private func walkBack(
        _ function: StaticString, _ upstream: Variable?, into targets: [Variable]?, _ keepingGraph: Bool,
        _ recordingGraph: Bool
    ) {
        // Without a graph of their own, gradients must not be variables that an upstream handed in is part of.
        let upstream = recordingGraph ? upstream : upstream?.detached()
        guard let seed = seed(function, upstream), var walk = Walk(function, from: self, seed: seed) else { return }
        if let targets { walk.prune(to: targets.map(Edge.init)) }
        recording(recordingGraph) {
            let anomalies = Mode.current.tracing?.anomalies
            walk.isLettingGo = !keepingGraph && !recordingGraph
            if anomalies == nil {
                while walk.advance() {}
            } else {
                walk.log = []
                while let operation = walk.upcoming, walk.advance() {
                    anomalies?.look(at: operation, walk.log ?? [])
                    walk.log = []
                }
            }
            let results = walk.leaves.map { (leaf: $0.leaf, gradient: walk.gradient(of: $0)) }
            guard !misuseIsPending else { return }
            for (leaf, gradient) in results { if let gradient { leaf.accumulate(gradient) } }
            for (watch, gradient) in walk.kept { watch.gradient.gather(gradient) }
            walk.end()
        }
    }

    /// The gradient that a walk from here begins with, or nil after misuse.
    func seed(_ function: StaticString, _ upstream: Variable?) -> Variable? {
        guard !misuseIsPending else { return nil }
        guard wantsGradient else {
            return misuse("\(function): the result does not depend on any variable that wants a gradient")
        }
        guard let upstream else {
            guard count == 1 else {
                return misuse("\(function): a result of shape \(shape) needs an upstream gradient; sum it, or pass one")
            }
            return .constant(.ones(shape, as: elementType))
        }
        guard upstream.shape == shape && upstream.elementType == elementType else {
            return misuse(
                "\(function): upstream is \(upstream.elementType) of \(upstream.shape), the result \(elementType) of \(shape)"
            )
        }
        return upstream
    }
}

extension Operation {
    /// Whether a contribution can go to any of the inputs as it is.
    @inline(__always)
    final func isFitting(_ contribution: Variable) -> Bool {
        isUniform && contribution.hasShape(shape) && (!contribution.wantsGradient || Mode.current.isRecording)
    }

    /// A contribution in the shape of the input it goes to, and without a past where the gradients are to have no graph. Nil after
    /// misuse.
    final func fitted(_ contribution: Variable, to input: Int, _ summing: Bool) -> Variable? {
        let contribution =
            contribution.wantsGradient && !Mode.current.isRecording ? contribution.detached() : contribution
        let shape = edge(input).shape ?? []
        let summed = summing ? contribution.summed(to: shape) : contribution
        guard summed.shape == shape else {
            return misuse("\(name): its rule pushed \(summed.shape) to an input of shape \(shape)")
        }
        return summed
    }

    /// Refuses a graph that was let go, or that another thread recorded.
    @inline(__always)
    func canBeWalked(_ function: StaticString, by walker: UInt32) -> Bool {
        !isReleased && thread == walker || refusesWalk(function)
    }

    @inline(never)
    private func refusesWalk(_ function: StaticString) -> Bool {
        guard !isReleased else {
            return misuse(
                "\(function): the graph behind \(name) was let go by an earlier backward(); "
                    + "pass keepingGraph: true to that one, or run the forward again")
        }
        return misuse(
            "\(function): \(name) was recorded by another thread; a graph is walked by the thread that recorded it")
    }
}

extension Variable? {
    /// Adds a contribution to a gradient. The first is moved, not added to zero.
    @inline(__always)
    mutating func gather(_ contribution: consuming Variable) {
        if self == nil {
            self = contribution
        } else if !absorb(contribution), let before = self {
            self = before.gathering(contribution)
        }
    }

    /// The same in place, where nobody else holds what is there and it is to have no graph. False if nothing was done.
    mutating func absorb(_ contribution: Variable) -> Bool {
        guard canGather else { return false }
        self!.update { sum in contribution.withValue { sum += $0 } }  // not nil, as was just seen
        return true
    }

    /// The same for a product, which is not made then.
    mutating func absorb(_ a: Variable, times b: Unmanaged<Storage>) -> Bool {
        guard canGather else { return false }
        // Not nil, as was just seen.
        return a.withValue { a in
            self!.update { sum in b._withUnsafeGuaranteedRef { sum.add(a, times: Tensor(storage: $0)) } }
        } ?? false
    }

    /// Whether it is numbers that nobody else holds, and is to have no graph.
    private var canGather: Bool {
        @inline(__always)
        mutating get {
            self != nil && Mode.current.isPlain && isKnownUniquelyReferenced(&self!) && !self!.wantsGradient
        }
    }
}

extension Variable {
    /// A gradient and one more contribution, in the element type that they have also in `inDouble`.
    func gathering(_ contribution: Variable) -> Variable {
        guard Mode.current.isTracing else { return self + contribution }
        return Mode.tracing({ $0.isInDouble = false }) { self + contribution }
    }
}
