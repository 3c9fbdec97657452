"""What the benchmarks share: one core, interleaved rounds, medians, Markdown tables."""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import time
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

# One core and one thread for everybody, decided before NumPy, PyTorch or XLA start theirs.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["JAX_ENABLE_X64"] = "1"
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

Variants = dict[str, Callable[[], Any]]


def peer(name: str) -> Any:
    """Import a library to compare with, or return None."""
    try:
        module: Any = import_module(name)
    except ImportError:
        return None
    if name == "torch":
        module.set_num_threads(1)
    return module


def arguments(description: str | None, cores: str = "one core") -> argparse.Namespace:
    """Read the command line and print what the numbers depend on."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="fewer sizes and rounds")
    chosen = parser.parse_args()
    print(f"## {(description or '').splitlines()[0]}\n\n{_machine()}; {cores}\n")
    return chosen


def _machine() -> str:
    model = platform.processor()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        lines = cpus.read_text().splitlines()
        model = next((x.split(": ")[1] for x in lines if x.startswith("model name")), model)
    found = [f"{model or platform.machine()}, Python {platform.python_version()}"]
    for package in ("numpy", "numba", "torch", "jax", "optax"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} not installed")
    return ", ".join(found)


def timed(variants: Variants, *, rounds: int, turn: float = 0.002) -> dict[str, list[float]]:
    """Return the seconds of a call of each variant, round by round.

    The variants take turns, in a new order each round: noise hits all alike, and so does what
    the one before leaves in the cache. A turn makes as many calls as fit into ``turn`` seconds.
    """
    calls = {}
    for name, run in variants.items():
        run()
        start = time.perf_counter()
        run()
        calls[name] = max(1, int(turn / (time.perf_counter() - start)))
    times: dict[str, list[float]] = {name: [] for name in variants}
    turns, order = list(variants.items()), random.Random(0)
    for _ in range(rounds):
        order.shuffle(turns)
        for name, run in turns:
            start = time.perf_counter()
            for _ in range(calls[name]):
                run()
            times[name].append((time.perf_counter() - start) / calls[name])
    return times


def medians(variants: Variants, *, rounds: int, turn: float = 0.002) -> dict[str, float]:
    """Return the median seconds of a call of each variant; see :func:`timed`."""
    times = timed(variants, rounds=rounds, turn=turn)
    return {name: statistics.median(seen) for name, seen in times.items()}


def ratio(times: dict[str, float], name: str, base: str) -> str:
    """Return how many times as long ``name`` takes as ``base``."""
    if name not in times:
        return "not installed"
    return f"{times[name] / times[base]:.3g}"


def table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a Markdown table."""
    header = list(header)
    print(f"| {' | '.join(header)} |")
    print(f"|{'---|' * len(header)}", flush=True)
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |", flush=True)
    print()
