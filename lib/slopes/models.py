"""Models with their objective and its gradient."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from slopes.losses import multiclass_hinge, multiclass_hinge_grad, zero_one

__all__ = ["LinearSVM"]


@dataclass(frozen=True)
class LinearSVM:
    r"""A linear classifier with the multiclass hinge loss.

    .. math:: J(W) = \frac{1}{N} \sum_i \sum_{j \ne y_i}
        \max(0,\, w_j^\top x_i - w_{y_i}^\top x_i + 1) + \lambda \lVert W \rVert_F^2

    The object is the objective itself: call it with W, shape (features, classes).

    Parameters
    ----------
    X : ndarray, shape (n, features)
        One example per row; add a column of ones for an intercept.
    y : ndarray of int, shape (n,)
        Classes, counted from 0.
    weight_decay : float
        λ. Its gradient is 2λW, with the 2 that some slides drop.

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

    X: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        if self.X.ndim != 2 or self.y.shape != self.X.shape[:1]:
            raise ValueError(
                "X must have one row per example and y one class per row; "
                f"got shapes {self.X.shape} and {self.y.shape}"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of W: (features, classes)."""
        return self.X.shape[1], int(self.y.max()) + 1

    def scores(self, W: np.ndarray, X: np.ndarray | None = None) -> np.ndarray:
        """Return the scores of all classes, shape (n, classes)."""
        if W.shape != self.shape:
            raise ValueError(f"W must have shape {self.shape}, not {W.shape}")
        return (self.X if X is None else X) @ W

    def __call__(self, W: np.ndarray) -> float:
        """Return the objective J(W)."""
        loss = multiclass_hinge(self.scores(W), self.y).mean()
        return float(loss + self.weight_decay * (W**2).sum())

    def grad(self, W: np.ndarray) -> np.ndarray:
        """Return the gradient of J, shaped like W."""
        slope = multiclass_hinge_grad(self.scores(W), self.y)
        return self.X.T @ slope / len(self.y) + 2 * self.weight_decay * W

    def accuracy(
        self, W: np.ndarray, X: np.ndarray | None = None, y: np.ndarray | None = None
    ) -> float:
        """Return the share of examples whose highest score is the true class's."""
        return float(1 - zero_one(self.scores(W, X), self.y if y is None else y).mean())
