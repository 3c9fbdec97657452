"""The noise of mini-batches: the spread is that of the model's own gradients."""

import numpy as np
import pytest
from slopes import Linear, live
from slopes.live.batch_noise import deviations, orders, scene, spread, words

MASK = 2**32 - 1


def mulberry32(seed, count):
    """As published, one number after the other."""
    for _ in range(count):
        seed = (seed + 0x6D2B79F5) & MASK
        t = ((seed ^ (seed >> 15)) * (seed | 1)) & MASK
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & MASK)) & MASK
        yield t ^ (t >> 14)


def model_of(figure):
    return Linear(
        np.reshape(figure.data["features"], (-1, 2)), np.array(figure.data["targets"]), "squared"
    )


def test_the_generator_is_mulberry32():
    for seed in (0, 1, 0xDEADBEEF):
        assert words(seed, 50).tolist() == list(mulberry32(seed, 50))


def test_orders_are_orders_and_even():
    found = orders(7, 3, 300, 12)
    assert (np.sort(found, axis=1) == np.arange(12)).all()
    counts = np.bincount(found[:, 0], minlength=12)  # 300 draws of 12: 25 ± 4.8 each
    assert np.abs(counts - 25).max() < 4 * 4.8
    assert (orders(7, 3, 300, 12) == found).all()
    assert (orders(7, 4, 300, 12) != found).any()


def test_the_cloud_is_made_of_steps_on_batches():
    model, theta = model_of(live.batch_noise()), np.array([0.3, -0.8])
    marks, _ = scene(model, [1, 10], 20, 0, theta, 10, 0.25, 2)
    for row, end in zip(orders(0, 2, 20, 200), marks["cloud"], strict=True):
        np.testing.assert_allclose(end, theta - 0.25 * model.batch(row[:10]).grad(theta))
    np.testing.assert_allclose(marks["end"][0], theta - 0.25 * model.grad(theta))


def test_examples_gradients_are_those_of_the_model():
    model, theta = model_of(live.batch_noise()), np.array([0.3, -0.8])
    each = np.array([model.batch([i]).grad(theta) for i in range(200)])
    np.testing.assert_allclose(deviations(model, theta), each - each.mean(axis=0), atol=1e-12)
    assert spread(model, theta) == pytest.approx(each.var(axis=0).sum())


def test_the_prediction_holds_within_the_measurements_errors():
    model, theta = model_of(live.batch_noise()), np.array([0.3, -0.8])
    sizes = [1, 5, 20, 100, 150]
    marks, _ = scene(model, sizes, 2000, 0, theta, 10, 0.25, 1)
    # The relative error of 2000 squared lengths is about a thirtieth.
    np.testing.assert_allclose(marks["measured"][:, 1], marks["predicted"][:, 1], rtol=0.15)
    assert marks["predicted"][0, 1] == pytest.approx(spread(model, theta))


def test_the_ellipse_holds_as_many_steps_as_two_deviations_should():
    model, theta = model_of(live.batch_noise()), np.array([0.3, -0.8])
    marks, _ = scene(model, [1], 2000, 0, theta, 30, 0.25, 1)
    away = marks["ellipse"][:-1] - marks["end"]
    root = np.linalg.lstsq(away, _circle(len(away)), rcond=None)[0]
    inside = (np.hypot(*((marks["cloud"] - marks["end"]) @ root).T) < 1).mean()
    assert inside == pytest.approx(1 - np.exp(-2), abs=0.03)


def _circle(count):
    angle = 2 * np.pi * np.arange(count) / count
    return np.column_stack([np.cos(angle), np.sin(angle)])


def test_all_examples_leave_no_noise():
    says = live.batch_noise(batch=200).says
    assert "variance of the gradient 0 ± 0 over 200 batches, 0 predicted" in says


def test_the_state_holds_what_the_reader_moves():
    figure = live.batch_noise(batch=16, rate=0.1, start=(0.5, 0.25))
    state = figure.state()
    assert state["theta"] == [0.5, 0.25]
    assert (state["batch"], state["rate"], state["draw"]) == (16, 0.1, 1)
    assert figure.panels[1].x.scale == figure.panels[1].y.scale == "log"


def test_ones_own_examples_are_kept_to_six_digits():
    x = np.linspace(0, 1, 11)
    figure = live.batch_noise(np.column_stack([x**0, x]), np.sin(5 * x), batch=3)
    np.testing.assert_allclose(figure.data["targets"], np.sin(5 * x), rtol=1e-5)
    assert "Batches of 3 from 11 examples" in figure.says


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch": 0}, "batch must be a whole number from 1 to 200, not 0"),
        ({"batch": 201}, "from 1 to 200"),
        ({"batches": 501}, "from 2 to 500"),
        ({"rate": 0.0}, "above zero"),
        ({"start": (90, 0)}, "a point in the domain"),
        ({"domain": ((1, 0), (0, 1))}, "low < high"),
        ({"features": np.ones((5, 2))}, "give both or neither"),
        ({"features": np.ones((5, 3)), "targets": np.ones(5)}, r"shape \(N, 2\)"),
        ({"features": np.ones((5, 2)), "targets": np.arange(5), "batch": 2}, "lie on one line"),
        ({"features": np.full((5, 2), np.nan), "targets": np.ones(5)}, "finite"),
    ],
)
def test_bad_values_are_explained(settings, message):
    with pytest.raises(ValueError, match=message):
        live.batch_noise(**settings)


def test_examples_without_noise_are_refused():
    a = np.random.default_rng(0).integers(-5, 5, (20, 2)).astype(float)
    with pytest.raises(ValueError, match="no noise to show"):
        live.batch_noise(a, a @ [1.0, 2.0], batch=5)
