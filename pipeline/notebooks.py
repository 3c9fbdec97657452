"""Chapters become notebooks: executed, byte-reproducible, and free of anything but Markdown.

``build`` writes them, ``drift`` says which have fallen behind their chapter, and
``with_stored_outputs`` gives the website the outputs that nbval has validated.
"""

from __future__ import annotations

import ast
import base64
import builtins
import json
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from myst_nb.core.read import read_myst_markdown_notebook
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from pipeline import ROOT
from pipeline.chapters import Cell, Chapter, chapters, settings
from pipeline.markdown import Plain, inline_expressions, with_values
from pipeline.problems import BuildError, Problem, stop_on
from pipeline.references import References

__all__ = ["WIDGET", "build", "cover", "drift", "evaluation", "template", "with_stored_outputs"]

WIDGET = "application/vnd.jupyter.widget-view+json"
#: The page whose first picture is the book's.
COVER = "follow-the-slope"
#: What a kernel runs with: names hash alike in every run, and small matrices are multiplied by one
#: thread, which is faster when anything else runs and adds in the same order on every machine.
KERNEL = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
#: Seconds one cell may take. A page should run in a minute as a whole.
CELL_TIMEOUT = 120

_INSTALL = """\
# Colab and JupyterLite don't have the course's library yet: this installs it there.
import sys

if "google.colab" in sys.modules:
    %pip install --quiet "slopes @ git+{repository}@{branch}"
elif sys.platform == "emscripten":
    %pip install --quiet slopes"""


def template(page: Chapter, references: References) -> nbformat.NotebookNode:
    """Return a chapter as a clean notebook, not yet executed, computed numbers not yet put in.

    Raises
    ------
    BuildError
        If the prose has something that a notebook cannot show.
    """
    cells = [cell for cell, _ in _cells(page, references)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def _cells(page: Chapter, references: References) -> list[tuple[nbformat.NotebookNode, int]]:
    """Return the notebook's cells, each with the chapter's line that it comes from."""
    plain = Plain(page, references)
    repository = settings(page.root)["repository"]
    install = _INSTALL.format(repository=repository["url"], branch=repository["branch"])
    cells = [(nbformat.v4.new_code_cell(install, metadata={"tags": ["install"]}), 1)]
    figures = 0
    for cell in page.cells:
        if cell.kind == "markdown":
            text = plain.text(cell.source, cell.line)
            if text:
                cells.append((nbformat.v4.new_markdown_cell(text), cell.line))
            continue
        metadata = dict(cell.metadata)
        if "hide-input" in cell.tags:
            metadata["jupyter"] = {"source_hidden": True}
        cells.append((nbformat.v4.new_code_cell(cell.source, metadata=metadata), cell.line))
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        if figure:
            figures += 1
            number = f"{page.number}.{figures}" if page.number else str(figures)
            caption = plain.inline(figure["caption"], cell.line)
            cells.append((nbformat.v4.new_markdown_cell(f"*Fig. {number}: {caption}*"), cell.line))
    stop_on(plain.problems)
    for index, (cell, _) in enumerate(cells):
        cell["id"] = f"{page.path.stem}-{index:03d}"
    return cells


# Computed numbers in prose --------------------------------------------------------------------


def evaluation(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode | None:
    """Return the cell that computes a notebook's numbers in prose, with what it printed.

    It is run after the last cell and is not part of the notebook: readers see the numbers.
    """
    stored: dict[str, str] = {}
    for cell in notebook.cells:
        stored |= cell.metadata.get("computed", {})
    if not stored:
        return None
    cell = _evaluating(stored)
    printed = "".join(f"{json.dumps(value)}\n" for value in stored.values())
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=printed)]
    cell.execution_count = 1
    return cell


def _evaluating(expressions: Iterable[str]) -> nbformat.NotebookNode:
    lines = [f"print(__import__('json').dumps(str({e})))" for e in expressions]
    return nbformat.v4.new_code_cell("\n".join(lines))


def _ambiguous(page: Chapter, expressions: Iterable[str]) -> list[Problem]:
    """Find computed numbers whose names several cells assign: no one can tell which is meant."""
    homes: dict[str, list[int]] = {}
    for cell in page.cells:
        if cell.kind == "code":
            for name in _assigned(cell.source):
                homes.setdefault(name, []).append(cell.line)
    problems = []
    for expression in expressions:
        line = 1 + page.text[: page.text.index(f"{{eval}}`{expression}`")].count("\n")
        try:
            tree = ast.parse(expression, mode="eval")
        except SyntaxError as error:
            do = "write a Python expression between the backticks"
            problems.append(
                Problem(page.path, line, f"{{eval}} can't read {expression!r}: {error}", do)
            )
            continue
        bound = {
            n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - bound
        for name in sorted(names - set(dir(builtins))):
            cells = homes.get(name, [])
            if len(cells) != 1:
                where = f"at lines {', '.join(map(str, cells))}" if cells else "nowhere"
                problems.append(
                    Problem(
                        page.path,
                        line,
                        f"{{eval}} uses {name}, which cells assign {where}",
                        "a number in prose is computed when the page has run: "
                        "assign what it uses in exactly one cell",
                    )
                )
    return problems


def _assigned(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.parse(source).body:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                names.add(inner.id)
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(a.asname or a.name).split(".")[0] for a in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return names


# Running --------------------------------------------------------------------------------------


def _execute(page: Chapter, notebook: nbformat.NotebookNode) -> None:
    """Run a notebook in an empty folder, fill in its outputs and its computed numbers."""
    sources = [cell for cell in page.cells if cell.kind == "code"]
    texts = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    expressions = inline_expressions("\n".join(cell.source for cell in texts))
    stop_on(_ambiguous(page, expressions))
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=CELL_TIMEOUT,
            kernel_name="python3",
            record_timing=False,
            store_widget_state=False,
            coalesce_streams=True,  # where a print is cut into messages is a matter of timing
            resources={"metadata": {"path": folder}},
        )
        with client.setup_kernel(env=os.environ | KERNEL):
            count = 0
            for index, cell in enumerate(notebook.cells):
                if cell.cell_type != "code":
                    continue
                source = sources[count - 1] if count else None
                count += 1
                _run(client, cell, index, page, source, count)
            values = _values(client, notebook, page, expressions)
    for cell in texts:
        computed = {e: values[e] for e in inline_expressions(cell.source)}
        if computed:
            cell.metadata["computed"] = computed
            cell.source = with_values(cell.source, computed.__getitem__)


def _run(
    client: Any, cell: Any, index: int, page: Chapter, source: Cell | None, count: int
) -> None:
    line = source.line if source else 1
    try:
        client.execute_cell(cell, index, execution_count=count)
    except CellExecutionError as error:
        at = _raising_line(error.traceback)
        what = f"this cell fails: {error.ename}: {error.evalue}"
        do = f"mend the line: {cell.source.splitlines()[at].strip()!r}"
        raise BuildError([Problem(page.path, line + at, what, do)]) from None
    except (CellTimeoutError, DeadKernelError) as error:
        what = f"this cell does not end: {str(error).splitlines()[0]}"
        do = f"it may take {CELL_TIMEOUT} s: do less, or compile it"
        raise BuildError([Problem(page.path, line, what, do)]) from None
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            what = f"this cell writes a warning: {_first(output.text)}"
            do = "a warning is a defect: mend what it is about"
            raise BuildError([Problem(page.path, line, what, do)])
        data = output.get("data", {})
        data.pop(WIDGET, None)  # its model lives in a kernel; readers without one get the picture
        if "image/png" in data and source:
            image = source.metadata.get("mystnb", {}).get("image", {})
            output.metadata.setdefault("image/png", {})["alt"] = image.get("alt", "")


def _raising_line(traceback: str) -> int:
    """Return the line of the cell that raised, counted from 0."""
    plain = re.sub(r"\x1b\[[\d;]*m", "", traceback)
    found = re.search(r"Cell In\[\d+\], line (\d+)", plain)
    return int(found[1]) - 1 if found else 0


def _values(client: Any, notebook: Any, page: Chapter, expressions: list[str]) -> dict[str, str]:
    if not expressions:
        return {}
    cell = _evaluating(expressions)
    notebook.cells.append(cell)  # the client runs only cells of its notebook
    try:
        client.execute_cell(cell, len(notebook.cells) - 1)
    except CellExecutionError as error:
        bad = expressions[sum(len(o.get("text", "").splitlines()) for o in cell.outputs)]
        line = 1 + page.text[: page.text.index(f"{{eval}}`{bad}`")].count("\n")
        what = f"{{eval}} can't compute {bad!r}: {error.ename}: {error.evalue}"
        do = "it is computed when all cells have run: correct the expression"
        raise BuildError([Problem(page.path, line, what, do)]) from None
    finally:
        notebook.cells.pop()
    printed = "".join(output.text for output in cell.outputs)
    return dict(zip(expressions, map(json.loads, printed.splitlines()), strict=True))


def _first(text: str) -> str:
    return text.strip().split("\n")[0][:80]


def cover(root: Path = ROOT) -> Path:
    """Write the first picture of :data:`COVER`, or of the first page, where the README shows it."""
    pages = [page for page in chapters(root) if page.runs]
    page = next((page for page in pages if page.path.stem == COVER), pages[0])
    outputs = [o for c in nbformat.read(page.notebook, 4).cells for o in c.get("outputs", [])]
    png = next(o.data["image/png"] for o in outputs if "image/png" in o.get("data", {}))
    path = root / "site" / "static" / "cover.png"
    path.write_bytes(base64.b64decode(png))
    return path


def _written(notebook: nbformat.NotebookNode) -> str:
    """Return a notebook's text: the same bytes for the same content."""
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def build(pages: Iterable[Chapter] | None = None, root: Path = ROOT) -> list[Path]:
    """Run chapters and write their notebooks; nothing is written of a chapter that fails.

    Raises
    ------
    BuildError
        With every problem of every chapter that failed.
    """
    everything = chapters(root)
    references = References(everything, root)
    written, problems = [], []
    for page in everything if pages is None else pages:
        if not page.runs:
            continue
        try:
            notebook = template(page, references)
            _execute(page, notebook)
        except BuildError as error:
            problems += error.problems
            continue
        page.notebook.parent.mkdir(parents=True, exist_ok=True)
        unfinished = page.notebook.with_suffix(".unfinished")
        unfinished.write_text(_written(notebook), encoding="utf-8")
        unfinished.replace(page.notebook)
        written.append(page.notebook)
    stop_on(problems)
    return written


# Comparing ------------------------------------------------------------------------------------


def drift(page: Chapter, references: References) -> list[Problem]:
    """Find where a chapter and its notebook differ, outputs aside (nbval compares those)."""
    again = f"run 'make notebooks' and commit notebooks/{page.name}.ipynb"
    if not page.runs:
        return []
    if not page.notebook.exists():
        return [Problem(page.path, 1, "this chapter has no notebook", again)]
    stored = nbformat.read(page.notebook, 4)
    fresh = _cells(page, references)
    computed: dict[str, str] = {}
    for cell in stored.cells:
        computed |= cell.metadata.pop("computed", {})
    for old, (new, line) in zip(stored.cells, fresh, strict=False):
        new.source = with_values(new.source, lambda e: computed.get(e, f"{{eval}}`{e}`"))
        if any(old.get(key) != new.get(key) for key in ("id", "cell_type", "source", "metadata")):
            what, at = _difference(old, new)
            what = f"the notebook is behind its chapter, first at: {what!r}"
            return [Problem(page.path, line + at, what, again)]
        if old.cell_type == "code" and old.execution_count is None:
            what = f"the notebook has a cell that was never run: {_first(old.source)!r}"
            return [Problem(page.path, line, what, again)]
    if len(stored.cells) != len(fresh):
        what = "the notebook is behind its chapter: cells were added or removed at its end"
        return [Problem(page.path, len(page.text.splitlines()), what, again)]
    return []


def _difference(old: nbformat.NotebookNode, new: nbformat.NotebookNode) -> tuple[str, int]:
    """Return the first line of a cell that differs, and how far down it stands."""
    before, after = old.source.split("\n"), new.source.split("\n")
    for at, line in enumerate(after):
        if line.strip() and (at >= len(before) or before[at] != line):
            return line, at
    return _first(new.source), 0


def with_stored_outputs(page: Chapter, text: str) -> nbformat.NotebookNode:
    """Return a chapter for the website: its own text, the notebook's outputs and numbers.

    Raises
    ------
    BuildError
        If the notebook is missing or its code is not the chapter's.
    """
    notebook = read_myst_markdown_notebook(text, add_source_map=True)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if not code:
        return notebook
    again = "run 'make notebooks'"
    if not page.notebook.exists():
        raise BuildError([Problem(page.path, 1, "this chapter has no notebook", again)])
    stored = nbformat.read(page.notebook, 4)
    ran = [
        c
        for c in stored.cells
        if c.cell_type == "code" and "install" not in c.metadata.get("tags", [])
    ]
    if [c.source for c in ran] != [c.source for c in code]:
        raise BuildError([Problem(page.path, 1, "the notebook's code is not the chapter's", again)])
    for cell, old in zip(code, ran, strict=True):
        cell.outputs, cell.execution_count = old.outputs, old.execution_count
    computed: dict[str, str] = {}
    for cell in stored.cells:
        computed |= cell.metadata.get("computed", {})
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = with_values(cell.source, computed.__getitem__)
    return notebook
