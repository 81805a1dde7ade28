"""Which encoders make comparable vectors is told by their names."""

from __future__ import annotations

import pytest

from spanmem.core.encoder_names import recipe_of, same_space, weights_of
from spanmem.core.errors import EncoderMismatch

PLAIN = "e5@0123456789ab"
FULL = f"{PLAIN}+deadbeef"


@pytest.mark.parametrize(
    ("stored", "loaded", "same"),
    [
        (FULL, FULL, True),
        (PLAIN, FULL, True),
        (f"{PLAIN}:16", f"{FULL}:16", True),
        (FULL, PLAIN, False),
        (FULL, f"{PLAIN}+deadbee0", False),
        (PLAIN, f"{FULL}:16", False),
        ("e5@0123456789ac", FULL, False),
        ("hash-64", "hash-64", True),
        ("hash-64", "hash-65", False),
    ],
)
def test_older_names_stand_for_any_recipe_of_their_weights(
    stored: str, loaded: str, same: bool
) -> None:
    assert same_space(stored, loaded) is same


def test_a_name_has_its_parts() -> None:
    assert (weights_of(f"{FULL}:16"), recipe_of(f"{FULL}:16")) == (PLAIN, "deadbeef")
    assert (weights_of("hash-64"), recipe_of("hash-64"), recipe_of(PLAIN)) == (None, None, None)


@pytest.mark.parametrize(
    ("wanted", "way_out"),
    [
        (f"{PLAIN}+00000000", "put those files back"),
        (PLAIN, "put those files back"),
        (f"{FULL}:8", r"set encoder\.dimensions"),
        ("other@0123456789ab", "--encoder"),
    ],
)
def test_the_refusal_says_what_has_changed(wanted: str, way_out: str) -> None:
    with pytest.raises(EncoderMismatch, match=way_out):
        raise EncoderMismatch("m", found=FULL, wanted=wanted)
