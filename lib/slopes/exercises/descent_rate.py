"""Exercise descent-rate: the rate for which one step on a quadratic leads lowest."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "descent-rate"
points = 3


def _run(best_rate, g, A):
    answer = best_rate(np.array(g), np.array(A))
    assert answer is not None, "best_rate returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, f"A rate is one number, not {answer!r}: use @ for products."
    return answer


@test_case(
    points=1,
    success_message="With one parameter it lands on the bottom.",
    failure_message="With curvature 4 the best rate is 1/4: one step reaches the bottom.",
)
def test_one(best_rate):
    answer = _run(best_rate, [2.0], [[4.0]])
    assert not np.isclose(answer, 0.5), "That is the border where a step gains nothing: halve it."
    assert not np.isclose(answer, 4.0), "That is the curvature itself: where must it stand?"
    assert np.isclose(answer, 0.25)


@test_case(
    points=1,
    success_message="With several it takes the curvature in the direction of the step.",
    failure_message="Only the curvature along g matters: g @ A @ g, not the whole matrix.",
)
def test_several(best_rate):
    assert np.isclose(_run(best_rate, [1.0, 1.0], [[1.0, 0.0], [0.0, 9.0]]), 0.2)


@test_case(
    points=1,
    success_message="No other rate leads lower.",
    failure_message="On a random quadratic another rate leads lower than yours.",
)
def test_lowest(best_rate):
    random = np.random.default_rng(5)
    for _ in range(10):
        root, theta = random.normal(size=(3, 3)), random.normal(size=3)
        A = root.T @ root + np.eye(3)
        g = A @ theta

        def height(rate, A=A, g=g, theta=theta):
            point = theta - rate * g
            return point @ A @ point / 2

        rate = _run(best_rate, g, A)
        assert height(rate) <= min(height(rate * 0.99), height(rate * 1.01))
