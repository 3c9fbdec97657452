"""What the website takes from npm: MathJax, which typesets formulas while the book is built.

Nothing of it is copied into the site, so there is only one thing to make sure of.
"""

from __future__ import annotations

import json

from pipeline import ROOT

__all__ = ["copy"]


def copy() -> None:
    """Stop unless the pinned packages are in ``node_modules``."""
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    for name, version in wanted.items():
        package = ROOT / "node_modules" / name / "package.json"
        found = (
            json.loads(package.read_text(encoding="utf-8"))["version"]
            if package.exists()
            else "none"
        )
        if found != version:
            raise SystemExit(f"The build needs {name} {version}, found {found}: run `make env`.")
