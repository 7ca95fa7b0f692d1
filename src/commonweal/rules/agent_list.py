"""The dated list of AI agents: who runs each, and what they do with what they fetch.

`data/ai_agents.json` holds what operators document (or, where the source is the list of the ai.robots.txt
project, what that project reports). Search engines stand on it too, for they are who a refusal of search is
addressed to. A newer list is a file of the same form, or `robots.json` of ai.robots.txt, read with `update`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from commonweal.errors import InputError
from commonweal.rules.terms import check_size, load_json
from commonweal.rules.vocabulary import Act

FORMAT: Literal["commonweal-agents/1"] = "commonweal-agents/1"
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
"""A product token that robots can be addressed by; digits are in use, though RFC 9309 has none."""


class Agent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One agent.

    Parameters
    ----------
    name : str
        Its product token in robots.txt; case does not count.
    operator, domain : str
        Who runs it, by name and by domain; empty where that is not known.
    acts : set of Act
        What is done with what it fetches, as documented. Fetching itself is understood.
    kind : str
        A crawler; a fetcher, which fetches while a person waits; or a control, a token that fetches nothing
        and governs what its operator's crawlers' pages are used for.
    source : str
        URL of the page that says so.
    checked : str
        Year and month.
    """

    name: str
    acts: frozenset[Act]
    operator: str = ""
    domain: str = ""
    kind: Literal["crawler", "fetcher", "control"] = "crawler"
    source: str = ""
    checked: str = ""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no product token: letters, digits, _ and -")
        if not self.acts:
            raise ValueError(f"{self.name} has no acts")
        if Act.CRAWL in self.acts:
            raise ValueError(f"{self.name}: crawl is understood, leave it out")

    @property
    def key(self) -> str:
        """The token in lower case."""
        return self.name.casefold()

    @property
    def party(self) -> frozenset[str]:
        """Its own name and those of its operator, in lower case: whom a refusal of its acts concerns."""
        return frozenset({self.key, self.operator.casefold(), self.domain.casefold()} - {""})


class AgentList(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Agents, with the date of the list.

    Parameters
    ----------
    agents : tuple of Agent
        Each token once.
    checked : str
        Year and month.
    left_out : tuple of str
        Names of another list that could not be taken over: no product token, or of unknown function.
    format : str
    """

    agents: tuple[Agent, ...]
    checked: str = ""
    left_out: tuple[str, ...] = ()
    format: Literal["commonweal-agents/1"] = FORMAT

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for agent in self.agents:
            if agent.key in seen:
                raise ValueError(f"{agent.name} stands on the list twice")
            seen.add(agent.key)

    def named(self, token: str) -> Agent | None:
        """Return the agent of that product token, or None."""
        return next((agent for agent in self.agents if agent.key == token.casefold()), None)

    def save(self, path: str | Path) -> None:
        """Write the list to a file that `load` reads."""
        value = {"format": self.format, **msgspec.to_builtins(self, order="sorted")}
        Path(path).write_bytes(msgspec.json.format(msgspec.json.encode(value)) + b"\n")


def load(path: str | Path | None = None) -> AgentList:
    """Return the list in a file; the one that comes with this package where no path is given.

    Raises
    ------
    InputError
        If the file can't be read, or does not hold such a list.
    """
    return _shipped() if path is None else _convert(_read(path), str(path))


@cache
def _shipped() -> AgentList:
    raw = resources.files("commonweal.rules").joinpath("data/ai_agents.json").read_bytes()
    return _convert(load_json(raw, "ai_agents.json"), "ai_agents.json")


def update(from_file: str | Path, known: AgentList | None = None) -> AgentList:
    """Return the list with the agents of another file: one of ours, or `robots.json` of ai.robots.txt.

    A list of ours replaces what is said of an agent. Of the other project's list only agents that are not
    known are taken over, for its functions are prose: their acts are guessed from words of that prose, and
    what gives no such word is left out and named in `left_out`.

    Parameters
    ----------
    from_file : path
    known : AgentList, optional
        What is added to; the list that comes with this package where absent.

    Raises
    ------
    InputError
        If the file can't be read, or holds neither list.
    """
    known = known or load()
    value = _read(from_file)
    if isinstance(value, dict) and "agents" in value:
        new = _convert(value, str(from_file))
        keys = {agent.key for agent in new.agents}
        kept = tuple(agent for agent in known.agents if agent.key not in keys)
        return AgentList(kept + new.agents, max(known.checked, new.checked), new.left_out)
    if (
        not isinstance(value, dict)
        or not value
        or not all(isinstance(entry, dict) for entry in value.values())
    ):
        raise InputError(
            "neither a list of agents nor robots.json of ai.robots.txt",
            mend='write {"format": "commonweal-agents/1", "agents": [...]}',
            where=str(from_file),
        )
    keys = {agent.key for agent in known.agents}
    added: dict[str, Agent] = {}
    left_out = []
    for name, entry in sorted(value.items()):
        if name.casefold() in keys:
            continue
        agent = _theirs(name, entry)
        if agent is None:
            left_out.append(name)
        else:
            added.setdefault(agent.key, agent)
    return AgentList(known.agents + tuple(added.values()), known.checked, tuple(left_out))


_WORDS = (
    (Act.TRAIN_GEN, re.compile(r"train|\bllms?\b|scrapers?\b|language model", re.I)),
    (Act.SEARCH, re.compile(r"search engine|search crawlers?|search result", re.I)),
    (Act.GROUND, re.compile(r"assistants?\b|\bagents?\b|\banswer|prompts?\b|user quer", re.I)),
    (Act.INDEX, re.compile(r"data providers?\b|\bindex|ai search", re.I)),
    (Act.MINE, re.compile(r"machine learning|data collection|analys|\bmining", re.I)),
)
"""What a word in the other list's `function` is taken for: by its categories first, then by common prose."""


def _theirs(name: str, entry: dict[str, Any]) -> Agent | None:
    function, operator = (
        entry.get(k) if isinstance(entry.get(k), str) else "" for k in ("function", "operator")
    )
    acts = frozenset(act for act, words in _WORDS if words.search(str(function)))
    if not NAME.fullmatch(name) or not acts or re.match(r"undocumented", str(function), re.I):
        return None
    link = re.match(r"\[([^\]]*)\]\(([^)]*)\)", str(operator))
    who, url = (link[1], link[2]) if link else (str(operator), "")
    try:
        domain = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        domain = ""
    who = re.split(r",|\. | that | to ", who, maxsplit=1)[0].strip()
    fetches = acts == {Act.GROUND} and name.lower().endswith("-user")
    return Agent(
        name,
        acts,
        operator="" if who.lower().startswith(("unclear", "unknown")) else who,
        domain=domain,
        kind="fetcher" if fetches else "crawler",
        source="https://github.com/ai-robots-txt/ai.robots.txt",
    )


def _read(path: str | Path) -> Any:
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", mend="check the path", where=str(path)) from None
    check_size(raw, str(path))
    try:
        return load_json(raw, str(path))
    except ValueError:  # an integer of thousands of digits
        raise InputError("a number in it is too long", mend="mend the file", where=str(path)) from None


def _convert(value: Any, where: str) -> AgentList:
    try:
        return msgspec.convert(value, AgentList)
    except msgspec.ValidationError as error:
        raise InputError(f"no list of agents: {error}", mend="see data/ai_agents.json", where=where) from None
