"""Real data that ships with the package: nothing is downloaded when a page runs."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

__all__ = ["Digits", "digits", "with_ones"]


class Digits(NamedTuple):
    """The handwritten digits, split into a training and a test part."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


@cache
def _all_digits() -> tuple[np.ndarray, np.ndarray]:
    with np.load(files("slopes.data") / "digits.npz") as stored:  # type: ignore[arg-type]
        return stored["images"], stored["labels"]


def digits() -> Digits:
    """Return 1,797 handwritten digits, each 8 × 8 pixels in [0, 1] flattened to 64.

    Three quarters are for training. The split is drawn once with a fixed seed, so that every
    page, exercise and grader sees the same one.

    Returns
    -------
    Digits
        ``X_train`` (1347, 64), ``y_train`` (1347,), ``X_test`` (450, 64), ``y_test`` (450,).

    Examples
    --------
    >>> data = digits()
    >>> data.X_train.shape, data.X_test.shape, float(data.X_train.max())
    ((1347, 64), (450, 64), 1.0)

    References
    ----------
    Alpaydin and Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning
    Repository, 1998, https://doi.org/10.24432/C50P49, CC BY 4.0 (its test part, the same images
    as ``sklearn.datasets.load_digits``).
    """
    images, labels = _all_digits()
    order = np.random.default_rng(0).permutation(len(labels))
    train, test = np.split(order, [1347])
    X, y = images / 16.0, labels.astype(int)
    return Digits(X[train], y[train], X[test], y[test])


def with_ones(X: np.ndarray) -> np.ndarray:
    """Return ``X`` with a last column of ones, so that a linear model has an intercept.

    Examples
    --------
    >>> with_ones(np.zeros((2, 1)))
    array([[0., 1.],
           [0., 1.]])
    """
    return np.hstack([X, np.ones((len(X), 1))])
