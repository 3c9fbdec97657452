"""Exercise jacobian-measure: a Jacobian by central differences, a row for each output."""

import numpy as np

from slopes.exercises import test_case

OK_FORMAT = False

name = "jacobian-measure"
points = 3


def _run(jacobian, F, x, h):
    x = np.array(x, float)
    kept = x.copy()
    answer = jacobian(F, x, h)
    assert answer is not None, "jacobian returns nothing yet: end it with return …"
    assert np.array_equal(x, kept), "You changed x itself: add the step to a copy."
    return np.asarray(answer, float)


@test_case(
    points=1,
    success_message="It has a row for each output and a column for each input.",
    failure_message="For F(x) = A x the Jacobian is A.",
)
def test_linear(jacobian):
    A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    answer = _run(jacobian, lambda x: A @ x, [0.5, -1.0, 2.0], 1e-3)
    assert answer.shape != (3, 2), "That is the Jacobian transposed: inputs are columns here."
    assert answer.shape == (2, 3), "With 3 inputs and 2 outputs its shape is (2, 3)."
    assert np.allclose(answer, A)


@test_case(
    points=1,
    success_message="Square ones are the right way round, too.",
    failure_message="For F = (x₁x₂, x₁) at (2, 3) the rows are (3, 2) and (1, 0).",
)
def test_square(jacobian):
    answer = _run(jacobian, lambda x: np.array([x[0] * x[1], x[0]]), [2.0, 3.0], 1e-3)
    assert not np.allclose(answer, [[3, 1], [2, 0]]), (
        "That is the Jacobian transposed, and no shape told you: stack the columns."
    )
    assert np.allclose(answer, [[3, 2], [1, 0]])


@test_case(
    points=1,
    success_message="The differences are central.",
    failure_message="For x² at 1 with h = 0.1 the central quotient is exactly 2.",
)
def test_central(jacobian):
    answer = _run(jacobian, lambda x: x**2, [1.0], 0.1)
    assert not np.allclose(answer, 2.1), "That is the forward quotient: step both ways."
    assert not np.allclose(answer, 4.0), "From x − h to x + h is a way of 2h: divide by that."
    assert np.allclose(answer, 2.0)
