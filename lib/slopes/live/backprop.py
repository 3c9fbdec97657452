"""Back-propagation by hand: one expression as a graph, and the chain rule node by node."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from slopes.formulas import RESERVED, read
from slopes.live.chord import readable
from slopes.live.draw import (
    BARE_HEIGHT,
    BARE_WIDTH,
    Axis,
    Control,
    Figure,
    Mark,
    Panel,
    number,
)
from slopes.live.scripts import function_script
from slopes.shapes import ELEMENTWISE, Formula

__all__ = ["backprop"]

#: More columns or rows than these do not fit a telephone's width with readable numbers.
COLUMNS, ROWS = 8, 5
#: Half the height of a node, and how far from the upper and the lower edge its middle stays.
RADIUS, MARGIN = 12, 32
#: Into how many parts the ring around a node is divided, and how far from the node it is.
PARTS, GAP = 32, 3.0
#: From how many columns on neighbours stand at different heights, and by how much.
NARROW, ZIGZAG = 7, 7
#: How much a flat graph is stretched to use the height.
STRETCH = 1.7
_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def backprop(
    expression: Any,
    at: Mapping[Any, float],
    *,
    names: Sequence[str] | None = None,
    vary: Mapping[Any, tuple[float, float]] | None = None,
    step: int | None = None,
    name: str = "",
) -> Figure:
    """Return an expression as a graph of operations through which the reader walks backward.

    Below each node stands its value, on each edge the local derivative, and above a node, once
    the walk has reached it, its adjoint: the derivative of the output by this node,

    .. math:: \\bar v = \\sum_{c} \\bar c \\, \\frac{\\partial c}{\\partial v},

    where c runs over the nodes that v feeds. The walk begins at the output, whose adjoint is 1,
    and takes a node when all that it feeds have theirs, so one walk finds the whole gradient.

    Parameters
    ----------
    expression : sympy expression or str
        Of numbers. A string is read in the language of :mod:`slopes.formulas`, never run, and
        its operations stay in the order in which they are written; SymPy sorts them. What occurs
        twice is one node. ``sigmoid``, ``relu`` and ``softplus`` are one operation each, as
        ``sympy.Function("sigmoid")(z)``; 1 / (1 + exp(−z)) becomes the first of them.
    at : mapping of str or sympy.Symbol to float
        The value of each input at the start.
    names : sequence of str, optional
        Of the operations in the order of evaluation, the output last; by default v₁, v₂ and so
        on.
    vary : mapping of str or sympy.Symbol to (low, high), optional
        Which inputs have sliders, and from where to where; by default all, around zero.
    step : int, optional
        How many nodes have their adjoints at the start; by default all.
    name : str
        An id, unique on its page; by default "backprop".

    Returns
    -------
    Figure

    Raises
    ------
    TypeError
        If the expression is none, or has an operation that is not known or that JavaScript lacks.
    ValueError
        If an input has no finite value, a name or a range does not fit, or the graph has more
        than 8 columns or 5 rows.

    Examples
    --------
    >>> backprop("(a*x - y)**2", at={"a": 2, "x": 3, "y": 5}, names=["p", "e", "L"], step=3)
    Live figure: back-propagation through (a·x − y)². You can move: values, \
local derivatives, adjoints, a, x, y, step.
    Step 3 of 6: adjoint of p = adjoint of e × ∂e/∂p = 2 × 1 = 2, because e = p − y.

    An input that feeds two nodes gets a share from each:

    >>> backprop("x*sin(x)", at={"x": 0}).says
    'Step 3 of 3: adjoint of x = adjoint of v₁ × ∂v₁/∂x + adjoint of v₂ × ∂v₂/∂x = 0 × 1 + 1 × 0 \
= 0, because v₁ = sin(x) and v₂ = x · v₁: x feeds 2 nodes, and its adjoints add. The gradient in \
(x) is (0).'

    Notes
    -----
    Libraries walk edge by edge and add each share to the node's ``grad`` when it comes; the sum
    is the same. PyTorch keeps adding over calls of ``backward`` until ``zero_grad``, and forgets
    the adjoints of inner nodes unless asked with ``retain_grad``; JAX's ``grad`` returns those of
    the inputs alone. At zero they choose 0 for relu and the absolute value, as here; where two
    arguments of a maximum tie, they give each one half, and here one of them has all.

    References
    ----------
    Griewank and Walther, *Evaluating Derivatives*, 2nd edition, 2008, section 3.2, where adjoints
    have bars and nodes are v₁, v₂ …
    Rumelhart, Hinton and Williams, *Learning representations by back-propagating errors*, 1986.
    """
    values = _values(at)
    graph = _Graph(values)
    out = _read(expression, graph, values)
    if not isinstance(out, int) or not graph.nodes[out].args:
        raise ValueError(
            f"{expression} has no operation to walk through: give an expression such as 'w*x + b'"
        )
    if unused := [n for n in values if n not in graph.inputs]:
        raise ValueError(
            f"{unused[0]} has a value but does not occur in {expression}: leave it out of at"
        )
    nodes = _named(graph.nodes, names)
    edges = [(a, i, k) for i, node in enumerate(nodes) for k, a in enumerate(node.args)]
    places, columns, routes = _layout(nodes, edges, out)
    order = sorted(range(len(nodes)), key=lambda i: (-columns[i], -places[i][1]))
    count = len(nodes)
    step = count if step is None else step
    if step not in range(count + 1):
        raise ValueError(f"step must be a whole number from 0 to {count}, not {step}")
    reached = order[:step]
    found = passed(nodes, order, [values.get(n.key, 0.0) for n in nodes])
    digits = 3 if columns[out] < 5 else 2
    spots = _spots(nodes, places, routes)

    marks = [
        Mark(f"edge{e}", "line", _arrow(route), "grey", "thin") for e, route in enumerate(routes)
    ]
    now = reached[-1] if reached else None
    marks += [
        Mark(f"flow{e}", "line", _arrow(routes[e]) if a == now else (), "vermilion", "thick")
        for e, (a, _, _) in enumerate(edges)
    ]
    marks.append(Mark("now", "line", _ring(nodes, places, now), "vermilion", "thick"))
    for e, spot in enumerate(spots):
        text = short(found.local[e], digits)
        marks.append(Mark(f"local{e}", "text", [spot], "green", "label", text))
    for i, (node, (x, y)) in enumerate(zip(nodes, places, strict=True)):
        text = f"{node.name}={short(found.value[i], digits)}"
        marks.append(Mark(f"value{i}", "text", [(x, y - RADIUS - 13)], "blue", "label", text))
        text = short(found.adjoint[i], digits) if i in reached else ""
        marks.append(Mark(f"adjoint{i}", "text", [(x, y + RADIUS + 6)], "vermilion", "label", text))
    last = nodes[out].name
    return Figure(
        "backprop",
        [
            Panel(
                "graph",
                Axis(0, BARE_WIDTH),
                Axis(0, BARE_HEIGHT),
                marks,
                title=f"above v: its adjoint ∂{last}/∂v · below: its value",
                below="".join(map(_node, nodes, places)),
                bare=True,
            )
        ],
        controls=[
            Control("show_values", "values", "toggle", True, hue="blue"),
            Control("show_local", "local derivatives", "toggle", True, hue="green"),
            Control("show_adjoints", "adjoints", "toggle", True, hue="vermilion"),
            *_sliders(values, vary),
            Control("step", "step", "play", step, 0, count, "whole"),
        ],
        data={
            "nodes": [
                {
                    "name": n.name,
                    "key": n.key,
                    "value": values.get(n.key),
                    "formula": n.formula,
                    "args": n.args,
                    "script": n.script,
                    "at": [*place, _half(n)],
                }
                for n, place in zip(nodes, places, strict=True)
            ],
            "edges": [
                {"from": a, "to": i, "k": k, "points": np.ravel(_arrow(r)).tolist(), "at": spot}
                for (a, i, k), r, spot in zip(edges, routes, spots, strict=True)
            ],
            "order": order,
            "inputs": [graph.inputs[n] for n in values],
            "digits": digits,
        },
        says=says(nodes, edges, order, [graph.inputs[n] for n in values], step, found),
        name=name or "backprop",
        title=f"back-propagation through {readable(str(expression))}",
    )


# The two passes -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Node:
    """An input or an operation.

    Attributes
    ----------
    label : str
        What stands in the node.
    key : str
        An input's name as it is typed; of an operation ''.
    args : tuple of int
        The nodes that it needs, each once.
    formula : str
        What it computes; first with ``{0}``, ``{1}`` for its arguments.
    script, f : str and callable
        From its arguments to its value and its derivatives by each, in both languages.
    name : str
        As a reader sees it.
    """

    label: str
    key: str = ""
    args: tuple[int, ...] = ()
    formula: str = ""
    script: str = ""
    f: Callable[..., Any] | None = None
    name: str = ""


@dataclass(frozen=True)
class Passed:
    """What both passes have found: values and adjoints of nodes, derivatives along edges."""

    value: list[float]
    local: list[float]
    adjoint: list[float]


def passed(nodes: Sequence[Node], order: Sequence[int], inputs: Sequence[float]) -> Passed:
    """Return values, local derivatives and adjoints.

    Parameters
    ----------
    nodes : sequence of Node
        Each after its arguments.
    order : sequence of int
        The output first, and each node after all that it feeds.
    inputs : sequence of float
        For each node its value, of which only those of inputs count.
    """
    value, local, ends = list(map(float, inputs)), [], []
    with np.errstate(all="ignore"):
        for i, node in enumerate(nodes):
            if node.f is None:
                continue
            found = node.f(*(np.float64(value[a]) for a in node.args))
            value[i], *slopes = (_real(v) for v in found)
            local += slopes
            ends += [(a, i) for a in node.args]
        adjoint = [0.0] * len(nodes)
        for i in order:
            shares = [
                np.float64(adjoint[c]) * s for (a, c), s in zip(ends, local, strict=True) if a == i
            ]
            adjoint[i] = float(sum(shares)) if shares else 1.0
    return Passed(value, local, adjoint)


def _real(value: Any) -> float:
    return float(np.real(value)) if np.isreal(value) else math.nan


def told(value: float, digits: int = 3) -> str:
    """Write a number, or a word where there is none.

    Examples
    --------
    >>> told(0.5), told(-math.inf), told(math.nan)
    ('0.5', '−infinite', 'no number')
    """
    if math.isnan(value):
        return "no number"
    if math.isinf(value):
        return "infinite" if value > 0 else "−infinite"
    return number(value, digits)


def short(value: float, digits: int = 3) -> str:
    """Write a number with few letters, for a place in the graph; below 1 with so many digits.

    Examples
    --------
    >>> short(0.12345), short(0.12345, 2), short(-12.345, 2)
    ('0.123', '0.12', '−12.3')
    >>> short(-0.0012345), short(1.2345e-5), short(123456)
    ('−0.0012', '10⁻⁵', '10⁵')
    """
    size = abs(value)
    if size and not 1e-3 <= size < 1e4:
        digits = 1
    elif size < 1e-2:
        digits = 2
    elif size >= 1:
        digits = 3
    return told(value, digits)


def says(
    nodes: Sequence[Node],
    edges: Sequence[tuple[int, int, int]],
    order: Sequence[int],
    inputs: Sequence[int],
    step: int,
    found: Passed,
) -> str:
    """Return what the present step does, in words."""
    out, count = nodes[order[0]].name, len(nodes)

    def listed(places: Sequence[int], numbers: Sequence[float]) -> str:
        words = ", ".join(nodes[i].name for i in places)
        return f"({words}) is ({', '.join(told(numbers[i]) for i in places)})"

    if step == 0:
        return (
            f"Forward, {listed(inputs, found.value)}, so {out} = {told(found.value[order[0]])}. "
            f"No adjoint is known yet: step 1 is the output's."
        )
    i = order[step - 1]
    name = nodes[i].name
    words = f"Step {step} of {count}: "
    if step == 1:
        words += f"the adjoint of the output {out} is 1, because ∂{out}/∂{out} = 1."
    else:
        fed = [(e, c) for e, (a, c, _) in enumerate(edges) if a == i]
        rule = " + ".join(f"adjoint of {nodes[c].name} × ∂{nodes[c].name}/∂{name}" for _, c in fed)
        shares = " + ".join(
            f"{_within(found.adjoint[c], k > 0)} × {_within(found.local[e])}"
            for k, (e, c) in enumerate(fed)
        )
        reasons = " and ".join(f"{nodes[c].name} = {nodes[c].formula}" for _, c in fed)
        words += f"adjoint of {name} = {rule} = {shares} = {told(found.adjoint[i])}"
        words += f", because {reasons}"
        words += f": {name} feeds {len(fed)} nodes, and its adjoints add." * (len(fed) > 1) or "."
    if step == count:
        words += f" The gradient in {listed(inputs, found.adjoint)}."
    return words


def _within(value: float, parentheses: bool = True) -> str:
    text = told(value)
    return f"({text})" if parentheses and text.startswith("−") else text


# From an expression to nodes ------------------------------------------------------------------


class _Graph:
    """Nodes, each once. What is made of numbers alone is a number, not a node."""

    def __init__(self, known: Mapping[str, float]) -> None:
        self.known, self.nodes, self.inputs = known, list[Node](), dict[str, int]()
        self.made: dict[Any, int] = {}

    def input(self, name: str) -> int:
        """Return an input's node."""
        if name not in self.known:
            raise ValueError(
                f"the input {name} has no value: say where to start, at={{'{name}': …}}"
            )
        if name not in self.inputs:
            self.inputs[name] = len(self.nodes)
            self.nodes.append(Node(_letter(name), key=name, name=_letter(name)))
        return self.inputs[name]

    def node(self, label: str, formula: str, function: Any, args: Sequence[int]) -> int:
        """Return the node of an operation.

        ``function`` takes SymPy symbols and returns an expression, or a pair: it and a list of
        its derivatives, where these have a better form than SymPy finds.
        """
        key = (label, formula, *args)
        if key in self.made:
            return self.made[key]
        different = tuple(dict.fromkeys(args))
        symbols = _symbols(len(different))
        expression = function(*(symbols[different.index(a)] for a in args))
        if isinstance(expression, tuple):
            expression, slopes = expression
        else:
            slopes = [_smooth(expression).diff(s) for s in symbols]
        script, f = function_script([expression, *slopes], symbols)
        formula = formula.format(*(f"{{{different.index(a)}}}" for a in args))
        self.made[key] = len(self.nodes)
        self.nodes.append(Node(label, args=different, formula=formula, script=script, f=f))
        return self.made[key]

    def add(self, terms: Sequence[tuple[int, Any]]) -> Any:
        """Return the node of a sum; each term has a sign and is a node or a number."""
        constant = sum(s * v for s, v in terms if not isinstance(v, int))
        plus = [v for s, v in terms if isinstance(v, int) and s > 0]
        minus = [v for s, v in terms if isinstance(v, int) and s < 0]
        if not plus and not minus:
            return constant
        if plus:
            total = self.folded("+", " + ", plus)
        elif constant:
            total, constant = self.folded("+", " + ", minus), _float(constant)
            c, minus = _text(constant), []
            total = self.node(f"{c}−", f"{c} − {{0}}", lambda u: constant - u, [total])
            return total
        else:
            return self.multiply([self.folded("+", " + ", minus), _number(-1)])
        for term in minus:
            total = self.node("−", "{0} − {1}", lambda u, v: u - v, [total, term])
        if not constant:
            return total
        value, sign = _text(abs(_float(constant))), "+" if constant > 0 else "−"
        return self.node(f"{sign}{value}", f"{{0}} {sign} {value}", lambda u: u + constant, [total])

    def multiply(self, factors: Sequence[Any]) -> Any:
        """Return the node of a product."""
        constant = math.prod((v for v in factors if not isinstance(v, int)), start=_number(1))
        rest = [v for v in factors if isinstance(v, int)]
        if not rest or constant == 0:
            return constant
        product = self.folded("×", " · ", rest)
        if constant == 1:
            return product
        value = _text(_float(1 / constant if abs(constant) < 1 else constant))
        if abs(constant) < 1 and float(1 / constant).is_integer():
            return self.node(f"÷{value}", f"{{0}} / {value}", lambda u: u * constant, [product])
        value = _text(_float(constant))
        return self.node(f"×{value}", f"{value} · {{0}}", lambda u: u * constant, [product])

    def folded(self, label: str, between: str, parts: Sequence[int]) -> int:
        """Return the sum or the product of nodes, which is a node of its own if they are many."""
        if len(parts) == 1:
            return parts[0]
        formula = between.join(f"{{{k}}}" for k in range(len(parts)))

        def function(*values: Any) -> Any:
            return sum(values) if label == "+" else math.prod(values)

        return self.node(label, formula, function, parts)

    def divide(self, above: Any, below: Any) -> Any:
        """Return the node of a quotient."""
        if not isinstance(below, int):
            return self.multiply([above, 1 / below])
        if isinstance(above, int):
            return self.node("÷", "{0} / {1}", lambda u, v: u / v, [above, below])
        value = _text(_float(above))
        return self.node(f"{value}/", f"{value} / {{0}}", lambda u: above / u, [below])

    def power(self, base: Any, exponent: Any) -> Any:
        """Return the node of a power."""
        if isinstance(base, int) and isinstance(exponent, int):
            return self.node("^", "{0}^{1}", lambda u, v: u**v, [base, exponent])
        if isinstance(exponent, int):
            value = _text(_float(base))
            return self.node(f"{value}^", f"{value}^{{0}}", lambda u: base**u, [exponent])
        if not isinstance(base, int):
            return base**exponent
        if exponent == 1:
            return base
        if exponent == _number(1) / 2:
            return self.call("sqrt", base)
        if exponent == -1:
            return self.divide(_number(1), base)
        value = _text(_float(exponent))
        raised = f"^{value}"
        if exponent.is_Integer:
            raised = str(exponent).translate(_SUPERSCRIPT)
        return self.node(f"( ){raised}", f"{{0}}{raised}", lambda u: u**exponent, [base])

    def call(self, function: str, *args: Any) -> Any:
        """Return the node of a function."""
        import sympy as sp

        known = _functions()
        if (
            function == "max"
            and len(args) == 2
            and 0 in [a for a in args if not isinstance(a, int)]
        ):
            function, args = "relu", tuple(a for a in args if isinstance(a, int))
        if function not in known:
            raise TypeError(
                f"{function} is no operation of a graph: known are + − × ÷, powers, "
                f"{', '.join(known)}"
            )
        label, of = known[function]
        if not any(isinstance(a, int) for a in args):
            found = of(*args)
            return sp.sympify(found[0] if isinstance(found, tuple) else found)
        nodes = [a for a in args if isinstance(a, int)]
        inside = [f"{{{nodes.index(a)}}}" if isinstance(a, int) else _text(_float(a)) for a in args]

        def applied(*given: Any) -> Any:
            free = iter(given)
            return of(*(next(free) if isinstance(a, int) else a for a in args))

        return self.node(label, f"{label}({', '.join(inside)})", applied, nodes)


@cache
def _functions() -> dict[str, tuple[str, Callable[..., Any]]]:
    """Return functions by name, each with its label and what it is in SymPy."""
    import sympy as sp

    def sigmoid(u: Any) -> Any:
        s = 1 / (1 + sp.exp(-u))
        return s, [s * (1 - s)]  # where exp(−u) is infinite this is still a number

    def softplus(u: Any) -> Any:
        return sp.Max(0, u) + sp.log(1 + sp.exp(-sp.Abs(u))), [sigmoid(u)[0]]

    def relu(u: Any) -> Any:
        return sp.Max(0, u), [sp.Piecewise((1, u > 0), (0, True))]

    def of_absolute(u: Any) -> Any:
        return sp.Abs(u), [sp.sign(u)]

    plain = ("exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh", "asin", "acos", "atan")
    table: dict[str, tuple[str, Callable[..., Any]]] = {n: (n, getattr(sp, n)) for n in plain}
    table |= {
        "sqrt": ("√", sp.sqrt),
        "abs": ("|·|", of_absolute),
        "sigmoid": ("σ", sigmoid),
        "relu": ("relu", relu),
        "softplus": ("soft+", softplus),
        "max": ("max", sp.Max),
        "min": ("min", sp.Min),
    }
    return table


def _smooth(expression: Any) -> Any:
    """Return the same expression with pieces for maxima, so that its derivatives have numbers."""
    import sympy as sp

    return expression.rewrite(sp.Piecewise) if expression.has(sp.Max, sp.Min) else expression


def _read(expression: Any, graph: _Graph, values: Mapping[str, float]) -> Any:
    import sympy as sp

    if isinstance(expression, str):
        if wrong := [n for n in values if n in RESERVED]:
            raise ValueError(f"{wrong[0]} has a meaning in formulas: call the input something else")
        return _of_formula(read(expression, dict.fromkeys(values, (1, 1))), graph)
    try:
        expression = sp.sympify(expression)
    except (sp.SympifyError, TypeError):
        expression = None
    if not isinstance(expression, sp.Expr):
        raise TypeError(
            "back-propagation needs an expression of numbers, such as 'w*x + b' or a SymPy "
            f"expression, not {expression!r}"
        )
    return _of_sympy(expression, graph)


def _of_formula(formula: Formula, graph: _Graph) -> Any:
    """Return the node, or the number, of a formula that was read from a string."""
    op = formula.op
    if op == "name":
        return graph.input(formula.value)
    if op == "number":
        return _number(formula.value)

    def chain(signs: str, part: Formula, sign: str) -> list[tuple[str, Formula]]:
        # a + b + c is one sum; what is in parentheses of its own is one, too
        if part.op not in signs or sign != signs[0]:
            return [(sign, part)]
        left, right = part.args
        return [*chain(signs, left, sign), (part.op, right)]

    if op in "+-":
        terms = [(s, _of_formula(part, graph)) for s, part in chain("+-", formula, "+")]
        return graph.add([(-1 if s == "-" else 1, v) for s, v in terms])
    if op in ("*", "@", ".*"):
        parts = chain("*@", formula, "*") if op != ".*" else [(op, a) for a in formula.args]
        return graph.multiply([_of_formula(part, graph) for _, part in parts])
    args = [_of_formula(a, graph) for a in formula.args]
    if op in ("/", "./"):
        return graph.divide(*args)
    if op in ("**", "pow"):
        return graph.power(args[0], args[1])
    if op == "neg":
        return graph.multiply([args[0], _number(-1)])
    if op == "T":
        return args[0]
    if op in ELEMENTWISE:
        return graph.call(op, *args)
    raise TypeError(f"{op} is no operation of a graph of numbers: leave it out")


def _of_sympy(expression: Any, graph: _Graph) -> Any:
    """Return the node, or the number, of a SymPy expression."""
    import sympy as sp

    if expression.is_Symbol:
        return graph.input(expression.name)
    if not expression.free_symbols:
        return expression
    if expression.is_Add:
        terms = []
        for term in expression.as_ordered_terms():
            negative = bool(term.as_coeff_Mul()[0].is_negative)
            terms.append((-1 if negative else 1, _of_sympy(-term if negative else term, graph)))
        return graph.add(terms)
    if expression.is_Mul:
        above: list[Any] = []
        below: list[Any] = []
        for factor in expression.as_ordered_factors():
            inverse = factor.is_Pow and factor.exp.is_negative and _logit(factor) is None
            (below if inverse else above).append(1 / factor if inverse else factor)
        product = graph.multiply([_of_sympy(f, graph) for f in above] or [sp.Integer(1)])
        if not below:
            return product
        return graph.divide(product, graph.multiply([_of_sympy(f, graph) for f in below]))
    if (z := _logit(expression)) is not None:
        return graph.call("sigmoid", _of_sympy(z, graph))
    if expression.is_Pow and expression.exp.is_negative and expression.exp != -1:
        return graph.divide(sp.Integer(1), _of_sympy(1 / expression, graph))
    if expression.is_Pow and expression.base != sp.E:
        base, exponent = (_of_sympy(a, graph) for a in expression.args)
        return graph.power(base, exponent)
    if expression.is_Pow:
        return graph.call("exp", _of_sympy(expression.exp, graph))
    name = type(expression).__name__.lower()
    return graph.call(name, *(_of_sympy(a, graph) for a in expression.args))


def _logit(expression: Any) -> Any:
    """Return z where an expression is 1 / (1 + exp(−z)), else None."""
    import sympy as sp

    if not (expression.is_Pow and expression.exp == -1 and expression.base.is_Add):
        return None
    rest = expression.base - 1
    return -rest.args[0] if isinstance(rest, sp.exp) else None


def _symbols(count: int) -> list[Any]:
    import sympy as sp

    return [sp.Symbol(f"u{k}", real=True) for k in range(count)]


def _number(value: Any) -> Any:
    import sympy as sp

    return sp.Rational(str(value))


def _float(value: Any) -> float:
    return float(value)


def _text(value: float) -> str:
    return number(value)


def _letter(name: str) -> str:
    """Write a name as a reader knows it: θ₁ for theta_1."""
    import sympy as sp

    text = sp.pretty(sp.Symbol(name), use_unicode=True)
    return text if "\n" not in text else name


def _named(nodes: Sequence[Node], names: Sequence[str] | None) -> list[Node]:
    """Give operations their names, and put names into formulas."""
    from dataclasses import replace

    count = sum(1 for n in nodes if n.args)
    if names is None:
        names = [f"v{str(k + 1).translate(_SUBSCRIPT)}" for k in range(count)]
    names = [_letter(n) if re.fullmatch(r"\w+", str(n)) else str(n) for n in names]
    known = [n.name for n in nodes if not n.args]
    numbered = iter(range(count))
    order = "; ".join(f"{k + 1}: {n.label}" for n in nodes if n.args for k in [next(numbered)])
    if len(names) != count:
        raise ValueError(
            f"names needs one name for each of the {count} operations, in the order of "
            f"evaluation ({order}), not {len(names)}"
        )
    if twice := [n for n in names if not n or [*names, *known].count(n) > 1]:
        raise ValueError(f"each node needs a name of its own, and {twice[0]!r} is not: rename it")
    given = iter(names)
    done: list[Node] = []
    for node in nodes:
        if node.args:
            formula = node.formula.format(*(done[a].name for a in node.args))
            node = replace(node, name=next(given), formula=formula)
        done.append(node)
    return done


def _values(at: Any) -> dict[str, float]:
    if not isinstance(at, Mapping):
        raise TypeError(f"at must say where to start, such as {{'w': 0.5, 'x': 2}}, not {at!r}")
    values = {}
    for key, value in at.items():
        name = str(key)
        if not re.fullmatch(r"[^\W\d_]\w*", name):
            raise ValueError(f"an input's name is a letter, then letters or digits, not {name!r}")
        if name in ("step", "show_values", "show_local", "show_adjoints"):
            raise ValueError(f"the figure has a {name} of its own: call the input something else")
        try:
            values[name] = float(value)
        except (TypeError, ValueError):
            raise ValueError(f"the value of {name} must be a number, not {value!r}") from None
        if not math.isfinite(values[name]):
            raise ValueError(f"the value of {name} must be finite, not {value!r}")
    return values


def _sliders(values: Mapping[str, float], vary: Any) -> list[Control]:
    if vary is None:
        reach = {n: max(2.0, 2 * abs(v)) for n, v in values.items()}
        vary = {n: (-r, r) for n, r in reach.items()}
    controls = []
    for key, limits in vary.items():
        name = str(key)
        if name not in values:
            raise ValueError(f"there is no input {name!r} to vary: inputs are {', '.join(values)}")
        try:
            low, high = map(float, limits)
        except (TypeError, ValueError):
            raise ValueError(
                f"the range of {name} must be a pair of numbers, such as (-2, 2), not {limits!r}"
            ) from None
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ValueError(f"the range of {name} must be low < high, both finite, not {limits}")
        controls.append(Control(name, _letter(name), "range", values[name], low, high))
    return controls


# Layout ---------------------------------------------------------------------------------------

Point = tuple[float, float]


def _layout(
    nodes: Sequence[Node], edges: Sequence[tuple[int, int, int]], out: int
) -> tuple[list[Point], list[int], list[list[Point]]]:
    """Return where nodes are, their columns, and each edge's way between two of them.

    Columns are counted back from the output, so that a node stands just before what it feeds
    (Sugiyama, Tagawa and Toda, *Methods for visual understanding of hierarchical system
    structures*, 1981); where an edge passes a column, it has a place in it like a node.
    """
    behind = [0] * len(nodes)
    for i in range(len(nodes) - 1, -1, -1):
        for a in nodes[i].args:
            behind[a] = max(behind[a], behind[i] + 1)
    deep = max(behind)
    columns = [deep - b for b in behind]
    if deep >= COLUMNS:
        raise ValueError(
            f"the graph has {deep + 1} columns, and at most {COLUMNS} are readable on a "
            "telephone: split the expression, or use one operation such as sigmoid for several"
        )
    levels: list[list[Any]] = [[] for _ in range(deep + 1)]
    links: list[tuple[Any, Any]] = []
    ways: list[list[Any]] = []

    def visit(i: int) -> None:
        if i in levels[columns[i]]:
            return
        levels[columns[i]].append(i)
        for e, (a, to, _) in enumerate(edges):
            if to == i:
                between = [(e, c) for c in range(columns[i] - 1, columns[a], -1)]
                for stop in between:
                    levels[stop[1]].append(stop)
                visit(a)

    visit(out)
    for e, (a, i, _) in enumerate(edges):
        way: list[Any] = [a, *((e, c) for c in range(columns[a] + 1, columns[i])), i]
        ways.append(way)
        links += pairwise(way)
    levels = _untangled(levels, links)
    for level in levels:
        if sum(isinstance(item, int) for item in level) > ROWS:
            raise ValueError(
                f"{len(level)} nodes stand in one column, and at most {ROWS} are readable: split "
                "the expression"
            )
    heights = _heights(levels, links)
    first, end = (
        max(25.0, *(3.1 * (len(nodes[i].name) + 6) for i in range(len(nodes)) if columns[i] == c))
        for c in (0, deep)
    )
    pitch = (BARE_WIDTH - first - end) / deep
    placed: dict[Any, Point] = {}
    for c, level in enumerate(levels):
        for item in level:
            placed[item] = (round(first + c * pitch, 1), round(heights[item], 1))
    routes = []
    for way in ways:
        points = [placed[item] for item in way]
        points[0] = _border(points[0], points[1], _half(nodes[way[0]]) + 1)
        points[-1] = _border(points[-1], points[-2], _half(nodes[way[-1]]) + 2)
        routes.append(points)
    return [placed[i] for i in range(len(nodes))], columns, routes


def _untangled(levels: list[list[Any]], links: Sequence[tuple[Any, Any]]) -> list[list[Any]]:
    """Order each column so that few edges cross: by the means of neighbours, to and fro."""

    def crossings(now: list[list[Any]]) -> int:
        rank = {item: k for level in now for k, item in enumerate(level)}
        column = {item: c for c, level in enumerate(now) for item in level}
        count = 0
        for n, (a, b) in enumerate(links):
            for c, d in links[:n]:
                if column[a] == column[c]:
                    count += (rank[a] - rank[c]) * (rank[b] - rank[d]) < 0
        return count

    best, least = [list(level) for level in levels], crossings(levels)
    now = [list(level) for level in levels]
    for sweep in range(12):
        back = sweep % 2 == 0
        for level in now[::-1] if back else now:
            rank = {item: k for other in now for k, item in enumerate(other)}
            means = {}
            for item in level:
                near = [b if back else a for a, b in links if (a if back else b) == item]
                ranks = [rank[n] for n in near]
                means[item] = sum(ranks) / len(ranks) if ranks else rank[item]
            level.sort(key=lambda item: means[item])
        if (count := crossings(now)) < least:
            best, least = [list(level) for level in now], count
    return best


def _heights(levels: Sequence[Sequence[Any]], links: Sequence[tuple[Any, Any]]) -> dict[Any, float]:
    """Return how high items stand: near the mean of their neighbours, never too near each other."""
    room = BARE_HEIGHT - 2 * MARGIN
    most = max(map(len, levels))
    apart = min(72.0, room / max(1, most - 1))
    heights = {
        item: ((len(level) - 1) / 2 - k) * apart for level in levels for k, item in enumerate(level)
    }
    for sweep in range(40):
        for level in levels if sweep % 2 else levels[::-1]:
            wanted = []
            for k, item in enumerate(level):
                near = [heights[b] for a, b in links if a == item]
                near += [heights[a] for a, b in links if b == item]
                wanted.append(sum(near) / len(near) + k * apart)
            for item, height, k in zip(level, _falling(wanted), range(len(level)), strict=True):
                heights[item] = height - k * apart
    # Where columns are narrow, numbers of neighbours in a row stand on two lines.
    for c, level in enumerate(levels):
        for item in level:
            heights[item] += ZIGZAG * (-1) ** c if len(levels) >= NARROW else 0
    low, high = min(heights.values()), max(heights.values())
    stretch = min(STRETCH, room / (high - low)) if high > low else 1.0
    return {
        item: BARE_HEIGHT / 2 + stretch * (height - (low + high) / 2)
        for item, height in heights.items()
    }


def _falling(wanted: Sequence[float]) -> list[float]:
    """Return the sequence nearest to ``wanted`` that never rises (pool adjacent violators)."""
    pools: list[list[float]] = []
    for value in wanted:
        pools.append([value, 1.0])
        while len(pools) > 1 and pools[-1][0] > pools[-2][0]:
            (a, m), (b, n) = pools[-2:]
            pools[-2:] = [[(a * m + b * n) / (m + n), m + n]]
    return [value for value, many in pools for _ in range(int(many))]


def _half(node: Node) -> float:
    """Return half of a node's width, which its label sets."""
    return max(float(RADIUS), 3.4 * len(node.label) + 4)


def _border(at: Point, towards: Point, half: float) -> Point:
    """Return where a line from a node's middle leaves it."""
    dx, dy = towards[0] - at[0], towards[1] - at[1]
    share = 1 / math.hypot(dx / half, dy / (RADIUS + 1))
    return round(at[0] + share * dx, 1), round(at[1] + share * dy, 1)


def _arrow(route: Sequence[Point]) -> np.ndarray:
    """Return an edge's line with its head."""
    (x, y), (s, t) = route[-2:]
    length = math.hypot(s - x, t - y) or 1.0
    u, v = 5 * (s - x) / length, 5 * (t - y) / length
    head = [(s - u - v / 2, t - v + u / 2), (s, t), (s - u + v / 2, t - v - u / 2)]
    return np.round([*route, *head], 1)


def _ring(nodes: Sequence[Node], places: Sequence[Point], i: int | None) -> Any:
    """Return the ring around a node."""
    if i is None:
        return ()
    angles = 2 * np.pi * np.arange(PARTS + 1) / PARTS
    (x, y), half = places[i], _half(nodes[i]) + GAP
    return np.column_stack([x + half * np.cos(angles), y + (RADIUS + GAP) * np.sin(angles)])


def _node(node: Node, place: Point) -> str:
    """Return a node's shape, round for operations and square for inputs, with its label."""
    x, y, half = place[0], BARE_HEIGHT - place[1], _half(node)
    corner = RADIUS if node.args else 3
    said = f"{node.name} = {node.formula}" if node.args else f"{node.name}, an input"
    return (
        f'<g><title>{html.escape(said)}</title><rect class="node" fill="#fff" stroke="#6B6B6B" '
        f'x="{x - half:g}" y="{y - RADIUS:g}" width="{2 * half:g}" height="{2 * RADIUS}" '
        f'rx="{corner}"/><text class="words" fill="#333" x="{x:g}" y="{y + 4:g}" '
        f'text-anchor="middle">{html.escape(node.label)}</text></g>'
    )


def _spots(
    nodes: Sequence[Node], places: Sequence[Point], routes: Sequence[Sequence[Point]]
) -> list[Point]:
    """Return where the number of each edge stands: near its middle, where little else is."""
    taken: list[tuple[float, float, float, float]] = []
    for node, (x, y) in zip(nodes, places, strict=True):
        wide = 3.1 * (len(node.name) + 6)
        taken.append((x, y, _half(node), RADIUS))
        taken += [(x, y - RADIUS - 9, wide, 6), (x, y + RADIUS + 10, 18, 6)]
    spots = []
    for route in routes:
        best: tuple[float, Point] = (math.inf, (0.0, 0.0))
        lengths = [math.dist(p, q) for p, q in pairwise(route)]
        for share in (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74):
            (x, y), (u, v) = _along(route, lengths, share * sum(lengths))
            for off in (0, 9, -9):
                at = (x - off * v, y + off * u)
                overlap = sum(
                    max(0.0, 16 + w - abs(at[0] - cx)) * max(0.0, 6 + h - abs(at[1] - cy))
                    for cx, cy, w, h in taken
                )
                cost = overlap + 40 * abs(share - 0.5) + 0.5 * abs(off)
                if cost < best[0]:
                    best = (cost, at)
        x, y = best[1]
        taken.append((x, y, 16, 6))
        spots.append((round(min(max(x, 16), BARE_WIDTH - 16), 1), round(y - 4, 1)))
    return spots


def _along(route: Sequence[Point], lengths: Sequence[float], way: float) -> tuple[Point, Point]:
    """Return the point after so much of a way, and the direction there."""
    for p, q, length in zip(route, route[1:], lengths, strict=False):
        if way <= length or q is route[-1]:
            u, v = (q[0] - p[0]) / (length or 1), (q[1] - p[1]) / (length or 1)
            return (p[0] + way * u, p[1] + way * v), (u, v)
        way -= length
    raise AssertionError  # the last part returns
