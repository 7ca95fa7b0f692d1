"""Configuration for nginx: maps from the request to values, headers, and locations of files."""

from __future__ import annotations

import re

from commonweal.rules.site.published import Published
from commonweal.rules.site.snippets.statements import Statements, folder_of

_DOLLAR = "${commonweal_dollar}"


def nginx(published: Published, folder: str) -> dict[str, str]:
    """Return "commonweal-http.conf", to include in `http`, and "commonweal-server.conf", in `server`.

    Parameters
    ----------
    published : Published
        For one site.
    folder : str
        Absolute path of the folder with the files, on the server.

    Raises
    ------
    InputError
        If a pattern names a host, or the folder is not absolute.
    """
    said = Statements.of(published, "nginx")
    maps = ["# Include in http { }.", f'geo {_DOLLAR.replace("{", "").replace("}", "")} {{ default "$"; }}']
    headers = [
        "# Include in server { }. A location with an add_header of its own needs these add_header lines too.",
    ]
    for number, once in enumerate(said.once):
        variable = f"$commonweal_once_{number}"
        sent = "$sent_http_" + re.sub("[^a-z0-9]", "_", once.name.lower())
        # What the application gave stands: then the first part of the source is not empty.
        maps += _map(f"{sent} $request_uri", variable, [(f"^ {e}", v) for e, v in once.choices])
        headers.append(f"add_header {once.name} {variable} always;")
    for number, each in enumerate(said.each):
        variable = f"$commonweal_each_{number}"
        maps += _map("$request_uri", variable, [(f"^{e}", each.value) for e in each.expressions])
        headers.append(f"add_header {each.name} {variable} always;")
    root = _quoted(folder_of(folder, "nginx"), variables=True)
    for path, media_type in said.files:
        headers.append(
            f"location = {_quoted(path)} {{ root {root}; types {{ }} default_type {_quoted(media_type)}; }}"
        )
    return {
        "commonweal-http.conf": "\n".join(maps) + "\n",
        "commonweal-server.conf": "\n".join(headers) + "\n",
    }


def _map(source: str, variable: str, choices: list[tuple[str, str]]) -> list[str]:
    lines = [f"    {_quoted('~' + e)} {_quoted(value, variables=True)};" for e, value in choices]
    return [f'map "{source}" {variable} {{', '    default "";', *dict.fromkeys(lines), "}"]


def _quoted(text: str, *, variables: bool = False) -> str:
    """Quote a parameter; where nginx looks for variables, a dollar is one too, for there is no escape."""
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text.replace("$", _DOLLAR) if variables else text}"'
