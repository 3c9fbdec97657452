"""check: what it says, that it never raises, and that every exercise can be solved as printed."""

import inspect
import re
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import slopes
from slopes.exercises import cases, check, exercise_ids, run

from pipeline.chapters import chapters

PAGES = [page for page in chapters() if page.runs]


def checked_in(page):
    """Yield (exercise id, starter code, solution code) for the exercises of a page."""
    solutions = {
        block.argument: "\n".join(re.findall(r"```python\n(.*?)```", block.body, re.DOTALL))
        for block in page.prose()
        if block.kind == "directive" and block.name == "solution"
    }
    label, starter = "", ""
    for cell in page.cells:
        if cell.kind == "markdown":
            for block in cell.blocks:
                if block.kind == "directive" and block.name == "exercise":
                    label, starter = block.options["label"], ""
        elif found := re.search(r'check\("([\w-]+)"\)', cell.source):
            yield found[1], starter, solutions[label]
        elif label:
            starter += cell.source + "\n"


EXERCISES = [(page.name, *exercise) for page in PAGES for exercise in checked_in(page)]


def defined_by(code):
    names = {}
    exec("import numpy as np\nfrom slopes import *\n" + code, names)
    return names


@pytest.mark.parametrize(("page", "exercise", "starter", "solution"), EXERCISES)
def test_the_solution_passes_and_the_starter_does_not(page, exercise, starter, solution):
    assert run(exercise, defined_by(solution)).passed, run(exercise, defined_by(solution))
    report = run(exercise, defined_by(starter))
    assert not report.passed
    assert "returns nothing yet" in str(report)


def test_every_exercise_stands_on_a_page():
    assert {exercise for _, exercise, _, _ in EXERCISES} == set(exercise_ids())


MISTAKES = {
    ("descent-step", "return theta + rate * gradient"): "walked uphill",
    ("descent-step", "return theta - gradient"): "scale it by the rate",
    ("descent-step", "theta -= rate * gradient; return theta"): "changed theta itself",
    ("descent-step", "return float(np.sum(theta - rate * gradient))"): "keep theta's shape",
    ("descent-step", "return thta"): "NameError: name 'thta' is not defined in line 2: return thta",
    ("descent-step", "raise SystemExit"): "SystemExit",
    ("descent-step", "return 1 / 0"): "ZeroDivisionError",
    ("descent-hinge", "return np.maximum(0, scores - scores[y] + 1).sum()"): "true class against",
    ("descent-hinge", "return np.maximum(0, scores - scores[y] + 1)"): "return a number",
    ("descent-hinge", "return max(0, 1 + max(np.delete(scores, y)) - scores[y])"): "worst class",
    ("descent-hinge", "return (scores - scores[y] + 1).sum() - 1"): "Clip",
    ("descent-rate", "return 2 * (g @ g) / (g @ A @ g)"): "gains nothing: halve it",
    ("descent-rate", "return 1 / np.linalg.eigvalsh(A).max()"): "Only the curvature along g",
    ("descent-rate", "return g / (A @ g)"): "one number",
    ("descent-loop", "return theta"): "Return two things",
    ("descent-loop", "return theta, max_steps"): "never stopped early",
    (
        "wrong-wait",
        "return np.ceil(np.log(1 / distance) / np.log(1 + rate * lowest + 1e-9))",
    ): "lowest curvature is negative",
    ("wrong-wait", "return np.log(1 / distance) / np.log(1 - rate * lowest)"): "round up.",
    ("wrong-wait", "return int(np.log(1 / distance) / np.log(1 - rate * lowest))"): "not down",
    ("wrong-wait", "return 10 if distance < 1 else 0"): "a walk took",
    ("wrong-diagnose", "return 'saddle' if lowest < 0 else 'rate'"): "test the norm first",
    ("wrong-diagnose", "return 'stuck'"): "one of the words",
    (
        "wrong-diagnose",
        "return 'rate' if norm > 0.1 else 'saddle' if lowest < 0 else 'plateau'",
    ): "1e-12 is rounding",
    ("wrong-standardize", "return X_train - X_train.mean()"): "Return two arrays",
    (
        "wrong-standardize",
        "return tuple((X - X_train.mean()) / X_train.std() for X in (X_train, X_test))",
    ): "mean(axis=0), not",
    (
        "wrong-standardize",
        "return tuple((X - X_train.mean(0)) / X_train.var(0) for X in (X_train, X_test))",
    ): "take the standard deviation",
    (
        "wrong-standardize",
        "return tuple((X - X.mean(0)) / X.std(0) for X in (X_train, X_test))",
    ): "own mean and deviation",
    (
        "wrong-standardize",
        "return tuple((X - X_train.mean(0)) / X_train.std(0) for X in (X_train, X_test))",
    ): "deviation 0",
    ("wrong-watch", "return 1.0"): "one share for each epoch",
    (
        "wrong-watch",
        "return [0.5 ** sum(losses[k] >= min(losses[:k]) for k in range(1, t + 1))"
        " for t in range(len(losses))]",
    ): "count them first",
    ("wrong-decade", "return np.log(10) / np.log(1 + rate * 2**0.5 / 2)"): "J is a mean",
    ("wrong-decade", "return 1 / np.log(1 + rate * 2**0.5 / 4)"): "factor of e",
    (
        "wrong-decade",
        "Y = np.eye(y.max() + 1)[y]; M = X.T @ (1 / Y.shape[1] - Y) / len(y)\n"
        "    return np.log(10) / np.log(1 + rate * np.linalg.norm(M, 2))",
    ): "aren't exactly a tenth",
}

SIGNATURES = {
    "descent-step": "step(theta, gradient, rate)",
    "descent-hinge": "hinge(scores, y)",
    "descent-loop": "descend(grad, theta, rate, tol, max_steps)",
    "descent-rate": "best_rate(g, A)",
    "wrong-wait": "wait(distance, rate, lowest)",
    "wrong-diagnose": "diagnose(norm, lowest)",
    "wrong-standardize": "standardize(X_train, X_test)",
    "wrong-watch": "watch(losses, patience)",
    "wrong-decade": "foretell(X, y, rate)",
}


@pytest.mark.parametrize(("exercise", "body"), MISTAKES)
def test_a_mistake_gets_a_message_that_teaches(exercise, body, tmp_path):
    file = tmp_path / "cell.py"
    file.write_text(f"def {SIGNATURES[exercise]}:\n    {body}\n")
    names = {"np": np}
    exec(compile(file.read_text(), str(file), "exec"), names)
    assert MISTAKES[exercise, body] in str(run(exercise, names))


def test_off_by_one_in_the_loop_is_noticed():
    code = """
    def descend(grad, theta, rate, tol, max_steps):
        for steps in range(max_steps):
            theta = theta - rate * grad(theta)
            if np.linalg.norm(grad(theta)) <= tol:
                return theta, steps
        return theta, max_steps
    """
    report = str(run("descent-loop", defined_by(textwrap.dedent(code))))
    assert "takes 4 steps, not 3" in report


def test_check_reads_the_callers_names_and_prints(capsys):
    def step(theta, gradient, rate):
        return theta - rate * gradient

    assert check("descent-step") is None
    assert capsys.readouterr().out == (
        "✓ One step on a parabola lands where it should.\n"
        "✓ It works on arrays of any shape.\n"
        "✓ It leaves the old point alone.\n"
        "All passed. Well done!\n"
    )


@pytest.mark.parametrize("exercise", ["descent-stp", "", "../rules", 7, None])
def test_an_unknown_exercise_is_answered_not_raised(exercise, capsys):
    check(exercise)
    assert "No exercise is called" in capsys.readouterr().out


def test_a_name_that_is_missing_is_asked_for(capsys):
    check("descent-hinge")
    assert "I can't find 'hinge'. Run the cell that defines it first." in capsys.readouterr().out


@pytest.mark.parametrize("value", [5, "step", None, [], np.ones(3)])
def test_things_that_are_no_functions_are_answered(value):
    report = run("descent-step", {"step": value})
    assert not report.passed
    assert "TypeError" in str(report)


@pytest.mark.parametrize("answer", [np.nan, "text", [1, 2], np.ones((9, 9)), object(), True])
def test_odd_answers_are_answered(answer):
    for exercise in exercise_ids():
        (name,) = inspect.signature(cases(exercise)[0].test_func).parameters
        assert not run(exercise, {name: lambda *a, answer=answer: answer}).passed


def test_the_files_are_otters_format():
    """Otter itself, in a process of its own, reads every file and grades it."""
    code = """
    import sys
    from otter.test_files import ExceptionTestFile
    from importlib.resources import files
    from slopes.exercises import exercise_ids
    for exercise in exercise_ids():
        path = files("slopes.exercises") / f"{exercise.replace('-', '_')}.py"
        test = ExceptionTestFile.from_file(str(path))
        assert test.test_cases, exercise
        test.run({"step": lambda theta, gradient, rate: theta - rate * gradient})
        passed = all(result.passed for result in test.test_case_results)
        assert passed == (exercise == "descent-step"), exercise
        assert all(case.points == 1 for case in test.test_cases)
    print("graded", len(exercise_ids()))
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"graded {len(exercise_ids())}"


def test_every_case_has_words_for_both_outcomes():
    for exercise in exercise_ids():
        for case in cases(exercise):
            assert case.success_message
            assert case.failure_message
            assert case.points


def test_check_is_public():
    assert slopes.check is check
