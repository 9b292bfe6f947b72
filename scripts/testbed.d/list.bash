# The list of beds. Columns: name, bed, state, systemd version, leader PID.

# shellcheck disable=SC2154 # $repo, $parts and $cache are scripts/testbed's
list_rows() {
  local run name version leader
  for run in "$cache"/runs/*/; do
    [[ -r $run/bed ]] || continue
    name=$(basename "$run")
    leader=$(bed_leader "$name" || echo -)
    version=-
    [[ $leader == - ]] || version=$(nsenter -t "$leader" -m -- systemctl --version | awk 'NR == 1 { print $2 }')
    printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$(<"$run/bed")" "$(bed_state "$name")" "$version" "$leader"
  done
}

list_table() {
  { printf 'NAME\tBED\tSTATE\tSYSTEMD\tPID\n'; list_rows; } |
    awk -F '\t' '{ printf "%-26s %-15s %-10s %-8s %s\n", $1, $2, $3, $4, $5 }'
}

# Prints an array of objects; unknown values are null.
list_json() {
  list_rows | awk -F '\t' '
    function text(value) { return value == "-" ? "null" : "\"" value "\"" }
    BEGIN { printf "[" }
    {
      printf "%s{\"name\":%s,\"bed\":%s,\"state\":%s,\"systemd\":%s,\"pid\":%s}",
        (NR > 1 ? "," : ""), text($1), text($2), text($3), text($4), ($5 == "-" ? "null" : $5)
    }
    END { print "]" }'
}
