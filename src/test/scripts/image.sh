#!/usr/bin/env bash
# Builds the image with buildah, and runs the demo in it as a user without rights on a read-only file system. Prints how long
# each step takes. Needs root, buildah, and an installation (mvn package -DskipTests).
#   image.sh                  creates the base with debootstrap: Debian with Java 17
#   image.sh ROOT_DIRECTORY   takes this base, for example one with Java 25 in /opt/java
# It is not part of CI: the base alone takes longer than the other steps together.
set -euo pipefail
base=${1:-}
installation=$(cd "$(dirname "$0")/../../../target/export-relay" && pwd)
work=$(mktemp -d)
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
buildah() { command buildah --root "$work/storage" --runroot "$work/run" "$@"; }
container=
trap '{ [ -z "$container" ] || buildah umount "$container"; } > /dev/null 2>&1; rm -rf "$work"' EXIT

step() {
  echo "$1: $(((${EPOCHREALTIME/./} - ${begin/./}) / 1000)) ms"
  begin=$EPOCHREALTIME
}

begin=$EPOCHREALTIME
if [ -z "$base" ]; then
  base=$work/base
  mirror=$(sed -n 's/^URIs: *//p; s/^deb \([^ ]*\) .*/\1/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null | head -n 1)
  suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
  # shellcheck disable=SC2086
  debootstrap --variant=minbase --include=openjdk-17-jre-headless,ca-certificates "$suite" "$base" $mirror \
    > "$work/debootstrap.log" || { tail "$work/debootstrap.log"; exit 1; }
  rm -rf "$base"/var/cache/apt/archives/*.deb "$base"/var/lib/apt/lists/*
  step "base created"
fi

scratch=$(buildah from scratch)
buildah add --quiet "$scratch" "$base" / > /dev/null
buildah config --env "PATH=/opt/java/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" "$scratch"
buildah commit --quiet --rm "$scratch" localhost/base > /dev/null
step "base imported"
buildah bud --quiet -f "$installation/image/Dockerfile" --build-arg BASE=localhost/base -t localhost/export-relay \
  "$installation" > /dev/null
step "image built, with its training run"
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
step "demo delivered, and stopped with exit code 0"
