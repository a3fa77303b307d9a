"""How much moves in the segments of videos, as the table motion says: measured elsewhere, and imported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crossoracle.tables import EDGE_S

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Floats = NDArray[np.float64]

NAME = "motion.parquet"


class Motions:
    """The motion of every video of a table; may be asked from several threads.

    Parameters
    ----------
    known : dict of (str, str) to (array, array)
        By dataset and video: where segments start, and how much moves in each.
    """

    def __init__(self, known: dict[tuple[str, str], tuple[Floats, Floats]]) -> None:
        self.known = known

    @classmethod
    def read(cls, con: DuckDBPyConnection, file: Path) -> Motions:
        """Read a table.

        Raises
        ------
        TableError
            The file, or a row of it, is wrong.
        """
        from crossoracle.tables.reading import read

        lists = "list(start_s ORDER BY segment), list(coalesce(motion, 'nan') ORDER BY segment)"
        rows = read(con, "motion", file).aggregate(f"dataset, video_id, {lists}", "dataset, video_id")
        return cls({(one, video): (np.array(s), np.array(m)) for one, video, s, m in rows.fetchall()})

    def of(self, dataset: str, video_id: str, edges: Sequence[float] | Floats) -> Floats | None:
        """Return how much moves in each segment, or None where the table does not say it of all of them.

        Parameters
        ----------
        edges : float array, (segments + 1,)
            The borders of the segments; where the last one ends does not matter, as lengths of files are
            measured in several ways.
        """
        starts, motion = self.known.get((dataset, video_id), (np.empty(0), np.empty(0)))
        if len(starts) != len(edges) - 1 or np.isnan(motion).any():
            return None
        return motion if np.abs(starts - np.asarray(edges)[:-1]).max() <= EDGE_S else None
