"""Which versions are installed of the Python packages that erm-bridge declares."""

import re
from importlib import metadata

DISTRIBUTION = "erm-bridge"


def package_versions() -> dict[str, str]:
    """Name the installed version of every declared dependency, those of extras too, if they are installed."""
    names = (re.match(r"[\w.-]+", text) for text in metadata.requires(DISTRIBUTION) or [])
    versions = {name.group(): version_of(name.group()) for name in names if name is not None}
    return {name: version for name, version in sorted(versions.items()) if version is not None}


def version_of(name: str) -> str | None:
    """Return the installed version of a package, None where it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
