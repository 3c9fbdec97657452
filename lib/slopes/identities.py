r"""Identities typed by a reader: proved, or refuted with numbers that anyone can check.

:func:`verdict` reads two formulas in the language of :mod:`slopes.formulas` and compares them on
two roads that share no code: with NumPy at random points, where a derivative is a difference
quotient, and in the exact arithmetic of :mod:`slopes.exact`. An identity holds when both agree.
"""

from __future__ import annotations

import html
import math
import operator
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np

from slopes.exact import Exact, TooMuchError
from slopes.formulas import LAYOUTS, MAX_SIZE, NAME, RESERVED, latex, read
from slopes.measured import measured, points, weight
from slopes.parameters import several
from slopes.proofs import Equation
from slopes.shapes import Formula, FormulaError, ShapeError, by, sized

__all__ = ["Verdict", "verdict"]

_POINTS, _TOLERANCE = 24, 1e-8
_LARGEST = 300_000  # matrices in one evaluation
_CASES, _ENTRIES = 36, 120
_IN_LAYOUT = {
    "book": "where a number's derivative is shaped like the variable",
    "numerator": "where a number's derivative is transposed: by a column it is a row",
    "denominator": "where the derivative of a vector is the Jacobian transposed",
}


@dataclass(frozen=True)
class Verdict:
    """What became of an identity.

    Attributes
    ----------
    answer : str
        ``proved``, ``refuted``, ``undecided`` (the numbers agree, and no proof was found),
        ``shapes`` (something does not fit together) or ``unreadable``.
    message : str
        The same in words: for which sizes, what went wrong, what would be right.
    counterexample : dict or None
        Of a refuted identity: a value for each name, as a number or an array.
    left, right : ndarray or None
        What the two sides are there.
    equation : Equation or None
        Of a proved identity: what ``prove`` displays.
    """

    answer: str
    message: str
    counterexample: Mapping[str, Any] | None = field(default=None, repr=False)
    left: Any = field(default=None, repr=False)
    right: Any = field(default=None, repr=False)
    equation: Equation | None = field(default=None, repr=False)

    @property
    def holds(self) -> bool:
        """Whether the identity was proved."""
        return self.answer == "proved"

    def __repr__(self) -> str:
        return self.message

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        if self.equation:
            return self.equation._repr_mimebundle_()
        shown = f'<pre style="white-space: pre-wrap">{html.escape(self.message)}</pre>'
        return {"text/plain": self.message, "text/html": shown}


def verdict(
    left: str,
    right: str,
    *,
    name: str = "identity",
    sizes: Mapping[str, int | Iterable[int]] | None = None,
    seed: int = 0,
    layout: str = "book",
    symmetric: Iterable[str] = (),
    positive: Iterable[str] = (),
    **shapes: Any,
) -> Verdict:
    r"""Say whether two formulas are equal, without raising when they are not.

    Parameters
    ----------
    left, right : str
        In the language of :mod:`slopes.formulas`: ``"d(x.T*A*x)/dx"``, ``"(A + A.T)*x"``.
    name : str
        What a proved equation is called.
    sizes : mapping of str to int or several, optional
        The sizes to prove it for, where shapes are given by letters: ``x="n", sizes={"n": 3}``.
        Without it a letter is 1, 2 and 3, and each of several letters 2 and 3.
    seed : int
        Of the random points.
    layout : {"book", "numerator", "denominator"}
        How derivatives are arranged. In the book, a number's derivative is shaped like the
        variable, so that a gradient is a column, and the derivative of a vector is the Jacobian,
        :math:`J_{ij} = \partial F_i / \partial x_j`, also where the vector is written as a row.
        The numerator layout turns the first around, the denominator layout the second.
    symmetric : iterable of str
        Names of symmetric matrices. A derivative by one is taken as if its entries were free.
    positive : iterable of str
        Names of positive definite (and symmetric) matrices, and of numbers and vectors with
        positive entries.
    **shapes : int, tuple or str
        The names: ``x=3`` is a column, ``A=(3, 3)`` a matrix, ``c=()`` a number. At most 6.

    Returns
    -------
    Verdict
        It holds where both sides have a value: random points where one has none, such as the
        logarithm of a negative number, are left out.

    Raises
    ------
    ValueError
        If a size or an option is none. What is wrong in a formula is an answer.

    Examples
    --------
    >>> verdict("d(x.T*A*x)/dx", "(A + A.T)*x", x=3, A=(3, 3))
    identity: proved for x = 3, A = (3, 3), and checked with numbers
    >>> wrong = verdict("d(x.T*A*x)/dx", "2*A*x", x=2, A=(2, 2))
    >>> wrong
    refuted. With x = [-3, -2], A = [[2, 2], [-2, 3]], entry 2 is -12 on the left and 0 on the
    right. It holds when A is symmetric.
    >>> wrong.counterexample["x"]
    array([-3., -2.])
    >>> verdict("d(A*x)/dx", "A.T", x="n", A=("n", "n"))
    refuted. With n = 2, x = [-3, -2], A = [[2, 2], [-2, 3]], entry (2, 1) is -2 on the left and
    2 on the right. It holds in the denominator layout, where the derivative of a vector is the
    Jacobian transposed.
    """
    options: dict[str, Any] = {
        "sizes": sizes,
        "layout": layout,
        "symmetric": symmetric,
        "positive": positive,
    }
    try:
        return examine(left, right, name=name, seed=seed, **options, **shapes)
    except ShapeError as error:
        return Verdict("shapes", f"{error}")
    except FormulaError as error:
        return Verdict("unreadable", f"{error}")


def examine(
    left: str,
    right: str,
    *,
    name: str,
    sizes: Any,
    seed: int,
    layout: str = "book",
    symmetric: Any = (),
    positive: Any = (),
    **shapes: Any,
) -> Verdict:
    """Return the verdict; like :func:`verdict`, but what cannot be read raises."""
    symmetric, positive = ((s,) if isinstance(s, str) else tuple(s) for s in (symmetric, positive))
    cases = {str(s): _several(s, v) for s, v in (sizes or {}).items()}
    for names, spec in shapes.items():
        for letter in spec if isinstance(spec, tuple | list) else (spec,):
            if isinstance(letter, str):
                cases.setdefault(letter, ())
        if not re.fullmatch(NAME, names) or names in RESERVED or names in cases:
            raise ValueError(f"{names} cannot be a name here: it has a meaning already")
    usual = (1, 2, 3) if len(cases) == 1 else (2, 3)
    cases = {letter: values or usual for letter, values in cases.items()}
    given = ", ".join(f"{n} = {s}" for n, s in shapes.items())
    if math.prod(map(len, cases.values())) > _CASES:
        raise ValueError(f"at most {_CASES} combinations of sizes are tried at once: take fewer")

    def claim(*case: int) -> _Claim:
        at = dict(zip(cases, case, strict=True))
        known = {n: _shape(n, spec, at) for n, spec in shapes.items()}
        square = [n for n in positive if n in known and known[n][0] == known[n][1] > 1]
        return _Claim(left, right, known, layout, (*symmetric, *square), positive, at, seed)

    combinations = list(product(*cases.values()))
    for case in combinations:
        one = claim(*case)
        result = one.judged()
        if result.answer != "proved":
            hint = ""
            if result.answer in ("refuted", "shapes"):
                with suppress(FormulaError, ValueError):  # the other sizes may not even fit
                    hint = one.slip([claim(*c) for c in combinations if c != case])
            return replace(result, message=" ".join(filter(None, [result.message, hint])))
    assert result.equation
    if cases:
        given = " and ".join(f"{s} = {', '.join(map(str, v))}" for s, v in cases.items())
    evidence = f"proved{' for ' * bool(given)}{given}"
    evidence += "".join(f", {n} symmetric" for n in symmetric)
    evidence += "".join(f", {n} positive{' definite' * (n in one.symmetric)}" for n in positive)
    evidence += f", in the {layout} layout" * (layout != "book") + ", and checked with numbers"
    equation = Equation(result.equation.latex, name, evidence)
    return Verdict("proved", repr(equation), equation=equation)


def _several(letter: Any, values: Any) -> tuple[int, ...]:
    return tuple(_size(letter, size) for size in several(f"sizes[{letter!r}]", values))


def _size(name: str, value: Any) -> int:
    try:
        size = operator.index(value)
    except TypeError:
        size = 0
    if isinstance(value, bool) or not 1 <= size <= MAX_SIZE:
        raise ValueError(
            f"{name} = {value!r}: sizes are whole numbers from 1 to {MAX_SIZE}; "
            f"write {name}=3 for a vector, {name}=(2, 3) for a matrix, {name}=() for a number"
        )
    return size


def _shape(name: str, spec: Any, at: Mapping[str, int]) -> tuple[int, int]:
    parts = tuple(spec) if isinstance(spec, tuple | list) else (spec,)
    if len(parts) > 2:
        raise ValueError(f"{name} = {spec!r}: a matrix has two sizes, as in {name}=(2, 3)")
    rows, columns = (
        *(_size(name, at.get(p, p) if isinstance(p, str) else p) for p in parts),
        1,
        1,
    )[:2]
    return rows, columns


# One identity at one size ---------------------------------------------------------------------


@dataclass
class _Claim:
    left: str
    right: str
    shapes: Mapping[str, tuple[int, int]]
    layout: str
    symmetric: tuple[str, ...]
    positive: tuple[str, ...]
    sizes: Mapping[str, int]
    seed: int

    def __post_init__(self) -> None:
        if sum(rows * columns for rows, columns in self.shapes.values()) > _ENTRIES:
            raise ValueError(f"the names have more than {_ENTRIES} entries: take smaller sizes")
        for n in (*self.symmetric, *self.positive):
            if n not in self.shapes:
                raise ValueError(f"{n} has no size: give it one, as in {n}=(3, 3)")
        for n in self.symmetric:
            if self.shapes[n][0] != self.shapes[n][1]:
                raise ValueError(f"{n} is {by(self.shapes[n])}: only a square matrix is symmetric")
        a, b = (read(s, self.shapes, self.layout, self.sizes) for s in (self.left, self.right))
        size = max(a.shape[0], b.shape[0]) or 2
        if all(side.constant() is None for side in (a, b)):  # I = 1 is a slip, not the number 1
            a, b = sized(a, size), sized(b, size)
        self.a, self.b = a, b

    def judged(self, brief: bool = False) -> Verdict:
        """Compare the sides; a brief answer does not give numbers."""
        a, b = self.a, self.b
        if a.shape != b.shape:
            return Verdict("shapes", f"The left side is {by(a.shape)}, the right {by(b.shape)}.")
        self.measure()
        if not self.usable.any():
            what = "undecided: at none of the random points are both sides defined. "
            return Verdict("undecided", f"{what}If a name is positive, say so: positive=(…).")
        if brief and self.wrong.any():
            return Verdict("refuted", "")
        reason = "the difference could not be reduced to zero"
        exact, differences = None, []
        for spare in (4, 64):  # long rows of unused generators would make everything slower
            try:
                exact = Exact(self.shapes, self.symmetric, self.positive, spare)
                rows = zip(exact.value(a), exact.value(b), strict=True)
                differences = [[x - y for x, y in zip(*row, strict=True)] for row in rows]
                break
            except TooMuchError as error:
                retry, exact, reason = exact and len(exact.rules) == spare, None, str(error)
                if not retry:
                    break
        for k in np.flatnonzero(self.wrong):
            gaps = self.L[k] - self.R[k]
            i, j = np.unravel_index(np.abs(gaps).argmax(), gaps.shape)
            point = {n: v[k] for n, v in self.points.items()}
            sure = gaps[i, j] if exact is None else exact.number(differences[i][j], point)
            if np.isclose(sure, gaps[i, j], rtol=1e-4):
                return self.refuted(int(k), int(i), int(j))
        if self.wrong.any():
            return Verdict("undecided", "undecided: numbers and exact arithmetic disagree")
        try:
            if exact and all(exact.vanishes(p) for row in differences for p in row):
                return Verdict("proved", "", equation=Equation(f"{latex(a)} = {latex(b)}", "", ""))
        except TooMuchError as error:
            reason = str(error)
        what = f"undecided: it holds at all {self.usable.sum()} random points to eight digits, "
        what += (
            f"but is not proved ({reason}). Smaller sizes may help, or naming what is positive: "
        )
        return Verdict("undecided", f"{what}positive=(…).")

    def measure(self) -> None:
        """Evaluate both sides at random points, and see where they differ."""
        a, b = self.a, self.b
        count = min(_POINTS, _LARGEST // max(weight(a), weight(b)))
        if count < 3:
            what = "too many derivatives within derivatives at this size: take smaller sizes"
            raise FormulaError(what, self.left, 1)
        self.points = points(self.shapes, self.symmetric, self.positive, count, self.seed)
        shape = (count, *a.shape)
        with np.errstate(all="ignore"):
            self.L, self.R = (np.broadcast_to(measured(s, self.points), shape) for s in (a, b))
            sides = np.abs(np.concatenate([self.L, self.R], axis=1)).max((1, 2))
            self.usable = np.isfinite(sides) & (sides < 1e12)
            gap = np.abs(self.L - self.R).max((1, 2))
            self.wrong = self.usable & (gap > _TOLERANCE * (1 + sides))

    def refuted(self, k: int, i: int, j: int) -> Verdict:
        point = {n: v[k] for n, v in self.points.items()}
        point = {n: v[:, 0] if v.shape[1] == 1 else v for n, v in point.items()}
        point = {n: float(v[0]) if v.shape == (1,) else v for n, v in point.items()}
        given = [f"{n} = {v}" for n, v in self.sizes.items()]
        given += [
            f"{n} = {f'{v:g}' if isinstance(v, float) else _written(v)}" for n, v in point.items()
        ]
        rows, columns = self.a.shape
        entry = "" if rows == columns == 1 else f"entry ({i + 1}, {j + 1})"
        entry = f"entry {i + 1}" if columns == 1 < rows else entry or "it"
        both = [v[k, i, j].round(9) + 0.0 for v in (self.L, self.R)]
        for digits in (6, 12):
            numbers = [f"{v:.{digits}g}" for v in both]
            if numbers[0] != numbers[1]:
                break
        message = f"refuted. With {', '.join(given)}, " if given else "refuted: "
        message += f"{entry} is {numbers[0]} on the left and {numbers[1]} on the right."
        return Verdict("refuted", message, point, self.L[k].copy(), self.R[k].copy())

    # What may have been meant

    def slip(self, others: list[_Claim]) -> str:
        """Return what makes the identity true, where a common slip explains it; else nothing.

        It has to explain the identity at the other sizes as well.
        """
        for change, sentence in self.changes():
            try:
                claims = (replace(claim, **change) for claim in (self, *others))
                if all(claim.judged(brief=True).answer == "proved" for claim in claims):
                    return sentence
            except (FormulaError, ValueError):
                continue
        return ""

    def changes(self) -> Iterator[tuple[dict[str, Any], str]]:
        for layout in LAYOUTS:
            if layout != self.layout and any(n.op == "d" for n in (*_all(self.a), *_all(self.b))):
                yield {"layout": layout}, f"It holds in the {layout} layout, {_IN_LAYOUT[layout]}."
        turned = {"right": f"({self.right}).T"}
        if self.b.shape != (1, 1):
            yield turned, "It holds with the right side transposed."
        for n, (rows, columns) in self.shapes.items():
            if rows == columns > 1 and n not in self.symmetric:
                yield {"symmetric": (*self.symmetric, n)}, f"It holds when {n} is symmetric."
        for side, other in ((self.right, ""), (turned["right"], " transposed")):
            factor = self.factor(turned=bool(other))
            if factor is not None:
                text = {"right": f"({factor})*({side})"}
                yield text, f"It holds with {factor} times the right side{other}."

    def factor(self, turned: bool) -> Fraction | None:
        """Return the simple number that the right side is to be multiplied by, if there is one."""
        shape = self.b.shape[::-1] if turned else self.b.shape
        if shape != self.a.shape or (turned and shape == (1, 1)):
            return None
        if not hasattr(self, "L"):
            try:
                self.points = points(self.shapes, self.symmetric, self.positive, 8, self.seed)
            except ValueError:
                return None
        with np.errstate(all="ignore"):
            L, R = (np.asarray(measured(s, self.points)) for s in (self.a, self.b))
            R = np.swapaxes(R, -1, -2) if turned else R
            L, R = np.broadcast_arrays(L, R)
            good = np.isfinite(L) & np.isfinite(R) & (np.abs(R) > 1e-6)
            if not good.any():
                return None
            ratio = Fraction(float(np.median(L[good] / R[good]))).limit_denominator(12)
        return ratio if ratio not in (0, 1) and abs(ratio) <= 12 else None


def _all(node: Formula) -> Iterator[Formula]:
    yield node
    for a in node.args:
        yield from _all(a)


def _written(v: Any) -> str:
    return np.array2string(v, separator=", ", formatter={"float": lambda e: f"{e:g}"}).replace(
        "\n", ""
    )
