"""slopes: the library behind *Follow the Slope*.

Everything a page uses is importable from here. What needs SymPy or Matplotlib is loaded when it
is first used, so that ``import slopes`` stays quick.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

from slopes import losses
from slopes.calculus import (
    GradientCheck,
    GradientErrors,
    GradientMismatchError,
    check_gradient,
    directional_derivative,
    gradient_error_curve,
    numerical_gradient,
    numerical_hessian,
    numerical_jacobian,
)
from slopes.data import Digits, batches, digits, with_ones
from slopes.exercises import check
from slopes.models import Linear, LinearSVM, Network
from slopes.probing import probes, random_probing
from slopes.rules import (
    AdaDelta,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    Clipped,
    Decayed,
    EMAMomentum,
    GradientDescent,
    Lion,
    Momentum,
    NAdam,
    Nesterov,
    NesterovInterim,
    RMSProp,
    RMSPropNesterov,
    Rule,
)
from slopes.schedules import (
    ConstantRate,
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    LinearDecay,
    OneCycle,
    Schedule,
    Scheduled,
    StepDecay,
    Warmup,
)
from slopes.second_order import BFGS, LBFGS, Newton
from slopes.trajectory import DivergenceError, Trajectory, minimize

if TYPE_CHECKING:
    from slopes import compiled, convexity, landscapes, live, plots, risk
    from slopes.identities import Verdict, verdict
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
    from slopes.shapes import FormulaError
    from slopes.symbolic import equations, javascript, rule_latex, schedule_latex, unrolled

__version__ = "0.1.0"

# Where Matplotlib lists the fonts for the first time it says so, into the reader's first figure.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

#: Names loaded on first use, with the module they live in (None: the name is a module).
_LAZY = {
    "FormulaError": "shapes",
    "Landscape": "landscapes",
    "NotProvedError": "proofs",
    "Verdict": "identities",
    "compiled": None,
    "convexity": None,
    "equations": "symbolic",
    "function": "proofs",
    "gradient": "proofs",
    "interact": "interactive",
    "javascript": "symbolic",
    "landscape": "landscapes",
    "landscapes": None,
    "live": None,
    "matrix": "proofs",
    "plots": None,
    "prove": "proofs",
    "risk": None,
    "rule_latex": "symbolic",
    "schedule_latex": "symbolic",
    "show_rule": "proofs",
    "show_source": "proofs",
    "unrolled": "symbolic",
    "vector": "proofs",
    "verdict": "identities",
}

__all__ = [
    "BFGS",
    "LBFGS",
    "AMSGrad",
    "AdaDelta",
    "AdaGrad",
    "AdaMax",
    "Adam",
    "AdamW",
    "Clipped",
    "ConstantRate",
    "CosineDecay",
    "Decayed",
    "Digits",
    "DivergenceError",
    "EMAMomentum",
    "ExponentialDecay",
    "FormulaError",
    "GradientCheck",
    "GradientDescent",
    "GradientErrors",
    "GradientMismatchError",
    "InverseTimeDecay",
    "Landscape",
    "Linear",
    "LinearDecay",
    "LinearSVM",
    "Lion",
    "Momentum",
    "NAdam",
    "Nesterov",
    "NesterovInterim",
    "Network",
    "Newton",
    "NotProvedError",
    "OneCycle",
    "RMSProp",
    "RMSPropNesterov",
    "Rule",
    "Schedule",
    "Scheduled",
    "StepDecay",
    "Trajectory",
    "Verdict",
    "Warmup",
    "batches",
    "check",
    "check_gradient",
    "compiled",
    "convexity",
    "digits",
    "directional_derivative",
    "equations",
    "function",
    "gradient",
    "gradient_error_curve",
    "interact",
    "javascript",
    "landscape",
    "landscapes",
    "live",
    "losses",
    "matrix",
    "minimize",
    "numerical_gradient",
    "numerical_hessian",
    "numerical_jacobian",
    "plots",
    "probes",
    "prove",
    "random_probing",
    "risk",
    "rule_latex",
    "schedule_latex",
    "show_rule",
    "show_source",
    "unrolled",
    "vector",
    "verdict",
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
