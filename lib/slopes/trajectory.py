"""Run an update rule and keep the whole path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from slopes.rules import Rule

__all__ = ["Trajectory", "minimize"]

#: Why a run ended, in words.
_REASONS = {
    "gradient": "the gradient's norm fell to the tolerance",
    "steps": "all steps were taken",
    "diverged": "it diverged: what comes next is not finite",
    "callback": "the callback asked for it",
}


@dataclass(frozen=True)
class Trajectory:
    """The path of a run.

    Attributes
    ----------
    points : ndarray, shape (steps + 1, *x0.shape)
        The iterates, the start included. All are finite.
    values : ndarray, shape (steps + 1,)
        The objective at each point.
    gradient_norms : ndarray, shape (steps + 1,)
        The norm of the gradient at the point where the rule looked.
    stopped : {'gradient', 'steps', 'diverged', 'callback'}
        Why the run ended.
    """

    points: np.ndarray = field(repr=False)
    values: np.ndarray = field(repr=False)
    gradient_norms: np.ndarray = field(repr=False)
    stopped: str

    @property
    def steps(self) -> int:
        """Number of steps taken."""
        return len(self.points) - 1

    @property
    def x(self) -> np.ndarray:
        """The last point."""
        return self.points[-1]

    @property
    def value(self) -> float:
        """The objective at the last point."""
        return float(self.values[-1])

    def __repr__(self) -> str:
        return (
            f"Trajectory: {self.steps} steps, value {self.value:.4g}, "
            f"gradient norm {self.gradient_norms[-1]:.2g}\n"
            f"stopped because {_REASONS[self.stopped]}"
        )


def minimize(
    rule: Rule,
    objective: Callable[[np.ndarray], Any],
    x0: Any,
    grad: Callable[[np.ndarray], np.ndarray] | None = None,
    *,
    steps: int = 1000,
    tol: float = 1e-8,
    callback: Callable[[int, np.ndarray, float], Any] | None = None,
) -> Trajectory:
    """Follow ``rule`` from ``x0`` until the gradient is small or the steps are used up.

    Parameters
    ----------
    rule : Rule
        The update rule, for example ``GradientDescent(lr=0.1)``.
    objective : callable
        ``objective(x)`` returns a number. A landscape or a model brings its own gradient.
    x0 : array_like of float
        The start. It is copied, never changed.
    grad : callable, optional
        ``grad(x)`` returns an array shaped like ``x``; by default ``objective.grad``.
    steps : int
        The most steps to take.
    tol : float
        Stop when the Euclidean norm of the gradient is at most this; 0 never stops early
        except on an exactly flat spot.
    callback : callable, optional
        ``callback(t, x, value)`` after each step; a true answer ends the run.

    Returns
    -------
    Trajectory
        Points, values, gradient norms and why it stopped.
        A run that diverges ends at its last finite point and says so.

    Raises
    ------
    TypeError
        If the parameters are not floating-point numbers, or no gradient is known.
    ValueError
        If the start is empty or not finite, the gradient has another shape than the parameters,
        or ``steps`` is negative.

    Examples
    --------
    >>> from slopes import GradientDescent
    >>> minimize(GradientDescent(lr=0.25), lambda x: x @ x, [1.0, -2.0], grad=lambda x: 2 * x)
    Trajectory: 29 steps, value 1.735e-17, gradient norm 8.3e-09
    stopped because the gradient's norm fell to the tolerance
    """
    x = _parameters(x0)
    if grad is None:
        grad = getattr(objective, "grad", None)
        if grad is None:
            raise TypeError(
                "minimize needs the gradient: pass grad=…, or an objective that has a grad method"
            )
    if steps < 0:
        raise ValueError(f"steps must be zero or more, not {steps}")

    state = rule.start(x)
    points, values, norms = [x], [float(objective(x))], []
    stopped = "steps"
    with np.errstate(over="ignore", invalid="ignore"):  # divergence is reported, not warned of
        g = _gradient(grad, rule.look(x, 1, *state))
        norms.append(float(np.linalg.norm(g)))
        for t in range(1, steps + 1):
            if norms[-1] <= tol:
                stopped = "gradient"
                break
            new, *new_state = rule.update(x, g, t, *state)
            new = np.asarray(new, x.dtype)  # a float64 gradient keeps float32 parameters float32
            value = float(objective(new))
            if not (np.isfinite(value) and np.isfinite(new).all()):
                stopped = "diverged"
                break
            g = _gradient(grad, rule.look(new, t + 1, *new_state))
            norm = float(np.linalg.norm(g))
            if not np.isfinite(norm):
                stopped = "diverged"
                break
            x, state = new, tuple(new_state)
            points.append(x)
            values.append(value)
            norms.append(norm)
            if callback is not None and callback(t, x, value):
                stopped = "callback"
                break
        else:
            if norms[-1] <= tol:
                stopped = "gradient"
    return Trajectory(np.array(points), np.array(values), np.array(norms), stopped)


def _parameters(x0: Any) -> np.ndarray:
    x = np.array(x0)
    if not np.issubdtype(x.dtype, np.floating):
        raise TypeError(
            f"the start must hold floating-point numbers, not {x.dtype}: "
            "write [1.0, 2.0] instead of [1, 2], or use x.astype(float)"
        )
    if x.size == 0:
        raise ValueError("the start is empty: give at least one parameter")
    if not np.isfinite(x).all():
        raise ValueError("the start has a value that is not finite: look for NaN or inf in x0")
    return x


def _gradient(grad: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
    g = np.asarray(grad(x))
    if g.shape != x.shape:
        raise ValueError(
            f"the gradient has shape {g.shape} but the parameters have shape {x.shape}: "
            "grad(x) must return one number for each parameter"
        )
    return g
