"""`python -m tests.fuzz decode --inputs 1000000 --seed 1`: counts, rate, and whatever broke."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from tests.fuzz.engine import Engine
from tests.fuzz.oracle import CODES
from tests.fuzz.targets import TARGETS, target

_PORTION = 20_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--crashes", type=Path, default=Path("var/fuzz"), help="where inputs that broke something go")
    given = parser.parse_args()
    engine = Engine(target(given.target), given.seed, given.crashes)
    began, told = time.monotonic(), 0.0
    while engine.found.inputs < given.inputs and len(engine.found.broken) < 10:
        engine.run(min(_PORTION, given.inputs - engine.found.inputs))
        if time.monotonic() - told > 30:
            told = time.monotonic()
            print(_line(engine, began), flush=True)
    print(_line(engine, began))
    codes: Counter[str] = Counter()
    for shape, count in engine.found.shapes.items():
        codes.update(dict.fromkeys({code for part in shape if (code := part.split(" ")[0]) in CODES}, count))
    print("refused with: " + ", ".join(f"{code} {count}" for code, count in codes.most_common()))
    for why in engine.found.broken:
        print(f"BROKEN: {why}")
    return 1 if engine.found.broken else 0


def _line(engine: Engine, began: float) -> str:
    found = engine.found
    passed = time.monotonic() - began
    return (
        f"{found.inputs} inputs in {passed:.0f} s, "
        f"{found.inputs / max(found.seconds, 1e-9):.0f} a second of processor time, "
        f"{found.accepted} accepted, {len(found.shapes)} shapes, slowest {found.slowest * 1000:.0f} ms, "
        f"{len(found.broken)} broken"
    )


if __name__ == "__main__":
    sys.exit(main())
