"""Testers for convexity: witnesses are checked against the definition, quadratics exactly."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from slopes.convexity import (
    convex_function_witness,
    convex_set_witness,
    first_order_witness,
    norm_ball,
    p_norm,
    second_order_witness,
    strong_convexity_and_smoothness,
    unit_sphere,
)
from slopes.landscapes import LANDSCAPES, Landscape, bowl, landscape, log_sum_exp

CONVEX = ["bowl", "ravine", "log_sum_exp", "least_squares"]
BENT = sorted(set(LANDSCAPES) - set(CONVEX))
BOX = [(-1.0, 1.0), (-1.0, 1.0)]


def quadratic(a, b, c):
    x, y = sp.symbols("x y", real=True)
    return Landscape(
        "quadratic", a * x**2 + b * x * y + c * y**2, (x, y), ((-1, 1), (-1, 1)), (1.0, 1.0), ()
    )


# Sets -----------------------------------------------------------------------------------------

SETS = {
    "disc": (lambda x: np.hypot(*x) <= 1, True),
    "square": (lambda x: np.abs(x).max() <= 0.7, True),
    "half plane": (lambda x: x[0] + 2 * x[1] <= 0.3, True),
    "ring": (lambda x: 0.5 <= np.hypot(*x) <= 1, False),
    "crescent": (lambda x: np.hypot(*x) <= 1 and np.hypot(x[0] - 0.5, x[1]) >= 0.5, False),
    "two discs": (lambda x: min(np.hypot(x[0] - s, x[1]) for s in (-0.6, 0.6)) <= 0.3, False),
    "cross": (lambda x: np.abs(x).min() <= 0.2, False),
    "disc with a hole": (lambda x: 0.1 <= np.hypot(*x) <= 1, False),
}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("seed", range(3))
def test_a_set_is_convex_or_has_a_witness(name, seed):
    contains, convex = SETS[name]
    witness = convex_set_witness(contains, BOX, seed=seed)
    assert (witness is None) == convex
    if witness:
        assert contains(witness.x)
        assert contains(witness.y)
        assert 0 <= witness.t <= 1
        assert np.allclose(witness.point, witness.t * witness.x + (1 - witness.t) * witness.y)
        assert not contains(witness.point)
        assert "belong to it" in repr(witness)


@pytest.mark.parametrize("p", [0.3, 0.5, 0.9, 0.98, 1, 1.5, 2, 4, np.inf])
def test_balls_are_convex_from_p_equal_to_one(p):
    assert (convex_set_witness(norm_ball(p), BOX) is None) == (p >= 1)


@given(st.integers(0, 10**6))
@settings(max_examples=20)
def test_rounding_at_an_edge_is_no_counter_example(seed):
    corners = np.random.default_rng(seed).dirichlet([1, 1, 1], 30)
    inside = np.vstack([corners, 0.5 * corners])  # edges of the 1-ball, and points within

    def contains(x):
        return np.abs(x).sum() <= 1.0

    assert convex_set_witness(contains, points=inside, pairs=300) is None


def test_a_circle_alone_is_not_convex():
    witness = convex_set_witness(lambda x: abs(np.hypot(*x) - 1) < 1e-9, points=unit_sphere(2).T)
    assert witness is not None
    only = [0.1, 0.7]
    assert convex_set_witness(lambda x: list(x) == only, points=[only] * 9) is None


@given(st.floats(1, 8), st.lists(st.floats(-9, 9), min_size=3, max_size=3))
def test_p_norm_is_numpys(p, x):
    assert p_norm(x, p) == pytest.approx(np.linalg.norm(x, p))


def test_p_norm_works_on_many_vectors_and_survives_small_p():
    x = np.array([[3.0, 0.0], [4.0, 0.0]])
    assert np.allclose(p_norm(x, 2), [5, 0])
    assert np.isfinite(p_norm(np.full(2, 1e300), 0.5))
    assert p_norm([np.inf, 1], 2) == np.inf
    assert np.allclose(p_norm(unit_sphere(0.5), 0.5), 1)


# Functions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CONVEX)
def test_convex_landscapes_have_no_witness(name):
    surface = landscape(name)
    assert convex_function_witness(surface) is None
    assert first_order_witness(surface) is None
    assert second_order_witness(surface) is None


@pytest.mark.parametrize("name", BENT)
@pytest.mark.parametrize("seed", range(2))
def test_other_landscapes_have_all_three_witnesses(name, seed):
    surface = landscape(name)
    low, high = np.array(surface.domain).T

    chord = convex_function_witness(surface, seed=seed)
    assert chord is not None, f"no witness against {name}: if it is convex, add it to CONVEX"
    between = chord.t * chord.x + (1 - chord.t) * chord.y
    assert chord.value == pytest.approx(surface(between))
    assert chord.chord == pytest.approx(
        chord.t * surface(chord.x) + (1 - chord.t) * surface(chord.y)
    )
    assert chord.gap > 0

    tangent = first_order_witness(surface, seed=seed)
    rise = surface.grad(tangent.x) @ (tangent.y - tangent.x)
    assert tangent.value == pytest.approx(surface(tangent.y))
    assert tangent.tangent == pytest.approx(surface(tangent.x) + rise)
    assert tangent.gap > 0

    bend = second_order_witness(surface, seed=seed)
    u = bend.direction
    assert np.linalg.norm(u) == pytest.approx(1)
    assert u @ surface.hessian(bend.x) @ u == pytest.approx(bend.curvature)
    assert bend.curvature < 0

    for point in (chord.x, chord.y, tangent.x, tangent.y, bend.x):
        assert (low <= point).all()
        assert (point <= high).all()
    for witness in (chord, tangent, bend):
        assert repr(witness).startswith("not convex: ")


@given(st.integers(-6, 6), st.integers(-6, 6), st.integers(-6, 6))
def test_quadratics_are_decided_exactly(a, b, c):
    surface = quadratic(a, b, c)
    convex = a >= 0 and c >= 0 and 4 * a * c >= b * b
    assert (second_order_witness(surface) is None) == convex
    assert (convex_function_witness(surface) is None) == convex
    bounds = strong_convexity_and_smoothness(surface)
    values = np.linalg.eigvalsh(surface.hessian([0, 0]))
    assert bounds.exact
    assert bounds.mu == pytest.approx(values[0], abs=1e-12)
    assert abs(bounds.L - np.abs(values).max()) < 1e-12
    if 4 * a * c == b * b and convex:
        assert bounds.mu == 0


def test_a_curvature_too_small_for_floating_point_is_found():
    witness = second_order_witness(quadratic(1, 0, -sp.Rational(1, 10**20)))
    assert witness.curvature == pytest.approx(-2e-20, abs=0)
    assert convex_function_witness(quadratic(1, 0, -sp.Rational(1, 10**20))).gap > 0
    assert second_order_witness(quadratic(1, 2, 1)) is None  # (x + y)², flat along one line


@pytest.mark.parametrize("digits", [25, 32, 60, 100])
def test_the_sign_of_a_tiny_curvature_is_exact(digits):
    tiny = sp.Rational(1, 10**digits)
    witness = second_order_witness(quadratic(1, 0, -tiny))
    assert witness.curvature == pytest.approx(-2 * 10.0**-digits, abs=0)
    assert np.array_equal(witness.direction, [0, 1])
    bounds = strong_convexity_and_smoothness(quadratic(1, 0, tiny))
    assert bounds.condition_number == pytest.approx(10.0**digits)
    assert strong_convexity_and_smoothness(quadratic(1, 2 * sp.pi, sp.pi**2)).mu == 0


def test_the_direction_of_a_tiny_curvature_is_exact():
    turned = sp.Matrix([[2, -2, 1], [1, 2, 2], [2, 1, -2]]) / 3
    tiny = sp.Rational(1, 10**20)
    hessian = turned * sp.diag(1, tiny, -tiny) * turned.T
    point = sp.Matrix(sp.symbols("x y z", real=True))
    surface = Landscape(
        "turned", (point.T * hessian * point)[0] / 2, tuple(point), ((-1, 1),) * 3, (1.0,) * 3, ()
    )
    witness = second_order_witness(surface)
    u = sp.Matrix([sp.Rational(v) for v in witness.direction.tolist()])
    assert float((u.T * hessian * u)[0]) == pytest.approx(-1e-20, abs=0)
    assert witness.curvature == pytest.approx(-1e-20, abs=0)


def test_a_chord_stays_below_where_the_gap_is_less_than_a_digit():
    x, y = sp.symbols("x y", real=True)
    surface = Landscape(
        "high", 1 + x**2 - y**2 / 10**20, (x, y), ((-1, 1), (-1, 1)), (1.0, 1.0), ()
    )
    assert 0 < convex_function_witness(surface).gap < 1e-15


def test_rounded_numbers_leave_no_false_witness():
    root = float(np.sqrt(2))
    assert second_order_witness(quadratic(1.0, 2 * root, 2.0)) is None  # (x + √2 y)²
    for v in ([1, 3, 7], [0.1, 0.7, 0.3]):
        assert strong_convexity_and_smoothness(np.outer(v, v)).mu == 0
    assert strong_convexity_and_smoothness(np.diag([1.0, 1e13])).mu == 1


@pytest.mark.parametrize("tester", [first_order_witness, second_order_witness])
def test_differences_stay_in_the_domain(tester):
    def root(x):  # a warning, and so an error, for negative x
        return np.sqrt(x[0])

    for seed in range(5):
        assert tester(root, [(0, 1)], seed=seed) is not None
        assert tester(lambda x: -root(x), [(0, 1)], seed=seed) is None
        assert tester(lambda x: -root(x), [(0, 1e-3)], seed=seed) is None


def test_differences_see_a_ripple_in_a_large_domain():
    for tester in (first_order_witness, second_order_witness):
        assert tester(lambda x: x @ x / 2 + 0.1 * np.sin(20 * x[0]), [(0, 1000)]) is not None


@pytest.mark.parametrize("seed", range(9))
def test_the_error_of_a_measured_slope_is_no_witness(seed):
    box = [(0, 1e6), (0, 1e-3)]  # one step for both, and so far too short for the first
    assert first_order_witness(np.sum, box, seed=seed) is None
    assert first_order_witness(lambda x: x[0] + 1e3 * x[1] ** 2, box, seed=seed) is None
    assert first_order_witness(lambda x: -((x[0] / 1e6) ** 2), box, seed=seed) is not None


def test_the_error_of_a_measured_hessian_is_no_witness():
    assert second_order_witness(lambda x: 1e8 + 1e-3 * x @ x, BOX) is None


@pytest.mark.parametrize("seed", range(9))
def test_a_witness_is_not_moved_to_where_rounding_looks_like_a_gap(seed):
    def f(x):  # a dent of 0.1 on the left; values, and so roundings, are huge on the right
        return 0.1 * np.cos(9 * x[0]) if x[0] < 0 else 1e17 * max(x[0] - 0.1, 0)

    witness = convex_function_witness(f, [(-1, 1)], seed=seed)
    assert witness.gap > 1e-9 * max(abs(witness.value), abs(witness.chord))


def test_functions_may_change_their_argument():
    def shifted(x):
        x -= 0.3
        return -x @ x

    witness = convex_function_witness(shifted, BOX)
    between = witness.t * witness.x + (1 - witness.t) * witness.y
    assert shifted(between) == pytest.approx(witness.value)
    ends = shifted(witness.x.copy()), shifted(witness.y.copy())
    assert witness.t * ends[0] + (1 - witness.t) * ends[1] == pytest.approx(witness.chord)


def test_plain_functions_work_without_derivatives():
    def ripple(x):
        return x @ x + 0.1 * np.sin(20 * x[0])

    for tester in (convex_function_witness, first_order_witness, second_order_witness):
        assert tester(ripple, BOX) is not None
        assert tester(lambda x: np.exp(x).sum(), BOX) is None
        assert tester(np.sin, [(0.1, 3)]) is not None


@pytest.mark.parametrize("tester", [convex_function_witness, first_order_witness])
def test_kinks_and_constants_are_convex(tester):
    for f in (lambda x: np.abs(x).sum(), lambda x: np.maximum(0, 1 - x[0]), lambda x: 3.0):
        assert tester(f, BOX, pairs=300) is None


@pytest.mark.parametrize("tester", [convex_function_witness, first_order_witness])
def test_rounding_of_large_values_is_no_witness(tester):
    class Steep:
        domain = ((-1, 1), (-1, 1))

        def __call__(self, x):
            return 1e10 * x.sum()

        def grad(self, x):
            return np.full(2, 1e10)

    assert tester(Steep()) is None


@given(st.integers(0, 10**6))
@settings(max_examples=15)
def test_norms_are_convex(seed):
    p = 1 + 9 * np.random.default_rng(seed).uniform()
    assert convex_function_witness(lambda x: p_norm(x, p), BOX, pairs=100, seed=seed) is None


def test_below_one_the_p_norm_is_not_convex():
    assert convex_function_witness(lambda x: p_norm(x, 0.5), BOX) is not None


def test_an_infinite_value_between_finite_ones_is_a_witness():
    def barrier(x):
        return np.inf if abs(x[0]) < 0.3 else 0.0

    assert convex_function_witness(barrier, [(-1, 1)]).value == np.inf
    assert convex_function_witness(lambda x: np.inf if x[0] > 0.5 else 0.0, [(-1, 1)]) is None
    low = convex_function_witness(lambda x: -np.inf if x[0] > 0.5 else 0.0, [(-1, 1)])
    assert (low.value, low.chord) == (0, -np.inf)


# Curvature ------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=4))
def test_the_condition_number_of_a_bowl_is_exact(curvatures):
    bounds = strong_convexity_and_smoothness(bowl(*curvatures))
    assert bounds.exact
    assert bounds.condition_number == pytest.approx(max(curvatures) / min(curvatures))


def test_a_matrix_is_exact_and_agrees_with_its_landscape():
    surface = landscape("least_squares")
    ours = strong_convexity_and_smoothness(surface)
    theirs = strong_convexity_and_smoothness(surface.hessian([0, 0]))
    assert theirs.exact
    assert theirs.condition_number == pytest.approx(ours.condition_number)


def test_estimates_are_marked_and_stay_inside_the_truth():
    exact = strong_convexity_and_smoothness(lambda x: np.diag(1 + x**2), [(-1, 3), (0, 2)])
    assert not exact.exact
    assert exact.mu == pytest.approx(1, abs=1e-3)
    assert exact.mu >= 1
    assert exact.L == 10  # at a corner
    assert "estimated" in repr(exact)
    saddle = strong_convexity_and_smoothness(landscape("saddle"))
    assert saddle.mu == pytest.approx(-1, abs=1e-4)
    assert saddle.condition_number == np.inf


@given(st.integers(0, 1000))
@settings(max_examples=10)
def test_function_values_stay_between_the_two_parabolas(seed):
    surface = log_sum_exp()
    bounds = strong_convexity_and_smoothness(surface)
    low, high = np.array(surface.domain).T
    x, y = np.random.default_rng(seed).uniform(low, high, (2, 2))
    assume(not np.allclose(x, y))
    rest = surface(y) - surface(x) - surface.grad(x) @ (y - x)
    square = ((y - x) ** 2).sum() / 2
    assert bounds.mu * square <= rest + 1e-9 <= bounds.L * square + 2e-9


# Bad input ------------------------------------------------------------------------------------


def test_a_domain_is_needed():
    for tester in (convex_function_witness, first_order_witness, second_order_witness):
        with pytest.raises(TypeError, match="give the domain"):
            tester(lambda x: 0.0)
    with pytest.raises(TypeError, match="give the domain"):
        strong_convexity_and_smoothness(lambda x: np.eye(2))
    with pytest.raises(TypeError, match="not both"):
        convex_set_witness(norm_ball(2))
    with pytest.raises(TypeError, match="not both"):
        convex_set_witness(norm_ball(2), BOX, points=[[0, 0]])


def test_a_derivative_is_a_function():
    with pytest.raises(TypeError, match="grad must be a function of x, not ndarray"):
        first_order_witness(np.sum, BOX, grad=np.ones(2))
    with pytest.raises(TypeError, match="hessian must be a function of x, not ndarray"):
        second_order_witness(np.sum, BOX, hessian=np.eye(2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: convex_function_witness(np.sin, [(1, 0)]), "low < high"),
        (lambda: convex_function_witness(np.sin, [0, 1]), "low < high"),
        (lambda: convex_function_witness(np.sin, [(0, np.inf)]), "must be finite"),
        (lambda: convex_function_witness(np.sin, [(0, 1)], pairs=0), "pairs must be at least 1"),
        (lambda: convex_function_witness(np.sin, [(0, 1)], pairs=2.5), "pairs must be a whole"),
        (lambda: convex_function_witness(lambda x: np.nan, [(0, 1)]), "is not a number at"),
        (lambda: convex_function_witness(lambda x: x, BOX), "must return one number"),
        (lambda: convex_function_witness(lambda x: None, BOX), "end with return"),
        (lambda: convex_function_witness(np.sin, [(0, 1), (2,)]), "low < high"),
        (lambda: convex_function_witness(bowl(), [(0, 1)]), "1 coordinates, the function 2"),
        (lambda: first_order_witness(np.sum, BOX, grad=lambda x: x[:1]), "must have shape"),
        (lambda: second_order_witness(np.sum, BOX, hessian=lambda x: np.eye(3)), "square matrix"),
        (lambda: strong_convexity_and_smoothness(np.zeros((0, 0))), "square matrix"),
        (lambda: first_order_witness(np.sin, [(0, 1)], pairs=0), "pairs must be at least 1"),
        (lambda: second_order_witness(np.sin, [(0, 1)], points=0), "points must be at least 1"),
        (
            lambda: second_order_witness(np.sin, BOX, hessian=lambda x: np.full((2, 2), np.nan)),
            "Hessian is not finite",
        ),
        (lambda: strong_convexity_and_smoothness([[0, 1], [0, 0]]), "a Hessian is symmetric"),
        (lambda: strong_convexity_and_smoothness([1, 2]), "square matrix"),
        (lambda: strong_convexity_and_smoothness([[1, 2j], [-2j, 1]]), "must be real"),
        (lambda: convex_function_witness(lambda x: 1j * x[0], BOX), "f must be real"),
        (lambda: convex_set_witness(lambda x: None, BOX), "end with return"),
        (lambda: convex_set_witness(lambda x: x > 0, BOX), r"one truth value.* shape \(2,\)"),
        (lambda: convex_set_witness(lambda x: False, BOX), "only 0 of 4000 candidates"),
        (lambda: convex_set_witness(norm_ball(2), points=[0, 1]), r"shape \(n, d\)"),
        (lambda: convex_set_witness(norm_ball(2), BOX, pairs=0), "pairs must be at least 1"),
        (lambda: p_norm([1.0], 0), "p must be positive"),
        (lambda: norm_ball(-1), "must be positive"),
        (lambda: norm_ball(2, radius=0), "must be positive"),
        (lambda: unit_sphere(2, 0), "n must be at least 1"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_chord_of_a_quadratic_is_that_of_its_values():
    surface = quadratic(1, 0, -2)
    witness = convex_function_witness(surface)
    assert witness.chord == pytest.approx((surface(witness.x) + surface(witness.y)) / 2)


def test_beyond_ten_coordinates_no_corner_is_looked_at():
    corners = []
    for d in (10, 11):

        def hessian(x):
            corners.append(len(x)) if np.abs(x).min() == 1 else None
            return np.diag(1 + x**2)

        strong_convexity_and_smoothness(hessian, [(-1, 1)] * d, points=5)
    assert corners.count(10) >= 2**10
    assert corners.count(11) < 2**10


def test_a_gradient_that_is_no_number_is_no_silence():
    with pytest.raises(ValueError, match="the gradient is not a number at"):
        first_order_witness(lambda x: -float(x @ x), [(-1, 1)], grad=lambda x: x * np.nan)
