"""Exercise grad-smuggle: a wrong gradient that agrees along its own direction."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "grad-smuggle"
points = 2


def _run(smuggle, g):
    g = np.array(g, float)
    kept = g.copy()
    answer = smuggle(g)
    assert answer is not None, "smuggle returns nothing yet: end it with return …"
    assert np.array_equal(g, kept), "You changed g itself: work on a copy."
    answer = np.asarray(answer, float)
    assert answer.shape == g.shape, "The claim must be shaped like the gradient."
    assert np.linalg.norm(answer) > 1e-9, "A claim of zero has no direction to check along."
    return answer


GRADIENTS = ([3.0, 4.0], [1.0, -2.0, 2.0], [0.5, 0.1, -0.3, 2.0], list(np.linspace(-1, 2, 30)))


@test_case(
    points=1,
    success_message="The check along the claim is passed.",
    failure_message="Along the claim c the slopes must agree: c·c = g·c.",
)
def test_passes(smuggle):
    for g in GRADIENTS:
        claim = _run(smuggle, g)
        assert not np.isclose(claim @ np.array(g), np.array(g) @ g) or np.allclose(
            claim @ claim, np.array(g) @ g
        ), "That agrees along g, but the check goes along your claim: c·c must be g·c."
        assert np.isclose(claim @ claim, claim @ np.array(g), atol=1e-9)


@test_case(
    points=1,
    success_message="And it is far off.",
    failure_message="The claim must be off by at least half of the gradient's length.",
)
def test_wrong(smuggle):
    for g in GRADIENTS:
        claim = _run(smuggle, g)
        assert not np.allclose(claim, g), "That is the right gradient."
        assert np.linalg.norm(claim - g) >= 0.5 * np.linalg.norm(g)
