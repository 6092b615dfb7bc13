import GradusData
import GradusTensor
import Testing
import _TestSupport

/// A small file of digits, damaged in every way that one cut or one wrong bit can.
@Suite struct DamageTests {
    private static let rows = 3
    private static let text: [UInt8] = {
        let lines = (0..<rows).map { row in
            ((0..<64).map { "\(($0 * 7 + row) % 17)" } + ["\(row)"]).joined(separator: ",") + "\n"
        }
        return Array(lines.joined().utf8)
    }()

    private func read(_ text: [UInt8]) throws(DataError) -> Dataset {
        try Digits.dataset(
            CSVTable(text, source: "d.csv", columns: 65, endsInNewline: true), count: DamageTests.rows)
    }

    @Test func whatIsWholeIsRead() throws {
        let digits = try read(DamageTests.text)
        #expect(digits.inputs.shape == [3, 1, 8, 8])
        #expect(digits.inputs[at: [1, 0, 0, 1]] == 0.5)
        #expect(digits.labels == Tensor([0, 1, 2], as: .int64))
    }

    @Test func aFileCutAnywhereIsRefused() {
        for length in DamageTests.text.indices {
            #expect(throws: DataError.self, "cut to \(length) bytes") { try read(Array(DamageTests.text[..<length])) }
        }
    }

    /// A digit may become another digit, which nobody can tell; anything else is refused in the line where it is.
    @Test func aWrongBitIsRefusedOrLeavesADigit() {
        let original = DamageTests.text
        for place in original.indices {
            let line = original[..<place].count { $0 == UInt8(ascii: "\n") } + 1
            for bit in 0..<8 {
                var text = original
                text[place] ^= 1 << bit
                do {
                    let digits = try read(text)
                    let pixels = digits.inputs.array(of: Double.self)
                    #expect(digits.inputs.shape == [3, 1, 8, 8])
                    #expect(pixels.allSatisfy { (0...1).contains($0) && $0 * 16 == ($0 * 16).rounded() })
                    #expect(digits.labels.array(of: Int.self).allSatisfy { (0...9).contains($0) })
                } catch {
                    // A line break that came or went is noticed in that line or by the number of lines.
                    #expect(error.line == nil || error.line == line, "byte \(place), bit \(bit): \(error)")
                }
            }
        }
    }

    @Test(arguments: [
        (63, "17", "d.csv, line 1, column 64: found 17.0, expected a pixel, a whole number from 0 to 16"),
        (63, "-1", "d.csv, line 1, column 64: found -1.0, expected a pixel, a whole number from 0 to 16"),
        (0, "0.5", "d.csv, line 1, column 1: found 0.5, expected a pixel, a whole number from 0 to 16"),
        (64, "10", "d.csv, line 1, column 65: found 10.0, expected a label, a whole number from 0 to 9"),
        (64, "1e300", "d.csv, line 1, column 65: found 1e+300, expected a label, a whole number from 0 to 9"),
    ])
    func aNumberOutOfRangeIsRefused(field: Int, value: String, message: String) {
        var lines = String(decoding: DamageTests.text, as: UTF8.self).split(separator: "\n").map(String.init)
        var fields = lines[0].split(separator: ",").map(String.init)
        fields[field] = value
        lines[0] = fields.joined(separator: ",")
        do {
            _ = try read(Array((lines.joined(separator: "\n") + "\n").utf8))
            Issue.record("nothing was thrown")
        } catch {
            #expect("\(error)" == message)
        }
    }

    @Test func aLineTooManyOrTooFewIsRefused() {
        let line = Array(DamageTests.text.prefix { $0 != UInt8(ascii: "\n") }) + [UInt8(ascii: "\n")]
        do {
            _ = try read(DamageTests.text + line)
            Issue.record("nothing was thrown")
        } catch {
            #expect("\(error)" == "d.csv: found 4 lines, expected 3")
        }
    }
}
