"""Exercise batch-law: the mean square of the distance, step by step."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "batch-law"
points = 4


def _run(mean_squares, *arguments):
    answer = mean_squares(*arguments)
    assert answer is not None, "mean_squares returns nothing yet: end it with return …"
    assert np.ndim(answer) == 1, "Return a list with one value for each rate."
    return np.asarray(answer, float)


@test_case(
    points=1,
    success_message="One step is right.",
    failure_message="One step: shrink start by (1 − ηh)², then add η²σ².",
)
def test_one(mean_squares):
    values = _run(mean_squares, [0.5], 1.0, 4.0, 8.0)
    assert len(values) == 1, "One rate, one value: the start is not part of the list."
    assert not np.isclose(values[0], 5.0), "Square the factor 1 − ηh: this is a mean square."
    assert not np.isclose(values[0], 4.0), "Square the rate in the noise: η²σ²."
    assert np.isclose(values[0], 3.0), f"I expect 0.25 · 8 + 0.25 · 4 = 3, not {values[0]}."


@test_case(
    points=1,
    success_message="Each step starts where the last one ended.",
    failure_message="The second step must start from the first one's value, not from start.",
)
def test_chain(mean_squares):
    assert np.allclose(_run(mean_squares, [0.5, 0.5], 1.0, 4.0, 8.0), [3.0, 1.75])


@test_case(
    points=1,
    success_message="The curvature is used.",
    failure_message="The factor is 1 − ηh: with h = 2 and rate 0.5 nothing of the start is left.",
)
def test_curvature(mean_squares):
    assert np.allclose(_run(mean_squares, [0.5], 2.0, 4.0, 8.0), [1.0])


@test_case(
    points=1,
    success_message="At a constant rate it ends at the balance.",
    failure_message="After many steps at rate 0.1 it must be ησ²/(h(2 − ηh)).",
)
def test_balance(mean_squares):
    assert np.isclose(_run(mean_squares, [0.1] * 500, 1.0, 1.0, 25.0)[-1], 0.1 / 1.9)
