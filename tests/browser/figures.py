"""Live figures on a page of their own, moved as a reader moves them, and whether they are whole.

Everything here takes a page and, where several figures stand on it, the id of one of them.
"""

from __future__ import annotations

import html
import re
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page
from slopes import live
from slopes.live import Figure

ADDRESS = "http://figures.test/"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_FIND = "const root = document.querySelector(name ? `[id='${name}']` : 'slopes-figure')"


def page_of(*bodies: str, theme: str = "light") -> str:
    """Return a page with nothing but figures, style and script."""
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Figures</title><style>'
        "body{margin:auto;max-width:46rem}"
        "html[data-theme=dark] body{background:#121212;color:#d8dcdf}"
        f"{live.style()}</style><script>addEventListener('error', (event) => "
        "{ window.failed = event.message; });</script></head>"
        f"<body><main><h1>Figures</h1>{''.join(bodies)}</main>"
        f'<script type="module">{live.script()}</script></body></html>'
    )


def show(page: Page, *figures: Figure | str, query: str = "", theme: str = "light") -> None:
    """Open a page with figures, or with the elements given, and wait until they are alive."""
    bodies = [f if isinstance(f, str) else f.html(alt=f"Picture of {f.title}") for f in figures]
    text = page_of(*bodies, theme=theme)
    page.unroute(f"{ADDRESS}**")
    page.route(f"{ADDRESS}**", lambda route: route.fulfill(body=text, content_type="text/html"))
    page.goto(ADDRESS + query)
    for figure in figures:
        if isinstance(figure, Figure):
            page.locator(f"[id='{figure.name}']").scroll_into_view_if_needed()
            page.wait_for_selector(f"[id='{figure.name}']:is(.alive, :has(.broken))")
            broken = page.locator(f"[id='{figure.name}'] .broken")
            assert not broken.count(), broken.inner_text()


def alive(browser: Browser, figure: Figure) -> Page:
    """Open a page with one figure that is alive; whoever opens it closes it."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    show(page, figure)
    return page


# What a figure shows ----------------------------------------------------------------------------


def _told(page: Page, expression: str, name: str) -> Any:
    return page.evaluate(f"(name) => {{ {_FIND}; root.figure.draw(); return {expression}; }}", name)


def state(page: Page, name: str = "") -> dict[str, Any]:
    """Return what the reader has set."""
    return dict(_told(page, "root.figure.state", name))


def said(page: Page, name: str = "") -> str:
    """Return the summary of the present state."""
    return str(_told(page, "root.figure.scene.says", name))


def drawn(page: Page, name: str = "") -> dict[str, np.ndarray]:
    """Return the points of each mark in its panel's numbers, once they are what the state says."""
    found = _told(
        page,
        """Object.fromEntries(Object.entries(root.figure.scene.marks)
            .filter(([, mark]) => typeof mark !== 'string' && !mark.text)
            .map(([name, mark]) => {
                const points = mark.points ?? mark;
                const count = mark.count ?? points.length / 2;
                return [name, Array.from(points).slice(0, 2 * count).map(String)];
            }))""",
        name,
    )
    return {mark: np.array(points, float).reshape(-1, 2) for mark, points in found.items()}


def outlines(page: Page, name: str = "") -> dict[str, str]:
    """Return each mark's ``d`` on the page."""
    return dict(
        _told(
            page,
            "Object.fromEntries([...root.querySelectorAll('path[data-mark]')]"
            ".map(e => [e.dataset.mark, e.getAttribute('d')]))",
            name,
        )
    )


def numbers(d: str) -> np.ndarray:
    """Return all numbers in a path's ``d``."""
    return np.array(_NUMBER.findall(d), float)


# Moving it --------------------------------------------------------------------------------------


def settle(page: Page) -> None:
    """Wait until what was set is drawn."""
    page.evaluate(_FRAMES)


def put(page: Page, name: str = "", /, **changes: Any) -> None:
    """Set values as the reader's hand would, without the hand, and wait until they are drawn."""
    page.evaluate(f"([name, changes]) => {{ {_FIND}; root.figure.set(changes); }}", [name, changes])
    settle(page)


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


# What holds for every figure --------------------------------------------------------------------


def same(page: Page, figure: Figure, but: tuple[str, ...] = ()) -> None:
    """Check that the figure did not change when it came alive: marks, words and handles.

    ``but`` names marks whose shape may differ, because languages round functions differently.
    """
    source, root = figure.html(), page.locator(f"[id='{figure.name}']")
    pattern = r'<path data-mark="([^"]*)"[^>]* d="([^"]*)"'
    before = {html.unescape(name): d for name, d in re.findall(pattern, source)}
    after = outlines(page, figure.name)
    assert after.keys() == before.keys()
    assert page.evaluate("window.failed ?? null") is None
    for name, d in before.items():
        if name not in but:
            assert_close(after[name], d, name)
    assert said(page, figure.name) == figure.says
    for name, told in re.findall(r'data-handle="([^"]*)" transform="([^"]*)"', source):
        now = root.locator(f'[data-handle="{name}"]').get_attribute("transform")
        assert_close(now or "", told, name)


def assert_close(after: str, before: str, name: str) -> None:
    """Check that two outlines have the same commands and numbers within a fiftieth of a pixel."""
    assert _NUMBER.sub("#", after) == _NUMBER.sub("#", before), f"{name} has another shape"
    apart = np.abs(numbers(after) - numbers(before)).max(initial=0)
    assert apart <= 0.02 + 1e-9, f"{name} moved {apart:.3f} px"


def whole(page: Page, name: str = "") -> None:
    """Check that nothing in the picture or in the words is NaN, infinite or missing."""
    assert page.evaluate("document.querySelector('.broken')?.textContent ?? null") is None
    assert page.evaluate("window.failed ?? null") is None
    for mark, d in outlines(page, name).items():
        assert not re.search("NaN|Infinity|undefined", d), f"{mark}: {d[:200]}"
    words = said(page, name)
    assert not re.search("NaN|Infinity|not finite|undefined,|null", words), words
