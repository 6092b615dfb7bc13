import Foundation
import GradusLesson
import GradusTensor
import Testing
import _TestSupport

@Suite struct ChartAxisTests {
    private func labels(_ values: [Double], isLogarithmic: Bool = false, isWhole: Bool = false) -> [String] {
        ChartAxis(showing: values, isLogarithmic: isLogarithmic, isWhole: isWhole).ticks.map(\.label)
    }

    @Test func marksAreRoundNumbersThatEncloseTheValues() {
        #expect(labels([0, 1]) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
        #expect(labels([0.13, 2.3]) == ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"])
        #expect(labels([1, 30]) == ["0", "5", "10", "15", "20", "25", "30"])
        #expect(labels([-3, 4]) == ["-4", "-2", "0", "2", "4"])
        #expect(labels([0.001, 0.0035]) == ["0.0010", "0.0015", "0.0020", "0.0025", "0.0030", "0.0035"])
        #expect(labels([2e7, 9e7]) == ["2×10⁷", "4×10⁷", "6×10⁷", "8×10⁷", "1.0×10⁸"])
        #expect(labels([-3e-9, 1e-9]) == ["-3×10⁻⁹", "-2×10⁻⁹", "-1×10⁻⁹", "0", "1×10⁻⁹"])
        #expect(labels([0, 1], isWhole: true) == ["0", "1"])
        #expect(labels([7], isWhole: true).allSatisfy { Int($0) != nil })
    }

    @Test func aLogarithmicAxisMarksPowersOfTen() {
        #expect(labels([0.02, 2.3], isLogarithmic: true) == ["0.01", "0.1", "1", "10"])
        #expect(labels([1, 1], isLogarithmic: true) == ["1", "10"])
        #expect(labels([2e-6, 3e5], isLogarithmic: true) == ["10⁻⁶", "10⁻⁴", "0.01", "1", "100", "10000", "10⁶"])
        let axis = ChartAxis(showing: [0.01, 1], isLogarithmic: true)
        #expect(axis.position(0.01) == 0)
        #expect(abs((axis.position(0.1) ?? 9) - 0.5) < 1e-12)
        #expect(axis.position(0) == nil && axis.position(-1) == nil)
    }

    @Test func everyMarkAndValueLiesOnTheAxis() {
        var generator = TensorGenerator(seed: 4)
        for _ in 0..<200 {
            let scale = pow(10, generator.number(in: -8...8))
            let values = (0..<5).map { _ in scale * generator.number(in: -1...1) }
            for isLogarithmic in [false, true] {
                let shown = isLogarithmic ? values.map(abs) : values
                let axis = ChartAxis(showing: shown, isLogarithmic: isLogarithmic)
                #expect((2...13).contains(axis.ticks.count), "\(shown)")
                for value in shown + axis.ticks.map(\.value) {
                    let position = axis.position(value) ?? .nan
                    #expect(position > -1e-9 && position < 1 + 1e-9, "\(value) among \(shown)")
                }
                #expect(Set(axis.ticks.map(\.label)).count == axis.ticks.count, "\(axis.ticks)")
            }
        }
    }

    @Test func whatCannotBeShownIsLeftOut() {
        #expect(labels([.nan, .infinity, 0, 1]) == labels([0, 1]))
        #expect(labels([]) == labels([0, 1]))
        #expect(labels([.nan]) == labels([]))
        #expect(labels([0, -5], isLogarithmic: true) == ["1", "10"])
        #expect(labels([3]).count >= 2)
        #expect(labels([1, 1.0.nextUp]) == labels([1]))  // no round number lies between them
        let axis = ChartAxis(showing: [0, 1])
        for value in [.nan, .infinity, -.infinity, 1e301, 2, -1] { #expect(axis.position(value) == nil, "\(value)") }
        #expect(labels([.greatestFiniteMagnitude, 0, 1]) == labels([0, 1]))
    }
}
