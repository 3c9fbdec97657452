"""What live figures are made of: panels with axes, marks in them, handles and controls.

Python draws a figure once, as SVG; `explore.js` finds the same marks and moves them. Axes never
change while a figure lives, so the script draws none.
"""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context
from typing import Any

import numpy as np

from slopes.landscapes import Landscape

__all__ = ["Axis", "Control", "Figure", "Handle", "Mark", "Panel", "contours", "html_of", "number"]

#: Colours by name, with what they are on white paper: the palette of ``slopes.plots``.
HUES = {
    "blue": "#0072B2",
    "vermilion": "#D55E00",
    "green": "#009E73",
    "purple": "#AA4499",
    "orange": "#B07A00",
    "sky": "#4490C4",
    "grey": "#6B6B6B",
}
#: Where letters need more than a line does, to be read on white.
LETTERS = HUES | {"vermilion": "#C25400", "green": "#00855F", "orange": "#9C6C00", "sky": "#357AA9"}
#: A panel and the margins around what it shows, in units of its picture.
WIDTH, HEIGHT = 340, 300
LEFT, RIGHT, TOP, BOTTOM = 48, 10, 26, 40
#: Farther out than this nothing is drawn: a path that diverges leaves the picture, not the screen.
FAR = 5000.0

_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def number(value: float, digits: int = 3) -> str:
    """Write a number for a reader: three digits, powers of ten where it is very small or large.

    Examples
    --------
    >>> number(0.123456), number(31.0), number(2.5e-9), number(-1e5)
    ('0.123', '31', '2.5·10⁻⁹', '−10⁵')
    >>> number(1234.0), number(0.3125)
    ('1230', '0.313')
    """
    if not math.isfinite(value):
        return "not finite"
    sign = "−" if value < 0 else ""
    size = rounded(abs(value), digits)
    mantissa, _, exponent = f"{size:.{digits - 1}e}".partition("e")
    if value == 0 or -4 < int(exponent) < 4:
        return sign + f"{size:.12g}"
    mantissa = mantissa.rstrip("0").rstrip(".")
    power = "10" + str(int(exponent)).translate(_SUPERSCRIPT)
    return sign + (power if mantissa == "1" else f"{mantissa}·{power}")


def rounded(value: float, digits: int) -> float:
    """Round as JavaScript does, halves up: 0.3125 is 0.313, where Python would write 0.312."""
    return float(Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(float(value)))


@dataclass(frozen=True)
class Axis:
    """A range of numbers along one side of a panel.

    Attributes
    ----------
    low, high : float
    label : str
        With a unit where there is one.
    scale : {'linear', 'log'}
    ticks : sequence of float, optional
        By default round numbers.
    """

    low: float
    high: float
    label: str = ""
    scale: str = "linear"
    ticks: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.scale not in ("linear", "log"):
            raise ValueError(f"scale must be 'linear' or 'log', not {self.scale!r}")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"an axis needs low < high, both finite, not {self.low}, {self.high}")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"a logarithmic axis begins above zero, not at {self.low}")

    def place(self, values: Any) -> np.ndarray:
        """Return where values are, from 0 at the low end to 1 at the high end."""
        values = np.asarray(values, float)
        if self.scale == "linear":
            return (values - self.low) / (self.high - self.low)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log10(values)  # zero and less are far below
        logs = np.where(values > 0, logs, -np.inf)
        return (logs - math.log10(self.low)) / math.log10(self.high / self.low)

    def numbers(self) -> list[float]:
        """Return the numbers to write along the axis: three to seven round ones."""
        if self.ticks is not None:
            return list(self.ticks)
        if self.scale == "log":
            lowest = math.ceil(math.log10(self.low) - 1e-9)
            highest = math.floor(math.log10(self.high) + 1e-9)
            every = max(1, math.ceil((highest - lowest) / 5))
            return [10.0**k for k in range(highest, lowest - 1, -every)][::-1]
        rough = (self.high - self.low) / 5
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(k * power for k in (1, 2, 2.5, 5, 10) if k * power >= rough * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [round(k * step, 12) for k in range(first, last + 1)]


@dataclass(frozen=True)
class Mark:
    """Something drawn in a panel.

    Attributes
    ----------
    name : str
        Under which ``explore.js`` finds it; unique within the figure.
    kind : {'line', 'dots', 'area', 'bars', 'ring', 'cross', 'star', 'text', 'raster'}
        Lines join their points, areas are filled, dots, rings, crosses and stars stand at each.
        Bars stand on the lower edge. Text stands at its point, and a raster fills the panel.
    points : array_like, shape (n, 2)
        In the panel's numbers.
    hue : str
        A colour's name.
    style : str
        Further classes: 'thin', 'dashed', 'faint', 'thick'; of a text 'label', which is small,
        in the middle of its point and readable on lines.
    text : str
        The words of a text, or the address of a raster's picture.
    """

    name: str
    kind: str
    points: Any = ()
    hue: str = "ink"
    style: str = ""
    text: str = ""


@dataclass(frozen=True)
class Panel:
    """A picture with two axes.

    Attributes
    ----------
    name : str
    x, y : Axis
    marks : list of Mark
        In the order in which they are drawn.
    title : str
        A few words above it.
    below : str
        SVG that never changes, such as contours, in the coordinates of the plot.
    bare : bool
        Without axes, for a drawing that needs the room: the plot is as wide as the picture.
    """

    name: str
    x: Axis
    y: Axis
    marks: Sequence[Mark] = ()
    title: str = ""
    below: str = field(default="", repr=False)
    bare: bool = False

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Where the plot is in its picture: left, top, width and height."""
        if self.bare:
            return RIM, TOP, BARE_WIDTH, BARE_HEIGHT
        return LEFT, TOP, PLOT_WIDTH, PLOT_HEIGHT

    def place(self, points: Any) -> np.ndarray:
        """Return points in the picture's units, from the plot's upper left corner."""
        points = np.asarray(points, float).reshape(-1, 2)
        _, _, width, height = self.box
        across = self.x.place(points[:, 0]) * width
        down = (1 - self.y.place(points[:, 1])) * height
        return np.column_stack([across, down])


PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
#: What a panel without axes leaves free, and what it has for its drawing.
RIM = 4
BARE_WIDTH, BARE_HEIGHT = WIDTH - 2 * RIM, HEIGHT - TOP - RIM


@dataclass(frozen=True)
class Handle:
    """A point that the reader moves, by mouse, by touch or with the arrow keys.

    Attributes
    ----------
    name : str
        The state's name: its value is the pair of coordinates.
    panel : str
    at : pair of float
    label : str
        For those who hear it: 'start of the paths'.
    moves : {'xy', 'x', 'y'}
        A handle on a curve moves along x, and its kind says in ``handles`` how high it stands.
    hue : str
    """

    name: str
    panel: str
    at: tuple[float, float]
    label: str
    moves: str = "xy"
    hue: str = "ink"


@dataclass(frozen=True)
class Control:
    """A number or a choice that the reader sets below the panels.

    Attributes
    ----------
    name : str
        The state's name.
    label : str
    kind : {'range', 'toggle', 'choice', 'play'}
        A range is a slider beside a field for typing. Play is a range of steps that also runs.
    value : float, bool or str
    low, high : float
        Of a range.
    scale : {'linear', 'log', 'whole', 'log-whole'}
        How a slider divides its range; 'whole' and 'log-whole' allow only whole numbers.
    options : mapping of str to str
        A choice's values and their words.
    hue : str
        The colour of a toggle's swatch.
    """

    name: str
    label: str
    kind: str = "range"
    value: Any = 0.0
    low: float = 0.0
    high: float = 1.0
    scale: str = "linear"
    options: Mapping[str, str] = field(default_factory=dict)
    hue: str = ""

    def __post_init__(self) -> None:
        if self.kind in ("range", "play"):
            if not self.low <= self.value <= self.high or self.low == self.high:
                raise ValueError(
                    f"{self.label}: the value {self.value} is not between {self.low} and "
                    f"{self.high}: widen the range or choose another value"
                )
            if self.scale.startswith("log") and self.low <= 0:
                raise ValueError(f"{self.label}: a logarithmic slider begins above zero")
        if self.kind == "choice" and self.value not in self.options:
            raise ValueError(f"{self.label}: {self.value!r} is none of {', '.join(self.options)}")


class Figure:
    """A figure that is a picture everywhere, and alive where scripts run.

    Its SVG holds all that ``explore.js`` needs, so wherever the picture goes, the figure can come
    alive. In Jupyter, VS Code and Colab it is a widget: :meth:`state` tells what the reader has
    set, :meth:`set` moves it from Python.

    Attributes
    ----------
    kind : str
        The part of ``explore.js`` that moves it.
    panels, controls, handles : list
    data : dict
        What that part computes with: scripts, settings, samples. JSON.
    says : str
        The summary below the panels, for the values at the start.
    name : str
        An id, for links to a state; by default the kind.
    """

    def __init__(
        self,
        kind: str,
        panels: Sequence[Panel],
        *,
        data: dict[str, Any],
        says: str,
        controls: Sequence[Control] = (),
        handles: Sequence[Handle] = (),
        name: str = "",
        title: str = "",
    ) -> None:
        self.kind, self.panels, self.data, self.says = kind, list(panels), data, says
        self.controls, self.handles = list(controls), list(handles)
        self.name, self.title = name or kind, title or kind
        self._widget: Any = None

    def __repr__(self) -> str:
        moved = [h.label for h in self.handles] + [c.label for c in self.controls]
        return f"Live figure: {self.title}. You can move: {', '.join(moved)}.\n{self.says}"

    def state(self) -> dict[str, Any]:
        """Return what the reader can change: as it is now in a notebook, else as at the start.

        Examples
        --------
        >>> from slopes import GradientDescent, landscapes, live
        >>> figure = live.paths(landscapes.ravine(), {"plain": GradientDescent(0.1)})
        >>> figure.state()
        {'start': [-1.8, 0.7], 'on0': True, 'lr': 0.1, 'step': 100}
        """
        return self._start() if self._widget is None else dict(self._widget.state)

    def set(self, **changes: Any) -> None:
        """Move handles and controls from Python; in a notebook the figure follows.

        Parameters
        ----------
        **changes
            By the names of :meth:`state`: a pair for a handle, else a number, bool or word.

        Raises
        ------
        ValueError
            If a name is unknown or a value is not one that the reader could set.
        ImportError
            If anywidget is not installed.

        Examples
        --------
        >>> from slopes import GradientDescent, landscapes, live
        >>> figure = live.paths(landscapes.ravine(), {"plain": GradientDescent(0.1)})
        >>> figure.set(start=(1, 0.5), lr=0.2)
        >>> figure.state()["start"], figure.state()["lr"]
        ([1.0, 0.5], 0.2)
        """
        from slopes.live.widget import checked

        changes = checked(self, changes)
        widget = self.widget()
        widget.state = {**widget.state, **changes}

    def _start(self) -> dict[str, Any]:
        return {h.name: list(h.at) for h in self.handles} | {c.name: c.value for c in self.controls}

    def spec(self) -> dict[str, Any]:
        """Return what ``explore.js`` reads."""
        return {
            "version": 1,
            "kind": self.kind,
            "name": self.name,
            "panels": {
                p.name: {
                    "x": [p.x.low, p.x.high, p.x.scale],
                    "y": [p.y.low, p.y.high, p.y.scale],
                    "says": p.title or p.y.label or p.name,
                }
                for p in self.panels
            },
            "marks": {m.name: [p.name, m.kind] for p in self.panels for m in p.marks},
            "handles": {h.name: [h.panel, h.moves, h.label] for h in self.handles},
            "controls": {c.name: _described(c) for c in self.controls},
            "state": self._start(),
            "data": self.data,
        }

    def _json(self) -> str:
        text = json.dumps(self.spec(), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")

    def svg(self) -> str:
        """Return the picture, all panels side by side, with the figure's description inside."""
        width = WIDTH * len(self.panels)
        # Viewers show it on pages of any colour, and its words are dark.
        paper = '<rect width="100%" height="100%" fill="#fff"/>'
        panels = (_drawn(panel, self.handles) for panel in self.panels)
        legend, more = _legend(self.controls, width)
        inside = "".join(
            f'<g transform="translate({k * WIDTH} 0)">{_BEGIN}{panel}{_END}</g>'
            for k, panel in enumerate(panels)
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT + more}" '
            f'width="{width}" height="{HEIGHT + more}" role="img" font-family="sans-serif" '
            f'font-size="12" fill="none"><title>{html.escape(self.title)}</title>'
            f"<desc>{html.escape(self.says)}</desc>"
            f"{_OPEN}{self._json()}{_CLOSE}{paper}{inside}{legend}</svg>"
        )

    def html(self, alt: str = "", name: str = "") -> str:
        """Return the element that ``explore.js`` brings to life; see :func:`html_of`."""
        return html_of(self.svg(), alt, name)

    def widget(self) -> Any:
        """Return the figure as a Jupyter widget, always the same one.

        Its trait ``state`` follows the reader's hand, so it can be observed and linked.

        Raises
        ------
        ImportError
            If anywidget is not installed.
        """
        from slopes.live.widget import widget_of

        if self._widget is None:
            self._widget = widget_of(self)
        return self._widget

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        data: dict[str, Any] = {}
        metadata: dict[str, Any] = {}
        with suppress(ImportError):  # without anywidget the picture alone
            data, metadata = self.widget()._repr_mimebundle_()  # Colab needs the metadata
        return data | {"image/svg+xml": self.svg(), "text/plain": repr(self)}, metadata


_OPEN, _CLOSE = '<metadata class="slopes-figure">', "</metadata>"
_BEGIN, _END = "<!--panel-->", "<!--/panel-->"


def html_of(svg: str, alt: str = "", name: str = "") -> str:
    """Return a figure's picture as the element that ``explore.js`` brings to life.

    Parameters
    ----------
    svg : str
        What :meth:`Figure.svg` returned.
    alt : str
        What the picture shows, for those who do not see it; by default its title.
    name : str
        The element's id; by default the figure's name.

    Raises
    ------
    ValueError
        If the picture is not a live figure's.
    """
    if _OPEN not in svg:
        raise ValueError("this SVG is no live figure: it has no description inside")
    _, _, rest = svg.partition(_OPEN)
    text, _, rest = rest.partition(_CLOSE)
    spec = json.loads(text)
    said = svg.partition("<desc>")[2].partition("</desc>")[0]
    title = svg.partition("<title>")[2].partition("</title>")[0]
    panels = ""
    for k, part in enumerate(rest.split(_BEGIN)[1:]):
        label = html.escape(alt) if alt else title
        label = label if k == 0 else html.escape(list(spec["panels"].values())[k]["says"])
        panels += (
            f'<div class="panel"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-label="{label}">{part.partition(_END)[0]}</svg></div>'
        )
    controls = [Control(n, value=spec["state"][n], **c) for n, c in spec["controls"].items()]
    return (
        f'<slopes-figure id="{html.escape(name or spec["name"])}" class="slopes-figure">'
        f'<script type="application/json">{text}</script><div class="panels">{panels}</div>'
        f'<div class="controls">{_rows(controls)}{_BUTTONS}</div>'
        f'<p class="says" role="status">{said}</p></slopes-figure>'
    )


def _described(control: Control) -> dict[str, Any]:
    described: dict[str, Any] = {"kind": control.kind, "label": control.label}
    if control.kind in ("range", "play"):
        described |= {"low": control.low, "high": control.high, "scale": control.scale}
    if control.kind == "choice":
        described["options"] = dict(control.options)
    return described | ({"hue": control.hue} if control.hue else {})


_BUTTONS = (
    '<span class="buttons"><button type="button" data-do="reset">reset</button>'
    '<button type="button" data-do="link">copy link</button></span>'
)


def _rows(controls: Sequence[Control]) -> str:
    """Return what is switched in one row, and sliders in one or two columns."""
    switched = [_control(c) for c in controls if c.kind in ("toggle", "choice")]
    ranges = [_control(c) for c in controls if c.kind in ("range", "play")]
    row = f'<div class="switches">{"".join(switched)}</div>' if switched else ""
    return row + (f'<div class="ranges">{"".join(ranges)}</div>' if ranges else "")


def _legend(controls: Sequence[Control], width: float) -> tuple[str, int]:
    """Return what the colours of a picture without controls mean, and its height."""
    parts, x, y = [], float(LEFT), HEIGHT + 12
    for control in controls:
        if control.kind != "toggle" or not control.hue:
            continue
        long = 50 + 6.5 * len(control.label)
        if x > LEFT and x + long > width:
            x, y = float(LEFT), y + 18
        colour = HUES.get(control.hue, "#333")
        parts.append(f'<path stroke="{colour}" stroke-width="3" d="M{_decimal(x)} {y}h20"/>')
        parts.append(_words(_decimal(x + 26), y + 4, control.label, "start"))
        x += long
    return "".join(parts), y - HEIGHT + 10 if parts else 0


def _control(control: Control) -> str:
    name, label = html.escape(control.name), html.escape(control.label)
    if control.kind == "toggle":
        swatch = f'<i class="swatch {control.hue}"></i>' if control.hue else ""
        on = " checked" if control.value else ""
        return (
            f'<label class="toggle"><input type="checkbox" data-control="{name}"{on}>'
            f"{swatch}{label}</label>"
        )
    if control.kind == "choice":
        options = "".join(
            f'<option value="{html.escape(value)}"{" selected" * (value == control.value)}>'
            f"{html.escape(words)}</option>"
            for value, words in control.options.items()
        )
        return f'<label>{label} <select data-control="{name}">{options}</select></label>'
    fields = (
        f'<input type="range" data-control="{name}" min="0" max="1000" '
        f'value="{1000 * _share(control):.0f}" aria-label="{label}">'
        f'<input type="text" inputmode="decimal" data-typed="{name}" size="7" '
        f'value="{typed(control.value)}" aria-label="{label}, typed">'
    )
    if control.kind == "play":
        fields = (
            f'<button type="button" data-play="{name}" aria-label="play">▶</button>'
            f'<button type="button" data-step="{name}" aria-label="+1 step">+1</button>{fields}'
        )
    return f'<span class="range {control.kind}"><span>{label}</span>{fields}</span>'


def typed(value: float) -> str:
    """Write a setting so that it can be typed again."""
    return f"{rounded(value, 4):.4g}"


def _share(control: Control) -> float:
    scale = "log" if control.scale.startswith("log") else "linear"
    return float(Axis(control.low, control.high, scale=scale).place(control.value))


# Drawing --------------------------------------------------------------------------------------


def _decimal(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _pairs(points: np.ndarray) -> list[str]:
    """Write points, cut off before the first that is not finite."""
    points = np.clip(np.where(np.isnan(points), np.inf, points), -FAR, FAR)
    return [f"{_decimal(x)} {_decimal(y)}" for x, y in points]


def outline(mark: Mark, panel: Panel) -> str:
    """Return the ``d`` of a mark's path, as ``explore.js`` writes it."""
    points = panel.place(mark.points)
    if mark.kind in ("line", "area"):
        if len(points) == 0:
            return ""
        return "M" + "L".join(_pairs(points)) + ("Z" if mark.kind == "area" else "")
    if mark.kind == "bars":
        half = 6.0
        return "".join(
            f"M{_decimal(x - half)} {PLOT_HEIGHT}V{_decimal(y)}H{_decimal(x + half)}V{PLOT_HEIGHT}Z"
            for x, y in np.clip(points, -FAR, FAR)
        )
    shape = {"dots": "h0", "ring": "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", **_SHAPES}[mark.kind]
    return "".join(f"M{pair}{shape}" for pair in _pairs(points))


_SHAPES = {
    "cross": "m-4 -4l8 8m0 -8l-8 8",
    "star": "m0 -7l1.7 4.7h5l-4 3.1l1.5 4.9l-4.2 -2.9l-4.2 2.9l1.5 -4.9l-4 -3.1h5z",
}


def _drawn(panel: Panel, handles: Iterable[Handle]) -> str:
    """Return the inside of a panel's picture."""
    marks = "".join(_mark(mark, panel) for mark in panel.marks)
    grips = "".join(_handle(h, panel) for h in handles if h.panel == panel.name)
    left, top, width, height = panel.box
    place = f'x="{left}" y="{top}" width="{width}" height="{height}"'
    return (
        f"{_axes(panel)}"
        f'<svg {place} class="plot" data-panel="{panel.name}">{panel.below}{marks}</svg>'
        f'<svg {place} overflow="visible">{grips}</svg>'
    )


def _axes(panel: Panel) -> str:
    if panel.bare:
        return _words(RIM, 14, panel.title, "start") if panel.title else ""
    bottom, right = TOP + PLOT_HEIGHT, LEFT + PLOT_WIDTH
    parts = []
    for value in panel.x.numbers():
        x = _decimal(LEFT + float(panel.x.place(value)) * PLOT_WIDTH)
        parts.append(f'<path class="grid" stroke="#E4E4E4" d="M{x} {TOP}V{bottom}"/>')
        parts.append(_words(x, bottom + 15, number(value), "middle"))
    for value in panel.y.numbers():
        y = _decimal(TOP + (1 - float(panel.y.place(value))) * PLOT_HEIGHT)
        parts.append(f'<path class="grid" stroke="#E4E4E4" d="M{LEFT} {y}H{right}"/>')
        parts.append(_words(LEFT - 5, float(y) + 4, number(value), "end"))
    parts.append(f'<path class="axis" stroke="#6B6B6B" d="M{LEFT} {TOP}V{bottom}H{right}"/>')
    if panel.x.label:
        parts.append(_words(right, HEIGHT - 6, panel.x.label, "end"))
    head = " · ".join(filter(None, [panel.y.label and f"↑ {panel.y.label}", panel.title]))
    if head:
        parts.append(_words(4, 14, head, "start"))
    return "".join(parts)


def _words(x: Any, y: Any, text: str, anchor: str) -> str:
    return (
        f'<text class="words" fill="#333" x="{x}" y="{y}" text-anchor="{anchor}">'
        f"{html.escape(text)}</text>"
    )


_STROKES = {"thin": 1.0, "thick": 3.0}
#: A text of the style 'label': the paper's colour around its letters hides the lines below.
LABEL = (
    'text-anchor="middle" font-size="11" stroke="#fff" stroke-width="3" '
    'stroke-linejoin="round" paint-order="stroke"'
)


def _mark(mark: Mark, panel: Panel) -> str:
    colour = HUES.get(mark.hue, "#333")
    name = f'data-mark="{html.escape(mark.name)}"'
    classes = f'class="{" ".join(filter(None, ["mark", mark.kind, mark.hue, mark.style]))}"'
    if mark.kind == "text":
        colour = LETTERS.get(mark.hue, "#333")
        (x, y), *_ = panel.place(mark.points) if len(mark.points) else [(-99.0, -99.0)]
        label = f"{LABEL} " if "label" in mark.style else ""
        return (
            f'<text {name} {classes} {label}fill="{colour}" x="{_decimal(x)}" y="{_decimal(y)}">'
            f"{html.escape(mark.text)}</text>"
        )
    if mark.kind == "raster":
        return (
            f'<image {name} {classes} width="{PLOT_WIDTH}" height="{PLOT_HEIGHT}" '
            f'preserveAspectRatio="none" href="{mark.text}"/>'
        )
    d = outline(mark, panel)
    if mark.kind in ("area", "bars", "star"):
        opacity = ' fill-opacity="0.18"' if mark.kind == "area" else ""
        return f'<path {name} {classes} fill="{colour}"{opacity} d="{d}"/>'
    width = next((w for s, w in _STROKES.items() if s in mark.style), 1.8)
    width = {"dots": 4.5, "cross": 2.4, "ring": 2.2}.get(mark.kind, width)
    faint = ' stroke-opacity="0.35"' if "faint" in mark.style else ""
    dashed = ' stroke-dasharray="5 4"' if "dashed" in mark.style else ""
    round_ = ' stroke-linecap="round" stroke-linejoin="round"'
    return (
        f'<path {name} {classes} stroke="{colour}" stroke-width="{width}"'
        f'{round_}{faint}{dashed} d="{d}"/>'
    )


def _handle(handle: Handle, panel: Panel) -> str:
    ((x, y),) = panel.place(handle.at)
    colour = HUES.get(handle.hue, "#333")
    return (
        f'<g class="handle {handle.hue}" data-handle="{html.escape(handle.name)}" '
        f'transform="translate({_decimal(x)} {_decimal(y)})">'
        f'<circle class="reach" r="22" fill="transparent"/>'
        f'<circle class="grip" r="7" fill="#fff" stroke="{colour}" stroke-width="3"/></g>'
    )


def contours(
    surface: Landscape,
    domain: Sequence[Sequence[float]],
    *,
    count: int = 14,
    grid: int = 121,
) -> str:
    """Return a surface's level sets as SVG, in the coordinates of a plot.

    Parameters
    ----------
    surface : Landscape
        Of two variables.
    domain : two pairs of float
    count : int
        How many levels; they grow like squares, so that the rings of a bowl are evenly spaced.
    grid : int
        Points along each side.
    """
    from contourpy import contour_generator

    (x0, x1), (y0, y1) = domain
    x, y = np.meshgrid(np.linspace(x0, x1, grid), np.linspace(y0, y1, grid))
    z = np.asarray(surface(np.array([x, y])), float)
    low, high = float(np.nanmin(z)), float(np.nanmax(z))
    if not high > low:
        return ""
    place = Panel("", Axis(x0, x1), Axis(y0, y1)).place
    found = contour_generator(x, y, z)
    rings = []
    for level in low + (high - low) * np.linspace(0, 1, count + 1)[1:-1] ** 2:
        lines = [_short(place(line)) for line in found.lines(level)]
        d = "".join("M" + "L".join(f"{_tenth(a)} {_tenth(b)}" for a, b in line) for line in lines)
        rings.append(f'<path d="{d}"/>')
    return f'<g class="contours" stroke="#9A9A9A" stroke-width="0.7">{"".join(rings)}</g>'


def _tenth(value: float) -> str:
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _short(line: np.ndarray, tolerance: float = 0.12) -> np.ndarray:
    """Leave out points that lie on the line between their neighbours (Douglas and Peucker)."""
    keep, spans = np.zeros(len(line), bool), [(0, len(line) - 1)]
    keep[[0, -1]] = True
    while spans:
        i, j = spans.pop()
        if j - i < 2:
            continue
        along = line[j] - line[i]
        across = line[i + 1 : j] - line[i]
        length = np.hypot(*along)
        away = (
            np.abs(along[0] * across[:, 1] - along[1] * across[:, 0]) / length
            if length > 1e-9
            else np.hypot(*across.T)
        )
        k = i + 1 + int(away.argmax())
        if away.max() > tolerance:
            keep[k] = True
            spans += [(i, k), (k, j)]
    return line[keep]
