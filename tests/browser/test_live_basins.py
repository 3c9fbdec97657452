"""A map's loop, in which all starts take a step at a time, is the loop of one path."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from slopes import landscapes
from slopes.live.scripts import path_script, sweep_script
from slopes.loops import Graph

from tests.browser.test_live import RULES

pytestmark = pytest.mark.browser

#: Both loops from every start of a grid; where they end, and why.
BOTH = """([one, many, settings, low, high]) => {
    const follow = eval(one), sweep = eval(many);
    const starts = [];
    for (let i = 0; i < 12; i++) for (let j = 0; j < 12; j++) {
        starts.push(low[0] + (high[0] - low[0]) * i / 11, low[1] + (high[1] - low[1]) * j / 11);
    }
    const x = Float64Array.from(starts), why = new Uint8Array(144).fill(9);
    sweep(settings, 60, 1e-3, x, why);
    const wrong = [];
    for (let k = 0; k < 144; k++) {
        const end = starts.slice(2 * k, 2 * k + 2);
        const expected = follow(settings, 60, 1e-3, end, null, null)[1];
        const same = expected === 2 || (x[2 * k] === end[0] && x[2 * k + 1] === end[1]);
        if (why[k] !== expected || !same) wrong.push([k, why[k], expected, ...end]);
    }
    return [wrong, [...new Set(why)].sort()];
}"""


@pytest.mark.parametrize("name", RULES)
def test_all_starts_at_once_are_all_starts_one_by_one(page: Page, name: str) -> None:
    rule = RULES[name]
    settings = {n: float(v) for n, v in Graph(rule).settings.items()}
    seen: set[int] = set()
    for surface in (landscapes.himmelblau(), landscapes.rosenbrock()):
        scripts = [path_script(rule, surface), sweep_script(rule, surface)]
        (x0, x1), (y0, y1) = surface.domain
        for factor in (1, 30):  # so that some diverge
            here = settings | ({"lr": factor * settings["lr"]} if "lr" in settings else {})
            wrong, ends = page.evaluate(BOTH, [*scripts, here, [x0, y0], [x1, y1]])
            assert wrong == []
            seen |= set(ends)
    if name == "GradientDescent":
        assert seen == {0, 1, 2}, "every way to end is tested"
