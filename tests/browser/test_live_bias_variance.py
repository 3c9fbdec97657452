"""Bias and variance in Chromium: its least squares are NumPy's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import sympy as sp
from playwright.sync_api import Browser, Page
from slopes import live
from slopes.live.bias_variance import Sampled
from slopes.risk import polynomial_features

from tests.browser.conftest import LAPTOP
from tests.browser.figures import drawn, outlines, put, said, same, show, state, whole

pytestmark = pytest.mark.browser

x = sp.Symbol("x")
NAME = "bias-variance"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport=LAPTOP)
    opened.on("pageerror", lambda error: pytest.fail(str(error)))
    yield opened
    opened.close()


def agrees(page: Page, figure: live.Figure, inputs: str, rtol: float = 1e-9) -> None:
    """Assert that what is drawn and said is what NumPy computes for the same state."""
    now = state(page)
    data = Sampled(sp.sin(sp.pi * x), x, figure.data, inputs, figure.data["sets"], 9)
    marks, says = data.scene(int(now["degree"]), int(now["n"]), now["sigma"], int(now["shown"]))
    found = drawn(page, NAME)
    for name, points in marks.items():
        size = np.abs(points).max(initial=1)
        np.testing.assert_allclose(
            np.ravel(found[name]), np.ravel(points), rtol=rtol, atol=rtol * size, err_msg=name
        )
    if rtol < 1e-6:
        assert said(page, NAME) == says


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"inputs": "grid", "noise": 0.5},
        {"n": 2, "degree": 9, "sets": 20},
        {"target": sp.exp(x) - x**2, "noise": 0.0, "degree": 0},
        {"target": x**3 - x, "noise": 0.0},
        {"target": sp.Abs(x), "max_degree": 12, "degree": 12},
        {"target": sp.Integer(1), "sets": 3},
    ],
)
def test_a_figure_does_not_change_when_it_comes_alive(page, settings):
    figure = live.bias_variance(**settings)
    show(page, figure)
    same(page, figure)
    whole(page, NAME)


@pytest.mark.parametrize("inputs", ["uniform", "grid"])
def test_every_control_moves_it_as_numpy_does(page, inputs):
    figure = live.bias_variance(inputs=inputs, sets=50)
    show(page, figure)
    for control, text in (
        ("degree", "1"), ("n", "24"), ("sigma", "0.55"), ("shown", "30"), ("n", "13"),
        ("degree", "5"), ("sigma", "0"), ("shown", "1"), ("n", "6"),
    ):  # fmt: skip
        page.locator(f"[data-typed={control}]").fill(text)
        page.keyboard.press("Enter")
        agrees(page, figure, inputs)
        whole(page, NAME)


def test_fits_agree_as_far_as_their_condition_allows(page):
    figure = live.bias_variance(sets=400)
    show(page, figure)
    data = Sampled(sp.sin(sp.pi * x), x, figure.data, "uniform", 400, 9)
    for n in (2, 3, 10, 11, 30):
        condition = np.linalg.cond(polynomial_features(data.inputs(n), min(9, n - 1))).max()
        put(page, NAME, n=n, degree=9)
        # Ten random points may settle degree 9 so badly that NumPy's own error is 1e-5.
        agrees(page, figure, "uniform", rtol=1e-9 + 1e-15 * condition)
        whole(page, NAME)


def test_keys_move_a_whole_slider_by_one(page):
    figure = live.bias_variance(sets=20)
    show(page, figure)
    page.locator("[data-control=degree]").focus()
    for key, expected in (("ArrowRight", 4), ("ArrowUp", 5), ("ArrowLeft", 4), ("ArrowDown", 3)):
        page.keyboard.press(key)
        assert state(page)["degree"] == expected
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    assert state(page)["degree"] == 9
    agrees(page, figure, "uniform")


def test_what_is_switched_off_is_not_drawn(page):
    show(page, live.bias_variance(sets=20))
    for switch, marks in {
        "on_bias": ("average", "off", "bias", "bias_dots"),
        "on_variance": ("fit0", "variance"),
        "on_noise": ("data", "noise"),
        "on_total": ("total",),
    }.items():
        assert all(outlines(page, NAME)[mark] for mark in marks)
        page.locator(f"[data-control={switch}]").uncheck()
        assert not any(outlines(page, NAME)[mark] for mark in marks)
    whole(page, NAME)


def test_a_frame_is_quick(page):
    show(page, live.bias_variance())
    took = page.evaluate(
        """(name) => {
            const { figure } = document.getElementById(name);
            const began = performance.now();
            for (let n = 11; n < 31; n++) { figure.state.n = n; figure.draw(); }
            return (performance.now() - began) / 20;
        }""",
        NAME,
    )
    assert took < 50  # milliseconds; 10 on a quiet laptop
