"""Build the website from the chapters and the notebooks' stored outputs, or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pipeline import ROOT, lite
from pipeline.chapters import chapters
from pipeline.claims import Report, examine
from pipeline.notebooks import drift
from pipeline.problems import stop_on
from pipeline.references import References

__all__ = ["SITE", "build", "check"]

#: The finished site. It is replaced in one move, so that a half-built one never stands here.
SITE = ROOT / "_build" / "html"
STAGING = ROOT / "_build" / "staging"


def check() -> list[Report]:
    """Hold every chapter against its notebook and the rules.

    Raises
    ------
    BuildError
        With every problem of every chapter.
    """
    pages = chapters()
    references = References(pages)
    reports = [examine(page) for page in pages]
    stop_on(
        [
            *(problem for page in pages for problem in drift(page, references)),
            *(problem for report in reports for problem in report.problems),
        ]
    )
    return reports


def build() -> Path:
    """Build the site into ``_build/html``.

    Raises
    ------
    BuildError
        If a chapter breaks a rule or has drifted.
    SystemExit
        If Sphinx has a warning or an error; it has printed them with file and line.
    """
    check()
    shutil.rmtree(STAGING, ignore_errors=True)
    command = [
        str(Path(sys.executable).with_name("jupyter-book")),
        "build",
        str(ROOT),
        "--path-output",
        str(STAGING),
        "-W",
        "-n",
        "--keep-going",
        "-q",
    ]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": path}, check=False)
    built = STAGING / "_build" / "html"
    if done.returncode or not (built / "index.html").exists():
        raise SystemExit(
            "The book was not built: mend the warnings above. "
            + ("The last good one is untouched." if SITE.exists() else "")
        )
    lite.build(built / "lite")
    (built / ".nojekyll").touch()  # GitHub Pages would drop folders that start with _
    old = SITE.with_name("html-before")
    shutil.rmtree(old, ignore_errors=True)
    if SITE.exists():
        SITE.rename(old)
    built.rename(SITE)
    shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(STAGING)
    return SITE
