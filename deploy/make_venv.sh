#!/bin/sh
# Creates a virtual environment, or prints what is missing.
set -eu
python=$1
folder=$2

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Demetra needs Python 3.11 or newer; “$python” is not that. Try: make PYTHON=python3.12 ..." >&2
    exit 1
fi
# Debian packages venv separately from Python; install it if that needs no password.
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
    else
        echo "Python's venv module is missing. On Debian and Ubuntu: sudo apt-get install python3-venv" >&2
        exit 1
    fi
fi
echo "Making $folder (about a minute, once) ..."
"$python" -m venv "$folder"
