import GradusTensor
import Testing

/// Gives each test a default generator of its own: tests run side by side in one process, and would draw from each other's.
public struct SeededTrait: TestTrait, SuiteTrait, TestScoping {
    let seed: UInt64

    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await DefaultRandom.withState(Random(seed: seed).state, function)
    }
}

extension Trait where Self == SeededTrait {
    /// Every test draws from a default generator of its own, started from this seed.
    public static func seeded(_ seed: UInt64 = 1) -> SeededTrait { SeededTrait(seed: seed) }
}
