"""Exercise rate-steps: how many steps are sure to be enough."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "rate-steps"
points = 3


def _run(steps_needed, *arguments):
    answer = steps_needed(*arguments)
    assert answer is not None, "steps_needed returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, "Return one number: the count of steps."
    assert answer == np.floor(answer), "Steps are whole: round up to the next one."
    return answer


@test_case(
    points=1,
    success_message="It counts the steps for one decimal digit.",
    failure_message="With κ = 9 the factor is 0.8, and 0.8 to the power 11 is the first below 0.1.",
)
def test_digit(steps_needed):
    answer = _run(steps_needed, 9.0, 0.1)
    assert answer != 10, "After 10 steps 0.107 is left, which is more than 0.1: round up."
    assert answer != 20, "That is the count at a rate of 1/L: the best rate does better."
    assert answer != 6, "That is the count for the height; the distance shrinks by ρ, not by ρ²."
    assert answer == 11


@test_case(
    points=1,
    success_message="It grows like the condition number.",
    failure_message="With κ = 100 a thousandth takes 346 steps.",
)
def test_large(steps_needed):
    assert _run(steps_needed, 100.0, 1e-3) == 346


@test_case(
    points=1,
    success_message="In a round bowl a single step is enough.",
    failure_message="With κ = 1 the factor is 0: one step reaches the bottom, none does not.",
)
def test_round(steps_needed):
    assert _run(steps_needed, 1.0, 1e-6) == 1
