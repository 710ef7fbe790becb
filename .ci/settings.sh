# What every run of the tests sets, to be sourced: `. .ci/settings.sh WORK`, with a directory for what is compiled.

# Bytecode is made of what is imported, when it is: of all files it takes as long as to install them. ("no" is no typing
# error: pip reads it as the value of `compile`.)
export PIP_NO_COMPILE=no
export TF_CPP_MIN_LOG_LEVEL=3
# Hypothesis tries fewer examples of each property (tests/conftest.py): it runs often.
export CI=1
# The tests of the pages need a real browser, and must not pass for want of one where there could be one.
if ! command -v chromium >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null || echo "no chromium"
fi
if command -v chromium >/dev/null; then export SEMIHARD_BROWSER=required; fi
# Several processes share the tests, as many as there are cores and memory for: on TensorFlow one grows to some 9 GB of
# compiled programs (where more is known, process_gb says so). They take them in the order of tests/conftest.py.
room=$(awk -v one="${process_gb:-10}" '/MemAvailable/ {print int($2 / 1e6 / one)}' /proc/meminfo)
processes=$((room < $(nproc) ? room : $(nproc)))
# The slowest are named: they are where its time can be saved.
export PYTEST_ADDOPTS="--durations=25"
if [ "$processes" -gt 1 ]; then PYTEST_ADDOPTS+=" --numprocesses=$processes --dist=loadscope --no-loadscope-reorder"; fi
# The tests' tensors are small: threads that wait for each other cost more than they bring. Set after `nproc` was asked,
# which obeys it.
export OMP_NUM_THREADS=1
# What is trained is tiny and trained again and again, also in other processes: JAX spends its time compiling it. It
# keeps what it has compiled, and leaves out most optimizations, but for the tests that ask for them (tests/programs.py).
export JAX_COMPILATION_CACHE_DIR="$1/programs" JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0
export JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES=-1 JAX_DISABLE_MOST_OPTIMIZATIONS=1
