# Messages of the test bed go to stderr; stdout is left to the command that runs.

say() { printf 'testbed: %s\n' "$*" >&2; }

die() {
  say "$*"
  exit 254
}

misuse() {
  say "$*"
  exit 2
}
