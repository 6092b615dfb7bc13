import Foundation
import GradusAutograd
import GradusTensor
import Testing
import _TestSupport

/// Every check of the table runs over every entry.
@Suite struct OperationTableTests {
    /// Every kind of input has shapes, or a reason why it does not apply; names are given once.
    @Test func everyKindIsAccountedFor() {
        #expect(Set(OperationEntry.all.map(\.name)).count == OperationEntry.all.count)
        for entry in OperationEntry.all {
            for kind in CaseKind.allCases {
                #expect(
                    (entry.shapes[kind] != nil) != (entry.without[kind] != nil), "\(entry.name), \(kind.rawValue)")
            }
        }
    }

    /// A primitive that no entry runs fails here: the sources are searched for them.
    @Test func everyPrimitiveIsInTheTable() throws {
        let primitives = try primitiveOperations(near: #filePath)
        #expect(primitives.count > 90, "the search found \(primitives.count)")

        var executed: Set<String> = []
        for entry in OperationEntry.all {
            let inputs = entry.inputs(.interior, seed: 1).map { Variable($0) }
            let (_, recording) = recordingEverything { entry.function(.interior)(inputs) }
            for operation in recording.operations { executed.insert(String(describing: type(of: operation))) }
        }
        // Not a rule of its own: the checker's product of results and weights, tested with it.
        let machinery: Set = ["InnerProduct"]
        #expect(primitives.subtracting(machinery).subtracting(executed).sorted() == [])
        #expect(machinery.subtracting(primitives) == [])
    }

    /// Orders one and two against differences, or, at a kink, against the smooth function that convention chooses.
    @Test(arguments: OperationEntry.all)
    func derivatives(_ entry: OperationEntry) {
        let kinds = entry.kinds
        // A sample of a quick run: one kind each, another one for each entry.
        let all = isExhaustive ? max(1000, kinds.count) : kinds.count
        let sampled = stableHash(entry.name) % kinds.count
        for i in 0..<all {
            let kind = kinds[i % kinds.count]
            let seed = UInt64(1 + i)
            if entry.isSmooth(kind) {
                guard isExhaustive || i == sampled || i == 0 else { continue }
                expectGradients(
                    of: { [entry.function(kind)($0)] }, at: entry.inputs(kind, seed: seed), order: 2,
                    sampling: 1, seed: seed, "\(entry.name), \(kind.rawValue), seed \(seed)")
            } else {
                expectSmoothPiece(entry, kind, seed: seed)
            }
        }
        for point in entry.exact { expectExact(entry, point) }
    }

    /// Everything that holds to the bit, and float32 beside float64.
    @Test(arguments: OperationEntry.all)
    func bits(_ entry: OperationEntry) {
        for (i, kind) in entry.kinds.enumerated() {
            for seed in 1...UInt64(isExhaustive ? 20 : 1) {
                let inputs = entry.inputs(kind, seed: seed)
                let function = entry.function(kind)
                let name = "\(entry.name), \(kind.rawValue), seed \(seed)"
                expectShapesAndTypes(of: function, at: inputs, name)
                expectUnmovedByUpdates(of: function, at: inputs, name)
                expectReplays(function, at: inputs, name)
                expectFusedEqualsArithmetic(function, at: inputs, name)
                // Tiny numbers to powers that float32 does not have are no matter of rules.
                if kind != .tiny {
                    expectSingleBesideDouble(function, at: inputs, name)
                }
                if isExhaustive || i == 0 {
                    expectSameBitsAtAnyThreadCount(of: function, at: inputs, order: 2, name)
                }
            }
        }
    }

    /// Every entry has cases from PyTorch with second derivatives, its own or those of what it is part of, or says why not.
    @Test func referencesAreComplete() throws {
        var seconds: [String: Set<String>] = [:]
        for entry in OperationEntry.all {
            switch entry.reference {
            case .none(let reason): #expect(!reason.isEmpty, "\(entry.name)")
            case .family(let family, let op), .partOf(let family, let op):
                if seconds[family] == nil {
                    seconds[family] = Set(try ReferenceCases.load(family).filter { !$0.second.isEmpty }.map(\.op))
                }
                #expect(seconds[family]?.contains(op) == true, "\(entry.name): \(family) has no \(op) to second order")
            }
        }
    }

    private func stableHash(_ name: String) -> Int {
        name.unicodeScalars.reduce(7) { ($0 * 31 + Int($1.value)) % 65_521 }
    }
}
