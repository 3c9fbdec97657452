"""Read a chapter: its cells, its blocks, and the numbers and labels that others refer to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from markdown_it.renderer import RendererHTML
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from pipeline import ROOT

__all__ = ["Block", "Cell", "Chapter", "blocks", "chapters", "settings"]


@cache
def settings(root: Path = ROOT) -> dict[str, Any]:
    """Return the book's settings, ``_config.yml``."""
    return dict(yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8")))


@cache
def _parser() -> Any:
    extensions = set(settings()["parse"]["myst_enable_extensions"])
    return create_md_parser(MdParserConfig(enable_extensions=extensions), RendererHTML)


@dataclass(frozen=True)
class Block:
    """A top-level piece of Markdown: a directive, an equation, a target or plain text.

    Attributes
    ----------
    kind : str
        ``directive``, ``math``, ``target``, ``comment``, ``code``, ``heading`` or ``text``.
    start, end : int
        Its lines in the text it was read from, counted from 0, ``end`` excluded.
    line : int
        Its line in the chapter's file, counted from 1.
    name : str
        A directive's name, a target's label, or an equation's label.
    """

    kind: str
    start: int
    end: int
    line: int
    name: str = ""
    argument: str = ""
    options: dict[str, str] = field(default_factory=dict)
    body: str = ""
    body_line: int = 0

    def inside(self) -> list[Block]:
        """Return the blocks of a directive's body."""
        return blocks(self.body, self.body_line)


def blocks(text: str, line: int = 1) -> list[Block]:
    """Split Markdown into its top-level blocks; ``line`` is the file's line of its first line."""
    found = []
    for token in _parser().parse(text):
        if token.level or not token.map:
            continue
        start, end = token.map
        at: dict[str, Any] = {"start": start, "end": end, "line": line + start}
        directive = re.fullmatch(r"\{([\w:+-]+)\}\s*(.*)", token.info.strip())
        if token.type in ("fence", "colon_fence") and directive:
            options, body, skipped = _options(token.content)
            at |= {"name": directive[1], "argument": directive[2], "options": options}
            found.append(Block("directive", body=body, body_line=line + start + 1 + skipped, **at))
        elif token.type == "fence":
            found.append(Block("code", name=token.info, body=token.content, **at))
        elif token.type in ("math_block", "math_block_label", "amsmath"):
            found.append(Block("math", name=token.info, body=token.content.strip(), **at))
        elif token.type == "myst_target":
            found.append(Block("target", name=token.content, **at))
        elif token.type in ("myst_line_comment", "html_block"):
            comment = token.type == "myst_line_comment" or token.content.startswith("<!--")
            found.append(Block("comment" if comment else "text", body=token.content, **at))
        elif token.type == "heading_open":
            found.append(Block("heading", name=token.tag, **at))
        else:
            found.append(Block("text", **at))
    return found


def _options(content: str) -> tuple[dict[str, str], str, int]:
    """Split a directive's ``:key: value`` lines from its body; also how many lines they took."""
    lines, options, k = content.split("\n"), {}, 0
    while k < len(lines) and (option := re.fullmatch(r":([\w-]+):\s*(.*)", lines[k])):
        options[option[1]] = option[2]
        k += 1
    while options and k < len(lines) and not lines[k].strip():
        k += 1
    return options, "\n".join(lines[k:]).rstrip("\n"), k


@dataclass(frozen=True)
class Cell:
    """A cell of a chapter."""

    kind: str
    source: str
    line: int
    metadata: dict[str, Any]

    @property
    def tags(self) -> list[str]:
        """The cell's tags."""
        return list(self.metadata.get("tags", []))

    @property
    def blocks(self) -> list[Block]:
        """The blocks of a Markdown cell."""
        return blocks(self.source, self.line)


@dataclass(frozen=True)
class Chapter:
    """A page of the book as its author wrote it.

    Attributes
    ----------
    path : Path
        Its file.
    number : int or None
        Its number in the book; None where the table of contents doesn't number it.
    """

    path: Path
    number: int | None = None
    root: Path = ROOT

    @property
    def name(self) -> str:
        """Its path below ``chapters/`` without the ending."""
        return self.path.relative_to(self.root / "chapters").with_suffix("").as_posix()

    @property
    def notebook(self) -> Path:
        """Where its notebook is."""
        return self.root / "notebooks" / f"{self.name}.ipynb"

    @property
    def url(self) -> str:
        """Its address on the website."""
        return f"{settings(self.root)['html']['baseurl']}/chapters/{self.name}.html"

    @cached_property
    def text(self) -> str:
        """The text of its file."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def cells(self) -> list[Cell]:
        """Its cells, read by the same reader as the website's."""
        notebook = read_myst_markdown_notebook(self.text, add_source_map=True)
        lines = self.text.splitlines()
        cells = []
        for cell, start in zip(notebook.cells, notebook.metadata["source_map"], strict=True):
            first = cell.source.split("\n")[0]
            while cell.source and start < len(lines) and lines[start] != first:
                start += 1  # the reader drops leading blank lines and a cell's options
            cells.append(Cell(cell.cell_type, cell.source, start + 1, dict(cell.metadata)))
        return cells

    @property
    def runs(self) -> bool:
        """Whether it has code, and so a notebook."""
        return any(cell.kind == "code" for cell in self.cells)

    def prose(self) -> Iterator[Block]:
        """Yield every block of its prose, those inside directives too."""

        def walk(found: list[Block]) -> Iterator[Block]:
            for block in found:
                yield block
                if block.kind == "directive" and block.name not in ("math", "code-block"):
                    yield from walk(block.inside())

        for cell in self.cells:
            if cell.kind == "markdown":
                yield from walk(cell.blocks)


def chapters(root: Path = ROOT) -> list[Chapter]:
    """Return the book's pages in the order of its table of contents."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    found = [Chapter(root / f"{toc['root']}.md", None, root)]
    number = 0
    for part in toc.get("parts", []):
        for entry in part["chapters"]:
            if part.get("numbered"):
                number += 1
            own = number if part.get("numbered") else None
            for each in (entry, *entry.get("sections", [])):
                found.append(Chapter(root / f"{each['file']}.md", own, root))
    return found
