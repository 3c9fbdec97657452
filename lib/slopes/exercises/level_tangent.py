"""Exercise level-tangent: a direction along which the height does not change."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "level-tangent"
points = 3


def _run(along, g):
    answer = along(np.array(g, float))
    assert answer is not None, "along returns nothing yet: end it with return …"
    answer = np.asarray(answer, float)
    assert answer.shape == (2,), "A direction of two variables is an array of shape (2,)."
    return answer


@test_case(
    points=1,
    success_message="It is at a right angle to the gradient.",
    failure_message="For g = (3, 4) the slope along your direction is not 0.",
)
def test_right_angle(along):
    way = _run(along, [3, 4])
    assert not np.isclose(abs(way @ [3, 4]), 5 * np.linalg.norm(way)), (
        "That is the steepest direction itself: turn it by 90 degrees."
    )
    assert np.isclose(way @ [3, 4], 0)
    assert np.isclose(_run(along, [0, -2]) @ [0, -2], 0)


@test_case(
    points=1,
    success_message="Its length is 1.",
    failure_message="Divide by the length of the gradient: for g = (3, 4) that is 5.",
)
def test_length(along):
    assert np.isclose(np.linalg.norm(_run(along, [3, 4])), 1)
    assert np.isclose(np.linalg.norm(_run(along, [1e-9, 0])), 1)


@test_case(
    points=1,
    success_message="Where the gradient is zero it says so.",
    failure_message="At a flat point return g as it is, all zeros.",
)
def test_flat(along):
    with np.errstate(all="ignore"):
        way = _run(along, [0, 0])
    assert np.isfinite(way).all(), "You divided by a length of zero: test for it first."
    assert np.allclose(way, 0)
