"""Rules written out as plain Python loops, for :mod:`slopes.compiled` to compile.

Three loops come from a traced rule: one step on an array, a whole path on a landscape, and many
runs side by side. Every line stands in the outermost loop where it can, so what depends on the
step alone, such as :math:`1 - \\beta_1^t`, is computed once for all coordinates. In a loop,
names in capitals are the loop's own and the others are the rule's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np

from slopes.landscapes import Landscape
from slopes.rules import Rule
from slopes.tracing import Node, trace

__all__ = [
    "BLOCK",
    "COORDINATE",
    "LANES",
    "RUN",
    "STEP",
    "Graph",
    "Writer",
    "batch_loop",
    "path_loop",
    "step_loop",
]

#: What a value depends on: the step alone, the run too, or even the coordinate.
STEP, RUN, COORDINATE = range(3)
#: Runs that a batch advances together: many for the vector units, few for the fastest cache.
LANES = 64
#: Coordinates that a step updates in a row, before it turns to another block.
BLOCK = 65536
#: βᵗ is a running product that is computed afresh after so many steps, more seldom along a path,
#: where a power keeps the next step waiting. What rounding adds to 1 - βᵗ is largest at the start.
REFRESH, SELDOM = 32, 1024
#: The least square whose root is taken beside a quotient, far from overflow of its inverse, and
#: the least power that counts.
TINY = 1e-150
#: Operators with their binding strengths.
_INFIX = {
    np.less: ("<", 1), np.less_equal: ("<=", 1), np.greater: (">", 1), np.greater_equal: (">=", 1),
    np.equal: ("==", 1), np.not_equal: ("!=", 1), np.add: ("+", 2), np.subtract: ("-", 2),
    np.multiply: ("*", 3), np.divide: ("/", 3), np.power: ("**", 5),
}  # fmt: skip
_CHOICE, _COMPARISON, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(7)


class Graph:
    """A traced rule and what each of its values depends on.

    ``varied`` names the settings that differ between runs.
    """

    def __init__(self, rule: Rule, varied: Iterable[str] = ()) -> None:
        recorded = trace(rule)
        if clash := [name for name in recorded.inputs if name == name.upper()]:
            raise TypeError(
                f"{type(rule).__name__}: {', '.join(clash)} must be written with a small letter: "
                "names in capitals are the loop's own"
            )
        self.inputs, self.outputs, self.look = recorded.inputs, recorded.outputs, recorded.look
        self.settings, self.lines = recorded.settings, recorded.lines
        self.states = rule.states()
        #: The settings that are arrays.
        self.arrays = [name for name, value in self.settings.items() if np.ndim(value)]
        self._kinds = dict.fromkeys(self.inputs, STEP) | dict.fromkeys(varied, RUN)
        self._kinds |= {"x": COORDINATE, "g": COORDINATE}
        before = None
        while before != self._kinds:  # a state depends on all that flows into it
            before = dict(self._kinds)
            for name in self.states:
                self._kinds[name] = max(before[name], self.kind(self.outputs[name]))

    def kind(self, value: Any) -> int:
        """Return what ``value`` depends on; -1 for a plain number."""
        if not isinstance(value, Node):
            return -1
        if isinstance(value.fn, str):
            return self._kinds[value.fn]
        return max(map(self.kind, value.args))

    def of_kind(self, kind: int, names: Iterable[str]) -> list[str]:
        """Return those of the names that are of this kind."""
        return [name for name in names if self._kinds[name] == kind]


class Writer:
    """Writes a graph as lines of each kind. ``@`` ends what has a value for each coordinate.

    With ``running`` powers, βᵗ is only named, and the loop keeps the product. ``hoisted`` has the
    names of texts that stand in the loop already.
    """

    _called: tuple[Any, ...] = ()  # operators that are written as functions
    _letter = "A"  # of names for what has none

    def __init__(
        self,
        graph: Graph,
        cast: str = "",
        running: bool = False,
        hoisted: Mapping[str, str] | None = None,
    ) -> None:
        self.graph, self._cast, self._running = graph, cast, running
        self.lines: list[list[str]] = [[], [], []]
        self.powers: dict[str, str] = {}  # running powers and their bases
        self.hoisted: dict[str, str] = dict(hoisted or {})
        self._known: dict[int, tuple[str, int]] = {}
        self._uses: dict[int, int] = {}
        self._count([graph.look, *graph.outputs.values()])
        self._names: dict[int, str] = {}
        functions = (name for name, f in vars(np).items() if isinstance(f, np.ufunc))
        taken = {*graph.inputs, *vars(math), *functions}
        for name, node in graph.lines:
            name = name if name != name.upper() else name.lower() + "_"
            name += "_new" if name in graph.inputs else ""
            while name in taken:  # by a function, or by what another line is called now
                name += "_"
            taken.add(name)
            self._names[id(node)] = name
        self.look = self._text(graph.look, COORDINATE)
        self.looking, self.lines[COORDINATE] = self.lines[COORDINATE], []
        for _, node in graph.lines:  # in the textbook's order
            if id(node) in self._uses:
                self._node(node)
        self.new = {
            name: self._text(node, graph.kind(graph.inputs[name]))
            for name, node in graph.outputs.items()
        }

    def _count(self, values: Iterable[Any]) -> None:
        for value in values:
            if isinstance(value, Node):
                self._uses[id(value)] = self._uses.get(id(value), 0) + 1
                if self._uses[id(value)] == 1 and not isinstance(value.fn, str):
                    self._count(self._parts(value))

    def _parts(self, node: Node) -> tuple[Any, ...]:
        """Return what the text of a node has in it, as often as it does."""
        return node.args[:1] * 2 if self._squares(node) else node.args

    def _squares(self, node: Node) -> bool:
        # For a square, NumPy multiplies arrays but calls pow for numbers; so do the loops.
        power = node.fn is np.power and not isinstance(node.args[1], Node) and node.args[1] == 2
        return (power or node.fn is np.square) and self.graph.kind(node) == COORDINATE

    def _text(self, value: Any, kind: int, at_least: int = _CHOICE) -> str:
        """Return the text of ``value`` inside a line of this kind, first adding what it needs."""
        own = self.graph.kind(value)
        if isinstance(value, Node):
            text, strength = self._node(value)
        else:
            number = value if isinstance(value, int) else float(value)
            text, strength = repr(number), _ATOM if number >= 0 else _SIGN
        simple = own < 0 or text.isidentifier()
        if own < kind and (not simple or (self._cast and kind == COORDINATE)):
            return self._hoist(text, max(own, STEP))
        return text if strength >= at_least else f"({text})"

    def _hoist(self, text: str, kind: int) -> str:
        if text not in self.hoisted:
            name = self.hoisted[text] = f"K{len(self.hoisted)}"
            self.lines[kind].append(
                f"{name} = {self._cast}({text})" if self._cast else f"{name} = {text}"
            )
        return self.hoisted[text]

    def _node(self, node: Node) -> tuple[str, int]:
        if id(node) not in self._known:
            kind = self.graph.kind(node)
            end = "@" if kind == COORDINATE else ""
            if isinstance(node.fn, str):
                self._known[id(node)] = node.fn + end, _ATOM
            else:
                text, strength = self._expression(node, kind)
                name = self._names.get(id(node), f"{self._letter}{len(self._known)}")
                if not self._is_inline(node):
                    name += end
                    self.lines[kind].append(f"{name} = {text}")
                    text, strength = name, _ATOM
                self._known[id(node)] = text, strength
        return self._known[id(node)]

    def _is_inline(self, node: Node) -> bool:
        """Return whether the node stands in the one line that needs it, without a name."""
        return id(node) not in self._names and self._uses[id(node)] == 1

    def _expression(self, node: Node, kind: int) -> tuple[str, int]:
        fn, args, graph = node.fn, node.args, self.graph
        if self._squares(node):
            text = self._text(args[0], kind, _ATOM)
            return f"{text} * {text}", _PRODUCT
        if self._running and fn is np.power and args[1] is graph.inputs["t"]:
            base = self._text(args[0], kind)
            if base in graph.settings:
                self.powers[f"POWER_{base}"] = base
                return f"POWER_{base}", _ATOM
        if fn is np.where:
            return self._choice(*(self._text(a, kind, _COMPARISON) for a in args)), _CHOICE
        if fn is np.negative:
            return f"-{self._text(args[0], kind, _SIGN)}", _SIGN
        if fn is np.divide and STEP <= graph.kind(args[1]) < kind:
            # One division for all coordinates; each then costs a product.
            own = graph.kind(args[1])
            inverse = self._hoist(f"1 / {self._text(args[1], own, _SIGN)}", own)
            return self._scaled(args[0], inverse, kind)
        if fn in _INFIX and fn not in self._called:
            sign, strength = _INFIX[fn]
            groups = strength not in (_COMPARISON, _POWER)  # from the left, as in a - b - c
            left = self._text(args[0], kind, strength + (not groups))
            return f"{left} {sign} {self._text(args[1], kind, strength + 1)}", strength
        return f"{self._function(fn)}({', '.join(self._text(a, kind) for a in args)})", _ATOM

    def _scaled(self, value: Any, factor: str, kind: int) -> tuple[str, int]:
        return f"{self._text(value, kind, _PRODUCT)} * {factor}", _PRODUCT

    def _choice(self, test: str, yes: str, no: str) -> str:
        return f"{yes} if {test} else {no}"

    def _function(self, fn: Any) -> str:
        return str(fn.__name__)


class Hasty(Writer):
    """Writes what waits least, for a path, where each step needs the last.

    - A sum that is scaled by what depends on the step alone is scaled term by term: all but the
      newest gradient's term is then ready before the gradient.
    - a / (√v + ε) becomes a / (v - ε²) · (√v - ε), so the root and the quotient are taken side by
      side. That needs √v well above ε: ``tests`` has what must hold.
    """

    _letter = "B"

    def __init__(self, graph: Graph, hoisted: Mapping[str, str]) -> None:
        self.tests: list[str] = []
        self.finite: list[str] = []
        super().__init__(graph, running=True, hoisted=hoisted)

    def _root(self, node: Any) -> tuple[Any, ...]:
        """Return v and ε if the node is a / (√v + ε), else nothing."""
        if not isinstance(node, Node) or node.fn is not np.divide:
            return ()
        below, shift = node.args[1], 0.0
        if isinstance(below, Node) and below.fn is np.add:
            below, shift = below.args
        rooted = isinstance(below, Node) and below.fn is np.sqrt
        varies = rooted and self.graph.kind(below) == COORDINATE > self.graph.kind(shift)
        return (below.args[0], shift) if varies else ()

    def _parts(self, node: Node) -> tuple[Any, ...]:
        return (*super()._parts(node), *self._root(node)[:1])  # v stands there twice

    def _expression(self, node: Node, kind: int) -> tuple[str, int]:
        if not hasattr(self, "looking"):  # it looks as it should
            return super()._expression(node, kind)
        if self._root(node):
            quotient, root, shift = self._side_by_side(node, kind)
            return f"{quotient} * ({root} - {shift})", _PRODUCT
        if node.fn is np.subtract and self._root(step := node.args[1]) and self._is_inline(step):
            # As a sum. A compiler would move a difference, which the textbook's line also is, to
            # where the two meet, and could not fuse it with the product.
            left = self._text(node.args[0], kind, _SUM)
            quotient, root, shift = self._side_by_side(step, kind)
            return f"{left} + {quotient} * ({shift} - {root})", _SUM
        return super()._expression(node, kind)

    def _side_by_side(self, node: Node, kind: int) -> tuple[str, str, str]:
        """Return a / (v - ε²), √v and ε."""
        v, shift = (self._text(part, kind, _ATOM) for part in self._root(node))
        square = self._hoist(f"{shift} * {shift}", STEP)
        self.tests.append(f"({v} > {self._hoist(f'16 * {square} + {TINY}', STEP)})")
        self.finite.append(v)
        quotient = f"{self._text(node.args[0], kind, _PRODUCT)} / ({v} - {square})"
        return quotient, f"sqrt({v})", shift

    def _scaled(self, value: Any, factor: str, kind: int) -> tuple[str, int]:
        if not (isinstance(value, Node) and value.fn is np.add):
            return super()._scaled(value, factor, kind)
        terms = []
        for term in reversed(value.args):  # the newest first: it is fused with the sum
            own = factor
            if isinstance(term, Node) and term.fn is np.multiply:
                number, rest = term.args
                if self.graph.kind(number) < kind:
                    own = self._hoist(f"{self._text(number, STEP, _PRODUCT)} * {factor}", STEP)
                    term = rest
            terms.append(f"{own} * {self._text(term, kind, _SIGN)}")
        return " + ".join(terms), _SUM


def spread(lines: Iterable[str], d: int) -> list[str]:
    """Repeat the lines that have a value for each coordinate."""
    return [line.replace("@", f"_{i}") for line in lines for i in range(d if "@" in line else 1)]


def joined(names: Iterable[str], d: int, between: str = ", ") -> str:
    return between.join(spread(names, d))


def _listed(names: Iterable[str], place: str, first: int = 0) -> list[str]:
    return [f"{name} = {place.format(i)}" for i, name in enumerate(names, first)]


def _assigned(names: list[str], values: list[str]) -> list[str]:
    """Assign all at once: a new value may need an old one."""
    return [f"{', '.join(names)} = {', '.join(values)}"] if names else []


def _indented(lines: Iterable[str], by: int) -> list[str]:
    return ["    " * by + line for line in lines]


def quick(printer: Any) -> Any:
    """Return a subclass of one of SymPy's printers that writes what waits least.

    Along a path each step needs the last, so what counts is how many operations stand in a row.
    A sum or product of many parts begins with those that are ready first.
    """

    class Quick(printer):
        def __init__(self, settings: Any) -> None:
            super().__init__(settings)
            self.depths: dict[Any, int] = {}  # of names that earlier lines have computed

        def depth(self, e: Any) -> int:
            return self.depths.get(e, 1 + max(map(self.depth, e.args)) if e.args else 0)

        def join(self, e: Any, sign: str) -> str:
            waiting = [(self.depth(a), self._print(a)) for a in e.args]
            while len(waiting) > 1:
                (_, one), (depth, other), *rest = sorted(waiting)
                waiting = [*rest, (depth + 1, f"({one} {sign} {other})")]
            return str(waiting[0][1])

        def _print_Add(self, e: Any, **_: Any) -> str:
            return self.join(e, "+")

        def _print_Mul(self, e: Any, **_: Any) -> str:
            divides = any(a.is_Pow and not a.exp.is_nonnegative for a in e.args)
            return f"({super()._print_Mul(e)})" if divides else self.join(e, "*")

        def _print_Pow(self, e: Any, **settings: Any) -> str:
            return f"({super()._print_Pow(e, **settings)})"

    python = {"fully_qualified_modules": False, "strict": False}
    return Quick(python if "Python" in printer.__name__ else {})


def _printer() -> Any:
    from sympy.printing.pycode import PythonCodePrinter

    class PythonPrinter(PythonCodePrinter):
        def _print_Integer(self, e: Any) -> str:
            return str(e.p) if abs(e.p) < 2**53 else repr(float(e.p))

        def _print_Pow(self, e: Any, **settings: Any) -> str:
            if e.exp == 2:  # a product can be one instruction with a sum
                base = self._print(e.base)
                return f"{base} * {base}" if e.base.is_Symbol else f"({base}) * ({base})"
            return str(super()._print_Pow(e, **settings))

    return quick(PythonPrinter)


@cache
def surface_lines(
    landscape: Landscape, look: str, looking: tuple[str, ...], printer: Callable[[], Any] = _printer
) -> list[str]:
    """Return lines that compute F, the value at x, and g, the gradient where the rule looks."""
    import sympy as sp

    def lines(point: str, temporary: str, wanted: dict[str, Any]) -> list[str]:
        here = {v: sp.Symbol(f"{point}_{i}") for i, v in enumerate(landscape.variables)}
        expressions = [e.xreplace(here) for e in wanted.values()]
        shared, results = sp.cse(expressions, sp.numbered_symbols(temporary))
        writer = printer()
        writer.depths = {name: writer.depth(e) for name, e in shared}
        pairs = [*shared, *zip(wanted, results, strict=True)]
        # A whole number alone would be an integer, whose square may overflow in silence.
        written = [f"{n} = {writer.doprint(sp.Float(e) if e.is_Integer else e)}" for n, e in pairs]
        if any("Not supported" in line for line in written):
            raise TypeError(f"no loop can compute {landscape.name}: {landscape.expression}")
        return written

    value = {"F": landscape.expression}
    slopes = {f"g_{i}": slope for i, slope in enumerate(landscape.slopes)}
    if look == "x@":
        return lines("x", "T", value | slopes)
    there = spread([*looking, f"Y@ = {look}"], len(slopes))
    return [*lines("x", "T", value), *there, *lines("Y", "U", slopes)]


def step_loop(graph: Graph) -> str:
    """Return ``step(G, X, S, H)``: it updates parameters X and states S with the gradient G.

    H holds t, the settings and the states that are the same for all coordinates. Every other step
    goes through the blocks from the last to the first: it begins with what the step before has
    left in the cache.

    Examples
    --------
    >>> from slopes import Momentum
    >>> print(step_loop(Graph(Momentum())))
    def step(G, X, S, H):
        H[0] += 1
        t = H[0]
        lr = H[1]
        momentum = H[2]
        K0 = REAL(momentum)
        K1 = REAL(lr)
        G = G.reshape(-1)
        LAST = (X.size - 1) // 65536
        for BLOCK in range(LAST + 1):
            FIRST = 65536 * (BLOCK if t % 2 else LAST - BLOCK)
            X_HERE, G_HERE = X[FIRST : FIRST + 65536], G[FIRST : FIRST + 65536]
            S0_HERE = S[0, FIRST : FIRST + 65536]
            for I in range(X_HERE.size):
                x, g = X_HERE[I], G_HERE[I]
                v = S0_HERE[I]
                v_new = K0 * v - K1 * g
                x_new = x + v_new
                S0_HERE[I] = v_new
                X_HERE[I] = x_new
    """
    writer = Writer(graph, cast="REAL")
    numbers, arrays = (graph.of_kind(kind, graph.states) for kind in (STEP, COORDINATE))
    here = f"FIRST : FIRST + {BLOCK}"
    lines = [
        "def step(G, X, S, H):",
        "    H[0] += 1",
        *_indented(_listed(["t", *graph.settings, *numbers], "H[{}]"), 1),
        *_indented(writer.lines[STEP], 1),
        *(f"    H[{i}] = {writer.new[n]}" for i, n in enumerate(numbers, -len(numbers))),
        "    G = G.reshape(-1)",
        f"    LAST = (X.size - 1) // {BLOCK}",
        "    for BLOCK in range(LAST + 1):",
        f"        FIRST = {BLOCK} * (BLOCK if t % 2 else LAST - BLOCK)",
        f"        X_HERE, G_HERE = X[{here}], G[{here}]",
        *(f"        S{k}_HERE = S[{k}, {here}]" for k in range(len(arrays))),
        "        for I in range(X_HERE.size):",
        "            x, g = X_HERE[I], G_HERE[I]",
        *_indented(_listed(arrays, "S{}_HERE[I]"), 3),
        *_indented(writer.lines[COORDINATE], 3),
        *(f"            S{k}_HERE[I] = {writer.new[n]}" for k, n in enumerate(arrays)),
        f"            X_HERE[I] = {writer.new['x']}",
    ]
    return "\n".join(lines).replace("@", "")


def path_loop(graph: Graph, landscape: Landscape) -> str:
    """Return ``path(POINTS, VALUES, NORMS, S, H, TOL2)``, which fills the first three.

    It returns how many points there are and why it stopped: 0 for the steps, 1 for the gradient,
    2 for divergence. S holds the first states and H the settings. The bound of the norms is
    squared, and the norms are until the end: a root in the loop would keep the rule's own waiting.

    A step is taken in haste, and one test says whether all was as usual: the gradient above its
    bound, every value finite, and what haste needs. If not, the loop looks closer and takes the
    step as it is written in the textbook.
    """
    plain = Writer(graph, running=True)
    hasty = Hasty(graph, plain.hoisted)
    d = len(landscape.variables)
    ends = {n: "@" if n in graph.of_kind(COORDINATE, graph.outputs) else "" for n in graph.outputs}
    old = spread([n + end for n, end in ends.items()], d)
    new = [f"NEXT_{name}" for name in old]
    finite = " and ".join(f"isfinite({name})" for name in ["F", "NORM2", *old])
    # A sum is finite only if all its parts are. What a root is taken of tells of its state.
    all_finite = joined(["F", "NORM2", "x@", *hasty.finite], d, " + ")
    all_finite += "".join(f" + {state}" for state in old[d:] if not hasty.finite)
    usual = ["(NORM2 > TOL2)", f"isfinite({all_finite})", *hasty.tests]
    lines = [
        "def path(POINTS, VALUES, NORMS, S, H, TOL2):",
        "    COUNT, WHY = VALUES.size, 0",
        *_indented(_listed(graph.settings, "H[{}]"), 1),
        *_indented(_listed(old[:d], "POINTS[0, {}]"), 1),
        *_indented(_listed(old[d:], "S[{}]"), 1),
        *(f"    {power} = 1.0" for power in plain.powers),
        "    for N in range(VALUES.size):",
        "        t = N + 1.0",
        *(
            f"        {power} = {power} * {base} if N % {SELDOM} else {base} ** t"
            for power, base in plain.powers.items()
        ),
        # What is nothing beside 1 must not become so small that a processor is slow with it.
        *(f"        {power} = {power} if {power} > {TINY} else 0.0" for power in plain.powers),
        *_indented(dict.fromkeys(plain.lines[STEP] + hasty.lines[STEP]), 2),
        *_indented(surface_lines(landscape, plain.look, tuple(plain.looking)), 2),
        f"        NORM2 = {joined(['g@ * g@'], d, ' + ')}",
        *(f"        POINTS[N, {i}] = x_{i}" for i in range(d)),
        "        VALUES[N], NORMS[N] = F, NORM2",
        *_indented(spread(hasty.lines[COORDINATE], d), 2),
        *_indented(_assigned(new, spread([hasty.new[n] for n in ends], d)), 2),
        f"        if not ({joined(usual, d, ' & ')}):",
        f"            if N > 0 and not ({finite}):",
        "                COUNT, WHY = N, 2",
        "                break",
        "            if NORM2 <= TOL2:",
        "                COUNT, WHY = N + 1, 1",
        "                break",
        *_indented(spread(plain.lines[COORDINATE], d), 3),
        *_indented(_assigned(new, spread([plain.new[n] for n in ends], d)), 3),
        *_indented(_assigned(old, new), 2),
        "    for N in range(COUNT):",
        "        NORMS[N] = sqrt(NORMS[N])",
        "    return COUNT, WHY",
    ]
    return "\n".join(lines)


def batch_loop(graph: Graph, landscape: Landscape) -> tuple[str, dict[str, int]]:
    """Return ``batch(Z, H, HISTORY, STEPS, TOL)`` and the row of each value in Z.

    A column of Z is a run. P, its last point, and END are results: END is 0 if all steps were
    taken, else four times their number plus 1 for a small gradient or 2 for divergence.
    H holds the settings and states that are the same for all runs; TOL bounds the squared norm.
    """
    writer, d = Writer(graph, running=True), len(landscape.variables)
    shared, varied = (graph.of_kind(kind, graph.settings) for kind in (STEP, RUN))
    once, by_run, by_coordinate = (graph.of_kind(k, graph.states) for k in (STEP, RUN, COORDINATE))
    running = {p: b for p, b in writer.powers.items() if b in shared}
    run_powers = {p: b for p, b in writer.powers.items() if b in varied}
    carried = ["x", *by_coordinate]
    old = [*spread([f"{n}@" for n in carried], d), *by_run]
    new = [*spread([writer.new[n] for n in carried], d), *(writer.new[n] for n in by_run)]
    places = spread(["P@"], d)
    rows = [*old, *varied, *run_powers, *places, "END"]
    at = {name: f"B[{row}, L]" for row, name in enumerate(rows)}
    lanes = f"for L in range({LANES}):"
    finite = " & ".join(f"isfinite({name})" for name in ["F", "NORM2", *old])
    product = "{p} * {b} if N % " + str(REFRESH) + " else {b} ** t"
    lines = [
        "def batch(Z, H, HISTORY, STEPS, TOL):",
        *_indented(_listed(shared, "H[{}]"), 1),
        f"    B = empty(({len(rows)}, {LANES}))",
        f"    for Q in range(0, Z.shape[1], {LANES}):",
        f"        for R in range({len(rows)}):",
        f"            {lanes} B[R, L] = Z[R, Q + L]",
        *_indented(_listed(once, "H[{}]", len(shared)), 2),
        *(f"        {power} = 1.0" for power in running),
        "        for N in range(STEPS + 1):",
        "            t = N + 1.0",
        *(f"            {p} = {product.format(p=p, b=b)}" for p, b in running.items()),
        *(
            f"            {lanes} {at[p]} = {product.format(p=at[p], b=at[b])}"
            for p, b in run_powers.items()
        ),
        *_indented(writer.lines[STEP], 3),
        "            MOVING = 0",
        f"            {lanes}",
        *(f"                {name} = {at[name]}" for name in rows if name not in places),
        *_indented(writer.lines[RUN], 4),
        *_indented(surface_lines(landscape, writer.look, tuple(writer.looking)), 4),
        f"                NORM2 = {joined(['g@ * g@'], d, ' + ')}",
        f"                GOOD = (END == 0) & ({finite} | (N == 0))",
        *(f"                {at[p]} = x_{i} if GOOD else {at[p]}" for i, p in enumerate(places)),
        "                STOP = 4 * t - 3 if NORM2 <= TOL else 0.0",
        "                FAIL = 4 * t - 6 if END == 0 else END",
        f"                {at['END']} = STOP if GOOD else FAIL",
        "                MOVING += GOOD",
        *_indented(spread(writer.lines[COORDINATE], d), 4),
        *(f"                {at[o]} = {n}" for o, n in zip(old, new, strict=True)),
        *_indented(_assigned(once, [writer.new[n] for n in once]), 3),
        "            if HISTORY.size:",
        f"                for R in range({d}):",
        f"                    {lanes} HISTORY[N, R, Q + L] = B[{rows.index('P_0')} + R, L]",
        "            elif MOVING == 0:",
        "                break",
        f"        for R in range({len(rows)}):",
        f"            {lanes} Z[R, Q + L] = B[R, L]",
    ]
    return "\n".join(lines), {name: row for row, name in enumerate(rows)}
