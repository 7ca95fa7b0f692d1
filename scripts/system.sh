#!/usr/bin/env bash
# Installs what the tests need beyond Python: Chromium, which opens the brief as a reader would. Does nothing where
# a Chromium is on PATH already.
set -euo pipefail
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null && exit 0
done
if ! command -v apt-get >/dev/null; then
  echo "no Chromium on PATH and no apt-get to install it: install Chromium, then run this again" >&2
  exit 1
fi
root=()
[ "$(id -u)" -eq 0 ] || root=(sudo)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install --yes --quiet=2 --no-install-recommends chromium fonts-liberation >"$log" 2>&1
}
install || { "${root[@]}" apt-get update --quiet=2 >"$log" 2>&1 && install; } || { cat "$log" >&2; exit 1; }
