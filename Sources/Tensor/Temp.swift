// Bridges until the real functions land: whoever defines one of these deletes it here, and the last one the file.
extension Tensor {
    package func sum(to shape: Shape) -> Tensor { self }
}
