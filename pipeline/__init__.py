"""From chapter to reader: notebooks, checks and the website, all from the text in ``chapters/``."""

from pathlib import Path

#: The repository's root; every path in the pipeline starts here.
ROOT = Path(__file__).resolve().parent.parent
