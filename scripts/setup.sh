#!/usr/bin/env bash
# Puts what Wakeful is built and tested with in place. `make` calls it; by hand: scripts/setup.sh STEP…
#
#   python    .venv with the packages of requirements/dev.txt
#   newest    .venv-newest, the same with the newest Python found, when that is newer than .venv's
#   node      web/node_modules, from web/package-lock.json
#   browsers  Chromium, Firefox, nginx and Redis, from apt
#
# A step says what it does and how long that takes. Done once, it is silent, quick and needs no network.
# PYTHON and NEWEST_PYTHON choose the interpreters.
set -euo pipefail
cd "$(dirname "$0")/.."

LEAST_PYTHON=3.11
LEAST_NODE=20

main() {
    for step in "$@"; do
        case $step in
            python | newest | node | browsers) "setup_$step" ;;
            *) fail "no such step: $step (python, newest, node, browsers)" ;;
        esac
    done
}

say() { printf '\n== %s\n' "$*"; }

fail() {
    printf '\nsetup: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf '       %s\n' "${@:2}" >&2
    exit 1
}

# --- Python ------------------------------------------------------------------------------------

setup_python() {
    local python=${PYTHON:-}
    # Without a wish, the environment that is there stays: python3 may mean another one in the next shell.
    if [ -z "$python" ]; then
        if is_recent .venv/bin/python; then python=.venv/bin/python; else python=python3; fi
    fi
    is_recent "$python" || fail "'$python' is no Python $LEAST_PYTHON or newer (it says: $(version_of "$python"))." \
        "Name one that is: make setup PYTHON=python3.12"
    make_environment .venv "$python"
}

setup_newest() {
    local newest
    newest=$(newest_python)
    if [ -z "$newest" ]; then
        say "No Python newer than .venv's $(version_of .venv/bin/python) found: its test lane is left out (NEWEST_PYTHON names one)"
        rm -rf .venv-newest
        return
    fi
    make_environment .venv-newest "$newest"
}

newest_python() {
    local best=${NEWEST_PYTHON:-} candidate
    if [ -n "$best" ]; then
        is_recent "$best" || fail "NEWEST_PYTHON: '$best' is no Python $LEAST_PYTHON or newer."
    else
        for candidate in python3.1{1,2,3,4,5,6} "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python3; do
            if is_newer "$candidate" "${best:-.venv/bin/python}"; then best=$candidate; fi
        done
    fi
    echo "$best"
}

# A name on PATH may be a shim for a version that is not there, so ask it.
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || echo nothing; }

is_recent() { "$1" -c "import sys; sys.exit(sys.version_info < (${LEAST_PYTHON/./, }))" 2>/dev/null; }

is_newer() {
    local than
    than=$("$2" -c 'import sys; print(sys.version_info[:2])')
    "$1" -c "import sys; sys.exit(not (sys.version_info[:2] > $than and sys.version_info.releaselevel == 'final'))" 2>/dev/null
}

make_environment() { # FOLDER INTERPRETER
    local folder=$1 python=$2 stamp
    # The folder's own path is part of it: an environment does not survive a move.
    stamp="$PWD $(version_of "$python") $(cksum requirements/dev.txt)"
    [ "$stamp" != "$(cat "$folder/stamp" 2>/dev/null)" ] || return 0

    say "Python packages into $folder ($(version_of "$python"); about 30 seconds)"
    if [ "$python" != "$folder/bin/python" ]; then
        "$python" -c 'import ensurepip' 2>/dev/null || apt_install "python$(version_of "$python")-venv" ||
            fail "'$python' has no ensurepip. Install it (Debian: apt-get install python3-venv) and run this again."
        "$python" -m venv --clear "$folder"
    fi
    "$folder/bin/python" -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.txt
    "$folder/bin/python" -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
    echo "$stamp" >"$folder/stamp"
}

# --- Node --------------------------------------------------------------------------------------

setup_node() {
    local stamp
    { is_recent_node && command -v npm >/dev/null; } ||
        fail "Node $LEAST_NODE or newer with npm is needed; found: $(node --version 2>/dev/null || echo none)." \
            "(Debian 12's own nodejs is 18: take a newer one from nodejs.org.)"
    stamp=$(cksum web/package-lock.json)
    [ "$stamp" != "$(cat web/node_modules/.stamp 2>/dev/null)" ] || return 0

    say "Node packages into web/node_modules (76 MB, about 30 seconds)"
    # No package needs its install script, so none is run.
    npm --prefix web ci --ignore-scripts --no-audit --no-fund --loglevel=error
    echo "$stamp" >web/node_modules/.stamp
}

is_recent_node() { node --eval "process.exit(parseInt(process.versions.node) < $LEAST_NODE ? 1 : 0)" 2>/dev/null; }

# --- Browsers and nginx ------------------------------------------------------------------------

setup_browsers() {
    local missing
    missing=$(.venv/bin/python e2e/browsers.py missing)
    have_nginx || missing+=" nginx"
    command -v redis-server >/dev/null || missing+=" redis-server"
    [ -n "$missing" ] || return 0

    # shellcheck disable=SC2046,SC2086  # lists of words
    apt_install $(debian_packages $missing) || fail "The browser tests need what is not here:" $missing \
        "As root on Debian: apt-get install $(debian_packages chromium firefox nginx redis-server | xargs)" \
        "Elsewhere: .venv/bin/python -m playwright install chromium firefox; and nginx and redis from your system's packages." \
        "'make check' does without."
}

have_nginx() { PATH="$PATH:/usr/sbin" command -v nginx >/dev/null; }

debian_packages() {
    local name
    for name in "$@"; do
        case $name in
            firefox) echo firefox-esr ;;
            *) echo "$name" ;;
        esac
    done
}

# --- apt ---------------------------------------------------------------------------------------

# Fails, without a question asked, where there is no apt or no right to use it.
apt_install() {
    command -v apt-get >/dev/null || return 1
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        # A password can be typed at a terminal only.
        command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; } || return 1
        as_root=(sudo)
    fi
    say "Debian packages: $* (a browser is 100 MB or more; with both, about 2 minutes)"
    local log
    log=$(mktemp)
    # An update fails when one of many sources does; whether that matters, the installation shows.
    if ! { apt_get update || true; apt_get install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        return 1
    fi
    rm "$log"
    # The demo and the tests start an nginx and a Redis of their own; those that Debian starts nobody asked for.
    case " $* " in *" nginx "*) stop_service nginx ;; esac
    case " $* " in *" redis-server "*) stop_service redis-server ;; esac
}

# With the array that apt_install has set: empty for root.
apt_get() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@"
}

stop_service() {
    if [ -d /run/systemd/system ]; then "${as_root[@]}" systemctl --quiet disable --now "$1"; fi
}

main "$@"
