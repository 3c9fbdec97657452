"""Risk: simulations against closed forms, closed forms against SymPy and SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slopes.models import Linear
from slopes.risk import (
    Estimate,
    Problem,
    bias_variance,
    constant,
    expected_risk,
    fixed,
    line,
    nearest,
    polynomial,
    polynomial_features,
    risk_concentration,
    risk_split,
    sine,
    two_points_exact,
)

NOISY = Problem(noise=0.3)
FITS = {
    "constant": constant,
    "line": line,
    "nearest": nearest,
    "fixed": fixed(0.2),
    "cubic": polynomial(3),
    "ridge": polynomial(6, 0.01),
}


# Two points, closed forms ---------------------------------------------------------------------


def test_the_mean_slope_in_closed_form():
    import sympy as sp

    slope = float(((sp.EulerGamma + sp.log(2 * sp.pi) - sp.Ci(2 * sp.pi)) / sp.pi).evalf(20))
    bias2 = slope**2 / 3 - 2 * slope / np.pi + 0.5
    assert two_points_exact("line").bias2 == pytest.approx(bias2, abs=1e-14)


def test_the_constants_closed_form_step_by_step():
    import sympy as sp

    x = sp.Symbol("x", real=True)

    def mean(g):
        return sp.integrate(g, (x, -1, 1)) / 2

    f = sp.sin(sp.pi * x)
    assert mean(f) == 0  # so the average constant is 0
    exact = two_points_exact("constant")
    assert float(mean(f**2)) == exact.bias2
    assert float(mean(f**2) / 2) == exact.variance  # the mean of two independent targets


def test_the_lines_variance_by_another_quadrature():
    from scipy.integrate import dblquad

    def both(b, a):  # the plain formula, in the two inputs themselves
        near = abs(a - b) < 1e-7
        slope = np.pi * np.cos(np.pi * a) if near else (sine(a) - sine(b)) / (a - b)
        return (slope**2 / 3 + (sine(a) - slope * a) ** 2) / 4

    second = dblquad(both, -1, 1, -1, 1, epsabs=1e-7)[0]
    mean = dblquad(
        lambda b, a: np.pi * np.cos(np.pi * (a + b) / 2) * np.sinc((a - b) / 2) / 4, -1, 1, -1, 1
    )[0]
    assert two_points_exact("line").variance == pytest.approx(second - mean**2 / 3, abs=1e-6)


def test_the_numbers_of_the_textbook():
    assert two_points_exact("constant")[:2] == (0.5, 0.25)
    exact = two_points_exact("line")
    assert round(exact.bias2, 2) == 0.21
    # The textbook's 1.69 is a simulation; the exact value is 1.676.
    assert exact.variance == pytest.approx(1.69, abs=0.02)


@pytest.mark.parametrize(("name", "fit"), [("constant", constant), ("line", line)])
@pytest.mark.parametrize("seed", range(3))
def test_the_simulation_agrees_with_the_closed_form(name, fit, seed):
    exact = two_points_exact(name)
    result = bias_variance(Problem(), fit, n=2, repeats=4000, seed=seed)
    for part in ("bias2", "variance", "e_out"):
        assert getattr(result, part).off(getattr(exact, part)) < 4
    assert result.bias2.error < 0.01
    assert result.gap.off(0) < 4


def test_the_constant_with_noise():
    exact = two_points_exact("constant", noise=0.5)
    result = bias_variance(Problem(noise=0.5), constant, n=2, repeats=4000)
    for part in ("bias2", "variance", "e_out"):
        assert getattr(result, part).off(getattr(exact, part)) < 4
    assert result.noise == exact.noise == 0.25


def test_two_noisy_points_give_the_line_an_infinite_variance():
    assert two_points_exact("line", noise=0.1).variance == np.inf


# The decomposition ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("inputs", ["uniform", "grid"])
def test_error_is_bias_squared_plus_variance_plus_noise(name, inputs):
    problem = Problem(noise=0.3, inputs=inputs)
    result = bias_variance(problem, FITS[name], n=20, repeats=1000, seed=1)
    assert result.gap.off(0) < 4
    assert result.gap.error < 0.05


def test_it_holds_with_normal_inputs_too():
    problem = Problem(target=lambda x: x**2, noise=0.2, inputs="normal")
    result = bias_variance(problem, line, n=30, repeats=2000)
    assert result.gap.off(0) < 4
    # The best line for x² under a standard normal is 1, which leaves a mean square of 2.
    assert result.bias2.value == pytest.approx(2, abs=0.15)


def test_the_standard_errors_are_what_repetition_shows():
    runs = [
        bias_variance(NOISY, polynomial(3, 0.01), 15, repeats=200, seed=s, points=16)
        for s in range(150)
    ]
    for part in ("bias2", "variance", "e_out", "gap"):
        values = np.array([getattr(run, part) for run in runs])
        assert values[:, 1].mean() == pytest.approx(values[:, 0].std(ddof=1), rel=0.2)
    gaps = np.array([run.gap.value for run in runs])
    assert abs(gaps.mean()) < 4 * gaps.std() / np.sqrt(len(gaps))


def test_the_error_of_a_bias_that_vanishes_to_first_order():
    # The average constant is the best constant: only the square of its error is left.
    runs = [
        bias_variance(Problem(), constant, 2, repeats=400, seed=s, points=16) for s in range(200)
    ]
    off = np.array([run.bias2.off(0.5) for run in runs])
    assert (off < 2).mean() > 0.9
    values = np.array([run.bias2 for run in runs])
    assert np.median(values[:, 1]) == pytest.approx(values[:, 0].std(ddof=1), rel=0.25)
    assert values[:, 0].mean() == pytest.approx(0.5, abs=3e-4)  # and without bias of its own


def test_the_curves_over_x_add_up_to_the_totals():
    result = bias_variance(NOISY, polynomial(3), 15, repeats=500)
    assert result.weights.sum() == pytest.approx(1)
    for part in ("bias2", "variance", "e_out"):
        at = getattr(result, f"{part}_at")
        assert result.weights @ at == pytest.approx(getattr(result, part).value)
        assert getattr(result, f"{part}_error_at").shape == at.shape == result.x.shape
    assert np.allclose(result.variance_at, result.predictions.var(axis=0, ddof=1))
    sum_at = result.bias2_at + result.variance_at + result.noise
    error = np.hypot(
        np.hypot(result.bias2_error_at, result.variance_error_at), result.e_out_error_at
    )
    assert (np.abs(result.e_out_at - sum_at) < 5 * error).all()


def test_ignoring_the_data_has_no_variance():
    result = bias_variance(NOISY, fixed(0.2), n=5, repeats=50)
    assert result.variance == pytest.approx((0, 0), abs=1e-15)
    assert result.bias2.value == pytest.approx(0.5 + 0.04)


def test_fitting_every_point_has_the_variance_of_the_noise_and_no_bias():
    result = bias_variance(NOISY, nearest, n=1000, repeats=300)
    assert result.variance.value == pytest.approx(0.09, rel=0.05)
    assert abs(result.bias2.value) < 0.001


def test_least_squares_variance_on_a_grid_is_the_noise_times_the_share_of_parameters():
    # At the inputs themselves the mean variance of a fit with k coefficients is σ²k/n.
    inputs = Problem(inputs="grid").draw(12, 1, np.random.default_rng(0))[0][0]

    def at_inputs(X, Y, x):
        return polynomial(3)(X, Y, inputs)

    problem = Problem(noise=0.5, inputs="grid")
    result = bias_variance(problem, at_inputs, 12, repeats=4000, points=12)
    assert result.variance_at.mean() == pytest.approx(0.25 * 4 / 12, rel=0.05)


def test_results_can_be_compared():
    result = bias_variance(NOISY, line, 5, repeats=5)
    assert result == result
    assert result != bias_variance(NOISY, line, 5, repeats=5)


def test_simulations_are_seeded():
    same = [bias_variance(NOISY, line, 5, repeats=50, seed=3).variance for _ in range(2)]
    assert same[0] == same[1]
    assert same[0] != bias_variance(NOISY, line, 5, repeats=50, seed=4).variance


# Fits -----------------------------------------------------------------------------------------


@given(st.integers(0, 1000), st.integers(3, 8))
def test_a_line_is_a_polynomial_of_degree_one(seed, n):
    random = np.random.default_rng(seed)
    X, Y = random.uniform(-1, 1, (2, 4, n))
    x = np.linspace(-1, 1, 5)
    assert np.allclose(line(X, Y, x), polynomial(1)(X, Y, x), atol=1e-8)
    assert np.allclose(constant(X, Y, x), polynomial(0)(X, Y, x))


@given(st.integers(0, 1000))
@settings(max_examples=20)
def test_polynomials_agree_with_numpys(seed):
    random = np.random.default_rng(seed)
    X, Y = random.uniform(-1, 1, (2, 1, 12))
    x = np.linspace(-1, 1, 7)
    expected = np.polynomial.Polynomial.fit(X[0], Y[0], 3)(x)
    assert np.allclose(polynomial(3)(X, Y, x)[0], expected, atol=1e-7)


def test_ridge_minimizes_its_objective():
    random = np.random.default_rng(0)
    X, Y = random.uniform(-1, 1, (2, 1, 8))
    objective = Linear(polynomial_features(X[0], 4), Y[0], "squared", weight_decay=0.1)
    x = np.linspace(-1, 1, 9)
    w = np.linalg.lstsq(polynomial_features(x, 4), polynomial(4, 0.1)(X, Y, x)[0], rcond=None)[0]
    assert np.allclose(objective.grad(w), 0, atol=1e-12)


def test_beyond_interpolation_the_smallest_of_the_exact_fits_is_taken():
    random = np.random.default_rng(1)
    X, Y = random.uniform(-1, 1, (2, 3, 5))
    for k in range(3):
        assert np.allclose(polynomial(9)(X[k : k + 1], Y[k : k + 1], X[k]), Y[k])
    x = np.linspace(-1, 1, 30)
    w = np.linalg.lstsq(polynomial_features(x, 9), polynomial(9)(X, Y, x)[0], rcond=None)[0]
    best = np.linalg.lstsq(polynomial_features(X[0], 9), Y[0], rcond=None)[0]
    assert np.linalg.norm(w) == pytest.approx(np.linalg.norm(best))


def test_nearest_is_what_a_loop_says():
    random = np.random.default_rng(2)
    X, Y = random.uniform(-1, 1, (2, 6, 9))
    x = np.linspace(-1.5, 1.5, 40)
    loop = [[ys[np.abs(xs - p).argmin()] for p in x] for xs, ys in zip(X, Y, strict=True)]
    assert np.array_equal(nearest(X, Y, x), loop)


def test_the_features_are_orthonormal():
    x, weights = Problem().nodes(20)
    A = polynomial_features(x, 6)
    assert np.allclose(A.T @ (weights[:, None] * A), np.eye(7))


def test_equal_inputs_get_a_horizontal_line():
    assert np.array_equal(line([[1.0, 1.0]], [[0.0, 2.0]], [0.0, 5.0]), [[1.0, 1.0]])
    # The mean of three times 0.1 is not quite 0.1.
    assert np.allclose(line([[0.1] * 3], [[1.0, 2.0, 6.0]], [0.0, 5.0]), 3)


def test_a_fit_says_where_rounding_hides_its_features():
    far = np.linspace(0, 10, 30)[None]
    with pytest.raises(
        ValueError, match=r"up to degree 12 cannot be told apart .* scale the input"
    ):
        polynomial(12)(far, np.cos(far), far[0])
    near = far / 5 - 1
    assert np.allclose(polynomial(12)(near, np.cos(far), near[0]), np.cos(far), atol=1e-4)
    # Fewer inputs than features, inputs that are all the same, and small ones are no trouble.
    few = far[:, :12:6]
    assert np.allclose(polynomial(3)(few, np.cos(few), few[0]), np.cos(few))
    assert np.allclose(polynomial(3)(np.full((1, 9), 5.0), np.ones((1, 9)), [5.0]), 1)
    small = far / 10
    assert np.allclose(polynomial(25)(small, np.cos(small), small[0]), np.cos(small))


@pytest.mark.parametrize(
    ("problem", "degree"),
    [
        (Problem(target=lambda x: x**2, inputs="normal"), 20),
        (Problem(target=lambda x: x**2, inputs="normal"), 199),
        (Problem(target=np.cos, low=0, high=10), 12),
    ],
)
def test_a_risk_is_not_split_where_rounding_hides_the_polynomials(problem, degree):
    X = problem.nodes(60)[0]
    with pytest.raises(ValueError, match="cannot be told apart in floating point"):
        risk_split(problem, degree, X, problem.target(X))
    split = risk_split(problem, 5, X, problem.target(X))
    assert min(split.approximation, split.estimation) > -1e-12


def test_a_data_set_may_be_too_far_out_by_itself():
    X = np.linspace(0, 10, 30)
    with pytest.raises(ValueError, match="cannot be told apart in floating point"):
        risk_split(Problem(), 12, X, sine(X))


def test_a_risk_is_split_to_all_digits_up_to_the_highest_degree():
    X = np.linspace(-1, 1, 500)
    assert abs(risk_split(Problem(), 199, X, sine(X)).approximation) < 1e-25
    assert abs(risk_split(Problem(low=0), 40, X, sine(X)).approximation) < 1e-25


def test_a_small_decay_tends_to_the_smallest_exact_fit():
    X, Y = np.random.default_rng(0).uniform(-1, 1, (2, 3, 5))
    x = np.linspace(-1, 1, 7)
    without = polynomial(9)(X, Y, x)
    for decay in (1e-9, 1e-12, 1e-15, 1e-30):
        assert np.allclose(polynomial(9, decay)(X, Y, x), without, atol=100 * decay + 1e-12)


# Expected and empirical risk ------------------------------------------------------------------


def test_the_expected_risk_of_the_target_is_the_noise():
    assert expected_risk(NOISY, sine) == pytest.approx(0.09)
    assert expected_risk(Problem(target=lambda x: 1.0), lambda x: 0.0) == pytest.approx(1)


@pytest.mark.parametrize("inputs", ["uniform", "normal"])
def test_empirical_risk_concentrates_at_the_root_of_n(inputs):
    problem = Problem(noise=0.3, inputs=inputs)
    result = risk_concentration(problem, lambda x: 0.5 * x, [10, 100, 1000], repeats=1000)
    assert result.rate.off(-0.5) < 4
    assert result.rate.error < 0.02
    assert (np.abs(result.deviation - result.predicted) < 4 * result.error).all()


def test_the_error_of_a_deviation_is_what_repetition_shows():
    runs = [risk_concentration(NOISY, sine, [20], repeats=100, seed=s) for s in range(200)]
    shown = np.std([run.deviation[0] for run in runs], ddof=1)
    assert np.mean([run.error[0] for run in runs]) == pytest.approx(shown, rel=0.2)


def test_one_size_has_no_rate():
    assert risk_concentration(NOISY, sine, [10], repeats=10).rate is None


def test_the_three_errors_add_up_and_none_of_the_first_two_is_negative():
    random = np.random.default_rng(3)
    X, Y = NOISY.draw(15, 1, random)
    w = np.array([0.0, 0.4, 0.0, -0.1])
    split = risk_split(NOISY, 3, X[0], Y[0], w)
    parts = split.noise + split.approximation + split.estimation + split.optimization
    assert parts == pytest.approx(split.total)
    assert split.total == pytest.approx(
        expected_risk(NOISY, lambda x: polynomial_features(x, 3) @ w)
    )
    assert min(split.approximation, split.estimation) >= 0
    assert risk_split(NOISY, 3, X[0], Y[0]).optimization == 0


def test_the_approximation_error_of_a_line():
    # The best line for sin πx has slope 3/π and leaves ½ − 3/π².
    X = np.linspace(-1, 1, 5)
    split = risk_split(Problem(), 1, X, sine(X))
    assert split.approximation == pytest.approx(0.5 - 3 / np.pi**2)


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(0.20712, 0.0034), "0.2071 ± 0.0034"),
        (Estimate(1234.5, 56.7), "1234 ± 57"),
        (Estimate(1.0, 0.0), "1.000000 ± 0.000000"),
        (Estimate(0.5, 1e-30), "0.500000000000000 ± 0.000000000000000"),
    ],
)
def test_an_estimate_shows_two_digits_of_its_error(estimate, text):
    assert repr(estimate) == text


def test_off_counts_standard_errors():
    assert Estimate(1.0, 0.5).off(0.0) == 2
    assert Estimate(1.0, 0.0).off(1.0) == 0
    assert Estimate(1.0, 0.0).off(0.0) == np.inf


# Bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Problem(noise=-1), "noise is a standard deviation"),
        (lambda: Problem(inputs="even"), "must be 'uniform', 'normal' or 'grid', not 'even'"),
        (lambda: Problem(low=1, high=1), "low must be below high"),
        (lambda: Problem(0.1), "target must be a function such as np.cos, not 0.1"),
        (lambda: Problem().nodes(0), "at least one point"),
        (lambda: Problem().nodes(2.5), "points must be a whole number"),
        (lambda: polynomial(2.5), "degree must be a whole number"),
        (lambda: bias_variance(NOISY, line, 2.5), "n must be a whole number"),
        (lambda: bias_variance(NOISY, line, 2, repeats=9.5), "repeats must be a whole number"),
        (lambda: expected_risk(NOISY, lambda x: None), "returned None: end it with return"),
        (lambda: risk_concentration(NOISY, sine, [np.nan]), "list of numbers of examples"),
        (lambda: risk_concentration(NOISY, sine, [5], repeats=2.5), "repeats must be a whole"),
        (lambda: risk_split(NOISY, 1, [0, np.nan], [0, 1]), "X and y must be finite"),
        (lambda: polynomial(-1), "degree is zero or more"),
        (lambda: polynomial_features(0.0, -1), "degree is zero or more"),
        (lambda: polynomial(1, -1.0), "weight_decay must be zero or more"),
        (lambda: bias_variance(NOISY, line, 0), "at least one example"),
        (lambda: bias_variance(NOISY, line, 2, repeats=2), "at least 3 data sets"),
        (lambda: bias_variance(NOISY, lambda X, Y, x: Y, 2, repeats=5), "one prediction for each"),
        (
            lambda: bias_variance(NOISY, lambda X, Y, x: X[:, :1] * x * np.inf, 2, repeats=5),
            "not finite",
        ),
        (lambda: fixed(np.nan), "must be a finite number, not nan"),
        (lambda: fixed("a"), "must be a finite number, not 'a'"),
        (lambda: Problem(inputs="normal").nodes(400), "at most 300 points, not 400"),
        (lambda: two_points_exact("cubic"), "'constant' or 'line', not 'cubic'"),
        (lambda: two_points_exact("line", -1), "standard deviation"),
        (lambda: expected_risk(NOISY, lambda x: x * np.nan), "not finite at some input"),
        (lambda: expected_risk(NOISY, lambda x: x[:, None]), r"not \(200, 1\)"),
        (lambda: risk_concentration(Problem(inputs="grid"), sine, [9]), "on a grid are not drawn"),
        (lambda: risk_concentration(NOISY, sine, [9.5]), "list of numbers of examples"),
        (lambda: risk_concentration(NOISY, sine, []), "list of numbers of examples"),
        (lambda: risk_concentration(NOISY, sine, [0]), "list of numbers of examples"),
        (lambda: risk_concentration(NOISY, sine, [5], repeats=1), "at least 2 data sets"),
        (lambda: risk_split(NOISY, 200, np.zeros(2), np.zeros(2)), "degree must be below 200"),
        (
            lambda: risk_split(NOISY, 1, np.arange(2.0), np.zeros(2), np.array([np.nan, 0])),
            "w must be finite",
        ),
        (lambda: risk_split(NOISY, 1, np.zeros((2, 2)), np.zeros(2)), "one data set"),
        (lambda: risk_split(NOISY, 1, np.zeros(2), np.zeros(2), np.zeros(3)), "w must have shape"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("name", FITS)
def test_every_fit_checks_its_data(name):
    for X, Y in ((np.zeros(3), np.zeros(3)), (np.zeros((2, 3)), np.zeros((2, 2)))):
        with pytest.raises(ValueError, match=r"shape \(data sets, examples\)"):
            FITS[name](X, Y, np.zeros(4))
    for X, Y in (([[np.nan]], [[0.0]]), ([[0.0]], [[np.inf]])):
        with pytest.raises(ValueError, match="must be finite"):
            FITS[name](X, Y, np.zeros(4))
    with pytest.raises(ValueError, match="x must be a vector"):
        FITS[name](np.zeros((2, 3)), np.zeros((2, 3)), np.zeros((4, 1)))


def test_the_error_of_a_bias_that_is_zero_is_that_of_the_means_square():
    def fit(X, Y, x):
        return np.repeat(np.where(np.arange(len(X)) % 2, 3.0, -3.0)[:, None], len(x), axis=1)

    found = bias_variance(Problem(np.zeros_like), fit, n=1, repeats=20)
    assert np.allclose(found.bias2_error_at, np.sqrt(2) * found.variance_at / 20)
    assert found.bias2.error == pytest.approx(np.sqrt(2) * found.variance.value / 20)


def test_an_empty_data_set_has_no_split():
    with pytest.raises(ValueError, match="must be one data set"):
        risk_split(Problem(), 1, np.zeros(0), np.zeros(0))
