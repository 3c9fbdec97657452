"""The rules an author cannot forget: claims are outputs, exercises are checked, figures have words.

1. A display equation in prose is a definition (label ``def-…``, or inside ``prf:definition``) or a
   step of a proof that a cell of the page carries out (label ``step-NAME…``, with
   ``prove(…, name="NAME")``). Every other displayed equation is the output of a proving cell.
2. A decimal number or a percentage typed in prose comes from a source cited in the same paragraph
   or is a setting that stands in the page's code. Every other number is computed: ``{eval}``.
3. Every exercise has a label, a ``check("…")`` whose tests exist, and a solution.
4. Every picture has an alternative text and a caption.
5. A cell has at most 15 lines, none longer than a page is wide: code is there to be read aloud.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import nbformat
from slopes.exercises import exercise_ids
from slopes.proofs import CLAIM

from pipeline.chapters import Block, Cell, Chapter
from pipeline.markdown import EVAL
from pipeline.problems import Problem

__all__ = ["Report", "examine"]

_NUMBER = re.compile(
    r"(?<![\w.^])\d+(?:\.\d+)?(?:e-?\d+)?(?:\s*(?:\\?%|per ?cent\b))?(?![\w]|\.\d)"
)
#: What is not prose: code spans, roles, addresses.
_NOT_PROSE = re.compile(r"\{[\w:]+\}`[^`]*`|`+[^`]+`+|\]\([^)]*\)|https?://\S+")
#: The most lines of a cell, and characters of a line: what a page shows without scrolling.
LINES, WIDTH = 15, 84
_DISPLAYED = re.compile(r"\$\$|\\\[|\\begin\{")


@dataclass
class Report:
    """What a page claims and by what right."""

    page: str
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    def __str__(self) -> str:
        c = self.counts
        return (
            f"{self.page}: equations {c['proved']} proved by a cell, {c['steps']} steps of proofs, "
            f"{c['definitions']} definitions; numbers {c['computed']} computed, "
            f"{c['settings']} settings shown in code, {c['cited']} cited; "
            f"{c['pictures']} pictures, {c['exercises']} exercises"
        )


def examine(page: Chapter) -> Report:
    """Hold a chapter against the rules; its notebook tells what its cells displayed."""
    report = Report(page.name)
    stored = nbformat.read(page.notebook, 4) if page.notebook.exists() else None
    code = [cell for cell in page.cells if cell.kind == "code"]
    ran = [
        cell
        for cell in (stored.cells if stored else [])
        if cell.cell_type == "code" and "install" not in cell.metadata.get("tags", [])
    ]
    proofs: set[str] = set()
    for cell, output in ((c, o) for c, r in zip(code, ran, strict=False) for o in r.outputs):
        _output(page, cell, output, proofs, report)
    _equations(page, proofs, report)
    _numbers(page, code, report)
    _exercises(page, report)
    _lengths(page, code, report)
    return report


def _lengths(page: Chapter, code: list[Cell], report: Report) -> None:
    for cell in code:
        lines = cell.source.split("\n")
        if len(lines) > LINES:
            what = f"this cell has {len(lines)} lines"
            do = f"split it, or move what is not the point into the library: {LINES} are enough"
            report.problems.append(Problem(page.path, cell.line, what, do))
        for at, line in enumerate(lines):
            if len(line) > WIDTH:
                what = f"this line of code has {len(line)} characters"
                do = f"break it: a page is {WIDTH} wide"
                report.problems.append(Problem(page.path, cell.line + at, what, do))


def _output(page: Chapter, cell: Cell, output: Any, proofs: set[str], report: Report) -> None:
    data = output.get("data", {})
    if claim := data.get(CLAIM):
        proofs.add(claim["name"])
        report.counts["proved"] += 1
    elif "text/latex" in data or _DISPLAYED.search(_text(data.get("text/markdown", ""))):
        report.problems.append(
            Problem(
                page.path,
                cell.line,
                "this cell displays an equation that nothing proves",
                "display it with prove(…) or show_rule(…)",
            )
        )
    if "image/png" in data or "image/svg+xml" in data:
        report.counts["pictures"] += 1
        options = cell.metadata.get("mystnb", {})
        for kind, what in (("image", "alt"), ("figure", "caption")):
            if not str(options.get(kind, {}).get(what, "")).strip():
                report.problems.append(
                    Problem(
                        page.path,
                        cell.line,
                        f"this picture has no {'alternative text' if what == 'alt' else 'caption'}",
                        f"add 'mystnb: {{{kind}: {{{what}: …}}}}' to the cell's options",
                    )
                )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "".join(value)


def _equations(page: Chapter, proofs: set[str], report: Report) -> None:
    defining: list[tuple[int, int]] = []
    for block in page.prose():
        if block.kind == "directive" and block.name == "prf:definition":
            defining.append((block.line, block.line + block.end - block.start))
        if block.kind == "text" and "$$" in _source(page, block):
            what = "this display equation stands in the middle of a paragraph"
            do = "give it lines of its own, with an empty line before and after"
            report.problems.append(Problem(page.path, block.line, what, do))
        if block.kind != "math" and not (block.kind == "directive" and block.name == "math"):
            continue
        label = block.name if block.kind == "math" else block.options.get("label", "")
        if label.startswith("def-") or any(a <= block.line < b for a, b in defining):
            report.counts["definitions"] += 1
        elif label.startswith("step-") and any(
            label.removeprefix("step-").startswith(name) for name in proofs
        ):
            report.counts["steps"] += 1
        else:
            what = "this displayed equation is typed, not proved"
            if label.startswith("step-"):
                what = (
                    f"this is a step of a proof, but no cell proves {label.removeprefix('step-')!r}"
                )
            do = (
                "display it with prove(…); or label it (def-…) if it defines something, "
                "(step-NAME…) if a cell on this page has prove(…, name='NAME')"
            )
            report.problems.append(Problem(page.path, block.line, what, do))


def _numbers(page: Chapter, code: list[Cell], report: Report) -> None:
    shown = {value for cell in code for value in _literals(cell.source)}
    report.counts["computed"] = len(EVAL.findall(page.text))
    for block in page.prose():
        if block.kind not in ("text", "heading"):
            continue
        paragraph = _source(page, block)
        cited = "{cite" in paragraph
        for found in _NUMBER.finditer(_NOT_PROSE.sub(lambda m: " " * len(m[0]), paragraph)):
            typed = found[0]
            if not re.search(r"[.e%]", typed):  # "percent" has an e
                continue  # a plain count
            if _value(typed) in shown:
                report.counts["settings"] += 1
            elif cited:
                report.counts["cited"] += 1
            else:
                at = block.line + paragraph[: found.start()].count("\n")
                what = f"the number {typed.strip()} is typed"
                do = (
                    "compute it with {eval}`…`, cite its source in the same paragraph, "
                    "or show the setting in the page's code"
                )
                report.problems.append(Problem(page.path, at, what, do))


def _source(page: Chapter, block: Block) -> str:
    """Return a block's lines as they stand in the chapter."""
    lines = page.text.splitlines()
    return "\n".join(lines[block.line - 1 : block.line - 1 + block.end - block.start])


def _value(typed: str) -> float:
    number = float(re.match(r"[\d.]+(e-?\d+)?", typed)[0])  # type: ignore[index]
    return number / 100 if re.search(r"%|cent", typed) else number


def _literals(source: str) -> set[float]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    found = set()
    for token in tokens:
        if token.type == tokenize.NUMBER:
            value = ast.literal_eval(token.string)
            if not isinstance(value, complex):
                found.add(float(value))
    return found


def _exercises(page: Chapter, report: Report) -> None:
    known = set(exercise_ids())
    solved = {
        block.argument
        for block in page.prose()
        if block.kind == "directive" and block.name == "solution" and "```python\n" in block.body
    }
    waiting: list[tuple[str, int]] = []

    def unchecked() -> None:
        for label, line in waiting:
            what = f"the exercise {label!r} has no check"
            do = 'let a cell after it end with check("its-id")'
            report.problems.append(Problem(page.path, line, what, do))
        waiting.clear()

    for cell in page.cells:
        if cell.kind == "code":
            for exercise in _checked(cell.source):
                if exercise not in known:
                    what = f"check({exercise!r}) has no tests"
                    do = f"write lib/slopes/exercises/{exercise.replace('-', '_')}.py"
                    report.problems.append(Problem(page.path, cell.line, what, do))
                waiting.clear()
            continue
        for block in cell.blocks:
            if block.kind != "directive" or block.name != "exercise":
                continue
            unchecked()
            label = block.options.get("label", "")
            report.counts["exercises"] += 1
            waiting.append((label, block.line))
            if label not in solved:
                what = f"the exercise {label!r} has no solution"
                do = f"add a {{solution}} {label} directive with its code in ```python"
                report.problems.append(Problem(page.path, block.line, what, do))
    unchecked()


def _checked(source: str) -> list[str]:
    return [
        node.args[0].value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "check"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ]
