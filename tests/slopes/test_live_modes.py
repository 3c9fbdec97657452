"""The figure of eigenmodes: its factors are roots, its errors are the rule's own."""

import numpy as np
import pytest
from slopes import Adam, GradientDescent, Momentum, landscapes, live, minimize
from slopes.live.modes import _best, factor


def marks(figure):
    return {m.name: np.array(m.points, float) for p in figure.panels for m in p.marks}


def test_the_factor_is_the_largest_root():
    rng = np.random.default_rng(0)
    for lr, alpha, curvature in zip(
        rng.uniform(0, 3, 200), rng.uniform(0, 1, 200), rng.uniform(0, 3, 200), strict=True
    ):
        roots = np.roots([1, -(1 + alpha - lr * curvature), alpha])
        assert factor(lr, alpha, curvature) == pytest.approx(np.abs(roots).max(), abs=1e-7)


@pytest.mark.parametrize("rule", [Momentum(0.03, 0.6), GradientDescent(0.015)])
def test_errors_are_the_rule_on_a_bowl_of_that_curvature(rule):
    curvatures = (1, 10, 100)
    drawn = marks(live.modes(curvatures, rule=rule, steps=40))
    for k, curvature in enumerate(curvatures):
        run = minimize(rule, landscapes.bowl(curvature), np.array([1.0]), steps=40, tol=0.0)
        want = np.abs(run.points[:, 0])
        seen = want > 1e-3  # below the axis nothing is shown
        assert np.allclose(drawn[f"mode{k}"][: len(want)][seen, 1], want[seen], rtol=1e-9)


def test_momentum_passes_where_the_gradient_is_zero():
    drawn = marks(live.modes([1, 100], rule=Momentum(0.01, 0.8), steps=3))
    assert drawn["mode1"][:, 1] == pytest.approx([1, 1e-4, 0.8, 0.64])


@pytest.mark.parametrize("heavy", [True, False])
def test_no_settings_are_better_than_the_best(heavy):
    low, high = 0.5, 20.0
    lr, alpha, rate = _best(low, high, heavy)
    assert max(factor(lr, alpha, c) for c in (low, high)) == pytest.approx(rate, abs=1e-6)
    alphas = np.linspace(0, 0.99, 100) if heavy else [0.0]
    worst = min(
        max(factor(r, a, c) for c in np.geomspace(low, high, 20))
        for r in np.geomspace(lr / 5, lr * 5, 100)
        for a in alphas
    )
    assert worst >= rate - 1e-9


@pytest.mark.parametrize(
    ("curvatures", "rule", "words"),
    [
        (
            [1, 10],
            Momentum(0.5, 0.8),
            "worst mode, λ = 10, grows 2.93-fold at each step: it diverges",
        ),
        ([1], GradientDescent(1.0), "λ = 1, arrives at the first step"),
        ([1], GradientDescent(2.0), "keeps all of its error: it never arrives"),
        ([1], GradientDescent(1.5), "changes sign at every step: 3.32 steps for"),
        ([1, 4], Momentum(0.3, 0.9), "Every mode keeps 0.949 of its error"),
        ([1, 100], Momentum(4 / 121, (9 / 11) ** 2), "is critically damped"),
        ([1, 100], GradientDescent(0.01), "creeps, without oscillating"),
    ],
)
def test_words(curvatures, rule, words):
    assert words in live.modes(curvatures, rule=rule).says


def test_divergence_leaves_the_picture_in_one_piece():
    figure = live.modes([1, 10], rule=Momentum(100.0, 0.9), steps=1000)
    assert "nan" not in figure.html().lower().replace("nano", "")
    assert "diverges" in figure.says


def test_ranges_are_the_caller_s():
    figure = live.modes([1], rule=Momentum(0.1, 0.5), vary={"lr": (0.05, 0.2)})
    lr = figure.controls[0]
    assert (lr.low, lr.high) == (0.05, 0.2)
    assert [c.name for c in figure.controls] == ["lr", "momentum"]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: live.modes([1, 0]), ValueError, "curvatures above zero"),
        (lambda: live.modes([]), ValueError, "between 1 and 6"),
        (lambda: live.modes(range(1, 9)), ValueError, "between 1 and 6 eigenvalues"),
        (lambda: live.modes([1], rule=Adam()), TypeError, "not Adam"),
        (lambda: live.modes([1], steps=0), ValueError, "between 1 and 1,000"),
        (lambda: live.modes([1], vary={"beta": (0, 1)}), ValueError, "no slider 'beta'"),
        (lambda: live.modes([1], vary={"lr": (2, 3)}), ValueError, "not between"),
    ],
)
def test_errors_say_what_to_do(call, error, words):
    with pytest.raises(error, match=words):
        call()
