"""Exercise identity-ridge: the gradient of ridge regression, as a formula."""

from slopes.exercises import test_case

OK_FORMAT = False

name = "identity-ridge"
points = 2


def _judge(ridge):
    from slopes.identities import verdict

    text = ridge()
    assert text is not None, "ridge returns nothing yet: end it with return …"
    assert isinstance(text, str), 'Return a formula in quotes, such as "A*x".'
    sizes = {"x": 2, "A": (3, 2), "b": 3, "c": ()}
    answer = verdict("d(norm(A*x - b)**2 + c*norm(x)**2)/dx", text, **sizes)
    half = verdict("d(norm(A*x - b)**2 + c*norm(x)**2/2)/dx", text, **sizes)
    return answer, half


@test_case(
    points=1,
    success_message="It can be read and is shaped like x.",
    failure_message="This is no column like x.",
)
def test_readable(ridge):
    answer, _ = _judge(ridge)
    assert answer.answer not in ("unreadable", "shapes"), answer.message


@test_case(
    points=1,
    success_message="It is the gradient, proved.",
    failure_message="It is not the gradient.",
)
def test_holds(ridge):
    answer, half = _judge(ridge)
    assert not half.holds, "The charge is a square, too: its gradient has a factor of 2."
    assert answer.holds, answer.message
