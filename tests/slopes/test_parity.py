"""Every rule and option beside PyTorch, Optax and Keras, on one sequence of gradients.

The paths of the three are kept in ``reference/paths.npz``; ``reference/make.py`` makes them.
"""

import inspect
import json
import os
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
from slopes.rules import (
    AdaDelta,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    Clipped,
    Decayed,
    EMAMomentum,
    GradientDescent,
    Lion,
    Momentum,
    NAdam,
    NesterovInterim,
    RMSProp,
    RMSPropNesterov,
)
from slopes.schedules import (
    ConstantRate,
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    LinearDecay,
    OneCycle,
    Schedule,
    Scheduled,
    StepDecay,
    Warmup,
)

from tests.slopes.reference.make import FILE, LR, X0, gradients, optax_paths, torch_paths

TOLERANCE = 1e-12  # relative, in double precision


def keras_epsilon(rule):
    """Return the rule at each step with the ε that equals Keras's on the uncorrected root."""
    return lambda t: replace(rule, eps=rule.eps / np.sqrt(1 - rule.beta2**t))


GENTLE, FALLING = GradientDescent(LR), ExponentialDecay(0.99)

#: What is ours for each path of the others. This is the table in slopes.rules, line by line.
OURS = {
    "torch SGD": GENTLE,
    "torch SGD decay": Decayed(GENTLE, weight_decay=0.1),
    "torch SGD clip value": Clipped(GENTLE, value=0.5),
    "torch SGD momentum": Momentum(LR),
    "torch SGD nesterov": NesterovInterim(LR),
    "torch Adagrad": AdaGrad(LR),
    "torch Adagrad start": AdaGrad(LR, initial_accumulator=0.1),
    "torch RMSprop": RMSProp(LR),
    "torch RMSprop momentum": RMSPropNesterov(LR),
    "torch Adadelta": AdaDelta(),
    "torch Adam": Adam(LR),
    "torch Adam cosine": Scheduled(Adam(LR), CosineDecay(400)),
    "torch AMSGrad": AMSGrad(LR),
    "torch AdamW": AdamW(LR, weight_decay=0.1),
    "torch AdamW step": Scheduled(AdamW(LR, weight_decay=0.1), StepDecay(7, 0.9)),
    "torch NAdam": NAdam(LR),
    "torch Adamax": AdaMax(LR),
    "torch StepLR": StepDecay(7, 0.9),
    "torch ExponentialLR": FALLING,
    "torch LambdaLR": InverseTimeDecay(20),
    "torch LinearLR": LinearDecay(200, 0.01),
    "torch CosineAnnealingLR": CosineDecay(300, 0.01),
    "torch SequentialLR": Warmup(10, then=FALLING),
    "torch OneCycleLR": OneCycle(300),
    "optax sgd": GENTLE,
    "optax clip": Clipped(GENTLE, value=0.5),
    "optax clip norm adam": Clipped(Adam(LR), norm=0.5),
    "optax sgd momentum": Momentum(LR),
    "optax sgd nesterov": NesterovInterim(LR),
    "optax ema": EMAMomentum(LR),
    "optax adagrad": AdaGrad(LR, eps=1e-7, eps_inside_root=True, initial_accumulator=0.1),
    "optax rmsprop": RMSProp(LR, rho=0.9, eps_inside_root=True),
    "optax rmsprop outside": RMSProp(LR),
    "optax adadelta": AdaDelta(),
    "optax adam": Adam(LR),
    "optax adam root": Adam(LR, eps_inside_root=True),
    "optax adam cosine": Scheduled(Adam(LR), CosineDecay(400)),
    "optax amsgrad": AMSGrad(LR, corrected=True),
    "optax amsgrad root": AMSGrad(LR, corrected=True, eps_inside_root=True),
    "optax adamw root": AdamW(LR, weight_decay=0.1, eps_inside_root=True),
    "optax nadam root": NAdam(LR, psi=None, eps_inside_root=True),
    "optax adamw": AdamW(LR, weight_decay=1e-4),
    "optax nadam": NAdam(LR, psi=None),
    "optax adamax": AdaMax(LR),
    "optax lion": Lion(LR, weight_decay=1e-3),
    "optax constant": ConstantRate(),
    "optax staircase": StepDecay(7, 0.9),
    "optax exponential": FALLING,
    "optax linear": LinearDecay(200, 0.01),
    "optax cosine": CosineDecay(200, 0.01),
    "optax warmup": Warmup(10, then=CosineDecay(200, 0.01)),
    "keras SGD": GENTLE,
    "keras SGD clip value": Clipped(GENTLE, value=0.5),
    "keras SGD clip norm": Clipped(GENTLE, norm=0.5),
    "keras SGD momentum": Momentum(LR),
    "keras SGD momentum exponential": Scheduled(Momentum(LR), FALLING),
    "keras SGD nesterov": NesterovInterim(LR),
    "keras SGD nesterov exponential": Scheduled(NesterovInterim(LR), FALLING),
    "keras Adagrad": AdaGrad(LR, eps=1e-7, eps_inside_root=True, initial_accumulator=0.1),
    "keras RMSprop": RMSProp(LR, rho=0.9, eps=1e-7, eps_inside_root=True),
    "keras RMSprop momentum": RMSPropNesterov(LR, rho=0.9, eps=1e-7, eps_inside_root=True),
    "keras Adadelta": AdaDelta(rho=0.95, eps=1e-7),
    "keras Adam": keras_epsilon(Adam(LR, eps=1e-7)),
    "keras AMSGrad": keras_epsilon(AMSGrad(LR, eps=1e-7)),
    "keras AdamW": keras_epsilon(AdamW(LR, eps=1e-7, weight_decay=4e-3)),
    "keras Nadam": NAdam(LR, eps=1e-7, psi=1),
    "keras Adamax": AdaMax(LR, eps=1e-300),
    "keras Lion": Lion(LR),
}

#: Paths that the documentation says are not ours, beside the rule that comes closest.
OTHERS = {
    "torch SGD dampening": EMAMomentum(LR),  # its first step is undamped
    "torch SGD momentum exponential": Scheduled(Momentum(LR), FALLING),  # v holds no rate
    "keras Adamax outside": AdaMax(LR, eps=0.5),  # ε outside the maximum
}


@pytest.fixture(scope="module")
def reference():
    with np.load(FILE) as stored:
        return {name: stored[name] for name in stored.files}


def path(ours, x, g):
    """Follow a rule, or a rule for each step, or a schedule's factor, along given gradients."""
    if isinstance(ours, Schedule):
        return np.repeat(ours(np.arange(1, len(g) + 1))[:, None], x.size, 1)
    at = (lambda t: ours) if not callable(ours) else ours
    state = at(1).start(x)
    points = []
    for t, row in enumerate(g, 1):
        x, *state = at(t).update(x, row, t, *state)
        points.append(x)
    return np.array(points)


def difference(ours, theirs):
    """Return the largest relative difference; a NaN on either side is one that counts."""
    return np.max(np.where(ours == theirs, 0.0, np.abs(ours - theirs) / np.abs(theirs)))


def test_the_file_says_what_made_it(reference):
    versions = json.loads(str(reference["versions"]))
    assert {"python", "torch", "optax", "jax", "keras", "numpy"} <= set(versions)
    assert all(versions.values())
    assert FILE.stat().st_size < 400_000


def test_every_path_of_the_others_has_ours_beside_it(reference):
    assert sorted(reference["names"]) == sorted([*OURS, *OTHERS])


def test_the_stored_gradients_are_the_ones_compared_live(reference):
    # Versions of NumPy round the scale of a coordinate differently.
    np.testing.assert_allclose(reference["gradients"], gradients(), rtol=1e-14)
    assert np.array_equal(reference["x0"], X0)


def test_the_gradients_hold_the_hard_cases(reference):
    g = reference["gradients"]
    assert g.shape == (300, 4)
    assert (g[:, 1] == 0).all()
    assert (g[4] == 0).all()


def compared(name, ours, reference):
    kept = reference["steps"] - 1
    theirs = reference["paths"][list(reference["names"]).index(name)]
    return difference(path(ours, reference["x0"], reference["gradients"])[kept], theirs)


@pytest.mark.parametrize("name", OURS)
def test_it_is_the_same_rule(name, reference):
    assert compared(name, OURS[name], reference) <= TOLERANCE


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_said_to_differ_does(name, reference):
    assert compared(name, OTHERS[name], reference) > 1e-3


def needs(package):
    """Where a library is missing, CI fails and others skip."""
    if find_spec(package) is None:
        notice = f"{package} is not installed: compared with the stored paths only"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{notice}, but CI must have requirements-peers.txt")
        print(notice)
        pytest.skip(notice)


def live(package, paths):
    """Compare with a library as installed here."""
    needs(package)
    g = gradients()
    for name, theirs in paths(g).items():
        if name in OURS:
            assert difference(path(OURS[name], X0, g), theirs) <= TOLERANCE, name


def test_live_with_torch():
    live("torch", torch_paths)


def test_live_with_optax():
    live("optax", optax_paths)


#: Ours for PyTorch's optimizers, and the names of their settings. SGD, which
#: had no rate by default for long, is left out.
DEFAULTS = {
    "Adagrad": (AdaGrad(), {"initial_accumulator_value": "initial_accumulator"}),
    "RMSprop": (RMSProp(), {"alpha": "rho"}),
    "Adadelta": (AdaDelta(), {"rho": "rho"}),
    "Adam": (Adam(), {}),
    "AdamW": (AdamW(), {"weight_decay": "weight_decay"}),
    "NAdam": (NAdam(), {"momentum_decay": "psi"}),
    "Adamax": (AdaMax(), {}),
}


@pytest.mark.parametrize("kind", DEFAULTS)
def test_the_defaults_are_pytorchs(kind):
    needs("torch")
    import torch

    ours, names = DEFAULTS[kind]
    parameters = inspect.signature(getattr(torch.optim, kind)).parameters
    for theirs, name in ({"lr": "lr", "eps": "eps"} | names).items():
        assert parameters[theirs].default == getattr(ours, name), theirs
    if "betas" in parameters:
        assert parameters["betas"].default == (ours.beta1, ours.beta2)
    else:
        assert not hasattr(ours, "beta1")
