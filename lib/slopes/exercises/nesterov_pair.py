"""Exercise nesterov-pair: a rate and a momentum better than those for the rate 1/L."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "nesterov-pair"
points = 3

_BOWLS = ((1.0, 10.0), (0.5, 50.0), (2.0, 2000.0))


def _share_removed(best_pair, mu, L):
    """Return what the slowest direction loses in a step."""
    answer = best_pair(mu, L)
    assert answer is not None, "best_pair returns nothing yet: end it with return rate, momentum"
    assert isinstance(answer, tuple | list) and len(answer) == 2, (
        "Return two numbers: return rate, momentum"
    )
    rate, momentum = map(float, answer)
    assert 0 <= momentum < 1, f"The momentum must be at least 0 and below 1, not {momentum:.3g}."
    slowest = 0.0
    for h in rate * np.geomspace(mu, L, 400):
        roots = np.roots([1, -(1 + momentum) * (1 - h), momentum * (1 - h)])
        slowest = max(slowest, np.abs(roots).max())
    assert slowest < 1, f"With rate {rate:.3g} and momentum {momentum:.3g} some direction grows."
    return 1 - slowest


@test_case(
    points=1,
    success_message="Every direction converges.",
    failure_message="On some bowl there is a direction that doesn't converge.",
)
def test_converges(best_pair):
    for mu, L in _BOWLS:
        assert _share_removed(best_pair, mu, L) > 0


@test_case(
    points=1,
    success_message="It beats the rate 1/L.",
    failure_message="The slowest direction is no faster than with the rate 1/L: go beyond it.",
)
def test_beats(best_pair):
    for mu, L in _BOWLS:
        assert _share_removed(best_pair, mu, L) > 1.02 * np.sqrt(mu / L)


@test_case(
    points=1,
    success_message="And it is within one percent of the best that is possible.",
    failure_message="You beat 1/L, but another pair is more than one percent better still.",
)
def test_best(best_pair):
    for mu, L in _BOWLS:
        assert _share_removed(best_pair, mu, L) > 0.99 * 2 / np.sqrt(3 * L / mu + 1)
