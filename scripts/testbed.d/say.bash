# How the test bed talks: stderr is the story, stdout is left to the command that runs.

say() { printf 'testbed: %s\n' "$*" >&2; }

die() {
  say "$*"
  exit 254
}

misuse() {
  say "$*"
  exit 2
}
