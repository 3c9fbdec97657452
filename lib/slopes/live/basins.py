"""Basin maps: which start ends where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from slopes.landscapes import Landscape
from slopes.live.draw import (
    HUES,
    PLOT_HEIGHT,
    PLOT_WIDTH,
    Axis,
    Figure,
    Handle,
    Mark,
    Panel,
    contours,
    number,
)
from slopes.live.paths import CYCLE, refuse, sliders
from slopes.live.scripts import path_script, sweep_script
from slopes.loops import Graph
from slopes.rules import Rule
from slopes.trajectory import minimize

__all__ = ["basins"]

#: What a start is counted as when it ends at no minimum.
ON_THE_WAY, DIVERGED = -1, -2


def basins(
    surface: Landscape,
    rule: Rule,
    *,
    start: Sequence[float] | None = None,
    steps: int = 200,
    grid: int = 200,
    vary: Mapping[str, tuple[float, float]] | None = None,
    domain: Sequence[tuple[float, float]] | None = None,
    name: str = "",
) -> Figure:
    """Return a map that colours each start by the minimum where the rule takes it.

    A run ends when the gradient's norm is at most 0.001, or after the last step; it counts for
    the nearest minimum if that is less than a quarter of the way to the next one.

    Parameters
    ----------
    surface : Landscape
        Of two variables, with known minima: its minimizers, and those of its stationary points
        where the Hessian is positive definite.
    rule : Rule
    start : pair of float, optional
        Of the path that is drawn; by default the surface's own.
    steps : int
        The most steps, at most 2,000.
    grid : int
        Starts along each side, at most 400.
    vary : mapping of str to (low, high), optional
        The settings with sliders and their ranges.
    domain : two pairs of float, optional
        What part of the surface is shown; by default the surface's own.
    name : str
        An id, unique on its page.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If the surface has not two variables or no known minimum, the rule cannot be written as
        JavaScript, a range does not hold its value, or grid or steps are out of bounds.

    Examples
    --------
    >>> from slopes import GradientDescent, landscapes
    >>> print(basins(landscapes.himmelblau(), GradientDescent(0.01), grid=20).says)
    Of 400 starts 27% end near (3, 2), 26% near (−2.81, 3.13), 24% near (−3.78, −3.28), \
24% near (3.58, −1.85), 0% diverge, 0% are still on their way. The one in the ring is at \
(3, 2) after 39 steps.
    """
    refuse(surface, {"": rule}, steps)
    if not 10 <= grid <= 400:
        raise ValueError(f"grid must be between 10 and 400, not {grid}")
    domain = domain or surface.domain
    start = tuple(map(float, surface.start if start is None else start))
    targets = minima(surface)
    if not 1 <= len(targets) < len(CYCLE):
        raise ValueError(
            f"{surface.name} has {len(targets)} known minima: a map of basins needs "
            f"between 1 and {len(CYCLE) - 1}, from minimizers and stationary"
        )
    reach = _reach(targets, domain)
    ends = classes(rule, surface, cells(domain, grid), steps, targets, reach)
    with np.errstate(all="ignore"):
        run = minimize(rule, surface, np.array(start), steps=steps, tol=1e-3, progress=False)
    controls, bound = sliders({"": rule}, vary)
    marks = [
        *(Mark(f"star{k}", "star", [m], CYCLE[k]) for k, m in enumerate(targets)),
        Mark("path", "line", run.points, "ink"),
        Mark("end", "ring", [run.x], "ink"),
    ]
    what = type(rule).__name__
    return Figure(
        "basins",
        [
            Panel(
                "map",
                Axis(*domain[0], "θ₁"),
                Axis(*domain[1], "θ₂"),
                marks,
                title="each start has the color of its end",
                below=zones(ends.reshape(grid, grid)) + contours(surface, domain),
            )
        ],
        handles=[Handle("start", "map", (start[0], start[1]), "start of the path")],
        controls=controls,
        data={
            "script": path_script(rule, surface),
            "sweep": sweep_script(rule, surface),
            "settings": {n: float(v) for n, v in Graph(rule).settings.items()},
            "bound": bound,
            "steps": steps,
            "grid": grid,
            "targets": [[float(c) for c in m] for m in targets],
            "reach": reach,
            "hues": list(CYCLE[: len(targets)]),
        },
        says=f"{_shares(ends, targets)} {_ending(run.x, run.steps, run.stopped)}",
        name=name or f"basins-{surface.name}-{what.lower()}",
        title=f"Where {what} ends on the {surface.name.replace('_', ' ')}, for each start",
    )


def minima(surface: Landscape) -> list[tuple[float, ...]]:
    """Return the known minima, global ones first."""
    found = list(surface.minimizers)
    for point in surface.stationary:
        if np.linalg.eigvalsh(surface.hessian(point)).min() > 1e-9:
            found.append(point)
    return found


def cells(domain: Sequence[Sequence[float]], grid: int) -> np.ndarray:
    """Return the starts, shape (2, grid²): the middles of the map's cells, row by row."""
    middles = (np.arange(grid) + 0.5) / grid
    (x0, x1), (y0, y1) = domain
    x, y = np.meshgrid(x0 + (x1 - x0) * middles, y1 - (y1 - y0) * middles)
    return np.array([x.ravel(), y.ravel()])


def classes(
    rule: Rule,
    surface: Landscape,
    starts: np.ndarray,
    steps: int,
    targets: Sequence[Sequence[float]],
    reach: float,
) -> np.ndarray:
    """Return the number of the minimum at which each start ends, or why there is none."""
    ends, going = np.full(starts.shape[1], ON_THE_WAY), np.arange(starts.shape[1])
    x, state = starts, rule.start(starts)
    with np.errstate(all="ignore"):
        for t in range(1, steps + 2):
            norm2 = (surface.grad(x) ** 2).sum(axis=0)
            finite = np.isfinite(norm2) & np.isfinite(surface(x)) & np.isfinite(x).all(axis=0)
            calm = norm2 <= 1e-6
            over = ~finite | calm | (t > steps)
            if over.any():
                ends[going[over]] = np.where(finite, _nearest(x, targets, reach), DIVERGED)[over]
                stay = ~over
                x, going = x[:, stay], going[stay]
                state = tuple(s[..., stay] if np.ndim(s) else s for s in state)
            if not going.size:
                break
            x, *rest = rule.update(x, surface.grad(rule.look(x, t, *state)), t, *state)
            state = tuple(rest)
    return ends


def _nearest(x: np.ndarray, targets: Any, reach: float) -> np.ndarray:
    away = np.array([np.hypot(x[0] - a, x[1] - b) for a, b in targets])
    return np.where(away.min(axis=0) <= reach, away.argmin(axis=0), ON_THE_WAY)


def _reach(targets: Sequence[Sequence[float]], domain: Sequence[Sequence[float]]) -> float:
    (x0, x1), (y0, y1) = domain
    distances = [
        float(np.hypot(a[0] - b[0], a[1] - b[1]))
        for k, a in enumerate(targets)
        for b in targets[:k]
    ]
    return min([float(np.hypot(x1 - x0, y1 - y0)) / 5, *distances]) / 4


def _point(point: Sequence[float]) -> str:
    return f"({number(float(point[0]))}, {number(float(point[1]))})"


def _shares(ends: np.ndarray, targets: Sequence[Sequence[float]]) -> str:
    def share(k: int) -> str:
        return f"{np.floor(100 * np.mean(ends == k) + 0.5):.0f}%"

    near = [f"{share(k)} {'end ' * (not k)}near {_point(m)}" for k, m in enumerate(targets)]
    return (
        f"Of {ends.size:,} starts {', '.join(near)}, {share(DIVERGED)} diverge, "
        f"{share(ON_THE_WAY)} are still on their way."
    )


def _ending(end: Sequence[float], steps: int, stopped: str) -> str:
    if stopped == "diverged":
        return f"The one in the ring diverged after {steps} steps."
    return f"The one in the ring is at {_point(end)} after {steps} steps."


def zones(ends: np.ndarray) -> str:
    """Return the map as SVG: for each minimum the cells of its basin, row by row."""
    rows, columns = ends.shape
    width, height = PLOT_WIDTH / columns, PLOT_HEIGHT / rows
    parts: dict[int, list[str]] = {}
    for i, row in enumerate(ends):
        edges = np.flatnonzero(np.diff(row)) + 1
        for a, b in zip([0, *edges], [*edges, columns], strict=True):
            runs = parts.setdefault(int(row[a]), [])
            runs.append(f"M{_short(a * width)} {_short((i + 0.5) * height)}H{_short(b * width)}")
    drawn = []
    for k, runs in sorted(parts.items()):
        if k == ON_THE_WAY:
            continue
        hue = "grey" if k == DIVERGED else CYCLE[k]
        drawn.append(
            f'<path class="line {hue}" stroke="{HUES[hue]}" stroke-width="{_short(height + 0.1)}" '
            f'd="{"".join(runs)}"/>'
        )
    return f'<g class="zones" opacity="0.45">{"".join(drawn)}</g>'


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
