import Foundation
import GradusLesson
import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

/// The images within an SVG, as files.
func embeddedImages(_ svg: String) throws -> [Data] {
    try svg.components(separatedBy: "base64,").dropFirst().map {
        try #require(Data(base64Encoded: $0.components(separatedBy: "\"")[0]))
    }
}

/// The pixels of a PNG whose data are stored, read by the letter of the specification, each checksum computed bit by bit.
func decodedPNG(_ file: Data) throws -> (width: Int, height: Int, colourType: UInt8, bytes: [UInt8], table: [UInt8]) {
    let bytes = [UInt8](file)
    func number(_ at: Int) -> Int { bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
    #expect(Array(bytes[..<8]) == [137, 80, 78, 71, 13, 10, 26, 10])
    var (chunks, place): ([String: [UInt8]], Int) = ([:], 8)
    while place < bytes.count {
        let length = number(place)
        let named = bytes[place + 4..<place + 8 + length]
        var rest: UInt32 = 0xFFFF_FFFF
        for byte in named {
            rest ^= UInt32(byte)
            for _ in 0..<8 { rest = rest & 1 == 1 ? rest >> 1 ^ 0xEDB8_8320 : rest >> 1 }
        }
        #expect(Int(~rest) == number(place + 8 + length))
        chunks[String(decoding: named.prefix(4), as: UTF8.self)] = Array(named.dropFirst(4))
        place += 12 + length
    }
    let header = try #require(chunks["IHDR"]), data = try #require(chunks["IDAT"])
    #expect(chunks["IEND"] == [])
    let (width, height) = (Int(header[2]) << 8 | Int(header[3]), Int(header[6]) << 8 | Int(header[7]))
    var (stored, next, isLast): ([UInt8], Int, Bool) = ([], 2, false)
    while !isLast {
        isLast = data[next] == 1
        let length = Int(data[next + 1]) | Int(data[next + 2]) << 8
        #expect(Int(data[next + 3]) | Int(data[next + 4]) << 8 == ~length & 0xFFFF)
        stored += data[next + 5..<next + 5 + length]
        next += 5 + length
    }
    let pixelBytes = header[9] == 6 ? 4 : 1
    #expect(stored.count == height * (1 + width * pixelBytes))
    let lines = stride(from: 0, to: stored.count, by: 1 + width * pixelBytes)
    return (
        width, height, header[9], lines.flatMap { stored[($0 + 1)..<($0 + 1 + width * pixelBytes)] },
        chunks["PLTE"] ?? []
    )
}

@Suite struct ImageGridTests {
    /// Compared with a file whose stored data and checksums Python's zlib wrote.
    @Test func aFileIsWhatTheSpecificationSays() {
        let expected =
            "89504e470d0a1a0a0000000d4948445200000002000000010806000000f4227f8a"
            + "00000014494441547801010900f6ff00000000ffffffffff0efa04fca6f6328f0000000049454e44ae426082"
        let png = ImageGrid(Tensor([[0, 1]]), pixel: 1).png
        #expect(png.map { String(format: "%02x", $0) }.joined() == expected)
    }

    @Test func eachNumberIsAPixel() throws {
        let png = try decodedPNG(
            try embeddedImages(ImageGrid(Tensor([[0, 0.5, 1], [2, -1, .nan]]), in: 0...1).svg())[0])
        #expect(png.width == 3 && png.height == 2 && png.colourType == 6)
        let grey: [UInt8] = [0, 128, 255, 255, 0]
        #expect(png.bytes == grey.flatMap { [$0, $0, $0, 255] } + [0xd5, 0x5e, 0x00, 255])
        let ink = try decodedPNG(try embeddedImages(ImageGrid(Tensor([[0, 1]]), map: .ink).svg())[0])
        #expect(ink.bytes == [255, 255, 255, 255, 0, 0, 0, 255])
    }

    @Test func colourImagesHaveThreeChannels() throws {
        let image = Tensor([[[[1, 0]], [[0.2, 1]], [[0, 0.4]]]])
        let png = try decodedPNG(ImageGrid(image, in: 0...1, pixel: 1).png)
        #expect(png.bytes == [255, 51, 0, 255, 0, 255, 102, 255])
    }

    @Test func imagesStandInRows() throws {
        let grid = ImageGrid(Tensor([[[0]], [[1]], [[0]]]), columns: 2, pixel: 3, captions: ["a", "<b", "c"])
        let svg = grid.svg()
        #expect(try embeddedImages(svg).count == 3)
        for caption in ["a", "&lt;b", "c"] { #expect(svg.contains(">\(caption)</text>")) }
        let png = try decodedPNG(grid.png)
        #expect(png.width == 9 && png.height == 9)  // two of 3 and a gap of 3
        let row = Array(png.bytes[..<36])
        #expect(
            row == [0, 0, 0].flatMap { _ in [0, 0, 0, 255] } + [UInt8](repeating: 0, count: 12)
                + [UInt8](repeating: 255, count: 12))
        #expect(Array(png.bytes[(9 * 36 - 12)...]) == [UInt8](repeating: 0, count: 12), "no fourth image")
    }

    @Test func theRangeIsGivenOrThatOfTheNumbers() {
        #expect(ImageGrid(Tensor([[-1, 3]])).range == -1...3)
        #expect(ImageGrid(Tensor([[2, .nan, .infinity]])).range == 2...2)
        #expect(ImageGrid(Tensor([[-1, 3]]), map: .diverging).range == -3...3)
        #expect(ImageGrid(Tensor([[.nan]])).range == 0...1)
    }
}

@Suite struct HeatMapTests {
    @Test func aCellForEachNumber() {
        let svg = HeatMap(Tensor([[0, 1], [2, .nan]]), rowNames: ["u", "v"], columnNames: ["x", "y"], title: "h").svg()
        for cell in ["u, x: 0.0", "u, y: 1.0", "v, x: 2.0", "v, y: nan"] {
            #expect(svg.contains("<title>\(cell)</title>"))
        }
        #expect(svg.contains("fill=\"#440154\"") && svg.contains("fill=\"#fde725\""))  // the ends of the map
        #expect(svg.contains("aria-label=\"h. 2 rows, 2 columns, from 0 to 2\""))
        #expect(HeatMap(Tensor([1, 2, 3])).values.shape == [1, 3])
    }

    @Test func manyCellsAreAnImage() throws {
        var matrix = Tensor.arange(0, 3000).reshaped(50, 60)
        matrix[at: [0, 1]] = .nan
        let svg = HeatMap(matrix).svg()
        #expect(!svg.contains("<title>"))
        let png = try decodedPNG(try embeddedImages(svg)[0])
        #expect(png.width == 60 && png.height == 50 && png.colourType == 3 && png.table.count == 768)
        #expect(png.bytes[0] == 0 && png.bytes[1] == 255 && png.bytes[2999] == 254 && png.bytes[1500] == 127)
    }

    @Test func theScaleOfADivergingMapIsEvenAboutZero() {
        let svg = HeatMap(Tensor([-1, 4]), map: .diverging).svg()
        for end in ["-4", "0", "4"] { #expect(svg.contains(">\(end)</text>")) }
        #expect(ColorMap.diverging.components(0.5) == (0xf7, 0xf7, 0xf7))
    }

    /// Lightness alone tells the colours of a map apart; of a diverging one, on each side of the middle.
    @Test(arguments: ColorMap.allCases) func lightnessRises(map: ColorMap) {
        let lightness = (0...100).map { step in
            let (red, green, blue) = map.components(Double(step) / 100)
            return 0.2126 * Double(red) + 0.7152 * Double(green) + 0.0722 * Double(blue)
        }
        let parts = map == .diverging ? [Array(lightness[...50]), lightness[50...].reversed()] : [lightness]
        for part in parts {
            let rising = map == .ink ? part.reversed() : part
            #expect(zip(rising, rising.dropFirst()).allSatisfy { $0 < $1 }, "\(map)")
        }
        #expect(map.components(-3) == map.components(0) && map.components(.infinity) == map.components(1))
    }
}

@Suite struct ConfusionPlotTests {
    @Test func aCellForEachPairOfClasses() {
        let scores = Tensor([[1, 0], [1, 0], [0, 1], [1, 0]]), labels = Tensor([0, 0, 1, 1], as: .int64)
        let plot = ConfusionPlot(scores, labels, names: ["cat", "dog"], title: "Pets")
        let svg = plot.svg()
        #expect(svg.contains("aria-label=\"Pets. 3 of 4 right\""))
        for cell in ["cat taken for cat: 2 of 2", "cat taken for dog: 0 of 2", "dog taken for cat: 1 of 2"] {
            #expect(svg.contains("<title>\(cell)</title>"), "\(cell)")
        }
        #expect(svg.components(separatedBy: "fill=\"#d55e00\"").count == 2)  // one wrong cell
        #expect(svg.components(separatedBy: "fill=\"#0072b2\"").count == 3)
        #expect(ConfusionPlot(plot.confusion, names: ["cat", "dog"], title: "Pets").svg() == svg)
        #expect(ConfusionPlot(ConfusionMatrix(classes: 3)).svg().contains(">no examples<"))
    }
}
