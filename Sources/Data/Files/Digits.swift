import Foundation
import GradusTensor

/// 1,797 handwritten digits, 8 by 8 pixels, embedded in the package: real data for lessons and tests, in seconds.
///
///     let digits = try Digits.load()
///     print(digits.training.inputs.shape, digits.test.labels.shape)  // [1437, 1, 8, 8] [360]
///
/// The test part of *Optical Recognition of Handwritten Digits*: E. Alpaydin and C. Kaynak, 1998, UCI Machine Learning
/// Repository, https://doi.org/10.24432/C50P49, used under CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/). Changed
/// in nothing but the scale: a pixel of the file counts the ink in 4 by 4 dots, 0 to 16; here it is that number over 16, so
/// 0 is white and 1 all ink.
public struct Digits: Sendable {
    /// How many classes there are: the labels are 0 to 9.
    public static let classes = 10

    /// All 1,797, in the order of the file: inputs `[1797, 1, 8, 8]` of `float32` from 0 to 1, labels `[1797]` of `int64`.
    public let all: Dataset

    /// The 1,437 to learn from.
    public let training: Dataset

    /// The 360 held out.
    public let test: Dataset

    /// Reads the digits, and splits them at random; the same seed gives the same split everywhere.
    ///
    /// - Throws: ``DataError`` if the package's resource is missing or damaged.
    public static func load(seed: UInt64 = 0) throws(DataError) -> Digits {
        guard let url = Bundle.module.url(forResource: "digits", withExtension: "csv") else {
            throw DataError(in: "digits.csv", found: "no such resource in the package", expected: "the digits")
        }
        let all = try dataset(CSVTable(contentsOf: url.path, columns: 65, endsInNewline: true), count: 1797)
        var random = Random(seed: seed)
        let (training, test) = all.split(1437, using: &random)
        return Digits(all: all, training: training, test: test)
    }

    /// 64 pixels and a label in each row, as the file has them.
    package static func dataset(_ table: CSVTable, count: Int) throws(DataError) -> Dataset {
        guard table.rows == count else {
            throw DataError(in: table.source, found: "\(table.rows) lines", expected: "\(count)")
        }
        try table.expect("a pixel", in: 0...16, columns: 0..<64)
        try table.expect("a label", in: 0...9, columns: 64..<65)
        let rows = (0..<table.rows).map { table.values[$0 * 65..<($0 + 1) * 65] }
        return Dataset(
            inputs: Tensor(rows.flatMap { $0.dropLast().map { $0 / 16 } }, shape: [count, 1, 8, 8]),
            labels: Tensor(rows.flatMap { $0.suffix(1) }, as: .int64))
    }
}
