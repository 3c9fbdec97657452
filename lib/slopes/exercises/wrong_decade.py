"""Exercise wrong-decade: the wait at the saddle of tiny weights, foretold from the data."""

import numpy as np

from slopes.data import digits
from slopes.exercises import test_case

OK_FORMAT = False

name = "wrong-decade"
points = 3


def _run(foretell, X, y, rate):
    answer = foretell(X.copy(), y.copy(), rate)
    assert answer is not None, "foretell returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0 and np.isreal(answer), f"Return one number, not {answer!r}."
    return float(answer)


def _two_classes():
    # One pixel that tells two classes apart: M is (1/4, -1/4), its singular value √2 / 4.
    return np.array([[0.0], [1.0]]), np.array([0, 1])


@test_case(
    points=1,
    success_message="Two images and one pixel, worked out by hand.",
    failure_message="For X = [[0], [1]], y = [0, 1] M is (1/4, -1/4), its singular value √2/4.",
)
def test_by_hand(foretell):
    answer = _run(foretell, *_two_classes(), 1.0)
    a = np.sqrt(2) / 4
    assert not np.isclose(answer, np.log(10) / np.log(1 + 2 * a)), (
        "Divide by the number of images: J is a mean."
    )
    assert not np.isclose(answer, 1 / np.log(1 + a)), (
        "That is the wait for a factor of e: for ten, multiply by log 10."
    )
    assert np.isclose(answer, np.log(10) / np.log(1 + a))


@test_case(
    points=1,
    success_message="On the first 300 digits it foretells what was measured.",
    failure_message="On the first 300 digits, with a rate of 0.5, it should be about 20.8.",
)
def test_digits(foretell):
    data = digits()
    answer = _run(foretell, data.X_train[:300], data.y_train[:300], 0.5)
    assert not 18.5 < answer < 19.5, (
        "Rows of F hold the classes' frequencies in y, which aren't exactly a tenth each."
    )
    assert abs(answer - 20.77) < 0.05


@test_case(
    points=1,
    success_message="A smaller rate waits longer.",
    failure_message="With half the rate the wait is longer: the rate stands inside the logarithm.",
)
def test_rate(foretell):
    X, y = _two_classes()
    a = np.sqrt(2) / 4
    assert np.isclose(_run(foretell, X, y, 0.1), np.log(10) / np.log(1 + 0.1 * a))
