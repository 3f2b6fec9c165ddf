#!/usr/bin/env bash
# For developers: does the README work on a machine that has had nothing installed by hand?
# Makes a minimal Debian (debootstrap) with only python3, git, make and ca-certificates, clones this repository into it
# and runs make there. Needs root, debootstrap and about 4 GB. Package sources, proxies and certificates are this
# machine's: apt's and pip's settings are copied, no host is named here.
#
#   scripts/fresh_system.sh FOLDER [--worktree] [TARGET…]
#
# FOLDER      where the system is made; must not exist yet (its parent must). Delete it yourself afterwards.
# --worktree  take the files as they stand here, committed or not, instead of a clone of HEAD
# TARGET      make targets, in order; default: demo test
set -euo pipefail
REPOSITORY=$(cd "$(dirname "$0")/.." && pwd)
GUEST_HOME=/root
WORK=$GUEST_HOME/casebinder

stop() {
    printf 'fresh_system: %s\n' "$*" >&2
    exit 1
}

copy_in() {
    local path
    for path in "$@"; do
        [ -e "$path" ] || continue
        mkdir -p "$ROOT$(dirname "$path")"
        cp -aL "$path" "$ROOT$(dirname "$path")/" 2>/dev/null || cp -a "$path" "$ROOT$(dirname "$path")/"
    done
}

# Where this machine's apt gets Debian from.
mirror() {
    awk '$1 == "URIs:" { print $2; exit } $1 == "deb" { print ($2 ~ /^\[/) ? $3 : $2; exit }' \
        /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null || true
}

# Folders on this machine that pip's settings point to. A local index names files beside itself, so its parent comes along.
pip_folders() {
    local path parent
    python3 -m pip config list 2>/dev/null | grep -oE "(file://)?/[^' ]+" | sed 's,^file://,,' | while read -r path; do
        [ -d "$path" ] || continue
        parent=$(dirname "$path")
        case "$parent" in
            /*/*) printf '%s\n' "$parent" ;;
            *) printf '%s\n' "$path" ;;
        esac
    done | sort -u
}

make_system() {
    local release
    release=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
    debootstrap --variant=minbase --include=python3,git,make,ca-certificates "$release" "$ROOT" "$(mirror)" >"$ROOT.log" 2>&1 ||
        stop "debootstrap failed; see $ROOT.log"
    rm -rf "$ROOT"/etc/apt/sources.list "$ROOT"/etc/apt/sources.list.d
    copy_in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/keyrings /etc/apt/trusted.gpg.d /etc/apt/auth.conf.d \
        /etc/apt/preferences.d /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/ssl/certs /usr/local/share/ca-certificates
    # Only settings of transport and dates; hooks call programs that are not there.
    mkdir -p "$ROOT/etc/apt/apt.conf.d"
    apt-config dump | grep -E '^Acquire::(http|https|ftp|Check-|Retries|Languages|ForceIPv4)' >"$ROOT/etc/apt/apt.conf.d/90from-host" || true
    if [ -d "$HOME/.config/pip" ]; then
        mkdir -p "$ROOT$GUEST_HOME/.config"
        cp -a "$HOME/.config/pip" "$ROOT$GUEST_HOME/.config/"
    fi
}

copy_project() {
    if [ "$WORKTREE" = yes ]; then
        mkdir -p "$ROOT$WORK"
        git -C "$REPOSITORY" ls-files -z --cached --others --exclude-standard |
            (cd "$REPOSITORY" && tar --null --ignore-failed-read --files-from=- -cf - 2>/dev/null) | tar -xf - -C "$ROOT$WORK"
        git -C "$ROOT$WORK" init --quiet
    else
        git clone --quiet --no-hardlinks "$REPOSITORY" "$ROOT$WORK"
    fi
}

# Only what says how to reach package sources comes along; the rest of this machine's environment does not.
guest_environment() {
    printf '%s\n' "HOME=$GUEST_HOME" "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" "TERM=dumb"
    env | grep -E '^(PIP_[A-Z_]+|SSL_CERT_[A-Z]+|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|[A-Za-z]+_[Pp][Rr][Oo][Xx][Yy])=' || true
}

# Own mounts and processes, so that nothing is left behind, however this ends.
run_in_guest() {
    local variables
    mapfile -t variables < <(guest_environment)
    mapfile -t folders < <(pip_folders)
    unshare --mount --pid --fork --kill-child bash -eu -c '
        root=$1; shift
        mount -t proc proc "$root/proc"
        mount -t sysfs -o ro sysfs "$root/sys"
        mkdir -p "$root/dev/shm" && mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
        while [ "$1" != -- ]; do
            mkdir -p "$root$1" && mount --bind -o ro "$1" "$root$1"; shift
        done
        shift
        exec chroot "$root" "$@"
    ' _ "$ROOT" "${folders[@]}" -- env -i "${variables[@]}" bash -c "cd $WORK && exec \"\$@\"" _ "$@"
}

[ $# -ge 1 ] || stop "say which folder to make; see the top of this file"
[ "$(id -u)" = 0 ] || stop "needs root"
command -v debootstrap >/dev/null || stop "needs debootstrap: apt-get install debootstrap"
[ ! -e "$1" ] || stop "$1 exists already; name a new folder"
ROOT=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift
WORKTREE=no
if [ "${1-}" = --worktree ]; then
    WORKTREE=yes
    shift
fi
[ $# -gt 0 ] || set -- demo test

started=$SECONDS
make_system
printf 'fresh_system: the system was made in %d s\n' $((SECONDS - started))
copy_project
for target in "$@"; do
    started=$SECONDS
    run_in_guest make "$target" || stop "make $target failed after $((SECONDS - started)) s"
    printf 'fresh_system: make %s took %d s\n' "$target" $((SECONDS - started))
done
