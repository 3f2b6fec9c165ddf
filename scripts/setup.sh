#!/usr/bin/env bash
# Sets up everything casebinder needs on Debian or Ubuntu: Debian packages, then .venv from requirements.lock.
# A second run finds all of it in place and ends at once.
#   scripts/setup.sh            to use casebinder
#   scripts/setup.sh --tests    also what only the tests need
#   scripts/setup.sh --corpus   also the programs that `make corpus` compares with
# Package sources, proxies and certificates are whatever apt and pip are configured for.
set -euo pipefail
cd "$(dirname "$0")/.."

VENV=.venv
STAMP=$VENV/casebinder-setup
OLDEST="3.11"

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# LibreOffice without a screen is enough, but apt would remove a desktop's LibreOffice to make room for it.
NOGUI=-nogui
if installed libreoffice-core; then NOGUI=; fi

# One line a need: the package to install, then others that serve as well.
RUN_PACKAGES=(
    "libreoffice-writer$NOGUI libreoffice-writer"
    "libreoffice-calc$NOGUI libreoffice-calc"
    "libreoffice-impress$NOGUI libreoffice-impress"
    "fonts-crosextra-carlito"
    "fonts-crosextra-caladea"
    "fonts-dejavu-core"
    "fonts-liberation fonts-liberation2"
    "fonts-noto-core"
    "fonts-noto-color-emoji"
    "libpango-1.0-0"
    "libpangoft2-1.0-0"
    "libharfbuzz-subset0"
    "qpdf"
    "tesseract-ocr"
    "tesseract-ocr-eng"
    "tesseract-ocr-osd"
    "ffmpeg"
)
TEST_PACKAGES=("poppler-utils" "openssl" "systemd" "util-linux" "bsdutils")
CORPUS_PACKAGES=("imagemagick" "libheif-examples")

say() { printf 'setup: %s\n' "$*"; }
stop() {
    printf 'setup: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '%s\n' "$@" >&2
    exit 1
}

find_python() {
    local candidate
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c "import sys; sys.exit(sys.version_info < (${OLDEST/./, }))" 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    stop "Python $OLDEST or newer is needed and was not found. Install it, then run this again."
}

any_installed() {
    local package
    for package in "$@"; do
        if installed "$package"; then return 0; fi
    done
    return 1
}

any_command() {
    local name
    for name in "$@"; do
        if command -v "$name" >/dev/null; then return 0; fi
    done
    return 1
}

# Prints the packages that are missing, one a line.
missing_packages() {
    local needs=("${RUN_PACKAGES[@]}") need words
    [ "$TESTS" = no ] || needs+=("${TEST_PACKAGES[@]}")
    [ "$CORPUS" = no ] || needs+=("${CORPUS_PACKAGES[@]}")
    for need in "${needs[@]}"; do
        read -ra words <<<"$need"
        any_installed "${words[@]}" || printf '%s\n' "${words[0]}"
    done
    if [ ! -x $VENV/bin/python ] && ! "$PYTHON" -c 'import ensurepip' 2>/dev/null; then
        printf '%s-venv\n' "$PYTHON"
    fi
    if [ "$TESTS" = yes ] && ! any_command chromium chromium-browser google-chrome; then
        # Ubuntu's chromium package only fetches a snap, which a server or container cannot run.
        if grep -qx 'ID=ubuntu' /etc/os-release; then
            say "NOTE: no Chromium or Chrome here, so the accessibility test of the status page WILL BE SKIPPED." >&2
        else
            printf 'chromium\n'
        fi
    fi
}

debian_packages() {
    local missing as_root=() install
    if ! command -v dpkg-query >/dev/null; then
        say "This is not Debian or Ubuntu. Install LibreOffice Writer, Calc and Impress, Tesseract (English), Pango, qpdf, ffmpeg, the Carlito, Caladea,"
        say "DejaVu and Liberation fonts yourself; setup goes on with the Python packages."
        return
    fi
    mapfile -t missing < <(missing_packages)
    [ ${#missing[@]} -gt 0 ] || return 0
    install="apt-get install --yes --no-install-recommends ${missing[*]}"
    if [ "$(id -u)" != 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            stop "These Debian packages are missing, and this account may not install them. Type this line, then run make again:" \
                "" "    sudo apt-get update && sudo $install" ""
        fi
        as_root=(sudo -n)
    fi
    say "installing ${#missing[@]} Debian packages: ${missing[*]}"
    mkdir -p build
    if ! { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q update &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive ${install/apt-get/apt-get -q}; } >build/apt.log 2>&1 </dev/null; then
        tail -n 15 build/apt.log >&2
        stop "apt could not install them (the whole log is build/apt.log). The line was:" "" "    $install" ""
    fi
}

# What the .venv was made from: same text, same .venv.
wanted_stamp() {
    printf 'python %s\n' "$("$PYTHON" -c 'import sys; print(*sys.version_info[:2], sep=".")')"
    printf 'folder %s\n' "$PWD"
    sha256sum requirements.lock pyproject.toml
}

python_packages() {
    local wanted
    wanted=$(wanted_stamp)
    if [ -x $VENV/bin/python ] && [ -f $STAMP ] && [ "$(cat $STAMP)" = "$wanted" ]; then return; fi
    if ! $VENV/bin/python -m pip --version >/dev/null 2>&1; then
        say "making $VENV with $("$PYTHON" --version)"
        "$PYTHON" -m venv --clear $VENV
    fi
    rm -f $STAMP
    say "installing the Python packages of requirements.lock"
    # pip's own requirement for hashes: what arrives is what was locked, from whichever index it came.
    $VENV/bin/python -m pip install --quiet --no-input --disable-pip-version-check --require-hashes -r requirements.lock
    $VENV/bin/python -m pip install --quiet --no-input --disable-pip-version-check --no-deps --no-build-isolation -e .
    printf '%s\n' "$wanted" >$STAMP
    say "ready: $VENV/bin/casebinder"
}

TESTS=no CORPUS=no
case "${1-}" in
    "") ;;
    --tests) TESTS=yes ;;
    --corpus) TESTS=yes CORPUS=yes ;;
    *) stop "unknown option $1; use scripts/setup.sh, scripts/setup.sh --tests or scripts/setup.sh --corpus" ;;
esac
PYTHON=$(find_python)
debian_packages
python_packages
