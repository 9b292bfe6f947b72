# The content of each tree. A tree is named by the hash of its recipe: a change here makes a new
# one.

recipe_beds=(debian13 debian12 debian13-bench debian12-bench)

recipe_base=(
  # the system itself
  systemd systemd-sysv dbus libsystemd0 libseccomp2 procps iproute2 util-linux ca-certificates
  # The libraries of the runtime and the addon.
  libstdc++6 libatomic1
  # The programs that tests call.
  gnupg tar gzip bzip2 xz-utils zstd busybox-static attr acl strace curl openssl file diffutils
  e2fsprogs containernetworking-plugins nftables iptables
)

recipe_peers=(podman runc time)

# Units that cannot work in a container, or start at times of their own.
recipe_masked=(
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer
  e2scrub_reap.service fstrim.timer man-db.timer motd-news.timer systemd-tmpfiles-clean.timer
  systemd-networkd-wait-online.service systemd-udevd.service systemd-resolved.service systemd-modules-load.service
  console-getty.service getty@tty1.service getty-static.service
  podman.socket podman.service podman-auto-update.timer podman-restart.service
)

recipe_known() { [[ " ${recipe_beds[*]} " == *" $1 "* ]]; }

recipe_suite() {
  case $1 in
    debian13*) echo trixie ;;
    debian12*) echo bookworm ;;
  esac
}

recipe_packages() {
  printf '%s\n' "${recipe_base[@]}"
  [[ $1 != *-bench ]] || printf '%s\n' "${recipe_peers[@]}"
}

# The unit that reports to the waiting `testbed up`, through a fifo, that the boot has ended and its
# result.
recipe_ready_unit() {
  cat <<'END'
[Unit]
Description=Tell the test bed's starter that the boot is over

[Service]
Type=exec
ExecStart=-/bin/sh -c 'systemctl is-system-running --wait >/run/testbed-ready'
END
}

# Runs on the finished tree, before it is put in place.
recipe_finish() {
  local tree=$1 unit
  for unit in "${recipe_masked[@]}"; do
    ln -sfn /dev/null "$tree/etc/systemd/system/$unit"
  done
  recipe_ready_unit >"$tree/etc/systemd/system/testbed-ready.service"
  mkdir -p "$tree/etc/systemd/system/multi-user.target.wants"
  ln -sfn ../testbed-ready.service "$tree/etc/systemd/system/multi-user.target.wants/testbed-ready.service"
  ln -sfn /usr/lib/systemd/system/multi-user.target "$tree/etc/systemd/system/default.target"
  : >"$tree/etc/machine-id"
  rm -f "$tree/var/lib/dbus/machine-id" "$tree/etc/hostname" "$tree/etc/resolv.conf"
  echo 'LANG=C.UTF-8' >"$tree/etc/default/locale"
  mkdir -p "$tree/var/lib/appc" "$tree/var/lib/containers"
  # podman sets a limit on processes by default, but a bed may lack the cgroup controller for it.
  [[ ! -d $tree/etc/containers ]] || printf '[containers]\npids_limit = 0\n' >"$tree/etc/containers/containers.conf"
  # Nothing to rebuild at each boot (systemd-update-done.service(8)).
  touch "$tree/etc/.updated" "$tree/var/.updated"
}

recipe_key() {
  {
    recipe_packages "$1"
    printf '%s\n' "$(recipe_suite "$1")" "${recipe_masked[@]}"
    recipe_ready_unit
    declare -f recipe_finish tree_bootstrap
  } | sha256sum | cut -c1-12
}
