"""The book's Sphinx extension: outputs from the notebooks, and the website's own ways.

What it changes, and where:

- outputs come from the committed notebooks: `read_chapter`, below;
- folded code, proofs, pictures: `slope_site.body`;
- formulas: `slope_site.maths`;
- launch, download, edit and issue buttons, the head's descriptions: `slope_site.links`;
- one trimmed style sheet and script: `slope_site.assets`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
for folder in (HERE, ROOT):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from slope_site import assets, body, links, maths  # noqa: E402

from pipeline.chapters import chapters  # noqa: E402
from pipeline.notebooks import with_stored_outputs  # noqa: E402

# Extensions of Jupyter Book whose work nothing here uses: live code through a foreign server, and
# dropdowns that a script folds after the page has been seen (they are native elements here).
UNUSED = ("sphinx_thebe", "sphinx_togglebutton")

_app: Sphinx | None = None


def read_chapter(text: str) -> NotebookNode:
    """Read a chapter's text as a notebook whose outputs are those of its committed notebook."""
    assert _app is not None
    source = Path(_app.env.doc2path(_app.env.docname))
    page = next(page for page in chapters() if page.path == source)
    notebook = with_stored_outputs(page, text)
    notebook.metadata.setdefault("kernelspec", {"name": "python3", "display_name": "Python 3"})
    notebook.metadata.setdefault("language_info", {"name": "python", "pygments_lexer": "ipython3"})
    return body.prepare_cells(notebook)


def begin(app: Sphinx, config: Any) -> None:
    """Name the templates, and silence the extensions that nothing uses."""
    config.templates_path = [str(HERE / "templates"), *config.templates_path]
    config.html_context.setdefault("default_mode", "auto")
    config.html_context["html_baseurl"] = config.html_baseurl
    config.html_additional_pages = config.html_additional_pages | {"404": "404.html"}
    # The book has no index terms; an empty index is a page that nobody needs.
    config.html_use_index = config.html_domain_indices = False
    config.nb_code_prompt_show = "Show the {type}"
    config.nb_code_prompt_hide = "Hide the {type}"
    for listeners in app.events.listeners.values():
        listeners[:] = [one for one in listeners if not one.handler.__module__.startswith(UNUSED)]


def page(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Finish one page's context, after the theme has made it."""
    links.add_to_page(app, pagename, context, doctree)
    body.add_to_page(app, context)
    text = context.get("body", "")
    if text:
        context["body"] = maths.share_glyphs(text)
    for kind in ("css_files", "script_files"):
        context[kind] = [asset for asset in context[kind] if assets.is_needed(asset, text)]


def end(app: Sphinx, exception: Exception | None) -> None:
    """Write the bundles and tidy up when all pages are written."""
    if exception is None and app.builder.name == "html":
        # The theme's copies, whose cell ids are new every time; readers get the committed ones.
        for copy in (Path(app.outdir) / "_sources" / "chapters").rglob("*.ipynb"):
            copy.unlink()
        assets.bundle(app)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect everything."""
    global _app
    _app = app
    maths.setup(app)
    app.add_css_file("page.css", priority=900)
    app.connect("config-inited", begin, priority=900)
    app.connect("doctree-read", body.require_alt)
    app.connect("html-page-context", page, priority=900)
    # After the theme has written its own colours for code.
    app.connect("build-finished", end, priority=900)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": False}
