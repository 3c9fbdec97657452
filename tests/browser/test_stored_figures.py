"""Live figures where nothing is alive: GitHub and other viewers show the stored picture alone.

It stands there in an `<img>`, so it has no script and no style sheet but its own, on a page that is
white or dark; some viewers take out more.
"""

from __future__ import annotations

import base64
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image, ImageColor
from playwright.sync_api import Browser, Page

from pipeline import ROOT

pytestmark = pytest.mark.browser

SVG, LIVE = "image/svg+xml", 'class="slopes-figure"'
NAME = "{http://www.w3.org/2000/svg}"
GITHUB = {"light": "#ffffff", "dark": "#0d1117"}
#: What even a strict viewer leaves in a picture.
DRAWING = ("svg", "g", "path", "circle", "rect", "text", "image", "title", "desc")
ET.register_namespace("", NAME[1:-1])


def stored() -> dict[str, str]:
    """Return the pictures of live figures in the committed notebooks, as they are stored."""
    found = {}
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        for number, cell in enumerate(json.loads(path.read_text("utf-8"))["cells"]):
            for output in cell.get("outputs", []):
                svg = "".join(output.get("data", {}).get(SVG, ""))
                if LIVE in svg:
                    found[f"{path.stem}-{number}"] = svg
    return found


STORED = stored()
each = pytest.mark.parametrize("svg", STORED.values(), ids=STORED.keys())
both = pytest.mark.parametrize("paper", GITHUB.values(), ids=GITHUB.keys())


def strict(svg: str) -> str:
    """Return the picture as a strict viewer leaves it: shapes and words, no styles, no data."""
    root = ET.fromstring(svg)
    for parent in root.iter():
        for child in list(parent):
            if child.tag not in {NAME + name for name in DRAWING}:
                parent.remove(child)
    for element in root.iter():
        for name in list(element.attrib):
            if name in ("style", "class", "id") or name.startswith(("on", "data-", "aria-")):
                del element.attrib[name]
    return ET.tostring(root, "unicode")


def wordless(svg: str) -> str:
    """Return the picture without its words, but with the paper that some have around them."""
    root = ET.fromstring(svg)
    for text in root.iter(f"{NAME}text"):
        text.attrib["fill"] = text.attrib.get("stroke", "none")
    return ET.tostring(root, "unicode")


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """Return a page from which nothing can be fetched."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.route("**/*", lambda route: route.abort())
    yield context.new_page()
    context.close()


def seen(page: Page, svg: str, paper: str) -> np.ndarray:
    """Return the pixels of a picture that stands in an `<img>` on a page of this colour."""
    data = base64.b64encode(svg.encode()).decode()
    page.set_content(
        f'<!doctype html><body style="margin:0;background:{paper}">'
        f'<img style="display:block" src="data:{SVG};base64,{data}">'
    )
    image = page.locator("img")
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    png = image.screenshot()
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), float)


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Return how light colours are, as WCAG 2 counts it."""
    v = np.asarray(rgb, float) / 255
    v = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    return v @ np.array([0.2126, 0.7152, 0.0722])


def contrast(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    one, other = luminance(a) + 0.05, luminance(b) + 0.05
    return np.maximum(one, other) / np.minimum(one, other)


def test_there_are_pictures() -> None:
    assert len(STORED) >= 5
    assert len({svg.partition("<title>")[2].partition("<")[0] for svg in STORED.values()}) >= 4


@each
def test_a_picture_is_whole_by_itself(svg: str) -> None:
    root = ET.fromstring(svg)
    assert root.tag == f"{NAME}svg"
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert root.attrib["viewBox"] == f"0 0 {width:g} {height:g}"
    for element in root.iter():
        name = element.tag.removeprefix(NAME)
        assert name in (*DRAWING, "metadata"), f"<{name}>"
        for key, value in element.attrib.items():
            assert not key.startswith("on"), f"{key} in <{name}>"
            if key.endswith(("href", "src")):
                assert value.startswith(("#", "data:image/")), f"{key}={value[:60]}"
            elif not key.startswith("{"):
                assert "url(" not in value, f"{key}={value[:60]}"
                assert "//" not in value, f"{key}={value[:60]}"


@each
def test_a_picture_has_its_text_alternative(svg: str) -> None:
    root = ET.fromstring(svg)
    assert root.attrib["role"] == "img"
    title, words = root.findtext(f"{NAME}title"), root.findtext(f"{NAME}desc")
    assert title
    assert len(title) > 8, f"the title is {title!r}"
    assert words
    assert len(words.split()) >= 5, f"the description is {words!r}"


@each
@both
def test_a_picture_is_the_same_on_every_paper(page: Page, svg: str, paper: str) -> None:
    root = ET.fromstring(svg)
    pixels = seen(page, svg, paper)
    assert pixels.shape[:2] == (float(root.attrib["height"]), float(root.attrib["width"]))
    # Neither the colour of the page nor a viewer that takes out styles and data changes it.
    np.testing.assert_array_equal(pixels, seen(page, svg, "#ffffff"))
    np.testing.assert_array_equal(pixels, seen(page, strict(svg), paper))
    drawn = np.abs(pixels - pixels[0, 0]).max(axis=2) > 40
    assert 0.01 < drawn.mean() < 0.9, f"{drawn.mean():.1%} of the picture is drawn on"


@each
@both
def test_words_can_be_read(page: Page, svg: str, paper: str) -> None:
    behind = seen(page, wordless(svg), paper)
    page.set_content(f'<!doctype html><body style="margin:0">{svg}')
    words = page.evaluate(
        """() => [...document.querySelectorAll('text')].map((text) => {
            const { x, y, width, height } = text.getBoundingClientRect();
            const size = parseFloat(getComputedStyle(text).fontSize);
            return [text.textContent, [x, y, width, height], text.getAttribute('fill'), size];
        })"""
    )
    width, height = behind.shape[1], behind.shape[0]
    read = 0
    for text, (x, y, across, down), fill, size in words:
        if not text.strip() or x + across < 0 or y + down < 0 or x > width or y > height:
            continue  # waits outside the picture until it is needed
        assert x >= 0, f"{text!r} is cut off on the left"
        assert x + across <= width, f"{text!r} is cut off on the right"
        assert y >= 0, f"{text!r} is cut off above"
        assert y + down <= height + 1, f"{text!r} is cut off below"
        assert size >= 11, f"{text!r} is {size} px high"
        part = behind[int(y) : int(y + down) + 1, int(x) : int(x + across) + 1]
        # Lines may cross words; what matters is what most of a word stands on.
        ratio = np.quantile(contrast(np.array(ImageColor.getrgb(fill)), part), 0.2)
        assert ratio >= 4.5, f"{text!r} has a contrast of {ratio:.1f}"
        read += 1
    assert read >= 10
