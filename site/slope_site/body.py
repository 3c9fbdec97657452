"""What is changed in the text of a page: folded code, proofs, pictures, dropdowns."""

from __future__ import annotations

from hashlib import sha1
from pathlib import Path
from typing import Any

import imagesize
from bs4 import BeautifulSoup
from bs4.element import Tag
from docutils import nodes
from nbformat import NotebookNode
from slopes.live import script
from slopes.live.draw import html_of
from sphinx.application import Sphinx
from sphinx.util import logging

LOG = logging.getLogger(__name__)
LIVE = '<metadata class="slopes-figure">'
PROOF = "application/vnd.slopes.proof+json"
PIXELS_PER_CSS_PIXEL = 2  # figures are drawn at 200 dots an inch for a layout of 100


def prepare_cells(notebook: NotebookNode) -> NotebookNode:
    """Fold the code of proofs and of cells tagged hide-input, each under its own words.

    A proof is folded under its evidence: for which sizes it was proved, and how.
    """
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        tags = list(cell.metadata.get("tags", []))
        proofs = [o for o in cell.outputs if PROOF in o.get("data", {})]
        evidence = "; ".join(output.data.pop(PROOF)["evidence"] for output in proofs)
        if proofs and "proof" not in tags:
            tags.append("proof")
        if "proof" in tags and "hide-input" not in tags:
            tags.append("hide-input")
        if "hide-input" in tags:
            words = f"{evidence[0].upper()}{evidence[1:]}" if evidence else "Show the code"
            options = NotebookNode(cell.metadata.get("mystnb", {}))
            options.setdefault("code_prompt_show", words)
            options.setdefault("code_prompt_hide", words.replace("Show", "Hide"))
            cell.metadata["mystnb"] = options
        if tags:
            cell.metadata["tags"] = tags
    return notebook


def require_alt(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of each picture that says nothing to a reader who cannot see it."""
    for image in doctree.findall(nodes.image):
        if image.get("alt", "").strip():
            continue
        ancestor = image
        while ancestor is not None and not ancestor.line:
            ancestor = ancestor.parent
        made = "jupyter_execute" in image["uri"]
        advice = (
            "give the cell that draws it the option `mystnb: image: alt:`"
            if made
            else "write one between the brackets: ![…](…)"
        )
        line = ancestor.line if ancestor is not None else 1
        LOG.warning(
            "picture without alternative text; %s", advice, location=(app.env.docname, line)
        )


def rewrite(app: Sphinx, body: str) -> str:
    """Return the page's text with sized pictures and native dropdowns."""
    soup = BeautifulSoup(body, "html.parser")
    sources = {name: path for path, name in app.builder.images.items()}  # type: ignore[attr-defined]
    live: set[str] = set()
    for number, image in enumerate(soup.find_all("img")):
        source = sources.get(Path(image["src"]).name)
        if not bring_to_life(app, image, source, live):
            size_picture(app, image, source, first=number == 0)
    for box in soup.select("div.admonition.dropdown"):
        fold(box)
    # sphinx-proof and sphinx-exercise give every block's content the same id.
    for section in soup.select("section[id$=-content]"):
        if section.parent.name in {"div", "details"} and "admonition" in section.parent["class"]:
            del section["id"]
            section.name = "div"
    for entry in soup.select(".citation-list > .citation"):
        entry["role"] = "listitem"  # what docutils writes is no longer a role
    for head in soup.find_all("th"):
        if not head.get_text(strip=True):
            head.name = "td"  # the corner above a column of names heads nothing
    for details in soup.select("div.cell > details.hide"):
        show_first(details)
    return str(soup)


def size_picture(app: Sphinx, image: Tag, source: str | None, first: bool) -> None:
    """Reserve the picture's place, and fetch it only when it comes near."""
    if source is None or source.endswith(".svg"):
        return
    width, height = imagesize.get(Path(app.srcdir) / source)
    if "jupyter_execute" in source:
        width, height = width / PIXELS_PER_CSS_PIXEL, height / PIXELS_PER_CSS_PIXEL
    del image["style"]  # would hold the height while a small screen shrinks the width
    image["width"], image["height"] = str(round(width)), str(round(height))
    image["decoding"] = "async"
    if not first:
        image["loading"] = "lazy"


def bring_to_life(app: Sphinx, image: Tag, source: str | None, taken: set[str]) -> bool:
    """Put a live figure in the place of its picture; tell whether it is one."""
    if source is None or not source.endswith(".svg"):
        return False
    svg = (Path(app.srcdir) / source).read_text("utf-8")
    if LIVE not in svg:
        return False
    figure = BeautifulSoup(html_of(svg, image.get("alt", "")), "html.parser").find()
    name, count = figure["id"], 1
    while figure["id"] in taken:
        count += 1
        figure["id"] = f"{name}-{count}"
    taken.add(figure["id"])
    outside = image.parent if image.parent.name == "a" else image
    outside.replace_with(figure)
    return True


def fold(box: Tag) -> None:
    """Turn an admonition of class dropdown into an element that browsers fold by themselves."""
    box.name = "details"
    title = box.find(class_="admonition-title", recursive=False)
    if title is None:
        return
    title.name = "summary"
    # A link inside a summary takes the click that should unfold it.
    for link in title.find_all("a"):
        link.unwrap()


def show_first(details: Tag) -> None:
    """Put folded code below what it draws; the words that are seen are those read aloud."""
    details["class"] = ["fold"]
    summary = details.summary
    del summary["aria-label"]
    for words in summary.find_all("p"):
        words.name = "span"
        words["class"] = [name for name in words["class"] if name != "admonition-title"]
    details.parent.append(details.extract())


def add_to_page(app: Sphinx, context: dict[str, Any]) -> None:
    """Rewrite the page's text in the template's context."""
    if "body" in context:
        context["body"] = rewrite(app, context["body"])
    if "<slopes-figure" in context.get("body", ""):
        source = context["pathto"]("_static/explore.js", 1)
        version = sha1(script().encode()).hexdigest()[:8]
        context["body"] += f'<script type="module" src="{source}?v={version}"></script>'
