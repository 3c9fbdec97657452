"""Gradient and Hessian by hand: the level set through a point, its tangent, and a slice."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from slopes.landscapes import Landscape
from slopes.live.draw import (
    PLOT_HEIGHT,
    PLOT_WIDTH,
    Axis,
    Control,
    Figure,
    Handle,
    Mark,
    Panel,
    contours,
    number,
)
from slopes.symbolic import javascript_expression

__all__ = ["level"]

#: Into how many parts a slice is divided; a curve's longest step and largest turn at one step.
PARTS = 120
STRIDE, TURN = 1.5, 0.4
#: The most points of a curve on each side, and how far outside the map it is followed.
MOST, AWAY = 1500, 60.0
#: The gradient's arrow, in units of the picture: its greatest length, its head.
ARROW, HEAD = 90.0, 9.0
#: Below this, relative to its size, a number is zero.
TOL = 1e-9

Terms = Callable[[float, float], tuple[float, float, float]]


def level(
    surface: Landscape,
    *,
    at: Sequence[float] | None = None,
    angle: float = 30.0,
    domain: Sequence[tuple[float, float]] | None = None,
    heights: tuple[float, float] | None = None,
    name: str = "",
) -> Figure:
    """Return a map with a point to drag: its gradient, the level set through it, and two models.

    The plane, made of the gradient, has the tangent as its level set; the quadratic model, made
    of gradient and Hessian, has an ellipse, a hyperbola or a parabola. A second panel cuts surface
    and models along a direction that the reader turns.

    Parameters
    ----------
    surface : Landscape
        Of two variables, finite on the map.
    at : pair of float, optional
        The point at the beginning; by default the surface's start.
    angle : float
        The direction of the cut at the beginning, in degrees from the first axis.
    domain : two pairs of float, optional
        What must be on the map; by default the surface's own domain. One side is widened, so that
        both axes have the same scale and right angles look right.
    heights : (low, high), optional
        The heights that the cut shows; by default nine tenths of those on the map.
    name : str
        An id, unique on its page; by default made of the surface's name.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError
        If the surface has not two variables, or JavaScript lacks one of its functions.
    ValueError
        If the surface is not finite on the map, the point lies outside, the direction is not
        between -180 and 180 degrees, or a range is none.

    Examples
    --------
    >>> from slopes import landscapes
    >>> level(landscapes.bowl(1, 4), at=(1, 1), angle=90)
    Live figure: the level set through a point of the bowl. You can move: the point, \
surface, plane (gradient), quadratic model (gradient and Hessian), direction φ.
    The gradient (1, 4) points 76° from the first axis, up a slope of 4.12; along φ = 90° the \
slope is 4. The Hessian's eigenvalues are 1 and 4: the model's level set is an ellipse.
    """
    if not isinstance(surface, Landscape) or len(surface.variables) != 2:
        raise TypeError(
            "a figure of level sets needs a landscape of two variables, such as "
            f"landscapes.himmelblau(), not {surface!r}"
        )
    x, y = _even(surface.domain if domain is None else domain)
    point = tuple(map(float, surface.start if at is None else at))
    if len(point) != 2 or not (x[0] <= point[0] <= x[1] and y[0] <= point[1] <= y[1]):
        raise ValueError(
            f"the point {point} is outside the map, {x[0]:g} to {x[1]:g} by {y[0]:g} to {y[1]:g}"
        )
    if not -180 <= angle <= 180:
        raise ValueError(f"the direction is between -180 and 180 degrees, not {angle:g}")
    grid = np.array(np.meshgrid(np.linspace(*x, 41), np.linspace(*y, 41)))
    with np.errstate(all="ignore"):
        z, steepness = np.asarray(surface(grid)), np.linalg.norm(surface.grad(grid), axis=0)
    if not (np.isfinite(z).all() and np.isfinite(steepness).all()):
        raise ValueError(
            f"{surface.name} is not finite everywhere on the map, {x[0]:g} to {x[1]:g} by "
            f"{y[0]:g} to {y[1]:g}: choose a smaller domain"
        )
    low, high = _heights(z, heights)
    typical = float(f"{float(np.median(steepness)) or 1.0:.3g}")
    reach = float(f"{min(x[1] - x[0], y[1] - y[0]) / 2:.3g}")
    box = (x, y)
    slopes = [surface.expression.diff(v) for v in surface.variables]
    second = [slopes[0].diff(v) for v in surface.variables] + [slopes[1].diff(surface.variables[1])]
    first = [surface.expression, *slopes]
    marks, says = scene(surface, box, reach, typical, (point[0], point[1]), float(angle))

    def drawn(mark: str, kind: str, hue: str, style: str = "") -> Mark:
        return Mark(mark, kind, marks[mark], hue, style)

    return Figure(
        "level",
        [
            Panel(
                "map",
                Axis(*x, "θ₁"),
                Axis(*y, "θ₂"),
                [
                    drawn("direction", "line", "purple", "thin"),
                    drawn("ahead", "dots", "purple"),
                    drawn("level", "line", "blue", "thick"),
                    drawn("tangent", "line", "vermilion", "dashed"),
                    drawn("model", "line", "green"),
                    drawn("branch", "line", "green"),
                    drawn("centre", "cross", "green"),
                    drawn("gradient", "line", "vermilion", "thick"),
                ],
                below=contours(surface, box),
            ),
            Panel(
                "cut",
                Axis(-1.04 * reach, 1.04 * reach, "distance from the point, along φ"),
                Axis(low, high, "height J"),
                [
                    drawn("cut", "line", "blue", "thick"),
                    drawn("line", "line", "vermilion", "dashed"),
                    drawn("parabola", "line", "green"),
                    drawn("here", "ring", "ink"),
                    drawn("end", "dots", "purple"),
                ],
            ),
        ],
        handles=[Handle("point", "map", (point[0], point[1]), "the point")],
        controls=[
            Control("on_surface", "surface", "toggle", True, hue="blue"),
            Control("on_plane", "plane (gradient)", "toggle", True, hue="vermilion"),
            Control(
                "on_model",
                "quadratic model (gradient and Hessian)",
                "toggle",
                True,
                hue="green",
            ),
            Control("angle", "direction φ", "range", float(angle), -180.0, 180.0),
        ],
        data={
            "first": javascript_expression(first, surface.variables),
            "second": javascript_expression(second, surface.variables),
            "reach": reach,
            "typical": typical,
        },
        says=says,
        name=name or f"{surface.name}-level",
        title=f"the level set through a point of the {surface.name.replace('_', ' ')}",
    )


def scene(
    surface: Landscape,
    box: tuple[tuple[float, float], tuple[float, float]],
    reach: float,
    typical: float,
    point: tuple[float, float],
    angle: float,
) -> tuple[dict[str, np.ndarray], str]:
    """Return what is drawn, by the names of the marks, and the summary."""
    (low, high), _ = box
    unit = (high - low) / PLOT_WIDTH
    x, y = point

    def terms(s: float, t: float) -> tuple[float, float, float]:
        with np.errstate(all="ignore"):
            slope, other = surface._grad((s, t))
            return float(surface._value((s, t))), float(slope), float(other)

    (a, b), (_, c) = surface.hessian([x, y]).tolist()
    value, g, h = terms(x, y)
    steep = math.hypot(g, h)
    spread = math.hypot((a - c) / 2, b)
    curvatures = [(a + c) / 2 - spread, (a + c) / 2 + spread]
    large = max(map(abs, curvatures))
    flat = not steep * unit > TOL * typical * unit

    def model(s: float, t: float) -> tuple[float, float, float]:
        u, v = s - x, t - y
        p, q = a * u + b * v, b * u + c * v
        return g * u + h * v + (u * p + v * q) / 2, g + p, h + q

    none = np.empty((0, 2))
    marks = dict.fromkeys(("level", "tangent", "model", "branch", "centre", "gradient"), none)
    if not flat:
        marks["level"] = _level_set(terms, value, point, box, unit)
        marks["model"] = _level_set(model, 0.0, point, box, unit)
        far = 2 * (high - low) / steep
        marks["tangent"] = np.array([[x - h * far, y + g * far], [x + h * far, y - g * far]])
        marks["gradient"] = _arrow(point, (g / steep, h / steep), steep, typical, unit)
    det = a * c - b * b
    if abs(det) > TOL * large**2:
        middle = (x - (c * g - b * h) / det, y - (a * h - b * g) / det)
        marks["centre"] = np.array([middle])
        other = (2 * middle[0] - x, 2 * middle[1] - y)
        if det < 0 and not flat and _near(other, box, unit):
            marks["branch"] = _level_set(model, 0.0, other, box, unit)
    turn = math.radians(angle)
    e, f = math.cos(turn), math.sin(turn)
    slope, bend = g * e + h * f, a * e * e + 2 * b * e * f + c * f * f
    ts = -reach + 2 * reach * np.arange(PARTS + 1) / PARTS
    with np.errstate(all="ignore"):
        cut = np.asarray(surface(np.array([x + ts * e, y + ts * f])), float)
    marks |= {
        "direction": np.array([[x - reach * e, y - reach * f], [x + reach * e, y + reach * f]]),
        "ahead": np.array([[x + reach * e, y + reach * f]]),
        "cut": np.column_stack([ts, cut]),
        "line": np.array([[-reach, value - reach * slope], [reach, value + reach * slope]]),
        "parabola": np.column_stack([ts, value + ts * slope + ts * ts * bend / 2]),
        "here": np.array([[0.0, value]]),
        "end": np.array([[reach, cut[-1]]]),
    }
    g, h, slope = (_clean(v, steep) for v in (g, h, slope))
    small, big = (_clean(v, large) for v in curvatures)
    if flat:
        words = "The gradient is zero here: the point is flat, and no direction is steepest."
        kind = "nothing is left to draw"
    else:
        way = math.floor(math.degrees(math.atan2(h, g)) + 0.5)
        words = (
            f"The gradient ({number(g)}, {number(h)}) points {number(way)}° from the first axis, "
            f"up a slope of {number(steep)}; along φ = {number(angle)}° the slope is "
            f"{number(slope)}."
        )
        kind = f"the model's level set is {_conic(small, big)}"
    return marks, (
        f"{words} The Hessian's eigenvalues are {number(small)} and {number(big)}: {kind}."
    )


def _conic(small: float, big: float) -> str:
    if small * big > 0:
        return "an ellipse"
    if small * big < 0:
        return "a hyperbola"
    return "a parabola" if small or big else "the tangent itself"


def _clean(value: float, size: float) -> float:
    return value if abs(value) > TOL * size else 0.0


def _near(
    at: tuple[float, float], box: tuple[tuple[float, float], tuple[float, float]], unit: float
) -> bool:
    return all(
        low - AWAY * unit <= v <= high + AWAY * unit for v, (low, high) in zip(at, box, strict=True)
    )


def _level_set(
    terms: Terms,
    height: float,
    start: tuple[float, float],
    box: tuple[tuple[float, float], tuple[float, float]],
    unit: float,
) -> np.ndarray:
    """Follow a level set from a point on it, first one way, then the other unless it closes."""
    ways: list[list[tuple[float, float]]] = []
    for way in (1.0, -1.0):
        points, closed = _walk(terms, height, start, box, unit, way)
        ways.append(points)
        if closed:
            break
    back = ways[1][::-1] if len(ways) > 1 else []
    return np.array([*back, start, *ways[0]])


def _walk(
    terms: Terms,
    height: float,
    start: tuple[float, float],
    box: tuple[tuple[float, float], tuple[float, float]],
    unit: float,
    way: float,
) -> tuple[list[tuple[float, float]], bool]:
    """Step along the tangent and return to the level by Newton's method, again and again."""
    x, y = start
    _, g, h = terms(x, y)
    size = math.hypot(g, h)
    u, v = -way * h / size, way * g / size
    stride, points = STRIDE, list[tuple[float, float]]()
    while len(points) < MOST:
        while True:
            s, t = x + stride * unit * u, y + stride * unit * v
            for _ in range(3):
                value, g, h = terms(s, t)
                size = g * g + h * h
                if not size > 0:
                    return points, False
                s, t = s - (value - height) * g / size, t - (value - height) * h / size
            _, g, h = terms(s, t)
            size = math.hypot(g, h)
            cosine = way * (g * v - h * u) / size if size > 0 else -1.0
            gone = math.hypot(s - x, t - y) / unit
            if cosine > math.cos(TURN) and gone < 1.5 * stride:
                break
            stride /= 2
            if stride < STRIDE / 256:
                return points, False
        x, y, u, v = s, t, -way * h / size, way * g / size
        away = math.hypot(x - start[0], y - start[1]) / unit
        if len(points) > 2 and away < 0.6 * stride:
            return [*points, start], True
        points.append((x, y))
        if not _near((x, y), box, unit):
            break
        stride = min(STRIDE, 1.5 * stride)
    return points, False


def _arrow(
    point: tuple[float, float],
    way: tuple[float, float],
    steep: float,
    typical: float,
    unit: float,
) -> np.ndarray:
    """Return an arrow that grows with the slope, but never out of the picture."""
    length = (HEAD + (ARROW - HEAD) * steep / (steep + typical)) * unit
    (x, y), (u, v) = point, way
    s, t = x + length * u, y + length * v
    back, side = HEAD * unit, 0.5 * HEAD * unit
    left = (s - back * u - side * v, t - back * v + side * u)
    right = (s - back * u + side * v, t - back * v - side * u)
    return np.array([point, (s, t), left, (s, t), right])


def _even(domain: Any) -> tuple[tuple[float, float], tuple[float, float]]:
    """Widen one side, so that a unit is as long across as it is upward."""
    try:
        (x0, x1), (y0, y1) = ((float(a), float(b)) for a, b in domain)
    except (TypeError, ValueError):
        raise ValueError(
            f"domain must be two pairs of numbers, such as ((-2, 2), (-2, 2)), not {domain!r}"
        ) from None
    if not (np.isfinite([x0, x1, y0, y1]).all() and x0 < x1 and y0 < y1):
        raise ValueError(f"domain must be two pairs low < high, all finite, not {domain!r}")
    unit = max((x1 - x0) / PLOT_WIDTH, (y1 - y0) / PLOT_HEIGHT)
    across, up = (unit * PLOT_WIDTH - (x1 - x0)) / 2, (unit * PLOT_HEIGHT - (y1 - y0)) / 2
    return (x0 - across, x1 + across), (y0 - up, y1 + up)


def _heights(z: np.ndarray, heights: tuple[float, float] | None) -> tuple[float, float]:
    if heights is None:
        low, high = float(z.min()), float(np.quantile(z, 0.9))
        room = 0.08 * (high - low or 1.0)
        return float(f"{low - room:.3g}"), float(f"{high + room:.3g}")
    low, high = map(float, heights)
    if not (np.isfinite([low, high]).all() and low < high):
        raise ValueError(f"heights must be low < high, both finite, not {heights!r}")
    return low, high
