"""Sliders for notebooks that leave a picture where no kernel runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["interact"]


class _Interactive:
    """A picture with sliders: notebooks show the sliders, everything else the picture."""

    def __init__(self, draw: Callable[..., Any], controls: dict[str, tuple[float, ...]]) -> None:
        self.draw, self.controls = draw, controls

    def _first(self) -> dict[str, float]:
        return {name: start for name, (_, _, start) in self.controls.items()}

    def __repr__(self) -> str:
        ranges = ", ".join(
            f"{name} from {low:g} to {high:g}" for name, (low, high, _) in self.controls.items()
        )
        return f"A picture with sliders: {ranges}"

    def _widget(self, first: bytes) -> Any:
        import ipywidgets as widgets

        image = widgets.Image(
            value=first, format="png", layout={"width": "500px", "max_width": "100%"}
        )
        sliders = {
            name: widgets.FloatSlider(
                value=start,
                min=low,
                max=high,
                step=(high - low) / 100,
                description=name,
                readout_format=".3g",
            )
            for name, (low, high, start) in self.controls.items()
        }

        def redraw(_: Any) -> None:
            image.value = self.draw(**{n: s.value for n, s in sliders.items()}).png()

        for slider in sliders.values():
            slider.observe(redraw, "value")
        return widgets.VBox([*sliders.values(), image])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        picture = self.draw(**self._first())
        data, metadata = picture._repr_mimebundle_()
        data["text/plain"] = repr(self)
        widget = self._widget(picture.png())
        data["application/vnd.jupyter.widget-view+json"] = {
            "version_major": 2,
            "version_minor": 0,
            "model_id": widget.model_id,
        }
        return data, metadata


def interact(draw: Callable[..., Any], **controls: tuple[float, float, float]) -> Any:
    """Show ``draw(**values)`` with one slider for each control.

    Parameters
    ----------
    draw : callable
        Returns a :class:`slopes.plots.Picture` for given values.
    **controls : (low, high, start)
        A slider's range and first value.

    Raises
    ------
    ValueError
        If a control is not three numbers with low ≤ start ≤ high.

    Examples
    --------
    >>> interact(lambda lr: None, lr=(0.0, 0.1, 0.02))
    A picture with sliders: lr from 0 to 0.1

    Notes
    -----
    Unlike ``ipywidgets.interact`` it also stores the first picture in the notebook, which is what
    GitHub, the website and a printed page show.
    """
    for name, control in controls.items():
        if not (
            isinstance(control, tuple)
            and len(control) == 3
            and control[0] <= control[2] <= control[1]
        ):
            raise ValueError(
                f"control {name} must be (low, high, start), low <= start <= high, not {control}"
            )
    return _Interactive(draw, dict(controls))
