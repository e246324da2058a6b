"""The hand-off: which artefacts a stage takes from earlier ones, and which stage makes them."""

from erm_bridge.options import STAGES, StageName
from erm_bridge.study.models import Study

MADE_BY: dict[str, StageName] = {
    "correlation": "index",
    "unrotated": "index",
    "loadings": "index",
    "phi": "index",
    "uniquenesses": "index",
    "factor_scores": "index",
    "index": "index",
    "propensity": "matching",
    "match_matrix": "matching",
    "weights": "matching",
    "subclass": "matching",
    "unavailable": "matching",
}

# What index and matching make themselves they take only when they work on another engine's artefacts: then
# index computes again all that follows from a factor solution, matching matches on the other's scores.
_TAKEN: dict[StageName, tuple[str, ...]] = {
    "index": ("correlation", "unrotated", "loadings", "phi", "uniquenesses"),
    "matching": ("propensity",),
    "effect": ("propensity", "match_matrix", "weights", "subclass", "unavailable"),
}
# Where a match need not be the only best one, others are judged by it: then matching takes it as it is.
_SEARCHED: dict[str, tuple[str, ...]] = {
    "cardinality": ("weights", "unavailable"),
    "optimal": ("propensity", "match_matrix", "weights", "subclass", "unavailable"),
    "full": ("propensity", "weights", "subclass", "unavailable"),
}


def stages(study: Study) -> tuple[StageName, ...]:
    """List the stages of a study that have something to compute, in order."""
    return tuple(stage for stage in STAGES if study.has(stage) and (stage != "difference" or study.groups))


def taken(study: Study, stage: StageName) -> tuple[str, ...]:
    """Name the artefacts that a stage takes from upstream; none for a stage that stands alone."""
    if stage == "matching" and study.matching is not None:
        searched = _SEARCHED.get(study.matching.method.method)
        if searched is not None:
            return (("index",) if study.uses_index(stage) else ()) + searched
        if not study.matching.on_scores:
            return ()
    return (("index",) if study.uses_index(stage) else ()) + _TAKEN.get(stage, ())


def graph(study: Study) -> dict[StageName, frozenset[StageName]]:
    """For each stage, the stages whose artefacts it takes."""
    return {
        stage: frozenset(MADE_BY[artefact] for artefact in taken(study, stage)) for stage in stages(study)
    }
