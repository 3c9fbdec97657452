"""Exercise wrong-diagnose: what holds a walker, from two numbers."""

from slopes.exercises import test_case

OK_FORMAT = False

name = "wrong-diagnose"
points = 4

WORDS = ("rate", "saddle", "minimum", "plateau")


def _run(diagnose, norm, lowest):
    answer = diagnose(norm, lowest)
    assert answer is not None, "diagnose returns nothing yet: end it with return …"
    assert isinstance(answer, str) and answer in WORDS, (
        f"Answer with one of the words {', '.join(WORDS)}, not {answer!r}."
    )
    return answer


@test_case(
    points=1,
    success_message="A walker on a slope isn't stuck, whatever the curvature.",
    failure_message="A large gradient means that nothing holds the walker: look at the rate.",
)
def test_slope(diagnose):
    answer = _run(diagnose, 0.6, -1.0)
    assert answer != "saddle", "On a slope negative curvature is no saddle: test the norm first."
    assert answer == "rate"
    assert _run(diagnose, 3.0, 0.5) == "rate"


@test_case(
    points=1,
    success_message="It knows a saddle.",
    failure_message="A flat spot that bends down somewhere is a saddle.",
)
def test_saddle(diagnose):
    assert _run(diagnose, 0.01, -0.23) == "saddle"


@test_case(
    points=1,
    success_message="It knows a minimum.",
    failure_message="A flat spot that bends up everywhere is a minimum.",
)
def test_minimum(diagnose):
    assert _run(diagnose, 1e-9, 0.4) == "minimum"


@test_case(
    points=1,
    success_message="It knows a plateau, also when rounding makes the curvature not quite zero.",
    failure_message="A flat spot whose lowest curvature is about zero is a plateau.",
)
def test_plateau(diagnose):
    assert _run(diagnose, 0.0, 0.0) == "plateau"
    for tiny in (-1e-12, 1e-12):
        assert _run(diagnose, 1e-12, tiny) == "plateau", (
            "A curvature of 1e-12 is rounding: compare with 0.01, not with 0."
        )
