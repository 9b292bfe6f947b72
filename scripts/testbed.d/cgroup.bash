# Each bed has a cgroup of its own, which contains every process of the bed: it shows whether the
# bed is alive, and can kill all of it (cgroups(7)).

cgroup_root() { findmnt --noheadings --first-only --types cgroup2 --output TARGET; }

# cgroup_make NAME: for hosts without systemd; prints the path of a new cgroup.
cgroup_make() {
  local root
  root=$(cgroup_root || true)
  [[ -n $root ]] || die 'no cgroup v2 hierarchy is mounted on this machine'
  mkdir -p "$root/appc-testbed-$1"
  echo "$root/appc-testbed-$1"
}

cgroup_populated() { grep -qsx 'populated 1' "$1/cgroup.events"; }

# cgroup_kill PATH: kills all processes in it, waits until the kernel reports it empty, and removes
# it.
cgroup_kill() {
  [[ -e $1/cgroup.kill ]] || return 0
  echo 1 >"$1/cgroup.kill"
  perl -e '
    open(my $events, "<", $ARGV[0]) or exit;
    for (;;) {
      seek($events, 0, 0);
      my $text = join("", <$events>);
      last if $text !~ /^populated 1/m;
      my $ready = "";
      vec($ready, fileno($events), 1) = 1;
      select(undef, undef, $ready, undef);
    }' "$1/cgroup.events"
  # systemd removes the cgroups of its units itself; stop returns when the unit is gone.
  if [[ $1 == *.scope ]]; then
    systemctl stop "${1##*/}" 2>/dev/null || true
    return
  fi
  find "$1" -depth -type d -exec rmdir {} +
  cgroup_sweep "${1##*/}"
}

# On a host with version 1 hierarchies nspawn creates empty cgroups of the same name there.
cgroup_sweep() {
  local root
  for root in $(findmnt --noheadings --types cgroup --output TARGET || true); do
    [[ ! -d $root/$1 ]] || find "$root/$1" -depth -type d -exec rmdir {} +
  done
}
