"""Exercise batch-rate: the largest rate whose noise floor leaves room for the goal."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "batch-rate"
points = 3


def _run(rate_for, *arguments):
    answer = rate_for(*arguments)
    assert answer is not None, "rate_for returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, f"A rate is one number, not {answer!r}."
    return answer


@test_case(
    points=1,
    success_message="The floor is half of the goal.",
    failure_message="For the goal 0.1, sigma2 = 2 and one image the rate must be 0.1.",
)
def test_one(rate_for):
    answer = _run(rate_for, 0.1, 2.0, 1, 10.0)
    assert not np.isclose(answer, 0.2), "Your floor is the whole goal: leave half of it."
    assert not np.isclose(answer, 10.0), "You returned the largest rate: which floor has it?"
    assert np.isclose(answer, 0.1), f"I expect 0.1, not {answer}: its floor is 0.1 · 2 / 4 = 0.05."


@test_case(
    points=1,
    success_message="Twice the images, twice the rate.",
    failure_message="With 8 images the noise is an eighth, so the rate may be 8 times as large.",
)
def test_size(rate_for):
    one, eight = (_run(rate_for, 0.1, 2.0, size, 10.0) for size in (1, 8))
    assert not np.isclose(eight, one / 8), "More images allow a larger rate, not a smaller one."
    assert np.isclose(eight, 8 * one)


@test_case(
    points=1,
    success_message="The curvature has the last word.",
    failure_message="However many images you read, the rate must not exceed largest.",
)
def test_largest(rate_for):
    assert np.isclose(_run(rate_for, 0.1, 2.0, 1000, 1.6), 1.6)
