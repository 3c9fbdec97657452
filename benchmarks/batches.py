"""Many runs at once: 300 Adam steps from 10,000 starts, and for 100 × 100 settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from benchmarks.harness import Variants, arguments, medians, peer, ratio, table  # first: one core

import numpy as np  # isort: skip
from slopes import Adam, landscape
from slopes.compiled import batch

torch, jax, optax = peer("torch"), peer("jax"), peer("optax")
STEPS = 300


def rosenbrock(p: Any) -> Any:
    """Return the value, for libraries that differentiate it themselves."""
    x, y = p
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2


def run_in_optax(start: Any, lr: Any, beta1: Any) -> Any:
    """Return the end of one run."""
    adam = optax.adam(lr, beta1)

    def body(carried: Any, _: Any) -> Any:
        p, state = carried
        changes, state = adam.update(jax.grad(rosenbrock)(p), state, p)
        return (optax.apply_updates(p, changes), state), None

    return jax.lax.scan(body, (start, adam.init(start)), None, STEPS)[0][0]


def ends_in_torch(starts: np.ndarray) -> np.ndarray:
    """Return where PyTorch's fused Adam ends when all starts are one tensor."""
    p = torch.tensor(starts, requires_grad=True)
    adam = torch.optim.Adam([p], lr=1e-3, fused=True)
    for _ in range(STEPS):
        x, y = p.detach()
        r = y - x * x
        p.grad = torch.stack([-2 * (1 - x) - 400 * x * r, 200 * r])
        adam.step()
    return p.detach().numpy()


def from_starts(runs: int) -> Variants:
    """Return the ways to run from many starts."""
    rule, surface = Adam(1e-3), landscape("rosenbrock")
    starts = np.random.default_rng(0).uniform(-2, 2, (2, runs))
    ways: Variants = {"compiled": lambda: batch(rule, surface, starts, steps=STEPS, tol=0).points}
    if jax and optax:
        one = jax.vmap(lambda x: run_in_optax(x, 1e-3, 0.9), in_axes=1, out_axes=1)
        together = jax.jit(one)
        ways["optax vmap, scan"] = lambda: np.asarray(together(starts))
    if torch:
        ways["torch fused, one tensor"] = lambda: ends_in_torch(starts)
    return ways


def with_settings(side: int) -> Variants:
    """Return the ways to run with a grid of learning rates and momenta."""
    surface, start = landscape("rosenbrock"), np.array([-1.2, 1.0])
    lr, beta1 = np.meshgrid(np.logspace(-4, -2, side), np.linspace(0, 0.99, side))
    rule = replace(Adam(), lr=lr.ravel(), beta1=beta1.ravel())
    ways: Variants = {"compiled": lambda: batch(rule, surface, start, steps=STEPS, tol=0).points}
    if jax and optax:
        together = jax.jit(jax.vmap(run_in_optax, in_axes=(None, 0, 0), out_axes=1))
        ways["optax vmap, scan"] = lambda: np.asarray(together(start, lr.ravel(), beta1.ravel()))
    return ways


def rows(side: int, rounds: int) -> Iterator[list[object]]:
    """Measure, after checking that all end at the same points."""
    for what, ways in {"starts": from_starts(side**2), "settings": with_settings(side)}.items():
        ends = {name: run() for name, run in ways.items()}
        for name, points in ends.items():
            np.testing.assert_allclose(points, ends["compiled"], atol=1e-7, err_msg=name)
        times = medians(ways, rounds=rounds, turn=0.02)
        for name in ways | dict.fromkeys(["optax vmap, scan"]):
            if name not in ways:
                yield [what, name, "not installed", "", ""]
                continue
            rate = side**2 * STEPS / times[name] / 1e6
            spent = f"{times[name] * 1e3:.3g}"
            yield [what, name, spent, f"{rate:.0f}", ratio(times, name, "compiled")]


if __name__ == "__main__":
    quick = arguments(__doc__).quick
    side = 32 if quick else 100
    print(f"{side**2:,} runs.\n")
    table(
        ["many", "", "ms", "million run-steps a second", "÷ compiled"],
        rows(side, 5 if quick else 15),
    )
