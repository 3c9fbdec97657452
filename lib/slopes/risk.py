"""Risk: what a fit costs on data it has not seen, measured by drawing many data sets.

A *hypothesis set with its fit* is a function ``fit(X, Y, x)``: from inputs X and targets Y of many
data sets, shape (repeats, n), it returns each data set's predictions at the points x, shape
(points,), as an array of shape (repeats, points). :func:`constant`, :func:`line` and
:func:`nearest` are such functions, :func:`fixed` and :func:`polynomial` make them. All of these
raise ValueError if the shapes don't fit or a number is not finite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from slopes.parameters import whole

__all__ = [
    "BiasVariance",
    "Concentration",
    "Decomposition",
    "Estimate",
    "Problem",
    "RiskSplit",
    "bias_variance",
    "constant",
    "expected_risk",
    "fixed",
    "line",
    "nearest",
    "polynomial",
    "polynomial_features",
    "risk_concentration",
    "risk_split",
    "sine",
    "two_points_exact",
]

Fit = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def _at(g: Callable[[np.ndarray], Any], x: np.ndarray) -> np.ndarray:
    """Return g(x), checked and shaped like x: a constant is repeated."""
    y = g(x)
    if y is None:
        raise ValueError("the predictor or the target returned None: end it with return")
    y = np.asarray(y, float)
    if y.ndim and y.shape != x.shape:
        raise ValueError(
            f"target and predictor must return one number for each input, shape {x.shape}, "
            f"not {y.shape}"
        )
    if not np.isfinite(y).all():
        raise ValueError("the predictor or the target is not finite at some input")
    return np.broadcast_to(y, x.shape)


# The problem ----------------------------------------------------------------------------------


def sine(x: Any) -> Any:
    """Return sin(πx), the decks' target.

    Parameters
    ----------
    x : array_like

    Examples
    --------
    >>> sine(np.array([-0.5, 0.0, 0.5]))
    array([-1.,  0.,  1.])
    """
    return np.sin(np.pi * np.asarray(x))


@dataclass(frozen=True)
class Problem:
    """Where data come from: y = target(x) + noise.

    Parameters
    ----------
    target : callable
        f(x), for arrays of any shape.
    noise : float
        σ, the standard deviation of the normal noise on y.
    inputs : {"uniform", "normal", "grid"}
        How x is distributed. With "grid" every data set has the same evenly spaced inputs and
        only the noise differs; test points are uniform.
    low, high : float
        The ends of the uniform distribution; for the normal one, mean minus and plus one standard
        deviation.

    Raises
    ------
    ValueError
        If ``target`` is no function, ``noise`` is negative, ``inputs`` is another word, or ``low``
        is not below ``high``.

    Examples
    --------
    >>> X, Y = Problem(noise=0.1).draw(2, repeats=3, random=np.random.default_rng(0))
    >>> X.shape, Y.shape
    ((3, 2), (3, 2))
    """

    target: Callable[[np.ndarray], Any] = field(default=sine, repr=False)
    noise: float = 0.0
    inputs: str = "uniform"
    low: float = -1.0
    high: float = 1.0

    def __post_init__(self) -> None:
        if not callable(self.target):
            raise ValueError(
                f"target must be a function such as np.cos, not {self.target!r}: "
                "give the noise as noise=…"
            )
        if not 0 <= self.noise < np.inf:
            raise ValueError(f"noise is a standard deviation, zero or more, not {self.noise}")
        if self.inputs not in ("uniform", "normal", "grid"):
            raise ValueError(f"inputs must be 'uniform', 'normal' or 'grid', not {self.inputs!r}")
        if not -np.inf < self.low < self.high < np.inf:
            raise ValueError(f"low must be below high, not low={self.low} and high={self.high}")

    def draw(
        self, n: int, repeats: int, random: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return inputs and noisy targets of ``repeats`` data sets, each of shape (repeats, n)."""
        middle, half = (self.low + self.high) / 2, (self.high - self.low) / 2
        if self.inputs == "uniform":
            X = random.uniform(self.low, self.high, (repeats, n))
        elif self.inputs == "normal":
            X = random.normal(middle, half, (repeats, n))
        else:
            X = np.tile(middle + half * ((2 * np.arange(n) + 1) / n - 1), (repeats, 1))
        return X, self.observe(X, random)

    def observe(self, x: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Return noisy targets at ``x``, shaped like it."""
        x = np.asarray(x, float)
        return _at(self.target, x) + self.noise * random.normal(size=x.shape)

    def nodes(self, count: int = 64) -> tuple[np.ndarray, np.ndarray]:
        """Return Gauss points and weights: ``weights @ g(x)`` is the mean of g over the inputs.

        It is exact for polynomials up to degree 2·count − 1, and to all digits for smooth g.
        Normal inputs allow 300 points, beyond which NumPy's weights overflow.
        """
        count = whole("the number of points", count)
        if count < 1:
            raise ValueError(f"there must be at least one point, not {count}")
        if self.inputs == "normal" and count > 300:
            raise ValueError(f"for normal inputs there are at most 300 points, not {count}")
        middle, half = (self.low + self.high) / 2, (self.high - self.low) / 2
        if self.inputs == "normal":
            x, weights = np.polynomial.hermite_e.hermegauss(count)
        else:
            x, weights = np.polynomial.legendre.leggauss(count)
        return middle + half * x, weights / weights.sum()


# Hypothesis sets ------------------------------------------------------------------------------


def _data(X: Any, Y: Any, x: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    X, Y, x = np.asarray(X, float), np.asarray(Y, float), np.asarray(x, float)
    if X.ndim != 2 or X.shape != Y.shape or X.shape[1] == 0:
        raise ValueError(
            "X and Y must have shape (data sets, examples), at least one example; "
            f"got {X.shape} and {Y.shape}"
        )
    if x.ndim != 1:
        raise ValueError(f"x must be a vector of points, not of shape {x.shape}")
    if not all(np.isfinite(a).all() for a in (X, Y, x)):
        raise ValueError("X, Y and x must be finite: look for NaN or inf")
    return X, Y, x


def constant(X: np.ndarray, Y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Fit a constant to each data set: the mean of its targets.

    Parameters
    ----------
    X, Y : ndarray, shape (data sets, n)
    x : ndarray, shape (points,)

    Examples
    --------
    >>> constant(np.array([[0.0, 1.0]]), np.array([[2.0, 4.0]]), np.array([0.0, 9.0]))
    array([[3., 3.]])
    """
    X, Y, x = _data(X, Y, x)
    return np.repeat(Y.mean(axis=1, keepdims=True), len(x), axis=1)


def line(X: np.ndarray, Y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Fit a line to each data set by least squares; through two points it passes exactly.

    A data set whose inputs are all the same gets a horizontal line.

    Parameters
    ----------
    X, Y : ndarray, shape (data sets, n)
    x : ndarray, shape (points,)

    Examples
    --------
    >>> line(np.array([[0.0, 1.0]]), np.array([[2.0, 4.0]]), np.array([0.0, 9.0]))
    array([[ 2., 20.]])
    """
    X, Y, x = _data(X, Y, x)
    middle, height = X.mean(axis=1, keepdims=True), Y.mean(axis=1, keepdims=True)
    spread = ((X - middle) ** 2).sum(axis=1, keepdims=True)
    rise = ((X - middle) * (Y - height)).sum(axis=1, keepdims=True)
    # Not spread > 0: rounding of the mean spreads even inputs that are all the same.
    differ = (np.ptp(X, axis=1, keepdims=True) > 0) & (spread > 0)
    slope = np.where(differ, rise, 0.0) / np.where(differ, spread, 1.0)
    return height + slope * (x - middle)


def nearest(X: np.ndarray, Y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Predict the target of the nearest example: every data point is fitted, noise and all.

    Parameters
    ----------
    X, Y : ndarray, shape (data sets, n)
    x : ndarray, shape (points,)

    Examples
    --------
    >>> nearest(np.array([[0.0, 1.0]]), np.array([[2.0, 4.0]]), np.array([0.4, 9.0]))
    array([[2., 4.]])
    """
    X, Y, x = _data(X, Y, x)
    order = np.argsort(X, axis=1)
    X, Y = np.take_along_axis(X, order, axis=1), np.take_along_axis(Y, order, axis=1)
    right = np.array([np.searchsorted(row, x) for row in X]).clip(max=X.shape[1] - 1)
    left = (right - 1).clip(min=0)
    far = np.abs(np.take_along_axis(X, left, 1) - x) > np.abs(np.take_along_axis(X, right, 1) - x)
    return np.take_along_axis(Y, np.where(far, right, left), axis=1)


def fixed(value: float) -> Fit:
    """Return the fit that ignores the data and always predicts the same.

    Parameters
    ----------
    value : float
        In units of y.

    Examples
    --------
    >>> fixed(0.5)(np.array([[0.0, 1.0]]), np.array([[2.0, 4.0]]), np.array([0.0, 9.0]))
    array([[0.5, 0.5]])
    """

    if not (isinstance(value, Real) and np.isfinite(value)):
        raise ValueError(f"a fixed prediction must be a finite number, not {value!r}")

    def fit(X: np.ndarray, Y: np.ndarray, x: np.ndarray) -> np.ndarray:
        X, Y, x = _data(X, Y, x)
        return np.full((len(X), len(x)), float(value))

    return fit


def polynomial_features(x: Any, degree: int) -> np.ndarray:
    r"""Return the Legendre polynomials :math:`\sqrt{2k + 1}\, P_k(x)` up to a degree.

    They are orthonormal for inputs uniform on [−1, 1], so the squared norm of a polynomial's
    coefficients is its mean square, and the least squares problem is as round as it can be.
    Beyond [−1, 1] they grow fast and become nearly parallel: scale inputs to [−1, 1].

    Parameters
    ----------
    x : array_like of any shape
    degree : int
        A whole number, zero or more, or ValueError. The answer has shape (\*x.shape, degree + 1).

    Examples
    --------
    >>> polynomial_features([-1.0, 1.0], 1).round(3)
    array([[ 1.   , -1.732],
           [ 1.   ,  1.732]])
    """
    degree = whole("degree", degree)
    if degree < 0:
        raise ValueError(f"a polynomial's degree is zero or more, not {degree}")
    scale = np.sqrt(2 * np.arange(degree + 1) + 1)
    return np.polynomial.legendre.legvander(np.asarray(x, float), degree) * scale


def _alike(degree: int) -> ValueError:
    return ValueError(
        f"polynomials up to degree {degree} cannot be told apart in floating point on these "
        "inputs: take a lower degree, or scale the inputs to [-1, 1]"
    )


def _features(x: np.ndarray, degree: int) -> np.ndarray:
    """Return the polynomial features for a fit, or raise ValueError if they overflow."""
    with np.errstate(over="ignore", invalid="ignore"):
        A = polynomial_features(x, degree)
    if not np.isfinite(A).all():
        raise _alike(degree)
    return A


def _check_rank(x: np.ndarray, rank: Any, degree: int) -> None:
    """Raise ValueError if a fit beyond [−1, 1] saw fewer polynomials than the inputs determine.

    Within [−1, 1] all features are of one size, and what rounding hides is too small to matter.
    """
    distinct = 1 + np.count_nonzero(np.diff(np.sort(x), axis=-1), axis=-1)
    lost = (rank < np.minimum(distinct, degree + 1)) & (np.abs(x).max(axis=-1) > 1)
    if lost.any():
        raise _alike(degree)


def polynomial(degree: int, weight_decay: float = 0.0) -> Fit:
    r"""Return the fit of a polynomial by least squares, or by ridge regression.

    .. math:: \min_w \frac{1}{n} \sum_i (\phi(x_i)^\top w - y_i)^2 + \lambda \lVert w \rVert^2

    The features φ are those of :func:`polynomial_features`: scale inputs to [−1, 1].
    Where more than one polynomial fits the data exactly, it takes the one of smallest norm.

    Parameters
    ----------
    degree : int
    weight_decay : float
        λ. The constant term decays too.

    Raises
    ------
    ValueError
        If ``degree`` is no whole number from 0, or ``weight_decay`` is negative. The fit raises
        it where the inputs reach so far beyond [−1, 1] that rounding hides some features.

    Examples
    --------
    >>> X = np.array([[-1.0, 0.0, 1.0]])
    >>> polynomial(2)(X, X**2, np.array([2.0])).round(6)
    array([[4.]])

    Notes
    -----
    With monomials as features the fit without decay would be the same, up to rounding, until
    the degree reaches the number of examples. The decay and what happens beyond would differ.
    """
    polynomial_features(0.0, degree)  # complains about a bad degree now, not at the first fit
    if not 0 <= weight_decay < np.inf:
        raise ValueError(f"weight_decay must be zero or more, not {weight_decay}")

    def fit(X: np.ndarray, Y: np.ndarray, x: np.ndarray) -> np.ndarray:
        X, Y, x = _data(X, Y, x)
        U, s, Vt = np.linalg.svd(_features(X, degree), full_matrices=False)
        # Not by AᵀA: it squares the singular values, and a small decay would drown in rounding.
        seen = s > np.finfo(float).eps * max(X.shape[1], degree + 1) * s[:, :1]
        _check_rank(X, seen.sum(axis=1), degree)
        inverse = np.where(seen, s, 0.0) / np.where(seen, s**2 + X.shape[1] * weight_decay, 1.0)
        w = np.einsum("rkj,rk,rk->rj", Vt, inverse, np.einsum("rnk,rn->rk", U, Y))
        return w @ polynomial_features(x, degree).T

    return fit


# Estimates ------------------------------------------------------------------------------------


class Estimate(NamedTuple):
    """A measured number with its standard error.

    Examples
    --------
    >>> Estimate(0.20712, 0.0034)
    0.2071 ± 0.0034
    >>> print(f"{Estimate(0.2071, 0.0034).off(0.2):.1f} standard errors")
    2.1 standard errors
    """

    value: float
    error: float

    def off(self, truth: float) -> float:
        """Return how many standard errors the estimate is from ``truth``."""
        distance = abs(self.value - truth)
        return distance / self.error if self.error > 0 else (np.inf if distance else 0.0)

    def __repr__(self) -> str:
        digits = 1 - int(np.floor(np.log10(self.error))) if 0 < self.error < np.inf else 6
        digits = min(max(digits, 0), 15)  # a float has no more
        return f"{self.value:.{digits}f} ± {self.error:.{digits}f}"


def _jackknife(without: np.ndarray) -> Any:
    """Return the standard error of a statistic from its values without each of the repeats."""
    r = len(without)
    return np.sqrt((r - 1) * without.var(axis=0))


@dataclass(frozen=True, eq=False)  # to compare arrays has no single answer
class BiasVariance:
    """The outcome of many fits to many data sets.

    Attributes
    ----------
    x, weights : ndarray, shape (points,)
        Where predictions were looked at, and each point's share in means over the inputs.
    target, average : ndarray, shape (points,)
        f(x), and ḡ(x), the mean prediction over data sets.
    bias2_at, variance_at, e_out_at : ndarray, shape (points,)
        Bias², variance and mean squared error against fresh noisy targets, at each x.
    bias2_error_at, variance_error_at, e_out_error_at : ndarray, shape (points,)
        Their standard errors.
    bias2, variance, e_out : Estimate
        Their means over the inputs.
    noise : float
        σ², known exactly.
    gap : Estimate
        E_out − (bias² + variance + σ²): zero but for chance.
    predictions : ndarray, shape (repeats, points)
        Every data set's predictions.
    """

    x: np.ndarray = field(repr=False)
    weights: np.ndarray = field(repr=False)
    target: np.ndarray = field(repr=False)
    average: np.ndarray = field(repr=False)
    bias2_at: np.ndarray = field(repr=False)
    variance_at: np.ndarray = field(repr=False)
    e_out_at: np.ndarray = field(repr=False)
    bias2_error_at: np.ndarray = field(repr=False)
    variance_error_at: np.ndarray = field(repr=False)
    e_out_error_at: np.ndarray = field(repr=False)
    bias2: Estimate
    variance: Estimate
    noise: float
    e_out: Estimate
    gap: Estimate
    predictions: np.ndarray = field(repr=False)


def bias_variance(
    problem: Problem, fit: Fit, n: int, *, repeats: int = 2000, seed: int = 0, points: int = 64
) -> BiasVariance:
    r"""Fit many data sets of one size and split the error into bias², variance and noise.

    .. math:: \mathbb{E}_{D,y}\,(g_D(x) - y)^2 =
        \underbrace{(\bar g(x) - f(x))^2}_{\text{bias}^2}
        + \underbrace{\mathbb{E}_D\,(g_D(x) - \bar g(x))^2}_{\text{variance}} + \sigma^2

    The left side is measured on its own, with other data sets and fresh noisy targets, so the
    identity is tested and not built in. The estimates of the right side are unbiased: the squared
    error of ḡ itself is taken off the bias², which may therefore come out slightly below zero.

    Standard errors come from the spread over data sets (the jackknife). They are too small where
    rare data sets dominate: a polynomial with hardly fewer coefficients than there are random
    inputs has a huge, or infinite, variance. ``Problem(inputs="grid")`` or weight decay tames it.

    Parameters
    ----------
    problem : Problem
    fit : callable
        The hypothesis set with its fit: ``fit(X, Y, x)``.
    n : int
        Examples in a data set.
    repeats, seed : int
        Number of data sets for each side, at least 3, and the seed of the draws.
    points : int
        Number of x to look at: Gauss points, so that means over x are exact for smooth curves.

    Raises
    ------
    ValueError
        If a number is too small or no whole one, or ``fit`` returns another shape or something
        not finite.

    Examples
    --------
    >>> result = bias_variance(Problem(), constant, n=2)
    >>> result.bias2, result.variance
    (0.49991 ± 0.00017, 0.2369 ± 0.0061)
    >>> result.gap.off(0) < 3
    True

    References
    ----------
    Abu-Mostafa, Magdon-Ismail and Lin, *Learning from Data*, 2012, section 2.3.
    """
    n, repeats = whole("n", n), whole("repeats", repeats)
    if n < 1:
        raise ValueError(f"a data set needs at least one example, not n={n}")
    if repeats < 3:
        raise ValueError(f"a variance with an error takes at least 3 data sets, not {repeats}")
    random = np.random.default_rng(seed)
    x, weights = problem.nodes(points)
    target = _at(problem.target, x)

    def predictions() -> np.ndarray:
        P = np.asarray(fit(*problem.draw(n, repeats, random), x), float)
        if P.shape != (repeats, len(x)):
            expected = f"one prediction for each data set and point, shape {(repeats, len(x))}"
            raise ValueError(f"fit must return {expected}, not {P.shape}")
        if not np.isfinite(P).all():
            raise ValueError("fit returned predictions that are not finite")
        return P

    P, fresh = predictions(), predictions()
    E = (fresh - problem.observe(np.broadcast_to(x, P.shape), random)) ** 2

    r = repeats
    average = P.mean(axis=0)
    squares = (P - average) ** 2
    variance_at = squares.sum(axis=0) / (r - 1)
    bias2_at = (average - target) ** 2 - variance_at / r

    # The same without each data set in turn, by taking its part out of the sums.
    average_ = (r * average - P) / (r - 1)
    variance_ = (squares.sum(axis=0) - squares * r / (r - 1)) / (r - 2)
    bias2_ = (average_ - target) ** 2 - variance_ / (r - 1)

    def overall(at: np.ndarray, without: np.ndarray) -> Estimate:
        return Estimate(float(weights @ at), float(_jackknife(without @ weights)))

    def mean(losses: np.ndarray) -> Estimate:
        each = losses @ weights
        return Estimate(float(each.mean()), float(each.std(ddof=1) / np.sqrt(r)))

    def bias2_error(error: Any, spread: Any) -> Any:
        # Where ḡ meets f the first-order error, all that the jackknife sees, is zero but for
        # chance. Then the square of ḡ's own error is left, twice its variance squared.
        second = spread / r**2
        return np.sqrt(np.maximum(error**2 - 4 * second, 0) + 2 * second)

    bias2 = overall(bias2_at, bias2_)
    covariance = (P - average).T @ (P - average) / (r - 1)
    error = bias2_error(bias2.error, weights @ covariance**2 @ weights)
    e_out, parts = mean(E), mean((P - target) ** 2)  # parts is bias² + variance, to the digit
    noise = problem.noise**2
    gap = Estimate(e_out.value - parts.value - noise, float(np.hypot(e_out.error, parts.error)))
    return BiasVariance(
        x=x,
        weights=weights,
        target=target,
        average=average,
        bias2_at=bias2_at,
        variance_at=variance_at,
        e_out_at=E.mean(axis=0),
        bias2_error_at=bias2_error(_jackknife(bias2_), variance_at**2),
        variance_error_at=_jackknife(variance_),
        e_out_error_at=E.std(axis=0, ddof=1) / np.sqrt(r),
        bias2=Estimate(bias2.value, float(error)),
        variance=overall(variance_at, variance_),
        noise=noise,
        e_out=e_out,
        gap=gap,
        predictions=P,
    )


class Decomposition(NamedTuple):
    """Bias², variance, noise (σ²) and their sum, free of chance."""

    bias2: float
    variance: float
    noise: float
    e_out: float


def two_points_exact(hypotheses: str, noise: float = 0.0) -> Decomposition:
    r"""Return bias², variance and E_out for two examples of sin(πx), x uniform on [−1, 1].

    For the constant they are ½ and ¼ + σ²/2.
    The line through both points has the mean slope (γ + log 2π − Ci(2π))/π ≈ 0.776; its variance
    is the integral of smooth functions over the mean and half the difference of the two inputs,
    taken by Gauss quadrature to all digits.
    With noise that variance is infinite: two inputs may be arbitrarily close. (The mean slope is
    then the one that symmetry gives.)

    Parameters
    ----------
    hypotheses : {"constant", "line"}
    noise : float
        σ, the standard deviation of the noise on y. Another word or a negative number is a
        ValueError.

    Examples
    --------
    >>> [round(v, 4) for v in two_points_exact("line")]
    [0.2067, 1.6763, 0.0, 1.883]

    References
    ----------
    Abu-Mostafa, Magdon-Ismail and Lin, *Learning from Data*, 2012, example 2.8.
    """
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise is a standard deviation, zero or more, not {noise}")
    sigma2 = float(noise) ** 2
    if hypotheses == "constant":
        bias2, variance = 0.5, 0.25 + sigma2 / 2
    elif hypotheses == "line":
        # x₁ = u + v and x₂ = u − v fill |u| + |v| ≤ 1; by symmetry v ≥ 0 is enough.
        nodes, weights = np.polynomial.legendre.leggauss(40)
        v = ((nodes + 1) / 2)[:, None]
        u = (1 - v) * nodes
        weight = weights[:, None] * weights * (1 - v) / 2
        slope = np.pi * np.cos(np.pi * u) * np.sinc(v)
        intercept = np.sin(np.pi * u) * np.cos(np.pi * v) - u * slope
        mean = float((weight * slope).sum())
        # Means over x uniform on [−1, 1]: of x² a third, of x sin πx 1/π, of sin² πx a half.
        bias2 = mean**2 / 3 - 2 * mean / np.pi + 0.5
        variance = float((weight * (slope**2 / 3 + intercept**2)).sum()) - mean**2 / 3
        variance = np.inf if sigma2 else variance
    else:
        raise ValueError(f"hypotheses must be 'constant' or 'line', not {hypotheses!r}")
    return Decomposition(bias2, variance, sigma2, bias2 + variance + sigma2)


# Expected and empirical risk ------------------------------------------------------------------


def expected_risk(problem: Problem, predictor: Callable[[np.ndarray], Any]) -> float:
    r"""Return the mean squared error of a fixed predictor over all data: :math:`R(h)`.

    .. math:: R(h) = \mathbb{E}_x\,(h(x) - f(x))^2 + \sigma^2

    Parameters
    ----------
    problem : Problem
    predictor : callable
        h(x), for a vector of points; smooth, since the mean is taken by Gauss quadrature.
        Another shape or something not finite is a ValueError.

    Examples
    --------
    >>> round(expected_risk(Problem(noise=0.5), lambda x: 0 * x), 12)
    0.75
    """
    return _moments(problem, predictor)[0]


def _moments(problem: Problem, predictor: Callable[[np.ndarray], Any]) -> tuple[float, float]:
    """Return mean and standard deviation of the squared error of a predictor."""
    x, weights = problem.nodes(200)
    miss = _at(predictor, x) - _at(problem.target, x)
    # With ε normal: E(d − ε)² = d² + σ² and E(d − ε)⁴ = d⁴ + 6d²σ² + 3σ⁴.
    s2 = problem.noise**2
    mean = float(weights @ (miss**2 + s2))
    fourth = float(weights @ (miss**4 + 6 * miss**2 * s2 + 3 * s2**2))
    return mean, float(np.sqrt(max(fourth - mean**2, 0.0)))


@dataclass(frozen=True, eq=False)
class Concentration:
    """How far empirical risks are from the expected risk.

    Attributes
    ----------
    sizes : ndarray, shape (k,)
        N, the number of examples.
    expected_risk : float
    deviation, error : ndarray, shape (k,)
        The root mean square of empirical minus expected risk, and its standard error.
    predicted : ndarray, shape (k,)
        The standard deviation of one example's loss over √N.
    rate : Estimate or None
        The measured exponent of N, −½ in theory; None for a single size, or without deviation.
    """

    sizes: np.ndarray
    expected_risk: float
    deviation: np.ndarray
    error: np.ndarray
    predicted: np.ndarray
    rate: Estimate | None


def risk_concentration(
    problem: Problem,
    predictor: Callable[[np.ndarray], Any],
    sizes: Sequence[int],
    *,
    repeats: int = 400,
    seed: int = 0,
) -> Concentration:
    r"""Measure how the empirical risk of a fixed predictor nears its expected risk.

    .. math:: \sqrt{\mathbb{E}\,(\hat R_N(h) - R(h))^2} = \frac{\operatorname{sd}(\ell)}{\sqrt N}

    It holds for a predictor chosen before the data were seen. The risk on the very data a model
    was fitted to is lower.

    Parameters
    ----------
    problem : Problem
        Its inputs must be random: on a grid the examples are not independent draws.
    predictor : callable
        h(x), for arrays of any shape.
    sizes : sequence of int
        Values of N.
    repeats, seed : int
        Data sets for each N, at least 2, and the seed of the draws.

    Raises
    ------
    ValueError
        If there is no size, a number is too small, or the inputs are a grid.

    Examples
    --------
    >>> result = risk_concentration(Problem(noise=0.3), np.zeros_like, [10, 100, 1000])
    >>> result.rate
    -0.496 ± 0.011
    """
    counts = np.array(sizes, float)
    right = (counts >= 1) & (counts < np.inf) & (counts == np.floor(counts))
    if counts.ndim != 1 or not counts.size or not right.all():
        raise ValueError(f"sizes must be a list of numbers of examples, 1 or more, not {sizes}")
    counts = counts.astype(int)
    repeats = whole("repeats", repeats)
    if problem.inputs == "grid":
        raise ValueError("inputs on a grid are not drawn: take 'uniform' or 'normal' ones")
    if repeats < 2:
        raise ValueError(f"a spread takes at least 2 data sets, not repeats={repeats}")
    random = np.random.default_rng(seed)
    mean, spread = _moments(problem, predictor)
    deviation, error = np.empty(counts.size), np.empty(counts.size)
    for k, n in enumerate(counts):
        X, Y = problem.draw(int(n), repeats, random)
        off = (((_at(predictor, X) - Y) ** 2).mean(axis=1) - mean) ** 2
        deviation[k] = np.sqrt(off.mean())
        # The square root halves a relative error.
        error[k] = off.std(ddof=1) / np.sqrt(repeats) / (2 * deviation[k]) if deviation[k] else 0
    rate = None
    if len(set(counts.tolist())) > 1 and (error > 0).all():
        t, weight = np.log(counts), (deviation / error) ** 2
        t = t - (weight @ t) / weight.sum()
        across = weight @ t**2
        rate = Estimate(float(weight * t @ np.log(deviation) / across), float(across**-0.5))
    return Concentration(counts, mean, deviation, error, spread / np.sqrt(counts), rate)


@dataclass(frozen=True)
class RiskSplit:
    """The expected risk of a trained polynomial, taken apart.

    Attributes
    ----------
    noise : float
        R(f) = σ², the least any predictor can have.
    approximation : float
        R(g*) − R(f): the best polynomial of this degree is not f.
    estimation : float
        R(gₙ) − R(g*): the least squares fit knows the data only.
    optimization : float
        R(w) − R(gₙ): training stopped before the fit was reached. It may be negative, when
        stopping early helps.
    total : float
        R(w), the sum.
    """

    noise: float
    approximation: float
    estimation: float
    optimization: float
    total: float


def risk_split(
    problem: Problem, degree: int, X: np.ndarray, y: np.ndarray, w: np.ndarray | None = None
) -> RiskSplit:
    r"""Split the expected risk of a polynomial into its approximation, estimation and optimization.

    .. math:: R(w) = \underbrace{R(f)}_{\sigma^2}
        + \underbrace{R(g^*) - R(f)}_{\text{approximation}}
        + \underbrace{R(g_n) - R(g^*)}_{\text{estimation}}
        + \underbrace{R(w) - R(g_n)}_{\text{optimization}}

    Parameters
    ----------
    problem : Problem
        Here the expected risk is known exactly.
    degree : int
        From 0 to 199, so that Gauss quadrature is exact. High degrees need inputs scaled to
        [−1, 1].
    X, y : ndarray, shape (n,)
        The data set.
    w : ndarray, shape (degree + 1,), optional
        What training reached: coefficients of :func:`polynomial_features`. By default the least
        squares fit itself, with optimization error 0.

    Raises
    ------
    ValueError
        If the shapes or ``degree`` don't fit, a number is not finite, or inputs reach so far
        beyond [−1, 1] that rounding hides some of the polynomials.

    Examples
    --------
    >>> X = np.linspace(-1, 1, 20)
    >>> split = risk_split(Problem(), 3, X, sine(X), w=np.zeros(4))
    >>> round(split.total, 6), round(split.approximation, 6)
    (0.5, 0.00439)

    References
    ----------
    Bottou and Bousquet, *The tradeoffs of large scale learning*, 2007.
    """
    X, y = np.asarray(X, float), np.asarray(y, float)
    if X.ndim != 1 or X.shape != y.shape or not X.size:
        raise ValueError(f"X and y must be one data set, shape (n,), not {X.shape} and {y.shape}")
    if not (np.isfinite(X).all() and np.isfinite(y).all()):
        raise ValueError("X and y must be finite: look for NaN or inf")
    x, weights = problem.nodes(200)
    if degree >= len(x):
        raise ValueError(f"the degree must be below {len(x)}, not {degree}")
    A, f, root = _features(x, degree), _at(problem.target, x), np.sqrt(weights)
    best, _, rank, _ = np.linalg.lstsq(root[:, None] * A, root * f, rcond=None)
    _check_rank(x, rank, degree)
    fitted, _, rank, _ = np.linalg.lstsq(_features(X, degree), y, rcond=None)
    _check_rank(X, rank, degree)
    reached = fitted if w is None else np.asarray(w, float)
    if reached.shape != fitted.shape:
        raise ValueError(f"w must have shape {fitted.shape}, not {reached.shape}")
    if not np.isfinite(reached).all():
        raise ValueError("w must be finite: look for NaN or inf")
    low, middle, high = (float(weights @ (A @ c - f) ** 2) for c in (best, fitted, reached))
    noise = problem.noise**2
    return RiskSplit(noise, low, middle - low, high - middle, noise + high)
