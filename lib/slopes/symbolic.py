r"""Read a traced rule as mathematics: LaTeX, SymPy and JavaScript.

Each reading walks the graph that :mod:`slopes.tracing` recorded, so the equation on the page, the
identity that is proved and the figure that moves are the lines of ``update``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from slopes.formulas import GREEK
from slopes.rules import Rule
from slopes.schedules import Schedule
from slopes.tracing import Node, Trace, trace, trace_schedule
from slopes.trajectory import whole_steps

if TYPE_CHECKING:
    import sympy as sp

__all__ = [
    "equations",
    "javascript",
    "javascript_expression",
    "rule_latex",
    "schedule_latex",
    "unrolled",
]

#: How a program's names are written in the book.
_LATEX = {
    "x": r"\theta",
    "lr": r"\eta",
    "momentum": r"\alpha",
    "beta": r"\beta",
    "beta1": r"\beta_1",
    "beta2": r"\beta_2",
    "rho": r"\rho",
    "eps": r"\epsilon",
    "weight_decay": r"\lambda",
    "psi": r"\psi",
    "initial_accumulator": "r_0",
    "mu": r"\mu",
    "mu_prod": r"\Pi",
    "value": "c",
    "norm": "c",
    # schedules
    "steps": "T",
    "every": "k",
    "gamma": r"\gamma",
    "tau": r"\tau",
    "rise": "p",
    "start": "s_0",
    "end": "s_T",
}


def _name(name: str) -> str:
    """Return a name as LaTeX: m_hat is m̂, v_max has its max on top, steps_2 is a second T."""
    if name in _LATEX:
        return _LATEX[name]
    base, _, mark = name.rpartition("_")
    if not base:
        return rf"\{name}" if name in GREEK else name
    if mark in ("hat", "tilde"):
        return rf"\{mark}{{{_name(base)}}}"
    if mark in ("max", "min"):
        return rf"{_name(base)}^{{\{mark}}}"
    return _subscript(_name(base), mark)


def _subscript(text: str, index: str) -> str:
    own = re.fullmatch(r"(.*)_(\w|\{[^{}]*\})", text)  # LaTeX refuses a second subscript
    return f"{own[1]}_{{{own[2].strip('{}')}, {index}}}" if own else f"{text}_{{{index}}}"


def _indexed(name: str, index: str) -> str:
    if name.endswith("_next"):  # a value that belongs to the step after this one
        return _indexed(name.removesuffix("_next"), "t+1")
    return _subscript(_name(name), index)


def _told_apart(recorded: Trace) -> None:
    """Raise TypeError if two inputs would be written alike."""
    written: dict[str, str] = {}
    for name in recorded.inputs:
        sign = _plain(_name(name))
        if (other := written.setdefault(sign, name)) != name:
            raise TypeError(f"{other} and {name} would both be written {sign}: rename one of them")


def _inputs_latex(recorded: Trace) -> dict[int, str]:
    """Return how the inputs of a recorded rule are written, by the id of their nodes."""
    _told_apart(recorded)
    changing = {"x": "t-1", "g": "t"} | dict.fromkeys(recorded.initial, "t-1")
    return {
        id(node): _indexed(name, changing[name]) if name in changing else _name(name)
        for name, node in recorded.inputs.items()
    }


# LaTeX ----------------------------------------------------------------------------------------


def rule_latex(rule: Rule) -> str:
    r"""Return the lines of ``rule.update`` as LaTeX, in the order they were written.

    A rule that looks elsewhere than at its parameters begins with where: ``rule.look``.

    Parameters
    ----------
    rule : Rule
        Its settings appear as symbols; its options choose the lines.

    Raises
    ------
    TypeError
        If the rule cannot be traced, uses a function without a known sign, or has two settings
        that are written alike.

    Examples
    --------
    >>> from slopes import GradientDescent
    >>> print(rule_latex(GradientDescent()))
    \theta_{t} &= \theta_{t-1} - \eta g_{t}
    """
    recorded = trace(rule)
    known = _inputs_latex(recorded)
    lines = []
    if recorded.look is not recorded.inputs["x"]:
        there = _indexed("x_tilde", "t-1")
        lines.append(rf"{there} &= {_latex(recorded.look, known)[0]}")
        lines.append(rf"{_indexed('g', 't')} &= \nabla J\left({there}\right)")
    for name, node in recorded.lines:
        lines.append(rf"{_indexed(name, 't')} &= {_latex(node, known)[0]}")
        known[id(node)] = _indexed(name, "t")
    return " \\\\\n".join(lines)


def schedule_latex(schedule: Schedule) -> str:
    r"""Return a schedule's factor as LaTeX.

    Parameters
    ----------
    schedule : Schedule
        Its settings appear as symbols.

    Examples
    --------
    >>> from slopes.schedules import ExponentialDecay
    >>> print(schedule_latex(ExponentialDecay(0.9)))
    s_{t} = \gamma^{t - 1}
    """
    recorded = trace_schedule(schedule)
    known = {id(node): _name(name) for name, node in recorded.inputs.items()}
    return rf"s_{{t}} = {_latex(recorded.outputs['s'], known)[0]}"


#: Binding strength of an expression: a weaker one is put in parentheses.
_RELATION, _SUM, _PRODUCT, _POWER, _ATOM = range(5)

_COMPARISONS = {
    np.less: ("<", "<"),
    np.less_equal: (r"\le", "<="),
    np.greater: (">", ">"),
    np.greater_equal: (r"\ge", ">="),
    np.equal: ("=", "==="),
    np.not_equal: (r"\ne", "!=="),
}
_FUNCTIONS = {
    np.maximum: r"\max",
    np.minimum: r"\min",
    np.sign: r"\operatorname{sign}",
    np.exp: r"\exp",
    np.log: r"\log",
    np.sin: r"\sin",
    np.cos: r"\cos",
    np.tanh: r"\tanh",
}
_BRACKETS = {
    np.sqrt: (r"\sqrt{", "}"),
    np.absolute: (r"\left|", r"\right|"),
    np.floor: (r"\left\lfloor ", r" \right\rfloor"),
    np.ceil: (r"\left\lceil ", r" \right\rceil"),
}


def _latex(value: Any, known: dict[int, str]) -> tuple[str, int]:
    """Return LaTeX and its binding strength."""
    if not isinstance(value, Node):
        text = _decimal(value)
        return text, _SUM if text[0] == "-" else _PRODUCT if r"\cdot" in text else _ATOM
    if id(value) in known:
        return known[id(value)], _ATOM

    fn, args = value.fn, value.args

    def part(k: int, at_least: int) -> str:
        text, strength = _latex(args[k], known)
        return text if strength >= at_least else rf"\left({text}\right)"

    if fn is np.add:
        right = part(1, _SUM)
        sign, right = ("-", right[1:]) if right[0] == "-" else ("+", right)
        return f"{part(0, _SUM)} {sign} {right}", _SUM
    if fn is np.subtract:
        return f"{part(0, _SUM)} - {part(1, _PRODUCT)}", _SUM
    if fn is np.negative:
        return f"-{part(0, _PRODUCT)}", _SUM
    if fn is np.multiply:
        factors = [part(k, _PRODUCT) for k in (0, 1)]
        if "1" in factors:  # the factor of a constant schedule
            factors.remove("1")
        sign = r" \cdot " if factors[-1][0].isdigit() else " "
        return sign.join(factors), _PRODUCT
    if fn is np.divide:
        return rf"\frac{{{part(0, _SUM)}}}{{{part(1, _SUM)}}}", _PRODUCT
    if fn in (np.power, np.square):
        exponent = part(1, _SUM) if fn is np.power else "2"
        base = part(0, _ATOM)
        # A name with a superscript of its own is closed off before it gets a second one.
        return (f"{{{base}}}" if "^" in base else base) + f"^{{{exponent}}}", _POWER
    if fn in _BRACKETS:
        left, right = _BRACKETS[fn]
        return f"{left}{part(0, _SUM)}{right}", _ATOM
    if fn in _FUNCTIONS:
        inside = ", ".join(part(k, _SUM) for k in range(len(args)))
        return rf"{_FUNCTIONS[fn]}\left({inside}\right)", _ATOM
    if fn in _COMPARISONS:
        return f"{part(0, _SUM)} {_COMPARISONS[fn][0]} {part(1, _SUM)}", _RELATION
    if fn is np.where:
        condition, yes, no = (part(k, _RELATION) for k in range(3))
        return (
            rf"\begin{{cases}} {yes} & \text{{if }} {condition} \\ "
            rf"{no} & \text{{otherwise}} \end{{cases}}"
        ), _SUM
    raise TypeError(f"no LaTeX is known for {fn.__name__}: add it to slopes.symbolic")


def _number(value: Any) -> float:
    if np.ndim(value):
        raise TypeError("rules are translated with settings that are numbers, not arrays")
    return float(value)


def _decimal(value: Any) -> str:
    """Return a number as it would be written by hand."""
    if abs(number := _number(value)) == np.inf:
        return r"\infty" if number > 0 else r"-\infty"
    if number == np.pi:
        return r"\pi"
    text = repr(number).removesuffix(".0")
    digits, e, power = text.partition("e")
    return rf"{digits} \cdot 10^{{{int(power)}}}" if e else text


# SymPy ----------------------------------------------------------------------------------------


def _sympy_functions() -> dict[Any, Callable[..., Any]]:
    import operator

    import sympy as sp

    return {
        np.add: operator.add,
        np.subtract: operator.sub,
        np.multiply: operator.mul,
        np.divide: operator.truediv,
        np.power: operator.pow,
        np.square: lambda a: a**2,
        np.negative: operator.neg,
        np.sqrt: sp.sqrt,
        np.absolute: sp.Abs,
        np.sign: sp.sign,
        np.maximum: sp.Max,
        np.minimum: sp.Min,
        np.exp: sp.exp,
        np.log: sp.log,
        np.sin: sp.sin,
        np.cos: sp.cos,
        np.tanh: sp.tanh,
        np.floor: sp.floor,
        np.ceil: sp.ceiling,
        np.less: sp.Lt,
        np.less_equal: sp.Le,
        np.greater: sp.Gt,
        np.greater_equal: sp.Ge,
        np.equal: sp.Eq,
        np.not_equal: sp.Ne,
        np.where: lambda c, a, b: sp.Piecewise((a, c), (b, True)),
    }


def _evaluated(value: Any, known: dict[int, Any], functions: dict[Any, Any]) -> Any:
    """Return a graph as one SymPy expression of what is known. Numbers become exact."""
    import sympy as sp

    if not isinstance(value, Node):
        number = _number(value)
        if number in (np.pi, np.inf, -np.inf):
            return {np.pi: sp.pi, np.inf: sp.oo, -np.inf: -sp.oo}[number]
        # 0.96 means 24/25, not the nearest binary fraction.
        exact = Fraction(repr(number))
        return sp.Rational(exact.numerator, exact.denominator)
    if id(value) not in known:
        if value.fn not in functions:
            raise TypeError(
                f"no SymPy function is known for {value.fn.__name__}: add it to slopes.symbolic"
            )
        arguments = [_evaluated(argument, known, functions) for argument in value.args]
        # A comparison counts as 0 or 1 everywhere but in the condition of np.where.
        for k in range(value.fn is np.where, len(arguments)):
            if not isinstance(arguments[k], sp.Expr):
                arguments[k] = sp.Piecewise((1, arguments[k]), (0, True))
        known[id(value)] = functions[value.fn](*arguments)
    return known[id(value)]


def _plain(latex: str) -> str:
    """Return a name as SymPy users type it: theta, beta_1, s_T_2."""
    return latex.replace("\\", "").replace("{", "").replace("}", "").replace(", ", "_")


def _setting_symbols(recorded: Trace) -> dict[int, Any]:
    import sympy as sp

    _told_apart(recorded)
    symbols = {
        id(recorded.inputs[name]): sp.Symbol(_plain(_name(name)), positive=True)
        for name in recorded.settings
    }
    return symbols | {id(recorded.inputs["t"]): sp.Symbol("t", positive=True, integer=True)}


def equations(rule: Rule) -> list[tuple[sp.Symbol, sp.Expr]]:
    r"""Return the lines of ``rule.update`` as SymPy pairs: a new symbol, and what it equals.

    Symbols are named as on the page: settings ``eta``, ``beta_1`` …, positive; ``t``, a positive
    integer; the gradient ``g_t``; new values ``theta_t``, ``m_t``, ``\hat{m}_t`` and old ones
    ``theta_{t-1}``, ``m_{t-1}``, real. Decimals in the code become fractions.

    Parameters
    ----------
    rule : Rule
        Its settings appear as symbols; its options choose the lines.

    Raises
    ------
    TypeError
        If the rule cannot be traced, uses a function that SymPy lacks, or has two settings that
        are written alike.

    Examples
    --------
    >>> from slopes import Momentum
    >>> equations(Momentum())
    [(v_t, alpha*v_{t-1} - eta*g_t), (theta_t, theta_{t-1} + v_t)]
    """
    import sympy as sp

    recorded, functions = trace(rule), _sympy_functions()
    known = _setting_symbols(recorded)
    for name in ("x", "g", *recorded.initial):
        index = "t" if name == "g" else "{t-1}"
        known[id(recorded.inputs[name])] = sp.Symbol(f"{_symbol_name(name)}_{index}", real=True)
    found = []
    for name, node in recorded.lines:
        right = _evaluated(node, known, functions)
        index = "{t+1}" if name.endswith("_next") else "t"
        left = sp.Symbol(f"{_symbol_name(name.removesuffix('_next'))}_{index}", real=True)
        known[id(node)] = left
        found.append((left, right))
    return found


def _symbol_name(name: str) -> str:
    """Return the stem of a line's symbol: a plain Greek name, or LaTeX where it has a mark."""
    plain = name in _LATEX or name in GREEK
    return _name(name).removeprefix("\\") if plain else _name(name)


def unrolled(
    rule: Rule, steps: int, gradient: Callable[[Any], Any] | None = None
) -> list[dict[str, sp.Expr]]:
    r"""Return the parameters and states at steps 0, 1, …, written out in all that came before.

    Parameters
    ----------
    rule : Rule
        Its settings appear as symbols (see :func:`equations`); put numbers in with ``subs``.
    steps : int
        How many steps to take from ``theta_0`` and the initial states; below 0 is a ValueError.
    gradient : callable, optional
        Returns the gradient at a SymPy expression, such as ``sympy.Function("G")``; it is asked
        where the rule looks. By default the gradients are symbols, ``g_1``, ``g_2`` …

    Returns
    -------
    list of dict
        For each step from 0 on, the expressions by name: ``x`` and the states.

    Raises
    ------
    TypeError
        If the rule cannot be traced, uses a function that SymPy lacks, or has two settings that
        are written alike.

    Examples
    --------
    >>> from slopes import Momentum
    >>> unrolled(Momentum(), 2)[2]["v"].expand()
    -alpha*eta*g_1 - eta*g_2
    """
    import sympy as sp

    steps = whole_steps(steps)
    recorded, functions = trace(rule), _sympy_functions()
    settings = _setting_symbols(recorded)
    now: dict[str, Any] = {"x": sp.Symbol("theta_0", real=True)}
    for name, value in rule.states().items():
        now[name] = _evaluated(value, {}, functions)
    path = [now]
    for t in range(1, steps + 1):
        known = dict(settings) | {id(recorded.inputs["t"]): sp.Integer(t)}
        known |= {id(recorded.inputs[name]): value for name, value in now.items()}
        if gradient is None:
            g: Any = sp.Symbol(f"g_{t}", real=True)
        else:
            g = sp.sympify(gradient(_evaluated(recorded.look, dict(known), functions)))
        known[id(recorded.inputs["g"])] = g
        now = {n: _evaluated(node, known, functions) for n, node in recorded.outputs.items()}
        path.append(now)
    return path


# JavaScript -----------------------------------------------------------------------------------

_JS_OPERATORS = {
    np.add: "+",
    np.subtract: "-",
    np.multiply: "*",
    np.divide: "/",
    np.power: "**",
} | {fn: sign for fn, (_, sign) in _COMPARISONS.items()}
JAVASCRIPT_FUNCTIONS = {
    np.sqrt: "sqrt",
    np.absolute: "abs",
    np.sign: "sign",
    np.maximum: "max",
    np.minimum: "min",
    np.exp: "exp",
    np.log: "log",
    np.sin: "sin",
    np.cos: "cos",
    np.tanh: "tanh",
    np.floor: "floor",
    np.ceil: "ceil",
}


def _js(value: Any, known: dict[int, str]) -> str:
    """Return a graph as a JavaScript expression, in parentheses where it is not one word."""
    if not isinstance(value, Node):
        return _js_number(value)
    if id(value) in known:
        return known[id(value)]
    fn, args = value.fn, [_js(argument, known) for argument in value.args]
    if fn in _JS_OPERATORS:
        return f"({args[0]} {_JS_OPERATORS[fn]} {args[1]})"
    if fn is np.square:
        return f"({args[0]} ** 2)"
    if fn is np.negative:
        return f"(-{args[0]})"
    if fn is np.where:
        return f"({args[0]} ? {args[1]} : {args[2]})"
    if fn in JAVASCRIPT_FUNCTIONS:
        return f"Math.{JAVASCRIPT_FUNCTIONS[fn]}({', '.join(args)})"
    raise TypeError(f"no JavaScript is known for {fn.__name__}: add it to slopes.symbolic")


def _js_number(value: Any) -> str:
    number = _number(value)
    if not np.isfinite(number):
        return {np.inf: "Infinity", -np.inf: "(-Infinity)"}.get(number, "NaN")
    text = repr(number).removesuffix(".0")
    return f"({text})" if text.startswith("-") else text


def _js_settings(recorded: Trace) -> str:
    return ", ".join(f"{name}: {_js_number(v)}" for name, v in recorded.settings.items())


def javascript(rule: Rule | Schedule) -> str:
    r"""Return a rule's update, or a schedule's factor, as the source of a JavaScript function.

    For a rule: ``(x, g, t, state, h) => ({x, state})``, where ``x`` and ``g`` are numbers or
    arrays (typed ones, too; the answer's are plain), ``t`` counts from 1, ``state`` is what the
    last step returned (``{}`` at first) and ``h`` holds the settings that shall differ from those
    of ``rule``. Its property ``look(x, t, state, h)`` says where to take the gradient.
    For a schedule: ``(t, h) => factor``. Nothing is changed in place.

    Parameters
    ----------
    rule : Rule or Schedule

    Raises
    ------
    TypeError
        If it cannot be traced, or uses a function without a known translation.

    Examples
    --------
    >>> from slopes.schedules import ExponentialDecay
    >>> print(javascript(ExponentialDecay(0.9)))
    (t, h) => {
      h = {...{gamma: 0.9}, ...h};
      return (h.gamma ** (t - 1));
    }
    """
    if isinstance(rule, Schedule):
        recorded = trace_schedule(rule)
        known = {id(node): "t" if n == "t" else f"h.{n}" for n, node in recorded.inputs.items()}
        return (
            "(t, h) => {\n"
            f"  h = {{...{{{_js_settings(recorded)}}}, ...h}};\n"
            f"  return {_js(recorded.outputs['s'], known)};\n"
            "}"
        )
    recorded = trace(rule)
    states = list(recorded.initial)
    known = {id(recorded.inputs[name]): f"h.{name}" for name in recorded.settings}
    first = ", ".join(f"{n}: {_js(value, known)}" for n, value in recorded.initial.items())
    known |= {id(recorded.inputs[name]): name for name in ("x", "g", "t")}
    known |= {id(recorded.inputs[name]): f"s.{name}" for name in states}
    look = _js(recorded.look, known)
    lines = []
    for name, node in recorded.lines:
        lines.append(f"      const {name}_t = {_js(node, known)};")
        known[id(node)] = f"{name}_t"
    new = {name: _js(node, known) for name, node in recorded.outputs.items()}
    settings = f"{{...{{{_js_settings(recorded)}}}, ...h}}"
    return "\n".join(
        [
            "(() => {",
            "  // One function for numbers and, coordinate by coordinate, for arrays.",
            "  const at = (a, i) => (typeof a === 'number' ? a : a[i]);",
            "  const each = (s, f) => Object.fromEntries(",
            "    Object.entries(s).map(([name, a]) => [name, f(a, name)]));",
            f"  const start = (h) => ({{{first}}});",
            "  const step = (x, g, t, state, h) => {",
            f"    h = {settings};",
            "    state = {...start(h), ...state};",
            "    const one = (x, g, s) => {",
            *lines,
            f"      return {{{', '.join(f'{name}: {text}' for name, text in new.items())}}};",
            "    };",
            "    if (typeof x === 'number') {",
            "      const {x: moved, ...kept} = one(x, g, state);",
            "      return {x: moved, state: kept};",
            "    }",
            "    const all = Array.from(x, (_, i) =>",
            "      one(x[i], g[i], each(state, (a) => at(a, i))));",
            "    return {",
            "      x: all.map((c) => c.x),",
            "      state: each(state, (_, name) => all.map((c) => c[name])),",
            "    };",
            "  };",
            "  step.look = (x, t, state, h) => {",
            f"    h = {settings};",
            "    state = {...start(h), ...state};",
            f"    const one = (x, s) => {look};",
            "    if (typeof x === 'number') return one(x, state);",
            "    return Array.from(x, (_, i) => one(x[i], each(state, (a) => at(a, i))));",
            "  };",
            "  return step;",
            "})()",
        ]
    )


def javascript_expression(expression: Any, variables: Sequence[sp.Symbol]) -> str:
    r"""Return SymPy expressions as the source of a JavaScript function of one point.

    Parameters
    ----------
    expression : sympy expression, or list of them
        One gives a number, a list an array: a landscape's value or its gradient.
    variables : sequence of sympy.Symbol
        In the order of the point's coordinates.

    Returns
    -------
    str
        ``([a, b]) => …``.

    Raises
    ------
    TypeError
        If an expression has other symbols, or a function that JavaScript lacks.

    Examples
    --------
    >>> from slopes import landscapes
    >>> bowl = landscapes.bowl(1, 10)
    >>> print(javascript_expression(bowl.expression, bowl.variables))
    ([theta1, theta2]) => {
      return (1/2)*Math.pow(theta1, 2) + 5*Math.pow(theta2, 2);
    }
    """
    import sympy as sp

    if isinstance(variables, sp.Symbol):
        raise TypeError(f"the variables are a list, in the order of a point: write [{variables}]")
    several = isinstance(expression, list | tuple)
    parts = [sp.sympify(e) for e in (expression if several else [expression])]
    others = set().union(*(e.free_symbols for e in parts)) - set(variables)
    if others:
        raise TypeError(
            f"the point has the coordinates {', '.join(map(str, variables))}, so "
            f"{', '.join(sorted(map(str, others)))} is unknown: put a number in with subs"
        )
    # Unless all names are plain, none is kept: a symbol may be called θ₁, x_{1}, Math or new.
    names = [v.name for v in variables]
    plain = all(re.fullmatch(r"[A-Za-z]|[A-Za-z]\w*\d", name, re.ASCII) for name in names)
    if not plain or len(set(names)) < len(names):
        names = [f"x{k + 1}" for k in range(len(names))]
    renamed = dict(zip(variables, sp.symbols(names), strict=True))
    shared, parts = sp.cse([e.xreplace(renamed) for e in parts], sp.numbered_symbols("shared"))
    known = {*names, *(name.name for name, _ in shared)}
    lines = [f"  const {name} = {in_javascript(e, known)};" for name, e in shared]
    answer = ", ".join(in_javascript(e, known) for e in parts)
    lines.append(f"  return {f'[{answer}]' if several else answer};")
    return "\n".join([f"([{', '.join(names)}]) => {{", *lines, "}"])


def in_javascript(expression: Any, known: set[str], printer: Any = None) -> str:
    """Return a SymPy expression on one line, or raise TypeError if JavaScript cannot compute it.

    ``known`` are the names that may occur; ``printer`` writes it, by default SymPy's own.
    """
    from sympy.printing.jscode import JavascriptCodePrinter

    try:
        text = (printer or JavascriptCodePrinter()).doprint(expression).replace("\n", " ")
    except (NotImplementedError, ValueError):
        text = "unknown"
    # SymPy writes some of what JavaScript lacks as it is, such as I and Sum.
    words = set(re.findall(r"(?<![\w.])[A-Za-z_]\w*", text))
    if words - known - {"Math", "Number"}:
        raise TypeError(f"JavaScript has no function for {expression}")
    return text
