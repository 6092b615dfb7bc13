import Synchronization
import Testing

/// Counts objects that are alive, and so proves that a test lets them all go.
///
///     try withLifetimeTracking { tracker in
///         let x = Variable(1)
///         tracker.track(x)
///     }  // reports the line of every tracked object that lives on
///
/// It holds no object alive, and serves several threads at once.
public final class LifetimeTracker: Sendable {
    private struct Entry: @unchecked Sendable {
        // @unchecked: a weak reference may be read on any thread.
        weak var object: AnyObject?
        let name: String
        let sourceLocation: SourceLocation
    }

    private let entries = Mutex<[Entry]>([])
    private let made = Atomic(0)
    private let gone = Atomic(0)

    public init() {}

    /// Watches an object of any class; gives it back.
    @discardableResult
    public func track<T: AnyObject>(
        _ object: T, _ name: String = "\(T.self)", sourceLocation: SourceLocation = #_sourceLocation
    ) -> T {
        let entry = Entry(object: object, name: name, sourceLocation: sourceLocation)
        entries.withLock { $0.append(entry) }
        return object
    }

    /// How many of the tracked objects are alive.
    public var alive: Int {
        entries.withLock { $0.count { $0.object != nil } } + made.load(ordering: .acquiring)
            - gone.load(ordering: .acquiring)
    }

    /// An object to put where its lifetime tells something: in an element of one's own, in a closure's capture.
    public func instance() -> Instance { Instance(self) }

    /// Counts itself while it lives.
    public final class Instance: Sendable {
        private let tracker: LifetimeTracker

        fileprivate init(_ tracker: LifetimeTracker) {
            self.tracker = tracker
            tracker.made.wrappingAdd(1, ordering: .acquiringAndReleasing)
        }

        deinit { tracker.gone.wrappingAdd(1, ordering: .acquiringAndReleasing) }
    }

    /// Reports whatever is alive: tracked objects where they were tracked, instances at the caller's line.
    public func expectNoneAlive(sourceLocation: SourceLocation = #_sourceLocation) {
        let left = entries.withLock { $0.filter { $0.object != nil } }
        for entry in left { report("\(entry.name) is still alive", sourceLocation: entry.sourceLocation) }
        let instances = made.load(ordering: .acquiring) - gone.load(ordering: .acquiring)
        if instances > 0 {
            report("\(instances) instances are still alive", sourceLocation: sourceLocation)
        }
    }
}

/// Runs `body` and expects that nothing tracked outlives it.
public func withLifetimeTracking<R>(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: (LifetimeTracker) throws -> R
) rethrows -> R {
    let tracker = LifetimeTracker()
    defer { tracker.expectNoneAlive(sourceLocation: sourceLocation) }
    return try body(tracker)
}
