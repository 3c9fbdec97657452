"""Paths over a landscape: drag the start, set the rates, step, play, compare."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from slopes.landscapes import Landscape
from slopes.live.draw import Axis, Control, Figure, Handle, Mark, Panel, contours, number
from slopes.live.scripts import path_script
from slopes.loops import Graph
from slopes.rules import Rule
from slopes.trajectory import Trajectory, minimize

__all__ = ["paths"]

#: What a setting is called beside its slider.
SYMBOLS = {
    "lr": "rate η",
    "momentum": "momentum α",
    "beta": "decay β",
    "beta1": "decay β₁",
    "beta2": "decay β₂",
    "rho": "decay ρ",
}
CYCLE = ("blue", "vermilion", "green", "purple", "orange", "sky", "grey")
#: The lowest height of the right-hand panel, above the minimum.
FLOOR = 1e-10


def paths(
    surface: Landscape,
    rules: Mapping[str, Rule],
    *,
    start: Sequence[float] | None = None,
    steps: int = 100,
    vary: Mapping[str, tuple[float, float]] | None = None,
    domain: Sequence[tuple[float, float]] | None = None,
    goal: float | None = None,
    told: Mapping[str, Landscape] | None = None,
    name: str = "",
) -> Figure:
    """Return a figure of paths that the reader can start anywhere, with sliders for settings.

    Parameters
    ----------
    surface : Landscape
        Of two variables.
    rules : mapping of str to Rule
        By the names that the figure shows; at most seven.
    start : pair of float, optional
        By default the surface's own.
    steps : int
        The most steps, at most 2,000.
    vary : mapping of str to (low, high), optional
        The settings with sliders and their ranges, such as ``{"lr": (0.001, 1.0)}``. Rules that
        begin with the same value share a slider. By default rates and the main decay.
    domain : two pairs of float, optional
        What part of the surface is shown; by default the surface's own.
    goal : float, optional
        A height above the minimum: the summary then says who reaches it, and when (a race).
    told : mapping of str to Landscape, optional
        Of rules, by name, that are given another gradient than the surface's: a landscape of the
        same heights made by :func:`slopes.landscapes.misled`.
    name : str
        An id, unique on its page; by default made of the surface and the rules.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If the surface has not two variables, a rule cannot be written as JavaScript, a range
        does not hold a rule's value, or there are too many rules or steps.

    Examples
    --------
    >>> from slopes import GradientDescent, Momentum, landscapes
    >>> paths(landscapes.ravine(), {"plain": GradientDescent(0.1), "heavy": Momentum(0.1, 0.9)})
    Live figure: 2 paths on the ravine. You can move: start of the paths, plain, heavy, \
rate η, momentum α, step.
    After 100 steps, height above the minimum: plain 4.9; heavy 2.71·10⁻⁴.
    """
    refuse(surface, rules, steps)
    grounds = dict.fromkeys(rules, surface) | dict(told or {})
    if unknown := [n for n in grounds if n not in rules]:
        raise ValueError(f"told names {unknown[0]!r}, which is none of the rules")
    domain = domain or surface.domain
    start = tuple(map(float, surface.start if start is None else start))
    runs = {label: follow(rule, grounds[label], start, steps) for label, rule in rules.items()}
    base = surface.minimum if surface.minimizers else None
    heights = {label: heights_of(run, base) for label, run in runs.items()}
    hues = dict(zip(rules, CYCLE, strict=False))
    controls, bound = sliders(rules, vary)
    top = max(float(np.max(h[np.isfinite(h)])) for h in heights.values())
    right = _heights_axis(heights, top, base is not None)
    left_marks = [Mark(f"star{k}", "star", [m]) for k, m in enumerate(surface.minimizers)]
    right_marks = [Mark("now", "line", [(steps, right.low), (steps, right.high)], "grey", "dashed")]
    if goal:
        right_marks.append(Mark("goal", "line", [(0, goal), (steps, goal)], "grey", "thin"))
    data_runs = []
    for k, (label, rule) in enumerate(rules.items()):
        run, hue = runs[label], hues[label]
        end = run.points[-1]
        left_marks += [
            Mark(f"path{k}", "line", run.points, hue),
            Mark(f"dots{k}", "dots", run.points if steps <= 200 else (), hue),
            Mark(f"head{k}", "ring", [end], hue),
            Mark(f"lost{k}", "cross", [end] if run.stopped == "diverged" else (), hue),
        ]
        line = np.column_stack([np.arange(len(heights[label])), heights[label]])
        right_marks.append(Mark(f"height{k}", "line", line, hue))
        data_runs.append(
            {
                "label": label,
                "script": path_script(rule, grounds[label]),
                "settings": {n: float(v) for n, v in Graph(rule).settings.items()},
            }
        )
    return Figure(
        "paths",
        [
            Panel(
                "map",
                Axis(*domain[0], "θ₁"),
                Axis(*domain[1], "θ₂"),
                left_marks,
                below=contours(surface, domain),
            ),
            Panel("heights", Axis(0, steps, "step"), right, right_marks),
        ],
        handles=[Handle("start", "map", (start[0], start[1]), "start of the paths")],
        controls=[
            *(Control(f"on{k}", n, "toggle", True, hue=hues[n]) for k, n in enumerate(rules)),
            *controls,
            Control("step", "step", "play", steps, 0, steps, "whole"),
        ],
        data={
            "runs": data_runs,
            "bound": bound,
            "steps": steps,
            "base": base,
            "goal": goal,
            "dotted": steps <= 200,
        },
        says=says(heights, runs, steps, base is not None, goal),
        name=name
        or f"{surface.name}-" + "-".join(type(r).__name__.lower() for r in rules.values()),
        title=f"{len(rules)} path{'s' * (len(rules) > 1)} on the {surface.name.replace('_', ' ')}",
    )


def follow(rule: Rule, surface: Landscape, start: Sequence[float], steps: int) -> Trajectory:
    """Follow a rule to the last step, never stopping early; without NumPy's complaints."""
    with np.errstate(all="ignore"):
        return minimize(rule, surface, np.array(start), steps=steps, tol=0.0, progress=False)


def heights_of(run: Trajectory, base: float | None) -> np.ndarray:
    """Return the heights that are drawn: above the minimum where it is known."""
    return run.values if base is None else np.maximum(run.values - base, FLOOR / 10)


def _heights_axis(heights: Mapping[str, np.ndarray], top: float, above: bool) -> Axis:
    if not above:
        low = min(float(np.min(h[np.isfinite(h)])) for h in heights.values())
        room = 0.05 * (top - low or 1.0)
        return Axis(low - room, top + room, "height J")
    first = max(float(h[0]) for h in heights.values())
    lowest = min(float(h.min()) for h in heights.values())
    # Two powers of ten to spare, for better settings than those at the start.
    low = 10.0 ** max(-10, math.floor(math.log10(max(lowest, FLOOR))) - 2)
    high = 10.0 ** math.ceil(math.log10(max(first, 10 * low)) + 0.3)
    return Axis(low, high, "height above the minimum", "log")


def says(
    heights: Mapping[str, np.ndarray],
    runs: Mapping[str, Trajectory],
    step: int,
    above: bool,
    goal: float | None,
) -> str:
    """Return the summary below the panels."""
    parts = []
    for label, values in heights.items():
        last = min(step, len(values) - 1)
        if runs[label].stopped == "diverged" and step >= len(values):
            parts.append(f"{label} diverged at step {len(values)}")
        elif goal is not None:
            reached = np.flatnonzero(values[: last + 1] <= goal)
            when = f"at step {reached[0]}" if len(reached) else "not yet"
            parts.append(f"{label} {when}")
        else:
            parts.append(f"{label} {number(values[last])}")
    if goal is not None:
        return f"After {step} steps, reached a height of {number(goal)}: {'; '.join(parts)}."
    what = "height above the minimum" if above else "height"
    return f"After {step} steps, {what}: {'; '.join(parts)}."


def sliders(
    rules: Mapping[str, Rule], vary: Mapping[str, tuple[float, float]] | None
) -> tuple[list[Control], list[list[Any]]]:
    """Return sliders, and for each its name, the setting and the numbers of its rules."""
    groups: dict[tuple[str, float], list[int]] = {}
    have: dict[str, int] = {}
    for k, rule in enumerate(rules.values()):
        for setting, value in Graph(rule).settings.items():
            if setting in (vary if vary is not None else SYMBOLS):
                groups.setdefault((setting, float(value)), []).append(k)
                have[setting] = have.get(setting, 0) + 1
    for setting in vary or ():
        if setting not in have:
            known = sorted({n for rule in rules.values() for n in Graph(rule).settings})
            raise ValueError(f"no rule has a setting {setting!r}: they have {', '.join(known)}")
    controls, bound = [], []
    labels = list(rules)
    for (setting, value), members in groups.items():
        if vary is not None:
            low, high = vary[setting]
        else:
            low, high = (value / 100, value * 10) if setting == "lr" else (0.0, 0.999)
        label = SYMBOLS.get(setting, setting)
        if len(members) < have[setting] and len(members) == 1:
            label += f" of {labels[members[0]]}"
        name = setting if len(members) == have[setting] else f"{setting}{members[0]}"
        scale = "log" if low > 0 and high / low >= 20 else "linear"
        controls.append(Control(name, label, "range", value, low, high, scale))
        bound.append([name, setting, members])
    return controls, bound


def refuse(surface: Any, rules: Any, steps: int) -> None:
    """Raise an error if no paths can be drawn."""
    if not isinstance(surface, Landscape) or len(surface.variables) != 2:
        raise TypeError(
            "a live figure of paths needs a landscape of two variables, such as "
            f"landscapes.ravine(), not {surface!r}"
        )
    if not isinstance(rules, Mapping) or not all(isinstance(r, Rule) for r in rules.values()):
        raise TypeError('rules must be given by name: {"Adam": Adam(0.1)}')
    if not 1 <= len(rules) <= len(CYCLE):
        raise ValueError(f"between 1 and {len(CYCLE)} rules can be told apart, not {len(rules)}")
    if not 1 <= steps <= 2000:
        raise ValueError(f"steps must be between 1 and 2,000, not {steps}")
