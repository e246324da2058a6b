"""Run the three studies with several R libraries and print what each gives, as a table.

Usage: .venv/bin/python script/compatibility.py LIBRARY...
A LIBRARY holds psych and MatchIt in the versions to try; R's own libraries come after it.
A study that a known defect stops is run a second time with --allow-known-defects.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click

ROOT = Path(__file__).parents[1]
STUDIES = ("bfi", "lalonde", "erm2017")
PACKAGES = ("psych", "MatchIt", "sandwich", "GPArotation")


def erm_bridge(library: str, *arguments: str) -> tuple[int, str]:
    """Run the command line on one library; returns the exit code and what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "erm_bridge", *arguments],
        env={**os.environ, "ERM_BRIDGE_R_LIBRARY": library},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def run(library: str, study: str, *flags: str) -> tuple[int, str, str]:
    """Run one study; returns exit code, verdict and the largest share of a tolerance."""
    with tempfile.TemporaryDirectory() as folder:
        out = ("--out", str(Path(folder, "run")), "--json")
        code, text = erm_bridge(library, "run", str(ROOT / "studies" / study), *out, *flags)
    found = json.loads(text)
    kinds = [kind for stage in found["stages"].values() for kind in stage.values()]
    worst = max((kind["largest_share_of_limit"] or 0.0 for kind in kinds), default=0.0)
    return code, found["headline"], {0: f"{worst:.1%}", 1: "over 100%"}.get(code, "")


def row(*cells: object) -> None:
    """Print a row of the table."""
    click.echo(f"| {' | '.join(map(str, cells))} |")


def main(libraries: list[str]) -> None:
    """Print a table in Markdown."""
    row("packages", "study", "exit code", "verdict", "largest share of a tolerance")
    row(*["---"] * 5)
    for library in libraries:
        versions = json.loads(erm_bridge(library, "doctor", "--json")[1])["r"]["packages"]
        named = ", ".join(f"{name} {versions[name]}" for name in PACKAGES if name in versions)
        for study in STUDIES:
            code, verdict, share = run(library, study)
            row(named, study, code, verdict, share)
            if code == 3:
                code, verdict, share = run(library, study, "--allow-known-defects")
                row("the same, known defects allowed", study, code, verdict, share)


if __name__ == "__main__":
    main(sys.argv[1:])
