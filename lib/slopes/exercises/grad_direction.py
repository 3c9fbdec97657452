"""Exercise grad-direction: a gradient check along one random direction."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "grad-direction"
points = 3


def _run(mismatch, f, grad, x, h, seed):
    calls = []

    def counted(at):
        calls.append(np.shape(at))
        return f(at)

    kept = x.copy()
    answer = mismatch(counted, grad, x, h, seed)
    assert answer is not None, "mismatch returns nothing yet: end it with return …"
    assert np.array_equal(x, kept), "You changed x itself: add the step to a copy."
    assert np.ndim(answer) == 0, "Along one direction there is one number to return."
    assert len(calls) <= 2, f"You called f {len(calls)} times: a direction needs two."
    assert float(answer) >= 0, "Return the difference without its sign."
    return float(answer)


def _valley(n):
    scale = np.linspace(1, 2, n)
    return (lambda x: float(np.sum(scale * x**3))), (lambda x: 3 * scale * x**2)


@test_case(
    points=1,
    success_message="A right gradient passes.",
    failure_message="For a right gradient the mismatch must be below 1e-5 at h = 1e-4.",
)
def test_right(mismatch):
    f, grad = _valley(20)
    x = np.linspace(-1, 1, 20)
    for seed in range(5):
        answer = _run(mismatch, f, grad, x, 1e-4, seed)
        assert answer < 1e-2, "Measured and claimed slope differ: do both use the same direction?"
        assert answer < 1e-5, "Too far off for a central difference: step both ways, divide by 2h."


@test_case(
    points=1,
    success_message="One wrong entry among a thousand shows.",
    failure_message="With one entry off by 1 the mismatch must be visible for most seeds.",
)
def test_one_entry(mismatch):
    f, grad = _valley(1000)
    x = np.linspace(-1, 1, 1000)

    def wrong(at):
        return grad(at) + (np.arange(1000) == 700)

    found = [_run(mismatch, f, wrong, x, 1e-5, seed) for seed in range(20)]
    assert len({round(d, 6) for d in found}) > 1 or np.allclose(found, 1, atol=1e-3), (
        "Every seed gives the same: draw the direction with the seed."
    )
    assert sum(d > 1e-3 for d in found) >= 19


@test_case(
    points=1,
    success_message="Swapped entries can't hide.",
    failure_message="With two entries swapped the mismatch must be visible for most seeds.",
)
def test_swapped(mismatch):
    f, grad = _valley(100)
    x = np.linspace(-1, 1, 100)

    def wrong(at):
        claim = grad(at)
        claim[[3, 90]] = claim[[90, 3]]
        return claim

    found = [_run(mismatch, f, wrong, x, 1e-5, seed) for seed in range(40)]
    hidden = sum(d < 1e-4 for d in found)
    assert hidden <= 2, (
        f"They hid in {hidden} of 40 directions: equal entries of u cancel them; "
        "draw from a normal distribution."
    )
