"""Exercise wrong-watch: a rate that is halved when the loss stops falling."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "wrong-watch"
points = 4


def _run(watch, losses, patience):
    answer = watch(list(losses), patience)
    assert answer is not None, "watch returns nothing yet: end it with return …"
    assert np.ndim(answer) == 1 and len(answer) == len(losses), (
        "Return a list with one share for each epoch."
    )
    return [float(share) for share in answer]


@test_case(
    points=1,
    success_message="While the loss falls, the rate stays.",
    failure_message="Every epoch here is good, so the share must stay 1.",
)
def test_falling(watch):
    assert _run(watch, [5.0, 4.0, 3.0, 2.0], 1) == [1, 1, 1, 1], (
        "Every epoch here is good, the first one too: the share must stay 1."
    )


@test_case(
    points=1,
    success_message="It halves after as many bad epochs as its patience.",
    failure_message="With patience 2 the second bad epoch in a row halves the share.",
)
def test_patience(watch):
    answer = _run(watch, [3.0, 2.0, 2.0, 2.5, 1.0], 2)
    assert answer != [1, 1, 0.5, 0.25, 0.25], "You halve at every bad epoch: count them first."
    assert answer != [1, 1, 1, 1, 0.5], "The share is wanted after each epoch, that epoch included."
    assert answer == [1, 1, 1, 0.5, 0.5], f"I expect [1, 1, 1, 0.5, 0.5], not {answer}."


@test_case(
    points=1,
    success_message="It compares with the best so far, not with the epoch before.",
    failure_message="An epoch is good only if its loss is below all before it.",
)
def test_best_so_far(watch):
    assert _run(watch, [1.0, 3.0, 2.0, 1.5], 3) == [1, 1, 1, 0.5], (
        "After 1.0 none of the losses 3.0, 2.0, 1.5 is good: compare with the lowest so far."
    )


@test_case(
    points=1,
    success_message="It counts anew after halving and after a good epoch.",
    failure_message="Set the count back to zero after a halving and after a good epoch.",
)
def test_anew(watch):
    answer = _run(watch, [2.0, 2.0, 2.0, 2.0, 2.0], 2)
    assert answer == [1, 1, 0.5, 0.5, 0.25], "After a halving, begin to count anew."
    answer = _run(watch, [2.0, 2.0, 1.0, 1.0, 0.5], 2)
    assert answer == [1, 1, 1, 1, 1], "A good epoch sets the count back to zero."
