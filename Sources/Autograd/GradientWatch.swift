/// Where a variable's gradient is left, and who else wants to see it. Shared by a result and its operation, which may outlive
/// it.
final class GradientWatch {
    var gradient: Variable?
    var keeps: Bool
    var hooks: [(Variable) -> Variable] = []

    init(keeps: Bool) { self.keeps = keeps }
}
