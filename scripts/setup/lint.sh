#!/bin/sh
# The checks of `make lint` that read sources: clang-tidy, formats, widths, luacheck, layers, paths.
# All of them run; the exit status says whether one found something. TIDY_FLAGS are the compiler's
# flags.
bad=0
fail() { echo "lint: $1" >&2; bad=1; }

c_files=$(find src tests -name '*.c')
formatted=$(find include src tests -name '*.[ch]')
included=$(find src tests -name '*.inc')
lua_dirs=$(find lua scripts examples tests -name '*.lua' 2>/dev/null)

# shellcheck disable=SC2086 # lists of files without blanks
{
  printf '%s\n' $c_files | xargs -P "$(nproc)" -n 1 sh -c '
    log=$(clang-tidy --quiet --warnings-as-errors="*" "$@" -- $TIDY_FLAGS -DSD_ISA=base 2>/dev/null)
    [ -z "$log" ] || { printf "%s\n" "$log"; exit 1; }' tidy || fail "clang-tidy found something"
  clang-format --dry-run -Werror $formatted || fail "format: run make fmt"
  # clang-format breaks no comments. What counts are characters, not bytes.
  LC_ALL=C.UTF-8 grep -nE '^.{101}' $formatted $included && fail "width: more than 100 characters"
  luacheck --no-color --quiet $lua_dirs tests/run || fail "luacheck found something"
}
lua5.4 scripts/setup/layers.lua . || fail "layers: an include points up"

# A path of one machine has no place in a source file.
here="$(pwd)
/home/[a-z]
/Users/[A-Z]"
[ "${#HOME}" -le 1 ] || here="$here
$HOME/"
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  git grep -nI -e "$here" -- . ':!scripts/setup/lint.sh' && fail "a path of one machine"
fi
[ $bad = 0 ] && echo "lint: clean"
exit $bad
