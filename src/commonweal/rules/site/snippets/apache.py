"""Configuration for Apache: headers on conditions, and aliases of files."""

from __future__ import annotations

import re

from commonweal.errors import InputError
from commonweal.rules.site.published import Published
from commonweal.rules.site.snippets.statements import Statements, folder_of

_REQUEST = r"^\S+ (?:[Hh][Tt][Tt][Pp][Ss]?://[^/? ]*)?"
"""What stands before the path in `THE_REQUEST`, the request line as it came."""


def apache(published: Published, folder: str) -> dict[str, str]:
    """Return "commonweal.conf", to include in a virtual host, before any ProxyPass.

    It needs mod_headers and mod_alias.

    Parameters
    ----------
    published : Published
        For one site.
    folder : str
        Absolute path of the folder with the files, on the server.

    Raises
    ------
    InputError
        If a pattern names a host, the folder is not absolute, or a value can't be written for Apache.
    """
    said = Statements.of(published, "Apache")
    lines = ["# Include in <VirtualHost>, before any ProxyPass. Needs mod_headers and mod_alias."]
    for once in said.once:
        for pattern, value in once.choices:  # the first that matches sets it, unless the application did
            test = f"-z %{{resp:{once.name}}} && {_matches(pattern)}"
            lines.append(f"Header always setifempty {once.name} {_value(value)} {_quoted('expr=' + test)}")
    for each in said.each:
        test = " || ".join(map(_matches, each.expressions))
        lines.append(f"Header always add {each.name} {_value(each.value)} {_quoted('expr=' + test)}")
    root = folder_of(folder, "Apache")
    if said.files:
        lines += [f"<Directory {_quoted(root)}>", "    Require all granted", "</Directory>"]
    for path, media_type in said.files:
        lines += [
            "<IfModule proxy_module>", f'    ProxyPass {_quoted(path)} "!"', "</IfModule>",
            f"Alias {_quoted(path)} {_quoted(root + path)}",
            f"<LocationMatch {_quoted('^' + re.escape(path) + '$')}>",
            f"    ForceType {_quoted(media_type)}", "</LocationMatch>",
        ]  # fmt: skip
    return {"commonweal.conf": "\n".join(lines) + "\n"}


def _matches(pattern: str) -> str:
    # The request line goes on after the path, so the end of the path is a blank.
    ended = pattern.removesuffix("$") + " " if pattern.endswith("$") else pattern
    anything = ended.replace(".*", r"\S*")
    return f"%{{THE_REQUEST}} =~ m#{_REQUEST}{anything}#"


def _value(text: str) -> str:
    if text.startswith("expr="):
        raise InputError("a value that starts with 'expr=' is code for Apache", mend="write it otherwise")
    return _quoted(text.replace("%", "%%"))


def _quoted(text: str) -> str:
    if "${" in text:
        raise InputError("'${' stands for a variable in any Apache configuration", mend="write it without")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
