import CGradusKernels
import Gradus
import GradusTensor

/// What this machine does at most, with the threads that are set: what results are measured against.
struct Limits {
    /// Multiply-adds on registers alone, in float32 and in float64.
    let gigaflops: Double
    let doubleGigaflops: Double
    /// Copying arrays of 64 MiB, what is read and what is written counted together.
    let gigabytes: Double

    static func measured() -> Limits {
        Limits(
            gigaflops: multiplyAdds(ElementType.float32), doubleGigaflops: multiplyAdds(.float64),
            gigabytes: copying())
    }

    /// The best of many short runs: others may use the machine too, and a limit is what it does undisturbed.
    private static func best(_ runs: Int, _ work: Double, _ body: () -> Void) -> Double {
        work / (0..<runs).map { _ in seconds(body) }.reduce(.infinity, min) / 1e9
    }

    private static func multiplyAdds(_ type: ElementType) -> Double {
        let (rounds, threads) = (Int64(200_000), threadCount)
        var kept = 0.0
        let operations = Double(gradus_multiply_add_loop(type.code, rounds, &kept)) * Double(threads)
        return best(50, operations) {
            parallelFor(threads, grain: 1) { _ in
                var kept = 0.0
                _ = gradus_multiply_add_loop(type.code, rounds, &kept)
            }
        }
    }

    private static func copying() -> Double {
        let bytes = 64 << 20
        let source = Tensor.ones([bytes / 4])
        var target = Tensor.zeros([bytes / 4])
        return best(20, 2 * Double(bytes)) {
            target.withMutablePointer { to in
                source.withPointer { from in
                    parallelFor(bytes, grain: 1 << 20) { part in
                        (to + part.lowerBound).copyMemory(from: from + part.lowerBound, byteCount: part.count)
                    }
                }
            }
        }
    }
}
