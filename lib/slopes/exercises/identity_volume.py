"""Exercise identity-volume: the gradient of log det XᵀX, as a formula."""

from slopes.exercises import test_case

OK_FORMAT = False

name = "identity-volume"
points = 2


def _judge(volume_slope, rows):
    from slopes.identities import verdict

    text = volume_slope()
    assert text is not None, "volume_slope returns nothing yet: end it with return …"
    assert isinstance(text, str), 'Return a formula in quotes, such as "X.T*X".'
    return verdict("d(logdet(X.T*X))/dX", text, X=(rows, 2))


@test_case(
    points=1,
    success_message="It can be read and is shaped like X.",
    failure_message="This is not shaped like X.",
)
def test_readable(volume_slope):
    answer = _judge(volume_slope, 3)
    assert answer.answer not in ("unreadable", "shapes"), answer.message


@test_case(
    points=1,
    success_message="It is the gradient, proved.",
    failure_message="It is not the gradient.",
)
def test_holds(volume_slope):
    answer = _judge(volume_slope, 3)
    assert answer.holds, answer.message
