r"""Update rules, each written once, as the textbook writes it.

A rule is a frozen dataclass with one pure method, ``update(x, g, t, *state) -> (x, *state)``.
A state's initial value is its default argument unless ``states`` says otherwise, and ``t`` counts
from 1.
The same lines run on floats and arrays and, traced by :mod:`slopes.tracing`, become LaTeX, SymPy,
JavaScript and native code.

Libraries agree on the ideas and differ in details. This table says which setting gives which
library, and ``tests/slopes/test_parity.py`` compares paths with all three. The settings in it are
those that make the lines the same; the defaults of the learning rate and of momentum are each
library's own, and Keras's ε is 1e-7 wherever it has one.

=================== ================================== ======================================
Rule                As it stands                       Other libraries
=================== ================================== ======================================
GradientDescent     PyTorch, Optax, Keras              —
Momentum            Keras, at any rate; PyTorch and    PyTorch and Optax keep −v/η: other
                    Optax at a fixed rate              iterates when η changes between steps
EMAMomentum         Optax ``ema(debias=False)``        PyTorch's ``dampening`` is not this: its
                                                       first step is undamped
Nesterov            the gradient is asked for at the   —
                    interim point
NesterovInterim     Keras, at any rate; PyTorch and    as for Momentum
                    Optax at a fixed rate
AdaGrad             PyTorch                            Optax, Keras: ``eps_inside_root=True,
                                                       initial_accumulator=0.1, eps=1e-7``
RMSProp             PyTorch                            Keras: ``eps_inside_root=True, rho=0.9,
                                                       eps=1e-7``; Optax: the same, eps 1e-8
RMSPropNesterov     the update of PyTorch's            Keras, at any rate:
                    ``RMSprop(momentum=…)`` at a       ``eps_inside_root=True, rho=0.9,
                    fixed rate                         eps=1e-7``
AdaDelta            PyTorch, Optax                     Keras: ``rho=0.95, eps=1e-7``
Adam                PyTorch, Optax                     Keras puts ε on the uncorrected root, so
                                                       its ε is ours times √(1 − β₂ᵗ)
AMSGrad             PyTorch                            Optax: ``corrected=True``; Keras: ε as in
                                                       Adam
AdamW               PyTorch                            Optax: ``weight_decay=1e-4``;
                                                       Keras: 4e-3, and ε as in Adam
NAdam               PyTorch                            Optax: ``psi=None``; Keras: ``psi=1``
AdaMax              PyTorch, Optax                     Keras adds ε outside the maximum
Lion                Keras                              Optax: ``weight_decay=1e-3``
=================== ================================== ======================================
"""

from __future__ import annotations

import inspect
from dataclasses import KW_ONLY, dataclass, fields, replace
from numbers import Real
from typing import Any

import numpy as np
from numpy import absolute, maximum, minimum, sign, sqrt
from numpy.lib.mixins import NDArrayOperatorsMixin

from slopes.parameters import rectangular

__all__ = [
    "AMSGrad",
    "AdaDelta",
    "AdaGrad",
    "AdaMax",
    "Adam",
    "AdamW",
    "Clipped",
    "Decayed",
    "EMAMomentum",
    "GradientDescent",
    "Lion",
    "Momentum",
    "NAdam",
    "Nesterov",
    "NesterovInterim",
    "RMSProp",
    "RMSPropNesterov",
    "Rule",
    "Settings",
    "Wrapper",
]

_NOT_NEGATIVE = (lambda v: (v >= 0) & (v < np.inf), "a finite number, zero or more")
_POSITIVE = (lambda v: (v > 0) & (v < np.inf), "a finite number above zero")
_SHARE = (lambda v: (v >= 0) & (v < 1), "at least 0 and below 1")
_COUNT = (lambda v: (v >= 1) & (v < np.inf) & (v % 1 == 0), "a whole number, at least 1")

#: What each setting may be: a test, and the words for an error message.
_RANGES: dict[str, tuple[Any, str]] = {
    "lr": _NOT_NEGATIVE,
    "momentum": _SHARE,
    "beta": _SHARE,
    "beta1": _SHARE,
    "beta2": _SHARE,
    "rho": _SHARE,
    "eps": _NOT_NEGATIVE,
    "weight_decay": _NOT_NEGATIVE,
    "initial_accumulator": _NOT_NEGATIVE,
    "psi": _NOT_NEGATIVE,
    # clipping
    "value": _POSITIVE,
    "norm": _POSITIVE,
    # schedules
    "gamma": (lambda v: (v > 0) & (v <= 1), "above 0 and at most 1"),
    "tau": _POSITIVE,
    "steps": _COUNT,
    "every": _COUNT,
    "start": _NOT_NEGATIVE,
    "end": _NOT_NEGATIVE,
    "rise": (lambda v: (v > 0) & (v < 1), "above 0 and below 1"),
}


class Settings:
    """A frozen dataclass whose settings are checked by name when it is made."""

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]
            words = _objection(field.name, str(field.type), getattr(self, field.name))
            if words:
                error, text = words
                raise error(f"{type(self).__name__}: {field.name} must be {text}")


def _arrays(settings: Settings) -> list[str]:
    """Return the names of settings that are arrays, those of the rules inside too."""
    found = []
    for field in fields(settings):  # type: ignore[arg-type]
        value = getattr(settings, field.name)
        if isinstance(value, Settings):
            found += _arrays(value)
        elif isinstance(value, np.ndarray) and value.ndim:
            found.append(field.name)
    return found


def _objection(name: str, kind: str, value: Any) -> tuple[type[Exception], str] | None:
    if kind in ("bool", "<class 'bool'>"):
        ok = isinstance(value, bool | np.bool_)
        return None if ok else (TypeError, f"True or False, not {value!r}")
    recorded = isinstance(value, NDArrayOperatorsMixin)  # a symbol of slopes.tracing
    if name not in _RANGES or recorded or (value is None and "None" in kind):
        return None
    allowed, words = _RANGES[name]
    array = isinstance(value, np.ndarray) and value.dtype.kind in "fi"  # one for each of many runs
    if isinstance(value, bool) or not (array or isinstance(value, Real)):
        hint = ": to change it from step to step, use Scheduled(rule, schedule)"
        return TypeError, f"a number, not {value!r}{hint if callable(value) else ''}"
    try:
        fine = bool(np.all(allowed(np.asarray(value, float) if array else float(value))))
    except OverflowError:  # a whole number larger than every float
        fine = False
    return None if fine else (ValueError, f"{words}, not {value!r}")


class Rule(Settings):
    """What every update rule shares: its states, where it looks, and a step that checks its input.

    To write a rule, make a frozen dataclass of its settings and give it ``update``.

    A setting may be an array: many runs at once, one for each entry. The parameters then need a
    last axis with an entry for each run.

    Examples
    --------
    >>> @dataclass(frozen=True)
    ... class SignDescent(Rule):
    ...     lr: float = 0.1
    ...
    ...     def update(self, x, g, t):
    ...         x = x - self.lr * sign(g)
    ...         return (x,)
    >>> SignDescent(lr=0.5).step([1.0, 2.0], [3.0, -4.0], t=1)
    (array([0.5, 2.5]),)
    """

    def update(self, x: Any, g: Any, t: Any) -> tuple[Any, ...]:
        """Return the next point and the next states.

        Parameters
        ----------
        x : array or float
            The parameters θ.
        g : array or float
            The gradient where the rule looked.
        t : int
            The number of this step, from 1.
        *state : array or float
            The states after the step before, in the order of :meth:`states`.
        """
        raise TypeError(f"{type(self).__name__} is not a rule yet: it needs its own update method")

    def look(self, x: Any, t: Any, *state: Any) -> Any:
        """Return the point at which the rule wants the gradient: ``x`` unless it says otherwise."""
        return x

    def rate(self, t: Any) -> Any:
        """Return the learning rate at step ``t``: ``lr`` unless a schedule changes it."""
        if not hasattr(self, "lr"):
            raise TypeError(
                f"{type(self).__name__} has no learning rate to change: call that setting lr"
            )
        return self.lr

    def with_rate(self, lr: Any) -> Rule:
        """Return the same rule with another learning rate.

        >>> GradientDescent(lr=0.1).with_rate(0.2)
        GradientDescent(lr=0.2)
        """
        return replace(self, lr=lr)  # type: ignore[type-var]

    def states(self) -> dict[str, Any]:
        """Return the names of the rule's states with their initial values, in order.

        >>> Adam().states()
        {'m': 0, 'v': 0}
        """
        parameters = list(inspect.signature(self.update).parameters.values())[3:]
        for p in parameters:
            if p.default is p.empty:
                raise TypeError(
                    f"{type(self).__name__}.update: the state {p.name} has no initial value: "
                    f"give it one, such as {p.name}=0"
                )
        return {p.name: p.default for p in parameters}

    def start(self, x: Any) -> tuple[np.ndarray, ...]:
        """Return the initial states for parameters shaped like ``x``."""
        dtype = np.result_type(np.asarray(x), np.float16)  # states of whole numbers would be cut
        return tuple(np.full_like(x, value, dtype) for value in self.states().values())

    def as_scipy(self) -> Any:
        """Return the rule as a method for ``scipy.optimize.minimize(…, method=…)``.

        Its options are ``steps`` (or ``maxiter``) and ``tol``. Without ``jac`` the gradient is
        measured, which costs two evaluations for each coordinate. Bounds, constraints and other
        options are refused: a rule knows none.

        Examples
        --------
        >>> from scipy import optimize
        >>> found = optimize.minimize(
        ...     lambda x: x @ x, [1.0, 2.0], jac=lambda x: 2 * x,
        ...     method=GradientDescent(lr=0.25).as_scipy(),
        ... )
        >>> found.success, found.nit
        (True, 29)
        """
        return _ScipyMethod(self)

    def step(self, x: Any, g: Any, t: int, *state: Any) -> tuple[np.ndarray, ...]:
        """Take one step as ``update`` does, after checking what it is given.

        The precision of ``x`` is kept, whatever that of the gradient. A NaN in the gradient stays
        in its own coordinate, unless the rule mixes coordinates as clipping by norm does.

        Parameters
        ----------
        x : array_like of float
            The parameters θ.
        g : array_like of real numbers, shaped like ``x``
            The gradient where the rule looked.
        t : int
            The number of this step, from 1.
        *state : array
            The states after the step before; without them the rule starts afresh.

        Returns
        -------
        tuple of ndarray
            The next parameters and states, with the shape and precision of ``x``.

        Raises
        ------
        TypeError
            If the parameters are not floating-point numbers, the gradient or a state is not real,
            or ``update`` does not return the parameters and every state.
        ValueError
            If the gradient, a state or what ``update`` returns has another shape, a state is
            missing, or ``t`` is not a whole number from 1.

        Examples
        --------
        >>> x = np.array([1.0, 2.0], np.float32)
        >>> x, v = Momentum(lr=0.5).step(x, [2.0, 0.0], t=1)
        >>> x, x.dtype
        (array([0., 2.], dtype=float32), dtype('float32'))
        >>> GradientDescent().step([1.0, 2.0], [1.0], t=1)
        Traceback (most recent call last):
        ValueError: the gradient has shape (1,) but the parameters have shape (2,): \
give one number for each parameter

        Notes
        -----
        In half precision an ε below 3e-8 rounds to zero, and a zero gradient then gives 0/0. The
        square of a gradient of 256 or more is infinite there.
        """
        x = rectangular("the parameters", x, "step each array alone")
        g = rectangular("the gradient", g, f"it must have shape {x.shape}")
        if x.dtype.kind != "f":
            raise TypeError(
                f"the parameters must be floating-point numbers, not {x.dtype}: "
                "write [1.0, 2.0] instead of [1, 2], or use x.astype(float)"
            )
        if g.dtype.kind not in "fiu":
            rounded = "take the real part with g.real if the imaginary part is only rounding"
            how = rounded if g.dtype.kind == "c" else "give floats, such as [0.5, 2.0]"
            raise TypeError(f"the gradient must hold real numbers, not {g.dtype}: {how}")
        if g.shape != x.shape:
            raise ValueError(
                f"the gradient has shape {g.shape} but the parameters have shape {x.shape}: "
                "give one number for each parameter"
            )
        if not isinstance(t, Real) or not t >= 1 or t % 1:
            raise ValueError(f"t counts the steps from 1, not from {t!r}: give a whole number")
        state = state or self.start(x)
        names = list(self.states())
        if len(state) != len(names):
            raise ValueError(
                f"{type(self).__name__} keeps {len(names)} states ({', '.join(names) or 'none'}), "
                f"but {len(state)} were given: pass on all that the last step returned after x"
            )
        state = tuple(map(np.asarray, state))
        for name, value in zip(names, state, strict=True):
            if value.dtype.kind not in "fiu":
                raise TypeError(
                    f"state {name} must hold real numbers, not {value.dtype}: "
                    "begin with rule.start(x)"
                )
            if value.shape != x.shape:
                raise ValueError(
                    f"state {name} has shape {value.shape} but the parameters have shape "
                    f"{x.shape}: begin with rule.start(x)"
                )
        return moved(self, x, g, t, state)


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()
    view.flags.writeable = False
    return view


#: Two mistakes in an ``update``, and what to do instead.
IN_PLACE = "may not change what it is given: write x = x - lr * g, not x -= lr * g"
BRANCHING = "may not branch on data: use np.where or np.maximum instead of if"
#: What NumPy says of them.
_MISTAKES = {
    "read-only": IN_PLACE,
    "truth value": BRANCHING,
    "loop of ufunc": "computed with objects, not floats: write 0.9, not Fraction(9, 10)",
}


def moved(
    rule: Rule, x: np.ndarray, g: np.ndarray, t: int, state: tuple[np.ndarray, ...]
) -> tuple[np.ndarray, ...]:
    """Take one step with arrays that are as they should be, and check what comes of it."""
    g = g.astype(x.dtype, copy=False)  # a float64 gradient keeps float32 parameters float32
    try:
        found = rule.update(_read_only(x), _read_only(g), t, *map(_read_only, state))
    except (TypeError, ValueError) as error:
        for phrase, words in _MISTAKES.items():
            if phrase in str(error):
                raise TypeError(f"{type(rule).__name__}.update {words}") from error
        raise
    new = complete(rule, found, len(state))
    arrays = tuple(np.asarray(value, x.dtype) for value in new)
    if any(array.shape != x.shape for array in arrays):
        shapes = dict(zip(("x", *rule.states()), (array.shape for array in arrays), strict=True))
        wrong = ", ".join(f"{name} of shape {s}" for name, s in shapes.items() if s != x.shape)
        raise ValueError(
            f"{type(rule).__name__}.update made {wrong} of parameters of shape {x.shape}: all keep "
            "one shape, and with an array as a setting its last axis is that of the array"
        )
    return arrays


def complete(rule: Rule, new: Any, states: int) -> Any:
    """Return what ``update`` returned, if it is the parameters and all states."""
    if not isinstance(new, tuple | list) or len(new) != states + 1:
        what = len(new) if isinstance(new, tuple | list) else f"{type(new).__name__} alone"
        values = f"{states + 1} values" if states else "a tuple of 1 value"
        raise TypeError(
            f"{type(rule).__name__}.update must return x and its states, {values}, not {what}: "
            f"end it with return {', '.join(('x', *rule.states())) if states else '(x,)'}"
        )
    return new


@dataclass(frozen=True)
class _ScipyMethod:
    """A rule with the signature that SciPy wants of a method."""

    rule: Rule

    def __call__(
        self,
        fun: Any,
        x0: Any,
        args: tuple[Any, ...] = (),
        jac: Any = None,
        callback: Any = None,
        steps: int = 1000,
        maxiter: int | None = None,
        tol: float = 1e-8,
        **others: Any,
    ) -> Any:
        from scipy.optimize import OptimizeResult

        from slopes.calculus import numerical_gradient
        from slopes.trajectory import minimize

        if unknown := set(others) - {"bounds", "constraints", "hess", "hessp"}:
            raise TypeError(
                f"{type(self.rule).__name__} has no option {', '.join(sorted(unknown))}: "
                "its options are steps (or maxiter) and tol"
            )
        for name in ("bounds", "constraints"):
            given = others.get(name)
            if given is not None and not (hasattr(given, "__len__") and len(given) == 0):
                raise ValueError(f"{type(self.rule).__name__} knows no {name}: leave them out")

        def objective(x: np.ndarray) -> Any:
            return fun(x, *args)

        def slope(x: np.ndarray) -> Any:
            return jac(x, *args) if callable(jac) else numerical_gradient(objective, x)

        wanted = set(inspect.signature(callback).parameters) if callback else set()

        def heard(t: int, x: np.ndarray, value: float) -> Any:
            try:
                if wanted == {"intermediate_result"}:  # by its name SciPy knows what to pass
                    return callback(intermediate_result=OptimizeResult(x=x, fun=value))
                return callback(x)
            except StopIteration:
                return True

        path = minimize(
            self.rule,
            objective,
            np.asarray(x0, float),
            slope,
            steps=steps if maxiter is None else maxiter,
            tol=tol,
            callback=callback and heard,
        )
        return OptimizeResult(
            x=path.x,
            fun=path.value,
            nit=path.steps,
            success=path.stopped == "gradient",
            status=0 if path.stopped == "gradient" else 1,
            message=repr(path).splitlines()[-1],
            trajectory=path,
        )


# Gradient descent and momentum ----------------------------------------------------------------


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
    Polyak, *Some methods of speeding up the convergence of iteration methods*, 1964; the velocity
    form of Goodfellow, Bengio and Courville, *Deep Learning*, (8.15).
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
class EMAMomentum(Rule):
    r"""Follow a running mean of the gradient: :math:`v_t = \beta v_{t-1} + (1 - \beta) g_t`.

    At a fixed rate the iterates are those of :class:`Momentum` with ``momentum=beta`` and the rate
    :math:`\eta (1 - \beta)`, so at the same rate it takes shorter steps.

    Parameters
    ----------
    lr : float
        Learning rate η.
    beta : float
        β, the share of the running mean kept at each step; 0 gives gradient descent.

    Raises
    ------
    ValueError
        If ``lr`` is negative or not finite, or ``beta`` is outside [0, 1).

    Examples
    --------
    >>> EMAMomentum(lr=0.5, beta=0.75).update(1.0, 2.0, 1, 0.0)
    (0.75, 0.5)

    References
    ----------
    Ng, *Deep Learning Specialization*, 2017. ``optax.ema(beta, debias=False)`` before the rate.
    ``torch.optim.SGD(dampening=beta)`` is another rule: its first step is not damped.
    """

    lr: float = 1e-2
    beta: float = 0.9

    def update(self, x: Any, g: Any, t: Any, v: Any = 0) -> tuple[Any, ...]:
        """Return ``(x, v)`` after one step."""
        v = self.beta * v + (1 - self.beta) * g
        x = x - self.lr * v
        return x, v


@dataclass(frozen=True)
class Nesterov(Momentum):
    r"""Momentum with the gradient taken at the interim point :math:`\theta + \alpha v`.

    The velocity carries the parameters to the interim point in any case, so the slope is asked
    for there. ``update`` is that of :class:`Momentum`; only ``look`` differs.

    Parameters
    ----------
    lr : float
        Learning rate η.
    momentum : float
        α, the share of the velocity kept at each step.

    Raises
    ------
    ValueError
        If ``lr`` is negative or not finite, or ``momentum`` is outside [0, 1).

    Examples
    --------
    >>> Nesterov(momentum=0.5).look(1.0, 1, -0.5)
    0.75

    References
    ----------
    Nesterov, *A method for solving the convex programming problem with convergence rate O(1/k²)*,
    1983; Sutskever, Martens, Dahl and Hinton, *On the importance of initialization and momentum in
    deep learning*, 2013; Goodfellow et al., algorithm 8.3.
    Frameworks can ask for the gradient only at the parameters they hold: see
    :class:`NesterovInterim`.
    """

    def look(self, x: Any, t: Any, *state: Any) -> Any:
        """Return the interim point."""
        (v,) = state
        return x + self.momentum * v


@dataclass(frozen=True)
class NesterovInterim(Rule):
    r"""Nesterov's rule, as frameworks run it: the parameters held are the interim points.

    With :math:`\tilde\theta_t = \theta_t + \alpha v_t` the two lines of :class:`Nesterov` become
    :math:`v_t = \alpha v_{t-1} - \eta g_t` and
    :math:`\tilde\theta_t = \tilde\theta_{t-1} + \alpha v_t - \eta g_t`,
    and the gradient is taken at the parameters themselves.

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
    >>> NesterovInterim(lr=0.5, momentum=0.5).update(1.0, 1.0, 1, 0.0)
    (0.25, -0.5)

    References
    ----------
    Bengio, Boulanger-Lewandowski and Pascanu, *Advances in optimizing recurrent networks*, 2013.
    The same as ``torch.optim.SGD(nesterov=True)`` and ``optax.sgd(nesterov=True)`` for a fixed
    rate, and as ``keras.optimizers.SGD(nesterov=True)`` at any rate.
    """

    lr: float = 1e-2
    momentum: float = 0.9

    def update(self, x: Any, g: Any, t: Any, v: Any = 0) -> tuple[Any, ...]:
        """Return ``(x, v)`` after one step."""
        v = self.momentum * v - self.lr * g
        x = x + self.momentum * v - self.lr * g
        return x, v


# A rate for each coordinate -------------------------------------------------------------------


class _Adaptive(Rule):
    """A rule that divides by the root of a second moment."""

    eps: float
    eps_inside_root: bool

    def root(self, r: Any) -> Any:
        """Return √r + ε, or √(r + ε) if ``eps_inside_root``."""
        return sqrt(r + self.eps) if self.eps_inside_root else sqrt(r) + self.eps


@dataclass(frozen=True)
class AdaGrad(_Adaptive):
    r"""Divide by the root of the sum of all squared gradients: :math:`r_t = r_{t-1} + g_t^2`.

    The step is :math:`\theta_t = \theta_{t-1} - \eta\, g_t / (\sqrt{r_t} + \epsilon)`. The sum only
    grows, so every coordinate's rate only falls.

    Parameters
    ----------
    lr : float
        Learning rate η: the length of the first step in each coordinate.
    eps : float
        ε, added to the root, in units of the gradient (of its square if inside the root).
    eps_inside_root : bool
        Whether ε is added under the root.
    initial_accumulator : float
        :math:`r_0`, in units of the squared gradient.

    Raises
    ------
    ValueError
        If a setting is negative or not finite.

    Examples
    --------
    >>> rule = AdaGrad(lr=0.5, eps=0)
    >>> x, r = rule.update(1.0, 3.0, 1, 0.0)
    >>> x, r = rule.update(x, 4.0, 2, r)
    >>> print(round(x, 6), r)
    0.1 25.0

    References
    ----------
    Duchi, Hazan and Singer, *Adaptive subgradient methods*, 2011; Goodfellow et al.,
    algorithm 8.4. As it stands it is ``torch.optim.Adagrad``. Optax and Keras put ε inside the
    root and start from 0.1: ``eps_inside_root=True, initial_accumulator=0.1, eps=1e-7``.
    """

    lr: float = 1e-2
    eps: float = 1e-10
    _: KW_ONLY
    eps_inside_root: bool = False
    initial_accumulator: float = 0.0

    def states(self) -> dict[str, Any]:
        """Return ``r`` with the initial accumulator."""
        return {"r": self.initial_accumulator}

    # r begins at None: a 0 here would silently forget initial_accumulator.
    def update(self, x: Any, g: Any, t: Any, r: Any = None) -> tuple[Any, ...]:
        """Return ``(x, r)`` after one step."""
        r = (self.initial_accumulator if r is None else r) + g**2
        x = x - self.lr * g / self.root(r)
        return x, r


@dataclass(frozen=True)
class RMSProp(_Adaptive):
    r"""Divide by the root of a running mean of squared gradients.

    :math:`r_t = \rho r_{t-1} + (1 - \rho) g_t^2` and
    :math:`\theta_t = \theta_{t-1} - \eta\, g_t / (\sqrt{r_t} + \epsilon)`.
    Unlike AdaGrad it forgets, so the rate can rise again where the slope becomes gentle.

    Parameters
    ----------
    lr : float
        Learning rate η.
    rho : float
        ρ, the share of the running mean kept at each step.
    eps : float
        ε, added to the root, in units of the gradient (of its square if inside the root).
    eps_inside_root : bool
        Whether ε is added under the root.

    Raises
    ------
    ValueError
        If ``lr`` or ``eps`` is negative or not finite, or ``rho`` is outside [0, 1).

    Examples
    --------
    >>> print(*RMSProp(lr=0.5, rho=0.75, eps=0).update(1.0, 2.0, 1, 0.0))
    0.0 1.0

    References
    ----------
    Hinton, *Neural networks for machine learning*, lecture 6e, 2012; Goodfellow et al.,
    algorithm 8.5, with ε inside the root. As it stands it is ``torch.optim.RMSprop`` and
    ``optax.rmsprop(decay=0.99, eps_in_sqrt=False)``. Keras and Optax by default put ε inside the
    root, with ρ = 0.9.
    """

    lr: float = 1e-2
    rho: float = 0.99
    eps: float = 1e-8
    _: KW_ONLY
    eps_inside_root: bool = False

    def update(self, x: Any, g: Any, t: Any, r: Any = 0) -> tuple[Any, ...]:
        """Return ``(x, r)`` after one step."""
        r = self.rho * r + (1 - self.rho) * g**2
        x = x - self.lr * g / self.root(r)
        return x, r


@dataclass(frozen=True)
class RMSPropNesterov(_Adaptive):
    r"""RMSProp's step feeds a velocity, and the gradient is taken at the interim point.

    :math:`v_t = \alpha v_{t-1} - \eta g_t / (\sqrt{r_t} + \epsilon)` with RMSProp's
    :math:`r_t`, the gradient :math:`g_t` at :math:`\theta_{t-1} + \alpha v_{t-1}`.

    Parameters
    ----------
    lr : float
        Learning rate η.
    rho : float
        ρ, the share of the running mean of squares kept at each step.
    momentum : float
        α, the share of the velocity kept at each step.
    eps : float
        ε, added to the root, in units of the gradient (of its square if inside the root).
    eps_inside_root : bool
        Whether ε is added under the root.

    Raises
    ------
    ValueError
        If ``lr`` or ``eps`` is negative or not finite, or ``rho`` or ``momentum`` is outside
        [0, 1).

    Examples
    --------
    >>> rule = RMSPropNesterov(lr=0.5, rho=0.75, momentum=0.5, eps=0)
    >>> rule.look(1.0, 1, 0.5, 0.0)
    1.25
    >>> print(*rule.update(1.0, 2.0, 1, 0.5, 0.0))
    0.25 -0.75 1.0

    References
    ----------
    Goodfellow et al., algorithm 8.6, which has no ε: with ``eps=0`` a coordinate whose gradient
    has always been zero becomes 0/0. At a fixed rate the update is that of
    ``torch.optim.RMSprop(momentum=…)``, which takes the gradient at θ and keeps −v/η.
    """

    lr: float = 1e-2
    rho: float = 0.99
    momentum: float = 0.9
    eps: float = 1e-8
    _: KW_ONLY
    eps_inside_root: bool = False

    def look(self, x: Any, t: Any, *state: Any) -> Any:
        """Return the interim point."""
        v, _r = state
        return x + self.momentum * v

    def update(self, x: Any, g: Any, t: Any, v: Any = 0, r: Any = 0) -> tuple[Any, ...]:
        """Return ``(x, v, r)`` after one step."""
        r = self.rho * r + (1 - self.rho) * g**2
        v = self.momentum * v - self.lr * g / self.root(r)
        x = x + v
        return x, v, r


@dataclass(frozen=True)
class AdaDelta(Rule):
    r"""Scale the gradient by the size of past steps over the size of past gradients.

    The step is :math:`d_t = \sqrt{u_{t-1} + \epsilon} / \sqrt{r_t + \epsilon}\; g_t`, where
    r and u are running means of the squares of gradients and of steps. It has the unit of θ, so
    the learning rate has none and is usually 1.

    Parameters
    ----------
    lr : float
        Learning rate η, without unit.
    rho : float
        ρ, the share of both running means kept at each step.
    eps : float
        ε, inside both roots. It starts the movement: the first step is about
        :math:`\sqrt{\epsilon / (1 - \rho)}` long.

    Raises
    ------
    ValueError
        If ``lr`` or ``eps`` is negative or not finite, or ``rho`` is outside [0, 1).

    Examples
    --------
    >>> x, r, u = AdaDelta(rho=0.75, eps=3.0).update(1.0, 2.0, 1, 0.0, 0.0)
    >>> print(round(x, 6), r, round(u, 6))
    -0.732051 1.0 0.75

    References
    ----------
    Zeiler, *ADADELTA: an adaptive learning rate method*, 2012. The same as
    ``torch.optim.Adadelta`` and ``optax.adadelta``; Keras has ρ = 0.95, ε = 1e-7 and η = 0.001.
    """

    lr: float = 1.0
    rho: float = 0.9
    eps: float = 1e-6

    def update(self, x: Any, g: Any, t: Any, r: Any = 0, u: Any = 0) -> tuple[Any, ...]:
        """Return ``(x, r, u)`` after one step."""
        r = self.rho * r + (1 - self.rho) * g**2
        d = sqrt(u + self.eps) / sqrt(r + self.eps) * g
        u = self.rho * u + (1 - self.rho) * d**2
        x = x - self.lr * d
        return x, r, u


# Adam and its relatives -----------------------------------------------------------------------


@dataclass(frozen=True)
class Adam(_Adaptive):
    r"""Divide a running mean of the gradient by the root of a running mean of its square.

    .. math::
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \theta_t &= \theta_{t-1}
            - \eta\, \frac{m_t / (1 - \beta_1^t)}{\sqrt{v_t / (1 - \beta_2^t)} + \epsilon}

    Both means start at zero and are divided by :math:`1 - \beta^t`, which removes the pull of
    that start.

    Parameters
    ----------
    lr : float
        Learning rate η: about the length of a step in each coordinate.
    beta1, beta2 : float
        Decay rates of the first and second moment.
    eps : float
        ε, added to the root, in units of the gradient (of its square if inside the root).
    eps_inside_root : bool
        Whether ε is added under the root.
    bias_correction : bool
        Whether the means are divided by :math:`1 - \beta^t`. Without it the first steps are about
        :math:`(1 - \beta_1) / \sqrt{1 - \beta_2}` times as long: three times, by default.

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
    The same as ``torch.optim.Adam`` and ``optax.adam``, whose ``eps_root`` is the ε inside the
    root. Keras puts ε on the uncorrected root: its ε is ours times :math:`\sqrt{1 - \beta_2^t}`.
    """

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    _: KW_ONLY
    eps_inside_root: bool = False
    bias_correction: bool = True

    def update(self, x: Any, g: Any, t: Any, m: Any = 0, v: Any = 0) -> tuple[Any, ...]:
        """Return ``(x, m, v)`` after one step."""
        m = self.beta1 * m + (1 - self.beta1) * g
        v = self.beta2 * v + (1 - self.beta2) * g**2
        m_hat, v_hat = m, v
        if self.bias_correction:
            m_hat = m / (1 - self.beta1**t)
            v_hat = v / (1 - self.beta2**t)
        x = x - self.lr * m_hat / self.root(v_hat)
        return x, m, v


@dataclass(frozen=True)
class AMSGrad(_Adaptive):
    r"""Adam with the largest second moment so far: :math:`v^{\max}_t = \max(v^{\max}_{t-1}, v_t)`.

    The step is Adam's with :math:`v^{\max}_t` in place of :math:`v_t`.
    A large gradient is never forgotten: once the bias correction has faded, the rate of a
    coordinate does not grow again.

    Parameters
    ----------
    lr : float
        Learning rate η.
    beta1, beta2 : float
        Decay rates of the first and second moment.
    eps : float
        ε, added to the root, in units of the gradient (of its square if inside the root).
    eps_inside_root : bool
        Whether ε is added under the root.
    corrected : bool
        Whether the maximum is taken of the second moment after its bias correction.

    Raises
    ------
    ValueError
        If ``lr`` or ``eps`` is negative or not finite, or a decay rate is outside [0, 1).

    Examples
    --------
    >>> rule = AMSGrad(beta2=0.5)
    >>> x, m, v, v_max = rule.update(0.0, 1.0, 2, 0.0, 4.0, 4.0)
    >>> print(v, v_max)
    2.5 4.0

    References
    ----------
    Reddi, Kale and Kumar, *On the convergence of Adam and beyond*, 2018, which corrects no bias.
    As it stands it is ``torch.optim.Adam(amsgrad=True)``, which corrects the maximum;
    ``optax.amsgrad`` takes the maximum of what is corrected: ``corrected=True``.
    """

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    _: KW_ONLY
    eps_inside_root: bool = False
    corrected: bool = False

    def update(
        self, x: Any, g: Any, t: Any, m: Any = 0, v: Any = 0, v_max: Any = 0
    ) -> tuple[Any, ...]:
        """Return ``(x, m, v, v_max)`` after one step."""
        m = self.beta1 * m + (1 - self.beta1) * g
        v = self.beta2 * v + (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1**t)
        if self.corrected:
            v_hat = v / (1 - self.beta2**t)
            v_max = maximum(v_max, v_hat)
            x = x - self.lr * m_hat / self.root(v_max)
        else:
            v_max = maximum(v_max, v)
            v_hat = v_max / (1 - self.beta2**t)
            x = x - self.lr * m_hat / self.root(v_hat)
        return x, m, v, v_max


@dataclass(frozen=True)
class AdamW(Adam):
    r"""Adam from parameters that were shrunk first.

    Adam starts from :math:`\tilde\theta_t = \theta_{t-1} - \eta\lambda\theta_{t-1}`. The decay
    does not pass through Adam's division, so every parameter shrinks by the same share.

    Parameters
    ----------
    lr : float
        Learning rate η.
    beta1, beta2 : float
        Decay rates of the first and second moment.
    eps : float
        ε, added to the root, in units of the gradient (of its square if inside the root).
    weight_decay : float
        λ; each step takes away the share ηλ of the parameters.
    eps_inside_root, bias_correction : bool
        As in :class:`Adam`.

    Raises
    ------
    ValueError
        If ``lr``, ``eps`` or ``weight_decay`` is negative or not finite, or a decay rate is
        outside [0, 1).

    Examples
    --------
    >>> print(*AdamW(lr=0.5, weight_decay=0.5).update(8.0, 0.0, 1, 0.0, 0.0))
    6.0 0.0 0.0

    References
    ----------
    Loshchilov and Hutter, *Decoupled weight decay regularization*, 2019.
    The same as ``torch.optim.AdamW``; Optax has λ = 1e-4, Keras 4e-3.
    """

    weight_decay: float = 1e-2

    def update(self, x: Any, g: Any, t: Any, m: Any = 0, v: Any = 0) -> tuple[Any, ...]:
        """Return ``(x, m, v)`` after one step."""
        x_tilde = x - self.lr * self.weight_decay * x
        return super().update(x_tilde, g, t, m, v)


@dataclass(frozen=True)
class NAdam(_Adaptive):
    r"""Adam with Nesterov's momentum: the next momentum is applied already at this step.

    The share of momentum grows with the steps,
    :math:`\mu_t = \beta_1 (1 - \tfrac12\, 0.96^{t\psi})`, and the numerator is
    :math:`\hat m_t = \mu_{t+1} m_t / (1 - \prod_{i \le t+1} \mu_i)
    + (1 - \mu_t) g_t / (1 - \prod_{i \le t} \mu_i)`. The step is Adam's with this
    :math:`\hat m_t`.

    Parameters
    ----------
    lr : float
        Learning rate η.
    beta1, beta2 : float
        Decay rates of the first and second moment.
    eps : float
        ε, added to the root, in units of the gradient (of its square if inside the root).
    psi : float or None
        ψ, how fast the momentum grows; None keeps :math:`\mu_t = \beta_1`.
    eps_inside_root : bool
        Whether ε is added under the root.

    Raises
    ------
    ValueError
        If ``lr``, ``eps`` or ``psi`` is negative or not finite, or a decay rate is outside [0, 1).

    Examples
    --------
    The first step is 1 + β₁ / (1 + β₁) times as long as Adam's when μ is constant:

    >>> x, *_ = NAdam(lr=1.0, beta1=0.5, eps=0, psi=None).update(0.0, 1.0, 1)
    >>> print(round(x, 6))
    -1.333333

    References
    ----------
    Dozat, *Incorporating Nesterov momentum into Adam*, 2016. As it stands it is
    ``torch.optim.NAdam``, which rounds :math:`\prod\mu` to single precision unless the default
    dtype is double. ``optax.nadam`` keeps the momentum constant: ``psi=None``; Keras has ψ = 1.
    """

    lr: float = 2e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    psi: float | None = 4e-3
    _: KW_ONLY
    eps_inside_root: bool = False

    def momentum(self, t: Any) -> Any:
        """Return the share of momentum μ at step ``t``."""
        if self.psi is None:
            return self.beta1
        return self.beta1 * (1 - 0.5 * 0.96 ** (t * self.psi))

    def update(
        self, x: Any, g: Any, t: Any, m: Any = 0, v: Any = 0, mu_prod: Any = 1
    ) -> tuple[Any, ...]:
        """Return ``(x, m, v, mu_prod)`` after one step."""
        mu = self.momentum(t)
        mu_next = self.momentum(t + 1)
        mu_prod = mu_prod * mu
        m = self.beta1 * m + (1 - self.beta1) * g
        v = self.beta2 * v + (1 - self.beta2) * g**2
        m_hat = mu_next * m / (1 - mu_prod * mu_next) + (1 - mu) * g / (1 - mu_prod)
        v_hat = v / (1 - self.beta2**t)
        x = x - self.lr * m_hat / self.root(v_hat)
        return x, m, v, mu_prod


@dataclass(frozen=True)
class AdaMax(Rule):
    r"""Adam with a fading maximum in place of the root.

    :math:`u_t = \max(\beta_2 u_{t-1}, |g_t| + \epsilon)` and
    :math:`\theta_t = \theta_{t-1} - \eta\, m_t / ((1 - \beta_1^t)\, u_t)`.

    Parameters
    ----------
    lr : float
        Learning rate η: no step is longer than about this.
    beta1, beta2 : float
        Decay rates of the first moment and of the maximum.
    eps : float
        ε, added to the size of the gradient, in its units.

    Raises
    ------
    ValueError
        If ``lr`` or ``eps`` is negative or not finite, or a decay rate is outside [0, 1).

    Examples
    --------
    >>> print(*AdaMax(lr=0.5, beta1=0.5, eps=0).update(1.0, -4.0, 1, 0.0, 0.0))
    1.5 -2.0 4.0

    References
    ----------
    Kingma and Ba, 2015, algorithm 2, which has no ε: with ``eps=0`` a coordinate whose gradient
    has always been zero becomes 0/0. The same as ``torch.optim.Adamax`` and ``optax.adamax``;
    Keras adds ε outside the maximum.
    """

    lr: float = 2e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def update(self, x: Any, g: Any, t: Any, m: Any = 0, u: Any = 0) -> tuple[Any, ...]:
        """Return ``(x, m, u)`` after one step."""
        m = self.beta1 * m + (1 - self.beta1) * g
        u = maximum(self.beta2 * u, absolute(g) + self.eps)
        m_hat = m / (1 - self.beta1**t)
        x = x - self.lr * m_hat / u
        return x, m, u


@dataclass(frozen=True)
class Lion(Rule):
    r"""Step by the sign of a running mean.

    :math:`\theta_t = \theta_{t-1} - \eta\,(\mathrm{sign}(c_t) + \lambda\theta_{t-1})` with
    :math:`c_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t`. Without decay every coordinate moves by
    exactly η, except where the mean is zero.

    Parameters
    ----------
    lr : float
        Learning rate η: the length of every step in each coordinate.
    beta1 : float
        Weight of the past in the direction :math:`c_t`.
    beta2 : float
        Decay rate of the running mean that is kept.
    weight_decay : float
        λ; each step also takes away the share ηλ of the parameters.

    Raises
    ------
    ValueError
        If ``lr`` or ``weight_decay`` is negative or not finite, or a decay rate is outside [0, 1).

    Examples
    --------
    >>> print(*Lion(lr=0.5, beta2=0.75).update(1.0, -8.0, 1, 0.0))
    1.5 -2.0

    References
    ----------
    Chen et al., *Symbolic discovery of optimization algorithms*, 2023. The same as
    ``keras.optimizers.Lion``; ``optax.lion`` has λ = 1e-3.
    """

    lr: float = 1e-4
    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float = 0.0

    def update(self, x: Any, g: Any, t: Any, m: Any = 0) -> tuple[Any, ...]:
        """Return ``(x, m)`` after one step."""
        c = self.beta1 * m + (1 - self.beta1) * g
        m = self.beta2 * m + (1 - self.beta2) * g
        x = x - self.lr * (sign(c) + self.weight_decay * x)
        return x, m


# Rules around rules ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Wrapper(Rule):
    """A rule around another one: same states, same place to look, same learning rate.

    Parameters
    ----------
    rule : Rule
        The rule inside; wrappers nest.

    Raises
    ------
    TypeError
        If ``rule`` is not a rule.
    """

    rule: Rule

    def __post_init__(self) -> None:
        if not isinstance(self.rule, Rule):
            made = f"{self.rule.__name__}()" if isinstance(self.rule, type) else "Adam()"
            raise TypeError(
                f"{type(self).__name__}: rule must be a rule such as {made}, not {self.rule!r}"
            )
        super().__post_init__()

    def look(self, x: Any, t: Any, *state: Any) -> Any:
        """Return the point at which the rule inside wants the gradient."""
        return self.rule.look(x, t, *state)

    def rate(self, t: Any) -> Any:
        """Return the learning rate of the rule inside at step ``t``."""
        return self.rule.rate(t)

    def with_rate(self, lr: Any) -> Rule:
        """Return the same with another learning rate inside."""
        return replace(self, rule=self.rule.with_rate(lr))

    def states(self) -> dict[str, Any]:
        """Return the states of the rule inside."""
        return self.rule.states()

    def update(self, x: Any, g: Any, t: Any, *state: Any) -> tuple[Any, ...]:
        """Return what the wrapper makes of a step of the rule inside."""
        return super().update(x, g, t)


@dataclass(frozen=True)
class Clipped(Wrapper):
    r"""Shorten the gradient before the rule sees it, by value or by norm.

    By value, each coordinate is cut to [−c, c], which can turn the direction. By norm, a gradient
    longer than c is scaled to length c: :math:`\tilde g = g\, c / \max(\lVert g \rVert, c)`.

    Parameters
    ----------
    rule : Rule
        The rule that takes the step.
    value : float, optional
        c, the largest size of a coordinate, in units of the gradient.
    norm : float, optional
        c, the largest Euclidean norm of the whole array, in units of the gradient.

    Raises
    ------
    TypeError
        If not exactly one of ``value`` and ``norm`` is given, or ``norm`` with arrays as settings:
        the runs would be shortened by one common norm.
    ValueError
        If it is not a finite number above zero.

    Examples
    --------
    >>> g = np.array([3.0, -4.0])
    >>> Clipped(GradientDescent(lr=1.0), value=1).update(np.zeros(2), g, 1)
    (array([-1.,  1.]),)
    >>> Clipped(GradientDescent(lr=1.0), norm=1).update(np.zeros(2), g, 1)
    (array([-0.6,  0.8]),)

    References
    ----------
    Pascanu, Mikolov and Bengio, *On the difficulty of training recurrent neural networks*, 2013.
    By value as ``torch.nn.utils.clip_grad_value_`` and ``optax.clip``; by norm as
    ``optax.clip_by_global_norm`` and Keras's ``global_clipnorm`` (its ``clipnorm`` is for each
    variable alone). ``torch.nn.utils.clip_grad_norm_`` adds 1e-6 to the norm. Clipping by norm
    mixes the coordinates, so it cannot be traced.
    """

    _: KW_ONLY
    value: float | None = None
    norm: float | None = None

    def __post_init__(self) -> None:
        if (self.value is None) == (self.norm is None):
            raise TypeError("Clipped: give either value=… or norm=…")
        super().__post_init__()
        if self.norm is not None and (many := _arrays(self)):
            raise TypeError(
                f"Clipped: one norm is taken of all there is, so {', '.join(many)} must be one "
                "number: make many runs one by one, or clip by value"
            )

    def update(self, x: Any, g: Any, t: Any, *state: Any) -> tuple[Any, ...]:
        """Return what the rule returns for the clipped gradient."""
        if self.value is not None:
            g_tilde = minimum(maximum(g, -self.value), self.value)
        else:
            # In double precision, because a sum of squares overflows early in half precision.
            wide = np.ones(1) * g
            with np.errstate(over="ignore"):
                length = np.linalg.norm(wide)
            if np.isinf(length):  # its squares overflowed
                length = 2.0**600 * np.linalg.norm(2.0**-600 * wide)
            g_tilde = g * (self.norm / maximum(length, self.norm))  # type: ignore[arg-type]
            g_tilde = g_tilde.astype(np.result_type(np.asarray(g), np.float16))
        return self.rule.update(x, g_tilde, t, *state)


@dataclass(frozen=True)
class Decayed(Wrapper):
    r"""Shrink the parameters before the rule's step.

    The rule starts from :math:`\tilde\theta_t = \theta_{t-1} - \eta\lambda\theta_{t-1}`.

    Parameters
    ----------
    rule : Rule
        The rule that takes the step. With :class:`Adam` the pair is :class:`AdamW`.
    weight_decay : float
        λ; each step takes away the share ηλ of the parameters, η being the rate of that step.

    Raises
    ------
    ValueError
        If ``weight_decay`` is negative or not finite.

    Examples
    --------
    >>> Decayed(GradientDescent(lr=0.5), weight_decay=0.5).update(8.0, 2.0, 1)
    (5.0,)

    References
    ----------
    Loshchilov and Hutter, *Decoupled weight decay regularization*, 2019. For plain gradient
    descent it is ``torch.optim.SGD(weight_decay=…)``. With its other rules but AdamW, PyTorch adds
    λθ to the gradient instead, unless ``decoupled_weight_decay`` is set.
    """

    weight_decay: float = 1e-2

    def update(self, x: Any, g: Any, t: Any, *state: Any) -> tuple[Any, ...]:
        """Return what the rule returns for the shrunken parameters."""
        lr = self.rate(t)
        x_tilde = x - lr * self.weight_decay * x
        return self.rule.with_rate(lr).update(x_tilde, g, t, *state)
