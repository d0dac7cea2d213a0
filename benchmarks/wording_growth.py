"""How the work of measuring a text grows with its length: linear, or with the square?

    python benchmarks/wording_growth.py

Prints, for texts that repeat one unit, the processor time of a long one over that of one sixteen
times shorter: about 16 where the work is linear, 256 where it is quadratic.
"""

from __future__ import annotations

import time

from breachstudy.wording import measure

UNITS = (".", "x. ", ".!?\"')] ", "was stolen ", "so sorry ", "waive ", "identity and ", "<a",
         "was taken by ")
SHORT, TIMES = 300, 16


def work(text: str) -> float:
    """Seconds of processor time to measure a text, the least of three."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        measure(text)
        taken.append(time.process_time() - start)
    return min(taken)


if __name__ == "__main__":
    for unit in UNITS:
        ratio = work(f"We told you {unit * SHORT * TIMES}x") / work(f"We told you {unit * SHORT}x")
        print(f"{unit!r:16} {ratio:6.1f}")
