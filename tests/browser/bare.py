"""One live figure on a bare page, moved as a reader moves it, and whether it is still whole."""

from __future__ import annotations

import html
import re
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page
from slopes import live
from slopes.live import Figure

_SHELL = (
    '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>figures</title>'
    "<style>body{{background:#fff;font-family:sans-serif;margin:1rem auto;max-width:46rem}}"
    "html[data-theme=dark] body{{background:#121212;color:#ddd}}{style}</style><body>{figures}"
    '<script type="module">{script}</script>'
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def bare(*figures: Figure) -> str:
    """Return a page with nothing but figures."""
    return _SHELL.format(
        style=live.style(), script=live.script(), figures="".join(f.html() for f in figures)
    )


def alive(browser: Browser, figure: Figure, width: int = 1280) -> Page:
    """Open a page with one figure that is alive; whoever opens it closes it."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.on("pageerror", lambda error: page.evaluate("e => window.failed = e", str(error)))
    page.set_content(bare(figure))
    page.wait_for_selector("slopes-figure.alive")
    return page


def settle(page: Page) -> None:
    """Wait until what was set is drawn."""
    page.evaluate(_FRAMES)


def drawn(page: Page) -> dict[str, np.ndarray]:
    """Return the points of each mark in its panel's numbers, once they are what the state says."""
    found = page.evaluate(
        """() => {
          const { figure } = document.querySelector('slopes-figure');
          figure.draw();
          return Object.fromEntries(Object.entries(figure.scene.marks).map(([name, m]) => {
            const points = m.points ?? m;
            const count = m.count ?? points.length / 2;
            return [name, Array.from(points).slice(0, 2 * count).map(String)];
          }));
        }"""
    )
    return {name: np.array(points, float).reshape(-1, 2) for name, points in found.items()}


def state(page: Page) -> dict[str, Any]:
    """Return what the reader has set."""
    return dict(page.evaluate("document.querySelector('slopes-figure').figure.state"))


def said(page: Page) -> str:
    """Return the summary of the present state."""
    return str(page.evaluate("document.querySelector('slopes-figure').figure.scene.says"))


def put(page: Page, **changes: Any) -> None:
    """Set values as a link would."""
    page.evaluate(
        """changes => {
          const { figure } = document.querySelector('slopes-figure');
          figure.set(changes);
          figure.draw();
        }""",
        changes,
    )


def outlines(page: Page) -> dict[str, str]:
    """Return each mark's ``d`` on the page."""
    return dict(
        page.evaluate(
            "Object.fromEntries([...document.querySelectorAll('path[data-mark]')]"
            ".map(e => [e.dataset.mark, e.getAttribute('d')]))"
        )
    )


def same(page: Page, figure: Figure, but: tuple[str, ...] = ()) -> None:
    """Check that the figure did not change when it came alive: marks, words and handles.

    ``but`` names marks whose shape may differ, because languages round functions differently.
    """
    source = figure.html()
    pattern = r'<path data-mark="([^"]*)"[^>]* d="([^"]*)"'
    before = {html.unescape(name): d for name, d in re.findall(pattern, source)}
    after = outlines(page)
    assert after.keys() == before.keys()
    assert page.evaluate("window.failed ?? null") is None
    for name, d in before.items():
        if name not in but:
            assert_close(after[name], d, name)
    assert said(page) == figure.says
    for name in re.findall(r'data-handle="([^"]*)"', source):
        told = re.search(rf'data-handle="{name}" transform="([^"]*)"', source)
        now = page.get_attribute(f'[data-handle="{name}"]', "transform")
        assert told is not None
        assert_close(now or "", told[1], name)


def assert_close(after: str, before: str, name: str) -> None:
    """Check that two outlines have the same commands and numbers within a fiftieth of a pixel."""
    assert _NUMBER.sub("#", after) == _NUMBER.sub("#", before), f"{name} has another shape"
    apart = np.subtract(*(np.array(_NUMBER.findall(d), float) for d in (after, before)))
    assert np.abs(apart).max(initial=0) <= 0.02 + 1e-9, f"{name} moved {np.abs(apart).max():.3f} px"


def whole(page: Page) -> None:
    """Check that nothing in the picture or in the words is NaN, infinite or missing."""
    assert page.evaluate("document.querySelector('.broken')?.textContent ?? null") is None
    assert page.evaluate("window.failed ?? null") is None
    for name, d in outlines(page).items():
        assert not re.search("NaN|Infinity|undefined", d), f"{name}: {d[:200]}"
    assert not re.search("NaN|Infinity|not finite|undefined,|null", said(page)), said(page)


def drag(page: Page, handle: str, by: tuple[float, float]) -> None:
    """Drag a handle by so many pixels with the mouse."""
    box = page.locator(f'[data-handle="{handle}"] .grip').bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0] / 2, y + by[1] / 2)
    page.mouse.move(x + by[0], y + by[1])
    page.mouse.up()
    settle(page)


def type_in(page: Page, control: str, text: str) -> None:
    """Type a value into a control's field."""
    field = page.locator(f'[data-typed="{control}"]')
    field.fill(text)
    field.press("Enter")
    settle(page)
