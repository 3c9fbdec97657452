"""Exercise chain-tied: a weight that is used twice has two roads."""

import math

from slopes.exercises import test_case

OK_FORMAT = False

name = "chain-tied"
points = 2


def _run(tied, w, x):
    answer = tied(w, x)
    assert answer is not None, "tied returns nothing yet: end it with return …"
    return float(answer)


def _roads(w, x):
    a = math.tanh(w * x)
    end = 1 - math.tanh(w * a) ** 2
    return end * a, end * w * (1 - a * a) * x


@test_case(
    points=1,
    success_message="Both roads are added.",
    failure_message="At w = 0.8 and x = 1.5 the slope is about 1.01.",
)
def test_both(tied):
    answer, (short, long) = _run(tied, 0.8, 1.5), _roads(0.8, 1.5)
    assert not math.isclose(answer, short), (
        "That is the road through the second layer: w stands in the first layer, too."
    )
    assert not math.isclose(answer, long), (
        "That is the road through the first layer: w stands in the second layer, too."
    )
    assert not math.isclose(answer, short * long), "Multiply along a road, add over roads."
    assert math.isclose(answer, short + long)


@test_case(
    points=1,
    success_message="It holds for negative weights.",
    failure_message="At w = -1.2 and x = 0.5 it is off.",
)
def test_negative(tied):
    assert math.isclose(_run(tied, -1.2, 0.5), sum(_roads(-1.2, 0.5)))
