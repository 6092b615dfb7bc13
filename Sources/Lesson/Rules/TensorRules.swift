extension OperationRule {
    static let reductions: [String: OperationRule] = [
        "Sum": whole(
            "Σ", "Σ {x}", "{U}, repeated",
            words: "A sum distributes: each element that was added gets what arrives, unchanged."),
        "Mean": whole(
            "mean", "Σ {x} / {n}", "{U} / {n}, repeated",
            words: "A mean shares out: each element gets what arrives, divided by how many there are."),
        "Product": whole(
            "Π", "Π {x}", "{U} · product of the others",
            words: "A product swaps: each element gets what arrives, times the product of all the others."),
        "Max": whole(
            "max", "max {x}", "{U} to the largest",
            words: "Max routes: the largest element gets all that arrives, the others 0; equal winners share."),
        "Min": whole(
            "min", "min {x}", "{U} to the smallest",
            words: "Min routes: the smallest element gets all that arrives, the others 0; equal winners share."),
        "MaxWithIndex": whole(
            "max", "max {x}", "{U} to the first largest",
            words: "Max routes: the first of the largest elements gets all that arrives."),
        "MinWithIndex": whole(
            "min", "min {x}", "{U} to the first smallest",
            words: "Min routes: the first of the smallest elements gets all that arrives."),
        "Sort": whole(
            "sort", "sorted {x}", "{U}, put back",
            words: "Sorting routes: what arrives at a place goes back to where that element came from."),
        "TopK": whole(
            "top", "top {x}", "{U}, put back",
            words: "Choosing routes: the chosen elements get what arrives at their places, the others 0."),
        "LogSumExp": whole(
            "lse", "ln Σ e^{x}", "{U} · softmax({x})",
            words: "A smooth max shares out: each element gets what arrives, times its share of the exponentials."),
        "Softmax": whole(
            "softmax", "e^{x} / Σ e^{x}", "{y} · ({U} − Σ {U}·{y})",
            words:
                "The results compete: each score gets its probability times how much what arrives there is above the average."
        ),
        "LogSoftmax": whole(
            "log softmax", "{x} − ln Σ e^{x}", "{U} − softmax({x}) · Σ {U}",
            words:
                "Each score gets what arrives, less its probability times the sum of all that arrives: probability minus target, in a loss."
        ),
        "CrossEntropy": whole(
            "cross-entropy", "ln Σ e^{x} − {x} at the label", "{U} · (softmax({x}) − 1 at the label)",
            words:
                "Each score gets its probability, less 1 if it is the label's, times what arrives: probability minus target."
        ),
        "CumulativeSum": whole(
            "Σ…", "running sum of {x}", "running sum of {U} from the other end",
            words: "Each element took part in all later sums, and gets the sum of what arrives there."),
        "CumulativeProduct": whole(
            "Π…", "running product of {x}", "Σ {U} · product of the others",
            words:
                "Each element took part in all later products, and gets what arrives there times the product of the others."
        ),
        "LinearRecurrence": whole(
            "rec", "yᵢ = bᵢ + aᵢ·yᵢ₋₁", "gᵢ · yᵢ₋₁, gᵢ = Uᵢ + aᵢ₊₁·gᵢ₊₁", "gᵢ = Uᵢ + aᵢ₊₁·gᵢ₊₁",
            words: "Gradients go back through time: each step gets its own and what comes through the next one."),
        "Variance": whole(
            "var", "var {x}", "{U} · 2·({x} − mean) / (n − correction)",
            words: "Each element gets what arrives times twice its distance from the mean, divided as the squares were."
        ),
        "StandardDeviation": whole(
            "std", "std {x}", "{U} · ({x} − mean) / ({y}·(n − correction))",
            words:
                "Each element gets what arrives times its distance from the mean in standard deviations, divided by how many there are."
        ),
        "Norm": whole(
            "‖x‖", "‖{x}‖", "{U} · {x} / {y}",
            words:
                "Each element gets what arrives times its own share of the length (shown for order 2; other orders weigh the elements by their powers)."
        ),
        "Center": whole(
            "x−x̄", "{x} − mean", "{U} − mean of {U}",
            words: "Taking off the mean is its own rule: what arrives has its mean taken off."),
        "InnerProduct": whole(
            "Σ·", "Σ a·b", "{U} · b", "{U} · a",
            words: "A sum of products: each factor gets what arrives, times the other."),
    ]

    static let shaping: [String: OperationRule] = [
        "Reshape": moved(
            "reshape", "{x}, reshaped", "{U}, reshaped back",
            "The same numbers in another shape: what arrives takes the old shape again."),
        "Permute": moved(
            "permute", "{x}, axes permuted", "{U}, axes put back",
            "The axes in another order: what arrives is put back in the old one."),
        "Transpose": moved("ᵀ", "{x}ᵀ", "{U}ᵀ", "Two axes exchanged: what arrives is exchanged back."),
        "Flip": moved("flip", "{x}, reversed", "{U}, reversed", "The order reversed: what arrives is reversed back."),
        "Roll": moved("roll", "{x}, rolled", "{U}, rolled back", "Elements moved on: what arrives moves back."),
        "Tile": moved(
            "tile", "{x}, repeated", "copies of {U}, summed",
            "Copies distribute backwards: each element gets the sum of what arrives at its copies."),
        "Pad": moved(
            "pad", "{x}, with an edge", "{U} without the edge",
            "An edge was added: what arrives there goes nowhere, the rest goes back."),
        "Broadcast": moved(
            "stretch", "{x}, stretched", "{U}, summed back",
            "Stretching copies: each element gets the sum of what arrives at its copies."),
        "SumTo": whole(
            "Σ", "Σ {x}", "{U}, stretched",
            words: "A sum over the axes of a broadcast: each element that was added gets what arrives."),
        "Slice": moved(
            "slice", "part of {x}", "{U} in zeros",
            "A part was taken: what arrives goes back to its place, and the rest gets 0."),
        "Embed": moved(
            "embed", "{x} in zeros", "part of {U}", "A part was put into zeros: what arrives at its place goes back."),
        "Take": moved(
            "take", "rows of {x}", "{U}, added to the rows",
            "Rows were looked up: each row gets the sum of what arrives wherever it was used."),
        "TakeAdjoint": whole(
            "add at", "{x}, added to rows", "rows of {U}",
            words: "Rows were added to their places: each gets what arrives there."),
        "Gather": moved(
            "gather", "elements of {x}", "{U}, added to the places",
            "Elements were picked: each gets the sum of what arrives wherever it was used, the others 0."),
        "GatherAdjoint": whole(
            "add at", "{x}, added to places", "elements of {U}",
            words: "Elements were added to their places: each gets what arrives there."),
        "ScatterAdd": whole(
            "add at", "{a} with {b} added at places", "{U}", "elements of {U}",
            words:
                "Adding at places distributes: the ground gets all that arrives, each addend what arrives at its place."
        ),
        "Concatenate": moved(
            "concat", "parts, joined", "its part of {U}", "Parts were joined: each gets back what arrives at its place."
        ),
        "Stack": moved(
            "stack", "parts, stacked", "its part of {U}",
            "Parts were stacked: each gets back what arrives at its place."),
        "Split": moved(
            "split", "part of {x}", "parts of {U}, joined",
            "Parts were cut: what arrives at them is joined again, 0 for a part that nobody used."),
        "Diagonal": moved(
            "diag", "diagonal of {x}", "{U} on a diagonal",
            "The diagonal was read: what arrives goes back there, the rest gets 0."),
        "EmbedDiagonal": moved(
            "diag", "{x} on a diagonal", "diagonal of {U}",
            "Numbers were put on a diagonal: what arrives there goes back."),
        "Triangle": moved(
            "tri", "triangle of {x}", "triangle of {U}",
            "One side of the diagonal was kept: what arrives there goes on, and the rest does not."),
    ]

    static let products: [String: OperationRule] = [
        "MatrixMultiply": whole(
            "·", "{a}·{b}", "{U}·{b}ᵀ", "{a}ᵀ·{U}",
            words:
                "A matrix product swaps and turns: each factor gets what arrives, multiplied by the transpose of the other, on its own side."
        ),
        "MatrixMultiply ᵀ_": whole(
            "·", "{a}ᵀ·{b}", "{b}·{U}ᵀ", "{a}·{U}",
            words:
                "A matrix product swaps: each factor gets what arrives, multiplied by the other, on the side where the shapes fit."
        ),
        "MatrixMultiply _ᵀ": whole(
            "·", "{a}·{b}ᵀ", "{U}·{b}", "{U}ᵀ·{a}",
            words:
                "A matrix product swaps: each factor gets what arrives, multiplied by the other, on the side where the shapes fit."
        ),
        "MatrixMultiply ᵀᵀ": whole(
            "·", "{a}ᵀ·{b}ᵀ", "({U}·{b})ᵀ", "({a}·{U})ᵀ",
            words:
                "A matrix product swaps: each factor gets what arrives, multiplied by the other, on the side where the shapes fit."
        ),
        "BiasedProduct": whole(
            "·+", "{a}·{b} + {c}", "{U}·{b}ᵀ", "{a}ᵀ·{U}", "Σ {U} over all rows",
            words:
                "A product and a sum in one: each factor gets what arrives, multiplied by the transpose of the other, on its own side; the bias gets the sum over all rows."
        ),
        "ActivatedProduct": whole(
            "·+f", "f({a}·{b} + {c})", "({U} · f′)·{b}ᵀ", "{a}ᵀ·({U} · f′)", "Σ {U} · f′ over all rows",
            words:
                "A layer in one: what arrives is multiplied by the activation's slope first; then each factor gets it, multiplied by the transpose of the other, and the bias its sum over all rows."
        ),
        "Dot": whole(
            "·", "{a}·{b}", "{U} · {b}", "{U} · {a}",
            words: "A dot product swaps: each vector gets what arrives, times the other vector."),
        "Outer": whole(
            "⊗", "{a} ⊗ {b}", "{U}·{b}", "{U}ᵀ·{a}",
            words: "An outer product swaps: each vector gets what arrives, multiplied by the other vector."),
        "Convolution": whole(
            "conv", "{a} ∗ {b}", "Σ {U} · filters, at the places they covered", "Σ {U} · what the filters covered",
            words:
                "A convolution is a product at every place: the input gets what arrives through the filters that covered it, the filters what arrives times what they covered, summed over all places."
        ),
        "BiasedConvolution": whole(
            "conv", "{a} ∗ {b} + {c}", "Σ {U} · filters, at the places they covered",
            "Σ {U} · what the filters covered", "Σ {U} over all places",
            words:
                "A convolution is a product at every place: the input gets what arrives through the filters that covered it, the filters what arrives times what they covered, the bias the sum over all places."
        ),
        "TransposedConvolution": whole(
            "convᵀ", "{a} ∗ᵀ {b}", "{U} ∗ {b}", "Σ {U} · what met it",
            words: "The transpose of a convolution: going back through it is that convolution."),
        "BiasedTransposedConvolution": whole(
            "convᵀ", "{a} ∗ᵀ {b} + {c}", "{U} ∗ {b}", "Σ {U} · what met it", "Σ {U} over all places",
            words:
                "The transpose of a convolution: going back through it is that convolution; the bias gets the sum over all places."
        ),
        "ConvolutionInputGradient": whole(
            "conv′", "{a} back through {b}", "{U} ∗ {b}", "Σ {U} · {a}",
            words:
                "What a convolution sends back to its input, as a function: linear in both, so that its rule is a convolution again."
        ),
        "ConvolutionWeightGradient": whole(
            "conv′", "filters' gradient of {a} and {b}", "{b} back through {U}", "{a} ∗ {U}",
            words:
                "What a convolution sends back to its filters, as a function: linear in both, so that its rule is a convolution again."
        ),
        "MaxPool": whole(
            "maxpool", "max of each window of {x}", "{U} to the winner of each window",
            words: "Max routes: in each window the largest element gets all that arrives, the others 0."),
        "AveragePool": whole(
            "avgpool", "mean of each window of {x}", "{U} / window, spread",
            words: "A mean shares out: each element of a window gets an equal part of what arrives."),
        "PlaneGather": moved(
            "pick", "elements of planes of {x}", "{U}, added to the places",
            "Elements were picked: each gets the sum of what arrives wherever it was used."),
        "PlaneScatterAdd": whole(
            "add at", "{x}, added to places of planes", "elements of {U}",
            words: "Elements were added to their places: each gets what arrives there."),
        "AveragePoolAdjoint": whole(
            "spread", "{x}, spread over windows", "mean of each window of {U}",
            words: "Spreading over windows, backwards, is taking their means."),
        "Normalize": whole(
            "norm", "({a} − mean) / std · weight + bias",
            "{U} · weight, less its mean and its part along the result, / std",
            "Σ {U} · normalized", "Σ {U}",
            words:
                "Normalizing is a circle: every element moved the mean and the spread of all, so that what arrives has its mean, and its part along the result, taken off."
        ),
        "Attention": whole(
            "attention", "softmax(q·kᵀ / √d)·v", "to scores · k", "to scoresᵀ · q", "weightsᵀ · {U}",
            words:
                "Attention is two products with a softmax between: values get what arrives times the weights they had; scores get it through the softmax, and hand it to queries and keys, each times the other."
        ),
        "LSTMUpdate": whole(
            "lstm", "σ(forget)·cell + σ(input)·tanh(candidate), σ(output)·tanh(cell)",
            "to each gate: {U} through the others", "{U} · σ(forget)",
            words:
                "The gates of an LSTM are multiplications: each gets what arrives times what it was multiplied with; the old cell gets what arrives at the new one, times the forget gate."
        ),
        "LSTMSequence": whole(
            "lstm", "each step: σ(forget)·cell + σ(input)·tanh(candidate), σ(output)·tanh(cell)",
            "to each step's gates: {U} through the others", "last of all: what the first gates got, by the weight",
            "last of all: {U} · σ(forget), from step to step",
            "Σ over steps: what was shown before · what the gates got",
            words:
                "An LSTM along a sequence, walked back from its last step to its first: each step's gates get what arrives times what they were multiplied with, and hand it through the weight to the step before; the weight gets the sum over all steps."
        ),
        "GRUUpdate": whole(
            "gru", "candidate + σ(update)·(hidden − candidate)", "to each gate: {U} through the others",
            "to each gate: {U} through the others", "{U} · σ(update)",
            words:
                "The gates of a GRU are multiplications: each gets what arrives times what it was multiplied with; the old state gets what arrives, times the update gate."
        ),
        "Step": unary("step", "step({x})", "0", "A step is flat on both sides: nothing goes back."),
        "Recomputed": whole(
            "again", "a block of operations", "the block again, walked back",
            words: "A block that kept nothing: when the walk comes to it, it runs again and is walked back by itself."),
        "CustomUnary": whole(
            "custom", "custom({x})", "rule({U})",
            words: "An operation of one's own: what its backward function returns is the contribution."),
        "CustomBinary": whole(
            "custom", "custom({a}, {b})", "rule({U})", "rule({U})",
            words: "An operation of one's own: what its backward function returns are the contributions."),
        "CustomVariadic": whole(
            "custom", "custom(…)", "rule({U})",
            words: "An operation of one's own: what its backward function returns are the contributions."),
    ]
}
