"""A live figure as a Jupyter widget, through anywidget."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from slopes.live.draw import Control, Figure, Handle

__all__ = ["checked", "widget_of"]


@cache
def _widget_class() -> Any:
    try:
        import anywidget
        import traitlets
    except ImportError:
        raise ImportError("live widgets need anywidget: pip install anywidget") from None
    from slopes.live import script, style

    class LiveFigure(anywidget.AnyWidget):
        """The figure; ``state`` has what the reader has set, and can be set from Python."""

        _esm = script()
        _css = style()
        html = traitlets.Unicode().tag(sync=True)
        state = traitlets.Dict().tag(sync=True)

    return LiveFigure


def widget_of(figure: Figure) -> Any:
    """Return a widget that shows the figure.

    Raises
    ------
    ImportError
        If anywidget is not installed.
    """
    return _widget_class()(html=figure.html(), state=figure.state())


def checked(figure: Figure, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as the figure keeps them.

    Raises
    ------
    ValueError
        If a name is unknown or a value is not one that the reader could set.
    """
    movable: dict[str, Handle | Control] = {h.name: h for h in figure.handles}
    movable |= {c.name: c for c in figure.controls}
    unknown = [name for name in changes if name not in movable]
    if unknown:
        raise ValueError(f"this figure has no {unknown[0]!r}: you can set {', '.join(movable)}")
    kept = {}
    for name, value in changes.items():
        one = movable[name]
        kept[name] = _point(figure, one, value) if isinstance(one, Handle) else _value(one, value)
    return kept


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan  # which is in no range


def _point(figure: Figure, handle: Handle, value: Any) -> list[float]:
    panel = next(p for p in figure.panels if p.name == handle.panel)
    at = [_number(v) for v in value] if hasattr(value, "__len__") else []
    if len(at) != 2 or not (
        panel.x.low <= at[0] <= panel.x.high and panel.y.low <= at[1] <= panel.y.high
    ):
        raise ValueError(
            f"{handle.name} must be a point from ({panel.x.low:g}, {panel.y.low:g}) "
            f"to ({panel.x.high:g}, {panel.y.high:g}), not {value!r}"
        )
    return at


def _value(control: Control, value: Any) -> Any:
    if control.kind == "toggle":
        if value not in (True, False):
            raise ValueError(f"{control.name} must be True or False, not {value!r}")
        return bool(value)
    if control.kind == "choice":
        if value not in control.options:
            known = ", ".join(map(repr, control.options))
            raise ValueError(f"{control.name} must be one of {known}, not {value!r}")
        return value
    number, whole = _number(value), control.kind == "play" or control.scale.endswith("whole")
    if not control.low <= number <= control.high or (whole and number != round(number)):
        kind = "a whole number" if whole else "a number"
        raise ValueError(
            f"{control.name} must be {kind} from {control.low:g} to {control.high:g}, not {value!r}"
        )
    return int(number) if whole else number
