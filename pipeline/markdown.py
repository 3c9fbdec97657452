"""Turn MyST Markdown into plain Markdown that Colab, GitHub and Jupyter all show well."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.chapters import Block, Chapter, blocks
from pipeline.problems import Problem
from pipeline.references import NUMBERED, References, Target

__all__ = ["EVAL", "Plain", "inline_expressions", "with_values"]

#: A computed number in prose: {eval}`expression`.
EVAL = re.compile(r"\{eval\}`([^`]+)`")
#: Code spans and roles, in one pattern so that a role quoted in a code span stays text.
_INLINE = re.compile(r"\{(?P<role>[\w:]+)\}`(?P<content>[^`]+)`|(?P<ticks>`+)[^`]+(?P=ticks)")
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<to>[^)\s]+)\)")

#: What is wrong and what to do when a reference leads nowhere.
_UNKNOWN = {
    "label": (
        "nothing in the book is labelled {!r}",
        "correct the reference, or put the label before what it should lead to",
    ),
    "source": ("no source is called {!r}", "correct the key, or add the source to references.bib"),
    "page": ("no page of the book is {!r}", "correct the path, or name the page in _toc.yml"),
}

_BOXES = {"note", "tip", "hint", "important", "warning", "caution", "seealso", "attention"}
_INVISIBLE = {"bibliography", "tableofcontents"}


def inline_expressions(text: str) -> list[str]:
    """Return the expressions that a text wants computed, in order, each once."""
    return list(dict.fromkeys(EVAL.findall(text)))


def with_values(text: str, value: Callable[[str], str]) -> str:
    """Put each expression's value in its place."""
    return EVAL.sub(lambda found: value(found[1]), text)


@dataclass
class Plain:
    """Writes the prose of one chapter as plain Markdown; what it cannot write is a problem."""

    page: Chapter
    references: References
    problems: list[Problem] = field(default_factory=list)

    def text(self, source: str, line: int) -> str:
        """Return ``source`` with directives, roles, targets and comments made plain."""
        lines = source.split("\n")
        out: list[str] = []
        done = 0
        for block in blocks(source, line):
            if block.start < done:  # a list or quote repeats its children's lines
                continue
            out.extend(lines[done : block.start])  # the blank lines between blocks
            out.extend(self._block(block, lines[block.start : block.end]))
            done = block.end
        out.extend(lines[done:])
        return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip("\n")

    def _block(self, block: Block, lines: list[str]) -> list[str]:
        if block.kind in ("target", "comment"):
            return []
        if block.kind == "code":
            return lines
        if block.kind == "math":
            return self._equation(block.body, block.name)
        if block.kind == "directive":
            return self._directive(block)
        return self.inline("\n".join(lines), block.line).split("\n")

    def _directive(self, block: Block) -> list[str]:
        name, title = block.name, self.inline(block.argument, block.line)
        label = block.options.get("label", "")
        if name in _INVISIBLE:
            return []
        if name == "math":
            return self._equation(block.body, label)
        if name == "code-block":
            return [f"```{block.argument}", *block.body.split("\n"), "```"]
        if name == "solution":
            return [f"[A solution]({self.page.url}#{label}) folds out on the website."]
        if name in NUMBERED:
            target = self.references.targets.get(label)
            head = target.text if target else NUMBERED[name]
            head += f" ({title})" if title else ""
            if name == "exercise":
                return [f"#### {head}", "", *self._body(block)]
            return self._quoted(head, block)
        if name == "prf:proof":
            return self._quoted("Proof", block)
        if name in ("admonition", "dropdown"):
            return self._quoted(title, block)
        if name in _BOXES:
            return self._quoted(title or name.capitalize(), block)
        if name == "figure":
            image = f"{self.page.url.rsplit('/', 1)[0]}/{block.argument}"
            return [f"![{block.options.get('alt', '')}]({image})", "", *self._body(block)]
        self._problem(
            block.line,
            f"the directive {{{name}}} has no form in a notebook",
            "use another directive, or teach pipeline/markdown.py to write it",
        )
        return []

    def _body(self, block: Block) -> list[str]:
        return self.text(block.body, block.body_line).split("\n")

    def _quoted(self, title: str, block: Block) -> list[str]:
        body = [f"> {line}".rstrip() for line in self._body(block)]
        return [f"> **{title}**", ">", *body]

    def _equation(self, latex: str, label: str) -> list[str]:
        target = self.references.targets.get(label)
        tag = rf" \tag{{{target.number}}}" if target else ""
        return ["$$", f"{latex.strip()}{tag}", "$$"]

    # Inline ------------------------------------------------------------------------------------

    def inline(self, text: str, line: int) -> str:
        """Return text with its roles and internal links made plain."""

        def role(found: re.Match[str]) -> str:
            if found["role"] is None:
                return found[0]
            at = line + text[: found.start()].count("\n")
            return self._role(found["role"], found["content"], found[0], at)

        def link(found: re.Match[str]) -> str:
            at = line + text[: found.start()].count("\n")
            return self._link(found["text"], found["to"], found[0], at)

        return _LINK.sub(link, _INLINE.sub(role, text))

    def _role(self, name: str, content: str, whole: str, line: int) -> str:
        if name == "eval":
            return whole  # its value is put in when the chapter has run
        shown, to = content, content
        if explicit := re.fullmatch(r"(.+?)\s*<([^>]+)>", content):
            shown, to = explicit[1], explicit[2]
        if name in ("ref", "numref", "eq", "prf:ref"):
            target = self.references.targets.get(to)
            return self._to(target, shown if explicit else "", to, line)
        if name == "doc":
            path = (self.page.path.parent / f"{to}.md").resolve()
            return self._to(self.references.page(path), shown if explicit else "", to, line, "page")
        if name in ("cite", "cite:p", "cite:t"):
            keys = [key.strip() for key in content.split(",")]
            links = [self._to(self.references.citation(k), "", k, line, "source") for k in keys]
            return "; ".join(links) if name == "cite:t" else f"\\[{'; '.join(links)}\\]"
        if name == "math":
            return f"${content}$"
        self._problem(
            line,
            f"the role {{{name}}} has no form in a notebook",
            "use another role, or teach pipeline/markdown.py to write it",
        )
        return content

    def _link(self, shown: str, to: str, whole: str, line: int) -> str:
        if to.startswith("#"):
            return self._to(self.references.targets.get(to[1:]), shown, to[1:], line)
        if re.fullmatch(r"[\w./-]+\.md", to):
            path = (self.page.path.parent / to).resolve()
            return self._to(self.references.page(path), shown, to, line, "page")
        return whole

    def _to(
        self, target: Target | None, shown: str, label: str, line: int, kind: str = "label"
    ) -> str:
        if target is None:
            self._problem(line, *(words.format(label) for words in _UNKNOWN[kind]))
            return shown or label
        return f"[{shown or target.text}]({target.url})"

    def _problem(self, line: int, what: str, do: str) -> None:
        self.problems.append(Problem(Path(self.page.path), line, what, do))
