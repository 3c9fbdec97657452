"""Rules as native code, for large vectors, long paths and thousands of runs at once.

The loops that :mod:`slopes.loops` writes are compiled by Numba: :func:`stepper` updates a vector
in place, :func:`path` is :func:`slopes.minimize` without the wait, and :func:`batch` makes many
runs side by side. A rule's settings are arguments of its loop, so another learning rate compiles
nothing; the first use of a rule takes about a second.

Numba is optional: ``pip install "slopes[fast]"``. Without it the same loops run as plain Python,
far slower, after a warning.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from threading import Lock
from typing import Any

import numpy as np

from slopes.landscapes import Landscape
from slopes.loops import COORDINATE, LANES, RUN, STEP, Graph, batch_loop, path_loop, step_loop
from slopes.parameters import number, rectangular
from slopes.rules import Rule
from slopes.trajectory import Trajectory, whole_steps

__all__ = ["Batch", "Stepper", "batch", "path", "stepper"]

_ENDINGS = ("steps", "gradient", "diverged")
#: A setting that belongs to all of Numba is changed while a loop is compiled.
_ONE_AT_A_TIME = Lock()


@cache
def _compiled(source: str, real: str = "float64", ndim: int = 1) -> Callable[..., Any]:
    """Compile a loop for arrays of one precision; the same source only once."""
    functions = {name: f for name, f in vars(np).items() if isinstance(f, np.ufunc)}
    scope = {
        **vars(math),
        **functions,
        "isfinite": math.isfinite,  # for one number quicker than NumPy's
        "empty": np.empty,
        "REAL": np.dtype(real).type,
    }
    exec(source, scope)
    name = source[len("def ") : source.index("(")]
    try:
        from numba import njit, types
        from numba.core import config as _config

        config: Any = _config  # its settings are made when it is imported
    except ImportError:
        return _interpreted(scope[name])
    number, double = getattr(types, real), types.float64
    gradient = types.Array(number, ndim, "C", readonly=True)
    arguments = {
        "step": (gradient, number[::1], number[:, ::1], double[::1]),
        "path": (double[:, ::1], double[::1], double[::1], double[::1], double[::1], double),
        "batch": (double[:, ::1], double[::1], double[:, :, ::1], types.int64, double),
    }
    # Nothing is reordered. On a path, where each step waits for the last, a product and a sum may
    # be one instruction, which rounds once.
    joined: Any = {"contract"} if name == "path" else False
    compiler = njit(arguments[name], error_model="numpy", fastmath=joined)
    with _ONE_AT_A_TIME:
        before, config.SLP_VECTORIZE = config.SLP_VECTORIZE, int(name == "path")
        try:  # on a path, a vector unit takes the root of two coordinates at once
            return compiler(scope[name])
        finally:
            config.SLP_VECTORIZE = before


def _interpreted(loop: Callable[..., Any]) -> Callable[..., Any]:
    """Return a loop that does without Numba what it does with it, slowly."""
    warnings.warn(
        "Numba is not installed, so the loops of slopes.compiled run as plain Python, a hundred "
        'times slower and more: pip install "slopes[fast]"',
        stacklevel=4,
    )
    quiet = np.errstate(all="ignore")(loop)
    if loop.__name__ != "step":
        return quiet

    def step(G: np.ndarray, X: np.ndarray, S: np.ndarray, H: np.ndarray) -> None:
        if G.dtype != X.dtype or not G.flags.c_contiguous:
            raise TypeError  # as Numba's loop does
        quiet(G, X, S, H)

    return step


@lru_cache(1024)
def _remembered(rule: Rule) -> Graph:
    return Graph(rule)


def _graph(rule: Rule) -> Graph:
    if not isinstance(rule, Rule):
        raise TypeError(f"the first argument must be a rule such as Adam(), not {rule!r}")
    made = getattr(type(rule), "__dataclass_params__", None)  # tracing refuses a class without
    if made and not made.frozen:
        raise TypeError(f"{rule!r} may change: write @dataclass(frozen=True) above its class")
    try:
        return _remembered(rule)
    except TypeError as error:  # arrays among the settings cannot be hashed
        graph = Graph(rule)
        if not graph.arrays:
            raise TypeError(
                f"{rule!r} cannot be remembered ({error}): write @dataclass(frozen=True) above its "
                "class, and 0.1 instead of np.array(0.1)"
            ) from None
        return graph


def _alike(graph: Graph) -> Graph:
    if graph.arrays:
        raise TypeError(f"{', '.join(graph.arrays)} must be one number: arrays are for batch()")
    return graph


# One step on a large vector -------------------------------------------------------------------


class Stepper:
    """A compiled rule bound to an array; :func:`stepper` makes it.

    Attributes
    ----------
    x : ndarray
        The parameters: the very array that was given.
    source : str
        The loop, as it was compiled.
    """

    def __init__(self, rule: Rule, x: np.ndarray) -> None:
        graph = _alike(_graph(rule))
        self.x, self.source = x, step_loop(graph)
        self._step = _compiled(self.source, x.dtype.name, x.ndim)
        arrays, self._scalars = (graph.of_kind(kind, graph.states) for kind in (COORDINATE, STEP))
        states = np.empty((len(arrays), *x.shape), x.dtype)
        self._arrays = dict(zip(arrays, states, strict=True))
        for name, array in self._arrays.items():
            array[...] = graph.states[name]
        scalars = [graph.states[name] for name in self._scalars]
        self._numbers = np.array([0, *graph.settings.values(), *scalars], float)
        self._rest = x.reshape(-1), states.reshape(len(arrays), x.size), self._numbers
        self._shape = x.shape

    @property
    def t(self) -> int:
        """The number of steps taken."""
        return int(self._numbers[0])

    @property
    def states(self) -> dict[str, Any]:
        """The rule's states by name: arrays, or numbers where all coordinates share one."""
        numbers = self._numbers[self._numbers.size - len(self._scalars) :]
        return self._arrays | dict(zip(self._scalars, numbers.tolist(), strict=True))

    def step(self, g: np.ndarray) -> np.ndarray:
        """Update ``x`` in place.

        Parameters
        ----------
        g : ndarray
            The gradient: shape and precision of ``x``, in C order. It may be read-only.

        Returns
        -------
        ndarray
            ``x`` itself.

        Raises
        ------
        TypeError, ValueError
            If ``g`` is not such an array; nothing has changed then.
        """
        try:
            if g.shape == self._shape:
                self._step(g, *self._rest)  # takes no other type, precision or layout
                return self.x
        except (AttributeError, TypeError):
            pass
        raise _refusal(g, self.x)


def _refusal(g: Any, x: np.ndarray) -> Exception:
    if not isinstance(g, np.ndarray):
        return TypeError(f"the gradient must be an array, not {type(g).__name__}: use np.asarray")
    if g.shape != x.shape:
        return ValueError(
            f"the gradient has shape {g.shape} but the parameters have shape {x.shape}: "
            "give one number for each parameter"
        )
    if g.dtype != x.dtype:
        return TypeError(
            f"the gradient is {g.dtype} but the parameters are {x.dtype}: "
            f"use g.astype({x.dtype.name!r})"
        )
    return ValueError("the gradient is not contiguous: use np.ascontiguousarray(g)")


def stepper(rule: Rule, x: np.ndarray) -> Stepper:
    """Compile ``rule`` for arrays like ``x`` and return what updates ``x`` in place.

    Parameters
    ----------
    rule : Rule
        The update rule. Rules that differ only in numbers share one compiled loop.
    x : ndarray of float32 or float64
        The parameters, writable and contiguous. Steps change them and allocate nothing.

    Returns
    -------
    Stepper
        Its ``step(g)`` takes a step. A rule that looks elsewhere than at ``x``, such as
        ``Nesterov``, needs the gradient from there.

    Raises
    ------
    TypeError, ValueError
        If ``x`` is no such array, or a setting is an array.

    Examples
    --------
    >>> from slopes import Adam
    >>> x = np.array([1.0, -2.0])
    >>> run = stepper(Adam(lr=0.5), x)
    >>> x is run.step(2 * x), x, run.t
    (True, array([ 0.5, -1.5]), 1)

    Notes
    -----
    The loop does what ``rule.update`` does, in the same order and precision, except that it
    multiplies by 1/(1 - β₁ᵗ) and the like, where the rule divides: one rounding more. Numbers
    that all coordinates share, such as NAdam's product of momenta, are kept in float64.
    """
    if not isinstance(x, np.ndarray) or x.dtype not in (np.float32, np.float64):
        what = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise TypeError(f"the parameters must be an array of float32 or float64, not {what}")
    rectangular("the parameters", x, "step each array alone")
    if x.ndim == 0 or x.size == 0:
        raise ValueError(f"the parameters must be an array with numbers in it, not shape {x.shape}")
    if not x.flags.carray:
        raise ValueError(
            "the parameters are changed in place and must be writable and contiguous: "
            "step a copy, x.copy(order='C')"
        )
    return Stepper(rule, x)


# Whole paths ----------------------------------------------------------------------------------


def _start(landscape: Landscape, x0: Any) -> np.ndarray:
    if not isinstance(landscape, Landscape):
        raise TypeError(
            "only a Landscape can be compiled, because it knows its expression: "
            "for other functions use minimize()"
        )
    d = len(landscape.variables)
    start = rectangular("the start", x0, f"write {d} numbers, or {d} rows of one length")
    if start.dtype.kind != "f":
        raise TypeError(f"the start must hold floating-point numbers, not {start.dtype}")
    # One point is looked at without NumPy's overhead, which would be a hundredth of a path's time.
    finite = (
        all(map(math.isfinite, start.tolist())) if start.ndim == 1 else np.isfinite(start).all()
    )
    if not start.size or not finite:
        raise ValueError("the start is empty or not finite: look for NaN or inf in x0")
    if start.ndim == 0 or len(start) != d:
        raise ValueError(
            f"the start has shape {start.shape}, but {landscape.name} takes points with {d} "
            "coordinates along the first axis"
        )
    return start


def _squared(tol: float) -> float:
    tol = number("tol", tol)
    return tol * tol if tol >= 0 else -1.0  # no norm is below zero


@lru_cache(256)
def _path(rule: Rule, landscape: Landscape) -> tuple[Callable[..., Any], np.ndarray, np.ndarray]:
    """Return the loop, the first states and the settings."""
    graph, d = _graph(rule), len(landscape.variables)
    arrays = graph.of_kind(COORDINATE, graph.states)
    states = [v for n, v in graph.states.items() for _ in range(d if n in arrays else 1)]
    settings = list(graph.settings.values())
    loop = _compiled(path_loop(graph, landscape))
    return loop, np.array(states, float), np.array(settings, float)


def path(
    rule: Rule, landscape: Landscape, x0: Any, *, steps: int = 1000, tol: float = 1e-8
) -> Trajectory:
    """Follow ``rule`` on a landscape as :func:`slopes.minimize` does, all in native code.

    Parameters
    ----------
    rule : Rule
        The update rule.
    landscape : Landscape
        The surface; its expression is compiled.
    x0 : array_like of float, shape (d,)
        The start. The path is computed in float64.
    steps : int
        The most steps to take.
    tol : float
        Stop when the norm of the gradient is at most this.

    Returns
    -------
    Trajectory
        Points, values, norms and reason of ``minimize`` up to rounding: a product and a sum may
        be rounded once together, so what is exactly zero there may be tiny here.
        ``state`` and ``where`` are empty.

    Raises
    ------
    TypeError, ValueError
        If the surface is not a landscape, a setting is an array, the rule's dataclass is not
        frozen, or as ``minimize``.

    Examples
    --------
    >>> from slopes import Adam, landscape
    >>> run = path(Adam(lr=0.1), landscape("rosenbrock"), [-1.2, 1.0], steps=10_000)
    >>> run.stopped, run.x.round(6)
    ('gradient', array([1., 1.]))
    """
    start, steps = _start(landscape, x0), whole_steps(steps)
    if start.ndim > 1:
        raise ValueError(f"a path has one start, not an array of shape {start.shape}: use batch()")
    _alike(_graph(rule))
    loop, states, settings = _path(rule, landscape)
    points = np.empty((steps + 1, start.size))
    values, norms = np.empty(steps + 1), np.empty(steps + 1)
    points[0] = start
    n, end = loop(points, values, norms, states, settings, _squared(tol))
    if not (math.isfinite(values[0]) and math.isfinite(norms[0])):
        raise ValueError("the run cannot start: at step 0 the value or the gradient is not finite")
    return Trajectory(
        points=points[:n],
        values=values[:n],
        gradient_norms=norms[:n],
        stopped=_ENDINGS[end],
    )


# Many runs ------------------------------------------------------------------------------------


@lru_cache(256)
def _batch(rule: Rule, landscape: Landscape) -> tuple[Callable[..., Any], dict[str, int]]:
    source, rows = batch_loop(_graph(rule), landscape)
    return _compiled(source), rows


@dataclass(frozen=True, eq=False)
class Batch:
    """Where many runs ended. Their ``shape`` is that of a grid of starts or settings.

    Attributes
    ----------
    points : ndarray, shape (d, …)
        The last point of each run. All are finite.
    values : ndarray, shape ``shape``
        The objective there.
    steps : ndarray of int, shape ``shape``
        The steps that each run took.
    stopped : ndarray of str, shape ``shape``
        Why each run ended: 'gradient', 'steps' or 'diverged'.
    history : ndarray, shape (steps + 1, d, …), or None
        All points, if they were asked for. A run that has ended stays where it is.
    """

    points: np.ndarray
    values: np.ndarray
    steps: np.ndarray
    stopped: np.ndarray
    history: np.ndarray | None = None

    def __repr__(self) -> str:
        counts = (f"{np.count_nonzero(self.stopped == end)} {end}" for end in _ENDINGS)
        return f"Batch of {self.steps.size} runs, stopped by: {', '.join(counts)}"


def batch(
    rule: Rule,
    landscape: Landscape,
    starts: Any,
    *,
    steps: int = 1000,
    tol: float = 1e-8,
    history: bool = False,
) -> Batch:
    """Make many runs side by side: from many starts, with many settings, or both.

    Parameters
    ----------
    rule : Rule
        The update rule. Any of its settings may be an array with a number for each run.
    landscape : Landscape
        The surface.
    starts : array_like of float, shape (d, …)
        The starts, coordinates along the first axis. The other axes and the arrays among the
        settings broadcast to the shape of the runs.
    steps : int
        The most steps to take in each run.
    tol : float
        A run stops when the norm of its gradient is at most this.
    history : bool
        Whether to keep all points.

    Returns
    -------
    Batch
        What ``minimize`` gives for each run, up to rounding. One whose value or gradient is not
        finite at the start cannot go on: it counts as diverged after no steps.

    Raises
    ------
    TypeError, ValueError
        If the surface is not a landscape, the shapes do not fit, there are no runs, the rule's
        dataclass is not frozen, or as ``minimize``.

    Examples
    --------
    Two learning rates by three momenta, from one start:

    >>> from slopes import Momentum, landscape
    >>> rule = Momentum(lr=np.array([[0.05], [0.15]]), momentum=np.array([0.0, 0.5, 0.9]))
    >>> batch(rule, landscape("ravine"), [-1.8, 0.7]).stopped
    array([['gradient', 'gradient', 'gradient'],
           ['diverged', 'steps', 'gradient']], dtype='<U8')
    """
    start, steps, graph = _start(landscape, starts), whole_steps(steps), _graph(rule)
    varied = graph.arrays
    if varied:
        graph = Graph(rule, varied)
        source, rows = batch_loop(graph, landscape)
        loop = _compiled(source)
    else:
        loop, rows = _batch(rule, landscape)
    shape = np.broadcast_shapes(start.shape[1:], *(np.shape(graph.settings[n]) for n in varied))
    runs, d = math.prod(shape), len(start)
    if not runs:
        raise ValueError(f"there are no runs: {', '.join(varied)} must hold at least one number")
    columns = -(-runs // LANES) * LANES  # idle lanes repeat the last run
    first: dict[str, Any] = {f"x_{i}": coordinate for i, coordinate in enumerate(start)}
    for name in graph.of_kind(COORDINATE, graph.states):
        first |= dict.fromkeys((f"{name}_{i}" for i in range(d)), graph.states[name])
    first |= {n: graph.states[n] for n in graph.of_kind(RUN, graph.states)}
    first |= {n: graph.settings[n] for n in varied}
    z = np.zeros((len(rows), columns))
    for name, value in first.items():
        z[rows[name], :runs] = np.broadcast_to(value, shape).ravel()
        z[rows[name], runs:] = z[rows[name], runs - 1]
    shared = [graph.settings[n] for n in graph.of_kind(STEP, graph.settings)]
    shared += [graph.states[n] for n in graph.of_kind(STEP, graph.states)]
    kept = np.empty((steps + 1 if history else 0, d, columns))
    loop(z, np.array(shared, float), kept, steps, _squared(tol))

    points = z[rows["P_0"] : rows["P_0"] + d, :runs].reshape(d, *shape)
    end = z[rows["END"], :runs].reshape(shape).astype(int)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # reported, not warned of
        values = np.asarray(landscape(points))
    return Batch(
        points,
        values,
        np.where(end, end // 4, steps),
        np.array(_ENDINGS)[end % 4],
        kept[:, :, :runs].reshape(-1, d, *shape) if history else None,
    )
