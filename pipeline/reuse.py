"""Answer reuse: finds a past turn that asked the same and whose answer still stands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from ..core.errors import InputError
from ..core.records import Evidence, Turn, TurnHit, TurnKind
from ..core.times import utc
from ..models.runtimes.protocol import RuntimeOptions
from .answers import Answer, Candidate
from .corrections import Corrections, Forms, agree, overlap
from .english.followup import depends_on_history
from .recalled import candidate_of, confidence_of
from .revision import CorrectedPlaces, Revision
from .turns import filter_of
from .verifier import Verdict, Verifier
from .witness import RulesAndWitness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.records import Vectors
    from ..memory.protocol import Store
    from ..reader.reader import Reader
    from .retrieve import Query
    from .settings import Settings

__all__ = ["PastAnswers", "gate"]

_SIMILAR_TURNS = 32
"""Remembered turns that the verifier is asked about, per question and scope."""
_TURNS_AT_PLACES = 1024
"""Those among which the corrections are looked for of what was read at an answer's place."""
_RANK: dict[TurnKind, int] = {"correction": 2, "confirmed": 1}
"""What is given rather than other turns."""
_NEAREST = 4
"""Corrections at whose places a question is read to which nothing else is found."""
_NEAR = 0.3
"""Cosine of two questions from which on that is done."""
_KNOWN = 0.5
"""Share of `answer.abstain_below` from which an answer, given or held back, tells its place."""


class PastAnswers:
    """The past turns of a memory, as `QA` asks them: which of them answers a question, if any."""

    def __init__(
        self,
        memory: Store,
        reader: Reader,
        settings: Settings,
        verifier: Verifier | None = None,
        *,
        encode: Callable[[Sequence[str]], Vectors] | None = None,
    ) -> None:
        """`reader` is the one whose answers count; `verifier` None: the built-in one.

        With `encode`, which gives questions' unit vectors, shape (n, dim), corrections are heard in
        other forms of their question, too.
        """
        self._memory, self._reader, self._settings = memory, reader.name, settings
        runtime = RuntimeOptions(settings.runtime.device, settings.runtime.threads)
        self._verify: Verifier = verifier or RulesAndWitness(runtime)
        self._corrections = Corrections(memory, self._verify, encode) if encode else None
        self._places = (
            None
            if self._corrections is None or encode is None
            else CorrectedPlaces(
                self._corrections,
                self._verify,
                encode,
                reader,
                surer_than=_KNOWN * settings.answer.abstain_below,
            )
        )

    def find(
        self,
        query: Query,
        bare: Query | None,
        scope: str,
        as_of: str | None,
        *,
        forms: Forms | None = None,
        among: Collection[str] | None = None,
        under: str = "",
    ) -> Candidate | None:
        """A remembered answer to the question, by its own words or with what was carried to it.

        `bare` is the question without what was carried, None where nothing was; `as_of` a time,
        ISO 8601 in UTC, at which the turns are taken. `forms` are those of the question; `among`
        are the documents that may answer, None: all; and `under` what the reader is called in turns
        that were answered under the same filter.
        """
        # Asked again, a question may seem to lean on its own first answer: its own words count too,
        # but where they say nothing without what was carried to them.
        leaning = bare is not None and depends_on_history(bare.text)
        queries = [query] if bare is None or leaning else [query, bare]
        similar = [(form, hit) for form in queries for hit in self._similar(form, scope, as_of)]
        query_of = {id(hit): form for form, hit in similar}
        hits = [hit for _, hit in similar]
        heard = self._heard(forms, hits)

        def asks_the_same(hit: TurnHit) -> bool:
            form = query_of[id(hit)]
            return id(hit) in heard or (
                self._verdict(form, hit).same
                and self._agree(forms if form is query else None, form, hit)
            )

        # Where a correction does not count under a filter, what it corrected does not, either.
        corrections = [
            hit.turn for hit in hits if hit.turn.kind == "correction" and asks_the_same(hit)
        ]
        told = max((turn.sequence for turn in corrections), default=0)

        def passes(hit: TurnHit) -> bool:
            read = hit.turn.kind in ("answer", "confirmed")
            outdated = read and hit.turn.sequence < told
            stands = not outdated and self._stands(hit, as_of, under)
            # The words come last, since a model may be asked about them.
            return stands and self._counts(hit.turn, among, under) and asks_the_same(hit)

        hit = gate(hits, passes, scope=scope)
        return None if hit is None else candidate_of(hit, among)

    def similar(
        self, query: Query, scope: str, limit: int, *, among: Collection[str] | None = None
    ) -> list[TurnHit]:
        """The turns of a scope whose questions are most alike and whose answers stand, best first.

        At most `limit`, of those that rest on the documents `among`; None: all.
        """
        hits = self._memory.search_turns(scope, query.vector, k=limit + _SIMILAR_TURNS)
        standing = (h for h in hits if self._source_stands(h) and self._rests_on(h.turn, among))
        return list(islice(standing, limit))

    def find_revision(
        self,
        answer: Answer,
        query: Query,
        scope: str,
        *,
        forms: Forms | None = None,
        among: Collection[str] | None = None,
        as_of: str | None = None,
        under: str = "",
    ) -> Revision | None:
        """A correction that the words alone did not bring, but the answer's place does.

        Where nothing in two questions contradicts, and the place of the answer that was corrected
        is among those found now, what was said of the one question goes for the other. So it does
        for two of which one may be short for the other, where the best answer is read there. Of
        any other question that is answered there, `Revision.bearing` says what is to be done. To
        one that is answered nowhere the nearest corrections' own places may.
        """
        if not answer.answers or answer.answers[0].kind == "correction":
            return None
        places = [candidate.evidence for candidate in answer.answers]

        def passes(hit: TurnHit) -> bool:
            if hit.turn.kind != "correction":
                return False
            verdict = self._verdict(query, hit)
            if not self._agree(forms, query, hit):
                return False
            # Of a thing and its variant the answers stand side by side: where the words alone are
            # not enough, the place must be that of the best answer.
            heard = places if verdict.same else places[:1] if verdict.near else ()
            near_is_same = self._places is None or self._places.near_is_same
            return (verdict.same or near_is_same) and self._was_read_at(hit.turn, heard)

        similar = [
            hit
            for hit in self._similar(query, scope, as_of)
            if self._source_stands(hit) and self._counts(hit.turn, among, under)
        ]
        near = [hit for hit in similar if passes(hit)]
        if self._corrections is not None and forms is not None and not answer.abstained:
            near += self._corrections.at_place(forms, similar, places[0])
        hit = gate(near, lambda _: True, scope=scope)
        if hit is not None:
            return Revision(candidate_of(hit, among), hit.turn, "same")
        return self._at_places(
            answer, query, scope, forms or Forms(query.text, query.text), among, as_of, under
        )

    def _at_places(
        self,
        answer: Answer,
        query: Query,
        scope: str,
        forms: Forms,
        among: Collection[str] | None,
        as_of: str | None,
        under: str,
    ) -> Revision | None:
        """What bears on an answer of the corrections of its place, or of the nearest ones'."""
        if self._places is None:
            return None
        hits = [
            hit
            for hit in self._similar(query, scope, as_of, k=_TURNS_AT_PLACES)
            if hit.turn.kind == "correction"
            and self._source_stands(hit)
            and self._rests_on(hit.turn, among)
        ]
        hits.sort(key=lambda hit: _precedence(hit, scope), reverse=True)
        told = [(hit.turn, candidate_of(hit, among)) for hit in hits]
        revision = self._places.revision(forms, answer, told)
        if revision is not None:
            counts = self._counts(revision.turn, among, under)
            return revision if counts else revision.doubted()
        if not answer.abstained:
            return None
        hits.sort(key=lambda hit: -hit.similarity)
        near = [
            hit
            for hit in hits[:_NEAREST]
            if hit.similarity >= _NEAR and self._counts(hit.turn, among, under)
        ]
        return self._places.elsewhere(
            forms, [(hit.turn, candidate_of(hit, among)) for hit in near], self._is_there
        )

    def _heard(self, forms: Forms | None, hits: Iterable[TurnHit]) -> set[int]:
        """The corrections among `hits`, by their `id`, that are heard in other forms."""
        if self._corrections is None or forms is None:
            return set()
        return {id(hit) for hit in self._corrections.heard(forms, hits)}

    def _agree(self, forms: Forms | None, query: Query, hit: TurnHit) -> bool:
        """Whether the questions' own words allow it; `forms` None: it stands alone."""
        asked = forms or Forms(query.text, query.text)
        return agree(asked, Forms.of(hit.turn), self._verify, hit.similarity)

    def _verdict(self, query: Query, hit: TurnHit) -> Verdict:
        verdict = self._verify(query.text, hit.turn.looked_up, hit.similarity)
        if not isinstance(verdict, Verdict):
            raise InputError(
                f"the verifier gave {verdict!r:.80} where a Verdict is wanted; let it return "
                "spanmem.pipeline.verifier.Verdict(same=..., why=...)"
            )
        return verdict

    def _similar(
        self, query: Query, scope: str, as_of: str | None, *, k: int = _SIMILAR_TURNS
    ) -> list[TurnHit]:
        """The turns nearest to a question, of its scope and of the common one."""
        return [
            hit
            for place in dict.fromkeys((scope, ""))
            for hit in self._memory.search_turns(place, query.vector, k=k, as_of=as_of)
        ]

    def _stands(self, hit: TurnHit, as_of: str | None, under: str) -> bool:
        """Whether a turn may answer: told by a person, or read where the same text still is."""
        turn = hit.turn
        if turn.answer is None or not self._source_stands(hit):
            return False
        if turn.kind == "confirmed":  # under no filter, or under the same
            return bool(turn.evidence) and filter_of(turn.model) in ("", filter_of(under))
        if turn.kind != "answer":
            return True
        return (
            turn.confidence >= self._settings.memory.reuse_above
            and confidence_of(hit) >= self._settings.answer.abstain_below
            and turn.model in (self._reader, under)
            and not self._expired(turn, as_of)
            and bool(turn.evidence)
        )

    def _source_stands(self, hit: TurnHit) -> bool:
        """Whether each passage that a turn rests on, if any, is still there unchanged."""
        return all(map(self._is_there, hit.turn.evidence))

    def _is_there(self, place: Evidence) -> bool:
        return self._memory.passage(place.passage) is not None

    def _rests_on(self, turn: Turn, among: Collection[str] | None) -> bool:
        """Whether the place that it is given with is in one of these documents; of a correction
        without a place, whether one is that it took over from."""
        if among is None:
            return True
        if turn.evidence:
            return turn.evidence[0].document in among
        if turn.kind != "correction" or self._corrections is None:
            return False
        return any(place.document in among for place in self._corrections.places(turn))

    def _counts(self, turn: Turn, among: Collection[str] | None, under: str) -> bool:
        """Whether a turn may answer under a filter, as the documents `among` are: one that was told
        under the same, or that rests on one of them; under none what was told under none."""
        told_under = filter_of(turn.model) if turn.kind == "correction" else ""
        if told_under and told_under == filter_of(under):
            return True
        return not (told_under and among is None) and self._rests_on(turn, among)

    def _expired(self, turn: Turn, as_of: str | None) -> bool:
        """Whether a turn was known so long ago that it is read afresh.

        By its place in the order: the clock may have been ahead as it was dated. One that is dated
        in the future is of no known age.
        """
        days = self._settings.memory.expire_days
        if days is None:
            return False
        now = datetime.now(UTC) if as_of is None else datetime.fromisoformat(as_of)
        try:
            oldest = now - timedelta(days=days)
        except OverflowError:  # before the year 1: no turn is that old
            return False
        if turn.created_at > utc(now):
            return True
        known = list(self._memory.turns(turn.scope, last=1, as_of=utc(oldest)))
        return bool(known) and turn.sequence <= known[-1].sequence

    def _was_read_at(self, correction: Turn, places: Sequence[Evidence]) -> bool:
        """Whether the answer that a correction replaced, at first, was read at one of these."""
        turn: Turn | None = correction
        ids: set[str] = set()
        while turn is not None and turn.supersedes is not None and turn.id not in ids:
            ids.add(turn.id)
            turn = self._memory.turn(turn.scope, turn.supersedes)
            if turn is not None and any(
                overlap(place, e) for place in places for e in turn.evidence
            ):
                return True
        return False


def gate(
    hits: Iterable[TurnHit], passes: Callable[[TurnHit], bool], *, scope: str
) -> TurnHit | None:
    """Which bank answers: the past turn that does, or None for the passages.

    The two banks' scores are never mixed. A cosine between two questions and one between a
    question and a passage mean different things, and neither says that two questions ask the same.
    So the gate is shut unless `passes` (the verifier, and whether the turn still stands) opens it
    for a turn; of several it takes a correction before a confirmed answer and that before others,
    the own scope before the common one, what was stored later before what was stored earlier, and
    then the one more alike.
    """
    by_precedence = sorted(hits, key=lambda hit: _precedence(hit, scope), reverse=True)
    return next(filter(passes, by_precedence), None)


def _precedence(hit: TurnHit, scope: str) -> tuple[int, bool, int, float]:
    turn = hit.turn
    return _RANK.get(turn.kind, 0), turn.scope == scope, turn.sequence, hit.similarity
