"""Exercise chain-through: the gradient of a composition from a Jacobian and a gradient."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "chain-through"
points = 2


def _run(through, J, g):
    answer = through(np.array(J, float), np.array(g, float))
    assert answer is not None, "through returns nothing yet: end it with return …"
    return np.asarray(answer, float)


@test_case(
    points=1,
    success_message="The shapes fit: three entries in the middle, two at the start.",
    failure_message="With a 3 × 2 Jacobian the answer has shape (2,).",
)
def test_tall(through):
    answer = _run(through, [[1, 2], [3, 4], [5, 6]], [1, 0, -1])
    assert answer.shape == (2,), "Shape the answer like x: one entry for each column of J."
    assert np.allclose(answer, [-4, -4])


@test_case(
    points=1,
    success_message="Square Jacobians are the right way round, too.",
    failure_message="For J = [[1, 2], [0, 1]] and g = (1, 0) the gradient is (1, 2).",
)
def test_square(through):
    answer = _run(through, [[1, 2], [0, 1]], [1, 0])
    assert not np.array_equal(answer, [1, 0]), (
        "That is J times g, and no shape complained: slopes go back over the transpose."
    )
    assert np.array_equal(answer, [1, 2])
