"""Prove that Python, rpy2, R, MatchIt and psych work together: an import alone shows no broken build."""

import numpy as np
from rpy2 import rinterface as r

MATCHED = "nrow(na.omit(MatchIt::matchit(treat ~ age + educ, data = MatchIt::lalonde)$match.matrix))"
FACTORS = "sum(psych::fa(psych::bfi[1:25], 2, rotate = 'varimax')$communality)"

r.initr()
numbers = np.array([0.5, -1.0, 1e300])
returned = np.asarray(r.baseenv["rev"](r.FloatSexpVector.from_memoryview(memoryview(numbers))))
if not np.array_equal(returned, numbers[::-1]):
    raise SystemExit(f"numbers changed on their way through R: {numbers} became {returned}")
if (pairs := r.evalr(MATCHED)[0]) != 185:
    raise SystemExit(f"MatchIt matched {pairs} of 185 treated units")
if not 0 < (shared := r.evalr(FACTORS)[0]) < 25:
    raise SystemExit(f"psych::fa gave a sum of communalities of {shared}")
