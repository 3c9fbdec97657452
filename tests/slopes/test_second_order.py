"""Newton, BFGS and L-BFGS through the same minimize."""

import numpy as np
import pytest
from slopes import BFGS, LBFGS, Adam, GradientDescent, Newton, landscape, landscapes, minimize
from slopes.models import LinearSVM
from slopes.trajectory import DivergenceError


@pytest.mark.parametrize("method", [Newton(), BFGS(), LBFGS()], ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("name", ["ravine", "rosenbrock", "beale"])
def test_they_find_the_minimum(method, name):
    surface = landscape(name)
    path = minimize(method, surface, surface.start, tol=1e-5)
    assert path.stopped == "gradient"
    assert np.allclose(path.x, surface.minimizers[0], atol=1e-4)
    assert path.steps < 100


def test_newton_needs_one_step_on_a_quadratic_however_steep():
    for condition in (1, 100, 1e6):
        assert minimize(Newton(), landscapes.bowl(1, condition), [1.0, 1.0]).steps == 1


def test_newton_leaves_a_saddle_downhill():
    path = minimize(Newton(), landscapes.saddle(), [0.5, 0.1])
    assert path.value == pytest.approx(-0.25)
    assert (np.diff(path.values) <= 0).all()


def test_newton_takes_curvatures_without_their_sign():
    path = minimize(Newton(), landscapes.saddle(), [0.5, 0.1], steps=1)
    assert np.allclose(path.x, [0.0, 0.1 + 0.099 / 0.97], rtol=0, atol=1e-12)


def test_newtons_damping_is_the_least_it_divides_by():
    path = minimize(Newton(damping=4.0), landscapes.bowl(1, 8), [1.0, 1.0], steps=1)
    assert path.x.tolist() == [0.75, 0.0]


def test_lbfgs_remembers_as_much_as_it_is_told():
    surface = landscapes.rosenbrock()
    steps = {m: minimize(LBFGS(m), surface, surface.start, tol=1e-6).steps for m in (1, 10)}
    assert steps[1] != steps[10]


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Newton("a"), TypeError, "Newton: damping must be a number, not 'a'"),
        (lambda: Newton(np.inf), ValueError, "Newton: damping must be a finite number"),
        (lambda: Newton(np.nan), ValueError, "zero or more, not nan"),
        (lambda: Newton(-1), ValueError, "zero or more, not -1"),
        (
            lambda: minimize(Newton(), landscape("ravine"), np.ones((2, 2))),
            ValueError,
            r"Newton takes one vector of parameters, not shape \(2, 2\): use x.ravel",
        ),
        (lambda: LBFGS(0), ValueError, "LBFGS: memory must be at least 1, not 0"),
        (lambda: LBFGS(-1), ValueError, "at least 1, not -1"),
        (lambda: LBFGS(2.5), ValueError, "LBFGS: memory must be a whole number"),
    ],
)
def test_bad_settings_are_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize("method", [Newton(), BFGS(), LBFGS()], ids=lambda m: type(m).__name__)
def test_single_precision_is_kept(method):
    surface = landscape("rosenbrock")
    path = minimize(method, surface, np.array(surface.start, "f4"), tol=1e-2)
    assert path.points.dtype == np.dtype("f4")
    assert np.allclose(path.x, 1, atol=1e-2)


def test_newton_says_what_it_needs():
    with pytest.raises(TypeError, match="second derivatives"):
        minimize(Newton(), LinearSVM(np.eye(2), np.array([0, 1])), np.zeros((2, 2)))


@pytest.mark.parametrize("method", [BFGS(), LBFGS()], ids=lambda m: type(m).__name__)
def test_the_points_are_scipys(method):
    from scipy import optimize

    surface = landscapes.rosenbrock()
    theirs = [np.array(surface.start)]
    optimize.minimize(
        surface,
        surface.start,
        jac=surface.grad,
        method=method.method,
        options={"gtol": 1e-5},
        callback=lambda x: theirs.append(x.copy()),
    )
    ours = minimize(method, surface, surface.start, tol=1e-5)
    shared = min(len(theirs), len(ours.points))  # they measure the gradient by another norm
    assert shared > 20
    assert abs(len(theirs) - len(ours.points)) <= 2
    assert np.array_equal(ours.points[:shared], theirs[:shared])


@pytest.mark.parametrize("method", [BFGS(), LBFGS()], ids=lambda m: type(m).__name__)
def test_what_scipy_met_is_not_kept_silent(method):
    def grad(x):
        return np.where(x < 2, np.nan, 2 * x)

    path = minimize(method, lambda x: x @ x, [3.0, 4.0], grad)
    assert path.stopped == "diverged"
    assert "the gradient is nan at coordinate" in path.where
    assert np.isfinite(path.points).all()
    with pytest.raises(DivergenceError, match="the gradient is nan"):
        minimize(method, lambda x: x @ x, [3.0, 4.0], grad, on_divergence="raise")
    away = minimize(method, landscapes.log_sum_exp("unbounded"), (1.0, 2.0))
    assert away.stopped == "diverged"


def test_a_hessian_that_is_not_finite_is_not_kept_silent():
    surface = landscapes.log_sum_exp()  # its formula overflows here, value and gradient do not
    path = minimize(Newton(), surface, [400.0, 0.0])
    assert path.stopped == "diverged"
    assert path.where == "at step 1 the point is nan at coordinate (0,)"
    with pytest.raises(DivergenceError):
        minimize(Newton(), surface, [400.0, 0.0], on_divergence="raise")


def test_without_scipy_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "scipy.optimize", None)
    with pytest.raises(ImportError, match="pip install scipy"):
        minimize(BFGS(), landscapes.ravine(), [1.0, 1.0])


# Rules as methods of SciPy --------------------------------------------------------------------


def test_a_rule_is_a_method_of_scipy():
    from scipy import optimize

    surface, seen = landscapes.ravine(), []
    found = optimize.minimize(
        surface,
        [1.0, 1.0],
        jac=surface.grad,
        method=Adam(lr=0.05).as_scipy(),
        options={"maxiter": 2000, "tol": 1e-6},
        callback=lambda x: seen.append(x) and None,
    )
    assert found.success
    assert np.allclose(found.x, 0, atol=1e-5)
    assert len(seen) == found.nit == found.trajectory.steps
    assert "tolerance" in found.message


def test_scipy_passes_arguments_and_measures_the_gradient_without_jac():
    from scipy import optimize

    method = GradientDescent(lr=0.25).as_scipy()
    found = optimize.minimize(
        lambda x, a: float((x - a) @ (x - a)), [0.0, 0.0], args=(3.0,), method=method, tol=1e-4
    )
    assert np.allclose(found.x, 3.0, atol=1e-3)


def test_scipy_limits_the_steps_and_hears_the_callback():
    from scipy import optimize

    def run(**given):
        method = GradientDescent(lr=0.25).as_scipy()
        return optimize.minimize(
            lambda x: x @ x, [1.0], jac=lambda x: 2 * x, method=method, **given
        )

    def stop(x):
        raise StopIteration

    values = []

    def report(intermediate_result):
        values.append(intermediate_result.fun)

    assert run(options={"maxiter": 0}).nit == 0
    assert run(callback=stop).nit == 1
    found = run(callback=report, options={"maxiter": 3}, constraints=(), bounds=[])
    assert values == found.trajectory.values[1:].tolist()
    for wrong in ({"max_iter": 3}, {"disp": True}):
        with pytest.raises(TypeError, match=f"GradientDescent has no option {next(iter(wrong))}"):
            run(options=wrong)
    for bounds in (np.array([[0, 1]]), optimize.Bounds(0, 1)):
        with pytest.raises(ValueError, match="knows no bounds"):
            run(bounds=bounds)


def test_scipy_is_told_when_a_rule_fails():
    from scipy import optimize

    method = GradientDescent(lr=5.0).as_scipy()
    found = optimize.minimize(lambda x: x @ x, [1.0], jac=lambda x: 2 * x, method=method)
    assert not found.success
    assert "diverged" in found.message
    with pytest.raises(ValueError, match="knows no bounds"):
        optimize.minimize(
            lambda x: x @ x, [1.0], jac=lambda x: 2 * x, method=method, bounds=[(0, 1)]
        )


def test_scipy_is_told_whether_a_rule_arrived():
    optimize = pytest.importorskip("scipy.optimize")
    for steps, status in ((100, 0), (2, 1)):
        found = optimize.minimize(
            lambda x: x @ x,
            [1.0],
            jac=lambda x: 2 * x,
            method=GradientDescent(lr=0.25).as_scipy(),
            options={"steps": steps},
        )
        assert (found.status, found.success) == (status, not status)


def test_an_infinite_step_of_newton_leads_downhill():
    class Slope:
        def __call__(self, x):
            return x[0]

        def grad(self, x):
            return np.ones(1)

        def hessian(self, x):
            return np.zeros((1, 1))

    path = minimize(Newton(damping=0), Slope(), [1.0])
    assert path.where == "at step 1 the point is -inf at coordinate (0,)"


def test_newton_halves_a_step_that_is_too_long():
    class Hill:
        def __call__(self, x):
            return np.log(np.cosh(x[0]))

        def grad(self, x):
            return np.tanh(x)

        def hessian(self, x):
            return np.diag(1 / np.cosh(x) ** 2)

    path = minimize(Newton(), Hill(), [1.5], steps=1)
    full = np.sinh(1.5) * np.cosh(1.5)
    assert path.x[0] == pytest.approx(1.5 - full / 2)


def test_infinity_that_a_search_left_behind_is_no_divergence():
    seen = []

    def f(x):
        seen.append(x[0])
        return 9.7 * x[0] - np.log(x[0]) if x[0] > 0 else np.inf

    path = minimize(BFGS(), f, [0.5], grad=lambda x: 9.7 - 1 / x, tol=0)
    assert min(seen) < 0
    assert path.x[0] == pytest.approx(1 / 9.7)
    assert path.stopped == "stuck"


@pytest.mark.parametrize(
    ("hessian", "words"),
    [
        ([[2, 100], [0, 2]], "a Hessian is symmetric, but this matrix is not"),
        (2.0, r"a Hessian is a square matrix, not an array of shape \(\)"),
        (None, "the Hessian returned None"),
        (np.eye(3), r"not an array of shape \(3, 3\)"),
        (1j * np.eye(2), "must be real, not complex"),
    ],
)
def test_newton_takes_only_a_hessian(hessian, words):
    class Bowl:
        def __call__(self, x):
            return float(x @ x)

        def grad(self, x):
            return 2 * x

        def hessian(self, x):
            return hessian

    with pytest.raises(ValueError, match=words):
        minimize(Newton(), Bowl(), [1.0, 2.0])
