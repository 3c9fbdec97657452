"""Exercise batch-error: the mean squared error of a mini-batch gradient."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "batch-error"
points = 4


def _run(batch_error, *arguments):
    answer = batch_error(*arguments)
    assert answer is not None, "batch_error returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, f"The mean squared error is one number, not {answer!r}."
    return answer


@test_case(
    points=1,
    success_message="With putting back, b images divide the error by b.",
    failure_message="With putting back the mean squared error is sigma2 / size.",
)
def test_back(batch_error):
    answer = _run(batch_error, 6.0, 4, 100, True)
    assert not np.isclose(answer, 3.0), (
        "You divided by the square root of size: that is for lengths, here we want squares."
    )
    assert np.isclose(answer, 1.5), f"6 divided among 4 images is 1.5, not {answer}."


@test_case(
    points=1,
    success_message="Without, nothing is left when all images are drawn.",
    failure_message="A batch of all n images, none put back, is the full gradient: error 0.",
)
def test_all(batch_error):
    assert np.isclose(_run(batch_error, 6.0, 50, 50, False), 0.0)


@test_case(
    points=1,
    success_message="One image is one image, put back or not.",
    failure_message="For a single image both must give sigma2: divide by n - 1, not by n.",
)
def test_one(batch_error):
    assert np.isclose(_run(batch_error, 6.0, 1, 50, False), 6.0)
    assert np.isclose(_run(batch_error, 6.0, 1, 50, True), 6.0)


@test_case(
    points=1,
    success_message="It agrees with all batches of a small set, one by one.",
    failure_message="I averaged over all batches of 3 from 6 numbers; yours is another value.",
)
def test_by_hand(batch_error):
    from itertools import combinations

    numbers = np.array([1.0, 2.0, 4.0, 7.0, -3.0, 5.0])
    means = [np.mean(chosen) for chosen in combinations(numbers, 3)]
    expected = np.mean((np.array(means) - numbers.mean()) ** 2)
    assert np.isclose(_run(batch_error, numbers.var(), 3, 6, False), expected)
