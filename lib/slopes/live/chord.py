"""Convexity by hand: a chord between two points of a graph, and a tangent."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from slopes.live.draw import (
    PLOT_HEIGHT,
    PLOT_WIDTH,
    Axis,
    Control,
    Figure,
    Handle,
    Mark,
    Panel,
    number,
)
from slopes.symbolic import javascript_expression

if TYPE_CHECKING:
    import sympy as sp

__all__ = ["chord"]

#: Into how many parts a chord is divided, and the graph under a tangent.
PARTS = 200
#: How far a gap must be below zero to count, relative to the function's size or 1.
TOL = 1e-9

Function = Callable[[Any], np.ndarray]


def chord(
    expression: sp.Expr,
    variable: sp.Symbol,
    *,
    domain: tuple[float, float],
    ends: Sequence[float] | None = None,
    t: float = 0.5,
    tangent: bool = False,
    at: float | None = None,
    name: str = "",
) -> Figure:
    """Return a graph with a chord between two points that the reader drags along it.

    Where the chord lies above the graph the space between them is green, where it lies below,
    and so disproves convexity, vermilion. It is looked at in 201 places.

    Parameters
    ----------
    expression : sympy expression
        A function of one variable, finite in the whole domain.
    variable : sympy.Symbol
    domain : (low, high)
    ends : pair of float, optional
        The points x and y at the start.
    t : float
        The chord's point is t x + (1 − t) y, as in the definition.
    tangent : bool
        Whether a second panel shows the tangent at a third point z. At a kink it is that of the
        right side.
    at : float, optional
        The point z at the start.
    name : str
        An id, unique on its page.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError
        If the expression has other symbols, or a function that JavaScript lacks.
    ValueError
        If the domain is no interval, the function is not finite in it, a point lies outside,
        or t is not between 0 and 1.

    Examples
    --------
    >>> import sympy as sp
    >>> u = sp.Symbol("u")
    >>> chord(u**2, u, domain=(-2, 2), ends=(-1, 1.5))
    Live figure: a chord of the graph of u². You can move: x, one end of the chord, \
y, the other end of the chord, share t of x.
    At t = 0.5 the chord is 1.56 above the graph. It is nowhere below: this chord is no witness \
against convexity.
    """
    import sympy as sp

    low, high = _interval(domain)
    width = high - low
    x, y = (low + 0.15 * width, low + 0.85 * width) if ends is None else map(float, ends)
    z = low + 0.35 * width if at is None else float(at)
    for what, point in {"x": x, "y": y, "z": z}.items():
        if not low <= point <= high:
            raise ValueError(
                f"the point {what} = {point:g} is outside the domain, {low:g} to {high:g}"
            )
    if not 0 <= t <= 1:
        raise ValueError(f"t is the share of x, between 0 and 1, not {t:g}")
    # A real symbol, so that |u| has a derivative; pieces, so that its derivative has numbers.
    real = sp.Symbol("u", real=True)
    shown = sp.sympify(expression)
    if others := shown.free_symbols - {variable}:
        names = ", ".join(sorted(map(str, others)))
        raise TypeError(
            f"{shown} must be a function of {variable} alone, so {names} is unknown: put a "
            "number in with subs"
        )
    pieces = shown.subs(variable, real)
    value = javascript_expression(pieces, [real])
    f = _function(pieces, real)
    everywhere = np.linspace(low, high, 2 * PARTS + 1)
    heights = f(everywhere)
    if not np.isfinite(heights).all():
        where = everywhere[~np.isfinite(heights)][0]
        raise ValueError(
            f"{shown} is not finite at {variable} = {where:g}: choose a domain without that point"
        )
    slope, slope_script = None, None
    if tangent:
        steep = pieces.rewrite(sp.Piecewise).diff(real)
        slope_script, slope = javascript_expression(steep, [real]), _function(steep, real)
    letter = sp.pretty(variable, use_unicode=True)
    marks, says = scene(f, slope, (low, high), letter, x, y, t, z)
    room = 0.14 * (float(np.ptp(heights)) or 1.0)
    across = Axis(low, high, letter)
    up = Axis(float(heights.min()) - room, float(heights.max()) + room, f"f({letter})")
    left, above = 3.5 * width / PLOT_WIDTH, 12 * (up.high - up.low) / PLOT_HEIGHT
    graph = np.column_stack([everywhere, heights])

    def letters(point: str, u: float) -> Mark:
        within = min(max(u - left, low + left), high - 3 * left)
        where = [(within, _height(f, u) + above)]
        return Mark(f"letter_{point}", "text", where, "ink", text=point)

    def drawn(mark: str, kind: str, hue: str, style: str = "") -> Mark:
        return Mark(mark, kind, marks[mark], hue, style)

    panels = [
        Panel(
            "chord",
            across,
            up,
            [
                drawn("over", "area", "green"),
                drawn("under", "area", "vermilion"),
                Mark("graph", "line", graph, "blue", "thick"),
                drawn("chord", "line", "ink"),
                drawn("gap", "line", "green", "thick"),
                drawn("broken", "line", "vermilion", "thick"),
                drawn("point", "dots", "ink"),
                letters("x", x),
                letters("y", y),
            ],
            title="chord from x to y",
        )
    ]
    handles = [
        Handle("x", "chord", (x, _height(f, x)), "x, one end of the chord", "x"),
        Handle("y", "chord", (y, _height(f, y)), "y, the other end of the chord", "x"),
    ]
    if tangent:
        panels.append(
            Panel(
                "tangent",
                across,
                up,
                [
                    drawn("below", "area", "green"),
                    drawn("above", "area", "vermilion"),
                    Mark("graph2", "line", graph, "blue", "thick"),
                    drawn("tangent", "line", "ink"),
                    drawn("worst", "line", "vermilion", "thick"),
                    letters("z", z),
                ],
                title="tangent at z",
            )
        )
        handles.append(Handle("z", "tangent", (z, _height(f, z)), "z, where the tangent is", "x"))
    words = _words(shown, variable, letter)
    return Figure(
        "chord",
        panels,
        handles=handles,
        controls=[Control("t", "share t of x", "range", float(t), 0.0, 1.0)],
        data={"value": value, "slope": slope_script, "letter": letter},
        says=says,
        name=name or "chord",
        title=f"a chord{' and a tangent' * tangent} of the graph of {words}",
    )


def scene(
    f: Function,
    slope: Function | None,
    domain: tuple[float, float],
    letter: str,
    x: float,
    y: float,
    t: float,
    z: float,
) -> tuple[dict[str, np.ndarray], str]:
    """Return what is drawn, by the names of the marks, and the summary."""
    p, q = min(x, y), max(x, y)
    fx, fy, fp, fq = f(np.array([x, y, p, q]))
    shares = np.arange(PARTS + 1) / PARTS
    places = p + shares * (q - p)
    graph, line = f(places), fp + shares * (fq - fp)
    tol = TOL * (1 + float(np.abs(graph).max()))
    middle = t * x + (1 - t) * y
    here, on = float(f(np.array([middle]))[0]), float(t * fx + (1 - t) * fy)
    gap = on - here
    line_ = np.array([[middle, here], [middle, on]])
    none = np.empty((0, 2))
    marks = {
        "over": _between(places, np.maximum(line, graph), graph),
        "under": _between(places, np.minimum(line, graph), graph),
        "chord": np.array([[x, fx], [y, fy]]),
        "gap": line_ if gap >= -tol else none,
        "broken": line_ if gap < -tol else none,
        "point": np.array([[middle, on]]),
    }
    if p == q:
        says = "x and y are one point: pull them apart to draw a chord."
    else:
        says = f"At t = {number(t)} the chord {_place(gap, tol)}."

        def under(u: float) -> bool:
            share = (u - p) / (q - p)
            return float(fp + share * (fq - fp) - f(np.array([u]))[0]) < -tol

        zones = _zones(places, line - graph < -tol, under)
        says += (
            f" It is below the graph {_where(zones, letter)}: a witness that f is not convex."
            if zones
            else " It is nowhere below: this chord is no witness against convexity."
        )
    if slope is not None:
        more, words = _tangent(f, slope, domain, letter, z)
        marks, says = marks | more, f"{says} {words}"
    return marks, says


def _tangent(
    f: Function, slope: Function, domain: tuple[float, float], letter: str, z: float
) -> tuple[dict[str, np.ndarray], str]:
    low, high = domain
    places = low + np.arange(PARTS + 1) / PARTS * (high - low)
    graph = f(places)
    fz, rise = float(f(np.array([z]))[0]), float(slope(np.array([z]))[0])
    none = np.empty((0, 2))
    if not np.isfinite(rise):
        words = f"At z = {number(z)} the graph has no slope, so there is no tangent."
        return dict.fromkeys(("below", "above", "tangent", "worst"), none), words
    line = fz + rise * (places - z)
    tol = TOL * (1 + float(np.abs(graph).max()) + abs(rise) * (high - low))
    gaps = graph - line

    def under(u: float) -> bool:
        return float(f(np.array([u]))[0] - (fz + rise * (u - z))) < -tol

    zones = _zones(places, gaps < -tol, under)
    worst = int(gaps.argmin())
    marks = {
        "below": _between(places, np.minimum(line, graph), graph),
        "above": _between(places, np.maximum(line, graph), graph),
        "tangent": np.array([[low, line[0]], [high, line[-1]]]),
        "worst": np.array([[places[worst]] * 2, [graph[worst], line[worst]]]).T if zones else none,
    }
    words = f"The tangent at z = {number(z)} is "
    words += (
        f"above the graph {_where(zones, letter)}, by up to {number(-gaps[worst])}: a witness."
        if zones
        else "nowhere above the graph: no witness either."
    )
    return marks, words


def _place(gap: float, tol: float) -> str:
    if abs(gap) <= tol:
        return "meets the graph"
    return f"is {number(abs(gap))} {'above' if gap > 0 else 'below'} the graph"


def _where(zones: Sequence[tuple[float, float]], letter: str) -> str:
    if len(zones) > 2:
        return f"in {len(zones)} places"
    parts = (f"from {number(a)} to {number(b)}" for a, b in zones)
    return f"for {letter} {' and '.join(parts)}"


def _between(places: np.ndarray, line: np.ndarray, graph: np.ndarray) -> np.ndarray:
    """Return the outline of what lies between a line and the graph."""
    there, back = np.column_stack([places, line]), np.column_stack([places, graph])
    return np.concatenate([there, back[::-1]])


def _zones(
    places: np.ndarray, under: np.ndarray, test: Callable[[float], bool]
) -> list[tuple[float, float]]:
    """Return the intervals where a test holds, their ends found by halving."""

    def edge(inside: float, outside: float) -> float:
        for _ in range(40):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if test(middle) else (inside, middle)
        return inside

    zones: list[tuple[float, float]] = []
    last = len(places) - 1
    for k in range(last + 1):
        if under[k] and (k == 0 or not under[k - 1]):
            begin = places[0] if k == 0 else edge(places[k], places[k - 1])
        if under[k] and (k == last or not under[k + 1]):
            end = places[last] if k == last else edge(places[k], places[k + 1])
            # Where a tangent touches a dome it is not above; that one point divides nothing.
            if zones and begin - zones[-1][1] < (places[last] - places[0]) / 1000:
                begin, _ = zones.pop()
            zones.append((float(begin), float(end)))
    return zones


def _words(expression: Any, variable: Any, letter: str) -> str:
    """Write a formula in a line of text."""
    return readable(str(expression.subs(variable, variable.func(letter))))


def readable(text: str) -> str:
    """Write a formula of the program with the signs of a text, unless it has other powers.

    Examples
    --------
    >>> readable("2*u**3 - u"), readable("u**-1")
    ('2·u³ − u', 'u**-1')
    """
    text = re.sub(r"\*\*([2-9])(?!\d)", lambda m: "²³⁴⁵⁶⁷⁸⁹"[int(m[1]) - 2], text)
    return text if "**" in text else text.replace("*", "·").replace("-", "−")


def _function(expression: Any, variable: Any) -> Function:
    import sympy as sp

    compiled = sp.lambdify([variable], expression, "numpy")

    def f(points: Any) -> np.ndarray:
        points = np.asarray(points, float)
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(compiled(points), float), points.shape)

    return f


def _height(f: Function, x: float) -> float:
    """Return how high a handle stands; eight digits, so that both languages say the same."""
    return float(f"{float(f(np.array([x]))[0]):.8g}")


def _interval(domain: Any) -> tuple[float, float]:
    try:
        low, high = map(float, domain)
    except (TypeError, ValueError):
        raise ValueError(
            f"domain must be a pair of numbers, such as (-2, 2), not {domain!r}"
        ) from None
    if not (np.isfinite([low, high]).all() and low < high):
        raise ValueError(f"domain must be low < high, both finite, not {low:g}, {high:g}")
    return low, high
