"""Exercise grad-tip: the best step of the central difference, and its error."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "grad-tip"
points = 2


def _run(tip, r, M3):
    answer = tip(r, M3)
    assert answer is not None, "tip returns nothing yet: end it with return …"
    assert np.shape(answer) == (2,), "Return two numbers: the step, then the error."
    return float(answer[0]), float(answer[1])


@test_case(
    points=1,
    success_message="The step is where both arms of the V meet.",
    failure_message="For r = 9e-9 and M3 = 1 the best step is 0.003.",
)
def test_step(tip):
    step, _ = _run(tip, 9e-9, 1.0)
    assert not np.isclose(step, 2 * np.sqrt(9e-9)), (
        "That is the best step of the forward quotient: central ones have a cube root."
    )
    assert np.isclose(step, 3e-3)
    step, _ = _run(tip, 9e-9, 8.0)
    assert np.isclose(step, 1.5e-3), "A function that twists 8 times as much wants half the step."


@test_case(
    points=1,
    success_message="So is the error: the bound at that step.",
    failure_message="For r = 9e-9 and M3 = 2 the bound at the best step is M3·h²/2.",
)
def test_error(tip):
    step, error = _run(tip, 9e-9, 2.0)
    assert not np.isclose(error, 2.0 * step**2 / 6), (
        "That is the truncation alone: add the rounding, r/h."
    )
    assert not np.isclose(error, 9e-9 / step), "That is the rounding alone: add the truncation."
    assert np.isclose(error, 2.0 * step**2 / 6 + 9e-9 / step)
