"""Writes docs/reference/formats.md from the readers themselves: `python scripts/formats.py`."""

from __future__ import annotations

from pathlib import Path

from commonweal.intake.reader import readers

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "formats.md"

HEAD = """# Formats that are read

Made by `python scripts/formats.py` from the readers; a test holds it to them. A format is told by its
structure, never by a file's name; `--format NAME` says which it is where two readers claim a file. ZIPs,
tarballs and folders are walked through, archives in archives too.

*Untested on real exports* means what it says: the reader was written after published descriptions and other
projects' samples. Its ledger says so on every import. Send the fingerprint of a shape that it does not know:
nothing in it is personal.
"""


def page() -> str:
    """Return the page."""
    rows = [
        f"## `{name}`: {reader.TITLE}\n\n{reader.NOTES}\n\n"
        + (f"Tried on: {reader.TRIED}." if reader.TRIED else "*Untested on real exports.*")
        for name, reader in readers().items()
    ]
    return "\n\n".join([HEAD.strip(), *rows]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
