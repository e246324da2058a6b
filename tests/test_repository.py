"""The repository itself: tied to no machine and no package registry, with locks that hold together."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))

# Put together here, so that this file names none of them.
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("anaconda", "org"),
        ("debian", "org"),
        ("ubuntu", "com"),
        ("cran", "r-project", "org"),
        ("cloud", "r-project", "org"),
        ("posit", "co"),
        ("rstudio", "com"),
        ("r-universe", "dev"),
    )
]
REGISTRY_HOST = re.compile("|".join(rf"\b{re.escape(host)}\b" for host in REGISTRY_HOSTS), re.IGNORECASE)
MACHINE_PATH = re.compile(r"(?<![\w.~*}-])/(?:home|Users|root|work|mnt|build)/[\w.]|\b[A-Z]:\\Users\\")


def repository_files() -> list[Path]:
    """Every file that is or would be committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


def lines_matching(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in repository_files()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def locked(path: Path) -> dict[str, str]:
    """Name and version of each requirement in a lock."""
    return dict(re.findall(r"^([\w.-]+)==([\w.!+]+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_no_file_names_a_package_registry() -> None:
    assert lines_matching(REGISTRY_HOST) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert lines_matching(MACHINE_PATH) == []
    assert lines_matching(re.compile(re.escape(str(ROOT)) + r"\b")) == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locks_pin_every_requirement_with_hashes_and_name_no_index(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    requirements = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert requirements
    pinned = re.compile(r"[\w.-]+==[\w.!+]+ .*--hash=sha256:[0-9a-f]{64}")
    assert [line for line in requirements if not pinned.match(line)] == []
    assert "://" not in text


def test_lock_with_rpy2_extends_the_lock_without() -> None:
    with_r = locked(ROOT / "requirements" / "r.txt")
    assert locked(ROOT / "requirements" / "python.txt").items() <= with_r.items()
    assert with_r["rpy2-rinterface"] in {"3.6.3", "3.6.4", "3.6.5"}, (
        "later ones do not load into R before 4.5"
    )


def test_locks_hold_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["r"],
        *project["dependency-groups"]["dev"],
        *project["build-system"]["requires"],
    ]
    names = {re.match(r"[\w.-]+", requirement).group().replace(".", "-") for requirement in wanted}
    assert names - locked(ROOT / "requirements" / "r.txt").keys() == set()


def test_r_lock_names_no_repository_address_and_matches_the_source_tarballs() -> None:
    lock = json.loads((ROOT / "renv.lock").read_text(encoding="utf-8"))
    assert lock["R"]["Repositories"] == []
    pinned = {name: package["Version"] for name, package in lock["Packages"].items()}
    table = (ROOT / "script" / "r-sources.txt").read_text(encoding="utf-8")
    sources = dict(re.findall(r"^(\w+) +([\d.]+) +[0-9a-f]{64}$", table, re.MULTILINE))
    assert pinned.items() <= sources.items()
    assert sources.keys() - pinned.keys() == {"renv"}
