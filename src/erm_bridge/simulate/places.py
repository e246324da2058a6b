"""Host and origin places. Provinces are real; prefectures and counties are invented and named so."""

import numpy as np
import pandas as pd

from erm_bridge.numerics import IntArray
from erm_bridge.simulate.draws import pick
from erm_bridge.simulate.people import Columns

PREFECTURES, COUNTIES = 10, 8
XINJIANG, CORPS = 65, 66

# Code: name, weight as a host, weight as an origin. The Production and Construction Corps is a host only.
PROVINCES: dict[int, tuple[str, float, float]] = {
    11: ("北京市", 4.1, 0.2),
    12: ("天津市", 2.9, 0.3),
    13: ("河北省", 2.9, 4.6),
    14: ("山西省", 2.9, 2.6),
    15: ("内蒙古自治区", 2.9, 2.4),
    21: ("辽宁省", 2.9, 2.2),
    22: ("吉林省", 2.4, 2.3),
    23: ("黑龙江省", 2.4, 3.8),
    31: ("上海市", 4.1, 0.1),
    32: ("江苏省", 5.9, 4.6),
    33: ("浙江省", 5.9, 3.0),
    34: ("安徽省", 2.9, 9.4),
    35: ("福建省", 4.1, 3.4),
    36: ("江西省", 2.4, 5.7),
    37: ("山东省", 3.5, 5.9),
    41: ("河南省", 2.9, 9.7),
    42: ("湖北省", 3.5, 5.5),
    43: ("湖南省", 2.9, 7.2),
    44: ("广东省", 5.9, 3.6),
    45: ("广西壮族自治区", 2.9, 4.2),
    46: ("海南省", 2.4, 0.6),
    50: ("重庆市", 2.9, 3.9),
    51: ("四川省", 3.5, 9.8),
    52: ("贵州省", 2.9, 4.6),
    53: ("云南省", 3.5, 2.5),
    54: ("西藏自治区", 1.8, 0.1),
    61: ("陕西省", 2.9, 2.9),
    62: ("甘肃省", 2.9, 3.6),
    63: ("青海省", 2.4, 0.7),
    64: ("宁夏回族自治区", 2.4, 0.8),
    XINJIANG: ("新疆维吾尔自治区", 2.9, 0.8),
    CORPS: ("新疆生产建设兵团", 1.2, 0.0),
}
_CODES = np.array(list(PROVINCES))
_AS_HOST = np.array([host for _, host, _ in PROVINCES.values()])
_AS_ORIGIN = np.array([origin for _, _, origin in PROVINCES.values()])


def places(rng: np.random.Generator, known: Columns) -> tuple[Columns, dict[str, pd.Series]]:
    """Draw host and origin that fit the migration range, first destination and next city.

    Returns
    -------
    tuple
        Code columns, 0 where a question was skipped, and text columns.
    """
    n = len(known["q101l1"])
    between_provinces, between_prefectures = known["q101l1"] == 1, known["q101l1"] == 2
    host = _CODES[pick(rng, _AS_HOST, n)]
    origin = np.where(between_provinces, _other_province(rng, host), np.where(host == CORPS, XINJIANG, host))
    prefecture, county = rng.integers(0, PREFECTURES, n), rng.integers(0, COUNTIES, n)
    from_prefecture = np.where(
        between_provinces,
        rng.integers(0, PREFECTURES, n),
        np.where(between_prefectures, prefecture + rng.integers(1, PREFECTURES, n), prefecture) % PREFECTURES,
    )
    same_prefecture = ~between_provinces & ~between_prefectures
    from_county = np.where(
        same_prefecture, county + rng.integers(1, COUNTIES, n), rng.integers(0, COUNTIES, n)
    )
    origin_code = _county_code(origin, from_prefecture, from_county % COUNTIES)
    host_city = _county_code(host, prefecture, county) // 100
    elsewhere = _CODES[pick(rng, _AS_HOST, n)] * 100 + 1 + rng.integers(0, PREFECTURES, n)
    first = np.where(rng.random(n) < 0.6, host_city, elsewhere)
    moves_on = known["Q317"] == 2
    codes = {
        "q101j1a": origin_code,
        "Q304A": first * 100,
        "Q321A": np.where(moves_on, elsewhere[::-1] * 100, 0),
    }
    texts = {
        "C1": _names({code: name for code, (name, _, _) in PROVINCES.items()}, host),
        "C2": _names(_CITY_NAMES, host_city),
        "C3": _names(_COUNTY_NAMES, _county_code(host, prefecture, county)),
        "q101j1b": _names(_COUNTY_NAMES, origin_code),
        "Q304B": _names(_CITY_NAMES, first),
    }
    return codes, texts


def _other_province(rng: np.random.Generator, host: IntArray) -> IntArray:
    """Draw origins; whoever drew the host province comes from Sichuan, in Sichuan from Henan."""
    origin = _CODES[pick(rng, _AS_ORIGIN, len(host))]
    home = np.where(host == CORPS, XINJIANG, host)
    for fallback in (51, 41):
        origin = np.where(origin == home, fallback, origin)
    return origin


def _county_code(province: IntArray, prefecture: IntArray, county: IntArray) -> IntArray:
    return province * 10_000 + (prefecture + 1) * 100 + 21 + county


_CITY_NAMES = {
    code * 100 + 1 + prefecture: f"模拟市{code * 100 + 1 + prefecture}"
    for code in PROVINCES
    for prefecture in range(PREFECTURES)
}
_COUNTY_NAMES = {
    city * 100 + 21 + county: f"模拟县{city * 100 + 21 + county}"
    for city in _CITY_NAMES
    for county in range(COUNTIES)
}


def _names(names: dict[int, str], codes: IntArray) -> pd.Series:
    known = np.array(sorted(names))
    listed = pd.Series([names[int(code)] for code in known])
    return listed.take(np.searchsorted(known, codes)).reset_index(drop=True)
