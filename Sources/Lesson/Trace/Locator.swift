import Foundation
import GradusAutograd

#if os(Linux) && canImport(Runtime)
    import Runtime
#endif

/// Finds the source lines of operators, which cannot take `#line`: the way by which the program came to one is noted while a
/// lesson is recorded, and read as a line afterwards, from the debugging information of the program if it has any.
final class Locator {
    private let looksUp: Bool

    /// The largest program, in bytes, in which lines are looked up: the time that a line takes grows with it, to seconds.
    private static let largestProgram = 24_000_000

    init(looksUp: Bool) {
        let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        self.looksUp = looksUp && (size ?? .max) <= Locator.largestProgram
    }

    #if os(Linux) && canImport(Runtime)
        /// The way to an operation.
        struct Place: @unchecked Sendable {
            // @unchecked: a backtrace is a value that nobody changes.
            let backtrace: Backtrace
        }

        private lazy var images = ImageMap.capture()
        private var known: [[Backtrace.Address]: String?] = [:]

        func place(_ line: SourceLine?) -> (any Sendable)? {
            guard looksUp, line.map({ Locator.isLibrary(file: $0.file) }) ?? true,
                let backtrace = try? Backtrace.capture(algorithm: .auto, limit: 24, top: 0, images: images)
            else { return nil }
            return Place(backtrace: backtrace)
        }

        /// The line nearest to the operation that is not the library's own.
        private func line(_ place: Place) -> String? {
            let addresses = place.backtrace.frames.map(\.adjustedProgramCounter)
            if let line = known[addresses] { return line }
            let frames = place.backtrace.symbolicated(with: images)?.frames ?? []
            // Innermost this function and the operation, outermost the program.
            let outer = frames.drop { !Locator.isLibrary($0.symbol?.rawName ?? "") }
            let line = outer.lazy.compactMap { frame -> String? in
                guard let symbol = frame.symbol, let location = symbol.sourceLocation, location.line > 0,
                    !Locator.isLibrary(symbol.rawName)
                else { return nil }
                return "\(location.path.split(separator: "/").last ?? ""):\(location.line)"
            }.first
            known[addresses] = line
            return line
        }
    #else
        /// Nothing is known elsewhere.
        struct Place: Sendable {}

        func place(_ line: SourceLine?) -> (any Sendable)? { nil }

        private func line(_ place: Place) -> String? { nil }
    #endif

    /// The line that was found, or else the one that a named function was given.
    func text(_ place: Place?, _ line: SourceLine?) -> String? {
        if let found = place.flatMap(self.line) { return found }
        if let line { return "\(line.file)".split(separator: "/").last.map { "\($0):\(line.line)" } }
        return nil
    }

    /// Whether a line is in a layer of the library, and not in what called it.
    private static func isLibrary(file: StaticString) -> Bool { "\(file)".hasPrefix("GradusNetwork/") }

    /// Whether a symbol belongs to what stands between the user's code and an operation.
    private static func isLibrary(_ symbol: String) -> Bool {
        ["GradusTensor", "GradusAutograd", "GradusNetwork"].contains { module in
            symbol.hasPrefix("$s\(module.count)\(module)")
        }
    }
}
