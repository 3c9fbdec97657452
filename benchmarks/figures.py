"""Live figures: from the reader's hand to the painted frame, beside sliders that ask a kernel."""

from __future__ import annotations

import os
import queue
import shutil
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []

from benchmarks.harness import arguments, table  # noqa: E402  pins this process to one core

if CORES:
    os.sched_setaffinity(0, CORES)  # a browser has processes and threads of its own

import numpy as np  # noqa: E402
import sympy as sp  # noqa: E402
from jupyter_client.manager import start_new_kernel  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from slopes import (  # noqa: E402
    Adam,
    CosineDecay,
    GradientDescent,
    LinearDecay,
    Momentum,
    RMSProp,
    landscapes,
    live,
)

from pipeline.book import SITE  # noqa: E402
from pipeline.serve import make_server  # noqa: E402

ADDRESS = "http://figures.test/"
START, STEPS = (-2.0, 0.0), 300
FRAME, MAP, PAGE, RATIO = 16, 150, 200, 30  # what we want: ms, ms, ms, times

# Each frame: when the event was made, when its listeners began, how long the script drew, and
# when the first task after the frame's painting ran.
WATCH = """
(kinds) => {
    const { figure } = document.querySelector('slopes-figure');
    const frames = [];
    let frame = null;
    const draw = figure.draw.bind(figure);
    figure.draw = () => {
        const began = performance.now();
        draw();
        if (frame) frame.script += performance.now() - began;
    };
    const begin = (event) => {
        if (frame || (event.type === 'pointermove' && !event.buttons)) return;
        frame = { made: event.timeStamp, begun: performance.now(), script: 0 };
    };
    const end = () => {
        if (!frame || frame.awaited) return;
        frame.awaited = true;
        frame.script += performance.now() - frame.begun;
        requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => {
                frame.painted = performance.now();
                frames.push(frame);
                frame = null;
            };
            port2.postMessage(null);
        });
    };
    for (const kind of kinds) {
        window.addEventListener(kind, begin, { capture: true });
        window.addEventListener(kind, end);
    }
    window.frames_ = frames;
}
"""
# From the change of a setting to the first rows of the map, and to the last one.
SWEEP = """
(changes) => new Promise((done) => {
    const { figure } = document.querySelector('slopes-figure');
    const painted = (then) => requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => then(performance.now() - began);
        port2.postMessage(null);
    });
    const paint = CanvasRenderingContext2D.prototype.putImageData;
    let first;
    CanvasRenderingContext2D.prototype.putImageData = function (...rest) {
        paint.apply(this, rest);
        first ??= (painted((time) => { first = time; }), -1);
    };
    const began = performance.now();
    figure.set(changes);
    const wait = () => {
        if (figure.busy()) setTimeout(wait, 1);
        else painted((time) => {
            CanvasRenderingContext2D.prototype.putImageData = paint;
            done([first, time]);
        });
    };
    requestAnimationFrame(() => setTimeout(wait));
})
"""
# Without an observer every figure starts where the script defines the element: all at once.
AT_ONCE = """
delete window.IntersectionObserver;
const define = customElements.define.bind(customElements);
customElements.define = (name, made) => {
    const began = performance.now();
    define(name, made);
    if (name === 'slopes-figure') window.spent = performance.now() - began;
};
"""


def spread(times: Sequence[float]) -> list[str]:
    """Return median and 95th percentile in ms."""
    return [f"{np.percentile(times, share):.1f}" for share in (50, 95)]


def processor() -> float:
    """Return the milliseconds that processors have worked for the browser so far (Linux)."""
    stats = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(") ")[2].split()
            stats[int(path.parent.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    ours = {os.getpid()}
    while more := {pid for pid, (parent, _) in stats.items() if parent in ours} - ours:
        ours |= more
    ticks = sum(stats[pid][1] for pid in ours - {os.getpid()})
    return 1e3 * ticks / os.sysconf("SC_CLK_TCK") if stats else float("nan")


def race() -> live.Figure:
    """Return four optimizers on Himmelblau's function, 300 steps each."""
    rules = {
        "gradient descent": GradientDescent(0.005),
        "momentum": Momentum(0.005, 0.9),
        "RMSProp": RMSProp(0.005),
        "Adam": Adam(0.005),
    }
    return live.paths(landscapes.himmelblau(), rules, start=START, steps=STEPS)


def one_of_each() -> list[live.Figure]:
    """Return a figure of every kind."""
    himmelblau, u = landscapes.himmelblau(), sp.Symbol("u")
    return [
        race(),
        live.basins(himmelblau, Momentum(0.01, 0.5)),
        live.batch_noise(),
        live.bias_variance(),
        live.chord(u**2, u, domain=(-2, 2), ends=(-1, 1.5), tangent=True),
        live.gradient_check(u**3 / (1 + u**2), 1.0),
        live.modes(),
        live.moments(),
        live.schedules({"cosine": CosineDecay(40), "linear": LinearDecay(40)}),
    ]


def opened(page: Page, *figures: live.Figure) -> None:
    """Open a page with nothing but figures."""
    html = (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Figures</title><style>"
        f"body{{margin:auto;max-width:46rem}}{live.style()}</style><body>"
        f"{''.join(f.html(name=f'figure-{k}') for k, f in enumerate(figures))}"
        f"<script type=module>{live.script()}</script>"
    )
    page.unroute(f"{ADDRESS}**")
    page.route(f"{ADDRESS}**", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(ADDRESS)
    page.wait_for_selector("slopes-figure.alive")
    page.wait_for_timeout(500)


def drag(page: Page, selector: str, within: tuple[float, float], events: int) -> None:
    """Move the mouse in a figure of eight, with its button down, one event after the other."""
    box = page.locator(selector).first.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for k in range(events):
        angle = 2 * np.pi * k / 90
        page.mouse.move(x + within[0] * np.sin(angle), y + within[1] * np.sin(2 * angle))
        time.sleep(0.008)
    page.mouse.up()
    page.wait_for_timeout(200)


def frames(browser: Browser, events: int) -> Iterator[tuple[str, list[dict[str, float]]]]:
    """Measure the frames while the start is dragged, and while the rate is."""
    for what, kinds, selector, within in (
        ("drag the start", ["pointermove"], ".grip", (60, 60)),
        ("drag the rate's slider", ["input"], "input[type=range]", (60, 0)),
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        opened(page, race())
        drag(page, selector, within, 60)  # until the script is compiled
        page.evaluate(WATCH, kinds)
        drag(page, selector, within, events)
        seen = page.evaluate("window.frames_")
        page.close()
        yield what, seen


def maps(browser: Browser, rounds: int) -> Iterator[list[object]]:
    """Measure maps of 200 × 200 starts and up to 200 steps each."""
    for rule in (GradientDescent(0.01), Momentum(0.01, 0.9), Adam(0.05)):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        opened(page, live.basins(landscapes.himmelblau(), rule, grid=200, steps=200))
        rates = [rule.lr * (1 + k / 1000) for k in range(1, rounds + 1)]
        cold = page.evaluate(SWEEP, {"lr": rates[0]})
        before = processor()
        warm = np.array([page.evaluate(SWEEP, {"lr": lr}) for lr in rates[1:]])
        spent = (processor() - before) / len(warm)
        page.close()
        yield [
            type(rule).__name__, *spread(warm[:, 0]), *spread(warm[:, 1]),
            f"{spent:.0f}", f"{cold[1]:.0f}",
        ]  # fmt: skip


def starts(browser: Browser, rounds: int) -> Iterator[list[object]]:
    """Measure how long the script takes to bring every figure of a page to life."""
    server = make_server(SITE, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}/"
    built = sorted(SITE.glob("chapters/**/*.html"))
    pages = [p for p in built if "<slopes-figure" in p.read_text("utf-8")]
    each = one_of_each()
    for name in [*(p.relative_to(SITE).as_posix() for p in pages), "one of every kind"]:
        times = []
        for _ in range(rounds):
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.add_init_script(AT_ONCE)
            if name.endswith(".html"):
                page.goto(base + name)
            else:
                opened(page, *each)
            page.wait_for_function("window.spent !== undefined")
            times.append(page.evaluate("window.spent"))
            count = page.locator("slopes-figure.alive").count()
            assert count == page.locator("slopes-figure").count(), name
            page.close()
        yield [name, count, *spread(times)]
    server.shutdown()


# The same picture by a kernel. Both draw what the live figure draws.
PREPARE = f"""
%matplotlib inline
import io
import ipywidgets, numpy as np
import matplotlib.pyplot as plt
from slopes import Adam, GradientDescent, Momentum, RMSProp, landscapes, minimize
surface, START, STEPS = landscapes.himmelblau(), {START}, {STEPS}
(x0, x1), (y0, y1) = surface.domain
GRID = np.meshgrid(np.linspace(x0, x1, 121), np.linspace(y0, y1, 121))
HEIGHTS = surface(np.array(GRID))
LEVELS = np.linspace(0, HEIGHTS.max() ** 0.5, 15) ** 2

def paths(lr):
    for rule in GradientDescent(lr), Momentum(lr, 0.9), RMSProp(lr), Adam(lr):
        yield minimize(rule, surface, np.array(START), steps=STEPS, tol=0.0, progress=False)

def panels():
    figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3))
    left.contour(*GRID, HEIGHTS, LEVELS, colors="0.6", linewidths=0.7)
    left.set(xlim=(x0, x1), ylim=(y0, y1))
    right.set(xlim=(0, STEPS), ylim=(1e-10, 1e3), yscale="log")
    return figure, left, right
"""
USUAL = """
def draw(lr):
    figure, left, right = panels()
    for run in paths(lr):
        left.plot(*run.points.T)
        right.plot(np.maximum(run.values, 1e-11))
    plt.show()

rate = ipywidgets.FloatSlider(0.005, min=0.001, max=0.02, step=1e-5, readout_format=".5f")
ipywidgets.interact(draw, lr=rate);
"""
BEST = """
figure, left, right = panels()
plt.close(figure)
lines = [(left.plot([])[0], right.plot([])[0]) for _ in range(4)]
image = ipywidgets.Image(format="png")
rate = ipywidgets.FloatSlider(0.005, min=0.001, max=0.02, step=1e-5, readout_format=".5f")

def draw(_):
    for (path, height), run in zip(lines, paths(rate.value)):
        path.set_data(*run.points.T)
        height.set_data(np.arange(len(run.values)), np.maximum(run.values, 1e-11))
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=72)
    image.value = png.getvalue()

rate.observe(draw, "value")
ipywidgets.VBox([rate, image])
"""


def kernels(rounds: int) -> dict[str, list[float]]:
    """Measure a slider's way through a kernel: from its message to the new picture's."""
    return {
        "`interact`, a new Matplotlib figure each time": kernel_times(USUAL, rounds),
        "one Matplotlib figure kept, only its lines moved": kernel_times(BEST, rounds),
    }


def kernel_times(code: str, rounds: int) -> list[float]:
    """Start a kernel, show a slider, move it as a front end would."""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        run = client.execute_interactive(PREPARE, timeout=120, output_hook=lambda _: None)
        assert run["content"]["status"] == "ok", run["content"]
        seen: list[dict[str, Any]] = []
        run = client.execute_interactive(code, timeout=120, output_hook=seen.append)
        assert run["content"]["status"] == "ok", run["content"]
        slider = next(
            m["content"]["comm_id"]
            for m in seen
            if m["msg_type"] == "comm_open"
            and m["content"]["data"]["state"].get("_model_name") == "FloatSliderModel"
        )
        return [move(client, slider, 0.005 + 1e-5 * (k + 1)) for k in range(rounds + 3)][3:]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def move(client: Any, slider: str, value: float) -> float:
    """Return the milliseconds from a slider's message to the picture that answers it."""
    data = {"method": "update", "state": {"value": value}, "buffer_paths": []}
    message = client.session.msg("comm_msg", {"comm_id": slider, "data": data})
    began, arrived = time.perf_counter(), None
    client.shell_channel.send(message)
    while True:
        try:
            answer = client.get_iopub_msg(timeout=60)
        except queue.Empty:
            raise RuntimeError("the kernel did not answer the slider") from None
        if answer["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            continue
        content = answer["content"]
        shown = "image/png" in content.get("data", {}) or answer.get("buffers")
        if shown and answer["msg_type"] in ("display_data", "comm_msg"):
            arrived = time.perf_counter()
        if answer["msg_type"] == "stream" and content["name"] == "stderr":
            raise RuntimeError(content["text"])
        if answer["msg_type"] == "status" and content["execution_state"] == "idle":
            if arrived is None:
                raise RuntimeError("the slider moved, and no picture came")
            return 1e3 * (arrived - began)


def chromium() -> str:
    """Return where Chromium is."""
    found = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if not found:
        raise SystemExit("No Chromium: install it, or name it in CHROMIUM.")
    return found


def measure(quick: bool) -> None:
    """Print all tables."""
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
        print(f"Chromium {browser.version}, headless, without a graphics card.\n")
        seen = dict(frames(browser, 200 if quick else 1500))
        print(f"### {len(race().data['runs'])} optimizers, {STEPS} steps, ms for a frame\n")
        table(
            ["", "frames", "script", "p95", "event to painted", "p95", "wanted"],
            (
                [
                    what, len(found), *spread([f["script"] for f in found]),
                    *spread([f["painted"] - f["begun"] for f in found]), f"≤ {FRAME}",
                ]
                for what, found in seen.items()
            ),
        )  # fmt: skip
        print("### 200 × 200 starts on Himmelblau's function, at most 200 steps, ms\n")
        table(
            ["", "first rows", "p95", "whole map", "p95", "processors", "first time", "wanted"],
            ([*row, f"≤ {MAP}"] for row in maps(browser, 5 if quick else 21)),
        )
        print("### Bringing all figures of a page to life, script in ms\n")
        table(
            ["page", "figures", "script", "p95", "wanted"],
            ([*row, f"≤ {PAGE}"] for row in starts(browser, 3 if quick else 11)),
        )
        browser.close()
    print("### The same slider through a kernel on the same machine, ms to the new picture\n")
    ours = statistics.median(f["painted"] - f["begun"] for f in seen["drag the rate's slider"])
    table(
        ["", "median", "p95", "÷ live figure", "wanted"],
        (
            [name, *spread(times), f"{statistics.median(times) / ours:.0f}", f"≥ {RATIO}"]
            for name, times in kernels(10 if quick else 50).items()
        ),
    )


if __name__ == "__main__":
    measure(arguments(__doc__, cores=f"{len(CORES) or 'all'} cores").quick)
