#!/usr/bin/env bash
# Installs what the tests need beyond Python: Chromium, which opens the brief as a reader would, and the web servers
# whose configuration we write (nginx, Caddy, Apache). Starts none of them. Does nothing where all are there already.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin  # where servers live, off the PATH of most people
missing=()
found() { for name in "$@"; do command -v "$name" >/dev/null && return; done; return 1; }
found chromium chromium-browser google-chrome || missing+=(chromium fonts-liberation)
found nginx || missing+=(nginx-light)
found caddy || missing+=(caddy)
found apache2 httpd || missing+=(apache2)
[ ${#missing[@]} -gt 0 ] || exit 0
if ! command -v apt-get >/dev/null; then
  echo "not on PATH, and no apt-get to install them: ${missing[*]}; install them, then run this again" >&2
  exit 1
fi
root=()
[ "$(id -u)" -eq 0 ] || root=(sudo)
log=$(mktemp)
policy=/usr/sbin/policy-rc.d
made=
trap 'rm -f "$log"; [ -z "$made" ] || "${root[@]}" rm -f "$policy"' EXIT
# Packages of servers start them on installation, unless this says that they may not.
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null
  made=1
  "${root[@]}" chmod 755 "$policy"
fi
install() {
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 --no-install-recommends "${missing[@]}" >"$log" 2>&1
}
install || { "${root[@]}" apt-get update --quiet=2 >"$log" 2>&1 && install; } || { cat "$log" >&2; exit 1; }
# Nor are they to start with the machine.
if [ -d /run/systemd/system ]; then
  for name in "${missing[@]}"; do
    case $name in nginx-light) "${root[@]}" systemctl disable --quiet nginx ;; caddy | apache2) "${root[@]}" systemctl disable --quiet "$name" ;; esac
  done
fi
