"""Exercise svm-uphill: a sub-gradient against which every short step leads up."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "svm-uphill"
points = 2
_SLOPES = np.array([1.0, 4.0])


def _run(uphill):
    answer = uphill()
    assert answer is not None, "uphill returns nothing yet: end it with return …"
    assert isinstance(answer, (tuple, list)) and len(answer) == 2, (
        "Return two things: the point and the sub-gradient."
    )
    theta, g = (np.asarray(part, float) for part in answer)
    assert theta.shape == g.shape == (2,), "Both are arrays of two numbers."
    return theta, g


@test_case(
    points=1,
    success_message="It is a sub-gradient there.",
    failure_message="This g is no sub-gradient there.",
)
def test_sub_gradient(uphill):
    theta, g = _run(uphill)
    for k in range(2):
        if theta[k] == 0:
            assert abs(g[k]) <= _SLOPES[k], (
                f"At θ{k + 1} = 0 the entry {k + 1} of a sub-gradient is between "
                f"{-_SLOPES[k]:g} and {_SLOPES[k]:g}, not {g[k]:g}."
            )
        else:
            expected = np.sign(theta[k]) * _SLOPES[k]
            assert g[k] == expected, (
                f"θ{k + 1} is not at its kink, so entry {k + 1} must be the slope there, "
                f"{expected:g}, not {g[k]:g}."
            )


@test_case(
    points=1,
    success_message="And every short step against it leads up.",
    failure_message="A short step against this g doesn't lead up.",
)
def test_up(uphill):
    theta, g = _run(uphill)
    assert theta.any(), "At the lowest point every step leads up or nowhere: go somewhere else."
    rise = [(np.abs(theta - t * g) - np.abs(theta)) @ _SLOPES / t for t in (1e-3, 1e-4, 1e-5)]
    assert (theta == 0).any(), (
        "Away from kinks a sub-gradient is the gradient, and a short step leads down: "
        "stand on a crease."
    )
    assert min(rise) > 1e-9, "A short step against this g leads down: leave the crease more."
