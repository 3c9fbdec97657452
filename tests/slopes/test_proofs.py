"""prove: true identities pass, false ones are refuted with numbers, by two separate roads."""

import numpy as np
import pytest
import sympy as sp
from slopes import (
    GradientDescent,
    Nesterov,
    NotProvedError,
    function,
    gradient,
    matrix,
    prove,
    vector,
)
from slopes.proofs import CLAIM, _witness, show_rule, show_source

n = sp.Symbol("n", integer=True, positive=True)
i, j = sp.symbols("i j", integer=True)
x, y = sp.symbols("x y", real=True)
p, k = sp.Symbol("p", positive=True), sp.Symbol("k", integer=True, positive=True)
A = matrix("A", n)
v, w = vector("v w", n)
g, u = sp.IndexedBase("g"), sp.IndexedBase("u")

TRUE = {
    "scalar": (sp.Derivative(sp.sin(x) * x, x), sp.cos(x) * x + sp.sin(x), {}),
    "trigonometry": (sp.sin(x) ** 2 + sp.cos(x) ** 2, sp.Integer(1), {}),
    "linear": (gradient(function("f", lambda z: w.T * z)(v), v), w, {n: (1, 2, 3)}),
    "quadratic": (
        gradient(function("f", lambda z: z.T * A * z)(v), v),
        (A + A.T) * v,
        {n: (1, 2, 3)},
    ),
    "transpose": ((A * v).T, v.T * A.T, {n: (2, 3)}),
    "sum": (sp.Sum(sp.Symbol("k"), (sp.Symbol("k"), 1, n)), n * (n + 1) / 2, {n: (1, 4, 7)}),
    "terms": ([x**2, 2 * x * y, y**2], (x + y) ** 2, {}),
    "written out": (
        sp.MatMul(sp.Matrix([[x, 1], [0, y]]), sp.Matrix([y, x])),
        sp.Matrix([x * y + x, x * y]),
        {},
    ),
    "determinant": (sp.Determinant(sp.Matrix([[x, 2], [y, x]])), x**2 - 2 * y, {}),
    "positive": (sp.sqrt(p) ** 3 * p ** (k - 1), p**k * sp.sqrt(p), {}),
    "whole": ((-p) ** (2 * k), p ** (2 * k), {}),
}

FALSE = {
    "missing factor": (sp.Derivative(x**2, x), x, {}),
    "layout": (gradient(function("f", lambda z: z.T * A * z)(v), v), 2 * A * v, {n: (2,)}),
    "wrong only from n = 2": (
        sp.Sum(g[i], (i, 1, n)) ** 2,
        sp.Sum(g[i] ** 2, (i, 1, n)),
        {n: (1, 2)},
    ),
    "shapes": (v.T, v, {n: (2,)}),
    "nearly": (sp.sin(x), x - x**3 / 6, {}),
}


@pytest.mark.parametrize("case", TRUE)
def test_true_identities_are_proved(case):
    left, right, sizes = TRUE[case]
    assert "proved" in prove(left, right, sizes=sizes).evidence


@pytest.mark.parametrize("case", FALSE)
def test_false_identities_are_refuted(case):
    left, right, sizes = FALSE[case]
    with pytest.raises(NotProvedError, match=r"differ|different shapes"):
        prove(left, right, sizes=sizes)


def test_a_refutation_gives_numbers_that_tell_the_sides_apart():
    with pytest.raises(NotProvedError, match=r"With x = .*: left .*, right"):
        prove(x**2, x**3)


def test_either_road_alone_can_stop_a_proof(monkeypatch):
    import slopes.proofs as proofs

    monkeypatch.setattr(proofs, "_measured", lambda e, values, random: 0.0)
    with pytest.raises(NotProvedError, match="numbers agree but SymPy finds no proof"):
        prove(x**2, x**3)
    monkeypatch.undo()
    monkeypatch.setattr(proofs, "_is_zero", lambda entry: True)
    with pytest.raises(NotProvedError, match="the sides differ"):
        prove(x**2, x**3)


def test_derivatives_are_measured_not_derived_on_the_numeric_road(monkeypatch):
    import slopes.proofs as proofs

    monkeypatch.setattr(proofs, "numerical_gradient", lambda f, at: np.array(7.0))
    with pytest.raises(NotProvedError, match="the sides differ"):
        prove(sp.Derivative(x**2, x), 2 * x)


def test_a_sum_is_written_out_on_each_road_anew(monkeypatch):
    import slopes.proofs as proofs

    whole = proofs._summands
    monkeypatch.setattr(proofs, "_summands", lambda e: whole(e)[:-1])
    k = sp.Symbol("k")
    with pytest.raises(NotProvedError, match="the sides differ"):
        prove(sp.Sum(k, (k, 1, n)), n * (n - 1) / 2, sizes={n: (2, 3)})
    with pytest.raises(NotProvedError, match="SymPy finds no proof"):
        prove(sp.Sum(k, (k, 1, n)), n * (n + 1) / 2, sizes={n: (2, 3)})


def test_symbols_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="a symmetric matrix is square, not 2 × 3"):
        matrix("A", 2, 3, symmetric=True)
    with pytest.raises(ValueError, match="there is no name"):
        vector("", n)


def test_a_symmetric_matrix_is_symmetric_on_both_roads():
    S = matrix("S", n, symmetric=True)
    f = function("f", lambda z: z.T * S * z)
    prove(gradient(f(v), v), 2 * S * v, sizes={n: (1, 2, 3)})
    with pytest.raises(NotProvedError):
        prove(gradient(f(v), v), S * v, sizes={n: (2,)})


def test_the_equation_is_displayed_as_written():
    shown = prove([x**2, -(y**2)], (x - y) * (x + y), name="squares")._repr_mimebundle_()
    assert shown["text/latex"].startswith(r"\begin{equation*}x^{2} - y^{2} = ")
    assert r"\tag*{$\checkmark$}" in shown["text/latex"]
    assert shown[CLAIM]["name"] == "squares"


def test_matrices_print_like_a_textbook():
    eta = sp.Symbol("eta", positive=True)
    J = function("J", lambda z: z.T * z)
    step = prove(J(v - eta * w), J(v - eta * w), sizes={n: (1,)}).latex
    assert step.startswith(r"J(v - \eta\, w) = ")
    half = prove(v.T * A * v / 2, v.T * A * v / 2, sizes={n: (1,)}).latex
    assert half.startswith(r"\frac{1}{2}\, v^{\top} A v = ")


def test_sums_of_scalars_print_like_a_textbook():
    eta, lam = sp.symbols("eta lambda", positive=True)
    b = 1 + p - eta * lam
    assert prove(b, b).latex == r"1 + p - \eta \lambda = 1 + p - \eta \lambda"
    assert prove(b**2 - 4 * p, b**2 - 4 * p).latex.startswith(
        r"\left(1 + p - \eta \lambda\right)^{2} - 4 p = "
    )
    assert prove([k + 1, -x], [-x, k + 1]).latex == "k + 1 - x = - x + k + 1"
    before = sp.Symbol("theta_{t-1}", real=True)
    assert prove(before, before).latex == r"\theta_{t-1} = \theta_{t-1}"


def test_rules_and_sources_are_shown_from_the_code():
    assert r"\theta_{t-1} - \eta g_{t}" in show_rule(GradientDescent()).latex
    assert show_rule(GradientDescent()).evidence.endswith("of GradientDescent.update")
    assert show_rule(Nesterov()).evidence.endswith("of Nesterov.look and Nesterov.update")
    source = repr(show_source(GradientDescent.update))
    assert source.startswith("def update(self, x, g, t):")
    assert '"""' not in source


@pytest.mark.parametrize("sizes", [(), range(0), (0,), (2, -1), 0, (2.5,), "n"])
def test_sizes_that_prove_nothing_are_refused(sizes):
    n = sp.Symbol("n", integer=True, positive=True)
    v = vector("v", n)
    with pytest.raises(ValueError, match=r"sizes\[n\] must be"):
        prove(v, 2 * v, sizes={n: sizes})


def test_one_size_may_stand_alone():
    n = sp.Symbol("n", integer=True, positive=True)
    v = vector("v", n)
    assert prove(v + v, 2 * v, sizes={n: 3}).evidence.startswith("proved for n = 3,")


def test_a_witness_names_the_largest_difference():
    said = _witness({}, {}, [np.array([5.0, 1.0]), np.array([5.0, -1.0])])
    assert said.endswith("left 1, right -1")


@pytest.mark.parametrize("seed", range(4))
def test_numbers_are_drawn_until_both_sides_have_a_value(seed):
    prove(sp.Derivative(sp.log(x), x), 1 / x, seed=seed)
    prove(y * sp.Derivative(sp.sqrt(x), x), y / (2 * sp.sqrt(x)), seed=seed)
    below = sp.Symbol("below", negative=True)
    prove(sp.log(-below) + sp.log(2), sp.log(-2 * below), seed=seed)


def test_a_side_without_a_value_proves_nothing():
    with pytest.raises(NotProvedError, match=r"no value at 20 draws .* such as positive=True"):
        prove(sp.log(-1 - x**2), sp.log(-1 - x**2))


def test_dimensions_without_sizes_are_named():
    m, free = sp.Symbol("m"), sp.Symbol("free")
    with pytest.raises(ValueError, match=r"give sizes for m, such as sizes=\{m: \(1, 2\)\}"):
        prove(vector("a", m).T * vector("a", m), vector("a", m).T * vector("a", m))
    with pytest.raises(ValueError, match="give sizes for m"):
        prove(sp.Sum(free, (free, 1, m)), m * (m + 1) / 2)


@pytest.mark.parametrize("thing", [GradientDescent, np.sin, 3])
def test_only_a_function_has_a_source_to_show(thing):
    with pytest.raises(TypeError, match="takes a function or method written with def"):
        show_source(thing)
