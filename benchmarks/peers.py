"""Peers in environments of their own, built on demand with pip under `benchmarks/.peers/`.

python -m benchmarks.peers            # builds all of them
python -m benchmarks.peers pydvl      # builds one, and prints its interpreter
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent / ".peers"

# Peers that need a later Python than ours.
PYTHONS = {"exports": "python3.12"}

SPECS: dict[str, tuple[str, ...]] = {
    "pydvl": ("pyDVL==0.10.0", "numpy<2"),
    # Its newest transformers needs a newer torch than it pins; without this its import fails.
    "opendataval": ("opendataval==1.3.0", "transformers==4.35.2"),
    "shapiq": ("shapiq==1.4.1",),
    "exports": ("convoviz==0.7.6", "echomine==1.5.0"),
    "torch": ("torch==2.13.0", "numpy"),
    "dedup": ("datasketch==2.0.0", "rensa==0.5.0", "gaoya==0.2.2", "xxhash==4.1.0"),
    "redaction": ("presidio-analyzer==2.2.366", "scrubadub==2.0.1", "datafog==4.9.0"),
}


def python(name: str) -> Path:
    """Return the interpreter of a peer's environment, built if it is not there or its packages changed."""
    specs, folder = SPECS[name], ROOT / name
    interpreter, ready = folder / "bin" / "python", folder / ".ready"
    wanted = "\n".join(specs)
    if not (ready.exists() and ready.read_text() == wanted):
        print(f"building {folder.name} ({', '.join(specs)})", file=sys.stderr)
        if not interpreter.exists():
            subprocess.run([_base(name), "-m", "venv", folder], check=True)
        pip = [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *specs]
        subprocess.run(pip, check=True)
        ready.write_text(wanted)
    return interpreter


def _base(name: str) -> str:
    """Return the interpreter that a peer's environment is made with."""
    wanted = PYTHONS.get(name)
    if wanted is None:
        return sys.executable
    managed = sorted(Path.home().glob(f".pyenv/versions/{wanted[6:]}*/bin/python"))
    found = str(managed[-1]) if managed else shutil.which(wanted)
    if found is None:
        raise RuntimeError(f"{name} needs {wanted} on the PATH")
    return found


def call(name: str, script: Path, *arguments: object) -> Any:
    """Run a script in a peer's environment; return what the last line that it prints says, as JSON."""
    return answer([python(name), script, *arguments])


def answer(command: list[object]) -> Any:
    """Run a command; return what the last line that it prints says, as JSON."""
    done = subprocess.run(
        [str(c) for c in command], capture_output=True, text=True, cwd=Path(__file__).parents[1]
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(str(c) for c in command)}\n{done.stderr[-4_000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    for peer in sys.argv[1:] or SPECS:
        print(python(peer))
