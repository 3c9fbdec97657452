"""Exercise grad-between: for convex functions a slope lies between backward and forward."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "grad-between"
points = 3


def _run(guilty, f, claim, x, u, h):
    answer = guilty(f, np.array(claim, float), np.array(x, float), np.array(u, float), h)
    assert answer is not None, "guilty returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, "Return True or False."
    return bool(answer)


def _kinked(x):
    return float(np.abs(x).sum() + x @ x)


def _slope(x):
    x = np.array(x, float)
    return np.sign(x) + 2 * x


@test_case(
    points=1,
    success_message="A right gradient is acquitted, kinks or not.",
    failure_message="The right gradient of |x₁| + |x₂| + x·x is blamed next to a kink.",
)
def test_innocent(guilty):
    for x in ([1e-4, 0.5], [-1e-4, -2e-4], [0.3, 0.4]):
        for u in ([1.0, 0.2], [-0.5, 1.0]):
            assert not _run(guilty, _kinked, _slope(x), x, u, 1e-2), (
                "A right gradient is blamed: its slope is between backward and forward, "
                "not equal to either of them or to their mean."
            )


@test_case(
    points=1,
    success_message="A wrong gradient is convicted.",
    failure_message="A gradient twice too long, far from kinks, must be guilty.",
)
def test_wrong(guilty):
    x = [0.3, 0.4]
    for u in ([1.0, 0.2], [-0.5, 1.0], [-1.0, -1.0]):
        assert _run(guilty, _kinked, 2 * _slope(x), x, u, 1e-3)
        assert _run(guilty, _kinked, 0 * _slope(x), x, u, 1e-3), (
            "A slope of zero passes: it must not lie below the backward quotient either."
        )


@test_case(
    points=1,
    success_message="Rounding is forgiven.",
    failure_message="For a straight line both quotients agree up to rounding: allow 1e-9.",
)
def test_rounding(guilty):
    line = np.array([1 / 3, -0.7])
    places = np.random.default_rng(0).normal(size=(50, 2, 2))
    for x, u in places:
        assert not _run(guilty, lambda at: float(line @ at + 0.1), line, x, u, 1e-5)
    assert _run(guilty, lambda at: float(line @ at), line + 1e-6, [1.0, 1.0], [1.0, 0.0], 1e-5), (
        "An error of 1e-6 on a straight line passes: allow 1e-9, no more."
    )
