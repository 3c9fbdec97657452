"""Compiled loops do what the rules do: single steps, whole paths, batches, and bad input."""

import builtins
import math
import os
from dataclasses import dataclass, replace

import numpy as np
import pytest
import slopes.rules
import sympy as sp
from slopes import compiled, landscapes, minimize
from slopes.loops import BLOCK, Graph, batch_loop, path_loop, step_loop
from slopes.rules import Adam, Clipped, Decayed, GradientDescent, Momentum, NAdam, Nesterov, Rule
from slopes.schedules import CosineDecay, OneCycle, Scheduled, StepDecay, Warmup

try:
    import numba  # noqa: F401
except ImportError:
    if os.environ.get("CI") == "true":
        raise
    pytest.skip('no Numba here: pip install "slopes[fast]"', allow_module_level=True)

# Every rule there is, then options, schedules and rules around rules.
RULES = [
    rule()
    for rule in vars(slopes.rules).values()
    if isinstance(rule, type) and issubclass(rule, Rule) and rule.update is not Rule.update
    if not issubclass(rule, slopes.rules.Wrapper)
]
VARIANTS = [
    Adam(eps_inside_root=True),
    Adam(bias_correction=False),
    NAdam(psi=None),
    slopes.rules.AMSGrad(corrected=True),
    slopes.rules.AdaGrad(initial_accumulator=0.1),
    Scheduled(Adam(), OneCycle(30)),
    Scheduled(Nesterov(), Warmup(5, CosineDecay(20))),
    Scheduled(Decayed(GradientDescent()), StepDecay(7)),
    Decayed(slopes.rules.AdamW(), weight_decay=0.5),
    Clipped(Adam(), value=0.3),
]
each_rule = pytest.mark.parametrize("rule", RULES + VARIANTS, ids=lambda r: repr(r)[:60])


def test_no_rule_is_left_out():
    assert len(RULES) >= 15
    assert {type(rule).__name__ for rule in RULES} <= set(slopes.rules.__all__)


# Steps ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dtype", "tolerance"), [("f8", 1e-15), ("f4", 1e-5)])
@each_rule
def test_fifty_steps_are_those_of_the_rule(rule, dtype, tolerance):
    random = np.random.default_rng(0)
    expected = random.standard_normal((5, 41)).astype(dtype)
    run = compiled.stepper(rule, expected.copy())
    states = rule.start(expected)
    for t in range(1, 51):
        g = random.standard_normal(expected.shape).astype(dtype)
        run.step(g)
        expected, *states = rule.step(expected, g, t, *states)
        # Where a coordinate crosses zero, its size along the way is the measure.
        np.testing.assert_allclose(run.x, expected, rtol=tolerance, atol=tolerance)
    assert run.t == 50
    assert run.x.dtype == np.dtype(dtype)
    assert set(run.states) == set(rule.states())
    for name, state in zip(rule.states(), states, strict=True):
        at_most = {"rtol": tolerance, "atol": tolerance}
        np.testing.assert_allclose(run.states[name], np.broadcast_to(state, run.x.shape), **at_most)


@pytest.mark.parametrize(
    "rule",
    [r for r in RULES + VARIANTS if "1 / (1 -" not in step_loop(Graph(r))],
    ids=lambda r: repr(r)[:60],
)
def test_without_bias_correction_every_bit_is_the_same(rule):
    x = np.random.default_rng(1).standard_normal(100)
    run, states = compiled.stepper(rule, x.copy()), rule.start(x)
    for t in range(1, 20):
        g = np.sin(3 * t + np.arange(100.0))
        run.step(g)
        x, *states = rule.update(x, g, t, *states)
    assert np.array_equal(run.x, x)


@pytest.mark.parametrize("n", [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 7])
@pytest.mark.parametrize("rule", [Momentum(), slopes.rules.AdaGrad()], ids=repr)
def test_every_block_is_updated_once_in_either_direction(rule, n):
    random = np.random.default_rng(2)
    x = random.standard_normal(n)
    run, states = compiled.stepper(rule, x.copy()), rule.start(x)
    for t in (1, 2, 3):
        g = random.standard_normal(n)
        run.step(g)
        x, *states = rule.update(x, g, t, *states)
        assert np.array_equal(run.x, x)
        assert np.array_equal(*run.states.values(), *states)


def test_x_itself_is_updated_and_g_may_be_read_only_or_x():
    x = np.ones(3)
    run = compiled.stepper(GradientDescent(0.5), x)
    g = np.ones(3)
    g.flags.writeable = False
    assert run.step(g) is x is run.x
    assert x.tolist() == [0.5, 0.5, 0.5]
    assert run.step(x).tolist() == [0.25, 0.25, 0.25]


def test_nan_stays_in_its_coordinate():
    g = np.ones(40)
    g[7] = np.nan
    for rule in RULES:
        x = compiled.stepper(rule, np.ones(40)).step(g)
        assert np.flatnonzero(np.isnan(x)).tolist() == [7]


def test_states_that_all_coordinates_share_are_numbers():
    run = compiled.stepper(NAdam(beta1=0.5, psi=None), np.ones(2))
    run.step(np.ones(2))
    assert run.states["mu_prod"] == 0.5
    assert run.states["m"].tolist() == [0.5, 0.5]


@dataclass(frozen=True)
class Odd(Rule):
    """Uses what no rule of ours does, and gives its states back swapped."""

    lr: float = 0.5

    def update(self, x, g, t, a=0, b=1):
        g = np.where(t < 3, np.sign(g), g)
        g = np.where(g > 0, g, -g) ** 3 - (x - (x - g)) / 2
        x = x - self.lr**2 * np.exp(-np.abs(g)) * (a + b) / t
        return x, b, a + g


def test_a_rule_of_ones_own():
    x = np.random.default_rng(0).standard_normal(9)
    run, expected, states = compiled.stepper(Odd(), x.copy()), x, Odd().start(x)
    for t in range(1, 9):
        g = np.cos(np.arange(9) + t)
        run.step(g)
        expected, *states = Odd().update(expected, g, t, *states)
    np.testing.assert_allclose(run.x, expected, rtol=1e-14)
    np.testing.assert_allclose(run.states["a"], states[0], rtol=1e-14)


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        ([1.0, 2.0], TypeError, "not list"),
        (np.ones(2, int), TypeError, "not int64"),
        (np.ones(2, complex), TypeError, "not complex128"),
        (np.ones(2, "f2"), TypeError, "not float16"),
        (np.ones(2, ">f8"), TypeError, "not >f8"),
        (np.ma.masked_invalid([1.0, 2.0]), TypeError, "may not be a masked array"),
        (np.ones(0), ValueError, "numbers in it"),
        (np.array(1.0), ValueError, "numbers in it"),
        (np.ones((4, 4))[:, ::2], ValueError, "writable and contiguous"),
        (np.broadcast_to(1.0, 3), ValueError, "writable and contiguous"),
    ],
)
def test_bad_parameters_are_refused(x, error, words):
    with pytest.raises(error, match=words):
        compiled.stepper(Adam(), x)


@pytest.mark.parametrize(
    ("g", "error", "words"),
    [
        ([1.0, 2.0], TypeError, "not list"),
        (1.0, TypeError, "not float"),
        (np.ones(1), ValueError, r"shape \(1,\) but the parameters have shape \(2,\)"),
        (np.ones((2, 1)), ValueError, r"shape \(2, 1\)"),
        (np.ones(2, "f4"), TypeError, r"use g.astype\('float64'\)"),
        (np.ones(2, int), TypeError, "gradient is int64"),
        (np.ones(4)[::2], ValueError, "np.ascontiguousarray"),
    ],
)
def test_bad_gradients_are_refused_and_change_nothing(g, error, words):
    run = compiled.stepper(Momentum(), np.ones(2))
    with pytest.raises(error, match=words):
        run.step(g)
    assert (run.t, run.x.tolist(), run.states["v"].tolist()) == (0, [1, 1], [0, 0])


def test_settings_must_fit():
    with pytest.raises(TypeError, match=r"lr must be one number: arrays are for batch"):
        compiled.stepper(Adam(lr=np.ones(2)), np.ones(2))
    with pytest.raises(TypeError, match="must be a rule such as Adam"):
        compiled.stepper(Adam, np.ones(2))


def test_another_learning_rate_compiles_nothing():
    surface = landscapes.rosenbrock()
    compiled.stepper(Adam(), np.ones(2))
    compiled.path(Adam(), surface, surface.start, steps=1)
    compiled.batch(Adam(lr=np.array([0.1, 0.2])), surface, surface.start, steps=1)
    before = compiled._compiled.cache_info().misses
    compiled.stepper(Adam(lr=0.5, beta1=0.5), np.ones(20))
    compiled.path(Adam(lr=0.5, eps=1.0), surface, [0.0, 0.0], steps=2)
    compiled.batch(Adam(lr=np.array([0.1, 0.3, 0.4])), surface, [0.0, 0.0], steps=2)
    assert compiled._compiled.cache_info().misses == before


# Paths and batches ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [*RULES, *(r for r in VARIANTS if isinstance(r, slopes.rules.Wrapper))],
    ids=lambda r: repr(r)[:60],
)
def test_paths_and_batches_are_those_of_minimize(rule):
    surface = landscapes.himmelblau()
    expected = minimize(rule, surface, surface.start, steps=40)
    path = compiled.path(rule, surface, surface.start, steps=40)
    assert (path.stopped, path.steps) == (expected.stopped, expected.steps)
    for name in ("points", "values", "gradient_norms"):
        got, wanted = getattr(path, name), getattr(expected, name)
        np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-12)
    runs = compiled.batch(rule, surface, surface.start, steps=40, history=True)
    np.testing.assert_allclose(runs.history, expected.points, rtol=1e-9, atol=1e-12)
    assert (runs.stopped, runs.steps) == (expected.stopped, expected.steps)


@pytest.mark.parametrize("rule", [*RULES, *VARIANTS], ids=lambda r: repr(r)[:60])
def test_the_first_steps_differ_by_rounding_alone(rule):
    surface = landscapes.bowl(1, 2)
    expected = minimize(rule, surface, surface.start, steps=3).points
    path = compiled.path(rule, surface, surface.start, steps=3).points
    runs = compiled.batch(rule, surface, surface.start, steps=3, history=True).history
    for found in (path, runs):
        np.testing.assert_allclose(found, expected, rtol=1e-15, atol=1e-15)


@pytest.mark.parametrize("name", landscapes.LANDSCAPES)
def test_every_landscape(name):
    rule, surface = Adam(0.05), landscapes.landscape(name)
    expected = minimize(rule, surface, surface.start, steps=60)
    path = compiled.path(rule, surface, surface.start, steps=60)
    runs = compiled.batch(rule, surface, surface.start, steps=60)
    assert path.stopped == expected.stopped == runs.stopped
    assert path.steps == expected.steps == runs.steps
    np.testing.assert_allclose(path.points, expected.points, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(runs.points, expected.x, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(runs.values, expected.value, rtol=1e-9, atol=1e-12)


def test_divergence_stops_at_the_last_finite_point():
    surface = landscapes.rosenbrock()
    path = compiled.path(GradientDescent(1.0), surface, surface.start)
    assert path.stopped == "diverged"
    assert np.isfinite(path.points).all()
    assert np.isfinite(path.values).all()
    rates = np.array([1e-4, 1.0, 1e-3])
    runs = compiled.batch(GradientDescent(rates), surface, surface.start, steps=50, history=True)
    assert runs.stopped.tolist() == ["steps", "diverged", "steps"]
    assert runs.steps.tolist() == [50, path.steps, 50]
    assert np.isfinite(runs.points).all()
    assert np.array_equal(runs.history[-1], runs.points)
    assert repr(runs) == "Batch of 3 runs, stopped by: 2 steps, 0 gradient, 1 diverged"


def test_a_flat_or_a_calm_spot_stops_a_run():
    surface = landscapes.bowl(1, 5)
    rule = Momentum(0.1, 0.5)
    starts = np.array([[0.0, 1.0, 1.0], [0.0, 1.0, 0.0]])
    runs = compiled.batch(rule, surface, starts, tol=1e-3)
    for k in range(3):
        expected = minimize(rule, surface, starts[:, k], tol=1e-3)
        path = compiled.path(rule, surface, starts[:, k], tol=1e-3)
        assert expected.stopped == path.stopped == runs.stopped[k] == "gradient"
        assert expected.steps == path.steps == runs.steps[k]
    assert compiled.path(rule, surface, [0.0, 0.0], tol=0).steps == 0
    assert compiled.path(rule, surface, [1.0, 1.0], steps=0).stopped == "steps"


def test_a_grid_of_settings_has_its_shape():
    surface = landscapes.rosenbrock(2)
    lr, beta1 = np.logspace(-3, -1, 9)[:, None], np.linspace(0, 0.95, 11)
    runs = compiled.batch(Adam(lr, beta1), surface, surface.start, steps=100, history=True)
    assert runs.points.shape == (2, 9, 11)
    assert runs.values.shape == runs.steps.shape == runs.stopped.shape == (9, 11)
    assert runs.history.shape == (101, 2, 9, 11)
    for i, j in [(0, 0), (4, 7), (8, 10)]:
        expected = minimize(
            Adam(float(lr[i, 0]), float(beta1[j])), surface, surface.start, steps=100
        )
        np.testing.assert_allclose(runs.history[:, :, i, j], expected.points, atol=1e-11)


def test_many_starts_by_settings_of_each_kind():
    surface = landscapes.himmelblau()
    starts = np.random.default_rng(0).uniform(-1, 1, (2, 70))
    rule = Scheduled(NAdam(lr=np.linspace(0.01, 0.1, 70)), CosineDecay(30, end=0.1))
    rule = replace(rule, rule=replace(rule.rule, psi=np.linspace(0.001, 0.01, 70)))
    runs = compiled.batch(rule, surface, starts, steps=70)
    for k in (0, 33, 69):
        settings = NAdam(lr=float(rule.rule.lr[k]), psi=float(rule.rule.psi[k]))
        one = minimize(Scheduled(settings, rule.schedule), surface, starts[:, k], steps=70)
        np.testing.assert_allclose(runs.points[:, k], one.x, atol=1e-11)


def test_powers_stay_exact_along_a_long_path():
    surface = landscapes.bowl(1, 2)
    path = compiled.path(Adam(1e-3, beta2=0.9999), surface, [5.0, -3.0], steps=3000)
    expected = minimize(Adam(1e-3, beta2=0.9999), surface, [5.0, -3.0], steps=3000)
    np.testing.assert_allclose(path.points, expected.points, rtol=1e-12)


def same_path(rule, surface, start, steps, tolerance=1e-13):
    path = compiled.path(rule, surface, start, steps=steps)
    with np.errstate(all="ignore"):
        expected = minimize(rule, surface, start, steps=steps)
    assert (path.stopped, path.steps) == (expected.stopped, expected.steps)
    for name in ("points", "values", "gradient_norms"):
        got, wanted = getattr(path, name), getattr(expected, name)
        np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance)
    return path


@pytest.mark.parametrize("eps", [0.0, 1e-300, 1e-8, *np.logspace(-1, 2, 13), 3.0, 1e200])
@pytest.mark.parametrize("rule", [Adam(0.01), slopes.rules.RMSProp(0.01), slopes.rules.AdaGrad()])
def test_a_root_beside_its_quotient_is_the_textbooks_quotient(rule, eps):
    # ε is below, within and above all that haste can stand; at 3 it is the first root.
    same_path(replace(rule, eps=float(eps)), landscapes.bowl(1, 20), [3.0, -0.3], 100)


def test_haste_gives_way_where_it_cannot_hold():
    assert "v_hat_0 > K9" in path_loop(Graph(Adam()), landscapes.bowl())
    flat = same_path(Adam(0.1), landscapes.bowl(1, 20), [1.0, 0.0], 50)
    assert (flat.points[:, 1] == 0).all()  # v stays 0: ε alone is below
    assert same_path(Adam(eps=0.0), landscapes.bowl(), [1.0, 0.0], 5).stopped == "diverged"
    huge = 1.2e154  # the value and the squared norm are finite, and their sum is not
    path = same_path(GradientDescent(0.1), landscapes.bowl(1, 1), [huge, 0.0], 9)
    assert math.isinf(float(path.values[0]) + float(path.gradient_norms[0]) ** 2)
    assert path.stopped == "steps"


def test_what_overflows_is_not_usual():
    # v² is finite here, and v, its sum, is not: 0 times infinity would be next.
    same_path(slopes.rules.AdaGrad(), landscapes.bowl(1e8), [1.3e146], 5)
    same_path(GradientDescent(100.0), landscapes.bowl(0.1), [1.0], 2000)  # the value goes first


@dataclass(frozen=True)
class Clashing(Rule):
    """Its lines have names that loops use, too."""

    lr: float = 0.1

    def update(self, x, g, t, m=0):
        m_new = 0.9 * m + 0.1 * g
        m = 2 * m_new
        F = 0.5 * t
        N = F + 1
        sign = np.sign(g)
        return x - self.lr * (m + m_new) * F / N - 0.01 * sign, m


@dataclass(frozen=True)
class Shaped(Rule):
    """What has no name stands in two lines, beside a root and its quotient."""

    lr: float = 0.1
    eps: float = 1e-3
    tau: float = 5.0

    def look(self, x, t, v=0):
        return x - 0.01 * x / (np.sqrt(x**2 / (1 - 0.9**t) + 1) + self.eps)

    def shaped(self, a, t):
        r = t / self.tau
        q = r + 1
        return a * r * q + self.lr * a * q

    def update(self, x, g, t, v=0):
        v = 0.9 * v + 0.1 * g**2
        return x - self.lr * self.shaped(g / (np.sqrt(v) + self.eps), t), v


@pytest.mark.parametrize("rule", [Clashing(), Shaped()])
@pytest.mark.parametrize("start", [[1.0, 1.0], [1.0, 0.0]])
def test_rules_of_ones_own(rule, start):
    surface = landscapes.bowl(1, 2)
    expected = same_path(rule, surface, start, 9).x
    runs = compiled.batch(rule, surface, np.array(start), steps=9)
    np.testing.assert_allclose(runs.points, expected, rtol=1e-13, atol=1e-13)


def test_names_in_capitals_are_the_loops():
    @dataclass(frozen=True)
    class Shouting(Rule):
        N: float = 0.1

        def update(self, x, g, t):
            return (x - self.N * g,)

    with pytest.raises(TypeError, match="Shouting: N must be written with a small letter"):
        compiled.path(Shouting(), landscapes.bowl(), [1.0, 1.0])


def test_surfaces_of_ones_own():
    x, y = variables = sp.symbols("x y")

    def surface(expression):
        return landscapes.Landscape("own", expression, variables, ((-1, 1),) * 2, (1.0, 1.0), ())

    # As integers, its slope's square would not fit, and 10²⁰ would not either.
    same_path(GradientDescent(), surface(4000000000 * x + 3 * y), [1.0, 1.0], 3)
    same_path(GradientDescent(), landscapes.bowl(1, 1e20), [1.0, 1.0], 3)
    with pytest.raises(TypeError, match="no loop can compute own"):
        compiled.path(GradientDescent(), surface(sp.sign(x) * y), [1.0, 1.0])


@pytest.mark.parametrize("run", [compiled.path, compiled.batch])
@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((Adam(), lambda x: x @ x, [1.0, 1.0]), TypeError, "use minimize"),
        ((Adam, landscapes.bowl(), [1.0, 1.0]), TypeError, "must be a rule"),
        ((Adam(), landscapes.bowl(), [1.0]), ValueError, "with 2 coordinates"),
        ((Adam(), landscapes.bowl(), [1, 1]), TypeError, "floating-point"),
        ((Adam(), landscapes.bowl(), [1.0, np.nan]), ValueError, "not finite"),
        ((Adam(), landscapes.bowl(), np.ma.masked_invalid([1.0, 2.0])), TypeError, "masked array"),
    ],
)
def test_bad_runs_are_refused(run, arguments, error, words):
    with pytest.raises(error, match=words):
        run(*arguments)
    with pytest.raises(ValueError, match="zero or more, not -1"):
        run(Adam(), landscapes.bowl(), [1.0, 1.0], steps=-1)


def test_a_path_is_one_run():
    with pytest.raises(ValueError, match="use batch"):
        compiled.path(Adam(), landscapes.bowl(), np.ones((2, 3)))
    with pytest.raises(TypeError, match="arrays are for batch"):
        compiled.path(Adam(lr=np.ones(3)), landscapes.bowl(), [1.0, 1.0])
    with pytest.raises(ValueError, match="broadcast"):
        compiled.batch(Adam(lr=np.ones(3)), landscapes.bowl(), np.ones((2, 4)))


@pytest.mark.parametrize("steps", [0, 5])
def test_a_run_that_cannot_start(steps):
    surface, start = landscapes.rosenbrock(), [1e200, 0.0]
    for run in (compiled.path, minimize):
        with pytest.raises(ValueError, match="the run cannot start: at step 0"):
            run(Adam(), surface, start, steps=steps)
    with pytest.raises(ValueError, match="cannot start"):  # however large the tolerance is
        compiled.path(Adam(), surface, start, steps=steps, tol=1e200)


def test_a_batch_counts_what_cannot_start_as_diverged():
    starts = np.array([[1e200, 0.5], [0.0, 0.5]])
    runs = compiled.batch(GradientDescent(1e-4), landscapes.rosenbrock(), starts, steps=5)
    assert runs.stopped.tolist() == ["diverged", "steps"]
    assert runs.steps.tolist() == [0, 5]


@pytest.mark.parametrize(("tol", "stopped"), [(-1.0, "steps"), (0.0, "steps"), (1e200, "gradient")])
def test_every_tolerance_is_that_of_minimize(tol, stopped):
    for run in (compiled.path, compiled.batch, minimize):
        end = run(GradientDescent(0.5), landscapes.bowl(), [1.0, 0.5], steps=5, tol=tol)
        assert end.stopped == stopped


@dataclass  # not frozen
class Thawed(Rule):
    """Gradient descent that may change under way."""

    lr: float = 0.5

    def update(self, x, g, t):
        return (x - self.lr * g,)


@pytest.mark.parametrize("run", [compiled.path, compiled.batch])
@pytest.mark.parametrize(
    ("rule", "error", "words"),
    [
        (GradientDescent(np.array(0.1)), TypeError, r"0.1 instead of np.array\(0.1\)"),
        (Thawed(), TypeError, r"write @dataclass\(frozen=True\)"),
    ],
)
def test_rules_that_cannot_be_remembered_are_refused(run, rule, error, words):
    with pytest.raises(error, match=words):
        run(rule, landscapes.bowl(), [1.0, 1.0])


@pytest.mark.parametrize("run", [compiled.path, compiled.batch])
def test_steps_must_be_whole(run):
    with pytest.raises(ValueError, match=r"steps must be a whole number, an int, not 2\.5"):
        run(Adam(), landscapes.bowl(), [1.0, 1.0], steps=2.5)
    assert run(Adam(), landscapes.bowl(), [1.0, 1.0], steps=np.uint8(255)).steps == 255


def test_a_batch_has_runs():
    with pytest.raises(ValueError, match="there are no runs: lr must hold at least one number"):
        compiled.batch(GradientDescent(np.array([])), landscapes.bowl(), [1.0, 1.0])


# The generated source, and life without Numba -------------------------------------------------


def test_the_loop_reads_like_the_rule():
    lines = [line.strip() for line in compiled.stepper(Adam(), np.ones(2)).source.splitlines()]
    assert "K4 = REAL(1 / (1 - beta1 ** t))" in lines
    assert "m_hat = m_new * K4" in lines
    assert lines.index("m_hat = m_new * K4") > lines.index("for I in range(X_HERE.size):")


@pytest.fixture
def numba_missing(monkeypatch):
    real_import = builtins.__import__

    def without(name, *rest):
        if name.partition(".")[0] == "numba":
            raise ImportError("No module named 'numba'")
        return real_import(name, *rest)

    loops = compiled._compiled, compiled._path, compiled._batch
    for loop in loops:
        loop.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    yield
    for loop in loops:
        loop.cache_clear()


@pytest.mark.parametrize(
    "rule", [Adam(), NAdam(), Nesterov(), Clipped(Adam(), value=0.3), Adam(eps_inside_root=True)]
)
def test_without_numba_the_same_loops_run_slowly(rule, request):
    surface, g = landscapes.ravine(), np.array([1.0, -2.0], np.float32)
    fewer = [surface.start, surface.start]

    def everything():
        x = np.ones(2, np.float32)
        stepped = compiled.stepper(rule, x)
        for _ in range(3):
            stepped.step(g)
        run = compiled.path(rule, surface, surface.start, steps=40)
        many = compiled.batch(rule, surface, np.transpose(fewer), steps=40)
        return [x, *stepped.states.values(), run.points, run.gradient_norms, many.points]

    expected = everything()
    request.getfixturevalue("numba_missing")
    with pytest.warns(UserWarning, match=r'plain Python.*pip install "slopes\[fast\]"'):
        found = everything()
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6 if one is found[0] else 1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore:Numba is not installed")
def test_without_numba_all_is_refused_and_ends_as_with_it(numba_missing):
    run = compiled.stepper(Adam(), np.ones(4))
    for bad in (np.ones(4, np.float32), np.ones(8)[::2], np.ones(3)):
        with pytest.raises((TypeError, ValueError), match="the gradient"):
            run.step(bad)
    assert run.t == 0
    assert run.x.tolist() == [1, 1, 1, 1]
    away = compiled.path(GradientDescent(10.0), landscapes.rosenbrock(), [3.0, 3.0])
    assert away.stopped == "diverged"
    assert np.isfinite(away.points).all()
    many = compiled.batch(GradientDescent(), landscapes.rosenbrock(), [[3.0, 1.0], [3.0, 1.0]])
    assert many.stopped.tolist() == ["diverged", "gradient"]


def test_reading_the_loops_needs_no_numba(numba_missing):
    surface = landscapes.ravine()
    assert minimize(Adam(), surface, surface.start, steps=3).steps == 3
    for source in (
        step_loop(Graph(Adam())),
        path_loop(Graph(Adam()), surface),
        batch_loop(Graph(Adam(), ["lr"]), surface)[0],
    ):
        compile(source, "loop", "exec")


def test_a_rule_that_may_change_is_not_remembered():
    @dataclass(eq=False)
    class Loose(Rule):
        lr: float = 0.1

        def update(self, x, g, t):
            return (x - self.lr * g,)

    for run in (
        lambda: compiled.path(Loose(), landscapes.bowl(), [1.0, 1.0]),
        lambda: compiled.batch(Loose(), landscapes.bowl(), [1.0, 1.0]),
        lambda: compiled.stepper(Loose(), np.ones(2)),
    ):
        with pytest.raises(TypeError, match=r"may change: write @dataclass\(frozen=True\)"):
            run()


def test_a_rule_without_a_dataclass_is_told_so():
    class Bare(Rule):
        def update(self, x, g, t):
            return (x - 0.1 * g,)

    for run in (
        lambda: compiled.path(Bare(), landscapes.bowl(), [1.0, 1.0]),
        lambda: compiled.stepper(Bare(), np.ones(2)),
    ):
        with pytest.raises(TypeError, match=r"no dataclass: write @dataclass\(frozen=True\)"):
            run()


def test_a_tolerance_is_a_number():
    with pytest.raises(TypeError, match="tol must be a number, not '1'"):
        compiled.path(Adam(), landscapes.bowl(), [1.0, 1.0], tol="1")
    with pytest.raises(ValueError, match="tol must be a number, not nan"):
        compiled.path(Adam(), landscapes.bowl(), [1.0, 1.0], tol=np.nan)
