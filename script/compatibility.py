"""Run the three studies with several R libraries and print what each gives, as a table.

Usage: .venv/bin/python script/compatibility.py LIBRARY...
A LIBRARY holds psych and MatchIt in the versions to try, and what they import; R's own libraries come after
it.
A study that a known defect stops is run a second time with --allow-known-defects.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

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
    """Run one study; returns exit code, verdict and the largest share of a tolerance that is used."""
    with tempfile.TemporaryDirectory() as folder:
        out = ("--out", str(Path(folder, "run")), "--json")
        code, text = erm_bridge(library, "run", str(ROOT / "studies" / study), *out, *flags)
    found = json.loads(text)
    shares = [kind["largest_share_of_limit"] for stage in found["stages"].values() for kind in stage.values()]
    known = [share for share in shares if share is not None]
    return code, found["headline"], f"{max(known):.1%}" if known else ""


def main(libraries: list[str]) -> None:
    """Print a table in Markdown."""
    print("| packages | study | exit code | verdict | largest share of a tolerance |\n|---|---|---|---|---|")
    for library in libraries:
        versions = json.loads(erm_bridge(library, "doctor", "--json")[1])["r"]["packages"]
        named = ", ".join(f"{name} {versions[name]}" for name in PACKAGES if name in versions)
        for study in STUDIES:
            code, verdict, share = run(library, study)
            print(f"| {named} | {study} | {code} | {verdict} | {share} |", flush=True)
            if code == 3:
                code, verdict, share = run(library, study, "--allow-known-defects")
                print(
                    f"| the same, known defects allowed | {study} | {code} | {verdict} | {share} |",
                    flush=True,
                )


if __name__ == "__main__":
    main(sys.argv[1:])
