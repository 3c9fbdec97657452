"""The pipeline's commands: ``python -m pipeline notebooks | check | book | serve``."""

from __future__ import annotations

import argparse
import sys

from pipeline import ROOT, book, notebooks, serve
from pipeline.chapters import chapters
from pipeline.problems import BuildError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m pipeline", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("notebooks", help="run the chapters and write their notebooks")
    make.add_argument(
        "chapter", nargs="*", help="for example descent/follow-the-slope; default all"
    )
    commands.add_parser("check", help="hold chapters against notebooks and rules")
    commands.add_parser("book", help="build the website into _build/html")
    show = commands.add_parser("serve", help="serve the website on this machine")
    show.add_argument("--port", type=int, default=8000)
    given = parser.parse_args(arguments)
    try:
        if given.command == "notebooks":
            pages = chapters()
            unknown = set(given.chapter) - {page.name for page in pages}
            if unknown:
                names = ", ".join(sorted(unknown))
                print(f"_toc.yml names no chapter {names}. It names:", file=sys.stderr)
                print(*(f"  {page.name}" for page in pages if page.runs), sep="\n", file=sys.stderr)
                return 2
            chosen = [page for page in pages if not given.chapter or page.name in given.chapter]
            for path in notebooks.build(chosen):
                print(f"wrote {path.relative_to(ROOT)}")
            print(f"wrote {notebooks.cover().relative_to(ROOT)}")
        elif given.command == "check":
            reports = book.check()
            print(*(report for report in reports if any(report.counts.values())), sep="\n")
            print(f"{len(reports)} pages checked")
        elif given.command == "book":
            print(f"The book is in {book.build()}")
        else:
            serve.serve(book.SITE, given.port)
    except BuildError as error:
        print(error, file=sys.stderr)
        count = len(error.problems)
        print(f"\n{count} problem{'s' if count > 1 else ''}. Nothing was built.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
