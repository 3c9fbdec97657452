"""Exercise grad-chance: how likely a few random entries meet a wrong one."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "grad-chance"
points = 3


def _run(chance, n, bad, k):
    answer = chance(n, bad, k)
    assert answer is not None, "chance returns nothing yet: end it with return …"
    return float(answer)


@test_case(
    points=1,
    success_message="One wrong entry is found with probability k/n.",
    failure_message="With one wrong entry of 870, ten draws find it with probability 10/870.",
)
def test_one(chance):
    answer = _run(chance, 870, 1, 10)
    assert answer < 0.9, "That is the probability of missing it."
    assert np.isclose(answer, 10 / 870, atol=1e-7)


@test_case(
    points=1,
    success_message="Different entries are drawn, so the chances change from draw to draw.",
    failure_message="With 2 wrong of 4 and 2 draws, all miss in 1 case of 6: the answer is 5/6.",
)
def test_several(chance):
    answer = _run(chance, 4, 2, 2)
    assert not np.isclose(answer, 0.75), "You draw different entries: none goes back."
    assert not np.isclose(answer, 1), "Chances of several draws don't add up: count the misses."
    assert np.isclose(answer, 5 / 6)


@test_case(
    points=1,
    success_message="The ends are right, too.",
    failure_message="With nothing wrong it is 0; where the draws outnumber the right entries, 1.",
)
def test_ends(chance):
    assert np.isclose(_run(chance, 50, 0, 10), 0)
    assert np.isclose(_run(chance, 50, 45, 10), 1)
