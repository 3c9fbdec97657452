r"""Learning rates that change from step to step.

A schedule is a frozen dataclass with one pure method, ``factor(t)``: the share of the rule's own
learning rate at step ``t``, which counts from 1. So the rate is written in one place, the rule,
and ``Scheduled(Adam(lr=0.01), CosineDecay(steps=100))`` starts at 0.01. Called, a schedule checks
``t`` and answers for many steps at once. Like rules, schedules become LaTeX and JavaScript by
tracing, so ``factor`` may only use element-wise functions and ``np.where``.

PyTorch and Optax count from 0, and so do the formulas here, as :math:`t - 1`: the first step takes
the full rate.

================ ========================== ==========================================
Schedule         PyTorch                    Optax
================ ========================== ==========================================
ConstantRate     ``ConstantLR``, no end     ``constant_schedule``
StepDecay        ``StepLR``                 ``exponential_decay``, staircase
ExponentialDecay ``ExponentialLR``          ``exponential_decay``
InverseTimeDecay ``LambdaLR``               —
LinearDecay      ``LinearLR``               ``linear_schedule``
CosineDecay      ``CosineAnnealingLR``      ``cosine_decay_schedule``
Warmup           ``SequentialLR``           ``join_schedules``
OneCycle         ``OneCycleLR``, rates only ``cosine_onecycle_schedule``, a step later
================ ========================== ==========================================
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import Any

import numpy as np
from numpy import cos, floor, maximum, minimum, pi, where
from numpy.lib.mixins import NDArrayOperatorsMixin

from slopes.rules import Rule, Settings, Wrapper

__all__ = [
    "ConstantRate",
    "CosineDecay",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LinearDecay",
    "OneCycle",
    "Schedule",
    "Scheduled",
    "StepDecay",
    "Warmup",
]


class Schedule(Settings):
    """What every schedule shares: a call that checks ``t`` and takes many steps at once.

    To write a schedule, make a frozen dataclass of its settings and give it ``factor``.

    Examples
    --------
    >>> @dataclass(frozen=True)
    ... class SquareRootDecay(Schedule):
    ...     def factor(self, t):
    ...         return 1 / np.sqrt(t)
    >>> SquareRootDecay()([1, 4, 16])
    array([1.  , 0.5 , 0.25])
    """

    def factor(self, t: Any) -> Any:
        """Return the share of the learning rate at step ``t``."""
        raise TypeError(f"{type(self).__name__} is not a schedule yet: it needs its own factor")

    def __call__(self, t: Any) -> np.ndarray:
        """Return the share of the learning rate at step ``t`` or at each of many steps.

        Parameters
        ----------
        t : int or array_like of int
            Steps, counted from 1.

        Raises
        ------
        ValueError
            If a step is below 1, or is no number.
        """
        steps = np.asarray(t, float)
        if not np.all(steps >= 1):
            raise ValueError(f"t counts the steps from 1, not from {steps.min():g}")
        share = self.factor(steps)
        # A schedule that ignores t still gives one number for each step.
        return np.array(np.broadcast_to(share, steps.shape))[()]


@dataclass(frozen=True)
class ConstantRate(Schedule):
    """Leave the rule's learning rate as it is: :math:`s(t) = 1`.

    Examples
    --------
    >>> ConstantRate()([1, 2, 3])
    array([1., 1., 1.])
    """

    def factor(self, t: Any) -> Any:
        """Return 1."""
        return 1.0


@dataclass(frozen=True)
class StepDecay(Schedule):
    r"""Multiply the rate by γ after every k steps: :math:`\gamma^{\lfloor (t-1)/k \rfloor}`.

    Parameters
    ----------
    every : int
        k, the number of steps between two cuts.
    gamma : float
        γ, the factor of each cut.

    Raises
    ------
    ValueError
        If ``every`` is not a whole number from 1, or ``gamma`` is outside (0, 1].

    Examples
    --------
    >>> StepDecay(every=2, gamma=0.5)([1, 2, 3, 4, 5])
    array([1.  , 1.  , 0.5 , 0.5 , 0.25])

    References
    ----------
    ``torch.optim.lr_scheduler.StepLR``.
    """

    every: int
    gamma: float = 0.1

    def factor(self, t: Any) -> Any:
        """Return the share of the learning rate at step ``t``."""
        return self.gamma ** floor((t - 1) / self.every)


@dataclass(frozen=True)
class ExponentialDecay(Schedule):
    r"""Multiply the rate by γ after every step: :math:`\gamma^{t-1}`.

    Parameters
    ----------
    gamma : float
        γ, the factor from one step to the next.

    Raises
    ------
    ValueError
        If ``gamma`` is outside (0, 1].

    Examples
    --------
    >>> ExponentialDecay(gamma=0.5)([1, 2, 3])
    array([1.  , 0.5 , 0.25])

    References
    ----------
    ``torch.optim.lr_scheduler.ExponentialLR``.
    """

    gamma: float

    def factor(self, t: Any) -> Any:
        """Return the share of the learning rate at step ``t``."""
        return self.gamma ** (t - 1)


@dataclass(frozen=True)
class InverseTimeDecay(Schedule):
    r"""Let the rate fall as one over time: :math:`1 / (1 + (t-1)/\tau)`.

    With τ = 1 the share is 1/t. The rates add up to infinity and their squares do not, which is
    what proofs of convergence with noisy gradients ask for.

    Parameters
    ----------
    tau : float
        τ, the number of steps after which the rate is half.

    Raises
    ------
    ValueError
        If ``tau`` is not a finite number above zero.

    Examples
    --------
    >>> InverseTimeDecay()([1, 2, 4])
    array([1.  , 0.5 , 0.25])

    References
    ----------
    Robbins and Monro, *A stochastic approximation method*, 1951.
    """

    tau: float = 1.0

    def factor(self, t: Any) -> Any:
        """Return the share of the learning rate at step ``t``."""
        return 1 / (1 + (t - 1) / self.tau)


@dataclass(frozen=True)
class LinearDecay(Schedule):
    r"""Fall on a straight line for T steps, then stay: :math:`1 - (1 - s_T) \min((t-1)/T, 1)`.

    Parameters
    ----------
    steps : int
        T, the number of steps of the fall.
    end : float
        :math:`s_T`, the share that remains.

    Raises
    ------
    ValueError
        If ``steps`` is not a whole number from 1, or ``end`` is negative or not finite.

    Examples
    --------
    >>> LinearDecay(steps=4, end=0.5)([1, 3, 5, 7])
    array([1.  , 0.75, 0.5 , 0.5 ])

    References
    ----------
    Goodfellow et al., *Deep Learning*, (8.14), which suggests an end of about 1 %.
    """

    steps: int
    end: float = 0.0

    def factor(self, t: Any) -> Any:
        """Return the share of the learning rate at step ``t``."""
        return 1 - (1 - self.end) * minimum((t - 1) / self.steps, 1)


def _between(first: Any, last: Any, share: Any) -> Any:
    """Go from one number to another along half a cosine, as ``share`` goes from 0 to 1."""
    return last + (first - last) * (1 + cos(pi * share)) / 2


@dataclass(frozen=True)
class CosineDecay(Schedule):
    r"""Fall along half a cosine for T steps, then stay.

    :math:`s_T + (1 - s_T)\,(1 + \cos(\pi \min((t-1)/T, 1)))\,/\,2`: slow at both ends.

    Parameters
    ----------
    steps : int
        T, the number of steps of the fall.
    end : float
        :math:`s_T`, the share that remains.

    Raises
    ------
    ValueError
        If ``steps`` is not a whole number from 1, or ``end`` is negative or not finite.

    Examples
    --------
    >>> CosineDecay(steps=4)([1, 3, 5, 7])
    array([1. , 0.5, 0. , 0. ])

    References
    ----------
    Loshchilov and Hutter, *SGDR: stochastic gradient descent with warm restarts*, 2017.
    ``torch.optim.lr_scheduler.CosineAnnealingLR`` rises again after T steps.
    """

    steps: int
    end: float = 0.0

    def factor(self, t: Any) -> Any:
        """Return the share of the learning rate at step ``t``."""
        return _between(1, self.end, minimum((t - 1) / self.steps, 1))


@dataclass(frozen=True)
class Warmup(Schedule):
    r"""Rise on a straight line for T steps, :math:`t/T`, then follow another schedule.

    Step T has the full rate, and the other schedule counts its own step 1 after it.

    Parameters
    ----------
    steps : int
        T, the number of steps of the rise.
    then : Schedule
        What follows; by default the rate stays.

    Raises
    ------
    TypeError
        If ``then`` is not a schedule.
    ValueError
        If ``steps`` is not a whole number from 1.

    Examples
    --------
    >>> Warmup(steps=4, then=ExponentialDecay(0.5))([1, 2, 3, 4, 5, 6])
    array([0.25, 0.5 , 0.75, 1.  , 1.  , 0.5 ])

    References
    ----------
    Goyal et al., *Accurate, large minibatch SGD*, 2017.
    ``optax.warmup_cosine_decay_schedule(0.0, …)`` takes its first step at the rate 0.
    """

    steps: int
    then: Schedule = field(default_factory=ConstantRate)

    def __post_init__(self) -> None:
        _needs_schedule(self, "then", self.then)
        super().__post_init__()

    def factor(self, t: Any) -> Any:
        """Return the share of the learning rate at step ``t``."""
        # Both branches are computed, so the second must make sense before its time, too.
        after = self.then.factor(maximum(t - self.steps, 1))
        return where(t <= self.steps, t / self.steps, after)


@dataclass(frozen=True)
class OneCycle(Schedule):
    r"""Rise from a small rate to the full one and fall to almost nothing, along half cosines.

    .. math::
        s_t &= s_0 + \tfrac12 (1 - s_0) (1 - \cos \pi u) \\
        s_t &= s_T + \tfrac12 (1 - s_T) (1 + \cos \pi u)

    The first holds up to step pT, with :math:`u = (t - 1)/(pT - 1)`, the second from there on, with
    :math:`u = (t - pT)/(T - pT)`.

    Parameters
    ----------
    steps : int
        T, the number of all steps; afterwards the rate stays.
    rise : float
        The share p of the steps on which the rate rises; pT must be more than 1.
    start : float
        :math:`s_0`, the share of the learning rate at step 1.
    end : float
        :math:`s_T`, the share at step T.

    Raises
    ------
    ValueError
        If ``steps`` is not a whole number from 1, a share is out of range, or the rise has no
        step.

    Examples
    --------
    >>> OneCycle(steps=21, rise=1 / 3, start=0.5, end=0.0)([1, 4, 7, 14, 21, 30])
    array([0.5 , 0.75, 1.  , 0.5 , 0.  , 0.  ])

    References
    ----------
    Smith and Topin, *Super-convergence*, 2018, whose cycle is of straight lines; half cosines are
    PyTorch's default. ``torch.optim.lr_scheduler.OneCycleLR`` with its
    own defaults, which also moves the momentum; the peak is step pT there as well.
    """

    steps: int
    _: KW_ONLY
    rise: float = 0.3
    start: float = 1 / 25
    end: float = 1 / 25e4

    def __post_init__(self) -> None:
        super().__post_init__()
        peak = self.rise * self.steps
        if not isinstance(peak, NDArrayOperatorsMixin) and np.any(peak <= 1):
            raise ValueError(
                f"OneCycle: rise * steps must be more than 1, not {np.min(peak):g}: "
                "the rise needs a step"
            )

    def factor(self, t: Any) -> Any:
        """Return the share of the learning rate at step ``t``."""
        peak = self.rise * self.steps
        rising = _between(self.start, 1, (t - 1) / (peak - 1))
        falling = _between(1, self.end, minimum((t - peak) / (self.steps - peak), 1))
        return where(t <= peak, rising, falling)


@dataclass(frozen=True)
class Scheduled(Wrapper):
    r"""A rule whose learning rate follows a schedule: :math:`\eta_t = \eta\, s(t)`.

    Parameters
    ----------
    rule : Rule
        The rule that takes the step; its ``lr`` is η.
    schedule : Schedule
        s, the share of η at each step.

    Raises
    ------
    TypeError
        If ``rule`` is not a rule or ``schedule`` is not a schedule.

    Examples
    --------
    >>> from slopes import GradientDescent
    >>> rule = Scheduled(GradientDescent(lr=0.5), StepDecay(every=1, gamma=0.5))
    >>> print(*rule.update(1.0, 1.0, t=1), *rule.update(1.0, 1.0, t=2))
    0.5 0.75

    References
    ----------
    PyTorch's schedulers change the optimizer between steps; Optax and Keras take a schedule in
    place of the learning rate. Rules that keep −v/η as their velocity (PyTorch's and Optax's
    momentum) take other steps under a schedule than ours and Keras's.
    """

    schedule: Schedule

    def __post_init__(self) -> None:
        super().__post_init__()
        _needs_schedule(self, "schedule", self.schedule)

    def rate(self, t: Any) -> Any:
        """Return the learning rate at step ``t``."""
        share = self.schedule.factor(t)
        if isinstance(share, np.generic | np.ndarray) and not share.ndim:
            share = share.item()  # a NumPy number would turn float32 parameters into float64
        return self.rule.rate(t) * share

    def with_rate(self, lr: Any) -> Rule:
        """Return the rule inside at a rate that is given, so without the schedule."""
        return self.rule.with_rate(lr)

    def look(self, x: Any, t: Any, *state: Any) -> Any:
        """Return where the rule inside wants the gradient at this step's rate."""
        return self.with_rate(self.rate(t)).look(x, t, *state)

    def update(self, x: Any, g: Any, t: Any, *state: Any) -> tuple[Any, ...]:
        """Return what the rule returns at this step's rate."""
        lr = self.rate(t)
        return self.with_rate(lr).update(x, g, t, *state)


def _needs_schedule(owner: Any, name: str, value: Any) -> None:
    if not isinstance(value, Schedule):
        raise TypeError(
            f"{type(owner).__name__}: {name} must be a schedule such as CosineDecay(steps=100), "
            f"not {value!r}"
        )
