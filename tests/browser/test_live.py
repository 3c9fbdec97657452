"""Live figures in Chromium: exact, steady, and for every hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from slopes import landscapes, live
from slopes.live.draw import Figure
from slopes.live.paths import follow
from slopes.rules import (
    AdaDelta,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    EMAMomentum,
    GradientDescent,
    Lion,
    Momentum,
    NAdam,
    Nesterov,
    NesterovInterim,
    RMSProp,
    RMSPropNesterov,
    Rule,
)
from slopes.schedules import CosineDecay, Scheduled

from tests.browser.conftest import LAPTOP, PHONE
from tests.browser.figures import ADDRESS, drawn, outlines, page_of, put, said, same, show, whole
from tests.browser.test_pages import AXE

pytestmark = pytest.mark.browser

STEPS = 200
#: Every rule of the library, at rates that suit most surfaces.
RULES: dict[str, Rule] = {
    "GradientDescent": GradientDescent(0.01),
    "Momentum": Momentum(0.01, 0.9),
    "EMAMomentum": EMAMomentum(0.05, 0.9),
    "Nesterov": Nesterov(0.01, 0.9),
    "NesterovInterim": NesterovInterim(0.01, 0.9),
    "AdaGrad": AdaGrad(0.1),
    "RMSProp": RMSProp(0.01),
    "RMSPropNesterov": RMSPropNesterov(0.01),
    "AdaDelta": AdaDelta(1.0),
    "Adam": Adam(0.05),
    "AMSGrad": AMSGrad(0.05),
    "AdamW": AdamW(0.05),
    "NAdam": NAdam(0.05),
    "AdaMax": AdaMax(0.05),
    "Lion": Lion(0.01),
    "Scheduled": Scheduled(Adam(0.05), CosineDecay(STEPS)),
}
#: On Rastrigin's eggbox fast rules are thrown about: a last digit grows until paths part.
SLOW = {"rastrigin": 0.001}


def ravine(**options: object) -> Figure:
    rules = {"plain": GradientDescent(0.05), "heavy": Momentum(0.05, 0.8)}
    return live.paths(landscapes.ravine(), rules, steps=40, name="ravine", **options)  # type: ignore[arg-type]


def race() -> Figure:
    rules = {name: RULES[name] for name in ("Momentum", "Adam", "RMSProp", "Lion")}
    return live.paths(landscapes.himmelblau(), rules, steps=120, goal=0.01, name="race")


def basins() -> Figure:
    return live.basins(landscapes.himmelblau(), Momentum(0.01, 0.5), grid=60, name="basins")


def test_every_rule_of_the_library_is_tested() -> None:
    import slopes.rules

    made = {
        name
        for name in slopes.rules.__all__
        if isinstance(cls := getattr(slopes.rules, name), type)
        and issubclass(cls, Rule)
        and not issubclass(cls, slopes.rules.Wrapper)
        and cls not in (Rule, slopes.rules.Wrapper)
    }
    assert made <= set(RULES), "add the rule to RULES above"


@pytest.mark.parametrize("name", landscapes.LANDSCAPES)
def test_paths_are_those_of_numpy(page: Page, name: str) -> None:
    surface = landscapes.landscape(name)
    rules = dict(RULES)
    if name in SLOW:
        from dataclasses import replace

        rules = {
            label: replace(rule, lr=min(rule.lr, SLOW[name])) if hasattr(rule, "lr") else rule
            for label, rule in RULES.items()
        }
    names = list(rules)
    figures = [
        live.paths(surface, {n: rules[n] for n in part}, steps=STEPS, vary={}, name=f"f{k}")
        for k, part in enumerate((names[:6], names[6:11], names[11:]))
    ]
    show(page, *figures)
    for k, part in enumerate((names[:6], names[6:11], names[11:])):
        found = drawn(page, f"f{k}")
        for i, label in enumerate(part):
            expected = follow(rules[label], surface, surface.start, STEPS).points
            got = found[f"path{i}"]
            # At the bottom, one may meet a gradient of exactly zero steps before the other.
            assert len(got) == len(expected) or min(len(got), len(expected)) > 100, label
            rest = max(len(got), len(expected))
            full = [np.pad(p, ((0, rest - len(p)), (0, 0)), "edge") for p in (got, expected)]
            error = np.abs(full[0] - full[1]) / np.maximum(1, np.abs(full[1]))
            assert error.max() <= 1e-12, f"{label} on {name}: {error.max():.1e}"
            # What is drawn are these numbers, to a hundredth of a unit.
            panel = figures[k].panels[0]
            shown = np.reshape(
                re.findall(r"-?[\d.]+", outlines(page, f"f{k}")[f"path{i}"]), (-1, 2)
            ).astype(float)
            want = np.clip(panel.place(got), -5000, 5000)
            assert np.abs(shown - want).max() <= 0.0051, label


@pytest.mark.parametrize("make", [ravine, race, basins], ids=lambda f: f.__name__)
def test_a_figure_does_not_change_when_it_comes_alive(page: Page, make) -> None:
    figure = make()
    show(page, figure)
    same(page, figure)
    whole(page, figure.name)


def test_a_basin_map_is_that_of_numpy(page: Page) -> None:
    figure = basins()
    show(page, figure)
    put(page, "basins", momentum=0.8, lr=0.02)
    page.wait_for_function("!document.getElementById('basins').figure.busy()")
    changed = live.basins(landscapes.himmelblau(), Momentum(0.02, 0.8), grid=60, name="basins")
    assert said(page, "basins") == changed.says
    pixels = page.evaluate(
        """() => {
            const c = document.querySelector('#basins canvas');
            const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
            return [...new Uint32Array(data.buffer)];
        }"""
    )
    from slopes.live.basins import _reach, cells, classes, minima

    surface = landscapes.himmelblau()
    targets = minima(surface)
    ends = classes(
        Momentum(0.02, 0.8), surface, cells(surface.domain, 60), 200, targets,
        _reach(targets, surface.domain),
    )  # fmt: skip
    pairs = set(zip(pixels, ends.tolist(), strict=True))
    assert len(pairs) == len(set(ends.tolist())) == len(set(pixels)), "a colour for each end"


def centre(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_dragging_moves_the_start(page: Page) -> None:
    show(page, ravine())
    x, y = centre(page, "#ravine .grip")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 30, steps=4)
    page.mouse.move(x + 60, y + 50, steps=4)
    page.mouse.up()
    start = page.evaluate("document.getElementById('ravine').figure.state.start")
    assert start[0] > -1.7
    assert start[1] < 0.6
    assert centre(page, "#ravine .grip") == pytest.approx((x + 60, y + 50), abs=1)
    expected = follow(GradientDescent(0.05), landscapes.ravine(), start, 40).points
    np.testing.assert_allclose(drawn(page, "ravine")["path0"], expected, atol=1e-13)


def test_a_handle_stays_in_its_panel(page: Page) -> None:
    show(page, ravine())
    x, y = centre(page, "#ravine .grip")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 500, y - 500, steps=3)
    page.mouse.up()
    (low, _), (_, high) = landscapes.ravine().domain
    assert page.evaluate("document.getElementById('ravine').figure.state.start") == [low, high]


def test_a_click_on_the_map_and_a_tap_bring_the_start_there(browser: Browser, page: Page) -> None:
    show(page, ravine())
    x, y = centre(page, "#ravine [data-panel=map]")
    page.mouse.click(x, y)
    start = page.evaluate("document.getElementById('ravine').figure.state.start")
    assert start == pytest.approx([0, 0], abs=0.02)
    phone = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    touched = phone.new_page()
    show(touched, ravine())
    x, y = centre(touched, "#ravine [data-panel=map]")
    touched.touchscreen.tap(x + 30, y)
    start = touched.evaluate("document.getElementById('ravine').figure.state.start")
    assert 0.1 < start[0] < 1
    # A finger on the handle drags it; elsewhere it scrolls the page.
    action = "(s) => getComputedStyle(document.querySelector(s)).touchAction"
    assert touched.evaluate(action, "#ravine .handle") == "none"
    assert touched.evaluate(action, "#ravine [data-panel=map]") == "auto"
    phone.close()


def test_a_walk_with_the_keyboard_alone(page: Page) -> None:
    show(page, ravine())
    state = "document.getElementById('ravine').figure.state"
    focused = "document.activeElement.dataset"
    page.keyboard.press("Tab")
    assert page.evaluate(f"{focused}.handle") == "start"
    before = page.evaluate(f"{state}.start")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    page.keyboard.press("Shift+ArrowUp")
    after = page.evaluate(f"{state}.start")
    (x0, x1), (y0, y1) = landscapes.ravine().domain
    assert after[0] - before[0] == pytest.approx(0.02 * (x1 - x0))
    assert after[1] - before[1] == pytest.approx(0.09 * (y1 - y0))
    assert page.get_by_role("slider", name="start of the paths").get_attribute("aria-valuetext")
    order = []
    for _ in range(12):
        page.keyboard.press("Tab")
        order.append(
            page.evaluate(
                "(({control, typed, play, step, do: does}) =>"
                " control ?? typed ?? play ?? step ?? does)(document.activeElement.dataset)"
            )
        )
        if order[-1] == "on0":
            page.keyboard.press("Space")
        if order.count("lr") == 1 and order[-1] == "lr":
            page.keyboard.press("ArrowLeft")
    assert order == [
        *("on0", "on1", "lr", "lr", "momentum", "momentum"),
        *("step", "step", "step", "step", "reset", "link"),
    ]
    assert page.evaluate(f"{state}.on0") is False
    assert page.evaluate(f"{state}.lr") < 0.05
    assert outlines(page, "ravine")["path0"] == ""
    page.get_by_role("button", name="reset").click()
    assert page.evaluate(state) == ravine().state()


@pytest.mark.parametrize(
    ("written", "value", "note"),
    [
        ("0.08", 0.08, ""),
        ("0,08", 0.08, ""),
        ("1e9", 0.5, "outside 0.0005 to 0.5"),
        ("−3", 0.0005, "outside"),
        ("a rate", 0.05, "“a rate” is not a number"),
        ("", 0.05, "is not a number"),
        ("NaN", 0.05, "is not a number"),
        ("Infinity", 0.05, "is not a number"),
        ("9" * 5000, 0.05, "is not a number"),
    ],
)
def test_values_are_typed(page: Page, written: str, value: float, note: str) -> None:
    show(page, ravine())
    page.locator("[data-typed=lr]").fill(written)
    page.locator("[data-typed=lr]").press("Tab")
    assert page.evaluate("document.getElementById('ravine').figure.state.lr") == value
    said = page.locator(".note")
    assert note in (said.inner_text() if said.count() else "")
    page.wait_for_function(f"Number(document.querySelector('[data-typed=lr]').value) === {value}")
    whole(page, "ravine")


def test_stepping_and_playing(page: Page) -> None:
    show(page, ravine())
    state = "document.getElementById('ravine').figure.state.step"
    page.locator("[data-typed=step]").fill("39")
    page.locator("[data-typed=step]").press("Enter")
    for expected in (40, 0, 1):
        page.get_by_role("button", name="+1 step").click()
        assert page.evaluate(state) == expected
    assert len(drawn(page, "ravine")["path0"]) == 2
    assert said(page, "ravine").startswith("After 1 steps")
    page.get_by_role("button", name="play").click()
    page.wait_for_function(f"{state} > 1")
    page.get_by_role("button", name="pause").click()
    assert page.evaluate(state) < 40
    halted = page.evaluate(state)
    page.wait_for_timeout(200)
    assert page.evaluate(state) == halted
    page.get_by_role("button", name="play").click()
    page.wait_for_function(f"{state} === 40")
    page.get_by_role("button", name="play").wait_for()


def test_who_wants_no_motion_sees_the_end(browser: Browser) -> None:
    calm = browser.new_context(reduced_motion="reduce")
    page = calm.new_page()
    show(page, ravine())
    put(page, "ravine", step=3)
    page.get_by_role("button", name="play").click()
    assert page.evaluate("document.getElementById('ravine').figure.state.step") == 40
    calm.close()


def test_a_state_is_shared_by_a_link(page: Page) -> None:
    show(page, ravine(), race())
    put(page, "ravine", lr=0.07, start=[-1.5, 0.25], on1=False, step=17)
    link = page.evaluate("document.getElementById('ravine').figure.link()")
    assert link.endswith("#ravine")
    show(page, ravine(), race(), query=link.removeprefix(ADDRESS))
    state = page.evaluate("document.getElementById('ravine').figure.state")
    expected = ravine().state() | {"lr": 0.07, "start": [-1.5, 0.25], "on1": False, "step": 17}
    assert state == expected
    assert page.evaluate("document.getElementById('race').figure.state") == race().state()
    page.get_by_role("button", name="reset").first.click()
    assert "?" not in page.evaluate("document.getElementById('ravine').figure.link()").split("#")[0]


@pytest.mark.parametrize(
    "query",
    [
        "ravine=lr:abc,start:1,on0:7,step:1e99",
        "ravine=start:NaN_2,nothing:3,lr",
        "ravine=__proto__:1,constructor:2",
        "ravine=" + "9" * 3000,
        "ravine=%3Cscript%3E",
    ],
)
def test_a_link_that_makes_no_sense_does_no_harm(page: Page, query: str) -> None:
    show(page, ravine(), query=f"?{query}")
    whole(page, "ravine")
    state = page.evaluate("document.getElementById('ravine').figure.state")
    assert state | {"step": 40, "on0": True} == ravine().state() | {"step": 40, "on0": True}
    assert state["step"] == 40


def test_divergence_is_said_and_never_drawn_as_nan(page: Page) -> None:
    figure = live.paths(
        landscapes.rosenbrock(),
        {"plain": GradientDescent(0.001)},
        steps=60,
        vary={"lr": (0.0001, 1.0)},
        name="flies",
    )
    show(page, figure)
    put(page, "flies", lr=1.0)
    run = follow(GradientDescent(1.0), landscapes.rosenbrock(), (-1.2, 1.0), 60)
    assert run.stopped == "diverged"
    assert f"plain diverged at step {len(run.points)}" in said(page, "flies")
    assert outlines(page, "flies")["lost0"]
    whole(page, "flies")


def test_words_follow_when_the_hand_rests(page: Page) -> None:
    show(page, ravine())
    page.evaluate(
        """() => {
            window.told = 0;
            new MutationObserver(() => { window.told += 1; }).observe(
                document.querySelector('.says'), { childList: true, characterData: true,
                                                   subtree: true });
        }"""
    )
    x, y = centre(page, "#ravine .grip")
    page.mouse.move(x, y)
    page.mouse.down()
    for k in range(30):
        page.mouse.move(x + k, y + k)
    page.mouse.up()
    page.wait_for_function("window.told")
    page.wait_for_timeout(600)
    assert page.evaluate("window.told") == 1
    assert page.locator(".says").get_attribute("role") == "status"
    assert page.locator(".says").inner_text() == said(page, "ravine")


def spoiled() -> Iterator[tuple[str, str, str]]:
    good = ravine().html()
    spec = json.loads(re.findall(r"application/json\">(.*?)</script>", good)[0])

    def using(**changes: object) -> str:
        text = json.dumps({**spec, **changes}).replace("<", "\\u003c")
        return re.sub(r"(application/json\">).*?(</script>)", lambda m: m[1] + text + m[2], good)

    broken_run = {**spec["data"]["runs"][0], "script": "(h) => {{{"}
    yield "no JSON", good.replace('{"version"', '{"version"!'), "description is not readable"
    yield "empty", re.sub(r"(json\">).*?(</script>)", r"\1\2", good), "description is not readable"
    yield "kind", using(kind="teapot"), "'teapot' is no kind of figure; known are"
    yield "inherited kind", using(kind="toString"), "no kind of figure"
    yield "version", using(version=2), "version 2"
    yield "panel", using(panels={}), "panel 'map' has no axes"
    yield "handle", using(handles={}), "handle 'start' has no panel"
    yield "marks", using(marks={}), "has no panel"
    yield "script", using(data={**spec["data"], "runs": [broken_run]}), "script does not run"
    yield "no data", using(data=None), "This figure cannot move"


@pytest.mark.parametrize(
    ("figure", "message"), [(f, m) for _, f, m in spoiled()], ids=[n for n, _, _ in spoiled()]
)
def test_a_broken_figure_says_so_and_the_page_goes_on(
    page: Page, figure: str, message: str
) -> None:
    show(page, figure.replace('id="ravine"', 'id="bad"'), race().html())
    page.wait_for_selector("#race.alive")
    page.locator("#bad").scroll_into_view_if_needed()
    note = page.locator("#bad .broken")
    note.wait_for()
    assert message in note.inner_text()
    assert page.locator("#bad svg").first.is_visible()
    assert not page.locator("#bad .controls").is_visible()


def test_a_figure_without_size_waits_until_it_has_one(page: Page) -> None:
    show(page, f'<div id="box" style="display:none">{ravine().html()}</div>', race())
    page.wait_for_selector("#race.alive")
    assert page.locator("#ravine.alive").count() == 0
    page.evaluate("document.getElementById('box').style = 'width: 0; overflow: hidden'")
    page.wait_for_timeout(200)
    page.evaluate("document.getElementById('box').style = ''")
    page.wait_for_selector("#ravine.alive")
    same(page, ravine())


def test_a_thousand_figures_on_a_page(page: Page) -> None:
    one = live.paths(landscapes.bowl(1, 4), {"plain": GradientDescent(0.1)}, steps=10, name="one")
    text = one.html()
    show(page, *[text.replace('id="one"', f'id="f{k}"') for k in range(1000)])
    page.wait_for_selector("#f0.alive")
    alive = page.locator("slopes-figure.alive").count()
    assert 1 <= alive < 20
    page.evaluate("document.getElementById('f700').scrollIntoView()")
    page.wait_for_selector("#f700.alive")
    assert page.locator("slopes-figure.alive").count() < 40


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_axe_finds_nothing(page: Page, size: dict[str, int], theme: str) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    show(page, ravine(), race(), basins(), theme=theme)
    page.locator("[data-typed=lr]").first.fill("1e9")
    page.locator("[data-typed=lr]").first.press("Tab")
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run().then((r) => r.violations.map((v) => [v.id, v.help]))")
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_nothing_moves_when_figures_come_alive(page: Page) -> None:
    page.add_init_script(
        """new PerformanceObserver((list) => {
            for (const { value } of list.getEntries())
                window.shifted = (window.shifted ?? 0) + value;
        }).observe({ type: 'layout-shift', buffered: true });"""
    )
    for size in (LAPTOP, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        show(page, ravine(), race(), basins())
        page.wait_for_timeout(500)
        assert page.evaluate("window.shifted ?? 0") < 0.01


def test_without_scripts_there_is_a_picture_and_no_dead_button(browser: Browser) -> None:
    still = browser.new_context(java_script_enabled=False)
    page = still.new_page()
    page.set_content(ravine().html())
    assert page.locator("svg.plot path.line").first.is_visible()
    page.route(f"{ADDRESS}**", lambda r: r.fulfill(body="", content_type="text/html"))
    page.set_content(page_of(ravine().html()))
    assert not page.locator(".controls").is_visible()
    assert page.locator(".says").is_visible()
    pdf = page.pdf()
    assert b"/Subtype /Image" not in pdf, "on paper the figure is drawn with lines, not pixels"
    still.close()


def test_the_module_is_small() -> None:
    import gzip

    assert len(gzip.compress(live.script().encode())) <= 40_000
