"""Learning rate schedules side by side: the share of the rate at each step, and their sum."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from slopes.live.draw import Axis, Control, Figure, Mark, Panel, number
from slopes.live.paths import CYCLE
from slopes.live.scripts import evaluated
from slopes.schedules import Schedule
from slopes.symbolic import javascript
from slopes.tracing import trace_schedule

__all__ = ["schedules"]

#: What a setting is called beside its slider; the main ones have sliders by default.
SYMBOLS = {
    "steps": "steps T",
    "every": "every k",
    "gamma": "factor γ",
    "tau": "time τ",
    "rise": "rise p",
    "start": "start s₀",
    "end": "end s_T",
}
_MAIN = ("steps", "every", "gamma", "tau", "rise")
_WHOLE = ("steps", "every")


def schedules(
    kinds: Mapping[str, Schedule],
    *,
    steps: int | None = None,
    vary: Mapping[str, tuple[float, float]] | None = None,
    scale: str = "linear",
    name: str = "",
) -> Figure:
    """Return a figure of learning rate schedules, with sliders for their settings.

    On the left the share of the rate at each step; on the right the sum of these shares, which is
    how far steps of the same gradient would lead, in units of one step at the full rate.

    Parameters
    ----------
    kinds : mapping of str to Schedule
        By the names that the figure shows; at most seven.
    steps : int, optional
        How many steps are shown, at most 2,000; by default somewhat more than the longest
        schedule needs, or 100.
    vary : mapping of str to (low, high), optional
        The settings with sliders and their ranges, such as ``{"gamma": (0.9, 1.0)}``. Schedules
        that begin with the same value share a slider. By default at most five of steps T, every
        k, factor γ, time τ and rise p.
    scale : {'linear', 'log'}
        Of the left panel.
    name : str
        An id, unique on its page; by default "schedules".

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If something is not a schedule or cannot be written as JavaScript, a range does not hold
        a schedule's value or gives factors that are not finite, or there are too many schedules
        or steps.

    Examples
    --------
    >>> from slopes import CosineDecay, LinearDecay
    >>> schedules({"cosine": CosineDecay(40), "linear": LinearDecay(40)}, steps=50)
    Live figure: 2 schedules. You can move: cosine, linear, steps T, step.
    At step 25, the share of the rate: cosine 0.345; linear 0.4. The mean of all 50 steps: \
cosine 0.41; linear 0.41.
    """
    settings = _settings(kinds)
    horizon = _horizon(settings) if steps is None else steps
    if not (isinstance(horizon, int) and 2 <= horizon <= 2000):
        raise ValueError(f"steps must be a whole number from 2 to 2,000, not {horizon}")
    if scale not in ("linear", "log"):
        raise ValueError(f"scale must be 'linear' or 'log', not {scale!r}")
    controls, bound = _sliders(settings, vary, horizon)
    _check_ranges(kinds, controls, bound)
    t = np.arange(1, horizon + 1)
    factors = {label: np.asarray(kind(t), float) for label, kind in kinds.items()}
    at = max(1, horizon // 2)
    hues = dict(zip(kinds, CYCLE, strict=False))

    highest = max(1.0, *(float(f.max()) for f in factors.values()))
    far = max(float(f.sum()) for f in factors.values())
    left = Axis(*((0.0, 1.05 * highest) if scale == "linear" else (1e-4, highest)), "", scale)
    left = Axis(left.low, left.high, "share of the rate", scale)
    right = Axis(0, min(horizon * highest, 1.5 * far), "sum of the shares so far")
    marks: dict[str, list[Mark]] = {
        f"now{k}": [Mark(f"now{k}", "line", [(at, y.low), (at, y.high)], "grey", "dashed")]
        for k, y in enumerate((left, right))
    }
    for k, (label, values) in enumerate(factors.items()):
        sums, hue = np.cumsum(values), hues[label]
        for panel, what, line in (("now0", "factor", values), ("now1", "sum", sums)):
            marks[panel] += [
                Mark(f"{what}{k}", "line", np.column_stack([t, line]), hue),
                Mark(f"{what}head{k}", "ring", [(at, line[at - 1])], hue),
            ]
    return Figure(
        "schedules",
        [
            Panel("factors", Axis(1, 1.04 * horizon, "step"), left, marks["now0"]),
            Panel("sums", Axis(1, 1.04 * horizon, "step"), right, marks["now1"]),
        ],
        controls=[
            *(Control(f"on{k}", n, "toggle", True, hue=hues[n]) for k, n in enumerate(kinds)),
            *controls,
            Control("at", "step", "play", at, 1, horizon, "whole"),
        ],
        data={
            "runs": [
                {"label": label, "script": javascript(kind), "settings": settings[label]}
                for label, kind in kinds.items()
            ],
            "bound": bound,
            "steps": horizon,
        },
        says=says(factors, at, horizon),
        name=name or "schedules",
        title=f"{len(kinds)} schedule{'s' * (len(kinds) > 1)}",
    )


def says(factors: Mapping[str, np.ndarray], at: int, steps: int) -> str:
    """Return the summary below the panels."""
    now = "; ".join(f"{label} {number(f[at - 1])}" for label, f in factors.items())
    means = "; ".join(f"{label} {number(f.cumsum()[-1] / steps)}" for label, f in factors.items())
    return f"At step {at}, the share of the rate: {now}. The mean of all {steps} steps: {means}."


def _settings(kinds: Any) -> dict[str, dict[str, float]]:
    if not isinstance(kinds, Mapping) or not all(isinstance(k, Schedule) for k in kinds.values()):
        raise TypeError('schedules must be given by name: {"cosine": CosineDecay(steps=100)}')
    if not 1 <= len(kinds) <= len(CYCLE):
        raise ValueError(
            f"between 1 and {len(CYCLE)} schedules can be told apart, not {len(kinds)}"
        )
    return {
        label: {n: float(v) for n, v in trace_schedule(kind).settings.items()}
        for label, kind in kinds.items()
    }


def _stem(setting: str) -> str:
    """Return the name in the book of a setting that another part of a schedule has, too."""
    stem, _, count = setting.rpartition("_")
    return stem if count.isdigit() else setting


def _horizon(settings: Mapping[str, Mapping[str, float]]) -> int:
    longest = max(sum(v for n, v in s.items() if _stem(n) == "steps") for s in settings.values())
    return min(2000, math.ceil(1.2 * longest)) if longest else 100


def _range(stem: str, value: float, horizon: int, fewest: float) -> tuple[float, float]:
    """Return a slider's range. ``fewest`` is what T may not fall below; a rise needs a step."""
    if stem in _WHOLE:
        return max(1.0, min(value, fewest)), max(value, horizon)
    if stem == "gamma":
        if value == 1:
            return 0.5, 1.0
        return max(0.01, min(value, 1 - 5 * (1 - value))), max(value, 1 - (1 - value) / 5)
    if stem == "tau":
        return value / 10, value * 10
    if stem == "rise":
        return min(value, max(0.1, 1.5 / fewest)), max(0.95, value)
    return 0.0, max(1.0, value)


def _sliders(
    settings: Mapping[str, dict[str, float]],
    vary: Mapping[str, tuple[float, float]] | None,
    horizon: int,
) -> tuple[list[Control], list[list[Any]]]:
    """Return sliders, and for each its name and the settings that it sets: schedule and name."""
    groups: dict[tuple[str, float], list[list[Any]]] = {}
    for k, own in enumerate(settings.values()):
        for setting, value in own.items():
            groups.setdefault((_stem(setting), value), []).append([k, setting])
    wanted = _MAIN if vary is None else tuple(vary)
    known = sorted({stem for stem, _ in groups})
    for stem in vary or ():
        if stem not in known:
            raise ValueError(
                f"no schedule has a setting {stem!r}: they have {', '.join(known) or 'none'}"
            )
    chosen = sorted((g for g in groups if g[0] in wanted), key=lambda g: wanted.index(g[0]))
    if vary is None:
        chosen = chosen[:5]
    controls, bound, labels = [], [], list(settings)
    fewest = min([16 if "rise" in known else 2, *(v for stem, v in groups if stem == "steps")])
    for k, (stem, value) in enumerate(chosen):
        members = groups[stem, value]
        low, high = vary[stem] if vary else _range(stem, value, horizon, fewest)
        label = SYMBOLS.get(stem, stem)
        if sum(s == stem for s, _ in groups) > 1:
            label += f" of {', '.join(dict.fromkeys(labels[m] for m, _ in members))}"
            if sum(_stem(s) == stem for s in settings[labels[members[0][0]]]) > 1:
                first = members[0][1] == stem
                label += ", first" if first else ", then"
        whole = stem in _WHOLE
        scale = "whole" if whole else "log" if low > 0 and high / low >= 20 else "linear"
        value = int(value) if whole else value
        controls.append(Control(f"{stem}{k}", label, "range", value, low, high, scale))
        bound.append([f"{stem}{k}", members])
    return controls, bound


def _check_ranges(
    kinds: Mapping[str, Schedule], controls: list[Control], bound: list[list[Any]]
) -> None:
    """Refuse ranges at whose ends a schedule is not finite."""
    t = np.array([1.0, 2.0, 3.0, 10.0, 100.0, 1000.0])
    for k, (label, kind) in enumerate(kinds.items()):
        recorded = trace_schedule(kind)
        ends = {
            setting: (control.low, control.high)
            for control, (_, members) in zip(controls, bound, strict=True)
            for member, setting in members
            if member == k
        }
        for corner in itertools.product(*ends.values()):
            values = recorded.settings | dict(zip(ends, corner, strict=True))
            known = {id(recorded.inputs[n]): v for n, v in values.items()}
            known[id(recorded.inputs["t"])] = t
            with np.errstate(all="ignore"):
                factor = evaluated(recorded.outputs["s"], known)
            if not np.all(np.isfinite(factor)):
                where = ", ".join(f"{n} = {v:g}" for n, v in zip(ends, corner, strict=True))
                raise ValueError(
                    f"{label} is not finite for {where}: give narrower ranges with vary=…"
                )
