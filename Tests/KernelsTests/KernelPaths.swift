import CGradusKernels
import Testing

/// The names of the ways through the kernels that this machine can run; every one is tested.
let kernelPaths: [String] = {
    defer { _ = gradus_force_path(nil) }
    return ["portable", "avx2", "avx512", "neon"].filter { gradus_force_path($0) }
}()

/// Runs `body` with all kernels called from this thread taking the path of that name.
func onPath(_ name: String, _ body: () throws -> Void) rethrows {
    #expect(gradus_force_path(name))
    defer { _ = gradus_force_path(nil) }
    try body()
}

@Suite struct KernelPathTests {
    @Test func pathsAreNamedAndScoped() {
        #expect(kernelPaths.contains("portable"))
        let usual = String(cString: gradus_path_name())
        #expect(kernelPaths.contains(usual))
        for path in kernelPaths {
            onPath(path) { #expect(String(cString: gradus_path_name()) == path) }
            #expect(String(cString: gradus_path_name()) == usual)
        }
        #expect(!gradus_force_path("mmx"))
        #expect(String(cString: gradus_path_name()) == usual)
    }
}
