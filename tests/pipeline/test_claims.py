"""The mechanical rules: what is unproved, typed, unchecked or undescribed stops the build."""

import json

import pytest

from pipeline import book as site
from pipeline.chapters import chapters
from pipeline.claims import examine


def test_the_small_page_keeps_the_rules(built):
    report = examine(built.page)
    assert report.problems == []
    assert dict(report.counts) == {
        "proved": 1,
        "steps": 1,
        "definitions": 1,
        "computed": 1,
        "settings": 1,
        "pictures": 1,
        "exercises": 1,
    }


@pytest.mark.parametrize("page", chapters(), ids=lambda p: p.name)
def test_every_page_of_the_book_keeps_the_rules(page):
    assert examine(page).problems == []


def test_the_whole_book_passes_its_check():
    assert len(site.check()) == len(chapters())


#: What is changed into what, a piece of the message, and the text on the line that is named.
BROKEN = {
    "unlabelled": ("$$ z = 0 $$ (step-square)", "$$ z = 0 $$", "typed, not proved", "$$ z"),
    "unnamed label": ("(step-square)", "(eq-square)", "typed, not proved", "$$ z"),
    "step of nothing": ("(step-square)", "(step-cube)", "no cell proves 'cube'", "$$ z"),
    "in a note": ("the {math}`z`.", "it:\n\n$$ z = 1 $$", "typed, not proved", "$$ z = 1"),
    "in a sentence": ("the {math}`z`.", "$$ z = 1 $$", "middle of a paragraph", "$$ z = 1"),
    "directive": ("Mind the {math}`z`.", "```{math}\nz\n```", "typed, not proved", "```{math}"),
    "typed number": ("rate of 0.25", "rate of 0.031", "number 0.031 is typed", "0.031"),
    "typed percentage": ("rate of 0.25", "rate of 97 %", "number 97 % is typed", "97 %"),
    "typed word": ("rate of 0.25", "rate of 97 percent", "97 percent is typed", "97 percent"),
    "typed exponent": ("rate of 0.25", "rate of 1e-7", "number 1e-7 is typed", "1e-7"),
    "long line": ("rate = 0.25", "rate = 0.25" + 80 * " " + "# far", "96 characters", "# far"),
    "long cell": ("rate = 0.25", "rate = 0.25" + 15 * "\n0", "has 16 lines", "rate = 0.25"),
    "no check": ('check("descent-step")', "pass", "'ex-step' has no check", "{exercise}"),
    "check of nothing": ('"descent-step"', '"nothing"', "has no tests", 'check("nothing")'),
    "no code": ("```python\ndef", "```text\ndef", "has no solution", "{exercise}"),
    "no solution": ("{solution} ex-step", "{solution} ex-a", "has no solution", "{exercise}"),
}


@pytest.mark.parametrize("mistake", BROKEN)
def test_a_violation_is_named_with_its_line(change, line_of, mistake):
    old, new, words, anchor = BROKEN[mistake]
    change("It cites {cite}`weston1999`, shows", "It shows")  # a citation vouches for numbers
    problems = examine(change(old, new).page).problems
    found = [problem for problem in problems if words in problem.what]
    assert found, problems
    assert found[0].line == line_of(anchor)
    assert found[0].do


def test_a_cited_number_may_be_typed(change):
    report = examine(change("a rate of 0.25", "an error of 0.031").page)
    assert report.problems == []
    assert report.counts["cited"] == 1


def test_pictures_need_words(change):
    for gone in ("image: {alt: two bars}, ", 'figure: {caption: "Two bars.", name: fig-bars}'):
        book = change(gone, "")
    whats = {problem.what for problem in examine(book.page).problems}
    assert whats == {"this picture has no alternative text", "this picture has no caption"}


def test_an_equation_that_nothing_proves_is_found_in_outputs(book):
    notebook = json.loads(book.page.notebook.read_text())
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("application/vnd.slopes.proof+json", None)
    book.page.notebook.write_text(json.dumps(notebook))
    problems = examine(book.page).problems
    assert any("displays an equation that nothing proves" in p.what for p in problems)
