#!/bin/sh
# Writes requirements/*.txt from pyproject.toml: exact versions and hashes, no addresses.
# One resolve serves every system and every Python from 3.11 on. Called by `make lock`.
set -eu
cd "$(dirname "$0")/.."

compile() {
    output=$1
    shift
    UV_CUSTOM_COMPILE_COMMAND="make lock" "$UV" pip compile --quiet \
        --universal --python-version 3.11 --fork-strategy fewest \
        --generate-hashes --no-emit-index-url --no-emit-find-links \
        --output-file "requirements/$output.txt" "$@"
}

compile run pyproject.toml "$@"
compile dev --group dev --constraint requirements/run.txt "$@"
compile build --group build --constraint requirements/run.txt "$@"
compile starter-model --group starter-model --no-deps "$@"

if grep -nE '://|--(extra-)?index-url|--find-links| @ ' requirements/*.txt; then
    echo "The lines above name an address, and requirements must not." >&2
    exit 1
fi
