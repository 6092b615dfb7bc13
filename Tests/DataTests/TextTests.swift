import Foundation
import GradusData
import GradusTensor
import Testing
import _TestSupport

@Suite struct TextTests {
    @Test func charactersAreNumbered() throws {
        let vocabulary = Vocabulary(of: "banana é")
        #expect(vocabulary.characters == [" ", "a", "b", "n", "é"])
        let codes = try vocabulary.encode("nab é")
        #expect(codes == Tensor([3, 1, 2, 0, 4], as: .int64))
        #expect(vocabulary.decode(codes) == "nab é")
        #expect(vocabulary.decode(codes[..<0]) == "")
        #expect(Vocabulary(vocabulary.characters) == vocabulary)
        #expect(Vocabulary(of: "").count == 0)
    }

    @Test func aCharacterOfNoNumberIsRefusedWhereItStands() {
        let vocabulary = Vocabulary(of: "ab\n")
        let message = refusal { () throws(DataError) in try vocabulary.encode("ab\na🙂") }
        #expect(
            message == "text, line 2, column 2: found \"\\u{0001F642}\", expected one of the vocabulary's 3 characters")
        #expect(
            misuseMessage { vocabulary.decode(Tensor([3], as: .int64)) }
                == "Vocabulary.decode: 3 is the number of none of the 3 characters")
        #expect(misuseMessage { vocabulary.decode(Tensor([1])) } != nil)
        #expect(misuseMessage { Vocabulary(["a", "a"]) } != nil)
    }

    @Test func theSampleIsThere() throws {
        let text = try SampleText.load()
        #expect(text.hasPrefix("THE WAY DOWN\n\nA shepherd lived on a mountain"))
        #expect(text.count > 8000)
        let vocabulary = Vocabulary(of: text)
        #expect(vocabulary.decode(try vocabulary.encode(text)) == text)
    }

    @Test func aFileOfTextIsRead() throws {
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent("t.txt")
            func read(_ bytes: [UInt8]) throws -> String? {
                try Data(bytes).write(to: file)
                return refusal { () throws(DataError) in try SampleText.load(contentsOf: file.path) }
            }
            #expect(try read(Array("héllo\n".utf8)) == nil)
            #expect(try SampleText.load(contentsOf: file.path) == "héllo\n")
            #expect(try read([]) == "t.txt, byte 0: found nothing, expected a text")
            #expect(
                try read([0x61, 0xC3, 0xA9, 0xFF, 0x61]) == "t.txt, byte 3: found 255, expected text in UTF-8")
            for length in 0..<40 {
                let message = try read(
                    [UInt8](repeating: 0x62, count: length) + [0x80] + [UInt8](repeating: 0x62, count: 9))
                #expect(message?.hasPrefix("t.txt, byte \(length): ") == true)
            }
        }
    }

    @Test func piecesPredictTheNext() {
        let data = Dataset(nextIn: Tensor.arange(10), length: 3, every: 2)
        #expect(data.inputs == Tensor([[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, 8]], as: .int64))
        #expect(data.labels == Tensor([[1, 2, 3], [3, 4, 5], [5, 6, 7], [7, 8, 9]], as: .int64))
        #expect(Dataset(nextIn: Tensor.arange(4), length: 3).count == 1)
        #expect(misuseMessage { Dataset(nextIn: Tensor.arange(3), length: 3) } != nil)
        #expect(misuseMessage { Dataset(nextIn: Tensor([1, 2]), length: 1) } != nil)
    }

    /// Each reader's rows, one batch after the other, are one run of the sequence.
    @Test func readersGoOnWhereTheyWere() {
        let pieces = SequencePieces(of: .arange(50), readers: 3, length: 5)
        #expect(pieces.count == 3)
        let inputs = concatenate(pieces.map(\.inputs.value), along: 1)
        let labels = concatenate(pieces.map(\.labels), along: 1)
        for reader in 0..<3 {
            #expect(inputs[reader].array(of: Int.self) == Array(16 * reader..<16 * reader + 15))
        }
        expectIdentical(labels, inputs + 1)
        let exact = SequencePieces(of: .arange(7), readers: 2, length: 3)
        #expect(exact.count == 1 && exact[0].labels == Tensor([[1, 2, 3], [4, 5, 6]], as: .int64))
        #expect(misuseMessage { SequencePieces(of: .arange(7), readers: 2, length: 4) } != nil)
        #expect(misuseMessage { SequencePieces(of: .arange(7), readers: 0, length: 1) } != nil)
        #expect(misuseMessage { exact[1] } == "SequencePieces: piece 1 of 1")
    }
}
