"""The list of AI agents: what comes with the package, newer files, and another project's list."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.rules import Act
from commonweal.rules.agent_list import Agent, AgentList, load, update

THEIRS = Path(__file__).parents[3] / "shared" / "data" / "crawlers" / "ai.robots.json"
ENTRY = {"operator": "[New](https://www.new.example/about)", "function": "AI Data Scrapers", "respect": "No"}


def test_every_agent_that_comes_with_the_package_has_a_source_and_a_date():
    agents = load().agents
    assert len(agents) >= 40
    assert all(agent.source.startswith("https://") for agent in agents)
    assert all(re.fullmatch(r"20\d\d-\d\d", agent.checked) for agent in agents)
    assert all(agent.checked <= load().checked for agent in agents)


@pytest.mark.parametrize(
    ("name", "acts", "kind"),
    [
        ("GPTBot", {Act.TRAIN_GEN}, "crawler"),
        ("Claude-SearchBot", {Act.SEARCH}, "crawler"),
        ("ChatGPT-User", {Act.GROUND}, "fetcher"),
        ("Google-Extended", {Act.TRAIN_GEN, Act.GROUND}, "control"),
        ("Applebot-Extended", {Act.TRAIN_GEN}, "control"),
    ],
)
def test_well_known_agents(name, acts, kind):
    agent = load().named(name.upper())
    assert agent is not None and (agent.acts, agent.kind) == (acts, kind)


def test_agents_whose_use_has_a_control_of_its_own_are_not_said_to_do_it():
    for crawler, control in (("Googlebot", "Google-Extended"), ("Applebot", "Applebot-Extended")):
        one, other = load().named(crawler), load().named(control)
        assert one is not None and other is not None and Act.TRAIN_GEN in other.acts - one.acts


def test_a_saved_list_is_loaded_again(tmp_path):
    load().save(tmp_path / "agents.json")
    assert load(tmp_path / "agents.json") == load()


def test_a_list_of_ours_replaces_what_is_said_of_an_agent(tmp_path):
    newer = AgentList(
        (Agent("gptbot", frozenset({Act.SEARCH})), Agent("New", frozenset({Act.MINE}))), "2027-01"
    )
    newer.save(tmp_path / "newer.json")
    found = update(tmp_path / "newer.json")
    assert found.checked == "2027-01" and len(found.agents) == len(load().agents) + 1
    assert found.named("GPTBot") == newer.agents[0]


def write(path: Path, value: object) -> Path:
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def test_the_other_project_s_list_adds_agents_and_changes_none(tmp_path):
    value = {
        "NewBot": ENTRY,
        "GPTBot": ENTRY,
        "Odd Bot": ENTRY,
        "Dark": {**ENTRY, "function": "Unclear at this time."},
    }
    found = update(write(tmp_path / "robots.json", value))
    assert found.agents[:-1] == load().agents
    new = found.agents[-1]
    assert (new.name, new.operator, new.domain, new.acts) == ("NewBot", "New", "new.example", {Act.TRAIN_GEN})
    assert found.left_out == ("Dark", "Odd Bot")


@pytest.mark.skipif(not THEIRS.is_file(), reason="the other project's list is not at hand")
def test_the_other_project_s_list_as_it_stands():
    found = update(THEIRS)
    theirs = json.loads(THEIRS.read_text())
    known = {agent.key for agent in found.agents}
    assert all(name.casefold() in known or name in found.left_out for name in theirs)
    assert len(found.agents) > len(load().agents)
    assert found == update(THEIRS)


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", "{}", '{"a": 1}', '{"agents": [{}]}', '{"agents": [{"name": "a b", "acts": ["mine"]}]}',
        '{"agents": [{"name": "a", "acts": []}]}', '{"agents": [{"name": "a", "acts": ["crawl"]}]}',
        '{"agents": [{"name": "a", "acts": ["mine"]}, {"name": "A", "acts": ["mine"]}]}',
        '{"agents": [], "agents": []}', "[" + "1" * 10_000 + "]",
        '{"agents": [{"name": "a\\nUser-agent: *", "acts": ["mine"]}]}',
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused_with_its_file(tmp_path, text):
    with pytest.raises(InputError) as error:
        update(write(tmp_path / "no.json", text))
    assert "no.json" in str(error.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="can't be read"):
        load(tmp_path / "none.json")


texts = st.text() | st.sampled_from(["AI Assistants", "[x](http://[)", "LLM training"])
entries = st.dictionaries(
    st.sampled_from(["operator", "function"]) | st.text(), texts | st.none() | st.integers()
)


@given(value=st.dictionaries(st.text(min_size=1).filter(lambda k: k != "agents"), entries, min_size=1))
def test_any_list_of_theirs_is_taken_over_or_left_out(tmp_path_factory, value):
    found = update(write(tmp_path_factory.mktemp("theirs") / "robots.json", value))
    assert all("\n" not in agent.name for agent in found.agents)
