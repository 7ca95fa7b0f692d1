"""Signatures: several parties, in any order, each over the whole contract, its own name and its time."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import msgspec
import pytest
from cases import BUILDER, KEYS, LICENSEE, LICENSOR, SIGNED, START, THIRD, WRITERS, drafted, signed

from commonweal.errors import InputError
from commonweal.rules.contracts import message, sign, verify
from commonweal.sealed import PrivateKey

PARTIES = [LICENSOR, LICENSEE, THIRD]


@pytest.mark.parametrize("order", list(permutations(PARTIES)))
def test_the_order_of_signing_does_not_matter(order: tuple[object, ...]) -> None:
    contract = drafted(parties=PARTIES)
    for party in order:
        contract = sign(contract, KEYS[party.name], party.name, at=SIGNED)  # type: ignore[attr-defined]
    assert contract.canonical() == signed(drafted(parties=PARTIES)).canonical()
    assert verify(contract, at=START).ok


def test_a_party_signs_once_with_the_key_that_the_contract_names() -> None:
    contract = drafted()
    with pytest.raises(InputError, match="no party of this contract"):
        sign(contract, WRITERS, "Nobody")
    with pytest.raises(InputError, match="not the one that the contract names for Writers"):
        sign(contract, BUILDER, "Writers")
    once = sign(contract, WRITERS, "Writers")
    with pytest.raises(InputError, match="has signed"):
        sign(once, WRITERS, "Writers")
    with pytest.raises(InputError, match="time zone"):
        sign(contract, WRITERS, "Writers", at=datetime(2027, 1, 1))


def test_nobody_signs_a_text_that_does_not_match_its_hash() -> None:
    with pytest.raises(InputError, match="do not sign it"):
        sign(msgspec.structs.replace(drafted(), text="Other."), WRITERS, "Writers")


def test_a_signature_is_over_its_purpose_the_party_the_time_and_the_contract() -> None:
    contract = drafted()
    said = message(contract, "Writers", SIGNED)
    head, body = said[: -len(contract.body())], said[-len(contract.body()) :]
    assert head == b"commonweal-contract-signature/1\nWriters\n2027-01-02T00:00:00Z\n"
    assert hashlib.sha256(body).hexdigest() == contract.sha256
    for other in (
        message(contract, "Builder Ltd", SIGNED),
        message(contract, "Writers", START),
        message(drafted(text="Other."), "Writers", SIGNED),
    ):
        assert other != said


def test_the_time_of_signing_is_now_in_whole_seconds_where_none_is_given() -> None:
    contract = sign(drafted(), WRITERS, "Writers")
    assert contract.signatures[0].signed.microsecond == 0
    assert abs((datetime.now(UTC) - contract.signatures[0].signed).total_seconds()) < 60


def test_no_private_key_is_in_what_is_written() -> None:
    key: PrivateKey = WRITERS
    contract = signed(drafted())
    assert key._key.private_bytes_raw().hex() not in contract.canonical().decode() + repr(contract)


def test_a_contract_is_verified_with_openssl_and_json_alone(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on PATH")
    (tmp_path / "contract.json").write_bytes(signed(drafted(title="Grüße, 100 €")).canonical())
    # As docs/how-it-works/contracts.md has it: for these values Python's own writer is canonical.
    value = json.loads((tmp_path / "contract.json").read_bytes())
    signatures = value.pop("signatures")
    body = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    for s in signatures:
        raw = next(p["public_key"] for p in value["parties"] if p["name"] == s["party"])
        (tmp_path / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100" + raw))
        head = f"commonweal-contract-signature/1\n{s['party']}\n{s['signed']}\n".encode()
        (tmp_path / "message").write_bytes(head + body)
        (tmp_path / "signature").write_bytes(bytes.fromhex(s["value"]))
        command = (
            "openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in message -sigfile signature"
        )
        done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
