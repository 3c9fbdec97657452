"""Update rules: single steps by hand, settings, precision, and what holds for every rule."""

from dataclasses import dataclass, fields, replace
from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from slopes import rules
from slopes.rules import (
    AdaDelta,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    Clipped,
    Decayed,
    EMAMomentum,
    GradientDescent,
    Lion,
    Momentum,
    NAdam,
    Nesterov,
    NesterovInterim,
    RMSProp,
    RMSPropNesterov,
    Rule,
    Wrapper,
)
from slopes.schedules import CosineDecay, Scheduled, StepDecay
from slopes.trajectory import minimize

RULES = [
    GradientDescent(lr=0.1),
    Momentum(lr=0.1, momentum=0.5),
    EMAMomentum(lr=0.1),
    Nesterov(lr=0.1),
    NesterovInterim(lr=0.1),
    AdaGrad(lr=0.1),
    AdaGrad(lr=0.1, eps_inside_root=True, initial_accumulator=0.1),
    RMSProp(lr=0.1),
    RMSProp(lr=0.1, eps_inside_root=True),
    RMSPropNesterov(lr=0.1),
    RMSPropNesterov(lr=0.1, eps_inside_root=True),
    AdaDelta(),
    Adam(lr=0.1),
    Adam(lr=0.1, eps_inside_root=True),
    Adam(lr=0.1, bias_correction=False),
    AMSGrad(lr=0.1),
    AMSGrad(lr=0.1, corrected=True, eps_inside_root=True),
    AdamW(lr=0.1),
    NAdam(lr=0.1),
    NAdam(lr=0.1, psi=None, eps_inside_root=True),
    AdaMax(lr=0.1),
    Lion(lr=0.1),
    Lion(lr=0.1, weight_decay=0.1),
    Clipped(Adam(lr=0.1), value=0.5),
    Decayed(Momentum(lr=0.1), weight_decay=0.1),
    Scheduled(NAdam(lr=0.1), CosineDecay(steps=10)),
    Clipped(Decayed(Scheduled(Nesterov(lr=0.1), StepDecay(2, 0.5))), value=2),
]
BY_NORM = Clipped(Momentum(lr=0.1), norm=0.5)


def name(rule):
    """Name a rule by its kind and the settings that are not its default."""
    changed = [
        f.name if isinstance(value, bool) else f"{f.name}={value!r}"
        for f in fields(rule)
        if not isinstance(value := getattr(rule, f.name), Rule) and value != f.default
    ]
    return "-".join([type(rule).__name__, *changed])


every_rule = pytest.mark.parametrize("rule", RULES, ids=name)


def run(rule, x, gradients):
    state = rule.start(x)
    for t, g in enumerate(gradients, 1):
        x, *state = rule.step(x, g, t, *state)
    return x


# Single steps by hand -------------------------------------------------------------------------


def test_gradient_descent_by_hand():
    assert GradientDescent(lr=0.5).update(3.0, 2.0, 1) == (2.0,)


def test_momentum_by_hand():
    rule = Momentum(lr=0.5, momentum=0.5)
    x, v = rule.update(1.0, 2.0, 1, 0.0)
    assert (x, v) == (0.0, -1.0)
    assert rule.update(x, 2.0, 2, v) == (-1.5, -1.5)


def test_ema_momentum_by_hand():
    rule = EMAMomentum(lr=0.5, beta=0.75)
    x, v = rule.update(1.0, 4.0, 1, 0.0)
    assert (x, v) == (0.5, 1.0)
    assert rule.update(x, 1.0, 2, v) == (0.0, 1.0)


def test_nesterov_by_hand():
    rule = Nesterov(lr=0.5, momentum=0.5)
    assert rule.look(2.0, 2, -1.0) == 1.5
    assert rule.update(2.0, 1.5, 2, -1.0) == (0.75, -1.25)  # the gradient of x²/2, at 1.5


def test_nesterov_at_interim_points_by_hand():
    rule = NesterovInterim(lr=0.5, momentum=0.5)
    # The same step, seen at the interim point 1.5: it goes to 0.75 + ½ (−1.25).
    assert rule.look(1.5, 2, -1.0) == 1.5
    assert rule.update(1.5, 1.5, 2, -1.0) == (0.125, -1.25)


def test_adagrad_by_hand():
    x, r = AdaGrad(lr=0.5, eps=1.0).update(1.0, 3.0, 1, 16.0)
    assert (x, r) == (1 - 0.5 * 3 / (5 + 1), 25.0)
    x, r = AdaGrad(lr=0.5, eps=11.0, eps_inside_root=True).update(1.0, 3.0, 1, 16.0)
    assert (x, r) == (1 - 0.5 * 3 / 6, 25.0)


def test_adagrad_starts_from_its_accumulator():
    rule = AdaGrad(lr=0.5, eps=0, initial_accumulator=16.0)
    assert rule.states() == {"r": 16.0}
    x, r = rule.step([1.0], [3.0], 1)
    assert (*x, *r) == (1 - 0.5 * 3 / 5, 25.0)
    assert rule.update(1.0, 3.0, 1) == (1 - 0.5 * 3 / 5, 25.0)  # it is not forgotten
    assert AdaGrad(lr=0.5, eps=0).update(1.0, 3.0, 1) == (0.5, 9.0)


def test_rmsprop_by_hand():
    x, r = RMSProp(lr=0.5, rho=0.75, eps=1.0).update(1.0, 2.0, 1, 4.0)
    assert (x, r) == (1 - 0.5 * 2 / (2 + 1), 4.0)
    x, r = RMSProp(lr=0.5, rho=0.75, eps=5.0, eps_inside_root=True).update(1.0, 2.0, 1, 4.0)
    assert (x, r) == (1 - 0.5 * 2 / 3, 4.0)


def test_rmsprop_with_nesterov_by_hand():
    rule = RMSPropNesterov(lr=0.5, rho=0.75, momentum=0.5, eps=2.0)
    assert rule.look(1.0, 2, 0.5, 4.0) == 1.25
    x, v, r = rule.update(1.0, 2.0, 2, 0.5, 4.0)
    assert (x, v, r) == (1.0, 0.5 * 0.5 - 0.5 * 2 / (2 + 2), 4.0)
    rule = replace(rule, eps=5.0, eps_inside_root=True)
    assert rule.update(1.0, 2.0, 2, 0.5, 4.0)[1] == 0.5 * 0.5 - 0.5 * 2 / 3


def test_adadelta_by_hand():
    x, r, u = AdaDelta(lr=0.5, rho=0.75, eps=5.0).update(1.0, 2.0, 1, 4.0, 11.0)
    step = 4 / 3 * 2  # √(11 + 5) / √(4 + 5) · 2
    assert r == 4.0
    assert x == pytest.approx(1 - 0.5 * step, rel=1e-15)
    assert u == pytest.approx(0.75 * 11 + 0.25 * step**2, rel=1e-15)


def test_adam_by_hand():
    x, m, v = Adam(lr=0.1, eps=0.5).update(1.0, 2.0, 1, 0.0, 0.0)
    assert m == pytest.approx(0.2, rel=1e-15)
    assert v == pytest.approx(0.004, rel=1e-15)
    assert x == pytest.approx(
        1 - 0.1 * 2 / (2 + 0.5), rel=1e-15
    )  # ε outside the root, moments corrected


def test_adams_options_by_hand():
    inside = Adam(lr=0.1, eps=5.0, eps_inside_root=True)
    assert inside.update(1.0, 2.0, 1, 0.0, 0.0)[0] == pytest.approx(1 - 0.1 * 2 / 3, rel=1e-15)
    plain = Adam(lr=0.1, eps=0.5, bias_correction=False)
    x, *_ = plain.update(1.0, 2.0, 1, 0.0, 0.0)
    assert x == pytest.approx(1 - 0.1 * 0.2 / (sqrt(0.004) + 0.5), rel=1e-15)


def test_amsgrad_by_hand():
    rule = AMSGrad(lr=0.1, beta1=0.5, beta2=0.5, eps=0.0)
    x, m, v, v_max = rule.update(1.0, 2.0, 2, 0.0, 0.0, 12.0)
    assert (m, v, v_max) == (1.0, 2.0, 12.0)
    assert x == pytest.approx(1 - 0.1 * (1 / 0.75) / sqrt(12 / 0.75), rel=1e-15)
    x, m, v, v_max = replace(rule, corrected=True).update(1.0, 2.0, 2, 0.0, 0.0, 2.0)
    assert (m, v, v_max) == (1.0, 2.0, 2 / 0.75)  # the corrected moment is the larger one
    assert x == pytest.approx(1 - 0.1 * (1 / 0.75) / sqrt(2 / 0.75), rel=1e-15)


def test_adamw_by_hand():
    x, *_ = AdamW(lr=0.1, eps=0.5, weight_decay=0.5).update(1.0, 2.0, 1, 0.0, 0.0)
    assert x == pytest.approx(1 - 0.1 * 0.5 - 0.1 * 2 / (2 + 0.5), rel=1e-15)


def test_nadam_by_hand():
    x, *_, mu_prod = NAdam(lr=0.1, beta1=0.5, eps=0.5, psi=1.0).update(1.0, 2.0, 1)
    mu, mu_next = 0.5 * (1 - 0.5 * 0.96), 0.5 * (1 - 0.5 * 0.96**2)
    assert mu_prod == mu
    m_hat = mu_next * 1.0 / (1 - mu * mu_next) + 2.0  # m is 1, and (1 − μ) / (1 − μ) is 1
    assert x == pytest.approx(1 - 0.1 * m_hat / (2 + 0.5), rel=1e-15)


def test_nadam_with_constant_momentum_by_hand():
    x, *_ = NAdam(lr=0.1, beta1=0.5, eps=5.0, psi=None, eps_inside_root=True).update(1.0, 2.0, 1)
    assert x == pytest.approx(1 - 0.1 * (0.5 * 1 / 0.75 + 2) / 3, rel=1e-15)


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("rule", RULES, ids=name)
def test_what_is_not_finite_stays_in_its_coordinate(rule, bad):
    def walked(gradient):
        x = np.array([1.0, -2.0, 0.5])
        state = rule.start(x)
        for t in (1, 2):
            with np.errstate(all="ignore"):
                x, *state = rule.step(x, gradient, t, *state)
        return [x, *state]

    for spoiled, plain in zip(walked([0.3, bad, -0.2]), walked([0.3, 0.1, -0.2]), strict=True):
        assert np.array_equal(spoiled[[0, 2]], plain[[0, 2]])


def test_clipping_by_norm_keeps_the_precision_of_a_plain_number():
    x, v = Clipped(Momentum(lr=1.0), norm=1e6 / 3).update(1.0, 3e6, 1, 0.0)
    assert (x, v) == (1 - 1e6 / 3, -1e6 / 3)
    assert isinstance(float(x), float)
    assert np.result_type(x) == np.float64
    assert Clipped(GradientDescent(lr=1.0), norm=0.3).update(1, 3, 1) == (0.7,)


def test_one_norm_is_not_taken_of_many_runs():
    with pytest.raises(TypeError, match=r"Clipped: one norm is taken of all .* lr must be one"):
        Clipped(GradientDescent(np.array([0.1, 0.2])), norm=1)
    with pytest.raises(TypeError, match="so norm must be one number"):
        Clipped(GradientDescent(), norm=np.array([1.0, 2.0]))


def test_adamax_by_hand():
    rule = AdaMax(lr=0.5, beta1=0.5, beta2=0.5, eps=1.0)
    assert rule.update(1.0, -2.0, 1, 0.0, 0.0) == (1 + 0.5 * 2 / 3, -1.0, 3.0)
    assert rule.update(1.0, 0.0, 1, 0.0, 8.0) == (1.0, 0.0, 4.0)  # the maximum fades


def test_lion_by_hand():
    rule = Lion(lr=0.5, beta1=0.5, beta2=0.75, weight_decay=0.5)
    assert rule.update(4.0, -3.0, 1, 2.0) == (4 - 0.5 * (-1 + 2), 0.75)
    assert rule.update(0.0, -2.0, 1, 2.0) == (0.0, 1.0)  # no mean, no step


# Rules around rules ---------------------------------------------------------------------------


def test_clipping_by_hand():
    g = np.array([3.0, -4.0])
    gentle = GradientDescent(lr=1.0)
    assert Clipped(gentle, value=3.5).step([0.0, 0.0], g, 1)[0].tolist() == [-3.0, 3.5]
    assert Clipped(gentle, norm=1).step([0.0, 0.0], g, 1)[0].tolist() == pytest.approx([-0.6, 0.8])
    assert Clipped(gentle, norm=5).step([0.0, 0.0], g, 1)[0].tolist() == [-3.0, 4.0]


def test_the_norm_is_that_of_the_whole_array():
    g = np.array([[3.0, 0.0], [0.0, -4.0]])
    x = Clipped(GradientDescent(lr=1.0), norm=1).step(np.zeros((2, 2)), g, 1)[0]
    assert np.linalg.norm(x) == pytest.approx(1)


def test_half_precision_does_not_overflow_the_norm():
    x = np.zeros(2, np.float16)
    (new,) = Clipped(GradientDescent(lr=1.0), norm=1).step(x, [3e4, 4e4], 1)
    assert new.dtype == np.float16
    assert new == pytest.approx([-0.6, -0.8], rel=3e-3)


def test_a_large_gradient_does_not_overflow_the_norm():
    rule = Clipped(GradientDescent(lr=1.0), norm=1)
    for g in ([3e200, 4e200], [3e307, 4e307]):
        assert rule.step([0.0, 0.0], g, 1)[0] == pytest.approx([-0.6, -0.8])


def test_adamw_is_adam_decayed():
    rng = np.random.default_rng(0)
    x, gradients = rng.standard_normal(5), rng.standard_normal((20, 5))
    pair = Decayed(Adam(lr=0.1), weight_decay=0.3)
    assert np.array_equal(
        run(pair, x, gradients), run(AdamW(lr=0.1, weight_decay=0.3), x, gradients)
    )


def test_decay_follows_the_schedule_whichever_is_outside():
    halved = StepDecay(every=1, gamma=0.5)
    gentle = GradientDescent(lr=0.5)
    one = Decayed(Scheduled(gentle, halved), weight_decay=0.5)
    other = Scheduled(Decayed(gentle, weight_decay=0.5), halved)
    assert one.update(8.0, 2.0, 2) == other.update(8.0, 2.0, 2) == (8 - 1.0 - 0.5,)
    assert one.rate(2) == other.rate(2) == 0.25


def test_a_rate_reaches_the_rule_inside():
    wrapped = Clipped(Decayed(Momentum(lr=0.5)), value=1.0).with_rate(0.25)
    assert wrapped == Clipped(Decayed(Momentum(lr=0.25)), value=1.0)


def test_wrappers_look_where_the_rule_inside_looks():
    rule = Clipped(Scheduled(Nesterov(momentum=0.5), CosineDecay(10)), value=1.0)
    assert rule.look(1.0, 1, -1.0) == 0.5


# What holds for every rule --------------------------------------------------------------------

numbers = st.floats(-100, 100, allow_subnormal=False).filter(lambda v: v == 0 or abs(v) > 1e-3)


@st.composite
def problems(draw):
    """A point, a few gradients and a permutation of the coordinates."""
    size = draw(st.integers(1, 5))
    x = draw(arrays(float, size, elements=numbers))
    gradients = draw(arrays(float, (draw(st.integers(1, 4)), size), elements=numbers))
    return x, gradients, draw(st.permutations(range(size)))


@every_rule
def test_a_zero_gradient_at_rest_does_not_move(rule):
    # Weight decay is a force of its own, so without it.
    x = np.array([1.0, -2.0])
    new, *_ = without_decay(rule).update(x, np.zeros(2), 1, *rule.start(x))
    assert np.array_equal(new, x)


@every_rule
def test_a_start_at_whole_numbers_is_not_cut(rule):
    cut, exact = rule.start([1, 2]), rule.start([1.0, 2.0])
    for one, other in zip(cut, exact, strict=True):
        assert one.dtype == float
        assert np.array_equal(one, other)


@every_rule
def test_states_may_be_lists(rule):
    x, g = np.array([1.0, -2.0]), [0.5, 1.0]
    x, *state = rule.step(x, g, 1)
    lists = [value.tolist() for value in state]
    for one, other in zip(rule.step(x, g, 2, *state), rule.step(x, g, 2, *lists), strict=True):
        assert np.array_equal(one, other)


def without_decay(rule):
    if isinstance(rule, Wrapper):
        rule = replace(rule, rule=without_decay(rule.rule))
    return replace(rule, weight_decay=0.0) if hasattr(rule, "weight_decay") else rule


@every_rule
@settings(max_examples=20)
@given(problem=problems())
def test_without_a_rate_nothing_moves(rule, problem):
    x, gradients, _ = problem
    assert np.array_equal(run(rule.with_rate(0.0), x, gradients), x)


@pytest.mark.parametrize("rule", [*RULES, BY_NORM], ids=name)
@settings(max_examples=20)
@given(problem=problems())
def test_the_order_of_the_coordinates_does_not_matter(rule, problem):
    x, gradients, order = problem
    moved = run(rule, x[order], gradients[:, order])
    # A norm is a sum, and its rounding depends on the order.
    np.testing.assert_allclose(moved, run(rule, x, gradients)[order], rtol=1e-12, atol=1e-12)


@every_rule
@settings(max_examples=20)
@given(problem=problems())
def test_coordinates_do_not_see_each_other(rule, problem):
    x, gradients, _ = problem
    alone = [run(rule, x[[k]], gradients[:, [k]])[0] for k in range(x.size)]
    np.testing.assert_allclose(run(rule, x, gradients), alone, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "rule",
    [
        AdaGrad(lr=0.1, eps=0),
        RMSProp(lr=0.1, eps=0),
        RMSPropNesterov(lr=0.1, eps=0),
        Adam(lr=0.1, eps=0),
        Adam(lr=0.1, eps=0, bias_correction=False),
        AMSGrad(lr=0.1, eps=0),
        NAdam(lr=0.1, eps=0),
        AdaMax(lr=0.1, eps=0),
        Lion(lr=0.1),
    ],
    ids=name,
)
@settings(max_examples=20)
@given(problem=problems(), power=st.integers(-10, 10))
def test_the_unit_of_the_gradient_does_not_matter(rule, problem, power):
    x, gradients, _ = problem
    gradients[gradients == 0] = 1.0  # without ε, a zero gradient at the start is 0/0
    # A power of two changes no rounding, so even the signs in Lion agree.
    assert np.array_equal(run(rule, x, gradients * 2.0**power), run(rule, x, gradients))


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,)])
@pytest.mark.parametrize("rule", [*RULES, BY_NORM], ids=name)
def test_shape_and_precision_are_kept(rule, shape, dtype):
    x, g = np.ones(shape, dtype), np.ones(shape)
    state = rule.start(x)
    for t in (1, 2, 3):
        x, *state = rule.step(x, g, t, *state)
        for value in (x, *state):
            assert (value.dtype, value.shape) == (np.dtype(dtype), shape)
            assert np.isfinite(value).all()


@every_rule
def test_a_finer_gradient_is_rounded_first(rule):
    x, g = np.ones(3, np.float32), np.array([0.1, 1 / 3, -np.pi])
    fine, coarse = rule.step(x, g, 1), rule.step(x, g.astype(np.float32), 1)
    assert all(map(np.array_equal, fine, coarse))


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("rule", [*RULES, BY_NORM], ids=name)
def test_update_itself_keeps_the_precision(rule, dtype):
    x = np.ones(2, dtype)
    for value in rule.update(x, np.ones(2, dtype), 1, *rule.start(x)):
        assert value.dtype == np.dtype(dtype)


@every_rule
def test_a_nan_stays_in_its_coordinate(rule):
    x = run(rule, np.ones(3), [[1.0, np.nan, 1.0], [1.0, 1.0, 1.0]])
    assert np.isnan(x).tolist() == [False, True, False]


@pytest.mark.parametrize("rule", [*RULES, BY_NORM], ids=name)
def test_a_step_leaves_its_input_alone(rule):
    x, g = np.array([1.0, -2.0]), np.array([0.5, 0.5])
    state = rule.start(x)
    before = [value.copy() for value in state]
    rule.update(x, g, 1, *state)
    rule.step(x, g, 1, *state)
    assert np.array_equal(x, [1.0, -2.0])
    assert np.array_equal(g, [0.5, 0.5])
    assert all(map(np.array_equal, state, before))


@every_rule
def test_many_runs_at_once_are_the_runs_one_by_one(rule):
    rates = np.array([0.01, 0.1, 0.5])
    x, gradients = np.ones((2, 3)), np.random.default_rng(0).standard_normal((5, 2, 1))
    together = run(rule.with_rate(rates), x, np.broadcast_to(gradients, (5, 2, 3)))
    for k, lr in enumerate(rates):
        alone = run(rule.with_rate(float(lr)), x[:, k], gradients[..., 0])
        np.testing.assert_allclose(together[:, k], alone, rtol=1e-14)


# What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted({type(r) for r in RULES}, key=lambda k: k.__name__))
def test_bad_settings_are_refused_by_name(kind):
    inside = (GradientDescent(), CosineDecay(3)) if kind is Scheduled else (GradientDescent(),)
    given_first = inside if issubclass(kind, Wrapper) else ()
    for f in fields(kind):
        if f.type in ("Rule", "Schedule"):
            continue
        assert f.type == "bool" or f.name in rules._RANGES, f"say in _RANGES what {f.name} may be"
        values = ["high", 1] if f.type == "bool" else [-1, np.nan, np.inf, "high", True, [0.1]]
        if f.name in ("momentum", "rho") or f.name.startswith("beta"):
            values += [1.0, 1.5]
        for value in values:
            with pytest.raises((ValueError, TypeError), match=rf"{kind.__name__}: {f.name} must"):
                kind(*given_first, **{f.name: value})


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: GradientDescent(lr=-1), ValueError, "finite number, zero or more, not -1"),
        (lambda: Momentum(momentum=1.0), ValueError, "at least 0 and below 1, not 1.0"),
        (lambda: Adam(lr=CosineDecay(5)), TypeError, r"use Scheduled\(rule, schedule\)"),
        (lambda: Adam(eps_inside_root=1), TypeError, "must be True or False, not 1"),
        (lambda: Adam(lr=None), TypeError, "lr must be a number, not None"),
        (lambda: Adam(lr=np.array([0.1, -0.1])), ValueError, "lr must be"),
        (lambda: GradientDescent(lr=10**400), ValueError, "lr must be a finite number"),
        (lambda: Clipped(Adam()), TypeError, "give either value=… or norm=…"),
        (lambda: Clipped(Adam(), value=1, norm=1), TypeError, "give either value=… or norm=…"),
        (lambda: Clipped(Adam(), norm=0), ValueError, "norm must be a finite number above zero"),
        (lambda: Decayed(Adam), TypeError, r"rule must be a rule such as Adam\(\), not <class"),
        (lambda: Decayed(0.1), TypeError, r"must be a rule such as Adam\(\), not 0\.1"),
    ],
)
def test_the_message_says_what_is_right(make, error, words):
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (([1, 2], [1.0, 1.0], 1), TypeError, r"not int64: write \[1\.0, 2\.0\]"),
        (([1j, 2], [1.0, 1.0], 1), TypeError, "floating-point numbers, not complex128"),
        (([1.0, 2.0], [1j, 1.0], 1), TypeError, r"real numbers, not complex128: .* g\.real"),
        (([1.0, 2.0], [1.0], 1), ValueError, r"shape \(1,\) but the parameters have .* \(2,\)"),
        (([1.0, 2.0], 1.0, 1), ValueError, r"the gradient has shape \(\)"),
        (([[1.0], [1.0, 2.0]], [1.0], 1), ValueError, "lengths in the parameters: step each array"),
        (([1.0, 2.0], [[1.0], [1.0, 2.0]], 1), ValueError, r"in the gradient: .* shape \(2,\)"),
        (([1.0, 2.0], [True, False], 1), TypeError, r"not bool: give floats, such as \[0\.5, 2"),
        (([1.0], [None], 1), TypeError, "not object: give floats"),
        (([1.0, 2.0], [1.0, 1.0], 0), ValueError, "t counts the steps from 1, not from 0"),
        (([1.0], [1.0], 1.5), ValueError, r"not from 1\.5: give a whole number"),
        (([1.0], [1.0], np.nan), ValueError, "not from nan: give a whole number"),
        (([1.0], [1.0], np.inf), ValueError, "not from inf: give a whole number"),
        (([1.0], [1.0], None), ValueError, "not from None: give a whole number"),
        (([1.0], [1.0], "1"), ValueError, "not from '1': give a whole number"),
        (([1.0], [1.0], 1, [1j], [0.0]), TypeError, "state m must hold real .* complex128: begin"),
        (([1.0], [1.0], 1, [0.0], ["a"]), TypeError, "state v must hold real numbers, not <U1"),
        (([1.0], [1.0], 1, np.zeros(1)), ValueError, r"keeps 2 states \(m, v\), but 1 were given"),
        (([1.0], [1.0], 1, np.zeros(1), 0.0), ValueError, r"state v has shape \(\).*rule\.start"),
    ],
)
def test_a_step_checks_what_it_is_given(arguments, error, words):
    with pytest.raises(error, match=words):
        Adam().step(*arguments)


@dataclass(frozen=True)
class Downhill(Rule):
    def update(self, x, g, t):
        return (x - 0.1,) if g > 0 else (x + 0.1,)


@dataclass(frozen=True)
class InPlace(Rule):
    def update(self, x, g, t, v=0):
        v += g
        x -= v
        return x, v


@dataclass(frozen=True)
class StateInPlace(Rule):
    def update(self, x, g, t, v=0):
        v += g
        return x - v, v


def test_a_rule_that_branches_or_works_in_place_is_refused_where_it_runs():
    x, g = np.array([1.0, 2.0]), np.array([1.0, -1.0])
    for run in (
        lambda rule: rule.step(x, g, 1),
        lambda rule: minimize(rule, lambda x: x @ x, x, lambda x: x * g),
    ):
        with pytest.raises(
            TypeError, match=r"Downhill.update may not branch on data: use np\.where"
        ):
            run(Downhill())
        with pytest.raises(TypeError, match=r"InPlace.update may not change .* x = x - lr \* g"):
            run(InPlace())
        with pytest.raises(TypeError, match=r"StateInPlace.update may not change what it is given"):
            run(StateInPlace())
    with pytest.raises(TypeError, match="may not change what it is given"):
        InPlace().step(x, g, 2, v := np.zeros(2))
    assert x.tolist() == [1.0, 2.0]
    assert g.tolist() == [1.0, -1.0]
    assert v.tolist() == [0.0, 0.0]


def test_what_lies_under_a_mask_is_not_computed_with():
    hidden = np.ma.masked_array([1.0, 2.0], [False, True])
    with pytest.raises(TypeError, match="the parameters may not be a masked array: fill it"):
        Adam().step(hidden, [1.0, 1.0], 1)
    with pytest.raises(TypeError, match="the gradient may not be a masked array"):
        Adam().step([1.0, 1.0], hidden, 1)
    with pytest.raises(TypeError, match="the gradient may not be a masked array"):
        minimize(Adam(), lambda x: x @ x, [1.0, 1.0], lambda x: hidden)


def test_an_exact_setting_among_rounded_numbers_is_named():
    rule = Adam(beta2=Fraction(999, 1000))
    with pytest.raises(TypeError, match=r"Adam.update computed with objects, .* write 0\.9"):
        rule.step([1.0, 2.0], [1.0, 1.0], 1)


@dataclass(frozen=True)
class Alone(Rule):
    eta: float = 0.1

    def update(self, x, g, t):
        return x - self.eta * g


@dataclass(frozen=True)
class Forgetful(Rule):
    def update(self, x, g, t, v=0):
        return (x - g,)


@dataclass(frozen=True)
class Summed(Rule):
    def update(self, x, g, t, v=0):
        return x - g, np.sum(v + g)


@dataclass(frozen=True)
class Unstarted(Rule):
    def update(self, x, g, t, v):
        return x + v - g, v - g


@pytest.mark.parametrize(
    ("rule", "error", "words"),
    [
        (Alone(), TypeError, r"a tuple of 1 value, not ndarray alone: end it with return \(x,\)"),
        (Forgetful(), TypeError, "2 values, not 1: end it with return x, v"),
        (Summed(), ValueError, r"made v of shape \(\) of parameters of shape \(2,\): all keep one"),
        (Unstarted(), TypeError, "the state v has no initial value: give it one, such as v=0"),
        (
            GradientDescent(lr=np.array([[0.1], [0.2]])),
            ValueError,
            r"made x of shape \(2, 2\) of parameters of shape \(2,\)",
        ),
        (Wrapper(Adam()), TypeError, "Wrapper is not a rule yet: it needs its own update"),
        (Scheduled(Alone(), CosineDecay(5)), TypeError, "no learning rate to change: call that"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Rule) else "",
)
def test_an_update_that_cannot_be_right_is_refused(rule, error, words):
    x, g = np.array([1.0, 2.0]), np.ones(2)
    with pytest.raises(error, match=words):
        rule.step(x, g, 1)
    with pytest.raises(error, match=words):
        minimize(rule, lambda x: x @ x, x, lambda x: 2 * x, steps=3)


def test_whole_numbers_are_a_gradient():
    assert GradientDescent(lr=0.5).step([1.0], [2], 1)[0].tolist() == [0.0]


def test_a_rule_without_update_says_so():
    @dataclass(frozen=True)
    class Unfinished(Rule):
        lr: float = 0.1

    with pytest.raises(TypeError, match="Unfinished is not a rule yet: it needs its own update"):
        Unfinished().step([1.0], [1.0], 1)
