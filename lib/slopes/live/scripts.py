"""A rule on a landscape as one JavaScript loop, for figures that move without a kernel.

The loop is written by what writes the loops for Numba (:mod:`slopes.loops`), in the order in
which NumPy computes, so a path in the browser is the path in Python up to the last digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from slopes.landscapes import Landscape
from slopes.loops import COORDINATE, REFRESH, STEP, Graph, Writer, joined, quick, spread
from slopes.loops import surface_lines as lines_of
from slopes.rules import Rule
from slopes.symbolic import JAVASCRIPT_FUNCTIONS, _js, in_javascript
from slopes.tracing import Node, Trace, trace

__all__ = [
    "evaluated",
    "function_script",
    "named_lines",
    "path_script",
    "signal_script",
    "sweep_script",
]


class _JavaScript(Writer):
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
    loop = _Loop(rule, landscape)
    d, old = loop.d, loop.old
    body = [
        *loop.once,
        *loop.slope,
        f"if (N && !{loop.finite}) return [N, 2];",
        *(f"X[{i}] = x_{i};" for i in range(d)),
        f"if (POINTS) {{ {' '.join(f'POINTS[{d} * N + {i}] = x_{i};' for i in range(d))} }}",
        "if (VALUES) VALUES[N] = F;",
        "if (NORM2 <= TOL * TOL) return [N + 1, 1];",
        *loop.step,
        *(f"{o} = NEXT_{o};" for o in old),
    ]
    return "\n".join(
        [
            "(H, STEPS, TOL, X, POINTS, VALUES) => {",
            *loop.begin,
            *(f"  let {o} = X[{i}];" for i, o in enumerate(old[:d])),
            *(f"  let {o} = {f};" for o, f in zip(old[d:], loop.first, strict=True)),
            "  for (let N = 0; N <= STEPS; N++) {",
            "    const t = N + 1;",
            *(f"    {line}" for line in body),
            "  }",
            "  return [STEPS + 1, 0];",
            "}",
        ]
    )


def sweep_script(rule: Rule, landscape: Landscape) -> str:
    """Return a JavaScript function that follows a rule from many starts, a step of all at a time.

    ``(settings, steps, tol, X, WHY) => undefined``: like :func:`path_script` for each start in
    ``X``, one after the other; the last points are left there, and why they are the last in
    ``WHY``. Starts do not wait for each other's divisions and roots, so a processor works on
    several at once, and what depends on the step alone is computed once for all of them.

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
    >>> print(sweep_script(GradientDescent(), landscapes.bowl(1, 6)).splitlines()[0])
    (H, STEPS, TOL, X, WHY) => {
    """
    loop = _Loop(rule, landscape)
    d, first = loop.d, dict(zip(loop.old[loop.d :], loop.first, strict=True))
    own = [o for o in loop.old if o not in loop.shared]
    place = {o: f"X[{d} * I + {i}]" if i < d else f"OF_{o}[I]" for i, o in enumerate(own)}
    body = [
        "const I = GOING[K];",
        *(f"const {o} = {at};" for o, at in place.items()),
        *loop.slope,
        f"if (N && !{loop.finite}) {{ WHY[I] = 2; continue; }}",
        "if (NORM2 <= TOL * TOL) { WHY[I] = 1; continue; }",
        "GOING[LEFT++] = I;",
        "if (N === STEPS) continue;",
        *loop.step,
        *(f"{at} = NEXT_{o};" for o, at in place.items()),
    ]
    return "\n".join(
        [
            "(H, STEPS, TOL, X, WHY) => {",
            *loop.begin,
            "  const GOING = Uint32Array.from(WHY, (_, I) => I);",
            *(f"  let {o} = {first[o]};" for o in loop.shared),
            *(f"  const OF_{o} = new Float64Array(WHY.length).fill({first[o]});" for o in own[d:]),
            "  let MANY = WHY.length;",
            "  WHY.fill(0);",
            "  for (let N = 0; N <= STEPS && MANY; N++) {",
            "    const t = N + 1;",
            *(f"    {line}" for line in loop.once),
            "    let LEFT = 0;",
            "    for (let K = 0; K < MANY; K++) {",
            *(f"      {line}" for line in body),
            "    }",
            *(f"    {o} = NEXT_{o};" for o in loop.shared),
            "    MANY = LEFT;",
            "  }",
            "}",
        ]
    )


class _Loop:
    """The lines that both loops are made of.

    Attributes
    ----------
    d : int
        Coordinates of the landscape.
    old : list of str
        What a step changes: the coordinates, then the states.
    shared : list of str
        Those of them that depend on the step alone.
    first : list of str
        The states' values at the start.
    begin, once, slope, step : list of str
        Before the loop; once for each t; what a point's slope needs; from there to NEXT_*.
    finite : str
        Whether the numbers at a point are.
    """

    def __init__(self, rule: Rule, landscape: Landscape) -> None:
        graph = Graph(rule)
        writer, d = _JavaScript(graph, running=True), len(landscape.variables)
        whole = graph.of_kind(COORDINATE, graph.outputs)
        ends = {n: "@" if n in whole else "" for n in graph.outputs}
        new = spread([writer.new[n] for n in ends], d)
        surface = lines_of(landscape, writer.look, tuple(writer.looking), _printer)
        self.d, self.old, self.first = d, spread([n + end for n, end in ends.items()], d), []
        for name, value in graph.states.items():
            self.first += [repr(float(value))] * (d if ends[name] else 1)
        self.begin = [f"  const {{{', '.join(graph.settings)}}} = H;"]
        self.begin += [f"  let {p} = 1;" for p in writer.powers]
        self.once = [
            f"{p} = N % {REFRESH} ? {p} * {b} : {b} ** t;" for p, b in writer.powers.items()
        ]
        self.once += _constants(writer.lines[STEP])
        self.slope = [*_constants(surface), f"const NORM2 = {joined(['g@ * g@'], d, ' + ')};"]
        # Zero times a number is zero, times infinity it is not; asking each takes longer.
        self.finite = f"(F * 0 + NORM2 * 0 + {joined(['x@ * 0'], d, ' + ')} === 0)"
        self.shared = graph.of_kind(STEP, graph.states)
        self.step = _constants(spread(writer.lines[COORDINATE], d))
        for o, n in zip(self.old, new, strict=True):
            (self.once if o in self.shared else self.step).append(f"const NEXT_{o} = {n};")


def _constants(lines: list[str]) -> list[str]:
    return [f"const {line};" for line in lines]


def named_lines(recorded: Trace) -> dict[str, Node]:
    """Return the lines of a traced rule by name."""
    return dict(recorded.lines)


def evaluated(value: Any, known: dict[int, Any]) -> Any:
    """Return what a traced value is for the numbers in ``known``, kept by the id of their nodes.

    Examples
    --------
    >>> from slopes import GradientDescent
    >>> recorded = trace(GradientDescent())
    >>> known = {id(recorded.inputs[n]): v for n, v in {"x": 1.0, "g": 2.0, "lr": 0.25}.items()}
    >>> print(evaluated(recorded.outputs["x"], known))
    0.5
    """
    if not isinstance(value, Node):
        return value
    if id(value) not in known:
        known[id(value)] = value.fn(*(evaluated(a, known) for a in value.args))
    return known[id(value)]


def signal_script(rule: Rule, lines: Sequence[str]) -> str:
    """Return a JavaScript function that feeds a rule a sequence of gradients of one parameter.

    ``(h, gradients, steps, out) => undefined``: ``h`` holds every setting of the rule. The
    parameter starts at 0. Where it is after step ``t`` goes to ``out[0][t - 1]``, and the values
    of the rule's lines of that step into the arrays after it.

    Parameters
    ----------
    rule : Rule
        Its options choose the lines; its settings come with ``h``.
    lines : sequence of str
        Names of lines in the rule's ``update``, such as "m" and "m_hat".

    Raises
    ------
    TypeError
        If the rule cannot be traced, or JavaScript lacks a function.

    Examples
    --------
    >>> from slopes import Momentum
    >>> print(signal_script(Momentum(), ["v"]))
    (h, gradients, steps, out) => {
      let x = 0;
      let s_v = 0;
      for (let t = 1; t <= steps; t++) {
        const g = gradients[t - 1];
        const v_t = ((h.momentum * s_v) - (h.lr * g));
        const x_t = (x + v_t);
        x = out[0][t - 1] = x_t;
        s_v = v_t;
        out[1][t - 1] = v_t;
      }
    }
    """
    recorded = trace(rule)
    known = {id(recorded.inputs[name]): f"h.{name}" for name in recorded.settings}
    first = {name: _js(value, known) for name, value in recorded.initial.items()}
    known |= {id(recorded.inputs[name]): name for name in ("x", "g", "t")}
    known |= {id(recorded.inputs[name]): f"s_{name}" for name in first}
    body, found = [], named_lines(recorded)
    for name, node in found.items():
        body.append(f"const {name}_t = {_js(node, known)};")
        known[id(node)] = f"{name}_t"
    body.append(f"x = out[0][t - 1] = {_js(recorded.outputs['x'], known)};")
    body += [f"s_{name} = {_js(recorded.outputs[name], known)};" for name in first]
    body += [f"out[{k}][t - 1] = {_js(found[n], known)};" for k, n in enumerate(lines, 1)]
    return "\n".join(
        [
            "(h, gradients, steps, out) => {",
            "  let x = 0;",
            *(f"  let s_{name} = {value};" for name, value in first.items()),
            "  for (let t = 1; t <= steps; t++) {",
            "    const g = gradients[t - 1];",
            *(f"    {line}" for line in body),
            "  }",
            "}",
        ]
    )


def _products(base: type) -> Any:
    """Return a printer that writes whole powers as products, which all languages round alike."""

    class Printer(base):
        def _print_Pow(self, e: Any, **options: Any) -> str:
            if e.exp.is_Integer and 1 < abs(e.exp) <= 12:
                factor = f"({self._print(e.base)})"
                product = f"({'*'.join([factor] * abs(int(e.exp)))})"
                return product if e.exp > 0 else f"(1/{product})"
            return str(super()._print_Pow(e, **options))

    return Printer


def function_script(expression: Any, variable: Any) -> tuple[str, Callable[[Any], Any]]:
    """Return SymPy expressions of a variable as JavaScript, ``(x) => …``, and for NumPy.

    The two compute the same in the same order. As long as an expression needs only sums,
    products, quotients, whole powers and square roots, they agree to the last digit; sines and
    exponentials are rounded by each language in its own way.

    Parameters
    ----------
    expression : sympy expression, or list of them
        One gives a number, a list an array.
    variable : sympy.Symbol, or list of them
        Both functions take as many numbers: ``(x1, x2) => …``.

    Raises
    ------
    TypeError
        If JavaScript lacks a function.

    Examples
    --------
    >>> import sympy as sp
    >>> t = sp.Symbol("θ")
    >>> script, f = function_script(t**3 / 3, t)
    >>> print(script, f(2.0) == 8 / 3)
    (x) => (1/3)*((x)*(x)*(x)) True
    """
    import sympy as sp
    from sympy.printing.jscode import JavascriptCodePrinter
    from sympy.printing.numpy import NumPyPrinter

    several = isinstance(expression, list | tuple)
    if isinstance(variable, list | tuple):
        places = [sp.Symbol(f"x{k}", real=True) for k in range(1, len(variable) + 1)]
        renamed = dict(zip(variable, places, strict=True))
    else:
        places = [sp.Symbol("x", real=True)]
        renamed = {variable: places[0]}
    parts = [sp.sympify(e).xreplace(renamed) for e in (expression if several else [expression])]
    known = set(map(str, places))
    texts = [in_javascript(part, known, _products(JavascriptCodePrinter)()) for part in parts]
    head = f"({', '.join(map(str, places))}) =>"
    script = f"{head} [{', '.join(texts)}]" if several else f"{head} {texts[0]}"
    options = {"fully_qualified_modules": False, "inline": True, "allow_unknown_functions": True}
    printer = _products(NumPyPrinter)(options)
    return script, sp.lambdify(places, parts if several else parts[0], "numpy", printer=printer)
