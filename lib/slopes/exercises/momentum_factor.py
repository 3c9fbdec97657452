"""Exercise momentum-factor: the factor per step on a parabola."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "momentum-factor"
points = 4


def _run(factor, *arguments):
    with np.errstate(invalid="ignore"):
        answer = factor(*arguments)
    assert answer is not None, "factor returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, f"One parabola has one factor: return a number, not {answer!r}."
    assert not np.isnan(answer), (
        "Your factor is not a number: inside the window the roots are complex, "
        "so take the root of a complex number."
    )
    assert not np.iscomplexobj(answer), "A factor is a size: take abs(…) of the complex root."
    return answer


@test_case(
    points=1,
    success_message="Without momentum it is gradient descent's factor.",
    failure_message="With alpha = 0 the factor is |1 - eta * curvature|.",
)
def test_descent(factor):
    assert np.isclose(_run(factor, 0.1, 0.0, 3.0), 0.7)
    assert np.isclose(_run(factor, 0.5, 0.0, 3.0), 0.5), "A factor is a size: never negative."


@test_case(
    points=1,
    success_message="Inside the window it is the square root of alpha.",
    failure_message="With eta = 1, alpha = 0.25 and curvature 1 the factor is 0.5.",
)
def test_window(factor):
    assert np.isclose(_run(factor, 1.0, 0.25, 1.0), 0.5)


@test_case(
    points=1,
    success_message="Outside it the larger root decides.",
    failure_message="Outside the window there are two real roots: take the one of larger size.",
)
def test_outside(factor):
    answer = _run(factor, 0.01, 0.25, 1.0)
    assert not np.isclose(answer, 0.5), "Below the window the factor is not the root of alpha."
    assert not np.isclose(answer, 0.2534, atol=1e-3), "That is the smaller root."
    assert np.isclose(answer, 0.98660, atol=1e-4)
    assert np.isclose(_run(factor, 3.0, 0.25, 1.0), 1.59307, atol=1e-4), (
        "Above the window the root of larger size is negative: take abs of both, then the larger."
    )


@test_case(
    points=1,
    success_message="It agrees with long runs, saddles included.",
    failure_message="On a random parabola your factor differs from what a long run does.",
)
def test_runs(factor):
    random = np.random.default_rng(4)
    for _ in range(10):
        eta, alpha, curvature = random.uniform(0.05, 1), random.uniform(0, 0.9), -random.uniform()
        x, v, length = 1.0, 0.0, 0.0
        for t in range(400):
            v = alpha * v - eta * curvature * x
            x = x + v
            size = np.hypot(x, v)
            x, v, length = x / size, v / size, np.log(size) if t > 200 else 0.0
        assert np.isclose(_run(factor, eta, alpha, curvature), np.exp(length), rtol=1e-3)
