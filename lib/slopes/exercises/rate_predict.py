"""Exercise rate-predict: the height after t steps, without taking them."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "rate-predict"
points = 3


def _run(height_after, *arguments):
    answer = height_after(*arguments)
    assert answer is not None, "height_after returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, "The height is one number: add up what the modes contribute."
    return answer


@test_case(
    points=1,
    success_message="Before the first step it is the height of the start.",
    failure_message="After 0 steps from (2, 1) with curvatures 1 and 4 the height is 4.",
)
def test_start(height_after):
    answer = _run(height_after, np.array([1.0, 4.0]), np.array([2.0, 1.0]), 0.1, 0)
    assert not np.isclose(answer, 8.0), "A quadratic's height is half of curvature times square."
    assert np.isclose(answer, 4.0)


@test_case(
    points=1,
    success_message="One mode shrinks by its factor, the height by the square of it.",
    failure_message="With curvature 1 and rate 0.5, two steps from 2 lead to 0.5, so to 0.125.",
)
def test_one(height_after):
    answer = _run(height_after, np.array([1.0]), np.array([2.0]), 0.5, 2)
    assert not np.isclose(answer, 0.5), "Square the distance after the factor has done its work."
    assert np.isclose(answer, 0.125)


@test_case(
    points=1,
    success_message="It agrees with a run, step by step.",
    failure_message="On a random bowl your height differs from that of a run of 7 steps.",
)
def test_run(height_after):
    random = np.random.default_rng(3)
    curvatures, start = random.uniform(0.5, 3, 5), random.normal(size=5)
    theta = start.copy()
    for _ in range(7):
        theta = theta - 0.6 * curvatures * theta
    answer = _run(height_after, curvatures.copy(), start.copy(), 0.6, 7)
    assert np.isclose(answer, (curvatures * theta**2).sum() / 2)
