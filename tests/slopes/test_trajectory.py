"""minimize: its stopping rules, its path, and its answers to bad input."""

import numpy as np
import pytest
from slopes import GradientDescent, Momentum, landscapes, minimize, random_probing


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
