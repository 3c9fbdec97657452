"""Every landscape: its gradient and Hessian against differences, its minimizers against both."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from slopes import GradientDescent, check_gradient, landscape, landscapes, live, minimize
from slopes.calculus import numerical_jacobian
from slopes.landscapes import LANDSCAPES, Landscape, misled

#: Every surface of the book, the variants that are not in the table included.
SURFACES = {name: LANDSCAPES[name] for name in sorted(LANDSCAPES)} | {
    "bowl, ill-conditioned": lambda: landscapes.bowl(1, 1e4),
    "bowl, four dimensions": lambda: landscapes.bowl(1, 2, 3, 4),
    "rosenbrock, gentle": lambda: landscapes.rosenbrock(2),
    "rastrigin, three dimensions": lambda: landscapes.rastrigin(3),
    "styblinski_tang, five dimensions": lambda: landscapes.styblinski_tang(5),
    "log_sum_exp, not attained": lambda: landscapes.log_sum_exp("not attained"),
    "log_sum_exp, unbounded": lambda: landscapes.log_sum_exp("unbounded"),
    "least_squares, few and noisy": lambda: landscapes.least_squares(5, 2.0, seed=3),
}
NAMES = list(SURFACES)
WITHOUT_MINIMIZER = ["monkey_saddle", "log_sum_exp, not attained", "log_sum_exp, unbounded"]
PLANE = [name for name in NAMES if len(SURFACES[name]().variables) == 2]


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=30)
def test_gradient_agrees_with_differences(name, data):
    surface = SURFACES[name]()
    x = [data.draw(st.floats(low, high)) for low, high in surface.domain]
    check_gradient(surface, surface.grad, x, tol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_hessian_agrees_with_differences_of_the_gradient(name):
    surface = SURFACES[name]()
    x = np.array(surface.start) + 0.1
    assert np.allclose(
        surface.hessian(x), numerical_jacobian(surface.grad, x), rtol=1e-7, atol=1e-5
    )


@pytest.mark.parametrize("name", NAMES)
def test_minimizers_are_flat_curved_up_and_equally_deep(name):
    surface = SURFACES[name]()
    assert bool(surface.minimizers) == (name not in WITHOUT_MINIMIZER)
    for minimizer in surface.minimizers:
        assert np.linalg.norm(surface.grad(minimizer)) < 1e-10
        assert (np.linalg.eigvalsh(surface.hessian(minimizer)) > 0).all()
        assert surface(minimizer) == pytest.approx(surface.minimum, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_stationary_points_are_flat_and_not_the_lowest(name):
    surface = SURFACES[name]()
    for point in surface.stationary:
        assert np.linalg.norm(surface.grad(point)) < 1e-10
        if surface.minimizers:
            assert surface(point) > surface.minimum + 0.1


@pytest.mark.parametrize("name", [name for name in PLANE if SURFACES[name]().minimizers])
def test_no_grid_point_is_below_the_minimizers(name):
    surface = SURFACES[name]()
    grid = np.array(np.meshgrid(*(np.linspace(*side, 101) for side in surface.domain)))
    assert surface(grid).min() >= surface.minimum - 1e-12


@pytest.mark.parametrize("name", NAMES)
def test_start_and_minimizers_lie_in_the_domain(name):
    surface = SURFACES[name]()
    assert all(isinstance(v, float) for v in surface.start), "write the start with decimal points"
    for point in (surface.start, *surface.minimizers):
        assert all(low <= v <= high for v, (low, high) in zip(point, surface.domain, strict=True))


@pytest.mark.parametrize("name", WITHOUT_MINIMIZER)
def test_a_surface_without_minimizer_says_so_and_why(name):
    surface = SURFACES[name]()
    assert "no minimizer" in repr(surface)
    assert len(surface.note) > 10
    with pytest.raises(ValueError, match="no known minimizer: "):
        _ = surface.minimum


def test_the_note_is_true_where_nothing_is_attained():
    flat = landscapes.log_sum_exp("not attained")
    heights = [flat([-t, 0.0]) for t in (1, 10, 30)]
    assert heights[0] > heights[1] > heights[2] > np.log(2)
    assert heights[2] == pytest.approx(np.log(2), abs=1e-12)
    assert landscapes.log_sum_exp("unbounded")([-100.0, 0.0]) < -98
    assert landscapes.monkey_saddle()([-10.0, 0.0]) == -1000


def test_the_monkey_saddle_is_degenerate():
    surface = landscapes.monkey_saddle()
    assert not surface.hessian([0.0, 0.0]).any()
    around = np.linspace(0, 2 * np.pi, 600, endpoint=False) + 0.001
    signs = np.sign(surface(np.array([np.cos(around), np.sin(around)])))
    assert (signs != np.roll(signs, 1)).sum() == 6  # three valleys, three ridges


def test_the_double_wells_stationary_points_are_a_poor_minimum_and_a_pass():
    surface = landscapes.double_well()
    poor, ridge = (np.linalg.eigvalsh(surface.hessian(p)) for p in surface.stationary)
    assert (poor > 0).all()
    assert ridge[0] < 0 < ridge[1]


LATEX = {
    "rosenbrock": r"\left(1 - \theta_{1}\right)^{2}"
    r" + 100 \left(\theta_{2} - \theta_{1}^{2}\right)^{2}",
    "himmelblau": r"\left(\theta_{1}^{2} + \theta_{2} - 11\right)^{2}"
    r" + \left(\theta_{1} + \theta_{2}^{2} - 7\right)^{2}",
    "saddle": r"\frac{\theta_{1}^{2}}{2} - \frac{\theta_{2}^{2}}{2} + \frac{\theta_{2}^{4}}{4}",
    "monkey_saddle": r"\theta_{1}^{3} - 3 \theta_{1} \theta_{2}^{2}",
}


@pytest.mark.parametrize("name", LATEX)
def test_latex_is_in_a_textbooks_order(name):
    assert landscape(name).latex == LATEX[name]


@pytest.mark.parametrize("name", NAMES)
def test_every_surface_has_latex(name):
    latex = SURFACES[name]().latex
    assert latex
    assert latex.count("{") == latex.count("}")


@pytest.mark.parametrize("name", NAMES)
def test_many_points_at_once_equal_one_by_one(name):
    surface = SURFACES[name]()
    points = np.random.default_rng(0).uniform(-1, 1, (len(surface.variables), 5))
    assert np.allclose(surface(points), [surface(p) for p in points.T], rtol=1e-13)
    assert np.allclose(surface.grad(points).T, [surface.grad(p) for p in points.T], rtol=1e-13)


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'himmelblau'"):
        landscape("himelblau")


def test_a_bowl_needs_positive_curvatures():
    with pytest.raises(ValueError, match="positive curvatures"):
        landscapes.bowl(1, -1)


def test_a_point_of_another_size_is_refused():
    with pytest.raises(ValueError, match="2 coordinates"):
        landscapes.rosenbrock()([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: landscapes.rosenbrock(0), "steepness must be positive"),
        (lambda: landscapes.rastrigin(0), "at least one dimension"),
        (lambda: landscapes.styblinski_tang(0), "at least one dimension"),
        (lambda: landscapes.log_sum_exp("maybe"), "must be one of 'attained'"),
        (lambda: landscapes.least_squares(1), "at least 2 examples"),
        (lambda: landscapes.least_squares(2.5), "n must be a whole number"),
        (lambda: landscapes.least_squares(noise=-1), "standard deviation"),
    ],
)
def test_bad_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_landscape_of_your_own_is_checked():
    x, y = sp.symbols("x y", real=True)
    box = ((-1, 1), (-1, 1))
    with pytest.raises(ValueError, match="start has 1 coordinates but there are 2"):
        Landscape("mine", x**2 + y**2, (x, y), box, (1.0,), ())
    with pytest.raises(ValueError, match=r"minimizer \(0.0,\) has 1"):
        Landscape("mine", x**2 + y**2, (x, y), box, (1.0, 1.0), ((0.0,),))
    with pytest.raises(ValueError, match="terms don't add up"):
        Landscape("mine", x**2 + y**2, (x, y), box, (1.0, 1.0), (), terms=(x**2,))
    assert "no minimizer: none known" in repr(Landscape("mine", x + y, (x, y), box, (0, 0), ()))


# Least squares: the surface and the data are the same thing ------------------------------------


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=2))
def test_the_quadratic_is_the_mean_squared_error_of_its_data(theta):
    surface = landscapes.least_squares()
    theta = np.array(theta)
    whole = surface.batch(slice(None))
    assert surface(theta) == pytest.approx(whole(theta), rel=1e-12, abs=1e-12)
    assert np.allclose(surface.grad(theta), whole.grad(theta), rtol=1e-12, atol=1e-12)
    assert np.allclose(surface.example_grads(theta).mean(axis=0), surface.grad(theta), atol=1e-12)


def test_a_batch_of_one_has_that_examples_gradient():
    surface = landscapes.least_squares()
    theta = np.array([0.3, -0.2])
    each = surface.example_grads(theta)
    assert np.allclose(surface.batch([7]).grad(theta), each[7])
    assert np.allclose(surface.batch([1, 4, 9]).grad(theta), each[[1, 4, 9]].mean(axis=0))


@pytest.mark.parametrize("surface", [landscapes.bowl(1, 78), landscapes.least_squares()])
def test_a_surface_that_was_used_can_be_pickled(surface):
    point = np.array(surface.start)
    before = surface(point), surface.grad(point).tolist(), surface.minimum
    again = pickle.loads(pickle.dumps(surface))
    assert (again(point), again.grad(point).tolist(), again.minimum) == before
    assert again == surface
    assert hash(again) == hash(surface)


@pytest.mark.parametrize(
    "change",
    [
        {"start": (np.nan, 0.0)},
        {"domain": ((1.0, -1.0), (-1.0, 1.0))},
        {"domain": ((-np.inf, 1.0), (-1.0, 1.0))},
    ],
)
def test_a_start_or_domain_that_makes_no_sense_is_refused(change):
    with pytest.raises(ValueError, match="must be finite, and each range go from low to high"):
        replace(landscapes.bowl(), **change)


def test_the_data_of_a_shared_surface_cannot_be_spoiled():
    with pytest.raises(ValueError, match="read-only"):
        landscapes.least_squares().X[0] = 1


def test_per_example_gradients_want_one_point():
    with pytest.raises(ValueError, match="one point at a time"):
        landscapes.least_squares().example_grads(np.zeros((2, 3)))


def test_the_condition_number_is_what_the_docstring_says():
    values = np.linalg.eigvalsh(landscapes.least_squares().hessian([0.0, 0.0]))
    assert values[1] / values[0] == pytest.approx(16, abs=1)


def test_a_misled_walker_feels_the_claim_and_stands_on_the_true_heights():
    bowl = landscapes.bowl(2, 2)
    wrong = landscapes.misled(bowl, lambda x, y: (2 * x + 4 * y, 2 * y - 4 * x))
    assert wrong([3.0, 4.0]) == bowl([3.0, 4.0])
    assert wrong.grad([3.0, 4.0]).tolist() == [22.0, -4.0]
    assert wrong.minimizers == bowl.minimizers
    with pytest.raises(ValueError, match="as many entries, not 1"):
        landscapes.misled(bowl, lambda x, y: (x,))


def test_a_misled_walker_takes_the_same_path_in_every_reading():
    wrong = landscapes.misled(landscapes.bowl(2, 2), lambda x, y: (2 * x + 4 * y, 2 * y - 4 * x))
    step = np.eye(2) - 0.1 * np.array([[2.0, 4.0], [-4.0, 2.0]])
    expected = step @ step @ [1.0, 0.5]
    slow = minimize(GradientDescent(0.1), wrong, [1.0, 0.5], steps=2)
    np.testing.assert_allclose(slow.x, expected)
    figure = live.paths(
        landscapes.bowl(2, 2),
        {"right": GradientDescent(0.1), "wrong": GradientDescent(0.1)},
        told={"wrong": wrong},
        start=(1.0, 0.5),
        steps=2,
    )
    right, wrong_script = (run["script"] for run in figure.data["runs"])
    assert right != wrong_script
    ends = {m.name: m.points for m in figure.panels[0].marks if m.name in ("path0", "path1")}
    np.testing.assert_allclose(ends["path1"][-1], expected)
    np.testing.assert_allclose(ends["path0"][-1], [0.64, 0.32])
    with pytest.raises(ValueError, match="told names 'wrnog'"):
        live.paths(wrong, {"wrong": GradientDescent(0.1)}, told={"wrnog": wrong})


# What could be mistaken -----------------------------------------------------------------------


@pytest.mark.parametrize("c", [1e-100, 1e-17, 0.1, 1 / 3, 2**0.5, 123.45678901234567, 1e300])
def test_a_curvature_is_the_very_number(c):
    assert landscapes.bowl(1, c).hessian([0.0, 0.0])[1, 1] == c
    assert landscapes.rosenbrock(c).hessian([0.0, 0.0])[1, 1] == 2 * c


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: landscapes.bowl([1, 10]), TypeError, r"not \[1, 10\]: try bowl\(1, 10\)"),
        (lambda: landscapes.bowl(np.nan), ValueError, "positive curvatures, finite ones"),
        (lambda: landscapes.bowl(1, np.inf), ValueError, "positive curvatures, finite ones"),
        (lambda: landscapes.rosenbrock(np.inf), ValueError, "positive and finite, not inf"),
        (lambda: landscapes.rosenbrock(np.nan), ValueError, "steepness must be a number, not nan"),
        (lambda: landscapes.rosenbrock(True), TypeError, "must be a number, not True"),
        (lambda: landscapes.rosenbrock("100"), TypeError, "must be a number, not '100'"),
        (lambda: landscapes.bowl(True, 4), TypeError, "that are numbers, not True"),
        (lambda: landscapes.rastrigin(2.5), ValueError, "dimensions must be a whole number"),
        (lambda: landscapes.least_squares(noise=np.nan), ValueError, "finite, zero or more"),
        (lambda: landscape(None), TypeError, "takes a name such as 'rosenbrock', not None"),
        (lambda: landscape(landscapes.rosenbrock), TypeError, "takes a name"),
        (lambda: landscapes.bowl().hessian(np.zeros((2, 3))), ValueError, "one point at a time"),
    ],
)
def test_misunderstandings_are_named(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_only_the_surfaces_own_symbols_count():
    x, y, q = sp.symbols("x y q", real=True)
    box = ((-1, 1), (-1, 1))
    with pytest.raises(ValueError, match=r"expression holds q, not among the variables \(x, y\)"):
        Landscape("mine", x**2 + q, (x, y), box, (1.0, 1.0), ())
    with pytest.raises(ValueError, match="the very same symbols"):
        Landscape("mine", sp.Symbol("x") ** 2, (x, y), box, (1.0, 1.0), ())
    with pytest.raises(ValueError, match="claimed gradient holds q"):
        landscapes.misled(landscapes.bowl(), lambda a, b: (a, q))
    with pytest.raises(ValueError, match="each variable counts once"):
        Landscape("mine", x**2, (x, x), box, (1.0, 1.0), ())
    with pytest.raises(ValueError, match=r"pair \(low, high\) for each variable, not \(-1, 1\)"):
        Landscape("mine", x**2, (x, y), (-1, 1), (1.0, 1.0), ())


def test_lists_are_as_good_as_tuples():
    x, y = sp.symbols("x y", real=True)
    mine, same = (
        Landscape("mine", x**2 + y, form([x, y]), form([(-1, 1), (-1, 1)]), form([1.0, 1.0]), ())
        for form in (list, tuple)
    )
    assert hash(mine) == hash(same)
    assert mine == same
    wrong, alike = (misled(surface, lambda x, y: (x, y)) for surface in (mine, same))
    assert hash(wrong) == hash(alike)
    assert wrong == alike


def test_without_noise_the_line_is_found_within_the_domain():
    surface = landscapes.least_squares(noise=0)
    assert np.allclose(surface.minimizers, (0.5, 1.0))
    for seed in range(20):
        surface = landscapes.least_squares(3, 3.0, seed)
        for m, (low, high) in zip(surface.minimizers[0], surface.domain, strict=True):
            assert low + 0.99 < m < high - 0.99


def test_heights_are_the_readers_own_array():
    x = sp.Symbol("x", real=True)
    slope = Landscape("slope", x, (x,), ((-1, 1),), (1.0,), ())
    points = np.array([[1.0, 2.0]])
    heights = slope(points)
    points[:] = 9
    heights -= 1
    assert heights.tolist() == [0, 1]


def test_what_is_refused_is_refused_after_its_equal_too():
    landscapes.rastrigin(4), landscapes.least_squares(30)
    with pytest.raises(ValueError, match="must be a whole number"):
        landscapes.rastrigin(4.0)
    with pytest.raises(ValueError, match="must be a whole number"):
        landscapes.least_squares(30.0)
