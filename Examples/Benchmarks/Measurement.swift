import Foundation
import Gradus

/// A line of JSON: how long a workload took.
struct Measurement: Codable {
    var workload: String
    var peer: String
    var threads: Int?
    var medianMilliseconds: Double?
    var leastMilliseconds: Double?
    var runs: Int?
    var gigaflops: Double?
    var gigabytes: Double?
    /// The share of what a loop of multiply-adds, or of copying, reached in the same process; nil for peers.
    var ofLimit: Double?
    /// For memory: what it took in place of time.
    var mebibytes: Double?

    enum CodingKeys: String, CodingKey {
        case workload, peer, threads, runs
        case medianMilliseconds = "median_ms"
        case leastMilliseconds = "min_ms"
        case gigaflops = "gflops"
        case gigabytes = "gbps"
        case ofLimit = "of_limit"
        case mebibytes = "mib"
    }

    /// What is compared: time, or memory.
    var cost: Double? { mebibytes ?? medianMilliseconds }

    /// The line, with the keys in the order in which the workloads' definition names them.
    var line: String {
        func number(_ value: Double?, _ digits: Int) -> String {
            value.map { "\(($0 * pow(10, Double(digits))).rounded() / pow(10, Double(digits)))" } ?? "null"
        }
        let start = "{\"workload\": \"\(workload)\", \"peer\": \"\(peer)\""
        if let mebibytes { return start + ", \"mib\": \(number(mebibytes, 1))}" }
        let times = "\"median_ms\": \(number(medianMilliseconds, 5)), \"min_ms\": \(number(leastMilliseconds, 5))"
        let rates = "\"gflops\": \(number(gigaflops, 2)), \"gbps\": \(number(gigabytes, 2))"
        let limit = ofLimit.map { ", \"of_limit\": \(number($0, 3))" } ?? ""
        return start + ", \"threads\": \(threads ?? 1), \(times), \"runs\": \(runs ?? 1), \(rates)\(limit)}"
    }

    /// The workload's line from the times of its runs, in seconds.
    init(_ workload: String, times: [Double], operations: Double? = nil, bytes: Double? = nil, limits: Limits?) {
        let sorted = times.sorted()
        let middle = sorted.count / 2
        let median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        (self.workload, peer, threads, runs) = (workload, "gradus", threadCount, times.count)
        (medianMilliseconds, leastMilliseconds) = (median * 1e3, sorted[0] * 1e3)
        (gigaflops, gigabytes) = (operations.map { $0 / median / 1e9 }, bytes.map { $0 / median / 1e9 })
        if let limits, let gigaflops {
            ofLimit = gigaflops / (workload.contains("f64") ? limits.doubleGigaflops : limits.gigaflops)
        } else if let limits, let gigabytes {
            ofLimit = gigabytes / limits.gigabytes
        }
    }

    init(_ workload: String, mebibytes: Double) {
        (self.workload, peer, self.mebibytes) = (workload, "gradus", mebibytes)
    }
}

/// The seconds that `body` takes.
func seconds(_ body: () -> Void) -> Double {
    let duration = ContinuousClock().measure(body).components
    return Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
}

/// Runs `body` twice to warm up, then at least five times, until the time is over.
func repeated(for limit: Double, _ body: () -> Void) -> [Double] {
    body()
    body()
    var times: [Double] = []
    var total = 0.0
    while times.count < 5 || total < limit && times.count < 10_000 {
        times.append(seconds(body))
        total += times[times.count - 1]
    }
    return times
}
