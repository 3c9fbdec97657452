"""Bias and variance: many small data sets, a polynomial through each, and what their errors are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from slopes.live.draw import Axis, Control, Figure, Mark, Panel, number
from slopes.risk import polynomial_features
from slopes.symbolic import javascript_expression

if TYPE_CHECKING:
    import sympy as sp

__all__ = ["bias_variance"]

#: How finely curves are drawn, and how many fits at most.
PARTS, MOST_SHOWN = 60, 30
#: What is shipped are whole numbers, in units of this.
UNIT = 10_000
#: Smaller errors are rounding, and are called 0.
TINY = 1e-12


def bias_variance(
    target: sp.Expr | None = None,
    variable: sp.Symbol | None = None,
    *,
    degree: int = 3,
    n: int = 15,
    noise: float = 0.3,
    shown: int | None = None,
    max_degree: int = 9,
    max_n: int = 30,
    sets: int = 100,
    inputs: str = "uniform",
    seed: int = 0,
    name: str = "",
) -> Figure:
    """Return a figure of polynomials fitted to many noisy data sets, and of their errors.

    The inputs are uniform on [−1, 1], as in :class:`slopes.risk.Problem`. All data sets are drawn
    here; a reader who moves a slider takes more or fewer points of the same data, with more or
    less of the same noise. Estimates and standard errors are those of
    :func:`slopes.risk.bias_variance`, so bias² may come out slightly below zero; the mean over the
    inputs is exact.

    Parameters
    ----------
    target : sympy expression, optional
        The true function, finite on [−1, 1]. By default sin(πx).
    variable : sympy.Symbol, optional
        The target's; by default its only one.
    degree, n : int
        The polynomials' degree and the points of a data set, at the start. Where n points are too
        few for a degree, the fit has degree n − 1.
    noise : float
        σ at the start.
    shown : int, optional
        How many fits are drawn at the start; by default 15, or all.
    max_degree, max_n : int
        How far the sliders go, at most 12 and 60.
    sets : int
        How many data sets there are, between 3 and 400. Each costs up to 12 · max_n bytes.
    inputs : {'uniform', 'grid'}
        With 'grid' all data sets have the same evenly spaced inputs.
    seed : int
    name : str
        An id, unique on its page.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError
        If the target has several symbols, or a function that JavaScript lacks.
    ValueError
        If a number is out of its range, or the target is not finite on [−1, 1].

    Examples
    --------
    >>> bias_variance(degree=1, n=10, noise=0.0, sets=50)
    Live figure: polynomials through 50 data sets. You can move: average fit, bias², \
fits, variance, one data set, noise σ², total, degree, points n, noise σ, fits shown.
    Degree 1, 10 points, σ = 0, over 50 data sets: bias² 0.196 ± 0.0015, variance 0.0545 ± 0.0064, \
noise 0; total 0.251 ± 0.0066.
    """
    shown = min(15, sets) if shown is None else shown
    _refuse(degree, n, shown, max_degree, max_n, sets, inputs, noise)
    expression, symbol = _target(target, variable)
    data = _draw(sets, max_n, inputs, seed)
    problem = Sampled(expression, symbol, data, inputs, sets, max_degree)
    data |= {
        "target": javascript_expression(expression, [symbol]),
        "sets": sets,
        "most": MOST_SHOWN,
        "degrees": max_degree + 1,
        "projection": [float(v) for v in problem.projection],
        "tail": [float(v) for v in problem.tail],
    }
    marks, says = problem.scene(degree, n, float(noise), shown)
    heights = problem.f(np.linspace(-1, 1, 201))
    middle, half = (heights.max() + heights.min()) / 2, float(np.ptp(heights)) / 2 or 1.0
    square = float(np.mean(heights**2)) or 1.0
    most_noise = 2.0 * noise or math.sqrt(square)
    top = 1.25 * (square + most_noise**2)

    def drawn(mark: str, kind: str, hue: str, style: str = "") -> Mark:
        return Mark(mark, kind, marks[mark], hue, style)

    lines = []
    for curve, hue in {"bias": "blue", "variance": "vermilion", "total": "purple"}.items():
        lines += [drawn(curve, "line", hue), drawn(f"{curve}_dots", "dots", hue)]
    return Figure(
        "bias_variance",
        [
            Panel(
                "fits",
                Axis(-1, 1, "x"),
                Axis(float(middle - 2.2 * half), float(middle + 2.2 * half), "y"),
                [
                    drawn("off", "area", "blue"),
                    *(
                        drawn(f"fit{k}", "line", "vermilion", "thin faint")
                        for k in range(MOST_SHOWN)
                    ),
                    drawn("data", "dots", "grey"),
                    drawn("truth", "line", "ink", "dashed"),
                    drawn("average", "line", "blue", "thick"),
                ],
                title="the truth is dashed",
            ),
            Panel(
                "errors",
                Axis(-0.3, max_degree + 0.3, "degree"),
                Axis(-0.05 * top, top, "mean square"),
                [
                    drawn("now", "line", "grey", "dashed"),
                    drawn("noise", "line", "grey"),
                    *lines,
                ],
                title=f"over {sets} data sets",
            ),
        ],
        controls=[
            Control("on_bias", "average fit, bias²", "toggle", True, hue="blue"),
            Control("on_variance", "fits, variance", "toggle", True, hue="vermilion"),
            Control("on_noise", "one data set, noise σ²", "toggle", True, hue="grey"),
            Control("on_total", "total", "toggle", True, hue="purple"),
            Control("degree", "degree", "range", degree, 0, max_degree, "whole"),
            Control("n", "points n", "range", n, 2, max_n, "whole"),
            Control("sigma", "noise σ", "range", float(noise), 0.0, most_noise),
            Control("shown", "fits shown", "range", shown, 1, min(MOST_SHOWN, sets), "whole"),
        ],
        data=data,
        says=says,
        name=name or "bias-variance",
        title=f"polynomials through {sets} data sets",
    )


class Sampled:
    """Data sets, and polynomials through them as coefficients of orthonormal polynomials.

    In these coefficients a mean over the inputs is a sum of squares, so bias² and variance take
    no quadrature.
    """

    def __init__(
        self, expression: Any, symbol: Any, data: dict[str, Any], inputs: str, sets: int, top: int
    ) -> None:
        import sympy as sp

        compiled = sp.lambdify([symbol], expression, "numpy")

        def f(x: np.ndarray) -> np.ndarray:
            with np.errstate(all="ignore"):
                return np.broadcast_to(np.asarray(compiled(x), float), x.shape)

        self.f, self.sets, self.top = f, sets, top
        self.normals = np.reshape(data["normals"], (sets, -1)) / UNIT
        self.places = None if inputs == "grid" else np.reshape(data["places"], (sets, -1)) / UNIT
        # The target's coefficients, and what of its mean square a degree cannot reach.
        nodes, weights = np.polynomial.legendre.leggauss(200)
        features, heights = polynomial_features(nodes, top), f(nodes)
        if not np.isfinite(heights).all() or not np.isfinite(f(np.linspace(-1, 1, 201))).all():
            raise ValueError(f"{expression} must be finite for {symbol} from −1 to 1")
        self.projection = weights / 2 @ (features * heights[:, None])
        reached = np.cumsum(features * self.projection, axis=1)
        self.tail = weights / 2 @ (heights[:, None] - reached) ** 2

    def inputs(self, n: int) -> np.ndarray:
        """Return the inputs of all data sets, shape (sets, n)."""
        if self.places is not None:
            return self.places[:, :n]
        return np.tile((2 * np.arange(n) + 1) / n - 1, (self.sets, 1))

    def fits(self, n: int, sigma: float) -> list[np.ndarray]:
        """Return for each degree the coefficients of all fits, shape (sets, degree + 1)."""
        x = self.inputs(n)
        y = self.f(x) + sigma * self.normals[:, :n]
        q, r = np.linalg.qr(polynomial_features(x, min(self.top, n - 1)))
        c = np.einsum("snk,sn->sk", q, y)
        return [
            np.linalg.solve(r[:, :k, :k], c[:, :k, None])[..., 0] for k in range(1, c.shape[1] + 1)
        ]

    def scene(
        self, degree: int, n: int, sigma: float, shown: int
    ) -> tuple[dict[str, np.ndarray], str]:
        """Return what is drawn, by the names of the marks, and the summary."""
        every = self.fits(n, sigma)
        d = min(degree, len(every) - 1)
        splits = [self._split(w) for w in every]
        along = np.linspace(-1, 1, PARTS + 1)
        features = polynomial_features(along, d)
        truth, average = self.f(along), features @ every[d].mean(axis=0)
        degrees = np.arange(len(every))
        marks = {
            "truth": np.column_stack([along, truth]),
            "average": np.column_stack([along, average]),
            "off": np.concatenate(
                [np.column_stack([along, average]), np.column_stack([along, truth])[::-1]]
            ),
            "data": np.column_stack(
                [x := self.inputs(n)[0], self.f(x) + sigma * self.normals[0, :n]]
            ),
            "now": np.array([[d, -1e9], [d, 1e9]]),
            "noise": np.array([[-1, sigma**2], [self.top + 1, sigma**2]]),
        }
        for k in range(MOST_SHOWN):
            line = np.column_stack([along, features @ every[d][k]]) if k < shown else ()
            marks[f"fit{k}"] = np.reshape(line, (-1, 2))
        for k, curve in enumerate(("bias", "variance", "total")):
            heights = [split[k] + (sigma**2 if curve == "total" else 0) for split in splits]
            marks[curve] = marks[f"{curve}_dots"] = np.column_stack([degrees, heights])
        bias2, variance, parts = splits[d]
        errors = self._errors(every[d])
        few = f" (the most that {n} points settle)" if d < degree else ""
        says = (
            f"Degree {d}{few}, {n} points, σ = {number(sigma)}, over {self.sets} data sets: "
            f"bias² {amount(bias2, errors[0])}, variance {amount(variance, errors[1])}, "
            f"noise {number(sigma**2)}; total {amount(parts + sigma**2, errors[2])}."
        )
        return marks, says

    def _split(self, w: np.ndarray) -> tuple[float, float, float]:
        """Return bias², variance and their sum, the mean square distance from the target."""
        r, k = w.shape
        average, target = w.mean(axis=0), self.projection[:k]
        variance = float(((w - average) ** 2).sum() / (r - 1))
        bias2 = float(((average - target) ** 2).sum() + self.tail[k - 1]) - variance / r
        return bias2, variance, bias2 + variance

    def _errors(self, w: np.ndarray) -> tuple[float, float, float]:
        """Return the standard errors, found as in :func:`slopes.risk.bias_variance`."""
        r, k = w.shape
        target, average = self.projection[:k], w.mean(axis=0)
        squares = ((w - average) ** 2).sum(axis=1)
        without = (squares.sum() - squares * r / (r - 1)) / (r - 2)
        shifted = (((r * average - w) / (r - 1) - target) ** 2).sum(axis=1) - without / (r - 1)
        covariance = (w - average).T @ (w - average) / (r - 1)
        second = float((covariance**2).sum()) / r**2
        first = (r - 1) * float(shifted.var())
        bias_error = math.sqrt(max(first - 4 * second, 0.0) + 2 * second)
        parts = ((w - target) ** 2).sum(axis=1)
        return (
            bias_error,
            math.sqrt((r - 1) * float(without.var())),
            float(parts.std(ddof=1)) / math.sqrt(r),
        )


def amount(value: float, error: float) -> str:
    """Write a measured number with its standard error."""
    value, error = (0.0 if abs(v) < TINY else v for v in (value, error))
    return f"{number(value)} ± {number(error, 2)}"


def _draw(sets: int, points: int, inputs: str, seed: int) -> dict[str, Any]:
    """Return whole numbers, in units of 1/10,000: standard normal noise, and inputs."""
    random = np.random.default_rng(seed)
    normals = np.rint(random.normal(size=(sets, points)) * UNIT).astype(int)
    if inputs == "grid":
        return {"places": None, "normals": normals.ravel().tolist()}
    places = np.empty((sets, points), int)
    for row in places:
        # No two alike: through two points above each other there is no polynomial.
        while True:
            row[:] = np.rint(random.uniform(-1, 1, points) * UNIT)
            if len(set(row)) == points:
                break
    return {"places": places.ravel().tolist(), "normals": normals.ravel().tolist()}


def _target(target: Any, variable: Any) -> tuple[Any, Any]:
    import sympy as sp

    x = sp.Symbol("x")
    if target is None:
        return sp.sin(sp.pi * x), x
    expression = sp.sympify(target)
    symbols = expression.free_symbols
    symbol = variable or (next(iter(symbols)) if len(symbols) == 1 else x)
    if symbols - {symbol}:
        names = ", ".join(sorted(map(str, symbols)))
        raise TypeError(
            f"the target must be a function of one variable, not of {names}: put numbers in with "
            "subs, or say which is the variable"
        )
    return expression, symbol


def _refuse(
    degree: int, n: int, shown: int, top: int, most: int, sets: int, inputs: str, noise: float
) -> None:
    if inputs not in ("uniform", "grid"):
        raise ValueError(f"inputs must be 'uniform' or 'grid', not {inputs!r}")
    for what, value, low, high in (
        ("max_degree", top, 1, 12),
        ("max_n", most, 3, 60),
        ("sets", sets, 3, 400),
        ("degree", degree, 0, top),
        ("n", n, 2, most),
        ("shown", shown, 1, min(MOST_SHOWN, sets)),
    ):
        if not (low <= value <= high and value == int(value)):
            raise ValueError(f"{what} must be a whole number from {low} to {high}, not {value}")
    if not 0 <= noise < math.inf:
        raise ValueError(f"noise is a standard deviation, zero or more, not {noise}")
