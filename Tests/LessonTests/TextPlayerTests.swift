import GradusAutograd
import GradusLesson
import Testing

/// The lesson in a terminal.
@Suite struct TextPlayerTests {
    private func player(_ name: String, predicting: Bool = false, colour: Bool = false) throws -> TextPlayer {
        TextPlayer(try #require(WorkedExample[name]).recorded(), predicting: predicting, colour: colour)
    }

    @Test func itStepsToTheEndAndBack() throws {
        var player = try player("gate")
        let start = player.screen(width: 80, height: 24)
        #expect(start.contains { $0.contains("f = q · z") && $0.contains("?") })
        for _ in 0..<20 { player.press(.next) }
        #expect(player.position == 7)
        let end = player.screen(width: 80, height: 24)
        for (label, value, gradient) in [
            ("f = q · z", "-12", "1"), ("q = x + y", "3", "-4"), ("x", "-2", "-4"), ("z", "-4", "3"),
        ] {
            let line = end.first { $0.drop { " ▶◀├└│─".contains($0) }.hasPrefix(label + " ") }
            #expect(line?.split(separator: " ").suffix(2).map(String.init) == [value, gradient], "\(label)")
        }
        #expect(end.contains { $0.hasPrefix("step 7 of 7, backwards") })
        for _ in 0..<20 { player.press(.back) }
        #expect(player.position == 0 && player.screen(width: 80, height: 24) == start)
        player.press(.last)
        #expect(player.screen(width: 80, height: 24) == end)
        player.press(.first)
        player.press(.character("n"))
        #expect(player.position == 1 && !player.isDone)
        player.press(.quit)
        #expect(player.isDone)
    }

    @Test func itAsksAndJudges() throws {
        var player = try player("gate", predicting: true)
        player.press(.next)
        #expect(player.answer == "" && player.position == 0)
        #expect(player.screen(width: 80, height: 24).contains { $0.contains("-2 + 5 = ▁") })
        for character in "34" { player.press(.character(character)) }
        player.press(.erase)
        player.press(.next)
        #expect(player.position == 1)
        #expect(player.screen(width: 80, height: 24).contains { $0.contains("Right. 1 of 1 so far.") })
        player.press(.next)
        for character in "12" { player.press(.character(character)) }
        player.press(.next)
        #expect(player.screen(width: 80, height: 24).contains { $0.contains("Not quite: 12. 1 of 2 so far.") })
        player.press(.next)
        player.press(.next)  // nothing typed: shown, not counted
        #expect(player.position == 3 && player.answer == nil)
        player.press(.character("p"))
        player.press(.next)
        #expect(player.position == 4 && !player.isPredicting)
    }

    @Test func whatIsUsedTwiceIsDrawnOnce() throws {
        let lines = try player("adding").screen(width: 80, height: 24)
        #expect(lines.contains { $0.contains("├─ b = a + a") })
        #expect(lines.contains { $0.contains("└─ b (above)") })
    }

    @Test func everyScreenFits() throws {
        for (width, height) in [(80, 24), (40, 12), (132, 50)] {
            var player = try player("micrograd")
            for _ in 0..<30 {
                let lines = player.screen(width: width, height: height)
                #expect(lines.allSatisfy { $0.count <= width })
                #expect(lines.count <= max(height, 16))
                player.press(.next)
            }
        }
    }

    @Test func colourIsOnTop() throws {
        var (plain, coloured) = (try player("gate"), try player("gate", colour: true))
        for _ in 0..<5 {
            plain.press(.next)
            coloured.press(.next)
        }
        let screen = coloured.screen(width: 80, height: 24)
        #expect(screen.contains { $0.contains("\u{1B}[34m") })
        let stripped = screen.map { $0.replacing(#/\u{1B}\[\d*m/#, with: "") }
        #expect(stripped == plain.screen(width: 80, height: 24))
    }
}
