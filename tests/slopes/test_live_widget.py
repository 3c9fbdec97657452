"""Live figures as Jupyter widgets: what the kernel's side does; fronts are tested in browser/."""

import json
import subprocess
import sys

import anywidget
import pytest
from slopes import GradientDescent, Momentum, landscapes, live
from slopes.live import widget

VIEW = "application/vnd.jupyter.widget-view+json"


def paths():
    rules = {"plain": GradientDescent(0.05), "heavy": Momentum(0.05, 0.8)}
    return live.paths(landscapes.ravine(), rules, steps=40)


def test_a_figure_is_a_widget_and_a_picture():
    figure = paths()
    data, metadata = figure._repr_mimebundle_()
    assert set(data) == {"text/plain", "image/svg+xml", VIEW}
    assert data[VIEW]["model_id"] == figure.widget().model_id
    assert data["image/svg+xml"] == figure.svg()
    assert data["text/plain"] == repr(figure)
    assert metadata == {}


def test_a_picture_brings_its_paper_and_a_live_figure_has_the_page_s():
    paper = '<rect width="100%" height="100%" fill="#fff"/>'
    assert paths().svg().count(paper) == 1
    assert "<rect" not in paths().html()


def test_showing_it_again_shows_the_same_widget():
    figure = paths()
    first, second = (figure._repr_mimebundle_()[0][VIEW] for _ in range(2))
    assert first == second
    assert first != paths()._repr_mimebundle_()[0][VIEW]


def test_the_state_is_what_the_reader_has_set():
    figure = paths()
    start = figure.state()
    assert start["start"] == [-1.8, 0.7]
    figure.widget().set_state({"state": start | {"start": [1.0, 0.25]}})  # as the front end does
    assert figure.state()["start"] == [1.0, 0.25]
    # The picture stays the one of the start: what is stored does not depend on the reader.
    assert figure.spec()["state"] == start
    assert figure.svg() == paths().svg()


def test_python_moves_it_and_may_watch_it():
    figure, seen = paths(), []
    figure.widget().observe(lambda change: seen.append(change.new["lr"]), "state")
    figure.set(start=(1, 0.5), lr=0.1, on1=False, step=7)
    assert figure.state() == {
        "start": [1.0, 0.5], "on0": True, "on1": False, "lr": 0.1, "momentum": 0.8, "step": 7,
    }  # fmt: skip
    assert list(figure.state()) == list(paths().state())
    assert seen == [0.1]
    json.dumps(figure.state())


def test_a_choice_is_one_of_its_options():
    figure = live.Figure(
        "paths", [], data={}, says="",
        controls=[live.Control("rule", "rule", "choice", "gd", options={"gd": "GD", "m": "M"})],
    )  # fmt: skip
    figure.set(rule="m")
    assert figure.state() == {"rule": "m"}
    with pytest.raises(ValueError, match="rule must be one of 'gd', 'm', not 'adam'"):
        figure.set(rule="adam")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rate": 0.1}, "no 'rate': you can set start, on0, on1, lr, momentum, step"),
        ({"lr": 9.0}, "lr must be a number from 0.0005 to 0.5, not 9.0"),
        ({"lr": "fast"}, "not 'fast'"),
        ({"lr": float("nan")}, "not nan"),
        ({"step": 1.5}, "step must be a whole number from 0 to 40, not 1.5"),
        ({"on0": "yes"}, "on0 must be True or False, not 'yes'"),
        ({"start": (9, 0)}, r"start must be a point from \(-2.2, -1.1\) to \(2.2, 1.1\), not"),
        ({"start": 1.0}, "must be a point"),
        ({"start": (0, 0, 0)}, "must be a point"),
        ({"start": "ab"}, "must be a point"),
    ],
)
def test_what_a_reader_could_not_set_is_refused(changes, message):
    figure = paths()
    before = figure.state()
    with pytest.raises(ValueError, match=message):
        figure.set(**changes)
    assert figure.state() == before


def test_without_anywidget_there_is_the_picture(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.setattr(widget, "_widget_class", widget._widget_class.__wrapped__)
    figure = paths()
    data, metadata = figure._repr_mimebundle_()
    assert set(data) == {"text/plain", "image/svg+xml"}
    assert metadata == {}
    assert figure.state()["lr"] == 0.05
    with pytest.raises(ImportError, match="pip install anywidget"):
        figure.widget()
    with pytest.raises(ImportError, match="pip install anywidget"):
        figure.set(lr=0.1)


# In an interpreter of its own: anywidget turns Colab's manager on once for each.
COLAB = """
import sys, types
called = []
output = types.ModuleType("google.colab.output")
output.enable_custom_widget_manager = lambda: called.append(1)
output._widgets = types.SimpleNamespace(_installed_url="https://manager.test/")
sys.modules["google.colab.output"] = output
from slopes import GradientDescent, landscapes, live
figure = live.paths(landscapes.ravine(), {"plain": GradientDescent(0.05)})
_, metadata = figure._repr_mimebundle_()
print(len(called), metadata)
"""


def test_colab_is_told_how_to_show_it():
    done = subprocess.run([sys.executable, "-c", COLAB], capture_output=True, text=True, check=True)
    assert done.stdout.split(" ", 1)[0] == "1"
    assert f"'{VIEW}': {{'colab': {{'custom_widget_manager'" in done.stdout
    assert "https://manager.test/" in done.stdout


def test_the_module_is_one_that_anywidget_takes():
    assert issubclass(widget._widget_class(), anywidget.AnyWidget)
    assert "export default {" in live.script()
    assert "export function render" not in live.script()  # the old way, which warns
