"""Expressions of numbers as graphs: one node for each input and each operation.

SymPy expressions and the book's formulas are read into the same nodes, and each node carries its
value and its derivatives as JavaScript and for NumPy, from one SymPy expression.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from slopes.formulas import NAME, RESERVED, read
from slopes.live.draw import number
from slopes.live.scripts import function_script
from slopes.shapes import ELEMENTWISE, Formula

__all__ = ["Node", "graph_of", "letter"]

_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


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


def graph_of(
    expression: Any, values: Mapping[str, float], names: Sequence[str] | None = None
) -> tuple[list[Node], list[int]]:
    """Return the nodes of an expression, each after its arguments, and which are the inputs.

    Parameters
    ----------
    expression : sympy expression or str
    values : mapping of str to float
        The inputs, of which each must occur.
    names : sequence of str, optional
        Of the operations, in the order of the nodes.

    Raises
    ------
    TypeError, ValueError
        If the expression cannot be read, or inputs or names are missing or too many.

    Examples
    --------
    >>> nodes, inputs = graph_of("(a + b)*a", {"a": 1.0, "b": 2.0})
    >>> [(n.name, n.formula) for n in nodes], inputs
    ([('a', ''), ('b', ''), ('v₁', 'a + b'), ('v₂', 'v₁ · a')], [0, 1])
    """
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
    return _named(graph.nodes, names), [graph.inputs[n] for n in values]


class _Graph:
    """Nodes, each once. What is made of numbers alone is a number, not a node."""

    def __init__(self, known: Mapping[str, float]) -> None:
        self.known, self.nodes, self.inputs = known, list[Node](), dict[str, int]()
        self.made: dict[Any, int] = {}

    def input(self, name: str) -> int:
        """Return an input's node."""
        if name not in self.known:
            raise ValueError(
                f"the input {name} has no value: say where it starts, at={{'{name}': …}}"
            )
        if name not in self.inputs:
            self.inputs[name] = len(self.nodes)
            self.nodes.append(Node(letter(name), key=name, name=letter(name)))
        return self.inputs[name]

    def node(self, label: str, formula: str, function: Any, args: Sequence[int]) -> int:
        """Return the node of an operation.

        ``function`` takes SymPy symbols and returns an expression, or a pair: it and a list of
        its derivatives, where these have a better form than SymPy finds.
        """
        different = tuple(dict.fromkeys(args))
        symbols = _symbols(len(different))
        made = function(*(symbols[different.index(a)] for a in args))
        expression, slopes = made if isinstance(made, tuple) else (made, None)
        key = (label, expression, different)
        if key in self.made:
            return self.made[key]
        if slopes is None:
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
            total, constant = self.folded("+", " + ", minus), float(constant)
            c, minus = number(constant), []
            total = self.node(f"{c}−", f"{c} − {{0}}", lambda u: constant - u, [total])
            return total
        else:
            return self.multiply([self.folded("+", " + ", minus), _number(-1)])
        for term in minus:
            total = self.node("−", "{0} − {1}", lambda u, v: u - v, [total, term])
        if not constant:
            return total
        value, sign = number(abs(float(constant))), "+" if constant > 0 else "−"
        return self.node(f"{sign}{value}", f"{{0}} {sign} {value}", lambda u: u + constant, [total])

    def multiply(self, factors: Sequence[Any]) -> Any:
        """Return the node of a product."""
        constant = math.prod((v for v in factors if not isinstance(v, int)), start=_number(1))
        rest = [v for v in factors if isinstance(v, int)]
        if not rest:
            return constant
        product = self.folded("×", " · ", rest)
        if constant == 1:
            return product
        if 0 < abs(constant) < 1 and float(1 / constant).is_integer():
            value = number(float(1 / constant))
            return self.node(f"÷{value}", f"{{0}} / {value}", lambda u: u * constant, [product])
        value = number(float(constant))
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
        value = number(float(above))
        return self.node(f"{value}/", f"{value} / {{0}}", lambda u: above / u, [below])

    def power(self, base: Any, exponent: Any) -> Any:
        """Return the node of a power."""
        if isinstance(base, int) and isinstance(exponent, int):
            return self.node("^", "{0}^{1}", lambda u, v: u**v, [base, exponent])
        if isinstance(exponent, int):
            value = number(float(base))
            return self.node(f"{value}^", f"{value}^{{0}}", lambda u: base**u, [exponent])
        if not isinstance(base, int):
            return base**exponent
        if exponent == 1:
            return base
        if exponent == _number(1) / 2:
            return self.call("sqrt", base)
        if exponent == -1:
            return self.divide(_number(1), base)
        value = number(float(exponent))
        raised = f"^{value}"
        if exponent.is_Integer:
            raised = str(exponent).translate(_SUPERSCRIPT)
        return self.node(f"( ){raised}", f"{{0}}{raised}", lambda u: u**exponent, [base])

    def call(self, function: str, *args: Any) -> Any:
        """Return the node of a function."""
        import sympy as sp

        known = _functions()
        if function == "max" and len(args) == 2 and any(a == 0 for a in _numbers(args)):
            function, args = "relu", tuple(a for a in args if isinstance(a, int))
        label, of = known[function]
        if not any(isinstance(a, int) for a in args):
            found = of(*args)
            return sp.sympify(found[0] if isinstance(found, tuple) else found)
        nodes = [a for a in args if isinstance(a, int)]
        inside = [f"{{{nodes.index(a)}}}" if isinstance(a, int) else number(float(a)) for a in args]

        def applied(*given: Any) -> Any:
            free = iter(given)
            return of(*(next(free) if isinstance(a, int) else a for a in args))

        if function == "abs":
            return self.node(label, "|{0}|", applied, nodes)
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
        known = {*values, *re.findall(NAME, expression)} - RESERVED
        return _of_formula(read(expression, dict.fromkeys(known, (1, 1))), graph)
    try:
        found = sp.sympify(expression)
    except (sp.SympifyError, TypeError):
        found = None
    if not isinstance(found, sp.Expr):
        raise TypeError(
            "back-propagation needs an expression of numbers, such as 'w*x + b' or a SymPy "
            f"expression, not {expression!r}"
        )
    return _of_sympy(found, graph)


def _of_formula(formula: Formula, graph: _Graph) -> Any:
    """Return the node, or the number, of a formula that was read from a string."""
    op = formula.op
    if op == "name":
        return graph.input(formula.value)
    if op == "number":
        return _number(formula.value)

    def chain(signs: str, part: Formula, sign: str) -> list[tuple[str, Formula]]:
        # a + b + c is one sum, a + (b + c) two.
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

    if isinstance(expression, sp.MatrixExpr):
        raise TypeError(f"{expression} is a matrix: a graph is of numbers, one for each entry")
    if expression.is_Symbol:
        return graph.input(expression.name)
    if not expression.free_symbols:
        if not expression.is_real:
            raise TypeError(f"{expression} is no real number: a graph is of real numbers")
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
    if name not in (known := _functions()):
        raise TypeError(
            f"{name} is no operation of a graph: known are + − × ÷, powers, {', '.join(known)}"
        )
    return graph.call(name, *(_of_sympy(a, graph) for a in expression.args))


def _logit(expression: Any) -> Any:
    """Return z where an expression is 1 / (1 + exp(−z)), else None."""
    import sympy as sp

    if not (expression.is_Pow and expression.exp == -1 and expression.base.is_Add):
        return None
    rest = expression.base - 1
    return -rest.args[0] if isinstance(rest, sp.exp) else None


def _numbers(args: Sequence[Any]) -> list[Any]:
    return [a for a in args if not isinstance(a, int)]


def _symbols(count: int) -> list[Any]:
    import sympy as sp

    return [sp.Symbol(f"u{k}", real=True) for k in range(count)]


def _number(value: Any) -> Any:
    import sympy as sp

    return sp.Rational(str(value))


def letter(name: str) -> str:
    """Write a name as a reader knows it: θ₁ for theta_1."""
    import sympy as sp

    text = sp.pretty(sp.Symbol(name), use_unicode=True)
    return text if "\n" not in text else name


def _named(nodes: Sequence[Node], names: Sequence[str] | None) -> list[Node]:
    """Give operations their names, and put names into formulas."""
    operations = [n for n in nodes if n.args]
    if names is None:
        names = [f"v{str(k + 1).translate(_SUBSCRIPT)}" for k in range(len(operations))]
    names = [letter(n) if re.fullmatch(r"\w+", str(n)) else str(n) for n in names]
    known = [n.name for n in nodes if not n.args]
    if len(names) != len(operations):
        order = ", ".join(n.label for n in operations)
        raise ValueError(
            f"names needs one for each of the {len(operations)} operations, which are {order}, "
            f"not {len(names)}"
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
