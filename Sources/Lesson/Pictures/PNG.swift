import Foundation

/// An image of pixels as a PNG file (W3C, *Portable Network Graphics*, second edition), not compressed.
struct PNG {
    let width: Int
    let height: Int
    /// The whole file.
    let data: Data

    /// Red, green, blue and opacity of each pixel, row by row.
    init(width: Int, height: Int, rgba: [UInt8]) {
        self.init(width: width, height: height, colourType: 6, pixels: rgba, bytesPerPixel: 4, extra: [])
    }

    /// A byte a pixel, row by row: a place in a table of up to 256 colours, each with an opacity.
    init(width: Int, height: Int, indices: [UInt8], table: [(UInt8, UInt8, UInt8)], opacities: [UInt8] = []) {
        var extra = [("PLTE", table.flatMap { [$0.0, $0.1, $0.2] })]
        if !opacities.isEmpty { extra.append(("tRNS", opacities)) }
        self.init(width: width, height: height, colourType: 3, pixels: indices, bytesPerPixel: 1, extra: extra)
    }

    private init(
        width: Int, height: Int, colourType: UInt8, pixels: [UInt8], bytesPerPixel: Int, extra: [(String, [UInt8])]
    ) {
        (self.width, self.height) = (width, height)
        var lines: [UInt8] = []
        lines.reserveCapacity(height * (1 + width * bytesPerPixel))
        for row in 0..<height {
            lines.append(0)  // this line is not filtered
            lines += pixels[row * width * bytesPerPixel..<(row + 1) * width * bytesPerPixel]
        }
        var file = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        let header = PNG.bigEndian(width) + PNG.bigEndian(height) + [8, colourType, 0, 0, 0]
        for (name, content) in [("IHDR", header)] + extra + [("IDAT", PNG.stored(lines)), ("IEND", [])] {
            let named = Array(name.utf8) + content
            file += PNG.bigEndian(content.count) + named + PNG.bigEndian(Int(PNG.checksum(named)))
        }
        data = file
    }

    private static func bigEndian(_ number: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(number >> $0 & 255) } }

    /// A zlib stream (RFC 1950) of blocks that are stored as they are (RFC 1951, 3.2.4).
    private static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var start = 0
        repeat {
            let end = min(start + 65_535, bytes.count)
            let length = end - start
            stream.append(end == bytes.count ? 1 : 0)
            stream += [UInt8(length & 255), UInt8(length >> 8), UInt8(~length & 255), UInt8(~length >> 8 & 255)]
            stream += bytes[start..<end]
            start = end
        } while start < bytes.count
        var (a, b) = (UInt32(1), UInt32(0))
        for byte in bytes {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return stream + bigEndian(Int(b << 16 | a))
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(0xFFFF_FFFF) { $0 >> 8 ^ checksums[Int(($0 ^ UInt32($1)) & 255)] }
    }

    /// The checksum of each byte alone: a division by a polynomial, bit by bit.
    private static let checksums: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { rest, _ in rest & 1 == 1 ? 0xEDB8_8320 ^ rest >> 1 : rest >> 1 }
    }
}
