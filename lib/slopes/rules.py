"""Update rules, each written once, as the textbook writes it.

A rule is a frozen dataclass with one pure method, ``update(x, g, t, *state) -> (x, *state)``.
A state's initial value is its default argument, and ``t`` counts from 1.
The same lines run on floats and arrays and, traced by :mod:`slopes.tracing`, become LaTeX.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields
from numbers import Real
from typing import Any

import numpy as np
from numpy import sqrt

__all__ = ["Adam", "GradientDescent", "Momentum", "Rule"]

#: What each hyper-parameter may be: a test, and the words for an error message.
_RANGES = {
    "lr": (lambda v: 0 <= v < np.inf, "a finite number, zero or more"),
    "eps": (lambda v: 0 <= v < np.inf, "a finite number, zero or more"),
    "momentum": (lambda v: 0 <= v < 1, "at least 0 and below 1"),
    "beta1": (lambda v: 0 <= v < 1, "at least 0 and below 1"),
    "beta2": (lambda v: 0 <= v < 1, "at least 0 and below 1"),
}


class Rule:
    """What every update rule shares: its states, where it looks, and checks of its settings."""

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            allowed, words = _RANGES.get(field.name, (None, ""))
            if allowed and isinstance(value, Real) and not allowed(float(value)):
                raise ValueError(
                    f"{type(self).__name__}: {field.name} must be {words}, not {value!r}"
                )

    def update(self, x: Any, g: Any, t: Any) -> tuple[Any, ...]:
        """Return the next point and the next states."""
        raise TypeError(f"{type(self).__name__} is not a rule yet: it needs its own update method")

    def look(self, x: Any, t: Any, *state: Any) -> Any:
        """Return the point at which the rule wants the gradient: ``x`` unless it says otherwise."""
        return x

    @classmethod
    def states(cls) -> dict[str, float]:
        """Return the names of the rule's states with their initial values, in order.

        >>> Adam.states()
        {'m': 0, 'v': 0}
        """
        parameters = list(inspect.signature(cls.update).parameters.values())[4:]
        return {p.name: p.default for p in parameters}

    def start(self, x: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the initial states for parameters shaped like ``x``."""
        return tuple(np.full_like(x, value) for value in self.states().values())


@dataclass(frozen=True)
class GradientDescent(Rule):
    r"""Step against the gradient: :math:`\theta_t = \theta_{t-1} - \eta g_t`.

    Parameters
    ----------
    lr : float
        Learning rate η, in units of parameter per unit of gradient.

    Raises
    ------
    ValueError
        If ``lr`` is negative or not finite.

    Examples
    --------
    >>> GradientDescent(lr=0.1).update(x=1.0, g=2.0, t=1)
    (0.8,)

    References
    ----------
    Cauchy, *Méthode générale pour la résolution des systèmes d'équations simultanées*, 1847.
    The same as ``torch.optim.SGD(lr=lr)`` and ``optax.sgd(lr)``.
    """

    lr: float = 1e-2

    def update(self, x: Any, g: Any, t: Any) -> tuple[Any, ...]:
        """Return ``(x,)`` after one step."""
        x = x - self.lr * g
        return (x,)


@dataclass(frozen=True)
class Momentum(Rule):
    r"""Keep a velocity: :math:`v_t = \alpha v_{t-1} - \eta g_t`, then move by it.

    Parameters
    ----------
    lr : float
        Learning rate η.
    momentum : float
        α, the share of the velocity kept at each step; 0 gives gradient descent.

    Raises
    ------
    ValueError
        If ``lr`` is negative or not finite, or ``momentum`` is outside [0, 1).

    Examples
    --------
    >>> rule = Momentum(lr=0.5, momentum=0.5)
    >>> x, v = rule.update(1.0, 1.0, 1, 0.0)
    >>> rule.update(x, 1.0, 2, v)
    (-0.25, -0.75)

    References
    ----------
    Polyak, 1964; the velocity form of Goodfellow, Bengio and Courville, *Deep Learning*, (8.15).
    ``torch.optim.SGD(momentum=…)`` keeps −v/η instead: the iterates are the same for a fixed rate
    and differ when the rate changes between steps.
    """

    lr: float = 1e-2
    momentum: float = 0.9

    def update(self, x: Any, g: Any, t: Any, v: Any = 0) -> tuple[Any, ...]:
        """Return ``(x, v)`` after one step."""
        v = self.momentum * v - self.lr * g
        x = x + v
        return x, v


@dataclass(frozen=True)
class Adam(Rule):
    r"""Divide a running mean of the gradient by the root of a running mean of its square.

    Both means start at zero and are divided by :math:`1 - \beta^t`, which removes the pull of
    that start.

    Parameters
    ----------
    lr : float
        Learning rate η: about the length of a step in each coordinate.
    beta1, beta2 : float
        Decay rates of the first and second moment.
    eps : float
        ε, added to the root (outside it), in units of the gradient.

    Raises
    ------
    ValueError
        If ``lr`` or ``eps`` is negative or not finite, or a decay rate is outside [0, 1).

    Examples
    --------
    The first step has length η whatever the gradient's size:

    >>> x, m, v = Adam(lr=0.1).update(1.0, 1000.0, 1, 0.0, 0.0)
    >>> print(round(x, 6))
    0.9

    References
    ----------
    Kingma and Ba, *Adam: a method for stochastic optimization*, 2015, algorithm 1.
    The same as ``torch.optim.Adam`` and ``optax.adam``; Keras puts ε on the uncorrected root.
    """

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def update(self, x: Any, g: Any, t: Any, m: Any = 0, v: Any = 0) -> tuple[Any, ...]:
        """Return ``(x, m, v)`` after one step."""
        m = self.beta1 * m + (1 - self.beta1) * g
        v = self.beta2 * v + (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        x = x - self.lr * m_hat / (sqrt(v_hat) + self.eps)
        return x, m, v
