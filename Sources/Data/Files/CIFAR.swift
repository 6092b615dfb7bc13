import Foundation
import GradusTensor

/// CIFAR-10 or CIFAR-100, 60,000 colour photographs of 32 by 32 pixels, from the binary files the user has.
///
///     let cifar = try CIFAR.load(.ten, from: "data/cifar-10-batches-bin")
///     print(cifar.training.inputs.shape)  // [50000, 3, 32, 32]
///
/// Channels are red, green, blue, pixels 0 to 1 in `float32`, labels `int64`. The files are not part of this package: "CIFAR-10
/// binary version" and "CIFAR-100 binary version" (A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009).
public struct CIFAR: Sendable {
    /// Which of them.
    public enum Kind: Sendable, CaseIterable {
        /// CIFAR-10: ten classes.
        case ten
        /// CIFAR-100 by its hundred fine classes.
        case hundred
        /// CIFAR-100 by its twenty coarse ones.
        case twenty

        /// How many classes there are.
        public var classes: Int {
            switch self {
            case .ten: 10
            case .hundred: 100
            case .twenty: 20
            }
        }

        /// For each byte in front of an image how many labels there are, and which of these bytes is asked for.
        fileprivate var labels: (limits: [Int], place: Int) {
            switch self {
            case .ten: ([10], 0)
            case .hundred: ([20, 100], 1)
            case .twenty: ([20, 100], 0)
            }
        }

        fileprivate var files: (training: [String], test: String) {
            self == .ten ? ((1...5).map { "data_batch_\($0).bin" }, "test_batch.bin") : (["train.bin"], "test.bin")
        }
    }

    /// What the labels of CIFAR-10 mean.
    public static let names = [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ]

    /// The 50,000 to learn from.
    public let training: Dataset
    /// The 10,000 held out.
    public let test: Dataset

    /// Reads the files of a folder: `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin` of CIFAR-10, `train.bin` and
    /// `test.bin` of CIFAR-100.
    ///
    /// - Throws: ``DataError`` if one is missing or damaged.
    public static func load(_ kind: Kind, from folder: String) throws(DataError) -> CIFAR {
        func part(_ names: [String]) throws(DataError) -> Dataset {
            var parts: [Dataset] = []
            for name in names {
                let path = URL(fileURLWithPath: folder).appendingPathComponent(name).path
                let file = try BinaryFile(path, expected: "a file of CIFAR images")
                try checkSize(file.size, kind, file.name)
                parts.append(try dataset(file.read(file.size), kind, source: file.name))
            }
            return Dataset(
                inputs: concatenate(parts.map(\.inputs)), labels: concatenate(parts.map(\.labels)))
        }
        return try CIFAR(training: part(kind.files.training), test: part([kind.files.test]))
    }

    /// The images in the bytes of one file: records of one label (CIFAR-100: a coarse and a fine one) and 3,072 pixels, all red
    /// ones first, then green, then blue, each row by row. Errors call the file `source`.
    public static func dataset(_ bytes: [UInt8], _ kind: Kind, source: String) throws(DataError) -> Dataset {
        try checkSize(bytes.count, kind, source)
        let (limits, place) = kind.labels
        let record = limits.count + pixels
        let count = bytes.count / record
        var labels: [Int] = []
        for image in 0..<count {
            for (i, limit) in limits.enumerated() where bytes[image * record + i] >= limit {
                throw DataError(
                    in: source, byte: image * record + i, found: "\(bytes[image * record + i])",
                    expected: "a label from 0 to \(limit - 1)")
            }
            labels.append(Int(bytes[image * record + place]))
        }
        let inputs = (0..<count).map { image in
            Tensor.fractions(bytes[image * record + limits.count..<(image + 1) * record], shape: [3, 32, 32])
        }
        return Dataset(inputs: stack(inputs), labels: Tensor(labels))
    }

    private static let pixels = 3 * 32 * 32

    private static func checkSize(_ size: Int, _ kind: Kind, _ source: String) throws(DataError) {
        let record = kind.labels.limits.count + pixels
        guard size > 0 && size % record == 0 else {
            throw DataError(
                in: source, byte: size, found: "the end of the file",
                expected: "the end of an image; each takes \(record) bytes, and there is one at least")
        }
    }
}
