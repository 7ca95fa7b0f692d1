"""What the documentation tells people to do works as it is written."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cases import LICENSEE, LICENSOR, drafted, from_template, signed

from commonweal.rules import templates
from commonweal.rules.contracts import Contract

PAGE = (Path(__file__).parents[3] / "docs" / "how-it-works" / "contracts.md").read_text("utf-8")
FIRST, SCRIPT = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
COMMAND = re.search(r"^openssl .*?(?=  +#)", PAGE, flags=re.MULTILINE)


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(FIRST, "contracts.md", "exec"), {})
    said = capsys.readouterr().out
    assert said.splitlines()[-1] == "conditional"


def checked(contract: Contract, folder: Path) -> list[bool]:
    """Return what OpenSSL says of each party, by the documented steps alone."""
    (folder / "contract.json").write_bytes(contract.canonical())
    (folder / "check.py").write_text(SCRIPT, "utf-8")
    run = [sys.executable, "-I", "check.py", "contract.json"]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert contract.sha256 in done.stdout
    assert COMMAND is not None
    return [
        subprocess.run(
            COMMAND.group().replace("0", str(n)).split(), cwd=folder, capture_output=True
        ).returncode
        == 0
        for n in range(len(contract.parties))
    ]


@pytest.mark.parametrize("name", templates.names())
def test_other_software_verifies_a_contract_from_each_template(name: str, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on PATH")
    contract = signed(from_template(name))
    assert checked(contract, tmp_path) == [True] * len(contract.parties)


def test_other_software_finds_a_signature_of_another_contract(tmp_path: Path) -> None:
    import msgspec

    if shutil.which("openssl") is None:
        pytest.skip("no openssl on PATH")
    other = signed(drafted(text="Other."))
    mixed = msgspec.structs.replace(signed(drafted()), signatures=other.signatures)
    assert [p.name for p in mixed.parties] == [LICENSOR.name, LICENSEE.name]
    assert checked(mixed, tmp_path) == [False, False]


def test_the_table_has_every_template() -> None:
    for name in templates.names():
        assert f"| {name} |" in PAGE
