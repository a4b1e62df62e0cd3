"""What every peer prints as JSON: the seconds of its work, its highest resident memory, and its answer."""

import json
import pathlib
import re
import resource
import sys
import time
from collections.abc import Callable


def main(works: dict[str, Callable[[dict], object]]) -> None:
    """Runs the work that the job on the command line names; the clock starts after the imports."""
    job = json.loads(sys.argv[1])
    start = time.perf_counter()
    answer = works[job["name"]](job)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "bytes": peak_bytes(), "answer": answer}))


def peak_bytes() -> int:
    """The kernel's `VmHWM` where `/proc` is: `ru_maxrss` also counts what the parent held when it forked."""
    try:
        return int(re.search(r"^VmHWM:\s+(\d+) kB$", pathlib.Path("/proc/self/status").read_text(), re.M)[1]) * 1024
    except (OSError, TypeError):
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
