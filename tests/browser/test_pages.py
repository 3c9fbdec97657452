"""What every page promises: fast, at home on any screen, readable by everyone."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page

from pipeline import ROOT
from tests.browser.conftest import LAPTOP, PHONE, Visit

pytestmark = pytest.mark.browser

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"

# One page, its style sheet, its script and the pictures of its first screens. Compressed bytes.
MOST_REQUESTS = 8
MOST_BYTES = 430_000
# Typeset formulas are up to 50 kB of it, the script of live figures 21 kB.
MOST_BYTES_BESIDE_PICTURES = 210_000

OVERFLOWING = """() => {
  const wide = document.documentElement.clientWidth + 1;
  const clipped = (e) => {
    for (let p = e.parentElement; p; p = p.parentElement)
      if (getComputedStyle(p).overflowX !== 'visible') return true;
    return false;
  };
  const found = [...document.querySelectorAll('body *')].filter((e) => {
    const box = e.getBoundingClientRect();
    return box.width && box.right > wide && getComputedStyle(e).position !== 'fixed' && !clipped(e);
  });
  return document.documentElement.scrollWidth > wide
    ? found.map((e) => e.outerHTML.slice(0, 120)) : [];
}"""

SHIFTS = """() => {
  window.shifted = 0;
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (!entry.hadRecentInput) {
        window.shifted += entry.value;
        window.shifts.push(entry.sources.map((s) => s.node?.outerHTML?.slice(0, 80)));
      }
  }).observe({ type: 'layout-shift', buffered: true });
}"""


def scroll_through(page: Page) -> None:
    """Go down the page as a reader does, so that lazy pictures load."""
    page.evaluate(
        """async () => {
          for (let y = 0; y < document.body.scrollHeight; y += innerHeight / 2) {
            scrollTo(0, y);
            await new Promise((r) => setTimeout(r, 30));
          }
          await Promise.all([...document.images].map((i) => i.decode().catch(() => {})));
        }"""
    )


def test_first_load_is_small(
    page: Page, visit: Visit, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page.goto(address, wait_until="networkidle")
    total = sum(size for _, size in visit.requests)
    pictures = sum(size for url, size in visit.requests if re.search(r"\.(png|svg|jpg)$", url))
    with capsys.disabled():
        print(
            f"\n{address}: {len(visit.requests)} requests, {total / 1e3:.0f} kB compressed,",
            end=" ",
        )
        print(f"{(total - pictures) / 1e3:.0f} kB without pictures", end=" ")
    assert len(visit.requests) <= MOST_REQUESTS, visit.requests
    assert total <= MOST_BYTES, visit.requests
    assert total - pictures <= MOST_BYTES_BESIDE_PICTURES, visit.requests


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_nothing_is_wider_than_the_screen(page: Page, address: str, size: dict[str, int]) -> None:
    page.set_viewport_size(size)
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    assert page.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_nothing_moves_while_loading(page: Page, address: str, size: dict[str, int]) -> None:
    page.set_viewport_size(size)
    page.add_init_script(f"({SHIFTS})()")
    page.goto(address, wait_until="networkidle")
    scroll_through(page)
    assert page.evaluate("shifted") < 0.05, page.evaluate("shifts")


def test_pictures_are_described_and_sized(page: Page, address: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(address)
    scroll_through(page)
    stretched = page.evaluate(
        """() => [...document.querySelectorAll('article img')].filter((i) =>
          Math.abs(i.clientWidth / i.clientHeight / (i.naturalWidth / i.naturalHeight) - 1) > 0.02)
          .map((i) => i.outerHTML)"""
    )
    assert stretched == []
    lacking = page.evaluate(
        """() => [...document.querySelectorAll('article img')]
          .filter((i) => !i.alt.trim() || !i.getAttribute('width') || !i.getAttribute('height'))
          .map((i) => i.outerHTML)"""
    )
    assert lacking == []


def test_formulas_are_typeset(page: Page, address: str) -> None:
    page.goto(address)
    wrong = page.evaluate(
        """() => [...document.querySelectorAll('.math')]
          .filter((m) => !m.querySelector('mjx-container svg')
            || m.querySelector('[data-mml-node=merror]'))
          .map((m) => m.textContent)"""
    )
    assert wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_axe_finds_nothing(page: Page, address: str, scheme: str, size: dict[str, int]) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(address, wait_until="networkidle")
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = page.evaluate("axe.run().then((r) => r.violations)")
    told = [
        f"{v['id']}: {v['help']}: {[n['html'][:160] for n in v['nodes'][:4]]}" for v in violations
    ]
    assert not told, "\n".join(told)


def test_the_head_says_what_the_page_is(page: Page, address: str) -> None:
    page.goto(address)
    if address == "search.html":  # found by searching, so it needs no description
        assert page.locator("meta[name=robots]").get_attribute("content") == "noindex"
        return
    head = page.evaluate(
        """() => ({
          lang: document.documentElement.lang,
          canonical: document.querySelector('link[rel=canonical]')?.href,
          title: document.querySelector('meta[property="og:title"]')?.content,
          description: document.querySelector('meta[name=description]')?.content,
          h1: document.querySelectorAll('h1:not(.onlyprint h1)').length,
        })"""
    )
    assert head["lang"] == "en"
    assert head["canonical"].endswith(address)
    assert head["title"]
    assert head["description"]
    assert head["h1"] == 1


def test_the_theme_switches_and_stays(page: Page, address: str) -> None:
    page.goto(address)
    themes = set()
    for _ in range(3):
        page.locator(".theme-switch-button").first.click()
        themes.add(page.evaluate("document.documentElement.dataset.theme"))
    assert themes == {"light", "dark"}
    while page.evaluate("document.documentElement.dataset.mode") != "dark":
        page.locator(".theme-switch-button").first.click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_figures_are_dark_in_the_dark(page: Page, address: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(address)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    wanted = [int(number) for number in re.findall(r"\d+", background)[:3]]
    assert max(wanted) < 40, background
    for picture in page.locator(".cell_output img").all():
        picture.scroll_into_view_if_needed()
        picture.evaluate("(image) => image.decode()")
        shot = Image.open(io.BytesIO(picture.screenshot())).convert("RGB")
        corner = shot.getpixel((2, 2))
        assert max(abs(a - b) for a, b in zip(corner, wanted, strict=True)) <= 4, (corner, wanted)
        brightest = max(high for _, high in shot.getextrema())
        assert brightest > 150, "nothing can be seen on the dark figure"
