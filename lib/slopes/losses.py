"""Losses: how wrong a score is, and how that changes with the score.

Every loss works on a batch of scores, one row per example, and returns one number per example.
Its gradient has the shape of the scores.
"""

from __future__ import annotations

import numpy as np

__all__ = ["multiclass_hinge", "multiclass_hinge_grad", "zero_one"]


def zero_one(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return 1 where the highest score is not the true class's, else 0.

    Parameters
    ----------
    scores : ndarray, shape (n, classes)
    y : ndarray of int, shape (n,)

    Returns
    -------
    ndarray, shape (n,)

    Examples
    --------
    >>> zero_one(np.array([[1.0, 3.0], [2.0, 0.0]]), np.array([0, 0]))
    array([1., 0.])
    """
    return (scores.argmax(axis=1) != y).astype(float)


def multiclass_hinge(scores: np.ndarray, y: np.ndarray, margin: float = 1.0) -> np.ndarray:
    r"""Return :math:`\sum_{j \ne y} \max(0,\, s_j - s_y + \Delta)` for each example.

    Parameters
    ----------
    scores : ndarray, shape (n, classes)
    y : ndarray of int, shape (n,)
        True classes.
    margin : float
        Δ, by how much the true class must win to cost nothing.

    Returns
    -------
    ndarray, shape (n,)

    Examples
    --------
    >>> multiclass_hinge(np.array([[3.0, 1.0, 2.5]]), np.array([0]))
    array([0.5])

    References
    ----------
    Weston and Watkins, *Support vector machines for multi-class pattern recognition*, 1999.
    ``torch.nn.MultiMarginLoss`` divides by the number of classes as well.
    """
    rows = np.arange(len(y))
    excess = scores - scores[rows, y][:, None] + margin
    excess[rows, y] = 0.0
    return np.maximum(excess, 0.0).sum(axis=1)


def multiclass_hinge_grad(scores: np.ndarray, y: np.ndarray, margin: float = 1.0) -> np.ndarray:
    """Return the derivative of :func:`multiclass_hinge` with respect to the scores.

    Each class that comes too close pulls its own score down by 1 and the true class's score up
    by 1. At a kink, where a class is exactly the margin away, it returns the zero side.

    Parameters
    ----------
    scores : ndarray, shape (n, classes)
    y : ndarray of int, shape (n,)
    margin : float

    Returns
    -------
    ndarray, shape (n, classes)

    Examples
    --------
    >>> multiclass_hinge_grad(np.array([[3.0, 1.0, 2.5]]), np.array([0]))
    array([[-1.,  0.,  1.]])
    """
    rows = np.arange(len(y))
    too_close = scores - scores[rows, y][:, None] + margin > 0
    too_close[rows, y] = False
    slope = too_close.astype(float)
    slope[rows, y] = -too_close.sum(axis=1)
    return slope
