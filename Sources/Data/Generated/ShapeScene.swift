import GradusTensor

/// A picture that can be put in words: one shape, or two beside or above one another, with a sentence about it, and questions
/// with their answers.
///
///     var random = Random(seed: 1)
///     let scene = ShapeScene.random(using: &random)
///     print(scene.sentence)           // a red circle above a blue square
///     let picture = scene.picture()   // [3, 16, 16], for a convolutional net
///
/// For captioning and for visual question answering: true pictures with true sentences, as many as one wants.
public struct ShapeScene: Sendable, Hashable {
    /// What a shape may be.
    public enum Form: String, Sendable, CaseIterable { case circle, square, triangle }

    /// What colour it may have.
    public enum Colour: String, Sendable, CaseIterable {
        case red, green, blue, yellow

        /// Red, green and blue from 0 to 1.
        var channels: [Float] {
            switch self {
            case .red: [0.9, 0.1, 0.1]
            case .green: [0.1, 0.75, 0.2]
            case .blue: [0.15, 0.25, 0.95]
            case .yellow: [0.95, 0.85, 0.1]
            }
        }
    }

    /// A form of some colour.
    public struct Item: Sendable, Hashable {
        /// What it is.
        public var form: Form
        /// Its colour.
        public var colour: Colour

        /// An item of this form and colour.
        public init(_ colour: Colour, _ form: Form) { (self.form, self.colour) = (form, colour) }

        /// "red circle"
        public var words: String { "\(colour.rawValue) \(form.rawValue)" }
    }

    /// How two items lie: the first above the second, or to the left of it.
    public enum Arrangement: String, Sendable, CaseIterable {
        case above
        case leftOf = "left of"
    }

    /// What the sentence names first.
    public var first: Item
    /// What lies below it or to its right, if anything does.
    public var second: Item?
    /// How they lie.
    public var arrangement: Arrangement

    /// A scene of one item, in the middle, or of two.
    public init(_ first: Item, _ arrangement: Arrangement = .above, _ second: Item? = nil) {
        (self.first, self.arrangement, self.second) = (first, arrangement, second)
    }

    /// A scene drawn at random: one item in a quarter of all cases, else two that differ in form and in colour.
    public static func random(using generator: inout some RandomNumberGenerator) -> ShapeScene {
        func pick<T>(_ choices: [T]) -> T { choices[Int(generator.draw(below: UInt64(choices.count)))] }
        let first = Item(pick(Colour.allCases), pick(Form.allCases))
        if generator.draw(below: 4) == 0 { return ShapeScene(first) }
        let second = Item(
            pick(Colour.allCases.filter { $0 != first.colour }), pick(Form.allCases.filter { $0 != first.form }))
        return ShapeScene(first, pick(Arrangement.allCases), second)
    }

    /// What is to be seen: "a red circle above a blue square".
    public var sentence: String {
        second.map { "a \(first.words) \(arrangement.rawValue) a \($0.words)" } ?? "a \(first.words)"
    }

    /// Questions that have one answer, of one word each: how many there are, the colour of each form and the form of each colour,
    /// what lies where, and whether something is there.
    public var questions: [(question: String, answer: String)] {
        let items = [first] + (second.map { [$0] } ?? [])
        var result = [("how many shapes are there", items.count == 1 ? "one" : "two")]
        for item in items {
            result.append(("what colour is the \(item.form.rawValue)", item.colour.rawValue))
            result.append(("what is \(item.colour.rawValue)", item.form.rawValue))
        }
        for form in Form.allCases {
            result.append(("is there a \(form.rawValue)", items.contains { $0.form == form } ? "yes" : "no"))
        }
        if let second {
            let (one, other) = arrangement == .above ? ("above", "below") : ("left of", "right of")
            result.append(("what is \(one) the \(second.form.rawValue)", first.form.rawValue))
            result.append(("what is \(other) the \(first.form.rawValue)", second.form.rawValue))
        }
        return result
    }

    /// The scene in colours on white: `[3, size, size]` of `float32`, 0 to 1. Fewer than 8 pixels a side are misuse.
    public func picture(size: Int = 16) -> Tensor {
        guard size >= 8 else {
            return misuse("ShapeScene.picture: \(size) pixels a side; 8 are the least", inert: .inert([3, 8, 8]))
        }
        var jitter = Random(seed: 0)
        return picture(size: size, wobble: 0, using: &jitter)
    }

    /// The same with each item moved and scaled a little at random, so that no two pictures are alike: by so large a share of its
    /// place at most. A share outside 0 to 1 is misuse.
    public func picture(
        size: Int = 16, wobble: Double, using generator: inout some RandomNumberGenerator
    ) -> Tensor {
        guard size >= 8 && wobble >= 0 && wobble <= 1 else {
            return misuse(
                "ShapeScene.picture: \(size) pixels a side, a wobble of \(wobble); 8 are the least, and 0 to 1",
                inert: .inert([3, Swift.max(size, 8), Swift.max(size, 8)]))
        }
        func share() -> Double { Double(generator.next() >> 11) * 0x1p-53 }
        var pixels = [Float](repeating: 1, count: 3 * size * size)
        func draw(_ item: Item, _ x: Double, _ y: Double, radius: Double) {
            let radius = radius * (1 - 0.3 * wobble * share())
            let slack = Swift.max(0.24 - radius, 0.02) * wobble
            let (x, y) = (x + slack * (2 * share() - 1), y + slack * (2 * share() - 1))
            let colour = item.colour.channels
            // Each pixel by how much of it is covered, in 4 by 4 points.
            for row in 0..<size {
                for column in 0..<size {
                    var covered: Float = 0
                    for point in 0..<16 {
                        let px = (Double(column) + (Double(point % 4) + 0.5) / 4) / Double(size)
                        let py = (Double(row) + (Double(point / 4) + 0.5) / 4) / Double(size)
                        if item.form.contains((px - x) / radius, (py - y) / radius) { covered += 1 / 16 }
                    }
                    if covered == 0 { continue }
                    for channel in 0..<3 {
                        let place = (channel * size + row) * size + column
                        pixels[place] += covered * (colour[channel] - pixels[place])
                    }
                }
            }
        }
        if let second {
            let isAbove = arrangement == .above
            draw(first, isAbove ? 0.5 : 0.26, isAbove ? 0.26 : 0.5, radius: 0.2)
            draw(second, isAbove ? 0.5 : 0.74, isAbove ? 0.74 : 0.5, radius: 0.2)
        } else {
            draw(first, 0.5, 0.5, radius: 0.22)
        }
        return Tensor(pixels, shape: [3, size, size])
    }
}

extension ShapeScene.Form {
    /// Whether a point lies inside, seen from the middle, in units of the radius; y grows downwards.
    fileprivate func contains(_ x: Double, _ y: Double) -> Bool {
        switch self {
        case .circle: x * x + y * y <= 1
        case .square: abs(x) <= 0.85 && abs(y) <= 0.85
        case .triangle: y <= 0.8 && abs(x) <= (y + 1) * 0.6
        }
    }
}
