"""Exercise rate-border: the border of least squares, from the data alone."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "rate-border"
points = 3


def _run(border, X):
    answer = border(np.array(X, float))
    assert answer is not None, "border returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, "The border is one number: take the largest curvature."
    return answer


@test_case(
    points=1,
    success_message="With a single weight the curvature is the mean square.",
    failure_message="For one column 2, 0, 0, 0 the curvature is 4/4 = 1, so the border is 2.",
)
def test_one(border):
    answer = _run(border, [[2.0], [0.0], [0.0], [0.0]])
    assert not np.isclose(answer, 0.5), "Divide by N: the loss is a mean over the examples."
    assert not np.isclose(answer, 1.0), "That is 1/L, or L itself: the border is at 2/L."
    assert np.isclose(answer, 2.0)


@test_case(
    points=1,
    success_message="The steepest of all directions decides, not the steepest axis.",
    failure_message="For two equal columns the steepest direction lies between the axes.",
)
def test_between(border):
    answer = _run(border, [[1.0, 1.0], [1.0, 1.0]])
    assert not np.isclose(answer, 2.0), (
        "Directions between the axes can be steeper: take the largest eigenvalue."
    )
    assert np.isclose(answer, 1.0)


@test_case(
    points=1,
    success_message="Just below it a run shrinks, just above it a run grows.",
    failure_message="On random data a run at 1.01 times your border shrinks, or at 0.99 it grows.",
)
def test_runs(border):
    X = np.random.default_rng(2).normal(size=(30, 4)) * np.array([1.0, 2.0, 0.5, 1.0])
    rate = _run(border, X)
    ends = []
    for share in (0.99, 1.01):
        e = np.ones(4)
        for _ in range(2000):
            e = e - share * rate * X.T @ (X @ e) / len(X)
        ends.append(np.linalg.norm(e))
    assert ends[0] < 1 < ends[1]
