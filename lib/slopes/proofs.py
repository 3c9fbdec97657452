r"""Claims as outputs: an equation is displayed by the call that proves it.

:func:`prove` checks an identity twice, by two roads that share only the definitions they start
from: with SymPy on symbols, and with NumPy on random numbers, where a derivative is a difference
quotient. Only when both agree does it return the object that renders the equation.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import sympy as sp
from sympy.printing.latex import LatexPrinter, translate

from slopes.calculus import numerical_gradient
from slopes.parameters import several
from slopes.rules import Rule
from slopes.symbolic import rule_latex

__all__ = [
    "CLAIM",
    "Equation",
    "NotProvedError",
    "function",
    "gradient",
    "matrix",
    "prove",
    "show_rule",
    "show_source",
    "vector",
]

#: The type of the record beside an equation that says what stands behind it.
CLAIM = "application/vnd.slopes.proof+json"


class NotProvedError(AssertionError):
    """The two sides are different, or could not be shown to be equal.

    Attributes
    ----------
    counterexample : dict or None
        Of two formulas that differ: a value for each name.
    """

    counterexample: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Equation:
    """An equation that code stands behind; notebooks and the website render it.

    Attributes
    ----------
    latex : str
        What is displayed.
    name : str
        What the steps of a proof in the text refer to.
    evidence : str
        What was checked, in words.
    """

    latex: str
    name: str
    evidence: str = field(repr=False)

    def __repr__(self) -> str:
        return f"{self.name}: {self.evidence}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        body = rf"\begin{{equation*}}{self.latex}\tag*{{$\checkmark$}}\end{{equation*}}"
        return {
            "text/plain": repr(self),
            "text/latex": body,
            CLAIM: {"name": self.name, "evidence": self.evidence},
        }


# Mathematical objects -------------------------------------------------------------------------


def vector(names: str, size: Any) -> Any:
    """Return column vectors of symbols, one for each name.

    Parameters
    ----------
    names : str
        Separated by spaces; a single name gives the vector itself, several a tuple.
    size : int or sympy.Symbol

    Examples
    --------
    >>> n = sp.Symbol("n")
    >>> vector("g u", n)
    (g, u)
    """
    made = tuple(sp.MatrixSymbol(name, size, 1) for name in names.split())
    if not made:
        raise ValueError('there is no name: write vector("x", n)')
    return made if len(made) > 1 else made[0]


def matrix(name: str, rows: Any, columns: Any | None = None, *, symmetric: bool = False) -> Any:
    """Return a matrix of symbols; symmetric if so declared.

    Parameters
    ----------
    name : str
    rows, columns : int or sympy.Symbol
        Without ``columns`` the matrix is square.
    symmetric : bool
        Whether the entries mirror across the diagonal.

    Raises
    ------
    ValueError
        If a symmetric matrix would not be square.

    Examples
    --------
    >>> matrix("A", 2, 3).shape
    (2, 3)
    """
    if symmetric:
        if columns not in (None, rows):
            raise ValueError(f"a symmetric matrix is square, not {rows} × {columns}")
        return _SymmetricSymbol(name, rows, rows)
    return sp.MatrixSymbol(name, rows, rows if columns is None else columns)


class _SymmetricSymbol(sp.MatrixSymbol):
    """A matrix symbol whose entries mirror across the diagonal."""

    def _eval_transpose(self) -> Any:
        return self


class _Applied(sp.MatrixExpr):
    """A named function of a vector, applied: printed as J(θ), evaluated by its definition."""

    shape = (sp.Integer(1), sp.Integer(1))
    definition: Callable[[Any], Any]

    def __new__(cls, argument: Any) -> Any:
        return sp.Expr.__new__(cls, argument)

    def _latex(self, printer: Any) -> str:
        return rf"{type(self).__name__}({printer.doprint(self.args[0])})"

    def expanded(self) -> Any:
        return type(self).definition(self.args[0])


def function(name: str, definition: Callable[[Any], Any]) -> type[_Applied]:
    """Return a scalar function of a vector, displayed by name and checked by definition.

    Parameters
    ----------
    name : str
        How it is printed: J gives J(θ).
    definition : callable
        Takes a matrix expression, returns one of shape (1, 1).

    Examples
    --------
    >>> n = sp.Symbol("n")
    >>> J = function("J", lambda x: x.T * x)
    >>> J(vector("x", n)).expanded()
    x.T*x
    """
    return type(name, (_Applied,), {"definition": staticmethod(definition)})


class gradient(sp.MatrixExpr):
    r"""The gradient of a scalar function with respect to a vector, a column: :math:`\nabla J(x)`.

    Examples
    --------
    >>> n = sp.Symbol("n")
    >>> x = vector("x", n)
    >>> prove(gradient(function("J", lambda x: x.T * x)(x), x), 2 * x, sizes={n: (1, 2, 3)})
    identity: proved for n = 1, 2, 3, and checked with numbers
    """

    def __new__(cls, f: Any, x: Any) -> Any:
        """Keep ``f`` and ``x`` unevaluated, so that they can be displayed."""
        return sp.Expr.__new__(cls, f, x)

    @property
    def shape(self) -> Any:
        """The shape of ``x``."""
        return self.args[1].shape

    def _latex(self, printer: Any) -> str:
        return rf"\nabla {printer.doprint(self.args[0])}"


class _Printer(LatexPrinter):
    """SymPy's printer with a textbook's order and marks."""

    def _print_Add(self, e: Any, order: Any = None) -> str:
        # As below, and a number before symbols, 1 + α − ηλ, but not in an index, k + 1.
        terms = self._as_ordered_terms(e, order=order)
        if not e.is_integer:
            terms.sort(key=lambda term: not term.is_number)
        return _joined(sorted(map(self._print, terms), key=lambda term: term.startswith("-")))

    def _print_Symbol(self, e: Any, style: str = "plain") -> str:
        # SymPy takes a name with braces as LaTeX already: theta_{t-1} needs its backslash.
        stem, brace, index = e.name.partition("_{")
        if brace and stem.isalpha():
            return f"{translate(stem)}_{{{index}"
        return str(super()._print_Symbol(e, style=style))

    def _print_MatAdd(self, e: Any) -> str:
        # What is added comes before what is taken away: θ − ηg, not −ηg + θ.
        return _joined(sorted(map(self._print, e.args), key=lambda term: term.startswith("-")))

    def _print_MatMul(self, e: Any) -> str:
        scalar, factors = e.as_coeff_matrices()
        if not factors or scalar == 1:
            return str(super()._print_MatMul(e))
        if scalar == -1:
            return f"-{self._print(sp.MatMul(*factors))}"
        return f"{self._print(scalar)}\\, {self._print(sp.MatMul(*factors))}"

    def _print_Transpose(self, e: Any) -> str:
        simple = isinstance(e.arg, sp.MatrixSymbol | gradient)
        inner = self._print(e.arg) if simple else rf"\left({self._print(e.arg)}\right)"
        return rf"{inner}^{{\top}}"

    def _print_Sum(self, e: Any) -> str:
        signs = [
            rf"\sum_{{{self._print(k)}={self._print(low)}}}^{{{self._print(high)}}}"
            for k, low, high in reversed(e.limits)
        ]
        body = self._print(e.function)
        return " ".join([*signs, rf"\left({body}\right)" if e.function.is_Add else body])


def _joined(terms: Iterable[str]) -> str:
    text = ""
    for term in terms:
        negative = term.startswith("-")
        text += f" - {term[1:].strip()}" if text and negative else f" + {term}" if text else term
    return text


# The two roads --------------------------------------------------------------------------------


def _expand(expression: Any) -> Any:
    """Replace every named function by its definition."""
    return expression.replace(lambda e: isinstance(e, _Applied), lambda e: e.expanded())


def _explicit(e: Any) -> Any:
    """Write an expression out in the symbols of its entries; a 1 × 1 matrix becomes a scalar."""

    def scalar(m: Any) -> Any:
        return m[0, 0] if isinstance(m, sp.MatrixBase) and m.shape == (1, 1) else m

    if isinstance(e, _SymmetricSymbol):
        rows = int(e.shape[0])
        return sp.Matrix(rows, rows, lambda i, j: _entry(e.name, min(i, j), max(i, j)))
    if isinstance(e, sp.MatrixSymbol):
        rows, columns = map(int, e.shape)
        return sp.Matrix(rows, columns, lambda i, j: _entry(e.name, i, j))
    if isinstance(e, gradient):
        f, x = scalar(_explicit(e.args[0])), _explicit(e.args[1])
        return x.applyfunc(lambda entry: sp.diff(f, entry))
    if isinstance(e, sp.Transpose):
        return _explicit(e.arg).T
    if isinstance(e, sp.Identity):
        return sp.eye(int(e.shape[0]))
    if isinstance(e, sp.MatAdd):
        total, *rest = map(_explicit, e.args)
        for term in rest:
            total = total + term
        return total
    if isinstance(e, sp.MatMul):
        total, *rest = map(_explicit, e.args)
        for term in rest:
            total = total * term
        return total
    if e.has(sp.Sum):
        e = _written_out(e)
    if e.has(sp.Indexed):
        e = e.replace(
            lambda a: isinstance(a, sp.Indexed),
            lambda a: _entry(a.base.name, *(int(i) - 1 for i in a.indices)),
        )
    return e.doit()


def _written_out(e: Any) -> Any:
    """Write every sum out term by term, outer sums first: an inner one may start at their index."""
    if isinstance(e, sp.Sum):
        return sp.Add(*map(_written_out, _summands(e)))
    return e.func(*map(_written_out, e.args)) if e.args and e.has(sp.Sum) else e


def _summands(e: Any) -> list[Any]:
    *inner, (index, low, high) = e.limits
    body = e.func(e.function, *inner) if inner else e.function
    return [body.subs(index, k) for k in range(int(low), int(high) + 1)]


def _entry(name: str, *index: int) -> Any:
    return sp.Symbol(f"{name}_{'_'.join(str(i + 1) for i in index)}", real=True)


def _is_zero(entry: Any) -> bool:
    if entry == 0 or sp.expand(entry) == 0:
        return True
    return bool(sp.simplify(entry) == 0)


def _measured(e: Any, values: dict[Any, Any], random: np.random.Generator) -> Any:
    """Evaluate an expression with NumPy at random numbers, derivatives as difference quotients."""

    def draw(key: Any, shape: tuple[int, ...]) -> Any:
        if key not in values:
            drawn = random.uniform(0.5, 2.0, shape) * random.choice([-1.0, 1.0], shape)
            if key.is_integer:
                drawn = np.rint(4 * drawn)
            if key.is_nonnegative or key.is_nonpositive:
                drawn = np.abs(drawn) if key.is_nonnegative else -np.abs(drawn)
            values[key] = drawn
        return values[key]

    def value(a: Any) -> Any:
        return _measured(a, values, random)

    if isinstance(e, _SymmetricSymbol):
        drawn = draw(e, tuple(map(int, e.shape)))
        return (drawn + drawn.T) / 2
    if isinstance(e, sp.MatrixSymbol):
        return draw(e, tuple(map(int, e.shape)))
    if isinstance(e, sp.MatrixBase):
        return np.array([float(value(entry)) for entry in e], float).reshape(e.shape)
    if isinstance(e, sp.Determinant):
        return float(np.linalg.det(value(e.arg)))
    if isinstance(e, gradient):
        f, x = e.args

        def at(point: np.ndarray) -> float:
            return np.asarray(_measured(f, values | {x: point}, random)).item()

        for symbol in f.atoms(sp.MatrixSymbol):  # one set of numbers for every evaluation
            value(symbol)
        return numerical_gradient(at, value(x))
    if isinstance(e, sp.Transpose):
        return value(e.arg).T
    if isinstance(e, sp.Identity):
        return np.eye(int(e.shape[0]))
    if isinstance(e, sp.MatAdd | sp.Add):
        return sum(map(value, e.args))
    if isinstance(e, sp.MatMul):
        total: Any = 1.0
        for factor in map(value, e.args):
            matrices = np.ndim(total) == 2 and np.ndim(factor) == 2
            total = total @ factor if matrices else total * factor
        return total
    if isinstance(e, sp.Sum):
        # Not by _summands: a mistake there would be made on both roads.
        *inner, (index, low, high) = e.limits
        body = sp.Sum(e.function, *inner) if inner else e.function
        numbers = range(round(value(low)), round(value(high)) + 1)
        return sum(value(body.xreplace({index: sp.Integer(k)})) for k in numbers)
    if isinstance(e, sp.Mul):
        return np.prod([value(a) for a in e.args])
    if isinstance(e, sp.Pow):
        return float(value(e.base)) ** float(value(e.exp))
    if isinstance(e, sp.Derivative):
        (x, order), f = e.variable_count[0], e.expr
        if order != 1 or len(e.variable_count) != 1:
            raise NotProvedError(f"only first derivatives can be measured so far, not {e}")
        for symbol in f.free_symbols:
            value(symbol)
        return numerical_gradient(lambda p: _measured(f, values | {x: p}, random), value(x)).item()
    if isinstance(e, sp.Symbol | sp.Indexed):
        return float(draw(e, ()))
    if e.is_number:
        return float(e)
    return float(e.func(*(sp.Float(float(value(a))) for a in e.args)))


# The claim ------------------------------------------------------------------------------------

#: How often random numbers are drawn until both sides have a value.
_DRAWS = 20


def prove(
    left: Any,
    right: Any,
    *,
    name: str = "identity",
    sizes: Mapping[Any, Any] | None = None,
    seed: int = 0,
    **formulas: Any,
) -> Equation:
    """Prove that two expressions are equal, and return the equation that says so.

    Parameters
    ----------
    left, right : str, or sympy expression, or list of them
        Two strings are formulas in the language of :mod:`slopes.formulas`. Otherwise scalars,
        matrices or vectors; a list is a sum, displayed in the order given.
    name : str
        A name for the text to refer to.
    sizes : mapping of symbol to integers, optional
        The dimensions to prove it for, for each symbolic dimension.
    seed : int
        Of the random numbers for the second check.
    **formulas
        For two strings: the sizes of their names, and the options ``layout``, ``symmetric`` and
        ``positive``; see :func:`slopes.verdict`, which gives the same answers without raising.

    Returns
    -------
    Equation

    Raises
    ------
    NotProvedError
        If the sides differ: the message gives numbers that tell them apart.
        Also if numbers agree but no proof is found.
    TypeError
        If only one side is a string, or options for strings are given without one.
    ValueError
        If there are no sizes to try, or one is not a whole number from 1.
    FormulaError
        If a string is no formula, or its parts do not fit together.

    Examples
    --------
    >>> prove("d(x.T*A*x)/dx", "(A + A.T)*x", x="n", A=("n", "n"))
    identity: proved for n = 1, 2, 3, and checked with numbers
    >>> x = sp.Symbol("x", real=True)
    >>> prove(sp.Derivative(x**3, x), 3 * x**2, name="cube")
    cube: proved, and checked with numbers
    >>> prove(sp.Derivative(x**3, x), 3 * x, name="cube")
    Traceback (most recent call last):
    slopes.proofs.NotProvedError: cube: the sides differ. With x = 1.455: left 6.35494, right \
4.36633
    """
    if isinstance(left, str) and isinstance(right, str):
        from slopes.identities import examine

        answer = examine(left, right, name=name, sizes=sizes, seed=seed, **formulas)
        if answer.equation:
            return answer.equation
        refusal = NotProvedError(f"{name}: {answer.message}")
        refusal.counterexample = answer.counterexample
        raise refusal
    if isinstance(left, str) or isinstance(right, str) or formulas:
        raise TypeError("either both sides are strings, with sizes for their names, or none is")
    cases = {n: several(f"sizes[{n}]", values) for n, values in (sizes or {}).items()}
    sides = [_terms(left), _terms(right)]
    if sizeless := sorted(_dimensions([*sides[0], *sides[1]]) - {*map(str, cases)}):
        raise ValueError(
            f"{name}: give sizes for {', '.join(sizeless)}, such as sizes={{{sizeless[0]}: (1, 2)}}"
        )
    random = np.random.default_rng(seed)
    for case in product(*cases.values()):
        at = dict(zip(cases, case, strict=True))
        lhs, rhs = ([_expand(term).subs(at) for term in terms] for terms in sides)
        values, numbers = _at_random((lhs, rhs), random, name)
        if numbers[0].shape != numbers[1].shape and min(n.size for n in numbers) > 1:
            raise NotProvedError(
                f"{name}: the sides have different shapes, "
                f"{numbers[0].shape} and {numbers[1].shape}"
            )
        if not np.allclose(numbers[0], numbers[1], rtol=1e-6, atol=1e-6):
            raise NotProvedError(f"{name}: the sides differ. {_witness(values, at, numbers)}")
        difference = _total(lhs) - _total(rhs)
        entries = list(difference) if isinstance(difference, sp.MatrixBase) else [difference]
        if not all(map(_is_zero, entries)):
            raise NotProvedError(
                f"{name}: the numbers agree but SymPy finds no proof; what is left over is "
                f"{sp.simplify(entries[0])}"
            )
    latex = " = ".join(_display(terms) for terms in sides)
    return Equation(latex, name, f"proved{_for(cases)}, and checked with numbers")


def _dimensions(terms: Sequence[Any]) -> set[str]:
    """Return the names in shapes of matrices and in the ends of sums."""
    matrices = {a for term in terms for a in term.atoms(sp.MatrixSymbol)}
    limits = [limit for term in terms for e in term.atoms(sp.Sum) for limit in e.limits]
    sizes = [
        *(size for a in matrices for size in a.shape),
        *(end for _, *ends in limits for end in ends),
    ]
    return {str(s) for size in sizes for s in size.free_symbols} - {str(i) for i, *_ in limits}


def _at_random(
    sides: Sequence[list[Any]], random: np.random.Generator, name: str
) -> tuple[dict[Any, Any], list[np.ndarray]]:
    """Return random numbers for the symbols, and both sides there; drawn anew if one has none."""
    problem: Any = "it is infinite or no number"
    for _ in range(_DRAWS):
        values: dict[Any, Any] = {}
        try:
            found = [np.asarray(sum(_measured(t, values, random) for t in side)) for side in sides]
        except (ArithmeticError, TypeError, ValueError) as error:  # such as the log of a negative
            problem = error
        else:
            if all(np.isfinite(numbers).all() for numbers in found):
                return values, found
    raise NotProvedError(
        f"{name}: a side has no value at {_DRAWS} draws of random numbers ({problem}): "
        "declare what holds of the symbols, such as positive=True"
    )


def _terms(side: Any) -> list[Any]:
    terms = list(side) if isinstance(side, list | tuple) else [side]
    return [sp.sympify(term) for term in terms]


def _total(terms: Sequence[Any]) -> Any:
    total: Any = None
    for term in map(_explicit, terms):
        if isinstance(term, sp.MatrixBase) and term.shape == (1, 1):
            term = term[0, 0]
        total = term if total is None else total + term
    return total


def _display(terms: Sequence[Any]) -> str:
    return _joined(_Printer().doprint(term) for term in terms)


def _for(sizes: Mapping[Any, tuple[int, ...]]) -> str:
    if not sizes:
        return ""
    return " for " + " and ".join(f"{s} = {', '.join(map(str, v))}" for s, v in sizes.items())


def _witness(values: dict[Any, Any], at: dict[Any, int], numbers: list[np.ndarray]) -> str:
    at_sizes = "".join(f"{symbol} = {size}, " for symbol, size in at.items())
    given = ", ".join(
        f"{key} = {np.array2string(np.asarray(v), precision=3, separator=', ')}"
        for key, v in values.items()
    )
    left, right = (n.ravel() for n in np.broadcast_arrays(*numbers))
    worst = int(np.abs(left - right).argmax())
    return f"With {at_sizes}{given}: left {left[worst]:.6g}, right {right[worst]:.6g}"


def show_rule(rule: Rule) -> Equation:
    r"""Return a rule's equations, printed from the lines that run.

    Parameters
    ----------
    rule : Rule

    Examples
    --------
    >>> from slopes import GradientDescent
    >>> show_rule(GradientDescent())
    GradientDescent: printed from the code of GradientDescent.update
    """
    kind, lines = type(rule).__name__, rule_latex(rule)
    methods = f"{kind}.look and {kind}.update" if r"\nabla J" in lines else f"{kind}.update"
    latex = rf"\begin{{aligned}}{lines}\end{{aligned}}"
    return Equation(latex, kind, f"printed from the code of {methods}")


@dataclass(frozen=True)
class _Source:
    text: str = field(repr=False)

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.text}\n```"


def show_source(thing: Any) -> _Source:
    """Return the code of a function or method as it runs, without docstring and annotations.

    Parameters
    ----------
    thing : function

    Raises
    ------
    TypeError
        If it is anything else, or its code is not at hand.

    Examples
    --------
    >>> from slopes.losses import squared
    >>> show_source(squared)
    def squared(scores, y):
        return (scores - y) ** 2
    """
    refusal = TypeError(f"show_source takes a function or method written with def, not {thing!r}")
    try:
        lines = textwrap.dedent(inspect.getsource(thing)).splitlines()
    except (TypeError, OSError):
        raise refusal from None
    definition = ast.parse("\n".join(lines)).body[0]
    if not isinstance(definition, ast.FunctionDef):
        raise refusal
    first, *rest = definition.body
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    body = lines[(rest[0] if documented else first).lineno - 1 :]
    arguments = definition.args
    plain = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    for argument in filter(None, (*plain, arguments.vararg, arguments.kwarg)):
        argument.annotation = None
    return _Source("\n".join([f"def {definition.name}({ast.unparse(arguments)}):", *body]))
