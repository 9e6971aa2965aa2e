#!/usr/bin/env bash
# Installs the archive that "mvn package" has created in an empty directory, as a user without rights, and runs the demo
# before and after "optimize". Checks the systemd unit and the Kubernetes manifests where their tools are installed.
set -euo pipefail
archive=$(ls "$(dirname "$0")"/../../../target/export-relay-*.tar.gz)
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
as_user=()
if [ "$(id -u)" = 0 ]; then
  if command -v setpriv > /dev/null; then
    chown 65534:65534 "$directory"
    as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  else
    echo "skipped: a user without rights, since setpriv is not installed; root runs the demo"
  fi
fi
as_user+=(env "HOME=$directory" RELAY_HTTP_PORT=0)
"${as_user[@]}" tar -xzf "$archive" -C "$directory"
installation=$(ls -d "$directory"/export-relay-*)
launcher=$installation/bin/export-relay
for file in LICENSE NOTICE CHANGELOG.md completion/export-relay; do
  [ -s "$installation/$file" ] || { echo "the archive has no $file"; exit 1; }
done
[ -s "$installation/sbom.cdx.json" ] \
  || echo "skipped: the software bill of materials, since the archive was built offline or with cyclonedx.skip"
cd /

# Prints how long a start takes until the first poll, and ends it with SIGTERM.
demo() {
  local log=$directory/log begin=$EPOCHREALTIME
  "${as_user[@]}" "$launcher" run --sandbox > "$log" 2>&1 &
  local relay=$!
  until grep -q "INFO  poll: " "$log"; do
    kill -0 "$relay" 2> /dev/null && [ $((${EPOCHREALTIME%.*} - ${begin%.*})) -lt 60 ] || { cat "$log"; exit 1; }
    sleep 0.05
  done
  echo "$1: first poll after $(((${EPOCHREALTIME/./} - ${begin/./}) / 1000)) ms"
  until grep -q "exports:archive: delivered" "$log"; do
    kill -0 "$relay" && sleep 0.05
  done
  kill "$relay"
  wait "$relay" || { echo "SIGTERM: exit code $?"; cat "$log"; exit 1; }
  "${as_user[@]}" rm -rf "$installation/data"
}

demo "as unpacked"
"${as_user[@]}" "$launcher" optimize --training 5s
demo "after optimize"

if command -v systemd-analyze > /dev/null; then
  unit=$directory/export-relay.service
  sed "s,/opt/export-relay/bin/export-relay,$launcher," "$installation/systemd/export-relay.service" > "$unit"
  systemd-analyze verify "$unit"
  systemd-analyze security --offline=true --threshold=30 --no-pager "$unit" | tail -n 1
else
  echo "skipped: the check of the systemd unit, since systemd-analyze is not installed"
fi

if command -v kubectl > /dev/null; then
  for overlay in sqlite postgresql; do
    kubectl kustomize "$installation/kubernetes/$overlay" > "$directory/$overlay.yaml"
    echo "kubernetes/$overlay: $(grep -c '^kind:' "$directory/$overlay.yaml") objects"
  done
else
  echo "skipped: kubectl kustomize, since kubectl is not installed"
fi
