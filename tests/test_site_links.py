"""Every link and every fragment within the built site leads somewhere."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from pipeline import ROOT
from pipeline.book import SITE

pytestmark = pytest.mark.browser

# Of a link to another place in the site, and of what the page itself needs.
LINKING = {"href", "src", "action", "data-src"}


class Found(HTMLParser):
    """Collects a page's links and the names that others can link to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[int, str]] = []
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for key, value in attributes:
            if key == "id" and value:
                self.names.append(value)
            elif key in LINKING and value:
                self.links.append((self.getpos()[0], value))


@cache
def read(path: Path) -> Found:
    found = Found()
    found.feed(path.read_text(encoding="utf-8"))
    return found


def pages() -> list[Path]:
    if not (SITE / "index.html").exists():
        return []
    return sorted(
        p for p in SITE.rglob("*.html") if p.relative_to(SITE).parts[0] not in ("lite", "_static")
    )


def name(path: Path) -> str:
    return path.relative_to(SITE).as_posix()


def test_there_is_a_site() -> None:
    assert pages(), f"{SITE.relative_to(ROOT)} is missing: run `make book` first."


@pytest.mark.parametrize("path", pages(), ids=name)
def test_links_resolve(path: Path) -> None:
    broken = []
    for line, link in read(path).links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if target.is_dir():
            target /= "index.html"
        if not target.is_file():
            broken.append(f"line {line}: {link}: no such file")
        elif not target.is_relative_to(SITE):
            broken.append(f"line {line}: {link}: outside the site")
        elif target.suffix == ".html" and parts.fragment:
            missing = unquote(parts.fragment) not in read(target).names
            broken += [f"line {line}: {link}: no such place on the page"] * missing
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("path", pages(), ids=name)
def test_names_are_given_once(path: Path) -> None:
    names = read(path).names
    assert sorted({n for n in names if names.count(n) > 1}) == []


@pytest.mark.parametrize("path", pages(), ids=name)
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = [
        line
        for line in text.splitlines()
        if ("<script" in line or 'rel="stylesheet"' in line or "<img" in line or "<iframe" in line)
        and ('src="http' in line or 'src="//' in line or 'stylesheet" href="http' in line)
    ]
    assert found == []
