#!/usr/bin/env bash
# Makes the two Python environments that the checks of this folder run in.
#
# usage: make_venvs.sh DIR
#   DIR/reference   the reference library, with the last NumPy that it works on
#   DIR/newest      the newest NumPy that pip has for this Python
# An environment that is there already and works is kept.
set -euo pipefail
folder=${1:?usage: make_venvs.sh DIR}
mkdir -p "$folder"

has() { [ -x "$folder/$1/bin/python" ] && "$folder/$1/bin/python" -c "$2" 2>/dev/null; }

make() {
  local name=$1
  shift
  rm -rf "${folder:?}/$name"
  python3 -m venv "$folder/$name"
  "$folder/$name/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary numpy "$@"
}

has reference 'import numpy, mmappickle; assert numpy.__version__ == "1.23.5"' ||
  make reference numpy==1.23.5 mmappickle==1.0.0
has newest 'import numpy; assert int(numpy.__version__.split(".")[0]) >= 2' ||
  make newest numpy

for name in reference newest; do
  "$folder/$name/bin/python" -c "import platform, numpy; print('$name: Python', platform.python_version(), 'NumPy', numpy.__version__)"
done
