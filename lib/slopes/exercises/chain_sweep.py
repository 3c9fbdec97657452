"""Exercise chain-sweep: the backward pass of a network with one hidden layer."""

import numpy as np

from slopes.calculus import numerical_gradient
from slopes.exercises import test_case

OK_FORMAT = False

name = "chain-sweep"
points = 2


def _case(k, m, n):
    random = np.random.default_rng(k)
    return (random.normal(size=s) for s in ((m, n), (k, m), (n,), (k,)))


def _run(sweep, *given):
    answer = sweep(*(part.copy() for part in given))
    assert answer is not None, "sweep returns nothing yet: end it with return …"
    assert isinstance(answer, tuple | list) and len(answer) == 2, (
        "Return two arrays: the gradient by V and the one by W."
    )
    return tuple(np.asarray(part, float) for part in answer)


@test_case(
    points=1,
    success_message="The gradient by W, the layer next to the loss, is right.",
    failure_message="The gradient by W is the error W·tanh(Vx) − y, times tanh(Vx) transposed.",
)
def test_outer(sweep):
    V, W, x, y = _case(2, 3, 4)
    dV, dW = _run(sweep, V, W, x, y)
    assert dV.shape != W.shape, "V comes first: return the gradient by V, then the one by W."
    assert dW.shape != W.T.shape, "Shape it like W: one row for each output."
    assert dW.shape == W.shape, "Shape the gradients like V and W."
    measured = numerical_gradient(lambda W: ((W @ np.tanh(V @ x) - y) ** 2).sum() / 2, W)
    assert not np.allclose(dW, 2 * measured, atol=1e-6), "J has a factor of one half."
    assert not np.allclose(dW, -measured, atol=1e-6), "The sign: the error is W·tanh(Vx) − y."
    assert np.allclose(dW, measured, atol=1e-6)


@test_case(
    points=1,
    success_message="The gradient by V, one layer further back, is right as well.",
    failure_message="The gradient by V is off: carry the error back over W transposed, "
    "multiply by the slope of tanh, and take the outer product with x.",
)
def test_inner(sweep):
    V, W, x, y = _case(3, 3, 2)
    dV, _ = _run(sweep, V, W, x, y)
    assert dV.shape == V.shape, "Shape the gradient by V like V."
    a = np.tanh(V @ x)
    assert not np.allclose(dV, np.outer(W.T @ (W @ a - y), x)), (
        "The slopes have not gone through tanh yet: multiply by 1 − a²."
    )
    assert not np.allclose(dV, np.outer((W @ (W @ a - y)) * (1 - a**2), x)), (
        "You went back over W, and its shape let you: back is over the transpose."
    )
    measured = numerical_gradient(lambda V: ((W @ np.tanh(V @ x) - y) ** 2).sum() / 2, V)
    assert np.allclose(dV, measured, atol=1e-6)
