"""Practice exercises: ``check("id")`` runs an exercise's tests on what the caller has defined.

The tests of exercise ``descent-step`` are the file ``descent_step.py`` in this folder, in the
plain-assert format of otter-grader: the page, the notebook and a grader all read the same file.
"""

from __future__ import annotations

import difflib
import inspect
import sys
import sysconfig
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

__all__ = ["Case", "Outcome", "Report", "check", "exercise_ids", "run", "test_case"]


@dataclass
class Case:
    """One test of an exercise: a function of the student's names, and what to say."""

    test_func: Callable[..., Any]
    name: str
    points: float | None = None
    hidden: bool = False
    success_message: str | None = None
    failure_message: str | None = None


def test_case(
    name: str | None = None,
    points: float | None = None,
    hidden: bool = False,
    success_message: str | None = None,
    failure_message: str | None = None,
) -> Callable[[Callable[..., Any]], Any]:
    """Mark a function as a case of an exercise: otter's decorator, where otter is installed.

    The function's parameters name what it needs of the student; its asserts decide.
    """
    otter = sys.modules.get("otter.test_files")
    make = otter.test_case if otter else _own_test_case
    return make(
        name=name,
        points=points,
        hidden=hidden,
        success_message=success_message,
        failure_message=failure_message,
    )


def _own_test_case(name: str | None = None, **settings: Any) -> Callable[..., Case]:
    return lambda f: Case(f, name or f.__name__, **settings)


test_case.__test__ = False  # type: ignore[attr-defined]  # pytest: this is not a test


@dataclass(frozen=True)
class Outcome:
    """What happened to one case."""

    name: str
    passed: bool
    message: str


@dataclass(frozen=True)
class Report:
    """What happened to an exercise."""

    exercise: str
    outcomes: tuple[Outcome, ...] = field(default=())

    @property
    def passed(self) -> bool:
        """Whether every case passed."""
        return bool(self.outcomes) and all(o.passed for o in self.outcomes)

    def __str__(self) -> str:
        lines: list[str] = []
        for outcome in self.outcomes:  # one reason is said once, however many cases it stops
            line = f"{'✓' if outcome.passed else '✗'} {outcome.message}"
            if line not in lines:
                lines.append(line)
        done = sum(o.passed for o in self.outcomes)
        if self.passed:
            lines.append("All passed. Well done!")
        else:
            lines.append(
                f"{done} of {len(self.outcomes)} passed. Change your cell, run it, check again."
            )
        return "\n".join(lines)


def exercise_ids() -> list[str]:
    """Return the ids of all exercises.

    >>> "descent-step" in exercise_ids()
    True
    """
    folder = files("slopes.exercises")
    names = sorted(f.name.removesuffix(".py") for f in folder.iterdir() if f.name.endswith(".py"))
    return [name.replace("_", "-") for name in names if not name.startswith("_")]


def cases(exercise: str) -> list[Any]:
    """Return the cases of an exercise in the order of their file."""
    path = files("slopes.exercises") / f"{exercise.replace('-', '_')}.py"
    scope: dict[str, Any] = {"__name__": f"slopes.exercises.{path.name.removesuffix('.py')}"}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), scope)
    return [v for v in scope.values() if hasattr(v, "test_func")]


def run(exercise: str, names: Mapping[str, Any]) -> Report:
    """Run an exercise's cases on a mapping of names, whatever they are."""
    return Report(exercise, tuple(_outcome(case, names) for case in cases(exercise)))


def _outcome(case: Any, names: Mapping[str, Any]) -> Outcome:
    wanted = list(inspect.signature(case.test_func).parameters)
    missing = [name for name in wanted if name not in names]
    if missing:
        return Outcome(
            case.name, False, f"I can't find {missing[0]!r}. Run the cell that defines it first."
        )
    try:
        case.test_func(*(names[name] for name in wanted))
    except KeyboardInterrupt:
        raise
    except AssertionError as error:
        hint = str(error) or case.failure_message or f"{case.name} does not hold yet"
        return Outcome(case.name, False, hint)
    except BaseException as error:  # a student's sys.exit() is a mistake too
        return Outcome(case.name, False, _unexpected(error))
    return Outcome(case.name, True, case.success_message or case.name)


def _unexpected(error: BaseException) -> str:
    """Say what went wrong in the student's code, and where, without a traceback."""
    libraries = ("site-packages", "slopes", sysconfig.get_path("stdlib"))
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not any(library in frame.filename for library in libraries)
    ]
    where = f" in line {frames[-1].lineno}: {frames[-1].line}" if frames and frames[-1].line else ""
    return f"Your code stopped with {type(error).__name__}: {error}{where}"


def check(exercise: str) -> None:
    """Check an exercise with the names the caller has defined, and print what to think about.

    Parameters
    ----------
    exercise : str
        The exercise's id, as printed above it.

    Notes
    -----
    It works in any kernel, prints one line for each case, and raises nothing whatever the
    student's code does: not even for an id that doesn't exist, which it answers with the nearest.

    Examples
    --------
    >>> check("descent-stepp")
    No exercise is called 'descent-stepp'. Did you mean 'descent-step'?
    """
    known = exercise_ids()
    if exercise not in known:
        near = difflib.get_close_matches(str(exercise), known, 1, 0)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        print(f"No exercise is called {exercise!r}.{hint}")
        return
    caller = inspect.currentframe()
    assert caller is not None
    assert caller.f_back is not None
    names = {**caller.f_back.f_globals, **caller.f_back.f_locals}
    print(run(exercise, names))
