import GradusTensor

/// The eigenvalues of a symmetric matrix `[n, n]`, the largest first, and its eigenvectors, each a row, of length 1 and at
/// right angles to the others: `a ≈ vectorsᵀ · diag(values) · vectors`. Both `float64`.
///
///     let (values, vectors) = symmetricEigen(Tensor([[2, 1], [1, 2]]))
///     print(values)  // [3., 1.]
///
/// The largest element of a vector (the first of equals) is positive, so that the sign is not left to chance. Only the lower
/// triangle is read. Householder's reduction to three diagonals, then QL steps with implicit shifts (G. H. Golub and C. F. Van
/// Loan, "Matrix Computations", sections 8.3.1 and 8.3.3; H. Bowdler et al., 1968): some 9·n³ operations. Other shapes and
/// what is not finite are misuse.
public func symmetricEigen(_ matrix: Tensor) -> (values: Tensor, vectors: Tensor) {
    let shape = matrix.shape
    guard matrix.rank == 2 && shape[0] == shape[1] && matrix.elementType.isFloatingPoint else {
        return misuse(
            "symmetricEigen: \(matrix.elementType) of shape \(shape); a square matrix of floating point is wanted",
            inert: (.inert, .inert))
    }
    let n = shape[0]
    let elements = matrix.array(of: Double.self)
    guard elements.allSatisfy(\.isFinite) else {
        return misuse(
            "symmetricEigen: not all elements are finite", inert: (.inert([n], .float64), .inert(shape, .float64)))
    }
    var solver = TridiagonalSolver(elements, n)
    solver.solve()
    let order = (0..<n).sorted { (solver.diagonal[$0], $1) > (solver.diagonal[$1], $0) }
    let rows = order.flatMap { row -> [Double] in
        let vector = solver.rows[row * n..<(row + 1) * n]
        let largest = vector.reduce(0) { abs($1) > abs($0) ? $1 : $0 }
        return largest < 0 ? vector.map { -$0 } : Array(vector)
    }
    return (Tensor(order.map { solver.diagonal[$0] }, as: .float64), Tensor(rows, shape: shape, as: .float64))
}

/// A symmetric matrix on its way to its eigenvalues. `rows` gathers the reflections and rotations, transposed: each of them
/// then combines whole rows, which lie together in memory.
private struct TridiagonalSolver {
    private let n: Int
    /// First the matrix, then the eigenvectors.
    private(set) var rows: [Double]
    /// The diagonal; in the end the eigenvalues.
    private(set) var diagonal: [Double]
    /// `beside[i]` couples i and i + 1.
    private var beside: [Double]

    init(_ elements: [Double], _ n: Int) {
        (rows, self.n) = (elements, n)
        diagonal = [Double](repeating: 0, count: n)
        beside = diagonal
    }

    mutating func solve() {
        guard n > 0 else { return }
        let scale = rows.reduce(0) { Swift.max($0, abs($1)) }
        if scale > 0 { for i in rows.indices { rows[i] /= scale } }  // squares neither overflow nor vanish
        reduce()
        diagonalize()
        for i in 0..<n { diagonal[i] *= scale }
    }

    /// Householder: reflections that clear each column below the one beside the diagonal. Q is multiplied together on the way,
    /// so that T = Qᵀ A Q; afterwards `rows` is Qᵀ.
    private mutating func reduce() {
        let n = n
        var basis = [Double](repeating: 0, count: n * n)
        for i in 0..<n { basis[i * n + i] = 1 }
        var v = [Double](repeating: 0, count: n)
        var p = v
        var (diagonal, beside) = (diagonal, beside)  // apart from `self`, whose rows are held below
        rows.withUnsafeMutableBufferPointer { a in
            basis.withUnsafeMutableBufferPointer { basis in
                for i in 0..<n { for j in i + 1..<Swift.max(n, i + 1) { a[i * n + j] = a[j * n + i] } }
                for k in 0..<Swift.max(n - 2, 0) {
                    // The reflection I − τ v vᵀ that sends column k below the diagonal to its first element alone.
                    var length = 0.0
                    for i in k + 1..<n {
                        v[i] = a[k * n + i]
                        length += v[i] * v[i]
                    }
                    length.formSquareRoot()
                    if length == 0 { continue }
                    v[k + 1] += v[k + 1] < 0 ? -length : length
                    var square = 0.0
                    for i in k + 1..<n { square += v[i] * v[i] }
                    let tau = 2 / square
                    // A ← H A H on the part behind k: with p = τ A v and w = p − (τ/2)(pᵀv) v, A − v wᵀ − w vᵀ.
                    var overlap = 0.0
                    for i in k + 1..<n {
                        var sum = 0.0
                        for j in k + 1..<n { sum += a[i * n + j] * v[j] }
                        p[i] = tau * sum
                        overlap += p[i] * v[i]
                    }
                    for i in k + 1..<n { p[i] -= tau / 2 * overlap * v[i] }
                    for i in k + 1..<n {
                        for j in k + 1..<n { a[i * n + j] -= v[i] * p[j] + p[i] * v[j] }
                    }
                    let reflected = v[k + 1] > 0 ? -length : length
                    a[k * n + k + 1] = reflected
                    a[(k + 1) * n + k] = reflected
                    // Qᵀ ← H Qᵀ: with sums = vᵀ Qᵀ, one row at a time.
                    for j in 0..<n { p[j] = 0 }
                    for i in k + 1..<n { for j in 0..<n { p[j] += v[i] * basis[i * n + j] } }
                    for i in k + 1..<n { for j in 0..<n { basis[i * n + j] -= tau * v[i] * p[j] } }
                }
                for i in 0..<n { diagonal[i] = a[i * n + i] }
                for i in 0..<n - 1 { beside[i] = a[i * n + i + 1] }
            }
        }
        (rows, self.diagonal, self.beside) = (basis, diagonal, beside)
    }

    /// QL steps with Wilkinson's shift: each drives the element beside the diagonal at `first` to 0, with rotations of
    /// neighbouring rows. Two or three steps an eigenvalue are usual; the limit is there for the sake of proof.
    private mutating func diagonalize() {
        let n = n
        var (diagonal, beside) = (diagonal, beside)
        rows.withUnsafeMutableBufferPointer { rows in
            for first in 0..<n {
                for _ in 0..<60 {
                    // The block that has not come apart yet: first...last.
                    var last = first
                    while last < n - 1 {
                        let size = abs(diagonal[last]) + abs(diagonal[last + 1])
                        if abs(beside[last]) <= size * .ulpOfOne / 2 || beside[last] == 0 { break }
                        last += 1
                    }
                    if last == first { break }
                    let half = (diagonal[first + 1] - diagonal[first]) / (2 * beside[first])
                    let root = (half * half + 1).squareRoot()
                    let shift = diagonal[first] - beside[first] / (half + (half < 0 ? -root : root))
                    var (g, s, c, p) = (diagonal[last] - shift, 1.0, 1.0, 0.0)
                    var cameApart = false
                    for i in stride(from: last - 1, through: first, by: -1) {
                        let (f, b) = (s * beside[i], c * beside[i])
                        let r = (f * f + g * g).squareRoot()
                        beside[i + 1] = r
                        if r == 0 {  // it came apart in the middle: begin anew
                            diagonal[i + 1] -= p
                            beside[last] = 0
                            cameApart = true
                            break
                        }
                        (s, c) = (f / r, g / r)
                        g = diagonal[i + 1] - p
                        let turned = (diagonal[i] - g) * s + 2 * c * b
                        p = s * turned
                        diagonal[i + 1] = g + p
                        g = c * turned - b
                        for j in 0..<n {
                            let (low, high) = (rows[i * n + j], rows[(i + 1) * n + j])
                            rows[i * n + j] = c * low - s * high
                            rows[(i + 1) * n + j] = s * low + c * high
                        }
                    }
                    if cameApart { continue }
                    diagonal[first] -= p
                    beside[first] = g
                    beside[last] = 0
                }
            }
        }
        self.diagonal = diagonal
    }
}
