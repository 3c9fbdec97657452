"""Chords and tangents: what is drawn is the definition, and the verdict is right."""

import numpy as np
import pytest
import sympy as sp
from slopes import live
from slopes.live.chord import scene

theta = sp.Symbol("theta")
DOUBLE_WELL = theta**4 - 2 * theta**2


def f(u):
    return u**4 - 2 * u**2


def slope(u):
    return 4 * u**3 - 4 * u


def marks_of(figure):
    return {m.name: m for p in figure.panels for m in p.marks}


def test_the_state_holds_what_the_reader_moves():
    figure = live.chord(DOUBLE_WELL, theta, domain=(-2, 2), ends=(-1, 1.5), t=0.25, tangent=True)
    state = figure.state()
    assert state["x"] == [-1, -1]
    assert state["y"] == pytest.approx([1.5, f(1.5)])
    assert state["t"] == 0.25
    assert [p.name for p in figure.panels] == ["chord", "tangent"]
    assert [h.moves for h in figure.handles] == ["x"] * 3


def test_the_gap_is_that_of_the_definition():
    x, y, t = -1.0, 1.5, 0.25
    marks, says = scene(f, None, (-2, 2), "θ", x, y, t, 0.0)
    middle = t * x + (1 - t) * y
    here, on = f(middle), t * f(x) + (1 - t) * f(y)
    (kind,) = (k for k in ("gap", "broken") if len(marks[k]))
    assert kind == ("gap" if on > here else "broken")
    np.testing.assert_allclose(marks[kind], [[middle, here], [middle, on]])
    assert f"{abs(on - here):.3g} {'above' if on > here else 'below'}" in says


def test_where_a_chord_is_below_is_found_by_halving():
    _, says = scene(f, None, (-2, 2), "θ", -1.2, 1.2, 0.5, 0.0)
    edge = np.sqrt(2 - 1.2**2)  # where u⁴ − 2u² has the height of both ends again
    assert f"from −{edge:.3g} to {edge:.3g}: a witness" in says


def test_areas_are_as_large_as_the_integral():
    marks, _ = scene(f, None, (-2, 2), "θ", 1.0, -1.0, 0.5, 0.0)

    def area(points):
        x, y = points.T
        return abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2

    # The chord lies at −1, the graph above it: ∫ (u⁴ − 2u² + 1) over [−1, 1] is 16/15.
    assert area(marks["under"]) == pytest.approx(16 / 15, rel=1e-3)
    assert area(marks["over"]) == 0


@pytest.mark.parametrize(
    "expression",
    [theta**2, sp.exp(theta), sp.Abs(theta), sp.Max(0, 1 - theta), sp.log(1 + sp.exp(-theta))],
)
def test_no_chord_and_no_tangent_is_a_witness_against_a_convex_function(expression):
    for ends in ((-1, 1.7), (1.9, -0.2), (-2, 2)):
        for at in (-1.9, 0.0, 1.0, 1.3):
            figure = live.chord(expression, theta, domain=(-2, 2), ends=ends, tangent=True, at=at)
            assert "nowhere below: this chord is no witness" in figure.says
            assert "nowhere above the graph: no witness either" in figure.says


def test_a_line_meets_its_chord_and_its_tangent_despite_rounding():
    figure = live.chord(theta / 3 + 0.1, theta, domain=(-1, 1), ends=(-0.7, 0.9), tangent=True)
    assert "the chord meets the graph. It is nowhere below" in figure.says


def test_the_tangent_of_a_dome_is_one_witness_although_it_touches():
    figure = live.chord(-(theta**2), theta, domain=(-1, 1), tangent=True, at=0.3)
    assert "above the graph for θ from −1 to 1, by up to 1.69" in figure.says


def test_ends_in_one_point_make_no_chord():
    figure = live.chord(theta**2, theta, domain=(-1, 1), ends=(0.5, 0.5))
    assert "x and y are one point" in figure.says


def test_a_graph_without_slope_has_no_tangent():
    figure = live.chord(sp.sqrt(theta), theta, domain=(0, 1), tangent=True, at=0)
    assert "At z = 0 the graph has no slope" in figure.says
    assert len(marks_of(figure)["tangent"].points) == 0


def test_a_constant_has_a_graph():
    assert "meets the graph" in live.chord(sp.Integer(2), theta, domain=(0, 1)).says


def test_the_formula_is_written_for_a_reader():
    figure = live.chord(DOUBLE_WELL, theta, domain=(-2, 2))
    assert figure.title == "a chord of the graph of θ⁴ − 2·θ²"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"domain": (1, 1)}, "low < high"),
        ({"domain": 3}, "pair of numbers"),
        ({"domain": (-1, 1), "ends": (0, 2)}, "the point y = 2 is outside the domain, -1 to 1"),
        ({"domain": (-1, 1), "t": 1.5}, "between 0 and 1"),
    ],
)
def test_bad_values_are_explained(arguments, message):
    with pytest.raises(ValueError, match=message):
        live.chord(theta**2, theta, **arguments)


def test_a_pole_in_the_domain_is_named():
    with pytest.raises(ValueError, match="not finite at theta = 0: choose a domain without"):
        live.chord(1 / theta, theta, domain=(-1, 1))


def test_other_symbols_are_refused():
    with pytest.raises(TypeError, match=r"function of theta alone, so a is unknown"):
        live.chord(sp.Symbol("a") * theta, theta, domain=(0, 1))
