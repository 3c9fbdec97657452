r"""A small language of matrix formulas: read with care, never run.

=====================================  ==========================================================
written                                meaning
=====================================  ==========================================================
``2  0.5  x  A  theta_1  θ``           numbers; names, whose sizes are given beside the formula
``+  -  *  @  /``                      ``*`` and ``@`` are the matrix product; ``/`` by a number
``.*  ./``                             entry by entry
``A.T  A'``                            transposed
``x**2  x^2  A**-1``                   powers: of numbers, and whole ones of square matrices
``inv tr trace det logdet``            of square matrices; ``logdet`` is the logarithm of ``det``
``norm sum``                           Euclidean (of a matrix: Frobenius) norm; sum of all entries
``dot(a, b)  outer(a, b)``             aᵀb and abᵀ of two columns
``diag``                               of a vector: a matrix; of a square matrix: its diagonal
``exp log sqrt sin cos tanh``          of numbers and vectors, entry by entry
``sigmoid abs``                        likewise
``I  eye(3)  ones(3)  zeros(2, 3)``    ``I`` takes its size from its neighbours
``d(f)/dx``                            derivative by a name, in the layout chosen
``grad(f, x)  hess(f, x)``             gradient, shaped like x; matrix of second derivatives
=====================================  ==========================================================

A 1 × 1 matrix is a number. A square matrix is not put into ``exp`` and its like, because two
meanings are in use.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from slopes.shapes import ARGUMENTS, Formula, FormulaError, Shaper

__all__ = ["GREEK", "LAYOUTS", "NAME", "RESERVED", "latex", "read"]

#: How a derivative's entries are arranged; the first is the book's.
LAYOUTS = ("book", "numerator", "denominator")
#: What a name looks like.
NAME = r"[A-Za-zΑ-Ωα-ω][A-Za-z0-9_Α-Ωα-ω]*"
#: What cannot be a name.
RESERVED = frozenset({*ARGUMENTS, "eye", "ones", "zeros", "d", "I"})
#: The largest size of a vector or matrix.
MAX_SIZE = 6
MAX_LENGTH, MAX_DEPTH = 1000, 30
_GREEK = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma
tau upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"""
#: The names of letters that LaTeX knows.
GREEK = frozenset(_GREEK.split())
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(?P<name>{NAME})"
    r"|(?P<sign>\.T(?![A-Za-z0-9_])|\.\*(?!\*)|\./|\*\*|[-+*/@^(),'])|(?P<end>\Z))"
)
_INSTEAD = dict.fromkeys("×·∙⋅", "*") | dict.fromkeys("−–—", "-") | dict.fromkeys("ᵀ⊤", ".T")
_INSTEAD |= dict.fromkeys("’′`", "'") | {"²": "**2", "³": "**3", "½": "1/2", "÷": "/", "⊙": ".*"}
_INSTEAD |= {"∂": "d(…)/dx", "∇": "grad(…, x)", "=": "the two sides as two formulas"}


def read(
    text: str, shapes: Mapping[str, tuple[int, int]], layout: str = "book", sizes: Any = None
) -> Formula:
    """Read a formula.

    Parameters
    ----------
    text : str
    shapes : mapping of str to (int, int)
        Rows and columns of each name.
    layout : {"book", "numerator", "denominator"}
    sizes : mapping of str to int, optional
        Names that stand for sizes, for ``eye(n)``.

    Raises
    ------
    FormulaError
        If it cannot be read; ShapeError if its parts do not fit together.

    Examples
    --------
    >>> formula = read("d(x.T*A*x)/dx", {"x": (3, 1), "A": (3, 3)})
    >>> formula.shape
    (3, 1)
    >>> print(latex(formula))
    \\frac{\\partial\\, x^{\\top} A x}{\\partial x}
    >>> read("A*x", {"x": (2, 1), "A": (3, 3)})
    Traceback (most recent call last):
    slopes.shapes.ShapeError: at column 2: A is 3×3 and x is 2×1: A*x needs x with 3 rows
        A*x
         ^
    """
    if not isinstance(text, str):
        raise TypeError(f"a formula is a string such as 'x.T*A*x', not {type(text).__name__}")
    if layout not in LAYOUTS:
        raise ValueError(f"layout must be one of {', '.join(LAYOUTS)}, not {layout!r}")
    if len(text) > MAX_LENGTH:
        what = f"the formula has {len(text):,} characters; at most {MAX_LENGTH:,} are read"
        raise FormulaError(what, text, MAX_LENGTH + 1)
    return _Parser(text, shapes, layout, sizes or {}).formula()


class _Parser(Shaper):
    """Recursive descent over the tokens; the shapes are found on the way."""

    def __init__(self, text: str, shapes: Any, layout: str, sizes: Any):
        super().__init__(text, shapes, layout)
        self.sizes, self.at, self.depth = sizes, 0, 0
        self.tokens: list[tuple[str, str, int]] = []
        position = 0
        while not self.tokens or self.tokens[-1][0] != "end":
            if not (match := _TOKEN.match(text, position)):
                return self.strange(len(text) - len(text[position:].lstrip()))
            kind = str(match.lastgroup)
            self.tokens.append((kind, match[kind], match.start(kind)))
            position = match.end()

    def strange(self, position: int) -> Any:
        """Stop at a character that begins nothing."""
        sign = self.text[position]
        if sign == ".":
            what = "after a dot only T is understood (x.T), or * and / (x.*y, x./y)"
            if digits := re.match(r"\.\d+", self.text[position:], re.ASCII):
                what = f"a number begins with a digit: write 0{digits[0]}"
        elif sign == "_":
            what = "a name begins with a letter, not with _"
        elif sign in _INSTEAD:
            what = f"{sign} is not understood: write {_INSTEAD[sign]}"
        else:
            called = "" if sign.isascii() else unicodedata.name(sign, "unnamed").lower()
            what = sign if sign.isprintable() else repr(sign)
            what += f" ({called}, U+{ord(sign):04X})" * bool(called) + " has no meaning here"
            what += "; letters are a to z and Greek ones" * sign.isalpha()
        return self.fail(what, position)

    def next(self) -> tuple[str, str, int]:
        self.at += 1
        return self.tokens[self.at - 1]

    def accept(self, *signs: str) -> tuple[str, int] | None:
        kind, text, position = self.tokens[self.at]
        if kind != "sign" or text not in signs:
            return None
        self.at += 1
        return text, position

    def found(self) -> str:
        kind, text, _ = self.tokens[self.at]
        return "the formula ends" if kind == "end" else f"there is {text}"

    def expect(self, sign: str, why: str) -> int:
        """Take a sign that must come here; return where it ends."""
        position = self.tokens[self.at][2]
        if not self.accept(sign):
            self.fail(f"{sign} was expected {why}, but {self.found()}", position)
        return position + 1

    # The grammar, from loose to tight

    def formula(self) -> Formula:
        if len(self.tokens) == 1:
            self.fail("the formula is empty: write one, such as x.T*A*x", 0)
        node = self.sum()
        kind, text, position = self.tokens[self.at]
        if kind != "end":
            missing = f"an operator is missing before {text}, as in 2*x"
            self.fail("this ) closes nothing" if text == ")" else missing, position)
        return node

    def sum(self) -> Formula:
        node = self.product()
        while sign := self.accept("+", "-"):
            node = self.join(*sign, node, self.product())
        return node

    def product(self) -> Formula:
        node = self.signed()
        while sign := self.accept("*", "@", "/", ".*", "./"):
            node = self.join(*sign, node, self.signed())
        return node

    def signed(self) -> Formula:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            what = f"nested more than {MAX_DEPTH} deep: leave out parentheses or split it"
            self.fail(what, self.tokens[self.at][2])
        sign = self.accept("-", "+")
        node = self.signed() if sign else self.power()
        if sign and sign[0] == "-":
            node = self.make("neg", (node,), node.shape, (sign[1], node.span[1]))
        self.depth -= 1
        return node

    def power(self) -> Formula:
        base = self.postfix()
        sign = self.accept("**", "^")
        if not sign:
            return base
        if self.tokens[self.at][1] == "T" and "T" not in self.shapes:
            self.fail("for transposed write .T, as in A.T", sign[1])
        return self.raised(sign[1], base, self.signed())

    def postfix(self) -> Formula:
        node = self.primary()
        while sign := self.accept(".T", "'"):
            span = (node.span[0], sign[1] + len(sign[0]))
            node = self.make("T", (node,), node.shape[::-1], span)
        return node

    def primary(self) -> Formula:
        found = self.found()
        kind, text, position = self.next()
        span = (position, position + len(text))
        if text == "(":
            node = self.sum()
            end = self.expect(")", f"to close the ( at column {position + 1}")
            return replace(node, span=(position, end))
        if kind == "number":
            digits, _, exponent = text.lower().partition("e")
            if len(digits) > 15 or len(exponent) > 3 or abs(int(exponent or 0)) > 12:
                self.fail("numbers have at most 15 digits and exponents up to 12", position)
            return self.make("number", (), (1, 1), span, text)
        if kind != "name":
            self.fail(f"a number, a name or ( was expected, but {found}", position)
        called = self.accept("(")
        if text not in RESERVED:
            return self.variable(text, span, bool(called))
        if text == "I" and not called:
            return self.make("eye", (), (0, 0), span)
        if not called or text == "I":
            instead = {"d": "d(…)/dx", "I": "I, or eye(3)"}.get(text, f"{text}(…)")
            self.fail(f"write {instead}", position)
        if text == "d":
            return self.derivative(position)
        if text in ("eye", "ones", "zeros"):
            return self.constant_matrix(text, position)
        args = [self.sum()]
        while self.accept(","):
            args.append(self.sum())
        return self.applied(text, args, (position, self.expect(")", f"to close {text}(")))

    def variable(self, text: str, span: tuple[int, int], called: bool) -> Formula:
        name = unicodedata.normalize("NFKC", text)
        if name in self.shapes and not called:
            return self.make("name", (), self.shapes[name], span, name)
        near = get_close_matches(name, [*RESERVED, *([] if called else self.shapes)], 1)
        what = f"{name} is no function that is known here" if called else f"{name} has no size"
        if name in self.shapes:
            what = f"{name} is not a function: write {name}*(…)"
        elif near:
            what += f"; did you mean {near[0]}?"
        elif not called:
            what += f": give it one, such as {name}=3 or {name}=(3, 3)"
        return self.fail(what, span[0])

    def derivative(self, start: int) -> Formula:
        f = self.sum()
        self.expect(")", "to close d(")
        self.expect("/", "after d(…), as in d(…)/dx")
        kind, text, position = self.tokens[self.at]
        name, span = unicodedata.normalize("NFKC", text[1:]), (position + 1, position + len(text))
        if kind != "name" or text[0] != "d" or name not in self.shapes:
            known = " or ".join(f"d{n}" for n in self.shapes) or "a name"
            self.fail(f"a derivative is by one of the names: {known} was expected", position)
        self.at += 1
        return self.slopes(f, Formula("name", (), self.shapes[name], name, span), (start, span[1]))

    def constant_matrix(self, name: str, start: int) -> Formula:
        sizes: list[int] = []
        while not sizes or self.accept(","):
            _, text, position = self.next()
            small = text.isdecimal() and len(text) < 3
            size = int(text) if small else self.sizes.get(text)
            if size is None or not 0 < size <= MAX_SIZE:
                self.fail(f"{name} takes sizes from 1 to {MAX_SIZE}, as in {name}(3)", position)
            sizes.append(size)
        end = self.expect(")", f"to close {name}(")
        if len(sizes) > (1 if name == "eye" else 2):
            self.fail(f"{name} has too many sizes", start)
        columns = sizes[-1] if len(sizes) > 1 or name == "eye" else 1
        return self.make(name, (), (sizes[0], columns), (start, end))


# LaTeX ----------------------------------------------------------------------------------------

_OPENING = {
    "norm": r"\left\lVert %s \right\rVert",
    "abs": r"\left| %s \right|",
    "sqrt": r"\sqrt{%s}",
    "tr": r"\operatorname{tr}\left(%s\right)",
    "diag": r"\operatorname{diag}\left(%s\right)",
    "sum": r"\operatorname{sum}\left(%s\right)",
    "logdet": r"\log\det\left(%s\right)",
    "sigmoid": r"\sigma\left(%s\right)",
    "dot": r"\left\langle %s, %s \right\rangle",
}
_SIGNS = {"*": " ", ".*": r" \odot ", "./": r" \oslash ", "+": " + ", "-": " - "}
_CONSTANTS = {"eye": "I", "ones": r"\mathbf{1}", "zeros": r"\mathbf{0}"}
_ADDED, _APPLIED, _ENTRIES, _MULTIPLIED, _RAISED, _WHOLE = range(6)


def _tightness(node: Formula) -> int:
    if node.op in ("+", "-", "neg"):
        return _ADDED
    if node.op in ("grad", "hess"):  # what stands behind them would be differentiated, too
        return _APPLIED
    if node.op in (".*", "./"):  # looser than a product without a sign
        return _ENTRIES
    if node.op in ("*", "outer") or (node.op == "number" and "e" in node.value.lower()):
        return _MULTIPLIED
    return _RAISED if node.op in ("T", "**", "pow", "inv", "d", "/", "logdet") else _WHOLE


def latex(node: Formula) -> str:
    r"""Return a formula as LaTeX, in the order in which it was written.

    Parameters
    ----------
    node : Formula

    Examples
    --------
    >>> print(latex(read("(A + A')*x/2", {"x": (3, 1), "A": (3, 3)})))
    \frac{\left(A + A^{\top}\right) x}{2}
    """

    def part(k: int, tight: int) -> str:
        text = latex(node.args[k])
        return text if _tightness(node.args[k]) >= tight else rf"\left({text}\right)"

    op, args = node.op, node.args
    if op == "number":
        digits, e, power = node.value.lower().partition("e")
        return rf"{digits} \cdot 10^{{{int(power)}}}" if e else digits
    if op == "name":
        return _named(node.value)
    if op in _CONSTANTS:
        return _CONSTANTS[op]
    if op == "neg":
        return f"-{part(0, _APPLIED)}"
    if op == "/":
        return rf"\frac{{{latex(args[0])}}}{{{latex(args[1])}}}"
    if op in _SIGNS:
        tight = _ADDED if op in "+-" else _MULTIPLIED if op == "*" else _ENTRIES
        left, right = part(0, tight), part(1, tight + (op not in ("+", "*")))
        if right.startswith("-"):
            right = rf"\left({right}\right)"
        if op == "*" and right[0].isdigit():
            return rf"{left} \cdot {right}"
        return left + (r"\, " if op == "*" and args[0].op == "number" else _SIGNS[op]) + right
    if op in ("T", "inv"):
        return rf"{part(0, _WHOLE)}^{{{'-1' if op == 'inv' else chr(92) + 'top'}}}"
    if op in ("**", "pow"):
        return rf"{part(0, _WHOLE)}^{{{latex(args[1])}}}"
    if op == "d":
        return rf"\frac{{\partial\, {part(0, _APPLIED)}}}{{\partial {latex(args[1])}}}"
    if op in ("grad", "hess"):
        sign = r"\nabla" if op == "grad" else r"\nabla^{2}"
        return rf"{sign}_{{{latex(args[1])}}}\, {part(0, _MULTIPLIED)}"
    if op == "outer":
        return rf"{part(0, _MULTIPLIED)} {part(1, _WHOLE)}^{{\top}}"
    inside = tuple(map(latex, args))
    mark = "_{F}" if op == "norm" and 1 not in args[0].shape else ""
    return _OPENING.get(op, rf"\{op}\left(%s\right)") % inside + mark


def _named(name: str) -> str:
    """Return a name as it is printed: theta_1 as θ with the index 1."""
    stem, _, index = name.partition("_")
    stem = rf"\{stem}" if stem in GREEK else stem if len(stem) == 1 else rf"\mathit{{{stem}}}"
    return rf"{stem}_{{{index.replace('_', ',')}}}" if index else stem
