"""Numerical derivatives, their errors and the gradient check, planted bugs included."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slopes import GradientMismatchError, check_gradient, landscape, numerical_gradient
from slopes.calculus import (
    directional_derivative,
    gradient_error_curve,
    numerical_hessian,
    numerical_jacobian,
)

NUMBER = st.floats(-3, 3)
POINT = st.tuples(NUMBER, NUMBER).map(np.array)


def f(x):
    return np.sin(x[0]) * np.exp(x[1]) + x[0] * x[1]


def grad(x):
    return np.array([np.cos(x[0]) * np.exp(x[1]) + x[1], np.sin(x[0]) * np.exp(x[1]) + x[0]])


def hessian(x):
    e = np.exp(x[1])
    mixed = np.cos(x[0]) * e + 1
    return np.array([[-np.sin(x[0]) * e, mixed], [mixed, np.sin(x[0]) * e]])


def test_central_differences_are_second_order():
    x = np.array([0.3, -0.4])
    errors = [np.abs(numerical_gradient(f, x, h) - grad(x)).max() for h in (1e-2, 1e-3)]
    assert np.log10(errors[0] / errors[1]) == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize(
    "measure",
    [
        lambda f, x: numerical_gradient(f, x),
        lambda f, x: numerical_gradient(f, x, error=True)[0],
        lambda f, x: [directional_derivative(f, x, u) for u in np.eye(2)],
        lambda f, x: numerical_jacobian(lambda p: np.array([f(p)]), x)[0],
        lambda f, x: numerical_hessian(f, x, 0.1) @ (x - 0.5),
    ],
)
def test_the_point_is_left_alone(measure):
    def greedy(x):
        x -= 0.5
        return x @ x

    x = np.array([0.3, -0.4])
    slope = measure(greedy, x)
    assert np.array_equal(x, [0.3, -0.4])
    assert np.allclose(slope, 2 * (x - 0.5))


def test_a_gradient_that_changes_its_argument_is_still_checked():
    def wrong(x):
        x.fill(0.0)
        return 2 * x

    with pytest.raises(GradientMismatchError, match="says 0 but"):
        check_gradient(lambda x: x @ x, wrong, [1.0, 2.0])


@pytest.mark.parametrize(
    ("measure", "cost"),
    [
        (lambda f: numerical_gradient(f, [1.0, 2.0]), 4),
        (lambda f: numerical_gradient(f, [1.0, 2.0], error=True), 8),
        (lambda f: directional_derivative(f, [1.0, 2.0], [1.0, 1.0]), 2),
        (lambda f: directional_derivative(f, [1.0, 2.0], [1.0, 1.0], error=True), 4),
        (lambda f: check_gradient(f, lambda x: 2 * x, [1.0, 2.0]), 4),
    ],
)
def test_it_costs_what_it_says(measure, cost):
    calls = []
    measure(lambda x: calls.append(x) or float(x @ x))
    assert len(calls) == cost


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


@pytest.mark.parametrize("scale", [1e-3, 1e-7])
def test_a_faint_gradient_is_checked_too(scale):
    def faint(x):
        return scale * x @ x

    x = [1.0, 2.0]
    assert check_gradient(faint, lambda x: 2 * scale * x, x).error < 1e-9
    for factor in (-2, 2.1, 0):
        with pytest.raises(GradientMismatchError):
            check_gradient(faint, lambda x, factor=factor: factor * scale * x, x)


def test_what_measuring_may_be_wrong_by_is_no_mistake():
    def high(x):
        return 1e8 + x @ x

    assert 1e-6 < check_gradient(high, lambda x: 2 * x, [1.3, 2.7]).error < 1e-2
    with pytest.raises(GradientMismatchError):
        check_gradient(high, lambda x: 2.1 * x, [1.3, 2.7])
    with pytest.raises(GradientMismatchError):  # much is allowed where steps miss the waves
        check_gradient(lambda x: np.sin(1e5 * x).sum(), lambda x: 0 * x, [1.0])


@pytest.mark.parametrize("x", [[0.0, 0.0], [1.0, 1.0]])
def test_at_the_bottom_rounding_is_no_mistake(x):
    def bottom(p):
        return np.exp(p - x).sum() - p.sum()

    assert check_gradient(bottom, lambda p: np.exp(p - x) - 1, x).error < 1e-9


def test_the_message_names_the_coordinate():
    with pytest.raises(GradientMismatchError, match=r"at coordinate \(1,\) the gradient says"):
        check_gradient(f, lambda x: grad(x) + np.array([0, 0.5]), [0.3, -0.4])


# Errors: a promise that differences keep ------------------------------------------------------


@given(POINT, st.sampled_from([None, 1e-1, 1e-2, 1e-4, 1e-8]))
def test_the_estimated_error_of_a_gradient_is_of_the_right_size(x, h):
    slope, error = numerical_gradient(f, x, h, error=True)
    assert np.array_equal(slope, numerical_gradient(f, x, h))
    assert (np.abs(slope - grad(x)) <= 3 * error + 1e-13).all()


@pytest.mark.parametrize("a", [0.1, 1 / 3, 7.3, 1e5 / 3])
@pytest.mark.parametrize("h", [None, 1e-1, 1e-4, 1e-8])
def test_the_rounding_of_x_counts_as_an_error(a, h):
    slope, error = numerical_gradient(lambda x: 3e5 * (x - a), a, h, error=True)
    assert abs(slope - 3e5) <= 3 * error + 1e-13
    assert error < 1e-2 * 3e5


def test_a_coordinate_that_hardly_moves_adds_little_error():
    _, error = directional_derivative(lambda x: x @ x, [1.0, 1.0], [1.0, 1e-20], error=True)
    assert error < 1e-9


@pytest.mark.parametrize("h", [0.2, 0.05, 0.01])
def test_where_truncation_rules_the_error_is_estimated_closely(h):
    x = np.array([0.3, -0.4])
    slope, error = numerical_gradient(f, x, h, error=True)
    first = np.abs(slope - grad(x))[0]
    assert error[0] == pytest.approx(first, rel=0.05)


@given(POINT)
def test_directional_derivative_is_the_gradients_product(x):
    u = np.array([0.6, -2.0])
    slope, error = directional_derivative(f, x, u, error=True)
    assert slope == directional_derivative(f, x, u)
    assert abs(slope - grad(x) @ u) <= 3 * error + 1e-12
    assert error < 1e-7


def test_directional_derivative_scales_with_the_direction():
    x, u = np.array([0.3, -0.4]), np.array([1.0, 2.0])
    long, short = directional_derivative(f, x, 1e6 * u), directional_derivative(f, x, u)
    assert long == pytest.approx(1e6 * short)


@given(POINT)
def test_the_jacobian_of_a_gradient_is_the_hessian(x):
    jacobian, error = numerical_jacobian(grad, x, error=True)
    assert np.array_equal(jacobian, numerical_jacobian(grad, x))
    assert (np.abs(jacobian - hessian(x)) <= 3 * error + 1e-12).all()
    assert error.max() < 1e-7


def test_the_jacobian_has_a_row_for_each_output():
    A = np.arange(6.0).reshape(2, 3)
    assert np.allclose(numerical_jacobian(lambda x: A @ x, np.ones(3)), A)


@given(POINT)
def test_the_hessian_and_its_error(x):
    measured, error = numerical_hessian(f, x, error=True)
    assert np.array_equal(measured, numerical_hessian(f, x))
    assert np.array_equal(measured, measured.T)
    assert (np.abs(measured - hessian(x)) <= 3 * error).all()
    assert error.max() < 1e-4


@pytest.mark.parametrize("name", ["rosenbrock", "beale", "log_sum_exp"])
def test_the_hessian_of_a_landscape(name):
    surface = landscape(name)
    measured, error = numerical_hessian(surface, surface.start, error=True)
    assert (np.abs(measured - surface.hessian(surface.start)) <= 3 * error).all()


def test_the_v_of_the_gradient_error():
    curve = gradient_error_curve(f, grad, [0.3, -0.4], [1e-1, 1e-2, 1e-3])
    assert np.allclose(np.diff(np.log10(curve.forward)), -1, atol=0.1)
    assert np.allclose(np.diff(np.log10(curve.central)), -2, atol=0.1)
    left = gradient_error_curve(f, grad, [0.3, -0.4], np.logspace(-14, -2, 49))
    for errors, best in ((left.forward, 1e-8), (left.central, 1e-5)):
        lowest = left.hs[errors.argmin()]
        assert best / 100 < lowest < best * 100
        assert errors[0] > 1e3 * errors.min()
    assert left.central.min() < left.forward.min() / 10


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: directional_derivative(f, [0.0, 0.0], [1.0]), r"direction has shape \(1,\)"),
        (lambda: directional_derivative(f, [0.0, 0.0], [0.0, 0.0]), "must have a length"),
        (lambda: directional_derivative(f, [0.0, 0.0], [1.0, 0.0], h=0.0), "h must be positive"),
        (lambda: numerical_gradient(f, [0.0, 0.0], h=np.inf), "positive and finite, not inf"),
        (lambda: numerical_gradient(np.sum, [1e20], h=1.0), "step of 1 is lost in x"),
        (lambda: numerical_gradient(np.sum, [1.0], h=8e-17), "is lost in x"),
        (lambda: directional_derivative(np.sum, [1e20], [1.0], h=1.0), "is lost in x"),
        (lambda: numerical_jacobian(lambda x: x, [1e20], h=1.0), "is lost in x"),
        (lambda: numerical_gradient(lambda x: None, [0.0]), "end with return"),
        (lambda: numerical_jacobian(lambda x: None, [0.0]), "end with return"),
        (lambda: numerical_hessian(lambda x: None, [0.0]), "end with return"),
        (lambda: check_gradient(f, lambda x: None, [0.0, 0.0]), "gradient returned None"),
        (lambda: numerical_gradient(lambda x: x, [0.0, 1.0]), r"not an array of shape \(2,\)"),
        (lambda: numerical_hessian(lambda x: x, [0.0, 1.0]), r"not an array of shape \(2,\)"),
        (lambda: numerical_gradient(np.sum, np.array([1j])), "x must be real, not complex"),
        (lambda: numerical_gradient(lambda x: 1j * x, [1.0]), "f must be real, not complex"),
        (lambda: numerical_jacobian(lambda x: 1j * x, [1.0]), "f must be real, not complex"),
        (lambda: numerical_gradient(np.sum, []), "x is empty"),
        (lambda: check_gradient(np.sum, np.ones_like, []), "x is empty"),
        (lambda: gradient_error_curve(np.sum, np.ones_like, [], [0.1]), "x is empty"),
        (lambda: directional_derivative(np.sum, [], []), "x is empty"),
        (lambda: numerical_jacobian(grad, 1.0), "x must be a vector"),
        (lambda: numerical_jacobian(f, [0.0, 0.0]), "use numerical_gradient"),
        (lambda: numerical_jacobian(grad, [0.0, 0.0], h=np.nan), "h must be positive"),
        (lambda: numerical_hessian(f, [[0.0, 0.0]]), "x must be a vector"),
        (lambda: numerical_hessian(f, [0.0, 0.0], h=-1), "h must be positive"),
        (lambda: numerical_hessian(f, [1.0, 1.0], h=1e-17), "a step of 1e-17 is lost in x"),
        (lambda: numerical_hessian(f, [1.0, 1e20], h=1.0), "a step of 1 is lost in x"),
        (lambda: gradient_error_curve(f, grad, [0.0, 0.0], []), "list of positive step sizes"),
        (lambda: gradient_error_curve(f, grad, [0.0, 0.0], [0.1, 0]), "list of positive"),
        (lambda: gradient_error_curve(f, lambda x: 1, [0.0, 0.0], [0.1]), "gradient has shape"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_one_number_may_come_in_an_array():
    assert numerical_gradient(np.sin, [0.0]) == pytest.approx(1)
    assert numerical_gradient(lambda x: x @ x + 0j, [1.0, 2.0]) == pytest.approx([2, 4])


@pytest.mark.parametrize("far", [0.0, 1.0, 1e3, 1e6])
def test_the_hessians_error_knows_that_x_is_rounded(far):
    random = np.random.default_rng(0)
    for _ in range(30):
        x = far + random.standard_normal(2)
        measured, error = numerical_hessian(lambda x: ((x - far) ** 2).sum(), x, error=True)
        assert (np.abs(measured - 2 * np.eye(2)) <= error).all()
        assert error.max() < 0.05


def test_the_estimated_error_of_a_hessian_is_its_error():
    second, error = numerical_hessian(lambda x: x[0] ** 4, [1.0], h=0.1, error=True)
    assert error[0, 0] == pytest.approx(abs(second[0, 0] - 12), rel=1e-6)


def test_a_direction_has_a_finite_length():
    with pytest.raises(ValueError, match="must have a length"):
        directional_derivative(np.sum, [1.0, 2.0], [np.inf, 0.0])


def test_one_complex_coordinate_is_enough_to_be_refused():
    with pytest.raises(ValueError, match="must be real, not complex"):
        numerical_gradient(np.sum, [1.0, 2j])


@pytest.mark.parametrize(("at", "size"), [(0.5, 1.0), (-8.0, 8.0)])
def test_the_default_steps_are_roots_of_the_precision(at, size):
    eps = np.finfo(float).eps
    for measure, reach in (
        (numerical_gradient, eps ** (1 / 3)),
        (numerical_hessian, 2 * eps ** (1 / 4)),
    ):
        seen = []
        measure(lambda x, seen=seen: seen.append(float(x[0])) or 0.0, [at])
        assert max(seen) - at == pytest.approx(reach * size, rel=1e-6)


def test_a_mirror_image_has_the_same_error():
    def ramp(x):
        return max(x[0] - 1, 0.0)

    _, error = numerical_hessian(ramp, [1.0], h=2.0**-30, error=True)
    _, mirrored = numerical_hessian(lambda x: ramp(-x), [-1.0], h=2.0**-30, error=True)
    assert error == mirrored


def test_parameters_that_are_no_array_are_told_about_flatten():
    for x in ({"a": np.ones(2)}, [np.ones((2, 2)), np.ones(2)]):
        with pytest.raises(ValueError, match=r"flatten\(.*\) puts .* into one vector"):
            check_gradient(np.sum, np.ones_like, x)
    with pytest.raises(ValueError, match="must hold numbers, not text"):
        numerical_gradient(np.sum, ["1", "2"])
