"""Exercise identity-both: the gradient of tr(XᵀAXB)."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "identity-both"
points = 2


def _run(slope_by_matrix, A, X, B):
    answer = slope_by_matrix(A.copy(), X.copy(), B.copy())
    assert answer is not None, "slope_by_matrix returns nothing yet: end it with return …"
    assert np.shape(answer) == X.shape, f"A gradient is shaped like X, here {X.shape}."
    return answer


def _matrices(symmetric):
    random = np.random.default_rng(3)
    A, X, B = (random.normal(size=shape) for shape in ((3, 3), (3, 2), (2, 2)))
    return (A + A.T, X, B + B.T) if symmetric else (A, X, B)


@test_case(
    points=1,
    success_message="It is right for symmetric A and B.",
    failure_message="Even for symmetric A and B this is not the gradient: check the order.",
)
def test_symmetric(slope_by_matrix):
    A, X, B = _matrices(symmetric=True)
    answer = _run(slope_by_matrix, A, X, B)
    assert not np.allclose(answer, A @ X @ B), "X stands in the product twice: count both."
    assert np.allclose(answer, 2 * A @ X @ B)


@test_case(
    points=1,
    success_message="It is right for all A and B.",
    failure_message="It differs from measured slopes when A and B are not symmetric.",
)
def test_all(slope_by_matrix):
    A, X, B = _matrices(symmetric=False)
    answer = _run(slope_by_matrix, A, X, B)
    assert not np.allclose(answer, 2 * A @ X @ B), "That takes A and B to be symmetric."
    assert not np.allclose(answer, A @ X @ B + A.T @ X @ B), (
        "In the second term B is turned around as well."
    )
    assert np.allclose(answer, A @ X @ B + A.T @ X @ B.T)
