"""Update rules: single steps by hand, settings, and what tracing makes of them."""

import numpy as np
import pytest
from slopes import Adam, GradientDescent, Momentum, Rule
from slopes.symbolic import rule_latex
from slopes.tracing import trace

RULES = [GradientDescent(lr=0.1), Momentum(lr=0.1, momentum=0.5), Adam(lr=0.1)]


def test_gradient_descent_by_hand():
    assert GradientDescent(lr=0.5).update(3.0, 2.0, 1) == (2.0,)


def test_momentum_by_hand():
    rule = Momentum(lr=0.5, momentum=0.5)
    x, v = rule.update(1.0, 2.0, 1, 0.0)
    assert (x, v) == (0.0, -1.0)
    assert rule.update(x, 2.0, 2, v) == (-1.5, -1.5)


def test_adam_by_hand():
    x, m, v = Adam(lr=0.1, eps=0.5).update(1.0, 2.0, 1, 0.0, 0.0)
    assert m == pytest.approx(0.2)
    assert v == pytest.approx(0.004)
    assert x == pytest.approx(1 - 0.1 * 2 / (2 + 0.5))  # ε outside the root, moments corrected


@pytest.mark.parametrize("rule", RULES, ids=lambda r: type(r).__name__)
def test_a_zero_gradient_at_rest_does_not_move(rule):
    x = np.array([1.0, -2.0])
    new, *_ = rule.update(x, np.zeros(2), 1, *rule.start(x))
    assert np.array_equal(new, x)


@pytest.mark.parametrize("rule", RULES, ids=lambda r: type(r).__name__)
def test_a_step_leaves_its_input_alone(rule):
    x, g = np.array([1.0, -2.0]), np.array([0.5, 0.5])
    rule.update(x, g, 1, *rule.start(x))
    assert np.array_equal(x, [1.0, -2.0])
    assert np.array_equal(g, [0.5, 0.5])


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("rule", RULES, ids=lambda r: type(r).__name__)
def test_precision_is_kept(rule, dtype):
    x = np.ones(2, dtype)
    for value in rule.update(x, np.ones(2, dtype), 1, *rule.start(x)):
        assert value.dtype == np.dtype(dtype)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: GradientDescent(lr=-1), "lr must be a finite number, zero or more, not -1"),
        (lambda: GradientDescent(lr=float("nan")), "lr must be"),
        (lambda: Momentum(momentum=1.0), "momentum must be at least 0 and below 1, not 1.0"),
        (lambda: Adam(beta2=1.5), "beta2 must be at least 0 and below 1, not 1.5"),
        (lambda: Adam(eps=-1e-8), "eps must be"),
    ],
)
def test_bad_settings_are_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_trace_keeps_the_names_of_the_lines():
    names = [name for name, _ in trace(Adam()).lines]
    assert names == ["m", "v", "m_hat", "v_hat", "x"]


def test_latex_of_adam_reads_like_the_textbook():
    lines = rule_latex(Adam()).split(" \\\\\n")
    assert lines == [
        r"m_{t} &= \beta_1 m_{t-1} + \left(1 - \beta_1\right) g_{t}",
        r"v_{t} &= \beta_2 v_{t-1} + \left(1 - \beta_2\right) g_{t}^{2}",
        r"\hat{m}_{t} &= \frac{m_{t}}{1 - \beta_1^{t}}",
        r"\hat{v}_{t} &= \frac{v_{t}}{1 - \beta_2^{t}}",
        r"\theta_{t} &= \theta_{t-1} - \frac{\eta \hat{m}_{t}}{\sqrt{\hat{v}_{t}} + \epsilon}",
    ]


def test_latex_of_momentum():
    assert rule_latex(Momentum()).split(" \\\\\n") == [
        r"v_{t} &= \alpha v_{t-1} - \eta g_{t}",
        r"\theta_{t} &= \theta_{t-1} + v_{t}",
    ]


class Branching(Rule):
    def update(self, x, g, t):
        return (x - g,) if g > 0 else (x + g,)


class Summing(Rule):
    def update(self, x, g, t):
        return (x - np.add.reduce(g),)


def test_a_rule_that_branches_is_refused():
    from dataclasses import dataclass

    with pytest.raises(TypeError, match=r"may not branch on data: use np\.where"):
        trace(dataclass(frozen=True)(Branching)())


def test_a_rule_that_is_not_elementwise_is_refused():
    from dataclasses import dataclass

    with pytest.raises(TypeError, match=r"element by element, not add\.reduce"):
        trace(dataclass(frozen=True)(Summing)())
