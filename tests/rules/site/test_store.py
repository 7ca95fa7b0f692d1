"""The store of tokens: one use is one use, whoever tries and however many at once."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from commonweal.rules import Act
from commonweal.rules.site.olp import Grant, SQLiteStore
from commonweal.rules.site.olp.store import digest, new_token

START = datetime(2027, 1, 1, tzinfo=UTC)
GRANT = Grant(
    "lab", "https://example.org/a", frozenset({Act.SEARCH}), START, START + timedelta(hours=1), True
)

SPENDER = """
import sys
from commonweal.rules.site.olp import SQLiteStore
store = SQLiteStore(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(sum(store.spend(i.to_bytes(32, "big")) for i in range(int(sys.argv[2]))))
"""


@pytest.fixture
def store(tmp_path):
    return SQLiteStore(tmp_path / "tokens.db")


def test_a_grant_is_found_as_it_was_kept_until_it_is_spent_or_revoked(store):
    for end in (store.spend, store.revoke):
        key = digest(new_token())
        assert store.find(key) is None
        store.add(key, GRANT)
        assert SQLiteStore(store.path).find(key) == GRANT
        end(key)
        assert store.find(key) is None
        assert store.spend(key) is False


def test_of_many_threads_one_spends_a_token(store):
    keys = [digest(new_token()) for _ in range(20)]
    for key in keys:
        store.add(key, GRANT)
    with ThreadPoolExecutor(8) as pool:
        for key in keys:
            assert sum(pool.map(store.spend, [key] * 8)) == 1


def test_of_several_processes_one_spends_a_token(store):
    number = 100
    for i in range(number):
        store.add(i.to_bytes(32, "big"), GRANT)
    command = [sys.executable, "-c", SPENDER, str(store.path), str(number)]
    runs = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for run in runs:
        assert run.stdout.readline() == "ready\n"
    for run in runs:
        run.stdin.write("go\n")
        run.stdin.flush()
    spent = [int(run.communicate(timeout=60)[0]) for run in runs]
    assert sum(spent) == number


def test_a_token_is_kept_once(store):
    key = digest(new_token())
    store.add(key, GRANT)
    with pytest.raises(Exception, match="UNIQUE"):
        store.add(key, GRANT)


def test_what_expired_is_forgotten_and_nothing_else(store):
    store.add(b"old", GRANT)
    store.add(b"endless", Grant("lab", "https://example.org/a", frozenset({Act.SEARCH}), START))
    assert store.purge(START) == 0
    assert store.purge(START + timedelta(hours=2)) == 1
    assert store.find(b"old") is None
    assert store.find(b"endless") is not None


def test_tokens_are_256_random_bits():
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert {len(t) for t in tokens} == {43}
