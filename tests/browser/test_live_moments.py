"""Moments in Chromium: what is drawn is what the rule does in NumPy with the same gradients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from slopes import (
    Adam,
    AdaMax,
    AMSGrad,
    CosineDecay,
    Lion,
    Momentum,
    NAdam,
    RMSProp,
    Scheduled,
    live,
)

from tests.browser.figures import alive, drawn, put, said, same, state, type_in, whole

pytestmark = pytest.mark.browser

RULE = Adam(0.1)
FIGURE = live.moments(RULE, vary={"beta1": (0, 0.999), "beta2": (0, 0.9999), "lr": (0.01, 1)})


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = alive(browser, FIGURE)
    yield opened
    opened.close()


def agrees(page: Page) -> None:
    """Compare with the rule itself, step by step."""
    now, marks = state(page), drawn(page)
    names = ("lr", "beta1", "beta2")
    rule = replace(RULE, **{n: now[n] for n in names})
    plain = replace(rule, bias_correction=False)
    g = np.array(FIGURE.data["means"]) + now["noise"] * np.array(FIGURE.data["noises"])
    assert np.allclose(marks["gradient"][:, 1], g, rtol=1e-12)
    x, y, m, v, steps, others, moments = 0.0, 0.0, 0.0, 0.0, [], [], []
    for t, slope in enumerate(g, 1):
        other, *_ = plain.update(y, slope, t, m, v)
        new, m, v = rule.update(x, slope, t, m, v)
        steps.append((new - x) / rule.lr)
        others.append((other - y) / rule.lr)
        x, y = new, other
        corrected = [m / (1 - rule.beta1**t), np.sqrt(v / (1 - rule.beta2**t))]
        moments.append([m, corrected[0], np.sqrt(v), corrected[1]])
    assert np.allclose(marks["step"][:, 1], steps, rtol=1e-9, atol=1e-11)
    assert np.allclose(marks["other"][:, 1], others, rtol=1e-9, atol=1e-11)
    for k, want in enumerate(np.transpose(moments)):
        assert np.allclose(marks[f"line{k}"][:, 1], want, rtol=1e-9, atol=1e-13)
    at = now["at"]
    assert marks["head"][0] == pytest.approx([at, steps[at - 1]])
    assert marks["now0"][:, 0].tolist() == [at, at]


@pytest.mark.parametrize(
    "rule",
    [
        RULE,
        AMSGrad(0.1),
        NAdam(0.1),
        AdaMax(0.1),
        Lion(0.1),
        RMSProp(0.1),
        Momentum(0.1),
        Scheduled(Adam(0.1), CosineDecay(50)),
    ],
    ids=lambda rule: type(rule).__name__,
)
def test_coming_alive_changes_nothing(browser: Browser, rule: Adam) -> None:
    figure = live.moments(rule)
    page = alive(browser, figure)
    same(page, figure)
    page.close()


def test_sliders_typing_and_steps(page: Page) -> None:
    agrees(page)
    type_in(page, "beta1", "0.5")
    type_in(page, "beta2", "0.99")
    type_in(page, "noise", "1.2")
    type_in(page, "lr", "0.3")
    agrees(page)
    page.locator('[data-control="noise"]').press("End")
    agrees(page)
    page.locator('[data-step="at"]').click()
    page.wait_for_function("document.querySelector('slopes-figure').figure.state.at === 11")
    agrees(page)
    assert said(page).startswith("At step 11: g = ")


def test_words_are_python_s(page: Page) -> None:
    put(page, beta1=0.5, noise=0)
    want = live.moments(Adam(0.1, beta1=0.5), noise=0).says
    assert said(page) == want


def test_toggles_hide(page: Page) -> None:
    for box in page.locator("input[type=checkbox]").all():
        box.uncheck()
    marks = drawn(page)
    assert all(len(marks[n]) == 0 for n in ("gradient", "line0", "line3", "step", "other", "head"))
    whole(page)


def test_nothing_breaks_at_the_ends(page: Page) -> None:
    for beta1 in (0, 1):
        for beta2 in (0, 1):
            for noise in (0, 9):
                for at in (1, 100):
                    put(page, beta1=beta1, beta2=beta2, noise=noise, at=at)
                    whole(page)
                    agrees(page)
