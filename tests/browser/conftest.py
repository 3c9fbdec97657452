"""The built site in Chromium, with every request watched.

A page may ask its own site for anything and, in JupyterLite, the Pyodide CDN for Python.
Whatever else a page asks for, and whatever it complains of, fails the test that opened it.
"""

from __future__ import annotations

import mimetypes
import os
import re
import shutil
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, sync_playwright

from pipeline import ROOT
from pipeline.book import SITE
from pipeline.lite import PYODIDE
from pipeline.serve import make_server

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1280, "height": 800}


def built_pages() -> list[str]:
    """Return the address of each page of the book within the site."""
    pages = sorted(p.relative_to(SITE).as_posix() for p in (SITE / "chapters").rglob("*.html"))
    return [*pages, "search.html"] if pages else []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes `address` once for each built page."""
    if "address" in metafunc.fixturenames:
        metafunc.parametrize("address", built_pages() or ["index.html"])


def missing(what: str) -> None:
    """Skip with a notice; where CI is set, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(what, pytrace=False)
    print(f"\nSKIPPED: {what}")
    pytest.skip(what)


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """Serve the built site; return its address."""
    if not (SITE / "index.html").exists():
        pytest.fail(f"{SITE.relative_to(ROOT)} is missing: run `make book` first.", pytrace=False)
    server = make_server(SITE, 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium: the one that CHROMIUM names, else one on the PATH."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        missing("No Chromium: install it, or name it in CHROMIUM. The site's tests need it.")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def pyodide() -> Path | None:
    """Return a folder with Pyodide's files, or None where its CDN answers."""
    folder = Path(os.environ.get("PYODIDE_DIR") or ROOT.parent / "shared" / "pyodide")
    if (folder / "pyodide.js").exists():
        return folder
    try:
        urllib.request.urlopen(f"{PYODIDE}pyodide-lock.json", timeout=10).close()
    except OSError:
        missing("Neither Pyodide's CDN nor a copy in PYODIDE_DIR: JupyterLite cannot start.")
    return None


@dataclass
class Visit:
    """What a page asked for and said."""

    site: str
    pyodide: Path | None = None
    may_use_pyodide: bool = False
    requests: list[tuple[str, int]] = field(default_factory=list)
    strayed: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    tolerated: list[str] = field(default_factory=list)

    def route(self, route: Route) -> None:
        """Let a request through, answer it from a folder, or refuse it and remember."""
        url = route.request.url
        if url.startswith((self.site, "data:", "blob:")):
            route.continue_()
        elif self.may_use_pyodide and url.startswith(PYODIDE):
            if self.pyodide is None:
                route.continue_()
                return
            path = self.pyodide / url.removeprefix(PYODIDE).split("?")[0]
            if not path.exists():
                self.strayed.append(url)
                route.abort()
                return
            wasm = path.suffix == ".wasm"
            kind = "application/wasm" if wasm else mimetypes.guess_type(path.name)[0]
            headers = {"Access-Control-Allow-Origin": "*"}
            headers["Content-Type"] = kind or "application/octet-stream"
            route.fulfill(path=path, headers=headers)
        else:
            self.strayed.append(url)
            route.abort()

    def finished(self, request: Request) -> None:
        """Remember what a file weighed on the wire."""
        if request.url.startswith(self.site):
            self.requests.append((request.url.removeprefix(self.site), wire_size(request)))

    def complaint(self, text: str) -> None:
        """Remember an error that the page reports."""
        if not any(re.search(pattern, text) for pattern in self.tolerated):
            self.complaints.append(text)


def wire_size(request: Request) -> int:
    """Return the compressed size of an answer."""
    return int(request.sizes()["responseBodySize"])


@pytest.fixture
def visit(site: str) -> Visit:
    """Return the record of this test's requests."""
    return Visit(site)


@pytest.fixture
def context(browser: Browser, visit: Visit) -> Iterator[BrowserContext]:
    """Return a fresh browser profile whose requests are watched."""
    opened = browser.new_context(viewport=LAPTOP, base_url=visit.site, color_scheme="light")
    opened.route("**/*", visit.route)
    yield opened
    opened.close()
    assert not visit.strayed, f"requests that leave the site: {visit.strayed}"
    assert not visit.complaints, f"errors on the console: {visit.complaints}"


@pytest.fixture
def page(context: BrowserContext, visit: Visit) -> Page:
    """Return an empty page; the test fails when it strays or complains."""
    context.on("requestfinished", visit.finished)
    context.on(
        "console",
        lambda m: visit.complaint(f"{m.text} ({m.location['url']})") if m.type == "error" else None,
    )
    context.on("weberror", lambda error: visit.complaint(str(error.error)))
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    return opened
