"""Runs a command as its child, and prints as a last line of JSON how long that took and what it held.

A child's peak resident set begins with that of the process that it was forked from. This process is small;
pytest, with the arrays of the benchmarks, is not.
"""

import json
import os
import sys
import time


def main() -> None:
    """Run the command that the arguments are."""
    start = time.perf_counter()
    child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    unit = 1 if sys.platform == "darwin" else 1024
    code = os.waitstatus_to_exitcode(status)
    measured = {"seconds": seconds, "peak_bytes": usage.ru_maxrss * unit, "exit_code": code}
    sys.stdout.write("\n" + json.dumps(measured))


if __name__ == "__main__":
    main()
