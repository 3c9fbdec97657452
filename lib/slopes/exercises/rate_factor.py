"""Exercise rate-factor: by how much the slowest mode shrinks in a step."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "rate-factor"
points = 3


def _run(worst_factor, *arguments):
    answer = worst_factor(*arguments)
    assert answer is not None, "worst_factor returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, "Return one number: the worst of the factors, not all of them."
    return answer


@test_case(
    points=1,
    success_message="With a small rate the flattest mode is the slowest.",
    failure_message="With rate 0.1 and curvatures 1 and 5 the factors are 0.9 and 0.5.",
)
def test_small(worst_factor):
    answer = _run(worst_factor, 0.1, np.array([1.0, 5.0]))
    assert not np.isclose(answer, 0.5), "The slowest mode has the largest factor, not the smallest."
    assert np.isclose(answer, 0.9)


@test_case(
    points=1,
    success_message="A mode that changes sides counts by its size.",
    failure_message="With rate 0.3 and curvatures 1 and 6 the steepest mode's factor is -0.8.",
)
def test_flips(worst_factor):
    answer = _run(worst_factor, 0.3, np.array([1.0, 6.0]))
    assert not np.isclose(answer, 0.7), "A factor of -0.8 keeps more than one of 0.7: use np.abs."
    assert np.isclose(answer, 0.8)


@test_case(
    points=1,
    success_message="Modes in between are looked at too, and growth is seen.",
    failure_message="Beyond 2/L the answer is above 1: with rate 1 and curvature 4 it is 3.",
)
def test_grows(worst_factor):
    assert np.isclose(_run(worst_factor, 1.0, np.array([4.0, 1.0, 2.0])), 3.0)
