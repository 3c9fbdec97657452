"""Exercise batch-descend: mini-batch gradient descent with shuffled passes."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "batch-descend"
points = 4

_TARGETS = np.array([[1.0, 0.0], [3.0, 2.0], [5.0, -2.0], [7.0, 4.0], [9.0, 1.0]])


def _grad(theta, rows):
    """Half the squared distance to each target, averaged."""
    return theta - _TARGETS[np.asarray(rows)].mean(axis=0)


def _run(descend, grad, theta, n, size, rate, passes, seed=0):
    answer = descend(grad, theta, n, size, rate, passes, np.random.default_rng(seed))
    assert answer is not None, "descend returns nothing yet: end it with return …"
    assert np.shape(answer) == np.shape(theta), "Return the last point, shaped like theta."
    return answer


@test_case(
    points=1,
    success_message="With all examples in a batch it is batch gradient descent.",
    failure_message="With size = n each pass is one step against the full gradient.",
)
def test_all(descend):
    theta = np.array([0.0, 0.0])
    expected = _TARGETS.mean(axis=0) * (1 - 0.5**3)
    answer = _run(descend, _grad, theta, 5, 5, 0.5, 3)
    assert not np.allclose(answer, -_TARGETS.mean(axis=0) * (1.5**3 - 1)), (
        "You walked uphill: subtract the gradient."
    )
    assert np.allclose(answer, expected)


@test_case(
    points=1,
    success_message="Each pass reads every example once.",
    failure_message="In each pass every example must be read exactly once, a short last batch too.",
)
def test_reads(descend):
    read = []

    def watch(theta, rows):
        read.append(np.atleast_1d(rows))
        return _grad(theta, rows)

    _run(descend, watch, np.zeros(2), 5, 2, 0.1, 3)
    assert [len(rows) for rows in read] == [2, 2, 1] * 3, (
        "5 examples by 2 make batches of 2, 2 and 1 in each of 3 passes; yours have "
        f"{[len(rows) for rows in read]}."
    )
    for k in range(3):
        assert sorted(np.concatenate(read[3 * k : 3 * k + 3])) == [0, 1, 2, 3, 4]


@test_case(
    points=1,
    success_message="Each pass has an order of its own.",
    failure_message="Shuffle anew in each pass, not once before the first.",
)
def test_orders(descend):
    read = []

    def watch(theta, rows):
        read.extend(np.atleast_1d(rows).tolist())
        return _grad(theta, np.asarray(rows) % 5)

    _run(descend, watch, np.zeros(2), 20, 1, 0.1, 3)
    passes = {tuple(read[20 * k : 20 * k + 20]) for k in range(3)}
    assert tuple(range(20)) not in passes, "Your examples come in order: shuffle them."
    assert len(passes) == 3


@test_case(
    points=1,
    success_message="The start is left as it was.",
    failure_message="You changed the start: write theta = theta - …, not theta -= ….",
)
def test_start(descend):
    theta = np.array([1.0, -2.0])
    _run(descend, _grad, theta, 5, 2, 0.1, 2)
    assert np.array_equal(theta, [1.0, -2.0])
