"""Exports that mean harm, or came to harm: refused with the member's name, in bounded memory."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import stat
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from commonweal.errors import InputError
from commonweal.intake.source import Limits, Tree
from memory import in_little_memory

SECRET = "correct horse battery staple"
MB = 1 << 20


def zipped(path: Path, *members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def tarred(path: Path, *members: tuple[tarfile.TarInfo | str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for what, data in members:
            info = tarfile.TarInfo(what) if isinstance(what, str) else what
            if data:
                info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def through(source: Path, limits: Limits | None = None) -> dict[str, bytes]:
    """Read every file of an export to its end."""
    with Tree(source, limits or Limits()) as tree:
        found = {}
        for member in tree:
            with member.open() as stream:
                found[member.path] = stream.read()
        return found


def refused(source: Path, *words: str, limits: Limits | None = None) -> None:
    """Check that an export is refused with these words, and that none of its content is shown."""
    with pytest.raises(InputError) as raised:
        through(source, limits)
    for word in words:
        assert word in str(raised.value), str(raised.value)
    assert SECRET not in str(raised.value)


REFUSES = """
try:
    with Tree({path!r}) as tree:
        for member in tree:
            with member.open() as stream:
                while stream.read(1 << 20):
                    pass
    print("read")
except InputError as error:
    print(error)
"""


# Bombs


def test_a_bomb_in_a_zip_is_refused_by_name_in_little_memory(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "export.zip", ("posts/bomb.json", bytes(300 * MB)))
    assert bomb.stat().st_size < 2 * MB
    said = in_little_memory(REFUSES.format(path=str(bomb)), 150)
    assert "posts/bomb.json" in said
    assert "archive bombs" in said


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_packed_as_no_service_packs_is_refused(tmp_path: Path, method: int) -> None:
    """Python unpacks what such a member holds in one go: 300 MB come out of two hundred bytes."""
    bomb = zipped(tmp_path / "export.zip", ("posts/bomb.json", bytes(300 * MB)), method=method)
    said = in_little_memory(REFUSES.format(path=str(bomb)), 100)
    assert f"posts/bomb.json: packed by method {method}" in said


PACK: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("form", PACK)
def test_a_bomb_that_packs_one_file_is_refused(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"a.json.{form}"
    path.write_bytes(PACK[form](b"[" + bytes(20) + b" " * 64 * MB))
    said = in_little_memory(REFUSES.format(path=str(path)), 150)
    assert "a.json" in said
    assert "archive bombs" in said


def test_a_packed_tarball_that_swells_is_refused_before_it_is_spooled(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w") as archive:
        info = tarfile.TarInfo("zeros.txt")
        info.size = 200 * MB
        archive.addfile(info, io.BytesIO(bytes(200 * MB)))
    path = tmp_path / "export.tar.gz"
    path.write_bytes(gzip.compress(inner.getvalue()))
    said = in_little_memory(REFUSES.format(path=str(path)), 150)
    assert "export.tar" in said
    assert "archive bombs" in said


def test_bombs_in_zips_in_zips_are_refused(tmp_path: Path) -> None:
    level = zipped(tmp_path / "0.zip", ("zeros.json", bytes(64 * MB))).read_bytes()
    for depth in range(1, 3):
        level = zipped(tmp_path / f"{depth}.zip", *((f"{i}.zip", level) for i in range(4))).read_bytes()
    refused(tmp_path / "2.zip", "0.zip/0.zip/zeros.json", "archive bombs")


def test_archives_nested_too_deep_are_refused_with_their_path(tmp_path: Path) -> None:
    level = zipped(tmp_path / "0.zip", ("x.json", b"[]")).read_bytes()
    for depth in range(1, 7):
        level = zipped(tmp_path / f"{depth}.zip", ("in.zip", level)).read_bytes()
    refused(tmp_path / "6.zip", "in.zip/in.zip/in.zip", "deep")


def test_members_that_share_bytes_are_refused(tmp_path: Path) -> None:
    """The zip of death: a directory whose hundred names all point at one member."""
    data = os.urandom(50_000)
    whole = zipped(tmp_path / "one.zip", ("kernel", data)).read_bytes()
    at = whole.index(b"PK\x01\x02")
    entry, end = whole[at : whole.index(b"PK\x05\x06")], whole[whole.index(b"PK\x05\x06") :]
    n = 100
    many = b"".join(entry.replace(b"kernel", b"kern%02d" % i) for i in range(n))
    end = end[:8] + struct.pack("<HHLL", n, n, len(many), at) + end[20:]
    path = tmp_path / "death.zip"
    path.write_bytes(whole[:at] + many + end)
    refused(path, "kern01", "archive bombs")


def test_all_that_an_export_claims_is_counted(tmp_path: Path) -> None:
    limits = Limits(total_bytes=1_000)
    refused(
        zipped(tmp_path / "a.zip", *((f"{i}.txt", b"x" * 300) for i in range(4))),
        "bytes in all",
        limits=limits,
    )
    refused(
        zipped(tmp_path / "b.zip", *((f"{i}.txt", b"") for i in range(4))), "3.txt", limits=Limits(members=3)
    )


def test_what_packed_tarballs_unpack_to_is_counted_as_it_comes(tmp_path: Path) -> None:
    path = tarred(tmp_path / "a.tar.gz", ("a", os.urandom(500)), mode="w:gz")
    refused(path, "bytes in all", limits=Limits(total_bytes=5_000))


# Sizes that are claimed


def claiming(source: Path, place: int, size: int) -> Path:
    """Write a size over the one that a ZIP's table of contents claims."""
    data = bytearray(source.read_bytes())
    at = data.index(b"PK\x01\x02") + place
    data[at : at + 4] = struct.pack("<L", size)
    source.write_bytes(data)
    return source


UNPACKED = 24


@pytest.mark.parametrize("claim", [1, 10, 2_799])
def test_a_zip_that_claims_less_than_it_holds_is_refused(tmp_path: Path, claim: int) -> None:
    text = (SECRET * 100).encode()
    refused(claiming(zipped(tmp_path / "a.zip", ("chats.json", text)), UNPACKED, claim), "chats.json")


def test_a_zip_that_claims_more_than_it_holds_is_read_as_it_is(tmp_path: Path) -> None:
    path = claiming(zipped(tmp_path / "a.zip", ("chats.json", b"[1]" * 100)), UNPACKED, 1_000_000)
    assert through(path) == {"chats.json": b"[1]" * 100}


def test_ten_gigabytes_claimed_are_refused_before_a_byte_is_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("big.json", b"[1]"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.filelist[0].file_size = 10 << 30
        archive._didModify = True  # type: ignore[attr-defined]
    refused(path, "big.json", "longer than 8,589,934,592 bytes")


def test_a_file_of_ten_gigabytes_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    with (tmp_path / "export" / "big.json").open("wb") as stream:
        stream.truncate(10 << 30)
    refused(tmp_path / "export", "big.json", "longer than")
    refused(tmp_path / "export" / "big.json", "big.json", "longer than")


def test_a_tarball_that_claims_ten_gigabytes_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("big.json")
    info.size = 10 << 30
    path = tmp_path / "a.tar"
    path.write_bytes(info.tobuf() + bytes(1_024))
    refused(path, "big.json", "longer than")


def test_a_tarball_whose_headers_claim_gigabytes_takes_little_memory(tmp_path: Path) -> None:
    header = tarfile.TarInfo("././@PaxHeader")
    header.type, header.size = tarfile.XHDTYPE, 600 * MB
    path = tmp_path / "a.tar"
    with path.open("wb") as stream:
        stream.write(header.tobuf())
        stream.truncate(700 * MB)
    assert "a.tar: not a whole tarball" in in_little_memory(REFUSES.format(path=str(path)), 100)


def test_sparse_members_of_tarballs_are_listed_and_not_read(tmp_path: Path) -> None:
    header = bytearray(tarfile.TarInfo("holes.json").tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    header[483:495] = b"%011o\0" % (7 << 30)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    path = tmp_path / "a.tar"
    path.write_bytes(header + bytes(1_024))
    with Tree(path) as tree:
        assert len(tree) == 0
        assert tree.refused == [("holes.json", "not a file: a device, a pipe, a socket or a sparse file")]


# Names and links


NAMES = {
    "../../up.json": "up.json",
    "/etc/passwd": "etc/passwd",
    "..\\..\\back.json": "back.json",
    "C:\\x\\y.json": "C:/x/y.json",
    "a/../../b/./c.json": "a/b/c.json",
    "..": "unnamed",
    "line\nbreak\x1b[2J.json": "line\ufffdbreak\ufffd[2J.json",
    "exe\u202ejpg.txt": "exe\ufffdjpg.txt",
}


@pytest.mark.parametrize(("name", "path"), NAMES.items(), ids=range(len(NAMES)))
def test_names_stay_below_the_root(tmp_path: Path, name: str, path: str) -> None:
    assert through(zipped(tmp_path / "a.zip", (name, b"{}"))) == {path: b"{}"}
    assert through(tarred(tmp_path / "a.tar", (name, b"{}"))) == {path: b"{}"}


def test_a_name_ends_at_its_nul(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("chats.json_.exe", b"{}"))
    path.write_bytes(path.read_bytes().replace(b"chats.json_", b"chats.json\0"))
    names = list(through_or_none(path))
    assert all("\0" not in name for name in names)


def through_or_none(path: Path) -> dict[str, bytes]:
    try:
        return through(path)
    except InputError:
        return {}


def test_two_members_of_one_name_are_both_read(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(tmp_path / "a.zip", ("x.json", b"[1]"), ("x.json", b"[2]"), ("./x.json", b"[3]"))
    assert through(path) == {"x.json": b"[1]", "x.json (2)": b"[2]", "x.json (3)": b"[3]"}
    path = tarred(tmp_path / "a.tar", ("x.json", b"[1]"), ("x.json", b"[2]"))
    assert through(path) == {"x.json": b"[1]", "x.json (2)": b"[2]"}


def test_links_and_devices_are_listed_and_never_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    path = tarred(
        tmp_path / "a.tar",
        ("chats.json", b"[]"),
        (special("sym", tarfile.SYMTYPE, str(secret)), b""),
        (special("hard", tarfile.LNKTYPE, "chats.json"), b""),
        (special("fifo", tarfile.FIFOTYPE), b""),
        (special("dev", tarfile.CHRTYPE), b""),
    )
    with Tree(path) as tree:
        assert list(tree.members) == ["chats.json"]
        assert [name for name, _ in tree.refused] == ["sym", "hard", "fifo", "dev"]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("chats.json", "[]")
        for name, mode in (("sym", stat.S_IFLNK), ("fifo", stat.S_IFIFO), ("dev", stat.S_IFBLK)):
            info = zipfile.ZipInfo(name)
            info.external_attr = (mode | 0o777) << 16
            archive.writestr(info, str(secret))
    with Tree(tmp_path / "a.zip") as tree:
        assert list(tree.members) == ["chats.json"]
        assert [name for name, _ in tree.refused] == ["sym", "fifo", "dev"]
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "chats.json").write_text("[]")
    (folder / "to-file").symlink_to(secret)
    (folder / "to-folder").symlink_to(tmp_path)
    (folder / "round").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    with Tree(folder) as tree:
        assert list(tree.members) == ["chats.json"]
        assert sorted(name for name, _ in tree.refused) == ["pipe", "round", "to-file", "to-folder"]


def test_what_permissions_forbid_is_listed_by_name(tmp_path: Path) -> None:
    """As another user than root, whom permissions don't stop."""
    folder = tmp_path / "folder"
    (folder / "locked").mkdir(parents=True)
    (folder / "chats.json").write_text("[]")
    (folder / "mine.json").write_text(SECRET)
    (folder / "locked" / "x.json").write_text(SECRET)
    (folder / "mine.json").chmod(0)
    (folder / "locked").chmod(0)
    work = (
        "import os, sys\n"
        "from commonweal.intake.source import Tree\n"
        "if os.geteuid() == 0:\n"
        "    os.chdir('/')\n"
        "    for here in sys.argv[2:]: os.chmod(here, 0o755)\n"
        "    os.setegid(65534); os.seteuid(65534)\n"
        "with Tree(sys.argv[1]) as tree:\n"
        "    print(list(tree.members), sorted(n for n, _ in tree.refused))\n"
    )
    above = [str(p) for p in (folder, *folder.parents) if len(p.parts) > 2]
    done = subprocess.run([sys.executable, "-c", work, str(folder), *above], capture_output=True, text=True)
    (folder / "locked").chmod(0o755)
    assert done.stdout == "['chats.json'] ['locked', 'mine.json']\n", done.stderr


def test_names_of_bytes_that_are_no_letters_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.json")).write_bytes(b"[]")
    assert through(folder) == {"caf\ufffd.json": b"[]"}


# Locked and damaged


def locked(path: Path) -> Path:
    """Set the bits that say that a ZIP's members are encrypted."""
    data = bytearray(path.read_bytes())
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + place] |= 1
    path.write_bytes(data)
    return path


def test_an_encrypted_zip_is_refused_by_the_member(tmp_path: Path) -> None:
    refused(locked(zipped(tmp_path / "a.zip", ("chats.json", SECRET.encode()))), "chats.json", "encrypted")


def test_a_locked_zip_or_a_document_in_an_export_stays_a_file(tmp_path: Path) -> None:
    inner = locked(zipped(tmp_path / "a.zip", ("x", b"x"))).read_bytes()
    office = zipped(
        tmp_path / "b.zip", ("[Content_Types].xml", b"<x/>"), ("word/a.xml", b"<x/>")
    ).read_bytes()
    path = zipped(tmp_path / "c.zip", ("chats.json", b"[]"), ("mine.zip", inner), ("letter.docx", office))
    with Tree(path) as tree:
        assert {m.path: m.kind for m in tree} == {
            "chats.json": "json", "mine.zip": "binary", "letter.docx": "binary",
        }  # fmt: skip
        assert tree.members["letter.docx"].read() == office


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "json.gz", "json.bz2", "json.xz"])
def test_what_is_cut_off_is_refused_by_name(tmp_path: Path, kind: str, share: float) -> None:
    body = json.dumps([{"text": SECRET, "noise": os.urandom(30).hex()} for _ in range(400)]).encode()
    path = tmp_path / f"export.{kind}"
    if kind == "zip":
        zipped(path, ("chats.json", body))
    elif kind.startswith("tar"):
        tarred(path, ("chats.json", body), mode="w:gz" if kind == "tar.gz" else "w")
    else:
        path.write_bytes(PACK[kind[5:]](body))
    whole = path.read_bytes()
    assert through(path)
    if kind == "tar":
        whole = whole.rstrip(b"\0")  # its end is padding
    path.write_bytes(whole[: int(len(whole) * share)])
    refused(path, "export" if kind != "zip" else "export.zip")


def test_every_place_at_which_a_tarball_is_cut_off_or_spoilt_is_noticed(tmp_path: Path) -> None:
    path = tarred(tmp_path / "a.tar", ("a.json", b"[1]" * 300), ("b.json", b"[2]" * 300))
    whole = path.read_bytes()
    end = whole.rstrip(b"\0")
    for cut in range(300, len(end), 97):
        path.write_bytes(whole[:cut])
        with pytest.raises(InputError) as raised:
            through(path)
        assert raised.value.where in ("a.tar", "a.json", "b.json")
    spoilt = bytearray(whole)
    at = whole.index(b"b.json")
    spoilt[at + 148 : at + 156] = b"00000000"
    path.write_bytes(spoilt)
    refused(path, "a.tar")


@pytest.mark.parametrize("place", range(0, 400, 7))
def test_a_spoilt_byte_of_a_zip_is_refused_or_harmless(tmp_path: Path, place: int) -> None:
    body = json.dumps({"text": SECRET}).encode() * 4
    path = zipped(tmp_path / "a.zip", ("chats.json", body), ("more/b.json", b"[]"))
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= 0xFF
    path.write_bytes(data)
    try:
        found = through(path)
    except InputError as error:
        assert SECRET not in str(error)
    else:
        assert set(found.values()) <= {body, b"[]", bytes(data)}


def test_an_empty_zip_and_empty_files_hold_nothing(tmp_path: Path) -> None:
    assert through(zipped(tmp_path / "a.zip")) == {}
    (tmp_path / "empty.json").touch()
    assert through(tmp_path / "empty.json") == {"empty.json": b""}
    (tmp_path / "folder").mkdir()
    assert through(tmp_path / "folder") == {}


def test_hundreds_of_large_files_take_little_memory(tmp_path: Path) -> None:
    """Their beginnings are looked at and not held."""
    body = b"\x89PNG" + os.urandom(MB)
    zipped(tmp_path / "a.zip", *((f"{i}.png", body) for i in range(400)), method=zipfile.ZIP_STORED)
    in_little_memory(
        f"with Tree({str(tmp_path / 'a.zip')!r}) as tree: assert len([m.kind for m in tree]) == 400", 190
    )
