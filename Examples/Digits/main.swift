// The whole of a first real job: check the gradients, train, test, report.
//
//     swift run -c release Digits

import Foundation
import Gradus

/// Says one sentence where errors go, and ends the program.
func stop(_ message: String, code: Int32) -> Never {
    FileHandle.standardError.write(Data("Digits: \(message)\n".utf8))
    exit(code)
}

let options: Options
do {
    guard let parsed = try Options.parse(CommandLine.arguments.dropFirst()) else {
        print(Options.help)
        exit(0)
    }
    options = parsed
} catch {
    stop("\(error.message); see --help", code: 2)
}
if let obstacle = Report.obstacle(to: options.output) { stop(obstacle, code: 2) }
if let threads = options.threads { threadCount = threads }

let digits: Digits
do { digits = try Digits.load() } catch { stop("\(error)", code: 1) }

print("gradient check: backpropagation against central differences of the loss, in double precision")
let check = checkGradients(on: digits.training, seed: options.seed)
print("\(check)\n")
if check.verdict == .fail { stop("the gradients are wrong, so training would not follow the loss", code: 1) }

var random = Random(seed: options.seed)
let model = Classifier(using: &random)
print("\(model.parameters)\n")

var progress = ProgressLine()
let history = train(model, on: digits, epochs: options.epochs, using: &random, progress: &progress)

let result = test(model, on: digits.test)
print("\n\(result.confusion)\n")
let report = Report(
    options: options, history: history, confusion: result.confusion, digits: digits.test,
    scores: concatenate(result.scores))
do { try report.write() } catch {
    stop("the report could not be written to \(options.output): \(error.localizedDescription)", code: 1)
}
print("report with the loss curve and the mistakes: \(options.output)")
print("test accuracy \(share(result.confusion.accuracy))")
