"""Convexity put to the test: a search for a counter-example that shows what it finds.

A tester returns a *witness*, points that break the definition, or None. A witness disproves
convexity. None proves nothing, except where the answer is exact: a quadratic given by a SymPy
expression or a matrix is decided by its eigenvalues.

Testers of functions draw points from a *domain*: one (low, high) for each coordinate, or a
landscape's own. They raise TypeError without one, and ValueError if it is not a finite box, if
``f(x)`` is not a number somewhere in it, or if a count is below 1. Points have shape (d,), and
``seed`` makes the draws the same every time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from slopes.calculus import (
    floats,
    number,
    numerical_gradient,
    numerical_hessian,
    symmetric,
    written,
)
from slopes.parameters import whole

if TYPE_CHECKING:
    import sympy as sp

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
Box = tuple[np.ndarray, np.ndarray]  # the lower and the upper corner
#: Returns how clear a violation is, and its witness; None where there is none.
Look = Callable[[np.ndarray], tuple[float, Any] | None]


# Witnesses ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class SegmentWitness:
    """A segment that leaves a set although both its ends belong to it.

    Attributes
    ----------
    x, y, point : ndarray, shape (d,)
        The ends, both members, and t x + (1 − t) y, which is none.
    t : float
        Between 0 and 1.
    """

    x: np.ndarray
    y: np.ndarray
    t: float
    point: np.ndarray

    def __repr__(self) -> str:
        return (
            f"not convex: {written(self.x)} and {written(self.y)} belong to it, "
            f"{written(self.point)} between them (t = {self.t:.3g}) does not"
        )


@dataclass(frozen=True, eq=False)
class FunctionWitness:
    """A chord that lies below the function.

    Attributes
    ----------
    x, y : ndarray, shape (d,)
        Its ends.
    t, value, chord : float
        Between 0 and 1, f(t x + (1 − t) y) and t f(x) + (1 − t) f(y).
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
            f"not convex: between {written(self.x)} and {written(self.y)}, at t = {self.t:.3g}, "
            f"the function is {self.value:.6g} and the chord {self.chord:.6g}"
        )


@dataclass(frozen=True, eq=False)
class TangentWitness:
    """A tangent that rises above the function.

    Attributes
    ----------
    x, y : ndarray, shape (d,)
        Where the tangent touches, and where it is too high.
    value, tangent : float
        f(y) and f(x) + ∇f(x)ᵀ(y − x).
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
            f"not convex: the tangent at {written(self.x)} is {self.tangent:.6g} at "
            f"{written(self.y)}, where the function is only {self.value:.6g}"
        )


@dataclass(frozen=True, eq=False)
class CurvatureWitness:
    """A direction in which a function curves down.

    Attributes
    ----------
    x, direction : ndarray, shape (d,)
        Where, and a unit vector u.
    curvature : float
        uᵀ∇²f(x)u, the smallest eigenvalue of the Hessian; negative.
    """

    x: np.ndarray
    direction: np.ndarray
    curvature: float

    def __repr__(self) -> str:
        return (
            f"not convex: at {written(self.x)} the curvature along {written(self.direction)} "
            f"is {self.curvature:.6g}"
        )


# Where to look --------------------------------------------------------------------------------


def _box(f: Any, domain: Domain | None) -> Box:
    """Return the corners of the domain: the one given, or the landscape's own."""
    sides = getattr(f, "domain", None) if domain is None else domain
    if sides is None:
        raise TypeError("give the domain to search, for example domain=[(-1, 1), (-1, 1)]")
    try:
        low, high = (np.array(ends, float) for ends in zip(*sides, strict=True))
    except (TypeError, ValueError):
        low = high = np.zeros(1)
    if low.ndim != 1 or not (low < high).all():
        raise ValueError(
            f"the domain must be one (low, high) for each coordinate, low < high, not {sides}"
        )
    if not np.isfinite([low, high]).all():
        raise ValueError(f"the domain must be finite to be drawn from evenly, not {sides}")
    if (variables := getattr(f, "variables", None)) and len(variables) != len(low):
        raise ValueError(f"the domain has {len(low)} coordinates, the function {len(variables)}")
    return low, high


def _inner_box(box: Box, order: int) -> tuple[float | None, Box]:
    """Return a step for differences, and a box from whose points they stay in the domain.

    The step is None, the usual one at each point, unless the domain is too narrow for it.
    """
    low, high = box
    usual = np.finfo(float).eps ** (1 / order) * max(1.0, float(np.abs(box).max()))
    step = min(usual, float((high - low).min()) / 100)
    return None if step == usual else step, (low + 10 * step, high - 10 * step)


def _positive(**counts: int) -> None:
    for name, count in counts.items():
        if whole(name, count) < 1:
            raise ValueError(f"{name} must be at least 1, not {count}")


def _value(f: Callable[[np.ndarray], Any], x: np.ndarray) -> float:
    value = number(f, x)
    if np.isnan(value):
        raise ValueError(f"f is not a number at {written(x)}: choose a domain where it is defined")
    return value


def _derivative(f: Any, name: str, given: Any) -> Any:
    """Return the derivative given, or the function's own; None where there is neither."""
    found = getattr(f, name, None) if given is None else given
    if found is not None and not callable(found):
        raise TypeError(
            f"{name} must be a function of x, not {type(found).__name__}: for a constant one "
            f"write {name}=lambda x: …"
        )
    return found


def _pairs(random: np.random.Generator, box: Box, count: int) -> np.ndarray:
    """Return pairs of points as rows x, y: half far apart, half at all smaller scales.

    A dent that is small beside the domain is seen only by pairs about as far apart as it is wide.
    """
    x, y = random.uniform(*box, (2, count, len(box[0])))
    scale = 10.0 ** random.uniform(-2.5, 0, (count, 1))
    scale[::2] = 1
    return np.hstack([x, x + scale * (y - x)])


def _search(look: Look, candidates: np.ndarray, box: Box, random: np.random.Generator) -> Any:
    """Return the first witness among the candidates, moved about so that it can be seen."""
    for candidate in candidates:
        if look(candidate) is not None:
            return _clearest(look, candidate, box, random)[1]
    return None


def _clearest(
    look: Look, best: np.ndarray, box: Box, random: np.random.Generator
) -> tuple[float, Any]:
    """Climb from a violation by random moves, and return the clearest on the way."""
    low, high = box
    clearest, size = look(best) or (-np.inf, None), 0.3
    for _ in range(200):
        new = np.clip(best + size * (high - low) * random.normal(size=best.shape), low, high)
        found = look(new)
        if found is not None and found[0] > clearest[0]:
            best, clearest, size = new, found, 1.3 * size
        else:
            size *= 0.95
    return clearest


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
        ``contains(x)`` says whether x, shape (d,), is a member. For a set without interior, such
        as a line, it must allow for rounding.
    domain : sequence of (low, high), optional
        A box to draw candidates from, one pair for each coordinate.
    points : array_like, shape (n, d), optional
        Candidates of your own instead, for a set too thin to be hit by chance.
        Those that are no members are left out.
    pairs, seed : int
        How many pairs to try, each with a random t. With a domain, half of them are at the edge.
    tol : float
        A point counts as outside only if it is still outside after this share of the way to the
        middle of the members: rounding at an edge is no counter-example.

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

    def inside(x: np.ndarray) -> bool:
        answer = contains(x.copy())
        if answer is None:
            raise ValueError("contains returned None: does it end with return?")
        if np.size(answer) != 1:
            raise ValueError(
                f"contains must return one truth value, not an array of shape {np.shape(answer)}: "
                "join its entries by .all() or .any()"
            )
        return bool(answer)

    if points is None:
        box = _box(None, domain)
        candidates = random.uniform(*box, (2 * pairs, len(box[0])))
    else:
        candidates = np.array(points, float)
        if candidates.ndim != 2:
            raise ValueError(f"points must have shape (n, d), not {candidates.shape}")
    members = candidates[[inside(x) for x in candidates]]
    if len(members) < 2:
        raise ValueError(
            f"only {len(members)} of {len(candidates)} candidates belong to the set: "
            "give a domain that fits it more closely, or points of your own"
        )
    middle, edge = members.mean(axis=0), members
    if points is None:
        some = members[:400]
        edge = _edge(inside, some, random.uniform(*box, some.shape))
    for k in range(pairs):
        pool = edge if k % 2 and len(edge) > 1 else members
        x, y = pool[random.choice(len(pool), 2, replace=False)]
        t = float(random.uniform())
        between = y + t * (x - y)  # and exactly x where both ends are the same
        if not inside(between) and not inside(between + tol * (middle - between)):
            return SegmentWitness(x, y, t, between)
    return None


def _edge(
    inside: Callable[[np.ndarray], bool], members: np.ndarray, others: np.ndarray
) -> np.ndarray:
    """Return members at the edge of the set: a shallow dent is seen from there only."""
    found = []
    for member, outsider in zip(members, others, strict=True):
        if inside(outsider):
            continue
        for _ in range(15):
            half = (member + outsider) / 2
            member, outsider = (half, outsider) if inside(half) else (member, half)
        found.append(member)
    return np.array(found)


def p_norm(x: Any, p: float) -> Any:
    r"""Return :math:`(\sum_i |x_i|^p)^{1/p}`, a norm for p ≥ 1 only.

    Parameters
    ----------
    x : array_like, shape (d, …)
        One or many vectors, along the first axis.
    p : float
        Above 0, or ValueError; infinity gives the largest :math:`|x_i|`.

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
    # A small p would overflow without the rescaling.
    unit = np.where((largest > 0) & (largest < np.inf), largest, 1.0)
    return unit * ((size / unit) ** p).sum(axis=0) ** (1 / p)


def norm_ball(p: float, radius: float = 1.0) -> Callable[[np.ndarray], bool]:
    """Return the membership test of the ball of a p-norm, its rim included.

    Below p = 1 the ball is not convex, which is why the p-"norm" is none.

    Parameters
    ----------
    p, radius : float
        Above zero, or ValueError.

    Examples
    --------
    >>> convex_set_witness(norm_ball(0.5), points=[[1, 0], [0, 1]])
    not convex: (1, 0) and (0, 1) belong to it, (0.2698, 0.7302) between them (t = 0.27) does not
    """
    if not (p > 0 and radius > 0):
        raise ValueError(f"p and the radius must be positive, not p={p} and radius={radius}")
    return lambda x: bool(p_norm(x, p) <= radius)


def unit_sphere(p: float, n: int = 200) -> np.ndarray:
    """Return points in the plane whose p-norm is 1, shape (2, n), in order around the origin.

    The last is the first again, for a picture.

    Parameters
    ----------
    p : float
        Above zero, or ValueError.
    n : int
        At least 1, or ValueError.

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

    The first violation found is moved about to widen its gap.
    A quadratic given as a :class:`~slopes.landscapes.Landscape` is decided exactly.

    Parameters
    ----------
    f : callable or Landscape
        ``f(x)`` returns a number. It may be infinite, but not NaN.
    domain : sequence of (low, high), optional
    pairs, seed : int
        How many pairs to try, each with a random t.
    tol : float
        How large a gap must be to count, relative to the size of the three values or 1.
        Rounding leaves gaps of about 1e-16, more where large terms of f cancel.

    Raises
    ------
    TypeError, ValueError
        If there is no domain; if it is not a finite box, or ``f`` is NaN somewhere in it.

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
    box = _box(f, domain)
    if (known := _known_curvature(f)) is not None:
        return _quadratic_witness(f, *known[:2], box)
    d, random = len(box[0]), np.random.default_rng(seed)

    def look(v: np.ndarray) -> tuple[float, FunctionWitness] | None:
        x, y, t = v[:d], v[d:-1], float(v[-1])
        fx, fy, fz = (_value(f, p) for p in (x, y, y + t * (x - y)))
        witness = FunctionWitness(x, y, t, fz, t * fx + (1 - t) * fy)
        # An infinite value between finite ones means that the function's domain is not convex.
        size = 1 + max(abs(value) if np.isfinite(value) else 0.0 for value in (fx, fy, fz))
        return (witness.gap, witness) if witness.gap > tol * size else None

    candidates = np.hstack([_pairs(random, box, pairs), random.uniform(0.1, 0.9, (pairs, 1))])
    low, high = (np.concatenate([c, c, [t]]) for c, t in zip(box, (0.05, 0.95), strict=True))
    return _search(look, candidates, (low, high), random)


def _quadratic_witness(f: Any, curvature: float, u: np.ndarray, box: Box) -> FunctionWitness | None:
    """Return a chord through the middle of the box, along the direction of least curvature."""
    if curvature >= 0:
        return None
    middle, reach = np.mean(box, axis=0), 0.4 * float(np.subtract(*box[::-1]).min())
    value = _value(f, middle)
    # Not from f's values, where a tiny gap would round away. Here it is one unit at least.
    chord = min(value + curvature * reach**2 / 2, float(np.nextafter(value, -np.inf)))
    return FunctionWitness(middle - reach * u, middle + reach * u, 0.5, value, chord)


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
    grad : callable, optional
        By default ``f.grad``, else differences, which stay in the domain.
    pairs, seed : int
        How many pairs x, y to try.
    tol : float, optional
        How large a gap must be to count, relative to the size of the numbers or 1;
        by default 1e-9, and 1e-6 when the gradient is measured, whose estimated error is allowed
        for as well.

    Raises
    ------
    TypeError, ValueError
        As :func:`convex_function_witness`, and if a gradient is not shaped like x, or ``grad`` is
        no function.

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
    box = box_x = _box(f, domain)
    d, random = len(box[0]), np.random.default_rng(seed)
    slope = _derivative(f, "grad", grad)
    measured = slope is None
    if tol is None:
        tol = 1e-6 if measured else 1e-9
    if measured:
        step, box_x = _inner_box(box, order=3)

        def slope(x: np.ndarray) -> np.ndarray:
            return numerical_gradient(partial(_value, f), x, step)

    def look(v: np.ndarray) -> tuple[float, TangentWitness] | None:
        x, y = v[:d], v[d:]
        fx, fy = _value(f, x), _value(f, y)
        g = floats(slope(x.copy()), "the gradient")
        if g.shape != x.shape:
            raise ValueError(f"the gradient must have shape {x.shape}, not {g.shape}")
        if np.isnan(g).any() and not measured:
            raise ValueError(f"the gradient is not a number at {written(x)}")
        if not np.isfinite(fx) or not np.isfinite(g).all():
            return None
        rise = float(g @ (y - x))
        witness = TangentWitness(x, y, fy, fx + rise)
        allowed = tol * (1 + max(abs(fx), abs(rise)))
        if witness.gap > allowed and measured:  # only here: the error costs more than the slope
            _, error = numerical_gradient(partial(_value, f), x, step, error=True)
            allowed += float(error @ np.abs(y - x))
        return (witness.gap, witness) if witness.gap > allowed else None

    both = np.hstack([box_x, box])
    return _search(look, _pairs(random, box, pairs).clip(*both), (both[0], both[1]), random)


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

    A quadratic given as a :class:`~slopes.landscapes.Landscape` is decided exactly, any other
    function at the points drawn only.

    Parameters
    ----------
    f : callable or Landscape
        Twice differentiable.
    domain : sequence of (low, high), optional
    hessian : callable, optional
        By default ``f.hessian``, else differences, which stay in the domain.
    points, seed : int
        How many points to try.
    tol : float, optional
        A negative curvature counts below −tol times the largest curvature or 1; by default 1e-9,
        and 1e-4 when the Hessian is measured, whose estimated error is allowed for as well.

    Raises
    ------
    TypeError, ValueError
        As :func:`convex_function_witness`, and if a Hessian is not a finite symmetric matrix, or
        ``hessian`` is no function.

    Examples
    --------
    >>> from slopes.landscapes import saddle, log_sum_exp
    >>> second_order_witness(saddle()).direction
    array([0., 1.])
    >>> print(second_order_witness(log_sum_exp()))
    None
    """
    _positive(points=points)
    box = _box(f, domain)
    if hessian is None and (known := _known_curvature(f)) is not None:
        lowest, direction, _ = known
        return CurvatureWitness(np.mean(box, axis=0), direction, lowest) if lowest < 0 else None
    second = _derivative(f, "hessian", hessian)
    if tol is None:
        tol = 1e-4 if second is None else 1e-9
    if second is None:
        step, box = _inner_box(box, order=4)
    random = np.random.default_rng(seed)

    def look(x: np.ndarray) -> tuple[float, CurvatureWitness] | None:
        if second is None:
            h, error = numerical_hessian(partial(_value, f), x, step, error=True)
        else:
            h, error = second(x.copy()), 0.0
        values, vectors = np.linalg.eigh(symmetric(h, x))
        # An error in the matrix moves no eigenvalue by more than its norm.
        allowed = tol * max(1.0, float(np.abs(values).max())) + np.linalg.norm(error)
        if values[0] >= -allowed:
            return None
        return float(-values[0]), CurvatureWitness(x, _upright(vectors[:, 0]), float(values[0]))

    return _search(look, random.uniform(*box, (points, len(box[0]))), box, random)


def _upright(u: np.ndarray) -> np.ndarray:
    """Return a direction with the sign that makes its largest entry positive."""
    return u * np.sign(u[np.abs(u).argmax()]) + 0.0


def _known_curvature(f: Any) -> tuple[float, np.ndarray, float] | None:
    """Return the smallest curvature, its direction and the largest size, if f is a quadratic."""
    expression, variables = getattr(f, "expression", None), getattr(f, "variables", None)
    if expression is None or variables is None:
        return None
    import sympy as sp

    h = sp.hessian(expression, variables).applyfunc(sp.expand)
    if h.free_symbols:
        return None
    lowest, direction, size = _curvature(np.array(h, float))
    if abs(lowest) <= 1e-6 * size and not h.has(sp.Float):
        lowest, direction = _tiny_eigenvalue(h)
    return lowest, _upright(direction), size


def _curvature(h: np.ndarray) -> tuple[float, np.ndarray, float]:
    """Return the smallest eigenvalue, its direction and the largest absolute one.

    The smallest counts as zero where it is no larger than what rounding leaves of a zero.
    """
    values, vectors = np.linalg.eigh(h)
    size = float(np.abs(values).max())
    zero = abs(values[0]) <= 100 * np.finfo(float).eps * size
    return 0.0 if zero else float(values[0]), vectors[:, 0], size


def _tiny_eigenvalue(h: sp.Matrix) -> tuple[float, np.ndarray]:
    """Return the smallest eigenvalue of a matrix of exact numbers, and its direction.

    It is zero if the characteristic polynomial says so. Otherwise digits are added until it is
    seen, so its sign is right down to the smallest numbers that a float can hold.
    """
    import mpmath
    import sympy as sp

    signed = [sp.simplify((-1) ** k * c) for k, c in enumerate(h.charpoly().all_coeffs())]
    if signed[-1] != 0 or any(c < 0 for c in signed):  # else no eigenvalue is below zero
        for digits in (30, 60, 120, 240, 480, 960):
            with mpmath.workdps(digits):
                values, vectors = mpmath.eigsy(mpmath.matrix(h.evalf(digits).tolist()))
                if abs(values[0]) > max(map(abs, values)) * mpmath.mpf(10) ** (-digits // 2):
                    return float(values[0]) + 0.0, np.array(vectors[:, 0].tolist(), float).ravel()
    return 0.0, np.eye(h.rows)[0]


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
        it is constant. (For a function without Hessian: ``lambda x: numerical_hessian(f, x)``.)
    domain : sequence of (low, high), optional
    points, seed : int
        How many points to draw. Corners are looked at as well (up to ten coordinates), and from
        the best points the search goes on nearby.

    Raises
    ------
    TypeError, ValueError
        If a domain is needed and missing; if it is not a finite box, or a Hessian is not a finite
        symmetric matrix.

    Examples
    --------
    >>> from slopes.landscapes import ravine, log_sum_exp
    >>> strong_convexity_and_smoothness(ravine())
    μ = 1, L = 20, condition number 20; exact
    >>> strong_convexity_and_smoothness(log_sum_exp()).exact
    False
    """
    if not callable(f):
        mu, _, L = _curvature(symmetric(f))
        return CurvatureBounds(mu, L, True)
    if (known := _known_curvature(f)) is not None:
        return CurvatureBounds(known[0], known[2], True)
    _positive(points=points)
    box = _box(f, domain)
    hessian = getattr(f, "hessian", f)
    random = np.random.default_rng(seed)

    def ends(x: np.ndarray) -> tuple[float, float]:
        values = np.linalg.eigvalsh(symmetric(hessian(x.copy()), x))
        return float(-values[0]), float(np.abs(values).max())

    places = random.uniform(*box, (points, len(box[0])))
    if len(box[0]) <= 10:
        places = np.vstack([places, list(product(*zip(*box, strict=True)))])
    best = np.argmax([ends(x) for x in places], axis=0)
    flattest, _ = _clearest(lambda x: (ends(x)[0], x), places[best[0]], box, random)
    steepest, _ = _clearest(lambda x: (ends(x)[1], x), places[best[1]], box, random)
    return CurvatureBounds(-flattest, steepest, False)
