"""A whole path: thousands of Adam steps on Rosenbrock's valley, every point kept."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.harness import Variants, arguments, medians, peer, ratio, table, timed  # first

import numpy as np  # isort: skip
from slopes import Adam, landscape, minimize
from slopes.compiled import path

torch, jax, optax = peer("torch"), peer("jax"), peer("optax")
START, LR = np.array([-1.2, 1.0]), 1e-3
CHAIN = "the textbook's order, one coordinate, nothing kept"


def rosenbrock(p: Any) -> Any:
    """Return the value, for libraries that differentiate it themselves."""
    x, y = p
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2


def gradient(x: float, y: float) -> tuple[float, float]:
    """Return the gradient by hand."""
    r = y - x * x
    return -2 * (1 - x) - 400 * x * r, 200 * r


def in_torch(steps: int) -> Variants:
    """Return PyTorch's usual loop, and its best one: gradient by hand, fused step."""

    def usual() -> Any:
        p = torch.tensor(START, requires_grad=True)
        adam = torch.optim.Adam([p], lr=LR)
        points = [p.detach().clone()]
        for _ in range(steps):
            adam.zero_grad()
            rosenbrock(p).backward()
            adam.step()
            points.append(p.detach().clone())
        return torch.stack(points).numpy()

    def best() -> Any:
        p = torch.tensor(START, requires_grad=True)
        p.grad = torch.zeros_like(p)
        x, g = p.detach().numpy(), p.grad.numpy()  # the same memory
        adam = torch.optim.Adam([p], lr=LR, fused=True)
        points = np.empty((steps + 1, 2))
        points[0] = x
        for t in range(steps):
            g[:] = gradient(*x.tolist())
            adam.step()
            points[t + 1] = x
        return points

    return {"torch, autograd": usual, "torch fused, gradient by hand": best}


def in_optax(steps: int) -> Variants:
    """Return Optax under ``jit`` in a Python loop, and all of it in ``lax.scan``."""
    adam = optax.adam(LR)

    @jax.jit
    def step(p: Any, state: Any) -> Any:
        changes, state = adam.update(jax.grad(rosenbrock)(p), state, p)
        return optax.apply_updates(p, changes), state

    @jax.jit
    def scanned(p: Any) -> Any:
        def body(carried: Any, _: Any) -> Any:
            carried = step(*carried)
            return carried, carried[0]

        return jax.lax.scan(body, (p, adam.init(p)), None, steps)[1]

    def looped() -> Any:
        p = jax.numpy.asarray(START)
        state = adam.init(p)
        points = [p]
        for _ in range(steps):
            p, state = step(p, state)
            points.append(p)
        return np.array(points)

    def scan() -> Any:
        return np.asarray(scanned(jax.numpy.asarray(START)))  # without the start

    return {"optax jit, loop": looped, "optax lax.scan": scan}


def chain(steps: int) -> Callable[[], float]:
    """Return what no loop in the textbook's order can beat: only what each step waits for.

    One coordinate's gradient, root and division, one after the other. The other coordinate stands
    still, nothing is kept or checked, and the corrections for t are numbers. The compiled path
    takes the root and the quotient side by side.
    """
    from numba import njit

    @njit("float64(int64, float64, float64, float64, float64, float64)", error_model="numpy")
    def alone(steps, x, y, beta2, first, second):  # type: ignore[no-untyped-def]
        m, v = 0.0, 1.0
        for _ in range(steps):
            g = (-2 + 2 * x) + (-400 * x) * (y - x * x)
            m = 0.9 * m + 0.1 * g
            v = beta2 * v + (1 - beta2) * (g * g)
            x = x - first * m / (math.sqrt(v * second) + 1e-8)
        return x

    return lambda: float(alone(steps, *START.tolist(), 0.999, LR, 1.0))


def spread(seen: list[float], base: list[float]) -> str:
    """Return the ratio in the lowest and the highest tenth of the rounds."""
    ratios = statistics.quantiles((a / b for a, b in zip(seen, base, strict=True)), n=10)
    return f"{ratios[0]:.3g} to {ratios[-1]:.3g}"


def rows(steps: int, rounds: int) -> Iterator[list[object]]:
    """Measure, after checking that all follow the same path."""
    rule, surface = Adam(LR), landscape("rosenbrock")
    ways: Variants = {
        "compiled": lambda: path(rule, surface, START, steps=steps).points,
        "minimize on NumPy": lambda: minimize(rule, surface, START, steps=steps).points,
    }
    if torch:
        ways |= in_torch(steps)
    if jax and optax:
        ways |= in_optax(steps)
    first = {}
    reference = ways["minimize on NumPy"]()
    for name, run in ways.items():
        start = time.perf_counter()
        points = run()
        first[name] = time.perf_counter() - start
        np.testing.assert_allclose(points, reference[-len(points) :], atol=1e-10, err_msg=name)
    fast = [name for name in ways if name in ("compiled", "optax lax.scan")]
    times = medians({name: ways[name] for name in ways if name not in fast}, rounds=min(rounds, 3))
    ways[CHAIN] = chain(steps)
    fast.append(CHAIN)
    # Many rounds: what a machine's other tenants do changes within seconds.
    every = timed({name: ways[name] for name in fast}, rounds=50 * rounds, turn=0.02)
    times |= {name: statistics.median(seen) for name, seen in every.items()}
    expected = ["torch, autograd", "torch fused, gradient by hand"]
    for name in [*ways, *(n for n in (*expected, "optax lax.scan") if n not in ways)]:
        if name not in ways:
            yield [name, "not installed", "", "", ""]
            continue
        spent = times[name]
        once = "" if name == CHAIN else f"{first[name]:.2f}"
        tenths = spread(every[name], every["compiled"]) if name in every else ""
        yield [name, f"{spent * 1e3:.3g}", once, ratio(times, name, "compiled"), tenths]


if __name__ == "__main__":
    quick = arguments(__doc__).quick
    steps = 1000 if quick else 10_000
    print(f"{steps:,} steps. The first run includes compiling.\n")
    header = ["", "ms", "first run, s", "÷ compiled", "in four of five rounds"]
    table(header, rows(steps, 1 if quick else 4))
