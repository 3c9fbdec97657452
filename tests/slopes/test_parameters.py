"""Parameters as arrays, lists and dicts."""

from typing import NamedTuple

import numpy as np
import pytest
from slopes import Adam, GradientDescent, minimize
from slopes.parameters import Packing, flatten, several, unflatten

TREE = {"W": np.arange(4.0).reshape(2, 2), "b": np.array([9.0])}


HIDDEN = np.ma.masked_array([1.0, 2.0], [False, True])


class Layer(NamedTuple):
    W: np.ndarray
    b: np.ndarray


@pytest.mark.parametrize(
    "form",
    [TREE, list(TREE.values()), tuple(TREE.values()), Layer(**TREE)],
    ids=lambda form: type(form).__name__,
)
def test_there_and_back(form):
    packing = Packing(form)
    flat = packing.pack(form)
    assert flat.tolist() == [0, 1, 2, 3, 9]
    back = packing.unpack(flat)
    assert type(back) is type(form)
    leaves = back.values() if isinstance(back, dict) else back
    for one, other in zip(leaves, TREE.values(), strict=True):
        assert np.array_equal(one, other)


def test_an_array_stays_as_it_is():
    array = np.ones((2, 3))
    packing = Packing(array)
    assert packing.pack(array).shape == (2, 3)
    assert packing.pack(array) is not array
    assert not packing.structured


def test_a_dict_is_minimized_like_the_flat_vector():
    def objective(p):
        return float((p["W"] ** 2).sum() + (p["b"] ** 2).sum())

    path = minimize(
        Adam(lr=0.1), objective, TREE, grad=lambda p: {k: 2 * v for k, v in p.items()}, steps=50
    )
    flat = minimize(
        Adam(lr=0.1), lambda x: x @ x, [0.0, 1.0, 2.0, 3.0, 9.0], grad=lambda x: 2 * x, steps=50
    )
    assert np.array_equal(path.points, flat.points)
    assert set(path.x) == {"W", "b"}
    assert path.x["W"].shape == (2, 2)
    assert TREE["b"][0] == 9.0


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        ({"a": np.array([1])}, TypeError, r"start\['a'\] must hold floating-point"),
        ({"a": np.array([np.inf])}, ValueError, r"start\['a'\] is not finite"),
        ({}, ValueError, "empty"),
        ([np.zeros(0)], ValueError, "empty"),
        ({"a": "text"}, TypeError, "floating-point"),
        ({"a": HIDDEN}, TypeError, r"start\['a'\] may not be a masked array: fill it first"),
    ],
)
def test_bad_parameters_are_named(bad, error, words):
    with pytest.raises(error, match=words):
        minimize(GradientDescent(), lambda x: 0.0, bad, grad=lambda x: x)


@pytest.mark.parametrize(
    ("gradient", "words"),
    [
        ({"W": np.zeros((2, 2))}, "the gradient has keys"),
        ({"W": np.zeros((2, 2)), "b": np.zeros(2)}, r"gradient\['b'\] has shape \(2,\)"),
    ],
)
def test_a_gradient_of_another_form_is_refused(gradient, words):
    with pytest.raises(ValueError, match=words):
        minimize(GradientDescent(), lambda p: 0.0, TREE, grad=lambda p: gradient)


def test_a_list_gradient_of_another_length_is_refused():
    with pytest.raises(ValueError, match="1 arrays, not 2"):
        minimize(
            GradientDescent(), lambda p: 0.0, list(TREE.values()), grad=lambda p: [np.zeros((2, 2))]
        )


def test_divergence_is_located_in_its_array():
    def grad(p):
        return {"W": np.zeros((2, 2)), "b": np.where(p["b"] < 5, np.nan, 1.0)}

    path = minimize(GradientDescent(lr=1.0), lambda p: 0.0, TREE, grad=grad)
    assert path.stopped == "diverged"
    assert path.where == "at step 5 the gradient is nan at coordinate (0,) of 'b'"


def test_a_callback_is_given_the_form_of_the_start():
    seen = []
    minimize(
        GradientDescent(lr=0.25),
        lambda p: 0.0,
        TREE,
        grad=lambda p: {k: 2 * v for k, v in p.items()},
        steps=1,
        callback=lambda t, p, value: seen.append(p),
    )
    assert [{k: v.tolist() for k, v in p.items()} for p in seen] == [
        {"W": [[0.0, 0.5], [1.0, 1.5]], "b": [4.5]}
    ]


@pytest.mark.parametrize(
    ("start", "gradient", "words"),
    [
        (TREE, None, "must be a dict of arrays as the parameters are, not NoneType"),
        (TREE, [np.zeros((2, 2)), np.zeros(1)], "must be a dict of arrays .* not list"),
        (list(TREE.values()), None, "must be a list of arrays .* not NoneType"),
        (TREE, {"W": np.ones((2, 2)) * 1j, "b": np.ones(1)}, r"gradient\['W'\] must hold real"),
    ],
)
def test_a_gradient_that_is_no_arrays_is_refused(start, gradient, words):
    with pytest.raises(TypeError, match=words):
        minimize(GradientDescent(), lambda p: 0.0, start, grad=lambda p: gradient)


@pytest.mark.parametrize(
    ("start", "error", "words"),
    [
        ({"a": {"b": np.ones(2)}}, TypeError, r"start\['a'\] must be an array, not a dict"),
        ([[1.0, 2.0], [3.0]], ValueError, "rows of different lengths"),
    ],
)
def test_nested_parameters_are_refused(start, error, words):
    with pytest.raises(error, match=words):
        Packing(start)


@pytest.mark.parametrize(
    ("start", "gradient", "words"),
    [
        (TREE, {"W": [[1.0], [1.0, 2.0]], "b": np.ones(1)}, r"gradient\['W'\]: .* shape \(2, 2\)"),
        (np.ones((2, 2)), [[1.0], [1.0, 2.0]], r"lengths in the gradient: .* shape \(2, 2\)"),
    ],
)
def test_rows_of_different_lengths_are_refused(start, gradient, words):
    with pytest.raises(ValueError, match=words):
        minimize(GradientDescent(), lambda p: 0.0, start, grad=lambda p: gradient)


def test_nothing_cannot_be_cut_into():
    with pytest.raises(ValueError, match="nothing to cut the vector into"):
        unflatten(np.zeros(0), [])


def test_mixed_precision_becomes_the_widest():
    packing = Packing(mixed := [np.ones(1, "f4"), np.ones(1)])
    assert packing.pack(mixed).dtype == np.dtype("f8")


def test_every_size_is_at_least_one():
    with pytest.raises(ValueError, match="whole numbers from 1"):
        several("sizes", (0, 3))


def test_a_dict_is_flattened_by_its_values():
    assert flatten({"W": np.ones((1, 2)), "b": np.zeros(1)}).tolist() == [1.0, 1.0, 0.0]


def test_a_coordinate_of_one_array_has_no_array_to_be_named():
    assert Packing(np.ones((2, 2))).name((0, 1)) == "coordinate (0, 1)"
