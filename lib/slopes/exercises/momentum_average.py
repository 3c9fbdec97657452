"""Exercise momentum-average: from PyTorch's settings to those of an exponential average."""

import numpy as np

from slopes.exercises import test_case
from slopes.rules import EMAMomentum, Momentum

OK_FORMAT = False

name = "momentum-average"
points = 2


def _run(to_average, *arguments):
    answer = to_average(*arguments)
    assert answer is not None, "to_average returns nothing yet: end it with return rate, beta."
    assert isinstance(answer, tuple) and len(answer) == 2, (
        "Return two numbers: the rate and beta, in this order."
    )
    return answer


@test_case(
    points=1,
    success_message="Rate 0.1 with momentum 0.9 becomes rate 1 with beta 0.9.",
    failure_message="Rate 0.1 with momentum 0.9 must become rate 1 with beta 0.9.",
)
def test_number(to_average):
    rate, beta = _run(to_average, 0.1, 0.9)
    assert np.isclose(beta, 0.9), "Both forms forget at the same speed: beta is alpha."
    assert not np.isclose(rate, 0.01), (
        "You made the rate smaller: the average is already multiplied by 1 - beta, so divide."
    )
    assert not np.isclose(rate, 0.1), "The rate must make up for the factor 1 - beta."
    assert np.isclose(rate, 1.0)


@test_case(
    points=1,
    success_message="The two rules walk the same path.",
    failure_message="On a bowl the paths of the two rules come apart.",
)
def test_path(to_average):
    random = np.random.default_rng(2)
    for _ in range(5):
        lr, alpha = random.uniform(0.01, 0.2), random.uniform(0, 0.95)
        rules = Momentum(lr, alpha), EMAMomentum(*_run(to_average, lr, alpha))
        ends = []
        for rule in rules:
            x, v = 1.0, 0.0
            for t in range(1, 30):
                x, v = rule.update(x, 3 * x, t, v)
            ends.append(x)
        assert np.isclose(*ends)
