"""Live figures on a bare page, and the law that they don't change when they come alive."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from playwright.sync_api import Page
from slopes import live
from slopes.live.draw import Figure, outline

ADDRESS = "http://figures.test/"


def page_of(*bodies: str, theme: str = "light") -> str:
    """Return a page with nothing but figures, style and script."""
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Figures</title><style>'
        "body{margin:auto;max-width:46rem}"
        "html[data-theme=dark] body{background:#121212;color:#d8dcdf}"
        f"{live.style()}</style></head><body><main><h1>Figures</h1>{''.join(bodies)}</main>"
        f'<script type="module">{live.script()}</script></body></html>'
    )


def show(page: Page, *figures: Figure | str, query: str = "", theme: str = "light") -> None:
    """Open a page with figures, or with the elements given, and wait until they are alive."""
    bodies = [f if isinstance(f, str) else f.html(alt=f"Picture of {f.title}") for f in figures]
    html = page_of(*bodies, theme=theme)
    page.unroute(f"{ADDRESS}**")
    page.route(f"{ADDRESS}**", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(ADDRESS + query)
    for figure in figures:
        if isinstance(figure, Figure):
            page.locator(f"[id='{figure.name}']").scroll_into_view_if_needed()
            page.wait_for_selector(f"[id='{figure.name}']:is(.alive, :has(.broken))")
            broken = page.locator(f"[id='{figure.name}'] .broken")
            assert not broken.count(), broken.inner_text()


def numbers(d: str) -> np.ndarray:
    """Return all numbers in a path's ``d``."""
    return np.array(re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", d), float)


def drawn(page: Page, name: str) -> dict[str, str]:
    """Return the ``d`` of each mark of the figure with this id, drawn afresh."""
    marks: dict[str, str] = page.evaluate(
        """(name) => {
            const root = document.getElementById(name);
            root.figure.draw();
            return Object.fromEntries([...root.querySelectorAll('path[data-mark]')]
                .map((mark) => [mark.dataset.mark, mark.getAttribute('d')]));
        }""",
        name,
    )
    return marks


def scene(page: Page, name: str) -> dict[str, Any]:
    """Return the numbers that the figure with this id draws, mark by mark, and what it says."""
    found: dict[str, Any] = page.evaluate(
        """(name) => {
            const { figure } = document.getElementById(name);
            figure.draw();
            const { marks, says } = figure.scene;
            const plain = ([mark, p]) => {
                const points = Array.from(p.points ?? p);
                return [mark, p.count === undefined ? points : points.slice(0, 2 * p.count)];
            };
            return { says, ...Object.fromEntries(Object.entries(marks)
                .filter(([, p]) => typeof p !== 'string' && !p.text).map(plain)) };
        }""",
        name,
    )
    return found


def same(page: Page, figure: Figure, tolerance: float = 0.021) -> None:
    """Assert that the figure, alive, looks and reads like the picture that Python drew."""
    found = drawn(page, figure.name)
    for panel in figure.panels:
        for mark in panel.marks:
            if mark.name not in found:
                continue
            expected, got = numbers(outline(mark, panel)), numbers(found[mark.name])
            assert got.shape == expected.shape, f"{mark.name}: {len(got)} numbers"
            np.testing.assert_allclose(got, expected, atol=tolerance, rtol=0, err_msg=mark.name)
    assert scene(page, figure.name)["says"] == figure.says


def set_state(page: Page, name: str, **changes: Any) -> None:
    """Set values as the reader's hand would, without the hand."""
    page.evaluate(
        "([name, changes]) => document.getElementById(name).figure.set(changes)", [name, changes]
    )


def healthy(page: Page, name: str) -> None:
    """Assert that nothing in the picture or its words is not a number."""
    texts = drawn(page, name) | {"says": scene(page, name)["says"]}
    for mark, text in texts.items():
        for bad in ("NaN", "Infinity", "undefined"):
            assert bad not in text, f"{mark}: {text[:200]}"
