"""How alike the groups are before and after matching: means, variances, distributions, pairs, sizes."""

from erm_bridge.numerics.balance.columns import (
    Balance,
    Comparison,
    balance,
    percent_reduction,
)
from erm_bridge.numerics.balance.pairs import Pairs, matched_pairs, pair_distance, set_distance
from erm_bridge.numerics.balance.products import products
from erm_bridge.numerics.balance.prognosis import prognostic_scores
from erm_bridge.numerics.balance.sizes import SampleSizes, effective_size, sample_sizes

__all__ = [
    "Balance",
    "Comparison",
    "Pairs",
    "SampleSizes",
    "balance",
    "effective_size",
    "matched_pairs",
    "pair_distance",
    "percent_reduction",
    "products",
    "prognostic_scores",
    "sample_sizes",
    "set_distance",
]
