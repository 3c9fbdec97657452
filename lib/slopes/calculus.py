"""Derivatives measured: numerical gradients and the gradient check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["GradientCheck", "GradientMismatchError", "check_gradient", "numerical_gradient"]


class GradientMismatchError(AssertionError):
    """The analytic gradient is not the slope that differences measure."""


def numerical_gradient(
    f: Callable[[np.ndarray], Any], x: Any, h: float | None = None
) -> np.ndarray:
    r"""Measure the gradient by central differences, one coordinate at a time.

    .. math:: \frac{\partial f}{\partial x_i} \approx \frac{f(x + h e_i) - f(x - h e_i)}{2h}

    The error is of order h² from the curvature plus ε/h from rounding; the default h balances
    the two. It costs two evaluations per coordinate.

    Parameters
    ----------
    f : callable
        ``f(x)`` returns a number.
    x : array_like of float
        Where to measure; any shape.
    h : float, optional
        The half step; by default the cube root of the machine's precision, scaled by each
        coordinate's size where that is above 1.

    Returns
    -------
    ndarray
        Shaped like ``x``.

    Raises
    ------
    ValueError
        If ``h`` is not positive.

    Examples
    --------
    >>> numerical_gradient(lambda x: x[0] ** 2 + 3 * x[1], [1.0, 5.0]).round(6)
    array([2., 3.])
    """
    if h is not None and h <= 0:
        raise ValueError(f"h must be positive, not {h}")
    point = np.array(x, float)
    gradient = np.empty_like(point)
    for index in np.ndindex(point.shape):
        kept = point[index]
        step = h or float(np.finfo(float).eps) ** (1 / 3) * max(1.0, abs(float(kept)))
        point[index] = kept + step
        above = f(point)
        point[index] = kept - step
        below = f(point)
        point[index] = kept
        gradient[index] = (above - below) / (2 * step)
    return gradient


@dataclass(frozen=True)
class GradientCheck:
    """The outcome of a gradient check that passed."""

    coordinates: int
    error: float

    def __repr__(self) -> str:
        return (
            f"gradient checked at {self.coordinates} coordinates: "
            f"the largest relative difference is below {10.0 ** np.ceil(np.log10(self.error)):.0e}"
        )


def check_gradient(
    f: Callable[[np.ndarray], Any],
    grad: Callable[[np.ndarray], np.ndarray],
    x: Any,
    *,
    tol: float = 1e-6,
) -> GradientCheck:
    """Compare an analytic gradient with central differences at ``x``.

    Parameters
    ----------
    f, grad : callable
        The function and its claimed gradient.
    x : array_like of float
        Where to compare.
    tol : float
        The largest difference allowed, relative to the size of the gradient's entry or 1.

    Returns
    -------
    GradientCheck

    Raises
    ------
    GradientMismatchError
        If they differ; the message names the worst coordinate with both numbers.

    Examples
    --------
    >>> check_gradient(lambda x: x @ x, lambda x: 3 * x, [1.0, 2.0])
    Traceback (most recent call last):
    slopes.calculus.GradientMismatchError: at coordinate (0,) the gradient says 3 but the measured \
slope is 2
    """
    point = np.array(x, float)
    claimed = np.asarray(grad(point))
    if claimed.shape != point.shape:
        raise GradientMismatchError(
            f"the gradient has shape {claimed.shape} but the point has shape {point.shape}"
        )
    measured = numerical_gradient(f, point)
    difference = np.abs(claimed - measured) / np.maximum(1.0, np.abs(measured))
    worst = np.unravel_index(np.argmax(difference), difference.shape)  # NaN counts as worst
    if not difference.max() <= tol:
        where = tuple(int(i) for i in worst)
        raise GradientMismatchError(
            f"at coordinate {where} the gradient says {claimed[worst]:.6g} "
            f"but the measured slope is {measured[worst]:.6g}"
        )
    return GradientCheck(point.size, max(float(difference.max()), 1e-16))
