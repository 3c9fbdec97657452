"""Exercise rate-pair: two rates in turn that beat the best single one."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "rate-pair"
points = 3


def _run(best_pair, mu, L):
    """Return the largest factor that two steps leave to any mode from mu to L."""
    answer = best_pair(mu, L)
    assert answer is not None, "best_pair returns nothing yet: end it with return …"
    assert np.shape(answer) == (2,), "Return two rates."
    a, b = (float(rate) for rate in answer)
    curvature = np.linspace(mu, L, 2001)
    return np.abs((1 - a * curvature) * (1 - b * curvature)).max()


@test_case(
    points=1,
    success_message="Two rates in turn bring every mode down.",
    failure_message="After your two steps some mode has grown: no factor may exceed 1 in size.",
)
def test_shrinks(best_pair):
    worst = _run(best_pair, 1.0, 9.0)
    assert worst < 1


@test_case(
    points=1,
    success_message="They beat two steps at the best single rate.",
    failure_message="With μ = 1 and L = 9 two steps at the best single rate leave 0.64.",
)
def test_beats(best_pair):
    worst = _run(best_pair, 1.0, 9.0)
    assert not np.isclose(worst, 0.64), (
        "That is the best single rate, taken twice. Let the two rates differ."
    )
    assert worst < 0.64


@test_case(
    points=1,
    success_message="No pair does better.",
    failure_message="A better pair exists: make the parabola equally large in size at μ, at L "
    "and at its lowest point.",
)
def test_best(best_pair):
    for mu, L in ((1.0, 9.0), (0.5, 50.0)):
        ratio = (L + mu) / (L - mu)
        assert _run(best_pair, mu, L) < 1.0001 / (2 * ratio**2 - 1)
