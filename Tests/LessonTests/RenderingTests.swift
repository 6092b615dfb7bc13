import Foundation
import GradusAutograd
import GradusLesson
import GradusTensor
import Testing
import _TestSupport

/// Pages, pictures and texts of a lesson.
@Suite struct RenderingTests {
    private let evil = "<script>alert('\"&')</script>"

    private var evilLesson: Lesson {
        let x = Variable(3, name: evil)
        return lesson(evil, introduction: evil, locatesOperators: false) {
            scope(evil) { exp((x * 2).named("</template>\\\"\n")) }
        }
    }

    /// Whether tags are closed in order, and nothing but tags has angle brackets.
    private func isWellFormed(_ text: some StringProtocol) -> Bool {
        var names: [Substring] = []
        var rest = Substring(text)
        while let start = rest.firstIndex(of: "<") {
            guard let end = rest[start...].firstIndex(of: ">") else { return false }
            let tag = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.contains("<") { return false }
            let name = tag.drop { $0 == "/" }.prefix { $0 != " " && $0 != "/" }
            if tag.hasPrefix("/") {
                guard names.popLast() == name else { return false }
            } else if !tag.hasSuffix("/") {
                names.append(name)
            }
        }
        return names.isEmpty
    }

    @Test func namesAreTextInAPage() throws {
        let html = evilLesson.html()
        // One script with the lesson in it, and one that runs: no name begins or ends another.
        #expect(html.components(separatedBy: "<script").count == 3)
        #expect(html.components(separatedBy: "</script").count == 3)
        #expect(!html.contains("<script>alert"))
        let templates = html.components(separatedBy: "<template").count
        #expect(html.components(separatedBy: "</template").count == templates)
        #expect(html.contains("&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;"))
    }

    @Test func namesAreTextInAPicture() {
        let svg = evilLesson.svg()
        #expect(isWellFormed(svg))
        #expect(!svg.contains("<script") && svg.contains("&lt;script&gt;"))
    }

    @Test func namesAreTextForGraphviz() {
        let dot = evilLesson.dot()
        #expect(dot.contains("label=\"</template>\\\\\\\"\\n\\nvalue 6\\ngradient"))
        for line in dot.split(separator: "\n") {
            let quotes = line.replacing("\\\\", with: "").replacing("\\\"", with: "").count { $0 == "\"" }
            #expect(quotes.isMultiple(of: 2), "\(line)")
        }
    }

    /// Nothing is fetched: a page has no address in it but the name of SVG.
    @Test(arguments: ["neuron", "convolution", "lenet"]) func aPageStandsAlone(_ name: String) throws {
        let lesson = try #require(WorkedExample[name]).recorded()
        let html = lesson.html().replacing("http://www.w3.org/2000/svg", with: "")
        for word in ["http:", "https:", "src=", "@import", "url("] { #expect(!html.contains(word), "\(word)") }
        #expect(html.contains("default-src 'none'"))
        #expect(lesson.html() == WorkedExample[name]?.recorded().html())
    }

    @Test(arguments: WorkedExample.all.map(\.name)) func everyExampleIsDrawnAndWritten(_ name: String) throws {
        let lesson = try #require(WorkedExample[name]).recorded()
        #expect(isWellFormed(lesson.svg()))
        #expect(try Lesson(json: lesson.json()) == lesson)
        #expect(lesson.dot().hasPrefix("digraph"))
        let text = lesson.text()
        for node in lesson.nodes where node.kind == .input { #expect(text.contains(node.label)) }
        for step in lesson.steps {
            let words = lesson.words(of: step)
            #expect(!words.headline.isEmpty && !words.question.pieces.isEmpty && !words.words.isEmpty)
        }
    }

    @Test func whatIsNoNumberIsWrittenToo() throws {
        let x = Variable([0, -1, 1], name: "x")
        let lesson = lesson(locatesOperators: false) { log(x).sum() }
        let again = try Lesson(json: lesson.json())
        #expect(again["x"]?.gradient?.elements == [.infinity, -1, 1])
        #expect(again.nodes.last?.value.number?.isNaN == true)
        #expect(lesson.text().contains("NaN") && lesson.html().contains("\"Infinity\""))
        #expect(throws: DecodingError.self) { try Lesson(json: "{\"title\": 3}") }
    }

    @Test func theTextOfTheSmallestLesson() {
        let text = WorkedExample["gate"]?.recorded().text() ?? ""
        #expect(
            text.contains(
                """
                given: x = -2, y = 5, z = -4

                1. → q = x + y:  -2 + 5 = 3
                2. → f = q · z:  3 · (-4) = -12
                3. ← The walk back begins at f:  ∂f/∂f = 1
                4. ← f passes on to q:  1 × (-4) = -4
                5. ← f passes on to z:  1 × 3 = 3
                6. ← q passes on to x:  -4 × 1 = -4
                7. ← q passes on to y:  -4 × 1 = -4

                values and gradients
                     value  gradient  numeric  made by
                  x  -2     -4        -4
                """))
    }

    @Test func formulasHaveTheBracketsTheyNeed() {
        let a = Variable(2, name: "a"), b = Variable(3, name: "b")
        func formula(_ body: () -> Variable) -> String? { lesson(locatesOperators: false, body).nodes.last?.formula }
        #expect(formula { (a + b) * a } == "(a + b) · a")
        #expect(formula { a * b + a } == "a · b + a")
        #expect(formula { a - (a - b) } == "a − (a − b)")
        #expect(formula { (a - b) - a } == "a − b − a")
        #expect(formula { -(a + b) } == "−(a + b)")
        #expect(formula { a * -2 } == "a · (-2)")
        #expect(formula { 1 / (1 + exp(a)) } == "1 / (1 + e^a)")
        #expect(formula { sigmoid(a + b) } == "σ(a + b)")
        #expect(formula { exp(a + b) } == "e^(a + b)")
        #expect(formula { square((a * b).named("long name")) } == "(long name)²")
        #expect(formula { maximum(a + b, b) } == "max(a + b, b)")
    }
}

@Suite struct RoundingTests {
    @Test func zerosAtTheEndAreLeftOut() {
        let four = Rounding(decimals: 4)
        #expect(four.text(-12) == "-12" && four.text(0.5) == "0.5" && four.text(-0.0) == "0")
        #expect(four.text(0.1966119) == "0.1966" && four.text(1.00004) == "1" && four.text(100) == "100")
        #expect(Rounding(decimals: 2).text(-0.534) == "-0.53" && Rounding(decimals: 0).text(2.5) == "3")
        #expect(Rounding(decimals: 6, trueMinus: true).text(-0.534446645) == "−0.534447")
    }

    /// Halfway cases that binary fractions have go away from 0, as in a browser.
    @Test func halvesGoAwayFromZero() {
        let two = Rounding(decimals: 2)
        #expect(two.text(0.125) == "0.13" && two.text(-0.375) == "-0.38" && two.text(2.625) == "2.63")
        #expect(two.text(1.005) == "1" && two.text(1.115) == "1.11")  // they are a little less
    }

    @Test func whatWouldLookLikeNothingIsInPowersOfTen() {
        let four = Rounding(decimals: 4)
        #expect(four.text(1.25e-9) == "1.25e-9" && four.text(-3e20) == "-3e20" && four.text(0.00004) == "4e-5")
        #expect(four.text(.infinity) == "∞" && four.text(-.infinity) == "-∞" && four.text(.nan) == "NaN")
        #expect(Rounding(decimals: 4, trueMinus: true).text(1e-7) == "1e−7")
        #expect(Rounding(decimals: -3).decimals == 0 && Rounding(decimals: 99).decimals == 17)
    }
}
