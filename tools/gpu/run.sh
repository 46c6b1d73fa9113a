#!/usr/bin/env bash
# Profile bundled networks in stages on a machine that reaches no package registry, within so many seconds in all.
#   bash run.sh SECONDS "dtype:batch:mode:seconds[:channels_last] ..."
# What was measured comes back in $OUT/profiles.tgz, packed anew twice a minute, so that a run that is killed leaves it.
# A run continues from $OUT/profiles.tgz and from kept.tgz next to this script. PROBE=no leaves the probe out.
set -u
folder=$(dirname "$(realpath "$0")")
cd "$folder" || exit 2
total=${1:-540}
stages=${2:-bf16:8:inference:200 tf32:8:inference:200 bf16:1:inference:120}
device=${DEVICE:-cuda}
options=${OPTIONS:---seconds 1}
OUT=${OUT:-$HOME/out}
profiles=${PROFILES:-$HOME/archcalc-profiles}
site=${SITE:-$HOME/archcalc-site}
python=${PYTHON:-python3}
pause=${PACK_SECONDS:-30}
began=$(date +%s)
tables=$(mktemp -d)
mkdir -p "$profiles" "$OUT" "$site"

export PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$site:$folder/source"
export PIP_NO_INDEX=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# The folder may belong to another user than the one who runs this.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'

left() { echo $((total - $(date +%s) + began)); }

packed() { # FOLDER FILE: the old archive stays until the new one is whole
  local part
  part=$(mktemp "$OUT/.part.XXXXXX")
  if tar -czf "$part" -C "$1" --exclude='.*.json.*' . 2> /dev/null; then chmod 644 "$part" && mv -f "$part" "$2"; else rm -f "$part"; fi
}

pack() {
  packed "$profiles" "$OUT/profiles.tgz"
  packed "$tables" "$OUT/tables.tgz"
}

for kept in kept.tgz "$OUT/profiles.tgz"; do
  [ -s "$kept" ] && tar -xzf "$kept" -C "$profiles" --no-same-owner
done

missing=$("$python" missing.py source/pyproject.toml) || exit 3
if [ -n "$missing" ]; then
  # shellcheck disable=SC2086  # one requirement a word
  "$python" -m pip install -q --no-compile --no-cache-dir --find-links wheels --target "$site" $missing || exit 3
fi

smi=
if [ "$device" = cuda ]; then
  nvidia-smi > "$OUT/nvidia-smi.txt" 2>&1
  nvidia-smi --query-gpu=timestamp,clocks.sm,clocks.mem,power.draw,temperature.gpu,utilization.gpu \
    --format=csv -l 1 > "$OUT/clocks.csv" 2>&1 &
  smi=$!
fi
(while sleep "$pause"; do pack; done) > /dev/null 2>&1 &
packer=$!
# shellcheck disable=SC2086  # empty where there is no GPU
trap 'kill $packer $smi 2> /dev/null; pack; rm -rf "$tables"' EXIT

if [ "${PROBE:-yes}" != no ]; then
  timeout --foreground -k 5 -s INT 75 "$python" probe.py "$device" 2>&1 | tee "$OUT/probe.txt"
fi
networks=${NETWORKS:-$("$python" -c "
from archcalc.cli.report import telling_first
from archcalc.spec.library import bundled_networks
print(*telling_first(each.name for each in bundled_networks()))")} || exit 3

for stage in $stages; do
  IFS=: read -r dtype batch mode share layout <<< "$stage"
  now=$(left)
  [ "$now" -lt "${LEAST_SECONDS:-40}" ] && break
  most=$((share < now - 20 ? share : now - 20))
  name=$dtype-$batch-$mode${layout:+-$layout}
  echo "== $name for at most $most s; $now s left"
  # An interrupt keeps what is measured. A stage that fails does not end the run.
  # shellcheck disable=SC2086  # several networks and options
  timeout --foreground -k 15 -s INT "$most" "$python" -m archcalc profile $networks --device "$device" --dtype "$dtype" \
    --batch "$batch" --mode "$mode" ${layout:+--channels-last} $options --output "$profiles" --resume --format csv \
    > "$tables/$name.csv" 2> "$tables/$name.err"
  echo "ended with $?; $(find "$profiles" -name '*.json' | wc -l) profiles"
  head -c 1500 "$tables/$name.err"
done
pack
ls -l "$OUT"
