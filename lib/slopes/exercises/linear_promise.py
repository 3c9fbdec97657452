"""Exercise linear-promise: what the gradient promises for a step, and what it misses."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "linear-promise"
points = 3


def _run(promise, f, grad, x, u):
    answer = promise(f, grad, np.array(x), np.array(u))
    assert answer is not None, "promise returns nothing yet: end it with return …"
    assert np.shape(answer) == (2,), "Return two numbers: the promise and the remainder."
    return [float(number) for number in answer]


@test_case(
    points=1,
    success_message="On a plane the promise is kept.",
    failure_message="For f = 2x₁ − x₂ and the step (3, 1) the gradient promises 5.",
)
def test_plane(promise):
    slopes = np.array([2.0, -1.0])
    kept, rest = _run(promise, lambda x: slopes @ x, lambda x: slopes, [1.0, 4.0], [3.0, 1.0])
    assert not np.isclose(kept, 3), "That is the height after the step, not the change."
    assert np.isclose(kept, 5)
    assert np.isclose(rest, 0), "A plane keeps its promise, so the remainder is 0."


@test_case(
    points=1,
    success_message="On a bowl the remainder is the square of the step.",
    failure_message="For f = x² at 3 and a step of 1/2 the promise is 3 and the remainder 1/4.",
)
def test_bowl(promise):
    kept, rest = _run(promise, lambda x: x @ x, lambda x: 2 * x, [3.0], [0.5])
    assert not np.isclose(kept, 3.5), "The gradient is taken where the step begins, not at its end."
    assert np.isclose(kept, 3)
    assert not np.isclose(rest, 3.25), "Take the promise away from the change: what is left?"
    assert not np.isclose(rest, -0.25), "The remainder is what the true change has beyond it."
    assert np.isclose(rest, 0.25)


@test_case(
    points=1,
    success_message="Together they are the true change.",
    failure_message="Promise and remainder must add up to f(x + u) − f(x).",
)
def test_sum(promise):
    f, grad = lambda x: np.sin(x).sum(), np.cos
    x, u = np.array([0.3, 1.0, 2.0]), np.array([0.1, -0.2, 0.4])
    assert np.isclose(sum(_run(promise, f, grad, x, u)), f(x + u) - f(x))
