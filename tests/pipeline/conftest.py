"""A small book in a folder of its own, for tests that break it."""

import shutil
from types import SimpleNamespace

import pytest

from pipeline import ROOT, notebooks
from pipeline.chapters import chapters
from pipeline.references import References

CHAPTER = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {name: python3, display_name: Python 3, language: python}
---

(topic-G1)=
# A small page

Its answer is {eval}`answer`, see {ref}`later <sec-later>`, [](#sec-later) and {eq}`def-line`.

```{code-cell} ipython3
---
mystnb: {image: {alt: two bars}, figure: {caption: "Two bars.", name: fig-bars}}
---
from slopes import *

answer = 6 * 7
plots.bars({"a": 1.0, "b": 2.0}, xlabel="length")
```

```{code-cell} ipython3
print("the answer is", answer)
```

```{prf:definition} A line
:label: def-a-line
The line is

$$ y = a x + b $$ (def-line)
```

(sec-later)=
## Later

It cites {cite}`weston1999`, shows {numref}`fig-bars`, and uses a rate of 0.25.

```{code-cell} ipython3
:tags: [hide-input, proof]
import sympy as sp

z = sp.Symbol("z", real=True)
prove(sp.Derivative(z**2, z), 2 * z, name="square")
```

$$ z = 0 $$ (step-square)

```{code-cell} ipython3
rate = 0.25
```

:::{warning}
Mind the {math}`z`.
:::

```{exercise} Step
:label: ex-step
Write `step`.
```

```{code-cell} ipython3
def step(theta, gradient, rate):
    ...
```

```{code-cell} ipython3
check("descent-step")
```

````{solution} ex-step
:label: sol-step
:class: dropdown

```python
def step(theta, gradient, rate):
    return theta - rate * gradient
```
````
"""


def make_book(folder, chapter=CHAPTER):
    """Write a book of one chapter; return its folder, page and references."""
    for name in ("_config.yml", "references.bib"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "_toc.yml").write_text(
        "format: jb-book\nroot: chapters/index\nparts:\n"
        "- {caption: One, numbered: true, chapters: [{file: chapters/small}]}\n"
        "- {caption: Back, chapters: [{file: chapters/back/references}]}\n"
    )
    (folder / "chapters" / "back").mkdir(parents=True)
    (folder / "chapters" / "index.md").write_text("# Start\n")
    (folder / "chapters" / "back" / "references.md").write_text("# References\n")
    (folder / "chapters" / "small.md").write_text(chapter)
    return load(folder)


def load(folder):
    """Read the book in a folder."""
    pages = chapters(folder)
    page = next(page for page in pages if page.name == "small")
    return SimpleNamespace(
        root=folder, pages=pages, page=page, references=References(pages, folder)
    )


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """A book whose notebook is built; copy it before you change it."""
    book = make_book(tmp_path_factory.mktemp("book"))
    notebooks.build(root=book.root)
    return book


@pytest.fixture
def book(built, tmp_path):
    """A built book to break."""
    shutil.copytree(built.root, tmp_path / "book")
    return load(tmp_path / "book")


@pytest.fixture
def change(book):
    """Replace text in the chapter, and read the book again."""

    def replaced(old, new):
        text = book.page.path.read_text()
        assert old in text
        book.page.path.write_text(text.replace(old, new, 1))
        return load(book.root)

    return replaced


@pytest.fixture
def line_of(book):
    """Tell the line on which a text now stands in the chapter."""

    def found(text):
        chapter = book.page.path.read_text()
        return 1 + chapter[: chapter.index(text)].count("\n")

    return found
