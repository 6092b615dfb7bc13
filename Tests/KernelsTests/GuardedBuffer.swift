#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Memory of exactly so many elements with a page that may not be touched on either side: the last element ends where the
/// page behind begins, or, `fromStart`, the first begins where the page before ends. One element too far and the test dies.
final class GuardedBuffer<T> {
    let elements: UnsafeMutableBufferPointer<T>
    private let pages: UnsafeMutableRawPointer
    private let length: Int

    init(_ values: [T], fromStart: Bool = false) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let bytes = values.count * MemoryLayout<T>.stride
        let inner = max(page, (bytes + page - 1) / page * page)
        length = inner + 2 * page
        let flags = MAP_PRIVATE | Int32(MAP_ANONYMOUS)
        guard let pages = mmap(nil, length, PROT_NONE, flags, -1, 0), pages != MAP_FAILED else {
            fatalError("no memory for a guarded buffer")
        }
        self.pages = pages
        guard mprotect(pages + page, inner, PROT_READ | PROT_WRITE) == 0 else {
            fatalError("no memory for a guarded buffer")
        }
        let start = (pages + page + (fromStart ? 0 : inner - bytes)).bindMemory(to: T.self, capacity: values.count)
        elements = UnsafeMutableBufferPointer(start: start, count: values.count)
        _ = elements.initialize(from: values)
    }

    deinit { munmap(pages, length) }

    var address: UnsafeMutableRawPointer { UnsafeMutableRawPointer(elements.baseAddress!) }  // mapped above
    var values: [T] { Array(elements) }
}

/// The kernels' numbers for the element types, in the width that they take.
let float32: Int32 = 0, float64: Int32 = 1
