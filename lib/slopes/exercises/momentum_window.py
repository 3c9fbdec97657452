"""Exercise momentum-window: the smallest momentum that fits a valley at a given rate."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "momentum-window"
points = 4


def _run(smallest_momentum, *arguments):
    answer = smallest_momentum(*arguments)
    assert answer is not None, "smallest_momentum returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, f"One valley needs one momentum, not {answer!r}."
    return answer


@test_case(
    points=1,
    success_message="A small rate is limited by the flattest direction.",
    failure_message="With eta = 0.04, mu = 1 and L = 4 the momentum must be (1 - 0.2)² = 0.64.",
)
def test_small(smallest_momentum):
    answer = _run(smallest_momentum, 0.04, 1.0, 4.0)
    assert not np.isclose(answer, 0.8), "That is the root of alpha: square it."
    assert np.isclose(answer, 0.64)


@test_case(
    points=1,
    success_message="A large rate is limited by the steepest.",
    failure_message="With eta = 3, mu = 0.5 and L = 1 the momentum must be (√3 - 1)², about 0.54.",
)
def test_large(smallest_momentum):
    answer = _run(smallest_momentum, 3.0, 0.5, 1.0)
    assert answer > 0.1, "You only looked at the flattest direction: L has to fit as well."
    assert np.isclose(answer, (3**0.5 - 1) ** 2)
    assert smallest_momentum(4.5, 0.5, 1.0) is None, (
        "With eta * L of 4 or more no momentum below 1 has a wide enough window: return None."
    )


@test_case(
    points=1,
    success_message="At the best rate it is the best momentum.",
    failure_message="For curvatures 1 to 25 and the best rate 1/9 the momentum is (4/6)².",
)
def test_best(smallest_momentum):
    assert np.isclose(_run(smallest_momentum, 1 / 9, 1.0, 25.0), 4 / 9)


@test_case(
    points=1,
    success_message="A round bowl with the right rate needs none.",
    failure_message="With mu = L = 2 and eta = 1/2 no momentum is needed: the answer is 0.",
)
def test_round(smallest_momentum):
    assert np.isclose(_run(smallest_momentum, 0.5, 2.0, 2.0), 0.0)
