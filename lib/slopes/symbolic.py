"""Read a traced rule as mathematics."""

from __future__ import annotations

from typing import Any

import numpy as np

from slopes.rules import Rule
from slopes.tracing import Node, trace

__all__ = ["rule_latex"]

#: How a program's names are written in the book.
_LATEX = {
    "x": r"\theta",
    "lr": r"\eta",
    "eps": r"\epsilon",
    "momentum": r"\alpha",
    "beta": r"\beta",
    "beta1": r"\beta_1",
    "beta2": r"\beta_2",
    "rho": r"\rho",
}
#: Binding strength of an expression: a weaker one is put in parentheses.
_SUM, _PRODUCT, _POWER, _ATOM = range(4)


def rule_latex(rule: Rule) -> str:
    r"""Return the lines of ``rule.update`` as LaTeX, in the order they were written.

    Examples
    --------
    >>> from slopes import GradientDescent
    >>> print(rule_latex(GradientDescent()))
    \theta_{t} &= \theta_{t-1} - \eta g_{t}
    """
    recorded = trace(rule)
    time_dependent = {"x", "g", *rule.states()}
    known = {}
    for name, node in recorded.inputs.items():
        if name == "g":
            known[id(node)] = _indexed("g", "t")
        elif name in time_dependent:
            known[id(node)] = _indexed(name, "t-1")
        else:
            known[id(node)] = _name(name)
    lines = []
    for name, node in recorded.lines:
        lines.append(rf"{_indexed(name, 't')} &= {_latex(node, known)[0]}")
        known[id(node)] = _indexed(name, "t")
    return " \\\\\n".join(lines)


def _name(name: str) -> str:
    if name.endswith("_hat"):
        return rf"\hat{{{_name(name.removesuffix('_hat'))}}}"
    return _LATEX.get(name, name)


def _indexed(name: str, index: str) -> str:
    return f"{_name(name)}_{{{index}}}"


def _latex(value: Any, known: dict[int, str]) -> tuple[str, int]:
    """Return LaTeX and its binding strength."""
    if not isinstance(value, Node):
        return f"{value:g}", _ATOM
    if id(value) in known:
        return known[id(value)], _ATOM

    def part(k: int, at_least: int) -> str:
        text, strength = _latex(value.args[k], known)
        return text if strength >= at_least else rf"\left({text}\right)"

    fn = value.fn
    if fn is np.add:
        return f"{part(0, _SUM)} + {part(1, _SUM)}", _SUM
    if fn is np.subtract:
        return f"{part(0, _SUM)} - {part(1, _PRODUCT)}", _SUM
    if fn is np.negative:
        return f"-{part(0, _PRODUCT)}", _SUM
    if fn is np.multiply:
        return f"{part(0, _PRODUCT)} {part(1, _PRODUCT)}", _PRODUCT
    if fn is np.divide:
        return rf"\frac{{{part(0, _SUM)}}}{{{part(1, _SUM)}}}", _PRODUCT
    if fn is np.sqrt:
        return rf"\sqrt{{{part(0, _SUM)}}}", _ATOM
    if fn in (np.power, np.square):
        exponent = part(1, _SUM) if fn is np.power else "2"
        return f"{part(0, _ATOM)}^{{{exponent}}}", _POWER
    raise TypeError(f"no LaTeX is known for {fn.__name__}: add it to slopes.symbolic")
