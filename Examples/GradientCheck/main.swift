// Plants three classic mistakes in a net's rules, one at a time, and shows each found by the gradient check.
//
//     swift run -c release GradientCheck
//     swift run -c release GradientCheck --plot error.svg     also draws the error of differences against their step

import Foundation
import Gradus

let arguments = CommandLine.arguments.dropFirst()
guard arguments.isEmpty || arguments.count == 2 && arguments.first == "--plot" else {
    FileHandle.standardError.write(
        Data("GradientCheck: usage: GradientCheck [--plot PATH]; PATH is where to write an SVG file\n".utf8))
    exit(2)
}

let net = Net()
var found = 0
for (number, mistake) in Mistake.allCases.enumerated() {
    print("\(number + 1). \(mistake.title)\n   \(mistake.story)\n")
    let report = checkGradients(at: net.parameters) { net.loss(mistake) }
    print("\(report)\n")
    if report.verdict == .fail && report.blame.allSatisfy({ $0.operation.hasSuffix(mistake.operation) }) { found += 1 }
}

print("And with every rule as it should be\n")
var settings = GradientCheckSettings(order: 2)
settings.tracesError = true
let report = checkGradients(at: net.parameters, settings: settings) { net.loss(nil) }
print("\(report)\n")

if let path = arguments.dropFirst().first, let curve = report.errorCurve {
    do { try curve.plot.write(to: path) } catch {
        FileHandle.standardError.write(Data("GradientCheck: \(path): \(error.localizedDescription)\n".utf8))
        exit(1)
    }
    print("error of differences against their step: \(path)\n")
}

print(
    "\(found) of \(Mistake.allCases.count) mistakes found, each blamed on its operation; right rules: \(report.verdict)"
)
exit(found == Mistake.allCases.count && report.passed ? 0 : 1)
