import GradusNetwork
import GradusTensor
import Testing
import _TestSupport

private struct ScheduleCase: Decodable {
    let schedule: String
    let attributes: [String: ReferenceAttribute]
    let numbers: [Double]
    let factors: [Double]

    func number(_ name: String) throws -> Double { try #require(attributes[name]?.double, "\(schedule): no \(name)") }
    func count(_ name: String) throws -> Int { try #require(attributes[name]?.int, "\(schedule): no \(name)") }

    func make() throws -> Schedule? {
        switch schedule {
        case "step": .step(every: try count("every"), by: try number("by"))
        case "exponential": .exponential(by: try number("by"))
        case "multistep": .multistep(at: attributes["at"]?.ints ?? [], by: try number("by"))
        case "polynomial": .polynomial(over: try count("over"), power: try number("power"))
        case "cosine": .cosine(over: try count("over"), to: try number("to"))
        case "warmup": Schedule.fixed.afterWarmup(of: try count("of"), from: try number("start"))
        case "oneCycle":
            .oneCycle(
                over: try count("over"), rising: try number("rising"), start: try number("start"),
                end: try number("end"))
        default: nil
        }
    }
}

@Suite struct ScheduleTests {
    @Test func agreesWithPyTorch() throws {
        let cases = try ReferenceCases.load("schedules", as: ScheduleCase.self)
        #expect(cases.count == 14)
        for one in cases {
            var factors: [Double]
            if let schedule = try one.make() {
                factors = one.factors.indices.map { schedule($0) }
            } else {
                var plateau = PlateauSchedule(
                    factor: try one.number("factor"), patience: try one.count("patience"),
                    threshold: try one.number("threshold"), cooldown: try one.count("cooldown"),
                    least: try one.number("least"), rising: one.attributes["rising"]?.bool ?? false)
                factors = one.numbers.map { plateau.next($0) }
            }
            for (step, (factor, expected)) in zip(factors, one.factors).enumerated() {
                expectClose(factor, expected, relative: 1e-12, absolute: 1e-15, "\(one.schedule), step \(step)")
            }
        }
    }

    @Test func afterItsEndAScheduleStays() {
        #expect(Schedule.cosine(over: 8, to: 0.1)(20) == Schedule.cosine(over: 8, to: 0.1)(8))
        #expect(Schedule.polynomial(over: 4)(9) == 0)
        #expect(Schedule.oneCycle(over: 10)(30) == Schedule.oneCycle(over: 10)(9))
        #expect(Schedule.fixed(1000) == 1 && Schedule.fixed(-1) == 1)
        #expect(Schedule { Double($0) }(3) == 3)
    }

    @Test func warmingUpComesFirst() {
        let schedule = Schedule.step(every: 2, by: 0.5).afterWarmup(of: 4)
        #expect((0..<9).map { schedule($0) } == [0, 0.25, 0.5, 0.75, 1, 1, 0.5, 0.5, 0.25])
    }

    @Test func ratesFollowTheBatch() {
        #expect(scaledLearningRate(0.1, batchSize: 1024) == 0.4)
        #expect(scaledLearningRate(0.1, batchSize: 1024, byRoot: true) == 0.2)
        #expect(misuseMessage { scaledLearningRate(0.1, batchSize: 0) } != nil)
    }

    @Test func misuseIsNamed() {
        #expect(misuseMessage { Schedule.step(every: 0) } == "Schedule.step: every 0 steps; it is 1 or more")
        #expect(misuseMessage { Schedule.cosine(over: 0) } != nil)
        #expect(misuseMessage { Schedule.polynomial(over: -1) } != nil)
        #expect(misuseMessage { Schedule.oneCycle(over: 1) } != nil)
        #expect(misuseMessage { Schedule.fixed.afterWarmup(of: -1) } != nil)
        #expect(misuseMessage { PlateauSchedule(factor: 1) } != nil)
    }
}
