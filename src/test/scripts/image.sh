#!/usr/bin/env bash
# Builds the image with buildah, and runs the demo in it as a user without rights on a read-only file system. Needs root,
# buildah, and a base with Java: image.sh ROOT_DIRECTORY, for example one that debootstrap has created, or one with
# Java 25 in it.
set -euo pipefail
base=${1:?image.sh ROOT_DIRECTORY}
installation=$(cd "$(dirname "$0")/../../../target/export-relay" && pwd)
work=$(mktemp -d)
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
buildah() { command buildah --root "$work/storage" --runroot "$work/run" "$@"; }
container=
trap '{ [ -z "$container" ] || buildah umount "$container"; } > /dev/null 2>&1; rm -rf "$work"' EXIT

scratch=$(buildah from scratch)
buildah add --quiet "$scratch" "$base" / > /dev/null
buildah config --env "PATH=/opt/java/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" "$scratch"
buildah commit --quiet --rm "$scratch" localhost/base > /dev/null
buildah bud --quiet -f "$installation/image/Dockerfile" --build-arg BASE=localhost/base -t localhost/export-relay \
  "$installation" > /dev/null
buildah inspect --type image --format '{{.OCIv1.Config.User}} {{.OCIv1.Config.Entrypoint}} {{.OCIv1.Config.Labels}}' \
  localhost/export-relay
container=$(buildah from localhost/export-relay)
root=$(buildah mount "$container")
echo "size: $(du -sm "$root" | cut -f1) MB, of which base: $(du -sm "$base" | cut -f1) MB"

# As a container engine does: a read-only root, /data and /tmp, user 1001 and group 0, and the entry point of the image.
mkdir -p "$work/data"
chown 1001:0 "$work/data"
# shellcheck disable=SC2016
run() {
  exec unshare --mount --fork --kill-child -- bash -c '
    set -e
    root=$0 data=$1
    shift
    mount --bind "$root" "$root" && mount --bind "$data" "$root/data" && mount -t tmpfs tmpfs "$root/tmp"
    mount -t proc proc "$root/proc"
    mount -o remount,bind,ro "$root"
    exec chroot --userspec=1001:0 --groups= "$root" /usr/bin/env -i -C /relay PATH=/opt/java/bin:/usr/bin:/bin \
      RELAY_DATA_DIR=/data RELAY_HTTP_PORT=0 java @/opt/export-relay/java.options "$@"' "$root" "$work/data" "$@"
}
archived=$( (run -Xlog:class+load:stdout -jar /opt/export-relay/export-relay.jar --version) |
  grep -c 'org.exportrelay.* source: shared objects file')
echo "classes of the relay from the archive: $archived"
begin=$EPOCHREALTIME
(run -jar /opt/export-relay/export-relay.jar run --sandbox) > "$work/log" 2>&1 &
relay=$!
until grep -q "INFO  poll: " "$work/log"; do
  kill -0 "$relay" 2> /dev/null || { cat "$work/log"; exit 1; }
  sleep 0.05
done
echo "first poll after $(((${EPOCHREALTIME/./} - ${begin/./}) / 1000)) ms"
until grep -q "exports:archive: delivered" "$work/log"; do sleep 0.05; done
pkill -TERM -P "$relay"
wait "$relay" || { echo "SIGTERM: exit code $?"; cat "$work/log"; exit 1; }
tail -n 3 "$work/log"
