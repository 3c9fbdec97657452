"""Test surfaces, each written once as a SymPy expression.

Value, gradient, Hessian and LaTeX all come from that one expression, so a picture, a path and the
formula in the text cannot disagree.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cache, cached_property, lru_cache
from itertools import product
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from slopes.models import Linear
from slopes.parameters import number, whole

if TYPE_CHECKING:
    import sympy as sp

__all__ = [
    "LANDSCAPES",
    "Landscape",
    "LeastSquares",
    "Misled",
    "beale",
    "bowl",
    "double_well",
    "himmelblau",
    "landscape",
    "least_squares",
    "log_sum_exp",
    "misled",
    "monkey_saddle",
    "plateau",
    "rastrigin",
    "ravine",
    "rosenbrock",
    "saddle",
    "styblinski_tang",
]


@dataclass(frozen=True)
class Landscape:
    """A function of a few variables with everything a course asks of it.

    Attributes
    ----------
    name : str
        What it is called in the book.
    expression : sympy.Expr
        The function.
    variables : tuple of sympy.Symbol
        Its variables, in the order of a point's coordinates.
    domain : tuple of (float, float)
        A range for each variable that shows what is interesting.
    start : tuple of float
        A usual starting point.
    minimizers : tuple of tuple of float
        Every known global minimizer; empty when there is none.
    terms : tuple of sympy.Expr
        The summands of the expression in a textbook's order, for display.
    stationary : tuple of tuple of float
        Other points where the gradient is zero: local minima, saddles. Some, not always all.
    note : str
        What to know about the surface, for example why it has no minimizer.

    Raises
    ------
    ValueError
        If a variable is named twice, the expression holds another symbol, domain, start or a
        point has another number of coordinates than there are variables, start or domain is not
        finite or a range not from low to high, or the terms don't add up to the expression.

    Examples
    --------
    >>> surface = rosenbrock()
    >>> surface([1.0, 1.0])
    0.0
    >>> surface.grad([0.0, 0.0])
    array([-2.,  0.])
    >>> print(surface.latex)
    \\left(1 - \\theta_{1}\\right)^{2} + 100 \\left(\\theta_{2} - \\theta_{1}^{2}\\right)^{2}
    """

    name: str
    expression: sp.Expr
    variables: tuple[sp.Symbol, ...]
    domain: tuple[tuple[float, float], ...]
    start: tuple[float, ...]
    minimizers: tuple[tuple[float, ...], ...]
    terms: tuple[sp.Expr, ...] = ()
    stationary: tuple[tuple[float, ...], ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        import sympy as sp

        for name in ("variables", "start"):  # lists could not be hashed
            object.__setattr__(self, name, tuple(getattr(self, name)))
        d = len(self.variables)
        if len(set(self.variables)) < d:
            raise ValueError(f"{self.name}: each variable counts once, not {self.variables}")
        self._check_symbols("the expression", self.expression)
        points = {"domain": self.domain, "start": self.start}
        points |= {f"minimizer {m}": m for m in self.minimizers}
        points |= {f"stationary point {p}": p for p in self.stationary}
        for what, point in points.items():
            if len(point) != d:
                raise ValueError(
                    f"{self.name}: {what} has {len(point)} coordinates but there are {d} variables"
                )
        for side in self.domain:
            if np.shape(side) != (2,):
                raise ValueError(
                    f"{self.name}: domain must be a pair (low, high) for each variable, "
                    f"not {self.domain}"
                )
        numbers = np.array([*self.start, *(end for side in self.domain for end in side)], float)
        if not np.isfinite(numbers).all() or any(low >= high for low, high in self.domain):
            raise ValueError(
                f"{self.name}: the start and the domain must be finite, and each range go from low "
                f"to high, not {self.start} and {self.domain}"
            )
        if self.terms and sp.expand(sp.Add(*self.terms) - self.expression) != 0:
            raise ValueError(f"{self.name}: the terms don't add up to the expression")
        object.__setattr__(self, "domain", tuple(tuple(side) for side in self.domain))

    def _check_symbols(self, what: str, expression: Any) -> None:
        import sympy as sp

        foreign = sp.sympify(expression).free_symbols - set(self.variables)
        if foreign:
            names = ", ".join(sorted(map(str, foreign)))
            raise ValueError(
                f"{self.name}: {what} holds {names}, not among the variables {self.variables}: use "
                "the very same symbols, for one of the same name but real=True is another"
            )

    @cached_property
    def _hash(self) -> int:
        return hash((self.name, self.expression, self.variables, self.start))

    def __hash__(self) -> int:
        return self._hash  # compiled loops are found by it, again and again

    def __getstate__(self) -> dict[str, Any]:
        # What was compiled cannot be pickled, and is soon compiled again.
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @property
    def latex(self) -> str:
        """The expression as LaTeX, its terms in a textbook's order."""
        return _latex(self.terms or (self.expression,))

    @cached_property
    def minimum(self) -> float:
        """The value at the minimizers.

        Raises
        ------
        ValueError
            If the surface has no minimizer; the message says why.
        """
        if not self.minimizers:
            raise ValueError(f"{self.name} has no known minimizer: {self.note or 'none was given'}")
        return min(float(self(m)) for m in self.minimizers)

    def _compile(self, expressions: Any) -> Callable[..., Any]:
        import sympy as sp

        return sp.lambdify([self.variables], expressions, "numpy", cse=True)

    @cached_property
    def slopes(self) -> list[Any]:
        """The partial derivatives, as SymPy expressions."""
        return [self.expression.diff(v) for v in self.variables]

    @cached_property
    def _value(self) -> Callable[..., Any]:
        return self._compile(self.expression)

    @cached_property
    def _grad(self) -> Callable[..., Any]:
        return self._compile(self.slopes)

    @cached_property
    def _hessian(self) -> Callable[..., Any]:
        return self._compile([[g.diff(v) for v in self.variables] for g in self.slopes])

    def _point(self, x: Any) -> np.ndarray:
        point = np.asarray(x, float)
        if point.ndim == 0 or point.shape[0] != len(self.variables):
            raise ValueError(
                f"{self.name} takes points with {len(self.variables)} coordinates along the first "
                f"axis, not an array of shape {point.shape}"
            )
        return point

    def __call__(self, x: Any) -> Any:
        """Return the value at ``x``, shape (d,), or at many points, shape (d, …)."""
        point = self._point(x)
        value = self._value(point)
        return (
            float(value) if point.ndim == 1 else np.array(np.broadcast_to(value, point.shape[1:]))
        )

    def grad(self, x: Any) -> np.ndarray:
        """Return the gradient at ``x``, shaped like ``x``."""
        point = self._point(x)
        parts = self._grad(point)
        return np.stack([np.broadcast_to(p, point.shape[1:]) for p in parts]).astype(float)

    def hessian(self, x: Any) -> np.ndarray:
        """Return the matrix of second derivatives at one point, shape (d, d)."""
        point = self._point(x)
        if point.ndim != 1:
            raise ValueError(f"{self.name}: second derivatives are taken at one point at a time")
        return np.array(self._hessian(point), float)

    def __repr__(self) -> str:
        without = "" if self.minimizers else f"; no minimizer: {self.note or 'none known'}"
        return f"Landscape({self.name!r}: {self.expression}{without})"


@dataclass(frozen=True)
class Misled(Landscape):
    """A landscape with a claimed gradient, to see where a wrong one leads.

    Heights are the true ones; ``grad`` answers with the claim.

    Attributes
    ----------
    claim : tuple of sympy.Expr
        One for each variable.

    Raises
    ------
    ValueError
        If there are more or fewer claims than variables, or one holds another symbol.

    Examples
    --------
    >>> wrong = misled(bowl(2, 2), lambda x, y: (2 * x + 4 * y, 2 * y - 4 * x))
    >>> wrong([1.0, 0.0]), wrong.grad([1.0, 0.0])
    (1.0, array([ 2., -4.]))
    """

    claim: tuple[sp.Expr, ...] = ()

    __hash__ = Landscape.__hash__  # not of all fields, as a dataclass would have it

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.claim) != len(self.variables):
            raise ValueError(
                f"{self.name}: there are {len(self.variables)} variables, so a gradient has as "
                f"many entries, not {len(self.claim)}"
            )
        for entry in self.claim:
            self._check_symbols("the claimed gradient", entry)

    @cached_property
    def slopes(self) -> list[Any]:
        """What is claimed about the partial derivatives."""
        return list(self.claim)


def misled(surface: Landscape, claim: Callable[..., Any]) -> Misled:
    """Return a landscape with the same heights and a claimed gradient.

    Parameters
    ----------
    surface : Landscape
    claim : callable
        Takes the variables, SymPy symbols, and returns the entries of the gradient.

    Examples
    --------
    >>> misled(bowl(1, 6), lambda x, y: (x, y)).grad([1.0, 1.0])
    array([1., 1.])
    """
    import sympy as sp

    kept = {f.name: getattr(surface, f.name) for f in fields(Landscape)}
    return Misled(**kept, claim=tuple(map(sp.sympify, claim(*surface.variables))))


def _latex(terms: tuple[sp.Expr, ...]) -> str:
    """Print a sum with its terms in the order given and, inside them, what is added first."""
    from sympy.printing.latex import LatexPrinter

    def joined(printed: list[str]) -> str:
        text, *rest = printed
        for term in rest:
            text += f" - {term[1:].strip()}" if term.startswith("-") else f" + {term}"
        return text

    class Printer(LatexPrinter):
        def _print_Add(self, e: Any, order: Any = None) -> str:
            printed = [self._print(term) for term in self._as_ordered_terms(e, order=order)]
            return joined(sorted(printed, key=lambda term: term.startswith("-")))

    return joined([str(Printer().doprint(term)) for term in terms])


def _symbols(names: str) -> tuple[sp.Symbol, ...]:
    import sympy as sp

    return sp.symbols(names, real=True)


def _many(dimensions: int) -> tuple[sp.Symbol, ...]:
    import sympy as sp

    if whole("dimensions", dimensions) < 1:
        raise ValueError(f"a surface needs at least one dimension, not {dimensions}")
    return sp.symbols(f"theta1:{dimensions + 1}", real=True)


def _exact(number: float) -> sp.Expr:
    """Return a number as one writes it, 0.1 as 1/10: SymPy's guess if it is right to the digit."""
    import sympy as sp

    simple = sp.nsimplify(number)
    return simple if float(simple) == number else sp.Rational(repr(float(number)))


def bowl(*curvatures: float) -> Landscape:
    """Return the quadratic ½ Σ cᵢ θᵢ² with the given curvatures, its Hessian's eigenvalues.

    Without arguments it is the round bowl in two dimensions. The condition number is the ratio
    of the largest curvature to the smallest.

    Parameters
    ----------
    curvatures : float
        The cᵢ, one for each dimension: ``bowl(1, 10)``.

    Raises
    ------
    ValueError
        If a curvature is not positive and finite: the surface would not be a bowl.
    TypeError
        If a curvature is not a number.

    Examples
    --------
    >>> bowl(1, 10)([1.0, 1.0])
    5.5
    """
    for c in curvatures:
        if isinstance(c, bool) or not isinstance(c, Real):
            raise TypeError(f"a bowl needs curvatures that are numbers, not {c!r}: try bowl(1, 10)")
        if not 0 < c < np.inf:
            raise ValueError(
                f"a bowl needs positive curvatures, finite ones, not {curvatures}: try saddle()"
            )
    return _bowl(*curvatures or (1, 1))


@cache
def _bowl(*curvatures: float) -> Landscape:
    import sympy as sp

    variables = _many(len(curvatures))
    terms = tuple(_exact(c) * v**2 / 2 for c, v in zip(curvatures, variables, strict=True))
    d = len(variables)
    return Landscape(
        "bowl", sp.Add(*terms), variables, ((-2.0, 2.0),) * d, (1.5,) * d, ((0.0,) * d,), terms
    )


@cache
def ravine() -> Landscape:
    """Return ½θ₁² + 10θ₂², which curves twenty times more in one direction than in the other.

    Examples
    --------
    >>> ravine().hessian([0.0, 0.0])
    array([[ 1.,  0.],
           [ 0., 20.]])
    """
    x, y = _symbols("theta1 theta2")
    terms = (x**2 / 2, 10 * y**2)
    return Landscape(
        "ravine", sum(terms), (x, y), ((-2.2, 2.2), (-1.1, 1.1)), (-1.8, 0.7), ((0, 0),), terms
    )


@lru_cache(None, typed=True)  # what is refused as 4.0 is so after 4 as well
def rosenbrock(steepness: float = 100) -> Landscape:
    """Return Rosenbrock's curved valley, (1 − θ₁)² + b (θ₂ − θ₁²)².

    Parameters
    ----------
    steepness : float
        b, how steep the valley's sides are. Rosenbrock's is 100; 2 gives a gently curved valley
        that gradient descent can follow with few steps.

    Raises
    ------
    ValueError
        If ``steepness`` is not positive and finite.
    TypeError
        If it is not a number.

    Examples
    --------
    >>> rosenbrock().grad([1.0, 1.0]), rosenbrock(2)([0.0, 1.0])
    (array([0., 0.]), 3.0)

    References
    ----------
    Rosenbrock, *An automatic method for finding the greatest or least value of a function*, 1960.
    """
    if not 0 < number("the valley's steepness", steepness) < np.inf:
        raise ValueError(
            f"the valley's steepness must be positive and finite, not {steepness}: 100 is usual"
        )
    x, y = _symbols("theta1 theta2")
    terms = ((1 - x) ** 2, _exact(steepness) * (y - x**2) ** 2)
    return Landscape(
        "rosenbrock",
        sum(terms),
        (x, y),
        ((-2.0, 2.0), (-1.0, 3.0)),
        (-1.2, 1.0),
        ((1.0, 1.0),),
        terms,
    )


@cache
def beale() -> Landscape:
    """Return Beale's surface: a flat, curved valley between steep corners.

    It is Σₖ (cₖ − θ₁(1 − θ₂ᵏ))² with c = (1.5, 2.25, 2.625).

    Examples
    --------
    >>> beale()([3.0, 0.5])
    0.0

    References
    ----------
    Beale, *On an iterative method for finding a local minimum of a function of more than one
    variable*, 1958.
    """
    import sympy as sp

    x, y = _symbols("theta1 theta2")
    terms = tuple(
        (sp.Rational(c, 8) - x * (1 - y**k)) ** 2 for k, c in enumerate((12, 18, 21), start=1)
    )
    return Landscape(
        "beale",
        sp.Add(*terms),
        (x, y),
        ((-4.5, 4.5), (-4.5, 4.5)),
        (1.0, 1.0),
        ((3.0, 0.5),),
        terms,
        ((0.0, 1.0),),
    )


@cache
def saddle() -> Landscape:
    """Return ½θ₁² − ½θ₂² + ¼θ₂⁴: a saddle at the origin between two minima.

    Examples
    --------
    >>> [saddle()(m) for m in saddle().minimizers]
    [-0.25, -0.25]
    """
    x, y = _symbols("theta1 theta2")
    terms = (x**2 / 2, -(y**2) / 2, y**4 / 4)
    return Landscape(
        "saddle",
        sum(terms),
        (x, y),
        ((-1.6, 1.6), (-1.6, 1.6)),
        (1.4, 0.0),
        ((0.0, 1.0), (0.0, -1.0)),
        terms,
        ((0.0, 0.0),),
    )


@cache
def monkey_saddle() -> Landscape:
    """Return θ₁³ − 3θ₁θ₂²: three ways down from a point where gradient and Hessian are zero.

    Examples
    --------
    >>> surface = monkey_saddle()
    >>> float(np.abs(surface.hessian([0.0, 0.0])).max()), surface.minimizers
    (0.0, ())
    """
    x, y = _symbols("theta1 theta2")
    terms = (x**3, -3 * x * y**2)
    return Landscape(
        "monkey_saddle",
        sum(terms),
        (x, y),
        ((-1.2, 1.2), (-1.2, 1.2)),
        (1.0, 0.02),
        (),
        terms,
        ((0.0, 0.0),),
        "it falls without bound",
    )


@cache
def double_well() -> Landscape:
    """Return a surface with a good minimum, −½ at (−1, 0), and a poor one, 0 at (1, 0).

    It is ¼θ₁⁴ − ⅛θ₁³ − ½θ₁² + ⅜θ₁ + ½θ₂². The usual start is on the poor side of the ridge at
    θ₁ = 3/8.

    Examples
    --------
    >>> double_well()([-1.0, 0.0]), double_well()([1.0, 0.0])
    (-0.5, 0.0)
    """
    x, y = _symbols("theta1 theta2")
    terms = (x**4 / 4, -(x**3) / 8, -(x**2) / 2, 3 * x / 8, y**2 / 2)
    return Landscape(
        "double_well",
        sum(terms),
        (x, y),
        ((-1.8, 1.8), (-1.4, 1.4)),
        (1.6, 1.0),
        ((-1.0, 0.0),),
        terms,
        ((1.0, 0.0), (0.375, 0.0)),
    )


@cache
def plateau() -> Landscape:
    """Return 1 − exp(−½(θ₁² + θ₂²)): a well in a plain so flat that the slope hardly shows.

    Examples
    --------
    >>> float(np.linalg.norm(plateau().grad(plateau().start))) < 0.01
    True
    """
    import sympy as sp

    x, y = _symbols("theta1 theta2")
    terms = (sp.Integer(1), -sp.exp(-(x**2 + y**2) / 2))
    return Landscape(
        "plateau",
        sp.Add(*terms),
        (x, y),
        ((-4.0, 4.0), (-4.0, 4.0)),
        (3.0, 2.0),
        ((0.0, 0.0),),
        terms,
    )


@lru_cache(None, typed=True)
def rastrigin(dimensions: int = 2) -> Landscape:
    """Return 10d + Σ (θᵢ² − 10 cos 2πθᵢ): a bowl covered with local minima.

    Parameters
    ----------
    dimensions : int
        d.

    Raises
    ------
    ValueError
        If ``dimensions`` is below 1 or not whole.

    Examples
    --------
    >>> rastrigin()([0.0, 0.0])
    0.0

    References
    ----------
    Rastrigin, *Systems of extremal control*, 1974, in two dimensions; Mühlenbein, Schomisch and
    Born, 1991, in d.
    """
    import sympy as sp

    variables = _many(dimensions)
    terms = [sp.Integer(10 * dimensions)]
    for v in variables:
        terms += [v**2, -10 * sp.cos(2 * sp.pi * v)]
    return Landscape(
        "rastrigin",
        sp.Add(*terms),
        variables,
        ((-5.12, 5.12),) * dimensions,
        (2.2, -1.7, 3.1)[:dimensions] + (2.2,) * (dimensions - 3),
        ((0.0,) * dimensions,),
        tuple(terms),
    )


@lru_cache(None, typed=True)
def styblinski_tang(dimensions: int = 2) -> Landscape:
    """Return ½ Σ (θᵢ⁴ − 16 θᵢ² + 5 θᵢ): 2ᵈ minima, one of them the lowest.

    Parameters
    ----------
    dimensions : int
        d.

    Raises
    ------
    ValueError
        If ``dimensions`` is below 1 or not whole.

    Examples
    --------
    >>> round(styblinski_tang().minimum, 4)
    -78.3323

    References
    ----------
    Styblinski and Tang, *Experiments in nonconvex optimization*, 1990.
    """
    import sympy as sp

    variables = _many(dimensions)
    terms: list[Any] = []
    for v in variables:
        terms += [v**4 / 2, -8 * v**2, 5 * v / 2]
    # The roots of the slope 2θ³ − 16θ + 5/2, which is the same in every coordinate.
    best, ridge, poor = (float(r) for r in sorted(np.roots([2, 0, -16, 2.5]).real))
    return Landscape(
        "styblinski_tang",
        sp.Add(*terms),
        variables,
        ((-5.0, 5.0),) * dimensions,
        (1.0, 1.5, 0.5)[:dimensions] + (1.0,) * (dimensions - 3),
        ((best,) * dimensions,),
        tuple(terms),
        # All of them where they can be counted: each coordinate is free to be any of the three.
        tuple(product((poor, ridge, best), repeat=dimensions))[:-1]
        if dimensions <= 3
        else ((poor,) * dimensions, (ridge,) * dimensions),
    )


#: For each case of log-sum-exp: the vectors aᵢ, the minimizers, and what to know.
_EXPONENTS: dict[str, tuple[Any, Any, str]] = {
    "attained": (
        ((1, 3), (1, -3), (-1, 0)),
        ((-0.5 * float(np.log(2)), 0.0),),
        "0 lies inside the triangle of the vectors a",
    ),
    "not attained": (
        ((1, 0), (0, 1), (0, -1)),
        (),
        "0 lies on the rim of the triangle of the vectors a; "
        "the infimum log 2 is approached as θ₁ → −∞ and never reached",
    ),
    "unbounded": (
        ((1, 0), (1, 1), (1, -1)),
        (),
        "0 lies outside the hull of the vectors a; the surface falls without bound as θ₁ → −∞",
    ),
}


@cache
def log_sum_exp(minimizer: str = "attained") -> Landscape:
    r"""Return :math:`\log \sum_i e^{a_i^\top \theta}`, which is convex but may have no minimizer.

    There is one exactly when 0 lies in the relative interior of the convex hull of the vectors aᵢ.
    The exponentials are summed as they stand: the value is finite where every
    :math:`a_i^\top \theta` is below 709, and infinite beyond.

    Parameters
    ----------
    minimizer : {"attained", "not attained", "unbounded"}
        Whether 0 lies inside the hull, on its rim, or outside.

    Raises
    ------
    ValueError
        If there is no such case.

    Examples
    --------
    >>> log_sum_exp().minimizers
    ((-0.34657359027997264, 0.0),)
    >>> print(log_sum_exp("not attained").note)
    0 lies on the rim of the triangle of the vectors a; the infimum log 2 is approached
    as θ₁ → −∞ and never reached

    References
    ----------
    Boyd and Vandenberghe, *Convex Optimization*, 2004, (9.20): the first case without the
    logarithm and with a factor e⁻⁰·¹, so with the same minimizer.
    """
    import sympy as sp

    if minimizer not in _EXPONENTS:
        known = ", ".join(map(repr, _EXPONENTS))
        raise ValueError(f"minimizer must be one of {known}, not {minimizer!r}")
    x, y = _symbols("theta1 theta2")
    vectors, minimizers, note = _EXPONENTS[minimizer]
    expression = sp.log(sp.Add(*(sp.exp(a * x + b * y) for a, b in vectors)))
    return Landscape(
        "log_sum_exp",
        expression,
        (x, y),
        ((-2.0, 2.0), (-1.5, 1.5)),
        (1.5, 1.0),
        minimizers,
        note=note,
    )


@cache
def himmelblau() -> Landscape:
    """Return Himmelblau's surface (θ₁² + θ₂ − 11)² + (θ₁ + θ₂² − 7)²: four minima of height 0.

    Examples
    --------
    >>> himmelblau()([3.0, 2.0])
    0.0

    References
    ----------
    Himmelblau, *Applied Nonlinear Programming*, 1972.
    """
    x, y = _symbols("theta1 theta2")
    terms = ((x**2 + y - 11) ** 2, (x + y**2 - 7) ** 2)
    return Landscape(
        "himmelblau",
        sum(terms),
        (x, y),
        ((-5.0, 5.0), (-5.0, 5.0)),
        (0.0, 0.0),
        (
            (3.0, 2.0),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.283185991286170),
            (3.584428340330492, -1.848126526964404),
        ),
        terms,
        ((-0.27084459066734756, -0.9230385564799817),),
    )


@dataclass(frozen=True, repr=False)
class LeastSquares(Landscape):
    r"""The mean squared error of a line fitted to data: a quadratic that has per-example gradients.

    .. math:: J(\theta) = \frac{1}{N} \sum_{i=1}^{N} (x_i^\top \theta - y_i)^2

    Attributes
    ----------
    X : ndarray, shape (N, d)
        One example per row; read-only.
    y : ndarray, shape (N,)
        Targets; read-only.

    Examples
    --------
    Gradients of batches that make up the data average to the gradient:

    >>> surface = least_squares(n=10)
    >>> halves = [surface.batch(i).grad(np.zeros(2)) for i in (range(5), range(5, 10))]
    >>> np.allclose(np.mean(halves, axis=0), surface.grad([0.0, 0.0]))
    True
    """

    X: np.ndarray = field(kw_only=True, compare=False)
    y: np.ndarray = field(kw_only=True, compare=False)

    __hash__ = Landscape.__hash__  # not of all fields, as a dataclass would have it

    @property
    def latex(self) -> str:
        """The sum over examples as LaTeX, not the numbers it adds up to."""
        n = len(self.y)
        return rf"\frac{{1}}{{{n}}} \sum_{{i=1}}^{{{n}}} \left(x_i^\top \theta - y_i\right)^2"

    def batch(self, indices: Any) -> Linear:
        """Return the same objective on the examples with these indices only."""
        return Linear(self.X, self.y, "squared").batch(indices)

    def example_grads(self, x: Any) -> np.ndarray:
        """Return every example's own gradient at ``x``, shape (N, d); their mean is ``grad(x)``."""
        point = self._point(x)
        if point.ndim != 1:
            raise ValueError(f"{self.name}: per-example gradients are taken at one point at a time")
        return 2 * (self.X @ point - self.y)[:, None] * self.X

    def __repr__(self) -> str:
        return f"LeastSquares({len(self.y)} examples, {len(self.variables)} parameters)"


@lru_cache(None, typed=True)
def least_squares(n: int = 50, noise: float = 0.5, seed: int = 0) -> LeastSquares:
    """Return the surface of a line's mean squared error on noisy data.

    The data follow y = ½ + x + noise with x uniform on [0, 2]; θ₁ is the intercept and θ₂ the
    slope. The two are correlated, so the bowl is tilted, with a condition number near 16.

    Parameters
    ----------
    n : int
        Number of examples, at least 2.
    noise : float
        Standard deviation of the noise, in units of y.
    seed : int

    Raises
    ------
    ValueError
        If ``n`` is below 2 or not whole, or ``noise`` is negative or not finite.

    Examples
    --------
    >>> least_squares()
    LeastSquares(50 examples, 2 parameters)
    >>> least_squares().example_grads([0.0, 0.0]).shape
    (50, 2)
    """
    import sympy as sp

    if whole("n", n) < 2:
        raise ValueError(f"a line needs at least 2 examples, not n={n}")
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise is a standard deviation, finite, zero or more, not {noise}")
    random = np.random.default_rng(seed)
    inputs = random.uniform(0, 2, n)
    X = np.column_stack([np.ones(n), inputs])
    y = 0.5 + inputs + noise * random.normal(size=n)
    for array in (X, y):
        array.setflags(write=False)  # shared by everyone who asks for this surface
    theta = _symbols("theta1 theta2")
    v = sp.Matrix(theta)
    gram, right = sp.Matrix(X.T @ X / n), sp.Matrix(X.T @ y / n)
    expression = sp.expand((v.T * gram * v)[0] - 2 * (right.T * v)[0] + float(y @ y) / n)
    best = tuple(map(float, np.linalg.lstsq(X, y, rcond=None)[0]))
    usual = ((-1.5, 2.5), (-1.0, 3.0))  # wide enough unless the data are few and noisy
    domain = tuple((min(a, m - 1), max(b, m + 1)) for (a, b), m in zip(usual, best, strict=True))
    return LeastSquares(
        "least_squares",
        expression,
        theta,
        domain,
        (-1.0, -0.5),
        (best,),
        X=X,
        y=y,
    )


#: Every landscape by name.
LANDSCAPES: dict[str, Callable[[], Landscape]] = {
    f.__name__: f
    for f in (
        bowl,
        ravine,
        rosenbrock,
        beale,
        himmelblau,
        saddle,
        monkey_saddle,
        double_well,
        plateau,
        rastrigin,
        styblinski_tang,
        log_sum_exp,
        least_squares,
    )
}


def landscape(name: str) -> Landscape:
    """Return the landscape called ``name``.

    Parameters
    ----------
    name : str

    Raises
    ------
    TypeError
        If ``name`` is not a string.
    ValueError
        If there is none; the message names the nearest.

    Examples
    --------
    >>> landscape("rosenbrok")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: no landscape is called 'rosenbrok'; did you mean 'rosenbrock'? Known: bowl, ...
    """
    if not isinstance(name, str):
        raise TypeError(f"landscape() takes a name such as 'rosenbrock', not {name!r}")
    if name not in LANDSCAPES:
        near = difflib.get_close_matches(name, LANDSCAPES, 1, 0)[0]
        raise ValueError(
            f"no landscape is called {name!r}; did you mean {near!r}? "
            f"Known: {', '.join(LANDSCAPES)}"
        )
    return LANDSCAPES[name]()
