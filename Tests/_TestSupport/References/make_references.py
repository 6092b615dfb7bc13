"""Reference values for the tests of the derivative rules, computed by PyTorch in double precision.

    python3 make_references.py            writes one JSON file per family beside this script
    python3 make_references.py --check    writes nothing; holds every smooth case against finite differences
                                          (torch.autograd.gradcheck and gradgradcheck)

Needs torch 2.13 (CPU), numpy and mpmath. Every case is seeded by its family, operation and name, so adding one leaves
the others as they are. Two runs on one machine give the same bytes; another processor may differ in the last digits.
Inputs, upstreams and directions have few decimals: short to read, and every correct parser reads the same number.

PyTorch is not taken at its word: where the function is smooth and not linear, the same case is computed in 100 digits by
mpmath, and where the two differ by more than 1e-12 the exact values are kept and the case says so ("closedForm").

A file

    {"family": "...", "torch": "2.13.0", "cases": [ one case per line ]}

A case

    op          the name of the function
    name        what the case is about; unique for the operation
    attributes  the function's settings; one that is missing has its default (an optional bound, all axes, ...)
    inputs      tensors: {"shape": [2, 3], "values": [row-major], "type": "float64" | "int64" | "bool"}.
                Bool values are 0 and 1. NaN and infinities are the strings "nan", "inf", "-inf".
                A float64 input with "constant": true is not differentiated.
    output      a tensor; a list of tensors if the operation has several outputs (split), and then upstream is a list too
    upstream    dL/doutput, where L = sum(output * upstream)
    gradients   per input dL/dinput, or null (int64, bool, constant)
    directions  per input a tensor, or null
    second      per input dS/dinput, where S = sum over i of sum(gradients[i] * directions[i]) and upstream is held fixed;
                zeros where S does not depend on the input
    closedForm  true where PyTorch's own numbers are inaccurate (a tail that cancels) or wrong (a second derivative of
                power or product), so that the case holds the exact ones, each rounded once

A case without "directions" and "second" is one where the second derivative does not exist or is a matter of taste. A case
without "upstream" too is about the value only.

What an operation and its attributes mean exactly is its line in the tables of operations below. `matmul` is given its
operands as stored and transposes by its flags; a convolution's weight is [outChannels, inChannels / groups, ...], a
transposed one's [inChannels, outChannels / groups, ...].

optimizers.json has other cases

    {"optimizer": "adam", "name": "...", "attributes": {...}, "initial": [two tensors],
     "group": if there is one, what the second tensor has otherwise: a factor of the learning rate, a weight decay,
     "gradients":  for each of 20 steps, for each tensor, its gradient's values, row-major,
     "parameters": after each step, for each tensor, its values}

Attributes there are complete: nothing is left to a default.

What is left out or is about the value only, because conventions differ or are a matter of taste:
- relu of NaN: our gradient is NaN, PyTorch's is the upstream. NaN in relu6, clamp, maximum, minimum, max, min, pooling.
- relu6 at 0 and 6: PyTorch's gradient is 0 at both, though clamp's is 1 at its bounds.
- power of a negative base to an integer exponent: PyTorch's gradient of the exponent is NaN. The exponent is constant here.
- standardDeviation of equal values: PyTorch's gradient is 0, the formula's 0/0.
- cosineSimilarity of a vector shorter than ε: PyTorch's gradient is not that of its value.
- logSumExp and softmax of all -inf, logSoftmax of some, crossEntropy with every label ignored.
- The order of equal values in topK. (In sort it is that of a stable sort.)
"""

import json
import math
import sys
import warnings
import zlib
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from mpmath import mp

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
warnings.filterwarnings("ignore")
mp.dps = 100

inf, nan = math.inf, math.nan
checking = "--check" in sys.argv[1:]
folder = Path(__file__).resolve().parent


# Inputs: each of these gives a function from a generator to a tensor.

def between(low, high, *shape, avoid=(), decimals=3):
    """Uniform numbers, none within 0.01 of the kinks in `avoid`."""
    def draw(generator):
        values = []
        while len(values) < math.prod(shape):
            value = round(low + (high - low) * torch.rand((), generator=generator).item(), decimals)
            if all(abs(value - kink) > 0.01 for kink in avoid):
                values.append(value)
        return torch.tensor(values).reshape(shape)
    return draw


def distinct(low, high, *shape):
    """Numbers in random order that keep a distance from each other (and from zero): no ties."""
    def draw(generator):
        count = math.prod(shape)
        order = torch.randperm(count, generator=generator).tolist()
        spacing = (high - low) / max(count, 1)
        values = [round(low + (place + 0.3 + 0.4 * torch.rand((), generator=generator).item()) * spacing, 3)
                  for place in order]
        return torch.tensor([value if abs(value) > 0.01 else 0.011 for value in values]).reshape(shape)
    return draw


def given(values, *shape):
    return lambda generator: torch.tensor(values, dtype=torch.float64).reshape(shape or (len(values),))


def integers(values, *shape):
    return lambda generator: torch.tensor(values, dtype=torch.int64).reshape(shape or (len(values),))


def booleans(values, *shape):
    return lambda generator: torch.tensor(values, dtype=torch.bool).reshape(shape or (len(values),))


def distributions(rows, columns):
    """Rows of positive numbers that add up to one exactly."""
    def draw(generator):
        parts = torch.randint(1, 10, (rows, columns), generator=generator).tolist()
        parts = [row[:-1] + [32 - sum(row[:-1])] for row in parts]
        assert all(part > 0 for row in parts for part in row)
        return torch.tensor(parts) / 32
    return draw


class constant:
    """An input that is not differentiated."""
    def __init__(self, draw):
        self.draw = draw

    def __call__(self, generator):
        return self.draw(generator)


# Cases.

def tensor_entry(tensor):
    kind = {torch.float64: "float64", torch.int64: "int64", torch.bool: "bool"}[tensor.dtype]
    values = tensor.detach().reshape(-1)
    values = (values.long() if kind == "bool" else values).tolist()
    return {"shape": list(tensor.shape), "values": values, "type": kind}


def text(value):
    """JSON with numbers by repr, and NaN and infinities as strings."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(text(item) for item in value) + "]"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f'"{value}"'
    return json.dumps(value)


def derive(function, inputs, wanted, upstream, directions):
    """Output(s), gradients, and second derivatives along the directions: of the wanted inputs only."""
    inputs = [x.detach().clone().requires_grad_(i in wanted) for i, x in enumerate(inputs)]
    leaves = [inputs[i] for i in wanted]
    result = function(*inputs)
    outputs = list(result) if isinstance(result, (tuple, list)) else [result]
    if upstream is None:
        return outputs, None, None
    total = sum((output * u).sum() for output, u in zip(outputs, upstream))
    gradients = [None] * len(leaves)
    if total.requires_grad:
        gradients = torch.autograd.grad(total, leaves, create_graph=True, allow_unused=True)
    gradients = [torch.zeros_like(x) if g is None or g._is_zerotensor() else g for x, g in zip(leaves, gradients)]
    if directions is None:
        return outputs, gradients, None
    along = sum((gradient * directions[i]).sum() for i, gradient in zip(wanted, gradients))
    if not along.requires_grad:
        return outputs, gradients, [torch.zeros_like(x) for x in leaves]
    second = torch.autograd.grad(along, leaves, allow_unused=True)
    return outputs, gradients, [torch.zeros_like(x) if s is None or s._is_zerotensor() else s
                                for x, s in zip(leaves, second)]


def exactly(function, inputs, wanted, upstream, directions):
    """The same three, each rounded once: the function on arrays of 100-digit numbers, its derivatives by central
    differences over 1e-25, which leave about 50 digits."""
    step = mp.mpf(10) ** -25
    numbers = [exact_array(x) if x.dtype == torch.float64 else x.numpy() for x in inputs]
    along = [exact_array(d) if i in wanted and directions else None for i, d in enumerate(directions or inputs)]

    def total(displacements):
        moved = [numpy.asarray(x + displacements.get(i, 0), dtype=x.dtype) for i, x in enumerate(numbers)]
        return numpy.sum(numpy.asarray(function(*moved)) * exact_array(upstream[0]))

    def slope(i, unit, base):
        combine = lambda sign: {**base, i: base.get(i, 0) + sign * step * unit}
        return (total(combine(1)) - total(combine(-1))) / (2 * step)

    def second_slope(i, unit):
        forwards, backwards = ({j: sign * step * along[j] for j in wanted} for sign in (1, -1))
        return (slope(i, unit, forwards) - slope(i, unit, backwards)) / (2 * step)

    def every(i, slope_along):
        result = numpy.zeros(inputs[i].numel(), dtype=object)
        for k in range(len(result)):
            unit = numpy.zeros(len(result), dtype=int)
            unit[k] = 1
            result[k] = slope_along(i, unit.reshape(inputs[i].shape))
        return rounded(result, inputs[i].shape)

    value = numpy.asarray(function(*numbers), dtype=object)
    output = [rounded(value, value.shape)]
    gradients = [every(i, lambda i, unit: slope(i, unit, {})) for i in wanted] if upstream else None
    second = [every(i, second_slope) for i in wanted] if directions else None
    return output, gradients, second


def exact_array(tensor):
    return numpy.array([mp.mpf(v) for v in tensor.reshape(-1).tolist()], dtype=object).reshape(tensor.shape)


def rounded(numbers, shape):
    """To double precision; what is left of a difference that is zero becomes zero."""
    values = [float(v) if abs(v) > mp.mpf(10) ** -36 else 0.0 for v in numpy.ravel(numbers)]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def by_formula(formulas, x, upstream, directions):
    """The same for an elementwise function, from formulas for itself and two derivatives that are accurate at the tails."""
    f, f1, f2 = formulas
    numbers = [mp.mpf(v) for v in x.reshape(-1).tolist()]
    pack = lambda values: [torch.tensor([float(v) for v in values], dtype=torch.float64).reshape(x.shape)]
    output = pack(f(v) for v in numbers)
    if not upstream:
        return output, None, None
    weights = upstream[0].reshape(-1).tolist()
    gradients = pack(u * f1(v) for u, v in zip(weights, numbers))
    if not directions:
        return output, gradients, None
    along = directions[0].reshape(-1).tolist()
    return output, gradients, pack(mp.mpf(u) * d * f2(v) for u, d, v in zip(weights, along, numbers))


def agree(found, truth, scaled):
    """Every element to a relative 1e-12, infinities exactly; `scaled` forgives 1e-15 of the tensor's largest number."""
    for tensors, exact in zip(found, truth):
        for a, b in zip(tensors or [], exact or []):
            slack = 1e-15 * b.abs().max().item() if scaled and b.numel() else 0
            assert a.shape == b.shape
            if not torch.allclose(a.detach(), b, rtol=1e-12, atol=slack):
                return False
    return True


class Family:
    def __init__(self, name, operations, exact={}, formulas={}):
        self.name = name
        self.operations = operations    # op: its definition in PyTorch, attributes as keyword arguments
        self.exact = exact              # op: the same function on NumPy arrays of mpmath numbers
        self.formulas = formulas        # op: f, f', f'' in mpmath, functions of a number (and the attributes)
        self.cases, self.seen = [], set()

    def case(self, op, name, *inputs, derivatives=2, kink=False, **attributes):
        assert (op, name) not in self.seen, f"twice: {op} {name}"
        self.seen.add((op, name))
        generator = torch.Generator().manual_seed(zlib.crc32(f"{self.name} {op} {name}".encode()))
        values = [draw(generator) for draw in inputs]
        wanted = [i for i, x in enumerate(values) if x.dtype == torch.float64 and not isinstance(inputs[i], constant)]
        function = lambda *x: self.operations[op](*x, **attributes)

        random = lambda x: between(-2, 2, *x.shape, avoid=(0,), decimals=2)(generator)
        with torch.no_grad():
            result = function(*values)
        several = isinstance(result, (tuple, list))
        outputs = list(result) if several else [result]
        upstream = [random(output) for output in outputs] if derivatives >= 1 else None
        directions = [random(x) if i in wanted else None for i, x in enumerate(values)] if derivatives >= 2 else None

        found = derive(function, values, wanted, upstream, directions)
        truth = found
        ordinary = not kink and derivatives == 2 and all(torch.isfinite(values[i]).all() for i in wanted)
        if ordinary and op in self.formulas:
            formulas = [lambda v, f=f: f(v, **attributes) for f in self.formulas[op]]
            truth = by_formula(formulas, values[0], upstream, directions)
        if ordinary and op in self.exact and all(x.numel() for x in values):
            truth = exactly(lambda *x: self.exact[op](*x, **attributes), values, wanted, upstream, directions)
        closed = truth is not found and not agree(found, truth, scaled=op in self.exact)
        found = truth if closed else found

        if checking:
            self.check(op, name, function, values, wanted, derivatives, kink or closed)
        if closed:
            print(f"closed form: {self.name} {op}: {name}")

        output, gradients, second = found
        spread = lambda tensors: [tensor_entry(tensors[wanted.index(i)]) if i in wanted else None
                                  for i in range(len(values))]
        entry = {"op": op, "name": name, "attributes": attributes,
                 "inputs": [tensor_entry(x) | ({"constant": True} if isinstance(inputs[i], constant) else {})
                            for i, x in enumerate(values)]}
        several_or_one = lambda tensors: [tensor_entry(x) for x in tensors] if several else tensor_entry(tensors[0])
        entry["output"] = several_or_one(output)
        if derivatives >= 1:
            entry["upstream"] = several_or_one(upstream)
            entry["gradients"] = spread(gradients)
        if derivatives >= 2:
            entry["directions"] = [None if d is None else tensor_entry(d) for d in directions]
            entry["second"] = spread(second)
        if closed:
            entry["closedForm"] = True
        self.cases.append(entry)

    def check(self, op, name, function, values, wanted, derivatives, skip):
        finite = all(torch.isfinite(values[i]).all() and (values[i].abs() < 100).all() for i in wanted)
        tiny = any(((values[i] != 0) & (values[i].abs() < 1e-3)).any() for i in wanted)
        leaves = [x.clone().requires_grad_(i in wanted) for i, x in enumerate(values)]
        if skip or derivatives < 2 or not finite or tiny or (op == "embedding" and values[1].numel() == 0):
            return
        try:
            torch.autograd.gradcheck(function, leaves, atol=1e-6, rtol=1e-4)
            torch.autograd.gradgradcheck(function, leaves, atol=1e-5, rtol=1e-4)
            Family.checked = getattr(Family, "checked", 0) + 1
        except Exception as error:
            print(f"CHECK {self.name} {op}: {name}: {str(error)[:300]}")

    def write(self):
        lines = ",\n".join(text(case) for case in self.cases)
        version = torch.__version__.split("+")[0]
        if not checking:
            (folder / f"{self.name}.json").write_text(
                f'{{"family": "{self.name}", "torch": "{version}", "cases": [\n{lines}\n]}}\n')


# Arithmetic.

def arithmetic():
    family = Family("arithmetic", {
        "add": torch.add, "subtract": torch.subtract, "multiply": torch.multiply, "divide": torch.divide,
        "power": torch.pow, "maximum": torch.maximum, "minimum": torch.minimum, "negate": torch.neg,
        "where": torch.where,
        "clamp": lambda x, lower=None, upper=None: torch.clamp(x, lower, upper),
    }, exact={"multiply": numpy.multiply, "divide": numpy.divide, "power": numpy.power})
    case = family.case

    for op in ["add", "subtract", "multiply", "divide", "power", "maximum", "minimum"]:
        low, high, avoid = {"power": (0.3, 2.5, ()), "divide": (-2, 2, (0,))}.get(op, (-2, 2, ()))
        first = second = lambda *shape: between(low, high, *shape, avoid=avoid)
        if op in ("maximum", "minimum"):    # the first has one decimal, the second ends in .x5: no ties
            first = lambda *shape: between(low, high, *shape, decimals=1)
            second = lambda *shape: lambda generator: torch.round(first(*shape)(generator) + 0.05, decimals=2)
        case(op, "same shape", first(2, 3), second(2, 3))
        case(op, "broadcasting the first", first(3), second(2, 3))
        case(op, "broadcasting the second", first(2, 3), second(2, 1))
        case(op, "broadcasting both", first(2, 1, 2), second(3, 1))
        case(op, "rank 0 and a matrix", first(), second(2, 2))
        case(op, "a vector and rank 0", first(3), second())
        case(op, "both rank 0", first(), second())
        case(op, "size 0", first(2, 0), second(2, 1))

    for op in ["add", "subtract", "multiply"]:
        case(op, "zeros", given([0, 0, 1.5, -0.5]), given([0, 2, 0, -0.0]))
        case(op, "magnitudes", given([1e-12, -1e-12, 1e4, -1e4]), given([-1e4, 1e-12, 1e4, 1e-12]))
    case("divide", "zero numerator", given([0, 0, -0.0]), given([2, -0.5, 1.5]))
    case("divide", "zero denominator", given([1.5, -2, 0.5]), given([0, 0, 0]), derivatives=1)
    case("divide", "magnitudes", given([1e-12, -1e-12, 1e4, -1e4, 1e4]), given([-1e4, 1e-12, 1e4, 1e-12, -1e-12]))

    case("power", "integer exponents of negative bases", given([-1.5, -0.5, -2, -1.25, -3, -0.8]),
         constant(given([2, 3, -1, -2, 0, 1])))
    case("power", "zero base", given([0, 0, 0, 0]), constant(given([0, 1, 2, 3])))
    case("power", "zero base, gradient of the exponent", given([0, 0, 0]), given([0, 1, 2]), derivatives=1)
    case("power", "zero base, fractional exponent", given([0, 0]), constant(given([0.5, 1.5])), derivatives=1)
    case("power", "negative base, fractional exponent", given([-1.5, -2]), given([0.5, -0.3]), derivatives=1)
    case("power", "base and exponent one and zero", given([1, 1, 2.5, 0.4]), given([2.5, 0, 0, 1]))
    case("power", "magnitudes", given([1e-12, 1e4, 1e4, 1e-12]), given([0.5, -2, 2.5, -0.5]))

    for op in ["maximum", "minimum"]:
        case(op, "ties", given([1, -2, 0, 0.5]), given([1, -2, -0.0, 0.75]), kink=True)
        case(op, "ties while broadcasting", given([1, 2, 1, 0.5], 2, 2), given([1, 2]), kink=True)
        case(op, "magnitudes", given([1e-12, -1e-12, 1e4, -1e4]), given([-1e-12, -2e-12, -1e4, 1e-12]))
        case(op, "infinities", given([inf, -inf, 1]), given([1, 1, -inf]), derivatives=1)
        case(op, "nan", given([nan, 1, nan]), given([1, nan, nan]), derivatives=0)

    case("negate", "interior", between(-2, 2, 2, 3))
    case("negate", "rank 0", between(-2, 2))
    case("negate", "size 0", between(-2, 2, 0))
    case("negate", "zeros and magnitudes", given([0, 1e-12, -1e4]))

    case("where", "same shape", booleans([1, 0, 1, 0, 0, 1], 2, 3), between(-2, 2, 2, 3), between(-2, 2, 2, 3))
    case("where", "broadcasting the condition", booleans([1, 0, 0]), between(-2, 2, 2, 3), between(-2, 2, 2, 3))
    case("where", "broadcasting the first", booleans([1, 0, 1, 1, 0, 1], 2, 3), between(-2, 2, 3), between(-2, 2, 2, 3))
    case("where", "broadcasting the second", booleans([1, 0, 0, 0, 0, 1], 2, 3), between(-2, 2, 2, 3), between(-2, 2))
    case("where", "broadcasting all", booleans([1, 0], 2, 1, 1), between(-2, 2, 2, 1), between(-2, 2, 1, 2))
    case("where", "rank 0", lambda generator: torch.tensor(True), between(-2, 2), between(-2, 2))
    case("where", "one side never taken", booleans([1, 1]), between(-2, 2, 2), between(-2, 2, 2))
    case("where", "size 0", booleans([], 0, 2), between(-2, 2, 0, 2), between(-2, 2, 2))
    case("where", "infinities not taken", booleans([1, 0]), given([1.5, inf]), given([-inf, 0.5]))

    case("clamp", "both bounds", given([-2.5, -0.9, 0, 0.4, 1.4, 3]), lower=-1.0, upper=1.5)
    case("clamp", "lower only", between(-2, 2, 2, 3, avoid=(-0.5,)), lower=-0.5)
    case("clamp", "upper only", between(-2, 2, 2, 3, avoid=(0.5,)), upper=0.5)
    case("clamp", "at the bounds", given([-1, 1.5, 0.2, -1.2, 1.6]), lower=-1.0, upper=1.5, kink=True)
    case("clamp", "at equal bounds", given([0.5, 0.4, 0.6]), lower=0.5, upper=0.5, kink=True)
    case("clamp", "rank 0", between(-2, 2, avoid=(-1, 1)), lower=-1.0, upper=1.0)
    case("clamp", "size 0", between(-2, 2, 0, 3), lower=-1.0, upper=1.0)
    case("clamp", "magnitudes and infinities", given([1e-12, -1e-12, 1e4, inf, -inf]), lower=-1e-13, upper=100.0)
    case("clamp", "nan", given([nan, 2]), lower=-1.0, upper=1.0, derivatives=0)
    return family


# Elementwise functions.

def s(x):
    return 1 / (1 + mp.exp(-x))          # the logistic function: accurate to a relative error at both tails


exponential = numpy.frompyfunc(mp.exp, 1, 1)
logarithm = numpy.frompyfunc(mp.log, 1, 1)


def normal_density(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def normal_distribution(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def gelu_tanh(order):
    def f(x):
        # x/2 (1 + tanh u) = x s(v), v = 2u
        scale = 2 * mp.sqrt(2 / mp.pi)
        v, v1, v2 = (scale * (x + mp.mpf(0.044715) * x**3), scale * (1 + 3 * mp.mpf(0.044715) * x**2),
                     scale * 6 * mp.mpf(0.044715) * x)
        s0, s1 = s(v), s(v) * s(-v)
        s2 = s1 * (s(-v) - s(v))
        return [x * s0, s0 + x * v1 * s1, 2 * v1 * s1 + x * (v2 * s1 + v1**2 * s2)][order]
    return f


selu_alpha, selu_scale = 1.6732632423543772, 1.0507009873554805


def elementwise():
    zero = lambda x, **_: mp.mpf(0)
    elu = lambda alpha, scale=1: (lambda x: scale * (x if x > 0 else alpha * mp.expm1(x)),
                                  lambda x: mp.mpf(scale) * (1 if x > 0 else alpha * mp.exp(x)),
                                  lambda x: mp.mpf(scale) * (0 if x > 0 else alpha * mp.exp(x)))
    formulas = {
        "abs": (abs, mp.sign, zero),
        "exp": (mp.exp, mp.exp, mp.exp),
        "log": (mp.log, lambda x: 1 / x, lambda x: -1 / x**2),
        "log1p": (mp.log1p, lambda x: 1 / (1 + x), lambda x: -1 / (1 + x)**2),
        "expm1": (mp.expm1, mp.exp, mp.exp),
        "sqrt": (mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x)), lambda x: -1 / (4 * x * mp.sqrt(x))),
        "reciprocal": (lambda x: 1 / x, lambda x: -1 / x**2, lambda x: 2 / x**3),
        "square": (lambda x: x * x, lambda x: 2 * x, lambda x: mp.mpf(2)),
        "sin": (mp.sin, mp.cos, lambda x: -mp.sin(x)),
        "cos": (mp.cos, lambda x: -mp.sin(x), lambda x: -mp.cos(x)),
        "tan": (mp.tan, lambda x: mp.sec(x)**2, lambda x: 2 * mp.tan(x) * mp.sec(x)**2),
        "asin": (mp.asin, lambda x: 1 / mp.sqrt(1 - x * x), lambda x: x / mp.sqrt(1 - x * x)**3),
        "acos": (mp.acos, lambda x: -1 / mp.sqrt(1 - x * x), lambda x: -x / mp.sqrt(1 - x * x)**3),
        "atan": (mp.atan, lambda x: 1 / (1 + x * x), lambda x: -2 * x / (1 + x * x)**2),
        "sinh": (mp.sinh, mp.cosh, mp.sinh),
        "cosh": (mp.cosh, mp.sinh, mp.cosh),
        "tanh": (mp.tanh, lambda x: mp.sech(x)**2, lambda x: -2 * mp.tanh(x) * mp.sech(x)**2),
        "sigmoid": (s, lambda x: s(x) * s(-x), lambda x: s(x) * s(-x) * (s(-x) - s(x))),
        "softplus": (lambda x: max(x, 0) + mp.log1p(mp.exp(-abs(x))), s, lambda x: s(x) * s(-x)),
        "logSigmoid": (lambda x: min(x, 0) - mp.log1p(mp.exp(-abs(x))), lambda x: s(-x), lambda x: -s(x) * s(-x)),
        "erf": (mp.erf, lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x),
                lambda x: -4 * x / mp.sqrt(mp.pi) * mp.exp(-x * x)),
        "relu": (lambda x: max(x, mp.mpf(0)), lambda x: mp.mpf(x > 0), zero),
        "relu6": (lambda x: min(max(x, mp.mpf(0)), mp.mpf(6)), lambda x: mp.mpf(0 < x < 6), zero),
        "leakyRelu": (lambda x, slope: x if x > 0 else x * slope, lambda x, slope: mp.mpf(1 if x > 0 else slope), zero),
        "elu": tuple(lambda x, alpha, i=i: elu(alpha)[i](x) for i in range(3)),
        "selu": elu(selu_alpha, selu_scale),
        "gelu": (lambda x: x * normal_distribution(x), lambda x: normal_distribution(x) + x * normal_density(x),
                 lambda x: normal_density(x) * (2 - x * x)),
        "geluTanh": (gelu_tanh(0), gelu_tanh(1), gelu_tanh(2)),
        "silu": (lambda x: x * s(x), lambda x: s(x) + x * s(x) * s(-x),
                 lambda x: s(x) * s(-x) * (2 + x * (s(-x) - s(x)))),
        "rsqrt": (lambda x: 1 / mp.sqrt(x), lambda x: -1 / (2 * x * mp.sqrt(x)),
                  lambda x: 3 / (4 * x**2 * mp.sqrt(x))),
        "log2": (lambda x: mp.log(x, 2), lambda x: 1 / (x * mp.ln(2)), lambda x: -1 / (x**2 * mp.ln(2))),
        "sign": (mp.sign, zero, zero),
        "floor": (mp.floor, zero, zero),
        "ceil": (mp.ceil, zero, zero),
        "round": (mp.nint, zero, zero),
    }
    torch_functions = {name: getattr(torch, name) for name in [
        "abs", "exp", "log", "log1p", "expm1", "sqrt", "reciprocal", "square", "sin", "cos", "tan", "asin", "acos", "atan",
        "sinh", "cosh", "tanh", "sigmoid", "erf", "relu", "rsqrt", "log2", "sign", "floor", "ceil", "round"]}
    family = Family("elementwise", torch_functions | {
        "softplus": F.softplus, "logSigmoid": F.logsigmoid, "relu6": F.relu6, "selu": F.selu, "silu": F.silu,
        "leakyRelu": lambda x, slope: F.leaky_relu(x, slope), "elu": lambda x, alpha: F.elu(x, alpha),
        "gelu": F.gelu, "geluTanh": lambda x: F.gelu(x, approximate="tanh"),
    }, formulas=formulas)
    case = family.case

    domains = {"log": (0.1, 3), "log1p": (-0.9, 2), "sqrt": (0.1, 3), "asin": (-0.95, 0.95), "acos": (-0.95, 0.95),
               "tan": (-1.4, 1.4), "rsqrt": (0.1, 3), "log2": (0.1, 3), "relu6": (-3, 9)}
    kinks = {"reciprocal": (0,), "abs": (0,), "relu": (0,), "relu6": (0, 6), "leakyRelu": (0,), "elu": (0,), "selu": (0,),
             "sign": (0,), "floor": range(-3, 4), "ceil": range(-3, 4), "round": [n + 0.5 for n in range(-4, 4)]}
    for op in formulas:
        low, high = domains.get(op, (-2.5, 2.5))
        draw = lambda *shape: between(low, high, *shape, avoid=kinks.get(op, ()))
        attributes = {"leakyRelu": {"slope": 0.01}, "elu": {"alpha": 1.0}}.get(op, {})
        case(op, "interior", draw(2, 3), **attributes)
        case(op, "rank 0", draw(), **attributes)
        case(op, "size 0", draw(0, 3), **attributes)

    # Where the derivative jumps or is infinite, PyTorch's convention is also ours.
    for op in ["abs", "relu", "sign"]:
        case(op, "at zero", given([0, -0.0]), kink=True)
    for op in ["floor", "ceil", "round"]:
        case(op, "at integers", given([0, -1, 2]), kink=True)
        case(op, "magnitudes", given([1e-12, -1e-12, 1e4, -1e4, 4503599627370495.5]), kink=True)
    case("round", "halves go to even", given([0.5, -0.5, 1.5, 2.5, -2.5]), kink=True)
    case("leakyRelu", "slope 0.2", between(-2, 2, 2, 3, avoid=(0,)), slope=0.2)
    case("leakyRelu", "at zero", given([0, -0.0]), slope=0.2, kink=True)
    case("elu", "alpha 0.5", between(-2, 2, 2, 3, avoid=(0,)), alpha=0.5)
    case("elu", "at zero", given([0, -0.0]), alpha=0.5, derivatives=1)
    case("selu", "at zero", given([0, -0.0]), derivatives=1)
    case("relu", "nan", given([nan, 1]), derivatives=0)
    case("relu6", "nan", given([nan, 1]), derivatives=0)
    for op in ["sqrt", "log", "log2", "rsqrt", "reciprocal"]:
        case(op, "at zero", given([0, 0]), derivatives=1)
    case("log1p", "at -1", given([-1, -1]), derivatives=1)
    for op in ["asin", "acos"]:
        case(op, "at the ends", given([-1, 1]), derivatives=1)
    for op in ["log", "log2", "sqrt", "rsqrt"]:
        case(op, "negative", given([-1.5, -1e-12]), derivatives=0)
    case("log1p", "below -1", given([-1.5]), derivatives=0)
    for op in ["asin", "acos"]:
        case(op, "outside", given([-1.5, 1.001]), derivatives=0)

    # Magnitudes.
    for op in ["abs", "relu", "relu6", "sign", "square"]:
        case(op, "magnitudes", given([1e-12, -1e-12, 1e4, -1e4]))
    case("leakyRelu", "magnitudes", given([1e-12, -1e-12, 1e4, -1e4]), slope=0.01)
    for op in ["square", "sin", "cos", "tan", "asin", "atan", "sinh", "cosh", "tanh", "sigmoid", "softplus", "logSigmoid",
               "erf", "gelu", "geluTanh", "silu", "exp", "expm1", "log1p"]:
        case(op, "zero and tiny", given([0, 1e-12, -1e-12]))
    case("acos", "zero and tiny", given([0, 1e-12, -1e-12]))
    for op in ["sin", "cos", "tan", "atan"]:
        case(op, "large", given([40, -40, 1000, -1e4]))
    for op in ["exp", "expm1", "sinh", "cosh"]:
        case(op, "large", given([40, -40, 300, -300]))
        case(op, "beyond the range", given([1000, -1000]))
    for op in ["log", "log2", "sqrt", "rsqrt"]:
        case(op, "magnitudes", given([1e-12, 1e12, 1e4, 1]))
    case("log1p", "large", given([1e4, 1e12]))
    case("reciprocal", "magnitudes", given([1e-12, -1e-12, 1e4, -1e4]))
    case("erf", "large", given([3, -3, 6, -6, 40, -40]))
    for op in ["tanh", "sigmoid", "softplus", "logSigmoid", "gelu", "geluTanh", "silu"]:
        case(op, "large", given([5, -5, 3.5, -3.5]))
        case(op, "tails", given([12, -12, 40, -40]))
        case(op, "far tails", given([1000, -1000]))
    for op, attributes in [("elu", {"alpha": 1.0}), ("selu", {})]:
        case(op, "zero side tiny", given([1e-12, -1e-12]), **attributes)
        case(op, "tails", given([40, -40, 1000, -1000]), **attributes)
    for op in ["exp", "expm1", "tanh", "sigmoid", "softplus", "logSigmoid", "atan", "erf", "relu"]:
        case(op, "infinities", given([inf, -inf]), derivatives=0)
    return family


# Reductions.

def reductions():
    def reduce(function):
        return lambda x, axes=None, keepingAxes=False, **rest: function(
            x, list(range(x.ndim)) if axes is None else axes, keepingAxes, **rest)

    def product(x, axes, keeping):
        axes = sorted(axis % x.dim() for axis in axes)
        for axis in reversed(axes):
            x = torch.prod(x, axis, keepdim=keeping)
        return x

    # In exact arithmetic.
    def summed(x, axes, keeping):
        return numpy.sum(x, tuple(axes), keepdims=keeping)

    def deviations(x, axes, keeping, correction):
        count = math.prod(x.shape[axis] for axis in axes)
        return summed((x - summed(x, axes, True) / mp.mpf(count))**2, axes, keeping) / mp.mpf(count - correction)

    def vector_norm(x, axes, keeping, order):
        if order == "inf":
            return numpy.max(abs(x), tuple(axes), keepdims=keeping)
        return summed(abs(x)**order, axes, keeping)**(mp.mpf(1) / order)

    def index(function):
        return lambda x, axis=None, keepingAxes=False: function(x, dim=axis, keepdim=keepingAxes and axis is not None)

    family = Family("reductions", {
        "sum": reduce(lambda x, axes, keeping: torch.sum(x, axes, keeping) if axes else x * 1),
        "mean": reduce(lambda x, axes, keeping: torch.mean(x, axes, keeping) if axes else x * 1),
        "product": reduce(product),
        "variance": reduce(lambda x, axes, keeping, correction: torch.var(x, axes, correction=correction, keepdim=keeping)),
        "standardDeviation": reduce(
            lambda x, axes, keeping, correction: torch.std(x, axes, correction=correction, keepdim=keeping)),
        "max": reduce(lambda x, axes, keeping: torch.amax(x, axes, keeping)),
        "min": reduce(lambda x, axes, keeping: torch.amin(x, axes, keeping)),
        "logSumExp": reduce(lambda x, axes, keeping: torch.logsumexp(x, axes, keeping)),
        "norm": reduce(lambda x, axes, keeping, order: torch.linalg.vector_norm(x, float(order), axes, keeping)),
        "softmax": lambda x, axis: torch.softmax(x, axis),
        "logSoftmax": lambda x, axis: torch.log_softmax(x, axis),
        "cumulativeSum": lambda x, axis: torch.cumsum(x, axis),
        "cumulativeProduct": lambda x, axis: torch.cumprod(x, axis),
        "argmax": index(torch.argmax), "argmin": index(torch.argmin),
    }, exact={
        "product": reduce(lambda x, axes, keeping: numpy.prod(x, tuple(axes), keepdims=keeping)),
        "variance": reduce(deviations),
        "standardDeviation": reduce(lambda *arguments, **rest: deviations(*arguments, **rest)**mp.mpf(0.5)),
        "logSumExp": reduce(lambda x, axes, keeping: logarithm(summed(exponential(x), axes, keeping))),
        "norm": reduce(vector_norm),
        "softmax": lambda x, axis: exponential(x) / summed(exponential(x), [axis], True),
        "logSoftmax": lambda x, axis: x - logarithm(summed(exponential(x), [axis], True)),
        "cumulativeProduct": lambda x, axis: numpy.cumprod(x, axis),
    })
    case = family.case

    for op, attributes in [("sum", {}), ("mean", {}), ("product", {}), ("variance", {"correction": 1}),
                           ("standardDeviation", {"correction": 1}), ("max", {}), ("min", {}), ("logSumExp", {}),
                           ("norm", {"order": 2})]:
        case(op, "all axes", distinct(-2, 2, 2, 3), **attributes)
        case(op, "first axis", distinct(-2, 2, 3, 2), axes=[0], **attributes)
        case(op, "last axis, keeping it", distinct(-2, 2, 2, 3), axes=[-1], keepingAxes=True, **attributes)
        case(op, "two axes of three", distinct(-2, 2, 2, 2, 3), axes=[0, 2], **attributes)
        case(op, "all axes, keeping them", distinct(-2, 2, 2, 2), keepingAxes=True, **attributes)
        case(op, "size 0 left over", distinct(-2, 2, 0, 2), axes=[1], **attributes)
        if op not in ("variance", "standardDeviation"):
            case(op, "axis of size 1", distinct(-2, 2, 3, 1), axes=[1], **attributes)
            case(op, "rank 0", distinct(-2, 2), **attributes)
    for op in ["sum", "mean", "product"]:
        case(op, "nothing", distinct(-2, 2, 0))
        case(op, "nothing along an axis", distinct(-2, 2, 2, 0), axes=[1])
    case("sum", "cancelling magnitudes", given([1e4, 1e-12, -1e4, 3]))
    case("mean", "magnitudes", given([1e4, 1e-12, -1e-12, 3]))

    case("product", "one zero", given([1.5, 0, -2, 0.5]))
    case("product", "two zeros", given([1.5, 0, -2, 0]))
    case("product", "three zeros", given([0, 0.5, 0, 0]))
    case("product", "only a zero", given([0]))
    case("product", "none, one and two zeros along an axis",
         given([1.5, -0.5, 2, 0, 0.75, -1.25, 0, 3, 0], 3, 3), axes=[1])
    case("product", "zeros along two axes", given([1.5, 0, 2, -1, 0.5, 0.75, 0, 0, 2], 3, 3))
    case("product", "magnitudes", given([1e-12, 1e4, -1e4]))

    for op in ["variance", "standardDeviation"]:
        case(op, "correction 0", distinct(-2, 2, 2, 3), axes=[1], correction=0)
        case(op, "correction 2", distinct(-2, 2, 5), correction=2)
        case(op, "around a large mean", given([10000.25, 9999.5, 10000.75, 9999.875, 10000.5]), correction=1)
    case("variance", "equal values", given([1.5, 1.5, 1.5]), correction=1)
    case("standardDeviation", "equal values", given([1.5, 1.5, 1.5]), correction=1, derivatives=0)
    case("variance", "one element, unbiased", given([1.5]), correction=1, derivatives=1)
    case("standardDeviation", "one element, unbiased", given([1.5]), correction=1, derivatives=1)
    case("variance", "one element, correction 0", given([1.5]), correction=0)

    for op in ["max", "min"]:
        case(op, "ties", given([1.5, -1, 1.5, -1, 1.5]), kink=True)
        case(op, "ties along an axis", given([2, 2, 0, 0, 1, 0, -1, -1, -1], 3, 3), axes=[1], kink=True)
        case(op, "ties across two axes", given([2, 2, 0, 0, 2, 0, -1, -1], 2, 2, 2), axes=[0, 2], kink=True)
        case(op, "all zeros", given([0, 0, 0, 0], 2, 2), kink=True)
        case(op, "magnitudes and infinities", given([1e4, -1e4, 1e-12, inf, -inf, 0], 2, 3), axes=[0], derivatives=1)
        case(op, "nan", given([nan, 1, 2, 0, -1, 1], 2, 3), axes=[1], derivatives=0)

    case("logSumExp", "zeros", given([0, 0, 0]))
    case("logSumExp", "large", given([1000, 999.5, -1000, -999.5, 1e4, 9999], 3, 2), axes=[1])
    case("logSumExp", "some -inf", given([-inf, 0.5, 1.5]))
    case("logSumExp", "all -inf", given([-inf, -inf, 0.5, -inf], 2, 2), axes=[1], derivatives=0)
    case("logSumExp", "inf", given([inf, 0.5]), derivatives=0)

    for order in [1, 3, "inf"]:
        case("norm", f"order {order}, all axes", distinct(-2, 2, 2, 3), order=order)
        case("norm", f"order {order}, last axis, keeping it", distinct(-2, 2, 2, 3), axes=[1], keepingAxes=True, order=order)
    case("norm", "order 2, zeros", given([0, 0, 0]), order=2, derivatives=1)
    case("norm", "order 2, a row of zeros", given([0, 0, 1.5, -2], 2, 2), axes=[1], order=2, derivatives=1)
    case("norm", "order 2, some zeros", given([0, 1.5, -2]), order=2)
    case("norm", "order 1, some zeros", given([0, 1.5, -2]), order=1, kink=True)
    case("norm", "order inf, ties", given([-2, 1.5, 2]), order="inf", kink=True)
    case("norm", "order inf, zeros", given([0, 0]), order="inf", kink=True)
    case("norm", "order 2, magnitudes", given([1e4, -1e4, 1e-12]), order=2)
    case("norm", "order 2, tiny", given([1e-12, -2e-12]), order=2)

    for op in ["softmax", "logSoftmax"]:
        case(op, "a vector", distinct(-2, 2, 4), axis=0)
        case(op, "last axis", distinct(-2, 2, 2, 3), axis=-1)
        case(op, "first axis", distinct(-2, 2, 3, 2), axis=0)
        case(op, "middle axis", distinct(-2, 2, 2, 3, 2), axis=1)
        case(op, "axis of size 1", distinct(-2, 2, 3, 1), axis=1)
        case(op, "size 0", distinct(-2, 2, 0, 3), axis=1)
        case(op, "equal values", given([0, 0, 0]), axis=0)
        case(op, "large", given([1e4, 9999, 9998.5, -1e4, -9999, -9999.5], 2, 3), axis=1)
        case(op, "far apart", given([1000, 0, -1000]), axis=0)
        case(op, "all -inf", given([-inf, -inf]), axis=0, derivatives=0)
    case("softmax", "some -inf", given([-inf, 0.5, 1.5, -inf]), axis=0)
    case("logSoftmax", "some -inf", given([-inf, 0.5, 1.5]), axis=0, derivatives=0)

    for op in ["cumulativeSum", "cumulativeProduct"]:
        case(op, "a vector", distinct(-2, 2, 5), axis=0)
        case(op, "first axis", distinct(-2, 2, 3, 2), axis=0)
        case(op, "last axis", distinct(-2, 2, 2, 3), axis=-1)
        case(op, "middle axis", distinct(-2, 2, 2, 3, 2), axis=1)
        case(op, "axis of size 1", distinct(-2, 2, 2, 1), axis=1)
    case("cumulativeSum", "size 0", distinct(-2, 2, 0, 2), axis=0)
    case("cumulativeProduct", "size 0", distinct(-2, 2, 0, 2), axis=0)
    case("cumulativeProduct", "one zero", given([1.5, -2, 0, 0.5, 3]), axis=0)
    case("cumulativeProduct", "two zeros", given([1.5, 0, -2, 0, 0.5]), axis=0)
    case("cumulativeProduct", "two zeros side by side", given([1.5, 0, 0, -2]), axis=0)
    case("cumulativeProduct", "zeros first and last", given([0, 2, -1.5, 0]), axis=0)
    case("cumulativeProduct", "none, one and two zeros along an axis",
         given([1.5, -0.5, 2, 0, 0.75, -1.25, 0, 3, 0], 3, 3), axis=1)

    for op in ["argmax", "argmin"]:
        case(op, "all axes", distinct(-2, 2, 2, 3), derivatives=0)
        case(op, "first axis", distinct(-2, 2, 3, 2), axis=0, derivatives=0)
        case(op, "last axis, keeping it", distinct(-2, 2, 2, 3), axis=-1, keepingAxes=True, derivatives=0)
        case(op, "middle axis", distinct(-2, 2, 2, 3, 2), axis=1, derivatives=0)
        case(op, "the first of ties", given([0, 2, -1, 2, 1, 1, -1, -1], 2, 4), axis=1, derivatives=0)
        case(op, "the first of ties, all axes", given([1, 2, -1, 2, -1, 0], 2, 3), derivatives=0)
        case(op, "magnitudes and infinities", given([1e-12, -inf, -1e4, inf]), axis=0, derivatives=0)
    return family


# Linear algebra.

def linear_algebra():
    def matmul(a, b, transposingFirst=False, transposingSecond=False):
        return torch.matmul(a.mT if transposingFirst else a, b.mT if transposingSecond else b)

    def linear(x, weight, bias, activation=None):
        functions = {"relu": F.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "gelu": F.gelu, "silu": F.silu}
        return functions.get(activation, lambda x: x)(torch.matmul(x, weight) + bias)

    family = Family("linearalgebra", {"matmul": matmul, "dot": torch.dot, "outer": torch.outer, "linear": linear})
    case = family.case
    draw = lambda *shape: between(-2, 2, *shape)

    for name, first, second in [
        ("vector by vector", (3,), (3,)), ("vector by matrix", (3,), (3, 2)), ("matrix by vector", (2, 3), (3,)),
        ("matrix by matrix", (2, 3), (3, 4)), ("row by column", (1, 3), (3, 1)), ("column by row", (3, 1), (1, 2)),
        ("one element", (1, 1), (1, 1)),
        ("batched", (2, 2, 3), (2, 3, 2)), ("batched, broadcasting size 1", (1, 2, 2), (3, 2, 2)),
        ("batched, broadcasting both", (2, 1, 2, 2), (1, 3, 2, 1)), ("batched, ranks 4 and 3", (2, 2, 1, 2), (2, 2, 2)),
        ("rank 3 by matrix", (2, 2, 3), (3, 2)), ("matrix by rank 3", (2, 3), (2, 3, 2)),
        ("vector by rank 3", (3,), (2, 3, 2)), ("rank 3 by vector", (2, 2, 3), (3,)),
        ("inner dimension 0", (2, 0), (0, 3)), ("inner dimension 0, batched", (2, 2, 0), (2, 0, 1)),
        ("inner dimension 0, vectors", (0,), (0,)),
        ("no rows", (0, 3), (3, 2)), ("no columns", (2, 3), (3, 0)), ("batch of 0", (0, 2, 3), (3, 2)),
    ]:
        case("matmul", name, draw(*first), draw(*second))
    for name, first, second, attributes in [
        ("first transposed", (3, 2), (3, 4), (True, False)), ("second transposed", (2, 3), (4, 3), (False, True)),
        ("both transposed", (3, 2), (4, 3), (True, True)), ("square, first transposed", (2, 2), (2, 2), (True, False)),
        ("batched, first transposed", (2, 3, 2), (2, 3, 2), (True, False)),
        ("batched, second transposed", (2, 2, 3), (2, 2, 3), (False, True)),
        ("batched, both transposed", (2, 3, 2), (2, 2, 3), (True, True)),
        ("broadcasting, second transposed", (2, 2, 3), (2, 3), (False, True)),
        ("broadcasting, first transposed", (3, 2), (2, 3, 2), (True, False)),
        ("broadcasting both, both transposed", (2, 1, 2, 1), (1, 2, 2, 2), (True, True)),
        ("inner dimension 0, both transposed", (0, 2), (3, 0), (True, True)),
    ]:
        case("matmul", name, draw(*first), draw(*second), transposingFirst=attributes[0], transposingSecond=attributes[1])
    case("matmul", "zeros and magnitudes", given([0, 1e4, 1e-12, -1e4], 2, 2), given([1e-12, 0, -1e4, 1], 2, 2))

    case("dot", "interior", draw(4), draw(4))
    case("dot", "one element", draw(1), draw(1))
    case("dot", "nothing", draw(0), draw(0))
    case("dot", "zeros and magnitudes", given([0, 1e4, 1e-12]), given([2, 1e-12, -1e4]))
    case("outer", "interior", draw(3), draw(2))
    case("outer", "one element", draw(1), draw(3))
    case("outer", "size 0", draw(0), draw(3))
    case("outer", "zeros and magnitudes", given([0, 1e4]), given([1e-12, -1e4]))

    case("linear", "matrix", draw(2, 3), draw(3, 2), draw(2))
    case("linear", "vector", draw(3), draw(3, 2), draw(2))
    case("linear", "sequences", draw(2, 2, 3), draw(3, 2), draw(2))
    case("linear", "no rows", draw(0, 3), draw(3, 2), draw(2))
    case("linear", "inner dimension 0", draw(2, 0), draw(0, 3), draw(3))
    for activation in ["relu", "sigmoid", "tanh", "gelu", "silu"]:
        case("linear", activation, draw(3, 2), draw(2, 3), draw(3), activation=activation)
    return family


# Shaping.

def shaping():
    def sliced(x, starts, ends, steps):
        return x[tuple(slice(*limits) for limits in zip(starts, ends, steps))]

    def padded(x, before, after, value):
        pairs = [size for pair in reversed(list(zip(before, after))) for size in pair]
        return F.pad(x, pairs, value=value)

    family = Family("shaping", {
        "reshape": lambda x, shape: x.reshape(shape),
        "permute": lambda x, axes: x.permute(axes),
        "transposed": lambda x: x.mT,
        "broadcast": lambda x, shape: x.expand(shape),
        "slice": sliced,
        "concatenate": lambda *parts, axis: torch.cat(parts, axis),
        "stack": lambda *parts, axis: torch.stack(parts, axis),
        "split": lambda x, sizes, axis: torch.split(x, sizes, axis),
        "pad": padded,
        "flip": lambda x, axes: torch.flip(x, axes),
        "tile": lambda x, repeats: torch.tile(x, repeats),
        "squeeze": lambda x, axes=None: x.squeeze() if axes is None else x.squeeze(axes),
        "expandDims": lambda x, axis: x.unsqueeze(axis),
        "roll": lambda x, shifts, axes: torch.roll(x, shifts, axes),
        "diagonal": lambda x, offset=0, axes=(0, 1): torch.diagonal(x, offset, *axes),
        "triangle": lambda x, part, offset=0: (torch.tril if part == "lower" else torch.triu)(x, offset),
    })
    case = family.case
    draw = lambda *shape: between(-2, 2, *shape)

    case("reshape", "matrix to matrix", draw(2, 3), shape=[3, 2])
    case("reshape", "one size left open", draw(2, 3), shape=[-1, 2])
    case("reshape", "to rank 0", draw(1, 1), shape=[])
    case("reshape", "from rank 0", draw(), shape=[1, 1])
    case("reshape", "size 0", draw(0, 3), shape=[3, 0])
    case("permute", "three axes", draw(2, 1, 3), axes=[2, 0, 1])
    case("permute", "four axes, cyclic", draw(2, 1, 2, 2), axes=[1, 2, 3, 0])
    case("permute", "negative axes", draw(2, 3), axes=[-1, -2])
    case("permute", "identity", draw(2, 2), axes=[0, 1])
    case("permute", "rank 0", draw(), axes=[])
    case("permute", "size 0", draw(2, 0, 3), axes=[2, 1, 0])
    case("transposed", "matrix", draw(2, 3))
    case("transposed", "square", draw(2, 2))
    case("transposed", "the last two axes of three", draw(2, 2, 3))
    case("transposed", "size 0", draw(0, 3))
    case("broadcast", "vector to matrix", draw(3), shape=[2, 3])
    case("broadcast", "inner axis of size 1", draw(2, 1), shape=[2, 3])
    case("broadcast", "rank 0 to matrix", draw(), shape=[2, 2])
    case("broadcast", "two axes and a new one", draw(1, 2, 1), shape=[2, 2, 2, 3])
    case("broadcast", "same shape", draw(2, 2), shape=[2, 2])
    case("broadcast", "to size 0", draw(1, 3), shape=[0, 3])
    case("slice", "vector", draw(5), starts=[1], ends=[4], steps=[1])
    case("slice", "vector, step 2", draw(6), starts=[1], ends=[6], steps=[2])
    case("slice", "step beyond the end", draw(4), starts=[1], ends=[4], steps=[5])
    case("slice", "matrix, both axes", draw(3, 4), starts=[1, 0], ends=[3, 3], steps=[1, 2])
    case("slice", "leading axis", draw(3, 2), starts=[1, 0], ends=[2, 2], steps=[1, 1])
    case("slice", "three axes", draw(2, 3, 3), starts=[0, 1, 0], ends=[1, 3, 3], steps=[1, 1, 2])
    case("slice", "everything", draw(2, 2), starts=[0, 0], ends=[2, 2], steps=[1, 1])
    case("slice", "nothing", draw(3, 2), starts=[1, 0], ends=[1, 2], steps=[1, 1])
    case("concatenate", "first axis", draw(1, 2), draw(2, 2), axis=0)
    case("concatenate", "last axis, three parts", draw(2, 1), draw(2, 2), draw(2, 1), axis=-1)
    case("concatenate", "middle axis", draw(2, 1, 2), draw(2, 2, 2), axis=1)
    case("concatenate", "one part", draw(3), axis=0)
    case("concatenate", "an empty part", draw(2, 2), draw(0, 2), axis=0)
    case("stack", "first axis", draw(3), draw(3), axis=0)
    case("stack", "last axis", draw(3), draw(3), axis=-1)
    case("stack", "middle axis, three parts", draw(2, 2), draw(2, 2), draw(2, 2), axis=1)
    case("stack", "rank 0", draw(), draw(), axis=0)
    case("stack", "size 0", draw(0), draw(0), axis=1)
    case("split", "vector", draw(5), sizes=[2, 3], axis=0)
    case("split", "first axis, three parts", draw(4, 2), sizes=[1, 2, 1], axis=0)
    case("split", "last axis", draw(2, 3), sizes=[1, 2], axis=-1)
    case("split", "middle axis", draw(2, 3, 2), sizes=[2, 1], axis=1)
    case("split", "an empty part", draw(3), sizes=[0, 3], axis=0)
    case("pad", "vector", draw(3), before=[1], after=[2], value=0.0)
    case("pad", "matrix, a value", draw(2, 2), before=[1, 0], after=[0, 1], value=1.5)
    case("pad", "three axes", draw(1, 2, 2), before=[0, 1, 1], after=[1, 0, 1], value=0.0)
    case("pad", "nothing added", draw(2, 2), before=[0, 0], after=[0, 0], value=0.0)
    case("pad", "-inf around", draw(2), before=[1], after=[1], value=-inf, derivatives=0)
    case("pad", "size 0", draw(0, 2), before=[1, 0], after=[1, 0], value=0.5)
    case("flip", "vector", draw(4), axes=[0])
    case("flip", "last axis", draw(2, 3), axes=[-1])
    case("flip", "two axes of three", draw(2, 2, 3), axes=[0, 2])
    case("flip", "size 0", draw(0, 2), axes=[0, 1])
    case("tile", "vector", draw(3), repeats=[2])
    case("tile", "matrix", draw(2, 2), repeats=[2, 3])
    case("tile", "more repeats than axes", draw(2), repeats=[2, 2])
    case("tile", "once", draw(2, 2), repeats=[1, 1])
    case("tile", "zero times", draw(2, 2), repeats=[0, 2])
    case("squeeze", "all", draw(1, 3, 1))
    case("squeeze", "one axis", draw(1, 3, 1), axes=[0])
    case("squeeze", "two axes, negative", draw(1, 2, 1, 2), axes=[0, -2])
    case("squeeze", "to rank 0", draw(1, 1))
    case("expandDims", "first", draw(2, 2), axis=0)
    case("expandDims", "last", draw(2, 2), axis=-1)
    case("expandDims", "middle", draw(2, 3), axis=1)
    case("expandDims", "rank 0", draw(), axis=0)
    case("roll", "vector", draw(4), shifts=[1], axes=[0])
    case("roll", "backwards", draw(2, 3), shifts=[-1], axes=[1])
    case("roll", "two axes", draw(2, 3), shifts=[1, 2], axes=[0, 1])
    case("roll", "further than the size", draw(3), shifts=[7], axes=[0])
    case("roll", "size 0", draw(0, 2), shifts=[1], axes=[0])
    case("diagonal", "square", draw(3, 3))
    case("diagonal", "wide", draw(2, 4))
    case("diagonal", "tall, above", draw(4, 2), offset=1)
    case("diagonal", "square, below", draw(3, 3), offset=-1)
    case("diagonal", "batched, the last two axes", draw(2, 2, 3), offset=1, axes=[-2, -1])
    for part in ["lower", "upper"]:
        case("triangle", f"{part}, square", draw(3, 3), part=part)
        case("triangle", f"{part}, wide, above", draw(2, 4), part=part, offset=1)
        case("triangle", f"{part}, tall, below", draw(4, 2), part=part, offset=-1)
        case("triangle", f"{part}, batched", draw(2, 2, 3), part=part)
    return family


# Indexing.

def indexing():
    family = Family("indexing", {
        "gather": lambda x, indices, axis: torch.gather(x, axis, indices),
        "take": lambda x, indices, axis: torch.index_select(x, axis, indices),
        "scatterAdd": lambda base, indices, source, axis: torch.scatter_add(base, axis, indices, source),
        "sort": lambda x, axis, descending: torch.sort(x, dim=axis, descending=descending, stable=True).values,
        "topK": lambda x, count, axis, largest=True: torch.topk(x, count, axis, largest, sorted=True).values,
        "embedding": lambda table, indices: F.embedding(indices, table),
    })
    case = family.case
    draw = lambda *shape: between(-2, 2, *shape)

    case("gather", "vector", draw(4), integers([3, 0, 2]), axis=0)
    case("gather", "last axis", draw(2, 3), integers([2, 0, 1, 1], 2, 2), axis=1)
    case("gather", "first axis", draw(3, 2), integers([2, 0, 1, 1], 2, 2), axis=0)
    case("gather", "duplicates", draw(2, 3), integers([1, 1, 1, 0, 2, 0], 2, 3), axis=-1)
    case("gather", "middle axis", draw(2, 3, 2), integers([0, 2, 1, 1], 2, 1, 2), axis=1)
    case("gather", "fewer rows of indices", draw(3, 2), integers([1, 0, 1], 1, 3), axis=1)
    case("gather", "no indices", draw(2, 3), integers([], 2, 0), axis=1)
    case("take", "vector", draw(4), integers([3, 0]), axis=0)
    case("take", "rows, duplicates", draw(3, 2), integers([2, 0, 2, 2]), axis=0)
    case("take", "columns", draw(2, 3), integers([1, 0]), axis=1)
    case("take", "middle axis, duplicates", draw(2, 3, 2), integers([1, 1]), axis=1)
    case("take", "negative axis", draw(2, 3), integers([2]), axis=-1)
    case("take", "no indices", draw(3, 2), integers([]), axis=0)
    case("scatterAdd", "vector", draw(4), integers([3, 0]), draw(2), axis=0)
    case("scatterAdd", "duplicates", draw(3), integers([1, 1, 1, 0]), draw(4), axis=0)
    case("scatterAdd", "last axis", draw(2, 3), integers([2, 0, 1, 1], 2, 2), draw(2, 2), axis=1)
    case("scatterAdd", "first axis", draw(3, 2), integers([2, 0, 1, 1], 2, 2), draw(2, 2), axis=0)
    case("scatterAdd", "middle axis", draw(2, 2, 2), integers([0, 1, 1, 1], 2, 1, 2), draw(2, 1, 2), axis=1)
    case("scatterAdd", "no indices", draw(3), integers([]), draw(0), axis=0)
    for descending in [False, True]:
        name = "descending" if descending else "ascending"
        case("sort", f"vector, {name}", distinct(-2, 2, 5), axis=0, descending=descending)
        case("sort", f"first axis, {name}", distinct(-2, 2, 3, 2), axis=0, descending=descending)
        case("sort", f"last axis, {name}", distinct(-2, 2, 2, 3), axis=-1, descending=descending)
        case("sort", f"stable at ties, {name}", given([1, 0, 1, 0, 1]), axis=0, descending=descending, kink=True)
        case("sort", f"magnitudes, {name}", given([1e-12, -1e4, 0, 1e4, -1e-12]), axis=0, descending=descending)
        case("sort", f"size 0, {name}", distinct(-2, 2, 0), axis=0, descending=descending)
    case("topK", "vector", distinct(-2, 2, 5), count=2, axis=0)
    case("topK", "last axis", distinct(-2, 2, 2, 4), count=3, axis=-1)
    case("topK", "first axis", distinct(-2, 2, 3, 2), count=1, axis=0)
    case("topK", "all of them", distinct(-2, 2, 3), count=3, axis=0)
    case("topK", "none of them", distinct(-2, 2, 3), count=0, axis=0)
    case("topK", "the smallest", distinct(-2, 2, 2, 3), count=2, axis=1, largest=False)
    case("embedding", "vector of indices", draw(3, 2), integers([2, 0]))
    case("embedding", "duplicates", draw(3, 2), integers([1, 1, 0, 1]))
    case("embedding", "matrix of indices", draw(4, 2), integers([3, 0, 0, 2], 2, 2))
    case("embedding", "rank 0 index", draw(3, 2), lambda generator: torch.tensor(1))
    case("embedding", "no indices", draw(3, 2), integers([]))
    return family


# Convolution.

def convolution():
    family = Family("convolution", {
        "conv1D": lambda x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1:
            F.conv1d(x, weight, bias, stride, padding, dilation, groups),
        "conv2D": lambda x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1:
            F.conv2d(x, weight, bias, stride, padding, dilation, groups),
        "transposedConv1D": lambda x, weight, bias=None, stride=1, padding=0, outputPadding=0, dilation=1, groups=1:
            F.conv_transpose1d(x, weight, bias, stride, padding, outputPadding, groups, dilation),
        "transposedConv2D": lambda x, weight, bias=None, stride=1, padding=0, outputPadding=0, dilation=1, groups=1:
            F.conv_transpose2d(x, weight, bias, stride, padding, outputPadding, groups, dilation),
    })
    draw = lambda *shape: between(-1, 1, *shape, decimals=2)

    def case(op, name, x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1, outputPadding=0):
        """Shapes; a pair may be given as one number."""
        pair = lambda value: value if op.endswith("1D") or isinstance(value, list) else [value, value]
        attributes = {"stride": pair(stride), "padding": pair(padding), "dilation": pair(dilation), "groups": groups}
        if op.startswith("transposed"):
            attributes["outputPadding"] = pair(outputPadding)
        inputs = [draw(*x), draw(*weight)] + ([draw(bias)] if bias else [])
        family.case(op, name, *inputs, **attributes)

    case("conv2D", "1x1", (2, 2, 2, 3), (3, 2, 1, 1), 3)
    case("conv2D", "3x3", (1, 2, 4, 4), (2, 2, 3, 3), 2)
    case("conv2D", "3x3, same size", (1, 1, 3, 4), (2, 1, 3, 3), 2, padding=1)
    case("conv2D", "no bias", (2, 1, 3, 3), (2, 1, 2, 2))
    case("conv2D", "stride 2 with a remainder", (1, 1, 6, 4), (2, 1, 3, 3), 2, stride=2)
    case("conv2D", "stride 2 with a remainder and padding", (1, 2, 4, 4), (1, 2, 3, 3), stride=2, padding=1)
    case("conv2D", "stride beyond the kernel", (1, 1, 6, 5), (2, 1, 2, 2), stride=3)
    case("conv2D", "1x1, stride 2", (1, 2, 3, 4), (2, 2, 1, 1), stride=2)
    case("conv2D", "dilation 2", (1, 1, 5, 4), (2, 1, 2, 2), 2, dilation=2)
    case("conv2D", "dilation 2, stride 2, padding 2", (1, 1, 5, 5), (1, 1, 3, 3), 1, stride=2, padding=2, dilation=2)
    case("conv2D", "groups 2", (1, 4, 3, 3), (4, 2, 2, 2), 4, groups=2)
    case("conv2D", "groups 2, stride 2", (1, 4, 3, 3), (2, 2, 3, 3), stride=2, padding=1, groups=2)
    case("conv2D", "depthwise", (1, 3, 3, 3), (3, 1, 3, 3), 3, padding=1, groups=3)
    case("conv2D", "depthwise, two filters a channel", (1, 2, 3, 3), (4, 1, 2, 2), groups=2)
    case("conv2D", "kernel as large as the image", (2, 2, 3, 2), (2, 2, 3, 2), 2)
    case("conv2D", "kernel as large as the padded image", (1, 1, 2, 1), (2, 1, 4, 3), 2, padding=1)
    case("conv2D", "wide kernel", (1, 1, 3, 5), (2, 1, 1, 3), 2, stride=[2, 1], padding=[0, 2])
    case("conv2D", "tall kernel", (1, 2, 4, 3), (1, 2, 3, 1), stride=[1, 2], padding=[1, 0])
    case("conv2D", "asymmetric everything", (1, 1, 6, 5), (1, 1, 2, 3), 1, stride=[1, 2], padding=[1, 2], dilation=[2, 1])
    case("conv2D", "padding as wide as the kernel allows", (1, 1, 2, 2), (1, 1, 3, 3), padding=2)
    case("conv2D", "batch of 0", (0, 1, 3, 3), (2, 1, 2, 2), 2)

    case("conv1D", "kernel 1", (2, 2, 3), (3, 2, 1), 3)
    case("conv1D", "kernel 3", (2, 2, 5), (2, 2, 3), 2)
    case("conv1D", "same size, no bias", (1, 2, 4), (2, 2, 3), padding=1)
    case("conv1D", "stride 2 with a remainder", (1, 2, 6), (2, 2, 3), 2, stride=2)
    case("conv1D", "dilation 2", (1, 2, 6), (2, 2, 3), 2, padding=1, dilation=2)
    case("conv1D", "groups 2", (1, 4, 4), (4, 2, 2), 4, groups=2)
    case("conv1D", "depthwise", (1, 3, 4), (3, 1, 3), 3, padding=1, groups=3)
    case("conv1D", "kernel as long as the input", (2, 2, 4), (3, 2, 4), 3)

    case("transposedConv2D", "1x1", (1, 2, 2, 3), (2, 3, 1, 1), 3)
    case("transposedConv2D", "stride 1", (1, 2, 3, 2), (2, 2, 2, 2), 2)
    case("transposedConv2D", "stride 2, kernel 2", (1, 2, 2, 2), (2, 1, 2, 2), 1, stride=2)
    case("transposedConv2D", "stride 2, kernel 3", (1, 1, 2, 3), (1, 2, 3, 3), 2, stride=2, padding=1)
    case("transposedConv2D", "stride 2, kernel 3, output padding 1", (1, 1, 2, 2), (1, 2, 3, 3), 2,
         stride=2, padding=1, outputPadding=1)
    case("transposedConv2D", "stride beyond the kernel", (1, 1, 2, 2), (1, 1, 2, 2), stride=3)
    case("transposedConv2D", "stride beyond the kernel, output padding", (1, 1, 2, 2), (1, 1, 2, 2), 1, stride=3,
         outputPadding=[2, 1])
    case("transposedConv2D", "dilation 2", (1, 1, 2, 2), (1, 2, 2, 2), 2, dilation=2)
    case("transposedConv2D", "dilation 2, stride 2, padding 1", (1, 1, 2, 3), (1, 1, 2, 2), stride=2, padding=1, dilation=2)
    case("transposedConv2D", "groups 2", (1, 4, 2, 2), (4, 1, 2, 2), 2, groups=2)
    case("transposedConv2D", "groups 2, two outputs a group, stride 2", (1, 2, 2, 2), (2, 2, 3, 3), 4,
         stride=2, padding=1, groups=2)
    case("transposedConv2D", "depthwise", (1, 3, 2, 2), (3, 1, 2, 2), groups=3)
    case("transposedConv2D", "asymmetric everything", (1, 1, 2, 3), (1, 2, 3, 2), 2, stride=[2, 1], padding=[1, 0],
         outputPadding=[1, 0], dilation=[1, 2])
    case("transposedConv2D", "two in a batch", (2, 2, 2, 2), (2, 1, 2, 2), 1, padding=1, stride=2)

    case("transposedConv1D", "kernel 3", (2, 2, 3), (2, 2, 3), 2)
    case("transposedConv1D", "stride 2", (1, 2, 3), (2, 2, 3), 2, stride=2, padding=1)
    case("transposedConv1D", "stride 2, output padding 1", (1, 2, 3), (2, 2, 3), stride=2, padding=1, outputPadding=1)
    case("transposedConv1D", "dilation 2", (1, 2, 3), (2, 1, 3), 1, dilation=2)
    case("transposedConv1D", "groups 2", (1, 4, 3), (4, 2, 2), 4, groups=2)
    case("transposedConv1D", "stride beyond the kernel", (1, 1, 3), (1, 2, 2), 2, stride=3, outputPadding=2)
    return family


# Pooling.

def pooling():
    maximum = lambda function: lambda x, kernel, stride, padding: function(x, kernel, stride, padding)
    average = lambda function: lambda x, kernel, stride, padding, countIncludingPadding: function(
        x, kernel, stride, padding, count_include_pad=countIncludingPadding)
    family = Family("pooling", {
        "maxPool1D": maximum(F.max_pool1d), "maxPool2D": maximum(F.max_pool2d),
        "averagePool1D": average(F.avg_pool1d), "averagePool2D": average(F.avg_pool2d),
        "adaptiveAveragePool2D": lambda x, outputSize: F.adaptive_avg_pool2d(x, outputSize),
        "adaptiveMaxPool2D": lambda x, outputSize: F.adaptive_max_pool2d(x, outputSize),
    })
    draw = lambda *shape: distinct(-2, 2, *shape)

    def case(op, name, x, kernel, stride, padding=0, **options):
        pair = lambda value: value if op.endswith("1D") or isinstance(value, list) else [value, value]
        x = draw(*x) if isinstance(x, tuple) else x
        family.case(op, name, x, kernel=pair(kernel), stride=pair(stride), padding=pair(padding), **options)

    geometries2D = [
        ("2x2", (2, 1, 4, 4), 2, 2, 0), ("two channels", (1, 2, 4, 2), 2, 2, 0),
        ("a remainder left over", (1, 1, 5, 3), 2, 2, 0), ("overlapping", (1, 1, 5, 5), 3, 2, 0),
        ("overlapping, stride 1", (1, 1, 3, 4), 2, 1, 0), ("padding 1", (1, 1, 4, 4), 3, 2, 1),
        ("stride beyond the kernel", (1, 1, 5, 5), 2, 3, 0), ("asymmetric", (1, 1, 4, 6), [3, 2], [1, 2], [1, 0]),
        ("kernel as large as the image", (1, 2, 3, 2), [3, 2], [3, 2], 0), ("1x1", (1, 1, 2, 3), 1, 1, 0),
    ]
    for name, shape, kernel, stride, padding in geometries2D:
        case("maxPool2D", name, shape, kernel, stride, padding)
        case("averagePool2D", name, shape, kernel, stride, padding, countIncludingPadding=True)
    case("averagePool2D", "padding 1, not counted", (1, 1, 4, 4), 3, 2, 1, countIncludingPadding=False)
    case("averagePool2D", "asymmetric, padding not counted", (1, 1, 4, 6), [3, 2], [1, 2], [1, 0],
         countIncludingPadding=False)
    case("averagePool2D", "padding beyond the image's end, not counted", (1, 1, 3, 2), 3, 2, 1, countIncludingPadding=False)
    case("maxPool2D", "padding 1, all negative", lambda g: draw(1, 1, 3, 3)(g) - 3, 2, 2, 1)
    case("maxPool2D", "ties, the first wins", given([1, 1, 2, 0, 1, 1, 0, 2, 0, 0, -1, -1, 0, 0, -1, -1], 1, 1, 4, 4),
         2, 2, kink=True)
    case("maxPool2D", "ties, overlapping", given([0, 0, 0, 0, 1, 0, 0, 1, 0], 1, 1, 3, 3), 2, 1, kink=True)
    case("maxPool2D", "ties with padding", given([0, 0, 0, 0, 0, 0, 0, 0, 0], 1, 1, 3, 3), 3, 2, 1, kink=True)
    case("maxPool2D", "magnitudes", given([1e4, -1e4, 1e-12, 0], 1, 1, 2, 2), [1, 2], [1, 2])
    case("maxPool2D", "nan", given([nan, 1, 2, 3], 1, 1, 2, 2), 2, 2, derivatives=0)
    case("maxPool2D", "batch of 0", (0, 1, 2, 2), 2, 2)
    case("averagePool2D", "magnitudes", given([1e4, -1e4, 1e-12, 0], 1, 1, 2, 2), [1, 2], [1, 2],
         countIncludingPadding=True)

    geometries1D = [("2", (2, 1, 4), 2, 2, 0), ("overlapping, a remainder left over", (1, 2, 6), 3, 2, 0),
                    ("padding 1", (1, 1, 6), 3, 2, 1), ("stride beyond the kernel", (1, 1, 6), 2, 3, 0),
                    ("kernel as long as the input", (1, 2, 3), 3, 3, 0)]
    for name, shape, kernel, stride, padding in geometries1D:
        case("maxPool1D", name, shape, kernel, stride, padding)
        case("averagePool1D", name, shape, kernel, stride, padding, countIncludingPadding=True)
    case("maxPool1D", "ties, the first wins", given([1, 1, 0, 0, 2, 2], 1, 1, 6), 2, 1, kink=True)
    case("averagePool1D", "padding 1, not counted", (1, 1, 5), 3, 2, 1, countIncludingPadding=False)

    for op in ["adaptiveAveragePool2D", "adaptiveMaxPool2D"]:
        for name, shape, size in [
            ("to one element", (2, 2, 3, 2), [1, 1]), ("even windows", (1, 2, 4, 4), [2, 2]),
            ("overlapping windows", (1, 1, 5, 4), [3, 3]), ("same size", (1, 1, 2, 3), [2, 3]),
            ("asymmetric", (1, 2, 3, 5), [1, 2]), ("larger than the image", (1, 1, 2, 3), [3, 4]),
        ]:
            family.case(op, name, draw(*shape), outputSize=size)
    family.case("adaptiveMaxPool2D", "ties, the first wins", given([1, 1, 1, 0, 2, 2], 1, 1, 2, 3), outputSize=[1, 2],
                kink=True)
    family.case("adaptiveMaxPool2D", "nan", given([nan, 1, 2, 3], 1, 1, 2, 2), outputSize=[1, 1], derivatives=0)
    return family


# Losses, normalization, attention.

def losses():
    def attention(query, key, value, causal):
        with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
            return F.scaled_dot_product_attention(query, key, value, is_causal=causal)

    def cross_entropy(logits, target, reduction="mean", labelSmoothing=0.0, ignoredLabel=-100):
        return F.cross_entropy(logits, target, reduction=reduction, label_smoothing=labelSmoothing,
                               ignore_index=ignoredLabel)

    # In exact arithmetic.
    def reduced(losses, reduction, count=None):
        losses = numpy.asarray(losses, dtype=object)
        return {"none": losses, "sum": losses.sum(), "mean": losses.sum() / mp.mpf(count or losses.size),
                "batchMean": losses.sum() / mp.mpf(len(losses) if losses.ndim else 1)}[reduction]

    def exact_cross_entropy(logits, target, reduction="mean", labelSmoothing=0.0, ignoredLabel=-100):
        counted = numpy.ones(len(logits), dtype=int)
        if target.dtype != object:
            counted = (target != ignoredLabel).astype(int)
            target = numpy.eye(logits.shape[1], dtype=int)[target * counted]
        target = target * (1 - mp.mpf(labelSmoothing)) + mp.mpf(labelSmoothing) / logits.shape[1]
        normalizer = logarithm(exponential(logits).sum(1, keepdims=True))
        return reduced((target * (normalizer - logits)).sum(1) * counted, reduction, int(counted.sum()))

    def exact_binary_cross_entropy(x, target, reduction="mean"):
        return reduced(target * logarithm(1 + exponential(-x)) + (1 - target) * logarithm(1 + exponential(x)), reduction)

    def exact_huber(x, target, delta, reduction="mean"):
        d, delta = abs(x - target), mp.mpf(delta)
        return reduced(numpy.where(d <= delta, d * d / 2, delta * (d - delta / 2)), reduction)

    def exact_divergence(x, target, reduction="batchMean"):
        return reduced(target * (logarithm(numpy.where(target == 0, mp.mpf(1), target)) - x), reduction)

    def normalized(x, axes, weight, bias, first, epsilon):
        """Over the axes; weight and bias begin at the axis `first`."""
        mean = lambda x: x.sum(tuple(axes), keepdims=True) / mp.mpf(math.prod(x.shape[axis] for axis in axes))
        x = (x - mean(x)) / (mean((x - mean(x))**2) + mp.mpf(epsilon))**mp.mpf(0.5)
        return scaled(x, weight, bias, first)

    def scaled(x, weight, bias, first):
        if weight is None:
            return x
        shape = [1] * first + list(weight.shape) + [1] * (x.ndim - first - weight.ndim)
        return x * weight.reshape(shape) + bias.reshape(shape)

    def exact_layer_norm(x, weight=None, bias=None, normalizedShape=None, epsilon=1e-5):
        first = x.ndim - len(normalizedShape)
        return normalized(x, range(first, x.ndim), weight, bias, first, epsilon)

    def exact_group_norm(x, weight=None, bias=None, groups=1, epsilon=1e-5):
        grouped = normalized(x.reshape(x.shape[0], groups, -1), [2], None, None, 0, epsilon)
        return scaled(grouped.reshape(x.shape), weight, bias, 1)

    def exact_attention(query, key, value, causal):
        weights = exponential(query @ key.swapaxes(-1, -2) / mp.sqrt(query.shape[-1]))
        weights = weights * numpy.tri(*weights.shape[-2:], dtype=int) if causal else weights
        return weights / weights.sum(-1, keepdims=True) @ value

    family = Family("losses", {
        "crossEntropy": cross_entropy,
        "binaryCrossEntropyWithLogits": lambda x, target, reduction="mean":
            F.binary_cross_entropy_with_logits(x, target, reduction=reduction),
        "meanSquaredError": lambda x, target, reduction="mean": F.mse_loss(x, target, reduction=reduction),
        "meanAbsoluteError": lambda x, target, reduction="mean": F.l1_loss(x, target, reduction=reduction),
        "huber": lambda x, target, delta, reduction="mean": F.huber_loss(x, target, delta=delta, reduction=reduction),
        "klDivergence": lambda x, target, reduction="batchMean":
            F.kl_div(x, target, reduction={"batchMean": "batchmean"}.get(reduction, reduction)),
        "batchNorm": lambda x, weight=None, bias=None, epsilon=1e-5:
            F.batch_norm(x, None, None, weight, bias, training=True, eps=epsilon),
        "batchNormRelu": lambda x, weight=None, bias=None, epsilon=1e-5:
            F.relu(F.batch_norm(x, None, None, weight, bias, training=True, eps=epsilon)),
        "layerNorm": lambda x, weight=None, bias=None, normalizedShape=None, epsilon=1e-5:
            F.layer_norm(x, normalizedShape, weight, bias, epsilon),
        "groupNorm": lambda x, weight=None, bias=None, groups=1, epsilon=1e-5:
            F.group_norm(x, groups, weight, bias, epsilon),
        "instanceNorm": lambda x, weight=None, bias=None, epsilon=1e-5:
            F.instance_norm(x, weight=weight, bias=bias, use_input_stats=True, eps=epsilon),
        "scaledDotProductAttention": attention,
        "hinge": lambda scores, labels, margin=1.0, squared=False, reduction="mean": F.multi_margin_loss(
            scores, labels, p=2 if squared else 1, margin=margin, reduction=reduction) * scores.shape[1],
        "logisticLoss": lambda x, target, reduction="mean": F.soft_margin_loss(x, target, reduction=reduction),
        "cosineSimilarity": lambda a, b, axis=-1: F.cosine_similarity(a, b, dim=axis),
        "cosineEmbeddingLoss": lambda a, b, target, margin=0.0, reduction="mean": F.cosine_embedding_loss(
            a, b, target, margin=margin, reduction=reduction),
        "tripletLoss": lambda anchor, positive, negative, margin=1.0, reduction="mean": F.triplet_margin_loss(
            anchor, positive, negative, margin=margin, eps=0, reduction=reduction),
        "localResponseNorm": lambda x, size, alpha, beta, k: F.local_response_norm(x, size, alpha, beta, k),
        "upsample": lambda x, size, mode: F.interpolate(x, size=size, mode=mode),
    }, exact={
        "crossEntropy": exact_cross_entropy,
        "binaryCrossEntropyWithLogits": exact_binary_cross_entropy,
        "meanSquaredError": lambda x, target, reduction="mean": reduced((x - target)**2, reduction),
        "meanAbsoluteError": lambda x, target, reduction="mean": reduced(abs(x - target), reduction),
        "huber": exact_huber,
        "klDivergence": exact_divergence,
        "batchNorm": lambda x, weight=None, bias=None, epsilon=1e-5:
            normalized(x, [0, *range(2, x.ndim)], weight, bias, 1, epsilon),
        "batchNormRelu": lambda x, weight=None, bias=None, epsilon=1e-5:
            numpy.maximum(normalized(x, [0, *range(2, x.ndim)], weight, bias, 1, epsilon), 0),
        "layerNorm": exact_layer_norm,
        "groupNorm": exact_group_norm,
        "instanceNorm": lambda x, weight=None, bias=None, epsilon=1e-5:
            normalized(x, range(2, x.ndim), weight, bias, 1, epsilon),
        "scaledDotProductAttention": exact_attention,
    })
    case = family.case
    draw = lambda *shape: between(-2, 2, *shape)

    case("crossEntropy", "mean", draw(3, 4), integers([2, 0, 3]), reduction="mean")
    case("crossEntropy", "sum", draw(2, 3), integers([1, 1]), reduction="sum")
    case("crossEntropy", "none", draw(2, 3), integers([2, 0]), reduction="none")
    case("crossEntropy", "label smoothing", draw(3, 4), integers([1, 3, 0]), reduction="mean", labelSmoothing=0.1)
    case("crossEntropy", "an ignored label", draw(3, 3), integers([1, -1, 2]), reduction="mean", ignoredLabel=-1)
    case("crossEntropy", "an ignored label, sum", draw(3, 3), integers([0, 0, 2]), reduction="sum", ignoredLabel=0)
    case("crossEntropy", "an ignored label and smoothing", draw(3, 3), integers([1, -100, 2]), reduction="mean",
         labelSmoothing=0.2, ignoredLabel=-100)
    case("crossEntropy", "every label ignored", draw(2, 3), integers([-1, -1]), reduction="mean", ignoredLabel=-1,
         derivatives=0)
    case("crossEntropy", "far apart", given([1000, 0, -1000, 1000, 0, -1000], 2, 3), integers([0, 2]), reduction="mean")
    case("crossEntropy", "equal logits", given([0] * 6, 2, 3), integers([1, 0]), reduction="mean")
    case("crossEntropy", "one row", draw(1, 3), integers([1]), reduction="mean")
    case("crossEntropy", "one class", draw(2, 1), integers([0, 0]), reduction="mean")
    case("crossEntropy", "distributions, constant", draw(2, 3), constant(distributions(2, 3)), reduction="mean")
    case("crossEntropy", "distributions, differentiated", draw(2, 3), distributions(2, 3), reduction="mean")
    case("crossEntropy", "distributions, label smoothing, sum", draw(2, 3), constant(distributions(2, 3)),
         reduction="sum", labelSmoothing=0.1)

    op = "binaryCrossEntropyWithLogits"
    case(op, "mean", draw(2, 3), constant(given([1, 0, 1, 0, 0, 1], 2, 3)), reduction="mean")
    case(op, "sum", draw(4), constant(given([1, 0, 0.25, 0.5])), reduction="sum")
    case(op, "none", draw(3), constant(given([1, 0, 0.5])), reduction="none")
    case(op, "targets differentiated", draw(4), between(0.05, 0.95, 4), reduction="mean")
    case(op, "zeros", given([0, 0, 0]), constant(given([0, 1, 0.5])), reduction="mean")
    for target in [0, 1]:
        case(op, f"tails, target {target}", given([40, -40, 1000, -1000]), constant(given([target] * 4)), reduction="none")

    for op in ["meanSquaredError", "meanAbsoluteError"]:
        case(op, "mean", distinct(-2, 0, 2, 3), distinct(-1, 1, 2, 3), reduction="mean")
        case(op, "sum", distinct(-2, 2, 4), constant(distinct(-2, 2, 4)), reduction="sum")
        case(op, "none", distinct(-2, 2, 3), distinct(-2, 2, 3), reduction="none")
        case(op, "rank 0", draw(), draw(), reduction="mean")
        case(op, "some equal", given([1, -2, 0]), given([1, -2, 0.5]), reduction="mean", kink=True)
        case(op, "magnitudes", given([1e4, 1e-12, -1e4]), given([-1e4, 0, 1]), reduction="mean")
    case("huber", "both sides of delta 1", given([0.3, -0.4, 2.5, -3, 0.9, 1.2]), given([0.1, 0.2, 0.5, 0.25, 0.1, 0.05]),
         delta=1.0, reduction="mean")
    case("huber", "delta 0.5, sum", given([0.3, -0.4, 2.5, -3]), constant(given([0.1, 0.2, 0.5, 0.25])), delta=0.5,
         reduction="sum")
    case("huber", "delta 2, none", draw(2, 2), draw(2, 2), delta=2.0, reduction="none")
    case("huber", "at delta", given([1.5, -1]), constant(given([0.5, 0])), delta=1.0, reduction="mean", derivatives=1)
    case("huber", "some equal", given([1, -2, 5]), given([1, -2, 0.5]), delta=1.0, reduction="mean")

    def log_probabilities(*shape):
        return lambda generator: torch.round(torch.log_softmax(draw(*shape)(generator), -1), decimals=3)
    for reduction in ["batchMean", "sum", "mean", "none"]:
        case("klDivergence", reduction, log_probabilities(2, 3), constant(distributions(2, 3)), reduction=reduction)
    case("klDivergence", "targets differentiated", log_probabilities(2, 3), distributions(2, 3), reduction="batchMean")
    case("klDivergence", "zeros among the targets", log_probabilities(2, 3), constant(given([0, 0.5, 0.5, 1, 0, 0], 2, 3)),
         reduction="batchMean")

    case("batchNorm", "batch by channels", draw(4, 3), draw(3), draw(3), epsilon=1e-5)
    case("batchNorm", "images", draw(2, 2, 2, 3), draw(2), draw(2), epsilon=1e-5)
    case("batchNorm", "sequences", draw(2, 2, 3), draw(2), draw(2), epsilon=1e-3)
    case("batchNorm", "without weight and bias", draw(3, 2), epsilon=1e-5)
    case("batchNorm", "two values a channel", draw(2, 2), draw(2), draw(2), epsilon=0.1)
    case("batchNorm", "one image", draw(1, 2, 2, 2), draw(2), draw(2), epsilon=1e-5)
    case("batchNorm", "a constant channel", given([0.5, 1.5, 0.5, -1, 0.5, 0.25], 3, 2), draw(2), draw(2), epsilon=1e-5)
    case("batchNorm", "around a large mean", given([10000.25, 9999.5, 10000.75, 9999.875], 4, 1), draw(1), draw(1),
         epsilon=1e-5)
    case("layerNorm", "last axis", draw(3, 4), draw(4), draw(4), normalizedShape=[4], epsilon=1e-5)
    case("layerNorm", "last axis of three", draw(2, 2, 3), draw(3), draw(3), normalizedShape=[3], epsilon=1e-5)
    case("layerNorm", "last two axes", draw(2, 2, 3), draw(2, 3), draw(2, 3), normalizedShape=[2, 3], epsilon=1e-5)
    case("layerNorm", "without weight and bias", draw(2, 4), normalizedShape=[4], epsilon=1e-3)
    case("layerNorm", "a constant row", given([0.5, 0.5, 0.5, 1, -1, 2], 2, 3), draw(3), draw(3), normalizedShape=[3],
         epsilon=1e-5)
    case("groupNorm", "two groups", draw(2, 4, 3), draw(4), draw(4), groups=2, epsilon=1e-5)
    case("groupNorm", "one group", draw(2, 2, 3), draw(2), draw(2), groups=1, epsilon=1e-5)
    case("groupNorm", "as many groups as channels", draw(1, 3, 2, 2), draw(3), draw(3), groups=3, epsilon=1e-5)
    case("groupNorm", "without weight and bias", draw(2, 4, 2), groups=2, epsilon=1e-5)
    case("groupNorm", "no further axes", draw(2, 6), draw(6), draw(6), groups=2, epsilon=1e-5)
    case("instanceNorm", "images", draw(2, 2, 2, 2), draw(2), draw(2), epsilon=1e-5)
    case("instanceNorm", "sequences", draw(2, 2, 4), draw(2), draw(2), epsilon=1e-5)
    case("instanceNorm", "without weight and bias", draw(1, 2, 3), epsilon=1e-3)

    for name, attributes in [("mean", {}), ("sum, margin 2", {"reduction": "sum", "margin": 2.0}),
                             ("squared", {"squared": True}), ("none", {"reduction": "none"})]:
        case("hinge", name, draw(3, 4), integers([1, 3, 0]), derivatives=1, **attributes)
    case("logisticLoss", "mean", draw(4), constant(given([1, -1, -1, 1])), reduction="mean")
    case("logisticLoss", "sum", draw(2, 2), constant(given([1, -1, -1, 1], 2, 2)), reduction="sum")
    case("cosineSimilarity", "last axis", draw(3, 4), draw(3, 4))
    case("cosineSimilarity", "first axis", draw(3, 2), draw(3, 2), axis=0)
    case("cosineEmbeddingLoss", "mean", draw(4, 3), draw(4, 3), constant(given([1, -1, -1, 1])), margin=0.0)
    case("cosineEmbeddingLoss", "margin, none", draw(4, 3), draw(4, 3), constant(given([1, -1, -1, 1])), margin=-0.5,
         reduction="none")
    case("tripletLoss", "mean", draw(4, 3), draw(4, 3), draw(4, 3))
    case("tripletLoss", "margin 3, sum", draw(3, 2), draw(3, 2), draw(3, 2), margin=3.0, reduction="sum")
    case("localResponseNorm", "five channels", draw(2, 6, 2, 1), size=5, alpha=0.5, beta=0.75, k=2.0)
    case("localResponseNorm", "an even number", draw(1, 5, 2), size=2, alpha=1.0, beta=0.5, k=1.0)
    for mode in ["nearest", "bilinear"]:
        case("upsample", mode + ", larger", draw(1, 2, 2, 3), size=[5, 6], mode=mode)
        case("upsample", mode + ", smaller", draw(1, 1, 4, 5), size=[3, 2], mode=mode)

    op = "scaledDotProductAttention"
    case(op, "one head", draw(1, 1, 3, 2), draw(1, 1, 3, 2), draw(1, 1, 3, 2), causal=False)
    case(op, "one head, causal", draw(1, 1, 3, 2), draw(1, 1, 3, 2), draw(1, 1, 3, 2), causal=True)
    case(op, "two heads, two in a batch", draw(2, 2, 2, 2), draw(2, 2, 2, 2), draw(2, 2, 2, 2), causal=False)
    case(op, "two heads, causal", draw(1, 2, 3, 2), draw(1, 2, 3, 2), draw(1, 2, 3, 2), causal=True)
    case(op, "other lengths and a wider value", draw(1, 1, 2, 3), draw(1, 1, 4, 3), draw(1, 1, 4, 2), causal=False)
    case(op, "one position, causal", draw(1, 1, 1, 3), draw(1, 1, 1, 3), draw(1, 1, 1, 3), causal=True)
    case(op, "large scores", given([100, -50, 0.5, 100], 1, 1, 2, 2), given([1, 0.5, 0.99, 0.49, -1, 0.5], 1, 1, 3, 2),
         draw(1, 1, 3, 2), causal=False)
    case("batchNormRelu", "features", draw(5, 3), draw(3), draw(3), epsilon=1e-5)
    case("batchNormRelu", "images", draw(2, 2, 2, 3), draw(2), draw(2), epsilon=1e-5)
    case("batchNormRelu", "without weight and bias", draw(3, 2, 2), epsilon=1e-3)
    return family


# Layers in PyTorch's own layout, and what losses and attention can beside the plain case. Where PyTorch has no such function,
# the formula is written out in its operations.

def layers():
    def norms(x, weight, bias, epsilon, mean, variance):
        shape = [1, -1] + [1] * (x.dim() - 2)
        return (x - mean) / torch.sqrt(variance + epsilon) * weight.reshape(shape) + bias.reshape(shape)

    def switchable_norm(x, weight, bias, means, variances, epsilon=1e-5):
        axes = [[2, 3], [1, 2, 3], [0, 2, 3]]
        mix = lambda statistics, weights: sum(s * w for s, w in zip(statistics, torch.softmax(weights, 0)))
        mean = mix([x.mean(a, keepdim=True) for a in axes], means)
        variance = mix([x.var(a, correction=0, keepdim=True) for a in axes], variances)
        return norms(x, weight, bias, epsilon, mean, variance)

    def standardized(weight, epsilon=1e-5):
        axes = list(range(1, weight.dim()))
        mean, variance = weight.mean(axes, keepdim=True), weight.var(axes, correction=0, keepdim=True)
        return (weight - mean) / torch.sqrt(variance + epsilon)

    def running(first, second, weight, bias, momentum):
        """Two batches in training, one in evaluation, and the statistics then."""
        layer = torch.nn.BatchNorm1d(weight.shape[0], momentum=momentum)
        call = lambda x: torch.func.functional_call(layer, {"weight": weight, "bias": bias}, (x,))
        outputs = [call(first), call(second)]
        layer.eval()
        return *outputs, call(first), layer.running_mean.clone(), layer.running_var.clone()

    def cross_entropy(logits, target, classWeights, reduction="mean", labelSmoothing=0.0, ignoredLabel=-100):
        return F.cross_entropy(logits, target, torch.tensor(classWeights), reduction=reduction,
                               label_smoothing=labelSmoothing, ignore_index=ignoredLabel)

    def contrastive(a, b, target, margin=1.0):
        distance = (a - b).norm(dim=-1)
        return torch.where(target > 0, distance**2 / 2, torch.relu(margin - distance)**2 / 2).mean()

    def attention(query, key, value, *rest, masked=False, causal=False, scale=None):
        bias = rest[-1] if len(rest) > masked else 0
        allowed = rest[0] if masked else torch.ones((), dtype=torch.bool)
        if causal:
            allowed = allowed & torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool).tril()
        mask = torch.where(allowed, bias, -inf) if masked or causal else bias
        with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
            return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scale)

    family = Family("layers", {
        "linear": lambda x, weight, bias=None: F.linear(x, weight, bias),
        "prelu": F.prelu,
        "maxout": lambda x, pieces: x.unflatten(-1, (-1, pieces)).amax(-1),
        "embedding": lambda tokens, table, padding: F.embedding(tokens, table, padding_idx=padding),
        "globalAveragePool": lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1),
        "globalMaxPool": lambda x: F.adaptive_max_pool2d(x, 1).flatten(1),
        "switchableNorm": switchable_norm,
        "weightStandardized": standardized,
        "batchNormEvaluated": lambda x, mean, variance, weight=None, bias=None, epsilon=1e-5:
            F.batch_norm(x, mean, variance, weight, bias, eps=epsilon),
        "batchNormRunning": running,
        "crossEntropy": cross_entropy,
        "binaryCrossEntropy": lambda x, target, reduction="mean": F.binary_cross_entropy(x, target, reduction=reduction),
        "binaryCrossEntropyWithLogits": lambda x, target, positiveWeight, reduction="mean":
            F.binary_cross_entropy_with_logits(x, target, pos_weight=torch.tensor(positiveWeight), reduction=reduction),
        "binaryHinge": lambda x, target, squared=False: (torch.relu(1 - target * x)**(2 if squared else 1)).mean(),
        "cosineSimilarity": lambda a, b: F.cosine_similarity(a, b, dim=-1),
        "contrastiveLoss": contrastive,
        "attention": attention,
    })
    case = family.case
    draw = lambda *shape: between(-2, 2, *shape)

    case("linear", "matrix", draw(3, 2), draw(4, 2), draw(4))
    case("linear", "sequences", draw(2, 2, 3), draw(2, 3), draw(2))
    case("linear", "without a bias", draw(2, 3), draw(2, 3))
    case("linear", "one example", draw(3), draw(2, 3), draw(2))
    case("linear", "no examples", draw(0, 3), draw(2, 3), draw(2))
    case("prelu", "one slope", between(-2, 2, 2, 3, avoid=(0,)), given([0.25]))
    case("prelu", "a slope for each channel", between(-2, 2, 2, 3, 2, avoid=(0,)), draw(3))
    case("prelu", "at zero", given([0, 1, -1]), given([0.25]), kink=True, derivatives=1)
    case("maxout", "two pieces", distinct(-2, 2, 2, 6), pieces=2)
    case("maxout", "ties", given([1, 1, 0, 2, 2, 2]), pieces=3, kink=True, derivatives=1)
    case("embedding", "a padding", integers([1, 0, 2, 0], 2, 2), lambda generator: torch.cat(
        [torch.zeros(1, 2), draw(2, 2)(generator)]), padding=0)
    case("globalAveragePool", "images", draw(2, 2, 2, 3))
    case("globalMaxPool", "images", distinct(-2, 2, 2, 2, 2, 3))
    case("switchableNorm", "images", draw(2, 3, 2, 2), draw(3), draw(3), draw(3), draw(3), epsilon=1e-5)
    case("switchableNorm", "one image", draw(1, 2, 2, 3), draw(2), draw(2), draw(3), draw(3), epsilon=0.1)
    case("weightStandardized", "filters", draw(3, 2, 2, 2), epsilon=1e-5)
    case("weightStandardized", "a matrix", draw(2, 4), epsilon=0.1)
    statistics = lambda count: [constant(draw(count)), constant(between(0.5, 2, count))]
    case("batchNormEvaluated", "features", draw(3, 2), *statistics(2), draw(2), draw(2), epsilon=1e-5)
    case("batchNormEvaluated", "images", draw(2, 3, 2, 2), *statistics(3), draw(3), draw(3), epsilon=0.01)
    case("batchNormEvaluated", "without weight and bias", draw(2, 2, 3), *statistics(2), epsilon=1e-5)
    case("batchNormRunning", "momentum", draw(4, 2), draw(3, 2), draw(2), draw(2), momentum=0.3)
    case("batchNormRunning", "a mean of all", draw(4, 2), draw(3, 2), draw(2), draw(2), momentum=None)

    weights = [0.5, 2.0, 1.25]
    for reduction in ["mean", "sum", "none"]:
        case("crossEntropy", reduction, draw(4, 3), integers([2, 0, 1, 1]), classWeights=weights, reduction=reduction)
    case("crossEntropy", "an ignored label", draw(3, 3), integers([1, -1, 2]), classWeights=weights, ignoredLabel=-1)
    case("crossEntropy", "label smoothing", draw(3, 3), integers([1, 0, 2]), classWeights=weights, labelSmoothing=0.1)
    case("crossEntropy", "an ignored label and smoothing", draw(3, 3), integers([1, -100, 2]), classWeights=weights,
         labelSmoothing=0.2, ignoredLabel=-100)
    case("crossEntropy", "a class that does not count", draw(3, 3), integers([1, 0, 2]), classWeights=[0.0, 1.0, 2.0])
    case("crossEntropy", "distributions", draw(2, 3), distributions(2, 3), classWeights=weights)
    case("crossEntropy", "distributions, label smoothing, sum", draw(2, 3), constant(distributions(2, 3)),
         classWeights=weights, labelSmoothing=0.1, reduction="sum")
    chances = lambda *shape: between(0.05, 0.95, *shape)
    for reduction in ["mean", "sum", "none"]:
        case("binaryCrossEntropy", reduction, chances(4), constant(given([1, 0, 0.25, 1])), reduction=reduction)
    case("binaryCrossEntropy", "certain and right", given([0, 1]), constant(given([0, 1])), reduction="none",
         derivatives=0)
    case("binaryCrossEntropy", "certain and wrong", given([1, 0]), constant(given([0, 1])), reduction="none",
         derivatives=0)
    for name, weight in [("one weight", 3.0), ("a weight for each", [0.5, 2.0, 1.5])]:
        case("binaryCrossEntropyWithLogits", name, draw(2, 3), constant(given([1, 0, 1, 0, 0, 1], 2, 3)),
             positiveWeight=weight)
    signs = constant(given([1, -1, -1, 1, 1, -1]))
    case("binaryHinge", "mean", draw(6), signs)
    case("binaryHinge", "squared", draw(6), signs, squared=True)
    case("cosineSimilarity", "a vector of zeros", given([0, 0, 1, 2], 2, 2), draw(2, 2), derivatives=0)
    case("cosineSimilarity", "a short vector", given([1e-9, -2e-9, 1, 2], 2, 2), draw(2, 2), derivatives=0)
    case("contrastiveLoss", "mean", draw(4, 2), draw(4, 2), constant(given([1, 0, 0, 1])))
    case("contrastiveLoss", "margin 3", draw(4, 2), draw(4, 2), constant(given([1, 0, 0, 1])), margin=3.0)
    three = [draw(1, 2, 3, 2), draw(1, 2, 4, 2), draw(1, 2, 4, 2)]
    mask = booleans([1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 1], 3, 4)
    case("attention", "a mask for all heads", *three, mask, masked=True)
    case("attention", "a mask for each example", draw(2, 1, 2, 2), draw(2, 1, 3, 2), draw(2, 1, 3, 2),
         booleans([1, 1, 0, 1, 1, 1], 2, 1, 1, 3), masked=True)
    case("attention", "a mask, causal", *three, booleans([1, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1], 3, 4), masked=True,
         causal=True)
    case("attention", "a target that may attend to nothing", *three, booleans([1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1], 3, 4),
         masked=True)
    case("attention", "a bias", *three, draw(2, 3, 4))
    case("attention", "a mask and a bias", *three, mask, draw(3, 4), masked=True)
    case("attention", "another scale", *three, draw(3, 4), scale=0.3)
    return family


# Recurrent networks and transformers: PyTorch's modules as functions of their parameters, in PyTorch's own layout. Parameters
# are inputs of a case, after the others, in the order of `named_parameters`.

def module(make, call):
    """An operation that makes a module by the attributes, and calls it with its parameters put in."""
    def function(*inputs, **attributes):
        layer = make(**attributes)
        names = [name for name, _ in layer.named_parameters()]
        parameters = dict(zip(names, inputs[len(inputs) - len(names):]))
        others = inputs[:len(inputs) - len(names)]
        return call(lambda *x, **y: torch.func.functional_call(layer, parameters, x, y), *others, **attributes)
    return function


def parameters_of(layer, scale=0.6):
    return [between(-scale, scale, *parameter.shape) for parameter in layer.parameters()]


def recurrent():
    nn = torch.nn
    make = {
        "rnn": lambda inFeatures, hiddenFeatures, layers=1, bidirectional=False, activation="tanh", bias=True, **_: nn.RNN(
            inFeatures, hiddenFeatures, layers, nonlinearity=activation, bias=bias, bidirectional=bidirectional,
            batch_first=True),
        "lstm": lambda inFeatures, hiddenFeatures, layers=1, bidirectional=False, bias=True, **_: nn.LSTM(
            inFeatures, hiddenFeatures, layers, bias=bias, bidirectional=bidirectional, batch_first=True),
        "gru": lambda inFeatures, hiddenFeatures, layers=1, bidirectional=False, bias=True, **_: nn.GRU(
            inFeatures, hiddenFeatures, layers, bias=bias, bidirectional=bidirectional, batch_first=True),
        "rnnCell": lambda inFeatures, hiddenFeatures, activation="tanh": nn.RNNCell(
            inFeatures, hiddenFeatures, nonlinearity=activation),
        "lstmCell": lambda inFeatures, hiddenFeatures: nn.LSTMCell(inFeatures, hiddenFeatures),
        "gruCell": lambda inFeatures, hiddenFeatures: nn.GRUCell(inFeatures, hiddenFeatures),
    }

    def run(layer, x, *state, lengths=None, **_):
        """Output and last states; of padded sequences only what is there is read, and zeros stand for the rest."""
        state = state if len(state) > 1 else state[0]
        if lengths is None:
            output, state = layer(x, state)
        else:
            packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            output, state = layer(packed, state)
            output, _ = nn.utils.rnn.pad_packed_sequence(output, batch_first=True, total_length=x.shape[1])
        return (output, *state) if isinstance(state, tuple) else (output, state)

    step = lambda layer, x, state, **_: layer(x, state)
    family = Family("recurrent", {op: module(make[op], run) for op in ["rnn", "lstm", "gru"]} | {
        "rnnCell": module(make["rnnCell"], step), "gruCell": module(make["gruCell"], step),
        "lstmCell": module(make["lstmCell"], lambda layer, x, hidden, cell, **_: layer(
            x, (hidden, cell))),
    })
    draw = lambda *shape: between(-2, 2, *shape)

    def case(op, name, batch, time, **attributes):
        layer = make[op](**attributes)
        states = attributes.get("layers", 1) * (2 if attributes.get("bidirectional") else 1)
        state = [draw(states, batch, attributes["hiddenFeatures"])] * (2 if op == "lstm" else 1)
        family.case(op, name, draw(batch, time, attributes["inFeatures"]), *state, *parameters_of(layer), **attributes)

    for op in ["rnn", "lstm", "gru"]:
        case(op, "one step", 2, 1, inFeatures=2, hiddenFeatures=2)
        case(op, "one layer", 2, 3, inFeatures=2, hiddenFeatures=3)
        case(op, "two layers", 1, 3, inFeatures=2, hiddenFeatures=2, layers=2)
        case(op, "both directions", 2, 3, inFeatures=2, hiddenFeatures=2, bidirectional=True)
        case(op, "two layers in both directions", 1, 2, inFeatures=1, hiddenFeatures=2, layers=2, bidirectional=True)
        case(op, "without biases", 1, 2, inFeatures=2, hiddenFeatures=2, bias=False)
        case(op, "padded, in both directions", 3, 3, inFeatures=1, hiddenFeatures=2, bidirectional=True, lengths=[2, 3, 1])
        layer = make[op + "Cell"](2, 3)
        family.case(op + "Cell", "one step", draw(2, 2), *[draw(2, 3)] * (2 if op == "lstm" else 1),
                    *parameters_of(layer), inFeatures=2, hiddenFeatures=3)
    case("rnn", "relu", 1, 3, inFeatures=2, hiddenFeatures=2, activation="relu")
    return family


def transformer():
    nn = torch.nn

    # Masks are inputs, true where attention is allowed: of places [targets, sources], or of what is there [batch, sources].
    # PyTorch's are true where it is not.

    def attention(layer, query, key, value, *masks, causal=False, mask=None, **_):
        places = torch.ones(query.shape[1], key.shape[1], dtype=torch.bool).triu(1) if causal else None
        places, there = (~masks[0], None) if mask == "places" else (places, ~masks[0] if mask == "padding" else None)
        with nn.attention.sdpa_kernel(nn.attention.SDPBackend.MATH):
            return layer(query, key, value, attn_mask=places, key_padding_mask=there, need_weights=False)[0]

    def encoder(layer, x, *masks, causal=False, stack=False, **_):
        mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1) if causal else None
        there = ~masks[0] if masks else None
        with nn.attention.sdpa_kernel(nn.attention.SDPBackend.MATH):
            if stack:
                return layer(x, mask=mask, src_key_padding_mask=there)
            return layer(x, src_mask=mask, src_key_padding_mask=there)

    def decoder(layer, x, memory, *masks, **_):
        mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        with nn.attention.sdpa_kernel(nn.attention.SDPBackend.MATH):
            return layer(x, memory, tgt_mask=mask, memory_key_padding_mask=~masks[0] if masks else None)

    block = lambda kind: lambda features, heads, hiddenFeatures, normalizingFirst, activation, causal=False: kind(
        features, heads, hiddenFeatures, dropout=0.0, activation=activation, batch_first=True,
        norm_first=normalizingFirst)
    def stack(kind, block):
        def made(layers, **attributes):
            features, first = attributes["features"], attributes["normalizingFirst"]
            options = {"enable_nested_tensor": False} if kind is nn.TransformerEncoder else {}
            return kind(block(**attributes), layers, nn.LayerNorm(features) if first else None, **options)
        return made

    make = {
        "multiHeadAttention": lambda features, heads, bias=True, keyFeatures=None, valueFeatures=None, causal=False,
            mask=None: nn.MultiheadAttention(features, heads, bias=bias, kdim=keyFeatures, vdim=valueFeatures,
                                             batch_first=True),
        "transformerEncoderBlock": block(nn.TransformerEncoderLayer),
        "transformerDecoderBlock": block(nn.TransformerDecoderLayer),
    }
    make["transformerEncoder"] = stack(nn.TransformerEncoder, make["transformerEncoderBlock"])
    make["transformerDecoder"] = stack(nn.TransformerDecoder, make["transformerDecoderBlock"])
    family = Family("transformer", {
        "multiHeadAttention": module(make["multiHeadAttention"], attention),
        "transformerEncoderBlock": module(make["transformerEncoderBlock"], encoder),
        "transformerDecoderBlock": module(make["transformerDecoderBlock"], decoder),
        "transformerEncoder": module(make["transformerEncoder"], lambda *x, **y: encoder(*x, **y, stack=True)),
        "transformerDecoder": module(make["transformerDecoder"], decoder),
    })
    draw = lambda *shape: between(-2, 2, *shape)

    def case(op, name, *inputs, **attributes):
        family.case(op, name, *inputs, *parameters_of(make[op](**attributes)), **attributes)

    attend = "multiHeadAttention"
    case(attend, "one head", draw(1, 3, 2), draw(1, 3, 2), draw(1, 3, 2), features=2, heads=1)
    case(attend, "two heads, two in a batch", draw(2, 2, 4), draw(2, 3, 4), draw(2, 3, 4), features=4, heads=2)
    case(attend, "causal", draw(1, 3, 4), draw(1, 3, 4), draw(1, 3, 4), features=4, heads=2, causal=True)
    case(attend, "without biases", draw(1, 2, 4), draw(1, 3, 4), draw(1, 3, 4), features=4, heads=2, bias=False)
    case(attend, "keys and values of other widths", draw(1, 2, 4), draw(1, 3, 2), draw(1, 3, 3), features=4, heads=2,
         keyFeatures=2, valueFeatures=3)
    case(attend, "a mask of places", draw(2, 2, 4), draw(2, 3, 4), draw(2, 3, 4), booleans([1, 0, 1, 0, 1, 1], 2, 3),
         features=4, heads=2, mask="places")
    case(attend, "a mask of padding", draw(2, 2, 4), draw(2, 3, 4), draw(2, 3, 4), booleans([1, 1, 1, 1, 0, 0], 2, 3),
         features=4, heads=2, mask="padding")
    for first in [False, True]:
        where = "normalizing first" if first else "normalizing behind"
        usual = {"features": 4, "heads": 2, "hiddenFeatures": 3, "normalizingFirst": first, "activation": "gelu"}
        case("transformerEncoderBlock", where, draw(2, 2, 4), **usual)
        case("transformerEncoderBlock", where + ", causal", draw(1, 3, 4), **usual, causal=True)
        case("transformerDecoderBlock", where, draw(1, 2, 4), draw(1, 3, 4), **usual)
    case("transformerEncoderBlock", "relu", draw(1, 2, 2), features=2, heads=1, hiddenFeatures=4, normalizingFirst=False,
         activation="relu")
    small = {"features": 2, "heads": 1, "hiddenFeatures": 3, "activation": "gelu"}
    padding = booleans([1, 1, 1, 1, 1, 0], 2, 3)
    case("transformerEncoderBlock", "a mask of padding", draw(2, 3, 2), padding, normalizingFirst=False, **small)
    case("transformerDecoderBlock", "a mask of padding", draw(2, 2, 2), draw(2, 3, 2), padding, normalizingFirst=False,
         **small)
    for first in [False, True]:
        where = "two blocks, normalizing " + ("first" if first else "behind")
        case("transformerEncoder", where, draw(1, 3, 2), layers=2, normalizingFirst=first, **small)
        case("transformerDecoder", where, draw(1, 2, 2), draw(1, 3, 2), layers=2, normalizingFirst=first, **small)
    return family


# Optimizers.

def optimizers():
    steps = 20
    make = {
        "sgd": lambda p, learningRate, momentum, nesterov, weightDecay: torch.optim.SGD(
            p, lr=learningRate, momentum=momentum, nesterov=nesterov, weight_decay=weightDecay),
        "adam": lambda p, learningRate, beta1, beta2, epsilon, weightDecay: torch.optim.Adam(
            p, lr=learningRate, betas=(beta1, beta2), eps=epsilon, weight_decay=weightDecay),
        "adamW": lambda p, learningRate, beta1, beta2, epsilon, weightDecay: torch.optim.AdamW(
            p, lr=learningRate, betas=(beta1, beta2), eps=epsilon, weight_decay=weightDecay),
        "adaGrad": lambda p, learningRate, learningRateDecay, initialAccumulator, epsilon, weightDecay: torch.optim.Adagrad(
            p, lr=learningRate, lr_decay=learningRateDecay, initial_accumulator_value=initialAccumulator, eps=epsilon,
            weight_decay=weightDecay),
        "rmsProp": lambda p, learningRate, smoothing, epsilon, momentum, centered, weightDecay: torch.optim.RMSprop(
            p, lr=learningRate, alpha=smoothing, eps=epsilon, momentum=momentum, centered=centered,
            weight_decay=weightDecay),
        "adaDelta": lambda p, learningRate, rho, epsilon, weightDecay: torch.optim.Adadelta(
            p, lr=learningRate, rho=rho, eps=epsilon, weight_decay=weightDecay),
        "adaMax": lambda p, learningRate, beta1, beta2, epsilon, weightDecay: torch.optim.Adamax(
            p, lr=learningRate, betas=(beta1, beta2), eps=epsilon, weight_decay=weightDecay),
    }
    family = Family("optimizers", make)

    def case(optimizer, name, zeros=False, group=None, **attributes):
        """`group`: what the second tensor has otherwise, a factor of the learning rate and a weight decay."""
        generator = torch.Generator().manual_seed(zlib.crc32(f"optimizers {optimizer} {name}".encode()))
        draw = lambda *shape: between(-1, 1, *shape, decimals=2)(generator)
        parameters = [draw(2, 2).requires_grad_(), draw(3).requires_grad_()]
        entry = {"optimizer": optimizer, "name": name, "attributes": attributes,
                 "initial": [tensor_entry(p) for p in parameters], "gradients": [], "parameters": []}
        parts = parameters
        if group:
            parts = [{"params": parameters[:1]},
                     {"params": parameters[1:], "lr": group["rateFactor"] * attributes["learningRate"],
                      "weight_decay": group["weightDecay"]}]
            entry["group"] = group
        stepper = make[optimizer](parts, **attributes)
        for step in range(steps):
            for p in parameters:
                p.grad = draw(*p.shape)
            if zeros:       # one element never has a gradient, one only at first, and every fourth step none has
                parameters[0].grad[0, 0] = 0
                parameters[0].grad[1, 1] *= step < 3
                if step % 4 == 3:
                    for p in parameters:
                        p.grad.zero_()
            entry["gradients"].append([p.grad.reshape(-1).tolist() for p in parameters])
            stepper.step()
            entry["parameters"].append([p.detach().reshape(-1).tolist() for p in parameters])
        family.cases.append(entry)

    sgd = {"learningRate": 0.1, "momentum": 0.0, "nesterov": False, "weightDecay": 0.0}
    case("sgd", "plain", **sgd)
    case("sgd", "momentum", **sgd | {"momentum": 0.9})
    case("sgd", "nesterov", **sgd | {"momentum": 0.9, "nesterov": True})
    case("sgd", "weight decay", **sgd | {"weightDecay": 0.05})
    case("sgd", "momentum and weight decay", **sgd | {"momentum": 0.5, "weightDecay": 0.05})
    case("sgd", "nesterov and weight decay", **sgd | {"momentum": 0.8, "nesterov": True, "weightDecay": 0.05})
    adam = {"learningRate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.0}
    case("adam", "defaults", **adam)
    case("adam", "weight decay", **adam | {"learningRate": 0.05, "weightDecay": 0.1})
    case("adam", "other settings", **adam | {"learningRate": 0.1, "beta1": 0.5, "beta2": 0.9, "epsilon": 0.01})
    case("adam", "zero gradients", zeros=True, **adam | {"learningRate": 0.05})
    case("adamW", "defaults", **adam | {"weightDecay": 0.01})
    case("adamW", "strong decay", **adam | {"learningRate": 0.05, "weightDecay": 0.3})
    case("adamW", "zero gradients", zeros=True, **adam | {"learningRate": 0.05, "weightDecay": 0.1})
    grad = {"learningRate": 0.01, "learningRateDecay": 0.0, "initialAccumulator": 0.0, "epsilon": 1e-10, "weightDecay": 0.0}
    case("adaGrad", "defaults", **grad)
    case("adaGrad", "decays and an initial accumulator",
         **grad | {"learningRate": 0.1, "learningRateDecay": 0.05, "initialAccumulator": 0.1, "weightDecay": 0.05})
    case("adaGrad", "zero gradients", zeros=True, **grad | {"learningRate": 0.1})
    rms = {"learningRate": 0.01, "smoothing": 0.99, "epsilon": 1e-8, "momentum": 0.0, "centered": False, "weightDecay": 0.0}
    case("rmsProp", "defaults", **rms)
    case("rmsProp", "centered", **rms | {"centered": True})
    case("rmsProp", "momentum", **rms | {"momentum": 0.9})
    case("rmsProp", "centered, momentum, weight decay",
         **rms | {"smoothing": 0.9, "momentum": 0.5, "centered": True, "weightDecay": 0.05})
    case("rmsProp", "zero gradients", zeros=True, **rms)
    delta = {"learningRate": 1.0, "rho": 0.9, "epsilon": 1e-6, "weightDecay": 0.0}
    case("adaDelta", "defaults", **delta)
    case("adaDelta", "weight decay", **delta | {"learningRate": 0.5, "rho": 0.8, "epsilon": 1e-3, "weightDecay": 0.1})
    case("adaDelta", "zero gradients", zeros=True, **delta)
    largest = {"learningRate": 0.002, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.0}
    case("adaMax", "defaults", **largest)
    case("adaMax", "weight decay", **largest | {"learningRate": 0.1, "beta2": 0.9, "weightDecay": 0.1})
    case("adaMax", "zero gradients", zeros=True, **largest | {"learningRate": 0.05})
    for optimizer, settings in [("sgd", sgd | {"momentum": 0.9}), ("adam", adam), ("adamW", adam), ("adaGrad", grad),
                                ("rmsProp", rms), ("adaDelta", delta), ("adaMax", largest)]:
        rate = settings["learningRate"] if optimizer == "adaDelta" else 0.05
        case(optimizer, "a group", group={"rateFactor": 0.25, "weightDecay": 0.2},
             **settings | {"learningRate": rate, "weightDecay": 0.05})
    return family


# Learning-rate schedules: the factor at each step; of "plateau" after each of the numbers given.

def schedules():
    family = Family("schedules", {})
    rates = torch.optim.lr_scheduler
    make = {
        "step": lambda o, every, by: rates.StepLR(o, every, by),
        "exponential": lambda o, by: rates.ExponentialLR(o, by),
        "multistep": lambda o, at, by: rates.MultiStepLR(o, at, by),
        "polynomial": lambda o, over, power: rates.PolynomialLR(o, over, power),
        "cosine": lambda o, over, to: rates.CosineAnnealingLR(o, over, to),
        "warmup": lambda o, of, start: rates.LinearLR(o, start, 1.0, of),
        "oneCycle": lambda o, over, rising, start, end: rates.OneCycleLR(
            o, 1.0, over, pct_start=rising, div_factor=start, final_div_factor=end, cycle_momentum=False),
        "plateau": lambda o, factor, patience, threshold, cooldown, least, rising: rates.ReduceLROnPlateau(
            o, "max" if rising else "min", factor, patience, threshold, cooldown=cooldown, min_lr=least),
    }

    def case(schedule, steps, numbers=None, **attributes):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        scheduler = make[schedule](optimizer, **attributes)
        factors = []
        for step in range(steps):
            if numbers:
                scheduler.step(numbers[step])
            factors.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if not numbers and step + 1 < steps:
                scheduler.step()
        family.cases.append({"schedule": schedule, "attributes": attributes, "numbers": numbers or [], "factors": factors})

    case("step", 10, every=3, by=0.5)
    case("exponential", 6, by=0.9)
    case("multistep", 10, at=[2, 3, 7], by=0.1)
    case("polynomial", 8, over=6, power=1.0)
    case("polynomial", 8, over=6, power=2.5)
    case("cosine", 9, over=8, to=0.0)
    case("cosine", 9, over=8, to=0.1)
    case("warmup", 8, of=5, start=0.2)
    case("oneCycle", 20, over=20, rising=0.3, start=25.0, end=1e4)
    case("oneCycle", 10, over=10, rising=0.5, start=10.0, end=100.0)
    usual = {"factor": 0.5, "patience": 1, "threshold": 1e-4, "cooldown": 0, "least": 0.0, "rising": False}
    losses = [1.0, 0.9, 0.9, 0.95, 0.89995, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.7]
    case("plateau", 12, losses, **usual)
    case("plateau", 12, losses, **usual | {"cooldown": 2, "factor": 0.1})
    case("plateau", 12, losses, **usual | {"patience": 0, "least": 0.2})
    case("plateau", 12, [1 - x for x in losses], **usual | {"rising": True, "threshold": 0.01})
    return family


def main():
    for family in [arithmetic, elementwise, reductions, linear_algebra, shaping, indexing, convolution, pooling, losses,
                   layers, recurrent, transformer, optimizers, schedules]:
        family().write()
    if checking:
        print(f"{Family.checked} cases held against finite differences")


main()
