"""The level set through a point: curves lie where they should, and the words are right."""

import numpy as np
import pytest
import sympy as sp
from slopes import Landscape, landscapes, live
from slopes.live.level import _even, scene

HIMMELBLAU = landscapes.himmelblau()
BOX = _even(HIMMELBLAU.domain)
POINTS = [(-1.5, 1.2), (0.5, -4.0), (-0.3, -0.8), (4.5, 4.5), (-5.9, -4.9), (0.1, 2.8)]


def at(point, angle=30.0, surface=HIMMELBLAU, box=BOX):
    return scene(surface, box, 5.0, 100.0, point, angle)


@pytest.mark.parametrize("point", POINTS)
def test_the_level_set_keeps_its_height_and_goes_through_the_point(point):
    marks, _ = at(point)
    np.testing.assert_allclose(HIMMELBLAU(marks["level"].T), HIMMELBLAU(point), rtol=1e-9)
    assert np.isclose(marks["level"], point).all(axis=1).any()
    steps = np.linalg.norm(np.diff(marks["level"], axis=0), axis=1)
    assert steps.max() < 2.5 * (BOX[0][1] - BOX[0][0]) / 282


@pytest.mark.parametrize("point", POINTS)
def test_the_models_level_set_is_its_conic(point):
    marks, says = at(point)
    g, H = HIMMELBLAU.grad(point), HIMMELBLAU.hessian(point)
    for curve in ("model", "branch"):
        u = marks[curve].reshape(-1, 2) - point
        model = u @ g + np.einsum("ki,ij,kj->k", u, H, u) / 2
        np.testing.assert_allclose(model, 0, atol=1e-6)
    np.testing.assert_allclose(marks["centre"][0], point - np.linalg.solve(H, g))
    assert ("hyperbola" in says) == (np.linalg.det(H) < 0)
    assert ("ellipse" in says) == (np.linalg.det(H) > 0)


def test_a_closed_curve_closes_and_an_open_one_leaves_the_map():
    marks, _ = at((3.0, 2.6))
    np.testing.assert_array_equal(marks["level"][0], marks["level"][-1])
    monkey = landscapes.monkey_saddle()
    box = _even(monkey.domain)
    marks, _ = at((0.9, 0.2), surface=monkey, box=box)
    for end in (marks["level"][0], marks["level"][-1]):
        assert any(not low <= v <= high for v, (low, high) in zip(end, box, strict=True))


def test_tangent_gradient_and_cut_are_those_of_the_surface():
    point, angle = (-1.5, 1.2), 40.0
    marks, _ = at(point, angle)
    g, H = HIMMELBLAU.grad(point), HIMMELBLAU.hessian(point)
    tangent, arrow = np.diff(marks["tangent"], axis=0)[0], marks["gradient"][1] - point
    assert tangent @ g == pytest.approx(0, abs=1e-9)
    assert arrow @ g == pytest.approx(np.linalg.norm(arrow) * np.linalg.norm(g))
    e = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    t = marks["cut"][:, 0]
    np.testing.assert_allclose(
        marks["cut"][:, 1], HIMMELBLAU(np.array(point)[:, None] + e[:, None] * t)
    )
    parabola = HIMMELBLAU(point) + t * (g @ e) + t**2 * (e @ H @ e) / 2
    np.testing.assert_allclose(marks["parabola"][:, 1], parabola)
    line = HIMMELBLAU(point) + np.array([-5, 5]) * (g @ e)
    np.testing.assert_allclose(marks["line"][:, 1], line)


def test_on_a_quadratic_the_model_is_the_surface():
    bowl = landscapes.bowl(1, 4)
    marks, says = at((1.0, 0.7), surface=bowl, box=_even(bowl.domain))
    np.testing.assert_allclose(marks["model"], marks["level"], atol=1e-9)
    np.testing.assert_allclose(marks["centre"], [[0, 0]], atol=1e-12)
    assert "1 and 4: the model's level set is an ellipse" in says


def test_across_the_gradient_the_slope_is_zero_and_along_it_greatest():
    bowl = landscapes.bowl(1, 1)
    _, says = at((1.0, 0.0), 90.0, bowl, _even(bowl.domain))
    assert "points 0° from the first axis, up a slope of 1; along φ = 90° the slope is 0" in says
    _, says = at((0.0, -1.5), -90.0, bowl, _even(bowl.domain))
    assert (
        "points −90° from the first axis, up a slope of 1.5; along φ = −90° the slope is 1.5"
        in (says)
    )


def test_a_flat_point_has_no_tangent():
    wells = landscapes.double_well()
    marks, says = at((1.0, 0.0), surface=wells, box=_even(wells.domain))
    assert "The gradient is zero here" in says
    for name in ("level", "tangent", "model", "branch", "gradient"):
        assert len(marks[name]) == 0
    assert len(marks["centre"]) == 1


@pytest.mark.parametrize(
    ("expression", "words"),
    [("a**2 + b", "a parabola"), ("a + 2*b", "the tangent itself"), ("a*b", "a hyperbola")],
)
def test_the_models_level_set_is_named(expression, words):
    a, b = sp.symbols("a b", real=True)
    domain = ((-2, 2), (-2, 2))
    surface = Landscape("odd", sp.sympify(expression, {"a": a, "b": b}), (a, b), domain, (1, 1), ())
    figure = live.level(surface)
    assert f"the model's level set is {words}." in figure.says
    assert ("branch" in {m.name for m in figure.panels[0].marks if len(m.points)}) == (
        words == "a hyperbola"
    )


def test_a_unit_is_as_long_across_as_upward():
    figure = live.level(HIMMELBLAU)
    panel = figure.panels[0]
    (x0, y0), (x1, y1) = panel.place([(0, 0), (1, 1)])
    assert x1 - x0 == pytest.approx(y0 - y1)
    assert panel.x.low <= -5
    assert panel.y.high >= 5


def test_heights_may_be_chosen():
    assert live.level(HIMMELBLAU, heights=(-10, 200)).panels[1].y.high == 200


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"at": (9, 0)}, "outside the map"),
        ({"at": (1, 2, 3)}, "outside the map"),
        ({"angle": 270}, "between -180 and 180"),
        ({"domain": ((1, 0), (0, 1))}, "low < high"),
        ({"domain": 4}, "two pairs of numbers"),
        ({"heights": (1, 1)}, "heights must be low < high"),
    ],
)
def test_bad_values_are_explained(arguments, message):
    with pytest.raises(ValueError, match=message):
        live.level(HIMMELBLAU, **arguments)


def test_other_things_than_surfaces_are_refused():
    with pytest.raises(TypeError, match="landscape of two variables"):
        live.level(landscapes.bowl(1, 2, 3))
    with pytest.raises(TypeError, match="not <function"):
        live.level(lambda x: x @ x)


def test_a_pole_on_the_map_is_refused():
    a, b = sp.symbols("a b", real=True)
    pole = Landscape("pole", 1 / a + b, (a, b), ((-1, 1), (-1, 1)), (0.5, 0.5), ())
    with pytest.raises(ValueError, match="not finite everywhere on the map"):
        live.level(pole)
