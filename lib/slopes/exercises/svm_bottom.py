"""Exercise svm-bottom: the mixture of slopes that is zero where two creases cross."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "svm-bottom"
points = 2


def _run(shares, base, first, second):
    answer = shares(np.array(base), np.array(first), np.array(second))
    assert answer is not None, "shares returns nothing yet: end it with return …"
    assert np.shape(answer) == (2,), f"Return two numbers, one for each crease, not {answer!r}."
    return np.asarray(answer, float)


@test_case(
    points=1,
    success_message="It is right for creases along the axes.",
    failure_message="From (-1, -3), adding (4, 0) or (0, 4), I expect the shares 0.25 and 0.75.",
)
def test_axes(shares):
    answer = _run(shares, [-1.0, -3.0], [4.0, 0.0], [0.0, 4.0])
    assert not np.allclose(answer, [-0.25, -0.75]), (
        "Mind the sign: the two shares must add up to minus the base."
    )
    assert np.allclose(answer, [0.25, 0.75])


@test_case(
    points=1,
    success_message="It is right for any two creases.",
    failure_message="For other creases the mixture is not zero.",
)
def test_any(shares):
    random = np.random.default_rng(8)
    for _ in range(10):
        base, first, second = random.normal(size=(3, 2))
        a, b = _run(shares, base, first, second)
        mixture = base + a * first + b * second
        assert np.allclose(mixture, 0, atol=1e-8), (
            f"base + a·first + b·second must be zero, not {mixture.round(3)}. "
            "The two vectors are the columns of the matrix."
        )
