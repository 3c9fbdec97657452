"""Exercise identity-trap: a bowl in which a step against 2Ax leads up."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "identity-trap"
points = 2


def _run(trap):
    answer = trap()
    assert answer is not None, "trap returns nothing yet: end it with return …"
    assert isinstance(answer, tuple | list) and len(answer) == 2, "Return two things: A and x."
    A, x = (np.asarray(part, float) for part in answer)
    assert A.shape == (2, 2), "A is a 2 × 2 matrix."
    assert x.shape == (2,), "x has two coordinates."
    assert np.isfinite(A).all() and np.isfinite(x).all(), "All numbers must be finite."
    return A, x


@test_case(
    points=1,
    success_message="The height is a bowl.",
    failure_message="This is no bowl: somewhere xᵀAx is zero or less.",
)
def test_bowl(trap):
    A, _ = _run(trap)
    assert np.linalg.eigvalsh(A + A.T).min() > 1e-9


@test_case(
    points=1,
    success_message="A step against 2Ax leads up.",
    failure_message="A short step against 2Ax leads down from your x: make gᵀ(2Ax) negative, "
    "with g = (A + Aᵀ)x.",
)
def test_up(trap):
    A, x = _run(trap)
    assert not np.allclose(A, A.T), "With a symmetric A, 2Ax is the gradient."
    size = np.linalg.norm(A) * np.linalg.norm(x)
    assert ((A + A.T) @ x) @ (A @ x) < -1e-9 * size**2
