"""Figures that are alive without a kernel.

Each function returns a :class:`Figure`: a picture in a notebook, on GitHub and on paper; on the
website and in Jupyter a figure that answers the mouse, a finger and the keyboard. Rules and
landscapes become JavaScript through the same trace that prints them, so what moves is the code
of the page.
"""

from __future__ import annotations

from importlib.resources import files

from slopes.live.backprop import backprop
from slopes.live.basins import basins
from slopes.live.batch_noise import batch_noise
from slopes.live.bias_variance import bias_variance
from slopes.live.chord import chord
from slopes.live.draw import Axis, Control, Figure, Handle, Mark, Panel
from slopes.live.gradient_check import gradient_check
from slopes.live.level import level
from slopes.live.modes import modes
from slopes.live.moments import moments
from slopes.live.paths import paths
from slopes.live.schedules import schedules

__all__ = [
    "Axis",
    "Control",
    "Figure",
    "Handle",
    "Mark",
    "Panel",
    "backprop",
    "basins",
    "batch_noise",
    "bias_variance",
    "chord",
    "gradient_check",
    "level",
    "modes",
    "moments",
    "paths",
    "schedules",
    "script",
    "style",
]


def script() -> str:
    """Return the module that brings figures to life, ``explore.js``."""
    return (files(__package__) / "explore.js").read_text("utf-8")


def style() -> str:
    """Return the figures' style sheet, ``explore.css``."""
    return (files(__package__) / "explore.css").read_text("utf-8")
