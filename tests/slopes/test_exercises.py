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


GRAD_U = "u = np.random.default_rng(seed).normal(size=x.shape); "

SQUARED = (  # the gradient of the squared hinge loss, with two places to go wrong
    "r = np.arange(len(y)); e = X @ W; e = np.maximum(0, e - e[r, y][:, None] + 1); e[r, y] = 0; "
    "M = 1.0 * ({}); M[r, y] = -M.sum(axis=1); return X.T @ M {}"
)
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
    ("identity-quadratic", "return A @ x"): "twice: count both",
    ("identity-quadratic", "return 2 * A @ x"): "turn the other term around",
    ("identity-quadratic", "return x @ A @ x"): "shaped like x",
    ("identity-ridge", "return '2*A.T*(A*x - b) + c*x'"): "factor of 2",
    ("identity-ridge", "return '2*A*(A*x - b) + 2*c*x'"): "A*(A*x - b) needs",
    ("identity-ridge", "return '2*A.T*(A*x - b)'"): "refuted",
    ("identity-ridge", "return 2"): "in quotes",
    ("identity-both", "return A @ X @ B"): "twice: count both",
    ("identity-both", "return 2 * A @ X @ B"): "to be symmetric",
    ("identity-both", "return A @ X @ B + A.T @ X @ B"): "B is turned around as well",
    ("identity-both", "return (A @ X @ B + A.T @ X @ B.T).T"): "shaped like X",
    ("identity-trap", "return np.eye(2), np.ones(2)"): "2Ax is the gradient",
    ("identity-trap", "return np.array([[1, 3], [-3, 1]]), np.ones(2)"): "leads down",
    ("identity-trap", "return np.array([[0, 1], [-1, 0]]), np.ones(2)"): "no bowl",
    ("chain-through", "return J @ g"): "That is J times g",
    ("chain-through", "return (J.T @ g)[:, None]"): "one entry for each column of J",
    ("chain-formula", "return 'A.T*exp(A*tanh(x))'"): "stopped in front of tanh",
    ("chain-formula", "return 'exp(A*tanh(x)).*(ones(2) - tanh(x).*tanh(x))'"): "equal shapes",
    ("chain-formula", "return 2"): "in quotes",
    ("chain-tied", "a = np.tanh(w * x); return (1 - np.tanh(w * a)**2) * a"): (
        "in the first layer, too"
    ),
    (
        "chain-tied",
        "a = np.tanh(w * x); return (1 - np.tanh(w * a)**2) * w * (1 - a**2) * x",
    ): "in the second layer, too",
    ("chain-sweep", "a = np.tanh(V @ x); d = W @ a - y; return np.outer(d, a), V"): "V comes first",
    (
        "chain-sweep",
        "a = np.tanh(V @ x); d = W @ a - y; return np.outer(W.T @ d, x), np.outer(d, a)",
    ): "not gone through tanh yet",
    (
        "chain-sweep",
        "a = np.tanh(V @ x); d = W @ a - y; "
        "return np.outer(W.T @ d * (1 - a**2), x), np.outer(a, d)",
    ): "Shape it like W",
    (
        "chain-sweep",
        "a = np.tanh(V @ x); d = 2 * (W @ a - y); return V, np.outer(d, a)",
    ): "factor of one half",
    ("chain-order", "s = sizes; return sum(s[-1] * s[k] * s[k-1] for k in range(1, len(s)-1))"): (
        "(1, 10, 16, 32, 64) is the same chain"
    ),
    ("chain-order", "s = sizes; return sum(s[0] * s[k] * s[k+1] for k in range(1, len(s)-1))"): (
        "try the other end"
    ),
    ("identity-volume", "return '2*inv(X)'"): "needs a square matrix",
    ("identity-volume", "return 'X*inv(X.T*X)'"): "2 times the right side",
    (
        "svm-push",
        "m = (scores - scores[y] + 1 > 0) * 1.0; m[y] = -m.sum(); return m",
    ): "its own rival",
    (
        "svm-push",
        "m = (scores > scores[y] - 1) * 1.0; m[y] = -1; return m",
    ): "once for each violator",
    ("svm-push", "m = (scores > scores[y] - 1) * -1.0; m[y] = -m.sum() - 1; return m"): "the step",
    ("svm-push", "return 1"): "One multiple for each class",
    ("svm-squared", SQUARED.format("e > 0", "/ len(y)")): "its excess",
    ("svm-squared", SQUARED.format("e", "/ len(y)")): "a factor of 2",
    ("svm-squared", SQUARED.format("2 * e", "")): "divide by their number",
    ("svm-squared", "return (X @ W).sum()"): "shaped like W",
    ("svm-uphill", "return np.array([1.0, 1.0]), np.array([1.0, 4.0])"): "stand on a crease",
    ("svm-uphill", "return np.array([1.0, 0.0]), np.array([1.0, 5.0])"): "between -4 and 4",
    ("svm-uphill", "return np.array([1.0, 0.0]), np.array([1.0, 0.1])"): "leads down",
    ("svm-uphill", "return np.array([1.0, 0.0]), np.array([0.0, 4.0])"): "must be the slope",
    ("svm-bottom", "return np.linalg.solve(np.column_stack([first, second]), base)"): "the sign",
    ("svm-bottom", "return np.linalg.solve(np.array([first, second]), -base)"): "are the columns",
    ("svm-support", "return (X @ W).argmax(axis=1) != y"): "read wrongly",
    (
        "svm-support",
        "return (X @ W - (X @ W)[np.arange(len(y)), y][:, None] > -1).any(1)",
    ): "no rival",
    ("rate-factor", "return np.abs(1 - rate * curvatures).min()"): "not the smallest",
    ("rate-factor", "return (1 - rate * curvatures).max()"): "use np.abs",
    ("rate-factor", "return np.abs(1 - rate * curvatures)"): "not all of them",
    ("rate-predict", "return (curvatures * start**2).sum()"): "half of curvature",
    ("rate-predict", "return (curvatures * (1 - rate * curvatures)**t * start**2).sum() / 2"): (
        "Square the distance"
    ),
    ("rate-predict", "return curvatures * start**2 / 2"): "add up what the modes",
    ("rate-steps", "return np.log(share) / np.log((kappa - 1) / (kappa + 1))"): "round up",
    ("rate-steps", "return int(np.log(share) / np.log((kappa - 1) / (kappa + 1)))"): "0.107 is",
    ("rate-steps", "return np.ceil(np.log(share) / np.log(1 - 1 / kappa))"): "a rate of 1/L",
    ("rate-steps", "r = (kappa-1)/(kappa+1); return np.ceil(np.log(share)/np.log(r**2))"): "not by",
    ("rate-border", "return 2 / np.linalg.eigvalsh(X.T @ X)[-1]"): "Divide by N",
    ("rate-border", "return 2 / (X.T @ X / len(X)).diagonal().max()"): "between the axes",
    ("rate-border", "return 2 / np.linalg.eigvalsh(X.T @ X / len(X))"): "one number",
    ("rate-flattest", "return v"): "not the direction",
    ("rate-flattest", "v /= np.linalg.norm(v); return v @ bend(v)"): "changed v itself",
    (
        "rate-flattest",
        "for _ in range(turns): v = bend(v) / np.linalg.norm(bend(v))\n    return v @ bend(v)",
    ): "That is the steepest",
    (
        "rate-flattest",
        "for _ in range(turns): v = v - bend(v) / L; v = v / np.linalg.norm(v)\n"
        "    return v @ (v - bend(v) / L)",
    ): "not its curvature",
    (
        "rate-flattest",
        "for _ in range(turns): v = v - bend(v) / L\n    return v @ bend(v)",
    ): "length 1 at every turn",
    ("rate-pair", "return 2 / (L + mu), 2 / (L + mu)"): "Let the two rates differ",
    ("rate-pair", "return 1 / L, 1 / mu"): "has grown",
    ("rate-pair", "return 2 / (L + mu)"): "two rates",
    ("nesterov-step", "v = momentum * v - rate * grad(theta); return theta + v, v"): "is momentum",
    ("nesterov-step", "w = momentum * v - rate * grad(theta + v); return theta + w, w"): (
        "asked at theta + v"
    ),
    (
        "nesterov-step",
        "w = momentum * v - rate * grad(theta + momentum * v); return theta + v, w",
    ): "moved by the old velocity",
    (
        "nesterov-step",
        "p = theta + momentum * v; w = momentum * v - rate * grad(p); return p + w, w",
    ): "already contains",
    ("nesterov-step", "return theta"): "Return two things",
    (
        "nesterov-step",
        "v *= momentum; v -= rate * grad(theta + v); theta += v; return theta, v",
    ): "changed theta itself",
    ("nesterov-recover", "return parameters - momentum * rate * buffer"): "second look ahead",
    ("nesterov-recover", "return parameters + momentum * buffer"): "forgot the rate",
    ("nesterov-recover", "return parameters - momentum * buffer"): "points against the velocity",
    ("nesterov-recover", "return parameters + rate * buffer"): "Only the share momentum",
    ("nesterov-kicks", "return kicks[-1]"): "Return one number",
    ("nesterov-kicks", "return 0.0"): "the spread is 1",
    ("nesterov-pair", "return 1 / L"): "Return two numbers",
    ("nesterov-pair", "return 2 / L, 0.9"): "some direction grows",
    ("nesterov-pair", "q = (mu / L)**0.5; return 1 / L, (1 - q) / (1 + q)"): "go beyond it",
    ("nesterov-pair", "q = (mu / L)**0.5; return 1.2 / L, (1 - q) / (1 + q)"): "better still",
    ("momentum-step", "v = alpha * v + rate * gradient; return theta + v, v"): "walked uphill",
    ("momentum-step", "return theta + v, alpha * v - rate * gradient"): "by the old velocity",
    (
        "momentum-step",
        "v = (1 - alpha) * v - rate * gradient; return theta + v, v",
    ): "friction leaves",
    ("momentum-step", "v = alpha * v - (1 - alpha) * rate * gradient; return theta + v, v"): (
        "exponential average"
    ),
    (
        "momentum-step",
        "v *= alpha; v -= rate * gradient; return theta + v, v",
    ): "changed its arguments",
    ("momentum-average", "return lr * (1 - alpha), alpha"): "so divide",
    ("momentum-average", "return lr, alpha"): "make up for the factor",
    ("momentum-average", "return lr / (1 - alpha), 1 - alpha"): "beta is alpha",
    ("momentum-factor", "return np.sqrt(alpha)"): "With alpha = 0",
    (
        "momentum-factor",
        "b = 1 + alpha - eta * curvature; return (b + np.sqrt(b * b - 4 * alpha)) / 2",
    ): "complex",
    (
        "momentum-factor",
        "return abs(np.roots([1, -(1 + alpha - eta * curvature), alpha])).min()",
    ): "smaller root",
    ("momentum-window", "return (1 - (eta * mu) ** 0.5) ** 2"): "L has to fit as well",
    ("momentum-window", "return max(1 - (eta * mu) ** 0.5, (eta * L) ** 0.5 - 1)"): "square it",
    ("momentum-window", "return max(1 - (eta * mu) ** 0.5, (eta * L) ** 0.5 - 1, 0) ** 2"): (
        "return None"
    ),
    (
        "momentum-jitter",
        "return 2 * spread**2 * curvature * (1 - alpha) / sigma**2",
    ): "keep the eta in the denominator",
    (
        "momentum-jitter",
        "return 2 * spread * curvature * (1 - alpha**2)"
        " / (sigma**2 * (1 + alpha) + spread * curvature**2 * (1 - alpha))",
    ): "Square the spread",
    ("momentum-best", "return np.linalg.norm(theta - 0.5 * A @ theta)"): "1/√5",
    ("momentum-best", "return 0.0"): "Too close",
    ("batch-passes", "return np.arange(n).reshape(-1, size)"): "Return a list of arrays",
    ("batch-passes", "return np.array_split(np.arange(n), n // size)"): "come in order",
    ("batch-passes", "return np.split(random.permutation(n)[:n//size*size], n//size)"): "missing",
    ("batch-passes", "return [random.integers(n, size=size)] * (n//size + 1)"): "come twice",
    ("batch-passes", "return np.array_split(random.permutation(n), -(-n//size))"): "4, 4 and 2",
    ("batch-error", "return sigma2 / size**0.5"): "square root of size",
    ("batch-error", "return sigma2 / size"): "full gradient: error 0",
    ("batch-error", "return sigma2 / size * (1 if put_back else 1 - size / n)"): "n - 1, not by n",
    ("batch-rate", "return 4 * size * goal / sigma2"): "leave half of it",
    ("batch-rate", "return 2 * goal / sigma2"): "8 times as large",
    ("batch-rate", "return 2 * size * goal / sigma2"): "must not exceed largest",
    ("batch-law", "return [(1 - r * h) * start + r**2 * sigma2 for r in rates]"): "Square the fac",
    ("batch-law", "return [(1 - r * h)**2 * start + r * sigma2 for r in rates]"): "Square the rate",
    ("batch-law", "return [(1 - r * h)**2 * start + r**2 * sigma2 for r in rates]"): "second step",
    ("batch-law", "return [start] + [0 for r in rates]"): "not part of the list",
    ("batch-descend", "return theta + rate * grad(theta, range(n))"): "full gradient",
    ("batch-descend", "theta -= rate * grad(theta, range(n)); return theta"): "changed the start",
    ("batch-descend", "return grad"): "shaped like theta",
    ("linear-promise", "return grad(x) @ u"): "two numbers",
    ("linear-promise", "return grad(x) @ u, f(x + u) - f(x)"): "Take the promise away",
    (
        "linear-promise",
        "p = grad(x + u) @ u; return p, f(x + u) - f(x) - p",
    ): "where the step begins",
    ("linear-promise", "p = grad(x) @ u; return p, p - f(x + u) + f(x)"): "beyond it",
    ("level-tangent", "return g / np.linalg.norm(g)"): "turn it by 90 degrees",
    ("level-tangent", "return np.array([-g[1], g[0]])"): "Divide by the length",
    ("level-tangent", "return np.array([-g[1], g[0]]) / np.linalg.norm(g)"): "test for it first",
    ("jacobian-measure", "return np.array([(F(x+e)-F(x-e))/2/h for e in h*np.eye(len(x))])"): (
        "inputs are columns"
    ),
    ("jacobian-measure", "return np.array([(F(x+e)-F(x))/h for e in h*np.eye(len(x))]).T"): (
        "step both ways"
    ),
    ("jacobian-measure", "return np.array([(F(x+e)-F(x-e))/h for e in h*np.eye(len(x))]).T"): (
        "a way of 2h"
    ),
    ("hessian-model", "return f(x) + grad(x) @ u"): "That is the plane",
    ("hessian-model", "return f(x + u)"): "the function itself",
    ("hessian-model", "return f(x) + grad(x)@u + u@(grad(x+1e-4*u)-grad(x-1e-4*u))/2e-4"): (
        "factor of one half"
    ),
    ("hessian-model", "return f(x) + grad(x)@u + u@(grad(x+1e-4*u)-grad(x-1e-4*u))/4e-4"): (
        "choose h so that"
    ),
    ("linear-trap", "return x * y"): "fades when you zoom in",
    ("linear-trap", "return max(0, min(x, y))"): "multiply by √2",
    ("linear-trap", "return (x * x + y * y) ** 0.5"): "On both axes",
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
    ("grad-tip", "return 2*(r/M3)**0.5, 2*(r*M3)**0.5"): "the forward quotient",
    ("grad-tip", "h = (3*r/M3)**(1/3); return h, M3*h*h/6"): "the truncation alone",
    ("grad-tip", "h = (3*r/M3)**(1/3); return h, r/h"): "the rounding alone",
    ("grad-chance", "return 1 - (1 - bad/n)**k"): "none goes back",
    ("grad-chance", "return (1 - bad/n)**k"): "probability of missing it",
    ("grad-chance", "return k*bad/n"): "count the misses",
    ("grad-direction", GRAD_U + "return abs((f(x+h*u)-f(x))/h - grad(x)@u)"): "step both ways",
    ("grad-direction", GRAD_U + "u=np.sign(u); return abs((f(x+h*u)-f(x-h*u))/2/h - grad(x)@u)"): (
        "cancel them"
    ),
    ("grad-direction", GRAD_U + "return (f(x+h*u)-f(x-h*u))/2/h - grad(x)@u"): "without its sign",
    ("grad-between", "return abs((f(x+h*u)-f(x-h*u))/2/h - claim@u) > 1e-6"): "not equal to either",
    ("grad-between", "return claim@u > (f(x+h*u)-f(x))/h + 1e-9"): "backward quotient either",
    ("grad-between", "return not (f(x)-f(x-h*u))/h <= claim@u <= (f(x+h*u)-f(x))/h"): "allow 1e-9",
    ("grad-smuggle", "return g.copy()"): "the right gradient",
    ("grad-smuggle", "return np.zeros_like(g)"): "no direction to check along",
    ("grad-smuggle", "c = g.copy(); c[0] += g[1]; c[1] -= g[0]; return c"): "along your claim",
}

SIGNATURES = {
    "descent-step": "step(theta, gradient, rate)",
    "descent-hinge": "hinge(scores, y)",
    "descent-loop": "descend(grad, theta, rate, tol, max_steps)",
    "descent-rate": "best_rate(g, A)",
    "chain-through": "through(J, g)",
    "chain-formula": "chained()",
    "chain-tied": "tied(w, x)",
    "chain-sweep": "sweep(V, W, x, y)",
    "chain-order": "best(sizes)",
    "identity-quadratic": "slope(A, x)",
    "identity-ridge": "ridge()",
    "identity-both": "slope_by_matrix(A, X, B)",
    "identity-trap": "trap()",
    "identity-volume": "volume_slope()",
    "svm-push": "push(scores, y)",
    "svm-squared": "squared_slope(W, X, y)",
    "svm-uphill": "uphill()",
    "svm-bottom": "shares(base, first, second)",
    "svm-support": "support(W, X, y)",
    "rate-factor": "worst_factor(rate, curvatures)",
    "rate-predict": "height_after(curvatures, start, rate, t)",
    "rate-steps": "steps_needed(kappa, share)",
    "rate-border": "border(X)",
    "rate-flattest": "flattest(bend, L, v, turns)",
    "rate-pair": "best_pair(mu, L)",
    "nesterov-step": "step(theta, v, grad, rate, momentum)",
    "nesterov-recover": "textbook_point(parameters, buffer, rate, momentum)",
    "nesterov-kicks": "shake(h, momentum, look_ahead, kicks)",
    "nesterov-pair": "best_pair(mu, L)",
    "momentum-step": "momentum_step(theta, v, gradient, rate, alpha)",
    "momentum-average": "to_average(lr, alpha)",
    "momentum-factor": "factor(eta, alpha, curvature)",
    "momentum-window": "smallest_momentum(eta, mu, L)",
    "momentum-jitter": "quiet_rate(spread, alpha, curvature, sigma)",
    "momentum-best": "best_distance(A, theta, t)",
    "batch-passes": "mini_batches(n, size, random)",
    "batch-error": "batch_error(sigma2, size, n, put_back)",
    "batch-rate": "rate_for(goal, sigma2, size, largest)",
    "batch-law": "mean_squares(rates, h, sigma2, start)",
    "batch-descend": "descend(grad, theta, n, size, rate, passes, random)",
    "linear-promise": "promise(f, grad, x, u)",
    "level-tangent": "along(g)",
    "jacobian-measure": "jacobian(F, x, h)",
    "hessian-model": "model(f, grad, x, u)",
    "linear-trap": "trap(x, y)",
    "wrong-wait": "wait(distance, rate, lowest)",
    "wrong-diagnose": "diagnose(norm, lowest)",
    "wrong-standardize": "standardize(X_train, X_test)",
    "wrong-watch": "watch(losses, patience)",
    "wrong-decade": "foretell(X, y, rate)",
    "grad-tip": "tip(r, M3)",
    "grad-chance": "chance(n, bad, k)",
    "grad-direction": "mismatch(f, grad, x, h, seed)",
    "grad-between": "guilty(f, claim, x, u, h)",
    "grad-smuggle": "smuggle(g)",
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
        wanted = list(inspect.signature(cases(exercise)[0].test_func).parameters)
        assert len(wanted) == 1, f"{exercise}: a case asks for one name, not {wanted}"
        (name,) = wanted
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
