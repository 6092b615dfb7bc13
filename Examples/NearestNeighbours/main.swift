// k nearest neighbours on the digits: by two distances, with k chosen by cross-validation on the training part alone.
//
//     swift run -c release NearestNeighbours

import ExampleSupport
import Gradus

let example = Example(
    "NearestNeighbours", "Reads digits by looking for the most similar ones; chooses k by 5-fold cross-validation.")
let digits = example.digits()
var random = Random(seed: 1)
let training = example.isQuick ? digits.training.split(300, using: &random).first : digits.training
let choices = [1, 2, 3, 4, 5, 7, 9, 12, 16, 25, 50]

print("\(training.count) digits, 5 folds: each fifth is held back once. Accuracy on it, mean ± standard deviation:\n")
print("   k   " + NearestNeighbours.Distance.allCases.map { column($0.rawValue, 18) }.joined())
let folds = training.folds(5, stratified: true, using: &random)
var results: [(distance: NearestNeighbours.Distance, k: Int, mean: Double, deviation: Double)] = []
for distance in NearestNeighbours.Distance.allCases {
    let shares = folds.map { fold -> [Double] in
        let neighbours = NearestNeighbours(fold.training, distance: distance)
        return neighbours.predictions(for: fold.validation.inputs, k: choices).map {
            ($0 .== fold.validation.labels).converted(to: .float64).mean().item
        }
    }
    let table = Tensor(shares, as: .float64)  // [folds, choices]
    let (means, deviations) = (table.mean(along: 0), table.standardDeviation(along: 0))
    for (i, k) in choices.enumerated() { results.append((distance, k, means[i].item, deviations[i].item)) }
}
for k in choices {
    let cells = results.filter { $0.k == k }.map {
        column("\(decimals($0.mean, 4)) ± \(decimals($0.deviation, 4))", 18)
    }
    print(String(repeating: " ", count: 4 - "\(k)".count) + "\(k)   " + cells.joined())
}

example.draw(
    LinePlot(
        NearestNeighbours.Distance.allCases.map { distance in
            .init(distance.rawValue, results.filter { $0.distance == distance }.map { (Double($0.k), $0.mean) })
        }, title: "Five-fold cross-validation", xLabel: "k", yLabel: "accuracy on the held-back fifth"),
    "cross-validation")

// What is chosen is chosen before the test digits are looked at.
guard let best = results.max(by: { $0.mean < $1.mean }) else { Example.stop("no results", code: 1) }
print("\nbest: k = \(best.k), \(best.distance.rawValue) distance\n")
let neighbours = NearestNeighbours(training, distance: best.distance)
let predictions = neighbours.predictions(for: digits.test.inputs, k: best.k)
let isRight = predictions .== digits.test.labels

// Eight digits, the mistakes first, each with its five nearest behind it.
let order = isRight.converted(to: .int64).sorted(along: 0).indices[..<8]
let shown = digits.test.taking(order)
let nearest = neighbours.neighbours(of: shown.inputs, k: 5)
let rows = (0..<8).map { concatenate([shown.inputs[$0...$0], training.inputs.taking(nearest[$0])]) }
let captions = (0..<8).flatMap { row -> [String] in
    let labels = training.labels.taking(nearest[row]).array(of: Int.self)
    return ["is \(Int(shown.labels[row].item))?"] + labels.map { "\($0)" }
}
example.draw(
    ImageGrid(
        concatenate(rows), in: 0...1, map: .ink, columns: 6, captions: captions,
        title: "Test digits, mistakes first, and their five nearest"), "neighbours")

print("test accuracy \(decimals(isRight.converted(to: .float64).mean().item))")
