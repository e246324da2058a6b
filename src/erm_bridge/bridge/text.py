"""Text as positions in its distinct values, found by two threads."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from erm_bridge.errors import InputError

# Below this, a thread costs more than it saves.
_ROWS_FOR_THREADS = 100_000


def encoded(column: Any, place: str) -> tuple[npt.NDArray[np.int32], list[str]]:
    """Find the distinct texts of a column in order of appearance.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Of string, large_string or string_view.
    place : str
        How a message names the column.

    Returns
    -------
    codes : array of int32, one per row
        0-based positions in the texts, -1 for missing.
    texts : list of str

    Raises
    ------
    InputError
        Memory that says it is text is not UTF-8, or a text holds a zero byte.
    """
    if pa.types.is_string_view(column.type):
        column = column.cast(pa.large_string())
    parts = _encoded_parts(column)
    joined = pa.chunked_array(parts, parts[0].type).combine_chunks()
    chunk = joined.chunk(0) if isinstance(joined, pa.ChunkedArray) else joined
    codes = chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    texts = _texts(chunk.dictionary, place)
    for at, text in enumerate(texts):
        if "\0" in text:
            row = int((codes == at).argmax()) + 1
            raise InputError(f"{place}, row {row}: {text!r} holds a character that R cannot hold")
    return codes, texts


def _encoded_parts(column: Any) -> list[Any]:
    if len(column) < _ROWS_FOR_THREADS:
        return _chunks(column.dictionary_encode())
    from concurrent.futures import ThreadPoolExecutor

    half = len(column) // 2
    halves = [column.slice(0, half), column.slice(half)]
    # Arrow lets go of Python's lock while it computes.
    with ThreadPoolExecutor(2) as pool:
        return [
            chunk for part in pool.map(lambda h: h.dictionary_encode(), halves) for chunk in _chunks(part)
        ]


def _chunks(column: Any) -> list[Any]:
    return column.chunks or [pa.array([], column.type)]


def _texts(dictionary: Any, place: str) -> list[str]:
    try:
        texts: list[str] = dictionary.to_pylist()
    except UnicodeDecodeError:
        raise InputError(f"{place}: holds bytes that are not text in UTF-8") from None
    return texts
