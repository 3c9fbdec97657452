"""The eigenmodes of gradient descent and momentum on a quadratic: who is slow, who swings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from slopes.landscapes import bowl
from slopes.live.draw import Axis, Control, Figure, Handle, Mark, Panel, number
from slopes.live.scripts import path_script
from slopes.rules import GradientDescent, Momentum
from slopes.trajectory import minimize

__all__ = ["modes"]

#: One for each mode; purple is the best that all can have.
COLOURS = ("blue", "vermilion", "green", "orange", "sky", "grey")
#: The left panel's curve: so many points from its left end to its right, and two at the kinks.
GRID = 160
#: The height of the left panel, and where the handle stands in it.
TOP, GRIP = 1.5, 0.06
#: Discriminants closer to zero than this are called zero: the handle cannot be set more finely.
CRITICAL = 1e-3


def modes(
    eigenvalues: Sequence[float] = (0.1, 1.0, 10.0),
    *,
    rule: GradientDescent | Momentum | None = None,
    steps: int = 60,
    vary: Mapping[str, tuple[float, float]] | None = None,
    name: str = "",
) -> Figure:
    """Return a figure of how fast momentum shrinks the error in each direction of a quadratic.

    On the left the factor by which a step multiplies the error, against the curvature: the larger
    root of z² − (1 + α − ηλ) z + α. On the right the errors themselves, from 1, step by step. The
    reader moves one curvature, η and α.

    Parameters
    ----------
    eigenvalues : sequence of float
        The curvatures λ, the eigenvalues of the Hessian; at most six.
    rule : Momentum or GradientDescent, optional
        Gradient descent is momentum with α = 0. By default momentum with α = 0.8 and a rate of
        1.5 over the largest curvature.
    steps : int
        How many steps the right panel shows, at most 1,000.
    vary : mapping of str to (low, high), optional
        The ranges of the sliders, such as ``{"lr": (0.01, 1.0), "momentum": (0.0, 0.99)}``.
    name : str
        An id, unique on its page; by default the rule's name and "modes".

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If an eigenvalue is not above zero, the rule is another one, a range does not hold the
        rule's value, or there are too many eigenvalues or steps.

    Examples
    --------
    >>> from slopes import Momentum
    >>> modes([1, 100], rule=Momentum(lr=0.01, momentum=0.8))
    Live figure: the eigenmodes of momentum. You can move: curvature λ, rate η, momentum α.
    The slowest mode, λ = 1, keeps 0.927 of its error at each step and creeps, without \
oscillating: 30.4 steps for a factor of ten. Best for κ = 100: η = 0.0331 and α = 0.669, \
which keeps 0.818.
    """
    curvatures = _curvatures(eigenvalues)
    smallest, largest = min(curvatures), max(curvatures)
    rule = rule or Momentum(1.5 / largest, 0.8)
    if not isinstance(rule, GradientDescent | Momentum):
        raise TypeError(
            f"the modes are known for GradientDescent and Momentum, not {type(rule).__name__}: "
            "give rule=Momentum(lr=…, momentum=…)"
        )
    if not 1 <= steps <= 1000:
        raise ValueError(f"steps must be between 1 and 1,000, not {steps}")
    alpha = float(getattr(rule, "momentum", 0.0))
    heavy = isinstance(rule, Momentum)
    controls = _sliders(rule, vary, largest)
    best = _best(smallest, largest, heavy)
    hues = COLOURS[: len(curvatures)]
    moved = curvatures.index(largest)
    end = 1.04 * steps
    left = Axis(smallest / 4, largest * 4, "curvature λ", "log")
    lowest = min(1e-3, max(1e-12, best[2] ** steps / 10))
    right = Axis(10.0 ** math.floor(math.log10(lowest)), 100.0, "error in each mode", "log")

    factors = [factor(rule.lr, alpha, c) for c in curvatures]
    runs = [_errors(rule, c, steps, right.low / 10) for c in curvatures]
    left_marks = [
        Mark("one", "line", [(left.low, 1), (left.high, 1)], "grey", "dashed"),
        Mark("best", "line", [(left.low, best[2]), (left.high, best[2])], "purple"),
        Mark("curve", "line", _curve(left, rule.lr, alpha), "ink"),
        Mark("stem", "line", _stem(largest, factors[moved]), hues[moved], "thin dashed"),
    ]
    right_marks = [
        Mark("level", "line", [(0, 1), (end, 1)], "grey", "dashed"),
    ]
    for k, (c, f, run) in enumerate(zip(curvatures, factors, runs, strict=True)):
        left_marks.append(Mark(f"factor{k}", "ring", [(c, min(f, TOP))], hues[k]))
        right_marks.append(Mark(f"mode{k}", "line", run, hues[k]))
    title = "the eigenmodes of " + ("momentum" if heavy else "gradient descent")
    return Figure(
        "modes",
        [
            Panel(
                "factors",
                left,
                Axis(0, TOP, "factor of one step"),
                left_marks,
                title="purple: the best for all",
            ),
            Panel("errors", Axis(0, end, "step"), right, right_marks),
        ],
        handles=[Handle("lambda", "factors", (largest, GRIP), "curvature λ", "x", hues[moved])],
        controls=controls,
        data={
            "script": path_script(rule, bowl(1)),
            "settings": {"lr": float(rule.lr)} | ({"momentum": alpha} if heavy else {}),
            "eigenvalues": curvatures,
            "moved": moved,
            "steps": steps,
            "heavy": heavy,
        },
        says=says(curvatures, rule.lr, alpha, heavy),
        name=name or f"{type(rule).__name__.lower()}-modes",
        title=title,
    )


def factor(lr: float, alpha: float, curvature: float) -> float:
    """Return the size of the larger root of z² − (1 + α − ηλ) z + α."""
    inside = _inside(lr, alpha, curvature)
    if inside < 0:
        return math.sqrt(alpha)
    return (abs(1 + alpha - lr * curvature) + math.sqrt(inside)) / 2


def _inside(lr: float, alpha: float, curvature: float) -> float:
    """Return the discriminant: the roots are complex, and the error oscillates, below zero."""
    b = 1 + alpha - lr * curvature
    return b * b - 4 * alpha


def _curvatures(eigenvalues: Any) -> list[float]:
    curvatures = [float(c) for c in np.ravel(np.asarray(eigenvalues, float))]
    if not 1 <= len(curvatures) <= len(COLOURS):
        raise ValueError(
            f"between 1 and {len(COLOURS)} eigenvalues can be told apart, not {len(curvatures)}"
        )
    if not all(0 < c < math.inf for c in curvatures):
        raise ValueError(
            f"the modes of a bowl have curvatures above zero, not {curvatures}: "
            "along a curvature of zero or less there is nothing to converge to"
        )
    return curvatures


def _sliders(
    rule: GradientDescent | Momentum,
    vary: Mapping[str, tuple[float, float]] | None,
    largest: float,
) -> list[Control]:
    lr = float(rule.lr)
    ranges = {"lr": (min(lr, 0.1 / largest), max(lr, 4 / largest))}
    labels = {"lr": "rate η", "momentum": "momentum α"}
    if isinstance(rule, Momentum):
        ranges["momentum"] = (0.0, max(0.99, rule.momentum))
    for setting in vary or ():
        if setting not in ranges:
            raise ValueError(
                f"{type(rule).__name__} has no slider {setting!r}: it has {', '.join(ranges)}"
            )
    ranges |= dict(vary or {})
    return [
        Control(
            setting,
            labels[setting],
            "range",
            float(getattr(rule, setting)),
            low,
            high,
            "log" if setting == "lr" and low > 0 else "linear",
        )
        for setting, (low, high) in ranges.items()
    ]


def _best(smallest: float, largest: float, heavy: bool) -> tuple[float, float, float]:
    """Return the best η and α for curvatures in a range, and the factor that they reach."""
    if not heavy:
        return 2 / (largest + smallest), 0.0, (largest - smallest) / (largest + smallest)
    low, high = math.sqrt(smallest), math.sqrt(largest)
    rate = (high - low) / (high + low)
    return 4 / ((low + high) * (low + high)), rate * rate, rate


def _curve(axis: Axis, lr: float, alpha: float) -> np.ndarray:
    """Return the factors along the left panel, with the kinks where roots become complex."""
    places = axis.low * (axis.high / axis.low) ** (np.arange(GRID + 1) / GRID)
    root = math.sqrt(alpha)
    kinks = [(1 - root) ** 2 / lr, (1 + root) ** 2 / lr] if lr > 0 else []
    places = np.sort([*places, *kinks])
    return np.array([(c, factor(lr, alpha, c)) for c in places if axis.low <= c <= axis.high])


def _stem(curvature: float, height: float) -> list[tuple[float, float]]:
    return [(curvature, 0.0), (curvature, min(height, TOP))]


def _errors(rule: Any, curvature: float, steps: int, floor: float) -> np.ndarray:
    """Return the error in one mode against the step.

    The bowl has curvature 1 and the rate is ηλ, which are the same steps; so one script serves
    all curvatures. No tolerance is met: momentum passes where the gradient is zero.
    """
    rule, start = rule.with_rate(rule.lr * curvature), np.array([1.0])
    with np.errstate(all="ignore"):
        run = minimize(rule, bowl(1), start, steps=steps, tol=-1, progress=False)
    sizes = np.maximum(np.abs(run.points[:, 0]), floor)
    return np.column_stack([np.arange(len(sizes)), sizes])


def says(curvatures: Sequence[float], lr: float, alpha: float, heavy: bool) -> str:
    """Return the summary below the panels."""
    factors = [factor(lr, alpha, c) for c in curvatures]
    worst = int(np.argmax(factors))
    slowest, curvature = factors[worst], curvatures[worst]
    every = len(factors) > 1 and all(_inside(lr, alpha, c) < 0 for c in curvatures)
    who = "Every mode" if every else f"The slowest mode, λ = {number(curvature)},"
    if slowest > 1:
        who = who.replace("slowest", "worst")
        what = f"grows {number(slowest)}-fold at each step: it diverges"
    elif slowest == 1:
        what = "keeps all of its error: it never arrives"
    elif slowest == 0:
        what = "arrives at the first step"
    else:
        pace = number(-math.log(10) / math.log(slowest))
        what = f"keeps {number(slowest)} of its error at each step and "
        what += f"{_manner(lr, alpha, curvature)}: {pace} steps for a factor of ten"
    lr_best, alpha_best, rate = _best(min(curvatures), max(curvatures), heavy)
    best = f"η = {number(lr_best)}" + (f" and α = {number(alpha_best)}" if heavy else "")
    spread = number(max(curvatures) / min(curvatures))
    return f"{who} {what}. Best for κ = {spread}: {best}, which keeps {number(rate)}."


def _manner(lr: float, alpha: float, curvature: float) -> str:
    inside = _inside(lr, alpha, curvature)
    if alpha > 0 and abs(inside) < CRITICAL * alpha:
        return "is critically damped"
    if inside < 0:
        return "oscillates"
    return (
        "creeps, without oscillating"
        if 1 + alpha > lr * curvature
        else "changes sign at every step"
    )
