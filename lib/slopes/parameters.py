"""Parameters as they come: one array, or a list or dict of arrays."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

__all__ = ["Packing", "flatten", "unflatten"]


def whole(name: str, value: Any) -> int:
    """Return a setting that counts something as an int, or raise ValueError if it is none."""
    try:
        if not isinstance(value, bool):
            return operator.index(value)
    except TypeError:
        pass
    raise ValueError(f"{name} must be a whole number, an int, not {value!r}")


def number(name: str, value: Any) -> float:
    """Return a setting as a float, or raise TypeError if it is no number, ValueError if NaN."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {value!r}")
    if value != value:
        raise ValueError(f"{name} must be a number, not nan")
    return float(value)


def several(name: str, sizes: Any) -> tuple[int, ...]:
    """Return one or more sizes as a tuple, or raise ValueError if there is none, or one below 1."""
    given = tuple(sizes) if isinstance(sizes, Iterable) else (sizes,)
    found = tuple(whole(name, size) for size in given)
    if not found or min(found) < 1:  # with none, nothing would be looked at
        raise ValueError(f"{name} must be whole numbers from 1, such as (1, 2, 3), not {sizes!r}")
    return found


def rectangular(what: str, value: Any, how: str) -> np.ndarray:
    """Return ``value`` as an array, or say that its rows differ in length, and how to mend it.

    An array with a mask is refused: what lies under the mask would be computed with.
    """
    if isinstance(value, np.ndarray) and hasattr(value, "mask"):  # np.ma takes a while to import
        raise TypeError(f"{what} may not be a masked array: fill it first, with x.filled(0.0)")
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(f"there are rows of different lengths in {what}: {how}") from None


def flatten(parameters: Sequence[np.ndarray] | Mapping[str, np.ndarray]) -> np.ndarray:
    """Put arrays behind one another into one vector, which is what an update rule works on.

    Parameters
    ----------
    parameters : list or dict of ndarray

    Returns
    -------
    ndarray, shape (size,)

    Raises
    ------
    ValueError
        If there are no arrays.

    Notes
    -----
    One vector has one precision: float32 beside float64 becomes float64.

    Examples
    --------
    >>> flatten([np.eye(2), np.array([7.0, 8.0])])
    array([1., 0., 0., 1., 7., 8.])

    References
    ----------
    ``torch.nn.utils.parameters_to_vector``, ``jax.flatten_util.ravel_pytree``.
    """
    arrays = list(parameters.values() if isinstance(parameters, Mapping) else parameters)
    if not arrays:
        raise ValueError("there is nothing to flatten: give at least one array")
    return np.concatenate([np.ravel(a) for a in arrays])


def unflatten(vector: np.ndarray, like: Any) -> Any:
    """Cut a vector into arrays: the inverse of :func:`flatten`.

    Parameters
    ----------
    vector : ndarray, shape (size,)
    like : list or dict of ndarray or of shapes
        What the parts look like.

    Returns
    -------
    list or dict of ndarray
        As ``like``; views of the vector, not copies.

    Raises
    ------
    ValueError
        If the vector has another size than the parts together, or there are no parts.

    Examples
    --------
    >>> unflatten(np.arange(6.0), {"W": (2, 2), "b": (2,)})
    {'W': array([[0., 1.],
           [2., 3.]]), 'b': array([4., 5.])}
    """
    parts = list(like.values() if isinstance(like, Mapping) else like)
    if not parts:
        raise ValueError(
            "there is nothing to cut the vector into: give at least one array or shape"
        )
    shapes = [part if isinstance(part, tuple) else np.shape(part) for part in parts]
    sizes = [int(np.prod(shape)) for shape in shapes]
    if np.shape(vector) != (sum(sizes),):
        raise ValueError(
            f"the vector must have shape ({sum(sizes)},) to be cut into {shapes}, "
            f"not {np.shape(vector)}"
        )
    pieces = np.split(vector, np.cumsum(sizes)[:-1])
    arrays = [piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)]
    return dict(zip(like, arrays, strict=True)) if isinstance(like, Mapping) else arrays


class Packing:
    """Turns parameters into one array and back.

    A single array keeps its shape. A list or dict of arrays becomes one flat vector, so that
    every update rule, being element-wise, works on it unchanged.

    Parameters
    ----------
    x0 : array_like, or a list or dict of arrays
        A list of plain numbers is one array.

    Raises
    ------
    TypeError
        If anything is not a floating-point number.
    ValueError
        If there is nothing in it, or something is not finite.

    Examples
    --------
    >>> packing = Packing({"W": np.ones((2, 2)), "b": np.zeros(1)})
    >>> packing.pack({"W": np.ones((2, 2)), "b": np.zeros(1)})
    array([1., 1., 1., 1., 0.])
    >>> packing.unpack(np.arange(5.0))["b"]
    array([4.])
    """

    def __init__(self, x0: Any) -> None:
        self.keys: list[Any] | None = None
        if isinstance(x0, dict):
            self.keys = list(x0)
            leaves = [x0[key] for key in self.keys]
        elif isinstance(x0, list | tuple) and any(isinstance(leaf, np.ndarray) for leaf in x0):
            leaves = list(x0)
        else:
            leaves = [x0]
        self.structured = len(leaves) != 1 or leaves[0] is not x0
        self.kind = type(x0)
        names = self.keys if self.keys is not None else range(len(leaves))
        self.names = [f"[{name!r}]" if self.structured else "" for name in names]
        arrays = [_checked(leaf, name) for leaf, name in zip(leaves, self.names, strict=True)]
        if not sum(array.size for array in arrays):
            raise ValueError("the start is empty: give at least one parameter")
        self.shapes = [array.shape for array in arrays]
        self.ends = np.cumsum([array.size for array in arrays])

    def _leaves(self, x: Any) -> list[Any]:
        if not self.structured:
            return [x]
        return [x[key] for key in self.keys] if self.keys is not None else list(x)

    def pack(self, x: Any) -> np.ndarray:
        """Return parameters as one new array."""
        return flatten(self._leaves(x)) if self.structured else np.array(x)

    def unpack(self, flat: np.ndarray) -> Any:
        """Return one array in the form in which the parameters came."""
        if not self.structured:
            return flat
        parts = unflatten(flat, self.shapes)
        if self.keys is not None:
            return dict(zip(self.keys, parts, strict=True))
        return getattr(self.kind, "_make", self.kind)(parts)  # a namedtuple wants it so

    def pack_gradient(self, gradient: Any) -> np.ndarray:
        """Return a gradient as one array, having compared its form with the parameters'."""
        if self.structured:
            form, words = (Iterable, "a list") if self.keys is None else (Mapping, "a dict")
            if not isinstance(gradient, form):
                raise TypeError(
                    f"the gradient must be {words} of arrays as the parameters are, "
                    f"not {type(gradient).__name__}"
                )
        if self.keys is not None and set(gradient) != set(self.keys):
            raise ValueError(f"the gradient has keys {list(gradient)}, not {self.keys}")
        given = self._leaves(gradient)
        if len(given) != len(self.shapes):
            raise ValueError(f"the gradient has {len(given)} arrays, not {len(self.shapes)}")
        leaves = [
            rectangular(f"the gradient{name}", leaf, f"it must have shape {shape}")
            for leaf, shape, name in zip(given, self.shapes, self.names, strict=True)
        ]
        for leaf, shape, name in zip(leaves, self.shapes, self.names, strict=True):
            if leaf.dtype.kind not in "fiu":
                raise TypeError(
                    f"the gradient{name} must hold real numbers, not {leaf.dtype}: "
                    "grad(x) must return one number for each parameter"
                )
            if leaf.shape != shape:
                raise ValueError(
                    f"the gradient{name} has shape {leaf.shape} but the parameters{name} have "
                    f"shape {shape}: grad(x) must return one number for each parameter"
                )
        return flatten(leaves) if self.structured else leaves[0]

    def labels(self) -> list[str]:
        """Return a short name for each coordinate of the packed list or dict.

        >>> Packing({"W": np.ones((1, 2)), "b": np.zeros(1)}).labels()
        ['W[0, 0]', 'W[0, 1]', 'b[0]']
        """
        keys = self.keys or [f"x{k}" for k in range(len(self.shapes))]
        return [
            f"{key}{list(index) if index else ''}"
            for key, shape in zip(keys, self.shapes, strict=True)
            for index in np.ndindex(shape)
        ]

    def name(self, index: tuple[int, ...]) -> str:
        """Return the words for a coordinate of the packed array."""
        if not self.structured:
            return f"coordinate {index}"
        leaf = int(np.searchsorted(self.ends, index[0], side="right"))
        inside = index[0] - (self.ends[leaf - 1] if leaf else 0)
        where = tuple(int(i) for i in np.unravel_index(inside, self.shapes[leaf]))
        return f"coordinate {where} of {self.names[leaf][1:-1]}"


def _checked(leaf: Any, name: str) -> np.ndarray:
    if isinstance(leaf, Mapping):
        raise TypeError(f"the start{name} must be an array, not a dict: write one flat dict")
    array = rectangular(f"the start{name}", leaf, "write a list of arrays, one for each")
    if not np.issubdtype(array.dtype, np.floating):
        raise TypeError(
            f"the start{name} must hold floating-point numbers, not {array.dtype}: "
            "write [1.0, 2.0] instead of [1, 2], or use x.astype(float)"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"the start{name} is not finite: look for NaN or inf in x0")
    return array
