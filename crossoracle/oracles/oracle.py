"""What an oracle is: two questions about a clip, and the adapter that carries them to a model.

``score`` asks whether the action is there and how much evidence each segment carries, in one reply;
``verify`` asks only how likely the action is, P(YES). Strategies know no more than `Oracle`. An `Adapter`
knows one way to reach a model; what lies between the two (prompts, ledger, limits, retries) is the same for
all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

from crossoracle.errors import CrossoracleError
from crossoracle.manifests import Manifest
from crossoracle.oracles.clip import Clip
from crossoracle.replies import ScoreRead, VerifyRead

Kind = Literal["score", "verify"]
Finish = Literal["stop", "length", "refused", "empty"]
PSource = Literal["logits", "logprobs", "samples", "stated"]


@dataclass(frozen=True)
class Question:
    """One question about one clip.

    Parameters
    ----------
    kind : {"score", "verify"}
        What is asked.
    clip : Clip
        What is shown.
    prompt : str
        The rendered text; adapters that read no text ignore it.
    prompt_digest : str
        Of the template and its version.
    schema : mapping
        The JSON Schema of the reply.
    sample : int
        Which repetition of the same question; part of what the answer depends on.
    """

    kind: Kind
    clip: Clip
    prompt: str
    prompt_digest: str
    schema: Mapping[str, Any]
    sample: int = 0


@dataclass(frozen=True)
class Answer:
    """A raw reply, taken apart; the text is still to be read (`crossoracle.replies`).

    Parameters
    ----------
    text : str or None
        What the model wrote; None where it wrote nothing.
    finish : {"stop", "length", "refused", "empty"}
        Why it stopped; safety blocks are "refused", a reply without candidates is "empty".
    p_yes : float or None
        P(YES) over YES, NO and SKIP at the position of the decision, where it was measured.
    p_source : str or None
        Where p_yes comes from.
    label_mass : float or None
        The probability of YES, NO and SKIP together, before renormalising; low values are suspect.
    model : str or None
        The snapshot that answered.
    input_tokens, output_tokens : int or None
        As billed, thoughts included.
    cost_usd : float or None
        None where the price is unknown.
    detail : str or None
        What the provider said beside the text: the reason of a block, the finish reason.
    """

    text: str | None
    finish: Finish = "stop"
    p_yes: float | None = None
    p_source: PSource | None = None
    label_mass: float | None = None
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    detail: str | None = None


@dataclass(frozen=True)
class Capabilities:
    """What a model was found to do; None is not known (yet)."""

    logprobs: bool | None = None
    structured: bool | None = None
    native_video: bool | None = None


class CallFailed(CrossoracleError, RuntimeError):
    """A call brought no reply.

    Parameters
    ----------
    message : str
        What happened, without keys or pictures.
    transient : bool
        Whether the same call may succeed later.
    retry_after_s : float, optional
        How long the provider asks to wait.
    status : int, optional
        The HTTP status.
    possibly_paid : bool
        Whether the provider may have worked (and charged) all the same: the connection broke after the
        request was sent.
    """

    def __init__(
        self,
        message: str,
        *,
        transient: bool,
        retry_after_s: float | None = None,
        status: int | None = None,
        possibly_paid: bool = False,
    ) -> None:
        super().__init__(message)
        self.transient = transient
        self.retry_after_s = retry_after_s
        self.status = status
        self.possibly_paid = possibly_paid


class Adapter(Protocol):
    """One way to reach a model; a frozen dataclass whose fields are its options in study.toml."""

    def describe(self, question: Question) -> dict[str, Any]:
        """Return, as JSON, all that the answer depends on; pictures stand as digests. The ledger's key."""

    async def ask(self, question: Question) -> str:
        """Put the question once, and return the reply as it came, as JSON text.

        Raises
        ------
        CallFailed
            No reply; nothing is retried here.
        """

    def read(self, raw: str, question: Question) -> Answer:
        """Take a stored reply apart; pure, so that it can be done again."""

    async def probe(self) -> Capabilities:
        """Find out, with a call or two, what the model can do."""

    async def close(self) -> None:
        """Let go of connections and memory."""


@dataclass(frozen=True)
class Verified:
    """What `Oracle.verify` found: the reply read, and P(YES) with its source."""

    read: VerifyRead
    p_yes: float | None
    p_source: PSource | None
    answer: Answer | None


@dataclass(frozen=True)
class Scored:
    """What `Oracle.score` found: the reply read, and P(YES) at its presence where it was measured."""

    read: ScoreRead
    p_yes: float | None
    p_source: PSource | None
    answer: Answer | None


class Oracle(Protocol):
    """Who is asked."""

    name: str

    async def score(self, clip: Clip, *, sample: int = 0) -> Scored:
        """Ask for presence, and one score per segment. A call that failed for good is the outcome "error"."""

    async def verify(self, clip: Clip, *, sample: int = 0) -> Verified:
        """Ask how likely the action is in what is shown. A call that failed for good is "error"."""


@dataclass(frozen=True)
class AdapterSpec(Manifest[type[Adapter]]):
    """The manifest of an adapter; nothing is imported before `load`, which returns its class.

    Parameters
    ----------
    key : str, optional
        The environment variable that holds its key.
    paid : bool
        Whether calls may cost money: then nothing is asked without consent, and never twice. An adapter that
        never costs anything says so.
    """

    noun: ClassVar[str] = "oracle adapter"

    key: str | None = field(default=None, kw_only=True)
    paid: bool = field(default=True, kw_only=True)


@dataclass(frozen=True)
class Preset:
    """A model with the settings that it is asked with: what study.toml starts from."""

    name: str
    adapter: str
    settings: Mapping[str, Any]
    meaning: str
