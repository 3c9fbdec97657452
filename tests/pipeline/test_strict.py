"""Tampering: nbval with our plugin must notice every kind of wrong notebook."""

import base64
import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from pipeline import ROOT
from pipeline.strict import same_picture


def validate(path):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--nbval",
            "--nbval-current-env",
            "-p",
            "pipeline.strict",
            "-p",
            "no:cacheprovider",
            "-q",
            f"--rootdir={path.parent}",
            "-c",
            os.devnull,
            str(path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def cells(notebook, kind="code"):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def one_digit(notebook):
    cells(notebook)[2]["outputs"][0]["text"] = "the answer is 43\n"


def repainted(png, box, colour):
    image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    image.paste(colour, box)
    buffer = io.BytesIO()
    image.save(buffer, "png")
    return base64.b64encode(buffer.getvalue()).decode()


def one_bar(notebook):
    data = cells(notebook)[1]["outputs"][0]["data"]
    data["image/png"] = repainted(data["image/png"], (600, 60, 640, 100), (0, 114, 178))


def emptied_output(notebook):
    cells(notebook)[2]["outputs"] = []


def removed_picture(notebook):
    del cells(notebook)[1]["outputs"][0]["data"]["image/png"]


def cleared_cell(notebook):
    cells(notebook)[2]["execution_count"] = None
    cells(notebook)[2]["outputs"] = []


def cleared_silent_cell(notebook):
    cells(notebook)[4]["execution_count"] = None


def stale_cell(notebook):
    cells(notebook)[2]["source"] = 'print("the answer is", answer + 1)'


def number_in_prose(notebook):
    for cell in cells(notebook, "markdown"):
        if "computed" in cell["metadata"]:
            cell["metadata"]["computed"] = {"answer": "43"}


def another_equation(notebook):
    data = cells(notebook)[3]["outputs"][0]["data"]
    data["text/latex"] = data["text/latex"].replace("2 z", "3 z")


TAMPERS = [
    one_digit,
    one_bar,
    emptied_output,
    removed_picture,
    cleared_cell,
    cleared_silent_cell,
    stale_cell,
    number_in_prose,
    another_equation,
]


def test_an_honest_notebook_passes(built):
    code, output = validate(built.page.notebook)
    assert code == 0, output
    assert "8 passed" in output  # seven cells and the numbers in prose, each once


@pytest.mark.parametrize("tamper", TAMPERS, ids=lambda f: f.__name__)
def test_tampering_is_noticed(book, tamper):
    notebook = json.loads(book.page.notebook.read_text())
    before = json.dumps(notebook)
    tamper(notebook)
    assert json.dumps(notebook) != before
    book.page.notebook.write_text(json.dumps(notebook))
    code, output = validate(book.page.notebook)
    assert code == 1, output
    assert "1 failed" in output


def test_a_notebook_without_code_is_refused(tmp_path):
    path = tmp_path / "empty.ipynb"
    path.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    code, output = validate(path)
    assert code != 0, output


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "png")
    return base64.b64encode(buffer.getvalue()).decode()


def test_small_pixel_noise_is_forgiven_and_little_else():
    random = np.random.default_rng(0)
    picture = random.integers(0, 256, (300, 500, 3), dtype=np.uint8)
    noisy = np.clip(picture.astype(int) + random.integers(-20, 21, picture.shape), 0, 255)
    line = picture.copy()
    line[100:102, :250] = 255 - line[100:102, :250]
    assert same_picture(png(picture), png(noisy.astype(np.uint8)))
    assert not same_picture(png(picture), png(line))
    assert not same_picture(png(picture), png(picture[:-1]))
