set -x
cd /work/h/net
export PATH=$PWD/dist/bin:$PATH
ls test/helpers/images.ts scripts/quickstart >/dev/null
mkdir -p /tmp/r/rootfs/bin && cp /bin/busybox /tmp/r/rootfs/bin/ && for n in sh ip ping sleep cat wget nc; do ln -sf busybox /tmp/r/rootfs/bin/$n; done
cat >/tmp/r/manifest <<'M'
{"acKind":"ImageManifest","acVersion":"0.8.11","name":"example.com/box","app":{"exec":["/bin/sh"],"user":"0","group":"0"}}
M
appc build --overwrite /tmp/r /tmp/box.aci
appc --insecure-options=image run --net=default /tmp/box.aci -- -c 'ip addr; ip route; ip -6 route; cat /etc/resolv.conf; ping -c1 10.72.0.1'
echo status $?
ls /var/lib/cni/networks/default; nft list ruleset; ip -br addr
appc list; appc status $(appc list --format=json | head -c 100 | grep -o '[0-9a-f-]\{36\}' | head -1)
time appc --insecure-options=image run --net=default /tmp/box.aci -- -c 'exit 3'
time appc --insecure-options=image run --net=none /tmp/box.aci -- -c 'exit 3'
journalctl -n 5 -t appc
appc rm --all; find /var/lib/appc/pods
