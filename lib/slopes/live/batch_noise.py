"""The noise of mini-batches: one step from many batches, and its spread against their size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from slopes.landscapes import Landscape
from slopes.live.draw import Axis, Control, Figure, Handle, Mark, Panel, contours, number
from slopes.models import Linear
from slopes.symbolic import javascript_expression

__all__ = ["batch_noise"]

#: Of the ellipse around two standard deviations.
PARTS = 60
#: A square below this share of σ² is rounding, and is called 0.
TINY = 1e-12


def batch_noise(
    features: Any = None,
    targets: Any = None,
    *,
    batch: int = 10,
    rate: float = 0.4,
    start: Sequence[float] | None = None,
    batches: int = 200,
    domain: Sequence[tuple[float, float]] | None = None,
    seed: int = 0,
    name: str = "",
) -> Figure:
    r"""Return a figure of the steps that many random batches would take from one point.

    The objective is the mean of :math:`(a_i^\top \theta - b_i)^2` over N examples. A batch is
    drawn without replacement, so the gradient on it has the total variance

    .. math:: \mathbb{E}\,\lVert g_B - g \rVert^2 = \frac{\sigma^2}{b} \cdot \frac{N - b}{N - 1}

    where σ² is the mean of :math:`\lVert g_i - g \rVert^2` over the examples. The dashed ellipse
    is that of two standard deviations. A batch of another size holds the first b examples of the
    same order, so the measured points share their chance; another draw has other orders.

    Parameters
    ----------
    features : array_like, shape (N, 2), optional
        The :math:`a_i`; six digits of each are kept. By default 200 examples are made.
    targets : array_like, shape (N,), optional
        The :math:`b_i`.
    batch : int
        Its size b at the start.
    rate : float
        η at the start.
    start : pair of float, optional
        θ at the start.
    batches : int
        How many are drawn, at most 500.
    domain : two pairs of float, optional
        What part of the plane is shown; by default a square around the minimizer.
    seed : int
        Of the examples and the orders.
    name : str
        An id, unique on its page.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the examples have another shape, are not finite, determine no minimizer or have no
        noise, or a number is out of its range.

    Examples
    --------
    >>> print(batch_noise(batch=20).says)
    Batches of 20 from 200 examples: variance of the gradient 0.806 ± 0.072 over 200 batches,
    0.777 predicted. The steps end 0.359 from the full step (root mean square), 0.353 predicted.
    """
    random = np.random.default_rng(seed)
    a, b = _examples(features, targets, random)
    model, count = Linear(a, b, "squared"), len(b)
    _refuse(batch, count, batches, rate)
    second, cross = a.T @ a / count, a.T @ b / count
    if np.linalg.cond(second) > 1e10:
        raise ValueError("the features of all examples lie on one line: no θ is the best one")
    best = np.linalg.solve(second, cross)
    reach = 1.5 * max(1.0, float(np.abs(best).max()))
    shown = [(float(v) - reach, float(v) + reach) for v in best] if domain is None else domain
    (x0, x1), (y0, y1) = ((float(low), float(high)) for low, high in shown)
    if not (x0 < x1 and y0 < y1):
        raise ValueError(f"domain must be two pairs of low < high, not {shown}")
    at = (x0 + 0.12 * (x1 - x0), y0 + 0.55 * (y1 - y0)) if start is None else tuple(start)
    if not (len(at) == 2 and x0 <= at[0] <= x1 and y0 <= at[1] <= y1):
        raise ValueError(f"start must be a point in the domain {shown}, not {start}")
    sizes = sorted({*np.rint(np.geomspace(1, count, 36)).astype(int).tolist(), count - 1})
    marks, says = scene(model, sizes, batches, seed, at, batch, float(rate), 1)
    surface, script = _symbolic(second, cross, float(b @ b) / count, ((x0, x1), (y0, y1)), best)
    sharpness = 2 * float(np.linalg.eigvalsh(second)[-1])
    places = [np.array([x, y]) for x in (x0, best[0], x1) for y in (y0, best[1], y1)]
    spreads = [spread(model, p) for p in places]
    if min(spreads) <= 1e-20 * max(spreads) or not max(spreads) > 0:
        raise ValueError("every example has the same gradient somewhere: there is no noise to show")
    lowest = 10.0 ** math.floor(math.log10(min(spreads) / count))
    highest = 10.0 ** math.ceil(math.log10(max(spreads)))

    def drawn(mark: str, kind: str, hue: str, style: str = "") -> Mark:
        return Mark(mark, kind, marks[mark], hue, style)

    return Figure(
        "batch_noise",
        [
            Panel(
                "map",
                Axis(x0, x1, "θ₁"),
                Axis(y0, y1, "θ₂"),
                [
                    Mark("best", "star", [best]),
                    drawn("cloud", "dots", "blue", "faint"),
                    drawn("ellipse", "line", "vermilion", "dashed"),
                    drawn("step", "line", "ink"),
                    drawn("end", "ring", "ink"),
                ],
                title=f"a step from each of {batches} batches",
                below=contours(surface, surface.domain),
            ),
            Panel(
                "variance",
                Axis(0.8, 1.25 * count, "batch size b", "log"),
                Axis(lowest, highest, "variance of the gradient", "log"),
                [
                    drawn("now", "line", "grey", "dashed"),
                    drawn("predicted", "line", "vermilion"),
                    drawn("measured", "dots", "blue"),
                    drawn("here", "ring", "blue"),
                ],
            ),
        ],
        handles=[Handle("theta", "map", (float(at[0]), float(at[1])), "θ, where the steps begin")],
        controls=[
            Control("on_full", "full step", "toggle", True, hue="ink"),
            Control("on_measured", f"{batches} batches", "toggle", True, hue="blue"),
            Control(
                "on_predicted", "predicted, σ²/b · (N − b)/(N − 1)", "toggle", True, hue="vermilion"
            ),
            Control("batch", "batch size b", "range", batch, 1, count, "log-whole"),
            Control("rate", "rate η", "range", float(rate), 0.0, max(2 / sharpness, float(rate))),
            Control("draw", "draw", "play", 1, 1, 60, "whole"),
        ],
        data={
            "script": script,
            "features": a.ravel().tolist(),
            "targets": b.tolist(),
            "batches": batches,
            "sizes": sizes,
            "seed": seed,
        },
        says=says,
        name=name or "batch-noise",
        title=f"one step from each of {batches} batches of {count} examples",
    )


def spread(model: Linear, theta: np.ndarray) -> float:
    """Return σ², the mean of ‖gᵢ − g‖² over the examples."""
    return float((deviations(model, theta) ** 2).sum(axis=1).mean())


def deviations(model: Linear, theta: np.ndarray) -> np.ndarray:
    """Return each example's gradient less the full one, shape (N, 2)."""
    each = 2 * (model.scores(theta) - model.y)[:, None] * model.X
    return each - model.grad(theta)


def words(seed: int, count: int) -> np.ndarray:
    """Return random whole numbers below 2³², those of ``mulberry32`` in ``explore.js``."""
    state = (seed + np.arange(1, count + 1, dtype=np.uint64) * 0x6D2B79F5).astype(np.uint32)
    t = (state ^ (state >> 15)) * (state | 1)
    t = (t + (t ^ (t >> 7)) * (t | 61)) ^ t
    return t ^ (t >> 14)


def orders(seed: int, draw: int, batches: int, count: int) -> np.ndarray:
    """Return random orders of the examples, shape (batches, count)."""
    begin = (seed + draw * 0x9E3779B1) % 2**32
    chance = words(begin, batches * count).reshape(batches, count) / 2.0**32
    order, rows = np.tile(np.arange(count), (batches, 1)), np.arange(batches)
    for k in range(count - 1):
        other = k + np.floor(chance[:, k] * (count - k)).astype(int)
        order[rows, k], order[rows, other] = order[rows, other], order[rows, k]
    return order


def scene(
    model: Linear,
    sizes: Sequence[int],
    batches: int,
    seed: int,
    theta: Sequence[float],
    batch: int,
    rate: float,
    draw: int,
) -> tuple[dict[str, np.ndarray], str]:
    """Return what is drawn, by the names of the marks, and the summary."""
    point = np.array(theta, float)
    full, off, count = model.grad(point), deviations(model, point), len(model.y)
    sums = off[orders(seed, draw, batches, count)].cumsum(axis=1)
    squares = (sums**2).sum(axis=2) / np.arange(1, count + 1) ** 2
    sigma2 = float((off**2).sum(axis=1).mean())
    squares[squares <= TINY * sigma2] = 0.0
    size = np.array(sizes)
    shrink = (count - size) / (count - 1) / size
    end = point - rate * full
    here = squares[:, batch - 1]
    measured, error = float(here.mean()), float(here.std(ddof=1)) / math.sqrt(batches)
    predicted = sigma2 / batch * (count - batch) / (count - 1)
    # The lower triangle that turns a circle into two standard deviations of the cloud.
    (aa, ab), (_, bb) = off.T @ off / count * predicted / (sigma2 or 1.0)
    low = math.sqrt(max(aa, 0.0))
    slant = ab / low if low > 0 else 0.0
    angle = 2 * np.pi * np.arange(PARTS + 1) / PARTS
    ellipse = np.column_stack(
        [
            low * np.cos(angle),
            slant * np.cos(angle) + math.sqrt(max(bb - slant**2, 0)) * np.sin(angle),
        ]
    )
    marks = {
        "cloud": end - rate * sums[:, batch - 1] / batch,
        "ellipse": end + 2 * rate * ellipse,
        "step": np.array([point, end]),
        "end": end[None],
        "now": np.array([[batch, 1e-300], [batch, 1e300]]),
        "predicted": np.column_stack([size, sigma2 * shrink]),
        "measured": np.column_stack([size, squares[:, size - 1].mean(axis=0)]),
        "here": np.array([[batch, measured]]),
    }
    says = (
        f"Batches of {batch} from {count} examples: variance of the gradient {number(measured)} ± "
        f"{number(error, 2)} over {batches} batches, {number(predicted)} predicted. The steps end "
        f"{number(rate * math.sqrt(measured))} from the full step (root mean square), "
        f"{number(rate * math.sqrt(predicted))} predicted."
    )
    return marks, says


def _symbolic(
    second: np.ndarray, cross: np.ndarray, constant: float, domain: Any, best: np.ndarray
) -> tuple[Landscape, str]:
    """Return the mean loss as a landscape, and one example's gradient as JavaScript."""
    import sympy as sp

    theta1, theta2, a1, a2, b = sp.symbols("theta1 theta2 a1 a2 b", real=True)
    loss = (a1 * theta1 + a2 * theta2 - b) ** 2
    gradient = [loss.diff(theta1), loss.diff(theta2)]
    script = javascript_expression(gradient, [theta1, theta2, a1, a2, b])
    (p, q), (_, r) = second.tolist()
    s, t = cross.tolist()
    mean = p * theta1**2 + 2 * q * theta1 * theta2 + r * theta2**2
    mean += constant - 2 * s * theta1 - 2 * t * theta2
    place = (float(best[0]), float(best[1]))
    return Landscape("mean loss", mean, (theta1, theta2), domain, place, (place,)), script


def _examples(
    features: Any, targets: Any, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    if (features is None) != (targets is None):
        raise ValueError("features and targets belong together: give both or neither")
    if features is None:
        a = random.normal(size=(200, 2)) @ np.array([[1.0, 0.5], [0.0, 0.6]])
        b = a @ np.array([0.8, -0.5]) + 0.7 * random.normal(size=200)
    else:
        a, b = np.asarray(features, float), np.asarray(targets, float)
    if a.ndim != 2 or a.shape[1] != 2 or b.shape != a.shape[:1] or not 3 <= len(b) <= 1000:
        raise ValueError(
            "features must have shape (N, 2) and targets (N,), with N from 3 to 1,000, "
            f"not {a.shape} and {b.shape}"
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("features and targets must be finite")
    kept = np.vectorize(lambda v: float(f"{v:.6g}"))
    return kept(a), kept(b)


def _refuse(batch: int, count: int, batches: int, rate: float) -> None:
    for what, value, low, high in (("batch", batch, 1, count), ("batches", batches, 2, 500)):
        if not (low <= value <= high and value == int(value)):
            raise ValueError(f"{what} must be a whole number from {low} to {high}, not {value}")
    if not 0 < rate < math.inf:
        raise ValueError(f"the rate must be above zero, not {rate}")
