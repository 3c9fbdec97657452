"""Formulas are typeset while the book is built.

The reader's browser then has nothing to load and nothing to move: a page's formulas are there
with its text, also without scripts.  A formula that MathJax cannot read is a build warning with
its file and line.
"""

from __future__ import annotations

import json
import re
import subprocess
from hashlib import sha1
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from pipeline.env import node as find_node

LOG = logging.getLogger(__name__)
TYPESETTER = Path(__file__).with_name("typeset.cjs")

# The library ends a proved equation with this tag; the page draws the mark itself, so that it
# can carry a name and a colour, and so that it does not widen the formula.
CHECKED = re.compile(r"\\tag\*\{\$\\checkmark\$\}")
MARK = (
    '<span class="checked" title="Checked by the code on this page" role="img"'
    ' aria-label="Checked by the code on this page">✓</span>'
)


class Typesetter:
    """MathJax in one Node process for the whole build."""

    def __init__(self, macros: dict[str, Any]) -> None:
        self.macros = macros
        self.process: subprocess.Popen[str] | None = None
        self.known: dict[tuple[str, bool], dict[str, str]] = {}

    def __call__(self, tex: str, display: bool) -> dict[str, str]:
        """Return {"html": …} or {"error": …}."""
        if (tex, display) not in self.known:
            self.known[tex, display] = self._ask(tex, display)
        return self.known[tex, display]

    def _ask(self, tex: str, display: bool) -> dict[str, str]:
        if self.process is None:
            self.process = subprocess.Popen(
                [find_node(), str(TYPESETTER), json.dumps(self.macros)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise ExtensionError("MathJax did not start: run `make env` first.")
        return json.loads(line)

    def close(self) -> None:
        """End the process, if there is one."""
        if self.process is not None:
            self.process.communicate()
            self.process = None


def typeset(translator: Any, node: nodes.Element, tex: str, display: bool) -> str:
    """Return the formula's HTML, or warn and return its source."""
    answer = translator.builder.app.typesetter(tex, display)
    if "error" in answer:
        LOG.warning("formula: %s: %s", answer["error"], tex, location=node, type="maths")
        return translator.encode(tex)
    return answer["html"]


def visit_math(self: Any, node: nodes.Element) -> None:
    """Write an inline formula."""
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(typeset(self, node, node.astext(), display=False) + "</span>")
    raise nodes.SkipNode


def visit_math_block(self: Any, node: nodes.Element) -> None:
    """Write a displayed formula, with its number or with the mark of a proved one."""
    tex = node.astext()
    proved = CHECKED.search(tex) is not None
    if proved:
        tex = CHECKED.sub("", tex)
        node["classes"].append("proved")
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    # The formula scrolls in a box of its own, the number beside it stays.
    self.body.append('<div class="math-scroll">')
    self.body.append(typeset(self, node, as_display(tex, node.get("nowrap", False)), True))
    self.body.append("</div>")
    if proved:
        self.body.append(MARK)
    elif node.get("number"):
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})</span>')
    self.body.append("</div>\n")
    raise nodes.SkipNode


def as_display(tex: str, complete: bool) -> str:
    """Wrap a formula of several lines as Sphinx does, unless it names its environment itself."""
    if complete:
        return tex
    parts = [part for part in tex.split("\n\n") if part.strip()]
    lines = [rf"\begin{{split}}{part}\end{{split}}" if r"\\" in part else part for part in parts]
    if len(lines) < 2:
        return "".join(lines)
    return r"\begin{aligned}" + r"\\ ".join(f"&{line}" for line in lines) + r"\end{aligned}"


STUCK = re.compile(r"(</mjx-container></span>)(?=[,.;:!?)’”])")
DRAWN = re.compile(r'<path data-c="(\w+)" d="([^"]{40,})"></path>')


def share_glyphs(body: str) -> str:
    """Draw each glyph once a page and refer to it wherever it stands again."""
    shapes: dict[str, str] = {}

    def use(match: re.Match[str]) -> str:
        name = "g" + sha1(match[2].encode()).hexdigest()[:7]
        shapes[name] = match[2]
        return f'<use data-c="{match[1]}" href="#{name}"></use>'

    # A browser would let a line begin with the full stop after a formula.
    body = STUCK.sub(r"\1&#8288;", DRAWN.sub(use, body))
    if not shapes:
        return body
    defs = "".join(f'<path id="{name}" d="{d}"/>' for name, d in sorted(shapes.items()))
    return (
        f'<svg class="glyphs" aria-hidden="true" focusable="false"><defs>{defs}</defs></svg>{body}'
    )


def setup(app: Sphinx) -> None:
    """Make this the renderer of formulas in HTML."""
    app.add_html_math_renderer("typeset", (visit_math, None), (visit_math_block, None))

    def start(app: Sphinx, config: Any) -> None:
        config.html_math_renderer = "typeset"
        app.typesetter = Typesetter((config.mathjax3_config or {}).get("tex", {}).get("macros", {}))

    def end(app: Sphinx, exception: Exception | None) -> None:
        app.typesetter.close()

    app.connect("config-inited", start)
    app.connect("build-finished", end)
