"""Which parts of a formula fit together, and what shape they make.

The grammar in :mod:`slopes.formulas` hands over each operation with the text it was written in,
so that a message can show the place and say what would fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

__all__ = [
    "ARGUMENTS",
    "ELEMENTWISE",
    "Formula",
    "FormulaError",
    "ShapeError",
    "Shaper",
    "by",
    "sized",
]

#: Functions that are applied entry by entry.
ELEMENTWISE = ("exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "abs")
_SQUARE = ("tr", "trace", "det", "logdet", "inv")
#: How many arguments a function takes.
ARGUMENTS = dict.fromkeys((*ELEMENTWISE, *_SQUARE, "norm", "sum", "diag"), 1)
ARGUMENTS |= dict.fromkeys(("dot", "outer", "grad", "hess"), 2)
MAX_NODES, MAX_POWER = 150, 12


class FormulaError(ValueError):
    """A formula that cannot be read; the message shows where, and what to write instead.

    Attributes
    ----------
    column : int
        Where it was no longer understood, counted from 1.
    """

    def __init__(self, what: str, text: str, column: int):
        self.column = column
        first = max(0, column - 50)
        shown = "".join(c if c.isprintable() else " " for c in text[first : first + 70])
        caret = " " * (column - 1 - first) + "^"
        super().__init__(f"at column {column}: {what}\n    {shown}\n    {caret}")


class ShapeError(FormulaError):
    """A formula whose parts do not fit together."""


@dataclass(frozen=True)
class Formula:
    """A formula: an operation, what it is applied to, and the shape of what it gives.

    Attributes
    ----------
    op : str
        A sign, a function's name, ``number``, ``name``, ``T``, ``neg``, ``d`` …
    args : tuple of Formula
    shape : (int, int)
        (0, 0) is a square matrix whose size is not yet known: ``I``.
    value : object
        Of a number its text, of a name the name, of ``**`` the exponent, of ``d`` the layout.
    span : (int, int)
        Where it stands in the text.
    """

    op: str
    args: tuple[Formula, ...]
    shape: tuple[int, int]
    value: Any = None
    span: tuple[int, int] = field(default=(0, 0), compare=False)

    def constant(self) -> Fraction | None:
        """Return the value of a plain number, such as 2, -1 or 1/2; of anything else None."""
        if self.op == "number":
            return Fraction(self.value)
        parts = [a.constant() for a in self.args]
        if self.op == "neg" and parts[0] is not None:
            return -parts[0]
        if self.op != "/" or parts[0] is None or not parts[1]:
            return None
        return parts[0] / parts[1]


def sized(node: Formula, size: int) -> Formula:
    """Give every ``I`` without a size this one.

    Parameters
    ----------
    node : Formula
    size : int
        How many rows and columns.

    Examples
    --------
    >>> sized(Formula("eye", (), (0, 0)), 3).shape
    (3, 3)
    """
    if node.shape != (0, 0):
        return node
    return replace(node, args=tuple(sized(a, size) for a in node.args), shape=(size, size))


def by(shape: tuple[int, int]) -> str:
    """Return a shape as it is said: 3×3, or a number.

    Parameters
    ----------
    shape : (int, int)
        (0, 0) is a square matrix whose size is not yet known.

    Examples
    --------
    >>> by((3, 2)), by((1, 1)), by((0, 0))
    ('3×2', 'a number', 'square')
    """
    return "a number" if shape == (1, 1) else "square" if 0 in shape else "×".join(map(str, shape))


class Shaper:
    """Makes the nodes of one formula.

    Parameters
    ----------
    text : str
    shapes : mapping of str to (int, int)
    layout : str
        Of derivatives: see :func:`slopes.verdict`.
    """

    def __init__(self, text: str, shapes: Mapping[str, tuple[int, int]], layout: str):
        self.text, self.shapes, self.layout, self.nodes = text, shapes, layout, 0

    def fail(self, what: str, position: int, kind: type[FormulaError] = FormulaError) -> Any:
        """Stop: the formula cannot be read from this position (counted from 0) on."""
        raise kind(what, self.text, position + 1)

    def misfit(self, what: str, position: int) -> Any:
        """Stop: the parts do not fit together."""
        return self.fail(what, position, ShapeError)

    def said(self, node: Formula) -> str:
        """Return a part as it was written."""
        text = self.text[slice(*node.span)]
        return text if len(text) <= 30 else f"{text[:27]}…"

    def sizes_of(self, *nodes: Formula) -> str:
        """Say the parts' shapes."""
        return " and ".join(f"{self.said(n)} is {by(n.shape)}" for n in nodes)

    def make(self, op: str, args: Any, shape: Any, span: Any, value: Any = None) -> Formula:
        """Return a node, if there are not too many."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.fail(f"the formula has more than {MAX_NODES} parts: split it", span[0])
        return Formula(op, tuple(args), shape, value, span)

    def join(self, op: str, position: int, a: Formula, b: Formula) -> Formula:
        """Join two parts by a sign."""
        op = "*" if op == "@" else op
        both, span = self.sizes_of(a, b), (a.span[0], b.span[1])
        numbers = (1, 1) in (a.shape, b.shape)
        # A 1 × 1 matrix may stand beside I, but 1 + I is a slip.
        constant = any(part.constant() is not None for part in (a, b))
        slip = constant and (0, 0) in (a.shape, b.shape)
        if op != "/" and not (op == "*" and numbers) and not slip:
            a, b = sized(a, b.shape[0]), sized(b, a.shape[1])
        if op == "/":
            if b.shape != (1, 1):
                square = b.shape[0] == b.shape[1]
                instead = (
                    f"multiply by inv({self.said(b)})" if square else "for entries there is ./"
                )
                what = f"{self.sizes_of(b)}, and one divides by numbers only: {instead}"
                self.misfit(what, position)
            return self.make(op, (a, b), a.shape, span)
        if op == "*":
            if numbers:
                return self.make(op, (a, b), b.shape if a.shape == (1, 1) else a.shape, span)
            if a.shape[1] != b.shape[0]:
                first, second = self.said(a), self.said(b)
                needs = f"{first}*{second} needs {second} with {a.shape[1]} row"
                needs += "s" * (a.shape[1] > 1)
                if a.shape == b.shape and a.shape[1] == 1:
                    needs = f"for a number write {first}.T*{second}, for entries {first}.*{second}"
                self.misfit(f"{both}: {needs}", position)
            return self.make(op, (a, b), (a.shape[0], b.shape[1]), span)
        if a.shape != b.shape:
            what = f"{both}: {op} needs equal shapes"
            if op in ("+", "-") and numbers:
                rows, columns = max(a.shape, b.shape)
                ones = f"number*ones({rows}, {columns}) or " * (not slip)
                what += f"; write {ones}number*I".removesuffix(" or number*I" * (rows != columns))
            self.misfit(what, position)
        return self.make(op, (a, b), a.shape, span)

    def raised(self, position: int, base: Formula, exponent: Formula) -> Formula:
        """Raise to a power: whole for matrices."""
        span, k = (base.span[0], exponent.span[1]), exponent.constant()
        if base.op == "d" and self.text[base.span[1] - 1] != ")":
            self.fail("put parentheses around the derivative before its power", position)
        if exponent.shape != (1, 1):
            self.misfit(f"an exponent is a number, but {self.sizes_of(exponent)}", exponent.span[0])
        if k is not None and max(abs(k.numerator), k.denominator) > MAX_POWER:
            self.fail(f"powers go up to {MAX_POWER}", exponent.span[0])
        if base.shape[0] != base.shape[1]:
            what = f"{self.sizes_of(base)}: only numbers and square matrices have powers; "
            self.misfit(f"{what}for entries write x.*x", position)
        if base.shape != (1, 1) and (k is None or k.denominator > 1):
            self.misfit("a matrix takes whole powers, such as A**2", exponent.span[0])
        if k is None:
            return self.make("pow", (base, exponent), (1, 1), span)
        return self.make("**", (base, exponent), base.shape, span, k)

    def slopes(self, f: Formula, x: Formula, span: tuple[int, int]) -> Formula:
        """Differentiate, in the layout chosen."""
        m, n = f.shape[0] * f.shape[1], max(x.shape)
        self.needs_size(f)
        if m == 1:
            shape = x.shape if self.layout != "numerator" else x.shape[::-1]
        elif x.shape == (1, 1):
            shape = f.shape if self.layout != "denominator" else f.shape[::-1]
        elif 1 in f.shape and 1 in x.shape:
            shape = (m, n) if self.layout != "denominator" else (n, m)
        else:
            what = f"{self.sizes_of(f, x)}: that derivative is no matrix; "
            self.misfit(f"{what}take numbers by matrices, or vectors by vectors", span[0])
        return self.make("d", (f, x), shape, span, self.layout)

    def needs_size(self, node: Formula) -> None:
        """Stop at an ``I`` that has no neighbour to tell its size."""
        if node.shape == (0, 0):
            self.misfit("I has no size here: write eye(3)", node.span[0])

    def applied(self, name: str, args: list[Formula], span: tuple[int, int]) -> Formula:
        """Apply a function."""
        if len(args) != ARGUMENTS[name]:
            number = "one argument" if ARGUMENTS[name] == 1 else "two arguments"
            self.fail(f"{name} takes {number}, not {len(args)}", span[0])
        a, shape = args[0], args[0].shape
        for argument in args:
            self.needs_size(argument)
        wrong = ""
        if name in ELEMENTWISE and 1 not in shape:
            wrong = "is for numbers and vectors, because of a matrix it has two meanings"
        elif name in _SQUARE and shape[0] != shape[1]:
            wrong = "needs a square matrix"
        elif name == "diag" and 1 not in shape and shape[0] != shape[1]:
            wrong = "needs a vector or a square matrix"
        elif name in ("grad", "hess") and shape != (1, 1):
            wrong = "needs a number; for a vector write d(…)/dx"
        if wrong:
            self.misfit(f"{self.sizes_of(a)}: {name} {wrong}", a.span[0])
        if name in ("grad", "hess"):
            x = args[1]
            if x.op != "name" or (name == "hess" and x.shape[1] != 1):
                kind = "vector" if name == "hess" else "name"
                self.fail(f"{name} is by a {kind}, as in {name}(f, x)", x.span[0])
            shape = x.shape if name == "grad" else (x.shape[0], x.shape[0])
        elif name in ("dot", "outer"):
            b = args[1].shape
            if shape[1] != 1 or b[1] != 1 or (name == "dot" and b != shape):
                what = f"{name} takes two columns{' of equal length' * (name == 'dot')}"
                self.misfit(f"{what}, but {self.sizes_of(*args)}", span[0])
            shape = (1, 1) if name == "dot" else (shape[0], b[0])
        elif name == "diag":
            square = shape[0] == shape[1]
            shape = (shape[0], 1) if square else (max(shape), max(shape))
        elif name not in (*ELEMENTWISE, "inv"):
            shape = (1, 1)
        return self.make("tr" if name == "trace" else name, args, shape, span)
