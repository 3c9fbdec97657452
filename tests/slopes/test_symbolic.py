"""One definition, many readings: traces, LaTeX, identities in SymPy, JavaScript run by Node."""

import copy
import json
import pickle
import re
import subprocess
import sys
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from slopes import landscapes, symbolic
from slopes.live.scripts import evaluated
from slopes.rules import (
    AdaDelta,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    Clipped,
    Decayed,
    EMAMomentum,
    GradientDescent,
    Lion,
    Momentum,
    NAdam,
    Nesterov,
    NesterovInterim,
    RMSProp,
    RMSPropNesterov,
    Rule,
)
from slopes.schedules import (
    ConstantRate,
    CosineDecay,
    ExponentialDecay,
    LinearDecay,
    Scheduled,
    Warmup,
)
from slopes.second_order import BFGS
from slopes.symbolic import (
    equations,
    javascript,
    javascript_expression,
    rule_latex,
    schedule_latex,
    unrolled,
)
from slopes.tracing import Node, trace, trace_schedule

from pipeline.env import node
from tests.slopes.test_rules import RULES, name
from tests.slopes.test_schedules import SCHEDULES, every_schedule

every_rule = pytest.mark.parametrize("rule", RULES, ids=name)


# Tracing --------------------------------------------------------------------------------------


def test_a_profiler_is_there_again_after_tracing():
    def profiler(frame, event, arg):
        pass

    before = sys.getprofile()
    try:
        sys.setprofile(profiler)
        trace(Adam())
        assert sys.getprofile() is profiler
        with pytest.raises(TypeError):
            trace(Branching())
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(before)


def test_trace_keeps_the_names_of_the_lines():
    names = [name for name, _ in trace(Adam()).lines]
    assert names == ["m", "v", "m_hat", "v_hat", "x"]


def test_options_choose_the_lines():
    plain = trace(Adam(bias_correction=False))
    assert [name for name, _ in plain.lines] == ["m", "v", "x"]
    assert "bias_correction" not in plain.inputs
    assert "psi" in trace(NAdam()).inputs
    assert "psi" not in trace(NAdam(psi=None)).inputs


def test_names_are_given_where_they_are_written():
    rule = Clipped(Decayed(Scheduled(Adam(), CosineDecay(9))), value=1.0)
    names = [name for name, _ in trace(rule).lines]
    assert names == ["g_tilde", "lr", "x_tilde", "m", "v", "m_hat", "v_hat", "x"]


def test_settings_of_nested_parts_have_names_of_their_own():
    rule = Scheduled(Momentum(lr=0.5), Warmup(3, then=CosineDecay(7, end=0.1)))
    settings = trace(rule).settings
    assert settings == {"lr": 0.5, "momentum": 0.9, "steps": 3, "steps_2": 7, "end": 0.1}


def test_a_trace_says_where_the_rule_looks_and_starts():
    recorded = trace(Nesterov())
    assert repr(recorded.look) == "add(x, multiply(momentum, v))"
    assert trace(Adam()).look.fn == "x"
    assert trace(NAdam()).initial == {"m": 0, "v": 0, "mu_prod": 1}
    assert trace(AdaGrad()).initial["r"].fn == "initial_accumulator"


@every_rule
def test_a_trace_is_the_rule(rule):
    """The graph, evaluated with NumPy, gives what ``update`` gives."""
    rng = np.random.default_rng(0)
    x, g, t = rng.standard_normal(3), rng.standard_normal(3), 4
    state = [np.abs(rng.standard_normal(3)) for _ in rule.states()]
    recorded = trace(rule)
    values = dict(zip(("x", "g", "t", *rule.states()), (x, g, t, *state), strict=True))
    values |= recorded.settings

    def value(node):
        if not isinstance(node, Node):
            return node
        if isinstance(node.fn, str):
            return values[node.fn]
        return node.fn(*map(value, node.args))

    for ours, theirs in zip(rule.update(x, g, t, *state), recorded.outputs.values(), strict=True):
        assert np.array_equal(ours, value(theirs))


def test_an_output_without_a_name_of_its_own_is_a_line():
    @dataclass(frozen=True)
    class Short(Rule):
        lr: float = 0.1

        def update(self, x, g, t, kept=0):
            return x - self.lr * g, g

    recorded = trace(Short())
    assert [name for name, _ in recorded.lines] == ["x"]  # what is kept is g itself
    assert recorded.outputs["kept"] is recorded.inputs["g"]


@dataclass(frozen=True)
class Branching(Rule):
    def update(self, x, g, t):
        return (x - g,) if g > 0 else (x + g,)


@dataclass(frozen=True)
class Summing(Rule):
    def update(self, x, g, t):
        return (x - np.add.reduce(g),)


@dataclass(frozen=True)
class Averaging(Rule):
    def update(self, x, g, t):
        return (x - np.mean(g),)


@dataclass(frozen=True)
class Multiplying(Rule):
    def update(self, x, g, t):
        return (x - np.matmul(g, g),)


@dataclass(frozen=True)
class Forgetting(Rule):
    def update(self, x, g, t, v=0):
        return (x - g,)


@dataclass(frozen=True)
class Bare(Rule):
    def update(self, x, g, t):
        return x - g


@dataclass(frozen=True)
class InPlace(Rule):
    def update(self, x, g, t):
        x -= g
        return (x,)


def Using(function, *rest):
    """Return a rule that applies a function to the gradient."""

    class Using(Rule):
        def update(self, x, g, t):
            return (x - function(g, *rest),)

    return dataclass(frozen=True)(Using)()


@dataclass(frozen=True)
class Clashing(Rule):
    v: float = 0.1

    def update(self, x, g, t, v=0):
        return x - self.v * g, v


@dataclass(frozen=True)
class Unprintable(Rule):
    def update(self, x, g, t):
        return (x - np.arcsinh(g),)


class Undecorated(Rule):
    def update(self, x, g, t):
        return (x - 0.1 * g,)


@dataclass(frozen=True)
class Paired(Rule):
    betas: tuple = (0.9, 0.99)

    def update(self, x, g, t):
        return (x - self.betas[0] * g,)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Undecorated(), r"no dataclass: write @dataclass\(frozen=True\) above class Undecorated"),
        (Paired(), r"Paired: betas must be one number, not \(0\.9, 0\.99\): give each number a"),
        (Using(lambda g: g[0]), r"not a part of an array, as in g\[0\]"),
        (Using(sum), "not Python's own sum"),
        (Using(lambda g: np.sqrt(g, where=True)), "element by element, not sqrt[^.]"),
        (Using(lambda g: np.where(g)[0]), "element by element, not where"),
        (Using(float), r"not float\(\)"),
        (Branching(), r"may not branch on data: use np\.where"),
        (Summing(), r"element by element, not add\.reduce"),
        (Averaging(), "element by element, not mean"),
        (Multiplying(), "element by element, not matmul"),
        (Forgetting(), "Forgetting.update must return x and its states, 2 values, not 1: end it"),
        (Bare(), r"Bare.update must return x and its states, a tuple of 1 value, not Node alone"),
        (InPlace(), r"write x = x - lr \* g, not x -= lr \* g"),
        (Using(np.clip, -1, 1), r"not clip, .* use np\.minimum and np\.maximum"),
        (Using(lambda g: g.mean()), r"element by element, not \.mean"),
        (Using(lambda g: g / g.size), r"element by element, not \.size"),
        (Using(lambda g: g.copy()), r"element by element, not \.copy"),
        (Clashing(), "v is both a setting and a state"),
        (Clipped(Adam(), norm=1.0), "not norm, which mixes coordinates.*clip by value instead"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Rule) else "",
)
def test_what_cannot_be_traced_says_why(rule, words):
    with pytest.raises(TypeError, match=words):
        trace(rule)


@pytest.mark.parametrize("reading", [rule_latex, equations, javascript, trace])
@pytest.mark.parametrize("thing", [Adam, BFGS(), 3])
def test_what_is_no_rule_is_refused(reading, thing):
    with pytest.raises(TypeError, match=r"a rule such as Adam\(\) was expected, not"):
        reading(thing)


def test_rules_and_schedules_are_told_apart():
    with pytest.raises(TypeError, match=r"rule such as Adam\(\) was expected, not CosineDecay"):
        rule_latex(CosineDecay(5))
    with pytest.raises(TypeError, match=r"such as CosineDecay\(steps=100\) was expected, not Adam"):
        schedule_latex(Adam())


def test_nodes_are_copied_and_shown_like_other_objects():
    node = trace(Momentum()).outputs["x"]
    assert repr(copy.deepcopy(node)) == repr(copy.copy(node)) == repr(node)
    assert repr(pickle.loads(pickle.dumps(node))) == repr(node)
    assert not hasattr(node, "__array_interface__")


@dataclass(frozen=True)
class Penalized(Rule):
    """A rule that reuses the name of what it was given."""

    lr: float = 0.1
    weight_decay: float = 0.5

    def update(self, x, g, t, m=0):
        g = g + self.weight_decay * x
        m = 0.9 * m + g
        x = x - self.lr * m
        return x, m


#: Rules whose lines would share a name, and the names that they get.
SHARED = [
    (Penalized(lr=0.2), ["g_2", "m", "x"]),
    (Decayed(AdamW()), ["x_tilde", "x_tilde_2", "m", "v", "m_hat", "v_hat", "x"]),
    (
        Clipped(Clipped(Clipped(GradientDescent(), value=1), value=2), value=3),
        ["g_tilde", "g_tilde_2", "g_tilde_3", "x"],
    ),
]


@pytest.mark.parametrize(("rule", "names"), SHARED)
def test_every_line_has_a_name_of_its_own(rule, names):
    assert [name for name, _ in trace(rule).lines] == names
    assert len({str(left) for left, _ in equations(rule)}) == len(names)


@pytest.mark.parametrize(
    ("reading", "words"),
    [(rule_latex, "no LaTeX"), (equations, "no SymPy function"), (javascript, "no JavaScript")],
)
def test_an_unknown_function_is_named(reading, words):
    with pytest.raises(TypeError, match=f"{words} is known for arcsinh: add it to slopes.symbolic"):
        reading(Unprintable())


# LaTeX ----------------------------------------------------------------------------------------


@every_rule
def test_every_setting_has_its_sign(rule):
    for setting in trace(rule).settings:
        plain = re.sub(r"_\d+$", "", setting)
        assert plain in symbolic._LATEX, f"give {plain} a sign in _LATEX of slopes/symbolic.py"


R_LINE = r"r_{t} &= \rho r_{t-1} + \left(1 - \rho\right) g_{t}^{2}"
M_LINE = r"m_{t} &= \beta_1 m_{t-1} + \left(1 - \beta_1\right) g_{t}"
INTERIM = [
    r"\tilde{\theta}_{t-1} &= \theta_{t-1} + \alpha v_{t-1}",
    r"g_{t} &= \nabla J\left(\tilde{\theta}_{t-1}\right)",
]
V_LINE = r"v_{t} &= \beta_2 v_{t-1} + \left(1 - \beta_2\right) g_{t}^{2}"
M_HAT = r"\hat{m}_{t} &= \frac{m_{t}}{1 - \beta_1^{t}}"
V_HAT = r"\hat{v}_{t} &= \frac{v_{t}}{1 - \beta_2^{t}}"
ADAM = r"\theta_{t} &= \theta_{t-1} - \frac{\eta \hat{m}_{t}}{\sqrt{\hat{v}_{t}} + \epsilon}"


@pytest.mark.parametrize(
    ("rule", "lines"),
    [
        (GradientDescent(), [r"\theta_{t} &= \theta_{t-1} - \eta g_{t}"]),
        (
            Momentum(),
            [
                r"v_{t} &= \alpha v_{t-1} - \eta g_{t}",
                r"\theta_{t} &= \theta_{t-1} + v_{t}",
            ],
        ),
        (
            AdaGrad(),
            [
                r"r_{t} &= r_{t-1} + g_{t}^{2}",
                r"\theta_{t} &= \theta_{t-1} - \frac{\eta g_{t}}{\sqrt{r_{t}} + \epsilon}",
            ],
        ),
        (
            RMSProp(eps_inside_root=True),
            [R_LINE, r"\theta_{t} &= \theta_{t-1} - \frac{\eta g_{t}}{\sqrt{r_{t} + \epsilon}}"],
        ),
        (
            AdaDelta(),
            [
                R_LINE,
                r"d_{t} &= \frac{\sqrt{u_{t-1} + \epsilon}}{\sqrt{r_{t} + \epsilon}} g_{t}",
                r"u_{t} &= \rho u_{t-1} + \left(1 - \rho\right) d_{t}^{2}",
                r"\theta_{t} &= \theta_{t-1} - \eta d_{t}",
            ],
        ),
        (Adam(), [M_LINE, V_LINE, M_HAT, V_HAT, ADAM]),
        (
            EMAMomentum(),
            [
                r"v_{t} &= \beta v_{t-1} + \left(1 - \beta\right) g_{t}",
                r"\theta_{t} &= \theta_{t-1} - \eta v_{t}",
            ],
        ),
        (
            Nesterov(),
            [
                *INTERIM,
                r"v_{t} &= \alpha v_{t-1} - \eta g_{t}",
                r"\theta_{t} &= \theta_{t-1} + v_{t}",
            ],
        ),
        (
            NesterovInterim(),
            [
                r"v_{t} &= \alpha v_{t-1} - \eta g_{t}",
                r"\theta_{t} &= \theta_{t-1} + \alpha v_{t} - \eta g_{t}",
            ],
        ),
        (
            RMSPropNesterov(eps_inside_root=True),
            [
                *INTERIM,
                R_LINE,
                r"v_{t} &= \alpha v_{t-1} - \frac{\eta g_{t}}{\sqrt{r_{t} + \epsilon}}",
                r"\theta_{t} &= \theta_{t-1} + v_{t}",
            ],
        ),
        (
            Decayed(GradientDescent()),
            [
                r"\tilde{\theta}_{t} &= \theta_{t-1} - \eta \lambda \theta_{t-1}",
                r"\theta_{t} &= \tilde{\theta}_{t} - \eta g_{t}",
            ],
        ),
        (
            AMSGrad(),
            [
                M_LINE,
                V_LINE,
                M_HAT,
                r"v^{\max}_{t} &= \max\left(v^{\max}_{t-1}, v_{t}\right)",
                r"\hat{v}_{t} &= \frac{v^{\max}_{t}}{1 - \beta_2^{t}}",
                ADAM,
            ],
        ),
        (
            AdamW(),
            [
                r"\tilde{\theta}_{t} &= \theta_{t-1} - \eta \lambda \theta_{t-1}",
                M_LINE,
                V_LINE,
                M_HAT,
                V_HAT,
                ADAM.replace(r"\theta_{t-1}", r"\tilde{\theta}_{t}"),
            ],
        ),
        (
            NAdam(),
            [
                r"\mu_{t} &= \beta_1 \left(1 - 0.5 \cdot 0.96^{t \psi}\right)",
                r"\mu_{t+1} &= \beta_1 \left(1 - 0.5 \cdot 0.96^{\left(t + 1\right) \psi}\right)",
                r"\Pi_{t} &= \Pi_{t-1} \mu_{t}",
                M_LINE,
                V_LINE,
                r"\hat{m}_{t} &= \frac{\mu_{t+1} m_{t}}{1 - \Pi_{t} \mu_{t+1}} + "
                r"\frac{\left(1 - \mu_{t}\right) g_{t}}{1 - \Pi_{t}}",
                V_HAT,
                ADAM,
            ],
        ),
        (
            AdaMax(),
            [
                M_LINE,
                r"u_{t} &= \max\left(\beta_2 u_{t-1}, \left|g_{t}\right| + \epsilon\right)",
                M_HAT,
                r"\theta_{t} &= \theta_{t-1} - \frac{\eta \hat{m}_{t}}{u_{t}}",
            ],
        ),
        (
            Lion(),
            [
                r"c_{t} &= \beta_1 m_{t-1} + \left(1 - \beta_1\right) g_{t}",
                r"m_{t} &= \beta_2 m_{t-1} + \left(1 - \beta_2\right) g_{t}",
                r"\theta_{t} &= \theta_{t-1} - \eta \left("
                r"\operatorname{sign}\left(c_{t}\right) + \lambda \theta_{t-1}\right)",
            ],
        ),
        (
            Clipped(GradientDescent(), value=1),
            [
                r"\tilde{g}_{t} &= \min\left(\max\left(g_{t}, -c\right), c\right)",
                r"\theta_{t} &= \theta_{t-1} - \eta \tilde{g}_{t}",
            ],
        ),
        (
            Scheduled(GradientDescent(), ExponentialDecay(0.9)),
            [
                r"\eta_{t} &= \eta \gamma^{t - 1}",
                r"\theta_{t} &= \theta_{t-1} - \eta_{t} g_{t}",
            ],
        ),
        (
            Scheduled(GradientDescent(), ConstantRate()),
            [r"\eta_{t} &= \eta", r"\theta_{t} &= \theta_{t-1} - \eta_{t} g_{t}"],
        ),
    ],
    ids=lambda value: name(value) if isinstance(value, Rule) else "",
)
def test_latex_reads_like_the_textbook(rule, lines):
    assert rule_latex(rule).split(" \\\\\n") == lines


def test_every_rule_is_read_as_latex():
    read = {type(rule) for rule, _ in test_latex_reads_like_the_textbook.pytestmark[0].args[1]}
    assert {type(rule) for rule in RULES} <= read


@pytest.mark.parametrize("reading", [rule_latex, equations, lambda rule: unrolled(rule, 1)])
def test_settings_that_are_written_alike_are_refused(reading):
    @dataclass(frozen=True)
    class Two(Rule):
        lr: float = 0.1
        eta: float = 0.2

        def update(self, x, g, t):
            return (x - self.lr * self.eta * g,)

    with pytest.raises(TypeError, match="lr and eta would both be written eta: rename one"):
        reading(Two())


def test_greek_names_are_greek_letters():
    @dataclass(frozen=True)
    class Greek(Rule):
        kappa: float = 0.1

        def update(self, x, g, t, omega_bar=0):
            omega_bar = omega_bar + self.kappa * g
            return x - omega_bar, omega_bar

    omega = r"\omega_{bar, t"
    assert rule_latex(Greek()).startswith(rf"{omega}}} &= {omega}-1}} + \kappa g_{{t}}")


def test_a_state_may_not_be_called_as_the_point_is():
    @dataclass(frozen=True)
    class Taken(Rule):
        def update(self, theta, grad, step, x=0):
            return theta - grad, x

    with pytest.raises(TypeError, match="Taken: x cannot be the name of a state"):
        trace(Taken())


def test_where_a_scheduled_rule_looks_follows_the_schedule():
    @dataclass(frozen=True)
    class Ahead(Rule):
        lr: float = 0.5

        def look(self, x, t, v=0):
            return x - self.lr * v

        def update(self, x, g, t, v=0):
            return x - self.lr * v - self.lr * g, v + g

    rule = Scheduled(Ahead(), ExponentialDecay(0.5))
    assert rule.look(0.0, 2, 1.0) == -0.25
    gamma = sp.Symbol("gamma", positive=True)
    asked = unrolled(rule, 2, gradient=sp.Function("G"))[2]["x"].atoms(sp.Function("G"))
    assert sp.Function("G")(theta_0 - eta * sp.Function("G")(theta_0)) not in asked
    assert any(call.has(gamma) for call in asked)


def test_latex_of_shared_names():
    assert rule_latex(Penalized()).split(" \\\\\n") == [
        r"g_{2, t} &= g_{t} + \lambda \theta_{t-1}",
        r"m_{t} &= 0.9 m_{t-1} + g_{2, t}",
        r"\theta_{t} &= \theta_{t-1} - \eta m_{t}",
    ]
    assert rule_latex(SHARED[2][0]).splitlines()[1:] == [
        r"\tilde{g}_{2, t} &= \min\left(\max\left(\tilde{g}_{t}, -c_{2}\right), c_{2}\right) \\",
        r"\tilde{g}_{3, t} &= \min\left(\max\left(\tilde{g}_{2, t}, -c_{3}\right), c_{3}\right) \\",
        r"\theta_{t} &= \theta_{t-1} - \eta \tilde{g}_{3, t}",
    ]
    assert str(equations(Penalized())[1]) == "(m_t, g_{2}_t + 9*m_{t-1}/10)"


def test_settings_of_many_schedules_are_told_apart():
    rule = GradientDescent()
    for share in (0.1, 0.2, 0.3):
        rule = Scheduled(rule, LinearDecay(5, share))
    for end in ("s_T", "s_{T, 2}", "s_{T, 3}"):
        assert rf"\left(1 - {end}\right)" in rule_latex(rule)
    symbols = {str(s) for _, right in equations(rule) for s in right.free_symbols}
    assert {"s_T", "s_T_2", "s_T_3", "T", "T_2", "T_3"} <= symbols


def test_latex_of_schedules():
    assert schedule_latex(Warmup(5, then=ExponentialDecay(0.9))) == (
        r"s_{t} = \begin{cases} \frac{t}{T} & \text{if } t \le T \\ "
        r"\gamma^{\max\left(t - T, 1\right) - 1} & \text{otherwise} \end{cases}"
    )
    assert schedule_latex(CosineDecay(5)) == (
        r"s_{t} = s_T + \frac{\left(1 - s_T\right) \left(1 + \cos\left("
        r"\pi \min\left(\frac{t - 1}{T}, 1\right)\right)\right)}{2}"
    )


def test_latex_of_other_functions():
    @dataclass(frozen=True)
    class Odd(Rule):
        lr: float = 0.1

        def update(self, x, g, t, v_min=0):
            v_min = np.minimum(v_min, np.square(g))
            x = np.where(x > 0, -x, -0.5 * np.exp(1e-7 * v_min**2))
            return x, v_min

    assert rule_latex(Odd()).split(" \\\\\n") == [
        r"v^{\min}_{t} &= \min\left(v^{\min}_{t-1}, g_{t}^{2}\right)",
        r"\theta_{t} &= \begin{cases} -\theta_{t-1} & \text{if } \theta_{t-1} > 0 \\ "
        r"\left(-0.5\right) \exp\left(1 \cdot 10^{-7} {v^{\min}_{t}}^{2}\right) "
        r"& \text{otherwise} \end{cases}",
    ]


@dataclass(frozen=True)
class Marked(Rule):
    """Whatever is written without care for its reading."""

    def update(self, x, g, t, m_2=0):
        m_2 = m_2 + (-g)
        y = (g > 0) + (m_2 > 0)
        x = x - y * np.minimum(g, np.inf) * 1e-8**t
        return x, m_2


def test_latex_of_marks_comparisons_and_large_numbers():
    assert rule_latex(Marked()).split(" \\\\\n") == [
        r"m_{2, t} &= m_{2, t-1} - g_{t}",
        r"y_{t} &= \left(g_{t} > 0\right) + \left(m_{2, t} > 0\right)",
        r"\theta_{t} &= \theta_{t-1} - y_{t} \min\left(g_{t}, \infty\right) "
        r"{\left(1 \cdot 10^{-8}\right)}^{t}",
    ]


# SymPy ----------------------------------------------------------------------------------------

alpha, beta, eta = sp.symbols("alpha beta eta", positive=True)
theta_0 = sp.Symbol("theta_0", real=True)
STEPS = 4


def g(t):
    return sp.Symbol(f"g_{t}", real=True)


def test_equations_are_the_lines():
    m, v, m_hat, _, x = equations(Adam())
    assert [str(left) for left, _ in (m, v, x)] == ["m_t", "v_t", "theta_t"]
    beta_1, t = sp.Symbol("beta_1", positive=True), sp.Symbol("t", positive=True, integer=True)
    assert m_hat[1] == m[0] / (1 - beta_1**t)
    assert {str(s) for s in x[1].free_symbols} == {
        "theta_{t-1}",
        "eta",
        "epsilon",
        r"\hat{m}_t",
        r"\hat{v}_t",
    }
    assert str(equations(NAdam())[1][0]) == "mu_{t+1}"
    mu = equations(NAdam())[0][1]
    assert mu.subs(dict.fromkeys(mu.free_symbols, 1)) == sp.Rational(13, 25)  # 1 − ½ · 0.96


def test_comparisons_count_as_zero_or_one():
    _, (y, counted), (_, x) = equations(Marked())
    assert {str(s): counted.subs(s, 1) for s in counted.free_symbols}.keys() == {"g_t", "m_{2}_t"}
    assert counted.subs(dict.fromkeys(counted.free_symbols, 1)) == 2
    assert counted.subs(dict.fromkeys(counted.free_symbols, -1)) == 0
    assert x.has(y)


@pytest.mark.parametrize("steps", [-1, 2.5, float("nan")])
def test_steps_are_counted(steps):
    with pytest.raises(ValueError, match="steps must be"):
        unrolled(Adam(), steps)


def test_a_gradient_may_be_a_plain_number():
    last = unrolled(GradientDescent(), 2, gradient=lambda x: 2)[2]["x"]
    assert last == theta_0 - 4 * eta


@pytest.mark.parametrize("reading", [rule_latex, equations, javascript])
def test_arrays_inside_a_rule_are_refused(reading):
    @dataclass(frozen=True)
    class Weighted(Rule):
        def update(self, x, g, t):
            return (x - np.array([1.0, 2.0]) * g,)

    with pytest.raises(TypeError, match="numbers, not arrays"):
        reading(Weighted())


def test_momentum_is_a_sum_of_fading_gradients():
    for t, now in enumerate(unrolled(Momentum(), STEPS)):
        fading = -eta * sum(alpha ** (t - i) * g(i) for i in range(1, t + 1))
        assert sp.expand(now["v"] - fading) == 0


def test_adagrad_divides_by_all_squares():
    epsilon = sp.Symbol("epsilon", positive=True)
    x = unrolled(AdaGrad(), STEPS)[STEPS]["x"]
    written = theta_0 - sum(
        eta * g(t) / (sp.sqrt(sum(g(i) ** 2 for i in range(1, t + 1))) + epsilon)
        for t in range(1, STEPS + 1)
    )
    assert x - written == 0
    started = unrolled(AdaGrad(initial_accumulator=0.1), 1)[1]["r"]
    assert started == g(1) ** 2 + sp.Rational(1, 10)


def test_a_running_mean_is_momentum_at_a_smaller_rate():
    mean, velocity = unrolled(EMAMomentum(), STEPS), unrolled(Momentum(), STEPS)
    same = {alpha: beta, eta: eta * (1 - beta)}
    for one, other in zip(mean, velocity, strict=True):
        assert sp.expand(one["x"] - other["x"].subs(same, simultaneous=True)) == 0
        assert sp.expand(-eta * one["v"] - other["v"].subs(same, simultaneous=True)) == 0


def test_frameworks_hold_nesterovs_interim_points():
    G = sp.Function("G")  # any gradient
    textbook = unrolled(Nesterov(), STEPS, gradient=G)
    framework = unrolled(NesterovInterim(), STEPS, gradient=G)
    for one, other in zip(textbook, framework, strict=True):
        assert sp.expand(one["x"] + alpha * one["v"] - other["x"]) == 0
        assert sp.expand(one["v"] - other["v"]) == 0
    assert sp.expand(textbook[2]["x"] - framework[2]["x"]) != 0


def test_without_momentum_all_are_gradient_descent():
    G = sp.Function("G")
    plain = unrolled(GradientDescent(), STEPS, gradient=G)
    for rule in (Momentum(), Nesterov(), NesterovInterim()):
        for one, other in zip(plain, unrolled(rule, STEPS, gradient=G), strict=True):
            assert sp.expand(one["x"] - other["x"].subs(alpha, 0)) == 0


def test_bias_correction_makes_the_weights_add_up_to_one():
    beta_1 = sp.Symbol("beta_1", positive=True)
    ones = {g(t): 1 for t in range(1, STEPS + 1)}
    for t, now in enumerate(unrolled(Adam(), STEPS)[1:], 1):
        assert sp.simplify(now["m"].subs(ones) / (1 - beta_1**t)) == 1


def test_nadam_with_constant_momentum_is_the_short_formula():
    t, names = 3, "eta beta_1 beta_2 epsilon"
    eta, beta_1, beta_2, epsilon = sp.symbols(names, positive=True)
    before, now = unrolled(NAdam(psi=None), t)[t - 1 :]
    assert now["mu_prod"] == beta_1**t
    m_hat = beta_1 * now["m"] / (1 - beta_1 ** (t + 1)) + (1 - beta_1) * g(t) / (1 - beta_1**t)
    step = eta * m_hat / (sp.sqrt(now["v"] / (1 - beta_2**t)) + epsilon)
    assert sp.expand(now["x"] - before["x"] + step) == 0


def fading(share, of, t):
    """Return the running mean that keeps ``share`` of itself, as one sum."""
    return (1 - share) * sum(share ** (t - i) * of(g(i)) for i in range(1, t + 1))


@pytest.mark.parametrize(
    ("rule", "state", "share", "of"),
    [
        (RMSProp(), "r", "rho", lambda g: g**2),
        (RMSPropNesterov(), "r", "rho", lambda g: g**2),
        (AdaDelta(), "r", "rho", lambda g: g**2),
        (Adam(), "v", "beta_2", lambda g: g**2),
        (AMSGrad(), "v", "beta_2", lambda g: g**2),
        (NAdam(), "v", "beta_2", lambda g: g**2),
        (Adam(), "m", "beta_1", lambda g: g),
        (AdaMax(), "m", "beta_1", lambda g: g),
        (Lion(), "m", "beta_2", lambda g: g),
    ],
    ids=lambda value: name(value) if isinstance(value, Rule) else str(value)[:6],
)
def test_running_means_are_fading_sums(rule, state, share, of):
    share = sp.Symbol(share, positive=True)
    for t, now in enumerate(unrolled(rule, STEPS)):
        assert sp.expand(now[state] - fading(share, of, t)) == 0


def test_adadelta_scales_by_the_steps_before():
    rho, epsilon = sp.symbols("rho epsilon", positive=True)
    d = [
        g(t) * sp.sqrt(now["u"] + epsilon) / sp.sqrt(after["r"] + epsilon)
        for t, (now, after) in enumerate(pairwise(unrolled(AdaDelta(), 3)), 1)
    ]
    last = unrolled(AdaDelta(), 3)[3]
    assert sp.simplify(last["x"] - theta_0 + eta * sum(d)) == 0
    means = (1 - rho) * sum(rho ** (3 - i) * step**2 for i, step in enumerate(d, 1))
    assert sp.simplify(last["u"] - means) == 0


def test_maxima_are_over_all_that_came_before():
    beta_2, epsilon = sp.symbols("beta_2 epsilon", positive=True)
    numbers = {beta_2: sp.Rational(3, 4), epsilon: sp.Rational(1, 8)}
    numbers |= {g(t): sp.Rational(*value) for t, value in enumerate([(1, 2), (-3, 1), (2, 1)], 1)}
    sizes = [beta_2 ** (3 - i) * (sp.Abs(g(i)) + epsilon) for i in (1, 2, 3)]
    # AdaMax adds ε to each size before it fades.
    assert unrolled(AdaMax(), 3)[3]["u"].subs(numbers) == sp.Max(*sizes).subs(numbers)
    path = unrolled(AMSGrad(), 3)
    largest = sp.Max(*(now["v"] for now in path))
    assert path[3]["v_max"].subs(numbers) == largest.subs(numbers)


def test_adamw_is_adam_on_shrunken_parameters():
    for one, other in zip(unrolled(AdamW(), 3), unrolled(Decayed(Adam()), 3), strict=True):
        assert sp.expand(one["x"] - other["x"]) == 0


def test_lion_steps_by_signs():
    beta_1, beta_2, decay = sp.symbols("beta_1 beta_2 lambda", positive=True)
    before, now = unrolled(Lion(), 3)[2:]
    mixed = beta_1 * fading(beta_2, lambda g: g, 2) + (1 - beta_1) * g(3)
    written = before["x"] - eta * (sp.sign(sp.expand(mixed)) + decay * before["x"])
    assert sp.expand(now["x"].replace(sp.sign, lambda e: sp.sign(sp.expand(e))) - written) == 0


@pytest.mark.parametrize(
    "rule", [GradientDescent(), Momentum(), EMAMomentum(), NesterovInterim()], ids=name
)
def test_unrolled_fractions_are_exactly_the_rules_own(rule):
    settings = {s: Fraction(repr(getattr(rule, s))) for s in trace(rule).settings}
    symbols = {"lr": eta, "momentum": alpha, "beta": beta}
    gradients = [Fraction(3, 4), Fraction(-1, 2), Fraction(1, 3), Fraction(5, 7)]
    values = {symbols[s]: sp.Rational(*v.as_integer_ratio()) for s, v in settings.items()}
    values |= {g(t): sp.Rational(*v.as_integer_ratio()) for t, v in enumerate(gradients, 1)}
    values |= {theta_0: sp.Rational(1, 2)}
    exact = replace(rule, **settings)
    x, state = Fraction(1, 2), tuple(map(Fraction, rule.states().values()))
    for t, (gradient, now) in enumerate(zip(gradients, unrolled(rule, 4)[1:], strict=True), 1):
        x, *state = exact.update(x, gradient, t, *state)
        assert now["x"].subs(values) == sp.Rational(*x.as_integer_ratio())


@every_rule
def test_unrolled_numbers_are_the_rules_own(rule):
    gradients = [Fraction(3, 4), Fraction(-1, 2), Fraction(1, 3)]
    last = unrolled(rule, 3)[3]
    values = {g(t): sp.Rational(*v.as_integer_ratio()) for t, v in enumerate(gradients, 1)}
    values |= {theta_0: sp.Rational(1, 2)}
    recorded = trace(rule)
    symbols = {s.name: s for e in last.values() for s in e.free_symbols}
    latin = {"lr": "eta", "eps": "epsilon", "momentum": "alpha", "weight_decay": "lambda"}
    latin |= {"beta1": "beta_1", "beta2": "beta_2", "value": "c", "steps": "T", "end": "s_T"}
    latin |= {"every": "k"}
    for key, value in recorded.settings.items():
        symbol = symbols.get(latin.get(key, key))
        if symbol is not None:
            values[symbol] = sp.Rational(repr(value))
    x = np.array([0.5])
    state = rule.start(x)
    for t, value in enumerate(gradients, 1):
        x, *state = rule.step(x, [float(value)], t, *state)
    assert float(last["x"].subs(values).evalf(30)) == pytest.approx(x[0], rel=1e-12)


# JavaScript -----------------------------------------------------------------------------------


def run_node(source):
    """Run JavaScript in Node; what it hands to ``answer`` comes back."""
    # JSON has no NaN and no infinity, so numbers travel as text.
    frame = "const answer = (v) => console.log(JSON.stringify(v, (_, a) =>"
    frame += " typeof a === 'number' ? String(a) : a));\n"
    done = subprocess.run(
        [node(), "--input-type=module"],
        input=frame + source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def numbers(value):
    return np.array(value, dtype=str).astype(float)


def relative(ours, theirs):
    return np.max(np.where(ours == theirs, 0.0, np.abs(ours - theirs) / np.abs(theirs)))


def test_javascript_takes_the_same_300_steps():
    rng = np.random.default_rng(3)
    gradients = rng.standard_normal((300, 3)) + 0.3
    gradients[:, 1] = 0
    gradients[4] = 0
    x0 = [1.0, -2.0, 0.5]
    source = [f"const gradients = {json.dumps(gradients.tolist())};", "const found = [];"]
    rules = [*RULES, *(rule for rule, _ in SHARED)]
    for rule in rules:
        source.append(
            f"{{ const step = {javascript(rule)};\n"
            f"let x = {x0}, state = {{}}; const path = [];\n"
            "gradients.forEach((g, k) => { const look = step.look(x, k + 1, state);"
            "({x, state} = step(x, g, k + 1, state)); path.push([x, look]); });"
            "found.push(path); }"
        )
    found = run_node("\n".join([*source, "answer(found);"]))
    for rule, path in zip(rules, found, strict=True):
        ours, x = [], np.array(x0)
        state = rule.start(x)
        for t, row in enumerate(gradients, 1):
            look = rule.look(x, t, *state)
            x, *state = rule.step(x, row, t, *state)
            ours.append([x, look])
        assert relative(numbers(path), np.array(ours)) <= 1e-12, name(rule)


def test_javascript_takes_numbers_and_other_settings():
    step = javascript(Momentum(lr=0.5, momentum=0.5))
    found = run_node(
        f"const step = {step};"
        "const one = step(1, 2, 1, {}, {});"
        "const two = step(one.x, 2, 2, one.state, {lr: 0.25});"
        "const typed = step(new Float64Array([1, 2]), new Float64Array([2, 0]), 1);"
        "answer([one, two, typed, step.look(3, 1, {v: 2})]);"
    )
    one, two, typed, look = found
    assert one == {"x": "0", "state": {"v": "-1"}}
    assert two == {"x": "-1", "state": {"v": "-1"}}
    assert typed == {"x": ["0", "2"], "state": {"v": ["-1", "0"]}}
    assert look == "3"


def test_javascript_starts_from_the_accumulator_it_is_given():
    step = javascript(AdaGrad(lr=0.5, eps=0, initial_accumulator=16))
    found = run_node(
        f"const step = {step};"
        "answer([step(1, 3, 1).x, step(1, 3, 1, {}, {initial_accumulator: 0}).x]);"
    )
    assert found == ["0.7", "0.5"]


@dataclass(frozen=True)
class Signed(Rule):
    """Turns at every second step, and holds on to an end that is never reached."""

    def update(self, x, g, t):
        return (np.maximum(x - (-0.5) ** t * g, -np.inf),)


def test_every_reading_knows_negative_numbers_and_the_end_of_the_line():
    first = Signed().update(1.0, 2.0, 2)
    assert first == (0.5,)
    assert run_node(f"answer(({javascript(Signed())})(1, 2, 2).x);") == "0.5"
    ((_, after),) = equations(Signed())
    at = {"g_t": 2, "t": 2, r"theta_{t-1}": 1}
    known = {symbol: at[symbol.name] for symbol in after.free_symbols}
    assert after.subs(known) == sp.Rational(1, 2)


def test_javascript_keeps_a_nan_in_its_coordinate():
    sources = ", ".join(map(javascript, RULES))
    steps = f"answer([{sources}].map((step) => step([1, 1], [NaN, 1], 1).x));"
    for rule, (first, second) in zip(RULES, run_node(steps), strict=True):
        assert first == "NaN", name(rule)
        assert second != "NaN", name(rule)


def test_javascript_of_schedules():
    sources = ", ".join(map(javascript, SCHEDULES))
    found = run_node(
        "const steps = Array.from({length: 300}, (_, k) => k + 1);"
        f"answer([{sources}].map((s) => steps.map((t) => s(t))));"
    )
    for schedule, shares in zip(SCHEDULES, found, strict=True):
        ours = schedule(np.arange(1, 301))
        np.testing.assert_allclose(numbers(shares), ours, rtol=1e-12, atol=1e-16)
    assert run_node(f"answer(({javascript(ExponentialDecay(0.5))})(3, {{gamma: 0.1}}));") == (
        "0.010000000000000002"
    )


@every_schedule
def test_a_traced_schedule_is_the_schedule(schedule):
    recorded = trace_schedule(schedule)
    assert set(recorded.inputs) == {"t", *recorded.settings}
    for t in (1, 2, 4, 5, 20, 30):
        known = {id(recorded.inputs[name]): value for name, value in recorded.settings.items()}
        known[id(recorded.inputs["t"])] = t
        found = evaluated(recorded.outputs["s"], known)
        assert found == pytest.approx(schedule.factor(t), rel=1e-14)


@pytest.mark.parametrize("make", landscapes.LANDSCAPES.values(), ids=landscapes.LANDSCAPES)
def test_javascript_of_landscapes(make):
    surface = make()
    points = np.random.default_rng(0).uniform(
        *zip(*surface.domain, strict=True), (50, len(surface.variables))
    )
    slopes = [surface.expression.diff(v) for v in surface.variables]
    found = run_node(
        f"const points = {json.dumps(points.tolist())};"
        f"const value = {javascript_expression(surface.expression, surface.variables)};"
        f"const slope = {javascript_expression(slopes, surface.variables)};"
        "answer([points.map(value), points.map(slope)]);"
    )
    values, gradients = map(numbers, found)
    # Relative to the largest: near a minimum the terms cancel.
    for ours, theirs in ((surface(points.T), values), (surface.grad(points.T).T, gradients)):
        np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-12 * np.abs(ours).max())


def test_javascript_of_many_functions():
    x, y = sp.symbols(r"x_{1} \theta", real=True)
    written = [
        sp.Piecewise((x**2, x > y), (sp.exp(-y), True)),
        sp.Abs(x) + sp.Max(x, y, 1) - sp.sign(y) + sp.pi,
        sp.log(1 + sp.exp(x)) * sp.tanh(y) + sp.sqrt(sp.Rational(1, 3) + x**2),
        sp.Integer(2),
    ]
    point = [0.7, -1.3]
    found = run_node(f"answer(({javascript_expression(written, [x, y])})({point}));")
    at = dict(zip((x, y), point, strict=True))
    expected = [float(e.subs(at)) for e in written]
    np.testing.assert_allclose(numbers(found), expected, rtol=1e-14)


def test_javascript_of_an_expression_refuses_what_it_cannot_say():
    x, y = sp.symbols("x y")
    with pytest.raises(TypeError, match=r"a list, in the order of a point: write \[x\]"):
        javascript_expression(x**2, x)
    with pytest.raises(TypeError, match="the point has the coordinates x, so y is unknown"):
        javascript_expression(x * y, [x])
    lacking = (sp.zeta(x), sp.I * x, sp.Sum(x, (y, 0, 3)), sp.Piecewise((x, x > 0)))
    for expression in lacking:
        with pytest.raises(TypeError, match="JavaScript has no function for"):
            javascript_expression(expression, [x])


@pytest.mark.parametrize("names", [("θ", "x1"), ("x2", "θ"), ("Math", "new"), ("shared0", "y")])
def test_javascript_survives_the_names_of_coordinates(names):
    a, b = map(sp.Symbol, names)
    written = [a - b, sp.exp(b * b), sp.sqrt(a) * sp.exp(b * b)]
    found = run_node(f"answer(({javascript_expression(written, [a, b])})([4, 1]));")
    np.testing.assert_allclose(numbers(found), [3, np.e, 2 * np.e], rtol=1e-14)


def test_javascript_refuses_arrays_as_settings():
    with pytest.raises(TypeError, match="settings that are numbers, not arrays"):
        javascript(replace(Adam(), lr=np.array([0.1, 0.2])))


def test_every_rule_is_here():
    """A rule that is added must be added to RULES, and so to every test of this folder."""
    import slopes.rules as module

    kinds = {
        getattr(module, kind)
        for kind in module.__all__
        if isinstance(getattr(module, kind), type) and issubclass(getattr(module, kind), Rule)
    }
    inside = set()
    for rule in RULES:
        while True:
            inside.add(type(rule))
            nested = [getattr(rule, f.name) for f in fields(rule) if f.name == "rule"]
            if not nested:
                break
            (rule,) = nested
    assert kinds - inside == {Rule, module.Wrapper}, "add the rule to RULES in test_rules.py"
