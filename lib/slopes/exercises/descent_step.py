"""Exercise descent-step: one step of gradient descent."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "descent-step"
points = 3


def _run(step, *arguments):
    answer = step(*arguments)
    assert answer is not None, "step returns nothing yet: end it with return …"
    return answer


@test_case(
    points=1,
    success_message="One step on a parabola lands where it should.",
    failure_message="From 3 with gradient 2 and rate 0.5 a step must reach 2.",
)
def test_number(step):
    answer = _run(step, 3.0, 2.0, 0.5)
    assert not np.isclose(answer, 4.0), "You walked uphill: the gradient points up, so subtract it."
    assert not np.isclose(answer, 1.0), "You took the whole gradient: scale it by the rate first."
    assert np.isclose(answer, 2.0), f"From 3 with gradient 2 and rate 0.5 I expect 2, not {answer}."


@test_case(
    points=1,
    success_message="It works on arrays of any shape.",
    failure_message="theta may be an array: use arithmetic on whole arrays.",
)
def test_array(step):
    theta, gradient = np.array([[1.0, -2.0], [0.0, 4.0]]), np.array([[1.0, 1.0], [-2.0, 0.0]])
    answer = _run(step, theta, gradient, 0.1)
    assert np.shape(answer) == (2, 2), (
        f"The answer must keep theta's shape (2, 2), not {np.shape(answer)}."
    )
    assert np.allclose(answer, [[0.9, -2.1], [0.2, 4.0]]), (
        "Each entry moves by its own slope times the rate."
    )


@test_case(
    points=1,
    success_message="It leaves the old point alone.",
    failure_message="Your step changed theta itself: write theta - …, not theta -= ….",
)
def test_pure(step):
    theta = np.array([1.0, 2.0])
    _run(step, theta, np.array([1.0, 1.0]), 0.5)
    assert np.array_equal(theta, [1.0, 2.0])
