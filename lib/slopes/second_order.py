"""Second-order methods, for comparison: what curvature buys, and what it costs.

They go through the same :func:`slopes.minimize` as the update rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from slopes.calculus import floats, symmetric
from slopes.parameters import whole

__all__ = ["BFGS", "LBFGS", "Newton"]


@dataclass(frozen=True)
class Newton:
    r"""Jump to the bottom of the local quadratic: solve :math:`\nabla^2 J\, p = -\nabla J`.

    Where the Hessian is not positive definite its eigenvalues are replaced by their absolute
    values, so that every step goes down; a backtracking search shortens steps that promise too
    much.

    Parameters
    ----------
    damping : float
        Smallest absolute eigenvalue that is divided by.

    Raises
    ------
    TypeError
        If ``damping`` is not a number; in ``minimize``, if the objective has no ``hessian`` method.
    ValueError
        If ``damping`` is negative or not finite; in ``minimize``, if the start is not a vector or
        a Hessian not a symmetric matrix.

    Examples
    --------
    >>> from slopes import landscape, minimize
    >>> minimize(Newton(), landscape("ravine"), [1.0, 1.0]).steps
    1

    References
    ----------
    Nocedal and Wright, *Numerical Optimization*, 2nd ed., chapter 3.
    """

    damping: float = 1e-8

    def __post_init__(self) -> None:
        if not isinstance(self.damping, Real):
            raise TypeError(f"Newton: damping must be a number, not {self.damping!r}")
        if not 0 <= self.damping < np.inf:
            raise ValueError(
                f"Newton: damping must be a finite number, zero or more, not {self.damping!r}"
            )

    def walk(self, objective: Any, x: np.ndarray, value_at: Any, slope_at: Any) -> Iterator[Any]:
        """Yield point, value, gradient and no state, until no step helps."""
        hessian = getattr(objective, "hessian", None)
        if hessian is None:
            raise TypeError(
                "Newton needs second derivatives: give an objective with a hessian method, "
                "such as a landscape"
            )
        if x.ndim != 1:
            raise ValueError(
                f"Newton takes one vector of parameters, not shape {x.shape}: use x.ravel()"
            )
        value, g = value_at(x), slope_at(x)
        while True:
            yield x, value, g, ()
            step = self._step(floats(hessian(x), "the Hessian"), g, x)
            if not np.isfinite(step).all():  # and no shorter one is: that is where it leads
                yield x + step, value, g, ()
                return
            length = 1.0
            while True:
                new = np.asarray(x + length * step, x.dtype)
                if value_at(new) <= value + 1e-4 * length * (g @ step):
                    break
                length /= 2
                if length < 1e-12:
                    return
            x = new
            value, g = value_at(x), slope_at(x)

    def _step(self, H: np.ndarray, g: np.ndarray, x: np.ndarray) -> np.ndarray:
        if not np.isfinite(H).all():
            return np.full_like(g, np.nan)
        curvatures, directions = np.linalg.eigh(symmetric(H, x))
        curvatures = np.maximum(np.abs(curvatures), self.damping)
        return np.asarray(-directions @ ((directions.T @ g) / curvatures))


@dataclass(frozen=True)
class _Scipy:
    """A quasi-Newton method of SciPy, run under the same roof.

    SciPy's whole run is over before the first step is passed on.
    """

    method = ""

    def walk(self, objective: Any, x: np.ndarray, value_at: Any, slope_at: Any) -> Iterator[Any]:
        """Yield point, value, gradient and no state, until SciPy stops."""
        try:
            from scipy.optimize import minimize
        except ImportError:
            raise ImportError(f"{type(self).__name__} needs SciPy: pip install scipy") from None
        points = [x]
        beyond: list[np.ndarray] = []  # where the search from the last point met infinity or NaN

        def at(ask: Any, flat: np.ndarray) -> Any:
            found = ask(flat.reshape(x.shape))
            if not np.isfinite(found).all():
                beyond[:] = [flat.reshape(x.shape).copy()]
            return found

        def accepted(flat: np.ndarray) -> None:
            points.append(flat.reshape(x.shape).copy())
            beyond.clear()

        # SciPy's own stopping rules are switched off: minimize has the only ones.
        options = {"gtol": 0.0, "maxiter": 100_000} | self._options()
        minimize(
            lambda flat: at(value_at, flat),
            x.ravel(),
            jac=lambda flat: at(slope_at, flat).ravel(),
            method=self.method,
            callback=accepted,
            options=options,
        )
        for point in (np.asarray(point, x.dtype) for point in [*points, *beyond]):
            yield point, value_at(point), slope_at(point), ()

    def _options(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True)
class BFGS(_Scipy):
    """Learn the inverse Hessian from successive gradients: memory d², no second derivatives.

    Stands on ``scipy.optimize.minimize(method="BFGS")``, which finishes its run, in float64, before
    the first step is passed on: fewer ``steps`` or a callback that stops save no work.

    Raises
    ------
    ImportError
        In ``minimize``, if SciPy is missing.

    Examples
    --------
    >>> from slopes import landscape, minimize
    >>> surface = landscape("rosenbrock")
    >>> minimize(BFGS(), surface, surface.start, tol=1e-6).stopped
    'gradient'

    References
    ----------
    Broyden, Fletcher, Goldfarb, Shanno, 1970; Nocedal and Wright, chapter 6.
    """

    method = "BFGS"


@dataclass(frozen=True)
class LBFGS(_Scipy):
    """BFGS that remembers only the last few gradients: memory of a few times d.

    Stands on ``scipy.optimize.minimize(method="L-BFGS-B")``, which finishes its run, in float64,
    before the first step is passed on: fewer ``steps`` or a callback that stops save no work.

    Parameters
    ----------
    memory : int
        How many pairs of steps and gradient changes are kept, at least 1.

    Raises
    ------
    ValueError
        If ``memory`` is not a whole number or below 1.
    ImportError
        In ``minimize``, if SciPy is missing.

    Examples
    --------
    >>> from slopes import landscape, minimize
    >>> surface = landscape("rosenbrock")
    >>> minimize(LBFGS(), surface, surface.start, tol=1e-5).stopped
    'gradient'

    References
    ----------
    Liu and Nocedal, *On the limited memory BFGS method for large scale optimization*, 1989.
    """

    memory: int = 10
    method = "L-BFGS-B"

    def __post_init__(self) -> None:
        if whole("LBFGS: memory", self.memory) < 1:
            raise ValueError(f"LBFGS: memory must be at least 1, not {self.memory!r}")

    def _options(self) -> dict[str, Any]:
        return {"maxcor": self.memory, "ftol": 0.0, "maxfun": 1_000_000}
