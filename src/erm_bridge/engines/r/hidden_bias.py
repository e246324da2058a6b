"""What R says on bias by something unobserved, as a result."""

from collections.abc import Mapping

import pandas as pd

from erm_bridge.engines.columns import EFFECT_QUANTITIES
from erm_bridge.engines.r.session import Answer
from erm_bridge.results import EffectSensitivity
from erm_bridge.study.models import EffectSensitivity as Options

_COLUMNS = {
    "p_low": "rosenbaum_p_low",
    "p_high": "rosenbaum_p_high",
    "effect_low": "hodges_lehmann_low",
    "effect_high": "hodges_lehmann_high",
}


def sensitivity_of(answer: Answer, options: Options, names: Mapping[str, str]) -> EffectSensitivity:
    """Take the sensitivity out of the answer of stage `effect`; `names` are those of placebo columns."""
    bounds = test = against = None
    if options.rosenbaum:
        bounds = pd.DataFrame(index=pd.Index(options.rosenbaum, name="gamma"), dtype=float)
        for column, quantity in _COLUMNS.items():
            values = answer.components(quantity)
            bounds[column] = [values.get(f"{gamma:g}", float("nan")) for gamma in options.rosenbaum]
        binary = not answer.has("hodges_lehmann_low")
        test = "mcnemar" if binary else "signed_rank"
        notes = answer.notes("rosenbaum_p_high").get(test, "against a positive effect")
        against = notes.split()[2]
    return EffectSensitivity(
        bounds,
        test,
        against,
        answer.values("e_value") if options.e_value else None,
        _placebo(answer, names) if names else None,
    )


def _placebo(answer: Answer, names: Mapping[str, str]) -> pd.DataFrame:
    lines = []
    for plain, name in names.items():
        rows = answer.table[answer.table["term"] == f"placebo[{plain}]"]
        wide = rows.pivot_table("value", "component", "quantity", sort=False, dropna=False)
        lines.append(wide.assign(column=name).set_index("column", append=True).swaplevel())
    table = pd.concat(lines).rename_axis(index=["column", "kind"], columns=None)
    return table.reindex(columns=list(EFFECT_QUANTITIES))
