import GradusTensor

extension Variable {
    /// A leaf of one number, of shape `[]`.
    public convenience init(_ value: Double, as type: ElementType = .float32, name: String? = nil) {
        self.init(Tensor(value, as: type), name: name)
    }

    /// A leaf of shape `[n]`.
    public convenience init(_ values: [Double], as type: ElementType = .float32, name: String? = nil) {
        self.init(Tensor(values, as: type), name: name)
    }

    /// A leaf of shape `[rows, columns]`. Rows of different lengths are misuse.
    public convenience init(_ values: [[Double]], as type: ElementType = .float32, name: String? = nil) {
        self.init(Tensor(values, as: type), name: name)
    }

    public convenience init(_ values: [[[Double]]], as type: ElementType = .float32, name: String? = nil) {
        self.init(Tensor(values, as: type), name: name)
    }

    public convenience init(_ values: [[[[Double]]]], as type: ElementType = .float32, name: String? = nil) {
        self.init(Tensor(values, as: type), name: name)
    }
}

// Comparisons look at the numbers and give a mask; no gradient flows through them.
extension Variable {
    public static func .< (a: Variable, b: Variable) -> Tensor { a.value .< b.value }
    public static func .<= (a: Variable, b: Variable) -> Tensor { a.value .<= b.value }
    public static func .> (a: Variable, b: Variable) -> Tensor { a.value .> b.value }
    public static func .>= (a: Variable, b: Variable) -> Tensor { a.value .>= b.value }
    public static func .== (a: Variable, b: Variable) -> Tensor { a.value .== b.value }
    public static func .!= (a: Variable, b: Variable) -> Tensor { a.value .!= b.value }
    public static func .< (a: Variable, b: Double) -> Tensor { a.value .< b }
    public static func .<= (a: Variable, b: Double) -> Tensor { a.value .<= b }
    public static func .> (a: Variable, b: Double) -> Tensor { a.value .> b }
    public static func .>= (a: Variable, b: Double) -> Tensor { a.value .>= b }
    public static func .== (a: Variable, b: Double) -> Tensor { a.value .== b }
    public static func .!= (a: Variable, b: Double) -> Tensor { a.value .!= b }
}
