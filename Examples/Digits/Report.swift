import Foundation
import Gradus

/// A page with the loss curve, the confusion matrix and the digits that were taken for others.
struct Report {
    let options: Options
    let history: [Epoch]
    let confusion: ConfusionMatrix
    let digits: Dataset
    let scores: Tensor

    var html: String {
        let losses = LinePlot(
            [
                .init("training, in the course of the epoch", history.map { (Double($0.number), $0.loss) }),
                .init("held-out digits, after it", history.map { (Double($0.number), $0.testLoss) }),
            ], title: "Cross-entropy, a tenth of the target spread over all classes", xLabel: "epoch", yLabel: "loss")
        let wrong = mistakes
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Digits: test accuracy \(share(confusion.accuracy))</title>
            <style>
            :root { color-scheme: light dark }
            body { font: 16px/1.5 sans-serif; max-width: 44em; margin: 2em auto; padding: 0 1em }
            figure { display: inline-block; margin: 0 1em 1em 0 }
            </style>
            </head>
            <body>
            <h1>Handwritten digits</h1>
            <p>Test accuracy <strong>\(share(confusion.accuracy))</strong>: of \(confusion.total) digits held out, \
            \(wrong.count) \(wrong.count == 1 ? "was" : "were") taken for another. \
            Trained for \(options.epochs) epoch\(options.epochs == 1 ? "" : "s"), seed \(options.seed).</p>
            <h2>Learning</h2>
            \(losses.svg())
            <h2>Mistakes</h2>
            \(wrong.isEmpty ? "<p>None.</p>" : wrong.joined(separator: "\n"))
            \(ConfusionPlot(confusion, title: "Confusion matrix").svg())
            <p><small>Digits: E. Alpaydin and C. Kaynak, <em>Optical Recognition of Handwritten Digits</em>, 1998, UCI Machine
            Learning Repository, <a href="https://doi.org/10.24432/C50P49">doi:10.24432/C50P49</a>, CC BY 4.0.</small></p>
            </body>
            </html>

            """
    }

    /// A picture of each digit that was taken for another, with what the model made of it.
    private var mistakes: [String] {
        let probabilities = scores.softmax(along: -1)
        let predictions = scores.argmax(along: -1).array(of: Int.self)
        let labels = digits.labels.array(of: Int.self)
        return zip(labels, predictions).enumerated().compactMap { place, pair in
            let (label, prediction) = pair
            if label == prediction { return nil }
            let sure = { (digit: Int) in String(format: "%.0f %%", 100 * probabilities[at: [place, digit]]) }
            let caption = "a \(label) (\(sure(label))), taken for a \(prediction) (\(sure(prediction)))"
            let picture = ImageGrid(digits.inputs[place][0], in: 0...1, map: .ink, pixel: 14, captions: [caption])
            return "<figure>\(picture.svg())</figure>"
        }
    }

    /// Why no report could be written to a path, as far as can be told before training.
    static func obstacle(to path: String) -> String? {
        let file = URL(fileURLWithPath: path)
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder) && isFolder.boolValue {
            return "--output \(path) is a folder; a file is wanted"
        }
        if !FileManager.default.isWritableFile(atPath: file.deletingLastPathComponent().path) {
            return "--output \(path) lies in no folder that can be written to"
        }
        return nil
    }

    func write() throws { try html.write(toFile: options.output, atomically: true, encoding: .utf8) }
}

/// 0.99167 as `0.992`, and never rounded up to 1.
func share(_ share: Double) -> String {
    let rounded = String(format: "%.3f", share)
    return share < 1 && rounded == "1.000" ? "0.999" : rounded
}
