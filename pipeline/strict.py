"""What nbval leaves out: pictures, numbers in prose, and notebooks that were never run.

A pytest plugin: ``pytest --nbval -p pipeline.strict notebooks``.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
import pytest
from nbval.plugin import IPyNbCell, IPyNbFile
from PIL import Image

from pipeline.notebooks import WIDGET, evaluation

__all__ = ["same_picture"]

#: A pixel differs when a channel is off by more than this (of 255) …
LEVELS = 48
#: … and a picture when more than this share of its pixels differ: a few at antialiased edges
#: may, on another processor; a moved line or bar is far above it.
SHARE = 2e-4


def same_picture(one: str, other: str) -> bool:
    """Compare two base64 PNGs up to a few pixels."""
    if one.strip() == other.strip():
        return True
    a, b = (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"), int)
        for png in (one, other)
    )
    if a.shape != b.shape:
        return False
    return bool((np.abs(a - b).max(axis=2) > LEVELS).mean() <= SHARE)


class StrictCell(IPyNbCell):
    """A cell whose pictures are compared too."""

    def compare_outputs(self, test: Any, ref: Any, skip_compare: Any = None) -> bool:
        """Compare as nbval does, after taking equal pictures to be the same."""
        pictures = [o.data["image/png"] for o in ref if "image/png" in o.get("data", {})]
        drawn = [o for o in test if "image/png" in o.get("data", {})]
        for output, stored in zip(drawn, pictures, strict=False):
            if same_picture(output["data"]["image/png"], stored):
                output["data"]["image/png"] = stored
        return bool(super().compare_outputs(test, ref, skip_compare))

    def runtest(self) -> None:
        """Run the cell; one that was never run before is a failure in itself."""
        if self.cell.source.strip() and self.cell.execution_count is None:
            self.raise_cell_error("this cell was never run: run 'make notebooks'")
        super().runtest()


class StrictFile(IPyNbFile):
    """A notebook whose numbers in prose are computed again after its last cell."""

    def collect(self) -> Iterator[Any]:
        """Yield a test for each cell, and one for the prose."""
        # Widgets live in a kernel; everything else is compared, pictures as well.
        left_out: tuple[str, ...] = getattr(self, "skip_compare", ())
        self.skip_compare = tuple(
            key for key in (*left_out, WIDGET) if key not in ("image/png", "image/jpeg")
        )
        count = 0
        for item in super().collect():
            count += 1
            yield StrictCell.from_parent(
                self, name=item.name, cell_num=item.cell_num, cell=item.cell, options=item.options
            )
        prose = evaluation(self.nb)
        if prose is not None:
            options = {"check": True, "skip": False, "check_exception": False}
            yield StrictCell.from_parent(
                self, name="Numbers in prose", cell_num=count, cell=prose, options=options
            )
        if not count:
            raise pytest.UsageError(f"{self.path} has no code cell: nothing would be validated")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Any, parent: Any) -> Generator[None, list[Any], list[Any]]:
    """Put a strict file in the place of each that nbval collects."""
    collected = yield
    return [
        StrictFile.from_parent(parent, path=file_path) if type(one) is IPyNbFile else one
        for one in collected
    ]


def pytest_ignore_collect(collection_path: Any, config: Any) -> bool | None:
    """Leave everything but notebooks to other runs."""
    if config.option.nbval and collection_path.suffix == ".py":
        return True
    return None
