"""Signed notes and checkpoints: vectors of others, byte for byte, and everything malformed refused."""

from __future__ import annotations

import base64
from contextlib import suppress
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.log.checkpoint import Checkpoint
from commonweal.log.note import COSIGNATURE, ED25519, Note, Signed, Verifier, cosign, sign
from commonweal.sealed import PrivateKey

# golang.org/x/mod, sumdb/note/note_test.go.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
PETERS_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
PETERS_NOTE = (
    PETERS_TEXT + "\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()

# c2sp.org/signed-note, test vectors.
EXAMPLE = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLES_NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()

# A checkpoint of a Certificate Transparency log in use, with the signatures of its log and of four witnesses.
ARCHE = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
REMORA = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
STAGEMOLE = "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv"
ARCHES_NOTE = (
    "arche2025h1.staging.ct.transparency.dev\n1432088532\nU7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=\n\n"
    "— arche2025h1.staging.ct.transparency.dev "
    "zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4k"
    "JXFbon5Ch9MNL5zRNZ55lvGt0=\n"
    "— arche2025h1.staging.ct.transparency.dev "
    "ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWw"
    "Q=\n"
    "— transparency.dev/DEV:witness-little-garden "
    "2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44v"
    "dgJY096st5BQ==\n"
    "— witness1.smartit.nu/witness1 "
    "pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh"
    "0XwzdZsDsUAQ==\n"
    "— remora.n621.de "
    "2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WB"
    "xtqB0DrAWfBw==\n"
    "— witness.stagemole.eu "
    "Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOv"
    "KFYe/TmN9DAg==\n"
).encode()

KEY = PrivateKey.generate()
TEXT = Checkpoint("guild.example/log", 3, bytes(range(32))).text


def test_the_note_of_gos_reference_implementation_comes_out_byte_for_byte() -> None:
    key = PrivateKey(Ed25519PrivateKey.from_private_bytes(PETERS_SEED))
    assert bytes(Note(PETERS_TEXT, (sign(PETERS_TEXT, "PeterNeumann", key),))) == PETERS_NOTE
    assert str(Verifier("PeterNeumann", ED25519, key.public)) == PETER


@pytest.mark.parametrize(
    ("raw", "key", "name"),
    [(PETERS_NOTE, PETER, "PeterNeumann"), (EXAMPLES_NOTE, EXAMPLE, "example.com/foo")],
    ids=["go", "c2sp"],
)
def test_published_notes_hold_and_no_longer_with_a_byte_changed(raw: bytes, key: str, name: str) -> None:
    note = Note.parse(raw)
    assert bytes(note) == raw
    assert note.verify([Verifier.parse(key)]) == ([Signed(name, ED25519, None)], [])
    signed, wrong = Note.parse(raw.replace(b"a", b"b", 1)).verify([Verifier.parse(key)])
    assert not signed
    assert wrong == [f"the signature of {name} is false"]


def test_a_checkpoint_of_a_log_in_use_holds_with_the_cosignatures_of_its_witnesses() -> None:
    note = Note.parse(ARCHES_NOTE)
    assert bytes(note) == ARCHES_NOTE
    checkpoint = Checkpoint.of(note)
    assert checkpoint.text == note.text
    assert checkpoint.size == 1_432_088_532
    signed, wrong = note.verify([Verifier.parse(key) for key in (ARCHE, REMORA, STAGEMOLE)])
    assert not wrong
    assert [(s.name.split(".")[0], s.kind, s.time) for s in signed] == [
        ("arche2025h1", ED25519, None),
        ("remora", COSIGNATURE, 1779573024),
        ("witness", COSIGNATURE, 1779573024),
    ]


@pytest.mark.parametrize("key", [ARCHE, REMORA], ids=["log", "witness"])
def test_no_signature_holds_for_another_size(key: str) -> None:
    note = Note.parse(ARCHES_NOTE.replace(b"1432088532", b"1432088533"))
    signed, wrong = note.verify([Verifier.parse(key)])
    assert (signed, len(wrong)) == ([], 1)


def test_a_cosignature_does_not_hold_for_another_time() -> None:
    made = cosign(TEXT, "w.example", KEY, 1_700_000_000)
    verifier = Verifier("w.example", COSIGNATURE, KEY.public)
    assert verifier.check(TEXT, made.data) == 1_700_000_000
    assert verifier.check(TEXT, (1_700_000_001).to_bytes(8, "big") + made.data[8:]) is None


def test_a_cosignature_beyond_the_last_time_of_the_specification_does_not_hold() -> None:
    verifier = Verifier("w.example", COSIGNATURE, KEY.public)
    assert verifier.check(TEXT, cosign(TEXT, "w.example", KEY, 2**63 - 1).data) == 2**63 - 1
    assert verifier.check(TEXT, cosign(TEXT, "w.example", KEY, 2**63).data) is None


def test_a_key_for_one_kind_of_signature_does_not_take_the_other() -> None:
    note = Note(TEXT, (sign(TEXT, "a.example", KEY), cosign(TEXT, "a.example", KEY, 5)))
    for kind, time in ((ED25519, None), (COSIGNATURE, 5)):
        assert note.verify([Verifier("a.example", kind, KEY.public)])[0] == [Signed("a.example", kind, time)]
    as_log = Verifier("a.example", ED25519, KEY.public)
    assert as_log.check(TEXT, note.signatures[1].data) is None
    assert as_log.check(TEXT, note.signatures[1].data[8:]) is None


def test_signatures_of_unknown_keys_are_passed_over_but_one_known_key_has_to_sign() -> None:
    other = PrivateKey.generate()
    note = Note(TEXT, (sign(TEXT, "a.example", KEY), sign(TEXT, "b.example", other)))
    assert note.verify([Verifier("a.example", ED25519, KEY.public)])[1] == []
    assert note.verify([Verifier("a.example", ED25519, other.public)]) == (
        [],
        ["no known key has signed it"],
    )
    assert note.verify([])[1] == ["no known key has signed it"]


def test_a_false_signature_of_a_known_key_is_a_problem_even_beside_a_true_one() -> None:
    false = sign(TEXT + "more\n", "b.example", KEY)
    note = Note(TEXT, (sign(TEXT, "a.example", KEY), false))
    signed, wrong = note.verify(Verifier(name, ED25519, KEY.public) for name in ("a.example", "b.example"))
    assert [s.name for s in signed] == ["a.example"]
    assert wrong == ["the signature of b.example is false"]


names = st.text(st.characters(codec="utf-8", exclude_characters="+"), min_size=1, max_size=9).filter(
    lambda name: not any(c.isspace() or c < " " for c in name)
)
lines = st.lists(st.text(st.characters(codec="utf-8", categories=("L", "N", "P"))), min_size=1)


@given(names, lines, st.integers(0, 2**63 - 1))
def test_what_was_signed_is_read_back_and_holds(name: str, text: list[str], time: int) -> None:
    whole = "\n".join(text) + "\n"
    note = Note(whole, (sign(whole, name, KEY), cosign(whole, name, KEY, time)))
    found = Note.parse(bytes(note))
    assert found == note
    known = [Verifier.parse(str(Verifier(name, kind, KEY.public))) for kind in (ED25519, COSIGNATURE)]
    assert found.verify(known) == ([Signed(name, ED25519, None), Signed(name, COSIGNATURE, time)], [])


@given(st.binary(max_size=300))
def test_bytes_that_are_no_note_are_refused_and_nothing_else_happens(raw: bytes) -> None:
    for some in (raw, b"text\n\n" + raw, PETERS_NOTE + raw):
        with suppress(InputError):
            assert bytes(Note.parse(some)) == some


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "no signatures"),
        (PETERS_NOTE[:-1], "no signatures"),
        (PETERS_TEXT.encode(), "no signatures"),
        (PETERS_NOTE.replace(b"you ", b"you\r"), "control characters"),
        (b"\xff" + PETERS_NOTE, "no UTF-8"),
        (PETERS_NOTE.replace("—".encode(), b"-"), "no signature"),
        (PETERS_NOTE.replace(b"nAM=", b"nAM"), "no signature"),
        (PETERS_NOTE.replace(b"nAM=", b"nAN="), "no signature"),  # another spelling of the same bytes
        (PETERS_NOTE.replace(b"PeterNeumann ", b"Peter Neumann "), "no signature"),
        (PETERS_NOTE.replace(b"PeterNeumann ", b"Peter+Neumann "), "no signature"),
        (PETERS_NOTE + b"x" * (1 << 20), "over 1048576 bytes"),
        (PETERS_TEXT.encode() + b"\n" + PETERS_NOTE.split(b"\n\n")[1] * 101, "over 100 signatures"),
    ],
    ids=range(12),
)
def test_a_malformed_note_is_refused_with_what_is_wrong(raw: bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        Note.parse(raw)


def test_a_hundred_signatures_are_read() -> None:
    assert (
        len(Note.parse(PETERS_TEXT.encode() + b"\n" + PETERS_NOTE.split(b"\n\n")[1] * 100).signatures) == 100
    )


@pytest.mark.parametrize("cut", range(1, len(PETER)))
def test_a_verifier_key_that_is_cut_off_is_refused(cut: int) -> None:
    for part in (PETER[:cut], PETER[cut:]):
        with pytest.raises(InputError):
            Verifier.parse(part)


def test_a_verifier_key_of_another_kind_or_with_anothers_id_is_refused() -> None:
    name, _, rest = PETER.split("+", 2)
    with pytest.raises(InputError, match="id is not its own"):
        Verifier.parse(f"{name}+c74f20a4+{rest}")
    raw = b"\x05" + base64.b64decode(rest)[1:]
    marked = sha256(name.encode() + b"\n" + raw).digest()[:4].hex()
    with pytest.raises(InputError, match="kind that is not known"):
        Verifier.parse(f"{name}+{marked}+{base64.b64encode(raw).decode()}")


@pytest.mark.parametrize(
    "text",
    [
        "guild.example/log\n3\n",
        "\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "guild.example/log\n03\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "guild.example/log\n-3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "guild.example/log\n٣\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "guild.example/log\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
        "guild.example/log\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
        "guild.example/log\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\nmore\n",
        "guild.example/log\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
    ],
    ids=range(9),
)
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        Checkpoint.parse(text)


def test_further_lines_of_a_checkpoint_are_kept() -> None:
    text = "a.example\n0\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\nmore\n"
    assert Checkpoint.parse(text).more == ("more",)
    assert Checkpoint.parse(text).text == text
