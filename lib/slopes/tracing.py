"""Run a rule once on symbols and keep what it did as a small expression graph.

Rules are plain NumPy, so a node that answers NumPy's ufunc protocol is enough to record them:
no rule is written twice to be printed or translated.
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from slopes.rules import Rule

__all__ = ["Node", "Trace", "trace"]


class Node(NDArrayOperatorsMixin):
    """A ufunc applied to nodes and numbers, or a named input when ``fn`` is a string."""

    _made = itertools.count()

    def __init__(self, fn: Any, args: tuple[Any, ...] = ()) -> None:
        self.fn, self.args = fn, args
        self.order = next(self._made)  # the order in which the rule was written

    def __array_ufunc__(self, fn: np.ufunc, method: str, *args: Any, **kwargs: Any) -> Node:
        """Record the call instead of computing it."""
        if method != "__call__" or kwargs:
            raise TypeError(
                "a rule may only apply NumPy functions element by element, "
                f"not {fn.__name__}.{method}"
            )
        return Node(fn, args)

    def __bool__(self) -> bool:
        raise TypeError("a rule may not branch on data: use np.where or np.maximum instead of if")

    def __repr__(self) -> str:
        if isinstance(self.fn, str):
            return self.fn
        return f"{self.fn.__name__}({', '.join(map(repr, self.args))})"


@dataclass(frozen=True)
class Trace:
    """One update, recorded.

    Attributes
    ----------
    inputs : dict of str to Node
        ``x``, ``g``, ``t``, the states and the hyper-parameters.
    lines : list of (str, Node)
        The named lines of ``update`` in the order they were written, outputs included.
    outputs : dict of str to Node
        The new ``x`` and the new states.
    """

    inputs: dict[str, Node]
    lines: list[tuple[str, Node]]
    outputs: dict[str, Node]


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
    hyper = {f.name: Node(f.name) for f in fields(rule)}  # type: ignore[arg-type]
    states = list(rule.states())
    inputs = {name: Node(name) for name in ("x", "g", "t", *states)}
    seen: list[tuple[str, Node]] = []

    def spy(frame: Any, event: str, arg: Any) -> None:
        # The local names of ``update`` are the names of its lines: m_hat, v_hat …
        if event == "return" and frame.f_code.co_name == "update":
            known = {id(node) for _, node in seen}
            seen.extend(
                (name, value)
                for name, value in frame.f_locals.items()
                if isinstance(value, Node) and id(value) not in known
            )

    symbolic = replace(rule, **hyper)  # type: ignore[type-var]
    before = sys.getprofile()
    sys.setprofile(spy)
    try:
        result = symbolic.update(*inputs.values())
    finally:
        sys.setprofile(before)

    given = {id(node) for node in (*inputs.values(), *hyper.values())}
    lines = [(name, node) for name, node in seen if id(node) not in given]
    lines.sort(key=lambda line: line[1].order)
    outputs = dict(zip(("x", *states), result, strict=True))
    return Trace(inputs | hyper, lines, outputs)
