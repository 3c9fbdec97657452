"""Derivatives measured by differences, with their errors, and the gradient check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple, overload

import numpy as np

from slopes.parameters import rectangular

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


def floats(values: Any, what: str) -> np.ndarray:
    """Return a new array of floats; ValueError where numbers are complex, or there is nothing."""
    if values is None:
        raise ValueError(f"{what} returned None: does it end with return?")
    if isinstance(values, Mapping):
        raise ValueError(f"{what} is a dict: flatten(parameters) puts its arrays into one vector")
    found = rectangular(what, values, "flatten(arrays) puts arrays of any shapes into one vector")
    if found.dtype.kind in "US":
        raise ValueError(f"{what} must hold numbers, not text")
    if np.iscomplexobj(found):
        if found.imag.any():
            raise ValueError(f"{what} must be real, not complex: take .real, .imag or the size")
        found = found.real
    return np.array(found, float)


def written(x: np.ndarray) -> str:
    """Return a point as a message shows it."""
    return "(" + ", ".join(f"{v:.4g}" for v in np.atleast_1d(x)) + ")"


def symmetric(matrix: Any, x: np.ndarray | None = None) -> np.ndarray:
    """Return a Hessian at x, checked: square, finite, symmetric up to rounding."""
    h = floats(matrix, "a Hessian")
    where = "" if x is None else f" at {written(x)}"
    d = len(x) if x is not None else h.shape[0] if h.ndim else 0
    if h.shape != (d, d) or not d:
        raise ValueError(f"a Hessian is a square matrix, not an array of shape {h.shape}{where}")
    if not np.isfinite(h).all():
        raise ValueError(f"the Hessian is not finite{where}: choose a domain where it is")
    if not np.allclose(h, h.T, rtol=1e-6, atol=1e-9 * max(1.0, float(np.abs(h).max()))):
        raise ValueError(
            f"a Hessian is symmetric, but this matrix is not{where}: for xᵀAx it is A + Aᵀ"
        )
    return (h + h.T) / 2


def number(f: Callable[[np.ndarray], Any], x: np.ndarray) -> float:
    """Return f(x), one number; ValueError if it is anything else."""
    found = floats(f(x.copy()), "f")  # a copy: f may change its argument
    if found.size != 1:
        raise ValueError(f"f must return one number, not an array of shape {found.shape}")
    return found.item()


def _point(x: Any) -> np.ndarray:
    point = floats(x, "x")
    if not point.size:
        raise ValueError("x is empty: give at least one coordinate")
    return point


def _vector(x: Any) -> np.ndarray:
    point = floats(x, "x")
    if point.ndim != 1 or point.size == 0:
        raise ValueError(f"x must be a vector of shape (n,), not an array of shape {point.shape}")
    return point


def _step(h: float | None, size: float, order: int = 3) -> float:
    """Return the half step: given, or the one that balances truncation and rounding."""
    if h is None:
        return _EPS ** (1 / order) * max(1.0, abs(float(size)))
    if not 0 < h < np.inf:
        raise ValueError(f"h must be positive and finite, not {h}")
    return h


def _ends(point: np.ndarray, move: np.ndarray, by: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the points ahead and behind, having made sure that rounding leaves them apart."""
    ends = np.asarray(point + by * move), np.asarray(point - by * move)
    if any((end == point).all() for end in ends):
        raise ValueError(f"a step of {by:.3g} is lost in x by rounding: take a larger h")
    return ends


def _central(
    f: Callable[[np.ndarray], Any], point: np.ndarray, move: np.ndarray, step: float, error: bool
) -> tuple[Any, Any]:
    """Return the slope of f along ``move`` by central differences, and an estimate of its error.

    The slope has an error of c·step², the one at twice the step 4c·step²: a third of their
    difference is the error. Rounding adds about ε|f|/step. The ends are rounded as well, by ε|x|,
    which moves f by that times its slope. Without ``error`` the estimate is 0, at half the cost.
    """

    def slope(by: float) -> tuple[Any, Any]:
        above, below = (f(end) for end in _ends(point, move, by))
        return (above - below) / (2 * by), np.maximum(np.abs(above), np.abs(below))

    value, size = slope(step)
    if not error:
        return value, np.zeros_like(value)
    moved = np.abs(point * move).sum() / (move**2).sum() * np.abs(value)
    rounding = _EPS * (size + moved) / step
    return value, np.abs(value - slope(2 * step)[0]) / 3 + rounding


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
        If ``h`` is not positive and finite, or so small that x + h is x; if x is empty or
        complex, or ``f`` does not return one real number.

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
    point = _point(x)
    gradient, errors, axis = (np.zeros_like(point) for _ in range(3))
    for index in np.ndindex(point.shape):
        axis[index] = 1
        step = _step(h, float(point[index]))
        gradient[index], errors[index] = _central(partial(number, f), point, axis, step, error)
        axis[index] = 0
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
        As :func:`numerical_gradient`, and if the direction has another shape than ``x`` or no
        length.

    Examples
    --------
    >>> print(round(directional_derivative(lambda x: x @ x, [1.0, 2.0], [0.6, 0.8]), 6))
    4.4
    """
    point, move = _point(x), floats(direction, "the direction")
    if move.shape != point.shape:
        raise ValueError(
            f"the direction has shape {move.shape} but the point has shape {point.shape}"
        )
    length = float(np.linalg.norm(move))
    if not 0 < length < np.inf:
        raise ValueError("the direction must have a length: it is zero or not finite")
    step = _step(h, np.abs(point).max()) / (length if h is None else 1)
    value, estimate = _central(partial(number, f), point, move, step, error)
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
        As :func:`numerical_gradient`, and if ``x`` or ``f(x)`` is not one-dimensional.

    Examples
    --------
    >>> numerical_jacobian(lambda x: np.array([x[0] * x[1], x[0], 7.0]), [2.0, 3.0]).round(6)
    array([[3., 2.],
           [1., 0.],
           [0., 0.]])
    """
    point = _vector(x)

    def value(at: np.ndarray) -> np.ndarray:
        return floats(f(at.copy()), "f")

    shape = value(point).shape
    if len(shape) != 1:
        raise ValueError(
            f"f(x) must be a vector of shape (m,), not of shape {shape}; "
            "for a number use numerical_gradient"
        )
    columns = [
        _central(value, point, axis, _step(h, size), error)
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

    Rounding is divided by h² here, so about half of a float's digits are left.
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
        As :func:`numerical_gradient`, and if ``x`` is not one-dimensional.

    Examples
    --------
    >>> numerical_hessian(lambda x: x[0] ** 2 * x[1], [1.0, 3.0]).round(5)
    array([[6., 2.],
           [2., 0.]])
    """
    point = _vector(x)
    steps = np.array([_step(h, size, order=4) for size in point])

    def measured(by: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hessian = np.empty((point.size, point.size))
        moves, size, moved = np.diag(by), 0.0, np.empty(point.size)
        for i, h in enumerate(by):
            _ends(point[i : i + 1], np.ones(1), h)
        for i in range(point.size):
            for j in range(i + 1):
                ends = [
                    number(f, point + s * moves[i] + t * moves[j]) for s in (1, -1) for t in (1, -1)
                ]
                second = (ends[0] - ends[1] - ends[2] + ends[3]) / (4 * by[i] * by[j])
                hessian[i, j] = hessian[j, i] = second
                size = max(size, *map(abs, ends))
            # The ends are rounded as well, which moves f by that times its slope there.
            steepest = max(abs(ends[0] - ends[1]), abs(ends[2] - ends[3])) / by[i]
            moved[i] = abs(point[i]) * steepest
        return hessian, size + np.add.outer(moved, moved)

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
        If a step size is not positive, there is none, or the gradient has another shape than x;
        if x is empty or complex, or ``f`` does not return one real number.

    Examples
    --------
    >>> curve = gradient_error_curve(np.sin, np.cos, 1.0, [1e-1, 1e-2])
    >>> [round(float(e[0] / e[1])) for e in (curve.forward, curve.central)]
    [10, 100]
    """
    point, steps = _point(x), np.array(hs, float)
    if steps.ndim != 1 or steps.size == 0 or not (steps > 0).all():
        raise ValueError(
            "hs must be a list of positive step sizes, for example np.logspace(-12, 0)"
        )
    exact = floats(grad(point.copy()), "the gradient")
    if exact.shape != point.shape:
        raise ValueError(
            f"the gradient has shape {exact.shape} but the point has shape {point.shape}"
        )
    here = number(f, point)
    axes = np.eye(point.size).reshape(-1, *point.shape)
    errors = np.empty((2, steps.size))
    for k, step in enumerate(steps):
        above = np.array([number(f, point + step * axis) for axis in axes])
        below = np.array([number(f, point - step * axis) for axis in axes])
        slopes = (above - here) / step, (above - below) / (2 * step)
        errors[:, k] = [np.abs(slope - exact.ravel()).max() for slope in slopes]
    return GradientErrors(steps, *errors)


@dataclass(frozen=True)
class GradientCheck:
    """The outcome of a gradient check that passed.

    Attributes
    ----------
    coordinates : int
        How many entries were compared.
    error : float
        The largest difference, relative to the size of its entry or 1, whichever is larger.
    """

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

    .. math:: |g_i - \\hat g_i| \\le \\text{tol} \\cdot \\max(1, |\\hat g_i|)

    Parameters
    ----------
    f, grad : callable
        The function and its claimed gradient.
    x : array_like of float
        Where to compare.
    tol : float
        The largest difference allowed, relative to the size of the measured entry or 1,
        whichever is larger. Where all slopes are below √tol, at most that share of the largest
        (or of tol) is allowed: there a wrong sign is a small difference. What measuring may be
        wrong by is allowed as well, up to one percent of the entry's size or 1.

    Returns
    -------
    GradientCheck

    Raises
    ------
    GradientMismatchError
        If they differ; the message names the worst coordinate with both numbers.
    ValueError
        If x is empty or complex, or ``f`` does not return one real number.

    Examples
    --------
    >>> check_gradient(lambda x: x @ x, lambda x: 3 * x, [1.0, 2.0])
    Traceback (most recent call last):
    slopes.calculus.GradientMismatchError: at coordinate (0,) the gradient says 3 but the measured \
slope is 2

    References
    ----------
    ``torch.autograd.gradcheck`` allows a relative and an absolute difference;
    ``scipy.optimize.check_grad`` returns the norm of the difference from one-sided slopes.
    """
    point = _point(x)
    claimed = floats(grad(point.copy()), "the gradient")
    if claimed.shape != point.shape:
        raise GradientMismatchError(
            f"the gradient has shape {claimed.shape} but the point has shape {point.shape}"
        )
    measured = numerical_gradient(f, point)
    size = np.maximum(1.0, np.abs(measured))
    difference = np.abs(claimed - measured) / size
    allowed = np.minimum(tol, np.sqrt(tol) * max(tol, np.abs(measured).max()) / size)
    right = difference <= allowed
    if not right.all():
        _, error = numerical_gradient(f, point, error=True)
        right |= difference <= allowed + np.minimum(error / size, 0.01)
    if not right.all():
        wrong = np.where(right, -1.0, difference)
        worst = np.unravel_index(np.argmax(wrong), wrong.shape)  # NaN counts as worst
        where = tuple(int(i) for i in worst)
        raise GradientMismatchError(
            f"at coordinate {where} the gradient says {claimed[worst]:.6g} "
            f"but the measured slope is {measured[worst]:.6g}"
        )
    return GradientCheck(point.size, max(float(difference.max()), 1e-16))
