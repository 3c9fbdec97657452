"""Live figures in notebooks: the widget's side in the browser, and JupyterLite from end to end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect
from slopes import GradientDescent, Momentum, landscapes, live
from slopes.live.draw import Figure

from pipeline.notebooks import _INSTALL
from tests.browser.conftest import Visit
from tests.browser.figures import ADDRESS

pytestmark = pytest.mark.browser

NOTEBOOK = "descent/follow-the-slope.ipynb"
#: What anywidget hands to `render`, as far as the figures use it.
MODEL = """
import figures from '/explore.js';
window.models = [];
window.model = (html, state) => {
    const values = { html, state };
    const heard = new Set();
    const model = {
        saved: 0,
        get: (name) => values[name],
        set: (name, value) => {
            const before = JSON.stringify(values[name]);
            values[name] = value;
            if (JSON.stringify(value) !== before) heard.forEach((listener) => listener());
        },
        on: (_, listener) => heard.add(listener),
        off: (_, listener) => heard.delete(listener),
        save_changes: () => { model.saved += 1; },
        heard,
    };
    window.models.push(model);
    return model;
};
window.view = (model) => {
    const el = document.createElement('div');
    document.querySelector('main').append(el);
    const end = figures.render({ model, el });
    return Object.assign(el, { end });
};
window.ready = true;
"""
STATE = "(root) => root.figure.state"


def notebook_page(page: Page, figure: Figure, views: int = 1) -> list[Locator]:
    """Open a page on which a figure is shown as anywidget shows it."""
    html = (
        f"<!doctype html><html lang=en><title>Notebook</title><style>{live.style()}</style>"
        f'<body data-jp-theme-light="true"><main></main><script type=module>{MODEL}</script>'
    )
    files = {"": (html, "text/html"), "explore.js": (live.script(), "text/javascript")}

    def answer(route: Any) -> None:
        body, kind = files[route.request.url.removeprefix(ADDRESS).partition("?")[0]]
        route.fulfill(body=body, content_type=f"{kind}; charset=utf-8")

    page.route(f"{ADDRESS}**", answer)
    # The address belongs to the notebook: nothing in it is a figure's state.
    page.goto(f"{ADDRESS}?{figure.name}=lr:0.5&=lr:0.5")
    page.wait_for_function("window.ready")
    page.evaluate(
        "([html, state, views]) => {"
        " const shown = model(html, state); for (let k = 0; k < views; k++) view(shown); }",
        [figure.html(), figure.state(), views],
    )
    return page.locator("slopes-figure.alive").all()


def paths() -> Figure:
    rules = {"plain": GradientDescent(0.05), "heavy": Momentum(0.05, 0.8)}
    return live.paths(landscapes.ravine(), rules, steps=40, name="ravine")


def drag(page: Page, figure: Locator, by: tuple[float, float]) -> None:
    """Drag a figure's first handle with the mouse."""
    grip = figure.locator(".grip").first
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0] / 2, y + by[1] / 2, steps=3)
    page.mouse.move(x + by[0], y + by[1], steps=3)
    page.mouse.up()


def test_a_notebook_shows_a_figure_without_what_belongs_to_a_page(page: Page) -> None:
    first, second = notebook_page(page, paths(), views=2)
    assert page.locator("slopes-figure[id]").count() == 0, "shown twice, an id would stand twice"
    assert page.get_by_role("button", name="copy link").count() == 0
    assert first.evaluate(STATE) == second.evaluate(STATE) == paths().state()
    assert page.evaluate("models[0].saved") == 0, "nothing has changed, so nothing is said"


def test_the_kernel_hears_a_drag_and_so_does_the_other_view(page: Page) -> None:
    first, second = notebook_page(page, paths(), views=2)
    drag(page, first, (60, 40))
    page.wait_for_function("models[0].saved && models[0].get('state').start[0] > -1.5")
    page.wait_for_timeout(300)
    state = page.evaluate("models[0].get('state')")
    assert state == first.evaluate(STATE) == second.evaluate(STATE)
    saved = page.evaluate("models[0].saved")
    assert saved < 15, "a message for each tenth of a second, not for each movement"
    page.wait_for_timeout(400)
    assert page.evaluate("models[0].saved") == saved, "two views do not talk without end"


def test_a_step_of_the_walk_and_an_input_reach_the_kernel(page: Page) -> None:
    figure = live.backprop("(a*x - y)**2", {"a": 2, "x": 3, "y": 5}, step=0)
    (shown,) = notebook_page(page, figure)
    shown.get_by_role("button", name="+1 step").click()
    shown.locator("[data-typed=x]").fill("-1.5")
    shown.locator("[data-typed=x]").press("Enter")
    page.wait_for_function("models[0].saved && models[0].get('state').x === -1.5")
    assert page.evaluate("models[0].get('state')") == figure.state() | {"step": 1, "x": -1.5}


def test_python_moves_the_figure(page: Page) -> None:
    (figure,) = notebook_page(page, paths())
    page.evaluate(
        "models[0].set('state',"
        " { ...models[0].get('state'), start: [1, 0.5], lr: 0.1, on1: false })"
    )
    expect(figure.locator(".says")).to_have_text(
        "After 40 steps, height above the minimum: plain 2.5."
    )
    assert figure.locator("[data-typed=lr]").input_value() == "0.1"
    # What is out of range is brought into it, and Python hears what became of it.
    page.evaluate("models[0].set('state', { ...models[0].get('state'), start: [9, 9] })")
    page.wait_for_function("models[0].saved === 1")
    assert page.evaluate("models[0].get('state').start") == [2.2, 1.1]


def test_keys_stay_with_the_figure(page: Page) -> None:
    (figure,) = notebook_page(page, paths())
    # JupyterLab looks at the element that has the focus, and upwards only while nothing matches.
    unmarked = figure.locator(":is([data-handle], input, button):not([data-lm-suppress-shortcuts])")
    assert unmarked.count() == 0


def test_a_view_that_is_closed_is_silent(page: Page) -> None:
    notebook_page(page, paths())
    page.evaluate("document.querySelector('main > div').end()")
    assert page.evaluate("models[0].heard.size") == 0


def test_a_map_goes_on_when_its_cell_comes_back(page: Page) -> None:
    surface = landscapes.himmelblau()
    figure = live.basins(surface, Momentum(0.01, 0.5), grid=60, name="basins")
    (shown,) = notebook_page(page, figure)
    # Notebooks take cells that are far away out of the page; here while the map is at work.
    page.evaluate(
        """() => new Promise((done) => {
            const place = document.querySelector('main > div');
            models[0].set('state', { ...models[0].get('state'), momentum: 0.8 });
            requestAnimationFrame(() => {
                const map = place.querySelector('slopes-figure').figure;
                window.was = map.busy();
                place.remove();
                setTimeout(() => { document.querySelector('main').append(place); done(); }, 50);
            });
        })"""
    )
    page.wait_for_function(
        "document.querySelector('slopes-figure').figure.busy() === false", timeout=10_000
    )
    expected = live.basins(surface, Momentum(0.01, 0.8), grid=60)
    expect(shown.locator(".says")).to_have_text(expected.says)
    # Jupyter marks its body when the theme changes; what is painted follows.
    pixel = (
        "(root) => [...root.querySelector('canvas').getContext('2d')"
        ".getImageData(40, 10, 1, 1).data].join()"
    )
    light = shown.evaluate(pixel)
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    page.wait_for_function(
        f"(light) => ({pixel})(document.querySelector('slopes-figure')) !== light", arg=light
    )


CELLS = [
    "from slopes import GradientDescent, Momentum, landscapes, live\n"
    'rules = {"plain": GradientDescent(0.05), "heavy": Momentum(0.05, 0.8)}\n'
    "figure = live.paths(landscapes.ravine(), rules, steps=40)\n"
    "figure",
    'import json\nprint(json.dumps(figure.state()["start"]))',
    "figure.set(start=(1, 0.5), lr=0.1)",
]


def run(page: Page, index: int, number: int) -> Locator:
    """Run a cell of the open notebook; return it when it has its number."""
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(index)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text(f"[{number}]:", timeout=240_000)
    return cell


def test_a_figure_in_jupyterlite(page: Page, visit: Visit, pyodide: Path | None) -> None:
    visit.pyodide, visit.may_use_pyodide = pyodide, True
    install = _INSTALL.format(repository="", branch="")
    cells = [nbformat.v4.new_code_cell(text) for text in (install, *CELLS)]
    kernel = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    # In the place of a notebook of the book stands this one, for JupyterLite's own worker as well.
    page.context.route(
        f"**/lite/files/{NOTEBOOK}*",
        lambda route: route.fulfill(
            body=nbformat.writes(notebook), content_type="application/json"
        ),
    )
    page.goto(f"lite/notebooks/index.html?path={NOTEBOOK}")
    idle = ".jp-Notebook-ExecutionIndicator[data-status='idle']"
    page.wait_for_selector(idle, state="attached", timeout=120_000)
    page.wait_for_timeout(1_000)
    for answer in page.locator(".jp-Dialog .jp-mod-accept").all():
        answer.click()
    run(page, 0, 1)
    figure = run(page, 1, 2).locator("slopes-figure.alive")
    figure.wait_for()
    drag(page, figure, (60, 40))
    dragged = figure.evaluate(STATE)
    assert dragged["start"] != paths().state()["start"]
    page.wait_for_timeout(500)
    printed = run(page, 2, 3).locator(".jp-RenderedText pre").inner_text()
    assert json.loads(printed) == dragged["start"]
    run(page, 3, 4)
    expect(figure.locator(".says")).to_contain_text("plain 2.5;")
    assert figure.evaluate(STATE)["start"] == [1, 0.5]
    # A letter on the handle inserts no cell.
    count = page.locator(".jp-Notebook .jp-CodeCell").count()
    figure.locator("[data-handle]").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("a")
    assert figure.evaluate(STATE)["start"][1] > 0.5
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == count
