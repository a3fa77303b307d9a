"""The small two-tower: frames and texts in one space, learned in seconds from captions, without torch.

The one tower sees a frame by all four features of `crossoracle.encoders.features`, what moves once more for
each half of the time; the other sees a text as the set of its words and of its pairs of neighbours. Both are
linear, and their space is that of regularised canonical correlations: the inner product of two embeddings is
how much more often than by chance such a frame and such a text go together, which is what contrastive models
of two towers learn, too (HaoChen et al., 2021).

References
----------
Hotelling (1936), Relations between two sets of variates, Biometrika 28.
Vinod (1976), Canonical ridge and econometrics of joint production, Journal of Econometrics 4.
HaoChen et al. (2021), Provable guarantees for self-supervised deep learning with spectral contrastive loss,
NeurIPS.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossoracle.encoders.features import FEATURES, prepared
from crossoracle.errors import InputError
from crossoracle.provenance import digest
from crossoracle.video.stored import load, save

Rows = NDArray[np.float32]
Floats = NDArray[np.float64]
SUFFIX = ".npz"
KIND, FORMAT = "two-tower", 1
ARRAYS = ("centre", "spread", "pictures", "words", "scale")
PAIR = " "


@dataclass(frozen=True, eq=False)
class Towers:
    """What was learned.

    Parameters
    ----------
    tokens : tuple of str
        Words, and pairs of neighbours with a space between them, in the order of the rows of words.
    centre, spread : float array, (features,)
        Of the frames it was trained on.
    pictures : float array, (features, d)
        From standardised features into the space.
    words : float array, (tokens, d)
        From tokens into the space.
    scale : float array, ()
        Of cosines before a softmax over texts.
    """

    tokens: tuple[str, ...]
    centre: Floats
    spread: Floats
    pictures: Floats
    words: Floats
    scale: Floats

    def see(self, rows: NDArray[np.floating]) -> Rows:
        """Return the embeddings of frames, (n, d), from their features."""
        return unit(((rows - self.centre) / self.spread) @ self.pictures)

    def read(self, text: str) -> Floats:
        """Return what each known word brings to a text, (words, d): itself, and half of its pairs.

        The sum over the words is the embedding of the text, but for its length.
        """
        place = {token: i for i, token in enumerate(self.tokens)}
        found = []
        for part in parts(text):
            pairs = [place.get(PAIR.join(pair)) for pair in pairwise(part)]
            for word, before, after in zip(part, [None, *pairs], [*pairs, None], strict=True):
                if word in place:
                    beside = [i for i in (before, after) if i is not None]
                    found.append(self.words[place[word]] + self.words[beside].sum(axis=0) / 2)
        return np.array(found).reshape(-1, self.words.shape[1])

    def save(self, path: Path) -> None:
        """Write it into a file in which nothing can be executed."""
        told = json.dumps({"kind": KIND, "format": FORMAT, "tokens": self.tokens}).encode()
        arrays = {name: getattr(self, name) for name in ARRAYS}
        save(path, about=np.frombuffer(told, dtype=np.uint8), **arrays)


@dataclass(frozen=True)
class TwoTower:
    """An `Encoder` that reads its towers from a file.

    Parameters
    ----------
    model : str
        The file.
    """

    model: str

    @property
    def scale(self) -> float:
        """What cosines are multiplied by before a softmax over texts."""
        return float(self._towers.scale)

    @property
    def alone(self) -> bool:
        """No: what moves is seen from one frame to the next."""
        return False

    def describe(self) -> dict[str, Any]:
        """Return, as JSON, the digest of the file."""
        return {"family": KIND, "version": self._version}

    def prepare(self, frames: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Return pictures as features take them."""
        return prepared(frames)

    def embed(self, prepared: NDArray[np.uint8]) -> Rows:
        """Return the embeddings of prepared pictures in the order of time, (n, d)."""
        return self._towers.see(stacked({name: one.of(prepared) for name, one in FEATURES.items()}))

    def frames(self, frames: Sequence[NDArray[np.uint8]]) -> Rows:
        """Return the embeddings of pictures in the order of time, (n, d)."""
        return self.embed(self.prepare(frames))

    def texts(self, texts: Sequence[str]) -> Rows:
        """Return the embeddings of texts, (m, d)."""
        return unit(np.stack([self._known(text).sum(axis=0) for text in texts]))

    def words(self, text: str) -> Rows:
        """Return the embeddings of the words of a text that it knows, (words, d)."""
        return unit(self._known(text))

    def close(self) -> None:
        """Look at the file anew when it is needed again: another one may lie there."""
        self.__dict__.pop("_version", None)

    def _known(self, text: str) -> Floats:
        found = self._towers.read(text)
        if not len(found):
            raise InputError(
                f"{self.model}: found no word that it was trained on in {text!r}, expected some; describe it "
                f"in words such as {', '.join(word for word in self._towers.tokens[:12] if PAIR not in word)}"
            )
        return found

    @property
    def _file(self) -> Path:
        path = Path(self.model)
        if not path.is_file():
            raise InputError(f"{path}: found no such file, expected a trained two-tower; correct the path")
        return path

    @cached_property
    def _version(self) -> str:
        return digest(self._file)

    @property
    def _towers(self) -> Towers:
        return _opened(str(self._file), self._version)


@lru_cache(8)
def _opened(file: str, version: str) -> Towers:
    """Return the towers of a file as it is now."""
    found = load(Path(file), "about", *ARRAYS)
    told = json.loads(bytes(found[0])) if found else {}
    if found is None or (told.get("kind"), told.get("format")) != (KIND, FORMAT):
        raise InputError(
            f"{file}: found no two-tower in it, or a damaged one; expected what `two_tower.learn` wrote: "
            "train it again"
        )
    return Towers(tuple(told["tokens"]), *found[1:])


def stacked(rows: Mapping[str, Rows]) -> Rows:
    """Return all features of frames in the order of time side by side, what moves once more by halves of it.

    Parameters
    ----------
    rows : mapping of str to float array, (n, d)
        By the name of the feature.
    """
    moves = rows["movement"]
    early = (np.arange(len(moves)) + 0.5 < len(moves) / 2)[:, None]
    return np.concatenate([*(rows[name] for name in FEATURES), moves * early, moves * ~early], axis=1)


def parts(text: str) -> list[list[str]]:
    """Return the words of a text in lower case, parted where it has punctuation; accents are composed.

    Examples
    --------
    >>> parts("A red_triangle, moving right.")
    [['a', 'red', 'triangle'], ['moving', 'right']]
    """
    plain = re.sub(r"[_-]", " ", unicodedata.normalize("NFC", text.casefold()))
    return [words for part in re.split(r"[^\w\s]", plain) if (words := part.split())]


def unit(rows: NDArray[np.floating]) -> Rows:
    """Return rows of length 1; of nothing at all, nothing."""
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(length > 0, length, 1), dtype=np.float32)
