"""Models with their objective and its gradient.

An object is the objective itself: call it with the parameters for J, and its ``grad`` for the
gradient. ``batch(indices)`` is the same objective on some of the examples, so stochastic gradients
need no code of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from slopes.losses import LOSSES, Loss, zero_one
from slopes.parameters import flatten, unflatten, whole

__all__ = ["Linear", "LinearSVM", "Network"]


def _loss(name: str) -> Loss:
    if name not in LOSSES:
        raise ValueError(f"no loss is called {name!r}; known: {', '.join(LOSSES)}")
    return LOSSES[name]


def _numbers(weights: Any) -> np.ndarray:
    """Return weights as an array, whole ones as floats: products of small integers wrap around."""
    array = np.asanyarray(weights)
    return array.astype(float) if array.dtype.kind in "biu" else array


@dataclass(frozen=True, eq=False)  # to compare arrays has no single answer
class _Objective:
    """What the models share: the data, checked, and the part of it in a batch."""

    X: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    loss: str = "squared"
    weight_decay: float = 0.0
    classes: int | None = field(default=None, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        # asanyarray keeps arrays of other classes, such as one that counts its operations.
        self._set(X=np.asanyarray(self.X), y=np.asanyarray(self.y))
        if self.X.ndim != 2 or self.y.shape != self.X.shape[:1]:
            raise ValueError(
                "X must have one row per example and y one value per row; "
                f"got shapes {self.X.shape} and {self.y.shape}"
            )
        if not len(self.y):
            raise ValueError("there are no examples: X and y need at least one row")
        if not 0 <= self.weight_decay < np.inf:
            raise ValueError(f"weight_decay must be zero or more, not {self.weight_decay}")
        kind = _loss(self.loss).kind
        if kind == "class" and not np.issubdtype(self.y.dtype, np.integer):
            raise ValueError(f"classes must be integers counted from 0, not {self.y.dtype} numbers")
        if self.classes is not None:
            self._set(classes=whole("classes", self.classes))
            least = int(self.y.max()) + 1 if kind == "class" else 1
            if self.classes < least:
                raise ValueError(f"classes must be at least {least}, not {self.classes}")

    def _set(self, **fields: Any) -> None:
        """Set fields of this frozen object while it is made."""
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @property
    def _outputs(self) -> int:
        """How many scores an example has."""
        kind = LOSSES[self.loss].kind
        if kind == "class":
            # A batch may lack the last class, so it keeps the number of the whole.
            return int(self.y.max()) + 1 if self.classes is None else self.classes
        return 2 if kind == "density" else 1

    def batch(self, indices: Any) -> Any:
        """Return the same objective on the examples with these indices only.

        Its gradient estimates the full one without bias when the indices are drawn evenly.
        The weight decay is kept whole: it belongs to the objective, not to an example.

        Parameters
        ----------
        indices : array of int or bool, slice, range or list

        Raises
        ------
        IndexError
            If there is no example with such an index.
        ValueError
            If no example is left.
        """
        if not isinstance(indices, slice):
            indices = np.asarray(indices)
            if indices.size == 0:
                raise ValueError("the batch is empty: give at least one index")
        classes = self._outputs if LOSSES[self.loss].kind == "class" else None
        return replace(self, X=self.X[indices], y=self.y[indices], classes=classes)

    def _examples(self, X: Any) -> np.ndarray:
        """Return other examples, checked, or by default the model's own."""
        X = self.X if X is None else np.asanyarray(X)
        if X.shape[-1:] != self.X.shape[1:]:
            raise ValueError(
                f"X must have {self.X.shape[1]} features in each row, as the model's examples do; "
                f"its shape is {X.shape}"
            )
        return X

    def _share_right(self, scores: np.ndarray, X: Any, y: Any) -> float:
        if X is not None and y is None:
            raise ValueError("these examples have labels of their own: give y too")
        if LOSSES[self.loss].kind not in ("class", "sign"):
            raise ValueError(
                f"accuracy counts right classes or signs, but the {self.loss} loss predicts numbers"
            )
        return float(1 - zero_one(scores, self.y if y is None else y).mean())


@dataclass(frozen=True, eq=False)
class Linear(_Objective):
    r"""A linear model with any loss and weight decay.

    .. math:: J(W) = \frac{1}{N} \sum_i \ell(x_i^\top W,\, y_i) + \lambda \lVert W \rVert^2

    The object is the objective itself: call it with W.

    Parameters
    ----------
    X : array_like, shape (n, features)
        One example per row; add a column of ones for an intercept, which then decays too.
    y : array_like, shape (n,)
        Numbers, labels −1 and 1, or classes counted from 0, as the loss needs.
    loss : str
        A name in ``slopes.losses.LOSSES``. It decides the shape of W: (features,) for one score
        per example, (features, classes) for several, (features, 2) for a mean and log-variance.
    weight_decay : float
        λ. Its gradient is 2λW, with the 2 that some slides drop.
    classes : int, optional
        Number of classes; by default one more than the largest in ``y``.

    Raises
    ------
    ValueError
        If the shapes don't fit, the loss is unknown, or W has another shape than ``shape``.

    Examples
    --------
    >>> X, y = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), np.array([0.0, 1.0, 2.0])
    >>> line = Linear(X, y, "squared")
    >>> line.grad(np.zeros(2))
    array([-2.        , -3.33333333])
    >>> line.batch([2]).grad(np.zeros(2))
    array([-4., -8.])

    The normal distribution of highest likelihood, as a linear model of a single constant feature:

    >>> density = Linear(np.ones((3, 1)), np.array([1.0, 2.0, 3.0]), "gaussian_nll")
    >>> np.abs(density.grad(np.array([[2.0, np.log(2 / 3)]]))).round(12)
    array([[0., 0.]])
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of W."""
        several = LOSSES[self.loss].kind in ("class", "density")
        return (self.X.shape[1], self._outputs) if several else (self.X.shape[1],)

    def scores(self, W: np.ndarray, X: np.ndarray | None = None) -> np.ndarray:
        """Return the scores of all examples, shape (n,) or (n, classes)."""
        W = _numbers(W)
        if W.shape != self.shape:
            raise ValueError(f"W must have shape {self.shape}, not {W.shape}")
        return self._examples(X) @ W

    def __call__(self, W: np.ndarray) -> float:
        """Return the objective J(W)."""
        W = _numbers(W)
        loss = LOSSES[self.loss].value(self.scores(W), self.y).mean()
        return float(loss + self.weight_decay * (W**2).sum())

    def grad(self, W: np.ndarray) -> np.ndarray:
        """Return the gradient of J, shaped like W."""
        W = _numbers(W)
        slope = LOSSES[self.loss].grad(self.scores(W), self.y)
        return self.X.T @ slope / len(self.y) + 2 * self.weight_decay * W

    def accuracy(
        self, W: np.ndarray, X: np.ndarray | None = None, y: np.ndarray | None = None
    ) -> float:
        """Return the share of examples whose highest score, or sign, is the true one.

        Raises
        ------
        ValueError
            If ``X`` is given without ``y``, or the loss is not about classes or signs.
        """
        return self._share_right(self.scores(W, X), X, y)


@dataclass(frozen=True, eq=False)
class LinearSVM(Linear):
    r"""A linear classifier with the multiclass hinge loss.

    .. math:: J(W) = \frac{1}{N} \sum_i \sum_{j \ne y_i}
        \max(0,\, w_j^\top x_i - w_{y_i}^\top x_i + 1) + \lambda \lVert W \rVert_F^2

    The object is the objective itself: call it with W, shape (features, classes).
    It is :class:`Linear` with the loss ``"multiclass_hinge"``.

    Parameters
    ----------
    X : array_like, shape (n, features)
        One example per row; add a column of ones for an intercept.
    y : array_like of int, shape (n,)
        Classes, counted from 0.
    weight_decay : float
        λ. Its gradient is 2λW, with the 2 that some slides drop.
    classes : int, optional
        Number of classes; by default one more than the largest in ``y``.

    Raises
    ------
    ValueError
        If the shapes don't fit, or W has another shape than (features, classes).

    Examples
    --------
    >>> svm = LinearSVM(np.eye(2), np.array([0, 1]))
    >>> svm(np.zeros((2, 2)))
    1.0
    >>> svm.grad(np.zeros((2, 2)))
    array([[-0.5,  0.5],
           [ 0.5, -0.5]])

    References
    ----------
    Crammer and Singer, 2001, keep only the worst class; this is Weston and Watkins's sum, as in
    Stanford's CS231n and the decks.
    """

    loss: str = field(default="multiclass_hinge", init=False, repr=False)


# A network ------------------------------------------------------------------------------------


#: For each activation: the function, its slope written with its own value, and its gain: what the
#: standard deviation of a weight times √(inputs) must be for signals to keep their size.
_ACTIVATIONS: dict[str, tuple[Any, Any, float]] = {
    "tanh": (np.tanh, lambda a: 1 - a**2, 1.0),
    "relu": (lambda z: np.maximum(z, 0), lambda a: (a > 0).astype(a.dtype), 2**0.5),
}


@dataclass(frozen=True, eq=False)
class Network(_Objective):
    r"""A network of dense layers, with its backward pass written out layer by layer.

    .. math:: a_0 = x, \quad a_k = \varphi(a_{k-1} W_k + b_k), \quad
        s = a_{K-1} W_K + b_K, \quad
        J = \frac{1}{N} \sum_i \ell(s_i, y_i) + \lambda \sum_k \lVert W_k \rVert_F^2

    The object is the objective itself. Its parameters are a list W₁, b₁, W₂, b₂, … or, for update
    rules, the same numbers as one flat vector. Both are accepted everywhere, and the gradient
    comes back in the form of the parameters.

    Parameters
    ----------
    X : array_like, shape (n, features)
        One example per row.
    y : array_like of int, shape (n,)
        Classes, counted from 0.
    loss : {"cross_entropy", "multiclass_hinge"}
    weight_decay : float
        λ, on the weights and not on the biases.
    hidden : tuple of int
        Number of units in each hidden layer; ``()`` is a linear model.
    activation : {"tanh", "relu"}
        φ. The slope of relu at 0 is taken as 0.
    classes : int, optional
        Number of classes; by default one more than the largest in ``y``.

    Raises
    ------
    ValueError
        If shapes don't fit, or a name or number is not one of those above.

    Examples
    --------
    >>> net = Network(np.eye(3), np.array([0, 1, 2]), hidden=(4,))
    >>> net.shapes
    [(3, 4), (4,), (4, 3), (3,)]
    >>> theta = net.init(seed=0)
    >>> theta.shape, net.grad(theta).shape
    ((31,), (31,))

    References
    ----------
    Rumelhart, Hinton and Williams, *Learning representations by back-propagating errors*, 1986.
    PyTorch's ``Linear`` stores the transposed weight, (outputs, inputs).
    """

    loss: str = "cross_entropy"
    hidden: tuple[int, ...] = field(default=(32,), kw_only=True)
    activation: str = field(default="tanh", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if LOSSES[self.loss].kind != "class":
            known = ", ".join(name for name, loss in LOSSES.items() if loss.kind == "class")
            raise ValueError(
                f"a network tells classes apart: loss={self.loss!r} is not for "
                f"classes; take one of {known}"
            )
        if self.activation not in _ACTIVATIONS:
            known = ", ".join(_ACTIVATIONS)
            raise ValueError(f"no activation is called {self.activation!r}; known: {known}")
        if not np.iterable(self.hidden) or isinstance(self.hidden, str):
            raise ValueError(f"hidden must be a tuple such as (32,), not {self.hidden!r}")
        self._set(hidden=tuple(whole("a number of hidden units", units) for units in self.hidden))
        if not all(units > 0 for units in self.hidden):
            raise ValueError(f"hidden layers need at least one unit each, not hidden={self.hidden}")

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shapes of W₁, b₁, W₂, b₂ and so on."""
        widths = [self.X.shape[1], *self.hidden, self._outputs]
        return [shape for m, n in pairwise(widths) for shape in ((m, n), (n,))]

    @property
    def shape(self) -> tuple[int]:
        """The shape of the flat vector of all parameters."""
        return (sum(int(np.prod(shape)) for shape in self.shapes),)

    def init(self, seed: int) -> np.ndarray:
        """Return random weights and zero biases as one vector.

        A weight into a layer of m inputs has standard deviation √(1/m) for tanh and √(2/m) for
        relu, so that a signal neither dies out nor blows up on its way through the layers.

        References
        ----------
        LeCun and others, *Efficient BackProp*, 1998; He and others, 2015, for relu.
        """
        random = np.random.default_rng(seed)
        gain = _ACTIVATIONS[self.activation][2]
        return flatten(
            [
                random.normal(0, gain / np.sqrt(shape[0]), shape)
                if len(shape) == 2
                else np.zeros(shape)
                for shape in self.shapes
            ]
        )

    def parameters(self, theta: Any) -> list[np.ndarray]:
        """Return the parameters as a list W₁, b₁, W₂, b₂, …, whichever form they have.

        Raises
        ------
        ValueError
            If a shape is not the network's.
        """
        if isinstance(theta, np.ndarray):
            return list(unflatten(_numbers(theta), self.shapes))
        shapes = [np.shape(p) for p in theta]
        if shapes != self.shapes:
            raise ValueError(f"the parameters must have the shapes {self.shapes}, not {shapes}")
        return [_numbers(p) for p in theta]

    def forward(self, theta: Any, X: np.ndarray | None = None) -> list[np.ndarray]:
        """Return the output of every layer: the examples first, the scores last."""
        parameters = self.parameters(theta)
        phi = _ACTIVATIONS[self.activation][0]
        outputs = [self._examples(X)]
        for W, b in zip(parameters[:-2:2], parameters[1:-2:2], strict=True):
            outputs.append(phi(outputs[-1] @ W + b))
        W, b = parameters[-2:]
        outputs.append(outputs[-1] @ W + b)
        return outputs

    def backward(self, theta: Any, outputs: list[np.ndarray]) -> list[np.ndarray]:
        """Return the gradient for each parameter, working back from the last layer.

        ``delta`` is the gradient with respect to what goes into a layer's activation. One layer
        further back it is ``delta @ W.T``, times the activation's slope there.
        """
        weights = self.parameters(theta)[::2]
        slope = _ACTIVATIONS[self.activation][1]
        delta = LOSSES[self.loss].grad(outputs[-1], self.y) / len(self.y)
        gradient: list[np.ndarray] = []
        for k in reversed(range(len(weights))):
            dW = outputs[k].T @ delta + 2 * self.weight_decay * weights[k]
            db = delta.sum(axis=0)
            gradient = [dW, db, *gradient]
            if k > 0:
                delta = (delta @ weights[k].T) * slope(outputs[k])
        return gradient

    def scores(self, theta: Any, X: np.ndarray | None = None) -> np.ndarray:
        """Return the scores of all classes, shape (n, classes)."""
        return self.forward(theta, X)[-1]

    def __call__(self, theta: Any) -> float:
        """Return the objective J."""
        weights = self.parameters(theta)[::2]
        loss = LOSSES[self.loss].value(self.scores(theta), self.y).mean()
        return float(loss + self.weight_decay * sum((W**2).sum() for W in weights))

    def grad(self, theta: Any) -> Any:
        """Return the gradient of J by back-propagation, in the form of the parameters."""
        gradient = self.backward(theta, self.forward(theta))
        return flatten(gradient) if isinstance(theta, np.ndarray) else gradient

    def accuracy(
        self, theta: Any, X: np.ndarray | None = None, y: np.ndarray | None = None
    ) -> float:
        """Return the share of examples whose highest score is the true class's.

        Raises
        ------
        ValueError
            If ``X`` is given without ``y``.
        """
        return self._share_right(self.scores(theta, X), X, y)
