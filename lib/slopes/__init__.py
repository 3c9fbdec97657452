"""slopes: the library behind *Follow the Slope*.

Everything a page uses is importable from here. What needs SymPy or Matplotlib is loaded when it
is first used, so that ``import slopes`` stays quick.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

from slopes.calculus import (
    GradientCheck,
    GradientMismatchError,
    check_gradient,
    numerical_gradient,
)
from slopes.data import Digits, digits, with_ones
from slopes.exercises import check
from slopes.models import LinearSVM
from slopes.probing import probes, random_probing
from slopes.rules import Adam, GradientDescent, Momentum, Rule
from slopes.trajectory import Trajectory, minimize

if TYPE_CHECKING:
    from slopes import landscapes, losses, plots
    from slopes.interactive import interact
    from slopes.landscapes import Landscape, landscape
    from slopes.proofs import (
        NotProvedError,
        function,
        gradient,
        matrix,
        prove,
        show_rule,
        show_source,
        vector,
    )

__version__ = "0.1.0"

# Where Matplotlib lists the fonts for the first time it says so, into the reader's first figure.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

#: Names loaded on first use, with the module they live in (None: the name is a module).
_LAZY = {
    "Landscape": "landscapes",
    "NotProvedError": "proofs",
    "function": "proofs",
    "gradient": "proofs",
    "interact": "interactive",
    "landscape": "landscapes",
    "landscapes": None,
    "losses": None,
    "matrix": "proofs",
    "plots": None,
    "prove": "proofs",
    "show_rule": "proofs",
    "show_source": "proofs",
    "vector": "proofs",
}

__all__ = [
    "Adam",
    "Digits",
    "GradientCheck",
    "GradientDescent",
    "GradientMismatchError",
    "Landscape",
    "LinearSVM",
    "Momentum",
    "NotProvedError",
    "Rule",
    "Trajectory",
    "check",
    "check_gradient",
    "digits",
    "function",
    "gradient",
    "interact",
    "landscape",
    "landscapes",
    "losses",
    "matrix",
    "minimize",
    "numerical_gradient",
    "plots",
    "probes",
    "prove",
    "random_probing",
    "show_rule",
    "show_source",
    "vector",
    "with_ones",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'slopes' has no attribute {name!r}")
    home = _LAZY[name]
    if home is None:
        return import_module(f"slopes.{name}")
    return getattr(import_module(f"slopes.{home}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
