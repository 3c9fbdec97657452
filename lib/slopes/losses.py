r"""Losses: how wrong a score is, and how that changes with the score.

Every loss works on a batch of scores, one row per example, and returns one number per example.
Its gradient has the shape of the scores. :data:`LOSSES` lists them by name.
Scores, and true values that are no classes, may be any real numbers; whole ones are taken as
floating-point numbers, and other kinds are a ValueError.

=================== =========================== ============ ====================================
name                loss of a score s           true value y slope taken at a kink
=================== =========================== ============ ====================================
squared             (s − y)²                    a number
absolute            \|s − y\|                   a number     0, at s = y
huber               ½r², then δ(\|r\| − ½δ)     a number
hinge               max(0, 1 − ys)              −1 or 1      0, at ys = 1
logistic            log(1 + exp(−ys))           −1 or 1
multiclass_hinge    Σ max(0, sⱼ − s_y + 1)      a class      0, where a term is exactly 0
cross_entropy       log Σ exp(sⱼ) − s_y         a class
gaussian_nll        −log of a normal density    a number
=================== =========================== ============ ====================================
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, NamedTuple, TypeVar

import numpy as np

__all__ = [
    "LOSSES",
    "Loss",
    "absolute",
    "absolute_grad",
    "cross_entropy",
    "cross_entropy_grad",
    "gaussian_nll",
    "gaussian_nll_grad",
    "hinge",
    "hinge_grad",
    "huber",
    "huber_grad",
    "logistic",
    "logistic_grad",
    "multiclass_hinge",
    "multiclass_hinge_grad",
    "sigmoid",
    "softmax",
    "squared",
    "squared_grad",
    "zero_one",
]

_F = TypeVar("_F", bound=Callable[..., Any])


# What scores and true values must look like ---------------------------------------------------

#: What the settings of some losses must be.
_SETTINGS: dict[str, tuple[Callable[[float], bool], str]] = {
    "delta": (lambda value: value > 0, "positive"),
    "margin": (lambda value: 0 <= value < np.inf, "finite, zero or more"),
}


def _real(name: str, values: Any, dtype: Any = float) -> np.ndarray:
    """Return an array of floats; integers become ``dtype``, since small ones would wrap around."""
    array = np.asarray(values)
    if array.dtype.kind in "iu":
        return array.astype(dtype)
    if array.dtype.kind != "f":
        fix = f": for labels write np.where({name}, 1, -1)" if array.dtype == bool else ""
        raise ValueError(f"{name} must hold real numbers, not {array.dtype}{fix}")
    return array


def _checked(scores: Any, y: Any, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and true values as arrays that fit each other and the loss."""
    scores = _real("scores", scores)
    y = np.asarray(y) if kind == "class" else _real("y", y, scores.dtype)
    _check(scores, y, kind)
    return scores, y


def _check(scores: np.ndarray, y: np.ndarray, kind: str) -> None:
    """Raise ValueError unless the scores and the true values fit each other and the loss."""
    columns = {"class": "classes", "density": "2"}.get(kind)
    if columns and (scores.ndim != 2 or y.shape != scores.shape[:1]):
        raise ValueError(
            f"this loss takes scores of shape (n, {columns}) and y of shape (n,), "
            f"not {scores.shape} and {y.shape}"
        )
    if kind == "density" and scores.shape[1] != 2:
        raise ValueError(
            "this loss takes two scores for each example, mean and log-variance, "
            f"not {scores.shape[1]}"
        )
    if not columns and (scores.ndim != 1 or y.shape != scores.shape):
        raise ValueError(
            "this loss takes one score for each example: scores and y of shape (n,), "
            f"not {scores.shape} and {y.shape}"
        )
    if kind == "class":
        if not np.issubdtype(y.dtype, np.integer):
            raise ValueError(f"classes must be integers counted from 0, not {y.dtype} numbers")
        if y.size and not 0 <= y.min() <= y.max() < scores.shape[1]:
            raise ValueError(
                f"classes must be from 0 to {scores.shape[1] - 1}, one for each column of scores; "
                f"y has values from {y.min()} to {y.max()}"
            )
    if kind == "sign" and not (np.abs(y) == 1).all():
        wrong = y[np.abs(y) != 1][0]
        raise ValueError(f"labels must be -1 or 1, not {wrong:g}: from 0 and 1 make 2 * y - 1")


def _takes(kind: str) -> Callable[[_F], _F]:
    """Check the arguments before the formula sees them, so that the formula stays readable.

    What comes back is NaN for each example with a score of NaN.
    """

    def decorate(loss: _F) -> _F:
        names = list(signature(loss).parameters)[2:]

        @wraps(loss)
        def checked(scores: Any, y: Any, *args: Any, **options: Any) -> Any:
            scores, y = _checked(scores, y, kind)
            for name, value in (*zip(names, args, strict=False), *options.items()):
                fits, words = _SETTINGS.get(name, (lambda _: True, ""))
                if not fits(value):
                    raise ValueError(f"{name} must be {words}, not {value}")
            result = loss(scores, y, *args, **options)
            if kind == "class":
                result = result.astype(scores.dtype, copy=False)
            # A comparison with NaN is false, which a hinge would take for "nothing to pay".
            lost = np.isnan(scores)
            if lost.any():
                result[lost if lost.ndim == 1 else lost.any(axis=1)] = np.nan
            return result

        return checked  # type: ignore[return-value]

    return decorate


# What we care about ---------------------------------------------------------------------------


def zero_one(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return 1 where the prediction is wrong, else 0.

    The prediction is the class with the highest score, or the sign of a single score.
    Of classes with equal scores the lowest is predicted, whereas a single score of 0 decides
    nothing and counts as wrong. So does any score of NaN.
    It has no gradient worth following: it is flat wherever it has one.

    Parameters
    ----------
    scores : ndarray, shape (n, classes) or (n,)
    y : ndarray of int, shape (n,)
        True classes counted from 0; for single scores labels −1 or 1.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        If the shapes don't fit, or ``y`` holds no such classes or labels.

    Examples
    --------
    >>> zero_one(np.array([[1.0, 3.0], [2.0, 0.0]]), np.array([0, 0]))
    array([1., 0.])
    >>> zero_one(np.array([0.2, -3.0]), np.array([1, 1]))
    array([0., 1.])
    """
    scores, y = _checked(scores, y, "sign" if np.ndim(scores) == 1 else "class")
    if scores.ndim == 1:
        right = y * scores > 0
    else:
        right = (scores.argmax(axis=1) == y) & ~np.isnan(scores).any(axis=1)
    return (~right).astype(float)


# Numbers --------------------------------------------------------------------------------------


@_takes("number")
def squared(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return (s − y)² for each example.

    Parameters
    ----------
    scores, y : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
        In squared units of y.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> squared(np.array([1.0, 5.0]), np.array([1.0, 2.0]))
    array([0., 9.])

    References
    ----------
    The same as ``torch.nn.MSELoss(reduction="none")``. Many texts halve it, which halves its
    gradient and doubles the best learning rate.
    """
    return (scores - y) ** 2


@_takes("number")
def squared_grad(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return 2(s − y), the derivative of :func:`squared` with respect to the scores.

    Parameters
    ----------
    scores, y : ndarray, shape (n,)

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> squared_grad(np.array([1.0, 5.0]), np.array([1.0, 2.0]))
    array([0., 6.])
    """
    return 2 * (scores - y)


@_takes("number")
def absolute(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return :math:`|s - y|` for each example: an outlier counts once, not squared.

    Parameters
    ----------
    scores, y : ndarray, shape (n,)

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> absolute(np.array([1.0, 5.0]), np.array([1.0, 2.0]))
    array([0., 3.])
    """
    return np.abs(scores - y)


@_takes("number")
def absolute_grad(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the sign of s − y: the derivative of :func:`absolute`, and 0 at its kink.

    Parameters
    ----------
    scores, y : ndarray, shape (n,)

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> absolute_grad(np.array([1.0, 5.0]), np.array([1.0, 2.0]))
    array([0., 1.])
    """
    return np.sign(scores - y)


@_takes("number")
def huber(scores: np.ndarray, y: np.ndarray, delta: float = 1.0) -> np.ndarray:
    r"""Return ½r² where an error r is at most δ in size, and δ(\|r\| − ½δ) beyond.

    Parameters
    ----------
    scores, y : ndarray, shape (n,)
    delta : float
        δ, in units of y.

    Raises
    ------
    ValueError
        If the shapes differ or ``delta`` is not positive.

    Examples
    --------
    >>> huber(np.array([1.0, 5.0]), np.array([0.5, 2.0]))
    array([0.125, 2.5  ])

    References
    ----------
    Huber, *Robust estimation of a location parameter*, 1964; ``torch.nn.HuberLoss``.
    Unlike :func:`squared` it has the factor ½.
    """
    r = np.abs(scores - y)
    near = np.minimum(r, delta)
    return near * (r - near / 2)


@_takes("number")
def huber_grad(scores: np.ndarray, y: np.ndarray, delta: float = 1.0) -> np.ndarray:
    """Return the derivative of :func:`huber`: the error, cut off at ±δ.

    Parameters
    ----------
    scores, y : ndarray, shape (n,)
    delta : float

    Raises
    ------
    ValueError
        If the shapes differ or ``delta`` is not positive.

    Examples
    --------
    >>> huber_grad(np.array([1.0, 5.0]), np.array([0.5, 2.0]))
    array([0.5, 1. ])
    """
    return np.clip(scores - y, -delta, delta)


# Two classes, labelled −1 and 1 ---------------------------------------------------------------


@_takes("sign")
def hinge(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return max(0, 1 − ys) for each example: nothing once the margin ys reaches 1.

    Parameters
    ----------
    scores : ndarray, shape (n,)
    y : ndarray, shape (n,)
        Labels −1 or 1.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        If the shapes differ or a label is neither −1 nor 1.

    Examples
    --------
    >>> hinge(np.array([2.0, 0.5, -1.0]), np.array([1, 1, 1]))
    array([0. , 0.5, 2. ])
    """
    return np.maximum(0.0, 1 - y * scores)


@_takes("sign")
def hinge_grad(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return −y where the margin ys is below 1, else 0; at the kink it takes the 0.

    Parameters
    ----------
    scores : ndarray, shape (n,)
    y : ndarray, shape (n,)
        Labels −1 or 1.

    Raises
    ------
    ValueError
        If the shapes differ or a label is neither −1 nor 1.

    Examples
    --------
    >>> hinge_grad(np.array([2.0, 1.0, -1.0]), np.array([1, 1, 1]))
    array([ 0.,  0., -1.])
    """
    return np.where(y * scores < 1, -y, 0.0)


def sigmoid(s: Any) -> Any:
    """Return 1 / (1 + exp(−s)), without overflow for any s.

    Parameters
    ----------
    s : array_like

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    s = _real("s", s)
    e = np.exp(-np.abs(s))  # never above 1
    return np.where(s >= 0, 1, e) / (1 + e)


@_takes("sign")
def logistic(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return log(1 + exp(−ys)) for each example, without overflow.

    It is −log of the probability that the model gives to the true label.

    Parameters
    ----------
    scores : ndarray, shape (n,)
        Log-odds of the label 1.
    y : ndarray, shape (n,)
        Labels −1 or 1.

    Returns
    -------
    ndarray, shape (n,)
        In nats; divide by log 2 for a curve that passes through 1 at score 0.

    Raises
    ------
    ValueError
        If the shapes differ or a label is neither −1 nor 1.

    Examples
    --------
    >>> logistic(np.array([0.0, -1000.0]), np.array([1, 1])).round(4)
    array([6.931e-01, 1.000e+03])

    References
    ----------
    ``torch.nn.BCEWithLogitsLoss`` is the same loss for labels 0 and 1.
    """
    return np.logaddexp(0.0, -y * scores)


@_takes("sign")
def logistic_grad(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return −y σ(−ys), the derivative of :func:`logistic`.

    Parameters
    ----------
    scores : ndarray, shape (n,)
    y : ndarray, shape (n,)
        Labels −1 or 1.

    Raises
    ------
    ValueError
        If the shapes differ or a label is neither −1 nor 1.

    Examples
    --------
    >>> logistic_grad(np.array([0.0, -1000.0]), np.array([1, 1]))
    array([-0.5, -1. ])
    """
    return -y * sigmoid(-y * scores)


# Several classes ------------------------------------------------------------------------------


@_takes("class")
def multiclass_hinge(scores: np.ndarray, y: np.ndarray, margin: float = 1.0) -> np.ndarray:
    r"""Return :math:`\sum_{j \ne y} \max(0,\, s_j - s_y + \Delta)` for each example.

    Parameters
    ----------
    scores : ndarray, shape (n, classes)
    y : ndarray of int, shape (n,)
        True classes.
    margin : float
        Δ, by how much the true class must win to cost nothing.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        If the shapes don't fit, ``y`` holds no such classes, or ``margin`` is negative or not
        finite.

    Examples
    --------
    >>> multiclass_hinge(np.array([[3.0, 1.0, 2.5]]), np.array([0]))
    array([0.5])

    References
    ----------
    Weston and Watkins, *Support vector machines for multi-class pattern recognition*, 1999.
    ``torch.nn.MultiMarginLoss`` divides by the number of classes as well.
    """
    rows = np.arange(len(y))
    excess = scores - scores[rows, y][:, None] + margin
    excess[rows, y] = 0.0
    return np.maximum(excess, 0.0).sum(axis=1)


@_takes("class")
def multiclass_hinge_grad(scores: np.ndarray, y: np.ndarray, margin: float = 1.0) -> np.ndarray:
    """Return the derivative of :func:`multiclass_hinge` with respect to the scores.

    It is 1 for each class that comes too close, and for the true class minus their number, so a
    step against it pulls those scores down and the true one up. At a kink, where a class is exactly
    the margin away, it is 0.

    Parameters
    ----------
    scores : ndarray, shape (n, classes)
    y : ndarray of int, shape (n,)
    margin : float

    Returns
    -------
    ndarray, shape (n, classes)

    Raises
    ------
    ValueError
        If the shapes don't fit, ``y`` holds no such classes, or ``margin`` is negative or not
        finite.

    Examples
    --------
    >>> multiclass_hinge_grad(np.array([[3.0, 1.0, 2.5]]), np.array([0]))
    array([[-1.,  0.,  1.]])
    """
    rows = np.arange(len(y))
    too_close = scores - scores[rows, y][:, None] + margin > 0
    too_close[rows, y] = False
    slope = too_close.astype(float)
    slope[rows, y] = -too_close.sum(axis=1)
    return slope


def softmax(scores: Any) -> np.ndarray:
    r"""Return :math:`e^{s_j} / \sum_k e^{s_k}`: scores as probabilities, without overflow.

    Parameters
    ----------
    scores : array_like, shape (…, classes)

    Returns
    -------
    ndarray
        Shaped like ``scores``; the last axis sums to 1.

    Examples
    --------
    >>> softmax([[1000.0, 1000.0], [0.0, -1000.0]])
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    scores = _real("scores", scores)
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))  # the same ratios, none above 1
    return e / e.sum(axis=-1, keepdims=True)


@_takes("class")
def cross_entropy(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    r"""Return :math:`\log \sum_j e^{s_j} - s_y` for each example, without overflow.

    It is −log of the softmax probability of the true class.

    Parameters
    ----------
    scores : ndarray, shape (n, classes)
    y : ndarray of int, shape (n,)
        True classes.

    Returns
    -------
    ndarray, shape (n,)
        In nats.

    Raises
    ------
    ValueError
        If the shapes don't fit or ``y`` holds no such classes.

    Examples
    --------
    >>> cross_entropy(np.array([[0.0, 0.0], [0.0, 1000.0]]), np.array([0, 0])).round(4)
    array([6.931e-01, 1.000e+03])

    References
    ----------
    The same as ``torch.nn.CrossEntropyLoss(reduction="none")``, which takes scores too, not
    probabilities.
    """
    highest = scores.max(axis=1, keepdims=True)
    shifted = scores - highest
    rows = np.arange(len(y))
    return np.log(np.exp(shifted).sum(axis=1)) - shifted[rows, y]


@_takes("class")
def cross_entropy_grad(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the softmax probabilities minus 1 at the true class.

    Parameters
    ----------
    scores : ndarray, shape (n, classes)
    y : ndarray of int, shape (n,)

    Returns
    -------
    ndarray, shape (n, classes)
        Every row sums to 0: raising all scores alike changes nothing.

    Raises
    ------
    ValueError
        If the shapes don't fit or ``y`` holds no such classes.

    Examples
    --------
    >>> cross_entropy_grad(np.array([[0.0, 0.0]]), np.array([0]))
    array([[-0.5,  0.5]])
    """
    slope = softmax(scores)
    slope[np.arange(len(y)), y] -= 1
    return slope


# Densities ------------------------------------------------------------------------------------


@_takes("density")
def gaussian_nll(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    r"""Return :math:`-\log q(y)` for a normal density with mean μ and variance :math:`e^v`.

    .. math:: \tfrac12 \left(\log 2\pi + v + (y - \mu)^2 e^{-v}\right)

    Parameters
    ----------
    scores : ndarray, shape (n, 2)
        The mean μ, in units of y, and the log-variance v. Any v gives a positive variance.
    y : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n,)
        In nats.

    Raises
    ------
    ValueError
        If the shapes don't fit.

    Examples
    --------
    >>> gaussian_nll(np.array([[0.0, 0.0]]), np.array([1.0])).round(4)
    array([1.4189])

    References
    ----------
    ``torch.nn.GaussianNLLLoss`` takes the variance itself and leaves out ½ log 2π by default.
    """
    mean, log_variance = scores.T
    z = _scaled(mean - y, np.exp(-log_variance / 2))  # not with exp(-v), which overflows sooner
    return (float(np.log(2 * np.pi)) + log_variance + z**2) / 2


@_takes("density")
def gaussian_nll_grad(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the derivatives of :func:`gaussian_nll` with respect to mean and log-variance.

    With mean μ and log-variance v they are (μ − y)e⁻ᵛ and ½(1 − (y − μ)²e⁻ᵛ).

    Parameters
    ----------
    scores : ndarray, shape (n, 2)
    y : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n, 2)

    Raises
    ------
    ValueError
        If the shapes don't fit.

    Examples
    --------
    >>> gaussian_nll_grad(np.array([[0.0, 0.0]]), np.array([2.0]))
    array([[-2. , -1.5]])
    """
    mean, log_variance = scores.T
    root = np.exp(-log_variance / 2)
    z = _scaled(mean - y, root)
    return np.column_stack([_scaled(z, root), (1 - z**2) / 2])


def _scaled(gap: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Return gap · by, and 0 where the gap is, however large ``by``."""
    return np.multiply(gap, by, out=np.zeros_like(gap), where=gap != 0)


class Loss(NamedTuple):
    """A loss with its gradient and what it is about.

    Attributes
    ----------
    value, grad : callable
        ``value(scores, y)`` and its derivative ``grad(scores, y)``.
    kind : {"number", "sign", "class", "density"}
        What ``y`` holds, and so how many scores an example has: one for numbers and signs,
        one per class, two (mean and log-variance) for a density.
    """

    value: Callable[..., np.ndarray]
    grad: Callable[..., np.ndarray]
    kind: str


#: Every loss that can be minimized, by name.
LOSSES: dict[str, Loss] = {
    "squared": Loss(squared, squared_grad, "number"),
    "absolute": Loss(absolute, absolute_grad, "number"),
    "huber": Loss(huber, huber_grad, "number"),
    "hinge": Loss(hinge, hinge_grad, "sign"),
    "logistic": Loss(logistic, logistic_grad, "sign"),
    "multiclass_hinge": Loss(multiclass_hinge, multiclass_hinge_grad, "class"),
    "cross_entropy": Loss(cross_entropy, cross_entropy_grad, "class"),
    "gaussian_nll": Loss(gaussian_nll, gaussian_nll_grad, "density"),
}
