"""The figure of difference quotients: its V is the library's, and stands where theory puts it."""

import numpy as np
import pytest
import sympy as sp
from slopes import gradient_error_curve, landscapes, live
from slopes.live.gradient_check import STEPS
from slopes.live.scripts import function_script

T = sp.Symbol("t")
SMOOTH = T**3 / (1 + T**2)


def marks(figure):
    return {
        m.name: np.array(m.points, float).reshape(-1, 2) for p in figure.panels for m in p.marks
    }


@pytest.mark.parametrize("function", [SMOOTH, sp.exp(T) * sp.sin(3 * T), sp.sqrt(3 + T)])
def test_errors_are_those_of_the_library(function):
    drawn = marks(live.gradient_check(function, 1.0))
    x = sp.Symbol("x", real=True)
    _, f = function_script(function.subs(T, x), x)
    _, slope = function_script(function.subs(T, x).diff(x), x)
    curve = gradient_error_curve(f, slope, 1.0, STEPS)
    for k, errors in enumerate((curve.forward, curve.central)):
        assert np.allclose(drawn[f"error{k}"][:, 1], np.maximum(errors, 1e-15), rtol=1e-3)


@pytest.mark.parametrize("function", [SMOOTH, sp.exp(T), sp.sin(T)])
def test_the_best_steps_are_near_the_bottoms_of_the_vs(function):
    drawn = marks(live.gradient_check(function, 1.0))
    for k, power in enumerate((1, 2)):
        h, error = drawn[f"error{k}"].T
        best = drawn[f"best{k}"][0, 0]
        lowest = np.exp(np.mean(np.log(h[np.argsort(error)[:5]])))
        assert 1 / 30 < best / lowest < 30
        # On the right arm the error falls with the order of the method, as the faint line does.
        right = (h > 1e-3) & (h < 1e-1)
        slope = np.polyfit(np.log(h[right]), np.log(error[right]), 1)[0]
        assert slope == pytest.approx(power, abs=0.1)
        expected = drawn[f"expected{k}"][:, 1]
        assert np.allclose(error[right], expected[right], rtol=0.3)
        # On the left arm the line is about the largest error.
        left = h < best / 10
        assert np.all(error[left] < 10 * expected[left])
        assert np.any(error[left] > expected[left] / 10)


def test_secants_go_through_their_points():
    drawn = marks(live.gradient_check(SMOOTH, 1.0, h=0.5))
    for k in (0, 1):
        (x0, y0), (x1, y1) = drawn[f"secant{k}"]
        for x, y in drawn[f"ends{k}"]:
            assert y == pytest.approx(y0 + (y1 - y0) * (x - x0) / (x1 - x0))
            assert y == pytest.approx(float(SMOOTH.subs(T, x)))


def test_where_the_function_ends_a_difference_is_undefined():
    figure = live.gradient_check(sp.sqrt(T), 0.25, h=0.5, domain=(0, 2))
    assert "forward difference is off by 0.27 and the central one is undefined" in figure.says
    assert "nan" not in figure.html().lower().replace("tangent", "")
    assert len(marks(figure)["secant1"]) == 0


def test_a_line_and_a_parabola_have_no_best_step():
    assert "about as large as can be and as large" in live.gradient_check(3 * T, 1.0).says
    assert "and as large as can be" in live.gradient_check(landscapes.bowl(3)).says


def test_whole_powers_are_products():
    script, f = function_script((T**4 - 2 / T**2) / (1 + T) ** 3, T)
    assert "pow" not in script
    assert f(2.0) == pytest.approx((16 - 0.5) / 27)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: live.gradient_check(landscapes.ravine()), TypeError, "has 2 variables"),
        (lambda: live.gradient_check(T * sp.Symbol("s")), TypeError, "of one variable"),
        (lambda: live.gradient_check(3), TypeError, "of one variable"),
        (lambda: live.gradient_check(SMOOTH, 5), ValueError, "not in the domain"),
        (lambda: live.gradient_check(SMOOTH, 1, h=2), ValueError, "between 1e-16 and 1"),
        (lambda: live.gradient_check(SMOOTH, domain=(2, 1)), ValueError, "low < high"),
        (lambda: live.gradient_check(sp.log(T), -1), ValueError, "move the point"),
        (lambda: live.gradient_check(sp.zeta(T), 1.5), TypeError, "no function for"),
    ],
)
def test_errors_say_what_to_do(call, error, words):
    with pytest.raises(error, match=words):
        call()
