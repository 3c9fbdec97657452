"""Exercise descent-loop: the whole algorithm with its stopping rule."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "descent-loop"
points = 5


def _bowl(x):
    return x * np.array([1.0, 4.0])


def _run(descend, *arguments):
    answer = descend(*arguments)
    assert answer is not None, "descend returns nothing yet: end it with return theta, steps."
    assert isinstance(answer, tuple) and len(answer) == 2, (
        "Return two things: the last point and the number of steps."
    )
    return np.asarray(answer[0]), answer[1]


@test_case(
    points=1,
    success_message="It finds the bottom of a bowl.",
    failure_message="On a bowl with rate 0.2 the last point must be near the origin.",
)
def test_bottom(descend):
    x, _ = _run(descend, _bowl, np.array([1.0, -2.0]), 0.2, 1e-6, 1000)
    assert np.linalg.norm(_bowl(x)) <= 1e-6, (
        "You stopped while the gradient was still larger than tol."
    )


@test_case(
    points=1,
    success_message="It stops as soon as the gradient is small.",
    failure_message="It must stop at the first point whose gradient norm is at most tol.",
)
def test_stops(descend):
    _, steps = _run(descend, _bowl, np.array([1.0, 0.0]), 0.5, 0.1, 1000)
    assert steps != 1000, (
        "You never stopped early: compare the gradient's norm with tol before each step."
    )
    assert steps == 4, f"Halving 1 until it is at most 0.1 takes 4 steps, not {steps}."


@test_case(
    points=1,
    success_message="At a flat spot it takes no step at all.",
    failure_message="Test the gradient before the first step, not after it.",
)
def test_flat(descend):
    x, steps = _run(descend, _bowl, np.zeros(2), 0.2, 1e-6, 1000)
    assert steps == 0 and np.array_equal(x, np.zeros(2))


@test_case(
    points=1,
    success_message="It gives up after max_steps.",
    failure_message="With max_steps = 3 it must take exactly 3 steps on a long slope.",
)
def test_gives_up(descend):
    x, steps = _run(descend, lambda x: np.ones(1), np.zeros(1), 0.1, 1e-6, 3)
    assert steps == 3 and np.allclose(x, -0.3)


@test_case(
    points=1,
    success_message="The start is left as it was.",
    failure_message="Your loop changed the start: write theta = theta - …, not theta -= ….",
)
def test_start(descend):
    start = np.array([1.0, -2.0])
    _run(descend, _bowl, start, 0.2, 1e-6, 10)
    assert np.array_equal(start, [1.0, -2.0])
