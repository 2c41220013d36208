"""What is asked of POST calls/extensive: the wanted parts, all of them understood by the strict sandbox."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.config import CALL_PARTS, GongSettings, load_settings
from gong_source.sandbox.routes.extensive import SELECTOR
from gong_source.streams.calls.selector import FLAGS, content_selector

CREDENTIALS = {"access_key": "key", "access_key_secret": "secret"}


def wanting(*parts: str, **more: Any) -> GongSettings:
    return load_settings(credentials=CREDENTIALS, call_parts=list(parts) or None, **more)


def test_everything_but_media_by_default():
    assert content_selector(wanting()) == {
        "context": "Extended",
        "contextTiming": ["Now"],
        "exposedFields": {
            "parties": True,
            "content": {
                "structure": True,
                "topics": True,
                "trackers": True,
                "trackerOccurrences": True,
                "brief": True,
                "outline": True,
                "highlights": True,
                "callOutcome": True,
                "keyPoints": True,
            },
            "interaction": {"speakers": True, "personInteractionStats": True, "video": True, "questions": True},
            "collaboration": {"publicComments": True},
        },
    }


@pytest.mark.parametrize(
    ("part", "exposed"),
    [
        ("topics", {"parties": False, "content": {"topics": True}}),
        ("trackers", {"parties": False, "content": {"trackers": True, "trackerOccurrences": True}}),
        ("parties", {"parties": True}),
        ("interaction_stats", {"parties": False, "interaction": {"personInteractionStats": True}}),
        ("comments", {"parties": False, "collaboration": {"publicComments": True}}),
        ("context", {"parties": False}),
    ],
)
def test_one_part(part: str, exposed: dict[str, Any]):
    selector = content_selector(wanting(part))
    assert selector["exposedFields"] == exposed
    assert selector["context"] == ("Extended" if part == "context" else "None")


def test_the_timing_of_the_context_is_told_only_with_the_context():
    both = ["Now", "TimeOfCall"]
    assert content_selector(wanting("context", context_timing=both))["contextTiming"] == both
    assert "contextTiming" not in content_selector(wanting("topics", context_timing=both))


def test_every_part_has_its_place():
    assert {*FLAGS, "parties", "context"} == set(CALL_PARTS)


@given(st.sets(st.sampled_from(CALL_PARTS), min_size=1), st.sets(st.sampled_from(["Now", "TimeOfCall"])))
def test_any_choice_is_understood_and_none_asks_for_media(parts: set[str], timing: set[str]):
    selector = content_selector(wanting(*parts, context_timing=list(timing) or None))
    assert SELECTOR(selector) == selector
    exposed = selector["exposedFields"]
    assert "media" not in exposed
    asked = {part for part, (group, flag) in FLAGS.items() if exposed.get(group, {}).get(flag)}
    asked |= {"parties"} if exposed["parties"] else set()
    asked |= {"context"} if selector["context"] == "Extended" else set()
    assert asked == parts
