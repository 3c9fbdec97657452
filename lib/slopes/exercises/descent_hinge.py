"""Exercise descent-hinge: the multiclass hinge loss of one image."""

import numpy as np

from slopes.exercises import test_case
from slopes.losses import multiclass_hinge

OK_FORMAT = False

name = "descent-hinge"
points = 4


def _run(hinge, scores, y):
    answer = hinge(np.array(scores), y)
    assert answer is not None, "hinge returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, f"One image has one loss: return a number, not {answer!r}."
    return answer


@test_case(
    points=1,
    success_message="A clear winner costs nothing.",
    failure_message="When the true class wins by more than 1 the loss is 0.",
)
def test_winner(hinge):
    answer = _run(hinge, [5.0, 1.0, 2.0], 0)
    assert not np.isclose(answer, 1.0), (
        "You counted the true class against itself: leave j = y out of the sum."
    )
    assert np.isclose(answer, 0.0)


@test_case(
    points=1,
    success_message="Every class that comes too close is counted.",
    failure_message="Add up all classes that are above the true score minus 1, not only the worst.",
)
def test_sum(hinge):
    answer = _run(hinge, [2.0, 2.5, 1.5], 0)
    assert not np.isclose(answer, 1.5), "That is the worst class alone: add up all of them."
    assert np.isclose(answer, 2.0), (
        f"For scores 2, 2.5, 1.5 and class 0 I expect 1.5 + 0.5 = 2, not {answer}."
    )


@test_case(
    points=1,
    success_message="Nothing negative slips into the sum.",
    failure_message="A class far below the true one must add 0, not a negative number.",
)
def test_clipped(hinge):
    assert np.isclose(_run(hinge, [0.0, -10.0, 0.5], 0), 1.5), (
        "Clip each class's excess at 0 before adding."
    )


@test_case(
    points=1,
    success_message="It agrees with the library on random scores.",
    failure_message="On random scores your loss differs from slopes.losses.multiclass_hinge.",
)
def test_random(hinge):
    random = np.random.default_rng(7)
    for _ in range(20):
        scores, y = random.normal(size=10), int(random.integers(10))
        assert np.isclose(_run(hinge, scores, y), multiclass_hinge(scores[None], np.array([y]))[0])
