"""Test surfaces, each written once as a SymPy expression.

Value, gradient, Hessian and LaTeX all come from that one expression, so a picture, a path and the
formula in the text cannot disagree.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import sympy as sp

__all__ = [
    "LANDSCAPES",
    "Landscape",
    "bowl",
    "himmelblau",
    "landscape",
    "ravine",
    "rosenbrock",
    "saddle",
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

    Examples
    --------
    >>> surface = rosenbrock()
    >>> surface([1.0, 1.0])
    0.0
    >>> surface.grad([0.0, 0.0])
    array([-2.,  0.])
    """

    name: str
    expression: sp.Expr
    variables: tuple[sp.Symbol, ...]
    domain: tuple[tuple[float, float], ...]
    start: tuple[float, ...]
    minimizers: tuple[tuple[float, ...], ...]

    def _compile(self, expressions: Any) -> Callable[..., Any]:
        import sympy as sp

        return sp.lambdify([self.variables], expressions, "numpy", cse=True)

    @cached_property
    def _slopes(self) -> list[Any]:
        return [self.expression.diff(v) for v in self.variables]

    @cached_property
    def _value(self) -> Callable[..., Any]:
        return self._compile(self.expression)

    @cached_property
    def _grad(self) -> Callable[..., Any]:
        return self._compile(self._slopes)

    @cached_property
    def _hessian(self) -> Callable[..., Any]:
        return self._compile([[g.diff(v) for v in self.variables] for g in self._slopes])

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
        return float(value) if point.ndim == 1 else np.broadcast_to(value, point.shape[1:])

    def grad(self, x: Any) -> np.ndarray:
        """Return the gradient at ``x``, shaped like ``x``."""
        point = self._point(x)
        parts = self._grad(point)
        return np.stack([np.broadcast_to(p, point.shape[1:]) for p in parts]).astype(float)

    def hessian(self, x: Any) -> np.ndarray:
        """Return the matrix of second derivatives at one point, shape (d, d)."""
        return np.array(self._hessian(self._point(x)), float)

    def __repr__(self) -> str:
        return f"Landscape({self.name!r}: {self.expression})"


def _symbols(names: str) -> tuple[sp.Symbol, ...]:
    import sympy as sp

    return sp.symbols(names, real=True)


@cache
def bowl(*curvatures: float) -> Landscape:
    """Return the quadratic ½ Σ cᵢ θᵢ² with the given curvatures, its Hessian's eigenvalues.

    Without arguments it is the round bowl in two dimensions. The condition number is the ratio
    of the largest curvature to the smallest.

    Raises
    ------
    ValueError
        If a curvature is not positive: the surface would not be a bowl.

    Examples
    --------
    >>> bowl(1, 10)([1.0, 1.0])
    5.5
    """
    import sympy as sp

    curvatures = curvatures or (1, 1)
    if min(curvatures) <= 0:
        raise ValueError(f"a bowl needs positive curvatures, not {curvatures}: try saddle()")
    variables = sp.symbols(f"theta1:{len(curvatures) + 1}", real=True)
    terms = [sp.nsimplify(c) * v**2 / 2 for c, v in zip(curvatures, variables, strict=True)]
    d = len(variables)
    return Landscape(
        "bowl", sp.Add(*terms), variables, ((-2.0, 2.0),) * d, (1.5,) * d, ((0.0,) * d,)
    )


@cache
def ravine() -> Landscape:
    """Return a bowl twenty times steeper in one direction than in the other.

    Examples
    --------
    >>> ravine().hessian([0.0, 0.0])
    array([[ 1.,  0.],
           [ 0., 20.]])
    """
    x, y = _symbols("theta1 theta2")
    return Landscape(
        "ravine", x**2 / 2 + 10 * y**2, (x, y), ((-2.2, 2.2), (-1.1, 1.1)), (-1.8, 0.7), ((0, 0),)
    )


@cache
def rosenbrock() -> Landscape:
    """Return Rosenbrock's curved valley, (1 − θ₁)² + 100 (θ₂ − θ₁²)².

    References
    ----------
    Rosenbrock, *An automatic method for finding the greatest or least value of a function*, 1960.
    """
    x, y = _symbols("theta1 theta2")
    return Landscape(
        "rosenbrock",
        (1 - x) ** 2 + 100 * (y - x**2) ** 2,
        (x, y),
        ((-2.0, 2.0), (-1.0, 3.0)),
        (-1.2, 1.0),
        ((1.0, 1.0),),
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
    return Landscape(
        "saddle",
        x**2 / 2 - y**2 / 2 + y**4 / 4,
        (x, y),
        ((-1.6, 1.6), (-1.6, 1.6)),
        (1.4, 0.0),
        ((0.0, 1.0), (0.0, -1.0)),
    )


@cache
def himmelblau() -> Landscape:
    """Return Himmelblau's surface, which has four minima of equal depth.

    References
    ----------
    Himmelblau, *Applied Nonlinear Programming*, 1972.
    """
    x, y = _symbols("theta1 theta2")
    return Landscape(
        "himmelblau",
        (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
        (x, y),
        ((-5.0, 5.0), (-5.0, 5.0)),
        (0.0, 0.0),
        (
            (3.0, 2.0),
            (-2.805118086952745, 3.131312518250573),
            (-3.779310253377747, -3.283185991286170),
            (3.584428340330492, -1.848126526964404),
        ),
    )


#: Every landscape by name.
LANDSCAPES: dict[str, Callable[[], Landscape]] = {
    f.__name__: f for f in (bowl, ravine, rosenbrock, saddle, himmelblau)
}


def landscape(name: str) -> Landscape:
    """Return the landscape called ``name``.

    Raises
    ------
    ValueError
        If there is none; the message names the nearest.

    Examples
    --------
    >>> landscape("rosenbrok")
    Traceback (most recent call last):
    ValueError: no landscape is called 'rosenbrok'; did you mean 'rosenbrock'? \
Known: bowl, ravine, rosenbrock, saddle, himmelblau
    """
    if name not in LANDSCAPES:
        near = difflib.get_close_matches(name, LANDSCAPES, 1, 0)[0]
        raise ValueError(
            f"no landscape is called {name!r}; did you mean {near!r}? "
            f"Known: {', '.join(LANDSCAPES)}"
        )
    return LANDSCAPES[name]()
