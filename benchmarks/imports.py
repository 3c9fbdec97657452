"""How long an import takes, in fresh interpreters."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.harness import arguments, medians, table

STATEMENTS = {
    "Python alone": "pass",
    "NumPy": "import numpy",
    "slopes": "import slopes",
    "slopes.compiled": "import slopes.compiled",
    "Numba": "import numba",
    "PyTorch": "import torch",
    "Optax": "import optax",
}


def started(statement: str) -> Callable[[], Any]:
    """Return what runs a statement in a fresh interpreter."""
    command = [sys.executable, "-c", statement]
    return lambda: subprocess.run(command, check=True, capture_output=True)


def rows(rounds: int) -> Iterator[list[object]]:
    """Measure those that are installed."""
    ways = {}
    for name, statement in STATEMENTS.items():
        try:
            started(statement)()
            ways[name] = started(statement)
        except subprocess.CalledProcessError:
            continue
    times = medians(ways, rounds=rounds)
    for name in STATEMENTS:
        if name in times:
            yield [name, f"{times[name]:.3f}", f"{times[name] - times['Python alone']:.3f}"]
        else:
            yield [name, "not installed", ""]


if __name__ == "__main__":
    quick = arguments(__doc__).quick
    table(["", "s", "beyond Python alone, s"], rows(3 if quick else 9))
