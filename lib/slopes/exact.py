"""Formulas in exact arithmetic: every entry is a polynomial, and a proof is one that vanishes.

The entries of a formula are SymPy polynomials with rational coefficients in the entries of its
names and in further generators, each with a rule: D·u = 1 stands for an inverse, R² = u for a
root, E for an exponential, and so on. Rules give derivatives, and let a difference be reduced
until nothing is left. Roots and logarithms of numbers are written with those of primes: equal ones
look alike. Nothing is guessed or simplified, and the work is bounded.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from operator import sub
from typing import Any, NamedTuple

import numpy as np
from sympy import QQ, factorint
from sympy.polys.orderings import lex
from sympy.polys.rings import PolyRing

from slopes.shapes import Formula

__all__ = ["Exact", "TooMuchError"]

_WORK, _BITS, _POWER = 60_000, 2000, 60


class TooMuchError(Exception):
    """The exact road was left: too much work, or a division by zero."""


class Rule(NamedTuple):
    """What a further generator stands for: ``kind`` of the polynomial ``of``."""

    kind: str
    of: Any
    degree: int


class Exact:
    """Matrices of polynomials.

    Parameters
    ----------
    shapes : mapping of str to (int, int)
    symmetric : iterable of str
        Names of matrices whose entries mirror across the diagonal. Derivatives are taken first.
    positive : iterable of str
        Names of numbers and vectors whose entries are positive.
    spare : int
        How many functions there may be: inverses, roots, exponentials … of different things.

    Examples
    --------
    >>> from slopes.formulas import read
    >>> shapes = {"x": (2, 1)}
    >>> exact = Exact(shapes)
    >>> left, right = (exact.value(read(s, shapes)) for s in ("d(exp(x.T*x))/dx", "2*exp(x'*x)*x"))
    >>> exact.vanishes(left[0][0] - right[0][0])
    True
    """

    def __init__(
        self,
        shapes: Mapping[str, tuple[int, int]],
        symmetric: Iterable[str] = (),
        positive: Iterable[str] = (),
        spare: int = 16,
    ):
        places = [(n, i, j) for n, (r, c) in shapes.items() for i in range(r) for j in range(c)]
        self.places = {place: k for k, place in enumerate(places)}
        names = [f"{n}_{i}_{j}" for n, i, j in places] + [f"k{k}" for k in range(spare)]
        self.ring = PolyRing(names, QQ, lex)
        self.first, self.spare, self.work = len(places), spare, 0
        self.positive = {k for (n, _, _), k in self.places.items() if n in positive}
        self.mirror = {
            k: self.places[n, j, i]
            for (n, i, j), k in self.places.items()
            if n in symmetric and i > j
        }
        self.rules: list[Rule] = []
        self.known: dict[Rule, int] = {}
        self.slopes: dict[tuple[int, int], Any] = {}

    # Polynomials, with the work counted

    def count(self, steps: int) -> None:
        """Count the work, and stop before it takes long."""
        self.work += steps
        if self.work > _WORK:
            raise TooMuchError("the polynomials are too long")

    def times(self, a: Any, b: Any) -> Any:
        """Multiply two polynomials."""
        self.count(len(a) * len(b))
        return a * b

    def made(self, coefficients: Mapping[Any, Any]) -> Any:
        """Return the polynomial with these coefficients."""
        p = self.ring.zero
        for monomial, c in coefficients.items():
            if c:
                p[monomial] = c
        return p

    def total(self, terms: Iterable[Any]) -> Any:
        """Add polynomials."""
        result: dict[Any, Any] = {}
        for p in terms:
            self.count(len(p) // 2)
            for monomial, c in p.items():
                result[monomial] = result[monomial] + c if monomial in result else c
        return self.made(result)

    def power(self, a: Any, k: int) -> Any:
        """Raise to a whole power."""
        if k < 0:
            return self.power(self.inverse(a), -k)
        bits = max((abs(c.numerator * c.denominator).bit_length() for c in a.coeffs()), default=1)
        if bits * k > _BITS or k > _POWER:
            raise TooMuchError("the powers are too high")
        result = self.ring.one
        if len(a) == 1 and k > 1:  # the root of u to the power 2 is u
            content, powers, _ = self.parts(a)
            for g, e in powers:
                rule = self.rule(g)
                q = rule.degree if rule.kind == "root" else e * k + 1
                result = self.times(result, self.ring.gens[g] ** (e * k % q))
                if e * k >= q:
                    result = self.times(result, self.power(rule.of, e * k // q))
            return result * content**k
        for _ in range(k):
            result = self.times(result, a)
        return result

    def generator(self, kind: str, of: Any, degree: int = 1) -> Any:
        """Return the generator that stands for a function of ``of``."""
        rule = Rule(kind, of, degree)
        if rule not in self.known:
            if len(self.rules) == self.spare:
                raise TooMuchError("there are too many functions")
            self.known[rule] = self.first + len(self.rules)
            self.rules.append(rule)
        return self.ring.gens[self.known[rule]]

    def rule(self, k: int) -> Rule:
        """Return what the generator with the number k stands for."""
        return self.rules[k - self.first] if k >= self.first else Rule("entry", None, 1)

    def parts(self, u: Any) -> tuple[Any, list[tuple[int, int]], Any]:
        """Split into number, powers of generators and rest: 6x²y + 2x into 2, x and 3xy + 1."""
        if not u:
            raise TooMuchError("it divides by zero")
        content = u.content() if u.LC > 0 else -u.content()
        common = tuple(map(min, zip(*u.monoms(), strict=True)))
        rest = {tuple(map(sub, m, common)): c / content for m, c in u.items()}
        return content, [(k, e) for k, e in enumerate(common) if e], self.made(rest)

    def inverse(self, u: Any) -> Any:
        """Return 1/u: D with D·u = 1, for each factor that is in sight."""
        content, powers, rest = self.parts(u)
        result = self.ring.one * (1 / content)
        for k, e in powers:
            g, rule = self.ring.gens[k], self.rule(k)
            one = rule.of if rule.kind == "inverse" else self.generator("inverse", g)
            result = self.times(result, self.power(one, e))
        if rest == 1:
            return result
        if self.vanishes(rest):
            raise TooMuchError("it divides by zero")
        return self.times(result, self.generator("inverse", rest))

    def root(self, u: Any, q: int) -> Any:
        """Return the q-th root: R with R^q = u. Positive factors are taken out."""
        if not u or q == 1:
            return u
        content, powers, inside = self.parts(u)
        result = self.ring.one
        for k, e in powers:
            g = self.ring.gens[k]
            if k in self.positive or self.rule(k).kind in ("exp", "root"):
                result = self.times(result, self.power(g, e // q))
                if e % q:
                    result = self.times(result, self.power(self.generator("root", g, q), e % q))
            else:
                inside = self.times(inside, self.power(g, e))
        if content < 0:
            content, inside = -content, -inside
        for prime, e in _primes(content):
            result *= QQ(prime) ** (e // q)
            if left := e % q:
                common = math.gcd(left, q)  # the fourth root of 4 is the root of 2
                prime_root = self.generator("root", self.ring.one * prime, q // common)
                result = self.times(result, self.power(prime_root, left // common))
        return result if inside == 1 else self.times(result, self.generator("root", inside, q))

    def exp(self, u: Any) -> Any:
        """Return the exponential, as a product of one for each term."""
        result = self.ring.one
        for monomial, c in u.items():
            m, [*used] = self.made({monomial: QQ(1)}), filter(None, monomial)
            rule = self.rule(monomial.index(1)) if used == [1] else Rule("", None, 1)
            base = rule.of if rule.kind == "log" else self.generator("exp", m)
            base = self.root(base, int(c.denominator))
            result = self.times(result, self.power(base, int(c.numerator)))
        return result

    def log(self, u: Any) -> Any:
        """Return the logarithm, as a sum of one for each factor."""
        content, powers, rest = self.parts(u)
        if content < 0:
            powers, rest = [], u * (-1 / content)  # the log of -x is not that of x
        result = self.ring.zero if rest == 1 else self.generator("log", rest)
        for prime, e in _primes(abs(content)):
            result += e * self.generator("log", self.ring.one * prime)
        for k, e in powers:
            rule, g = self.rule(k), self.ring.gens[k]
            if rule.kind == "exp":
                result += e * rule.of
            elif rule.kind in ("inverse", "root"):
                part = QQ(-1 if rule.kind == "inverse" else 1, rule.degree)
                result += e * part * self.log(rule.of)
            else:
                result += e * self.generator("log", g)
        return result

    def function(self, name: str, u: Any) -> Any:
        """Apply a function to one entry."""
        if name in ("exp", "log"):
            return getattr(self, name)(u)
        if name == "sqrt":
            return self.root(u, 2)
        if name == "abs":
            return self.root(self.times(u, u), 2)
        if name in ("sin", "cos"):
            return self.wave(u)[name == "cos"]
        e = self.exp(u if name == "sigmoid" else 2 * u)
        top = e if name == "sigmoid" else e - 1
        return self.times(top, self.inverse(e + 1))

    def wave(self, u: Any) -> tuple[Any, Any]:
        """Return sine and cosine of a sum, by the addition theorem."""
        sine, cosine = self.ring.zero, self.ring.one
        for monomial, c in u.items():
            angle = self.made({monomial: QQ(1, c.denominator)})
            times = abs(int(c.numerator))
            self.count(10 * times)
            c1 = self.generator("cos", angle)
            s1 = self.generator("sin", angle) * (1 if c > 0 else -1)
            for _ in range(times):
                sine, cosine = (
                    self.times(sine, c1) + self.times(cosine, s1),
                    self.times(cosine, c1) - self.times(sine, s1),
                )
        return sine, cosine

    def slope(self, p: Any, x: int) -> Any:
        """Differentiate by the entry with the number x: by itself, and through the rules."""
        self.count(len(p))
        used = self.used(p)
        inner = (self.times(p.diff(self.ring.gens[k]), self.own_slope(k, x)) for k in used)
        return self.total([p.diff(self.ring.gens[x]), *inner])

    def used(self, p: Any) -> list[int]:
        """Return the numbers of the further generators in p, the newest first."""
        last = self.first + len(self.rules)
        degrees = [max(column) for column in zip(*p.monoms(), strict=True)] if p else [0] * last
        return [k for k in reversed(range(self.first, last)) if degrees[k]]

    def own_slope(self, k: int, x: int) -> Any:
        """Differentiate the generator k by the entry x."""
        if (k, x) not in self.slopes:
            (kind, u, q), g = self.rule(k), self.ring.gens[k]
            du = self.slope(u, x)
            if not du:
                factor = self.ring.zero
            elif kind == "inverse":
                factor = -(g**2)
            elif kind == "root":
                factor = self.times(g, self.inverse(u)) * QQ(1, q)
            elif kind == "exp":
                factor = g
            elif kind == "log":
                factor = self.inverse(u)
            else:
                factor = self.generator("cos", u) if kind == "sin" else -self.generator("sin", u)
            self.slopes[k, x] = self.times(factor, du)
        return self.slopes[k, x]

    # Is it zero?

    def mirrored(self, p: Any) -> Any:
        """Replace entries below the diagonal of symmetric matrices by those above."""
        if not self.mirror or not p:
            return p
        total: dict[Any, Any] = {}
        for monomial, c in p.items():
            m = list(monomial)
            for k, twin in self.mirror.items():
                m[twin], m[k] = m[twin] + m[k], 0
            total[tuple(m)] = total.get(tuple(m), 0) + c
        return self.made(total)

    def vanishes(self, p: Any) -> bool:
        """Use the rules, the newest first, until only independent generators are left."""
        p = self.mirrored(p)
        for k in reversed(range(self.first, self.first + len(self.rules))):
            kind, u, q = self.rule(k)
            if not p or kind not in ("inverse", "root", "sin"):
                continue
            by_power: dict[int, Any] = {}
            self.count(len(p) // 2)
            for monomial, c in p.items():
                e = monomial[k]
                keep = e % q if kind == "root" else e % 2 if kind == "sin" else 0
                rest = (*monomial[:k], keep, *monomial[k + 1 :])
                level = e // q if kind == "root" else e // 2 if kind == "sin" else e
                by_power.setdefault(level, {})[rest] = c
            highest = max(by_power)
            u = self.mirrored(u) if kind != "sin" else 1 - self.generator("cos", u) ** 2
            p = self.total(
                self.times(
                    self.made(terms),
                    self.power(u, highest - level if kind == "inverse" else level),
                )
                for level, terms in by_power.items()
            )
        return not p

    def number(self, p: Any, point: Mapping[str, Any]) -> float:
        """Put numbers in: the matrices of ``point`` for the names."""
        values = [float(point[n][i, j]) for n, i, j in self.places]
        functions: dict[str, Any] = {"exp": math.exp, "sin": math.sin, "cos": math.cos}
        functions |= {"inverse": lambda v: 1 / v, "log": lambda v: math.log(abs(v))}

        def put(q: Any) -> float:
            return math.fsum(
                float(c) * math.prod(values[k] ** e for k, e in enumerate(m) if e)
                for m, c in q.items()
            )

        try:
            for kind, u, q in self.rules:
                at = put(u)
                values.append(at ** (1 / q) if kind == "root" else functions[kind](at))
            return float(put(p))
        except (ArithmeticError, ValueError, TypeError):
            return math.nan

    # Formulas

    def value(self, node: Formula) -> list[list[Any]]:
        """Return the entries of a formula, row by row."""
        op, ring = node.op, self.ring
        if op == "name":
            return self.filled(node, lambda i, j: ring.gens[self.places[node.value, i, j]])
        if op in ("number", "ones", "zeros", "eye"):
            number = QQ(*_ratio(node.value)) if op == "number" else QQ(op != "zeros")
            return self.filled(node, lambda i, j: ring.one * (number * (op != "eye" or i == j)))
        if op in ("d", "grad", "hess"):
            return self.derivative(node)
        a, *others = (self.value(argument) for argument in node.args)
        b = others[0] if others else a
        if op in ("+", "-"):
            return self.filled(node, lambda i, j: a[i][j] + (b[i][j] if op == "+" else -b[i][j]))
        if op == "neg":
            return self.filled(node, lambda i, j: -a[i][j])
        if op == "T":
            return self.filled(node, lambda i, j: a[j][i])
        if op in (".*", "./"):
            return self.filled(
                node,
                lambda i, j: self.times(a[i][j], b[i][j] if op == ".*" else self.inverse(b[i][j])),
            )
        if op == "/":
            one = self.inverse(b[0][0])
            return self.filled(node, lambda i, j: self.times(a[i][j], one))
        if op == "*":
            return self.matmul(a, b)
        if op == "pow":
            return [[self.exp(self.times(b[0][0], self.log(a[0][0])))]]
        if op == "**" and node.shape == (1, 1):
            base = self.root(a[0][0], node.value.denominator)
            return [[self.power(base, node.value.numerator)]]
        if op in ("**", "inv"):
            k = -1 if op == "inv" else node.value.numerator
            result = self.filled(node, lambda i, j: ring.one * (i == j))
            for _ in range(abs(k)):
                result = self.matmul(result, a)
            return self.inverted(result) if k < 0 else result
        if op == "sum":
            return [[self.total(e for row in a for e in row)]]
        if op == "norm":
            return [[self.root(self.total(self.times(e, e) for row in a for e in row), 2)]]
        if op == "tr":
            return [[self.total(a[i][i] for i in range(len(a)))]]
        if op in ("det", "logdet"):
            value = self.determinant(a)
            return [[self.log(value) if op == "logdet" else value]]
        if op == "dot":
            return self.matmul([[e for (e,) in a]], b)
        if op == "outer":
            return self.matmul(a, [[e for (e,) in b]])
        if op == "diag" and 1 in node.args[0].shape and node.args[0].shape != (1, 1):
            entries = [e for row in a for e in row]
            return self.filled(node, lambda i, j: entries[i] if i == j else ring.zero)
        if op == "diag":
            return [[a[i][i]] for i in range(len(a))]
        return self.filled(node, lambda i, j: self.function(op, a[i][j]))

    def filled(self, node: Formula, entry: Any) -> list[list[Any]]:
        """Return a matrix shaped like the node, entry by entry."""
        rows, columns = node.shape
        return [[entry(i, j) for j in range(columns)] for i in range(rows)]

    def matmul(self, a: Any, b: Any) -> list[list[Any]]:
        """Multiply matrices; a 1 × 1 matrix is a number."""
        if len(a) == len(a[0]) == 1 or len(b) == len(b[0]) == 1:
            one, many = (a[0][0], b) if len(a) == len(a[0]) == 1 else (b[0][0], a)
            return [[self.times(one, e) for e in row] for row in many]
        columns = list(zip(*b, strict=True))
        return [[self.total(map(self.times, row, c)) for c in columns] for row in a]

    def determinant(self, a: Any) -> Any:
        """Expand along the first row."""
        if not a:
            return self.ring.one
        return self.total(
            self.times(e if j % 2 == 0 else -e, self.determinant(_minor(a, 0, j)))
            for j, e in enumerate(a[0])
            if e
        )

    def inverted(self, a: Any) -> list[list[Any]]:
        """Return the inverse by cofactors."""
        one, n = self.inverse(self.determinant(a)), len(a)
        result = [[self.ring.zero] * n for _ in range(n)]
        for i, j in product(range(n), repeat=2):
            sign = 1 if (i + j) % 2 == 0 else -1
            result[i][j] = sign * self.times(one, self.determinant(_minor(a, j, i)))
        return result

    def derivative(self, node: Formula) -> list[list[Any]]:
        """Differentiate every entry by every entry, and arrange the results."""
        f, x = self.value(node.args[0]), node.args[1]
        entries = [self.places[x.value, i, j] for i, j in np.ndindex(x.shape)]
        flat = [p for row in f for p in row]
        if node.op == "hess":
            first = [self.slope(flat[0], i) for i in entries]
            return [[self.slope(p, j) for j in entries] for p in first]
        slopes = [[self.slope(p, i) for i in entries] for p in flat]
        if len(flat) == 1:  # shaped like x
            c = x.shape[1]
            slopes = [slopes[0][k : k + c] for k in range(0, len(entries), c)]
            turned = node.value == "numerator"
        else:
            if len(entries) == 1:  # shaped like f
                c = len(f[0])
                slopes = [[s for (s,) in slopes[k : k + c]] for k in range(0, len(flat), c)]
            turned = node.value == "denominator"
        return [list(row) for row in zip(*slopes, strict=True)] if turned else slopes


def _minor(a: Any, i: int, j: int) -> list[list[Any]]:
    return [row[:j] + row[j + 1 :] for k, row in enumerate(a) if k != i]


def _primes(number: Any) -> Iterator[tuple[int, int]]:
    """Write a positive fraction as powers; what is left when small primes are out stays whole."""
    for part, sign in ((number.numerator, 1), (number.denominator, -1)):
        for prime, e in factorint(int(part), limit=1000).items():
            yield prime, sign * e


def _ratio(text: str) -> tuple[int, int]:
    from fractions import Fraction

    return Fraction(text).as_integer_ratio()
