"""Derivatives measured by differences, with their errors, and the gradient check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, overload

import numpy as np

__all__ = [
    "GradientCheck",
    "GradientErrors",
    "GradientMismatchError",
    "check_gradient",
    "directional_derivative",
    "gradient_error_curve",
    "numerical_gradient",
    "numerical_hessian",
    "numerical_jacobian",
]

_EPS = float(np.finfo(float).eps)


class GradientMismatchError(AssertionError):
    """The analytic gradient is not the slope that differences measure."""


def _step(h: float | None, size: float, order: int = 3) -> float:
    """Return the half step: given, or the one that balances truncation and rounding."""
    if h is None:
        return _EPS ** (1 / order) * max(1.0, abs(float(size)))
    if not 0 < h < np.inf:
        raise ValueError(f"h must be positive, not {h}")
    return h


def _central(
    f: Callable[[np.ndarray], Any], point: np.ndarray, move: np.ndarray, step: float
) -> tuple[Any, Any]:
    """Return the slope of f along ``move`` by central differences, and an estimate of its error.

    The slope has an error of c·step² and twice the step one of 4c·step²: a third of their
    difference is the error. Rounding adds about ε|f|/step.
    """

    def slope(by: float) -> tuple[Any, Any]:
        above, below = np.asarray(f(point + by * move)), np.asarray(f(point - by * move))
        return (above - below) / (2 * by), np.maximum(np.abs(above), np.abs(below))

    value, size = slope(step)
    return value, np.abs(value - slope(2 * step)[0]) / 3 + _EPS * size / step


@overload
def numerical_gradient(
    f: Callable[[np.ndarray], Any],
    x: Any,
    h: float | None = None,
    *,
    error: Literal[False] = False,
) -> np.ndarray: ...


@overload
def numerical_gradient(
    f: Callable[[np.ndarray], Any], x: Any, h: float | None = None, *, error: Literal[True]
) -> tuple[np.ndarray, np.ndarray]: ...


def numerical_gradient(
    f: Callable[[np.ndarray], Any], x: Any, h: float | None = None, *, error: bool = False
) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
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
    error : bool
        Also estimate each entry's error, by Richardson's comparison of the steps h and 2h.
        That doubles the cost.

    Returns
    -------
    ndarray
        Shaped like ``x``. With ``error``, a pair: the gradient and its estimated errors.

    Raises
    ------
    ValueError
        If ``h`` is not positive.

    Examples
    --------
    >>> numerical_gradient(lambda x: x[0] ** 2 + 3 * x[1], [1.0, 5.0]).round(6)
    array([2., 3.])
    >>> slope, error = numerical_gradient(np.sin, 0.0, h=0.1, error=True)
    >>> print(f"{slope:.5f}, off by about {error:.5f}")
    0.99833, off by about 0.00166

    References
    ----------
    Richardson, *The approximate arithmetical solution by finite differences*, 1911.
    ``scipy.optimize.approx_fprime`` takes one-sided differences: half the cost, far less precise.
    """
    if h is not None and h <= 0:
        raise ValueError(f"h must be positive, not {h}")
    point = np.array(x, float)
    gradient = np.empty_like(point)
    errors = np.empty_like(point)
    for index in np.ndindex(point.shape):
        kept = point[index]
        step = _step(h, float(kept))
        if error:
            axis = np.zeros_like(point)
            axis[index] = 1
            gradient[index], errors[index] = _central(f, point, axis, step)
            continue
        point[index] = kept + step
        above = f(point)
        point[index] = kept - step
        below = f(point)
        point[index] = kept
        gradient[index] = (above - below) / (2 * step)
    return (gradient, errors) if error else gradient


def directional_derivative(
    f: Callable[[np.ndarray], Any],
    x: Any,
    direction: Any,
    h: float | None = None,
    *,
    error: bool = False,
) -> Any:
    r"""Measure the slope along a direction by central differences: :math:`\nabla f(x)^\top u`.

    .. math:: \frac{f(x + h u) - f(x - h u)}{2h}

    It costs two evaluations, however many coordinates there are.

    Parameters
    ----------
    f : callable
    x : array_like of float
        Any shape.
    direction : array_like of float
        u, shaped like ``x``. Its length counts: give a unit vector for a slope per unit length.
    h : float, optional
        By default so that the move h·u is about the cube root of the machine's precision long.
    error : bool
        Also estimate the error; that doubles the cost.

    Returns
    -------
    float, or (float, float) with ``error``

    Raises
    ------
    ValueError
        If ``h`` is not positive, or the direction has another shape than ``x`` or no length.

    Examples
    --------
    >>> print(round(directional_derivative(lambda x: x @ x, [1.0, 2.0], [0.6, 0.8]), 6))
    4.4
    """
    point, move = np.array(x, float), np.array(direction, float)
    if move.shape != point.shape:
        raise ValueError(
            f"the direction has shape {move.shape} but the point has shape {point.shape}"
        )
    length = float(np.linalg.norm(move))
    if not 0 < length < np.inf:
        raise ValueError("the direction must have a length: it is zero or not finite")
    step = _step(h, np.abs(point).max()) / (length if h is None else 1)
    value, estimate = _central(f, point, move, step)
    return (float(value), float(estimate)) if error else float(value)


def numerical_jacobian(
    f: Callable[[np.ndarray], Any], x: Any, h: float | None = None, *, error: bool = False
) -> Any:
    r"""Measure the matrix of slopes of a vector function by central differences.

    .. math:: J_{ij} = \frac{\partial f_i}{\partial x_j}

    One row for each entry of f(x), one column for each coordinate: the numerator layout.

    Parameters
    ----------
    f : callable
        ``f(x)`` returns an array of shape (m,).
    x : array_like of float, shape (n,)
    h : float, optional
        The half step, by default as in :func:`numerical_gradient`.
    error : bool
        Also estimate each entry's error.

    Returns
    -------
    ndarray, shape (m, n), or a pair of them with ``error``

    Raises
    ------
    ValueError
        If ``h`` is not positive, or ``x`` or ``f(x)`` is not one-dimensional.

    Examples
    --------
    >>> numerical_jacobian(lambda x: np.array([x[0] * x[1], x[0], 7.0]), [2.0, 3.0]).round(6)
    array([[3., 2.],
           [1., 0.],
           [0., 0.]])
    """
    point = np.array(x, float)
    if point.ndim != 1 or point.size == 0:
        raise ValueError(f"x must be a vector of shape (n,), not an array of shape {point.shape}")
    shape = np.shape(f(point.copy()))
    if len(shape) != 1:
        raise ValueError(
            f"f(x) must be a vector of shape (m,), not of shape {shape}; "
            "for a number use numerical_gradient"
        )
    columns = [
        _central(f, point, axis, _step(h, size))
        for axis, size in zip(np.eye(point.size), point, strict=True)
    ]
    jacobian, errors = (np.column_stack(parts) for parts in zip(*columns, strict=True))
    return (jacobian, errors) if error else jacobian


def numerical_hessian(
    f: Callable[[np.ndarray], Any], x: Any, h: float | None = None, *, error: bool = False
) -> Any:
    r"""Measure the matrix of second derivatives by differences of differences.

    .. math:: H_{ij} \approx \frac{f(x + h_i e_i + h_j e_j) - f(x + h_i e_i - h_j e_j)
        - f(x - h_i e_i + h_j e_j) + f(x - h_i e_i - h_j e_j)}{4 h_i h_j}

    Rounding is divided by h² here, so about half the digits of a gradient are lost.
    Where you have the gradient, ``numerical_jacobian(grad, x)`` is better.
    It costs about 2n² evaluations for n coordinates.

    Parameters
    ----------
    f : callable
        ``f(x)`` returns a number.
    x : array_like of float, shape (n,)
    h : float, optional
        The half step; by default the fourth root of the machine's precision, scaled by each
        coordinate's size where that is above 1.
    error : bool
        Also estimate each entry's error, by comparing the steps h and 2h; that doubles the cost.

    Returns
    -------
    ndarray, shape (n, n), symmetric, or a pair of them with ``error``

    Raises
    ------
    ValueError
        If ``h`` is not positive or ``x`` is not one-dimensional.

    Examples
    --------
    >>> numerical_hessian(lambda x: x[0] ** 2 * x[1], [1.0, 3.0]).round(5)
    array([[6., 2.],
           [2., 0.]])
    """
    point = np.array(x, float)
    if point.ndim != 1 or point.size == 0:
        raise ValueError(f"x must be a vector of shape (n,), not an array of shape {point.shape}")
    steps = np.array([_step(h, size, order=4) for size in point])

    def measured(by: np.ndarray) -> tuple[np.ndarray, float]:
        hessian = np.empty((point.size, point.size))
        moves, size = np.diag(by), 0.0
        for i in range(point.size):
            for j in range(i + 1):
                ends = [
                    float(f(point + s * moves[i] + t * moves[j])) for s in (1, -1) for t in (1, -1)
                ]
                second = (ends[0] - ends[1] - ends[2] + ends[3]) / (4 * by[i] * by[j])
                hessian[i, j] = hessian[j, i] = second
                size = max(size, *map(abs, ends))
        return hessian, size

    hessian, size = measured(steps)
    if not error:
        return hessian
    rounding = _EPS * size / np.outer(steps, steps)
    return hessian, np.abs(hessian - measured(2 * steps)[0]) / 3 + rounding


class GradientErrors(NamedTuple):
    """How wrong numerical gradients are at each step size.

    Attributes
    ----------
    hs : ndarray, shape (k,)
        The half steps.
    forward, central : ndarray, shape (k,)
        The largest error over the coordinates with one-sided and with central differences.
    """

    hs: np.ndarray
    forward: np.ndarray
    central: np.ndarray


def gradient_error_curve(
    f: Callable[[np.ndarray], Any],
    grad: Callable[[np.ndarray], np.ndarray],
    x: Any,
    hs: Any,
) -> GradientErrors:
    r"""Measure the error of numerical gradients against the step size: a V on two log axes.

    From the right it falls with the truncation error, like h for :math:`(f(x+h)-f(x))/h` and
    like h² for central differences. From the left it falls with the rounding error, like 1/h.

    Parameters
    ----------
    f, grad : callable
        The function and its exact gradient.
    x : array_like of float
        Where to measure; any shape.
    hs : array_like of float, shape (k,)
        Step sizes, used as they are for every coordinate.

    Returns
    -------
    GradientErrors

    Raises
    ------
    ValueError
        If a step size is not positive, there is none, or the gradient has another shape than x.

    Examples
    --------
    >>> curve = gradient_error_curve(np.sin, np.cos, 1.0, [1e-1, 1e-2])
    >>> [round(float(e[0] / e[1])) for e in (curve.forward, curve.central)]
    [10, 100]
    """
    point, steps = np.array(x, float), np.array(hs, float)
    if steps.ndim != 1 or steps.size == 0 or not (steps > 0).all():
        raise ValueError(
            "hs must be a list of positive step sizes, for example np.logspace(-12, 0)"
        )
    exact = np.asarray(grad(point.copy()), float)
    if exact.shape != point.shape:
        raise ValueError(
            f"the gradient has shape {exact.shape} but the point has shape {point.shape}"
        )
    here = float(f(point.copy()))
    axes = np.eye(point.size).reshape(-1, *point.shape)
    errors = np.empty((2, steps.size))
    for k, step in enumerate(steps):
        above = np.array([float(f(point + step * axis)) for axis in axes])
        below = np.array([float(f(point - step * axis)) for axis in axes])
        slopes = (above - here) / step, (above - below) / (2 * step)
        errors[:, k] = [np.abs(slope - exact.ravel()).max() for slope in slopes]
    return GradientErrors(steps, *errors)


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
