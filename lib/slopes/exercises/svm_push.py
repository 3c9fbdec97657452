"""Exercise svm-push: how often each column gets one image."""

import numpy as np

from slopes.exercises import test_case
from slopes.losses import multiclass_hinge_grad

OK_FORMAT = False

name = "svm-push"
points = 2


def _run(push, scores, y):
    answer = push(np.array(scores, float), y)
    assert answer is not None, "push returns nothing yet: end it with return …"
    assert np.shape(answer) == np.shape(scores), (
        f"One multiple for each class: {len(scores)} numbers, not {answer!r}."
    )
    return np.asarray(answer, float)


@test_case(
    points=1,
    success_message="Violators get the image once, the true class minus as often.",
    failure_message="For scores 2, 2.5, 1.5, 0 and class 0 two rivals violate: -2, 1, 1, 0.",
)
def test_hand(push):
    answer = _run(push, [2.0, 2.5, 1.5, 0.0], 0)
    assert not np.allclose(answer, [2, -1, -1, 0]), (
        "Those are the signs of the step. The gradient has the opposite ones."
    )
    assert not np.allclose(answer, [-1, 1, 1, 0]), (
        "The true class gets minus the image once for each violator: count them."
    )
    assert not np.allclose(answer, [-3, 1, 1, 0]), (
        "You counted the true class as its own rival: set its entry to 0 before you add."
    )
    assert not np.allclose(answer, [-2, 1.5, 0.5, 0]), (
        "A violator counts 1, however large its excess is."
    )
    assert np.allclose(answer, [-2, 1, 1, 0])


@test_case(
    points=1,
    success_message="It agrees with the library, at the margin too.",
    failure_message="On random scores your multiples differ from the library's.",
)
def test_random(push):
    at_margin = _run(push, [3.0, 2.0, 0.0], 0)
    assert np.allclose(at_margin, 0), "A rival that is behind by exactly 1 doesn't count here."
    random = np.random.default_rng(4)
    for _ in range(20):
        scores, y = random.normal(size=6), int(random.integers(6))
        expected = multiclass_hinge_grad(scores[None], np.array([y]))[0]
        assert np.allclose(_run(push, scores, y), expected)
