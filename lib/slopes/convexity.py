"""Convexity put to the test: a search for a counter-example that shows what it finds.

A tester returns a *witness*, points that break the definition, or None. A witness disproves
convexity. None proves nothing, except where the answer is exact: a quadratic given by a SymPy
expression or a matrix is decided by its eigenvalues.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from slopes.calculus import numerical_gradient, numerical_hessian

__all__ = [
    "CurvatureBounds",
    "CurvatureWitness",
    "FunctionWitness",
    "SegmentWitness",
    "TangentWitness",
    "convex_function_witness",
    "convex_set_witness",
    "first_order_witness",
    "norm_ball",
    "p_norm",
    "second_order_witness",
    "strong_convexity_and_smoothness",
    "unit_sphere",
]

Domain = Sequence[tuple[float, float]]


# Witnesses ------------------------------------------------------------------------------------


def _point(x: np.ndarray) -> str:
    return "(" + ", ".join(f"{v:.4g}" for v in np.atleast_1d(x)) + ")"


@dataclass(frozen=True)
class SegmentWitness:
    """A segment that leaves a set although both its ends belong to it.

    Attributes
    ----------
    x, y : ndarray, shape (d,)
        The ends, both members.
    t : float
        Between 0 and 1.
    point : ndarray, shape (d,)
        t x + (1 − t) y, not a member.
    """

    x: np.ndarray
    y: np.ndarray
    t: float
    point: np.ndarray

    def __repr__(self) -> str:
        return (
            f"not convex: {_point(self.x)} and {_point(self.y)} belong to it, "
            f"{_point(self.point)} between them (t = {self.t:.3g}) does not"
        )


@dataclass(frozen=True)
class FunctionWitness:
    """A chord that lies below the function.

    Attributes
    ----------
    x, y : ndarray, shape (d,)
        Its ends.
    t : float
        Between 0 and 1: the place t x + (1 − t) y.
    value, chord : float
        There, f(t x + (1 − t) y) and the chord's t f(x) + (1 − t) f(y).
    """

    x: np.ndarray
    y: np.ndarray
    t: float
    value: float
    chord: float

    @property
    def gap(self) -> float:
        """How far the function rises above the chord; positive."""
        return self.value - self.chord

    def __repr__(self) -> str:
        return (
            f"not convex: between {_point(self.x)} and {_point(self.y)}, at t = {self.t:.3g}, "
            f"the function is {self.value:.6g} and the chord {self.chord:.6g}"
        )


@dataclass(frozen=True)
class TangentWitness:
    """A tangent that rises above the function.

    Attributes
    ----------
    x : ndarray, shape (d,)
        Where the tangent touches.
    y : ndarray, shape (d,)
        Where it is too high.
    value, tangent : float
        There, f(y) and f(x) + ∇f(x)ᵀ(y − x).
    """

    x: np.ndarray
    y: np.ndarray
    value: float
    tangent: float

    @property
    def gap(self) -> float:
        """How far the tangent rises above the function; positive."""
        return self.tangent - self.value

    def __repr__(self) -> str:
        return (
            f"not convex: the tangent at {_point(self.x)} is {self.tangent:.6g} at "
            f"{_point(self.y)}, where the function is only {self.value:.6g}"
        )


@dataclass(frozen=True)
class CurvatureWitness:
    """A direction in which a function curves down.

    Attributes
    ----------
    x : ndarray, shape (d,)
        Where.
    direction : ndarray, shape (d,)
        A unit vector u.
    curvature : float
        uᵀ∇²f(x)u, the smallest eigenvalue of the Hessian; negative.
    """

    x: np.ndarray
    direction: np.ndarray
    curvature: float

    def __repr__(self) -> str:
        return (
            f"not convex: at {_point(self.x)} the curvature along {_point(self.direction)} "
            f"is {self.curvature:.6g}"
        )


# Where to look --------------------------------------------------------------------------------


def _box(f: Any, domain: Domain | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper corner of the domain: given, or the landscape's own."""
    sides = getattr(f, "domain", None) if domain is None else domain
    if sides is None:
        raise TypeError("give the domain to search, for example domain=[(-1, 1), (-1, 1)]")
    corners = np.array(sides, float)
    if corners.ndim != 2 or corners.shape[1] != 2 or not (corners[:, 0] < corners[:, 1]).all():
        raise ValueError(
            f"the domain must be one (low, high) for each coordinate, low < high, not {sides}"
        )
    if not np.isfinite(corners).all():
        raise ValueError("the domain must be finite: nothing can be drawn evenly from all numbers")
    return corners[:, 0], corners[:, 1]


def _positive(**counts: int) -> None:
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"{name} must be at least 1, not {count}")


def _value(f: Callable[[np.ndarray], Any], x: np.ndarray) -> float:
    found = np.asarray(f(x), float)
    if found.size != 1:
        raise ValueError(f"f must return one number, not an array of shape {found.shape}")
    value = found.item()
    if np.isnan(value):
        raise ValueError(f"f is not a number at {_point(x)}: choose a domain where it is defined")
    return value


def _pairs(
    random: np.random.Generator, low: np.ndarray, high: np.ndarray, count: int
) -> np.ndarray:
    """Return pairs of points, shape (count, 2, d): half far apart, half at all smaller scales.

    A dent that is small beside the domain is seen only by pairs about as far apart as it is wide.
    """
    ends = random.uniform(low, high, (count, 2, len(low)))
    near = np.arange(count) % 2 == 1
    scale = 10.0 ** random.uniform(-2.5, 0, (count, 1))
    shrunk = ends[:, 0] + scale * (ends[:, 1] - ends[:, 0])
    ends[near, 1] = shrunk[near]
    return ends


def _refined(
    gap: Callable[[np.ndarray], float],
    best: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    random: np.random.Generator,
    tries: int = 200,
) -> np.ndarray:
    """Move a witness about at random, keeping what widens the gap, so that it can be seen."""
    height, size = gap(best), 0.3
    for _ in range(tries):
        new = np.clip(best + size * (high - low) * random.normal(size=best.shape), low, high)
        if (found := gap(new)) > height:
            best, height, size = new, found, 1.3 * size
        else:
            size *= 0.95
    return best


# Sets -----------------------------------------------------------------------------------------


def convex_set_witness(
    contains: Callable[[np.ndarray], Any],
    domain: Domain | None = None,
    *,
    points: Any = None,
    pairs: int = 2000,
    seed: int = 0,
    tol: float = 1e-9,
) -> SegmentWitness | None:
    r"""Look for two members of a set with a point between them that is no member.

    .. math:: x, y \in C,\ t \in [0, 1] \implies t x + (1 - t) y \in C

    Parameters
    ----------
    contains : callable
        ``contains(x)`` says whether the point x, shape (d,), belongs to the set.
    domain : sequence of (low, high), optional
        A box to draw candidates from, one pair for each coordinate.
    points : array_like, shape (n, d), optional
        Candidates of your own instead, for a set too thin to be hit by chance.
        Those that are no members are left out.
    pairs : int
        How many pairs to try, each with a random t. With a domain, half of them are at the edge.
    seed : int
    tol : float
        A point counts as outside only if it is still outside after this share of the way to the
        middle of the members: rounding at an edge is no counter-example.

    Returns
    -------
    SegmentWitness or None
        None if no violation was found, which is no proof that there is none.

    Raises
    ------
    TypeError
        If neither or both of ``domain`` and ``points`` are given.
    ValueError
        If fewer than two members turn up, or an argument makes no sense.

    Examples
    --------
    >>> ring = lambda x: 1 <= np.hypot(*x) <= 2
    >>> witness = convex_set_witness(ring, [(-2, 2), (-2, 2)])
    >>> ring(witness.x) and ring(witness.y), ring(witness.point)
    (np.True_, np.False_)
    >>> print(convex_set_witness(norm_ball(1), [(-1, 1), (-1, 1)]))
    None
    """
    if (domain is None) == (points is None):
        raise TypeError("give either a domain to draw from or points of your own, and not both")
    _positive(pairs=pairs)
    random = np.random.default_rng(seed)
    if points is None:
        low, high = _box(None, domain)
        candidates = random.uniform(low, high, (2 * pairs, len(low)))
    else:
        candidates = np.array(points, float)
        if candidates.ndim != 2:
            raise ValueError(f"points must have shape (n, d), not {candidates.shape}")
    members = candidates[[bool(contains(x)) for x in candidates]]
    if len(members) < 2:
        raise ValueError(
            f"only {len(members)} of {len(candidates)} candidates belong to the set: "
            "give a domain that fits it more closely, or points of your own"
        )
    middle = members.mean(axis=0)
    edge = members
    if points is None:
        edge = _edge(contains, members[:400], low, high, random)
    for k in range(pairs):
        pool = edge if k % 2 and len(edge) > 1 else members
        x, y = pool[random.choice(len(pool), 2, replace=False)]
        t = float(random.uniform())
        between = t * x + (1 - t) * y
        if not contains(between) and not contains(between + tol * (middle - between)):
            return SegmentWitness(x, y, t, between)
    return None


def _edge(
    contains: Callable[[np.ndarray], Any],
    members: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    random: np.random.Generator,
) -> np.ndarray:
    """Return members at the edge of the set: a shallow dent is seen from there only."""
    found = []
    for inside, outside in zip(members, random.uniform(low, high, members.shape), strict=True):
        if contains(outside):
            continue
        for _ in range(15):
            half = (inside + outside) / 2
            inside, outside = (half, outside) if contains(half) else (inside, half)
        found.append(inside)
    return np.array(found).reshape(-1, members.shape[1])


def p_norm(x: Any, p: float) -> Any:
    r"""Return :math:`(\sum_i |x_i|^p)^{1/p}`, a norm for p ≥ 1 only.

    Parameters
    ----------
    x : array_like, shape (d, …)
    p : float
        Above 0; infinity gives the largest :math:`|x_i|`.

    Returns
    -------
    float or ndarray
        One number for each vector along the first axis.

    Raises
    ------
    ValueError
        If ``p`` is not positive.

    Examples
    --------
    >>> [float(p_norm([3.0, 4.0], p)) for p in (1, 2, np.inf)]
    [7.0, 5.0, 4.0]
    """
    if not p > 0:
        raise ValueError(f"p must be positive, not {p}")
    size = np.abs(np.asarray(x, float))
    largest = size.max(axis=0)
    if np.isinf(p):
        return largest
    unit = np.where(largest > 0, largest, 1.0)  # a small p would overflow without the rescaling
    return unit * ((size / unit) ** p).sum(axis=0) ** (1 / p)


def norm_ball(p: float, radius: float = 1.0) -> Callable[[np.ndarray], bool]:
    """Return the membership test of the ball of a p-norm, its rim included.

    Parameters
    ----------
    p : float
        Above 0. Below 1 the ball is not convex, so the p-"norm" is none.
    radius : float

    Raises
    ------
    ValueError
        If ``p`` or ``radius`` is not positive.

    Examples
    --------
    >>> convex_set_witness(norm_ball(0.5), points=[[1, 0], [0, 1]])
    not convex: (1, 0) and (0, 1) belong to it, (0.2698, 0.7302) between them (t = 0.27) does not
    """
    if not (p > 0 and radius > 0):
        raise ValueError(f"p and the radius must be positive, not p={p} and radius={radius}")
    return lambda x: bool(p_norm(x, p) <= radius)


def unit_sphere(p: float, n: int = 200) -> np.ndarray:
    """Return points in the plane whose p-norm is 1, in order around the origin, for a picture.

    Parameters
    ----------
    p : float
    n : int
        Number of points; the last is the first again.

    Returns
    -------
    ndarray, shape (2, n)

    Raises
    ------
    ValueError
        If ``p`` is not positive or ``n`` below 1.

    Examples
    --------
    >>> unit_sphere(np.inf, 5).round(6) + 0.0
    array([[ 1.,  0., -1.,  0.,  1.],
           [ 0.,  1.,  0., -1.,  0.]])
    """
    _positive(n=n)
    angle = np.linspace(0, 2 * np.pi, n)
    points = np.array([np.cos(angle), np.sin(angle)])
    return points / p_norm(points, p)


# Functions ------------------------------------------------------------------------------------


def convex_function_witness(
    f: Callable[[np.ndarray], Any],
    domain: Domain | None = None,
    *,
    pairs: int = 2000,
    seed: int = 0,
    tol: float = 1e-9,
) -> FunctionWitness | None:
    r"""Look for a chord that lies below the function.

    .. math:: f(t x + (1 - t) y) \le t f(x) + (1 - t) f(y)

    Half of the pairs are far apart, the others at all smaller scales. The first violation found
    is then moved about to widen its gap.
    A quadratic given as a :class:`~slopes.landscapes.Landscape` is decided exactly.

    Parameters
    ----------
    f : callable or Landscape
        ``f(x)`` returns a number for x of shape (d,). It may be infinite, but not NaN.
    domain : sequence of (low, high), optional
        The box to search; by default the landscape's own.
    pairs : int
        How many pairs to try, each with a random t.
    seed : int
    tol : float
        How large a gap must be to count, relative to the size of the three values or 1.
        Rounding leaves gaps of about 1e-16.

    Returns
    -------
    FunctionWitness or None
        None if no violation was found, which is a proof for quadratic landscapes only.

    Raises
    ------
    TypeError
        If there is no domain.
    ValueError
        If the domain is not a finite box, ``f`` is NaN somewhere in it, or a number makes no sense.

    Examples
    --------
    >>> witness = convex_function_witness(np.sin, [(0, 6)])
    >>> witness.gap > 1
    True
    >>> from slopes.landscapes import bowl
    >>> print(convex_function_witness(bowl(1, 100)))
    None
    """
    _positive(pairs=pairs)
    low, high = _box(f, domain)
    random = np.random.default_rng(seed)

    def look(x: np.ndarray, y: np.ndarray, t: float) -> tuple[FunctionWitness, float]:
        fx, fy, fz = (_value(f, p) for p in (x, y, t * x + (1 - t) * y))
        if np.isinf(fx) or np.isinf(fy):
            return FunctionWitness(x, y, t, fz, np.inf), -np.inf
        found = FunctionWitness(x, y, t, fz, t * fx + (1 - t) * fy)
        # An infinite value between finite ones means that the function's domain is not convex.
        size = 1 + max(abs(fx), abs(fy), abs(fz)) if np.isfinite(fz) else 1.0
        return found, found.gap / size

    if (constant := _constant_hessian(f)) is not None:
        lowest, direction, _ = constant
        if lowest >= 0:
            return None
        middle, reach = (low + high) / 2, 0.4 * float((high - low).min())
        value = _value(f, middle)
        chord = value + lowest * reach**2 / 2  # not from f's values: a tiny gap would round away
        return FunctionWitness(
            middle - reach * direction, middle + reach * direction, 0.5, value, chord
        )

    d = len(low)
    for x, y in _pairs(random, low, high, pairs):
        t = float(random.uniform(0.1, 0.9))
        if look(x, y, t)[1] > tol:
            ends = np.concatenate([low, low, [0.05]]), np.concatenate([high, high, [0.95]])
            best = _refined(
                lambda v: look(v[:d], v[d:-1], float(v[-1]))[0].gap,
                np.concatenate([x, y, [t]]),
                *ends,
                random,
            )
            return look(best[:d], best[d:-1], float(best[-1]))[0]
    return None


def first_order_witness(
    f: Callable[[np.ndarray], Any],
    domain: Domain | None = None,
    *,
    grad: Callable[[np.ndarray], np.ndarray] | None = None,
    pairs: int = 2000,
    seed: int = 0,
    tol: float | None = None,
) -> TangentWitness | None:
    r"""Look for a tangent that rises above the function.

    .. math:: f(y) \ge f(x) + \nabla f(x)^\top (y - x)

    Parameters
    ----------
    f : callable or Landscape
    domain : sequence of (low, high), optional
        The box to search; by default the landscape's own.
    grad : callable, optional
        By default ``f.grad``, else differences.
    pairs : int
        How many pairs x, y to try.
    seed : int
    tol : float, optional
        How large a gap must be to count, relative to the size of the numbers or 1;
        by default 1e-9, and 1e-6 when the gradient is measured.

    Returns
    -------
    TangentWitness or None

    Raises
    ------
    TypeError
        If there is no domain.
    ValueError
        If the domain is not a finite box, ``f`` is NaN somewhere in it, or a number makes no sense.

    Examples
    --------
    >>> from slopes.landscapes import saddle, bowl
    >>> witness = first_order_witness(saddle())
    >>> witness.tangent > witness.value
    True
    >>> print(first_order_witness(bowl()))
    None
    """
    _positive(pairs=pairs)
    low, high = _box(f, domain)
    random = np.random.default_rng(seed)
    slope: Callable[[np.ndarray], Any] | None = grad or getattr(f, "grad", None)
    if tol is None:
        tol = 1e-9 if slope else 1e-6

    def value(x: np.ndarray) -> float:
        return _value(f, x)

    def look(x: np.ndarray, y: np.ndarray) -> tuple[TangentWitness, float]:
        fx, fy = value(x), value(y)
        g = np.asarray(slope(x) if slope else numerical_gradient(value, x), float)
        if not np.isfinite(fx) or not np.isfinite(g).all():
            return TangentWitness(x, y, fy, -np.inf), -np.inf
        rise = float(g @ (y - x))
        found = TangentWitness(x, y, fy, fx + rise)
        return found, found.gap / (1 + max(abs(fx), abs(rise)))

    d = len(low)
    for x, y in _pairs(random, low, high, pairs):
        if look(x, y)[1] > tol:
            best = _refined(
                lambda v: look(v[:d], v[d:])[0].gap,
                np.concatenate([x, y]),
                np.tile(low, 2),
                np.tile(high, 2),
                random,
            )
            return look(best[:d], best[d:])[0]
    return None


def second_order_witness(
    f: Any,
    domain: Domain | None = None,
    *,
    hessian: Callable[[np.ndarray], Any] | None = None,
    points: int = 500,
    seed: int = 0,
    tol: float | None = None,
) -> CurvatureWitness | None:
    r"""Look for a point and a direction in which the function curves down.

    .. math:: \nabla^2 f(x) \succeq 0

    A quadratic given as a :class:`~slopes.landscapes.Landscape` is decided exactly, with no
    tolerance. So is any other function at the points drawn when its Hessian is known.

    Parameters
    ----------
    f : callable or Landscape
        Twice differentiable.
    domain : sequence of (low, high), optional
        The box to search; by default the landscape's own.
    hessian : callable, optional
        By default ``f.hessian``, else differences.
    points : int
        How many points to try.
    seed : int
    tol : float, optional
        A negative curvature counts below −tol times the largest curvature or 1;
        by default 1e-9, and 1e-4 when the Hessian is measured.

    Returns
    -------
    CurvatureWitness or None

    Raises
    ------
    TypeError
        If there is no domain.
    ValueError
        If the domain is not a finite box, or a Hessian is not finite.

    Examples
    --------
    >>> from slopes.landscapes import saddle, log_sum_exp
    >>> second_order_witness(saddle()).direction
    array([0., 1.])
    >>> print(second_order_witness(log_sum_exp()))
    None
    """
    _positive(points=points)
    low, high = _box(f, domain)
    if hessian is None and (constant := _constant_hessian(f)) is not None:
        lowest, direction, _ = constant
        return CurvatureWitness((low + high) / 2, direction, lowest) if lowest < 0 else None
    second = hessian or getattr(f, "hessian", None)
    if tol is None:
        tol = 1e-9 if second else 1e-4
    measure = second or (lambda x: numerical_hessian(lambda p: _value(f, p), x))
    random = np.random.default_rng(seed)

    def look(x: np.ndarray) -> tuple[CurvatureWitness, float]:
        values, vectors = np.linalg.eigh(_symmetric(measure(x), x))
        u = vectors[:, 0] * (1 if vectors[np.abs(vectors[:, 0]).argmax(), 0] > 0 else -1)
        return CurvatureWitness(x, u + 0.0, float(values[0])), max(1.0, float(np.abs(values).max()))

    for x in random.uniform(low, high, (points, len(low))):
        found, size = look(x)
        if found.curvature < -tol * size:
            return look(_refined(lambda v: -look(v)[0].curvature, x, low, high, random))[0]
    return None


def _symmetric(matrix: Any, x: np.ndarray | None = None) -> np.ndarray:
    """Return a Hessian, checked: square, finite, symmetric up to rounding."""
    h = np.asarray(matrix, float)
    where = "" if x is None else f" at {_point(x)}"
    if h.ndim != 2 or h.shape[0] != h.shape[1]:
        raise ValueError(f"a Hessian is a square matrix, not an array of shape {h.shape}{where}")
    if not np.isfinite(h).all():
        raise ValueError(f"the Hessian is not finite{where}: choose a domain where it is")
    if not np.allclose(h, h.T, rtol=1e-6, atol=1e-9 * max(1.0, float(np.abs(h).max()))):
        raise ValueError(
            f"a Hessian is symmetric, but this matrix is not{where}: for xᵀAx it is A + Aᵀ"
        )
    return (h + h.T) / 2


def _constant_hessian(f: Any) -> tuple[float, np.ndarray, float] | None:
    """Return smallest eigenvalue, its direction and the largest one, if f is a known quadratic.

    The smallest one's sign is exact where the expression's numbers are. Among rounded numbers one
    that is tiny beside the largest counts as zero.
    """
    expression, variables = getattr(f, "expression", None), getattr(f, "variables", None)
    if expression is None or variables is None:
        return None
    import sympy as sp

    h = sp.hessian(expression, variables).applyfunc(sp.expand)
    if h.free_symbols:
        return None
    values, vectors = np.linalg.eigh(np.array(h, float))
    size = max(abs(values[0]), abs(values[-1]))
    if abs(values[0]) <= 1e-6 * size:
        if h.has(sp.Float):
            values[0] *= abs(values[0]) > 1e-12 * size
        else:  # floating point cannot tell a tiny eigenvalue from zero; the exact polynomial can
            roots = h.charpoly().sqf_part().nroots(n=30, maxsteps=200)
            values[0] = min(float(sp.re(root)) for root in roots)
    return float(values[0]), vectors[:, 0] + 0.0, float(values[-1])


# Curvature between two bounds -----------------------------------------------------------------


@dataclass(frozen=True)
class CurvatureBounds:
    """The smallest and the largest curvature of a function.

    Attributes
    ----------
    mu : float
        μ: the function is μ-strongly convex if this is positive, not convex if negative.
    L : float
        The largest curvature in absolute value: the gradient is L-Lipschitz, and gradient descent
        is safe with learning rates below 2/L.
    exact : bool
        True for quadratics. Otherwise both come from sampled points: the true μ is this or
        smaller and the true L this or larger.
    """

    mu: float
    L: float
    exact: bool

    @property
    def condition_number(self) -> float:
        """κ = L/μ, infinite where the function is not strongly convex."""
        return self.L / self.mu if self.mu > 0 else np.inf

    def __repr__(self) -> str:
        how = "exact" if self.exact else "estimated from samples"
        return (
            f"μ = {self.mu:.6g}, L = {self.L:.6g}, condition number {self.condition_number:.6g}; "
            f"{how}"
        )


def strong_convexity_and_smoothness(
    f: Any, domain: Domain | None = None, *, points: int = 500, seed: int = 0
) -> CurvatureBounds:
    r"""Bound a function's curvature: μ and L with μI ⪯ ∇²f(x) ⪯ LI on the domain.

    Parameters
    ----------
    f : Landscape, callable or array_like of shape (d, d)
        A landscape, a function that returns the Hessian at a point, or the Hessian itself where
        it is constant. (For a function without Hessian pass
        ``lambda x: numerical_hessian(f, x)``.)
    domain : sequence of (low, high), optional
        A box; by default the landscape's own.
    points : int
        How many points to draw. Corners are looked at as well (up to ten coordinates), and from
        the best points the search goes on nearby.
    seed : int

    Returns
    -------
    CurvatureBounds
        Exact for quadratic landscapes and matrices; else estimates, and marked as such.

    Raises
    ------
    TypeError
        If there is no domain and one is needed.
    ValueError
        If the domain is not a finite box, or a Hessian is not a finite symmetric matrix.

    Examples
    --------
    >>> from slopes.landscapes import ravine, log_sum_exp
    >>> strong_convexity_and_smoothness(ravine())
    μ = 1, L = 20, condition number 20; exact
    >>> strong_convexity_and_smoothness(log_sum_exp()).exact
    False
    """
    if not callable(f):
        values = np.linalg.eigvalsh(_symmetric(f))
        return CurvatureBounds(float(values[0]), float(np.abs(values).max()), True)
    if (constant := _constant_hessian(f)) is not None:
        return CurvatureBounds(constant[0], max(abs(constant[0]), abs(constant[2])), True)
    _positive(points=points)
    low, high = _box(f, domain)
    hessian = getattr(f, "hessian", f)
    random = np.random.default_rng(seed)

    def ends(x: np.ndarray) -> tuple[float, float]:
        values = np.linalg.eigvalsh(_symmetric(hessian(x), x))
        return float(values[0]), float(np.abs(values).max())

    places = list(random.uniform(low, high, (points, len(low))))
    if len(low) <= 10:
        places += [np.array(corner) for corner in product(*zip(low, high, strict=True))]
    found = np.array([ends(x) for x in places])
    flattest = _refined(lambda v: -ends(v)[0], places[int(found[:, 0].argmin())], low, high, random)
    steepest = _refined(lambda v: ends(v)[1], places[int(found[:, 1].argmax())], low, high, random)
    return CurvatureBounds(ends(flattest)[0], ends(steepest)[1], False)
