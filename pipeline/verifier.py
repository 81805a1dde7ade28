"""What decides whether a remembered answer may be given again: a verifier of question pairs.

The built-in one is `witness.RulesAndWitness`. Another is any callable that fulfils
`Verifier` and passes `pipeline.contract.VerifierContract`; `QA(..., verifier=...)` takes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["Verdict", "Verifier"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether two questions ask the same, and what decided it."""

    same: bool
    why: str
    near: bool = False
    """Whether nothing in them contradicts: not the same, but whatever else speaks for it, such as
    one place that answers both, may be heard."""


class Verifier(Protocol):
    """Tells whether the remembered answer to one question also answers another.

    A wrong "same" costs a wrong answer, a wrong "not the same" one more reading of the passages:
    when in doubt it is not the same.
    """

    def __call__(self, question: str, remembered: str, similarity: float, /) -> Verdict:
        """The verdict, whichever of the two questions comes first.

        `similarity` is the cosine of the two questions' vectors, -1..1. A question is the same as
        itself whatever it is, and nothing else gets surer as it falls.
        """
        ...
