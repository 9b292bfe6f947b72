# Runs in a mount namespace and a cgroup of its own: assembles the bed's file system and stays until
# systemd-nspawn ends. The mounts need not be undone: they end with the namespace.
set -euo pipefail

run=$1 name=$2 repo=$3 data=$4
tree=$(<"$run/tree")

# On a host with systemd, systemd-run has created the cgroup; on other hosts the caller has.
if [[ -s $run/cgroup ]]; then
  cgroup=$(<"$run/cgroup")
else
  cgroup=$(findmnt --noheadings --first-only --types cgroup2 --output TARGET)$(sed -n 's/^0:://p' /proc/self/cgroup)
  echo "$cgroup" >"$run/cgroup"
fi
# nspawn splits the cgroup in which it is; controllers can be delegated only if no other process is
# in it.
mkdir -p "$cgroup/starter"
echo $$ >"$cgroup/starter/cgroup.procs"

mkdir "$run/fs"
# overlayfs cannot be the upper layer of an overlay.
[[ $(stat -f -c %T "$run/fs") != overlayfs ]] || mount -t tmpfs -o mode=0755 tmpfs "$run/fs"
mkdir "$run/fs/upper" "$run/fs/work" "$run/fs/root" "$run/fs/data"
if [[ -n $data ]]; then
  truncate -s "$data" "$run/fs/data.ext4"
  mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 "$run/fs/data.ext4"
  mount -o loop "$run/fs/data.ext4" "$run/fs/data"
fi
mkdir -m 0755 "$run/fs/data/appc" "$run/fs/data/containers"
mkdir -m 1777 "$run/fs/data/tmp"
mount -t overlay -o "lowerdir=$tree,upperdir=$run/fs/upper,workdir=$run/fs/work" overlay "$run/fs/root"

# The files that a host installs.
"$repo/scripts/install-units" "$run/fs/root"
ln -s "$repo/dist/bin/appc" "$run/fs/root/usr/bin/appc"

# nspawn keeps its own records there; this namespace's copy ends with it.
mkdir -p /run/systemd
mount -t tmpfs -o mode=0755 tmpfs /run/systemd

export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
nspawn=(
  systemd-nspawn --quiet --boot --register=no --keep-unit --settings=no
  --directory="$run/fs/root" --machine="$name"
  --capability=all --system-call-filter=@known
  --private-network --resolv-conf=off --timezone=off --link-journal=no
  --console=pipe
  --bind="$run/ready:/run/testbed-ready"
  --bind="$run/fs/data/appc:/var/lib/appc" --bind="$run/fs/data/tmp:/var/tmp"
  --bind="$run/fs/data/containers:/var/lib/containers"
  --bind="$repo"
)
# shellcheck disable=SC2016
bash -c 'echo $$ >"$0/cgroup.procs"; exec "$@" 9>&-' "$cgroup" "${nspawn[@]}"
