"""A rule on a landscape as one JavaScript loop, for figures that move without a kernel.

The loop is written by what writes the loops for Numba (:mod:`slopes.loops`), in the order in
which NumPy computes, so a path in the browser is the path in Python up to the last digits.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from slopes.landscapes import Landscape
from slopes.loops import COORDINATE, REFRESH, STEP, Graph, Writer, joined, quick, spread
from slopes.loops import surface_lines as lines_of
from slopes.rules import Rule
from slopes.symbolic import JAVASCRIPT_FUNCTIONS

__all__ = ["path_script"]


class _JavaScript(Writer):
    _inverts = False
    _called = (np.power,)

    def _choice(self, test: str, yes: str, no: str) -> str:
        return f"{test} ? {yes} : {no}"

    def _function(self, fn: Any) -> str:
        if fn is np.power:
            return "Math.pow"
        if fn not in JAVASCRIPT_FUNCTIONS:
            raise TypeError(f"no JavaScript is known for {fn.__name__}: add it to slopes.symbolic")
        return f"Math.{JAVASCRIPT_FUNCTIONS[fn]}"


@cache
def _printer() -> Any:
    from sympy.printing.jscode import JavascriptCodePrinter

    class Printer(JavascriptCodePrinter):
        def _print_Pow(self, e: Any) -> str:
            if e.exp.is_Integer and 2 <= e.exp <= 4:  # NumPy's x**2 is a product, too
                base = self._print(e.base)
                if e.base.is_Symbol:
                    return f"({' * '.join([base] * int(e.exp))})"
            return str(super()._print_Pow(e))

    return quick(Printer)


def path_script(rule: Rule, landscape: Landscape) -> str:
    """Return a JavaScript function that follows a rule on a landscape.

    ``(settings, steps, tol, x, points, values) => [count, why]``: ``settings`` holds every
    setting of the rule, ``x`` the start. It stops like :func:`slopes.minimize`; ``why`` is 0 for
    the steps, 1 for the gradient, 2 for divergence, and ``count`` points are finite. The last one
    is left in ``x``, and all of them, one after the other, with their values in ``points`` and
    ``values``, which may be null.

    Parameters
    ----------
    rule : Rule
        Its options choose the lines; its settings come with the call.
    landscape : Landscape

    Raises
    ------
    TypeError
        If the rule cannot be traced, or JavaScript lacks a function.

    Examples
    --------
    >>> from slopes import GradientDescent, landscapes
    >>> print(path_script(GradientDescent(), landscapes.bowl(1, 6)).splitlines()[0])
    (H, STEPS, TOL, X, POINTS, VALUES) => {
    """
    graph = Graph(rule)
    writer, d = _JavaScript(graph, running=True), len(landscape.variables)
    ends = {n: "@" if n in graph.of_kind(COORDINATE, graph.outputs) else "" for n in graph.outputs}
    old = spread([n + end for n, end in ends.items()], d)
    new = spread([writer.new[n] for n in ends], d)
    first = [f"X[{i}]" for i in range(d)]
    for name, value in graph.states.items():
        first += [repr(float(value))] * (d if ends[name] else 1)
    surface = lines_of(landscape, writer.look, tuple(writer.looking), _printer)
    finite = joined(["Number.isFinite(x@)"], d, " && ")
    body = [
        *(f"{p} = N % {REFRESH} ? {p} * {b} : {b} ** t;" for p, b in writer.powers.items()),
        *_constants(writer.lines[STEP]),
        *_constants(surface),
        f"const NORM2 = {joined(['g@ * g@'], d, ' + ')};",
        f"if (N && !(Number.isFinite(F) && Number.isFinite(NORM2) && {finite})) return [N, 2];",
        *(f"X[{i}] = x_{i};" for i in range(d)),
        f"if (POINTS) {{ {' '.join(f'POINTS[{d} * N + {i}] = x_{i};' for i in range(d))} }}",
        "if (VALUES) VALUES[N] = F;",
        "if (NORM2 <= TOL * TOL) return [N + 1, 1];",
        *_constants(spread(writer.lines[COORDINATE], d)),
        *(f"const NEXT_{o} = {n};" for o, n in zip(old, new, strict=True)),
        *(f"{o} = NEXT_{o};" for o in old),
    ]
    return "\n".join(
        [
            "(H, STEPS, TOL, X, POINTS, VALUES) => {",
            f"  const {{{', '.join(graph.settings)}}} = H;",
            *(f"  let {o} = {f};" for o, f in zip(old, first, strict=True)),
            *(f"  let {p} = 1;" for p in writer.powers),
            "  for (let N = 0; N <= STEPS; N++) {",
            "    const t = N + 1;",
            *(f"    {line}" for line in body),
            "  }",
            "  return [STEPS + 1, 0];",
            "}",
        ]
    )


def _constants(lines: list[str]) -> list[str]:
    return [f"const {line};" for line in lines]
