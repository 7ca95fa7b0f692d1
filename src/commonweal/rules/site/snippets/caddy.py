"""Configuration for Caddy: matchers, headers and files, as a part of a Caddyfile."""

from __future__ import annotations

from commonweal.errors import InputError
from commonweal.rules.site.published import Published
from commonweal.rules.site.snippets.statements import Statements, expression, folder_of

_ORIGIN = "^(?:[Hh][Tt][Tt][Pp][Ss]?://[^/?]*)?"


def caddy(published: Published, folder: str) -> dict[str, str]:
    """Return "commonweal.caddy", to import in the block of a site.

    Parameters
    ----------
    published : Published
        For one site.
    folder : str
        Absolute path of the folder with the files, on the server.

    Raises
    ------
    InputError
        If a pattern names a host, the folder is not absolute, or a value can't be written in a Caddyfile.
    """
    said = Statements.of(published, "Caddy")
    lines = ["# Import in the block of a site."]
    headers: list[str] = []
    number = 0

    def matcher(pattern: str) -> str:
        nonlocal number
        number += 1
        name = f"commonweal_{number}"
        # The request as it came: rewrites and index files change other variables.
        lines.append(f"@{name} vars_regexp {name} {{http.request.orig_uri}} {_quoted(_ORIGIN + pattern)}")
        return f"@{name}"

    for once in said.once:
        # `?` gives a header where there is none; the last directive acts first, so the longest comes last.
        for pattern, value in reversed(once.choices):
            headers.append(f"header {matcher(pattern)} ?{once.name} {_value(value)}")
    for each in said.each:
        where = matcher("(?:" + "|".join(each.expressions) + ")")
        headers += [f"header {where} {{", f"    +{each.name} {_value(each.value)}", "    defer", "}"]
    lines += headers
    # What Caddy answers itself when something fails does not pass the directives above.
    lines += ["handle_errors {", *(f"    {line}" for line in headers), "}"]
    root = _quoted(folder_of(folder, "Caddy"))
    for path, file in published.files.items():
        where = matcher(expression(path) + r"(?:\?|$)")
        lines += [
            f"handle {where} {{",
            f"    root * {root}",
            f"    header Content-Type {_quoted(file.media_type)}",
            "    file_server",
            "}",
        ]
    return {"commonweal.caddy": "\n".join(lines) + "\n"}


def _value(text: str) -> str:
    return _quoted(text.replace("{", r"\{").replace("}", r"\}"))


def _quoted(text: str) -> str:
    """Quote a token: between backticks all is literal, between quotes all but `\\"`."""
    if "{$" in text:
        raise InputError("'{$' stands for a variable in any Caddyfile", mend="write it without")
    if "`" not in text:
        return f"`{text}`"
    if '\\"' in text or text.endswith("\\"):
        raise InputError("a backtick beside '\\\"' can't be written in a Caddyfile", mend="write it without")
    return '"' + text.replace('"', '\\"') + '"'
