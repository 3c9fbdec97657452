"""Exercise momentum-best: how close any combination of gradients could come."""

from itertools import pairwise

import numpy as np

from slopes.exercises import test_case
from slopes.rules import Momentum

OK_FORMAT = False

name = "momentum-best"
points = 4


def _run(best_distance, A, theta, t):
    answer = best_distance(np.array(A, float), np.array(theta, float), t)
    assert answer is not None, "best_distance returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, f"A distance is one number, not {answer!r}."
    return answer


@test_case(
    points=1,
    success_message="With one gradient it goes to the nearest point on a line.",
    failure_message="With A = diag(1, 2), theta = (1, 1) and t = 1 the distance is 1/√5.",
)
def test_line(best_distance):
    answer = _run(best_distance, np.diag([1.0, 2.0]), [1, 1], 1)
    assert not np.isclose(answer, 0.0), (
        "Too close for one gradient: only A @ theta may be used for t = 1, not theta itself."
    )
    assert np.isclose(answer, 5**-0.5)


@test_case(
    points=1,
    success_message="With as many gradients as curvatures it arrives.",
    failure_message="Two curvatures, two gradients: the minimum can be reached.",
)
def test_arrives(best_distance):
    answer = _run(best_distance, np.diag([1.0, 2.0, 2.0]), [1, 1, -1], 2)
    assert np.isclose(answer, 0.0, atol=1e-9), (
        "With t = 2 both A @ theta and A @ A @ theta may be used."
    )


@test_case(
    points=1,
    success_message="More gradients never make it worse.",
    failure_message="The distance must not grow with t.",
)
def test_falls(best_distance):
    A = np.diag(np.geomspace(0.01, 1, 30))
    distances = [_run(best_distance, A, np.ones(30), t) for t in range(1, 11)]
    assert all(b <= a + 1e-9 for a, b in pairwise(distances))


@test_case(
    points=1,
    success_message="Momentum is never closer.",
    failure_message="Tuned momentum came closer than your bound: a combination is missing.",
)
def test_bound(best_distance):
    curvature, theta = np.geomspace(0.01, 1, 30), np.ones(30)
    rule = Momentum(lr=(2 / 1.1) ** 2, momentum=(0.9 / 1.1) ** 2)
    x, v = theta, np.zeros(30)
    for t in range(1, 11):
        x, v = rule.update(x, curvature * x, t, v)
        bound = _run(best_distance, np.diag(curvature), theta, t)
        assert bound <= np.linalg.norm(x) + 1e-9
