"""Exercise batch-passes: the mini-batches of one shuffled pass."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "batch-passes"
points = 4


def _run(mini_batches, n, size, seed=0):
    answer = mini_batches(n, size, np.random.default_rng(seed))
    assert answer is not None, "mini_batches returns nothing yet: end it with return …"
    assert isinstance(answer, list), f"Return a list of arrays, not a {type(answer).__name__}."
    answer = [np.asarray(batch) for batch in answer]
    assert all(batch.ndim == 1 for batch in answer), "Each batch is one row of indices."
    return answer


@test_case(
    points=1,
    success_message="Every example comes exactly once.",
    failure_message="Put the batches end to end and sort: that must give 0, 1, …, n − 1.",
)
def test_once(mini_batches):
    for n, size in ((12, 4), (10, 4), (5, 1), (7, 7)):
        indices = np.concatenate(_run(mini_batches, n, size))
        assert len(indices) >= n, (
            f"Of {n} examples only {len(indices)} come: the last, smaller batch is missing."
        )
        assert sorted(indices) == list(range(n)), (
            "Some examples come twice and others never: shuffle all indices once, then cut."
        )


@test_case(
    points=1,
    success_message="The batches have the right size, the last one what is left.",
    failure_message="10 examples in batches of 4 make batches of 4, 4 and 2.",
)
def test_sizes(mini_batches):
    sizes = [len(batch) for batch in _run(mini_batches, 10, 4)]
    assert sizes == [4, 4, 2], f"10 examples by 4 make batches of 4, 4 and 2, not {sizes}."
    assert [len(batch) for batch in _run(mini_batches, 12, 4)] == [4, 4, 4]


@test_case(
    points=1,
    success_message="The order is random.",
    failure_message="Your order is the same for every generator: use random.permutation(n).",
)
def test_shuffled(mini_batches):
    orders = {tuple(np.concatenate(_run(mini_batches, 20, 3, seed))) for seed in range(5)}
    assert tuple(range(20)) not in orders, (
        "Your indices come in order: shuffle them with random.permutation(n)."
    )
    assert len(orders) == 5


@test_case(
    points=1,
    success_message="The same generator gives the same order.",
    failure_message="Draw from the generator that you are given, not from another one.",
)
def test_given(mini_batches):
    first, second = (np.concatenate(_run(mini_batches, 20, 3, seed=4)) for _ in range(2))
    assert np.array_equal(first, second)
