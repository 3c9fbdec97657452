"""What a rule keeps in mind: its moments of a noisy gradient, and the step it makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from slopes.live.draw import Axis, Control, Figure, Mark, Panel, number
from slopes.live.paths import SYMBOLS
from slopes.live.scripts import evaluated, named_lines, signal_script
from slopes.rules import Adam, Rule
from slopes.tracing import Node, Trace, trace

__all__ = ["moments"]

#: How lines are called that have a mark in the program.
_MARKS = {"hat": "\u0302", "tilde": "\u0303"}
_SLIDERS = ("beta1", "beta2", "beta", "momentum", "rho")


@dataclass(frozen=True)
class _Line:
    """A line of a rule that is drawn: in which panel, as a root or not, in which colour."""

    name: str
    label: str
    panel: str
    root: bool
    hue: str
    style: str


def moments(
    rule: Rule | None = None,
    gradients: Sequence[float] | None = None,
    *,
    steps: int = 100,
    noise: float | None = None,
    vary: Mapping[str, tuple[float, float]] | None = None,
    seed: int = 0,
    name: str = "",
) -> Figure:
    """Return a figure of what a rule remembers of the gradients of one parameter, step by step.

    On the left the gradients and what the rule keeps of them: averages, and roots of averages of
    squares, with and without the correction of their bias. On the right the step it takes, in
    units of the rate η. Which lines there are is read off the rule itself.

    Parameters
    ----------
    rule : Rule, optional
        By default Adam. Its rate only sets the unit of the right panel.
    gradients : sequence of float, optional
        The gradients without noise; by default 1, and −1 from the middle on.
    steps : int
        How many gradients the default has, at most 2,000.
    noise : float, optional
        The standard deviation σ of the noise that is added at the start; by default 0.5, or 0 if
        gradients are given. The noise is drawn once and the slider scales it.
    vary : mapping of str to (low, high), optional
        The settings with sliders and their ranges; by default the decay rates.
    seed : int
        Of the noise.
    name : str
        An id, unique on its page; by default the rule's name and "moments".

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If the rule cannot be traced or written as JavaScript, a gradient is not finite, a range
        does not hold the rule's value, or there are too few or too many steps.

    Examples
    --------
    >>> from slopes import Momentum
    >>> moments(Momentum(lr=0.1, momentum=0.5), [1, 1, 1])
    Live figure: the moments of Momentum. You can move: gradient g, step Δθ = v, momentum α, \
noise σ, step.
    At step 3: g = 1; the step Δθ is −1.75 η. In all 3 steps θ has moved by −4.25 η.
    """
    rule = Adam(0.1) if rule is None else rule
    means, sigma = _means(rule, gradients, steps, noise)
    count, scale = len(means), float(np.max(np.abs(means))) or 1.0
    noises = np.round(np.random.default_rng(seed).standard_normal(count), 3)
    g = means + sigma * noises
    recorded = trace(rule)
    settings = {n: float(v) for n, v in recorded.settings.items()}
    lines, same = _lines(recorded, settings, g)
    plain = _uncorrected(rule)
    curves = _curves(recorded, settings, g)
    unit = _unit(settings)
    step = np.diff(curves["x"], prepend=0.0) / unit
    other = None if plain is None else _steps(trace(plain), settings, g, unit)

    widest = float(max(sigma, 1.5 * scale))
    reach = max(1.15 * float(np.max(np.abs(g))), scale + 1.3 * widest)
    known = [step] if other is None else [step, other]
    far = 1.15 * max(
        1.3, *(float(np.max(np.abs(s), where=np.isfinite(s), initial=0)) for s in known)
    )
    at = min(count, 10)
    end = 1.04 * count  # room for the last step's mark and number
    steps_axis = np.arange(1, count + 1)

    def line(values: np.ndarray) -> np.ndarray:
        return np.column_stack([steps_axis, values])

    now = Mark("now0", "line", [(at, -reach), (at, reach)], "grey", "dashed")
    panels: dict[str, list[Mark]] = {
        "memory": [now, Mark("gradient", "dots", line(g), "grey", "faint")],
        "step": [
            Mark("now1", "line", [(at, -far), (at, far)], "grey", "dashed"),
            *(Mark(f"eta{s}", "line", [(1, s), (end, s)], "grey", "thin") for s in (-1, 1)),
        ],
    }
    for k, drawn in enumerate(lines):
        points = line(_shown(drawn, curves[drawn.name], unit))
        panels[drawn.panel].append(Mark(f"line{k}", "line", points, drawn.hue, drawn.style))
    if other is not None:
        panels["step"].append(Mark("other", "line", line(other), "ink", "thin dashed"))
    panels["step"].append(Mark("step", "line", line(step), "green"))
    panels["step"].append(Mark("head", "ring", [(at, step[at - 1])], "green"))

    kind = type(rule).__name__
    toggles = [Control("show_g", "gradient g", "toggle", True, hue="grey")]
    toggles += [
        Control(f"show{k}", n.label, "toggle", True, hue=n.hue) for k, n in enumerate(lines)
    ]
    label = f"step Δθ = {same}" if same else "step Δθ"
    toggles.append(Control("show_step", label, "toggle", True, hue="green"))
    if plain:
        toggles.append(Control("show_other", "Δθ, bias not corrected", "toggle", True, hue="ink"))
    return Figure(
        "moments",
        [
            Panel(
                "memory",
                Axis(1, end, "step"),
                Axis(-reach, reach, "gradient and its averages"),
                panels["memory"],
            ),
            Panel(
                "step",
                Axis(1, end, "step"),
                Axis(-far, far, "step Δθ in units of the rate η"),
                panels["step"],
            ),
        ],
        controls=[
            *toggles,
            *_sliders(settings, vary, kind),
            Control("noise", "noise σ", "range", sigma, 0.0, widest),
            Control("at", "step", "play", at, 1, count, "whole"),
        ],
        data={
            "script": signal_script(rule, [n.name for n in lines]),
            "plain": None if plain is None else signal_script(plain, []),
            "lines": [[n.label, n.panel, n.root] for n in lines],
            "settings": settings,
            "means": means.tolist(),
            "noises": noises.tolist(),
        },
        says=says(g, lines, curves, unit, at, other),
        name=name or f"{kind.lower()}-moments",
        title=f"the moments of {kind}",
    )


def says(
    g: np.ndarray,
    lines: Sequence[_Line],
    curves: Mapping[str, np.ndarray],
    unit: float,
    step: int,
    other: np.ndarray | None,
) -> str:
    """Return the summary below the panels."""
    parts = [f"g = {number(g[step - 1])}"]
    parts += [f"{n.label} = {number(_shown(n, curves[n.name], unit)[step - 1])}" for n in lines]
    x = curves["x"]
    moved = (x[step - 1] - (x[step - 2] if step > 1 else 0.0)) / unit
    without = "" if other is None else f" (uncorrected {number(other[step - 1])} η)"
    return (
        f"At step {step}: {', '.join(parts)}; the step Δθ is {number(moved)} η{without}. "
        f"In all {step} steps θ has moved by {number(x[step - 1] / unit)} η."
    )


def _means(
    rule: Any, gradients: Sequence[float] | None, steps: int, noise: float | None
) -> tuple[np.ndarray, float]:
    if not isinstance(rule, Rule):
        raise TypeError(f"rule must be a rule such as Adam(0.1), not {rule!r}")
    if not hasattr(rule, "lr") and not hasattr(rule, "rule"):
        raise TypeError(f"{type(rule).__name__} has no rate lr, in which its steps are measured")
    if gradients is None:
        if not 2 <= steps <= 2000:
            raise ValueError(f"steps must be between 2 and 2,000, not {steps}")
        means = np.where(np.arange(steps) < steps // 2, 1.0, -1.0)
    else:
        means = np.asarray(gradients, float)
        if means.ndim != 1 or not 2 <= len(means) <= 2000 or not np.all(np.isfinite(means)):
            raise ValueError(
                "gradients must be a list of 2 to 2,000 finite numbers, one for each step, "
                f"not an array of shape {means.shape}"
                + ("" if np.all(np.isfinite(means)) else " with some that are not finite")
            )
        means = means.round(6)
    sigma = float((0.5 if gradients is None else 0.0) if noise is None else noise)
    if not 0 <= sigma < np.inf:
        raise ValueError(f"noise is a standard deviation, zero or more, not {noise}")
    return means, sigma


def _curves(recorded: Trace, settings: Mapping[str, float], g: np.ndarray) -> dict[str, np.ndarray]:
    """Return the parameter, from 0, and every line of a rule after each of the gradients."""
    lines = named_lines(recorded)
    curves = {name: np.empty(len(g)) for name in [*lines, "x"]}
    given = {id(recorded.inputs[n]): np.float64(v) for n, v in settings.items()}
    state = {"x": np.float64(0.0)}
    state |= {n: np.float64(evaluated(v, dict(given))) for n, v in recorded.initial.items()}
    with np.errstate(all="ignore"):
        for k, slope in enumerate(g):
            known: dict[int, Any] = dict(given)
            now = {**state, "g": slope, "t": np.float64(k + 1)}
            known |= {id(recorded.inputs[n]): v for n, v in now.items()}
            for name, node in lines.items():
                curves[name][k] = evaluated(node, known)
            state = {n: np.float64(evaluated(v, known)) for n, v in recorded.outputs.items()}
            curves["x"][k] = state["x"]
    return curves


def _steps(
    recorded: Trace, settings: Mapping[str, float], g: np.ndarray, unit: float
) -> np.ndarray:
    return np.diff(_curves(recorded, settings, g)["x"], prepend=0.0) / unit


def _lines(recorded: Trace, settings: dict[str, float], g: np.ndarray) -> tuple[list[_Line], str]:
    """Return the lines to draw, and the name of the one that is the step, if there is one.

    What a line measures shows when gradients or rate are doubled: an average of gradients
    doubles with them, one of squares grows fourfold, and what doubles with the rate is a step.
    """
    faster = {**settings, "lr": 2 * settings["lr"]}
    # Large, where ε and first values count for nothing, and small, where nothing is clipped.
    probes = [
        (
            _curves(recorded, settings, p),
            _curves(recorded, settings, 2 * p),
            _curves(recorded, faster, p),
        )
        for p in (100 * (1 + np.abs(g)), 1e-3 * (1 + np.abs(g)))
    ]
    base = probes[0][0]
    step = np.diff(base["x"], prepend=0.0)
    found, same = [], ""
    for name, node in named_lines(recorded).items():
        if name == "x" or _needs(node, recorded.inputs["x"]):
            continue
        degree = max(_degree(one[name], two[name]) for one, two, _ in probes)
        rated = max(_degree(one[name], fast[name]) for one, _, fast in probes)
        if np.allclose(base[name], step, rtol=1e-9):
            same = _label(name)
        elif rated == 0 and degree in (1, 2):
            found.append((name, "memory", degree == 2))
        elif rated == 1 and degree in (0, 1):
            found.append((name, "step", False))
    names = {name for name, *_ in found}
    free = ["purple", "orange", "sky", "vermilion", "blue"]
    lines = []
    for name, panel, root in sorted(found, key=lambda f: (f[1], f[2])):
        corrected = name.endswith("_hat") or f"{name}_hat" not in names
        hue = ("vermilion" if corrected else "orange") if root else "blue" if corrected else "sky"
        if name == "u":  # what AdaMax divides by
            hue = "vermilion"
        if name.endswith("_max") or panel == "step" or hue not in free:
            hue = free[0]
        free.remove(hue)
        free = free or ["grey"]
        label, style = ("√" if root else "") + _label(name), "" if corrected else "thin dashed"
        lines.append(_Line(name, label, panel, root, hue, style))
    return lines, same


def _degree(base: np.ndarray, scaled: np.ndarray) -> int:
    """Return how many times a curve has doubled, or -1 if that is no number of times."""
    if not (np.all(np.isfinite(base)) and np.any(base)):
        return -1
    close = (d for d in (0, 1, 2) if np.allclose(scaled, 2**d * base, rtol=1e-3, atol=0))
    return next(close, -1)


def _needs(value: Any, what: Node) -> bool:
    return value is what or (isinstance(value, Node) and any(_needs(a, what) for a in value.args))


def _label(name: str) -> str:
    base, _, mark = name.strip("_").partition("_")
    if base == "lr":
        return "rate"
    return base + (_MARKS.get(mark, f" {mark}") if mark else "")


def _shown(line: _Line, values: np.ndarray, unit: float) -> np.ndarray:
    if line.panel == "step":
        return values / unit
    with np.errstate(invalid="ignore"):
        return np.sqrt(values) if line.root else values


def _unit(settings: Mapping[str, float]) -> float:
    """Return the rate that steps are measured in."""
    return settings["lr"] or 1.0


def _uncorrected(rule: Rule) -> Rule | None:
    """Return the same rule without the correction of its bias, where it has one."""
    return replace(rule, bias_correction=False) if getattr(rule, "bias_correction", False) else None  # type: ignore[type-var]


def _sliders(
    settings: Mapping[str, float], vary: Mapping[str, tuple[float, float]] | None, rule: str
) -> list[Control]:
    if vary is None:
        vary = {n: (0.0, max(0.999, settings[n])) for n in _SLIDERS if n in settings}
    controls = []
    for setting, (low, high) in vary.items():
        if setting not in settings:
            raise ValueError(f"{rule} has no setting {setting!r}: it has {', '.join(settings)}")
        scale = "log" if low > 0 and high / low >= 20 else "linear"
        label = SYMBOLS.get(setting, setting)
        controls.append(Control(setting, label, "range", settings[setting], low, high, scale))
    return controls
