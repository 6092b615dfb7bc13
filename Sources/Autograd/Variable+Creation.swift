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

    /// A leaf of three axes.
    public convenience init(_ values: [[[Double]]], as type: ElementType = .float32, name: String? = nil) {
        self.init(Tensor(values, as: type), name: name)
    }

    /// A leaf of four axes: `[batch, channels, height, width]`, for images.
    public convenience init(_ values: [[[[Double]]]], as type: ElementType = .float32, name: String? = nil) {
        self.init(Tensor(values, as: type), name: name)
    }
}

// Comparisons look at the numbers and give a mask; no gradient flows through them.
extension Variable {
    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN.
    public static func .< (a: Variable, b: Variable) -> Tensor { a.value .< b.value }
    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN.
    public static func .<= (a: Variable, b: Variable) -> Tensor { a.value .<= b.value }
    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN.
    public static func .> (a: Variable, b: Variable) -> Tensor { a.value .> b.value }
    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN.
    public static func .>= (a: Variable, b: Variable) -> Tensor { a.value .>= b.value }
    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN.
    public static func .== (a: Variable, b: Variable) -> Tensor { a.value .== b.value }
    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN, true for `.!=`.
    public static func .!= (a: Variable, b: Variable) -> Tensor { a.value .!= b.value }
    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN.
    public static func .< (a: Variable, b: Double) -> Tensor { a.value .< b }
    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN.
    public static func .<= (a: Variable, b: Double) -> Tensor { a.value .<= b }
    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN.
    public static func .> (a: Variable, b: Double) -> Tensor { a.value .> b }
    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN.
    public static func .>= (a: Variable, b: Double) -> Tensor { a.value .>= b }
    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN.
    public static func .== (a: Variable, b: Double) -> Tensor { a.value .== b }
    /// Where the comparison holds, element by element with broadcasting: a bool tensor. False for NaN, true for `.!=`.
    public static func .!= (a: Variable, b: Double) -> Tensor { a.value .!= b }
}
