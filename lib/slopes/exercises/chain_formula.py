"""Exercise chain-formula: the gradient of a composition, as a formula."""

from slopes.exercises import test_case

OK_FORMAT = False

name = "chain-formula"
points = 2


def _judge(chained, left="d(sum(exp(A*tanh(x))))/dx"):
    from slopes.identities import verdict

    text = chained()
    assert text is not None, "chained returns nothing yet: end it with return …"
    assert isinstance(text, str), 'Return a formula in quotes, such as "A*x".'
    return verdict(left, text, x=2, A=(3, 2))


@test_case(
    points=1,
    success_message="It can be read and is shaped like x.",
    failure_message="This is no column like x.",
)
def test_readable(chained):
    answer = _judge(chained)
    assert answer.answer not in ("unreadable", "shapes"), answer.message


@test_case(
    points=1,
    success_message="It is the gradient, proved.",
    failure_message="It is not the gradient.",
)
def test_holds(chained):
    answer = _judge(chained)
    short = _judge(lambda: f"{chained()} - A.T*exp(A*tanh(x))", "zeros(2)")
    assert not short.holds, (
        "The slopes stopped in front of tanh: multiply each by the slope of tanh there."
    )
    assert answer.holds, answer.message
