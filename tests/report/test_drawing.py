"""Figures as text: equal data as equal files, labels that stay text, colours that can be told and read."""

import itertools
import re
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET

import pytest

from erm_bridge.report.figures import labels, means, palette
from erm_bridge.report.figures.drawing import draw, write
from erm_bridge.report.figures.plot import Row
from erm_bridge.report.figures.sheet import WIDTH
from erm_bridge.report.model import Name

HOSTILE = (
    "<script>alert(1)</script>",
    "$\\frac{1}{2}$ and $x",
    "长" * 200,
    "a" * 200,
    "fill: #1f5fa8",
    "null\x00byte\x1b \u202ebackwards",
    "#1f5fa8",
    "  \n\t ",
)


def words(drawing):
    """The texts of a file, in order."""
    root = ET.fromstring(drawing.file)
    return [text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text")]


def test_text_can_be_read_on_every_colour_of_a_cell():
    def luminance(colour):
        channels = [channel / 255 for channel in bytes.fromhex(colour[1:])]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for page in (palette.LIGHT, palette.DARK):
        for value in (0, 0.3, 0.5, 0.7, 0.9, -0.3, -0.5, -0.7, -0.9):
            pair = luminance(page[palette.of_value(value)]), luminance(page[palette.of_text(value)])
            assert (max(pair) + 0.05) / (min(pair) + 0.05) >= 4.5, (
                value,
                "the contrast that WCAG AA asks for",
            )


@pytest.mark.parametrize(
    ("value", "role"),
    [(0.0, "zero"), (0.19, "zero"), (-0.2, "minus1"), (0.5, "plus2"), (-0.79, "minus3"), (1.2, "plus4")],
)
def test_colours_of_loadings_are_steps_that_mirror_each_other(value, role):
    assert palette.of_value(value) == role
    mirrored = {"plus": "minus", "minus": "plus"}
    sign = role.rstrip("1234")
    assert palette.of_value(-value) == role.replace(sign, mirrored.get(sign, sign))


def test_equal_data_are_equal_files_whatever_the_users_settings(agreeing, tmp_path):
    import matplotlib as mpl

    first = draw(agreeing.figures)
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black", "axes.grid": True, "text.usetex": True}):
        second = draw(agreeing.figures)
        assert mpl.rcParams["font.size"] == 30, "the user's settings are as they were"
    assert first == second
    write(first, tmp_path / "figures")
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == sorted(
        f"{figure.name}.svg" for figure in agreeing.figures
    )


def test_files_are_well_formed_and_have_colours_of_their_own(agreeing):
    for drawing in draw(agreeing.figures):
        root = ET.fromstring(drawing.file)
        assert root.get("viewBox") == f"0 0 {WIDTH} {drawing.plot.height:g}"
        assert root[0].text == drawing.plot.title
        assert root[1].text == drawing.plot.caption
        assert "var(--" not in drawing.file
        assert palette.LIGHT["ink"] in drawing.file or palette.LIGHT["soft"] in drawing.file


def test_inline_figures_take_every_colour_from_the_page(agreeing):
    for drawing in draw(agreeing.figures):
        assert not re.search("#[0-9a-f]{6}", drawing.inline)
        roles = set(re.findall(r"var\(--f-(\w+)\)", drawing.inline))
        assert roles <= set(palette.LIGHT)


def test_every_colour_says_one_role_and_has_a_twin_in_dark_mode():
    assert len(set(palette.LIGHT.values())) == len(palette.LIGHT)
    assert list(palette.LIGHT) == list(palette.DARK)


def test_ids_differ_between_figures(agreeing):
    ids = [set(re.findall(r'\bid="(.*?)"', drawing.inline)) for drawing in draw(agreeing.figures)]
    assert any(ids)
    assert all(not a & b for a, b in itertools.combinations(ids, 2))


def test_hostile_labels_stay_text(example):
    items = HOSTILE[:6]
    given = {"python": example.numbers(items, HOSTILE[0]), "r": example.numbers(items, HOSTILE[0])}
    data = example.report(given, study=example.study(items, HOSTILE[0]))
    drawings = {drawing.plot.name: drawing for drawing in draw(data.figures)}
    shown = words(drawings["loadings"])[:6]
    assert shown[0] == labels.short(HOSTILE[0], 18)
    assert shown[1] == labels.short(HOSTILE[1], 18)
    assert shown[4] == HOSTILE[4]
    assert "\x00" not in drawings["loadings"].file
    assert HOSTILE[0] in words(drawings["means"])
    for drawing in drawings.values():
        assert "<script" not in drawing.inline


def test_a_label_that_looks_like_a_colour_keeps_its_text():
    rows = (Row(HOSTILE[4], (1.0,), HOSTILE[6]), Row(HOSTILE[7], (2.0,), HOSTILE[6]))
    (drawing,) = draw([means.Means((Name("python", "Python"),), rows, "y")])
    assert f">{HOSTILE[6]}<" in drawing.inline
    assert f">{HOSTILE[4]}<" in drawing.inline


@pytest.mark.parametrize(
    "values", [(0.0, 0.0), (1e300, -1e300), (1.0, 1.0 + 1e-16), (-1e-300, 1e-300), (1e99, -1e99)]
)
def test_numbers_of_any_size_are_drawn_without_a_warning(values, example):
    found = example.numbers()
    for stage, quantity, term, part in found:
        if quantity in ("mean", "statistic", "estimate", "conf_low", "conf_high", "smd", "eigenvalue"):
            found[stage, quantity, term, part] = values[len(part + term) % 2]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(example.report({"python": found}).figures)


@pytest.mark.parametrize(
    ("text", "most", "short"),
    [
        ("age", 5, "age"),
        ("education[primary]", 10, "educat…ry]"),
        ("education[primary]", 15, "educa…[primary]"),
        ("education[primary]", 13, "edu…[primary]"),
        ("education[primary]", 12, "ed…[primary]"),
        ("education[primary]", 11, "educati…ry]"),
        ("migration_range[between counties]", 24, "migra…[between counties]"),
        ("长" * 10, 9, "长长长…长"),
        ("a\x00b\u202ec\nd", 9, "abc d"),
        ("\ud800x", 9, "x"),
    ],
)
def test_labels_are_shortened_so_that_they_stay_apart(text, most, short):
    assert labels.short(text, most) == short
    assert labels.width(short) <= most


@pytest.mark.parametrize(
    ("value", "text"), [(0.814, ".81"), (-0.31, "-.31"), (0.001, ".00"), (-0.001, ".00"), (1.0, "1.00")]
)
def test_loadings_have_two_decimals_and_no_leading_zero(value, text):
    assert labels.loading(value) == text


def test_matplotlib_is_loaded_only_to_draw():
    code = (
        "import sys; import erm_bridge.cli, erm_bridge.report; assert 'matplotlib' not in sys.modules\n"
        "from erm_bridge.report.figures import prepare; import threading; prepare()\n"
        "[t.join() for t in threading.enumerate() if t is not threading.main_thread()]\n"
        "assert 'matplotlib.figure' in sys.modules and 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
