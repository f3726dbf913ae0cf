#!/usr/bin/env bash
# Builds the cases for both majors of the official Go client: build.sh FOLDER puts v1 and v3 there.
set -euo pipefail
out=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")"
go build -o "$out/v3" .
# The majors have the same names for everything here but the module.
mkdir "$out/source"
cp v1/go.mod v1/go.sum strict.go "$out/source"
sed 's#openai-go/v3"#openai-go"#' main.go >"$out/source/main.go"
cd "$out/source"
go build -o "$out/v1" .
