"""What a reader does on the main page: unfold, launch, edit, search, run the notebook."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from pipeline import ROOT
from pipeline.book import SITE
from pipeline.chapters import settings
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

NAME = "descent/follow-the-slope"
MAIN = f"chapters/{NAME}.html"


def links(page: Page, group: str) -> dict[str, str]:
    """Return the links of a group of buttons, as written, by what they say."""
    return page.evaluate(
        """(group) => Object.fromEntries(
          [...document.querySelectorAll(`.dropdown-${group}-buttons a`)]
            .map((a) => [a.firstChild.textContent.trim(), a.getAttribute('href')]))""",
        group,
    )


def test_folded_code_unfolds_with_the_keyboard(page: Page) -> None:
    page.goto(MAIN)
    folded = page.locator("details.fold").first
    summary = folded.locator("summary")
    expect(summary).to_have_text("Show the code", use_inner_text=True)
    expect(folded.locator(".cell_input")).to_be_hidden()
    summary.focus()
    page.keyboard.press("Enter")
    expect(folded.locator(".cell_input")).to_be_visible()
    expect(summary).to_have_text("Hide the code", use_inner_text=True)
    page.keyboard.press("Enter")
    expect(folded.locator(".cell_input")).to_be_hidden()


def test_proved_equations_say_so(page: Page) -> None:
    page.goto(MAIN)
    proofs = page.locator(".tag_proof")
    assert proofs.count() > 0
    for proof in proofs.all():
        expect(proof.locator("summary")).to_have_text(
            re.compile("^(Proved for|Printed from)"), use_inner_text=True
        )
        expect(proof.get_by_role("img", name="Checked by the code on this page")).to_be_visible()


def test_solutions_unfold(page: Page) -> None:
    page.goto(MAIN)
    solution = page.locator("details.solution").first
    expect(solution.locator("> :not(summary)").first).to_be_hidden()
    solution.locator("summary").click()
    expect(solution.locator("> :not(summary)").first).to_be_visible()


def test_launch_buttons_open_the_notebook(page: Page) -> None:
    page.goto(MAIN)
    launch = links(page, "launch")
    repository = settings()["repository"]
    slug = urlsplit(repository["url"]).path.strip("/")
    notebook = f"notebooks/{NAME}.ipynb"
    assert (ROOT / notebook).exists()
    colab = (
        f"https://colab.research.google.com/github/{slug}/blob/{repository['branch']}/{notebook}"
    )
    assert launch["Google Colab"] == colab
    binder = urlsplit(launch["Binder"])
    assert binder.netloc == "mybinder.org"
    assert binder.path == f"/v2/gh/{slug}/{repository['branch']}"
    assert parse_qs(binder.query) == {"urlpath": [f"lab/tree/{notebook}"]}


def test_jupyterlite_is_on_the_same_site(page: Page) -> None:
    page.goto(MAIN)
    lite = links(page, "launch")["In this browser"]
    assert not urlsplit(lite).netloc
    assert not lite.startswith("/"), "would break below a path"
    target = (SITE / MAIN).parent / urlsplit(lite).path
    assert target.resolve().is_file()
    path = parse_qs(urlsplit(lite).query)["path"][0]
    stored = SITE / "lite" / "files" / path
    assert stored.read_bytes() == (ROOT / "notebooks" / path).read_bytes()


def test_the_download_is_the_committed_notebook(page: Page) -> None:
    page.goto(MAIN)
    address = links(page, "download")["Notebook"]
    kept = ((SITE / MAIN).parent / unquote(address)).resolve()
    assert kept.read_bytes() == (ROOT / "notebooks" / f"{NAME}.ipynb").read_bytes()


def test_edit_and_issue_buttons_point_at_the_source(page: Page) -> None:
    page.goto(MAIN)
    source = links(page, "source")
    repository = settings()["repository"]
    path = f"chapters/{NAME}.md"
    assert (ROOT / path).exists()
    assert source["Suggest an edit"] == f"{repository['url']}/edit/{repository['branch']}/{path}"
    issue = urlsplit(source["Report a problem"])
    assert issue.geturl().startswith(f"{repository['url']}/issues/new?")
    assert path in parse_qs(issue.query)["body"][0]


def test_buttons_open_with_the_keyboard(page: Page) -> None:
    page.goto(MAIN)
    button = page.get_by_role("button", name="Open as a notebook")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Google Colab")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Google Colab")).to_be_hidden()


def test_search_finds_a_word(page: Page) -> None:
    page.goto(MAIN)
    page.keyboard.press("Control+k")
    page.locator("dialog[open] input[type=search]").fill("slope")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=slope*")
    result = page.locator("#search-results li a").first
    expect(result).to_be_visible()
    result.click()
    expect(page.locator("h1:visible").first).to_be_visible()


def test_the_notebook_runs_in_the_browser(page: Page, visit: Visit, pyodide: Path | None) -> None:
    visit.pyodide, visit.may_use_pyodide = pyodide, True
    page.goto(MAIN)
    page.get_by_role("button", name="Open as a notebook").click()
    page.get_by_role("link", name="In this browser").click()
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=90_000)
    prompts = (
        "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map((p) => p.textContent)"
    )
    # While the kernel is being found, the menu's command does nothing, or asks for a kernel.
    idle = ".jp-Notebook-ExecutionIndicator[data-status='idle']"
    page.wait_for_selector(idle, state="attached", timeout=120_000)
    for _ in range(12):
        for answer in page.locator(".jp-Dialog .jp-mod-accept").all():
            answer.click()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.wait_for_timeout(3_000)
        if page.evaluate(f"{prompts}.some((p) => p.includes('*'))"):
            break
    # Only cells near the ones in view have elements, and the last one leaves the view whenever
    # outputs above it grow: stay at the end, as a reader would scroll there.
    page.evaluate(
        """() => {
            const panel = document.querySelector('.jp-Notebook .jp-WindowedPanel-outer')
            setInterval(() => { panel.scrollTop = panel.scrollHeight }, 250)
        }"""
    )
    # A cell that fails stops the run: the last one's number and output tell that all of them ran.
    cells = json.loads((ROOT / "notebooks" / f"{NAME}.ipynb").read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    last = page.locator(".jp-CodeCell").last
    expect(last.locator(".jp-InputPrompt")).to_have_text(f"[{len(code)}]:", timeout=240_000)
    shown = last.locator(".jp-RenderedText pre").all_text_contents()
    stored = "".join("".join(output["text"]) for output in code[-1]["outputs"])
    assert "".join(shown).split() == stored.split()
    errors = page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']")
    assert errors.all_text_contents() == []
