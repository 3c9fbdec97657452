"""Exercise identity-quadratic: the gradient of a quadratic whose matrix is not symmetric."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "identity-quadratic"
points = 2


def _run(slope, A, x):
    answer = slope(np.array(A), np.array(x))
    assert answer is not None, "slope returns nothing yet: end it with return …"
    assert np.shape(answer) == np.shape(x), "A gradient is shaped like x."
    return answer


@test_case(
    points=1,
    success_message="With the identity it is 2x.",
    failure_message="With A = I the height is the squared length, and its gradient is 2x.",
)
def test_identity(slope):
    answer = _run(slope, np.eye(2), [3.0, -1.0])
    assert not np.allclose(answer, [3.0, -1.0]), "x stands in the product twice: count both."
    assert np.allclose(answer, [6.0, -2.0])


@test_case(
    points=1,
    success_message="It works when A is not symmetric.",
    failure_message="For A = [[0, 1], [0, 0]] the height is x₁ x₂, so the gradient is [x₂, x₁].",
)
def test_lopsided(slope):
    answer = _run(slope, [[0.0, 1.0], [0.0, 0.0]], [3.0, 5.0])
    assert not np.allclose(answer, [10.0, 0.0]), (
        "That is right when A is symmetric. Here it is not: turn the other term around."
    )
    assert np.allclose(answer, [5.0, 3.0])
