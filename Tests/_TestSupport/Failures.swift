import Testing

/// Where the expectations of this module report what is wrong: to the test, or to a `failures { … }` around it.
func report(_ message: String, sourceLocation: SourceLocation) {
    if let collected = FailureCollection.current {
        collected.messages.append(message)
    } else {
        Issue.record("\(message)", sourceLocation: sourceLocation)
    }
}

/// What the expectations in `body` find wrong, instead of failing the test: expectations are tested on what must not pass.
///
///     #expect(!failures { expectClose(1, 1.1) }.isEmpty)
public func failures(_ body: () throws -> Void) rethrows -> [String] {
    let collection = FailureCollection()
    try FailureCollection.$current.withValue(collection, operation: body)
    return collection.messages
}

private final class FailureCollection: @unchecked Sendable {
    // @unchecked: filled by the task that made it, while it waits for `body`.
    @TaskLocal static var current: FailureCollection?
    var messages: [String] = []
}
