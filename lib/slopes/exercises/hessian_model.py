"""Exercise hessian-model: the second-order Taylor model without a Hessian."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "hessian-model"
points = 3


def _run(model, f, grad, x, u):
    calls = []

    def counted(at):
        calls.append(at)
        return grad(at)

    answer = model(f, counted, np.array(x, float), np.array(u, float))
    assert answer is not None, "model returns nothing yet: end it with return …"
    assert np.ndim(answer) == 0, "The model's height is one number."
    assert len(calls) <= 3, f"You called grad {len(calls)} times: three are enough."
    return float(answer)


@test_case(
    points=1,
    success_message="On a quadratic the model is exact.",
    failure_message="For f = x₁² + 3x₁x₂ the model must give f(x + u) itself.",
)
def test_quadratic(model):
    def f(x):
        return x[0] ** 2 + 3 * x[0] * x[1]

    def grad(x):
        return np.array([2 * x[0] + 3 * x[1], 3 * x[0]])

    answer = _run(model, f, grad, [1.0, 2.0], [0.5, -1.0])
    assert not np.isclose(answer, 8), "That is the plane: add half of u·Hu."
    assert not np.isclose(answer, 5.5), "The second-order term has a factor of one half."
    assert np.isclose(answer, 6.75, atol=1e-6)


@test_case(
    points=1,
    success_message="Elsewhere it is the parabola, not the function.",
    failure_message="For f = x⁴ at 1 the model at u = 1 is 1 + 4 + 6 = 11, while f(2) is 16.",
)
def test_quartic(model):
    answer = _run(model, lambda x: float(x[0] ** 4), lambda x: 4 * x**3, [1.0], [1.0])
    assert not np.isclose(answer, 16), "That is the function itself, not its model."
    assert np.isclose(answer, 11, atol=1e-4)


@test_case(
    points=1,
    success_message="Long and short steps are both served.",
    failure_message="For f = sin x₁ + e^x₂ and u of length 1000 or 0.001 the curvature is off: "
    "choose h so that h·u is about 1e-4 long.",
)
def test_lengths(model):
    def f(x):
        return np.sin(x[0]) + np.exp(x[1])

    def grad(x):
        return np.array([np.cos(x[0]), np.exp(x[1])])

    x = np.array([1.0, 0.5])
    for length in (1e3, 1.0, 1e-3):
        u = length * np.array([0.6, 0.8])
        bend = -np.sin(1.0) * u[0] ** 2 + np.exp(0.5) * u[1] ** 2
        rest = _run(model, f, grad, x, u) - f(x) - grad(x) @ u
        assert abs(rest - bend / 2) <= 1e-4 * abs(bend) + 1e-14
