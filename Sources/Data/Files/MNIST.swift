import Foundation
import GradusTensor

/// MNIST, 70,000 handwritten digits of 28 by 28 pixels, or Fashion-MNIST, as many pieces of clothing, from the files the user
/// has.
///
///     let mnist = try MNIST.load(from: "data/mnist")
///     print(mnist.training.inputs.shape)  // [60000, 1, 28, 28]
///
/// Pixels are 0 (paper) to 1 (ink) in `float32`, labels 0 to 9 in `int64`. The files are not part of this package; both sets are
/// distributed under the same names (Y. LeCun et al., "Gradient-based learning applied to document recognition", 1998; H. Xiao,
/// K. Rasul and R. Vollgraf, "Fashion-MNIST", 2017), packed by gzip: unpack them first.
public struct MNIST: Sendable {
    /// How many classes there are: the labels are 0 to 9.
    public static let classes = 10

    /// What the labels of Fashion-MNIST mean.
    public static let fashionNames = [
        "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
    ]

    /// The 60,000 to learn from.
    public let training: Dataset
    /// The 10,000 held out.
    public let test: Dataset

    /// Reads the four files of a folder: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
    /// `t10k-labels-idx1-ubyte` (or with a dot before `idx`).
    ///
    /// - Throws: ``DataError`` if one is missing or damaged.
    public static func load(from folder: String) throws(DataError) -> MNIST {
        func part(_ name: String) throws(DataError) -> Dataset {
            try dataset(
                images: IDXFile(contentsOf: path(folder, "\(name)-images", "idx3-ubyte")),
                labels: IDXFile(contentsOf: path(folder, "\(name)-labels", "idx1-ubyte")))
        }
        return try MNIST(training: part("train"), test: part("t10k"))
    }

    /// Images and labels from one pair of files of this kind: inputs `[n, 1, height, width]` from 0 to 1, labels `[n]`.
    ///
    /// - Throws: ``DataError`` if they are no images of bytes, no labels of 0 to 9, or not as many of one as of the other.
    public static func dataset(images: IDXFile, labels: IDXFile) throws(DataError) -> Dataset {
        guard images.kind == .uint8 && images.shape.rank == 3 else {
            throw DataError(
                in: images.source, byte: 2, found: "\(images.kind) of shape \(images.shape)",
                expected: "images, uint8 of shape [n, height, width]")
        }
        guard labels.kind == .uint8 && labels.shape.rank == 1 else {
            throw DataError(
                in: labels.source, byte: 2, found: "\(labels.kind) of shape \(labels.shape)",
                expected: "labels, uint8 of shape [n]")
        }
        guard images.shape[0] == labels.shape[0] else {
            throw DataError(
                in: labels.source, byte: 4, found: "\(labels.shape[0]) labels",
                expected: "\(images.shape[0]), one for each image in \(images.source)")
        }
        guard images.shape.count > 0 else {
            throw DataError(in: images.source, byte: 4, found: "shape \(images.shape)", expected: "images with pixels")
        }
        if let wrong = labels.bytes.firstIndex(where: { $0 >= classes }) {
            throw DataError(
                in: labels.source, byte: 8 + wrong, found: "\(labels.bytes[wrong])", expected: "a label from 0 to 9")
        }
        let (count, height, width) = (images.shape[0], images.shape[1], images.shape[2])
        return Dataset(
            inputs: .fractions(images.bytes[...], shape: [count, 1, height, width]),
            labels: Tensor(labels.bytes.map { Int($0) }))
    }

    private static func path(_ folder: String, _ name: String, _ ending: String) -> String {
        let folder = URL(fileURLWithPath: folder)
        let dotted = folder.appendingPathComponent("\(name).\(ending)").path
        return FileManager.default.fileExists(atPath: dotted)
            ? dotted : folder.appendingPathComponent("\(name)-\(ending)").path
    }
}
