"""Live figures in VS Code's notebooks: its own widget manager, before a kernel that runs.

VS Code shows a widget in a webview, with the manager of `@vscode/jupyter-ipywidgets8`, require.js
and the scripts that packages put into `nbextensions`; its extension passes the kernel's messages
on. Here the page is that webview, and `Webview` takes the extension's part.
"""

from __future__ import annotations

import ast
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client import BlockingKernelClient, KernelManager
from jupyter_client.jsonutil import json_default
from playwright.sync_api import Browser, Locator, Page, Route, expect

from pipeline import ROOT
from tests.browser.conftest import missing

pytestmark = pytest.mark.browser

ADDRESS = "http://webview.test/"
MANAGER = ROOT / "node_modules" / "@vscode" / "jupyter-ipywidgets8" / "dist" / "ipywidgets.js"
REQUIRE = ROOT / "node_modules" / "requirejs" / "require.js"
ANYWIDGET = Path(sys.prefix) / "share" / "jupyter" / "nbextensions" / "anywidget" / "index.js"
VIEW = "application/vnd.jupyter.widget-view+json"
WAIT = 60.0
STATE = "(root) => root.figure.state"

# The bundle has JupyterLab's kernel connection inside, the one that VS Code gives to its manager.
SERVICES = """
const ofServices = (name) => {
  const found = Object.keys(__webpack_modules__).filter(
    (id) => String(__webpack_modules__[id]).includes(`t.${name}=void 0`));
  return found.map((id) => __webpack_require__(id)[name]).find((one) => one);
};
export const KernelConnection = ofServices('KernelConnection');
export const ServerConnection = ofServices('ServerConnection');
"""
# What widgets stand on in VS Code is white in every theme; newer versions may leave it out.
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Webview</title>
<style>
  body { background: var(--vscode-editor-background); margin: 0; }
  .vscode-light { --vscode-editor-background: #ffffff; color: #3b3b3b; }
  .vscode-dark { --vscode-editor-background: #1f1f1f; color: #cccccc; }
  .vscode-high-contrast { --vscode-editor-background: #000000; color: #ffffff; }
  .vscode-high-contrast-light { --vscode-editor-background: #ffffff; color: #292929; }
  .cell-output-ipywidget-background { background: white !important; }
</style>
<body class="vscode-light"><script src="require.js"></script>
<script type="module">
  import * as manager from './ipywidgets.js';
  let socket;
  class Bridge {
    protocol = '';
    readyState = 1;
    constructor() { socket = this; setTimeout(() => this.onopen()); }
    send(text) { window.toKernel(text); }
    close() {}
  }
  manager.activate();
  window.vscIPyWidgets8.load();
  window.heard = (messages) => {
    for (const data of messages) socket.onmessage({ target: socket, data, type: 'message' });
  };
  window.loaded = [];
  // Keys that come to the window are passed on to VS Code, where an arrow goes to the next cell.
  window.passed = [];
  window.addEventListener('keydown', (event) => window.passed.push(event.key));
  window.start = (clientId) => {
    const registered = new Set();
    const kernel = new manager.KernelConnection({
      serverSettings: manager.ServerConnection.makeSettings({ WebSocket: Bridge, wsUrl: 'ws://x' }),
      clientId, username: '', handleComms: true, model: { id: 'kernel', name: 'python3' },
    });
    window.widgets = new window.vscIPyWidgets.WidgetManager(kernel, undefined, {
      widgetsRegisteredInRequireJs: registered,
      async loadWidgetScript(name) {
        requirejs.config({ paths: { [name]: `nbextensions/${name}/index` } });
        registered.add(name);
      },
      successHandler: (...what) => window.loaded.push(what.slice(0, 2).join(' of ')),
      errorHandler: (name, module, version, error) => {
        console.error(`${name} of ${module} did not load: ${error}`);
      },
    }, () => {});
  };
  window.show = async (data) => {
    const place = document.createElement('div');
    place.className = 'cell-output-ipywidget-background';
    place.tabIndex = 0;
    document.body.append(place);
    const model = await window.widgets.get_model(data.model_id);
    const view = await window.widgets.create_view(model, { el: place });
    await window.widgets.display_view(data, view, { node: place });
    // VS Code makes sure that the keyboard works, after its own fashion.
    for (const button of place.querySelectorAll('button')) {
      button.tabIndex = 0;
      button.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        button.click();
      });
    }
  };
  window.ready = true;
</script>"""


class Webview:
    """VS Code's extension: it runs cells and passes messages between kernel and page."""

    def __init__(self, page: Page, kernel: BlockingKernelClient) -> None:
        self.page, self.kernel = page, kernel
        self.outputs: dict[str, list[dict[str, Any]]] = {}
        self.replies: dict[str, Any] = {}
        self.done: set[str] = set()
        page.expose_function("toKernel", self.to_kernel)

    def to_kernel(self, text: str) -> None:
        """Send the page's message to the kernel."""
        message = json.loads(text)
        channel = message.pop("channel")
        assert channel == "shell", f"a message on {channel}"
        self.kernel.shell_channel.send(message)

    def pass_on(self) -> None:
        """Give the page what the kernel has said."""
        said = []
        for name in ("shell", "iopub"):
            channel = getattr(self.kernel, f"{name}_channel")
            while channel.msg_ready():
                message = channel.get_msg(timeout=1)
                said.append(self.text(name, message))
                about = message["parent_header"].get("msg_id")
                if message["msg_type"] == "execute_reply":
                    self.replies[about] = message["content"]
                if about in self.outputs:
                    if message["msg_type"] in ("stream", "execute_result", "display_data", "error"):
                        self.outputs[about].append(message["content"])
                    if message["content"].get("execution_state") == "idle":
                        self.done.add(about)
        self.page.evaluate("messages => window.heard(messages)", said)

    @staticmethod
    def text(channel: str, message: dict[str, Any]) -> str:
        assert not message["buffers"], "the figures send no buffers"
        return json.dumps({**message, "channel": channel}, default=json_default)

    def until(self, what: str, reached: Callable[[], bool]) -> None:
        """Pass messages on until something is so."""
        end = time.monotonic() + WAIT
        while not reached():
            assert time.monotonic() < end, f"not in {WAIT:.0f} s: {what}"
            self.pass_on()
            self.page.wait_for_timeout(20)

    def run(self, code: str) -> list[dict[str, Any]]:
        """Run a cell, show the widget that it returns, and return its outputs."""
        cell = self.kernel.execute(code)
        self.outputs[cell] = []
        self.until(f"the end of {code!r}", lambda: cell in self.done)
        outputs = self.outputs[cell]
        assert not any("ename" in output for output in outputs), outputs
        for output in outputs:
            if VIEW in output.get("data", {}):
                self.page.evaluate("data => window.show(data)", output["data"][VIEW])
        return outputs

    def value(self, code: str) -> Any:
        """Return the value of an expression in the kernel."""
        asked = {"value": f"__import__('json').dumps({code})"}
        cell = self.kernel.execute("", silent=True, user_expressions=asked)
        self.until(f"the value of {code!r}", lambda: cell in self.replies)
        told = self.replies[cell]["user_expressions"]["value"]
        assert told["status"] == "ok", told
        return json.loads(ast.literal_eval(told["data"]["text/plain"]))

    def settled(self, code: str, expected: Any) -> None:
        """Wait until an expression has a value in the kernel."""
        self.until(f"{code} is {expected}", lambda: self.value(code) == expected)


@pytest.fixture(scope="module")
def kernel() -> Iterator[BlockingKernelClient]:
    manager = KernelManager(kernel_name="python3", transport="ipc")
    manager.kernel_spec.argv[0] = sys.executable
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=WAIT)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture
def webview(browser: Browser, kernel: BlockingKernelClient) -> Iterator[Webview]:
    for path in (MANAGER, REQUIRE):
        if not path.exists():
            missing(f"{path.relative_to(ROOT)} is missing: run `make env`.")
    files = {
        "": (PAGE, "text/html"),
        "require.js": (REQUIRE.read_text("utf-8"), "text/javascript"),
        "ipywidgets.js": (MANAGER.read_text("utf-8") + SERVICES, "text/javascript"),
        "nbextensions/anywidget/index.js": (ANYWIDGET.read_text("utf-8"), "text/javascript"),
    }
    troubles: list[str] = []

    def answer(route: Route) -> None:
        url = route.request.url
        name = url.removeprefix(ADDRESS)
        if name in files and url.startswith(ADDRESS):
            body, kind = files[name]
            route.fulfill(body=body, content_type=f"{kind}; charset=utf-8")
        elif url.startswith(("data:", "blob:")):
            route.continue_()
        else:
            troubles.append(f"a request to {url}")
            route.abort()

    context = browser.new_context(viewport={"width": 900, "height": 800})
    context.route("**/*", answer)
    context.on(
        "console", lambda m: troubles.append(m.text) if m.type in ("error", "warning") else None
    )
    context.on("weberror", lambda error: troubles.append(str(error.error)))
    page = context.new_page()
    page.set_default_timeout(20_000)
    view = Webview(page, kernel)
    page.goto(ADDRESS)
    page.wait_for_function("window.ready")
    page.evaluate("id => window.start(id)", kernel.session.session)
    yield view
    context.close()
    assert not troubles


CELL = """\
from slopes import GradientDescent, Momentum, landscapes, live
rules = {"plain": GradientDescent(0.05), "heavy": Momentum(0.05, 0.8)}
figure = live.paths(landscapes.ravine(), rules, steps=40)
figure"""


def shown(webview: Webview) -> Locator:
    """Run the cell with the figure and wait until it is alive."""
    webview.run(CELL)
    figure = webview.page.locator("slopes-figure.alive")
    figure.wait_for()
    return figure


def test_a_figure_in_vs_code(webview: Webview) -> None:
    page, figure = webview.page, shown(webview)
    assert "AnyModel of anywidget" in page.evaluate("window.loaded")
    assert figure.evaluate(STATE) == webview.value("figure.state()")
    # The mouse.
    grip = figure.locator(".grip").first
    box = grip.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y + 20, steps=3)
    page.mouse.move(x + 60, y + 40, steps=3)
    page.mouse.up()
    dragged = figure.evaluate(STATE)
    assert dragged["start"][0] > -1.7
    assert dragged["start"][1] < 0.6
    webview.settled("figure.state()", dragged)
    # The keyboard.
    figure.locator("[data-handle]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    moved = figure.evaluate(STATE)
    assert moved["start"][0] > dragged["start"][0]
    assert moved["start"][1] > dragged["start"][1]
    webview.settled("figure.state()", moved)
    # A slider, a button.
    figure.locator("input[data-control=lr]").focus()
    page.keyboard.press("End")
    webview.settled("figure.state()['lr']", 0.5)
    figure.locator("button[data-do=reset]").focus()
    page.keyboard.press("Enter")
    webview.settled("figure.state()", webview.value("figure.spec()['state']"))


def test_python_moves_a_figure_in_vs_code(webview: Webview) -> None:
    figure = shown(webview)
    webview.run("figure.set(start=(1, 0.5), lr=0.1, on1=False)")
    webview.until("the move", lambda: figure.evaluate(STATE)["start"] == [1, 0.5])
    expect(figure.locator(".says")).to_have_text(
        "After 40 steps, height above the minimum: plain 2.5."
    )
    assert figure.locator("[data-typed=lr]").input_value() == "0.1"
    # Shown twice, the two views are one figure.
    webview.run("figure")
    first, second = webview.page.locator("slopes-figure.alive").all()
    first.locator("[data-handle]").focus()
    webview.page.keyboard.press("ArrowRight")
    moved = first.evaluate(STATE)
    assert moved["start"][0] > 1
    webview.settled("figure.state()", moved)
    webview.until("the other view", lambda: second.evaluate(STATE) == moved)


def test_keys_stay_with_the_figure_and_commands_go_to_vs_code(webview: Webview) -> None:
    page, figure = webview.page, shown(webview)
    figure.locator("[data-handle]").focus()
    for key in ("ArrowDown", "ArrowLeft", "a", "Enter"):
        page.keyboard.press(key)
    figure.locator("[data-typed=lr]").focus()
    page.keyboard.press("1")
    assert page.evaluate("window.passed") == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    assert page.evaluate("window.passed") == ["Escape", "Control", "s"]


CONTRASTS = """(root) => {
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
        .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (element) => {
        for (let e = element; e; e = e.parentElement) {
            const colour = numbers(getComputedStyle(e).backgroundColor);
            if (colour[3] !== 0) return colour;
        }
        return [255, 255, 255];
    };
    return [...root.querySelectorAll('text, .controls label, .controls .range > span, .says')]
        .filter((e) => e.textContent.trim()).map((element) => {
            const style = getComputedStyle(element);
            const ink = element.matches('text') ? style.fill : style.color;
            const [a, b] = [light(numbers(ink)), light(behind(element))].sort((x, y) => y - x);
            return [(a + 0.05) / (b + 0.05), element.textContent.trim().slice(0, 40)];
        });
}"""


@pytest.mark.parametrize("plain", [False, True], ids=["white below", "the theme below"])
@pytest.mark.parametrize(
    "theme",
    [
        "vscode-light",
        "vscode-dark",
        "vscode-high-contrast",
        "vscode-high-contrast vscode-high-contrast-light",
    ],
)
def test_words_can_be_read_in_every_theme(webview: Webview, theme: str, plain: bool) -> None:
    page = webview.page
    page.evaluate("theme => { document.body.className = theme; }", theme)
    if plain:
        rule = ".cell-output-ipywidget-background { background: transparent !important; }"
        page.add_style_tag(content=rule)
    contrasts = shown(webview).evaluate(CONTRASTS)
    assert len(contrasts) > 20
    assert min(contrasts)[0] >= 4.5, min(contrasts)
