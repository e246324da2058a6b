"""McDonald's omega: how much of a scale's variance a general factor and all common factors explain."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.correlation import dependent_items
from erm_bridge.numerics.extraction import EXTRACTIONS, squared_residuals
from erm_bridge.numerics.rotation import rotate


@dataclass(frozen=True, slots=True)
class GroupFactors:
    """Oblique factors before a general factor is taken out of them.

    Attributes
    ----------
    loadings : array, p x k
        Pattern.
    phi : array, k x k
    criterion : float
        What the rotation minimised: a quarter of the sum of products of squared loadings of an item on two
        factors.
    """

    loadings: FloatArray
    phi: FloatArray
    criterion: float


@dataclass(frozen=True, slots=True)
class SchmidLeiman:
    """A general factor and group factors that are uncorrelated with it and with each other.

    Attributes
    ----------
    general : array, p
        Loadings on the general factor; their sum is not negative.
    group : array, p x k
        Loadings on the group factors, in the order of the oblique factors; p x 0 where there was one factor.
    uniquenesses : array, p
    second_order : array, k
        Loadings of the oblique factors on the general factor.
    objective : float
        Sum of squared correlations of the oblique factors, below the diagonal, that these do not reproduce.
    """

    general: FloatArray
    group: FloatArray
    uniquenesses: FloatArray
    second_order: FloatArray
    objective: float


@dataclass(frozen=True, slots=True)
class Omega:
    """Shares of the variance of the sum of standardised items.

    Attributes
    ----------
    total : float
        All common factors.
    hierarchical : float
        The general factor alone.
    limit : float
        `hierarchical / total`, that of a test of the same structure without end (omega H asymptotic).
    ecv : float
        Explained common variance: sum of squared loadings on the general factor by that on all.
    subscales : array, k x 3
        For the items that load on group factor j highest, as a scale of their own: share explained by the
        general and this group factor, by the general factor, by the group factor. NaN without such items.
    subscale_of : array of int, p
        The group factor on which each item loads highest.
    """

    total: float
    hierarchical: float
    limit: float
    ecv: float
    subscales: FloatArray
    subscale_of: IntArray


def group_factors(correlation: FloatArray, factors: int) -> GroupFactors:
    """Extract group factors by minimum residuals and rotate them by oblimin (gamma 0, not normalised).

    The rotation starts from the varimax solution, as in `psych::schmid`.

    Parameters
    ----------
    correlation : array, p x p
    factors : int
        k, at most `most_factors(p)`.

    Raises
    ------
    InputError
        The matrix is singular, k is too large to be identified, or the factors collapse into one another.
    EngineError
        No minimum was found.
    """
    extracted = EXTRACTIONS["minres"].extract(correlation, factors).loadings
    if factors == 1:
        return GroupFactors(extracted, np.eye(1), 0.0)
    found = rotate(rotate(extracted, "varimax").loadings, "oblimin")
    assert found.phi is not None
    assert found.criterion is not None
    return GroupFactors(found.loadings, found.phi, found.criterion)


def schmid_leiman(loadings: FloatArray, phi: FloatArray) -> SchmidLeiman:
    """Turn oblique factors into a general factor and uncorrelated group factors.

    The factors' own correlations are factored: three or more by minimum residuals; two, which do not
    determine their loadings, get equal ones, the root of their correlation; one is the general factor
    itself. Matching R call: `psych::schmid(R, k)`, with `option = "equal"` for two factors.

    Parameters
    ----------
    loadings : array, p x k
        Pattern of k oblique factors.
    phi : array, k x k
        Their correlations.

    Raises
    ------
    InputError
        The factors are linear combinations of each other.

    References
    ----------
    Schmid, J. & Leiman, J. M. (1957). The development of hierarchical factor solutions. Psychometrika
    22(1), 53-61.
    Zinbarg, R. E., Yovel, I. & Revelle, W. (2007). Estimating omega for structures containing two group
    factors. Applied Psychological Measurement 31(2), 135-157 (for two factors).
    """
    p, k = loadings.shape
    second_order = _second_order(phi)
    general = loadings @ second_order
    sign = -1.0 if general.sum() < 0 else 1.0
    communalities = np.einsum("ij,jk,ik->i", loadings, phi, loadings)
    own = np.sqrt(np.maximum(1 - np.square(second_order), 0.0))
    group = loadings * own if k > 1 else np.empty((p, 0))
    objective = squared_residuals(phi, second_order[:, None])
    return SchmidLeiman(sign * general, group, 1 - communalities, sign * second_order, objective)


def omega(correlation: FloatArray, solution: SchmidLeiman) -> Omega:
    """Compute omega from a general factor and group factors.

    Matching R call: `psych::omega(R, k, flip = FALSE)`; there `omega.tot`, `omega_h`, `omega.lim`, `ECV`
    and `omega.group`. The variance of the scale comes from the correlations, not from what the factors
    reproduce of them: for one factor `total` is 1 minus the uniquenesses by that variance, which other
    programs divide by the variance that the model implies.

    Parameters
    ----------
    correlation : array, p x p
    solution : SchmidLeiman

    References
    ----------
    McDonald, R. P. (1999). Test Theory: A Unified Treatment. Erlbaum, eq. 6.20.
    Zinbarg, R. E., Revelle, W., Yovel, I. & Li, W. (2005). Cronbach's alpha, Revelle's beta, and
    McDonald's omega H. Psychometrika 70(1), 123-133.
    """
    general, unique = solution.general, solution.uniquenesses
    variance = float(correlation.sum())
    by_general, common = float(general.sum()) ** 2, variance - float(unique.sum())
    belongs = _subscales(solution.group)
    return Omega(
        total=common / variance,
        hierarchical=by_general / variance,
        limit=by_general / common,
        ecv=float(np.square(general).sum() / (np.square(general).sum() + np.square(solution.group).sum())),
        subscales=_subscale_shares(correlation, solution, belongs),
        subscale_of=belongs,
    )


def _second_order(phi: FloatArray) -> FloatArray:
    """Load the factors on the one factor behind their correlations."""
    k = len(phi)
    if k == 1:
        return np.ones(1)
    if k == 2:
        root = np.sqrt(np.abs(phi[1, 0]))
        return np.array([root, -root if phi[1, 0] < 0 else root])
    if dependent_items(phi):
        raise InputError(f"omega: the {k} group factors are linear combinations of each other; ask for fewer")
    loadings: FloatArray = EXTRACTIONS["minres"].extract(phi, 1).loadings[:, 0]
    return loadings


def _subscales(group: FloatArray) -> IntArray:
    if not group.shape[1]:
        return np.full(len(group), -1, dtype=np.int64)
    highest: IntArray = np.abs(group).argmax(axis=1).astype(np.int64)
    return highest


def _subscale_shares(correlation: FloatArray, solution: SchmidLeiman, belongs: IntArray) -> FloatArray:
    k = solution.group.shape[1]
    members = (belongs[:, None] == np.arange(k)).astype(np.float64)
    variance = np.einsum("ij,ik,kj->j", members, correlation, members)
    by_general = np.square(members.T @ solution.general)
    by_group = np.square((members * solution.group).sum(axis=0))
    parts = np.column_stack([by_general + by_group, by_general, by_group])
    parts[variance <= 0] = np.nan
    shares: FloatArray = parts / np.where(variance > 0, variance, 1.0)[:, None]
    return shares
