"""Schedules in Chromium: what is drawn is what the schedules give in NumPy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from slopes import CosineDecay, ExponentialDecay, LinearDecay, OneCycle, StepDecay, Warmup, live
from slopes.schedules import InverseTimeDecay

from tests.browser.figures import alive, drawn, put, said, same, state, type_in, whole

pytestmark = pytest.mark.browser


def kinds(
    steps0: int = 100,
    every1: int = 25,
    gamma2: float = 0.5,
    gamma3: float = 0.97,
    rise4: float = 0.3,
) -> dict[str, live.Figure]:
    """Return the schedules for what the sliders say."""
    return {
        "cosine": CosineDecay(steps0),
        "steps": StepDecay(every1, gamma2),
        "exponential": ExponentialDecay(gamma3),
        "one cycle": OneCycle(steps0, rise=rise4),
    }


FIGURE = live.schedules(kinds())


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = alive(browser, FIGURE)
    yield opened
    opened.close()


def agrees(page: Page) -> None:
    now, marks, t = state(page), drawn(page), np.arange(1, 121)
    set_ = {k: v for k, v in now.items() if k[:2] != "on" and k != "at"}
    for k, kind in enumerate(kinds(**set_).values()):
        assert np.allclose(
            marks[f"factor{k}"], np.column_stack([t, kind(t)]), rtol=1e-9, atol=1e-12
        )
        assert np.allclose(marks[f"sum{k}"][:, 1], np.cumsum(kind(t)), rtol=1e-9)
        at = now["at"]
        assert marks[f"factorhead{k}"][0] == pytest.approx([at, float(kind(at))], abs=1e-12)
        assert f"{list(kinds())[k]} {live.draw.number(float(kind(at)))}" in said(page)


@pytest.mark.parametrize(
    "figure",
    [
        FIGURE,
        live.schedules({"warm-up": Warmup(10, CosineDecay(90)), "line": LinearDecay(80, 0.1)}),
        live.schedules({"over time": InverseTimeDecay(3), "line": LinearDecay(16)}, scale="log"),
    ],
)
def test_coming_alive_changes_nothing(browser: Browser, figure: live.Figure) -> None:
    page = alive(browser, figure)
    same(page, figure)
    page.close()


def test_sliders_typing_and_steps(page: Page) -> None:
    assert [c.name for c in FIGURE.controls if c.kind == "range"] == [
        "steps0", "every1", "gamma2", "gamma3", "rise4",
    ]  # fmt: skip
    agrees(page)
    for name, text in {
        "steps0": "60",
        "every1": "7",
        "gamma2": "0.3",
        "gamma3": "0.9",
        "rise4": "0.5",
    }.items():
        type_in(page, name, text)
    agrees(page)
    page.locator('[data-control="steps0"]').press("ArrowRight")
    page.locator('[data-step="at"]').click()
    page.wait_for_function("document.querySelector('slopes-figure').figure.state.at === 61")
    agrees(page)


def test_one_value_sets_all_parts_that_share_it(browser: Browser) -> None:
    page = alive(browser, live.schedules({"a": CosineDecay(50), "b": Warmup(5, CosineDecay(50))}))
    put(page, steps0=30, steps1=8)
    marks, t = drawn(page), np.arange(1, 67)
    assert np.allclose(marks["factor0"][:, 1], CosineDecay(30)(t))
    assert np.allclose(marks["factor1"][:, 1], Warmup(8, CosineDecay(30))(t))
    page.close()


def test_what_is_off_is_neither_drawn_nor_named(page: Page) -> None:
    put(page, on0=False, on1=False, on2=False)
    assert len(drawn(page)["factor0"]) == len(drawn(page)["sumhead0"]) == 0
    assert "cosine" not in said(page)
    put(page, on3=False)
    assert "nothing is switched on" in said(page)
    whole(page)


def test_nothing_breaks_at_the_ends(page: Page) -> None:
    ranges = [c for c in FIGURE.controls if c.kind == "range"]
    for corner in range(2 ** len(ranges)):
        put(
            page,
            at=1 + 119 * (corner % 2),
            **{c.name: c.high if corner >> k & 1 else c.low for k, c in enumerate(ranges)},
        )
        whole(page)
        agrees(page)
