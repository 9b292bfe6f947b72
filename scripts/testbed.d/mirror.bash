# The package mirrors are those of the host's own apt configuration, so that none is named here.

# mirror_lines SUITE: sources.list lines for a Debian suite; nothing on a host that is not Debian,
# whose mirrors would be wrong (mmdebstrap then uses its default).
mirror_lines() {
  local suite=$1 codename uri release component
  grep -qsx 'ID=debian' /etc/os-release || return 0
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    while read -r uri release component; do
      [[ $component == main ]] || continue
      case $release in
        "$codename" | stable) release=$suite ;;
        "$codename-updates" | stable-updates) release=$suite-updates ;;
        "$codename-security" | stable-security) release=$suite-security ;;
        *) continue ;;
      esac
      echo "deb $uri $release main"
    done | sort -u
}
