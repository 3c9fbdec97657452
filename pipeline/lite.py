"""JupyterLite: the notebooks run in the reader's browser, from the same static site.

It is built anew only when something in it changed; the last one is kept in ``_build/lite``.
Python itself, Pyodide, comes from its public address the first time a reader opens a notebook.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline import ROOT

__all__ = ["PYODIDE", "build"]

#: The notebooks' Python in the browser. The library's lower bounds in pyproject.toml are what it
#: carries. Another version of it needs another jupyterlite-pyodide-kernel.
PYODIDE = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"

# What Pyodide lacks for the notebooks' widgets. The front ends that these wheels bring along
# must be of the versions that their Python sides expect, so they are pinned together, here.
WHEELS = (
    "ipywidgets==8.1.5",
    "jupyterlab_widgets==3.0.17",
    "comm==0.2.3",
    "anywidget==0.11.0",
    "psygnal==0.16.1",
    "typing_extensions==4.16.0",
)
FRONT_ENDS = ("jupyterlab_widgets", "anywidget")
APPS = ("lab", "notebooks")
# The notebook shows its state in the tab's icon and asks for these by name.
ICONS = ("", "-notebook", "-file", "-console", "-terminal", "-busy-1", "-busy-2", "-busy-3")

CACHE = ROOT / "_build" / "lite"
WHEEL_CACHE = ROOT / "_build" / "wheels"
EPOCH = "1767225600"  # the time of every file, so that the same input gives the same bytes


def build(output: Path) -> None:
    """Put JupyterLite with all notebooks into a folder of the site."""
    state = fingerprint()
    stamp = CACHE / "stamp"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != state:
        shutil.rmtree(CACHE, ignore_errors=True)
        CACHE.mkdir(parents=True)
        make(CACHE / "site")
        stamp.write_text(state, encoding="utf-8")
    shutil.rmtree(output, ignore_errors=True)
    shutil.copytree(CACHE / "site", output)


def fingerprint() -> str:
    """Return a number that changes with whatever the result depends on."""
    digest = hashlib.sha256()
    for package in ("jupyterlite-core", "jupyterlite-pyodide-kernel"):
        digest.update(f"{package} {version(package)}\n".encode())
    library = [p for p in (ROOT / "lib").rglob("*") if "__pycache__" not in p.parts]
    notebooks = (ROOT / "notebooks").rglob("*.ipynb")
    for path in sorted([*library, *notebooks, ROOT / "pyproject.toml", Path(__file__)]):
        if path.is_file() and ".ipynb_checkpoints" not in path.parts:
            digest.update(f"{path.relative_to(ROOT)}\n".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def make(site: Path) -> None:
    """Build JupyterLite into an empty folder."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        wheels = [*widget_wheels(), course_wheel(work / "dist")]
        kernel = (
            Path(sys.prefix) / "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension"
        )
        front_ends = [w for w in wheels if w.name.startswith(FRONT_ENDS)]
        settings = {
            "LiteBuildConfig": {
                "apps": APPS,
                # Only these, whatever else the environment has.
                "ignore_sys_prefix": ["federated_extensions"],
                "federated_extensions": [str(kernel), *map(str, front_ends)],
                "no_sourcemaps": True,
                "no_unused_shared_packages": True,
                "source_date_epoch": int(EPOCH),
            },
            "PipliteAddon": {"piplite_urls": list(map(str, wheels))},
        }
        (work / "jupyter_lite_config.json").write_text(json.dumps(settings), encoding="utf-8")
        (work / "jupyter-lite.json").write_text(json.dumps(reader_settings()), encoding="utf-8")
        run("jupyter", "lite", "build", "--lite-dir", name, "--output-dir", str(site), folder=work)
    add_notebooks(site)
    icons = site / "static" / "favicons"
    icons.mkdir(parents=True)
    for name in ICONS:
        shutil.copyfile(site / "notebooks" / "favicon.ico", icons / f"favicon{name}.ico")
    trim(site)


def add_notebooks(site: Path) -> None:
    """Add the notebooks with the listings that JupyterLite shows them by.

    JupyterLite can do so itself, but only with the whole of jupyter-server beside it.
    """
    source = ROOT / "notebooks"
    found = [p for p in source.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts]
    time = datetime.fromtimestamp(int(EPOCH), UTC).isoformat().replace("+00:00", "Z")
    listings: dict[Path, dict[str, Any]] = {}

    def entry(path: Path, kind: str, size: int | None) -> dict[str, Any]:
        name = path.as_posix()
        return {
            "name": path.name,
            "path": "" if name == "." else name,
            "type": kind,
            "size": size,
            "format": "json",
            "mimetype": None,
            "content": None,
            "created": time,
            "last_modified": time,
            "writable": True,
        }

    def listing(folder: Path) -> dict[str, Any]:
        if folder not in listings:
            listings[folder] = entry(folder, "directory", None) | {"content": []}
            if folder != Path():
                above = listing(folder.parent)
                above["content"].append(entry(folder, "directory", None))
        return listings[folder]

    for path in sorted(found):
        place = path.relative_to(source)
        target = site / "files" / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        listing(place.parent)["content"].append(entry(place, "notebook", path.stat().st_size))
    for folder, content in listings.items():
        index = site / "api" / "contents" / folder / "all.json"
        index.parent.mkdir(parents=True, exist_ok=True)
        index.write_text(json.dumps(content, indent=2, sort_keys=True), encoding="utf-8")


def reader_settings() -> dict[str, Any]:
    """Return what JupyterLite reads when it starts in the browser."""
    kernel = {
        "pyodideUrl": f"{PYODIDE}pyodide.js",
        # Only what the site and Pyodide bring: a package index would be another server.
        "disablePyPIFallback": True,
    }
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "Follow the Slope",
            "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
        },
    }


def widget_wheels() -> list[Path]:
    """Return the wheels of the widgets, downloaded once."""
    WHEEL_CACHE.mkdir(parents=True, exist_ok=True)
    missing = [w for w in WHEELS if not list(WHEEL_CACHE.glob(wheel_pattern(w)))]
    if missing:
        # Pure Python for Pyodide's version, whatever the version that runs this.
        pure = ["--python-version", "3.12", "--implementation", "py", "--abi", "none"]
        pure += ["--platform", "any", "--only-binary", ":all:", "--no-deps", "--quiet"]
        run(sys.executable, "-m", "pip", "download", *pure, "--dest", str(WHEEL_CACHE), *missing)
    return [next(WHEEL_CACHE.glob(wheel_pattern(w))) for w in WHEELS]


def wheel_pattern(requirement: str) -> str:
    """Return the file name of a pinned pure wheel."""
    return requirement.replace("==", "-") + "-*none-any.whl"


def course_wheel(folder: Path) -> Path:
    """Build the library as it is in the tree."""
    isolated = [] if importlib.util.find_spec("hatchling") is None else ["--no-isolation"]
    command = [sys.executable, "-m", "build", "--wheel", *isolated, "--outdir", str(folder)]
    run(*command, str(ROOT))
    return next(folder.glob("*.whl"))


def trim(site: Path) -> None:
    """Leave out what no reader of this site can reach."""
    old_fonts = [f"build/fa-*.{kind}" for kind in ("eot", "svg", "ttf", "woff")]
    for pattern in ("**/*.map", "doc", "**/.jupyterlite.doit.db", *old_fonts):
        for path in list(site.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def run(*command: str, folder: Path = ROOT) -> None:
    """Run a command; show what it printed only when it fails."""
    tools = str(Path(sys.executable).parent)
    variables = os.environ | {
        "PATH": os.pathsep.join([tools, os.environ.get("PATH", os.defpath)]),
        "SOURCE_DATE_EPOCH": EPOCH,
    }
    done = subprocess.run(
        command, cwd=folder, env=variables, text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:4])} … failed:\n{done.stdout}{done.stderr}")
