"""Chapter to notebook: clean Markdown, the same bytes twice, and drift that is noticed."""

import json
import re

import nbformat
import pytest

from pipeline import notebooks
from pipeline.chapters import chapters
from pipeline.problems import BuildError
from pipeline.references import References

from .conftest import CHAPTER, make_book

MYST = re.compile(r"^\s*:::|^\s*`{3,}\{|\{[\w:]+\}`|^\([\w-]+\)=|^:\w+:", re.MULTILINE)


def read(page):
    return nbformat.read(page.notebook, 4)


def prose(page):
    return "\n\n".join(c.source for c in read(page).cells if c.cell_type == "markdown")


def test_two_builds_are_the_same_bytes(book):
    before = book.page.notebook.read_bytes()
    notebooks.build(root=book.root)
    assert book.page.notebook.read_bytes() == before


def test_the_notebook_is_valid_and_has_no_trace_of_the_machine(built):
    notebook = read(built.page)
    nbformat.validate(notebook)
    text = built.page.notebook.read_text()
    assert "execution" not in {key for cell in notebook.cells for key in cell.metadata}
    assert not re.search(r"/home/|/root/|/tmp/|ipykernel_\d|0x[0-9a-f]{6}", text)


def test_the_first_cell_installs_on_colab_and_jupyterlite_only(built):
    first = read(built.page).cells[0]
    assert first.cell_type == "code"
    assert '"google.colab" in sys.modules' in first.source
    assert "slopes @ git+https://" in first.source
    assert first.outputs == []


@pytest.mark.parametrize("page", [p for p in chapters() if p.runs], ids=lambda p: p.name)
def test_no_directive_or_role_is_left_in_the_books_notebooks(page):
    assert not MYST.search(prose(page))


def test_the_small_page_has_nothing_left_either(built):
    text = prose(built.page)
    assert not MYST.search(text)
    base = built.page.url
    assert "Its answer is 42, " in text
    assert f"[later]({base}#sec-later), [Later]({base}#sec-later)" in text
    assert f"and [(1)]({base}#equation-def-line)." in text
    assert "\\[[Weston and Watkins, 1999](" in text
    assert f"shows [Fig. 1.1]({base}#fig-bars)" in text
    assert "*Fig. 1.1: Two bars.*" in text
    assert r"> y = a x + b \tag{1}" in text
    assert "> **Definition 1.1 (A line)**" in text
    assert "> **Warning**\n>\n> Mind the $z$." in text
    assert "#### Exercise 1.1 (Step)" in text
    assert f"[A solution]({base}#sol-step) folds out on the website." in text


def test_solutions_are_not_in_the_notebook(built):
    assert "theta - rate * gradient" not in built.page.notebook.read_text()


def test_pictures_carry_their_alternative_text(built):
    outputs = [o for c in read(built.page).cells for o in c.get("outputs", [])]
    pictures = [o for o in outputs if "image/png" in o.get("data", {})]
    assert [o.metadata["image/png"]["alt"] for o in pictures] == ["two bars"]


def test_folded_cells_are_folded_in_the_notebook_too(built):
    folded = [c for c in read(built.page).cells if "hide-input" in c.metadata.get("tags", [])]
    assert folded
    assert all(c.metadata["jupyter"]["source_hidden"] for c in folded)


# Drift ----------------------------------------------------------------------------------------


def drift(book):
    return notebooks.drift(book.page, book.references)


def test_a_fresh_notebook_has_not_drifted(book):
    assert drift(book) == []


@pytest.mark.parametrize("page", [p for p in chapters() if p.runs], ids=lambda p: p.name)
def test_the_committed_notebooks_have_not_drifted(page):
    assert notebooks.drift(page, References(chapters())) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Its answer is", "The answer is"),
        ('print("the answer is"', 'print("it is"'),
        ("{eval}`answer`", "{eval}`answer + 1`"),
        ("$$ z = 0 $$", "$$ z = 1 $$"),
        ("Mind the {math}`z`", "Mind the {math}`y`"),
    ],
)
def test_a_changed_chapter_is_named_with_its_line(change, line_of, old, new):
    (problem,) = drift(change(old, new))
    assert problem.path.name == "small.md"
    assert abs(problem.line - line_of(new)) <= 4  # directives take fewer lines in a notebook
    assert "make notebooks" in problem.do


@pytest.mark.parametrize(
    ("old", "new"),
    [("Two bars.", "Three bars."), ("[hide-input, proof]", "[proof]"), ("two bars", "2 bars")],
)
def test_changed_options_of_a_cell_are_noticed(change, old, new):
    assert drift(change(old, new))


def test_a_cell_added_at_the_end_is_noticed(change):
    book = change("````{solution}", "```{code-cell} ipython3\n1\n```\n\n````{solution}")
    assert drift(book)


def test_a_chapter_without_a_notebook_is_noticed(book):
    book.page.notebook.unlink()
    assert "no notebook" in drift(book)[0].what


def test_a_cleared_notebook_is_noticed(book):
    notebook = json.loads(book.page.notebook.read_text())
    notebook["cells"][2]["execution_count"] = None
    book.page.notebook.write_text(json.dumps(notebook))
    assert "never run" in drift(book)[0].what


def test_the_website_refuses_a_notebook_with_other_code(change):
    book = change("answer = 6 * 7", "answer = 6 * 8")
    with pytest.raises(BuildError, match="the notebook's code is not the chapter's"):
        notebooks.with_stored_outputs(book.page, book.page.text)


def test_the_website_gets_outputs_numbers_and_lines(built):
    notebook = notebooks.with_stored_outputs(built.page, built.page.text)
    code = [c for c in notebook.cells if c.cell_type == "code"]
    assert code[1].outputs[0].text == "the answer is 42\n"
    assert "Its answer is 42," in notebook.cells[0].source
    assert len(notebook.metadata["source_map"]) == len(notebook.cells)


# Authors' mistakes ----------------------------------------------------------------------------

#: What is changed into what, a piece of the message, and the text on the line that is named.
BROKEN = {
    "failing cell": ("6 * 7", "6 / 0", "ZeroDivisionError", "answer = 6"),
    "warning": ("6 * 7", "42; import warnings; warnings.warn('hm')", "warning", "from slopes"),
    "unknown label": ("<sec-later>", "<sec-now>", "labelled 'sec-now'", "{ref}"),
    "unknown citation": (
        "{cite}`weston1999`",
        "{cite}`nobody`",
        "source is called 'nobody'",
        "{cite}",
    ),
    "unknown role": ("{math}`z`", "{abbr}`z`", "the role {abbr}", "{abbr}"),
    "unknown directive": (":::{warning}", ":::{card}", "the directive {card}", ":::{card}"),
    "false identity": ("2 * z, name", "3 * z, name", "NotProvedError", "prove("),
    "unknown name in prose": ("{eval}`answer`", "{eval}`anser`", "assign nowhere", "{eval}"),
    "bad expression": ("{eval}`answer`", "{eval}`answer +`", "can't read", "{eval}"),
    "failing expression": ("{eval}`answer`", "{eval}`answer / 0`", "ZeroDivisionError", "{eval}"),
    "ambiguous number": ("print(", "answer = 1\nprint(", "assign at lines", "{eval}"),
}


@pytest.mark.parametrize("mistake", BROKEN)
def test_a_mistake_stops_the_build_with_file_and_line(book, change, line_of, mistake):
    old, new, words, anchor = BROKEN[mistake]
    before = book.page.notebook.read_bytes()
    broken = change(old, new)
    with pytest.raises(BuildError) as error:
        notebooks.build(root=broken.root)
    problem = error.value.problems[0]
    assert words in problem.what
    assert problem.line == line_of(anchor)
    assert problem.do
    assert broken.page.notebook.read_bytes() == before, "a failed chapter wrote its notebook"


def test_one_failing_chapter_does_not_hide_another(tmp_path):
    book = make_book(tmp_path, CHAPTER.replace("6 * 7", "6 / 0"))
    with pytest.raises(BuildError) as error:
        notebooks.build([*book.pages, *book.pages], root=book.root)
    assert len(error.value.problems) == 2
