"""Where documents came from: roots, paths compared, and what is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from spanmem.core.records import Document
from spanmem.indexer.places import Moves, Places, key_of, place_of


@pytest.mark.parametrize(
    ("source", "origin", "place"),
    [
        ("a/b.txt", "/x/a/b.txt", "/x/a/b.txt"),
        ("a/b.csv:7", "/x/a/b.csv", "/x/a/b.csv:7"),
        ("set:7", "dataset:set:train", "set:7"),
    ],
)
def test_a_place_is_the_whole_path_with_the_row(source: str, origin: str, place: str) -> None:
    assert place_of(source, origin) == place


def test_an_id_with_half_a_character_is_bytes() -> None:
    assert key_of("a\ud800") == b"a\xed\xa0\x80"


def test_places_are_held_however_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "real" / "in").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    places = Places([str(tmp_path / "link")])
    for path in ("real/in/a.txt", "link/a.txt", "real/in/../a.txt"):
        assert places.hold(str(tmp_path / path))
    assert not places.hold(str(tmp_path / "other" / "a.txt"))
    assert not places.hold("dataset:set:train")


def test_a_document_is_elsewhere_while_its_old_file_is_there(tmp_path: Path) -> None:
    old, new = tmp_path / "old.txt", tmp_path / "new" / "a.txt"
    new.parent.mkdir()
    new.touch()
    places = Places([str(new.parent)])
    assert not places.elsewhere(str(old), str(new))
    old.touch()
    assert places.elsewhere(str(old), str(new))
    assert not places.elsewhere(str(new), str(old))


def test_a_folder_that_moved_is_known_by_what_turned_up_unchanged(tmp_path: Path) -> None:
    moves = Moves()
    assert not moves
    gone, here = tmp_path / "gone", tmp_path / "here"
    for name, unchanged in (("a.txt", True), ("b.txt", False)):
        document = Document(id=name, text="x", source=name, origin=str(here / name))
        moves.note(name, str(gone / name), document, unchanged=unchanged)
    assert (moves.number(str(gone)), moves.unchanged(str(gone))) == (2, 1)
    assert moves.target(str(gone)) == str(here)
    assert moves.target(str(here)) is None
    assert not moves.there(str(gone))
