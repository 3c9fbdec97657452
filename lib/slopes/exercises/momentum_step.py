"""Exercise momentum-step: one step of the velocity form."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "momentum-step"
points = 4


def _run(momentum_step, *arguments):
    answer = momentum_step(*arguments)
    assert answer is not None, "momentum_step returns nothing yet: end it with return theta, v."
    assert isinstance(answer, tuple) and len(answer) == 2, (
        "Return two things: the new point and the new velocity."
    )
    return answer


@test_case(
    points=1,
    success_message="From rest, the first step is gradient descent's.",
    failure_message="From 3 at rest, with gradient 2 and rate 0.5, the first step leads to 2.",
)
def test_first(momentum_step):
    theta, v = _run(momentum_step, 3.0, 0.0, 2.0, 0.5, 0.9)
    assert not np.isclose(theta, 4.0), "You walked uphill: the push is minus rate times gradient."
    assert not np.isclose(theta, 3.0), "You moved by the old velocity: update v first, then theta."
    assert not np.isclose(theta, 2.9), (
        "That is the exponential average: here the push isn't multiplied by 1 - alpha."
    )
    assert np.isclose(theta, 2.0) and np.isclose(v, -1.0)


@test_case(
    points=1,
    success_message="It keeps the share alpha of its speed.",
    failure_message="Without a slope, a velocity of -1 must become -0.9 when alpha is 0.9.",
)
def test_coasts(momentum_step):
    theta, v = _run(momentum_step, 2.0, -1.0, 0.0, 0.5, 0.9)
    assert not np.isclose(v, -0.1), "You kept the share 1 - alpha: alpha is what friction leaves."
    assert not np.isclose(v, -1.0), "Friction is missing: multiply the old velocity by alpha."
    assert np.isclose(v, -0.9)
    assert np.isclose(theta, 1.1), "The point must move by the new velocity."


@test_case(
    points=1,
    success_message="Many steps down a straight slope reach the terminal velocity.",
    failure_message="With gradient 1, rate 0.1 and alpha 0.9 the velocity must approach -1.",
)
def test_terminal(momentum_step):
    theta, v = 0.0, 0.0
    for _ in range(300):
        theta, v = _run(momentum_step, theta, v, 1.0, 0.1, 0.9)
    assert np.isclose(v, -1.0)


@test_case(
    points=1,
    success_message="It works on arrays and leaves the old ones alone.",
    failure_message="Your step changed its arguments: write v = …, not v *= … or theta += ….",
)
def test_pure(momentum_step):
    theta, v = np.array([1.0, 2.0]), np.array([0.5, -0.5])
    new, _ = _run(momentum_step, theta, v, np.array([1.0, 1.0]), 0.1, 0.5)
    assert np.array_equal(theta, [1.0, 2.0]) and np.array_equal(v, [0.5, -0.5])
    assert np.allclose(new, [1.15, 1.65]), "Each coordinate has its own velocity."
