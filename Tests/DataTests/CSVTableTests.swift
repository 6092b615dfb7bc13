import Foundation
import GradusData
import GradusTensor
import Testing
import _TestSupport

@Suite struct CSVTableTests {
    private func table(_ text: String, columns: Int? = nil, endsInNewline: Bool = false) throws(DataError) -> CSVTable {
        try CSVTable(Array(text.utf8), source: "t.csv", columns: columns, endsInNewline: endsInNewline)
    }

    /// The error's text, or nil if there was none.
    private func error(_ text: String, columns: Int? = nil, endsInNewline: Bool = false) -> String? {
        do {
            _ = try table(text, columns: columns, endsInNewline: endsInNewline)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func readsNumbersAsTheyAreWritten() throws {
        let table = try table("1,2.5,-3\n 4e2 ,\t+5,-.5E-1\r\n0,00012,9007199254740993\n")
        #expect(table.rows == 3)
        #expect(table.columns == 3)
        #expect(table.values == [1, 2.5, -3, 400, 5, -0.05, 0, 12, 9_007_199_254_740_992])
        #expect(table[1, 2] == -0.05)
        #expect(table.tensor(as: .float64) == Tensor(table.values, shape: [3, 3], as: .float64))
    }

    @Test func theLastLineMayLackItsBreakUnlessOneIsAskedFor() throws {
        #expect(try table("1\n2").values == [1, 2])
        #expect(
            error("1\n2", endsInNewline: true)
                == "t.csv, line 2: found the end of the text, expected a line break")
        #expect(try table("1\n2\n", endsInNewline: true).rows == 2)
    }

    @Test func nothingHasNoRows() throws {
        #expect(try table("").rows == 0)
        #expect(try table("").tensor().shape == [0, 0])
        #expect(try table("", columns: 3).tensor().shape == [0, 3])
    }

    @Test(arguments: [
        ("1,x\n", "t.csv, line 1, column 2: found \"x\", expected a number"),
        ("1,2\n3,\n", "t.csv, line 2, column 2: found \"\", expected a number"),
        ("1,2\n\n3,4\n", "t.csv, line 2, column 1: found \"\", expected a number"),
        ("1,2\n3\n", "t.csv, line 2: found 1 field, expected 2"),
        ("1,2\n3,4,5\n", "t.csv, line 2: found 3 fields, expected 2"),
        ("nan\n", "t.csv, line 1, column 1: found \"nan\", expected a number"),
        ("inf\n", "t.csv, line 1, column 1: found \"inf\", expected a number"),
        ("0x10\n", "t.csv, line 1, column 1: found \"0x10\", expected a number"),
        ("1e999\n", "t.csv, line 1, column 1: found \"1e999\", expected a number"),
        ("1 2\n", "t.csv, line 1, column 1: found \"1 2\", expected a number"),
        ("1e\n", "t.csv, line 1, column 1: found \"1e\", expected a number"),
        ("\"1\"\n", "t.csv, line 1, column 1: found \"\\\"1\\\"\", expected a number"),
        ("1\u{7}\n", "t.csv, line 1, column 1: found \"1\\u{07}\", expected a number"),
        ("\u{FEFF}1\n", "t.csv, line 1, column 1: found \"\\u{FEFF}1\", expected a number"),
        (
            "1\n\(String(repeating: "z", count: 1000))\n",
            "t.csv, line 2, column 1: found \"\(String(repeating: "z", count: 24))…\", expected a number"
        ),
    ])
    func aDamagedLineIsRefusedWhereItIs(text: String, message: String) {
        #expect(error(text) == message)
    }

    @Test func theNumberOfFieldsMayBeFixed() {
        #expect(error("1,2\n", columns: 3) == "t.csv, line 1: found 2 fields, expected 3")
        #expect(error("1,2,3\n", columns: 3) == nil)
    }

    @Test func aHeadingNamesTheColumns() throws {
        let table = try CSVTable(Array("width, height,kind\r\n1,2,0\n3,4,1\n".utf8), source: "t.csv", hasHeading: true)
        #expect(table.names == ["width", "height", "kind"])
        #expect((table.rows, table.columns) == (2, 3))
        #expect(table[1, 2] == 1)
        func message(_ text: String) -> String? {
            refusal { () throws(DataError) in try CSVTable(Array(text.utf8), source: "t.csv", hasHeading: true) }
        }
        #expect(message("a,b\n1,x\n") == "t.csv, line 2, column 2: found \"x\", expected a number")
        #expect(message("a,b\n1\n") == "t.csv, line 2: found 1 field, expected 2")
        #expect(message("") == "t.csv, line 1: found the end of the text, expected a heading")
        #expect(try CSVTable(Array("a,b\n".utf8), source: "t.csv", hasHeading: true).rows == 0)
    }

    @Test func rowsAreExamples() throws {
        let table = try CSVTable(Array("a,kind,b\n1,0,2\n3,1,4\n".utf8), source: "t.csv", hasHeading: true)
        let data = try table.dataset(labelColumn: 1, classes: 2)
        #expect(data.inputs == Tensor([[1, 2], [3, 4]]))
        #expect(data.labels == Tensor([0, 1], as: .int64))
        #expect(try table.dataset().labels == Tensor([2, 4]))
        #expect(
            refusal { () throws(DataError) in try table.dataset(labelColumn: -1, classes: 3) }
                == "t.csv, line 3, column 3: found 4.0, expected a label, a whole number from 0 to 2")
        #expect(misuseMessage { try? table.dataset(labelColumn: 3) } != nil)
    }

    @Test func bytesThatAreNoTextAreRefused() {
        #expect(throws: DataError.self) { try CSVTable([0xFF, 0xFE, 0x0A], source: "t.csv") }
        #expect(throws: DataError.self) { try CSVTable([0x31, 0x00, 0x0A], source: "t.csv") }
    }

    @Test func aFileThatIsNotThereIsSaid() {
        do {
            _ = try CSVTable(contentsOf: "/no/such/file.csv")
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.source == "/no/such/file.csv")
            #expect(error.line == nil && error.expected == "a file of numbers")
        }
    }

    @Test func aFileIsReadAndCalledByItsName() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).csv")
        defer { try? FileManager.default.removeItem(at: url) }
        try "1,2\n3,x\n".write(to: url, atomically: true, encoding: .utf8)
        do {
            _ = try CSVTable(contentsOf: url.path)
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.source == url.lastPathComponent)
            #expect((error.line, error.column) == (2, 2))
        }
    }

    @Test func aNumberThatIsNotThereIsMisuse() throws {
        let table = try table("1,2\n")
        #expect(misuseMessage { table[1, 0] } == "CSVTable: row 1, column 0 of 1 rows and 2 columns")
        #expect(misuseMessage { table[0, 2] } != nil)
        #expect(misuseMessage { table[-1, 0] } != nil)
    }
}
