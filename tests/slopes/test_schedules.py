"""Schedules: their values by hand, many steps at once, and what they refuse."""

from dataclasses import dataclass, fields

import numpy as np
import pytest
from slopes.rules import Adam, GradientDescent
from slopes.schedules import (
    ConstantRate,
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    LinearDecay,
    OneCycle,
    Schedule,
    Scheduled,
    StepDecay,
    Warmup,
)

SCHEDULES = [
    ConstantRate(),
    StepDecay(3, 0.5),
    ExponentialDecay(0.9),
    InverseTimeDecay(2.0),
    LinearDecay(5, 0.1),
    CosineDecay(5, 0.1),
    Warmup(4),
    Warmup(4, then=CosineDecay(5)),
    Warmup(2, then=Warmup(2, then=StepDecay(3))),
    OneCycle(20),
]
every_schedule = pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)


@pytest.mark.parametrize(
    ("schedule", "values"),
    [
        (ConstantRate(), [1, 1, 1, 1]),
        (StepDecay(2, 0.5), [1, 1, 0.5, 0.5, 0.25]),
        (ExponentialDecay(0.5), [1, 0.5, 0.25]),
        (InverseTimeDecay(), [1, 1 / 2, 1 / 3, 1 / 4]),
        (InverseTimeDecay(3), [1, 3 / 4, 3 / 5, 1 / 2]),
        (LinearDecay(2), [1, 0.5, 0, 0]),
        (LinearDecay(4, 0.2), [1, 0.8, 0.6, 0.4, 0.2, 0.2]),
        (CosineDecay(3, 0.5), [1, 0.875, 0.625, 0.5, 0.5]),
        (Warmup(2), [0.5, 1, 1, 1]),
        (Warmup(2, then=ExponentialDecay(0.5)), [0.5, 1, 1, 0.5, 0.25]),
        (OneCycle(7, rise=3 / 7, start=0.2, end=0.0), [0.2, 0.6, 1, 0.853553, 0.5, 0.146447, 0]),
    ],
    ids=repr,
)
def test_by_hand(schedule, values):
    assert schedule(np.arange(1, len(values) + 1)) == pytest.approx(values, abs=1e-6)


@every_schedule
def test_many_steps_are_the_steps_one_by_one(schedule):
    t = np.arange(1, 31).reshape(5, 6)
    together = schedule(t)
    assert together.shape == t.shape
    assert together.dtype == float
    for step in (1, 4, 5, 6, 20, 30):
        # NumPy's power rounds differently for arrays and for single numbers.
        assert together.ravel()[step - 1] == pytest.approx(schedule(step), rel=1e-14)
        assert schedule.factor(step) == pytest.approx(schedule(step), rel=1e-14)
    assert np.ndim(schedule(3)) == 0


@every_schedule
def test_the_share_is_never_negative_and_at_most_one(schedule):
    shares = schedule(np.arange(1, 1001))
    assert (shares >= 0).all()
    assert (shares <= 1).all()


@pytest.mark.parametrize("t", [0, -1, [1, 2, 0]])
def test_steps_count_from_one(t):
    with pytest.raises(ValueError, match="t counts the steps from 1, not from"):
        CosineDecay(5)(t)


@pytest.mark.parametrize("t", [float("nan"), None, [1, None]])
def test_a_step_is_a_number(t):
    with pytest.raises(ValueError, match="t counts the steps from 1, not from nan"):
        CosineDecay(5)(t)


@every_schedule
def test_the_answer_may_be_changed(schedule):
    shares = schedule([1, 2, 3])
    shares *= 0.5
    assert shares[2] == schedule(3) / 2


def test_a_scheduled_rule_takes_the_steps_of_its_rates():
    rule = Scheduled(GradientDescent(lr=0.5), LinearDecay(2))
    assert [rule.step([0.0], [1.0], t)[0].item() for t in (1, 2, 3)] == [-0.5, -0.25, 0.0]
    assert rule.rate(2) == 0.25


def test_schedules_multiply_when_nested():
    rule = Scheduled(Scheduled(GradientDescent(lr=1.0), StepDecay(1, 0.5)), Warmup(4))
    assert [rule.rate(t) for t in (1, 2, 4)] == [0.25, 0.25, 0.125]
    assert rule.step([0.0], [1.0], 2)[0].item() == -0.25


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: StepDecay(0), ValueError, "every must be a whole number, at least 1, not 0"),
        (lambda: StepDecay(2.5), ValueError, "every must be a whole number"),
        (lambda: StepDecay(2, 1.5), ValueError, "gamma must be above 0 and at most 1"),
        (lambda: ExponentialDecay(0), ValueError, "gamma must be"),
        (lambda: InverseTimeDecay(0), ValueError, "tau must be"),
        (lambda: LinearDecay(0), ValueError, "steps must be"),
        (lambda: CosineDecay(5, end=-1), ValueError, "end must be"),
        (lambda: CosineDecay("5"), TypeError, "steps must be a number"),
        (lambda: Warmup(5, then=0.1), TypeError, "then must be a schedule such as CosineDecay"),
        (lambda: OneCycle(10, rise=1), ValueError, "rise must be above 0 and below 1"),
        (lambda: OneCycle(3), ValueError, r"rise \* steps must be more than 1, not 0\.9"),
        (lambda: OneCycle(3.0), ValueError, r"rise \* steps must be more than 1, not 0\.9"),
        (lambda: OneCycle(np.int64(3)), ValueError, r"rise \* steps must be more than 1"),
        (
            lambda: OneCycle(20, rise=np.array([0.04, 0.5])),
            ValueError,
            r"rise \* steps must be more than 1, not 0\.8",
        ),
        (lambda: Scheduled(Adam(), 0.1), TypeError, "schedule must be a schedule such as"),
        (lambda: Scheduled(Adam, ConstantRate()), TypeError, r"a rule such as Adam\(\)"),
    ],
)
def test_bad_settings_are_named(make, error, words):
    with pytest.raises(error, match=words):
        make()


@every_schedule
def test_every_setting_is_checked(schedule):
    for f in fields(schedule):
        if f.type != "Schedule":
            first = {g.name: getattr(schedule, g.name) for g in fields(schedule)}
            with pytest.raises(ValueError, match=f"{f.name} must be"):
                type(schedule)(**first | {f.name: -1})


def test_a_schedule_without_a_factor_says_so():
    @dataclass(frozen=True)
    class Unfinished(Schedule):
        pass

    with pytest.raises(TypeError, match="Unfinished is not a schedule yet"):
        Unfinished()(1)
