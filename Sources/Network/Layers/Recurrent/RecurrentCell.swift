import GradusAutograd
import GradusTensor

/// What a recurrent cell hands on from one step to the next: of a plain cell or a GRU the hidden state, a `Variable` of shape
/// `[batch, hidden]`; of an LSTM an ``LSTMState``.
public protocol RecurrentState {
    /// What the cell shows to the outside, `[batch, hidden]`.
    var hidden: Variable { get }

    /// The same numbers without their past: for truncated backpropagation through time, where the state goes on and the
    /// gradient does not.
    func detached() -> Self

    /// This state where the mask, `[batch, 1]`, is true, another elsewhere.
    func chosen(where mask: Tensor, else other: Self) -> Self
}

extension Variable: RecurrentState {
    /// The state itself.
    public var hidden: Variable { self }
    /// This state where the mask is true, another elsewhere.
    public func chosen(where mask: Tensor, else other: Variable) -> Self {
        // A final class is its own Self.
        unsafeDowncast(select(mask, self, other), to: Self.self)
    }
}

/// The state of an LSTM.
public struct LSTMState: RecurrentState, Sendable {
    /// `[batch, hidden]`: what it shows.
    public let hidden: Variable
    /// `[batch, hidden]`: what it keeps.
    public let cell: Variable

    /// A state of these parts.
    public init(hidden: Variable, cell: Variable) { (self.hidden, self.cell) = (hidden, cell) }

    /// The same numbers without their past.
    public func detached() -> LSTMState { LSTMState(hidden: hidden.detached(), cell: cell.detached()) }

    /// This state where the mask is true, another elsewhere.
    public func chosen(where mask: Tensor, else other: LSTMState) -> LSTMState {
        LSTMState(hidden: select(mask, hidden, other.hidden), cell: select(mask, cell, other.cell))
    }
}

extension Array where Element: RecurrentState {
    /// The states of all layers without their past.
    public func detached() -> [Element] { map { $0.detached() } }
}

/// One step of a recurrent network with its parameters, for ``Recurrent`` to repeat, or for a loop of one's own:
///
///     var state = cell.initialState(batch: 32)
///     for x in steps { state = cell(x, state) }  // [batch, inFeatures] each
///
/// A step has two parts: the projection of the input, which ``Recurrent`` does for all steps in one product, and the rest.
public protocol RecurrentCell: Parameterized {
    associatedtype State: RecurrentState

    /// The width of the hidden state.
    var hiddenFeatures: Int { get }

    /// Zeros.
    func initialState(batch: Int) -> State

    /// What inputs `[…, inFeatures]` contribute to the sums of their steps.
    func projected(_ x: Variable) -> Variable

    /// The next state, from the input's projection and the state before.
    func next(_ projected: Variable, _ state: State) -> State

    /// What the cell shows at every step of a sequence, `[time, batch, hidden]`, and its last state, from the inputs' projections
    /// `[time, batch, …]`. Reversed it begins at the last step. Without a way of its own, a cell takes one step after the other.
    func along(_ projected: Variable, from state: State, reversed: Bool) -> (shown: Variable, last: State)
}

extension RecurrentCell {
    /// One step after the other.
    public func along(_ projected: Variable, from state: State, reversed: Bool) -> (shown: Variable, last: State) {
        var state = state
        var shown = projected.split(into: projected.shape[0]).map { $0.squeezed(0) }
        for step in reversed ? Array(shown.indices.reversed()) : Array(shown.indices) {
            state = next(shown[step], state)
            shown[step] = state.hidden
        }
        return (stack(shown), state)
    }

    /// One step: the state after an input `[batch, inFeatures]`.
    public func callAsFunction(_ x: Variable, _ state: State) -> State { next(projected(x), state) }
}
