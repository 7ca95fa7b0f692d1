"""Git asked about a repository that may be anybody's: no hook, filter, pager or transport of it is run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from commonweal.errors import InputError

SAFE = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.sshCommand=false",
    "core.askPass=false",
    "core.attributesFile=/dev/null",
    "core.quotePath=false",
    "protocol.allow=never",
    "log.showSignature=false",
    "gpg.program=false",
    "credential.helper=",
)
"""Settings of a repository that name programs, or change what git prints."""

ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}


class GitError(InputError):
    """Git that could not answer: damaged, empty, or another user's repository."""


@contextmanager
def git(local: str, *arguments: str) -> Iterator[BinaryIO]:
    """Give what git prints, as a stream; what is not read is not computed.

    Parameters
    ----------
    local : str
        Folder of the repository.
    *arguments : str
        Command and options. The caller sees to `--no-ext-diff` and `--no-textconv`.

    Raises
    ------
    InputError
        If git is not installed.
    GitError
        At the end, if git fails and its output was read to the end.
    """
    settings = [piece for setting in SAFE for piece in ("-c", setting)]
    command = ["git", "-C", local, "--no-pager", "--no-replace-objects", *settings, *arguments]
    environment = {"PATH": os.environ.get("PATH", os.defpath), **ENVIRONMENT}
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
    except FileNotFoundError:
        raise InputError("git is not installed", mend="install git, and import again") from None
    assert process.stdout is not None
    ended = False
    try:
        yield process.stdout  # type: ignore[misc]
        ended = not process.stdout.read(1)
    finally:
        process.stdout.close()
        if not ended:
            process.kill()
        code = process.wait()
    if ended and code:
        raise GitError(
            f"git can't read it (it ended with {code})",
            mend="see what `git log` says in it: it may be empty, damaged, or another user's",
        )
