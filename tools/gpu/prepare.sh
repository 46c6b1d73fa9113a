#!/usr/bin/env bash
# Fill a folder with what profiling needs on a machine that reaches no package registry: the source of archcalc, wheels
# of the packages that it needs besides PyTorch, and the scripts that run there.
#   bash tools/gpu/prepare.sh FOLDER [PYTHON_VERSION_THERE]    WHEELS=no leaves the wheels out
set -euo pipefail
folder=$(realpath -m "${1:?a folder to fill}")
version=${2:-3.12}
here=$(dirname "$(realpath "$0")")
project=$(realpath "$here/../..")
python=${PYTHON:-python3}

rm -rf "$folder/source"
mkdir -p "$folder/wheels"
cp "$here/run.sh" "$here/probe.py" "$here/missing.py" "$folder/"
if git -C "$project" rev-parse HEAD > /dev/null 2>&1; then
  git clone -q --depth 1 "file://$(git -C "$project" rev-parse --show-toplevel)" "$folder/source" # with its revision
else
  mkdir "$folder/source"
  cp -r "$project/archcalc" "$project/specs" "$project/pyproject.toml" "$folder/source/"
fi
if [ "${WHEELS:-yes}" != no ]; then
  requirements=$("$python" "$here/missing.py" --all "$folder/source/pyproject.toml")
  # shellcheck disable=SC2086  # one requirement a word
  "$python" -m pip --disable-pip-version-check download -q --only-binary=:all: --python-version "$version" \
    --platform manylinux2014_x86_64 --platform manylinux_2_28_x86_64 --implementation cp \
    -c "$project/constraints.txt" -d "$folder/wheels" $requirements
fi
echo "$folder: $(find "$folder/wheels" -name '*.whl' | wc -l) wheels for Python $version, $(du -sh "$folder" | cut -f1)"
