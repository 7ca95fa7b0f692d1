"""Two robots.txt files made one: each agent obeys both, and neither opens what the other closes."""

from hypothesis import example, given
from hypothesis import strategies as st

from commonweal.rules.robots_txt import parse_robots
from commonweal.rules.site import File
from commonweal.rules.site.robots import merged

PATHS = ["/", "/a", "/a/b", "/a/b/c", "/b", "/a.x", "/b/a.x?q=1"]
_lines = st.lists(
    st.tuples(
        st.sampled_from(["Allow", "Disallow", "Content-Usage", "License", "Crawl-delay"]),
        st.sampled_from(["", "/", "/a", "/a/", "/a/b", "/*.x$", "/*b", "*", "/a$"]),
    ),
    max_size=4,
)
_groups = st.lists(
    st.tuples(st.lists(st.sampled_from(["*", "GPTBot", "Other", "Third"]), min_size=1, max_size=2), _lines),
    max_size=3,
)


def text(groups):
    parts = []
    for agents, lines in groups:
        parts += [f"User-agent: {a}" for a in agents] + [f"{k}: {v}" for k, v in lines]
    return "\n".join(parts).encode()


def both(own, ours):
    return parse_robots(merged(own, File("text/plain", ours)).content)


@given(_groups, _groups)
@example([(["*"], [("Allow", "/")])], [(["GPTBot"], [("Disallow", "/")])])
@example([(["*"], [("Disallow", "/a")])], [(["GPTBot"], [("Disallow", "/b")])])
def test_a_path_is_open_only_where_both_leave_it_open(first, second):
    files = text(first), text(second)
    made = both(*files)
    for agent in ("gptbot", "other", "unnamed"):
        for path in PATHS:
            if made.allowed(agent, path):
                assert all(parse_robots(f).allowed(agent, path) for f in files), (agent, path)


@given(_groups, _groups)
def test_each_agent_obeys_every_other_line_of_both(first, second):
    files = text(first), text(second)
    made = both(*files)

    def said(robots, agent):
        return {
            (line.key, line.value) for g in robots.applying(agent) for line in g.lines if line.key != "allow"
        }

    for agent in ("gptbot", "other", "unnamed"):
        wanted = set().union(*(said(parse_robots(f), agent) for f in files))
        assert said(made, agent) - {("disallow", "")} == wanted - {("disallow", "")}


@given(_groups)
def test_a_file_merged_with_nothing_or_itself_opens_and_closes_the_same(groups):
    own = text(groups)
    for other in (b"", own):
        made = both(own, other)
        for agent in ("gptbot", "other", "unnamed"):
            for path in PATHS:
                assert made.allowed(agent, path) == parse_robots(own).allowed(agent, path), (agent, path)


def test_an_agent_with_a_group_of_its_own_hears_what_holds_for_everybody():
    made = both(b"User-agent: GPTBot\nDisallow: /x", b"User-agent: *\nContent-Usage: train-ai=n")
    assert {line.key for g in made.applying("gptbot") for line in g.lines} == {"disallow", "content-usage"}


def test_an_agent_whose_name_starts_with_a_digit_keeps_its_lines():
    made = merged(b"User-agent: 360Spider\nDisallow: /x", File("text/plain", b"User-agent: *\nAllow: /"))
    assert b"User-agent: 360spider\nDisallow: /x\nAllow: /\n" in made.content


def test_comments_lines_for_the_whole_file_and_what_can_not_be_read_are_kept():
    own = "\ufeff# All rights are reserved.\r\nSitemap: https://a.org/s.xml\r\nUser-Agent: A\r\nnonsense\r\n"
    ours = File("text/plain", b"License: https://a.org/l.xml\nUser-agent: B\nDisallow: /")
    lines = merged(own.encode(), ours).content.decode().splitlines()
    assert lines[0].lstrip("\ufeff") == "# All rights are reserved."
    assert "# nonsense" in lines
    top = lines[: lines.index("User-agent: *")]
    assert {"Sitemap: https://a.org/s.xml", "License: https://a.org/l.xml"} <= set(top)
