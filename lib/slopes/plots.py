"""The book's pictures: one palette, one style, no plotting code on the page.

Every function returns a :class:`Picture`, which a notebook displays when it is the last value of
a cell. Nothing is global: Matplotlib's own settings are left alone.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from slopes.parameters import whole
from slopes.trajectory import Trajectory

__all__ = [
    "PALETTE",
    "Animation",
    "Picture",
    "animate",
    "arrows",
    "bars",
    "digit_grid",
    "heatmap",
    "landscape",
    "products",
    "series",
    "spectrum",
    "strip",
]

#: Colours that colour-blind readers can tell apart, in the book's order. Blue, vermilion and green
#: are Okabe and Ito's, orange and sky are theirs darkened for white paper, purple is Tol's.
PALETTE = {
    "blue": "#0072B2",
    "vermilion": "#D55E00",
    "green": "#009E73",
    "purple": "#AA4499",
    "orange": "#B07A00",
    "sky": "#4490C4",
    "grey": "#6B6B6B",
}
_CYCLE = list(PALETTE.values())
_MARKS = "osD^vPX"
_DASHES: tuple[Any, ...] = ((0, (4, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))

_STYLE: Any = {
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.labelsize": 11,
    "axes.grid": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "lines.linewidth": 1.8,
    "figure.dpi": 200,
    "savefig.dpi": 200,
}


class Picture:
    """A drawn figure that displays itself.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        For additions of your own.
    """

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self._png = b""

    def png(self) -> bytes:
        """Return the picture as PNG, two pixels for each pixel of its layout."""
        if self.figure.stale or not self._png:  # something was added since
            buffer = io.BytesIO()
            with rc_context(_STYLE):
                # No version of the software in the file: equal pictures are equal bytes.
                self.figure.savefig(buffer, format="png", metadata={"Software": None})
            self._png, self.figure.stale = buffer.getvalue(), False
        return self._png

    def __repr__(self) -> str:
        width, height = (self.figure.get_size_inches() * 100).astype(int)
        return f"Picture, {width} x {height}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        import base64

        width, height = (self.figure.get_size_inches() * 100).astype(int)
        data = {"image/png": base64.b64encode(self.png()).decode(), "text/plain": repr(self)}
        return data, {"image/png": {"width": int(width), "height": int(height)}}


def _figure(width: float, height: float, **grid: Any) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(**grid)


def _scale_x(axes: Any, log: bool, ticks: Sequence[float] | None) -> None:
    if log:
        axes.set_xscale("log")
    if ticks is not None:  # after the scale, which brings ticks of its own
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.set_xticks([], minor=True)


def landscape(
    surface: Any,
    paths: Mapping[str, Trajectory | np.ndarray] | None = None,
    *,
    domain: Sequence[tuple[float, float]] | None = None,
    height: float = 3.4,
) -> Picture:
    """Draw a landscape's level sets, its minimizers, and paths over it.

    Parameters
    ----------
    surface : Landscape
        Of two variables.
    paths : mapping of str to Trajectory or ndarray of shape (n, 2), optional
        Labelled paths, drawn in the palette's order. A filled dot marks the start.
    domain : two pairs of float, optional
        By default the landscape's own.
    height : float
        In inches.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If the surface has not two variables, or a path is not in the plane.
    """
    with rc_context(_STYLE):
        figure, axes = _figure(5.0, height)
        ((x0, x1), (y0, y1)), x, y, z, levels = _level_sets(surface, domain, 241, 15)
        if len(levels):
            axes.contourf(x, y, z, levels, cmap="Greys", alpha=0.35, antialiased=True)
            axes.contour(x, y, z, levels[1:], colors="#9A9A9A", linewidths=0.6)
        for minimizer in surface.minimizers:
            axes.plot(*minimizer, "*", color="black", markersize=11, zorder=5)
        for k, (label, path) in enumerate((paths or {}).items()):
            points = path.points if isinstance(path, Trajectory) else np.asarray(path)
            if points.ndim != 2 or points.shape[1] != 2:
                raise ValueError(
                    f"the path {label!r} must be points in the plane, of shape (n, 2), "
                    f"not {points.shape}"
                )
            colour = _CYCLE[k % len(_CYCLE)]
            axes.plot(*points.T, "-", color=colour, linewidth=1.4, label=label, zorder=3)
            axes.plot(*points.T, _MARKS[k % len(_MARKS)], color=colour, markersize=3.2, zorder=4)
            axes.plot(*points[0], "o", color=colour, markersize=7, zorder=5)
        axes.set(xlim=(x0, x1), ylim=(y0, y1), xlabel="$\\theta_1$", ylabel="$\\theta_2$")
        axes.grid(False)
        if paths:
            figure.legend(loc="outside upper left", ncols=2, frameon=False)
        return Picture(figure)


def _level_sets(surface: Any, domain: Any, points: int, count: int) -> tuple[Any, ...]:
    """Return the domain, a grid's x, y and heights, and its levels from the lowest height.

    Levels grow like squares: evenly spaced rings on a bowl. Where the surface is not finite
    nothing is drawn, and there are no levels on an even one.
    """
    if len(surface.variables) != 2:
        raise ValueError(
            f"{surface.name} has {len(surface.variables)} variables, but a picture of level sets "
            "needs two: for others draw the values with series()"
        )
    box = surface.domain if domain is None else domain
    x, y = np.meshgrid(*(np.linspace(low, high, points) for low, high in box))
    with np.errstate(all="ignore"):
        z = surface(np.array([x, y]))
    seen = z[np.isfinite(z)]
    z = z if seen.size == z.size else np.ma.masked_invalid(z)
    low, high = (seen.min(), seen.max()) if seen.size else (0.0, 0.0)
    levels = low + (high - low) * np.linspace(0, 1, count) ** 2
    return box, x, y, z, levels if (np.diff(levels) > 0).all() else levels[:0]


def series(
    lines: Mapping[str, Any],
    *,
    x: Any = None,
    xlabel: str,
    ylabel: str,
    xlog: bool = False,
    ylog: bool = False,
    band: Mapping[str, tuple[Any, Any]] | None = None,
    marks: bool = False,
    at: Mapping[str, float] | None = None,
    predicted: Mapping[str, Any] | None = None,
    dots: Mapping[str, tuple[Any, Any]] | None = None,
    xticks: Sequence[float] | None = None,
    ylim: tuple[float | None, float | None] | None = None,
    height: float = 3.0,
) -> Picture:
    """Draw labelled lines over a common axis.

    Parameters
    ----------
    lines : mapping of str to array_like
        Heights, or a Trajectory, whose values are drawn.
    x : array_like, optional
        Positions; by default 0, 1, 2, …
    xlabel, ylabel : str
        With units where there are any.
    xlog, ylog : bool
        Logarithmic axes.
    band : mapping of str to (low, high), optional
        A spread to shade around the line of the same label.
    marks : bool
        Mark the points: for few, measured ones.
    at : mapping of str to float, optional
        Labelled positions on the x axis, drawn as dashed vertical lines.
    predicted : mapping of str to array_like, optional
        What theory says, drawn over the measured lines: thin, black and dashed. An array with
        several columns is several lines of one label. NaN leaves a gap.
    dots : mapping of str to (x, y), optional
        What was measured, as dots over the line of the same label, which is the theory.
    xticks : sequence of float, optional
        Where the x axis has numbers.
    ylim : (low, high), optional
        Ends of the y axis; None leaves an end free.
    height : float
        In inches.

    Returns
    -------
    Picture
    """
    with rc_context(_STYLE):
        figure, axes = _figure(5.0, height)
        seen = []
        for k, (label, line) in enumerate(lines.items()):
            values = np.asarray(line.values if isinstance(line, Trajectory) else line, float)
            seen.append(values.ravel())
            where = np.arange(len(values)) if x is None else np.asarray(x, float)
            colour = _CYCLE[k % len(_CYCLE)]
            mark = _MARKS[k % len(_MARKS)] if marks else ""
            axes.plot(where, values, "-", marker=mark, markersize=5, color=colour, label=label)
            if band and label in band:
                low, high = band[label]
                axes.fill_between(where, low, high, color=colour, alpha=0.18, linewidth=0)
            if dots and label in dots:
                mark = _MARKS[k % len(_MARKS)]
                axes.plot(*dots[label], mark, markersize=5, color=colour, markeredgecolor="white")
        for k, (label, line) in enumerate((predicted or {}).items()):
            columns = np.asarray(line, float).reshape(len(line), -1)
            where = np.arange(len(columns)) if x is None else np.asarray(x, float)
            dashes = _DASHES[k % len(_DASHES)]
            first, *_ = axes.plot(where, columns, linestyle=dashes, color="black", linewidth=1.2)
            first.set_label(label)  # one label, however many columns
        for k, (label, position) in enumerate((at or {}).items()):
            dashes = ("--", ":", "-.")[k % 3]
            axes.axvline(position, color="black", linestyle=dashes, linewidth=1.2, label=label)
        axes.set(xlabel=xlabel, ylabel=ylabel)
        _scale_x(axes, xlog, xticks)
        if ylog:
            drawn = np.concatenate(seen) if seen else np.ones(1)
            drawn = drawn[np.isfinite(drawn) & (drawn > 0)]
            if drawn.size:  # marks above 1e250, or over more than 300 decades, would overflow
                top = min(drawn.max(), 1e250)
                bottom = max(drawn.min(), 1e-300 * top)
                if (bottom, top) != (drawn.min(), drawn.max()):
                    axes.set_ylim(min(bottom, top / 10), top)
            axes.set_yscale("log")
        axes.set_ylim(ylim)
        if len(lines) + len(at or {}) + len(predicted or {}) > 1:  # one line is named by its axis
            figure.legend(loc="outside upper left", ncols=2, frameon=False)
        return Picture(figure)


def heatmap(
    values: Any,
    *,
    x: Any,
    y: Any,
    xlabel: str,
    ylabel: str,
    label: str,
    curves: Mapping[str, tuple[Any, Any]] | None = None,
    at: Mapping[str, tuple[float, float]] | None = None,
    height: float = 3.6,
) -> Picture:
    """Draw a quantity over two settings as shades, with curves and points over them.

    Parameters
    ----------
    values : array_like, shape (len(y), len(x))
        What the shades show, dark where it is small; NaN stays white.
    x, y : array_like
        The settings.
    xlabel, ylabel, label : str
        Names of the two settings and of the quantity.
    curves : mapping of str to (x, y), optional
        Labelled curves, black, each with its own dashes: borders that theory predicts.
    at : mapping of str to (x, y), optional
        Labelled points, drawn as stars.
    height : float
        In inches.

    Returns
    -------
    Picture
    """
    with rc_context(_STYLE):
        figure, axes = _figure(5.0, height)
        shades = axes.pcolormesh(x, y, np.asarray(values, float), cmap="Blues_r", shading="nearest")
        figure.colorbar(shades, ax=axes, label=label)
        for k, (name, curve) in enumerate((curves or {}).items()):
            dashes = ("-", "--", ":", "-.")[k % 4]
            axes.plot(*curve, linestyle=dashes, color="black", linewidth=1.4, label=name)
        for k, (name, point) in enumerate((at or {}).items()):
            colour = _CYCLE[(k + 1) % len(_CYCLE)]
            axes.plot(
                *point,
                "*",
                color=colour,
                markersize=15,
                markeredgecolor="white",
                clip_on=False,
                linestyle="none",
                label=name,
                zorder=5,
            )
        axes.set(xlabel=xlabel, ylabel=ylabel)
        axes.grid(False)
        if at or curves:
            figure.legend(loc="outside upper left", ncols=2, frameon=False)
        return Picture(figure)


def bars(values: Mapping[str, float], *, xlabel: str, written: str = "{:.1f}") -> Picture:
    """Draw one labelled bar for each entry, its number at its end.

    Parameters
    ----------
    values : mapping of str to float
    xlabel : str
        What the bars measure, with its unit.
    written : str
        How a number is written.

    Returns
    -------
    Picture
    """
    with rc_context(_STYLE):
        figure, axes = _figure(5.0, 0.7 + 0.42 * len(values))
        labels = list(values)
        drawn = axes.barh(labels, list(values.values()), color=_CYCLE[: len(values)], height=0.6)
        axes.bar_label(drawn, [written.format(v) for v in values.values()], padding=4)
        axes.invert_yaxis()
        axes.set_xlabel(xlabel)
        axes.set_xlim(*(1.15 * end(0, *values.values()) for end in (min, max)))
        axes.grid(False, axis="y")
        return Picture(figure)


def digit_grid(
    images: np.ndarray, titles: Sequence[str] | None = None, *, columns: int = 10
) -> Picture:
    """Draw 8 × 8 images in a grid, dark ink on white; signed images in two colours.

    Parameters
    ----------
    images : ndarray, shape (n, 64)
    titles : sequence of str, optional
        One above each image.
    columns : int

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If the images have another shape, there are more or fewer titles, or no columns.
    """
    images = np.asarray(images)
    if not images.size or (images.shape != (64,) and images.shape[1:] not in ((64,), (8, 8))):
        hint = ": transpose it" if images.ndim == 2 and len(images) == 64 else ""
        raise ValueError(f"images must have shape (n, 64), not {images.shape}{hint}")
    images = images.reshape(-1, 8, 8)
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"there are {len(images)} images but {len(titles)} titles")
    if whole("columns", columns) < 1:
        raise ValueError(f"columns must be at least 1, not {columns}")
    rows = -(-len(images) // columns)
    signed = images.min() < 0
    limit = np.abs(images).max()
    with rc_context(_STYLE):
        cell = 5.0 / columns
        figure, grid = _figure(
            5.0,
            round(rows * (1.05 * cell + (0 if titles is None else 0.2)), 6),
            nrows=rows,
            ncols=columns,
            squeeze=False,
        )
        for k, axes in enumerate(grid.flat):
            axes.axis("off")
            if k < len(images):
                axes.imshow(
                    images[k],
                    cmap="RdBu_r" if signed else "Greys",
                    vmin=-limit if signed else 0,
                    vmax=limit,
                )
                if titles is not None:
                    axes.set_title(str(titles[k]), loc="center", fontsize=9, pad=2)
        return Picture(figure)


def spectrum(eigenvalues: Any, factors: Mapping[str, Any], *, height: float = 3.0) -> Picture:
    """Draw by how much one step shrinks each eigendirection, against its curvature.

    Parameters
    ----------
    eigenvalues : array_like
        Curvatures, in increasing order.
    factors : mapping of str to array_like
        The factor per step for each curvature; at 1 and above a direction does not converge.
    height : float
        In inches.

    Returns
    -------
    Picture
    """
    with rc_context(_STYLE):
        figure, axes = _figure(5.0, height)
        for k, (label, line) in enumerate(factors.items()):
            colour = _CYCLE[k % len(_CYCLE)]
            mark = _MARKS[k % len(_MARKS)]
            axes.plot(eigenvalues, np.abs(line), color=colour, marker=mark, ms=4, label=label)
        axes.axhline(1, color="black", linestyle="--", linewidth=1.2)
        axes.set(xlabel="curvature λ", ylabel="factor per step", xscale="log", ylim=(0, None))
        figure.legend(loc="outside upper left", ncols=2, frameon=False)
        return Picture(figure)


def arrows(
    panels: Mapping[str, Mapping[str, tuple[Any, Any]]],
    surface: Any,
    *,
    domain: Sequence[tuple[float, float]] | None = None,
    rings: Mapping[str, Any] | None = None,
    height: float = 3.2,
) -> Picture:
    """Draw labelled arrows over a landscape's level sets, one panel beside the other.

    Parameters
    ----------
    panels : mapping of str to (mapping of str to (tail, tip))
        For each panel its arrows by label; a label has one colour in all panels.
    surface : Landscape
        Of two variables.
    domain : two pairs of float, optional
        By default the landscape's own.
    rings : mapping of str to point, optional
        For each panel a point to mark with a ring.
    height : float
        In inches.

    Returns
    -------
    Picture
    """
    with rc_context(_STYLE):
        figure, grid = _figure(5.0, height, ncols=len(panels), squeeze=False, sharey=True)
        ((x0, x1), (y0, y1)), x, y, z, levels = _level_sets(surface, domain, 181, 13)
        labels = list(dict.fromkeys(label for panel in panels.values() for label in panel))
        for axes, (title, panel) in zip(grid.flat, panels.items(), strict=True):
            if len(levels):
                axes.contour(x, y, z, levels[1:], colors="#B4B4B4", linewidths=0.6)
            for label, (tail, tip) in panel.items():
                colour = _CYCLE[labels.index(label) % len(_CYCLE)]
                style = {"arrowstyle": "-|>", "color": colour, "linewidth": 2.2}
                style |= {"shrinkA": 0, "shrinkB": 0, "mutation_scale": 13}
                axes.annotate("", tip, tail, arrowprops=style)
                axes.plot([], [], color=colour, label=label)
            for minimizer in surface.minimizers:
                axes.plot(*minimizer, "*", color="black", markersize=11)
            if rings and title in rings:
                axes.plot(*rings[title], "o", color="black", markersize=11, fillstyle="none")
            axes.set(xlim=(x0, x1), ylim=(y0, y1), title=title, xticks=[], yticks=[])
            axes.grid(False)
        handles = {h.get_label(): h for axes in grid.flat for h in axes.get_lines()}
        figure.legend(
            handles=[handles[label] for label in labels],
            loc="outside lower center",
            ncols=len(labels),
            frameon=False,
        )
        return Picture(figure)


def strip(
    runs: Mapping[str, Any],
    *,
    xlabel: str,
    xlog: bool = False,
    xticks: Sequence[float] | None = None,
) -> Picture:
    """Draw every run of each entry as a dot on a row of its own, and the mean as a line.

    Parameters
    ----------
    runs : mapping of str to array_like
        One number for each run.
    xlabel : str
        What the numbers measure, with its unit.
    xlog : bool
        Logarithmic axis.
    xticks : sequence of float, optional
        Where the x axis has numbers.

    Returns
    -------
    Picture
    """
    with rc_context(_STYLE):
        figure, axes = _figure(5.0, 0.8 + 0.42 * len(runs))
        for k, values in enumerate(runs.values()):
            numbers = np.asarray(values, float).ravel()
            colour = _CYCLE[k % len(_CYCLE)]
            # Neighbouring runs at three heights, so that equal ones can be counted.
            heights = k + 0.14 * (np.arange(numbers.size) % 3 - 1)
            axes.plot(numbers, heights, "o", color=colour, markersize=4.5, alpha=0.6)
            axes.plot([numbers.mean()] * 2, [k - 0.36, k + 0.36], color="black", linewidth=2)
        axes.set(yticks=range(len(runs)), yticklabels=list(runs), xlabel=xlabel)
        axes.tick_params(axis="y", length=0)
        axes.invert_yaxis()
        axes.grid(False, axis="y")
        _scale_x(axes, xlog, xticks)
        return Picture(figure)


def products(rows: Mapping[str, Sequence[tuple[str, tuple[int, int]] | str]]) -> Picture:
    """Draw matrices to scale, one product or chain of them on each row.

    Parameters
    ----------
    rows : mapping of str to sequence of (label, (rows, columns)) or str
        For each title what stands in its row: a matrix with its label and shape, or a sign that
        stands between two. A label has one colour in all rows. All rows share one scale, and
        entries are drawn as cells where they are large enough to be seen.

    Returns
    -------
    Picture
    """
    width, slot, sign, gap = 5.0, 0.62, 0.22, 0.1  # in inches

    def wide(part: Any, scale: float) -> float:
        return sign if isinstance(part, str) else max(slot, part[1][1] * scale)

    def fits(scale: float) -> bool:
        return all(sum(wide(p, scale) + gap for p in row) <= width for row in rows.values())

    matrices = [part for row in rows.values() for part in row if not isinstance(part, str)]
    tallest = max(shape[0] for _, shape in matrices)
    scale = next(s for s in min(0.25, 1.1 / tallest) * 0.95 ** np.arange(200) if fits(s))
    labels = list(dict.fromkeys(label for label, _ in matrices))
    tall = [max(p[1][0] for p in row if not isinstance(p, str)) * scale for row in rows.values()]
    height = sum(tall) + 0.95 * len(rows)
    with rc_context(_STYLE):
        figure = Figure(figsize=(width, height), facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
        axes.axis("off")
        top = 0.0
        for (title, row), room in zip(rows.items(), tall, strict=True):
            axes.text(0.05, top + 0.2, title, va="center")
            middle, x = top + 0.58 + room / 2, 0.05
            for part in row:
                if isinstance(part, str):
                    axes.text(x + sign / 2, middle, part, ha="center", va="center", fontsize=14)
                else:
                    label, (m, n) = part
                    left = x + (wide(part, scale) - n * scale) / 2
                    colour = _CYCLE[labels.index(label) % len(_CYCLE)]
                    _cells(axes, (left, middle - m * scale / 2), (m, n), scale, colour)
                    centre = x + wide(part, scale) / 2
                    above, below = middle - m * scale / 2 - 0.1, middle + m * scale / 2 + 0.12
                    axes.text(centre, above, label, ha="center", va="center")
                    axes.text(centre, below, f"{m} × {n}", ha="center", va="center", fontsize=9)
                x += wide(part, scale) + gap
            top += room + 0.95
        return Picture(figure)


def _cells(
    axes: Any, corner: tuple[float, float], shape: tuple[int, int], scale: float, colour: str
) -> None:
    """Draw one matrix: its outline, filled, and its entries if they can be told apart."""
    (x, y), (m, n) = corner, shape
    width, height = n * scale, m * scale
    axes.add_patch(Rectangle((x, y), width, height, facecolor=colour, alpha=0.22, linewidth=0))
    if scale >= 0.1:
        axes.hlines(y + scale * np.arange(1, m), x, x + width, color=colour, linewidth=0.5)
        axes.vlines(x + scale * np.arange(1, n), y, y + height, color=colour, linewidth=0.5)
    axes.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor=colour, linewidth=1.6))


class Animation:
    """A picture that moves: a GIF that displays itself, its last frame where nothing moves.

    Attributes
    ----------
    gif : bytes
    last : Picture
    """

    def __init__(self, gif: bytes, last: Picture) -> None:
        self.gif, self.last = gif, last

    def __repr__(self) -> str:
        return f"Animation, {len(self.gif) // 1000} kB"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        import base64

        data, metadata = self.last._repr_mimebundle_()
        data["image/gif"] = base64.b64encode(self.gif).decode()
        return data | {"text/plain": repr(self)}, metadata


def animate(
    surface: Any,
    paths: Mapping[str, Trajectory | np.ndarray],
    *,
    frames: int = 40,
    milliseconds: int = 80,
) -> Animation:
    """Draw paths growing over a landscape.

    Parameters
    ----------
    surface : Landscape
    paths : mapping of str to Trajectory or ndarray of shape (n, 2)
    frames : int
        How many pictures; each path is shown up to the same share of its steps.
    milliseconds : int
        Between pictures.

    Returns
    -------
    Animation
    """
    from PIL import Image

    if whole("frames", frames) < 1:
        raise ValueError(f"frames must be at least 1, not {frames}")
    arrays = {
        name: path.points if isinstance(path, Trajectory) else np.asarray(path)
        for name, path in paths.items()
    }
    drawn = [
        landscape(surface, {name: a[: max(1, round(share * len(a)))] for name, a in arrays.items()})
        for share in (np.linspace(0, 1, frames) if frames > 1 else (1.0,))
    ]
    images = [Image.open(io.BytesIO(picture.png())).convert("P") for picture in drawn]
    buffer = io.BytesIO()
    images[0].save(
        buffer, "gif", save_all=True, append_images=images[1:], duration=milliseconds, loop=0
    )
    return Animation(buffer.getvalue(), drawn[-1])
