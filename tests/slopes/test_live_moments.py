"""The figure of moments: its lines are those of the rule's update, found by what they measure."""

from dataclasses import replace

import numpy as np
import pytest
from slopes import (
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    Clipped,
    CosineDecay,
    EMAMomentum,
    GradientDescent,
    Lion,
    Momentum,
    NAdam,
    Nesterov,
    RMSProp,
    RMSPropNesterov,
    Scheduled,
    live,
)
from slopes.rules import Rule


def marks(figure):
    return {m.name: np.array(m.points, float) for p in figure.panels for m in p.marks}


RULES = [
    (GradientDescent(0.1), []),
    (Momentum(0.1), []),
    (Nesterov(0.1), []),
    (EMAMomentum(0.1), ["v"]),
    (AdaGrad(0.1), ["√r"]),
    (RMSProp(0.1), ["√r"]),
    (RMSPropNesterov(0.1), ["√r"]),
    (Adam(0.1), ["m", "m̂", "√v", "√v̂"]),
    (AdamW(0.1), ["m", "m̂", "√v", "√v̂"]),
    (NAdam(0.1), ["m", "m̂", "√v", "√v̂"]),
    (AMSGrad(0.1), ["m", "m̂", "√v", "√v max", "√v̂"]),
    (AdaMax(0.1), ["m", "u", "m̂"]),
    (Lion(0.1), ["c", "m"]),
    (Scheduled(Adam(0.1), CosineDecay(50)), ["m", "m̂", "√v", "√v̂", "rate"]),
    (Clipped(Momentum(0.1), value=1), ["g̃"]),
]


@pytest.mark.parametrize(("rule", "labels"), RULES, ids=lambda v: type(v).__name__)
def test_lines_and_steps_are_the_rule_s(rule, labels):
    figure = live.moments(rule)
    assert [label for label, *_ in figure.data["lines"]] == labels
    assert len({c.hue for c in figure.controls if c.hue}) == sum(
        bool(c.hue) for c in figure.controls
    )
    drawn = marks(figure)
    g, x, state = drawn["gradient"][:, 1], 0.0, [float(v) for v in rule.states().values()]
    for t, slope in enumerate(g, 1):
        new, *state = (float(v) for v in rule.update(x, slope, t, *state))
        assert drawn["step"][t - 1, 1] == pytest.approx((new - x) / 0.1, rel=1e-9, abs=1e-12)
        x = new
        for name, value in zip(rule.states(), state, strict=True):
            for k, (label, _, root) in enumerate(figure.data["lines"]):
                if label.removeprefix("√").replace(" ", "_") == name:
                    want = np.sqrt(value) if root else value
                    assert drawn[f"line{k}"][t - 1, 1] == pytest.approx(want)


def test_bias_correction_is_what_the_book_says():
    figure = live.moments(Adam(0.1, 0.8, 0.9))
    drawn, t = marks(figure), np.arange(1, 101)
    assert np.allclose(drawn["line1"][:, 1], drawn["line0"][:, 1] / (1 - 0.8**t))
    assert np.allclose(drawn["line3"][:, 1], drawn["line2"][:, 1] / np.sqrt(1 - 0.9**t))
    plain = live.moments(replace(Adam(0.1, 0.8, 0.9), bias_correction=False))
    assert np.allclose(drawn["other"], marks(plain)["step"])
    assert [label for label, *_ in plain.data["lines"]] == ["m", "√v"]


def test_gradients_are_the_caller_s():
    drawn = marks(live.moments(gradients=[1, -2, 3]))
    assert drawn["gradient"].tolist() == [[1, 1], [2, -2], [3, 3]]
    first, again = (marks(live.moments(seed=3))["gradient"] for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, marks(live.moments(seed=4))["gradient"])


def test_a_picture_alone_says_what_its_colours_mean():
    assert ">√v̂</text>" in live.moments().svg()
    assert "M48 312h20" not in live.modes().svg()


def test_the_step_of_momentum_is_its_velocity():
    assert "step Δθ = v" in [c.label for c in live.moments(Momentum(0.1)).controls]


def test_a_rule_without_a_rate_is_refused():
    class Still(Rule):
        def update(self, x, g, t):
            return (x - g,)

    with pytest.raises(TypeError, match="no rate lr"):
        live.moments(Still())


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: live.moments(Adam), TypeError, "such as Adam"),
        (lambda: live.moments(gradients=[1, np.nan]), ValueError, "not finite"),
        (lambda: live.moments(gradients=[1]), ValueError, "2 to 2,000"),
        (lambda: live.moments(steps=1), ValueError, "between 2 and 2,000"),
        (lambda: live.moments(noise=-1), ValueError, "zero or more"),
        (lambda: live.moments(vary={"rho": (0, 1)}), ValueError, "Adam has no setting 'rho'"),
        (lambda: live.moments(Clipped(Adam(), norm=1)), TypeError, "element by element"),
    ],
)
def test_errors_say_what_to_do(call, error, words):
    with pytest.raises(error, match=words):
        call()
