"""Ed25519 keys: signatures that others can check, and a private part that shows up nowhere."""

from __future__ import annotations

import copy
import pickle
import shutil
import stat
import subprocess
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.errors import InputError
from commonweal.sealed import PrivateKey, PublicKey
from commonweal.sealed.keys import _WEAK

KEY = PrivateKey.generate()


def secret(key: PrivateKey) -> bytes:
    return key._key.private_bytes_raw()


@given(st.binary(max_size=200))
def test_a_signature_fits_its_message_and_no_other(message: bytes) -> None:
    signature = KEY.sign(message)
    assert KEY.public.verify(signature, message)
    assert not KEY.public.verify(signature, message + b"x")
    assert not KEY.public.verify(bytes([signature[0] ^ 1]) + signature[1:], message)
    assert not PrivateKey.generate().public.verify(signature, message)
    assert not KEY.public.verify(b"", message)


def test_the_published_vector_of_rfc_8032_is_met(tmp_path: Path) -> None:
    # RFC 8032, 7.1, TEST 1: the empty message.
    public = PublicKey.from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    signature = bytes.fromhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd"
        "25bf5f0595bbe24655141438e7a100b"
    )
    assert public.verify(signature, b"")


@pytest.mark.parametrize("password", [None, "open sesame", "šifra"])
def test_a_saved_key_is_read_back_and_only_its_owner_may_read_the_file(
    tmp_path: Path, password: str | None
) -> None:
    path = KEY.save(tmp_path / "key.pem", password)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = PrivateKey.load(path, password)
    assert again.public == KEY.public
    assert again.sign(b"m") == KEY.sign(b"m")


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = KEY.save(tmp_path / "key.pem")
    before = path.read_bytes()
    with pytest.raises(InputError, match="the file exists"):
        PrivateKey.generate().save(path)
    assert path.read_bytes() == before


def test_every_failure_to_load_says_what_to_do(tmp_path: Path) -> None:
    plain, locked = KEY.save(tmp_path / "plain.pem"), KEY.save(tmp_path / "locked.pem", "secret")
    with pytest.raises(InputError, match="give its password"):
        PrivateKey.load(locked)
    with pytest.raises(InputError, match="check the password"):
        PrivateKey.load(locked, "wrong")
    with pytest.raises(InputError, match="leave the password out"):
        PrivateKey.load(plain, "secret")
    with pytest.raises(InputError, match="check the path"):
        PrivateKey.load(tmp_path / "absent.pem")
    (tmp_path / "junk.pem").write_text("junk")
    with pytest.raises(InputError, match="PKCS #8"):
        PrivateKey.load(tmp_path / "junk.pem")
    with pytest.raises(InputError, match="empty password"):
        KEY.save(tmp_path / "other.pem", "")
    with pytest.raises(InputError, match="can't be written"):
        KEY.save(tmp_path / "no" / "such" / "folder.pem")


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric import ec

    other = ec.generate_private_key(ec.SECP256R1())
    pem = other.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
    (tmp_path / "ec.pem").write_bytes(pem)
    with pytest.raises(InputError, match="another kind"):
        PrivateKey.load(tmp_path / "ec.pem")


def test_the_private_part_is_in_no_representation_error_copy_or_pickle(tmp_path: Path) -> None:
    hidden = secret(KEY)
    shown = [repr(KEY), str(KEY), f"{KEY!r:>200}", repr(KEY.public)]
    for attempt in (
        lambda: pickle.dumps(KEY),
        lambda: copy.deepcopy(KEY),
        lambda: PrivateKey.load(KEY.save(tmp_path / "a.pem"), "x"),
        lambda: KEY.save(tmp_path / "a.pem"),
    ):
        with pytest.raises((TypeError, InputError)) as caught:
            attempt()
        shown.append("".join(traceback.format_exception(caught.value)))
        assert caught.value.__cause__ is None
    for text in shown:
        assert hidden.hex() not in text
        assert repr(hidden) not in text
    assert not hasattr(KEY, "__dict__")


def test_a_damaged_file_of_a_key_does_not_show_up_in_the_error(tmp_path: Path) -> None:
    pem = KEY.save(tmp_path / "a.pem").read_text().splitlines()
    (tmp_path / "b.pem").write_text("\n".join([pem[0], pem[1][:-6], pem[2]]))
    with pytest.raises(InputError) as caught:
        PrivateKey.load(tmp_path / "b.pem")
    assert pem[1][20:40] not in "".join(traceback.format_exception(caught.value))


def test_a_public_key_goes_through_hex_and_jwk() -> None:
    assert PublicKey.from_hex(KEY.public.hex) == KEY.public
    assert PublicKey.from_jwk(KEY.public.jwk()) == KEY.public
    # RFC 8037, appendix A.2.
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert PublicKey.from_jwk(jwk).hex.startswith("d75a9801")
    assert PublicKey.from_jwk(jwk).jwk() == jwk


@pytest.mark.parametrize(
    "text",
    ["", "00", "g" * 64, KEY.public.hex.upper(), KEY.public.hex + "00"],
    ids=["empty", "short", "no hex", "capitals", "long"],
)
def test_what_is_no_key_in_hex_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        PublicKey.from_hex(text)


@pytest.mark.parametrize(
    "jwk",
    [{}, {"kty": "EC"}, {"kty": "OKP", "crv": "Ed25519", "x": "!"}, {"kty": "OKP", "crv": "Ed25519", "x": 1}],
)
def test_what_is_no_jwk_is_refused(jwk: dict[str, object]) -> None:
    with pytest.raises(InputError):
        PublicKey.from_jwk(jwk)


def test_keys_under_which_anybody_can_sign_are_refused() -> None:
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p) % p

    def double(x: int, y: int) -> tuple[int, int]:
        m = d * x * x * y * y % p
        return 2 * x * y * pow(1 + m, -1, p) % p, (y * y + x * x) * pow(1 - m, -1, p) % p

    for point in _WEAK:
        y = int.from_bytes(point, "little") % p
        square = (y * y - 1) * pow(d * y * y + 1, -1, p) % p
        x = pow(square, (p + 3) // 8, p)
        if x * x % p != square:
            x = x * pow(2, (p - 1) // 4, p) % p
        assert x * x % p == square  # on the curve
        for _ in range(3):
            x, y = double(x, y)
        assert (x, y) == (0, 1)  # eight times the point is nothing
        for sign in (0, 0x80):
            with pytest.raises(InputError, match="small order"):
                PublicKey(point[:-1] + bytes([point[-1] | sign]))


def test_openssl_agrees(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on PATH")
    (tmp_path / "pub.pem").write_text(KEY.public.pem())
    (tmp_path / "message").write_bytes(b"said")
    (tmp_path / "signature").write_bytes(KEY.sign(b"said"))
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "pub.pem", "-rawin", "-in", "message"]
    done = subprocess.run([*command, "-sigfile", "signature"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
