"""Pictures: what is asked for is drawn, and drawn the same every time."""

import numpy as np
from slopes import plots


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
