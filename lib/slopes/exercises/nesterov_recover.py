"""Exercise nesterov-recover: the textbook's point from what a framework holds."""

import numpy as np

from slopes import Nesterov, NesterovInterim
from slopes.exercises import test_case

OK_FORMAT = False

name = "nesterov-recover"
points = 2


def _run(textbook_point, parameters, buffer, rate, momentum):
    answer = textbook_point(np.array(parameters), np.array(buffer), rate, momentum)
    assert answer is not None, "textbook_point returns nothing yet: end it with return …"
    return answer


@test_case(
    points=1,
    success_message="One point is right.",
    failure_message="Parameters 1, buffer 2, rate 0.5, momentum 0.25: v is −1, so θ = 1.25.",
)
def test_point(textbook_point):
    answer = _run(textbook_point, [1.0], [2.0], 0.5, 0.25)
    assert not np.allclose(answer, [0.75]), (
        "You went on along the velocity: that is a second look ahead. Go back."
    )
    assert not np.allclose(answer, [1.5]), "You forgot the rate: the buffer is −v/η, not −v."
    assert not np.allclose(answer, [2.0]), "Only the share momentum of v lies between the two."
    assert not np.allclose(answer, [0.5]), "The buffer points against the velocity: v = −ηb."
    assert np.allclose(answer, [1.25])


@test_case(
    points=1,
    success_message="Along a whole run it finds every point of the textbook's rule.",
    failure_message="After some steps of a run your points are not those of the textbook's rule.",
)
def test_run(textbook_point):
    book, frame = Nesterov(0.1, 0.9), NesterovInterim(0.1, 0.9)
    x, v = held, u = np.array([1.0, -2.0]), np.zeros(2)
    for t in range(1, 10):
        x, v = book.update(x, np.sin(book.look(x, t, v)), t, v)
        held, u = frame.update(held, np.sin(held), t, u)
        assert np.allclose(_run(textbook_point, held, -u / 0.1, 0.1, 0.9), x)
