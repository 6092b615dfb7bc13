import Foundation
import GradusData
import GradusTensor
import Testing
import _TestSupport

/// A folder that is gone after `body`.
func withTemporaryFolder<R>(_ body: (URL) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gradus-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// What is said of data that is refused; nil if it was taken.
func refusal(_ body: () throws(DataError) -> some Any) -> String? {
    do {
        _ = try body()
        return nil
    } catch { return "\(error)" }
}

@Suite struct IDXTests {
    /// The bytes of a file of this type and shape.
    static func file(_ type: UInt8, _ sizes: [Int], _ body: [UInt8]) -> [UInt8] {
        [0, 0, type, UInt8(sizes.count)] + sizes.flatMap { size in (0..<4).map { UInt8(size >> (24 - 8 * $0) & 255) } }
            + body
    }

    private func read(_ bytes: [UInt8]) throws(DataError) -> IDXFile { try IDXFile(bytes, source: "f") }

    @Test func everyTypeIsRead() throws {
        #expect(try read(IDXTests.file(8, [2, 2], [0, 1, 128, 255])).tensor() == Tensor([[0, 1], [128, 255]]))
        #expect(try read(IDXTests.file(9, [2], [127, 255])).tensor() == Tensor([127, -1]))
        #expect(try read(IDXTests.file(11, [2], [1, 0, 255, 254])).tensor() == Tensor([256, -2]))
        #expect(try read(IDXTests.file(12, [1], [255, 255, 255, 0])).tensor(as: .int64) == Tensor([-256], as: .int64))
        #expect(try read(IDXTests.file(13, [1], [0x3F, 0xC0, 0, 0])).tensor() == Tensor([1.5]))
        let double = try read(IDXTests.file(14, [1], [0xC0, 4, 0, 0, 0, 0, 0, 0])).tensor()
        #expect(double == Tensor([-2.5], as: .float64))
        #expect(try read(IDXTests.file(8, [0, 3], [])).tensor().shape == [0, 3])
    }

    @Test func aFileIsReadToo() throws {
        try withTemporaryFolder { folder in
            // Longer than the longest heading, and shorter.
            for count in [3, 1000] {
                let bytes = (0..<count).map { UInt8($0 % 251) }
                let path = folder.appendingPathComponent("x-idx1-ubyte").path
                try Data(IDXTests.file(8, [count], bytes)).write(to: URL(fileURLWithPath: path))
                #expect(try IDXFile(contentsOf: path).tensor() == Tensor(bytes.map { Double($0) }))
            }
        }
    }

    @Test(
        arguments: [
            ([], "f, byte 0: found the end of the file, expected 4 bytes that say what an IDX file holds"),
            ([1, 0, 8, 1], "f, byte 0: found 1, 0, expected two zeros, with which an IDX file begins"),
            ([0, 0, 7, 1], "f, byte 2: found 7, expected an element type: 8, 9, 11, 12, 13 or 14"),
            ([0, 0, 8, 0], "f, byte 3: found 0 axes, expected 1 to 8"),
            ([0, 0, 8, 9], "f, byte 3: found 9 axes, expected 1 to 8"),
            ([0, 0, 8, 2, 0, 0], "f, byte 6: found the end of the file, expected 2 sizes of 4 bytes"),
            (
                [0, 0, 8, 1, 0, 0, 0, 3, 1, 2],
                "f, byte 10: found the end of the file, expected 3 bytes of elements, as the sizes [3] say, and no more"
            ),
            (
                [0, 0, 8, 1, 0, 0, 0, 1, 1, 2],
                "f, byte 9: found more bytes, expected 1 bytes of elements, as the sizes [1] say, and no more"
            ),
        ] as [([UInt8], String)])
    func aDamagedHeadingIsRefused(bytes: [UInt8], message: String) {
        #expect(refusal { () throws(DataError) in try read(bytes) } == message)
    }

    @Test func sizesBeyondAllMemoryAreRefused() {
        let large = [UInt8](repeating: 255, count: 16)
        #expect(
            refusal { () throws(DataError) in try read([0, 0, 14, 4] + large) }
                == "f, byte 4: found sizes [4294967295, 4294967295, 4294967295, 4294967295], expected no more elements than a computer holds"
        )
        // Four times 2³² wraps around to nothing.
        #expect(refusal { () throws(DataError) in try read(IDXTests.file(12, [1 << 31, 1 << 31, 4], [])) } != nil)
    }

    @Test func everyCutAndEveryWrongBitIsRefusedOrReadAsWhatItSays() throws {
        let whole = IDXTests.file(8, [2, 3, 2], (0..<12).map { UInt8($0) })
        for length in whole.indices {
            #expect(refusal { () throws(DataError) in try read(Array(whole[..<length])) } != nil, "cut to \(length)")
        }
        #expect(refusal { () throws(DataError) in try read(whole + [0]) } != nil)
        for place in whole.indices {
            for bit in 0..<8 {
                var bytes = whole
                bytes[place] ^= 1 << bit
                guard let file = try? read(bytes) else { continue }
                // Only what is no heading can be changed, or the sign of bytes.
                #expect(place >= 16 || place == 2 && file.kind == .int8)
                #expect(file.tensor().shape == [2, 3, 2])
            }
        }
    }

    @Test func whatIsNoFileIsSaid() throws {
        try withTemporaryFolder { folder in
            #expect(
                refusal { () throws(DataError) in try IDXFile(contentsOf: folder.path) }
                    == "\(folder.path): found a folder, expected an IDX file")
            #expect(
                refusal { () throws(DataError) in try IDXFile(contentsOf: "/no/such") }
                    == "/no/such: found no file, expected an IDX file")
            let packed = folder.appendingPathComponent("x.gz")
            try Data([0x1F, 0x8B, 8, 0]).write(to: packed)
            #expect(
                refusal { () throws(DataError) in try IDXFile(contentsOf: packed.path) }
                    == "x.gz, byte 0: found a gzip archive, expected an IDX file; unpack it with gunzip")
            let empty = folder.appendingPathComponent("empty")
            try Data().write(to: empty)
            #expect(
                refusal { () throws(DataError) in try IDXFile(contentsOf: empty.path) }?.hasPrefix("empty, byte 0: ")
                    == true)
        }
    }
}

@Suite struct MNISTTests {
    private func images(_ count: Int, start: Int = 0) -> [UInt8] {
        IDXTests.file(8, [count, 2, 3], (0..<6 * count).map { UInt8(($0 + start) % 256) })
    }

    private func labels(_ labels: [UInt8]) -> [UInt8] { IDXTests.file(8, [labels.count], labels) }

    private func dataset(_ images: [UInt8], _ labels: [UInt8]) throws(DataError) -> Dataset {
        try MNIST.dataset(images: IDXFile(images, source: "i"), labels: IDXFile(labels, source: "l"))
    }

    @Test func theFourFilesAreReadUnderEitherName() throws {
        for ending in ["-idx", ".idx"] {
            try withTemporaryFolder { folder in
                func write(_ name: String, _ bytes: [UInt8], _ axes: Int) throws {
                    try Data(bytes).write(to: folder.appendingPathComponent("\(name)\(ending)\(axes)-ubyte"))
                }
                try write("train-images", images(3), 3)
                try write("train-labels", labels([9, 0, 4]), 1)
                try write("t10k-images", images(1, start: 250), 3)
                try write("t10k-labels", labels([5]), 1)
                let mnist = try MNIST.load(from: folder.path)
                #expect(mnist.training.inputs.shape == [3, 1, 2, 3])
                #expect(mnist.training.labels == Tensor([9, 0, 4], as: .int64))
                expectClose(mnist.training.inputs[1][0], (6..<12).map { Double($0) / 255 }, relative: 1e-7)
                expectClose(mnist.test.inputs[0][0][1], [253.0 / 255, 254.0 / 255, 1], relative: 1e-7)
                try FileManager.default.removeItem(at: folder.appendingPathComponent("t10k-labels\(ending)1-ubyte"))
                #expect(throws: DataError.self) { try MNIST.load(from: folder.path) }
            }
        }
    }

    @Test func whatDoesNotFitIsRefused() {
        func refused(_ images: [UInt8], _ labels: [UInt8]) -> String? {
            refusal { () throws(DataError) in try dataset(images, labels) }
        }
        #expect(refused(images(2), labels([1])) == "l, byte 4: found 1 labels, expected 2, one for each image in i")
        #expect(refused(images(2), labels([1, 10])) == "l, byte 9: found 10, expected a label from 0 to 9")
        #expect(
            refused(labels([1]), labels([1]))
                == "i, byte 2: found uint8 of shape [1], expected images, uint8 of shape [n, height, width]")
        #expect(
            refused(images(1), images(1))
                == "l, byte 2: found uint8 of shape [1, 2, 3], expected labels, uint8 of shape [n]")
        #expect(refused(images(0), labels([])) == "i, byte 4: found shape [0, 2, 3], expected images with pixels")
    }
}

@Suite struct CIFARTests {
    /// Records whose pixels tell the image, the channel and the place.
    private func records(_ labels: [[UInt8]]) -> [UInt8] {
        labels.enumerated().flatMap { image, labels in
            labels + (0..<3).flatMap { c in (0..<1024).map { UInt8((image * 7 + c * 50 + $0) % 256) } }
        }
    }

    @Test func recordsAreImages() throws {
        let data = try CIFAR.dataset(records([[3], [9]]), .ten, source: "f")
        #expect(data.inputs.shape == [2, 3, 32, 32])
        #expect(data.labels == Tensor([3, 9], as: .int64))
        expectClose(data.inputs[1][2][1][..<3], [139, 140, 141].map { $0 / 255 }, relative: 1e-6)
        let hundred = records([[19, 99], [0, 1]])
        #expect(try CIFAR.dataset(hundred, .hundred, source: "f").labels == Tensor([99, 1], as: .int64))
        #expect(try CIFAR.dataset(hundred, .twenty, source: "f").labels == Tensor([19, 0], as: .int64))
    }

    @Test func aFolderIsRead() throws {
        try withTemporaryFolder { folder in
            for i in 1...5 {
                try Data(records([[UInt8(i)], [0]])).write(to: folder.appendingPathComponent("data_batch_\(i).bin"))
            }
            try Data(records([[7]])).write(to: folder.appendingPathComponent("test_batch.bin"))
            let cifar = try CIFAR.load(.ten, from: folder.path)
            #expect(cifar.training.labels == Tensor([1, 0, 2, 0, 3, 0, 4, 0, 5, 0], as: .int64))
            #expect(cifar.test.count == 1)
            let path = folder.appendingPathComponent("train.bin").path
            #expect(
                refusal { () throws(DataError) in try CIFAR.load(.hundred, from: folder.path) }
                    == "\(path): found no file, expected a file of CIFAR images")
        }
    }

    @Test func damageIsRefused() {
        func refused(_ bytes: [UInt8], _ kind: CIFAR.Kind = .ten) -> String? {
            refusal { () throws(DataError) in try CIFAR.dataset(bytes, kind, source: "f") }
        }
        let whole = records([[1], [2]])
        let ends =
            "found the end of the file, expected the end of an image; each takes 3073 bytes, and there is one at least"
        #expect(refused([]) == "f, byte 0: \(ends)")
        for length in [1, 3072, 3074, 6145] {
            #expect(refused(Array(whole[..<length])) == "f, byte \(length): \(ends)")
        }
        #expect(refused(whole + [0]) != nil)
        #expect(refused(records([[1], [10]])) == "f, byte 3073: found 10, expected a label from 0 to 9")
        #expect(refused(records([[20, 5]]), .hundred) == "f, byte 0: found 20, expected a label from 0 to 19")
        #expect(refused(records([[1, 100]]), .twenty) == "f, byte 1: found 100, expected a label from 0 to 99")
        #expect(refused(records([[1, 1]])) != nil)  // of the other kind
    }
}
