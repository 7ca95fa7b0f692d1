#!/usr/bin/env bash
# Builds the virtual environment named by $1 with the package (editable), its extras and the development groups.
set -euo pipefail
venv=$1
"${PYTHON:-python3}" - <<'PY'
import sys
sys.exit(0 if sys.version_info >= (3, 11) else f"commonweal needs Python 3.11 or later; {sys.executable} is {sys.version.split()[0]}")
PY
"${PYTHON:-python3}" -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --upgrade "pip>=25.1"   # knows dependency groups
"$venv/bin/pip" install --quiet --disable-pip-version-check --editable ".[brief,fast,cluster,sklearn,rules,intake,registry,commons,iscc,log]" --group demo --group test
