import pytest
from pydantic import ValidationError

from erm_bridge.study.models import Balance, Matching, Treatment


def test_the_denominator_follows_the_estimand_unless_it_is_named():
    usual = {"ATT": "treated", "ATC": "control", "ATE": "pooled"}
    assert {estimand: Balance().spread(estimand) for estimand in usual} == usual
    assert Balance(denominator="all").spread("ATC") == "all"


@pytest.mark.parametrize("column", ["t", "x"])
def test_a_prognosis_of_what_is_matched_on_is_refused(column):
    with pytest.raises(ValidationError, match="treatment or a covariate; name an outcome"):
        Matching(treatment=Treatment(column="t"), covariates=("x",), balance=Balance(prognosis=column))


@pytest.mark.parametrize("statistics", [(), ("smd", "smd"), ("mean",)])
def test_statistics_are_named_once(statistics):
    with pytest.raises(ValidationError, match="statistics"):
        Balance(statistics=statistics)
