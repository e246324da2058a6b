"""The transport to R used by the other tests of this folder."""

import numpy as np
import pandas as pd
import pytest


@pytest.mark.r
def test_doubles_and_names_cross_bit_for_bit(rscript):
    rng = np.random.default_rng(1)
    sent = pd.DataFrame(
        {
            'x); system("id") #': rng.normal(size=200) * 10.0 ** rng.integers(-300, 300, 200),
            "年龄": np.round(rng.random(200), 10),
            "text": ["a", 'b"', "c,"] * 66 + ["d", "e"],
        }
    )
    sent.iloc[3, 0] = np.nan

    back = rscript("echo_tables.R", "one", 2, data={"frame": sent})

    pd.testing.assert_frame_equal(back["frame"], sent, check_exact=True)
    assert back["arguments"]["argument"].tolist() == ["one", "2"]
