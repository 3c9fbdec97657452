"""minimize: its stopping rules, its path, and its answers to bad input."""

import pickle
import sys

import numpy as np
import pytest
from slopes import (
    AdaGrad,
    Adam,
    DivergenceError,
    GradientDescent,
    Momentum,
    Trajectory,
    landscapes,
    minimize,
    random_probing,
)


def square(x):
    return float(x @ x)


def test_the_path_is_what_the_rule_does():
    path = minimize(GradientDescent(lr=0.25), square, [4.0], grad=lambda x: 2 * x, steps=3)
    assert path.points.ravel().tolist() == [4.0, 2.0, 1.0, 0.5]
    assert path.values.tolist() == [16.0, 4.0, 1.0, 0.25]
    assert path.gradient_norms.tolist() == [8.0, 4.0, 2.0, 1.0]
    assert (path.steps, path.stopped) == (3, "steps")


def test_states_are_carried_along():
    path = minimize(Momentum(0.25, 0.5), square, [1.0], grad=lambda x: 2 * x, steps=3)
    assert path.points.ravel().tolist() == [1.0, 0.5, 0.0]


def test_it_stops_at_the_first_small_gradient():
    path = minimize(GradientDescent(0.25), square, [4.0], grad=lambda x: 2 * x, tol=2.0)
    assert (path.steps, path.stopped) == (2, "gradient")


def test_a_flat_start_takes_no_step():
    path = minimize(GradientDescent(0.25), square, [0.0], grad=lambda x: 2 * x)
    assert (path.steps, path.stopped) == (0, "gradient")


def test_a_small_gradient_after_the_last_step_counts():
    path = minimize(GradientDescent(0.5), square, [4.0], grad=lambda x: 2 * x, steps=1)
    assert (path.steps, path.stopped) == (1, "gradient")


def test_no_steps():
    path = minimize(GradientDescent(0.5), square, [4.0], grad=lambda x: 2 * x, steps=0)
    assert (path.steps, path.stopped) == (0, "steps")


def test_divergence_is_said_and_every_point_is_finite():
    path = minimize(GradientDescent(1.5), square, [4.0], grad=lambda x: 2 * x, steps=5_000)
    assert path.stopped == "diverged"
    assert np.isfinite(path.points).all()
    assert np.isfinite(path.values).all()
    assert np.isfinite(path.gradient_norms).all()
    assert "it diverged" in repr(path)


def test_a_callback_can_stop_it():
    seen = []
    path = minimize(
        GradientDescent(0.25),
        square,
        [4.0],
        grad=lambda x: 2 * x,
        callback=lambda t, x, value: seen.append((t, value)) or t == 2,
    )
    assert (path.steps, path.stopped) == (2, "callback")
    assert seen == [(1, 4.0), (2, 1.0)]


def test_the_start_is_not_changed_and_float32_is_kept():
    start = np.array([4.0], "f4")
    path = minimize(GradientDescent(0.25), square, start, grad=lambda x: 2.0 * x.astype("f8"))
    assert start[0] == 4.0
    assert path.points.dtype == np.dtype("f4")


@pytest.mark.parametrize(
    ("start", "error", "words"),
    [
        ([1, 2], TypeError, "floating-point numbers, not int64"),
        (np.array([1j]), TypeError, "not complex128"),
        (["a"], TypeError, "floating-point"),
        ([], ValueError, "empty"),
        ([np.nan], ValueError, "not finite"),
    ],
)
def test_bad_starts_are_refused(start, error, words):
    with pytest.raises(error, match=words):
        minimize(GradientDescent(), square, start, grad=lambda x: 2 * x)


def test_a_gradient_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"gradient has shape \(1,\) but .* shape \(2,\)"):
        minimize(GradientDescent(), square, [1.0, 2.0], grad=lambda x: x[:1])


def test_no_gradient_is_refused():
    with pytest.raises(TypeError, match="pass grad="):
        minimize(GradientDescent(), square, [1.0])


def test_negative_steps_are_refused():
    with pytest.raises(ValueError, match="steps must be zero or more, not -1"):
        minimize(GradientDescent(), square, [1.0], grad=lambda x: x, steps=-1)


def test_probing_never_goes_up_and_is_seeded():
    bowl = landscapes.bowl(1, 5)
    one, other = (random_probing(bowl, [1.0, 1.0], evaluations=50, seed=3) for _ in range(2))
    assert (np.diff(one.values) <= 0).all()
    assert np.array_equal(one.points, other.points)
    assert one.values[-1] == bowl(one.x)
    assert len(one.values) == 51


def test_probing_stops_at_its_target():
    path = random_probing(square, [1.0], evaluations=10_000, seed=0, target=0.01)
    assert path.value <= 0.01 < path.values[-2]
    assert path.stopped == "target"
    assert "the value fell to the target" in repr(path)
    assert random_probing(square, [1.0], evaluations=9, seed=0).stopped == "steps"


@pytest.mark.parametrize(
    ("start", "evaluations", "words"),
    [
        ([1.0], -1, "zero or more, not -1"),
        ([1.0], -5, "zero or more, not -5"),
        ([1.0], 2.5, "evaluations must be a whole number, an int, not 2.5"),
        ([], 5, "the start is empty"),
        ([np.nan], 5, "cannot start: at step 0 the value is nan"),
        ([1j], 5, "the start must be real"),
    ],
)
def test_probing_refuses_what_makes_no_sense(start, evaluations, words):
    with pytest.raises(ValueError, match=words):
        random_probing(square, start, evaluations=evaluations, seed=0)


def nan_after(limit):
    return lambda x: np.where(np.abs(x) < limit, np.nan, 2 * x)


def test_a_nan_gradient_is_located():
    path = minimize(GradientDescent(0.25), square, [4.0, 8.0], grad=nan_after(1.5))
    assert path.stopped == "diverged"
    assert path.where == "at step 2 the gradient is nan at coordinate (0,)"
    assert path.where in repr(path)
    assert np.isfinite(path.points).all()


def test_divergence_can_be_raised():
    with pytest.raises(DivergenceError, match=r"gradient is nan at coordinate \(0,\)"):
        minimize(GradientDescent(0.25), square, [4.0], nan_after(1.5), on_divergence="raise")
    with pytest.raises(ValueError, match="'report' or 'raise'"):
        minimize(GradientDescent(), square, [4.0], lambda x: x, on_divergence="shout")


def test_a_run_that_cannot_start_says_why():
    with pytest.raises(ValueError, match="cannot start: at step 0 the gradient is nan"):
        minimize(GradientDescent(), square, [1.0], grad=nan_after(5.0))


def test_states_and_dtype_are_kept():
    path = minimize(
        Momentum(0.1), square, np.ones(2, "f4"), lambda x: 2.0 * x.astype("f8"), steps=3
    )
    assert path.state[0].dtype == np.dtype("f4")


def test_a_dataframe_has_one_row_a_point():
    frame = minimize(GradientDescent(0.25), square, [4.0], lambda x: 2 * x, steps=2).to_dataframe()
    assert frame.index.name == "step"
    assert frame.columns.tolist() == ["value", "gradient_norm", "x0"]
    assert frame["x0"].tolist() == [4.0, 2.0, 1.0]


def test_the_frame_of_named_parameters_has_their_names():
    start = {"W": np.ones((1, 2)), "b": np.float64(0.5)}
    path = minimize(GradientDescent(0.25), lambda p: 0.0, start, lambda p: p, steps=1)
    columns = path.to_dataframe().columns.tolist()
    assert columns == ["value", "gradient_norm", "W[0, 0]", "W[0, 1]", "b"]
    both = minimize(GradientDescent(0.25), lambda p: 0.0, [np.ones(1), np.ones(2)], lambda p: p)
    assert both.to_dataframe().columns.tolist()[2:] == ["x0[0]", "x1[0]", "x1[1]"]


def test_a_path_is_itself_and_travels():
    path = minimize(GradientDescent(0.25), square, [4.0], lambda x: 2 * x, steps=2)
    assert path != pickle.loads(pickle.dumps(path))
    assert path in [path]
    assert {path: 1}[path] == 1
    assert np.array_equal(pickle.loads(pickle.dumps(path)).points, path.points)


@pytest.mark.parametrize(
    ("rule", "dtype", "size", "words"),
    [
        (Adam(0.1), "f4", 1e20, "at step 1 the state v is inf at coordinate (0,)"),
        (AdaGrad(0.1), "f2", 600.0, "at step 1 the state r is inf at coordinate (0,)"),
    ],
)
def test_a_state_that_overflows_is_told(rule, dtype, size, words):
    start = np.ones(2, dtype)
    path = minimize(rule, lambda x: float(x[0]), start, lambda x: np.full(2, size, dtype), steps=5)
    assert (path.stopped, path.where, path.steps) == ("diverged", words, 0)
    with pytest.raises(DivergenceError, match="the state"):
        minimize(rule, np.sum, start, lambda x: np.full(2, size, dtype), on_divergence="raise")


def test_without_pandas_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        minimize(GradientDescent(0.25), square, [4.0], lambda x: 2 * x, steps=2).to_dataframe()


def test_progress_is_told_when_wanted(capsys, monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr("slopes.trajectory.time.monotonic", lambda: next(clock))
    minimize(GradientDescent(0.01), square, [4.0], lambda x: 2 * x, steps=10, progress=True)
    told = capsys.readouterr().err
    assert "of 10 steps" in told
    assert told.endswith(f"\r{'█' * 30} 10 of 10 steps\n")
    minimize(GradientDescent(0.01), square, [4.0], lambda x: 2 * x, steps=10)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("dtype", "big"), [("f2", 200.0), ("f4", 1e20)])
def test_a_norm_may_be_larger_than_the_gradients_precision_can_square(dtype, big):
    start = np.array([big, big], dtype)
    path = minimize(GradientDescent(0.25), lambda x: float(x[0]), start, lambda x: 2 * x, steps=2)
    assert path.stopped == "steps"
    assert path.gradient_norms[0] == pytest.approx(2 * np.sqrt(2) * big, rel=1e-6)


@pytest.mark.parametrize(
    ("gradient", "words"),
    [
        (np.array([1 + 1j]), "real numbers, not complex128"),
        (["a"], "real numbers, not <U1"),
        (None, "real numbers, not object"),
    ],
)
def test_a_gradient_that_is_not_real_is_refused(gradient, words):
    with pytest.raises(TypeError, match=words):
        minimize(GradientDescent(), square, [4.0], grad=lambda x: gradient)


@pytest.mark.parametrize("steps", [2.5, np.nan, "3", None])
def test_steps_must_be_whole(steps):
    with pytest.raises(ValueError, match="steps must be a whole number"):
        minimize(GradientDescent(), square, [4.0], grad=lambda x: 2 * x, steps=steps)


def test_steps_may_be_a_numpy_integer():
    path = minimize(GradientDescent(), square, [4.0], grad=lambda x: 2 * x, steps=np.int8(3))
    assert path.steps == 3


@pytest.mark.parametrize("rule", [GradientDescent, "adam", None])
def test_what_is_no_rule_is_refused(rule):
    with pytest.raises(TypeError, match=r"must be a rule such as Adam\(\), not"):
        minimize(rule, square, [4.0], grad=lambda x: 2 * x)


@pytest.mark.parametrize(
    ("value", "words"), [(np.ones(2), r"not an array of shape \(2,\)"), (None, "not None")]
)
def test_an_objective_must_be_one_number(value, words):
    with pytest.raises(TypeError, match=r"objective\(x\) must return one number, " + words):
        minimize(GradientDescent(), lambda x: value, [4.0, 1.0], grad=lambda x: 2 * x)


def test_nobody_who_is_given_a_point_can_spoil_the_path():
    def spoil(x):
        return np.multiply(x, 2, out=x)

    for given in (
        {"objective": lambda x: square(spoil(x)), "grad": lambda x: 2 * x},
        {"objective": square, "grad": spoil},
        {"objective": square, "grad": lambda x: 2 * x, "callback": lambda t, x, value: spoil(x)},
    ):
        with pytest.raises(ValueError, match="read-only") as refused:
            minimize(GradientDescent(0.25), x0=[4.0], **given)
        assert refused.value.__notes__ == [
            "The points of a path are read-only: change x.copy() instead."
        ]
    path = minimize(GradientDescent(0.25), square, [4.0], lambda x: spoil(x.copy()), steps=2)
    assert path.points.ravel().tolist() == [4.0, 2.0, 1.0]
    path.x[0] = 7.0  # the path itself belongs to the caller


def test_progress_waits_at_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    for pace, told in ((0.1, False), (1.0, True)):
        clock = iter(1000 + pace * np.arange(1000))
        monkeypatch.setattr("slopes.trajectory.time.monotonic", lambda clock=clock: next(clock))
        minimize(GradientDescent(0.01), lambda x: x @ x, [4.0], grad=lambda x: 2 * x, steps=10)
        assert bool(capsys.readouterr().err) == told


def test_the_last_value_is_a_plain_number():
    path = minimize(GradientDescent(0.25), lambda x: x @ x, [4.0], grad=lambda x: 2 * x, steps=2)
    assert type(path.value) is float


def test_a_divergence_without_a_place_is_still_explained():
    path = Trajectory(np.zeros((1, 1)), np.zeros(1), np.zeros(1), "diverged")
    assert repr(path).endswith("it diverged: what comes next is not finite")


def test_two_columns_of_a_frame_never_have_one_name():
    pytest.importorskip("pandas")
    path = minimize(
        GradientDescent(0.1),
        lambda p: float(p["value"] ** 2),
        {"value": np.array(3.0)},
        grad=lambda p: {"value": 2 * p["value"]},
        steps=3,
    )
    with pytest.raises(ValueError, match="two columns would be called 'value'"):
        path.to_dataframe()


def test_the_last_point_is_a_copy():
    path = minimize(GradientDescent(0.25), square, [4.0], grad=lambda x: 2 * x, steps=2)
    x = path.x
    x += 100
    assert path.points[-1].tolist() == [1.0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"objective": lambda x: "3"}, "must return one number, not '3'"),
        ({"objective": lambda x: np.complex128(1j)}, "must return one number"),
        ({"objective": 3.0}, "objective must be a function of x, not 3.0"),
        ({"grad": np.ones(2)}, "grad must be a function of x"),
        ({"callback": 3}, "callback must be a function of x, not 3"),
        ({"tol": "1e-3"}, "tol must be a number, not '1e-3'"),
        ({"tol": None}, "tol must be a number, not None"),
        ({"tol": np.nan}, "tol must be a number, not nan"),
    ],
)
def test_what_is_no_function_or_number_is_refused(options, words):
    given = {"objective": square, "x0": [1.0], "grad": lambda x: 2 * x} | options
    with pytest.raises((TypeError, ValueError), match=words):
        minimize(GradientDescent(0.1), **given)


def test_probing_hands_out_points_that_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        random_probing(lambda x: float(x.sort() or x[0]), [3.0, 1.0], evaluations=2)
