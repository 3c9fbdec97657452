"""Run a rule once on symbols and keep what it did as a small expression graph.

Rules and schedules are plain NumPy, so a node that answers NumPy's protocols is enough to record
them: none is written twice to be printed or translated.

For who reads a graph: ``Node.fn`` is a string for an input and otherwise the NumPy function that
was called, a ufunc or ``np.where``, the only one that is not a ufunc. ``Node.args`` holds nodes
and plain numbers. Options (True, False, None) choose lines while the rule runs, so they are never
in the graph.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from slopes.rules import BRANCHING, IN_PLACE, Rule, Settings, complete
from slopes.schedules import Schedule

__all__ = ["Node", "Trace", "trace", "trace_schedule"]


class Node(NDArrayOperatorsMixin):
    """A NumPy function applied to nodes and numbers, or a named input when ``fn`` is a string."""

    _made = itertools.count()

    def __init__(self, fn: Any, args: tuple[Any, ...] = ()) -> None:
        self.fn, self.args = fn, args
        self.order = next(self._made)  # the order in which the rule was written

    def __array_ufunc__(self, fn: np.ufunc, method: str, *args: Any, **kwargs: Any) -> Node:
        """Record the call instead of computing it."""
        if "out" in kwargs:
            raise TypeError(f"a rule {IN_PLACE}")
        if method != "__call__" or kwargs or fn.signature is not None:
            what = fn.__name__ if method == "__call__" else f"{fn.__name__}.{method}"
            raise TypeError(_refusal(what))
        return Node(fn, args)

    def __array_function__(self, fn: Any, types: Any, args: Any, kwargs: Any) -> Node:
        """Record ``np.where``; every other function would mix coordinates."""
        if fn is not np.where or len(args) != 3 or kwargs:
            raise TypeError(_refusal(fn.__name__))
        return Node(fn, args)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # NumPy, copy and others ask what an object can do
            raise AttributeError(name)
        raise TypeError(_refusal(f".{name}"))

    def __getitem__(self, key: Any) -> Any:
        raise TypeError(_refusal("a part of an array, as in g[0]"))

    def __iter__(self) -> Any:
        raise TypeError(_refusal("Python's own sum, max or a loop"))

    def __float__(self) -> float:
        raise TypeError(_refusal("float()"))

    def __bool__(self) -> bool:
        raise TypeError(f"a rule {BRANCHING}")

    def __repr__(self) -> str:
        if isinstance(self.fn, str):
            return self.fn
        return f"{self.fn.__name__}({', '.join(map(repr, self.args))})"


def _refusal(function: str) -> str:
    return (
        "to be traced, a rule may only apply NumPy functions element by element, "
        f"not {function}, which mixes coordinates or needs arrays"
        + {
            "norm": ": clip by value instead of by norm",
            "clip": ": use np.minimum and np.maximum",
        }.get(function.removeprefix("."), "")
    )


@dataclass(frozen=True)
class Trace:
    """One update, recorded.

    Attributes
    ----------
    inputs : dict of str to Node
        ``x``, ``g``, ``t``, the states and the settings that are numbers.
    lines : list of (str, Node)
        The named lines of ``update`` in the order they were written, outputs included.
    outputs : dict of str to Node
        The new ``x`` and the new states.
    settings : dict of str to float
        The values of the settings among the inputs. A setting whose name is already taken by
        another part of the rule gets a number: ``steps``, ``steps_2``.
    initial : dict of str to Node or float
        The first value of each state.
    look : Node
        The point where the rule wants the gradient; ``inputs["x"]`` unless it says otherwise.
    """

    inputs: dict[str, Node]
    lines: list[tuple[str, Node]]
    outputs: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    initial: dict[str, Any] = field(default_factory=dict)
    look: Any = None


def trace(rule: Rule) -> Trace:
    """Record one update of ``rule``.

    Raises
    ------
    TypeError
        If the rule branches on data or calls something that is not element-wise.

    Examples
    --------
    >>> from slopes import GradientDescent
    >>> trace(GradientDescent()).lines
    [('x', subtract(x, multiply(lr, g)))]
    """
    if not isinstance(rule, Rule):
        raise TypeError(f"a rule such as Adam() was expected, not {rule!r}")
    if not is_dataclass(rule):
        kind = type(rule).__name__
        raise TypeError(f"{kind} is no dataclass: write @dataclass(frozen=True) above class {kind}")
    hyper: dict[str, Node] = {}
    settings: dict[str, Any] = {}
    symbolic = _symbolic(rule, hyper, settings)
    states = symbolic.states()
    inputs = {name: Node(name) for name in ("x", "g", "t", *states)}
    if clash := {"x", "g", "t"} & set(states):
        raise TypeError(
            f"{type(rule).__name__}: {', '.join(sorted(clash))} cannot be the name of a state: it "
            "is the parameters, the gradient or the step"
        )
    clash = set(inputs) & set(hyper)
    if clash:
        raise TypeError(f"{type(rule).__name__}: {', '.join(clash)} is both a setting and a state")
    result, lines = _recorded(lambda: symbolic.update(*inputs.values()), "update")
    outputs = dict(zip(("x", *states), complete(rule, result, len(states)), strict=True))
    look = symbolic.look(inputs["x"], inputs["t"], *(inputs[name] for name in states))
    inputs |= hyper
    return Trace(inputs, _named(lines, inputs, outputs), outputs, settings, states, look)


def trace_schedule(schedule: Schedule) -> Trace:
    """Record a schedule's factor: the only output, called ``s``.

    Raises
    ------
    TypeError
        If the schedule branches on the step or calls something that is not element-wise.

    Examples
    --------
    >>> from slopes.schedules import InverseTimeDecay
    >>> trace_schedule(InverseTimeDecay()).outputs
    {'s': divide(1, add(1, divide(subtract(t, 1), tau)))}
    """
    if not isinstance(schedule, Schedule):
        raise TypeError(f"a schedule such as CosineDecay(steps=100) was expected, not {schedule!r}")
    hyper: dict[str, Node] = {}
    settings: dict[str, Any] = {}
    symbolic = _symbolic(schedule, hyper, settings)
    inputs = {"t": Node("t")} | hyper
    outputs = {"s": symbolic.factor(inputs["t"])}
    return Trace(inputs, _named([], inputs, outputs), outputs, settings)


def _symbolic(thing: Any, hyper: dict[str, Node], settings: dict[str, Any]) -> Any:
    """Return a copy whose numbers are nodes, and collect those; options stay as they are."""
    made: dict[str, Any] = {}
    inner: list[str] = []
    for f in fields(thing):
        value = getattr(thing, f.name)
        if isinstance(value, Settings) and is_dataclass(value):
            inner.append(f.name)
        elif value is not None and not isinstance(value, bool | str):
            if not isinstance(value, Real | np.ndarray | Node):
                raise TypeError(
                    f"{type(thing).__name__}: {f.name} must be one number, not {value!r}: give "
                    "each number a setting of its own, such as beta1 and beta2"
                )
            name = f.name
            number = itertools.count(2)
            while name in hyper:
                name = f"{f.name}_{next(number)}"
            made[f.name] = hyper[name] = Node(name)
            settings[name] = value
    # What lies inside comes last, so that the outermost part keeps the plain names.
    for name in inner:
        made[name] = _symbolic(getattr(thing, name), hyper, settings)
    return replace(thing, **made)


def _recorded(run: Callable[[], Any], method: str) -> tuple[Any, list[tuple[str, Any]]]:
    """Run something and return its result with the local variables of each frame of a method."""
    seen: list[tuple[str, Any]] = []
    given: dict[int, set[int]] = {}

    def spy(frame: Any, event: str, arg: Any) -> None:
        # The local names of ``update`` are the names of its lines: m_hat, v_hat …
        if frame.f_code.co_name != method:
            return
        if event == "call":  # what a frame was given has its name already, further out
            given[id(frame)] = {id(value) for value in frame.f_locals.values()}
        elif event == "return":
            inputs = given.pop(id(frame), set())
            seen.extend((n, v) for n, v in frame.f_locals.items() if id(v) not in inputs)

    before = sys.getprofile()
    sys.setprofile(spy)
    try:
        result = run()
    finally:
        sys.setprofile(before)
    return result, seen


def _named(
    seen: list[tuple[str, Any]], inputs: dict[str, Node], outputs: dict[str, Any]
) -> list[tuple[str, Node]]:
    """Return each node that has a name once, in the order of writing; outputs keep their names.

    A name that is taken gets a number: ``x_tilde``, ``x_tilde_2``.
    """
    names: dict[int, tuple[str, Node]] = {}
    # An output that has no name of its own in ``update`` is a line nevertheless.
    for name, value in (*outputs.items(), *seen):
        if isinstance(value, Node):
            names.setdefault(id(value), (name, value))
    for node in inputs.values():
        names.pop(id(node), None)
    lines, taken = [], {*outputs, "g", "t"}
    for name, node in sorted(names.values(), key=lambda line: line[1].order):
        # Wrapped rules may use a name twice, and a rule may reuse the name of what it was given.
        unique, number = name, itertools.count(2)
        while unique in taken and outputs.get(unique) is not node:
            unique = f"{name}_{next(number)}"
        taken.add(unique)
        lines.append((unique, node))
    return lines
