"""Exercise svm-squared: the gradient of the squared multiclass hinge loss."""

import numpy as np

from slopes.calculus import numerical_gradient
from slopes.exercises import test_case
from slopes.losses import multiclass_hinge_grad

OK_FORMAT = False

name = "svm-squared"
points = 2


def _problem(n):
    random = np.random.default_rng(5)
    return random.normal(size=(4, 3)), random.normal(size=(n, 4)), random.integers(3, size=n)


def _loss(W, X, y):
    rows = np.arange(len(y))
    excess = X @ W - (X @ W)[rows, y][:, None] + 1
    excess[rows, y] = 0
    return (np.maximum(0, excess) ** 2).sum() / len(y)


def _run(squared_slope, W, X, y):
    answer = squared_slope(W.copy(), X.copy(), y.copy())
    assert answer is not None, "squared_slope returns nothing yet: end it with return …"
    assert np.shape(answer) == W.shape, f"A gradient is shaped like W, here {W.shape}."
    return answer


def _compare(squared_slope, n):
    W, X, y = _problem(n)
    answer = _run(squared_slope, W, X, y)
    expected = numerical_gradient(lambda V: _loss(V, X, y), W)
    hinge = X.T @ multiclass_hinge_grad(X @ W, y) / n
    assert not np.allclose(answer, hinge, atol=1e-6), (
        "That is the slope without the square: weigh each violator by twice its excess."
    )
    assert not np.allclose(2 * np.asarray(answer), expected, atol=1e-6), (
        "The derivative of a square has a factor of 2."
    )
    assert not np.allclose(-np.asarray(answer), expected, atol=1e-6), "The sign is turned around."
    if n > 1:
        assert not np.allclose(answer, n * expected, atol=1e-6), (
            "Take the mean over the images: divide by their number."
        )
    assert np.allclose(answer, expected, atol=1e-6)


@test_case(
    points=1,
    success_message="It is right for one image.",
    failure_message="For one image it differs from measured slopes.",
)
def test_one(squared_slope):
    _compare(squared_slope, 1)


@test_case(
    points=1,
    success_message="It is right for many images.",
    failure_message="For many images it differs from measured slopes.",
)
def test_many(squared_slope):
    _compare(squared_slope, 12)
