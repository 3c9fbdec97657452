"""Back-propagation in Chromium: NumPy's picture and words, and SymPy's derivatives anywhere."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator

import numpy as np
import pytest
import sympy as sp
from playwright.sync_api import Browser, Page
from slopes import live

from tests.browser.conftest import LAPTOP, PHONE
from tests.browser.figures import ADDRESS, put, said, same, settle, show, whole
from tests.browser.test_pages import AXE

pytestmark = pytest.mark.browser

a, b, w, x, y, u = sp.symbols("a b w x y u")
NEURON = {"w": 0.5, "x": 2, "b": -1.5, "y": 1}


def neuron(**options: object) -> live.Figure:
    return live.backprop("(sigmoid(w*x + b) - y)**2", NEURON, **options)  # type: ignore[arg-type]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport=LAPTOP)
    opened.on("pageerror", lambda error: pytest.fail(str(error)))
    yield opened
    opened.close()


def state(page: Page) -> dict[str, float]:
    return dict(page.evaluate("document.getElementById('backprop').figure.state"))


def texts(page: Page) -> dict[str, list[str]]:
    """Return where each text of the picture stands, and what it says."""
    found = page.evaluate(
        """() => {
            const root = document.getElementById('backprop');
            root.figure.draw();
            return Object.fromEntries([...root.querySelectorAll('text[data-mark]')].map((t) => [
                t.dataset.mark, [t.getAttribute('x'), t.getAttribute('y'), t.textContent]]));
        }"""
    )
    return dict(found)


def agrees(page: Page, expression: object, names: object = None) -> None:
    """Assert that picture and words are those that Python draws for the same state."""
    settle(page)
    now = state(page)
    inputs = {k: v for k, v in now.items() if k != "step" and not k.startswith("show_")}
    again = live.backprop(
        expression, inputs, names=names, step=int(now["step"]),  # type: ignore[arg-type]
        vary={k: (v - 1, v + 1) for k, v in inputs.items()},
    )  # fmt: skip
    same(page, again)
    assert written(again) == texts(page)


def written(figure: live.Figure) -> dict[str, list[str]]:
    pattern = r'<text data-mark="([^"]*)"[^>]*? x="([^"]*)" y="([^"]*)"[^>]*>([^<]*)</text>'
    found = re.findall(pattern, figure.svg())
    return {name: [x, y, html.unescape(text)] for name, x, y, text in found}


CASES = {
    "neuron": ("(sigmoid(w*x + b) - y)**2", NEURON),
    "line": ((a * x + b - y) ** 2, {"a": 2, "x": 3, "b": 1, "y": 5}),
    "shared": ("x*sin(x) + exp(w*x)", {"x": 1, "w": -0.5}),
    "kinks": (sp.Max(0, a * x) + sp.Abs(x) + sp.Min(a, x), {"a": 1, "x": -0.5}),
    "powers": (a**x / (1 + sp.sqrt(a)) ** 3 + 2**x / 3, {"a": 1.5, "x": 2}),
    "soft": (sp.Function("softplus")(x) - y * x, {"x": -1.2, "y": 1}),
    "one": (sp.tanh(x), {"x": 0.4}),
    "infinite": (sp.log(x) * a, {"x": 0, "a": 1}),
    "undefined": (sp.sqrt(x) + 1 / x, {"x": -1}),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("step", [0, 1, None])
def test_a_figure_does_not_change_when_it_comes_alive(page, case, step):
    expression, at = CASES[case]
    figure = live.backprop(expression, at, step=step)
    show(page, figure)
    same(page, figure)
    assert written(figure) == texts(page)
    whole(page, "backprop")
    assert "NaN" not in page.locator("slopes-figure .panels").inner_text()


@pytest.mark.parametrize("case", ["neuron", "shared", "powers"])
def test_each_step_and_any_input_agree_with_python(page, case):
    expression, at = CASES[case]
    figure = live.backprop(expression, at)
    show(page, figure)
    draw = np.random.default_rng(0)
    for step in range(len(figure.data["nodes"]) + 1):
        changes = {name: round(float(draw.uniform(0.1, 2)), 3) for name in at}
        put(page, "backprop", step=step, **changes)
        agrees(page, expression)


def test_adjoints_are_derivatives(page):
    show(page, neuron(step=9))
    put(page, "backprop", w=-0.7, x=1.3, b=0.4, y=-0.2)
    values = {w: -0.7, x: 1.3, b: 0.4, y: -0.2}
    loss = (1 / (1 + sp.exp(-(w * x + b))) - y) ** 2
    slopes = [float(loss.diff(v).subs(values)) for v in (w, x, b, y)]
    told = ", ".join(live.draw.number(v) for v in slopes)
    assert said(page, "backprop").endswith(f"The gradient in (w, x, b, y) is ({told}).")


def test_stepping_walks_backward_and_wraps(page):
    show(page, neuron(step=0))
    reached = "[...document.querySelectorAll('[data-mark^=adjoint]')].filter(t => t.textContent)"
    button = page.get_by_role("button", name="+1 step")
    for step in range(1, 10):
        button.click()
        page.wait_for_function(f"{reached}.length === {step}")
        agrees(page, "(sigmoid(w*x + b) - y)**2")
    button.click()
    page.wait_for_function(f"{reached}.length === 0")
    assert "No adjoint is known yet" in said(page, "backprop")


def test_play_tells_each_step(page):
    show(page, neuron(step=0))
    page.evaluate(
        """() => {
            window.told = [];
            new MutationObserver(() => {
                window.told.push(document.querySelector('.says').textContent);
            }).observe(document.querySelector('.says'), { childList: true });
        }"""
    )
    page.get_by_role("button", name="play").click()
    page.wait_for_function("window.told.length >= 3", timeout=8000)
    page.get_by_role("button", name="pause").click()
    told = page.evaluate("window.told")
    assert [t.split(" of")[0] for t in told[:3]] == ["Step 1", "Step 2", "Step 3"]


def test_what_is_below_stays_in_its_place_while_it_plays(page):
    page.set_viewport_size(PHONE)
    figure = neuron(vary={"w": (-4, 4)})
    show(page, figure)
    page.evaluate("document.querySelector('main').append('below')")
    height = "document.documentElement.scrollHeight"
    before = page.evaluate(height)
    page.get_by_role("button", name="play").click()
    for _ in range(8):
        page.wait_for_timeout(300)
        assert page.evaluate(height) == before
    page.get_by_role("button", name="pause").click()


def test_who_wants_no_motion_sees_the_end(browser):
    calm = browser.new_context(reduced_motion="reduce")
    page = calm.new_page()
    show(page, neuron(step=2))
    page.get_by_role("button", name="play").click()
    assert state(page)["step"] == 9
    calm.close()


def test_keys_typing_and_sliders_move_the_inputs(page):
    show(page, neuron())
    page.locator("[data-typed=w]").fill("1.25")
    page.locator("[data-typed=w]").press("Enter")
    page.locator("input[type=range][data-control=b]").press("Home")
    page.locator("input[type=range][data-control=step]").press("ArrowLeft")
    now = state(page)
    assert (now["w"], now["b"], now["step"]) == (1.25, -3, 8)
    agrees(page, "(sigmoid(w*x + b) - y)**2")
    page.locator("[data-typed=w]").fill("99")
    page.locator("[data-typed=w]").press("Enter")
    assert "outside −2 to 2" in page.locator(".note").inner_text().replace("-", "−")
    page.get_by_role("button", name="reset").click()
    assert state(page) == neuron().state()


def test_toggles_hide_what_is_to_be_guessed(page):
    show(page, neuron())
    for box in page.locator("input[type=checkbox]").all():
        box.uncheck()
    assert {text for _, _, text in texts(page).values()} == {""}
    whole(page, "backprop")


def test_inputs_that_do_not_vary_keep_their_values(page):
    figure = neuron(vary={"w": (-4, 4)})
    show(page, figure)
    put(page, "backprop", w=3)
    words = said(page, "backprop")
    again = live.backprop("(sigmoid(w*x + b) - y)**2", NEURON | {"w": 3}, vary={"w": (-4, 4)})
    assert words == again.says


def test_where_there_is_no_number_there_is_a_word(page):
    show(page, live.backprop(sp.log(x) * a, {"x": 1, "a": 1}))
    for at in (-1, 0, 1e-300):
        put(page, "backprop", x=at)
        whole(page, "backprop")
        shown = " ".join(text for _, _, text in texts(page).values())
        assert not re.search("NaN|Infinity|not finite", shown)
        assert ("no number" in shown) == (at < 0)
        if at == 0:
            assert "−infinite" in shown
            assert "infinite" in said(page, "backprop")


def test_a_state_is_shared_by_a_link(page):
    show(page, neuron())
    put(page, "backprop", w=-1.5, step=4, show_values=False)
    link = page.evaluate("document.getElementById('backprop').figure.link()")
    show(page, neuron(), query=link.removeprefix(ADDRESS))
    assert state(page) == neuron().state() | {"w": -1.5, "step": 4, "show_values": False}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_axe_finds_nothing(page, size, theme):
    page.set_viewport_size(size)
    show(page, neuron(), theme=theme)
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run().then((r) => r.violations.map((v) => [v.id, v.help]))")
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_texts_stay_in_the_picture_and_off_each_other(page):
    page.set_viewport_size(PHONE)
    draw = np.random.default_rng(1)
    for expression, at in (CASES["neuron"], CASES["line"], CASES["shared"]):
        show(page, live.backprop(expression, at))
        for _ in range(5):
            changes = {name: round(float(draw.uniform(-2, 2)), 2) for name in at}
            put(page, "backprop", **changes)
            settle(page)
            plot = page.locator("[data-panel=graph]").bounding_box()
            boxes = page.evaluate(
                """() => [...document.querySelectorAll('text[data-mark]')].map((t) => {
                    const { x, y, width, height } = t.getBoundingClientRect();
                    return [x, y, width, height];
                })"""
            )
            for left, top, width, height in boxes:
                assert left >= plot["x"] - 4
                assert left + width <= plot["x"] + plot["width"] + 4
                assert top >= plot["y"] - 2
                assert top + height <= plot["y"] + plot["height"] + 2
            overlaps = [
                max(0, min(p[0] + p[2], q[0] + q[2]) - max(p[0], q[0]))
                * max(0, min(p[1] + p[3], q[1] + q[3]) - max(p[1], q[1]) - 3)
                / min(p[2] * p[3], q[2] * q[3])
                for k, p in enumerate(boxes)
                for q in boxes[:k]
                if p[2] and q[2]
            ]
            assert max(overlaps) < 0.35, math.nan
