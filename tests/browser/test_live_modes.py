"""Eigenmodes in Chromium: what is drawn is what NumPy finds for the state on the page."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from slopes import GradientDescent, Momentum, live
from slopes.live.draw import number

from tests.browser.figures import alive, drag, drawn, put, said, same, state, type_in, whole

pytestmark = pytest.mark.browser

CURVATURES = (1.0, 10.0, 100.0)
FIGURE = live.modes(CURVATURES, rule=Momentum(0.01, 0.8), steps=50)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = alive(browser, FIGURE)
    yield opened
    opened.close()


def agrees(page: Page) -> None:
    """Compare factors with NumPy's roots, and errors with powers of the step's matrix."""
    now, marks = state(page), drawn(page)
    lr, alpha = now["lr"], now.get("momentum", 0.0)
    low = FIGURE.panels[1].y.low
    for k, curvature in enumerate((*CURVATURES[:2], now["lambda"][0])):
        step = np.array([[1 - lr * curvature, alpha], [-lr * curvature, alpha]])
        factor = np.abs(np.linalg.eigvals(step)).max()
        assert marks[f"factor{k}"][0] == pytest.approx([curvature, min(factor, 1.5)], abs=1e-7)
        error, want = np.array([1.0, 0.0]), []
        for _ in range(51):
            want.append(abs(error[0]))
            error = step @ error
        assert np.allclose(
            marks[f"mode{k}"][:, 1], np.maximum(want, low / 10), rtol=1e-9, atol=1e-13
        )
    assert marks["stem"][:, 0] == pytest.approx(now["lambda"][0])
    curve = marks["curve"]
    assert np.all(np.diff(curve[:, 0]) >= 0)
    roots = [np.abs(np.roots([1, -(1 + alpha - lr * c), alpha])).max() for c in curve[::10, 0]]
    assert np.allclose(curve[::10, 1], roots, atol=1e-7)


@pytest.mark.parametrize(
    "figure",
    [
        FIGURE,
        live.modes(),
        live.modes([2, 30], rule=GradientDescent(0.06)),
        live.modes([1, 100], rule=Momentum(4 / 121, (9 / 11) ** 2)),
        live.modes([1, 10], rule=Momentum(3.0, 0.9), steps=1000),
    ],
)
def test_coming_alive_changes_nothing(browser: Browser, figure: live.Figure) -> None:
    page = alive(browser, figure)
    same(page, figure)
    page.close()


def test_mouse_keyboard_and_typing(page: Page) -> None:
    agrees(page)
    drag(page, "lambda", (-40, 25))
    curvature, height = state(page)["lambda"]
    assert 20 < curvature < 60
    assert height == FIGURE.handles[0].at[1]
    agrees(page)
    page.locator('[data-handle="lambda"]').press("Shift+ArrowRight")
    assert state(page)["lambda"][0] > 1.5 * curvature
    agrees(page)
    type_in(page, "lr", "0.033")
    type_in(page, "momentum", "0,669")
    agrees(page)
    assert state(page)["momentum"] == 0.669
    page.locator('[data-control="momentum"]').press("ArrowRight")
    agrees(page)


def test_words_follow(page: Page) -> None:
    put(page, lr=0.04, momentum=0.5)
    assert "worst mode, λ = 100, grows" in said(page)
    assert "diverges" in said(page)
    put(page, lr=0.02, momentum=0.95)
    assert said(page).startswith("Every mode keeps 0.975")
    want = live.modes(CURVATURES, rule=Momentum(0.02, 0.95)).says
    assert said(page) == want


def test_numbers_are_written_alike(page: Page) -> None:
    """Halves, thousands and powers of ten: words are compared in every figure's first test."""
    rng = np.random.default_rng(0)
    values = [k / 16 * 10**e for k in range(-9, 160, 7) for e in range(-5, 5)]
    values += (rng.normal(size=500) * 10.0 ** rng.integers(-9, 9, 500)).tolist()
    source = "data:text/javascript;base64," + base64.b64encode(live.script().encode()).decode()
    theirs = page.evaluate(
        "async ([source, values]) => {"
        " const { number } = await import(source);"
        " return values.map((v) => [number(v), number(v, 2)]); }",
        [source, values],
    )
    assert theirs == [[number(v), number(v, 2)] for v in values]


def test_nothing_breaks_at_the_ends(page: Page) -> None:
    for lr in (-1.0, 1e9):
        for momentum in (-1.0, 2.0):
            for curvature in (1e-9, 1e9):
                put(page, lr=lr, momentum=momentum, **{"lambda": [curvature, 0.06]})
                whole(page)
                agrees(page)
