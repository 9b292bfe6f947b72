# The cached trees: mmdebstrap creates them, and they are never written to afterwards.

# shellcheck disable=SC2154 # $repo, $parts and $cache are scripts/testbed's
tree_path() { echo "$cache/trees/$1-$(recipe_key "$1")"; }

# tree_make BED: creates the tree if it is missing. Two concurrent callers create it once.
tree_make() {
  local bed=$1 tree
  tree=$(tree_path "$bed")
  [[ -d $tree ]] && return
  mkdir -p "$cache/trees"
  (
    flock 8
    [[ -d $tree ]] && exit
    command -v mmdebstrap >/dev/null || "$repo/scripts/setup" testbed >&2
    say "making the $bed tree, once; it stays in $cache"
    rm -rf --one-file-system "$cache/trees/$bed".making
    tree_bootstrap "$(recipe_suite "$bed")" "$(recipe_packages "$bed" | paste -sd,)" "$cache/trees/$bed.making"
    recipe_finish "$cache/trees/$bed.making"
    tree_drop_old "$bed"
    mv -T "$cache/trees/$bed.making" "$tree"
  ) 8>"$cache/trees/$bed.lock"
}

# tree_bootstrap SUITE PACKAGES DIRECTORY
tree_bootstrap() {
  local suite=$1 packages=$2 directory=$3 log=$3.log
  local -a mirror=()
  mapfile -t mirror < <(mirror_lines "$suite")
  printf '%s\n' "${mirror[@]}" | mmdebstrap --quiet --mode=root --variant=essential --format=directory \
    --include="$packages" \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --aptopt='APT::Install-Recommends "false"' \
    "$suite" "$directory" ${mirror[0]:+-} >"$log" 2>&1 8>&- || {
    tail -n 30 "$log" >&2
    die "mmdebstrap could not make the $suite tree; its whole log is in $log"
  }
  rm -f "$log"
}

# A tree of an older recipe is removed when the new one is created, unless a bed still uses it.
tree_drop_old() {
  local old
  for old in "$cache/trees/$1"-????????????; do
    [[ -d $old ]] || continue
    grep -qsxF "$old" "$cache"/runs/*/tree || rm -rf --one-file-system "$old"
  done
}
