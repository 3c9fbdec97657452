"""The notebooks run with nothing but the package, far from the repository, and on Binder.

A notebook can pass in the repository because a file happens to lie beside it, or because the tests'
environment holds a package that a reader does not have. Here each notebook runs alone in an empty
folder, in a new environment, and must print what its stored outputs say.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.bare

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "notebooks").rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)

# Runs in the new environment. The last cell tells where the notebook found the package.
RUN = """\
import sys
import nbformat
from nbclient import NotebookClient

source, target = sys.argv[1:]
book = nbformat.read(source, as_version=4)
book.cells.append(nbformat.v4.new_code_cell("import slopes\\nprint(slopes.__file__)"))
for cell in book.cells:
    if "nbval-skip" in cell.metadata.get("tags", []):
        cell.metadata.tags = ["skip-execution"]
NotebookClient(book, timeout=300).execute()
nbformat.write(book, target)
"""


def environment(home: Path, python: Path) -> dict[str, str]:
    """Make an empty home, and environment variables that carry nothing from outside into it.

    Kept are those that a machine needs to work at all, such as a proxy's address; PYTHONPATH,
    JUPYTER_PATH, MPLBACKEND and their like are not. Settings files are out of reach, too, because
    the home folder is an empty one.
    """
    home.mkdir(exist_ok=True)
    kept = {"LANG", "LC_ALL", "TMPDIR", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR"}
    kept |= {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"}
    path = os.pathsep.join([str(python.parent), os.environ.get("PATH", os.defpath)])
    return {
        **{name: value for name, value in os.environ.items() if name in kept},
        "PATH": path,
        "HOME": str(home),
        "OMP_NUM_THREADS": "1",  # several notebooks run at once and would fight for the cores
    }


def call(*command: str | Path, cwd: Path, env: dict[str, str], timeout: float) -> None:
    """Run a command; when it fails, fail with what it said."""
    done = subprocess.run(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, timeout=timeout,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
    )  # fmt: skip
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-40:])
        pytest.fail(f"{' '.join(map(str, command[:4]))} ... failed:\n{tail}", pytrace=False)


def pip(*arguments: str | Path, **variables: str) -> None:
    """Run pip, with the user's own settings and cache: they say where packages come from."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    env |= {"PIP_NO_INPUT": "1", "PIP_USER": "0", **variables}
    call(sys.executable, "-I", "-m", "pip", *arguments, cwd=ROOT, env=env, timeout=900)


@dataclass
class Bare:
    """A new environment and the notebooks that are running in it."""

    site_packages: Path
    runs: dict[str, Future[Path]]


def new_environment(folder: Path) -> Path:
    """Make an empty virtual environment, without even pip, and return its Python."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    venv = [sys.executable, "-I", "-m", "venv", "--without-pip", str(folder)]
    call(*venv, cwd=ROOT, env=env, timeout=120)
    return folder / "bin" / "python"


def run_all(folder: Path, python: Path, pool: ThreadPoolExecutor) -> Bare:
    """Start every notebook, each alone in an empty folder, as many at a time as there are cores."""
    env = environment(folder / "home", python)
    # Matplotlib's list of fonts is made once, or the first notebooks would say that it is made.
    call(python, "-I", "-c", "import matplotlib.font_manager", cwd=folder, env=env, timeout=300)

    runner = folder / "run_notebook.py"
    runner.write_text(RUN, encoding="utf-8")

    def run(name: str) -> Path:
        place = folder / "run" / name.removesuffix(".ipynb")
        place.mkdir(parents=True)
        source, target = place / Path(name).name, place.with_suffix(".executed")
        source.write_bytes((ROOT / name).read_bytes())
        # -I keeps the working directory off the runner's path; the kernel gets it, as usual.
        call(python, "-I", runner, source.name, target, cwd=place, env=env, timeout=1200)
        return target

    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site_packages = folder / "venv" / "lib" / version / "site-packages"
    return Bare(site_packages, {name: pool.submit(run, name) for name in NOTEBOOKS})


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(max_workers=os.cpu_count())
    yield pool
    pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def wheel_only(tmp_path_factory: pytest.TempPathFactory, pool: ThreadPoolExecutor) -> Bare:
    """Only the package as it would be published, and what runs notebooks."""
    folder = tmp_path_factory.mktemp("wheel")
    # The tools that build it are pinned too; which variable pip reads depends on its age.
    pins = {"PIP_CONSTRAINT": "constraints.txt", "PIP_BUILD_CONSTRAINT": "constraints.txt"}
    pip("wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ".", **pins)
    (wheel,) = folder.glob("slopes-*.whl")
    python = new_environment(folder / "venv")
    constraints = ("-c", ROOT / "constraints.txt")
    pip("--python", python, "install", "--quiet", *constraints, wheel, "ipykernel", "nbclient")
    return run_all(folder, python, pool)


@pytest.fixture(scope="module")
def binder(tmp_path_factory: pytest.TempPathFactory, pool: ThreadPoolExecutor) -> Bare:
    """What repo2docker does with binder/: from the root, the requirements, then postBuild."""
    folder = tmp_path_factory.mktemp("binder")
    python = new_environment(folder / "venv")
    pip("--python", python, "install", "--quiet", "-r", "binder/requirements.txt")
    env = environment(folder / "home", python)
    call(ROOT / "binder" / "postBuild", cwd=ROOT, env=env, timeout=600)
    return run_all(folder, python, pool)


def texts(cell: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a cell says in words: its streams, values, formulas and errors.

    A stream arrives in pieces that depend on timing, and beside other outputs at a place that does
    too, so each stream is one text and comes first.
    """
    streams = {"stdout": "", "stderr": ""}
    rest = []
    for output in cell["outputs"]:
        kind = output["output_type"]
        if kind == "stream":
            streams[output["name"]] += "".join(output["text"])
        elif kind == "error":
            rest.append((kind, f"{output['ename']}: {output['evalue']}"))
        else:
            data = output["data"]
            found = [type_ for type_ in ("text/plain", "text/latex") if type_ in data]
            rest += [(type_, "".join(data[type_])) for type_ in found]
    return [item for item in streams.items() if item[1]] + rest


def differences(stored: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Describe every cell whose words are not the stored ones."""
    found = []
    for number, (old, new) in enumerate(zip(stored["cells"], now["cells"], strict=True)):
        ignored = {"nbval-ignore-output", "nbval-skip"} & set(old["metadata"].get("tags", []))
        if old["cell_type"] != "code" or ignored or texts(old) == texts(new):
            continue
        source = "".join(old["source"]).strip().partition("\n")[0]
        found.append(f"cell {number}, `{source}`:\n  stored {texts(old)}\n  now    {texts(new)}")
    return found


def compare(bare: Bare, name: str) -> None:
    """Compare a notebook's words with the stored ones, and check which package it used."""
    stored = json.loads((ROOT / name).read_text(encoding="utf-8"))
    now = json.loads(bare.runs[name].result().read_text(encoding="utf-8"))
    used = "".join(now["cells"].pop()["outputs"][0]["text"]).strip()
    assert Path(used).resolve().is_relative_to(bare.site_packages.resolve()), (
        f"{name} used {used}, not the installed package"
    )
    found = differences(stored, now)
    if found:
        pytest.fail(f"{name} does not say what is stored:\n" + "\n".join(found), pytrace=False)


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS, "no notebook in notebooks/: run `make notebooks`, or nothing is tested here"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_with_the_wheel_only(name: str, wheel_only: Bare) -> None:
    compare(wheel_only, name)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_on_binder(name: str, binder: Bare) -> None:
    compare(binder, name)
