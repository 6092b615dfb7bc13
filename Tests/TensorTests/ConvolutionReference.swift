import GradusTensor

/// A convolution by its definition, in seven loops over plain arrays: the yardstick of the kernels.
struct ConvolutionReference {
    let geometry: Convolution2DGeometry
    let input: [Int]  // [batch, inChannels, height, width]
    let weight: [Int]  // [outChannels, inChannels / groups, height, width]

    var output: [Int] {
        func size(_ size: Int, _ kernel: Int, _ axis: KeyPath<Pair, Int>) -> Int {
            let span = geometry.dilation[keyPath: axis] * (kernel - 1) + 1
            return (size + 2 * geometry.padding[keyPath: axis] - span) / geometry.stride[keyPath: axis] + 1
        }
        return [
            input[0], weight[0], size(input[2], weight[2], \.vertical), size(input[3], weight[3], \.horizontal),
        ]
    }

    /// Calls `body` with the flat places of an input, a weight and an output that meet, for all that do.
    private func forEachMeeting(_ body: (Int, Int, Int) -> Void) {
        let (output, groups) = (output, geometry.groups)
        let filters = weight[0] / groups
        for n in 0..<output[0] {
            for o in 0..<output[1] {
                for y in 0..<output[2] {
                    for x in 0..<output[3] {
                        let out = ((n * output[1] + o) * output[2] + y) * output[3] + x
                        for c in 0..<weight[1] {
                            let plane = n * input[1] + o / filters * weight[1] + c
                            for i in 0..<weight[2] {
                                let row =
                                    y * geometry.stride.vertical + i * geometry.dilation.vertical
                                    - geometry.padding.vertical
                                guard row >= 0 && row < input[2] else { continue }
                                for j in 0..<weight[3] {
                                    let column =
                                        x * geometry.stride.horizontal + j * geometry.dilation.horizontal
                                        - geometry.padding.horizontal
                                    guard column >= 0 && column < input[3] else { continue }
                                    body(
                                        (plane * input[2] + row) * input[3] + column,
                                        ((o * weight[1] + c) * weight[2] + i) * weight[3] + j, out)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    func convolve(_ x: [Double], _ w: [Double]) -> [Double] {
        sum(output.reduce(1, *)) { result in forEachMeeting { result[$2] += x[$0] * w[$1] } }
    }

    func inputGradient(_ y: [Double], _ w: [Double]) -> [Double] {
        sum(input.reduce(1, *)) { result in forEachMeeting { result[$0] += y[$2] * w[$1] } }
    }

    func weightGradient(_ x: [Double], _ y: [Double]) -> [Double] {
        sum(weight.reduce(1, *)) { result in forEachMeeting { result[$1] += x[$0] * y[$2] } }
    }

    private func sum(_ count: Int, _ add: (UnsafeMutableBufferPointer<Double>) -> Void) -> [Double] {
        var result = [Double](repeating: 0, count: count)
        result.withUnsafeMutableBufferPointer { add($0) }
        return result
    }
}

/// Numbers that look random, the same every time.
struct Numbers {
    private var state: UInt64
    init(seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    private mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }

    /// Whole numbers from -4 to 4: sums of their products are exact in either type, whatever the order.
    mutating func small(_ count: Int) -> [Double] { (0..<count).map { _ in Double(next() % 9) - 4 } }

    /// From -1 to 1.
    mutating func fractions(_ count: Int) -> [Double] { (0..<count).map { _ in Double(next()) / 0x4000_0000 - 1 } }
}
