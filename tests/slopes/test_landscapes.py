"""Every landscape: its gradient and Hessian against differences, its minimizers against both."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slopes import check_gradient, landscape, landscapes, numerical_gradient
from slopes.landscapes import LANDSCAPES

NAMES = sorted(LANDSCAPES)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_gradient_agrees_with_differences(name, data):
    surface = landscape(name)
    x = [data.draw(st.floats(low, high)) for low, high in surface.domain]
    check_gradient(surface, surface.grad, x, tol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_hessian_agrees_with_differences_of_the_gradient(name):
    surface = landscape(name)
    x = np.array(surface.start) + 0.1
    rows = [numerical_gradient(lambda p, k=k: surface.grad(p)[k], x) for k in range(len(x))]
    assert np.allclose(surface.hessian(x), rows, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_minimizers_are_flat_curved_up_and_equally_deep(name):
    surface = landscape(name)
    for minimizer in surface.minimizers:
        assert np.linalg.norm(surface.grad(minimizer)) < 1e-10
        assert (np.linalg.eigvalsh(surface.hessian(minimizer)) > 0).all()
    values = [surface(m) for m in surface.minimizers]
    assert np.allclose(values, values[0], atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_no_grid_point_is_below_the_minimizers(name):
    surface = landscape(name)
    grid = np.array(np.meshgrid(*(np.linspace(*side, 101) for side in surface.domain)))
    assert surface(grid).min() >= surface(surface.minimizers[0]) - 1e-12


@pytest.mark.parametrize("name", NAMES)
def test_many_points_at_once_equal_one_by_one(name):
    surface = landscape(name)
    points = np.random.default_rng(0).uniform(-1, 1, (2, 5))
    assert np.allclose(surface(points), [surface(p) for p in points.T], rtol=1e-13)
    assert np.allclose(surface.grad(points).T, [surface.grad(p) for p in points.T], rtol=1e-13)


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'himmelblau'"):
        landscape("himelblau")


def test_a_bowl_needs_positive_curvatures():
    with pytest.raises(ValueError, match="positive curvatures"):
        landscapes.bowl(1, -1)


def test_a_point_of_another_size_is_refused():
    with pytest.raises(ValueError, match="2 coordinates"):
        landscapes.rosenbrock()([1.0, 2.0, 3.0])
