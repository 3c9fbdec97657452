"""What is wrong, where, and what to do: the one form in which the pipeline complains."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline import ROOT

__all__ = ["BuildError", "Problem", "stop_on"]


@dataclass(frozen=True, order=True)
class Problem:
    """One thing an author has to mend."""

    path: Path
    line: int
    what: str
    do: str

    def __str__(self) -> str:
        path = self.path.relative_to(ROOT) if self.path.is_relative_to(ROOT) else self.path
        return f"{path}:{self.line}: {self.what}\n    {self.do}"


class BuildError(Exception):
    """The build stops; the message lists every problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))


def stop_on(problems: Iterable[Problem]) -> None:
    """Raise a :class:`BuildError` if there is any problem."""
    found = list(problems)
    if found:
        raise BuildError(found)
