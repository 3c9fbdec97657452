"""Real data that ships with the package: nothing is downloaded when a page runs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import count
from typing import NamedTuple

import numpy as np

from slopes.parameters import whole

__all__ = ["Digits", "batches", "digits", "with_ones"]


class Digits(NamedTuple):
    """The handwritten digits, split into a training and a test part.

    Attributes
    ----------
    X_train, X_test : ndarray, shape (1347, 64) and (450, 64)
        One image per row, its 8 × 8 pixels in [0, 1].
    y_train, y_test : ndarray of int, shape (1347,) and (450,)
        The digits from 0 to 9 that they show.
    """

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

    Parameters
    ----------
    X : array_like, shape (n, features)

    Returns
    -------
    ndarray, shape (n, features + 1)
        Of the floating-point kind of ``X``.

    Raises
    ------
    ValueError
        If ``X`` has not one row per example.

    Examples
    --------
    >>> with_ones(np.zeros((2, 1)))
    array([[0., 1.],
           [0., 1.]])
    """
    X = np.asanyarray(X)
    if X.ndim != 2:
        raise ValueError(
            f"X must have one row per example, not shape {X.shape}: of one feature make X[:, None]"
        )
    kind = X.dtype if np.issubdtype(X.dtype, np.floating) else float
    return np.hstack([X, np.ones((len(X), 1), kind)])


def batches(
    n: int, size: int, seed: int, *, epochs: int | None = 1, drop_last: bool = False
) -> Iterator[np.ndarray]:
    """Yield the indices of mini-batches, shuffled anew in each epoch.

    Within an epoch every example comes exactly once, the last batch being smaller where ``size``
    does not divide ``n``. Epochs follow one another from one seeded generator, so the k-th epoch
    is the same however many come after it.

    Parameters
    ----------
    n : int
        Number of examples.
    size : int
        Examples in a batch; 1 is online learning, ``n`` the full batch.
    seed : int
    epochs : int or None
        How often to go through the data; None goes on without end.
    drop_last : bool
        Leave out an epoch's last batch where it is smaller.

    Yields
    ------
    ndarray of int, shape (size,) or smaller

    Raises
    ------
    ValueError
        If a number is no whole one, ``n`` or ``epochs`` is below 1, or ``size`` is not between 1
        and ``n``.

    Examples
    --------
    >>> for indices in batches(5, 2, seed=0):
    ...     print(indices)
    [2 4]
    [3 0]
    [1]

    References
    ----------
    As ``torch.utils.data.DataLoader(shuffle=True)``. Drawing with replacement instead makes the
    gradients of different steps independent; without, an epoch's gradients cancel part of each
    other's noise.
    """
    n, size = whole("n", n), whole("size", size)
    epochs = None if epochs is None else whole("epochs", epochs)
    if n < 1:
        raise ValueError(f"there must be at least one example, not n={n}")
    if not 1 <= size <= n:
        raise ValueError(f"a batch of {n} examples has from 1 to {n} of them, not size={size}")
    if epochs is not None and epochs < 1:
        raise ValueError(f"epochs must be at least 1, or None for no end, not {epochs}")
    return _batches(n, size, seed, epochs, drop_last)


def _batches(
    n: int, size: int, seed: int, epochs: int | None, drop_last: bool
) -> Iterator[np.ndarray]:
    random = np.random.default_rng(seed)
    for _ in count() if epochs is None else range(epochs):
        order = random.permutation(n)
        for first in range(0, n - size + 1 if drop_last else n, size):
            yield order[first : first + size]
