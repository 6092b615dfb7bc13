import Gradus

// The kernels, called as a user calls them: results are new tensors, gradients arrive at leaves.

extension Workload {
    static var products: [Workload] {
        [128, 256, 512, 1024, 2048].map { n in product("gemm_\(n)", n, n, n) }
            + [
                Workload(name: "gemm_nt_1024", operations: 2 * 1024 * 1024 * 1024) {
                    let (a, b) = (Tensor.normal([1024, 1024]), Tensor.normal([1024, 1024]))
                    return { _ = matmul(a, b, transposingSecond: true) }
                },
                Workload(name: "gemm_tn_1024", operations: 2 * 1024 * 1024 * 1024) {
                    let (a, b) = (Tensor.normal([1024, 1024]), Tensor.normal([1024, 1024]))
                    return { _ = matmul(a, b, transposingFirst: true) }
                },
                product("gemm_f64_1024", 1024, 1024, 1024, .float64),
                product("gemm_skinny", 128, 784, 512),
            ]
    }

    private static func product(
        _ name: String, _ m: Int, _ k: Int, _ n: Int, _ type: ElementType = .float32
    ) -> Workload {
        Workload(name: name, operations: Double(2 * m * k * n)) {
            let (a, b) = (Tensor.normal([m, k], as: type), Tensor.normal([k, n], as: type))
            return { _ = matmul(a, b) }
        }
    }

    private struct Convolution {
        let name: String
        let images: Int, channels: Int, size: Int
        let filters: Int, kernel: Int, stride: Int, padding: Int
        var outputSize: Int { (size + 2 * padding - kernel) / stride + 1 }
        var operations: Double {
            2 * Double(images * filters * outputSize * outputSize) * Double(channels * kernel * kernel)
        }
    }

    static var convolutions: [Workload] {
        [
            Convolution(
                name: "lenet1", images: 128, channels: 1, size: 28, filters: 6, kernel: 5, stride: 1, padding: 2),
            Convolution(
                name: "lenet2", images: 128, channels: 6, size: 14, filters: 16, kernel: 5, stride: 1, padding: 0),
            Convolution(
                name: "cifar64", images: 64, channels: 64, size: 32, filters: 64, kernel: 3, stride: 1, padding: 1),
            Convolution(
                name: "cifar128", images: 64, channels: 128, size: 16, filters: 128, kernel: 3, stride: 1, padding: 1),
            Convolution(
                name: "cifar256", images: 64, channels: 256, size: 8, filters: 256, kernel: 3, stride: 1, padding: 1),
            Convolution(
                name: "stem7", images: 8, channels: 3, size: 224, filters: 64, kernel: 7, stride: 2, padding: 3),
            Convolution(
                name: "res56", images: 8, channels: 64, size: 56, filters: 64, kernel: 3, stride: 1, padding: 1),
            Convolution(
                name: "res28", images: 8, channels: 128, size: 28, filters: 128, kernel: 3, stride: 1, padding: 1),
            Convolution(
                name: "res14", images: 8, channels: 256, size: 14, filters: 256, kernel: 3, stride: 1, padding: 1),
            Convolution(
                name: "res7", images: 8, channels: 512, size: 7, filters: 512, kernel: 3, stride: 1, padding: 1),
            Convolution(
                name: "point56", images: 8, channels: 64, size: 56, filters: 256, kernel: 1, stride: 1, padding: 0),
        ].flatMap { c -> [Workload] in
            func inputs() -> (x: Variable, weight: Variable) {
                (
                    Variable(.normal([c.images, c.channels, c.size, c.size])),
                    Variable(.normal([c.filters, c.channels, c.kernel, c.kernel]))
                )
            }
            return [
                Workload(name: "conv_\(c.name)_fwd", operations: c.operations) {
                    let (x, weight) = inputs()
                    return {
                        withoutRecording { _ = conv2D(x, weight, stride: Pair(c.stride), padding: Pair(c.padding)) }
                    }
                },
                Workload(name: "conv_\(c.name)_train", operations: 3 * c.operations) {
                    let (x, weight) = inputs()
                    let upstream = Variable.constant(.normal([c.images, c.filters, c.outputSize, c.outputSize]))
                    return {
                        (x.gradient, weight.gradient) = (nil, nil)
                        conv2D(x, weight, stride: Pair(c.stride), padding: Pair(c.padding)).backward(upstream: upstream)
                    }
                },
            ]
        }
    }

    static var elementwise: [Workload] {
        let functions: [(name: String, bytes: Double, function: (Variable, Variable) -> Variable)] = [
            ("add", 12, { $0 + $1 }), ("mul", 12, { $0 * $1 }), ("relu", 8, { x, _ in relu(x) }),
            ("sigmoid", 8, { x, _ in sigmoid(x) }), ("tanh", 8, { x, _ in tanh(x) }), ("exp", 8, { x, _ in exp(x) }),
            ("gelu", 8, { x, _ in gelu(x) }),
        ]
        let count = 4_194_304
        return functions.flatMap { name, bytes, function in
            [
                Workload(name: "ew_\(name)_fwd", bytes: bytes * Double(count)) {
                    let (x, y) = (Variable(.normal([count])), Variable(.normal([count])))
                    return { withoutRecording { _ = function(x, y) } }
                },
                Workload(name: "ew_\(name)_train") {
                    let (x, y) = (Variable(.normal([count])), Variable(.normal([count])))
                    return {
                        (x.gradient, y.gradient) = (nil, nil)
                        function(x, y).sum().backward()
                    }
                },
            ]
        }
    }

    static var normalizing: [Workload] {
        [
            Workload(name: "softmax_ce_train") {
                let logits = Variable(.normal([4096, 1000]))
                let labels = Tensor((0..<4096).map { _ in Int.random(in: 0..<1000) })
                return {
                    logits.gradient = nil
                    crossEntropy(logits, labels).backward()
                }
            },
            Workload(name: "layernorm_train") {
                let (x, norm) = (Variable(.normal([4096, 768])), LayerNorm([768]))
                let upstream = Variable.constant(.normal([4096, 768]))
                return {
                    x.gradient = nil
                    for parameter in norm.parameters { parameter.gradient = nil }
                    norm(x).backward(upstream: upstream)
                }
            },
            Workload(name: "batchnorm_train") {
                let (x, norm) = (Variable(.normal([64, 64, 32, 32])), BatchNorm(channels: 64))
                let upstream = Variable.constant(.normal([64, 64, 32, 32]))
                return {
                    x.gradient = nil
                    for parameter in norm.parameters { parameter.gradient = nil }
                    norm(x).backward(upstream: upstream)
                }
            },
            Workload(name: "maxpool_train") {
                let x = Variable(.normal([64, 64, 32, 32]))
                let upstream = Variable.constant(.normal([64, 64, 16, 16]))
                return {
                    x.gradient = nil
                    maxPool2D(x, kernel: 2).backward(upstream: upstream)
                }
            },
            Workload(name: "sum_rows", bytes: 4 * 4096 * 1024) {
                let x = Tensor.normal([4096, 1024])
                return { _ = x.sum(along: 1) }
            },
            Workload(name: "sum_all", bytes: 4 * 4096 * 1024) {
                let x = Tensor.normal([4096, 1024])
                return { _ = x.sum() }
            },
        ]
    }

    static var optimizing: [Workload] {
        [
            Workload(name: "adam_10m", bytes: 7 * 4 * 10_000_000) {
                let parameters = (0..<10).map { _ in Variable(.normal([1_000_000])) }
                let gradients = parameters.map { _ in Variable.constant(.normal([1_000_000])) }
                let adam = Adam(learningRate: 1e-3)
                return {
                    // A step uses up the gradients it reads.
                    for (parameter, gradient) in zip(parameters, gradients) { parameter.gradient = gradient }
                    adam.step(parameters)
                }
            }
        ]
    }
}
