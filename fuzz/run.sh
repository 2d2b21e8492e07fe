#!/usr/bin/env bash
# Fuzzes one target for some seconds, with limits on the time and the memory of each input. Works with any compiler: it is
# what `cargo fuzz run` does, without a sanitizer (there is no unsafe code to watch).
#
# usage: fuzz/run.sh TARGET [SECONDS]
set -euo pipefail
cd "$(dirname "$0")"
target=$1 seconds=${2:-600}
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=3 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cdebug-assertions -Ccodegen-units=1"
cargo build --release --target "$(rustc -vV | sed -n 's/host: //p')" --target-dir target --bin "$target"
mkdir -p "new/$target" artifacts
exec target/*/release/"$target" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -max_len=16384 \
  -artifact_prefix="artifacts/$target-" "new/$target" "corpus/$target"
