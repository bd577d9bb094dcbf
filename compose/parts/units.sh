# shellcheck shell=bash
# The members as units of the user's systemd: the same start and stop as plain processes.

unit_name() { printf 'martlet-store-m%s.service\n' "$1"; }

has_user_manager() {
    have systemctl && [[ -d /run/systemd/system ]] && systemctl --user show-environment >/dev/null 2>&1
}

# What keeps the cluster in this folder: "unit" or "process". A running cluster stays what it is.
choose_kind() {
    local i
    for i in 1 2 3; do
        if is_process_member "$1" "$i"; then
            echo process
            return
        fi
    done
    if [[ ${MARTLET_UP:-} != process ]] && has_user_manager; then echo unit; else echo process; fi
}

is_unit_member() { systemctl --user --quiet is-active "$(unit_name "$2")"; }

start_unit() {
    local folder=$1 i=$2 port=$3 command
    local place=$folder/m$i
    require_free_ports "$i" "$port"
    mkdir -p "$place/data"
    chmod 700 "$place/data"
    mapfile -t command < <(member_command "$folder" "$i" "$port")
    checksum "$binaries/martlet-store" >"$place/binary"
    systemctl --user reset-failed "$(unit_name "$i")" 2>/dev/null || true
    systemd-run --user --quiet --collect --unit="$(unit_name "$i")" --description="Martlet store member m$i" \
        --property=Type=notify --property=WatchdogSec=10s --property=Restart=always \
        --property=RestartSec=500ms --property=RestartPreventExitStatus=2 \
        --property=TimeoutStartSec=5min --property=StandardError="append:$place/log" \
        --no-block -- "${command[@]}" || fail "the user manager refuses member 'm$i'."
}

stop_unit() {
    systemctl --user stop "$(unit_name "$2")" 2>/dev/null || true
    rm -f "$1/m$2/binary"
}
