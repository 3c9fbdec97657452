"""The website and the notebooks call the same things by the same names and numbers."""

import re

import pytest
from bs4 import BeautifulSoup

from pipeline.book import SITE
from pipeline.chapters import chapters
from pipeline.references import References

pytestmark = pytest.mark.browser  # needs the built book, as the browser tests do

PAGES = [page for page in chapters() if page.runs]


def references(page):
    """Return the labels that a page's text refers to by number."""
    return re.findall(r"\{(?:eq|numref|prf:ref)\}`([^`<]+)`", page.text)


def test_pages_refer_to_things_by_number():
    assert sum(len(references(page)) for page in PAGES) > 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_references_read_the_same_on_the_page_and_in_the_notebook(page):
    html = (SITE / "chapters" / f"{page.name}.html").read_text(encoding="utf-8")
    links = [
        (link["href"].rsplit("#", 1)[-1], link.get_text().strip())
        for link in BeautifulSoup(html, "html.parser").select("article a.reference.internal")
        if "#" in link["href"]
    ]
    targets = References(chapters()).targets
    for label in references(page):
        target = targets[label]
        anchor = target.url.rsplit("#", 1)[-1]
        assert (anchor, target.text) in links


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_address_that_notebooks_link_to_exists(page):
    html = (SITE / "chapters" / f"{page.name}.html").read_text(encoding="utf-8")
    anchors = {tag["id"] for tag in BeautifulSoup(html, "html.parser").select("[id]")}
    for label, target in References(chapters()).targets.items():
        if target.url.startswith(page.url):
            assert target.url.rsplit("#", 1)[-1] in anchors, label
