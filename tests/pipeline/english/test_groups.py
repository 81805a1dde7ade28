"""Groups that prepositions name."""

from __future__ import annotations

from spanmem.pipeline.english.groups import groups_in, lacks_group

LOGS = "Logs are kept for 45 days on the primary node and for 9 days on the standby node."


def test_a_group_that_a_sentence_of_such_groups_lacks_is_told() -> None:
    assert lacks_group(LOGS, groups_in("How long are logs kept on the third node?"))
    assert not lacks_group(LOGS, groups_in("How long are logs kept on the standby node?"))
    assert not lacks_group(LOGS, groups_in("How long are logs kept on the third disk?"))


def test_one_group_alone_may_stand_for_all() -> None:
    one = "Logs are kept for 9 days on the standby node."
    assert not lacks_group(one, groups_in("How long are logs kept on the third node?"))
