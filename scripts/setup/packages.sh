#!/bin/sh
# Installs the Debian packages that a purpose needs and that are not there yet.
#
#   scripts/setup/packages.sh build figures      what the purposes are: see the table below
#   scripts/setup/packages.sh --list build       only print the missing ones
#
# A package counts as present when its probe finds what we use of it, so nothing is asked of apt,
# and no network is needed, once all is there. As root with apt-get the missing ones are installed;
# otherwise they are named, with the command that installs them, and the exit status is 1.
set -eu

# purpose  package  probe: command, header (under include/), or file (a pattern)
table() {
  cat <<'END'
build    gcc                     command gcc
build    libc6-dev               header  stdio.h
build    make                    command make
build    pkg-config              command pkg-config
build    lua5.4                  command lua5.4
build    liblua5.4-dev           header  lua5.4/lua.h
build    libopenblas-pthread-dev file    /usr/lib/*/openblas-pthread/libopenblas.so
build    liblapacke-dev          header  lapacke.h
build    libarpack2-dev          header  arpack/arpack.h
build    libsleef-dev            header  sleef.h
build    libsqlite3-dev          header  sqlite3.h
build    zlib1g-dev              header  zlib.h
build    libedit-dev             header  histedit.h
figures  gnuplot-nox             command gnuplot
test     libcmocka-dev           header  cmocka.h
test     lua-busted              command busted
test     python3-numpy           file    /usr/lib/python3/dist-packages/numpy
mpi      libopenmpi-dev          file    /usr/lib/*/pkgconfig/ompi-c.pc
mpi      openmpi-bin             command mpirun
peers    python3-numpy           file    /usr/lib/python3/dist-packages/numpy
peers    python3-torch           file    /usr/lib/python3/dist-packages/torch
lint     clang-tidy              command clang-tidy
lint     clang-format            command clang-format
lint     lua-check               command luacheck
valgrind valgrind                command valgrind
valgrind libc6-dbg               file    /usr/lib/debug/.build-id
arm64    gcc-aarch64-linux-gnu   command aarch64-linux-gnu-gcc
arm64    libc6-dev-arm64-cross   file    /usr/aarch64-linux-gnu/include/stdio.h
END
}

some_file() { [ -e "$1" ]; } # $1: the first match of a pattern, or the pattern itself

present() { # kind what
  case $1 in
  command) command -v "$2" >/dev/null 2>&1 ;;
  header)
    # shellcheck disable=SC2086 # patterns
    some_file /usr/include/$2 || some_file /usr/local/include/$2 || some_file /usr/include/*/$2
    ;;
  file)
    # shellcheck disable=SC2086
    some_file $2
    ;;
  esac
}

missing() { # purpose...
  for purpose in "$@"; do
    table | grep -q "^$purpose " || { echo "packages.sh: unknown purpose '$purpose'" >&2; exit 2; }
    table | while read -r of package kind what; do
      [ "$of" = "$purpose" ] || continue
      present "$kind" "$what" || printf '%s ' "$package"
    done
  done
}

only_list=
if [ "${1:-}" = --list ]; then
  only_list=1
  shift
fi
packages=$(missing "$@")
if [ -n "$only_list" ]; then
  [ -z "$packages" ] || echo "$packages"
  exit 0
fi
[ -n "$packages" ] || exit 0

install="apt-get install -y --no-install-recommends $packages"
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  {
    echo "saddle needs packages that are missing (Debian names): $packages"
    echo "As root, run:  $install"
  } >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
echo "installing $packages"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Package lists may be missing or old: fetch them when the first try fails.
if ! $install >"$log" 2>&1 </dev/null; then
  if ! { apt-get update && $install; } >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    echo "packages.sh: apt-get failed; the command was: $install" >&2
    exit 1
  fi
fi
