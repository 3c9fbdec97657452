"""What must agree across files: addresses, versions, licences, topics, sources, and the README."""

import base64
import re
import tomllib

import nbformat
import pytest
import slopes
import yaml

from pipeline import ROOT
from pipeline.chapters import chapters, settings
from pipeline.strict import same_picture

REPOSITORY = settings()["repository"]["url"]
SITE = settings()["html"]["baseurl"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_addresses_are_the_same_everywhere():
    assert PROJECT["urls"] == {"Homepage": SITE, "Source": REPOSITORY}
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["repository-code"] == REPOSITORY
    assert citation["url"] == SITE
    readme = (ROOT / "README.md").read_text()
    assert f"git clone {REPOSITORY}" in readme
    assert SITE in readme


def test_no_other_file_writes_the_repositorys_address():
    allowed = {"_config.yml", "pyproject.toml", "CITATION.cff", "README.md", "CHANGELOG.md"}
    kinds = {".py", ".md", ".yml", ".yaml", ".toml", ".css", ".js", ".html", ".json", ".cff"}
    folders = ("chapters", "lib", "pipeline", "site", "binder", ".github")
    files = [p for f in folders for p in (ROOT / f).rglob("*") if p.suffix in kinds]
    files += [p for p in ROOT.iterdir() if p.suffix in kinds]
    home = REPOSITORY.removeprefix("https://github.com/")
    found = {str(p.relative_to(ROOT)) for p in files if home in p.read_text(encoding="utf-8")}
    assert found <= allowed


def test_the_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert slopes.__version__ == PROJECT["version"] == str(citation["version"])


def test_every_direct_need_is_pinned():
    pinned = {
        re.split(r"[=;\[ ]", line)[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    wanted = [*(ROOT / "requirements.txt").read_text().splitlines(), *PROJECT["dependencies"]]
    direct = [
        re.split(r"[<>=;\[ ]", line.strip())[0].lower().replace("_", "-")
        for line in wanted
        if line.strip() and not line.startswith("#")
    ]
    assert [name for name in direct if name not in pinned] == []


def test_the_licences_are_there():
    assert "Redistribution and use" in (ROOT / "LICENSE").read_text()
    assert "creativecommons.org/licenses/by/4.0" in (ROOT / "LICENSE-TEXT").read_text()
    assert "CC BY 4.0" in (ROOT / "lib/slopes/data/LICENSE").read_text()


def test_the_readmes_picture_is_the_first_figure_of_the_book():
    page = next(page for page in chapters() if page.name == "descent/follow-the-slope")
    outputs = [o for c in nbformat.read(page.notebook, 4).cells for o in c.get("outputs", [])]
    first = next(o.data["image/png"] for o in outputs if "image/png" in o.get("data", {}))
    cover = base64.b64encode((ROOT / "site/static/cover.png").read_bytes()).decode()
    assert same_picture(cover, first), "run 'make notebooks'"
    assert "site/static/cover.png" in (ROOT / "README.md").read_text()


# Topics ---------------------------------------------------------------------------------------

MAP = (ROOT / "chapters/back/topics.md").read_text()
COVERED = set(
    re.findall(r"^\(topic-(\w+)\)=$", "\n".join(page.text for page in chapters()), re.MULTILINE)
)
#: How many topics each part has.
PARTS = {"R": 10, "M": 9, "C": 7, "G": 13, "D": 9}


def test_the_map_lists_every_topic_once():
    wanted = [f"{part}{k}" for part, count in PARTS.items() for k in range(1, count + 1)]
    assert re.findall(r"^\| ([RMCGD]\d+) \|", MAP, re.MULTILINE) == wanted


def test_the_map_links_exactly_the_topics_that_sections_cover():
    assert set(re.findall(r"\[\]\(#topic-(\w+)\)", MAP)) == COVERED


@pytest.mark.parametrize("topic", ["G1", "G2", "G3", "M5"])
def test_the_first_chapter_covers_its_topics(topic):
    assert topic in COVERED


# Sources --------------------------------------------------------------------------------------


def test_every_source_is_cited_and_every_citation_has_its_source():
    listed = re.findall(r"^@\w+\{([^,]+),", (ROOT / "references.bib").read_text(), re.MULTILINE)
    text = "\n".join(page.text for page in chapters())
    roles = re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", text)
    cited = {key.strip() for role in roles for key in role.split(",")}
    assert sorted(listed) == sorted(cited)


def test_no_source_is_listed_twice():
    titles = re.findall(r"^  title = (.*)$", (ROOT / "references.bib").read_text(), re.MULTILINE)
    plain = [re.sub(r"\W", "", title).lower() for title in titles]
    assert len(plain) == len(set(plain))


def test_the_readmes_example_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    exec(code, {})
    assert "Trajectory: 20000 steps" in capsys.readouterr().out
