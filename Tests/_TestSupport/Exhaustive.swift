import Foundation

/// Whether the tests are to do all they can, in minutes, and not a sample of it in seconds:
///
///     GRADUS_EXHAUSTIVE=1 swift test -c release --filter 'MutationTests|OperationTable'
public let isExhaustive = ProcessInfo.processInfo.environment["GRADUS_EXHAUSTIVE"] == "1"

/// Where random cases begin; another number gives other cases: `GRADUS_SEED=5`. What a failure prints is replayed with it.
public let firstSeed = ProcessInfo.processInfo.environment["GRADUS_SEED"].flatMap(UInt64.init) ?? 0
