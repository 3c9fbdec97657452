"""Where a cross reference leads and what it is called, as the website calls it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pybtex.database import Entry, Person, parse_file

from pipeline import ROOT
from pipeline.chapters import Block, Chapter, settings

__all__ = ["References", "Target"]

#: Directives that are numbered, with the word the website puts before the number.
NUMBERED = {
    "exercise": "Exercise",
    "prf:definition": "Definition",
    "prf:theorem": "Theorem",
    "prf:lemma": "Lemma",
    "prf:algorithm": "Algorithm",
    "prf:example": "Example",
}


@dataclass(frozen=True)
class Target:
    """Something that can be referred to."""

    url: str
    text: str
    number: str = ""


class References:
    """Every label of the book with its address and its name."""

    def __init__(self, pages: Iterable[Chapter], root: Path = ROOT) -> None:
        self.root = root
        self.targets: dict[str, Target] = {}
        self.pages = {page.path: page for page in pages}
        self.titles: dict[Path, str] = {}
        for page in self.pages.values():
            self._read(page)
        entries = parse_file(str(root / "references.bib"), bib_format="bibtex").entries
        self.citations = {key: _author_year(entry) for key, entry in entries.items()}

    def _read(self, page: Chapter) -> None:
        counts: dict[str, int] = {}
        pending: list[str] = []

        def numbered(kind: str) -> str:
            counts[kind] = counts.get(kind, 0) + 1
            return f"{page.number}.{counts[kind]}" if page.number else str(counts[kind])

        def add(label: str, text: str, number: str = "", anchor: str = "") -> None:
            self.targets[label] = Target(f"{page.url}#{anchor or _slug(label)}", text, number)

        for cell in page.cells:
            figure = cell.metadata.get("mystnb", {}).get("figure", {})
            if cell.kind == "code":
                if figure:
                    number = numbered("figure")
                    if "name" in figure:
                        add(figure["name"], f"Fig. {number}", number)
                continue
            for block in _all(cell.blocks):
                if block.kind == "target":
                    pending.append(block.name)
                    continue
                elif block.kind == "heading":
                    title = cell.source.split("\n")[block.start].lstrip("# ").strip()
                    self.titles.setdefault(page.path, title)
                    for label in pending:
                        add(label, title)
                elif label := _equation_label(block):
                    counts["equation"] = counts.get("equation", 0) + 1
                    number = str(counts["equation"])
                    add(label, f"({number})", number, f"equation-{_slug(label)}")
                elif block.kind == "directive" and block.name in NUMBERED:
                    number = numbered(block.name)
                    if "label" in block.options:
                        add(block.options["label"], f"{NUMBERED[block.name]} {number}", number)
                elif block.kind == "directive" and "label" in block.options:
                    add(block.options["label"], block.argument)
                pending = []  # a label belongs to what follows it directly

    def page(self, path: Path) -> Target | None:
        """Return a page of the book by its file."""
        page = self.pages.get(path)
        return Target(page.url, self.titles.get(path, page.name)) if page else None

    def citation(self, key: str) -> Target | None:
        """Return where a source is listed, and its author and year."""
        if key not in self.citations:
            return None
        base = settings(self.root)["html"]["baseurl"]
        return Target(f"{base}/chapters/back/references.html", self.citations[key])


def _all(found: Iterable[Block]) -> Iterator[Block]:
    for block in found:
        yield block
        if block.kind == "directive" and block.name not in ("math", "code-block"):
            yield from _all(block.inside())


def _equation_label(block: Block) -> str:
    if block.kind == "math":
        return str(block.name)
    if block.kind == "directive" and block.name == "math":
        return str(block.options.get("label", ""))
    return ""


def _slug(label: str) -> str:
    """Return the HTML id that docutils makes of a label."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")


def _author_year(entry: Entry) -> str:
    people: list[Person] = entry.persons.get("author") or entry.persons.get("editor", [])
    names = [
        " ".join(p.prelast_names + p.last_names).replace("{", "").replace("}", "") for p in people
    ]
    who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return f"{who}, {entry.fields['year']}"
