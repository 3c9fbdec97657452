"""Bias and variance: the fits and the estimates are those of slopes.risk."""

import numpy as np
import pytest
import sympy as sp
from slopes import live, risk
from slopes.live.bias_variance import Sampled

u = sp.Symbol("u")


def sampled(inputs="uniform", sets=40, top=9, **settings):
    figure = live.bias_variance(inputs=inputs, sets=sets, max_degree=top, **settings)
    x = sp.Symbol("x")
    return Sampled(sp.sin(sp.pi * x), x, figure.data, inputs, sets, top), figure


@pytest.mark.parametrize("inputs", ["uniform", "grid"])
@pytest.mark.parametrize("n", [2, 6, 15, 30])
def test_fits_are_those_of_risk(inputs, n):
    data, _ = sampled(inputs)
    x = data.inputs(n)
    y = risk.sine(x) + 0.3 * data.normals[:, :n]
    places = np.linspace(-1, 1, 21)
    fits = data.fits(n, 0.3)
    assert len(fits) == min(10, n)
    for degree, w in enumerate(fits):
        expected = risk.polynomial(degree)(x, y, places)
        found = w @ risk.polynomial_features(places, degree).T
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())


def test_estimates_are_those_of_risk_on_the_same_data():
    data, _ = sampled("grid", sets=60)

    class Shipped(risk.Problem):
        def draw(self, n, repeats, random):
            return data.inputs(n), self.target(data.inputs(n)) + 0.3 * data.normals[:, :n]

    found = risk.bias_variance(Shipped(noise=0.3), risk.polynomial(3), 15, repeats=60)
    w = data.fits(15, 0.3)[3]
    bias2, variance, parts = data._split(w)
    errors = data._errors(w)
    assert (bias2, variance) == pytest.approx((found.bias2.value, found.variance.value), rel=1e-9)
    assert errors[:2] == pytest.approx((found.bias2.error, found.variance.error), rel=1e-6)
    assert parts == pytest.approx(bias2 + variance)


def test_many_sets_agree_with_the_library_within_their_errors():
    _, figure = sampled(sets=400, degree=2, n=25)
    exact = risk.bias_variance(
        risk.Problem(noise=0.3), risk.polynomial(2), 25, repeats=20_000, seed=5
    )
    curves = {m.name: m.points for m in figure.panels[1].marks}
    assert curves["bias"][2, 1] == pytest.approx(exact.bias2.value, abs=0.01)
    assert curves["variance"][2, 1] == pytest.approx(exact.variance.value, abs=0.01)
    assert curves["total"][2, 1] == pytest.approx(exact.e_out.value, abs=0.02)


def test_the_reach_of_a_degree_is_the_projections():
    data, _ = sampled()
    nodes, weights = np.polynomial.legendre.leggauss(80)
    features = risk.polynomial_features(nodes, 9)
    for degree in range(10):
        rest = risk.sine(nodes) - features[:, : degree + 1] @ data.projection[: degree + 1]
        assert data.tail[degree] == pytest.approx(weights @ rest**2 / 2, abs=1e-14)


def test_the_state_and_the_marks():
    _, figure = sampled(sets=20, shown=4, n=7)
    state = figure.state()
    assert (state["degree"], state["n"], state["sigma"], state["shown"]) == (3, 7, 0.3, 4)
    marks = {m.name: m.points for p in figure.panels for m in p.marks}
    assert [len(marks[f"fit{k}"]) > 0 for k in range(6)] == [True] * 4 + [False] * 2
    assert len(marks["data"]) == 7
    assert len(marks["bias"]) == 7  # seven points settle no more than degree 6
    bias, variance, total = (marks[name][:, 1] for name in ("bias", "variance", "total"))
    np.testing.assert_allclose(total, bias + variance + 0.09)


def test_too_few_points_for_the_degree_are_said():
    figure = live.bias_variance(degree=5, n=4, sets=20)
    assert figure.says.startswith("Degree 3 (the most that 4 points settle), 4 points, σ = 0.3")


def test_without_noise_and_with_the_right_degree_there_is_no_error():
    figure = live.bias_variance(u**3 - u, degree=3, n=10, noise=0.0, sets=20)
    assert "bias² 0 ± 0, variance 0 ± 0, noise 0; total 0 ± 0." in figure.says


def test_no_data_set_has_two_points_above_each_other():
    figure = live.bias_variance(sets=400, max_n=60)
    places = np.reshape(figure.data["places"], (400, 60))
    assert all(len(set(row)) == 60 for row in places)
    assert live.bias_variance(sets=5).data == live.bias_variance(sets=5).data


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"degree": 10}, "degree must be a whole number from 0 to 9, not 10"),
        ({"n": 1}, "n must be a whole number from 2 to 30"),
        ({"sets": 2}, "sets must be a whole number from 3 to 400"),
        ({"shown": 31}, "shown must be"),
        ({"max_degree": 40}, "max_degree must be"),
        ({"noise": -1.0}, "standard deviation"),
        ({"inputs": "normal"}, "'uniform' or 'grid'"),
        ({"target": 1 / u}, "must be finite for u from −1 to 1"),
    ],
)
def test_bad_values_are_explained(settings, message):
    with pytest.raises(ValueError, match=message):
        live.bias_variance(**settings)


def test_two_variables_are_refused():
    with pytest.raises(TypeError, match="one variable, not of u, v"):
        live.bias_variance(u * sp.Symbol("v"))
