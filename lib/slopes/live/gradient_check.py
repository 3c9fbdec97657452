"""Differences in place of a derivative: too long a step truncates, too short a one rounds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from slopes.landscapes import Landscape
from slopes.live.draw import Axis, Control, Figure, Handle, Mark, Panel, number
from slopes.live.scripts import function_script

__all__ = ["gradient_check"]

EPS = 2.0**-52
#: The steps at which the errors are measured: short decimals, so that both languages have them.
STEPS = tuple(float(f"{10 ** (k / 6):.2e}") for k in range(-96, 1))
#: Errors are not shown below this.
LOWEST = 1e-14


def gradient_check(
    function: Any,
    x: float | None = None,
    *,
    h: float = 0.3,
    domain: tuple[float, float] | None = None,
    name: str = "",
) -> Figure:
    """Return a figure of how wrong difference quotients are, against their step h.

    On the left the function with its secants; on the right the errors of the forward and the
    central difference, each a V on two logarithmic axes, above faint lines that say what to
    expect: truncation, ``h |f''| / 2`` or ``h² |f'''| / 6``, and rounding,
    ``ε (|f| + |x f'|) / 2h``. The reader moves h and the point.

    Parameters
    ----------
    function : sympy expression or Landscape
        Of one variable.
    x : float, optional
        The point at the start; by default a third of the way through the domain from its right
        end, or a landscape's own start.
    h : float
        The step at the start, from 1e-16 to 1.
    domain : pair of float, optional
        What part of the function is shown; by default −2 to 2, or a landscape's own.
    name : str
        An id, unique on its page; by default "gradient-check".

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If the function has not exactly one variable or JavaScript lacks it, or the point or the
        step is out of range, or the function is not finite at the point.

    Examples
    --------
    >>> import sympy as sp
    >>> t = sp.Symbol("theta")
    >>> gradient_check(t**3 / (1 + t**2), 1.0)
    Live figure: the error of differences. You can move: point θ, step h, forward difference, \
central difference.
    At h = 0.3 the forward difference is off by 0.056 and the central one is off by 0.022. \
Here the best h are about 3·10⁻⁸ and 7·10⁻⁶.

    Notes
    -----
    Sines and exponentials are rounded a little differently in a browser than in NumPy, so for
    functions that contain them the left, noisy arm of the V has other teeth in the browser.
    """
    expression, variable, domain, start = _parts(function, domain)
    low, high = domain
    x = float(start if x is None else x)
    if not low <= x <= high:
        raise ValueError(f"x = {x} is not in the domain from {low} to {high}")
    if not STEPS[0] <= h <= STEPS[-1]:
        raise ValueError(f"h must be between 1e-16 and 1, not {h}")
    script, f = function_script(expression, variable)
    slopes = [expression.diff(variable, k) for k in (1, 2, 3)]
    slopes_script, derivatives = function_script(slopes, variable)
    with np.errstate(all="ignore"):
        places = np.linspace(low, high, 241)
        values = np.array([_number(f, p) for p in places])
        found = _measured(f, derivatives, x, np.array([*STEPS, h]))
    if not math.isfinite(found["f"]) or not all(map(math.isfinite, found["slopes"])):
        raise ValueError(f"the function or a derivative is not finite at x = {x}: move the point")

    finite = values[np.isfinite(values)]
    room = 0.08 * (float(np.ptp(finite)) or 1.0)
    y = Axis(float(finite.min()) - 2 * room, float(finite.max()) + room, "f(θ)")
    top = max(float(e.max(where=np.isfinite(e), initial=0)) for e in found["errors"])
    errors = Axis(LOWEST, 10.0 ** max(0, math.ceil(math.log10(max(top, 1e-9))) + 1), "error", "log")
    foot, base = y.low + room / 2, LOWEST * 4
    at = found["f"]
    left = [
        Mark("function", "line", np.column_stack([places, values])[np.isfinite(values)], "ink"),
        Mark("stem", "line", [(x, foot), (x, at)], "grey", "thin dashed"),
    ]
    right = [Mark("now", "line", [(h, errors.low), (h, errors.high)], "grey", "dashed")]
    for k, (what, hue) in enumerate((("forward", "vermilion"), ("central", "blue"))):
        end = len(STEPS)
        slope, error = found["quotients"][k][end], found["errors"][k]
        begin = x if what == "forward" else x - h
        ends = [(begin, found["begins"][k]), (x + h, found["above"])]
        chord = [(p, ends[0][1] + slope * (p - begin)) for p in (low, high)]
        if not math.isfinite(slope):
            ends, chord = [], []
        expected = np.column_stack([STEPS, found["expected"][k]])
        best = found["best"][k]
        shown = np.maximum(error, LOWEST / 10)
        left += [
            Mark(f"secant{k}", "line", chord, hue, "thin"),
            Mark(f"ends{k}", "dots", ends, hue),
        ]
        right += [
            Mark(f"expected{k}", "line", expected, hue, "thick faint"),
            Mark(f"best{k}", "line", _upright(best, errors), hue, "thin dashed faint"),
            Mark(f"error{k}", "line", np.column_stack([STEPS, shown[:end]]), hue, "thin"),
            Mark(f"head{k}", "ring", [(h, shown[end])], hue),
        ]
    return Figure(
        "gradient_check",
        [
            Panel("function", Axis(low, high, "θ"), y, left),
            Panel("errors", Axis(STEPS[0], STEPS[-1], "step h", "log"), errors, right),
        ],
        handles=[
            Handle("x", "function", (x, foot), "point θ", "x"),
            Handle("h", "errors", (h, base), "step h", "x"),
        ],
        controls=[
            Control("on0", "forward difference", "toggle", True, hue="vermilion"),
            Control("on1", "central difference", "toggle", True, hue="blue"),
        ],
        data={"script": script, "slopes": slopes_script, "steps": STEPS},
        says=says(h, [e[-1] for e in found["errors"]], found["best"]),
        name=name or "gradient-check",
        title="the error of differences",
    )


def says(h: float, errors: Sequence[float], best: Sequence[float]) -> str:
    """Return the summary below the panels."""
    forward, central = (
        f"is off by {number(e, 2)}" if math.isfinite(e) else "is undefined" for e in errors
    )
    return (
        f"At h = {number(h, 2)} the forward difference {forward} and the central one {central}. "
        f"Here the best h are about {_about(best[0])} and {_about(best[1])}."
    )


def _about(best: float) -> str:
    if STEPS[0] < best < STEPS[-1]:
        return number(best, 1)
    return "as small as can be" if best < 1 else "as large as can be"


def _parts(
    function: Any, domain: tuple[float, float] | None
) -> tuple[Any, Any, tuple[float, float], float]:
    import sympy as sp

    if isinstance(function, Landscape):
        if len(function.variables) != 1:
            raise TypeError(
                f"{function.name} has {len(function.variables)} variables: a gradient check along "
                "a line needs one, such as landscapes.bowl(1)"
            )
        low, high = domain or function.domain[0]
        return function.expression, function.variables[0], _domain(low, high), function.start[0]
    expression = sp.sympify(function)
    variables = sorted(getattr(expression, "free_symbols", ()), key=str)
    if len(variables) != 1:
        raise TypeError(
            "a gradient check needs an expression of one variable, such as sp.sin(theta), "
            f"not {function!r}"
        )
    low, high = domain or (-2.0, 2.0)
    low, high = _domain(low, high)
    # Derivatives of |θ| and the like are only known for real variables.
    real = sp.Symbol("theta", real=True)
    return expression.xreplace({variables[0]: real}), real, (low, high), high - (high - low) / 3


def _domain(low: float, high: float) -> tuple[float, float]:
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"a domain needs low < high, both finite, not {low}, {high}")
    return float(low), float(high)


def _number(f: Callable[[Any], Any], x: float) -> float:
    """Return a function's value, NaN where it has none."""
    try:
        value = f(np.float64(x))
    except (ZeroDivisionError, OverflowError):
        return math.nan
    return float(value) if np.isreal(value) else math.nan


def _measured(
    f: Callable[[Any], Any], derivatives: Callable[[Any], Any], x: float, steps: np.ndarray
) -> dict[str, Any]:
    """Return difference quotients, their errors, and what errors are to be expected."""
    here = _number(f, x)
    above = np.array([_number(f, x + h) for h in steps])
    below = np.array([_number(f, x - h) for h in steps])
    slope, bend, twist = (float(d) for d in derivatives(np.float64(x)))
    quotients = [(above - here) / steps, (above - below) / (2 * steps)]
    errors = [np.abs(q - slope) for q in quotients]
    rounding = EPS * (abs(here) + abs(x * slope)) / 2
    grid = np.array(STEPS)
    return {
        "f": here,
        "above": above[-1],
        "begins": [here, below[-1]],
        "slopes": [slope, bend, twist],
        "quotients": quotients,
        "errors": [np.where(e >= 0, e, np.inf) for e in errors],
        "expected": [
            grid * abs(bend) / 2 + rounding / grid,
            grid * grid * abs(twist) / 6 + rounding / grid,
        ],
        "best": [
            math.sqrt(2 * rounding / abs(bend)) if bend else math.inf,
            math.cbrt(3 * rounding / abs(twist)) if twist else math.inf,
        ],
    }


def _upright(best: float, axis: Axis) -> list[tuple[float, float]]:
    return [(best, axis.low), (best, axis.high)] if STEPS[0] < best < STEPS[-1] else []
