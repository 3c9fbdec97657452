"""Run the optimizers of PyTorch, Optax and Keras on one sequence of gradients and keep the paths.

    python -m tests.slopes.reference.make

writes ``paths.npz`` beside this file, with the versions that made it. It needs what
``requirements-peers.txt`` lists. The tests compare with the file everywhere, and with PyTorch and
Optax themselves where they are installed.

The gradients are given, not computed from the path: small differences of rounding cannot grow.
"""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("paths.npz")
STEPS = range(1, 301)  # what is kept of each path
X0 = np.array([1.0, -2.0, 0.5, 3.0])
LR = 0.01


def gradients() -> np.ndarray:
    """Return 300 gradients: ordinary, always zero, growing from tiny, rare and large."""
    random = np.random.default_rng(20240501)
    g = random.standard_normal((300, 4)) + 0.3
    g[:, 1] = 0
    g[:, 2] *= np.geomspace(1e-6, 1, 300)
    g[:, 3] *= 100 * (random.random(300) < 0.1)
    g[4] = 0  # a step without a slope anywhere
    return g


# PyTorch --------------------------------------------------------------------------------------


def torch_paths(g: np.ndarray) -> dict[str, np.ndarray]:
    """Return the paths of PyTorch's optimizers, and the rates of its schedulers."""
    import torch
    from torch.nn.utils import clip_grad_value_
    from torch.optim import lr_scheduler as rates

    def path(kind, scheduler=None, clip=None, lr=LR, **settings):
        p = torch.nn.Parameter(torch.tensor(X0))
        optimizer = kind([p], lr=lr, **settings)
        schedule = scheduler(optimizer) if scheduler else None
        points, used = [], []
        for row in g:
            p.grad = torch.tensor(row)
            if clip:
                clip_grad_value_([p], clip)
            used.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if schedule and len(used) < len(g):
                schedule.step()
            points.append(p.detach().numpy().copy())
        return np.array(points), np.array(used)

    def rate(scheduler):
        used = path(o.SGD, scheduler, lr=1.0)[1]
        return np.repeat(used[:, None], len(X0), 1)

    o = torch.optim
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # otherwise NAdam keeps a product in single precision
    try:
        found = {
            "SGD": path(o.SGD)[0],
            "SGD decay": path(o.SGD, weight_decay=0.1)[0],
            "SGD clip value": path(o.SGD, clip=0.5)[0],
            "SGD momentum": path(o.SGD, momentum=0.9)[0],
            "SGD nesterov": path(o.SGD, momentum=0.9, nesterov=True)[0],
            "SGD dampening": path(o.SGD, momentum=0.9, dampening=0.9)[0],
            "SGD momentum exponential": path(
                o.SGD, lambda opt: rates.ExponentialLR(opt, 0.99), momentum=0.9
            )[0],
            "Adagrad": path(o.Adagrad)[0],
            "Adagrad start": path(o.Adagrad, initial_accumulator_value=0.1)[0],
            "RMSprop": path(o.RMSprop)[0],
            "RMSprop momentum": path(o.RMSprop, momentum=0.9)[0],
            "Adadelta": path(o.Adadelta, lr=1.0)[0],
            "Adam": path(o.Adam)[0],
            "Adam cosine": path(o.Adam, lambda opt: rates.CosineAnnealingLR(opt, 400))[0],
            "AMSGrad": path(o.Adam, amsgrad=True)[0],
            "AdamW": path(o.AdamW, weight_decay=0.1)[0],
            "AdamW step": path(o.AdamW, lambda opt: rates.StepLR(opt, 7, 0.9), weight_decay=0.1)[0],
            "NAdam": path(o.NAdam)[0],
            "Adamax": path(o.Adamax)[0],
            "StepLR": rate(lambda opt: rates.StepLR(opt, 7, 0.9)),
            "ExponentialLR": rate(lambda opt: rates.ExponentialLR(opt, 0.99)),
            "LambdaLR": rate(lambda opt: rates.LambdaLR(opt, lambda k: 1 / (1 + k / 20))),
            "LinearLR": rate(lambda opt: rates.LinearLR(opt, 1.0, 0.01, 200)),
            "CosineAnnealingLR": rate(lambda opt: rates.CosineAnnealingLR(opt, 300, 0.01)),
            "SequentialLR": rate(
                lambda opt: rates.SequentialLR(
                    opt,
                    [rates.LinearLR(opt, 0.1, 1.0, 9), rates.ExponentialLR(opt, 0.99)],
                    milestones=[10],
                )
            ),
            "OneCycleLR": rate(lambda opt: rates.OneCycleLR(opt, 1.0, 300, cycle_momentum=False)),
        }
    finally:
        torch.set_default_dtype(before)
    return {f"torch {name}": points for name, points in found.items()}


# Optax ----------------------------------------------------------------------------------------


def optax_paths(g: np.ndarray) -> dict[str, np.ndarray]:
    """Return the paths of Optax's optimizers, and the rates of its schedules."""
    import jax
    import optax

    def path(rule):
        def one(carry, row):
            x, state = carry
            step, state = rule.update(row, state, x)
            x = optax.apply_updates(x, step)
            return (x, state), x

        x = jax.numpy.asarray(X0)
        return np.asarray(jax.lax.scan(one, (x, rule.init(x)), jax.numpy.asarray(g))[1])

    def rate(schedule):
        used = np.array([float(schedule(k)) for k in range(len(g))])
        return np.repeat(used[:, None], len(X0), 1)

    cosine = optax.cosine_decay_schedule
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        found = {
            "sgd": path(optax.sgd(LR)),
            "clip": path(optax.chain(optax.clip(0.5), optax.sgd(LR))),
            "clip norm adam": path(optax.chain(optax.clip_by_global_norm(0.5), optax.adam(LR))),
            "sgd momentum": path(optax.sgd(LR, 0.9)),
            "sgd nesterov": path(optax.sgd(LR, 0.9, nesterov=True)),
            "ema": path(optax.chain(optax.ema(0.9, debias=False), optax.scale(-LR))),
            "adagrad": path(optax.adagrad(LR)),
            "rmsprop": path(optax.rmsprop(LR)),
            "rmsprop outside": path(optax.rmsprop(LR, 0.99, eps_in_sqrt=False)),
            "adadelta": path(optax.adadelta(1.0)),
            "adam": path(optax.adam(LR)),
            "adam root": path(optax.adam(LR, eps=0.0, eps_root=1e-8)),
            "adam cosine": path(optax.adam(cosine(LR, 400))),
            "amsgrad": path(optax.amsgrad(LR)),
            "amsgrad root": path(optax.amsgrad(LR, eps=0.0, eps_root=1e-8)),
            "adamw": path(optax.adamw(LR)),
            "adamw root": path(optax.adamw(LR, eps=0.0, eps_root=1e-8, weight_decay=0.1)),
            "nadam": path(optax.nadam(LR)),
            "nadam root": path(optax.nadam(LR, eps=0.0, eps_root=1e-8)),
            "adamax": path(optax.adamax(LR)),
            "lion": path(optax.lion(LR)),
            "constant": rate(optax.constant_schedule(1.0)),
            "staircase": rate(optax.exponential_decay(1.0, 7, 0.9, staircase=True)),
            "exponential": rate(optax.exponential_decay(1.0, 1, 0.99)),
            "linear": rate(optax.linear_schedule(1.0, 0.01, 200)),
            "cosine": rate(cosine(1.0, 200, 0.01)),
            "warmup": rate(
                optax.join_schedules(
                    [optax.linear_schedule(0.1, 1.1, 10), cosine(1.0, 200, 0.01)], [10]
                )
            ),
        }
    finally:
        jax.config.update("jax_enable_x64", before)
    return {f"optax {name}": points for name, points in found.items()}


# Keras ----------------------------------------------------------------------------------------


def keras_paths(g: np.ndarray) -> dict[str, np.ndarray]:
    """Return the paths of Keras's optimizers, on JAX."""
    os.environ["KERAS_BACKEND"] = "jax"
    import jax

    jax.config.update("jax_enable_x64", True)
    import keras

    keras.config.set_floatx("float64")

    def path(optimizer):
        x = keras.Variable(X0, dtype="float64")
        optimizer.build([x])
        points = []
        for row in g:
            optimizer.apply([jax.numpy.asarray(row)], [x])
            points.append(np.array(x.value))
        return np.array(points)

    k = keras.optimizers
    falling = k.schedules.ExponentialDecay(LR, 1, 0.99)
    found = {
        "SGD": path(k.SGD(LR)),
        "SGD clip value": path(k.SGD(LR, clipvalue=0.5)),
        "SGD clip norm": path(k.SGD(LR, global_clipnorm=0.5)),
        "SGD momentum": path(k.SGD(LR, momentum=0.9)),
        "SGD momentum exponential": path(k.SGD(falling, momentum=0.9)),
        "SGD nesterov": path(k.SGD(LR, momentum=0.9, nesterov=True)),
        "SGD nesterov exponential": path(k.SGD(falling, momentum=0.9, nesterov=True)),
        "Adagrad": path(k.Adagrad(LR)),
        "RMSprop": path(k.RMSprop(LR)),
        "RMSprop momentum": path(k.RMSprop(LR, momentum=0.9)),
        "Adadelta": path(k.Adadelta(1.0)),
        "Adam": path(k.Adam(LR)),
        "AMSGrad": path(k.Adam(LR, amsgrad=True)),
        "AdamW": path(k.AdamW(LR)),
        "Nadam": path(k.Nadam(LR)),
        "Adamax": path(k.Adamax(LR, epsilon=1e-300)),  # so small that its place makes no difference
        "Adamax outside": path(k.Adamax(LR, epsilon=0.5)),
        "Lion": path(k.Lion(LR)),
    }
    return {f"keras {name}": points for name, points in found.items()}


def main() -> None:
    """Write the file."""
    g = gradients()
    paths = torch_paths(g) | optax_paths(g) | keras_paths(g)
    packages = ("torch", "optax", "jax", "jaxlib", "keras", "numpy")
    versions = {"python": platform.python_version()} | {p: version(p) for p in packages}
    np.savez_compressed(
        FILE,
        versions=json.dumps(versions),
        x0=X0,
        gradients=g,
        steps=STEPS,
        names=list(paths),
        paths=np.array([p[np.array(STEPS) - 1] for p in paths.values()]),
    )
    print(f"{len(paths)} paths in {FILE.name}, {FILE.stat().st_size / 1000:.0f} kB: {versions}")


if __name__ == "__main__":
    main()
