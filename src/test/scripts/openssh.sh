#!/usr/bin/env bash
# End to end against OpenSSH's sshd: the packaged relay with routes/examples/deliver-to-sftp.camel.yaml as it
# is, once with a private key and once with a password. Needs the installation (mvn package -DskipTests).
# As root it installs openssh-server where there is none, and makes a user of its own for the time
# being; as anybody else it logs in as that user, with the key only.
set -euo pipefail
cd "$(dirname "$0")/../../.."

relay=$PWD/target/export-relay/bin/export-relay
user=export-relay-e2e
work=$(mktemp -d)
chmod 755 "$work"
pids=()

clean_up() {
  for pid in "${pids[@]}"; do
    kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
  done
  if [ "$(id -u)" = 0 ] && id "$user" >/dev/null 2>&1; then
    userdel --force "$user" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap clean_up EXIT

step() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
# Waits until a file has a line with a text.
wait_for() {
  for _ in $(seq 200); do
    grep -q "$2" "$1" 2>/dev/null && return
    sleep 0.1
  done
  fail "no '$2' in $1: $(cat "$1")"
}

[ -x "$relay" ] || fail "$relay is not there; run: mvn package -DskipTests"
if ! [ -x /usr/sbin/sshd ]; then
  [ "$(id -u)" = 0 ] || fail "there is no /usr/sbin/sshd; install openssh-server"
  step "installing openssh-server"
  apt-get update -qq
  # RUNLEVEL=1: installs the service without starting it.
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends openssh-server >/dev/null
fi

home=$work/home
mkdir "$home"
password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
if [ "$(id -u)" = 0 ]; then
  useradd --no-create-home --home-dir "$home" --shell /bin/sh "$user"
  # Without a password the account counts as locked; '*' only means that none fits.
  usermod -p '*' "$user"
  chown "$user" "$home"
  mkdir -p /run/sshd
else
  user=$(id -un)
fi

ssh-keygen -q -t ed25519 -N '' -f "$work/host_key"
ssh-keygen -q -t ed25519 -N 'pass phrase' -f "$work/client_key"
port=$((20000 + RANDOM % 20000))
cat >"$work/sshd_config" <<CONFIG
ListenAddress 127.0.0.1:$port
HostKey $work/host_key
PidFile none
AuthorizedKeysFile $work/client_key.pub
StrictModes no
UsePAM no
PasswordAuthentication yes
KbdInteractiveAuthentication no
Subsystem sftp internal-sftp
ForceCommand internal-sftp -d $home
CONFIG
step "$(/usr/sbin/sshd -V 2>&1 | grep -o 'OpenSSH[^,]*') on 127.0.0.1:$port, user $user"
/usr/sbin/sshd -D -e -f "$work/sshd_config" 2>"$work/sshd.log" &
pids+=($!)
wait_for "$work/sshd.log" "Server listening"

mkdir -p "$work/relay/routes"
cp application.properties "$work/relay/"
cp routes/*.camel.yaml routes/examples/deliver-to-sftp.camel.yaml "$work/relay/routes/"
cd "$work/relay"
"$relay" sandbox --exports 8 >"$work/sandbox.txt" 2>&1 &
pids+=($!)
wait_for "$work/sandbox.txt" "allowed-hosts"
setting() { sed -n "s/^$1=//p" "$work/sandbox.txt"; }
export RELAY_API_URL RELAY_API_KEY RELAY_DOWNLOAD_ALLOWED_HOSTS
RELAY_API_URL=$(setting relay.api.url)
RELAY_API_KEY=$(setting relay.api.key)
RELAY_DOWNLOAD_ALLOWED_HOSTS=$(setting relay.download.allowed-hosts)
export SFTP_HOST=127.0.0.1 SFTP_PORT=$port SFTP_USERNAME=$user SFTP_DIRECTORY=$home/partner/inbox
export SFTP_SHA256_FILES=true SFTP_DONE_FILES=true
inbox=$home/partner/inbox

step "the host key's fingerprint, as ssh-keygen has it, is pinned"
"$relay" trust "sftp://127.0.0.1:$port" --fingerprint "$(ssh-keygen -lf "$work/host_key.pub" | cut -d' ' -f2)"
ssh-keygen -q -F "[127.0.0.1]:$port" -f known_hosts >/dev/null || fail "ssh-keygen does not find it in known_hosts"

# Files in the inbox are those of the file route's archive, each with its companions, and nothing else.
check_inbox() {
  [ -n "$(ls data/archive)" ] || fail "the archive is empty"
  for file in data/archive/*; do
    cmp "$file" "$inbox/${file##*/}"
    [ -f "$inbox/${file##*/}.done" ] || fail "no ${file##*/}.done"
  done
  (cd "$inbox" && sha256sum --quiet -c ./*.sha256) || fail "checksums"
  [ "$(find "$inbox" -mindepth 1 | wc -l)" = $((3 * $(ls data/archive | wc -l))) ] || fail "more than that: $(ls -A "$inbox")"
  printf '%s files, byte for byte, with .sha256 and .done; no temporary file\n' "$(ls data/archive | wc -l)"
}

step "once, with a private key"
SFTP_PRIVATE_KEY_FILE=$work/client_key SFTP_PRIVATE_KEY_PASSPHRASE='pass phrase' "$relay" once
check_inbox

if [ "$(id -u)" = 0 ]; then
  step "replay of everything and once, with a password: files are replaced"
  echo "$user:$password" | chpasswd
  ls -i "$inbox" | sort >"$work/before"
  "$relay" replay --state delivered --destination sftp
  SFTP_PASSWORD=$password "$relay" once
  check_inbox
  ls -i "$inbox" | sort >"$work/after"
  [ -z "$(comm -12 "$work/before" "$work/after")" ] || fail "a file was not replaced"
  grep -q "Accepted password" "$work/sshd.log" || fail "the password was not used"
fi
grep -q "Accepted publickey" "$work/sshd.log" || fail "the key was not used"
step "all as promised"
