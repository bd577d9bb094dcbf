# shellcheck shell=bash
# Packages and toolchain: installs only what is missing, and says so.

# The names in the sections of compose/packages that are given.
package_names() {
    local line section="" wanted=" $* "
    while read -r line; do
        case $line in
        "" | \#*) ;;
        \[*\])
            section=${line#\[}
            section=${section%\]}
            ;;
        *) [[ $wanted != *" $section "* ]] || printf '%s\n' "$line" ;;
        esac
    done <"$root/compose/packages"
}

missing_packages() {
    local name
    package_names "$@" | while read -r name; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] ||
            printf '%s\n' "$name"
    done
}

# Runs a command as root: directly, or through sudo.
as_root() {
    if ((EUID == 0)); then
        "$@"
    else
        sudo "$@"
    fi
}

# Installs the packages of the given sections that are missing.
install_packages() {
    have dpkg-query || fail "this is no Debian: 'dpkg-query' is missing. Debian 12 is needed."
    local missing
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} == 0)) && return
    ((EUID == 0)) || have sudo ||
        fail "packages are missing and there is neither root nor sudo. As root, type:" \
            "apt-get install ${missing[*]}"
    say "installing ${missing[*]}"
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
    local log=$state/apt.log
    as_root "${apt[@]}" install --no-install-recommends "${missing[@]}" >"$log" 2>&1 && return
    say "the package lists may be old: fetching them anew"
    as_root "${apt[@]}" update >"$log" 2>&1 ||
        fail "cannot fetch the package lists: $(tail -n 1 "$log"). The whole text: '$log'."
    as_root "${apt[@]}" install --no-install-recommends "${missing[@]}" >>"$log" 2>&1 ||
        fail "cannot install ${missing[*]}: $(tail -n 1 "$log"). The whole text: '$log'."
}

# Puts a Swift 6 toolchain on PATH or says what to install.
find_swift() {
    local candidate
    if ! have swift; then
        for candidate in /opt/swift/usr/bin "$HOME/.local/share/swiftly/bin" /usr/local/swift/usr/bin; do
            [[ -x $candidate/swift ]] && PATH=$candidate:$PATH && break
        done
    fi
    have swift || fail "no Swift toolchain found. Install Swift 6.2 or newer for Debian 12:" \
        "get swiftly from https://www.swift.org/install/linux/ and type" \
        "'swiftly install latest', then run this again."
    local version
    version=$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9]+\.[0-9]+' | head -n 1)
    version=${version##* }
    local major=${version%%.*} minor=${version##*.}
    ((${major:-0} > 6 || (${major:-0} == 6 && ${minor:-0} >= 2))) ||
        fail "'$(command -v swift)' is version '${version:-unknown}', 6.2 or newer is needed." \
            "Type 'swiftly install latest' (https://www.swift.org/install/linux/)."
}

# Builds the programs for release and finds them.
build_release() {
    local log=$state/build.log start
    start=$(uptime_now)
    say "building (release)"
    if ! (cd "$root" && swift build -c release >"$log" 2>&1); then
        grep -E 'error:' "$log" >&2 || tail -n 20 "$log" >&2
        fail "the build failed. The whole text: '$log'."
    fi
    find_binaries
    say "built in $(seconds_since "$start")"
}

# Sets $binaries to where the release build puts its programs.
find_binaries() {
    binaries=$(cd "$root" && swift build -c release --show-bin-path)
    local program
    for program in martlet-store martlet; do
        [[ -x $binaries/$program ]] || fail "'$binaries/$program' is missing. Type 'swift build -c release'."
    done
}

# A Python of our own with the libraries that tests need; sets $python.
find_python() {
    local folder=$state/python log=$state/python.log
    python=$folder/bin/python
    "$python" -c 'import google.protobuf' 2>/dev/null && return
    say "installing the Python library 'protobuf' into '$folder'"
    { python3 -m venv --clear "$folder" && "$python" -m pip install --quiet protobuf; } >"$log" 2>&1 ||
        fail "cannot install 'protobuf' from PyPI: $(tail -n 1 "$log"). The whole text: '$log'."
}
