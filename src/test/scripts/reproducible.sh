#!/usr/bin/env bash
# Builds the present commit twice, in two directories, and compares the archives byte for byte. If they differ, it lists the
# files, and the classes of export-relay.jar, that differ. Needs Java and Maven; takes as long as two builds.
#   reproducible.sh [BUILD BUILD]   compares two checkouts in which "mvn package" has run
# Options for Maven are in MAVEN_ARGS, for example MAVEN_ARGS=-o.
set -euo pipefail
repository=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# = 2 ]; then
  builds=("$1" "$2")
else
  # Paths of different lengths, and times that differ by more than the two seconds that a zip file can tell apart.
  builds=("$work/one" "$work/another/directory")
  for build in "${builds[@]}"; do
    git clone -q "$repository" "$build"
    # shellcheck disable=SC2086
    (cd "$build" && mvn -B -ntp -q ${MAVEN_ARGS:-} -DskipTests package)
    sleep 3
  done
fi

# Files of a directory that differ from those of another one.
differing() {
  { diff <(cd "$1" && find . -type f -exec sha256sum {} + | sort -k 2) \
    <(cd "$2" && find . -type f -exec sha256sum {} + | sort -k 2) || true; } | sed -n 's/^[<>] [0-9a-f]*  //p' | sort -u
}

# Unpacks an archive of any kind into a directory.
unpack() {
  mkdir -p "$2"
  case $1 in
    *.tar.gz) tar -xzf "$1" -C "$2" ;;
    *) (cd "$2" && jar -xf "$1") ;;
  esac
}

status=0
for first in "${builds[0]}"/target/export-relay-*.tar.gz "${builds[0]}"/target/export-relay-*.zip; do
  name=$(basename "$first")
  second=${builds[1]}/target/$name
  if cmp -s "$first" "$second"; then
    echo "$name: identical, SHA-256 $(sha256sum "$first" | cut -d ' ' -f 1)"
    continue
  fi
  status=1
  echo "$name: differs"
  rm -rf "$work/a" "$work/b"
  unpack "$first" "$work/a"
  unpack "$second" "$work/b"
  differing "$work/a" "$work/b" | while read -r file; do
    echo "  $file"
    if [[ $file == *.jar && -e $work/a/$file && -e $work/b/$file ]]; then
      rm -rf "$work/jar-a" "$work/jar-b"
      unpack "$work/a/$file" "$work/jar-a"
      unpack "$work/b/$file" "$work/jar-b"
      differing "$work/jar-a" "$work/jar-b" | sed 's/^/    /'
    fi
  done
done
exit $status
