"""Exercise nesterov-step: one step of Nesterov's rule in the textbook's form."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "nesterov-step"
points = 3


def _run(step, theta, v, grad, rate, momentum):
    answer = step(np.array(theta), np.array(v), grad, rate, momentum)
    assert answer is not None, "step returns nothing yet: end it with return theta, v"
    assert isinstance(answer, tuple | list) and len(answer) == 2, (
        "Return two things, the new point and the new velocity: return theta, v"
    )
    return answer


@test_case(
    points=1,
    success_message="A step on a parabola lands where it should.",
    failure_message="On θ²/2 from 2 with velocity −1, rate 0.5, momentum 0.5: θ = 0.75, v = −1.25.",
)
def test_parabola(step):
    theta, v = _run(step, [2.0], [-1.0], lambda x: x, 0.5, 0.5)
    assert not np.allclose(v, [-1.5]), (
        "That is momentum: it asked for the slope at theta. Ask at theta + momentum * v."
    )
    assert not np.allclose(v, [-1.0]), (
        "You asked at theta + v. Only the share momentum of the velocity is settled in advance."
    )
    assert not np.allclose(theta, [1.0]), (
        "You moved by the old velocity: the fresh slope must count in this step already."
    )
    assert not np.allclose(theta, [0.25]), (
        "You added the new velocity to the interim point: it already contains momentum * v."
    )
    assert np.allclose(theta, [0.75])
    assert np.allclose(v, [-1.25])


@test_case(
    points=1,
    success_message="Without momentum it is gradient descent.",
    failure_message="With momentum 0 and any velocity, one step must be one of gradient descent.",
)
def test_plain(step):
    theta, v = _run(step, [1.0, -2.0], [5.0, 5.0], lambda x: 3 * x, 0.1, 0.0)
    assert np.allclose(theta, [0.7, -1.4])
    assert np.allclose(v, [-0.3, 0.6])


@test_case(
    points=1,
    success_message="It asks for one slope only and leaves its arguments alone.",
    failure_message="A step asks for one gradient; old arrays stay as they were.",
)
def test_once(step):
    asked = []

    def grad(x):
        asked.append(np.array(x))
        return 2 * x

    theta, v = np.array([1.0, 2.0]), np.array([0.5, 0.5])
    answer = step(theta, v, grad, 0.1, 0.9)
    assert answer is not None, "step returns nothing yet: end it with return theta, v"
    assert len(asked) == 1, f"It asked for {len(asked)} gradients: each is expensive, ask once."
    assert np.allclose(theta, [1.0, 2.0]), "It changed theta itself: avoid += on it."
    assert np.allclose(v, [0.5, 0.5]), "It changed v itself: avoid += and *= on it."
    assert np.allclose(answer[0], [1.16, 1.96])
