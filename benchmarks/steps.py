"""One update step: compiled, as it stands on NumPy, in PyTorch and in Optax.

The gradient is the same array at every step. PyTorch's own forms of a step (a loop over
parameters, ``foreach``, ``fused`` where there is one) and Optax under ``jit`` with donated
buffers are each at their best: one parameter tensor, one thread.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from benchmarks.harness import Variants, arguments, medians, peer, ratio, table  # first: one core

import numpy as np  # isort: skip
from slopes.compiled import stepper
from slopes.rules import AdaGrad, Adam, Momentum, RMSProp, Rule

torch, jax, optax = peer("torch"), peer("jax"), peer("optax")
RULES = [Adam(), RMSProp(), AdaGrad(), Momentum()]
FORMS = ["torch default", "torch foreach", "torch fused"]


def in_torch(rule: Rule, x: np.ndarray, g: np.ndarray) -> Iterator[tuple[str, Any]]:
    """Return the forms of the same step in PyTorch."""
    made = {
        Adam: lambda p, **form: torch.optim.Adam(p, **form),
        RMSProp: lambda p, **form: torch.optim.RMSprop(p, **form),
        AdaGrad: lambda p, **form: torch.optim.Adagrad(p, **form),
        Momentum: lambda p, **form: torch.optim.SGD(p, lr=0.01, momentum=0.9, **form),
    }[type(rule)]
    for name in FORMS:
        form = name.removeprefix("torch ")
        if form == "fused" and isinstance(rule, RMSProp):
            continue  # PyTorch has none
        p = torch.from_numpy(x.copy()).requires_grad_()
        p.grad = torch.from_numpy(g)
        chosen = {"foreach": False} if form == "default" else {form: True}
        yield name, made([p], **chosen).step


def in_optax(rule: Rule, x: np.ndarray, g: np.ndarray) -> Any:
    """Return the same step in Optax."""
    made = {
        Adam: lambda: optax.adam(1e-3),
        RMSProp: lambda: optax.rmsprop(1e-2, 0.99, 1e-8, eps_in_sqrt=False),
        AdaGrad: lambda: optax.adagrad(1e-2, 0.0, 1e-10),
        Momentum: lambda: optax.sgd(1e-2, 0.9),
    }[type(rule)]()

    def update(p: Any, state: Any, g: Any) -> Any:
        changes, state = made.update(g, state, p)
        return optax.apply_updates(p, changes), state

    compiled = jax.jit(update, donate_argnums=(0, 1))
    gradient = jax.numpy.asarray(g)
    kept = [jax.numpy.array(x)]
    kept.append(made.init(kept[0]))

    def step() -> None:
        kept[:] = compiled(*kept, gradient)
        kept[0].block_until_ready()

    return step


def on_numpy(rule: Rule, x: np.ndarray, g: np.ndarray) -> Any:
    """Return the rule as it stands."""
    kept: list[Any] = [0, x.copy(), *rule.start(x)]

    def step() -> None:
        t, x, *state = kept
        kept[:] = [t + 1, *rule.update(x, g, t + 1, *state)]

    return step


def variants(rule: Rule, n: int, dtype: str) -> Variants:
    """Return every way to take a step on n numbers."""
    g = np.random.default_rng(0).standard_normal(n).astype(dtype)
    x = np.ones(n, dtype)
    run = stepper(rule, x.copy())
    ways: Variants = {"compiled": lambda: run.step(g), "NumPy": on_numpy(rule, x, g)}
    if torch:
        ways |= dict(in_torch(rule, x, g))
    if jax and optax:
        ways["optax jit"] = in_optax(rule, x, g)
    return ways


def rows(sizes: list[int], rounds: int) -> Iterator[list[object]]:
    """Measure rule by rule."""
    for rule in RULES:
        for dtype in ("float64", "float32"):
            for n in sizes:
                times = medians(variants(rule, n, dtype), rounds=rounds)
                others = [name for name in FORMS if name in times]
                best = min(others, key=times.get, default="")  # type: ignore[arg-type]
                yield [
                    type(rule).__name__,
                    dtype,
                    f"{n:,}",
                    f"{times['compiled'] * 1e6:.3g}",
                    *(
                        "none"
                        if torch and name == "torch fused" and name not in times
                        else ratio(times, name, "compiled")
                        for name in ("NumPy", *FORMS, "optax jit")
                    ),
                    ratio(times, best, "compiled"),
                    ratio(times, "torch default", "NumPy"),
                ]


def summary(measured: list[list[object]]) -> Iterator[list[object]]:
    """Yield, for each rule and precision, how PyTorch's fastest form compares at each size."""
    for which, same in groupby(measured, key=lambda row: row[:2]):
        yield [*which, *(row[-2] for row in same)]


_MEMORY = """
import sys
import numpy as np
form, n = sys.argv[1], int(sys.argv[2])
x, g = np.ones(n), np.ones(n)
if form == "compiled":
    from slopes import Adam
    from slopes.compiled import stepper
    run = stepper(Adam(), x)
    step = lambda: run.step(g)
else:
    import torch
    torch.set_num_threads(1)
    p = torch.from_numpy(x).requires_grad_()
    p.grad = torch.from_numpy(g)
    chosen = {"foreach": False} if form == "default" else {form: True}
    step = torch.optim.Adam([p], **chosen).step
for _ in range(3):
    step()
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) - int(status["VmRSS"].split()[0]))
"""


def memory(n: int) -> Iterator[list[object]]:
    """Measure what a step of Adam needs beside parameters, gradient and states."""
    for form in ("compiled", *(["default", "foreach", "fused"] if torch else [])):
        command = [sys.executable, "-c", _MEMORY, form, str(n)]
        done = subprocess.run(command, capture_output=True, text=True)
        extra = int(done.stdout) / 1000 if done.returncode == 0 else float("nan")
        yield [form, f"{extra:.0f}", f"{extra * 1e6 / (8 * n):.1f}"]


if __name__ == "__main__":
    quick = arguments(__doc__).quick
    sizes = [2, 1000, 100_000] if quick else [2, 100, 1000, 10**5, 10**6, 10**7]
    measured = list(rows(sizes, 5 if quick else 61))
    print("The time of PyTorch's fastest form of each step ÷ ours:\n")
    table(["rule", "precision", *(f"n = {n:,}" for n in sizes)], summary(measured))
    print("Times as multiples of the compiled step's; the last column is PyTorch's loop ÷ NumPy:\n")
    table(
        [
            *("rule", "precision", "n", "compiled, µs", "NumPy", *FORMS, "optax jit"),
            *("fastest torch", "torch default ÷ NumPy"),
        ],
        measured,
    )
    if sys.platform == "linux":
        n = 10**6 if quick else 10**7
        print(f"Memory at its peak beyond what stays, Adam on {n:,} numbers in float64:\n")
        table(["step", "MB", "vectors"], memory(n))
