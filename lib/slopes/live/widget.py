"""A live figure as a Jupyter widget, through anywidget."""

from __future__ import annotations

from functools import cache
from typing import Any

from slopes.live.draw import Figure

__all__ = ["widget_of"]


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
