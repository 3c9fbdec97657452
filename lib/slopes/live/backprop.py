"""Back-propagation by hand: one expression as a graph, and the chain rule node by node."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from slopes.live.chord import readable
from slopes.live.draw import BARE_HEIGHT, BARE_WIDTH, Axis, Control, Figure, Mark, Panel, number
from slopes.live.layers import RADIUS, Point, arrow, layout
from slopes.live.operations import Node, graph_of, letter

__all__ = ["backprop"]

#: Into how many parts the ring around a node is divided, and how far from the node it is.
PARTS, GAP = 32, 3.0
#: From how many columns on numbers below 1 have two digits.
NARROW = 6
#: Half the width of a letter in the graph.
LETTER = 3.1


def backprop(
    expression: Any,
    at: Mapping[Any, float],
    *,
    names: Sequence[str] | None = None,
    vary: Mapping[Any, tuple[float, float]] | None = None,
    step: int | None = None,
    name: str = "",
) -> Figure:
    """Return an expression as a graph of operations through which the reader walks backward.

    Below each node stands its value, on each edge the local derivative, and above a node, once
    the walk has reached it, its adjoint: the derivative of the output by this node,

    .. math:: \\bar v = \\sum_{c} \\bar c \\, \\frac{\\partial c}{\\partial v},

    where c runs over the nodes that v feeds. The walk begins at the output, whose adjoint is 1,
    and takes a node when all that it feeds have theirs, so one walk finds the whole gradient.

    Parameters
    ----------
    expression : sympy expression or str
        Of numbers. A string is read in the language of :mod:`slopes.formulas`, never run, and
        its operations stay in the order in which they are written; SymPy sorts them. What occurs
        twice is one node. In SymPy ``Function("sigmoid")(z)``, ``relu`` and ``softplus`` are one
        operation each, and 1 / (1 + exp(−z)) becomes the first; a string knows only that one.
    at : mapping of str or sympy.Symbol to float
        The value of each input at the start.
    names : sequence of str, optional
        Of the operations in the order of evaluation, the output last; by default v₁, v₂ and so
        on.
    vary : mapping of str or sympy.Symbol to (low, high), optional
        Which inputs have sliders, and from where to where; by default all, around zero.
    step : int, optional
        How many nodes have their adjoints at the start; by default all.
    name : str
        An id, unique on its page; by default "backprop".

    Returns
    -------
    Figure

    Raises
    ------
    TypeError
        If the expression is none, or has an operation that is not known.
    ValueError
        If an input has no finite value, a name or a range does not fit, or the graph has more
        than 8 columns or 5 rows.

    Examples
    --------
    >>> backprop("(a*x - y)**2", at={"a": 2, "x": 3, "y": 5}, names=["p", "e", "L"], step=3)
    Live figure: back-propagation through (a·x − y)². You can move: values, \
local derivatives, adjoints, a, x, y, step.
    Step 3 of 6: adjoint of p = adjoint of e × ∂e/∂p = 2 × 1 = 2, because e = p − y.

    An input that feeds two nodes gets a share from each:

    >>> backprop("x*sin(x)", at={"x": 0}).says
    'Step 3 of 3: adjoint of x = adjoint of v₁ × ∂v₁/∂x + adjoint of v₂ × ∂v₂/∂x = 0 × 1 + 1 × 0 \
= 0, because v₁ = sin(x) and v₂ = x · v₁: x feeds 2 nodes, and their shares add. The gradient in x \
is 0.'

    Notes
    -----
    Libraries walk edge by edge and add each share to the node's ``grad`` when it comes; the sum
    is the same. PyTorch keeps adding over calls of ``backward`` until ``zero_grad``, and forgets
    the adjoints of inner nodes unless asked with ``retain_grad``; JAX's ``grad`` returns those of
    the inputs alone. At zero they choose 0 for relu and the absolute value, as here; where two
    arguments of a maximum tie, they give each one half, and here one of them has all.

    References
    ----------
    Griewank and Walther, *Evaluating Derivatives*, 2nd edition, 2008, section 3.2, where adjoints
    have bars and nodes are v₁, v₂ …
    Rumelhart, Hinton and Williams, *Learning representations by back-propagating errors*, 1986.
    """
    values = _values(at)
    nodes, inputs = graph_of(expression, values, names)
    edges = [(a, i) for i, node in enumerate(nodes) for a in node.args]
    halves = [max(float(RADIUS), 3.4 * len(node.label) + 4) for node in nodes]
    words = [LETTER * (len(node.name) + 6) for node in nodes]
    found = layout(halves, words, edges)
    places, columns, routes = found.places, found.columns, found.routes
    order = sorted(range(len(nodes)), key=lambda i: (-columns[i], -places[i][1]))
    count = len(nodes)
    step = count if step is None else step
    if step not in range(count + 1):
        raise ValueError(f"step must be a whole number from 0 to {count}, not {step}")
    reached = order[:step]
    now = passed(nodes, order, [values.get(n.key, 0.0) for n in nodes])
    digits = 3 if max(columns) + 1 < NARROW else 2

    marks = [
        Mark(f"edge{e}", "line", arrow(route), "grey", "thin") for e, route in enumerate(routes)
    ]
    current = reached[-1] if reached else None
    ring = () if current is None else _ring(places[current], halves[current])
    marks += [
        Mark(f"flow{e}", "line", arrow(routes[e]) if a == current else (), "vermilion", "thick")
        for e, (a, _) in enumerate(edges)
    ]
    marks.append(Mark("now", "line", ring, "vermilion", "thick"))
    for e, spot in enumerate(found.spots):
        text = short(now.local[e], digits)
        marks.append(Mark(f"local{e}", "text", [spot], "green", "label", text))
    for i, (node, (x, y)) in enumerate(zip(nodes, places, strict=True)):
        text = f"{node.name}={short(now.value[i], digits)}"
        marks.append(Mark(f"value{i}", "text", [(x, y - RADIUS - 13)], "blue", "label", text))
        text = short(now.adjoint[i], digits) if i in reached else ""
        marks.append(Mark(f"adjoint{i}", "text", [(x, y + RADIUS + 6)], "vermilion", "label", text))
    last = nodes[-1].name
    return Figure(
        "backprop",
        [
            Panel(
                "graph",
                Axis(0, BARE_WIDTH),
                Axis(0, BARE_HEIGHT),
                marks,
                title=f"above v: its adjoint ∂{last}/∂v · below: its value",
                below="".join(map(_drawn, nodes, places, halves)),
                bare=True,
            )
        ],
        controls=[
            Control("show_values", "values", "toggle", True, hue="blue"),
            Control("show_local", "local derivatives", "toggle", True, hue="green"),
            Control("show_adjoints", "adjoints", "toggle", True, hue="vermilion"),
            *_sliders(values, vary),
            Control("step", "step", "play", step, 0, count, "whole"),
        ],
        data={
            "nodes": [
                {
                    "name": n.name,
                    "key": n.key,
                    "value": values.get(n.key),
                    "formula": n.formula,
                    "args": n.args,
                    "script": n.script,
                    "at": [*place, half],
                }
                for n, place, half in zip(nodes, places, halves, strict=True)
            ],
            "edges": [
                {"from": a, "to": b, "points": np.ravel(arrow(route)).tolist(), "at": spot}
                for (a, b), route, spot in zip(edges, routes, found.spots, strict=True)
            ],
            "order": order,
            "inputs": inputs,
            "digits": digits,
        },
        says=says(nodes, edges, order, inputs, step, now),
        name=name or "backprop",
        title=f"back-propagation through {readable(str(expression))}",
    )


# The two passes -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Passed:
    """What both passes have found: values and adjoints of nodes, derivatives along edges."""

    value: list[float]
    local: list[float]
    adjoint: list[float]


def passed(nodes: Sequence[Node], order: Sequence[int], inputs: Sequence[float]) -> Passed:
    """Return values, local derivatives and adjoints.

    Parameters
    ----------
    nodes : sequence of Node
        Each after its arguments.
    order : sequence of int
        The output first, and each node after all that it feeds.
    inputs : sequence of float
        For each node its value, of which only those of inputs count.
    """
    value, local, ends = list(map(float, inputs)), [], []
    with np.errstate(all="ignore"):
        for i, node in enumerate(nodes):
            if node.f is None:
                continue
            found = node.f(*(np.float64(value[a]) for a in node.args))
            value[i], *slopes = (_real(v) for v in found)
            local += slopes
            ends += [(a, i) for a in node.args]
        adjoint = [0.0] * len(nodes)
        for i in order:
            shares = [
                np.float64(adjoint[c]) * s for (a, c), s in zip(ends, local, strict=True) if a == i
            ]
            adjoint[i] = float(sum(shares)) if shares else 1.0
    return Passed(value, local, adjoint)


def _real(value: Any) -> float:
    return float(np.real(value)) if np.isreal(value) else math.nan


def told(value: float, digits: int = 3) -> str:
    """Write a number, or a word where there is none.

    Examples
    --------
    >>> told(0.5), told(-math.inf), told(math.nan)
    ('0.5', '−infinite', 'no number')
    """
    if math.isnan(value):
        return "no number"
    if math.isinf(value):
        return "infinite" if value > 0 else "−infinite"
    return number(value, digits)


def short(value: float, digits: int = 3) -> str:
    """Write a number with few letters, for a place in the graph; below 1 with so many digits.

    Examples
    --------
    >>> short(0.12345), short(0.12345, 2), short(-12.345, 2)
    ('0.123', '0.12', '−12.3')
    >>> short(-0.0012345), short(1.2345e-5), short(123456)
    ('−0.0012', '10⁻⁵', '10⁵')
    """
    size = abs(value)
    if size and not 1e-3 <= size < 1e4:
        digits = 1
    elif size < 1e-2:
        digits = 2
    elif size >= 1:
        digits = 3
    return told(value, digits)


def says(
    nodes: Sequence[Node],
    edges: Sequence[tuple[int, int]],
    order: Sequence[int],
    inputs: Sequence[int],
    step: int,
    found: Passed,
) -> str:
    """Return what the present step does, in words."""
    out, count = nodes[order[0]].name, len(nodes)

    def listed(places: Sequence[int], numbers: Sequence[float]) -> str:
        sides = [nodes[i].name for i in places], [told(numbers[i]) for i in places]
        return " is ".join(f"({', '.join(s)})" if len(s) > 1 else s[0] for s in sides)

    if step == 0:
        return (
            f"Forward, {listed(inputs, found.value)}, so {out} = {told(found.value[order[0]])}. "
            f"No adjoint is known yet: step 1 is the output's."
        )
    i = order[step - 1]
    name = nodes[i].name
    words = f"Step {step} of {count}: "
    if step == 1:
        words += f"the adjoint of the output {out} is 1, because ∂{out}/∂{out} = 1."
    else:
        fed = [(e, c) for e, (a, c) in enumerate(edges) if a == i]
        rule = " + ".join(f"adjoint of {nodes[c].name} × ∂{nodes[c].name}/∂{name}" for _, c in fed)
        shares = " + ".join(
            f"{_within(found.adjoint[c], k > 0)} × {_within(found.local[e])}"
            for k, (e, c) in enumerate(fed)
        )
        reasons = " and ".join(f"{nodes[c].name} = {nodes[c].formula}" for _, c in fed)
        words += f"adjoint of {name} = {rule} = {shares} = {told(found.adjoint[i])}"
        words += f", because {reasons}"
        words += f": {name} feeds {len(fed)} nodes, and their shares add." * (len(fed) > 1) or "."
    if step == count:
        words += f" The gradient in {listed(inputs, found.adjoint)}."
    return words


def _within(value: float, parentheses: bool = True) -> str:
    text = told(value)
    return f"({text})" if parentheses and text.startswith("−") else text


def _values(at: Any) -> dict[str, float]:
    if not isinstance(at, Mapping):
        raise TypeError(f"at must say where to start, such as {{'w': 0.5, 'x': 2}}, not {at!r}")
    values = {}
    for key, value in at.items():
        name = str(key)
        if not re.fullmatch(r"[^\W\d_]\w*", name):
            raise ValueError(f"an input's name is a letter, then letters or digits, not {name!r}")
        if name in ("step", "show_values", "show_local", "show_adjoints"):
            raise ValueError(f"the figure has a {name} of its own: call the input something else")
        try:
            values[name] = float(value)
        except (TypeError, ValueError):
            raise ValueError(f"the value of {name} must be a number, not {value!r}") from None
        if not math.isfinite(values[name]):
            raise ValueError(f"the value of {name} must be finite, not {value!r}")
    return values


def _sliders(values: Mapping[str, float], vary: Any) -> list[Control]:
    if vary is None:
        reach = {n: max(2.0, 2 * abs(v)) for n, v in values.items()}
        vary = {n: (-r, r) for n, r in reach.items()}
    controls = []
    for key, limits in vary.items():
        name = str(key)
        if name not in values:
            raise ValueError(f"there is no input {name!r} to vary: inputs are {', '.join(values)}")
        try:
            low, high = map(float, limits)
        except (TypeError, ValueError):
            raise ValueError(
                f"the range of {name} must be a pair of numbers, such as (-2, 2), not {limits!r}"
            ) from None
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ValueError(f"the range of {name} must be low < high, both finite, not {limits}")
        controls.append(Control(name, letter(name), "range", values[name], low, high))
    return controls


# Drawing --------------------------------------------------------------------------------------


def _ring(place: Point, half: float) -> np.ndarray:
    """Return the ring around a node."""
    angles = 2 * np.pi * np.arange(PARTS + 1) / PARTS
    across, up = (half + GAP) * np.cos(angles), (RADIUS + GAP) * np.sin(angles)
    return np.column_stack([place[0] + across, place[1] + up])


def _drawn(node: Node, place: Point, half: float) -> str:
    """Return a node's shape, round for operations and square for inputs, with its label."""
    x, y = place[0], BARE_HEIGHT - place[1]
    corner = RADIUS if node.args else 3
    said = f"{node.name} = {node.formula}" if node.args else f"{node.name}, an input"
    return (
        f'<g><title>{html.escape(said)}</title><rect class="node" fill="#fff" stroke="#6B6B6B" '
        f'x="{x - half:g}" y="{y - RADIUS:g}" width="{2 * half:g}" height="{2 * RADIUS}" '
        f'rx="{corner}"/><text class="words" fill="#333" x="{x:g}" y="{y + 4:g}" '
        f'text-anchor="middle">{html.escape(node.label)}</text></g>'
    )
