/// Something to be timed: a name of the definition, and how it is prepared.
struct Workload {
    let name: String
    /// Floating-point operations and bytes moved in a run, where the definition counts them.
    var operations: Double?
    var bytes: Double?
    /// Run once and not again: it takes seconds.
    var isSingle = false
    /// Makes what is timed.
    let prepare: () -> () -> Void

    /// All of them, in the definition's order.
    static var all: [Workload] { products + convolutions + elementwise + normalizing + optimizing + graphs + training }
}
