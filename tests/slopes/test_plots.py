"""Pictures: what is asked for is drawn, and drawn the same every time."""

import warnings

import numpy as np
import pytest
import sympy as sp
from slopes import GradientDescent, landscapes, minimize, plots
from slopes.live import draw

X, Y = sp.symbols("x y", real=True)


def drawn(picture):
    return picture.figure.axes[0].get_lines()


def labels(picture):
    return [text.get_text() for text in picture.figure.legends[0].get_texts()]


def test_predictions_are_drawn_over_the_lines_in_black():
    picture = plots.series(
        {"measured": [1.0, 0.5]}, predicted={"bound": [1.0, 0.6]}, xlabel="", ylabel=""
    )
    measured, bound = drawn(picture)
    assert measured.get_color() != bound.get_color() == "black"
    assert bound.get_linestyle() != "-"
    assert list(bound.get_ydata()) == [1.0, 0.6]
    assert labels(picture) == ["measured", "bound"]


def test_columns_share_a_label_and_predictions_differ_in_dashes():
    picture = plots.series(
        {"measured": [1.0, 0.5, 0.2]},
        x=[1, 2, 3],
        predicted={"each": np.ones((3, 2)), "sharp": np.zeros(3)},
        xlabel="",
        ylabel="",
    )
    assert labels(picture) == ["measured", "each", "sharp"]
    _, first, second, sharp = drawn(picture)
    assert first._dash_pattern == second._dash_pattern != sharp._dash_pattern
    assert list(sharp.get_xdata()) == [1, 2, 3]


def test_marked_positions_can_be_told_apart():
    picture = plots.series({"line": [1, 2]}, at={"a": 0, "b": 1}, xlabel="", ylabel="")
    _, a, b = drawn(picture)
    assert (a.get_linestyle(), b.get_linestyle()) == ("--", ":")


def test_a_picture_is_the_same_bytes_every_time():
    def picture():
        return plots.series({"line": [1, 2]}, predicted={"p": [2, 1]}, xlabel="x", ylabel="y")

    assert picture().png() == picture().png()


def test_matrices_are_drawn_to_scale_in_one_colour_per_label():
    picture = plots.products({"a": [("J", (2, 4)), "·", ("g", (4, 1))], "b": [("J", (2, 4))]})
    filled = [p for p in picture.figure.axes[0].patches if p.get_fill()]
    first, column, again = ((p.get_width(), p.get_height()) for p in filled)
    assert first == again
    assert np.allclose(np.divide(first, column), (4, 0.5))
    assert filled[0].get_facecolor() == filled[2].get_facecolor() != filled[1].get_facecolor()
    shown = [text.get_text() for text in picture.figure.axes[0].texts]
    assert shown == ["a", "J", "2 × 4", "·", "g", "4 × 1", "b", "J", "2 × 4"]


def test_a_chain_that_is_wide_is_drawn_smaller_until_it_fits():
    picture = plots.products({"wide": [("A", (3, 500)), "→", ("B", (500, 3))]})
    right = max(p.get_x() + p.get_width() for p in picture.figure.axes[0].patches)
    assert right <= picture.figure.get_figwidth()


def test_a_run_that_diverges_is_drawn_up_to_where_numbers_end():
    path = minimize(GradientDescent(1.0), landscapes.bowl(1, 5), (1.5, 1.5), steps=5000)
    assert path.values[-1] > 1e300
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = plots.series({"J": path}, xlabel="t", ylabel="J", ylog=True)
        picture.png()
    low, high = picture.figure.axes[0].get_ylim()
    assert 0 < low <= path.values[0]
    assert 1e200 < high < np.inf


def test_a_spectrum_has_as_many_lines_as_are_wanted():
    lines = {f"rate {k}": [0.1 * k, 0.2] for k in range(12)}
    assert len(plots.spectrum([1, 10], lines).figure.axes[0].lines) == 13


def test_what_is_added_to_a_figure_is_seen():
    picture = plots.series({"a": [1, 2]}, xlabel="x", ylabel="y")
    before = picture.png()
    assert picture.png() is before
    picture.figure.axes[0].set_title("more")
    assert picture.png() != before


def test_bars_below_zero_point_to_the_left():
    axes = plots.bars({"a": -1.0, "b": -2.0, "c": 0.5}, xlabel="x").figure.axes[0]
    assert axes.get_xlim() == pytest.approx((-2.3, 0.575))


def test_titles_may_be_an_array():
    picture = plots.digit_grid(np.zeros((2, 64)), titles=np.array([3, 5]), columns=2)
    assert [axes.get_title() for axes in picture.figure.axes] == ["3", "5"]


def test_a_path_on_a_landscape_lies_in_the_plane():
    with pytest.raises(ValueError, match=r"path 'p' must be points in the plane.* not \(4, 3\)"):
        plots.landscape(landscapes.bowl(), {"p": np.zeros((4, 3))})


def test_a_surface_of_three_variables_has_no_picture():
    with pytest.raises(ValueError, match=r"has 3 variables, but a picture of level sets needs two"):
        plots.landscape(landscapes.bowl(1, 2, 3))


def test_live_figures_have_the_colours_of_the_others():
    assert draw.HUES == plots.PALETTE


@pytest.mark.parametrize("shape", [(64, 10), (1, 128), (0, 64), (2, 8, 4)])
def test_images_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"images must have shape \(n, 64\), not"):
        plots.digit_grid(np.ones(shape))


def test_every_image_has_its_title():
    with pytest.raises(ValueError, match="there are 2 images but 1 titles"):
        plots.digit_grid(np.ones((2, 64)), ["one"])
    with pytest.raises(ValueError, match="columns must be at least 1"):
        plots.digit_grid(np.ones((2, 64)), columns=0)


@pytest.mark.parametrize("expression", [sp.sqrt(X) + Y, 1 / X + Y, sp.Integer(3), 1e16 + X + Y])
def test_where_a_surface_is_infinite_or_even_nothing_is_drawn(expression):
    surface = landscapes.Landscape("s", expression, (X, Y), ((-1, 1), (-1, 1)), (0.7, 0.6), ())
    assert plots.landscape(surface).png()
    assert plots.arrows({"": {"a": ([0.1, 0], [0.5, 0])}}, surface, domain=np.eye(2)[::-1]).png()


@pytest.mark.parametrize("ends", [(1e-100, 1e250), (1e-300, 1e200), (1e-300, 1.0), (1.0, 1e300)])
def test_a_logarithmic_axis_holds_what_it_can(ends):
    assert plots.series({"a": [1.0, ends[0]], "b": ends}, xlabel="", ylabel="", ylog=True).png()


def test_an_animation_ends_with_the_whole_path():
    path = minimize(GradientDescent(0.1), landscapes.bowl(), [2.0, 1.0], steps=5)
    whole = plots.landscape(landscapes.bowl(), {"p": path}).png()
    for frames in (1, 3):
        assert plots.animate(landscapes.bowl(), {"p": path}, frames=frames).last.png() == whole
    with pytest.raises(ValueError, match="frames must be at least 1"):
        plots.animate(landscapes.bowl(), {"p": path}, frames=0)
