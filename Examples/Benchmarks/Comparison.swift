import Foundation

/// Lines of several peers joined on their workload: how many times as long (or as much memory) as Gradus each takes.
struct Comparison {
    private var measurements: [Measurement] = []

    /// Reads lines of JSON; others (a warning that a peer printed) are passed over.
    init(lines: String) {
        let decoder = JSONDecoder()
        measurements = lines.split(separator: "\n").compactMap { line in
            guard line.first == "{" else { return nil }
            return try? decoder.decode(Measurement.self, from: Data(line.utf8))
        }
    }

    mutating func add(_ more: [Measurement]) { measurements += more }
    mutating func add(_ other: Comparison) { measurements += other.measurements }

    /// The least cost that was measured. Several lines for one workload are runs in turn on one machine, of which the least
    /// disturbed counts.
    private func cost(_ workload: String, _ peer: String) -> Double? {
        measurements.filter { $0.workload == workload && $0.peer == peer }.compactMap(\.cost).min()
    }

    private func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    /// The table, in Markdown, with the geometric mean of each column of ratios in the last row.
    var table: String {
        let workloads = unique(measurements.filter { $0.peer == "gradus" }.map(\.workload))
        let peers = unique(measurements.map(\.peer)).filter { $0 != "gradus" }
        func cell(_ number: Double?, _ digits: Int) -> String {
            number.map { String(format: "%.\(digits)f", $0) } ?? ""
        }
        var rows = [["workload", "gradus"] + peers.flatMap { [$0, "\($0) / gradus"] }]
        rows.append(rows[0].indices.map { $0 == 0 ? "---" : "---:" })
        var ratios = [[Double]](repeating: [], count: peers.count)
        for workload in workloads {
            let own = cost(workload, "gradus")
            var row = [workload, cell(own, 3)]
            for (index, peer) in peers.enumerated() {
                let theirs = cost(workload, peer)
                let ratio = own.flatMap { own in theirs.map { $0 / own } }
                if let ratio, ratio > 0 { ratios[index].append(ratio) }
                row += [cell(theirs, 3), cell(ratio, 2)]
            }
            rows.append(row)
        }
        let means = ratios.map { $0.isEmpty ? nil : exp($0.map { log($0) }.reduce(0, +) / Double($0.count)) }
        rows.append(["geometric mean", ""] + means.flatMap { ["", cell($0, 2)] })
        return rows.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    }
}
