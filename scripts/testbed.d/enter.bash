# Running commands in a bed, or on the host itself.

# shellcheck disable=SC2154 # $repo, $parts and $cache are scripts/testbed's
# Arguments of env(1) that give a command the environment of a bed and no variable of the caller.
environment=()
set_environment() {
  local directory=/root
  [[ $PWD/ != "$repo"/* ]] || directory=$PWD
  environment=(
    -i "--chdir=$directory" "PATH=$repo/dist/bin:$repo/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    HOME=/root USER=root LOGNAME=root SHELL=/bin/bash LANG=C.UTF-8 "TERM=${TERM:-dumb}" "APPC_TESTBED_NAME=$1"
  )
}

# enter NAME COMMAND...: does not return; the exit code is the command's.
enter() {
  local name=$1 leader cgroup
  shift
  leader=$(bed_leader "$name") || die "$name is not running; next: scripts/testbed up"
  cgroup=$(bed_cgroup "$name")/payload/testbed-exec
  mkdir -p "$cgroup"
  echo $$ >"$cgroup/cgroup.procs"
  set_environment "$name"
  # A pseudo-terminal of the bed's own: the caller's has no name in the bed.
  if [[ -t 0 && -t 1 && -t 2 ]]; then
    set -- script --quiet --return --flush --command "$(printf '%q ' "$@")" /dev/null
  fi
  # The command ends with its nsenter, which would otherwise leave it behind.
  exec nsenter --target "$leader" --all -- setpriv --pdeathsig TERM -- env "${environment[@]}" "$@"
}

# on_host VERB COMMAND...: the same verbs where this machine is its own bed.
on_host() {
  local verb=$1
  shift
  [[ -d /run/systemd/system ]] || die 'APPC_TESTBED=host: PID 1 of this machine is not systemd'
  set_environment host
  [[ -e /usr/lib/systemd/system/appc.slice ]] || "$repo/scripts/install-units" >&2
  case $verb in
    exec) exec env "${environment[@]}" "$@" ;;
    shell) exec env "${environment[@]}" bash ;;
    up) say "this machine, $(systemctl is-system-running || true)" ;;
    down) ;;
  esac
}
