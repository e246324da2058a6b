"""Both engines on a random design for each combination of extraction, rotation and scores: what agrees.

Takes some ten minutes. What differs is listed on standard error.
"""

import sys
from collections import Counter

from _index_designs import Design, combinations, compared, designs
from _measure import Row, report

from erm_bridge import engines as registry
from erm_bridge.crosscheck.summary import AGREE, EXPLAINED, FAILING
from erm_bridge.engines.base import Engine
from erm_bridge.errors import ErmBridgeError


def main() -> None:
    count = len(combinations())
    engines = {name: registry.create(name, allow_known_defects=True) for name in registry.ENGINES}
    numbers, outcomes = Counter[str](), Counter[str]()
    try:
        for design in designs(count):
            verdicts = verdicts_of(engines, design)
            numbers += verdicts
            outcomes[outcome(verdicts)] += 1
    finally:
        for engine in engines.values():
            engine.close()
    report(
        [
            Row("combinations of extraction, rotation and scores", count, "designs"),
            Row("designs that agree in every number", outcomes[AGREE], "designs"),
            Row("designs with numbers explained by the better optimum", outcomes[EXPLAINED], "designs"),
            Row("designs refused by name (Heywood cases, collapsed factors)", outcomes["refused"], "designs"),
            Row("designs with numbers that differ or are missing", outcomes["differ"], "designs", 0),
            Row("numbers compared", sum(numbers.values()), "numbers"),
            Row("numbers that agree", numbers[AGREE], "numbers"),
            Row("numbers explained", numbers[EXPLAINED], "numbers"),
        ]
    )


def verdicts_of(engines: dict[str, Engine], design: Design) -> "Counter[str]":
    """Count the verdicts on one design; none where an engine refuses it."""
    try:
        rows = compared(engines, design)
    except ErmBridgeError as error:
        print(f"{design.name}: refused: {error}".splitlines()[0], file=sys.stderr, flush=True)
        return Counter()
    failing = rows[rows["verdict"].isin(FAILING)]
    if len(failing):
        worst = dict(Counter(failing["quantity"]).most_common(4))
        print(f"{design.name}: {len(failing)} of {len(rows)}: {worst}", file=sys.stderr, flush=True)
    return Counter(rows["verdict"])


def outcome(verdicts: "Counter[str]") -> str:
    if not verdicts:
        return "refused"
    if any(verdicts[name] for name in FAILING):
        return "differ"
    return EXPLAINED if verdicts[EXPLAINED] else AGREE


if __name__ == "__main__":
    main()
