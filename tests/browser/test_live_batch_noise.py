"""The noise of mini-batches in Chromium: the same batches and the same spread."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from slopes import Linear, live
from slopes.live.batch_noise import scene as computed

from tests.browser.conftest import LAPTOP
from tests.browser.figures import drawn, outlines, put, said, same, show, state, whole

pytestmark = pytest.mark.browser

NAME = "batch-noise"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport=LAPTOP)
    opened.on("pageerror", lambda error: pytest.fail(str(error)))
    yield opened
    opened.close()


@pytest.fixture
def figure() -> live.Figure:
    return live.batch_noise(batches=50)


def agrees(page: Page, figure: live.Figure) -> dict[str, float]:
    """Assert that what is drawn and said is what Python computes for the same state."""
    now = state(page, NAME)
    data = figure.data
    model = Linear(np.reshape(data["features"], (-1, 2)), np.array(data["targets"]), "squared")
    marks, says = computed(
        model, data["sizes"], data["batches"], data["seed"],
        now["theta"], now["batch"], now["rate"], now["draw"],
    )  # fmt: skip
    found = drawn(page, NAME)
    for name, points in marks.items():
        np.testing.assert_allclose(
            np.ravel(found[name]), np.ravel(points), rtol=1e-9, atol=1e-9, err_msg=name
        )
    assert said(page, NAME) == says
    return dict(now)


@pytest.mark.parametrize("settings", [{}, {"batch": 1}, {"batch": 200}, {"seed": 2**31 + 5}])
def test_a_figure_does_not_change_when_it_comes_alive(page, settings):
    figure = live.batch_noise(**settings)
    show(page, figure)
    same(page, figure)
    whole(page, NAME)


def test_ones_own_examples(page):
    u = np.linspace(0, 1, 11)
    figure = live.batch_noise(np.column_stack([u**0, u]), np.sin(5 * u), batch=3)
    show(page, figure)
    same(page, figure)


def test_the_point_is_dragged(page, figure):
    show(page, figure)
    for by in ((80, 60), (-700, 10), (30, -500)):
        box = page.locator("[data-handle=theta] .grip").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + by[0], y + by[1], steps=3)
        page.mouse.up()
        agrees(page, figure)
        whole(page, NAME)
    page.locator("[data-handle=theta]").focus()
    page.keyboard.press("Shift+ArrowDown")
    agrees(page, figure)


def test_every_control_moves_it_as_numpy_does(page, figure):
    show(page, figure)
    for control, text in (("batch", "1"), ("rate", "0.7"), ("draw", "17"), ("batch", "200"),
                          ("batch", "37"), ("rate", "0"), ("draw", "60")):  # fmt: skip
        page.locator(f"[data-typed={control}]").fill(text)
        page.keyboard.press("Enter")
        now = agrees(page, figure)
        assert now[control] == pytest.approx(float(text))
        whole(page, NAME)


def test_keys_and_buttons_move_by_one(page, figure):
    show(page, figure)
    page.locator("[data-control=batch]").focus()
    page.keyboard.press("ArrowRight")
    assert agrees(page, figure)["batch"] == 11
    page.locator("[data-step=draw]").click()
    assert agrees(page, figure)["draw"] == 2
    page.locator("[data-typed=batch]").fill("0.5")
    page.keyboard.press("Enter")
    assert agrees(page, figure)["batch"] == 1
    page.locator("[data-control=batch]").focus()
    page.keyboard.press("ArrowRight")
    assert agrees(page, figure)["batch"] == 2


def test_the_slider_for_the_size_is_logarithmic(page, figure):
    show(page, figure)
    page.locator("[data-control=batch]").fill("500")
    assert agrees(page, figure)["batch"] == round(np.sqrt(200))


def test_what_is_switched_off_is_not_drawn(page, figure):
    show(page, figure)
    for switch, marks in {
        "on_full": ("step", "end"),
        "on_measured": ("cloud", "measured", "here"),
        "on_predicted": ("ellipse", "predicted"),
    }.items():
        assert all(outlines(page, NAME)[mark] for mark in marks)
        page.locator(f"[data-control={switch}]").uncheck()
        assert not any(outlines(page, NAME)[mark] for mark in marks)


def test_a_frame_is_quick(page):
    show(page, live.batch_noise())
    put(page, NAME, batch=20)
    took = page.evaluate(
        """(name) => {
            const { figure } = document.getElementById(name);
            const began = performance.now();
            for (let k = 1; k <= 20; k++) { figure.state.theta = [k / 20, 0]; figure.draw(); }
            return (performance.now() - began) / 20;
        }""",
        NAME,
    )
    assert took < 50  # milliseconds; 3 on a quiet laptop
