"""Whether R may compute a study: known defects first, then what is missing."""

from erm_bridge.bridge.availability import availability
from erm_bridge.bridge.defects import Defect, hit_by
from erm_bridge.errors import DefectError, EngineError
from erm_bridge.study.models import Study


def check_ready(study: Study, allow_known_defects: bool = False) -> list[Defect]:
    """Return the known defects that the study would meet, when they are allowed; R is not started.

    Raises
    ------
    DefectError
        There are such defects and they are not allowed.
    EngineError
        R is not installed or not usable.
    """
    found = availability()
    versions = found.packages or {}
    defects = hit_by(study, versions)
    if defects and not allow_known_defects:
        raise DefectError("\n".join(defect.sentence(versions[defect.package]) for defect in defects))
    if not found.usable:
        raise EngineError(found.reason)
    return defects
