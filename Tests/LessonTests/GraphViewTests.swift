import GradusAutograd
import GradusLesson
import Testing
import _TestSupport

/// How graphs are folded and laid out.
@Suite struct GraphViewTests {
    private func chain(_ count: Int) -> Lesson {
        lesson("chain", replayLimit: 0, locatesOperators: false) {
            let x = Variable(0.5, name: "x")
            return (0..<(count - 1) / 2).reduce(x) { y, _ in sin(y) + x }
        }
    }

    /// Boxes stand apart, edges go from left to right between the boxes that they join, and everything is in the picture.
    private func expectSound(_ view: GraphView) {
        for (index, box) in view.boxes.enumerated() {
            #expect(box.x - box.width / 2 >= 0 && box.x + box.width / 2 <= view.width)
            #expect(box.y - box.height / 2 >= 0 && box.y + box.height / 2 <= view.height)
            for other in view.boxes[..<index] {
                let apart =
                    abs(box.x - other.x) >= (box.width + other.width) / 2 - 1e-9
                    || abs(box.y - other.y) >= (box.height + other.height) / 2 - 1e-9
                #expect(apart, "\(box.label) and \(other.label) in \(view.title)")
            }
        }
        for edge in view.edges {
            let (from, to) = (view.boxes[edge.from], view.boxes[edge.to])
            #expect(from.x < to.x, "\(from.label) → \(to.label)")
            #expect(edge.points.first?.y == from.y && edge.points.last?.y == to.y)
            for (a, b) in zip(edge.points, edge.points.dropFirst()) { #expect(a.x <= b.x + 1e-9) }
        }
    }

    @Test(arguments: WorkedExample.all.map(\.name)) func everyExampleIsSound(_ name: String) throws {
        let lesson = try #require(WorkedExample[name]).recorded()
        let views = GraphViews(lesson)
        for view in views.views { expectSound(view) }
        for node in lesson.nodes {
            let home = views.views[views.homes[node.number]]
            let box = try #require(home.boxOf[node.number])
            #expect(home.boxes[box].content == .node(node.number))
            // A message begins where its operation is at home, and its other end is in that picture too.
            for input in node.inputs {
                #expect(home.boxOf[input] != nil)
                #expect(home.edges.contains { $0.from == home.boxOf[input] && $0.to == box })
            }
        }
    }

    @Test func layersFold() throws {
        let lesson = try #require(WorkedExample["lenet"]).recorded()
        let views = GraphViews(lesson)
        let groups = views.views[0].boxes.filter { if case .group = $0.content { true } else { false } }
        #expect(groups.map(\.label) == ["conv1", "conv2", "fc1", "fc2", "fc3"])
        #expect(views.views[0].boxes.count < 20 && !views.isFoldedBySize)
        #expect(views.views.dropFirst().allSatisfy { $0.parent == 0 })
    }

    @Test func aScopeThatIsEnteredAgainIsAnotherGroup() {
        let lesson = lesson(locatesOperators: false) {
            let x = Variable(1, name: "x")
            let first = scope("block") { sin(exp(x)) }
            let second = scope("block") { cos(exp(first * 2 + 1)) }
            return scope("head") { second * second + x }
        }
        let titles = GraphViews(lesson).views.map(\.title)
        #expect(titles.contains("block") && titles.contains("head"))
        let between = lesson.nodes.filter { $0.scope.isEmpty && $0.kind == .operation }
        #expect(between.isEmpty)
        let apart = GradusLesson.lesson(locatesOperators: false) {
            let x = Variable(1, name: "x")
            let first = scope("block") { sin(exp(x)) }
            let middle = first * 2
            return scope("block") { cos(exp(middle)) }
        }
        #expect(GraphViews(apart).views.map(\.title).filter { $0.hasPrefix("block") } == ["block", "block (2)"])
        for view in GraphViews(apart).views { expectSound(view) }
    }

    @Test func twoThousandNodesAreShownAndMoreFold() {
        let shown = GraphViews(chain(1999))
        #expect(shown.views.count == 1 && !shown.isFoldedBySize && shown.views[0].boxes.count == 1999)
        let lesson = chain(2401)
        let folded = GraphViews(lesson)
        #expect(folded.isFoldedBySize && folded.views[0].boxes.count < 30)
        #expect(folded.homes.allSatisfy { $0 > 0 })
        for view in folded.views { #expect(view.boxes.count <= 2 * 101) }
        #expect(lesson.html().contains("The graph has 2401 nodes"))
    }
}
