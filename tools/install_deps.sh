#!/bin/sh
# Installs the packages of tools/deps.txt that are missing, through apt, as root or with sudo. Says nothing and
# ends at once when all are there. Exit status 2: they cannot be installed from here, with the reason.
set -u
here=$(dirname "$0")
list=$here/deps.txt

packages() {
    sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$list"
}

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "willis: this system has no apt, so packages cannot be installed from here." >&2
    echo "willis: install what tools/deps.txt lists in your system's own way, then run: make build DEPS=no" >&2
    exit 2
fi

missing=$(packages | while read -r package reason; do
    is_installed "$package" || printf '%s ' "$package"
done)
[ -n "$missing" ] || exit 0

echo "willis: these Debian packages are needed and will be installed:"
packages | while read -r package reason; do
    is_installed "$package" || printf '  %-17s %s\n' "$package" "$reason"
done

as_root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "willis: this needs root, and there is no sudo here. As root, run: apt-get install $missing" >&2
        exit 2
    fi
    as_root=sudo
    if [ ! -t 0 ]; then # nobody to type a password
        as_root='sudo -n'
        if ! sudo -n true 2>/dev/null; then
            echo "willis: sudo asks for a password and there is no terminal. As root, run: apt-get install $missing" >&2
            exit 2
        fi
    fi
fi

apt() {
    # shellcheck disable=SC2086 # as_root is a command with its options
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q "$@" </dev/null
}

apt update || echo "willis: apt-get update failed; going on with the package lists that are here" >&2
# shellcheck disable=SC2086 # one word a package
if ! apt install -y --no-install-recommends -o DPkg::Lock::Timeout=120 $missing; then
    echo "willis: apt could not install: $missing" >&2
    echo "willis: its reason stands above; willis is developed on Debian 12" >&2
    exit 1
fi
