"""Run an update rule and keep the whole path."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from slopes.parameters import Packing, number, whole
from slopes.rules import Rule, moved

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DivergenceError", "Trajectory", "minimize"]

#: Why a run ended, in words.
_REASONS = {
    "gradient": "the gradient's norm fell to the tolerance",
    "steps": "all steps were taken",
    "target": "the value fell to the target",
    "diverged": "it diverged: {where}",
    "callback": "the callback asked for it",
    "stuck": "no further progress was possible",
}
#: Seconds after which a run at a terminal shows how far it is.
_PATIENCE = 2.0


def whole_steps(steps: Any) -> int:
    """Return a number of steps, having made sure that it is one."""
    number = whole("steps", steps)
    if number < 0:
        raise ValueError(f"steps must be zero or more, not {number}")
    return number


class DivergenceError(ArithmeticError):
    """A run met a value that is not finite, and the caller wanted to be told."""


@dataclass(frozen=True, eq=False)
class Trajectory:
    """The path of a run.

    Attributes
    ----------
    points : ndarray, shape (steps + 1, …)
        The iterates, the start included. All are finite.
        Parameters given as a list or dict of arrays are one flat vector here.
    values : ndarray, shape (steps + 1,)
        The objective at each point.
    gradient_norms : ndarray, shape (steps + 1,)
        The norm of the gradient at the point where the rule looked.
    stopped : {'gradient', 'steps', 'target', 'diverged', 'callback', 'stuck'}
        Why the run ended; 'target' in :func:`~slopes.probing.random_probing` only.
    where : str
        For a run that diverged: what was not finite, at which step and coordinate.
    state : tuple of ndarray
        The rule's states at the end.
    packing : Packing or None
        How a list or dict of arrays became a vector; None if the parameters were one array.
    """

    points: np.ndarray = field(repr=False)
    values: np.ndarray = field(repr=False)
    gradient_norms: np.ndarray = field(repr=False)
    stopped: str
    where: str = ""
    state: tuple[np.ndarray, ...] = field(default=(), repr=False)
    packing: Packing | None = field(default=None, repr=False)

    @property
    def steps(self) -> int:
        """Number of steps taken."""
        return len(self.points) - 1

    @property
    def x(self) -> Any:
        """The last point, in the form in which the start was given."""
        last = self.points[-1].copy()
        return self.packing.unpack(last) if self.packing else last

    @property
    def value(self) -> float:
        """The objective at the last point."""
        return float(self.values[-1])

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row for each point: step, value, gradient norm, coordinates. Needs pandas.

        The coordinates of an array are x0, x1 and so on, in C order; those of a dict or list of
        arrays bear its names, as in ``W[0, 1]``.

        Raises
        ------
        ImportError
            If pandas is not installed.
        ValueError
            If two columns would have one name, as with a parameter called ``value``.
        """
        try:
            import pandas as pd
        except ImportError:
            raise ImportError("to_dataframe needs pandas: pip install pandas") from None
        flat = self.points.reshape(len(self.points), -1)
        columns = {"value": self.values, "gradient_norm": self.gradient_norms}
        names = self.packing.labels() if self.packing else [f"x{k}" for k in range(flat.shape[1])]
        taken = [name for k, name in enumerate(names) if name in [*columns, *names[:k]]]
        if taken:
            raise ValueError(f"two columns would be called {taken[0]!r}: rename that parameter")
        columns |= dict(zip(names, flat.T, strict=True))
        return pd.DataFrame(columns).rename_axis("step")

    def __repr__(self) -> str:
        reason = _REASONS[self.stopped].format(where=self.where or "what comes next is not finite")
        return (
            f"Trajectory: {self.steps} steps, value {self.value:.4g}, "
            f"gradient norm {self.gradient_norms[-1]:.2g}\n"
            f"stopped because {reason}"
        )


def minimize(
    rule: Any,
    objective: Callable[[Any], Any],
    x0: Any,
    grad: Callable[[Any], Any] | None = None,
    *,
    steps: int = 1000,
    tol: float = 1e-8,
    callback: Callable[[int, Any, float], Any] | None = None,
    on_divergence: str = "report",
    progress: bool | None = None,
) -> Trajectory:
    """Follow ``rule`` from ``x0`` until the gradient is small or the steps are used up.

    Parameters
    ----------
    rule : Rule
        The update rule, for example ``GradientDescent(lr=0.1)``, or one of the second-order
        methods ``Newton``, ``BFGS`` and ``LBFGS``.
    objective : callable
        ``objective(x)`` returns a number. A landscape or a model brings its own gradient.
    x0 : array_like of float, or a list or dict of arrays
        The start. It is copied, never changed. Arrays of mixed precision are all computed in the
        widest.
    grad : callable, optional
        ``grad(x)`` returns the gradient in the form of ``x``; by default ``objective.grad``.
    steps : int
        The most steps to take.
    tol : float
        Stop when the Euclidean norm of the gradient is at most this; 0 never stops early
        except on an exactly flat spot, and -1 not even there.
    callback : callable, optional
        ``callback(t, x, value)`` after each step; a true answer ends the run.
    on_divergence : {'report', 'raise'}
        What to do when something is not finite: end the run at the last finite point and say so,
        or raise :class:`DivergenceError`.
    progress : bool, optional
        Whether to show how far a run is; by default only at a terminal, when it takes long.

    Returns
    -------
    Trajectory
        Points, values, gradient norms and why it stopped.

    Raises
    ------
    TypeError
        If the parameters are not floating-point numbers, no gradient is known or it is not real,
        the objective is not one real number, ``rule`` is no rule, ``tol`` no number, or what must
        be a function is none.
    ValueError
        If the start is empty or not finite, or the value or gradient is not finite there; if the
        gradient has another shape than the parameters, ``steps`` is negative or not whole, ``tol``
        is NaN, or ``on_divergence`` is another word.
    DivergenceError
        If the run diverges and ``on_divergence='raise'``.

    Notes
    -----
    The points that ``objective``, ``grad`` and ``callback`` are given are read-only, so that they
    cannot spoil the path: change ``x.copy()`` instead.

    Examples
    --------
    >>> from slopes import GradientDescent
    >>> minimize(GradientDescent(lr=0.25), lambda x: x @ x, [1.0, -2.0], grad=lambda x: 2 * x)
    Trajectory: 29 steps, value 1.735e-17, gradient norm 8.3e-09
    stopped because the gradient's norm fell to the tolerance
    """
    if isinstance(rule, type) or not (isinstance(rule, Rule) or hasattr(rule, "walk")):
        raise TypeError(f"the first argument must be a rule such as Adam(), not {rule!r}")
    packing = Packing(x0)
    if grad is None:
        grad = getattr(objective, "grad", None)
        if grad is None:
            raise TypeError(
                "minimize needs the gradient: pass grad=…, or an objective that has a grad method"
            )
    steps = whole_steps(steps)
    tol = number("tol", tol)
    for what, asked in (("objective", objective), ("grad", grad), ("callback", callback)):
        if asked is not None and not callable(asked):
            raise TypeError(f"{what} must be a function of x, not {asked!r}")
    if on_divergence not in ("report", "raise"):
        raise ValueError(f"on_divergence must be 'report' or 'raise', not {on_divergence!r}")

    def given(x: np.ndarray) -> Any:
        x.setflags(write=False)  # to change it in place would change the path
        return packing.unpack(x)

    def value_at(x: np.ndarray) -> float:
        value = _asked(objective, given(x))
        try:
            if isinstance(value, str) or np.iscomplexobj(value):
                raise TypeError
            return float(value)
        except (TypeError, ValueError):
            shape = np.shape(value)
            what = f"an array of shape {shape}" if shape else repr(value)
            raise TypeError(f"objective(x) must return one number, not {what}") from None

    def slope_at(x: np.ndarray) -> np.ndarray:
        return packing.pack_gradient(_asked(grad, given(x)))

    x = packing.pack(x0)
    walk = rule.walk(objective, x, value_at, slope_at) if not isinstance(rule, Rule) else None
    walk = walk or _walk(rule, x, value_at, slope_at)

    points, values, norms = [], [], []
    stopped, where, state = "steps", "", ()
    names = [f"the state {name}" for name in rule.states()] if isinstance(rule, Rule) else []
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # reported, not warned of
        for t, (x, value, g, new_state) in enumerate(_watched(walk, steps, progress)):
            # In float64, because squares of half or single precision overflow.
            norm = float(np.linalg.norm(g.astype(float, copy=False)))
            found = {"the point": x, "the gradient": g, "the value": value}
            found |= {"the gradient's norm": norm}
            found |= dict(zip(names, new_state, strict=True)) if t else {}
            if where := _not_finite(t, found, packing):
                if t == 0:
                    raise ValueError(f"the run cannot start: {where}")
                stopped = "diverged"
                break
            state = new_state
            points.append(x)
            values.append(value)
            norms.append(norm)
            if t and callback is not None and _asked(callback, t, given(x), value):
                stopped = "callback"
                break
            if norm <= tol:
                stopped = "gradient"
                break
            if t == steps:
                break
        else:
            stopped = "stuck"
    if stopped == "diverged" and on_divergence == "raise":
        raise DivergenceError(where)
    return Trajectory(
        np.array(points),
        np.array(values),
        np.array(norms),
        stopped,
        where,
        tuple(state),
        packing if packing.structured else None,
    )


def _asked(f: Callable[..., Any], *arguments: Any) -> Any:
    """Call what the caller gave; where it writes into the point, add what to do instead."""
    try:
        return f(*arguments)
    except ValueError as error:
        if "read-only" in str(error):
            error.add_note("The points of a path are read-only: change x.copy() instead.")
        raise


def _walk(
    rule: Rule, x: np.ndarray, value_at: Any, slope_at: Any
) -> Iterator[tuple[np.ndarray, float, np.ndarray, tuple[np.ndarray, ...]]]:
    """Yield point, value, gradient and states, the start first, for ever."""
    state = rule.start(x)
    t = 0
    while True:
        g = slope_at(rule.look(x, t + 1, *state))
        yield x, value_at(x), g, state
        t += 1
        x, *new_state = moved(rule, x, g, t, state)
        state = tuple(new_state)


def _not_finite(t: int, found: dict[str, Any], packing: Packing) -> str:
    """Say what is not finite, and where; nothing when all is well."""
    for what, value in found.items():
        finite = np.isfinite(value)
        if not np.all(finite):
            if not isinstance(value, np.ndarray):
                return f"at step {t} {what} is {value}"
            index = tuple(int(i) for i in np.argwhere(~finite)[0])
            return f"at step {t} {what} is {value[index]} at {packing.name(index)}"
    return ""


def _watched(walk: Any, steps: int, progress: bool | None) -> Iterator[Any]:
    """Pass a walk on, telling how far it is when it takes long."""
    shown = sys.stderr.isatty() if progress is None else progress
    started = told = time.monotonic()

    def tell(t: int, end: str) -> None:
        bar = "█" * int(30 * t / max(steps, 1))
        print(f"\r{bar:<30} {t} of {steps} steps", end=end, file=sys.stderr, flush=True)

    try:
        for t, item in enumerate(walk):
            yield item
            now = time.monotonic() if shown else told
            if shown and now - told > 0.2 and (progress or now - started > _PATIENCE):
                told = now
                tell(t, "")
    finally:  # a run that ends early leaves the loop at its yield
        if told != started:
            tell(t, "\n")
