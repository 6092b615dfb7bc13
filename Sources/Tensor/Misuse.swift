import CGradusKernels

/// A mistake in the calling code: shapes that do not fit, element types that mix, a graph used twice.
///
/// Misuse stops the program with one sentence, as an index out of range does in Swift. Work wrapped in
/// ``catchingMisuse(_:)`` throws it instead.
public struct Misuse: Error, CustomStringConvertible, Sendable {
    /// One sentence: the operation, what it was given, what it accepts.
    public let message: String
    public var description: String { message }
}

/// A value that stands in for a result after misuse was caught; nobody is meant to look at it.
package protocol Inert {
    static var inert: Self { get }
}

/// The one door for misuse: stops the program, or, inside ``catchingMisuse(_:)``, keeps the first message and gives back
/// an inert value for the caller to return.
///
///     guard axis < rank else { return misuse("…") }
package func misuse<T: Inert>(_ message: @autoclosure () -> String) -> T {
    reportMisuse(message())
    return T.inert
}

package func misuse(_ message: @autoclosure () -> String) {
    reportMisuse(message())
}

/// The same with an inert value of the caller's choosing, where a shape is known that what follows will want.
package func misuse<T>(_ message: @autoclosure () -> String, inert: @autoclosure () -> T) -> T {
    reportMisuse(message())
    return inert()
}

private func reportMisuse(_ message: @autoclosure () -> String) {
    let thread = gradus_this_thread()
    guard let pointer = thread.pointee.misuse_catcher else { fatalError(message()) }
    // Unretained: the frame of catchingMisuse that put it there holds it.
    let catcher = Unmanaged<MisuseCatcher>.fromOpaque(pointer).takeUnretainedValue()
    if catcher.first == nil { catcher.first = Misuse(message: message()) }
    thread.pointee.misuse_pending = true
}

private final class MisuseCatcher {
    var first: Misuse?
}

/// True inside ``catchingMisuse(_:)`` once something was misused: what has effects must then do nothing.
@inlinable @inline(__always)
package var misuseIsPending: Bool { gradus_this_thread().pointee.misuse_pending }

/// Runs `body`, and throws its first misuse instead of stopping the program.
///
/// From the first misuse to the end of `body`, what is computed is inert, and nothing is changed: assignments to values and
/// gradients, optimizer steps, running statistics and file writes do nothing, so that every parameter is bit-equal to
/// before. Swift's own traps (an array index out of range, integer overflow) are not caught.
///
///     do {
///         try catchingMisuse { _ = Tensor([1, 2]) + Tensor([1, 2, 3]) }
///     } catch {
///         print(error)  // add: shapes [2] and [3] do not broadcast
///     }
///
/// - Throws: ``Misuse``, or what `body` throws of itself if there was no misuse.
@discardableResult
public func catchingMisuse<T>(_ body: () throws -> T) throws -> T {
    let thread = gradus_this_thread()
    let outer = (catcher: thread.pointee.misuse_catcher, pending: thread.pointee.misuse_pending)
    let catcher = MisuseCatcher()
    let result = withExtendedLifetime(catcher) {
        thread.pointee.misuse_catcher = Unmanaged.passUnretained(catcher).toOpaque()
        thread.pointee.misuse_pending = outer.pending
        defer {
            thread.pointee.misuse_catcher = outer.catcher
            thread.pointee.misuse_pending = outer.pending
        }
        return Result { try body() }
    }
    if let misuse = catcher.first { throw misuse }
    return try result.get()
}

extension Int: Inert {
    package static var inert: Int { 0 }
}
extension Double: Inert {
    package static var inert: Double { .nan }
}
extension Bool: Inert {
    package static var inert: Bool { false }
}
extension String: Inert {
    package static var inert: String { "" }
}
extension Shape: Inert {
    package static var inert: Shape { Shape() }
}
extension Array: Inert {
    package static var inert: [Element] { [] }
}
extension Optional: Inert {
    package static var inert: Wrapped? { nil }
}
