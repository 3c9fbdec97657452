"""The buttons above a page, and what its head tells search engines and previews.

Launch buttons open the page's notebook, edit and issue buttons its source: the two live in
different folders, which the theme does not provide for.
"""

from __future__ import annotations

import shutil
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlencode

from docutils import nodes
from sphinx.application import Sphinx

DESCRIPTION_LENGTH = 200


def notebook_of(docname: str) -> str | None:
    """Return the path, under notebooks/, of a chapter's notebook."""
    path = PurePosixPath(docname)
    if path.parts[0] != "chapters":
        return None
    return str(PurePosixPath(*path.parts[1:])) + ".ipynb"


def buttons(app: Sphinx, pagename: str, context: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the groups of buttons of one page."""
    options = app.config.html_theme_options
    repository, branch = options["repository_url"], options["repository_branch"]
    notebook = notebook_of(pagename)
    groups = []
    if notebook and (Path(app.srcdir) / "notebooks" / notebook).exists():
        groups.append(launch_group(app, context["pathto"], repository, branch, notebook))
        groups.append(download_group(app, context["pathto"], pagename, notebook))
    source = app.env.doc2path(pagename, base=False) if pagename in app.env.found_docs else None
    if source:
        groups.append(source_group(repository, branch, source, context))
    return groups


def launch_group(
    app: Sphinx, pathto: Any, repository: str, branch: str, notebook: str
) -> dict[str, Any]:
    """Return the buttons that open the page as a notebook."""
    launch = app.config.html_theme_options["launch_buttons"]
    owner_and_name = repository.removeprefix("https://github.com/")
    path = quote(f"notebooks/{notebook}")
    # Relative, so that it works on any host and below any path.
    lite = pathto("lite/notebooks/index.html", 1) + "?" + urlencode({"path": notebook}, safe="/")
    colab = f"{launch['colab_url']}/github/{owner_and_name}/blob/{branch}/{path}"
    binder = f"{launch['binderhub_url']}/v2/gh/{owner_and_name}/{branch}?" + urlencode(
        {"urlpath": f"lab/tree/{path}"}, safe="/"
    )
    return {
        "label": "Open as a notebook",
        "icon": "fas fa-rocket",
        "name": "launch",
        "links": [
            {"text": "In this browser", "note": "JupyterLite, nothing to install", "url": lite},
            {"text": "Google Colab", "note": "needs a Google account", "url": colab},
            {"text": "Binder", "note": "takes a minute to start", "url": binder},
        ],
    }


def download_group(app: Sphinx, pathto: Any, pagename: str, notebook: str) -> dict[str, Any]:
    """Return the download buttons, and put the committed notebook where they point."""
    kept = Path(app.outdir) / "_sources" / "notebooks" / notebook
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(app.srcdir) / "notebooks" / notebook, kept)
    return {
        "label": "Download this page",
        "icon": "fas fa-download",
        "name": "download",
        "links": [
            {
                "text": "Notebook",
                "note": ".ipynb",
                "url": pathto(f"_sources/notebooks/{notebook}", 1),
                "download": True,
            },
            {"text": "Print or save as PDF", "print": True},
        ],
    }


def source_group(
    repository: str, branch: str, source: str, context: dict[str, Any]
) -> dict[str, Any]:
    """Return the buttons that lead to the page's source."""
    title = context.get("pagetitle") or source
    issue = urlencode({"title": f"{title}: ", "body": f"Page: {source}\n\n"}, quote_via=quote)
    return {
        "label": "Source and issues",
        "icon": "fab fa-github",
        "name": "source",
        "links": [
            {"text": "Suggest an edit", "url": f"{repository}/edit/{branch}/{quote(source)}"},
            {"text": "Report a problem", "url": f"{repository}/issues/new?{issue}"},
            {"text": "Repository", "url": repository},
        ],
    }


def description(doctree: nodes.document) -> str:
    """Return the page's first paragraph, cut after a whole word."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            text = " ".join(paragraph.astext().replace("\\", "").split())
            if len(text) <= DESCRIPTION_LENGTH:
                return text
            return text[:DESCRIPTION_LENGTH].rsplit(" ", 1)[0] + " …"
    return ""


def head(app: Sphinx, pagename: str, context: dict[str, Any], doctree: nodes.document) -> str:
    """Return the meta elements of one page."""
    title = app.env.titles[pagename].astext()
    book = app.config.html_title or app.config.project
    about = description(doctree) or f"{title}, in {book}"
    properties = {
        "og:type": "article",
        "og:site_name": book,
        "og:title": title,
        "og:description": about,
        "og:url": context.get("pageurl", ""),
    }
    lines = [f'<meta name="description" content="{escape(about)}" />']
    lines += [
        f'<meta property="{name}" content="{escape(value)}" />'
        for name, value in properties.items()
        if value
    ]
    return "\n    ".join(["", *lines])


def add_to_page(
    app: Sphinx, pagename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Add buttons and meta elements to the template's context."""
    context["header_buttons"] = []
    context["page_buttons"] = buttons(app, pagename, context)
    if doctree is not None and pagename in app.env.titles:
        context["metatags"] = context.get("metatags", "") + head(app, pagename, context, doctree)
