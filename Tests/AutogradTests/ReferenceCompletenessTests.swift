import Testing
import _TestSupport

// The references are read by the tests of each family. Here all of them are, whoever uses them, so that a file that loses
// cases or cannot be read is noticed.

private let caseCounts: [String: [String: Int]] = [
    "arithmetic": [
        "add": 10, "clamp": 9, "divide": 11, "maximum": 13, "minimum": 13, "multiply": 10, "negate": 4,
        "power": 15, "subtract": 10, "where": 9,
    ],
    "elementwise": [
        "abs": 5, "acos": 6, "asin": 6, "atan": 6, "ceil": 5, "cos": 5, "cosh": 6, "elu": 7, "erf": 6,
        "exp": 7, "expm1": 7, "floor": 5, "gelu": 7, "geluTanh": 7, "leakyRelu": 6, "log": 6, "log1p": 7,
        "log2": 6, "logSigmoid": 8, "reciprocal": 5, "relu": 7, "relu6": 5, "round": 6, "rsqrt": 6,
        "selu": 6, "sigmoid": 8, "sign": 5, "silu": 7, "sin": 5, "sinh": 6, "softplus": 8, "sqrt": 6,
        "square": 5, "tan": 5, "tanh": 8,
    ],
    "reductions": [
        "argmax": 7, "argmin": 7, "cumulativeProduct": 11, "cumulativeSum": 6, "logSoftmax": 11,
        "logSumExp": 13, "max": 14, "mean": 11, "min": 14, "norm": 22, "product": 17, "softmax": 11,
        "standardDeviation": 11, "sum": 11, "variance": 12,
    ],
    "linearalgebra": [
        "dot": 4, "linear": 10, "matmul": 33, "outer": 4,
    ],
    "shaping": [
        "broadcast": 6, "concatenate": 5, "diagonal": 5, "expandDims": 4, "flip": 4, "pad": 6,
        "permute":
            6, "reshape": 5, "roll": 5, "slice": 8, "split": 5, "squeeze": 4, "stack": 5, "tile": 5,
        "transposed": 4, "triangle": 8,
    ],
    "indexing": [
        "embedding": 5, "gather": 7, "scatterAdd": 6, "sort": 12, "take": 6, "topK": 6,
    ],
    "convolution": [
        "conv1D": 8, "conv2D": 21, "transposedConv1D": 6, "transposedConv2D": 14,
    ],
    "pooling": [
        "adaptiveAveragePool2D": 6, "adaptiveMaxPool2D": 8, "averagePool1D": 6, "averagePool2D": 14,
        "maxPool1D": 6, "maxPool2D": 17,
    ],
    "recurrent": ["gru": 7, "gruCell": 1, "lstm": 7, "lstmCell": 1, "rnn": 8, "rnnCell": 1],
    "transformer": [
        "multiHeadAttention": 7, "transformerDecoder": 2, "transformerDecoderBlock": 3, "transformerEncoder": 2,
        "transformerEncoderBlock": 6,
    ],
    "layers": [
        "attention": 7, "batchNormEvaluated": 3, "batchNormRunning": 2, "binaryCrossEntropy": 5,
        "binaryCrossEntropyWithLogits": 2, "binaryHinge": 2, "contrastiveLoss": 2, "cosineSimilarity": 2,
        "crossEntropy": 9, "embedding": 1, "globalAveragePool": 1, "globalMaxPool": 1, "linear": 5, "maxout": 2,
        "prelu": 3, "switchableNorm": 2, "weightStandardized": 2,
    ],
    "losses": [
        "cosineEmbeddingLoss": 2, "cosineSimilarity": 2, "hinge": 4, "localResponseNorm": 2, "logisticLoss": 2,
        "tripletLoss": 2, "upsample": 4, "batchNorm": 8, "batchNormRelu": 3, "binaryCrossEntropyWithLogits": 7,
        "crossEntropy": 15,
        "groupNorm": 5,
        "huber":
            5, "instanceNorm": 3, "klDivergence": 6, "layerNorm": 5, "meanAbsoluteError": 6,
        "meanSquaredError": 6, "scaledDotProductAttention": 7,
    ],
]

@Test(arguments: caseCounts.keys.sorted())
func referenceFileIsComplete(family: String) throws {
    let cases = try ReferenceCases.load(family)
    #expect(Dictionary(cases.map { ($0.op, 1) }, uniquingKeysWith: +) == caseCounts[family])
    #expect(Set(cases.map(\.description)).count == cases.count, "two cases of one name")
    for one in cases {
        #expect(!one.outputs.isEmpty, "\(one)")
        #expect(one.constants.count == one.inputs.count, "\(one)")
        #expect(one.upstreams.isEmpty || one.upstreams.count == one.outputs.count, "\(one)")
        #expect(one.gradients.count == (one.upstreams.isEmpty ? 0 : one.inputs.count), "\(one)")
        #expect(one.directions.count == one.second.count, "\(one)")
        #expect(one.second.isEmpty || one.second.count == one.inputs.count, "\(one)")
        for (input, gradient) in zip(one.inputs, one.gradients) {
            #expect(gradient == nil || gradient?.shape == input.shape, "\(one)")
        }
    }
}

private struct OptimizerCase: Decodable { let optimizer: String }

@Test func optimizerReferencesAreComplete() throws {
    let cases = try ReferenceCases.load("optimizers", as: OptimizerCase.self)
    #expect(
        Dictionary(cases.map { ($0.optimizer, 1) }, uniquingKeysWith: +) == [
            "adaDelta": 4, "adaGrad": 4, "adaMax": 4, "adam": 5, "adamW": 4, "rmsProp": 6, "sgd": 7,
        ])
}
