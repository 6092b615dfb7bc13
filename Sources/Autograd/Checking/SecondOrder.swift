import GradusTensor

extension GradientCheck {
    /// Checks the gradient's own gradient along two random directions: H·w by the rules against differences of the gradient.
    ///
    /// The gradient's graph is a computation like any other, so everything that is done to a loss is done to it: kinks are
    /// explained, and what is wrong is blamed on an operation, here on one in a rule.
    mutating func checkSecondOrder() throws {
        var products: [(direction: [[Double]], product: [[Double]])] = []
        var (gradientSize, noise) = (0.0, 0.0)
        for number in 1...2 where !misuseIsPending {
            let direction = randomDirection()
            let gradients = try CheckedGradients(function.derivative(direction), at: values, settings, &random)
            gradientSize = max(gradientSize, gradients.outputs.largestMagnitude)
            noise += gradients.analyticNoise.joined().reduce(0, +)
            try compare(gradients, of: "gradient along direction \(number)")
            products.append(
                (
                    direction.map { $0.array(of: Double.self) },
                    values.indices.map { variable in
                        gradients.analytic[variable] ?? [Double](repeating: 0, count: values[variable].count)
                    }
                ))
        }
        guard products.count == 2, !misuseIsPending else { return }
        let adjointness = try adjointness()
        report.secondOrder = .init(
            asymmetry: relativeDistance(
                of: (products[0].direction, products[1].product), and: (products[1].direction, products[0].product),
                least: 1e-6 * Judge.least(beside: gradientSize), noise: noise),
            adjointness: adjointness)
    }

    /// ⟨Jv, u⟩ against ⟨v, Jᵀu⟩. Jv comes from the walk back's own graph: Jᵀu is linear in u, and its derivative there is J.
    private mutating func adjointness() throws -> Double {
        let direction = randomDirection()
        let upstreams = function.weights.map { upstream(like: $0) }
        let (jacobianProduct, transposedProduct) = try function.products(at: values, along: direction, upstreams)
        return relativeDistance(
            of: (jacobianProduct, upstreams.map { $0.array(of: Double.self) }),
            and: (direction.map { $0.array(of: Double.self) }, transposedProduct))
    }

    /// Numbers of either sign, each about as large as its variable's elements, none of them small beside the others.
    private mutating func randomDirection() -> [Tensor] { values.map { upstream(like: .ones($0.shape, as: .float64)) } }

    /// The same, for an output.
    mutating func upstream(like tensor: Tensor) -> Tensor {
        let numbers = (0..<tensor.count).map { _ in
            let bits = random.next()
            let size = 0.5 + Double(bits >> 11) * 0x1p-53
            return bits & 1 == 0 ? size : -size
        }
        return Tensor(numbers, shape: tensor.shape, as: .float64)
    }

    /// |a·b − c·d| beyond noise, relative to what was added up, or to a size that is nothing.
    private func relativeDistance(
        of one: ([[Double]], [[Double]]), and other: ([[Double]], [[Double]]), least: Double = 0, noise: Double = 0
    ) -> Double {
        func product(_ pair: ([[Double]], [[Double]])) -> (value: Double, size: Double) {
            zip(pair.0.joined(), pair.1.joined()).reduce((0, 0)) { ($0.0 + $1.0 * $1.1, $0.1 + abs($1.0 * $1.1)) }
        }
        let (a, b) = (product(one), product(other))
        let size = max(a.size, b.size, least)
        return size == 0 ? 0 : max(abs(a.value - b.value) - noise, 0) / size
    }
}

extension CheckedFunction {
    /// J·v and Jᵀ·u, in lists an output and a variable.
    func products(
        at values: [Tensor], along direction: [Tensor], _ upstreams: [Tensor]
    ) throws -> (jacobianProduct: [[Double]], transposedProduct: [[Double]]) {
        try recording(true) {
            try run(leaves(values)) { outputs, leaves in
                let upstreams = upstreams.map { Variable($0) }
                let sum = InnerProduct()(outputs + upstreams)
                let none = values.map { [Double](repeating: 0, count: $0.count) }
                guard sum.wantsGradient else { return ([], none) }
                let transposed = GradusAutograd.gradients(of: sum, at: leaves, recordingGraph: true)
                let found = zip(transposed, direction).compactMap { gradient, direction in
                    gradient.map { ($0, Variable.constant(direction)) }
                }
                let along = InnerProduct()(found.map(\.0) + found.map(\.1))
                let product =
                    along.wantsGradient
                    ? GradusAutograd.gradients(of: along, at: upstreams) : upstreams.map { _ in nil }
                return (
                    zip(product, upstreams).map {
                        $0?.value.array(of: Double.self) ?? [Double](repeating: 0, count: $1.count)
                    },
                    zip(transposed, none).map { $0?.value.array(of: Double.self) ?? $1 }
                )
            }
        }
    }
}
