"""One style sheet and one script for the whole site, holding only what its pages use.

The theme brings 450 kB of styles and 1.5 MB of icons, of which a book shows a twentieth.  After
the pages are written, the rules that no page and no script can match are left out, and the icon
fonts are cut down to the icons that the remaining rules name.
"""

from __future__ import annotations

import base64
import logging
import posixpath
import re
from collections.abc import Iterable
from hashlib import sha1
from io import BytesIO
from pathlib import Path

import pydata_sphinx_theme
import tinycss2
from fontTools import subset
from fontTools.ttLib import TTFont
from slopes import live
from sphinx.application import Sphinx

STYLES = [
    "basic.css",
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "styles/sphinx-book-theme.css",
    "mystnb.*.css",
    "copybutton.css",
    "exercise.css",
    "proof.css",
    "sphinx-design.min.css",
    "explore.css",
    "page.css",
]
SCRIPTS = [
    "documentation_options.js",
    "doctools.js",
    "sphinx_highlight.js",
    "clipboard.min.js",
    "copybutton.js",
    "page.js",
    "scripts/sphinx-book-theme.js",
    "scripts/bootstrap.js",
    "scripts/pydata-sphinx-theme.js",
]
# Loaded by the theme or by extensions, and used by no page.
DROPPED = ["sphinx-thebe", "togglebutton", "styles/theme.css", "scripts/fontawesome.js"]
DROPPED_INLINE = [
    "THEBE_JS_URL",
    "togglebuttonSelector",
    "toggleHint",
    "toggleOpenOnPrint",
    "DOCUMENTATION_OPTIONS",
]
# Names that scripts put together from parts.
COMPOSED = re.compile(r"^(bs|tooltip|popover)")
ICON_FONTS = {
    "Font Awesome 6 Free": "fa-solid-900.ttf",
    "Font Awesome 6 Brands": "fa-brands-400.ttf",
}
NOTICE = (
    "/* Contains parts of Bootstrap and the PyData and Sphinx Book themes (MIT, BSD 3-Clause), and"
    " icons of Font Awesome Free 6.5.2 by Fonticons, Inc. (SIL OFL 1.1), fontawesome.com. */\n"
)


def is_needed(asset: object, body: str) -> bool:
    """Tell whether a page must load this file by itself, being in no bundle and of use."""
    name = str(getattr(asset, "filename", asset) or "").removeprefix("_static/")
    inline = (getattr(asset, "attributes", None) or {}).get("body") or ""
    if inline:
        return not any(mark in inline for mark in DROPPED_INLINE)
    if name == "design-tabs.js":
        return "sd-tab-set" in body
    bundled = any(Path(name).match(pattern) for pattern in STYLES + SCRIPTS)
    return not bundled and not any(name.startswith(dropped) for dropped in DROPPED)


def bundle(app: Sphinx) -> None:
    """Write book.css and book.js, and name their present content in every page."""
    out = Path(app.outdir)
    static = out / "_static"
    pages = [
        p for p in out.rglob("*.html") if p.relative_to(out).parts[0] not in ("lite", "_static")
    ]
    (static / "explore.css").write_text(live.style(), encoding="utf-8")
    (static / "explore.js").write_text(live.script(), encoding="utf-8")
    script = "\n;\n".join(without_map(path.read_text("utf-8")) for path in files(static, SCRIPTS))
    used = words([p.read_text("utf-8") for p in pages] + [script, live.script()])
    style = "".join(
        moved(trimmed(without_map(path.read_text("utf-8")), used), path.parent.relative_to(static))
        for path in files(static, STYLES)
    )
    style = NOTICE + with_icon_fonts(style)
    version = {
        "css": sha1(style.encode()).hexdigest()[:8],
        "js": sha1(script.encode()).hexdigest()[:8],
    }
    (static / "book.css").write_text(style, encoding="utf-8")
    (static / "book.js").write_text(script, encoding="utf-8")
    for page in pages:
        text = page.read_text("utf-8")
        new = re.sub(
            r"(_static/book\.)(css|js)\?v=\w*", lambda m: f"{m[1]}{m[2]}?v={version[m[2]]}", text
        )
        # The theme gives the arrows that unfold its menu no name.
        new = new.replace(
            '<summary><span class="toctree-toggle"',
            '<summary aria-label="Pages below this one"><span class="toctree-toggle"',
        )
        if new != text:
            page.write_text(new, encoding="utf-8")
    for path in [*files(static, STYLES), *files(static, SCRIPTS), *static.rglob("*.map")]:
        path.unlink()
    for pattern in ("scripts/fontawesome*", "vendor/fontawesome/webfonts/*", "sphinx-thebe.*"):
        for path in static.glob(pattern):
            path.unlink()


def files(static: Path, patterns: Iterable[str]) -> list[Path]:
    """Return the files of a bundle, in its order."""
    return [path for pattern in patterns for path in sorted(static.glob(pattern))]


def without_map(text: str) -> str:
    """Leave out the comment that names a source map."""
    return re.sub(r"(/\*|//)# sourceMappingURL=\S+?(\*/)?\s*$", "", text)


def words(texts: Iterable[str]) -> set[str]:
    """Return every word that could be a class, an id or an element's name."""
    found: set[str] = set()
    for text in texts:
        found.update(re.findall(r"[\w-]+", text))
    return found


def trimmed(style: str, used: set[str]) -> str:
    """Return a style sheet without the rules that can match nothing."""
    rules = tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True)
    return "".join(filter(None, (kept(rule, used) for rule in rules)))


def kept(rule: object, used: set[str]) -> str:
    """Return a rule's text, or none."""
    if rule.type == "qualified-rule":
        selectors = tinycss2.serialize(rule.prelude).strip()
        wanted = [s for s in split(selectors) if can_match(s, used)]
        body = tinycss2.serialize(rule.content).strip()
        return f"{','.join(wanted)}{{{body}}}\n" if wanted and body else ""
    if (
        rule.type == "at-rule"
        and rule.at_keyword in {"media", "supports", "layer"}
        and rule.content
    ):
        inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        body = "".join(filter(None, (kept(r, used) for r in inner)))
        prelude = tinycss2.serialize(rule.prelude).strip()
        return f"@{rule.at_keyword} {prelude}{{{body}}}\n" if body else ""
    if rule.type == "at-rule":
        if rule.at_keyword == "import":  # basic.css, which is in the bundle
            return ""
        if rule.at_keyword == "font-face" and "Awesome" in tinycss2.serialize(rule.content):
            return ""  # with_icon_fonts adds what is left of them
        return rule.serialize() + "\n"
    return ""


def split(selectors: str) -> list[str]:
    """Split a selector list at its outer commas."""
    parts, depth, start = [], 0, 0
    for i, char in enumerate(selectors):
        depth += (char in "([") - (char in ")]")
        if char == "," and depth == 0:
            parts.append(selectors[start:i].strip())
            start = i + 1
    return [*parts, selectors[start:].strip()]


def can_match(selector: str, used: set[str]) -> bool:
    """Tell whether every class and id that a selector requires occurs somewhere."""
    plain = re.sub(r"\[[^\]]*\]", "", selector)
    while "(" in plain:  # what stands in :not(), :is() and the like is not required
        shorter = re.sub(r"\([^()]*\)", "", plain)
        if shorter == plain:
            break
        plain = shorter
    names = re.findall(r"[.#]([\w-]+)", plain.replace("\\", ""))
    return all(name in used or COMPOSED.match(name) for name in names)


def moved(style: str, folder: Path) -> str:
    """Let the addresses in a style sheet of a subfolder hold in _static."""

    def move(match: re.Match[str]) -> str:
        address = match[2]
        if address.startswith(("data:", "#", "/", "http")):
            return match[0]
        return f"url({posixpath.normpath(posixpath.join(folder.as_posix(), address))})"

    return re.sub(r"url\((['\"]?)([^)'\"]+)\1\)", move, style)


def with_icon_fonts(style: str) -> str:
    """Add the icons that a style sheet names as fonts within it."""
    codes = {ord(char) for char in re.findall("[\ue000-\uf8ff]", style)}
    theme = Path(pydata_sphinx_theme.__file__).parent
    folder = theme / "theme/pydata_sphinx_theme/static/vendor/fontawesome/webfonts"
    faces = []
    for family, name in ICON_FONTS.items():
        data = base64.b64encode(font_part(folder / name, codes)).decode()
        weight = 900 if "Free" in family else 400
        faces.append(
            f'@font-face{{font-family:"{family}";font-style:normal;font-weight:{weight};'
            f"font-display:block;src:url(data:font/woff;base64,{data})}}\n"
        )
    return "".join(faces) + style


def font_part(path: Path, codes: set[int]) -> bytes:
    """Return a font's glyphs for some code points, under a name of its own as the licence asks."""
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    font = TTFont(path, recalcTimestamp=False)
    options = subset.Options(name_IDs=[], notdef_outline=False, hinting=False, layout_features=[])
    part = subset.Subsetter(options)
    part.populate(unicodes=codes)
    part.subset(font)
    font["name"].setName("Slope Icons", 1, 3, 1, 0x409)
    font.flavor = "woff"
    buffer = BytesIO()
    font.save(buffer)
    return buffer.getvalue()
