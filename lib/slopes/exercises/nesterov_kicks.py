"""Exercise nesterov-kicks: how far noisy slopes shake a direction."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "nesterov-kicks"
points = 3


def _run(shake, h, momentum, look_ahead, kicks):
    answer = shake(h, momentum, look_ahead, kicks.copy())
    assert answer is not None, "shake returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, (
        f"Return one number, the spread over the runs at the end, not shape {np.shape(answer)}."
    )
    return answer


@test_case(
    points=1,
    success_message="One kick is worth one step of gradient descent.",
    failure_message="After a single kick of 1 or −1 from θ = 0, θ is −1 or 1: the spread is 1.",
)
def test_one_kick(shake):
    assert np.isclose(_run(shake, 0.5, 0.9, True, np.array([[1.0, -1.0]])), 1)


@test_case(
    points=1,
    success_message="Two kicks tell the two rules apart.",
    failure_message="Kicks of ±1 twice, h = 0.5, momentum 0.5: 2 for momentum, 1.75 with the look.",
)
def test_two_kicks(shake):
    kicks = np.array([[1.0, -1.0], [1.0, -1.0]])
    assert np.isclose(_run(shake, 0.5, 0.5, False, kicks), 2), (
        "Without looking ahead, ask at θ: −1 − 0.5 + 0.5 − 1 = −2 in the run with kicks of 1."
    )
    assert np.isclose(_run(shake, 0.5, 0.5, True, kicks), 1.75), (
        "Looking ahead, ask at θ + αv, which is −1.5 after the first kick of 1."
    )


@test_case(
    points=1,
    success_message="In the long run the spread is what theory says, for both rules.",
    failure_message="In the long run the spread is not the one that theory gives.",
)
def test_long_run(shake):
    kicks = np.random.default_rng(3).normal(size=(400, 4000))
    for h in (0.05, 0.5):
        for look in (False, True):
            b, c = (1.9 * (1 - h), 0.9 * (1 - h)) if look else (1.9 - h, 0.9)
            exact = np.sqrt((1 + c) / ((1 - c) * ((1 + c) ** 2 - b**2)))
            assert abs(_run(shake, h, 0.9, look, kicks) / exact - 1) < 0.06
