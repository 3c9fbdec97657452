"""Random probing: the method that needs no slope, kept for comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from slopes.calculus import floats
from slopes.parameters import whole
from slopes.trajectory import Trajectory

__all__ = ["probes", "random_probing"]


def probes(
    objective: Callable[[np.ndarray], Any],
    x: np.ndarray,
    random: np.random.Generator,
    length: float = 1.0,
) -> Iterator[tuple[np.ndarray, float]]:
    """Try a random direction, keep the step if it helps, repeat: yield the best so far.

    The step's length adapts, so that probing is shown at its best: half as long again after a
    success, a tenth shorter after a failure.

    Parameters
    ----------
    objective : callable
    x : ndarray of float
        The start; any shape.
    random : numpy.random.Generator
    length : float
        Of the first step.

    Yields
    ------
    (ndarray, float)
        The best point so far and its height, the start first.

    Examples
    --------
    >>> walk = probes(lambda x: float(x @ x), np.array([3.0, 4.0]), np.random.default_rng(0))
    >>> heights = [height for _, (_, height) in zip(range(100), walk)]
    >>> heights[0], heights[-1] < 0.01
    (25.0, True)
    """
    height = objective(x)
    while True:
        yield x, height
        direction = random.normal(size=x.shape)
        candidate = x + length * direction / np.linalg.norm(direction)
        new = objective(candidate)
        if new < height:
            x, height, length = candidate, new, 1.5 * length
        else:
            length = 0.9 * length


def random_probing(
    objective: Callable[[np.ndarray], Any],
    x0: Any,
    *,
    evaluations: int,
    seed: int = 0,
    target: float = -np.inf,
) -> Trajectory:
    """Run :func:`probes` and keep the path.

    Parameters
    ----------
    objective : callable
    x0 : array_like of float
        The start; any shape.
    evaluations : int
        How often the objective may be called after the start.
    seed : int
    target : float
        Stop when the objective is at most this.

    Returns
    -------
    Trajectory
        One point for each evaluation: the best so far. Gradient norms are NaN: none was computed.

    Raises
    ------
    ValueError
        If ``evaluations`` is not a whole number, zero or more, the start is empty or complex, or
        the objective is NaN there.

    Examples
    --------
    >>> random_probing(lambda x: x @ x, [3.0, 4.0], evaluations=200, seed=0).value < 1e-6
    True

    References
    ----------
    Schumer and Steiglitz, *Adaptive step size random search*, 1968; Rechenberg,
    *Evolutionsstrategie*, 1973, for the factors of a success and a failure.
    """
    if whole("evaluations", evaluations) < 0:
        raise ValueError(f"evaluations must be zero or more, not {evaluations}")
    start, random = floats(x0, "the start"), np.random.default_rng(seed)
    if not start.size:
        raise ValueError("the start is empty: give at least one parameter")

    def asked(x: np.ndarray) -> Any:
        x.setflags(write=False)  # to change it in place would change the path
        return objective(x)

    points, values, stopped = [], [], "steps"
    for x, value in islice(probes(asked, start, random), evaluations + 1):
        if np.isnan(value):  # only the start: a NaN is never lower
            raise ValueError(f"the run cannot start: at step 0 the value is {value}")
        points.append(x)
        values.append(float(value))
        if value <= target:
            stopped = "target"
            break
    norms = np.full(len(values), np.nan)
    return Trajectory(np.array(points), np.array(values), norms, stopped)
