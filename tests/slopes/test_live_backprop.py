"""The graph of back-propagation: adjoints are derivatives, and the picture is readable."""

import math

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, reject
from hypothesis import strategies as st
from slopes import live
from slopes.live.backprop import passed, short, told
from slopes.live.layers import BARE_HEIGHT, BARE_WIDTH, RADIUS, layout
from slopes.live.operations import _functions, graph_of

a, b, w, x, y, u = sp.symbols("a b w x y u", real=True)
sigmoid = sp.Function("sigmoid")
NEURON = {"w": 0.5, "x": 2, "b": -1.5, "y": 1}


def logistic(z):
    return 1 / (1 + sp.exp(-z))


def gradient(expression, at):
    """Return the value of an expression, and its adjoints by the inputs' names."""
    nodes, _ = graph_of(expression, at)
    backward = list(range(len(nodes)))[::-1]
    found = passed(nodes, backward, [at.get(n.key, math.nan) for n in nodes])
    return found.value[-1], {n.key: found.adjoint[i] for i, n in enumerate(nodes) if n.key}


def formulas():
    """Expressions as they are typed, each beside what SymPy makes of the same."""
    signs = {"+": lambda p, q: p + q, "-": lambda p, q: p - q, "*": lambda p, q: p * q}
    functions = {"sin": sp.sin, "tanh": sp.tanh, "sigmoid": logistic, "abs": sp.Abs}
    leaves = st.sampled_from([(str(v), v) for v in (a, b, x)] + [("2", sp.Integer(2))])

    def grown(parts):
        binary = st.builds(
            lambda s, p, q: (f"({p[0]} {s} {q[0]})", signs[s](p[1], q[1])),
            st.sampled_from(sorted(signs)), parts, parts,
        )  # fmt: skip
        quotient = st.builds(
            lambda p, q: (f"({p[0]})/(3 + sin({q[0]}))", p[1] / (3 + sp.sin(q[1]))), parts, parts
        )
        called = st.builds(
            lambda f, p: (f"{f}({p[0]})", functions[f](p[1])),
            st.sampled_from(sorted(functions)), parts,
        )  # fmt: skip
        power = st.builds(lambda p, k: (f"({p[0]})**{k}", p[1] ** k), parts, st.integers(2, 3))
        return binary | quotient | called | power

    return st.recursive(leaves, grown, max_leaves=6)


@given(formulas(), st.lists(st.integers(-15, 15), min_size=3, max_size=3))
def test_adjoints_are_derivatives_whatever_the_graph(formula, tenths):
    text, expression = formula
    at = {v.name: t / 10 + 0.03 for v, t in zip((a, b, x), tenths, strict=True)}
    numbers = dict(zip((a, b, x), at.values(), strict=True))
    names = text.replace("abs", "").replace("tanh", "")
    used = {name: value for name, value in at.items() if name in names}
    assume(used and "(" in text)
    value, slopes = gradient(text, used)
    f = sp.lambdify([a, b, x], expression)
    assert value == pytest.approx(float(f(*at.values())), rel=1e-9, abs=1e-12)
    for name, slope in slopes.items():
        exact = float(expression.diff(sp.Symbol(name, real=True)).subs(numbers))
        assert slope == pytest.approx(exact, rel=1e-8, abs=1e-8)
    # SymPy's own order, with what it merged and cancelled, has the same gradient.
    left = {str(v): at[str(v)] for v in expression.free_symbols}
    if left and not expression.is_Symbol:
        _, others = gradient(expression, left)
        for name, slope in others.items():
            assert slope == pytest.approx(slopes[name], rel=1e-7, abs=1e-7)


@pytest.mark.parametrize(
    ("expression", "at"),
    [
        ((logistic(w * x + b) - y) ** 2, NEURON),
        ((a * x + b - y) ** 2, {"a": 2, "x": 3, "b": 1, "y": 5}),
        (a**x / (1 + sp.sqrt(a)) ** 3 + 2**x / 3, {"a": 1.5, "x": 2}),
        (sp.log(1 + sp.exp(-y * x)), {"x": 0.3, "y": -1}),
        (sp.Max(a * x, b, 1) - sp.Min(a, x), {"a": 2, "b": 0.5, "x": 3}),
        (x ** sp.Rational(3, 2) + sp.sqrt(2) * x + sp.pi - 1 / x**2, {"x": 2}),
        (sp.exp(-x) / (y**2 + 1) - x / 3, {"x": 0.4, "y": 2}),
    ],
)
def test_adjoints_are_difference_quotients(expression, at):
    at = {name: float(v) for name, v in at.items()}
    value, slopes = gradient(expression, at)
    f = sp.lambdify([sp.Symbol(n, real=True) for n in at], expression)
    assert value == pytest.approx(float(f(*at.values())))
    for name, slope in slopes.items():
        h = 1e-6
        above, below = (f(*{**at, name: at[name] + s * h}.values()) for s in (1, -1))
        assert slope == pytest.approx(float(above - below) / (2 * h), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", ["sigmoid", "softplus"])
def test_derivatives_written_by_hand_are_sympys(name):
    value, (slope,) = _functions()[name][1](u)
    for at in (-3, -0.5, 0.25, 2):
        assert float((value.diff(u) - slope).subs(u, at)) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "tanh"])
@pytest.mark.parametrize("at", [-2000.0, 2000.0])
def test_far_out_activations_have_numbers(name, at):
    value, slopes = (
        gradient(sp.Function(name)(x), {"x": at})
        if name != "tanh"
        else gradient(sp.tanh(x), {"x": at})
    )
    assert math.isfinite(value)
    assert slopes["x"] == pytest.approx(1.0 if (name, at) == ("softplus", 2000) else 0.0)


def test_kinks_have_the_slopes_that_libraries_choose():
    for f in (sp.Max(0, x), sp.Function("relu")(x), sp.Abs(x)):
        assert gradient(f, {"x": 0.0})[1] == {"x": 0}
    assert gradient("abs(x)", {"x": -2.0})[1] == {"x": -1}


def test_what_occurs_twice_is_one_node_and_its_adjoints_add():
    nodes, _ = graph_of("sin(w*x) + (w*x)**2", {"w": 1.0, "x": 2.0})
    assert [n.formula for n in nodes if n.args] == ["w · x", "sin(v₁)", "v₁²", "v₂ + v₃"]
    nodes, _ = graph_of("0.12345*x + 0.12346*x", {"x": 1.0})
    assert len(nodes) == 4, "constants are told apart by more than what is shown"
    figure = live.backprop("x*sin(x)", {"x": 1})
    assert "x feeds 2 nodes, and their shares add" in figure.says


def test_a_string_keeps_its_order_and_a_logistic_is_found():
    nodes, inputs = graph_of("(sigmoid(w*x + b) - y)**2/2", NEURON)
    assert [n.label for n in nodes] == ["w", "x", "×", "b", "+", "σ", "y", "−", "( )²", "÷2"]
    assert inputs == [0, 1, 3, 6]
    nodes, _ = graph_of((logistic(w * x + b) - y) ** 2, NEURON)
    assert sorted(n.label for n in nodes) == sorted([*"wx×b+σy−", "( )²"])


def test_names_go_into_the_words():
    at, names = {"a": 2, "x": 3, "y": 5}, ["p", "e", "L"]
    none = live.backprop("(a*x - y)**2", at, names=names, step=0)
    assert none.says.startswith("Forward, (a, x, y) is (2, 3, 5), so L = 1. No adjoint is known")
    one = live.backprop("(a*x - y)**2", at, names=names, step=1)
    assert one.says == "Step 1 of 6: the adjoint of the output L is 1, because ∂L/∂L = 1."
    assert "above v: its adjoint ∂L/∂v" in one.svg()


def test_the_walk_takes_a_node_after_all_that_it_feeds():
    figure = live.backprop("x*sin(x) + exp(w*x)*x", {"x": 1, "w": -0.5})
    order, nodes = figure.data["order"], figure.data["nodes"]
    assert sorted(order) == list(range(len(nodes)))
    for i, node in enumerate(nodes):
        assert all(order.index(arg) > order.index(i) for arg in node["args"])


def test_python_moves_inputs_and_the_walk():
    figure = live.backprop("(a*x - y)**2", {"a": 2, "x": 3, "y": 5}, vary={"x": (-4, 4)})
    figure.set(x=-1, step=2, show_local=False)
    assert figure.state() == {
        "show_values": True, "show_local": False, "show_adjoints": True, "x": -1.0, "step": 2,
    }  # fmt: skip
    with pytest.raises(ValueError, match="this figure has no 'a'"):
        figure.set(a=1)
    with pytest.raises(ValueError, match="step must be a whole number from 0 to 6"):
        figure.set(step=7)


def test_only_reached_nodes_show_adjoints():
    for step in range(10):
        figure = live.backprop("(sigmoid(w*x + b) - y)**2", NEURON, step=step)
        marks = {m.name: m for m in figure.panels[0].marks}
        shown = [i for i in range(9) if marks[f"adjoint{i}"].text]
        assert sorted(figure.data["order"][:step]) == shown
        lit = [
            e for e in figure.data["edges"] if step and e["from"] == figure.data["order"][step - 1]
        ]
        flows = [m for m in marks.values() if m.name.startswith("flow") and len(m.points)]
        assert len(flows) == len(lit)


def test_where_there_is_no_number_there_is_a_word():
    figure = live.backprop(sp.log(x) * y, {"x": 0, "y": 1})
    assert "−infinite" in figure.says
    negative = live.backprop(sp.sqrt(x) + y, {"x": -1, "y": 1})
    assert "no number" in negative.says
    for drawn in (figure, negative):
        text = drawn.html().lower()
        assert "nan<" not in text
        assert "nan)" not in text
        assert "not finite" not in text
    assert (told(math.inf), told(math.nan)) == ("infinite", "no number")
    assert [short(v) for v in (0.0, 1e-9, -math.inf)] == ["0", "10⁻⁹", "−infinite"]


@given(st.data())
def test_places_keep_their_distance(data):
    count = data.draw(st.integers(2, 9))
    edges = [(i, data.draw(st.integers(i + 1, count - 1))) for i in range(count - 1)]
    for i in range(count - 1):
        extra = (i, data.draw(st.integers(i + 1, count - 1)))
        if data.draw(st.booleans()) and extra not in edges:
            edges.append(extra)
    try:
        found = layout([RADIUS] * count, [20.0] * count, edges)
    except ValueError:  # too many columns or rows
        reject()
    for i, (x0, y0) in enumerate(found.places):
        assert 20 <= x0 <= BARE_WIDTH - 20
        assert 30 <= y0 <= BARE_HEIGHT - 30
        for j in range(i):
            if found.columns[i] == found.columns[j]:
                assert abs(y0 - found.places[j][1]) > 2 * RADIUS
    for (i, j), route in zip(edges, found.routes, strict=True):
        assert found.columns[i] < found.columns[j]
        assert np.all(np.diff([p[0] for p in route]) > 0)
    assert len(found.spots) == len(edges)


def test_edges_that_need_not_cross_do_not():
    found = layout([12] * 7, [20] * 7, [(0, 4), (1, 5), (2, 4), (3, 5), (4, 6), (5, 6)])
    heights = [y0 for _, y0 in found.places]
    first, second = sorted([heights[0], heights[2]]), sorted([heights[1], heights[3]])
    assert first[0] > second[1] or second[0] > first[1]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: live.backprop("w*x + b", {"w": 1, "x": 2}), ValueError, "input b has no value"),
        (lambda: live.backprop(w * x, {"w": 1}), ValueError, "input x has no value"),
        (lambda: live.backprop("x**2", {"x": 1, "q": 3}), ValueError, "q has a value but does not"),
        (lambda: live.backprop("x", {"x": 1}), ValueError, "no operation to walk through"),
        (lambda: live.backprop("x*", {"x": 1}), ValueError, "but the formula ends"),
        (lambda: live.backprop("x**2", {"x": np.nan}), ValueError, "must be finite"),
        (lambda: live.backprop("x**2", {"x": "two"}), ValueError, "must be a number, not 'two'"),
        (lambda: live.backprop("x**2", {"x,": 1}), ValueError, "a letter, then letters"),
        (lambda: live.backprop("x**2", [1]), TypeError, "at must say where to start"),
        (lambda: live.backprop("step**2", {"step": 1}), ValueError, "has a step of its own"),
        (lambda: live.backprop("I**2", {"I": 1}), ValueError, "has a meaning in formulas"),
        (lambda: live.backprop(object(), {"x": 1}), TypeError, "not <object"),
        (lambda: live.backprop(sp.Function("swish")(x), {"x": 1}), TypeError, "swish is no oper"),
        (lambda: live.backprop("norm(x)", {"x": 1}), TypeError, "norm is no operation"),
        (lambda: live.backprop(sp.I * x, {"x": 1}), TypeError, "no real number"),
        (lambda: live.backprop(sp.MatrixSymbol("A", 2, 2), {"A": 1}), TypeError, "is a matrix"),
        (lambda: live.backprop("x*x", {"x": 1}, names=["p", "q"]), ValueError, "one for each"),
        (lambda: live.backprop("x*x", {"x": 1}, names=["x"]), ValueError, "'x' is not"),
        (lambda: live.backprop("x*x", {"x": 1}, vary={"q": (0, 1)}), ValueError, "no input 'q'"),
        (lambda: live.backprop("x*x", {"x": 1}, vary={"x": 3}), ValueError, "pair of numbers"),
        (lambda: live.backprop("x*x", {"x": 1}, vary={"x": (2, 1)}), ValueError, "low < high"),
        (lambda: live.backprop("x*x", {"x": 1}, vary={"x": (2, 3)}), ValueError, "widen the range"),
        (lambda: live.backprop("x*x", {"x": 1}, step=3), ValueError, "from 0 to 2, not 3"),
        (
            lambda: live.backprop("exp(sin(exp(sin(exp(sin(exp(sin(x))))))))", {"x": 1}),
            ValueError,
            "9 columns, and at most 8",
        ),
        (
            lambda: live.backprop("a+b+c+e+f+g", dict.fromkeys("abcefg", 1)),
            ValueError,
            "6 nodes of the graph stand in one column",
        ),
    ],
)
def test_errors_say_what_to_do(call, error, words):
    with pytest.raises(error, match=words):
        call()
