"""Exercise wrong-wait: how many steps a walker spends near a saddle."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "wrong-wait"
points = 3


def _run(wait, *arguments):
    answer = wait(*arguments)
    assert answer is not None, "wait returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, f"One walker waits one number of steps, not {answer!r}."
    return answer


@test_case(
    points=1,
    success_message="Doubling from 0.001 takes ten steps to reach 1.",
    failure_message="With rate 0.5 and curvature -2 each step doubles the distance: 10 steps.",
)
def test_doubling(wait):
    answer = _run(wait, 1e-3, 0.5, -2.0)
    assert np.isfinite(answer) and answer > 0, (
        "The lowest curvature is negative: a step multiplies the distance by 1 - rate * lowest."
    )
    assert not 9 < answer < 10, "Steps are whole: round up."
    assert answer != 9, "After 9 doublings the walker is still at 0.512: round up, not down."
    assert answer == 10


@test_case(
    points=1,
    success_message="A walker who is there already waits no step.",
    failure_message="From a distance of 1 the wait is 0 steps.",
)
def test_there(wait):
    assert _run(wait, 1.0, 0.1, -0.5) == 0


@test_case(
    points=1,
    success_message="It agrees with a walk, step by step.",
    failure_message="A walk that was simulated step by step took another number of steps.",
)
def test_walk(wait):
    random = np.random.default_rng(3)
    for _ in range(20):
        distance, rate, a = random.uniform([1e-6, 0.1, 0.1], [1e-2, 0.9, 2.0])
        steps, at = 0, distance
        while at < 1:
            at, steps = at + rate * a * at, steps + 1
        answer = _run(wait, distance, rate, -a)
        assert answer == steps, (
            f"From {distance:.2g} with rate {rate:.2f} and lowest curvature {-a:.2f} "
            f"a walk took {steps} steps, not {answer}."
        )
