"""Exercise rate-flattest: the smallest curvature, with nothing but products."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "rate-flattest"
points = 3


def _run(flattest, curvatures, turns):
    """Return the answer for a bowl that is turned, from a start that has a bit of every mode."""
    random = np.random.default_rng(4)
    turned = np.linalg.qr(random.normal(size=(len(curvatures),) * 2))[0]
    A = turned @ np.diag(curvatures) @ turned.T
    start = turned @ np.linspace(1.0, 2.0, len(curvatures))
    kept = start.copy()
    answer = flattest(lambda v: A @ v, max(curvatures), start, turns)
    assert answer is not None, "flattest returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, "Return one number: the curvature, not the direction."
    assert np.array_equal(start, kept), "You changed v itself: write v = v / …, not v /= …"
    return answer


@test_case(
    points=1,
    success_message="It finds the flattest of three modes.",
    failure_message="With curvatures 1, 4 and 9 the answer is 1.",
)
def test_three(flattest):
    answer = _run(flattest, [1.0, 4.0, 9.0], 100)
    assert abs(answer) > 1e-6, "v has shrunk to nothing: give it length 1 at every turn."
    assert not np.isclose(answer, 9.0), (
        "That is the steepest. Multiply by something in which the flattest mode is the largest."
    )
    assert not np.isclose(answer, 8 / 9) and not np.isclose(answer, 8.0), (
        "That is the factor of the flattest mode, not its curvature: look at v @ bend(v)."
    )
    assert np.isclose(answer, 1.0)


@test_case(
    points=1,
    success_message="The scale of the surface doesn't matter.",
    failure_message="With curvatures 0.02, 0.05 and 0.1 the answer is 0.02: divide by L.",
)
def test_scale(flattest):
    assert np.isclose(_run(flattest, [0.02, 0.05, 0.1], 100), 0.02)


@test_case(
    points=1,
    success_message="It finds it among many modes, too.",
    failure_message="With 20 curvatures from 1 to 50 and 2,000 turns the answer is 1.",
)
def test_many(flattest):
    assert np.isclose(_run(flattest, np.geomspace(1.0, 50.0, 20), 2_000), 1.0)
