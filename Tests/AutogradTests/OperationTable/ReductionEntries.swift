import GradusAutograd
import GradusTensor
import _TestSupport

/// Equal parts for what equals the winner along the last axis.
private func shares(_ winners: Tensor, _ x: Tensor) -> Variable {
    let ones = (x .== winners).converted(to: x.elementType)
    return .constant(ones / ones.sum(along: -1, keepingAxes: true))
}

/// What is chosen along the last axis by indices found before.
private func chosen(_ indices: Tensor) -> @Sendable (Variable) -> Variable { { $0.gathered(indices, along: -1) } }

extension OperationEntry {
    static let reductions: [OperationEntry] = [
        .shaped("sum", reference: of("sum"), [2, 3], empty: [0, 2], one: [1], scalar: true) { $0.sum() },
        .shaped("sum along 1", reference: of("sum"), [2, 3], empty: [2, 0], one: [1, 1]) { $0.sum(along: 1) },
        .shaped("mean", reference: of("mean"), [2, 3], empty: [0, 2], one: [1], scalar: true) {
            $0.mean(along: $0.rank == 2 ? [1] : nil)
        },
        .shaped("product", reference: of("product"), [2, 2], empty: [0, 2], one: [1], scalar: true) { $0.product() },
        .shaped("product along 1", reference: of("product"), [2, 3], empty: [2, 0], one: [1, 1]) {
            $0.product(along: 1)
        },
        .shaped("cumulativeProduct", reference: of("cumulativeProduct"), [2, 3], empty: [2, 0], one: [1, 1]) {
            $0.cumulativeProduct(along: 1)
        }.withTinyTogether(),
        .shaped(
            "cumulativeProduct, reversed", reference: of("cumulativeProduct"), [2, 3], empty: [2, 0], one: [1, 1]
        ) {
            $0.cumulativeProduct(along: 1, reversed: true)
        }.withTinyTogether(),
        .shaped("cumulativeSum", reference: of("cumulativeSum"), [2, 3], empty: [2, 0], one: [1, 1]) {
            $0.cumulativeSum(along: 0)
        },
        .several(
            "linear recurrence", reference: .partOf("reductions", "cumulativeProduct"), [[2, 3], [2, 3]],
            empty: [[2, 0], [2, 0]], one: [[1], [1]], repeated: [[3], [3]],
            without: [
                .scalar: "it has an axis", .broadcastFirst: "both have one shape",
                .broadcastSecond: "both have one shape",
            ]
        ) { linearRecurrence($0[0], $0[1], along: -1) }.withTinyTogether(),
        .shaped(
            "variance", reference: of("variance"), [2, 4], empty: [0, 3],
            without: [.one: "NaN: tested as a convention"],
            tinyTogether: true
        ) { $0.variance(along: 1) },
        .shaped(
            "standardDeviation", reference: of("standardDeviation"), [2, 4], empty: [0, 3],
            without: [.one: "NaN: tested as a convention"], tinyTogether: true,
            smooth: { x in
                let flat = x.standardDeviation(along: 1, keepingAxes: true) .== 0
                return { y in
                    let varied = select(
                        flat, Variable.constant(.arange(0, Double(x.count), as: x.elementType).reshaped(to: x.shape)), y
                    )
                    return select(flat.squeezed(1), 0, sqrt(varied.variance(along: 1)))
                }
            }
        ) { $0.standardDeviation(along: 1) },
        .shaped("centered", reference: .partOf("reductions", "variance"), [2, 3], empty: [0, 3], one: [1, 1]) {
            $0.centered(along: [1])
        },
        .shaped(
            "norm", reference: of("norm"), [2, 3], empty: [0, 3], one: [1, 1], scalar: true, tinyTogether: true,
            smooth: { x in
                let flat = x.norm(along: 1, keepingAxes: true) .== 0
                return { y in select(flat.squeezed(1), 0, sqrt(square(select(flat, 1, y)).sum(along: 1))) }
            }
        ) { $0.rank == 0 ? $0.norm() : $0.norm(along: 1) },
        .shaped(
            "norm of order 1", reference: of("norm"), [2, 3], empty: [0, 3], one: [1, 1], tinyTogether: true,
            smooth: { x in { ($0 * .constant(sign(x))).sum(along: 1) } }
        ) { $0.norm(order: 1, along: 1) },
        .shaped(
            "norm of order 3", reference: of("norm"), [2, 3], empty: [0, 3], one: [1, 1], tinyTogether: true,
            smooth: { x in
                let flat = x.norm(along: 1, keepingAxes: true) .== 0
                return { y in
                    let cubes = select(flat, 1, y * square(y) * .constant(sign(x)))
                    return select(flat.squeezed(1), 0, pow(cubes.sum(along: 1), 1.0 / 3))
                }
            }
        ) { $0.norm(order: 3, along: 1) },
        .shaped(
            "norm of order ∞", reference: of("norm"), [2, 3], empty: [0, 3], one: [1, 1], tinyTogether: true,
            smooth: { x in
                let parts = shares(abs(x).max(along: 1, keepingAxes: true), abs(x)) * .constant(sign(x))
                return { ($0 * parts).sum(along: 1) }
            }
        ) { $0.norm(order: .infinity, along: 1) },
        .shaped(
            "max", reference: of("max"), [2, 4], empty: [0, 3], one: [1, 1], tinyTogether: true,
            smooth: { x in
                let parts = shares(x.max(along: 1, keepingAxes: true), x)
                return { ($0 * parts).sum(along: 1) }
            }
        ) { $0.max(along: 1) },
        .shaped(
            "min", reference: of("min"), [2, 4], empty: [0, 3], one: [1, 1], tinyTogether: true,
            smooth: { x in
                let parts = shares(x.min(along: 1, keepingAxes: true), x)
                return { ($0 * parts).sum(along: 1) }
            }
        ) { $0.min(along: 1) },
        .shaped(
            "max with index", reference: .partOf("reductions", "max"), [2, 4], empty: [0, 3], one: [1, 1],
            tinyTogether: true, smooth: { x in chosen(x.argmax(along: 1, keepingAxes: true)) }
        ) {
            $0.maxWithIndex(along: 1, keepingAxes: true).values
        },
        .shaped(
            "min with index", reference: .partOf("reductions", "min"), [2, 4], empty: [0, 3], one: [1, 1],
            tinyTogether: true, smooth: { x in chosen(x.argmin(along: 1, keepingAxes: true)) }
        ) {
            $0.minWithIndex(along: 1, keepingAxes: true).values
        },
        .shaped(
            "sorted", reference: .family("indexing", "sort"), [2, 3], empty: [2, 0], one: [1], tinyTogether: true,
            smooth: { x in chosen(x.sorted().indices) }
        ) { $0.sorted().values },
        .shaped(
            "sorted, descending", reference: .family("indexing", "sort"), [2, 3], empty: [2, 0], one: [1],
            tinyTogether: true, smooth: { x in chosen(x.sorted(descending: true).indices) }
        ) {
            $0.sorted(descending: true).values
        },
        .shaped(
            "topK", reference: .family("indexing", "topK"), [2, 4], empty: [0, 4], one: [1, 1], tinyTogether: true,
            smooth: { x in chosen(x.topK(Swift.min(2, x.shape[-1])).indices) }
        ) { $0.topK(Swift.min(2, $0.shape[-1])).values },
        .shaped(
            "logSumExp", reference: of("logSumExp"), [2, 3], empty: [0, 3], one: [1], scalar: true, largest: 80,
            smooth: { x in { logSumExpByParts($0, around: x).squeezed(-1) } }
        ) {
            $0.rank == 2 ? $0.logSumExp(along: 1) : $0.logSumExp()
        }.everywhereKinked([.large]),
        .shaped(
            "softmax", reference: of("softmax"), [2, 3], empty: [0, 3], one: [1],
            smooth: { x in { exp($0 - logSumExpByParts($0, around: x)) } }
        ) { $0.softmax() }.everywhereKinked([.large]),
        .shaped(
            "logSoftmax", reference: of("logSoftmax"), [2, 3], empty: [0, 3], one: [1], largest: 80,
            smooth: { x in { $0 - logSumExpByParts($0, around: x) } }
        ) {
            $0.logSoftmax()
        }.everywhereKinked([.large]),
    ]

    /// The logarithm of the sum of exponentials along the last axis, kept, written out: what differences cannot tell of large
    /// inputs, whose exponentials are nothing beside the largest, these rules of exp and log do to the last digit.
    static func logSumExpByParts(_ x: Variable, around values: Tensor) -> Variable {
        let largest = Variable.constant(values.max(along: -1, keepingAxes: true))
        return log(exp(x - largest).sum(along: -1, keepingAxes: true)) + largest
    }

    private static func of(_ name: String) -> Reference { .family("reductions", name) }
}
