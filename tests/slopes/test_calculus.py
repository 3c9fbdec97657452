"""Numerical gradients and the gradient check, planted bugs included."""

import numpy as np
import pytest
from slopes import GradientMismatchError, check_gradient, numerical_gradient


def f(x):
    return np.sin(x[0]) * np.exp(x[1]) + x[0] * x[1]


def grad(x):
    return np.array([np.cos(x[0]) * np.exp(x[1]) + x[1], np.sin(x[0]) * np.exp(x[1]) + x[0]])


def test_central_differences_are_second_order():
    x = np.array([0.3, -0.4])
    errors = [np.abs(numerical_gradient(f, x, h) - grad(x)).max() for h in (1e-2, 1e-3)]
    assert np.log10(errors[0] / errors[1]) == pytest.approx(2, abs=0.01)


def test_the_point_is_left_alone():
    x = np.array([0.3, -0.4])
    numerical_gradient(f, x)
    assert np.array_equal(x, [0.3, -0.4])


def test_any_shape():
    assert np.allclose(numerical_gradient(np.sum, np.zeros((2, 3))), np.ones((2, 3)))


def test_h_must_be_positive():
    with pytest.raises(ValueError, match="h must be positive"):
        numerical_gradient(f, [0.0, 0.0], h=-1.0)


def test_a_right_gradient_passes():
    assert check_gradient(f, grad, [0.3, -0.4]).error < 1e-9


@pytest.mark.parametrize(
    "bug",
    [
        lambda x: -grad(x),
        lambda x: 2 * grad(x),
        lambda x: grad(x)[::-1],
        lambda x: grad(x) + np.array([0, 1e-4]),
        lambda x: grad(x) * np.nan,
        lambda x: grad(x)[:1],
    ],
    ids=["sign", "factor", "swapped", "small offset", "nan", "shape"],
)
def test_planted_bugs_are_found(bug):
    with pytest.raises(GradientMismatchError):
        check_gradient(f, bug, [0.3, -0.4])


def test_the_message_names_the_coordinate():
    with pytest.raises(GradientMismatchError, match=r"at coordinate \(1,\) the gradient says"):
        check_gradient(f, lambda x: grad(x) + np.array([0, 0.5]), [0.3, -0.4])
