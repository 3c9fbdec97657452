"""Exercise momentum-jitter: the rate that keeps the jitter within a budget."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "momentum-jitter"
points = 3


def _run(quiet_rate, *arguments):
    answer = quiet_rate(*arguments)
    assert answer is not None, "quiet_rate returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, f"A rate is one number, not {answer!r}."
    return answer


def _variance(eta, alpha, curvature, sigma):
    return (eta * sigma**2 * (1 + alpha)) / (
        curvature * (1 - alpha) * (2 * (1 + alpha) - eta * curvature)
    )


@test_case(
    points=1,
    success_message="Without momentum it is right.",
    failure_message="Without momentum, curvature 1 and sigma 1, a spread of 1 needs the rate 1.",
)
def test_descent(quiet_rate):
    answer = _run(quiet_rate, 1.0, 0.0, 1.0, 1.0)
    assert not np.isclose(answer, 2.0), (
        "That is the formula for small rates: keep the eta in the denominator."
    )
    assert np.isclose(answer, 1.0)


@test_case(
    points=1,
    success_message="The spread is a standard deviation, not a variance.",
    failure_message="Put your rate into the formula: it must give spread².",
)
def test_squared(quiet_rate):
    rate = _run(quiet_rate, 0.1, 0.9, 2.0, 1.0)
    assert not np.isclose(_variance(rate, 0.9, 2.0, 1.0), 0.1), "Square the spread first."
    assert np.isclose(_variance(rate, 0.9, 2.0, 1.0), 0.01)


@test_case(
    points=1,
    success_message="It holds for random settings.",
    failure_message="For random settings your rate gives another spread than asked for.",
)
def test_random(quiet_rate):
    random = np.random.default_rng(6)
    for _ in range(20):
        spread, alpha, curvature, sigma = random.uniform(0.1, 0.9, 4)
        rate = _run(quiet_rate, spread, alpha, curvature, sigma)
        assert np.isclose(_variance(rate, alpha, curvature, sigma), spread**2)
