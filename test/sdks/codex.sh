#!/usr/bin/env bash
# What Codex must be able to do here: a text, and a command that the model asks for, whose output goes back to it.
# Needs the scripted models of test/sdks/serve.ts behind OPENAI_BASE_URL:
#   node test/sdks/with-server.ts node test/sdks/serve.ts -- test/sdks/codex.sh PROGRAM FOLDER
# PROGRAM is that of the package @openai/codex, FOLDER an empty one for what it writes.
set -euo pipefail
codex=$(realpath "$1")
mkdir -p "$2/home" "$2/work"
cd "$2/work"
export CODEX_HOME=$2/home
cat >"$CODEX_HOME/config.toml" <<CONFIG
model_provider = "threadmill"
web_search = "disabled"
agents.enabled = false
analytics.enabled = false

[model_providers.threadmill]
name = "Threadmill"
base_url = "$OPENAI_BASE_URL"
env_key = "OPENAI_API_KEY"
wire_api = "responses"
CONFIG

ask() { timeout 60 "$codex" exec --skip-git-repo-check --sandbox danger-full-access --json "$@" </dev/null 2>&1; }

ask -m echo 'Say hello' | tee told
grep -q '"text":"You said: Say hello"' told
echo 'ok     codex is answered'
ask -m shell 'Make a file' | tee told
grep -q '"text":"The shell says: made by codex"' told
grep -q 'made by codex' made.txt
echo 'ok     codex runs a command, and the model is told its output'
