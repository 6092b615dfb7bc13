/// Where a variable's gradient is left, and who else wants to see it. Shared by a result and its operation, which may outlive
/// it.
final class GradientWatch {
    var gradient: Variable?
    var keeps: Bool
    var hooks: [(Variable) -> Variable] = []

    init(keeps: Bool) { self.keeps = keeps }
}

extension Walk {
    /// Shows a whole gradient to those who asked for it, before it flows on.
    mutating func show(_ operation: Operation, _ slots: Int) {
        for (output, watch) in operation.annotations?.watches ?? [:] { apply(watch, to: slots + output) }
        for slot in slots..<slots + operation.outputCount where collected.keys.contains(slot) {
            collected[slot] = .some(gradients[slot])
        }
    }

    /// Hooks see a gradient that is whole, and may replace it; who keeps it gets it when the walk ends.
    private mutating func apply(_ watch: GradientWatch, to slot: Int) {
        guard let gradient = gradients[slot] else { return }
        let final = watch.hooks.reduce(gradient) { $1($0) }
        gradients[slot] = final
        if watch.keeps { kept.append((watch, final)) }
    }

    /// What has gathered in a leaf's slot, after its hooks.
    func gradient(of leaf: (leaf: Variable, slot: Int)) -> Variable? {
        gradients[leaf.slot].map { gradient in leaf.leaf.watcher?.hooks.reduce(gradient) { $1($0) } ?? gradient }
    }
}
