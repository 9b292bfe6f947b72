# The life of a bed. All state of a running bed is in $cache/runs/NAME and in its cgroup; its mounts
# are in a mount namespace of its own and end with it.
# shellcheck disable=SC2154 # $repo, $parts and $cache are scripts/testbed's

bed_run() { echo "$cache/runs/$1"; }

# bed_cgroup NAME: the path that its starter wrote to a file; fails if the starter never got that
# far.
bed_cgroup() { cat "$(bed_run "$1")/cgroup" 2>/dev/null; }

bed_alive() {
  local cgroup
  cgroup=$(bed_cgroup "$1") && cgroup_populated "$cgroup"
}

# bed_leader NAME: the PID on the host of the bed's own systemd.
bed_leader() {
  local cgroup pid
  cgroup=$(bed_cgroup "$1") || return
  while read -r pid; do
    grep -qsE '^NSpid:.*[[:space:]]1$' "/proc/$pid/status" && echo "$pid" && return
  done 2>/dev/null <"$cgroup/payload/init.scope/cgroup.procs"
  return 1
}

# bed_state NAME: running, degraded, … as systemd reports; starting, or down.
bed_state() {
  bed_alive "$1" || { echo down; return; }
  cat "$(bed_run "$1")/state" 2>/dev/null || echo starting
}

# bed_up NAME BED DATA: returns when the bed is booted. Concurrent callers boot it once: the
# directory of all runs is the lock for every up and down.
bed_up() {
  local name=$1 bed=$2
  mkdir -p "$cache/runs"
  bed_is_up "$name" "$bed" && return
  tree_make "$bed"
  (
    flock 8
    if bed_is_up "$name" "$bed"; then exit; fi
    bed_clean "$name"
    bed_boot "$@"
  ) 8<"$cache/runs"
  bed_sweep
}

# bed_is_up NAME BED: whether it is booted, and of that kind.
bed_is_up() {
  local run kind
  run=$(bed_run "$1")
  [[ -s $run/state ]] && bed_alive "$1" || return 1
  kind=$(<"$run/bed")
  [[ $kind == "$2" ]] || die "$1 is a $kind bed, not $2; next: scripts/testbed down --name=$1"
}

bed_boot() {
  local name=$1 bed=$2 data=$3 run state=''
  local -a scope=()
  run=$(bed_run "$name")
  command -v systemd-nspawn >/dev/null || "$repo/scripts/setup" testbed >&2
  mkdir -p "$run"
  tree_path "$bed" >"$run/tree"
  echo "$bed" >"$run/bed"
  mkfifo "$run/ready"
  if [[ -d /run/systemd/system ]]; then
    scope=(systemd-run --scope --quiet --collect --property=Delegate=yes "--unit=appc-testbed-$name")
  else
    cgroup_make "$name" >"$run/cgroup"
  fi
  setsid --fork "${scope[@]}" unshare --mount --propagation private -- \
    bash "$parts/start.bash" "$run" "$name" "$repo" "$data" \
    </dev/null >"$run/console.log" 2>&1 8>&- 9>"$run/ready" &
  # Either the bed's ready unit writes to the fifo, or the starter dies and its end of the fifo
  # closes.
  read -r -t 120 state <"$run/ready" || true
  if [[ -z $state ]]; then
    tail -n 40 "$run/console.log" >&2
    bed_clean "$name"
    die "$name did not boot; its console is above"
  fi
  [[ $state == running ]] || say "$name is $state: $(bed_failed_units "$name")"
  echo "$state" >"$run/state"
}

bed_failed_units() {
  nsenter -t "$(bed_leader "$1")" -a -- systemctl list-units --failed --plain --no-legend | awk '{print $1}' | paste -sd' '
}

bed_down() {
  mkdir -p "$cache/runs"
  (
    flock 8
    bed_clean "$1"
  ) 8<"$cache/runs"
  bed_sweep
}

# bed_clean NAME: removes everything of a bed, whether it is alive, half-started or crashed.
bed_clean() {
  local run cgroup
  run=$(bed_run "$1")
  [[ -e $run ]] || return 0
  if cgroup=$(bed_cgroup "$1"); then cgroup_kill "$cgroup"; fi
  mkdir -p "$cache/trash"
  mv -T "$run" "$(mktemp -d "$cache/trash/$1-XXXXXX")"
}

# The data of ended beds may be large. The first caller removes it, outside the lock of the runs;
# the next caller removes what a killed one leaves.
bed_sweep() {
  local old
  for old in "$cache"/trash/*/; do
    [[ -d $old ]] || continue
    # shellcheck disable=SC2094 # a directory may be removed while it is open
    (
      flock --nonblock 8 || exit 0
      rm -rf --one-file-system "$old"
    ) 8<"$old"
  done
}
