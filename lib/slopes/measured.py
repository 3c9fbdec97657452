"""Formulas in numbers: evaluated at many random points at once, derivatives as differences.

Nothing here knows a rule of differentiation. A slope is a central difference of order eight; one
of order six beside it tells where it is not reliable, and there the value is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from slopes.shapes import Formula

__all__ = ["measured", "points", "weight"]

# Central differences of order eight and, to judge their error, of order six.
_STEPS = 0.01 * np.array([-4.0, -3, -2, -1, 1, 2, 3, 4])
_EIGHT = np.array([1 / 280, -4 / 105, 1 / 5, -4 / 5, 4 / 5, -1 / 5, 4 / 105, -1 / 280]) / 0.01
_SIX = np.array([0, -1 / 60, 3 / 20, -3 / 4, 3 / 4, -3 / 20, 1 / 60, 0]) / 0.01
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "abs": np.abs,
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "+": np.add,
    "-": np.subtract,
    "neg": np.negative,
    ".*": np.multiply,
    "./": np.divide,
    "/": np.divide,
    "pow": np.power,
    "T": lambda a: np.swapaxes(a, -1, -2),
    "dot": lambda a, b: np.sum(a * b, axis=(-2, -1), keepdims=True),
    "outer": lambda a, b: a * np.swapaxes(b, -1, -2),
    "sum": lambda a: np.sum(a, axis=(-2, -1), keepdims=True),
    "norm": lambda a: np.sqrt(np.sum(a * a, axis=(-2, -1), keepdims=True)),
    "tr": lambda a: np.trace(a, axis1=-2, axis2=-1)[..., None, None],
    "det": lambda a: np.linalg.det(a)[..., None, None],
    "logdet": lambda a: np.log(np.linalg.det(a))[..., None, None],
    "inv": lambda a: _inverse(a),
}


def _inverse(a: np.ndarray) -> np.ndarray:
    singular = (~(np.abs(np.linalg.det(a)) > 1e-6))[..., None, None]
    return np.where(singular, np.nan, np.linalg.inv(np.where(singular, np.eye(a.shape[-1]), a)))


def points(
    shapes: Mapping[str, tuple[int, int]],
    symmetric: Iterable[str] = (),
    positive: Iterable[str] = (),
    count: int = 24,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Draw points: whole numbers first, which are easy to check by hand; every other positive.

    Parameters
    ----------
    shapes : mapping of str to (int, int)
        The names, and the shape of each.
    symmetric, positive : iterable of str
        Names whose matrices are symmetric, and names whose numbers are positive; a square matrix
        is then positive definite.
    count : int
        How many points.
    seed : int

    Returns
    -------
    dict of str to ndarray, shape (count, rows, columns)

    Examples
    --------
    >>> drawn = points({"A": (2, 2), "x": (2, 1)}, symmetric=["A"])
    >>> drawn["A"].shape, drawn["x"].shape
    ((24, 2, 2), (24, 2, 1))
    """
    random = np.random.default_rng(seed)
    drawn_for = {}
    for name, shape in shapes.items():
        size = (count, *shape)
        whole, tenths = random.integers(1, 4, size), random.integers(3, 11, size) / 10
        drawn = np.where(np.arange(count)[:, None, None] < count / 2, whole, tenths)
        signs = random.choice([-1.0, 1.0], size)
        signs[1::2] = 1
        if name in positive and shape[0] == shape[1] > 1:
            root = random.integers(-1, 2, size)
            drawn = root @ np.swapaxes(root, -1, -2) + np.eye(shape[0])
        elif name not in positive:
            drawn = drawn * signs
        if name in symmetric:
            drawn = np.triu(drawn) + np.swapaxes(np.triu(drawn, 1), -1, -2)
        drawn_for[name] = drawn
    return drawn_for


def weight(node: Formula) -> int:
    """Return how many evaluations at once a formula takes: derivatives multiply them.

    Parameters
    ----------
    node : Formula

    Examples
    --------
    >>> x = Formula("name", (), (3, 1), "x")
    >>> f = Formula("sum", (x,), (1, 1))
    >>> weight(f), weight(Formula("grad", (f, x), (3, 1)))  # eight for each coordinate
    (1, 24)
    """
    inner = max(map(weight, node.args), default=1)
    if node.op not in ("d", "grad", "hess"):
        return inner
    moves = len(_STEPS) * node.args[1].shape[0] * node.args[1].shape[1]
    return inner * moves ** (2 if node.op == "hess" else 1)


def measured(node: Formula, at: Mapping[str, np.ndarray]) -> Any:
    """Evaluate at many points: the last two axes are the matrix, those before it the points.

    Parameters
    ----------
    node : Formula
    at : mapping of str to ndarray, shape (…, rows, columns)
        The values of the names, as :func:`points` draws them.

    Returns
    -------
    ndarray, shape (…, rows, columns)
        NaN where a derivative cannot be measured reliably.

    Examples
    --------
    >>> x = Formula("name", (), (2, 1), "x")
    >>> f = Formula("dot", (x, x), (1, 1))
    >>> measured(Formula("grad", (f, x), (2, 1)), {"x": np.array([[[1.0], [2.0]]])}).round(6)
    array([[[2.],
            [4.]]])
    """
    op = node.op
    if op == "name":
        return at[node.value]
    if op == "number":
        return np.full((1, 1), float(Fraction(node.value)))
    if op in ("eye", "ones", "zeros"):
        return np.eye(*node.shape) if op == "eye" else np.full(node.shape, float(op == "ones"))
    if op in ("d", "grad", "hess"):
        f, x = node.args
        if op == "hess":
            first = Formula("grad", (f, x), x.shape)
            slopes = _slopes(lambda p: measured(first, p), x.value, at)
            return np.moveaxis(slopes[..., 0], 0, -1)
        slopes = _slopes(lambda p: measured(f, p), x.value, at)
        if f.shape == (1, 1):
            shaped = np.moveaxis(slopes[..., 0, 0], 0, -1)
            shaped = shaped.reshape(*shaped.shape[:-1], *x.shape)
            turned = node.value == "numerator"
        else:
            flat = slopes.reshape(*slopes.shape[:-2], -1)
            shaped = slopes[0] if x.shape == (1, 1) else np.moveaxis(flat, 0, -1)
            turned = node.value == "denominator"
        return np.swapaxes(shaped, -1, -2) if turned else shaped
    a, *others = (measured(argument, at) for argument in node.args)
    if op == "*":
        numbers = (1, 1) in (node.args[0].shape, node.args[1].shape)
        return a * others[0] if numbers else a @ others[0]
    if op == "**" and node.shape == (1, 1):
        return a ** float(node.value)
    if op == "**":
        power = np.linalg.matrix_power(a, abs(int(node.value)))
        return _inverse(power) if node.value < 0 else power
    if op == "diag":
        shape = node.args[0].shape
        if shape[0] == shape[1]:
            return np.diagonal(a, axis1=-2, axis2=-1)[..., None]
        return np.eye(max(shape)) * a.reshape(*a.shape[:-2], 1, -1)
    return _FUNCTIONS[op](a, *others)


def _slopes(f: Callable[[Any], Any], name: str, at: Mapping[str, np.ndarray]) -> Any:
    """Return the slopes of f along each entry of a name; NaN where they are not reliable."""
    x = at[name]
    rows, columns = x.shape[-2:]
    # Other names may be moved already, along axes of their own: all moves are crossed with those.
    before = max(value.ndim for value in at.values()) - 2
    moves = np.eye(rows * columns).reshape(-1, *[1] * before, rows, columns)
    moved = x + _STEPS.reshape(-1, *[1] * moves.ndim) * moves
    values = np.asarray(f({**at, name: moved}))
    lead = np.broadcast_shapes(moved.shape[:-2], values.shape[:-2])
    values = np.broadcast_to(values, lead + values.shape[-2:])
    slope, rough = np.tensordot(_EIGHT, values, 1), np.tensordot(_SIX, values, 1)
    return np.where(np.abs(slope - rough) < 1e-7 * (1 + np.abs(slope)), slope, np.nan)
