"""Exercise svm-support: which images still pull."""

import numpy as np

from slopes.exercises import test_case
from slopes.losses import multiclass_hinge

OK_FORMAT = False

name = "svm-support"
points = 2


def _run(support, W, X, y):
    answer = support(W.copy(), X.copy(), y.copy())
    assert answer is not None, "support returns nothing yet: end it with return …"
    assert np.shape(answer) == y.shape, (
        f"Return one True or False for each of the {len(y)} images, "
        f"not an array of shape {np.shape(answer)}."
    )
    return np.asarray(answer)


@test_case(
    points=1,
    success_message="Images that win by more than 1 are left out.",
    failure_message="With scores (2, 0), (0.5, 0), (0, 3) and class 0 only the last two pull.",
)
def test_hand(support):
    scores = np.array([[2.0, 0.0], [0.5, 0.0], [0.0, 3.0]])
    answer = _run(support, np.eye(2), scores, np.array([0, 0, 0]))
    assert not answer.all(), "All of them? The true class is no rival of itself: leave it out."
    assert not np.array_equal(answer, [False, False, True]), (
        "Those are the images read wrongly. One that wins by less than 1 pulls as well."
    )
    assert np.array_equal(answer, [False, True, True])


@test_case(
    points=1,
    success_message="It is right for random weights.",
    failure_message="For random weights other images have a loss above zero.",
)
def test_random(support):
    random = np.random.default_rng(6)
    W, X, y = 2 * random.normal(size=(4, 3)), random.normal(size=(30, 4)), np.arange(30) % 3
    assert np.array_equal(_run(support, W, X, y), multiclass_hinge(X @ W, y) > 0)
