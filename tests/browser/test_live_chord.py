"""Chords in Chromium: the picture that Python drew, and the same numbers wherever the ends go."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import sympy as sp
from playwright.sync_api import Browser, Page
from slopes import live
from slopes.live.chord import scene as computed

from tests.browser.conftest import LAPTOP
from tests.browser.figures import drawn, put, said, same, settle, show, state, whole

pytestmark = pytest.mark.browser

theta = sp.Symbol("theta")
DOMAIN = (-1.8, 1.8)


def f(u):
    return u**4 - 2 * u**2 + u / 3


def slope(u):
    return 4 * u**3 - 4 * u + 1 / 3


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport=LAPTOP)
    opened.on("pageerror", lambda error: pytest.fail(str(error)))
    yield opened
    opened.close()


@pytest.fixture
def figure() -> live.Figure:
    return live.chord(f(theta), theta, domain=DOMAIN, tangent=True)


def agrees(page: Page) -> None:
    """Assert that what is drawn and said is what Python computes for the same state."""
    now = state(page, "chord")
    (x, fx), (y, fy), (z, fz) = (now[name] for name in "xyz")
    np.testing.assert_allclose([fx, fy, fz], [f(x), f(y), f(z)], atol=1e-7)
    marks, says = computed(f, slope, DOMAIN, "θ", x, y, now["t"], z)
    found = drawn(page, "chord")
    assert said(page, "chord") == says
    for name, points in marks.items():
        np.testing.assert_allclose(np.ravel(found[name]), np.ravel(points), atol=1e-9, err_msg=name)
    for name in "xyz":
        grip = page.locator(f"[data-handle={name}]").get_attribute("transform")
        panel = figure_panel(page, name)
        at = panel.place([now[name]])[0]
        told = [float(v) for v in grip[len("translate(") : -1].split()]
        np.testing.assert_allclose(told, at, atol=0.02)


def figure_panel(page: Page, handle: str) -> live.Panel:
    return live.chord(f(theta), theta, domain=DOMAIN).panels[0]


@pytest.mark.parametrize(
    "expression",
    [
        f(theta),
        sp.log(1 + sp.exp(-theta)),
        sp.Max(0, 1 - theta),
        sp.Abs(theta),
        theta * sp.sin(4 * theta),
        sp.Integer(1),
    ],
)
def test_a_figure_does_not_change_when_it_comes_alive(page, expression):
    figure = live.chord(expression, theta, domain=DOMAIN, tangent=True)
    show(page, figure)
    same(page, figure)
    whole(page, figure.name)


def test_ends_follow_the_graph_under_the_mouse(page, figure):
    show(page, figure)
    for handle, by in (("x", 60), ("y", -90), ("z", 75), ("x", 400), ("y", -900)):
        box = page.locator(f"[data-handle={handle}] .grip").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        before = state(page)[handle][0]
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + by, y - 40, steps=3)
        page.mouse.up()
        agrees(page)
        after = state(page)[handle][0]
        assert np.sign(after - before) == np.sign(by)
        assert DOMAIN[0] <= after <= DOMAIN[1]


def test_keys_and_typing_move_it_too(page, figure):
    show(page, figure)
    page.locator("[data-handle=z]").focus()
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        agrees(page)
    for t in ("0.25", "0", "1", "7"):
        page.locator("[data-typed=t]").fill(t)
        page.keyboard.press("Enter")
        agrees(page)
    assert state(page)["t"] == 1


def test_ends_may_meet_and_change_places(page, figure):
    show(page, figure)
    for x, y in ((0.5, 0.5), (1.8, -1.8), (-1.8, -1.8), (0.1, 0.1 + 1e-9), (1.2, 0.7)):
        put(page, "chord", x=[x, 0], y=[y, 0], t=0.3)
        agrees(page)
        whole(page, "chord")


def test_a_graph_without_slope_has_no_tangent(page):
    figure = live.chord(sp.sqrt(theta), theta, domain=(0, 1), tangent=True, at=0)
    show(page, figure)
    same(page, figure)
    whole(page, "chord")


def test_a_link_names_only_what_was_moved(page, figure):
    show(page, figure)
    settle(page)
    assert page.evaluate("document.getElementById('chord').figure.written()") == ""
    put(page, "chord", x=[0.5, 0])
    settle(page)
    assert page.evaluate("document.getElementById('chord').figure.written()").startswith("x:0.5_")


def test_letters_stay_in_the_picture(page, figure):
    show(page, figure)
    put(page, "chord", x=[1.8, 0], y=[-1.8, 0])
    settle(page)
    for letter in "xyz":
        box = page.locator(f"[data-mark=letter_{letter}]").bounding_box()
        plot = page.locator(
            f"[data-panel={'tangent' if letter == 'z' else 'chord'}]"
        ).bounding_box()
        assert plot["x"] <= box["x"]
        assert box["x"] + box["width"] <= plot["x"] + plot["width"]
        assert plot["y"] <= box["y"] + 3
