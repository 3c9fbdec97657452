"""The figure of schedules: factors, their sums, and sliders that cannot break them."""

import numpy as np
import pytest
from slopes import (
    ConstantRate,
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    LinearDecay,
    OneCycle,
    StepDecay,
    Warmup,
    live,
)


def marks(figure):
    return {m.name: np.array(m.points, float) for p in figure.panels for m in p.marks}


KINDS = {
    "cosine": CosineDecay(100),
    "steps": StepDecay(30, 0.5),
    "exponential": ExponentialDecay(0.97),
    "one cycle": OneCycle(100),
    "over time": InverseTimeDecay(10),
    "warm-up": Warmup(10, LinearDecay(90)),
    "constant": ConstantRate(),
}


def test_marks_are_factors_and_sums():
    figure = live.schedules(KINDS, steps=110)
    drawn, t = marks(figure), np.arange(1, 111)
    for k, kind in enumerate(KINDS.values()):
        assert np.array_equal(drawn[f"factor{k}"], np.column_stack([t, kind(t)]))
        assert np.allclose(drawn[f"sum{k}"][:, 1], np.cumsum(kind(t)))
        assert drawn[f"factorhead{k}"].tolist() == [[55, float(kind(55))]]
    assert "At step 55, the share of the rate: cosine 0.437; steps 0.5;" in figure.says
    assert "constant 1." in figure.says


def test_the_same_values_share_a_slider():
    pair = {"a": CosineDecay(100), "b": LinearDecay(100), "c": Warmup(10, CosineDecay(50))}
    figure = live.schedules(pair)
    assert [c.label for c in figure.controls if c.kind == "range"] == [
        "steps T of a, b",
        "steps T of c, first",
        "steps T of c, then",
    ]
    assert figure.data["bound"][0] == ["steps0", [[0, "steps"], [1, "steps"]]]
    assert figure.data["steps"] == 120


@pytest.mark.parametrize("steps", [4, 10, 20, 100, 1000])
def test_default_ranges_fit_one_cycle(steps):
    figure = live.schedules({"one cycle": OneCycle(steps)})
    low = {c.name: c.low for c in figure.controls if c.kind == "range"}
    OneCycle(int(low["steps0"]), rise=low["rise1"])  # does not raise


def test_there_are_at_most_five_sliders():
    assert sum(c.kind == "range" for c in live.schedules(KINDS).controls) == 5


def test_a_logarithmic_axis():
    figure = live.schedules({"cosine": CosineDecay(10)}, scale="log")
    assert figure.panels[0].y.scale == "log"
    assert "nan" not in figure.html().lower()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: live.schedules([CosineDecay(9)]), TypeError, "by name"),
        (lambda: live.schedules({}), ValueError, "between 1 and 7"),
        (lambda: live.schedules({"a": CosineDecay(9)}, steps=1), ValueError, "from 2 to 2,000"),
        (lambda: live.schedules({"a": CosineDecay(9)}, scale="x"), ValueError, "'linear' or"),
        (
            lambda: live.schedules({"a": CosineDecay(9)}, vary={"gamma": (0, 1)}),
            ValueError,
            "no schedule has a setting 'gamma': they have end, steps",
        ),
        (
            lambda: live.schedules({"a": CosineDecay(9)}, vary={"steps": (0, 20)}),
            ValueError,
            "a is not finite for steps = 0",
        ),
    ],
)
def test_errors_say_what_to_do(call, error, words):
    with pytest.raises(error, match=words):
        call()
