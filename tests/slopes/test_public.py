"""The public face: everything is documented, imports are quick, sliders and pictures behave."""

import importlib
import inspect
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pytest
import slopes
from slopes import interact, landscapes, minimize, plots

from pipeline import ROOT


@pytest.mark.parametrize("name", slopes.__all__)
def test_every_public_name_is_documented(name):
    thing = getattr(slopes, name)
    text = inspect.getdoc(thing) or ""
    assert len(text) > 30, f"{name} needs a docstring"


PUBLIC = {
    f"{home.__name__}.{name}": getattr(home, name)
    for home in (slopes, *(getattr(slopes, name) for name in slopes.__all__))
    if inspect.ismodule(home)
    for name in home.__all__
}
FUNCTIONS = {  # those that remember their results are wrapped
    name: thing for name, thing in PUBLIC.items() if inspect.isfunction(inspect.unwrap(thing))
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_parameter_of_a_public_function_is_documented(name):
    text = inspect.getdoc(FUNCTIONS[name])
    for parameter in inspect.signature(FUNCTIONS[name]).parameters:
        # A line such as "x, y : ndarray" or "**options".
        listed = re.search(rf"^(\w+, )*(\*\*)?{parameter}(, \w+)*( :|$)", text, re.MULTILINE)
        assert listed, f"{name}: the docstring does not list {parameter} under Parameters"


def test_dir_lists_the_public_names():
    assert set(slopes.__all__) <= set(dir(slopes))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Adamm'"):
        _ = slopes.Adamm


def test_import_leaves_the_heavy_libraries_alone():
    code = (
        "import sys, slopes; print([m for m in ('sympy', 'matplotlib', 'ipywidgets', 'numba', "
        "'scipy', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_pictures_are_the_same_bytes_every_time():
    def draw():
        bowl = landscapes.bowl(1, 5)
        path = minimize(slopes.GradientDescent(0.1), bowl, bowl.start, steps=5)
        return plots.landscape(bowl, {"path": path}).png()

    assert draw() == draw()


def test_plots_leave_matplotlibs_settings_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    plots.series({"a": [1, 2], "b": [2, 1]}, xlabel="x", ylabel="y", at={"here": 0.5}).png()
    line = {"a": ([0.5], [1.5])}
    plots.series({"a": [1, 2]}, xlabel="x", ylabel="y", dots=line, ylim=(0, None)).png()
    plots.bars({"a": 1.0}, xlabel="x").png()
    turn = {"a": {"there": ((0, 0), (1, 1))}, "b": {"back": ((1, 1), (0, 0))}}
    plots.arrows(turn, landscapes.bowl(), rings={"b": (1, 1)}).png()
    plots.digit_grid(np.linspace(-1, 1, 128).reshape(2, 64), titles=["a", "b"]).png()
    assert dict(matplotlib.rcParams) == before


def test_a_strip_has_a_dot_for_every_run_and_a_line_at_the_mean():
    runs = {"a": [1.0, 2.0, 6.0], "b": [4.0]}
    axes = plots.strip(runs, xlabel="x", xlog=True, xticks=[1, 5]).figure.axes[0]
    dots, mean = axes.lines[:2]
    assert list(dots.get_xdata()) == [1.0, 2.0, 6.0]
    assert list(mean.get_xdata()) == [3.0, 3.0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "5"]


def test_sliders_show_a_picture_and_move_it():
    drawn = []

    def draw(a):
        drawn.append(a)
        return plots.series({"a": [0, a]}, xlabel="x", ylabel="y")

    shown = interact(draw, a=(0.0, 2.0, 1.0))
    data, metadata = shown._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert metadata["image/png"] == {"width": 500, "height": 300}
    box = shown._widget(b"")
    before = box.children[-1].value
    box.children[0].value = 2.0
    assert drawn[-1] == 2.0
    assert box.children[-1].value != before


@pytest.mark.parametrize("control", [(0, 1), (1.0, 0.0, 0.5), (0.0, 1.0, 2.0), "abc"])
def test_a_bad_control_is_named(control):
    with pytest.raises(ValueError, match="control a must be"):
        interact(lambda a: None, a=control)


def test_spectra_and_animations_draw():
    surface = landscapes.ravine()
    path = minimize(slopes.GradientDescent(0.05), surface, surface.start, steps=20)
    moving = plots.animate(surface, {"path": path}, frames=3)
    data, _ = moving._repr_mimebundle_()
    assert moving.gif.startswith(b"GIF89a")
    assert set(data) == {"image/gif", "image/png", "text/plain"}
    picture = plots.spectrum([1, 10], {"rate 0.1": [0.9, 0.0], "rate 0.2": [0.8, -1.0]})
    assert picture.png().startswith(b"\x89PNG")


def test_measurements_lie_over_theory():
    x = [0.1, 1.0, 10.0]
    picture = plots.series(
        {"theory": [1, 2, 3]},
        x=x,
        dots={"theory": (x, [1, 2, 3])},
        xticks=x,
        xlog=True,
        ylim=(0, None),
        xlabel="x",
        ylabel="y",
    )
    (axes,) = picture.figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0.1", "1", "10"]
    assert axes.get_ylim()[0] == 0
    assert axes.lines[1].get_color() == axes.lines[0].get_color()
    values = np.array([[1.0, 2.0, np.nan], [2.0, 3.0, 4.0]])
    drawn = plots.heatmap(
        values,
        x=x,
        y=[0, 1],
        xlabel="x",
        ylabel="y",
        label="z",
        curves={"border": ([0.1, 1.0, 10.0], [0.0, 0.5, 1.0])},
        at={"here": (1.0, 0.0)},
    )
    (legend,) = drawn.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["border", "here"]
    assert drawn.png() == drawn.png()


LIB = ROOT / "lib"
MODULES = sorted(
    ".".join(path.relative_to(LIB).with_suffix("").parts).removesuffix(".__init__")
    for path in (LIB / "slopes").rglob("*.py")
    if path.parent.name != "exercises" or path.stem == "__init__"
    if path != LIB / "slopes/__init__.py"
)


def undocumented(name, thing):
    """Yield the names that have no docstring of their own: a function, a class, its members."""
    text = getattr(inspect.unwrap(thing), "__doc__", None) or ""
    if inspect.isclass(thing):
        own = vars(thing).get("__doc__") or ""
        made = own.startswith(f"{thing.__name__}(")  # a dataclass without one is given this
        text = "" if made else own
        # What a class takes over, or does anew what its base has explained, is explained there.
        for member, value in vars(thing).items():
            value = getattr(value, "func", getattr(value, "fget", value))
            told = any(hasattr(base, member) for base in thing.__mro__[1:])
            if not member.startswith("_") and inspect.isroutine(value) and not told:
                yield from undocumented(f"{name}.{member}", value)
    if len(text) < 10:
        yield name


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_of_every_module_is_documented(name):
    module = importlib.import_module(name)
    assert module.__doc__
    for public in module.__all__:
        thing = getattr(module, public)
        if callable(thing):
            assert list(undocumented(f"{name}.{public}", thing)) == []


def test_what_has_no_docstring_of_its_own_is_found():
    class Base:
        """Has one, long enough to be one."""

        def told(self):
            """Has one, long enough to be one."""

        def silent(self): ...

        @property
        def mute(self): ...

        @cached_property
        def dumb(self): ...

    @dataclass
    class Made:
        x: int = 0

    class Heir(Base):
        def told(self): ...

    assert list(undocumented("Base", Base)) == ["Base.silent", "Base.mute", "Base.dumb"]
    assert list(undocumented("Made", Made)) == ["Made"]
    assert list(undocumented("Heir", Heir)) == ["Heir"]
    assert list(undocumented("f", cache(lambda: None))) == ["f"]


@pytest.mark.parametrize("name", MODULES)
def test_every_module_stands_on_an_api_page(name):
    pages = "".join(path.read_text() for path in (ROOT / "chapters/back/api").glob("*.md"))
    assert f".. automodule:: {name}\n" in pages


def test_every_rule_is_exported():
    from slopes import rules

    defined = {
        name
        for name, thing in vars(rules).items()
        if inspect.isclass(thing) and issubclass(thing, rules.Rule) and not name.startswith("_")
    }
    assert defined <= set(rules.__all__), "name the rule in __all__ of rules.py"
    public = defined - {"Wrapper"}
    for name in public:
        if not issubclass(getattr(rules, name), rules.Wrapper) and name != "Rule":
            assert f"\n{name} " in rules.__doc__, f"{name}: add it to the table in rules.py"
    assert public <= set(slopes.__all__), "import the rule in __init__.py and add it to __all__"


def test_every_landscape_is_registered():
    from slopes import landscapes

    made = {
        name
        for name, thing in vars(landscapes).items()
        if callable(thing)
        and str(getattr(thing, "__annotations__", {}).get("return", "")).startswith(
            ("Landscape", "LeastSquares")
        )
        and name != "landscape"
        and not name.startswith("_")
    }
    assert made == set(landscapes.LANDSCAPES), "add the landscape to LANDSCAPES"
    assert made <= set(landscapes.__all__), "add the landscape to __all__ of landscapes.py"
