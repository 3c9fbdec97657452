"""Exercise linear-trap: partial derivatives that are zero on a slope."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "linear-trap"
points = 3


def _run(trap, x, y):
    with np.errstate(all="ignore"):
        answer = trap(x, y)
    assert answer is not None, "trap returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, "A height is one number."
    assert np.isfinite(answer), f"At ({x:g}, {y:g}) your height is not a finite number."
    return float(answer)


@test_case(
    points=1,
    success_message="At the origin the height is 0.",
    failure_message="trap(0, 0) must be 0.",
)
def test_origin(trap):
    assert _run(trap, 0.0, 0.0) == 0


@test_case(
    points=1,
    success_message="Along the axes nothing can be seen.",
    failure_message="On both axes, in both directions, the height must be 0.",
)
def test_axes(trap):
    for length in (1.0, 0.01, -1.0, -0.01):
        assert _run(trap, length, 0.0) == 0
        assert _run(trap, 0.0, length) == 0


@test_case(
    points=1,
    success_message="Along the diagonal it rises at every scale. There is no derivative.",
    failure_message="A step of length t toward (1, 1) must rise by t.",
)
def test_diagonal(trap):
    small = _run(trap, 1e-9, 1e-9)
    assert small > 1e-12, "Your slope fades when you zoom in: use something like a root."
    for t in (1.0, 1e-3, 1e-6):
        side = t / np.sqrt(2)
        rise = _run(trap, side, side)
        assert not np.isclose(rise, side, rtol=1e-6), (
            "You rise by t/√2: a step of length t has coordinates of t/√2, so multiply by √2."
        )
        assert np.isclose(rise, t, rtol=1e-6)
