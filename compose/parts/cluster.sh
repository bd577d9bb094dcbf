# shellcheck shell=bash
# A cluster of store members on loopback as plain processes, in one folder:
#   FOLDER/token            the name of this cluster, made once
#   FOLDER/m1/data          what the member keeps
#   FOLDER/m1/log           what it says
#   FOLDER/m1/pid           its supervisor: process id and start time
#   FOLDER/m1/member        the member itself: the same
#   FOLDER/m1/binary        the checksum of the program it runs
# Used by compose/up and, through with-cluster, by the demonstration and tests.

readonly leader_limit=30 orderly_stop_limit=35

# Member $2 of cluster $1 listens here; $3 is the first client port, peers are ten below, metrics ten
# above.
client_port() { echo $(($2 + $1 - 1)); }
peer_port() { echo $(($2 - 10 + $1 - 1)); }
metrics_port() { echo $(($2 + 10 + $1 - 1)); }

initial_cluster() {
    local i text=""
    for i in 1 2 3; do
        text+=${text:+,}m$i=127.0.0.1:$(peer_port "$i" "$1")/127.0.0.1:$(client_port "$i" "$1")
    done
    printf '%s\n' "$text"
}

client_addresses() {
    local i text=""
    for i in 1 2 3; do text+=${text:+,}127.0.0.1:$(client_port "$i" "$1"); done
    printf '%s\n' "$text"
}

# The folder for the unix sockets: beside the data, unless that name is too long for a socket.
socket_path() {
    local path=$1/m$2/store.sock
    ((${#path} <= 100)) ||
        fail "'$path' is too long for a unix socket (100 bytes). Set MARTLET_STATE to a shorter folder."
    printf '%s\n' "$path"
}

# What member $2 of the cluster in folder $1 is started with, one word a line.
member_command() {
    local folder=$1 i=$2 port=$3
    printf '%s\n' "$binaries/martlet-store" --name "m$i" --data "$folder/m$i/data" \
        --listen-unix "$(socket_path "$folder" "$i")" \
        --listen "127.0.0.1:$(client_port "$i" "$port")" \
        --peer-listen "127.0.0.1:$(peer_port "$i" "$port")" \
        --metrics-address "127.0.0.1:$(metrics_port "$i" "$port")" \
        --initial-cluster "$(initial_cluster "$port")" --cluster-token "$(cat "$folder/token")"
}

checksum() { cksum <"$1"; }

# Makes the folder and its token; a token that is there is kept.
make_cluster() {
    mkdir -p "$1"
    [[ -s $1/token ]] || cat /proc/sys/kernel/random/uuid >"$1/token"
}

recorded() {
    local pid start
    { read -r pid start <"$1"; } 2>/dev/null && is_process "$pid" "$start"
}

# Whether member $2 of the cluster in folder $1 is kept running.
is_process_member() { recorded "$1/m$2/pid"; }

runs_current_binary() {
    [[ $(cat "$1/m$2/binary" 2>/dev/null) == "$(checksum "$binaries/martlet-store")" ]]
}

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Says which port is taken before a member does so in its log.
require_free_ports() {
    local i=$1 port
    for port in "$(client_port "$i" "$2")" "$(peer_port "$i" "$2")"; do
        ! port_answers "$port" || fail "cannot start member 'm$i': port $port on 127.0.0.1 is in" \
            "use by another program. Stop it ('ss -ltnp sport = :$port' names it) or set MARTLET_PORT."
    done
}

# Starts member $2 under a supervisor that outlives this script.
start_process() {
    local folder=$1 i=$2 port=$3 command
    local place=$folder/m$i
    require_free_ports "$i" "$port"
    mkdir -p "$place/data"
    chmod 700 "$place/data"
    [[ ! -s $place/pid ]] || rm -f "$place/pid" "$place/member"
    mapfile -t command < <(member_command "$folder" "$i" "$port")
    checksum "$binaries/martlet-store" >"$place/binary"
    setsid "$root/compose/parts/supervise" "$place" "${command[@]}" </dev/null >>"$place/log" 2>&1 &
    wait_until 5 test -s "$place/pid" || fail "cannot start member 'm$i': see '$place/log'."
}

stop_process() {
    local place=$1/m$2 pid start
    { read -r pid start <"$place/pid"; } 2>/dev/null || return 0
    if is_process "$pid" "$start"; then
        kill -TERM "$pid"
        wait_until "$orderly_stop_limit" process_ended "$pid" "$start" ||
            fail "member 'm$2' (process $pid) does not stop: see '$place/log'."
    fi
    rm -f "$place/pid" "$place/member" "$place/binary"
}

process_ended() { ! is_process "$@"; }

# Waits until the cluster has a leader; shows what its members say when it gets none.
await_leader() {
    local folder=$1 port=$2 i
    MARTLET_HOST=$(client_addresses "$port") timeout "$leader_limit" "$binaries/martlet" status --wait >/dev/null 2>&1 &&
        return
    for i in 1 2 3; do
        say "m$i: $(tail -n 1 "$folder/m$i/log" 2>/dev/null || echo 'has not said anything')"
    done
    return 1
}
