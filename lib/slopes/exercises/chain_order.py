"""Exercise chain-order: the fewest multiplications for a chain of Jacobians."""

from slopes.exercises import test_case

OK_FORMAT = False

name = "chain-order"
points = 3


def _run(best, *sizes):
    answer = best(tuple(sizes))
    assert answer is not None, "best returns nothing yet: end it with return …"
    assert answer == int(answer), "A number of multiplications is whole."
    return int(answer)


@test_case(
    points=1,
    success_message="Two tables have one order, one table costs nothing.",
    failure_message="A 3 × 5 table times a 5 × 2 one costs 3 · 5 · 2 = 30 multiplications.",
)
def test_short(best):
    assert _run(best, 7, 4) == 0, "A chain of one table needs no product."
    assert _run(best, 2, 5, 3) == 30


@test_case(
    points=1,
    success_message="Backward and forward are found where they are best.",
    failure_message="(64, 32, 16, 10, 1) costs 2,720 at best, from the loss's side.",
)
def test_ends(best):
    answer = _run(best, 64, 32, 16, 10, 1)
    assert answer != 43648, "That is the order along the computation: try the other end, too."
    assert answer == 2720
    mirrored = _run(best, 1, 10, 16, 32, 64)
    assert mirrored == 2720, "(1, 10, 16, 32, 64) is the same chain, mirrored: forward wins."


@test_case(
    points=1,
    success_message="It finds the waists of the hourglass.",
    failure_message="The best order for (40, 3, 50, 3, 40) starts in the middle.",
)
def test_waists(best):
    answer = _run(best, 40, 3, 50, 3, 40)
    assert answer != 16800, (
        "That is the better of forward and backward: the last product may join any two ends."
    )
    assert answer == 450 + 360 + 4800
