"""Level sets in Chromium: the picture that Python drew, and the same numbers at every point."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import sympy as sp
from playwright.sync_api import Browser, Page
from slopes import Landscape, landscapes, live
from slopes.live.level import _even
from slopes.live.level import scene as computed

from tests.browser.conftest import LAPTOP
from tests.browser.figures import drawn, outlines, put, said, same, show, whole

pytestmark = pytest.mark.browser

HIMMELBLAU = landscapes.himmelblau()
NAME = "himmelblau-level"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport=LAPTOP)
    opened.on("pageerror", lambda error: pytest.fail(str(error)))
    yield opened
    opened.close()


@pytest.fixture
def figure() -> live.Figure:
    return live.level(HIMMELBLAU, at=(-1.5, 1.2))


def agrees(page: Page, figure: live.Figure) -> None:
    """Assert that what is drawn and said is what Python computes for the same state."""
    found = drawn(page, NAME)
    state = page.evaluate(f"document.getElementById('{NAME}').figure.state")
    data = figure.data
    marks, says = computed(
        HIMMELBLAU,
        _even(HIMMELBLAU.domain),
        data["reach"],
        data["typical"],
        tuple(state["point"]),
        state["angle"],
    )
    assert said(page, NAME) == says
    for name, points in marks.items():
        scale = 1 + np.abs(points).max(initial=0)
        np.testing.assert_allclose(
            np.ravel(found[name]), np.ravel(points), rtol=1e-9, atol=1e-9 * scale, err_msg=name
        )


@pytest.mark.parametrize(
    ("surface", "at"),
    [
        (HIMMELBLAU, (-1.5, 1.2)),
        (landscapes.double_well(), (0.2, 0.5)),
        (landscapes.double_well(), (1.0, 0.0)),
        (landscapes.ravine(), None),
        (landscapes.rosenbrock(), None),
        (landscapes.monkey_saddle(), (0.3, 0.4)),
        (landscapes.plateau(), None),
        (landscapes.log_sum_exp(), None),
    ],
)
def test_a_figure_does_not_change_when_it_comes_alive(page, surface, at):
    figure = live.level(surface, at=at)
    show(page, figure)
    same(page, figure)
    whole(page, figure.name)


def test_the_point_follows_the_mouse(page, figure):
    show(page, figure)
    for by in ((40, 25), (-70, 60), (120, -140), (-900, 900)):
        box = page.locator("[data-handle=point] .grip").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        before = page.evaluate(f"[...document.getElementById('{NAME}').figure.state.point]")
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + by[0], y + by[1], steps=3)
        page.mouse.up()
        agrees(page, figure)
        whole(page, NAME)
        after = page.evaluate(f"[...document.getElementById('{NAME}').figure.state.point]")
        assert np.sign(after[0] - before[0]) == np.sign(by[0])
        assert np.sign(after[1] - before[1]) == -np.sign(by[1])


def test_keys_and_typing_move_it_too(page, figure):
    show(page, figure)
    page.locator("[data-handle=point]").focus()
    for key in ("ArrowRight", "Shift+ArrowUp", "ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
        agrees(page, figure)
    for angle in ("90", "-180", "0", "500"):
        page.locator("[data-typed=angle]").fill(angle)
        page.keyboard.press("Enter")
        agrees(page, figure)
    assert page.evaluate(f"document.getElementById('{NAME}').figure.state.angle") == 180
    page.locator("input[type=range][data-control=angle]").focus()
    page.keyboard.press("ArrowLeft")
    agrees(page, figure)


def test_switches_hide_what_they_name(page, figure):
    show(page, figure)
    for switch, marks in {
        "on_surface": ("level", "cut"),
        "on_plane": ("tangent", "gradient", "line"),
        "on_model": ("model", "centre", "parabola"),
    }.items():
        page.locator(f"[data-control={switch}]").uncheck()
        found = outlines(page, NAME)
        assert not any(found[mark] for mark in marks)
        page.locator(f"[data-control={switch}]").check()
        found = outlines(page, NAME)
        assert all(found[mark] for mark in marks)


def test_it_agrees_with_python_all_over_the_map(page, figure):
    show(page, figure)
    random = np.random.default_rng(3)
    (x0, x1), (y0, y1) = _even(HIMMELBLAU.domain)
    for _ in range(25):
        point = [random.uniform(x0, x1), random.uniform(y0, y1)]
        put(page, NAME, point=point, angle=random.uniform(-180, 180))
        agrees(page, figure)
        whole(page, NAME)


def test_flat_points_are_drawn_without_a_tangent(page):
    figure = live.level(landscapes.double_well())
    show(page, figure)
    for point in ([1, 0], [-1, 0], [0.375, 0], [1, 1e-12], [0.375, 1e-6]):
        put(page, figure.name, point=point)
        whole(page, figure.name)
    put(page, figure.name, point=[1, 0])
    found = drawn(page, figure.name)
    assert len(found["level"]) == len(found["gradient"]) == 0
    assert "The gradient is zero here" in said(page, figure.name)


def test_what_is_not_finite_outside_the_map_is_not_drawn(page):
    a, b = sp.symbols("a b", real=True)
    barrier = Landscape("barrier", b**2 - sp.log(a), (a, b), ((0.1, 2), (-1, 1)), (0.3, 0.3), ())
    figure = live.level(barrier, angle=180, domain=((0.4, 2), (-0.6, 0.6)), at=(0.5, 0.3))
    show(page, figure)
    same(page, figure)
    for point in ([0.4, -0.6], [0.4, 0.6], [2, 0]):
        put(page, figure.name, point=point)
        whole(page, figure.name)


def test_a_frame_takes_a_few_milliseconds(page, figure):
    show(page, figure)
    took = page.evaluate(
        """(name) => {
            const { figure } = document.getElementById(name);
            const state = structuredClone(figure.state);
            const times = [];
            for (let k = 0; k < 60; k++) {
                state.point = [-5 + k / 6, 4 * Math.sin(k)];
                const from = performance.now();
                figure.model(state);
                times.push(performance.now() - from);
            }
            return times.sort((a, b) => a - b)[30];
        }""",
        NAME,
    )
    assert took < 10
