"""Difference quotients in Chromium: the same digits as NumPy, rounding and all.

Only sums, products, quotients and square roots are rounded alike everywhere, so the errors of
functions with sines or exponentials are compared with NumPy where truncation rules, and with what
rounding allows elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import sympy as sp
from playwright.sync_api import Browser, Page
from slopes import landscapes, live
from slopes.live.gradient_check import STEPS

from tests.browser.figures import (
    alive,
    assert_close,
    drag,
    drawn,
    outlines,
    put,
    said,
    same,
    settle,
    state,
    whole,
)

pytestmark = pytest.mark.browser

T = sp.Symbol("t")
RATIONAL = T**3 / (1 + T**2)
FIGURE = live.gradient_check(RATIONAL, 1.0)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = alive(browser, FIGURE)
    yield opened
    opened.close()


def agrees(page: Page) -> None:
    """Compare with NumPy, written out here once more."""
    (x, _), (h, _) = state(page)["x"], state(page)["h"]
    marks = drawn(page)

    def f(x: float) -> float:
        return x * x * x / (x * x + 1)

    steps = np.array([*STEPS, h])
    slope = (x**4 + 3 * x**2) / (1 + x**2) ** 2
    quotients = [(f(x + steps) - f(x)) / steps, (f(x + steps) - f(x - steps)) / (2 * steps)]
    for k, quotient in enumerate(quotients):
        error = np.maximum(np.abs(quotient - slope), 1e-15)
        assert np.allclose(marks[f"error{k}"][:, 1], error[:-1], rtol=1e-9, atol=1e-15)
        assert marks[f"head{k}"][0] == pytest.approx([h, error[-1]], rel=1e-9, abs=1e-15)
        line = marks[f"secant{k}"]
        assert np.diff(line[:, 1]) / np.diff(line[:, 0]) == pytest.approx(quotient[-1])


@pytest.mark.parametrize(
    "figure",
    [
        FIGURE,
        live.gradient_check(sp.sqrt(T + 3) - T**5 / 7, -0.7, h=1e-9),
        live.gradient_check(sp.sqrt(T), 0.25, domain=(0, 2)),
        live.gradient_check(landscapes.bowl(3)),
    ],
)
def test_coming_alive_changes_nothing(browser: Browser, figure: live.Figure) -> None:
    page = alive(browser, figure)
    same(page, figure)
    page.close()


@pytest.mark.parametrize("function", [sp.exp(T) * sp.sin(3 * T), sp.tanh(T), 1 / (1 + sp.exp(-T))])
def test_with_sines_and_exponentials_only_the_noise_differs(
    browser: Browser, function: sp.Expr
) -> None:
    figure = live.gradient_check(function)
    page = alive(browser, figure)
    noisy = ("error0", "error1")
    same(page, figure, but=noisy)
    marks = {m.name: m for p in figure.panels for m in p.marks}
    now = drawn(page)
    for k, name in enumerate(noisy):
        h, ours = np.array(marks[name].points).T
        theirs = now[name][:, 1]
        ruled = h > 300 * marks[f"best{k}"].points[0][0]  # truncation is much larger than rounding
        assert ruled.sum() > 10
        assert np.allclose(theirs[ruled], ours[ruled], rtol=1e-2)
        rounding = np.array(marks[f"expected{k}"].points)[:, 1]
        assert np.all(np.abs(theirs - ours) < 10 * rounding)
    page.close()


def test_mouse_and_keyboard(page: Page) -> None:
    agrees(page)
    drag(page, "h", (-120, -60))
    h, height = state(page)["h"]
    assert 1e-9 < h < 1e-4
    assert height == FIGURE.handles[1].at[1]
    agrees(page)
    drag(page, "x", (-70, 10))
    assert -0.2 < state(page)["x"][0] < 0.3
    agrees(page)
    page.locator('[data-handle="x"]').press("ArrowRight")
    page.locator('[data-handle="h"]').press("Shift+ArrowLeft")
    settle(page)
    agrees(page)
    assert (
        said(page) == live.gradient_check(RATIONAL, state(page)["x"][0], h=state(page)["h"][0]).says
    )


def test_what_is_announced_has_no_powers_of_ten(page: Page) -> None:
    put(page, h=[1e-16, 0])
    for name in ("min", "max", "now"):
        told = page.get_attribute('[data-handle="h"]', f"aria-value{name}") or ""
        assert float(told) == (1.0 if name == "max" else 1e-16)
        assert "e" not in told
    assert page.get_attribute('[data-handle="h"]', "aria-valuetext") == "10⁻¹⁶"


def test_a_way_back_is_the_same_way(page: Page) -> None:
    before = outlines(page)
    put(page, x=[-1.5, 0], h=[1e-12, 0])
    page.locator("[data-do=reset]").click()
    settle(page)
    for name, d in outlines(page).items():
        assert_close(d, before[name], name)


def test_nothing_breaks_at_the_ends(browser: Browser) -> None:
    for figure in (
        FIGURE,
        live.gradient_check(sp.sqrt(T) * sp.log(T), 1.0, domain=(-1, 2)),
        live.gradient_check(1 / T, 1.0),
    ):
        page = alive(browser, figure)
        for x in (-1e9, 0.0, 1e9):
            for h in (1e-99, 1e-7, 1.0):
                put(page, x=[x, 0], h=[h, 0])
                whole(page)
        put(page, on0=False, on1=False)
        assert len(drawn(page)["error0"]) == len(drawn(page)["head1"]) == 0
        whole(page)
        page.close()
