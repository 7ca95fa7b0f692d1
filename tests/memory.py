"""Work done in a process of its own, whose memory is looked at."""

from __future__ import annotations

import subprocess
import sys


def in_little_memory(work: str, megabytes: int) -> str:
    """Run Python in a process that ends if it takes more memory than this over what it takes to start."""
    head = (
        "import sys, resource\n"
        "from commonweal.errors import InputError\n"
        "from commonweal.intake import import_export\n"
        "from commonweal.intake.source import Tree, Limits\n"
        "import commonweal.intake.source.split, commonweal.intake.fingerprint, ijson, pyarrow.parquet\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
    )
    tail = (
        "\ntook = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024\n"
        f"assert took < {megabytes}, f'{{took:.0f}} MB'\n"
    )
    done = subprocess.run([sys.executable, "-c", head + work + tail], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2_000:]
    return done.stdout
