"""What is read out of the bytes of an answer: everything that is there, whatever else is odd in it."""

import json
import math
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.api.decode import DEEPEST, decode_object
from gong_source.streams.calls.transcript_columns import decode_transcripts

FRAME = b'{"calls": [{"id": "1", "odd": %s, "title": "caf\xc3\xa9"}, {"id": "7782342274025937895"}]}'
HALF = "\ufffd"


@pytest.mark.parametrize(
    ("odd", "read"),
    [
        (rb'"x \ud83d y"', f"x {HALF} y"),
        (rb'"\ud83d\ud83d\ude00"', f"{HALF}\U0001f600"),
        (rb'"\ude00"', HALF),
        (rb'["\ude00", ["\ud83d"]]', [HALF, [HALF]]),
        (rb'{"\ud83d": {"a": "\ud83d"}}', {HALF: {"a": HALF}}),
        (rb'"back\\ud83d"', "back\\ud83d"),
        (b'"caf\xe9"', f"caf{HALF}"),
        (b'"\xff\xfe\x80"', HALF * 3),
        (b'"a\nb\x01"', "a\nb\x01"),
        (rb'"\x \u12 \/"', "\\x \\u12 /"),
        (b"Infinity", math.inf),
        (b"-Infinity", -math.inf),
        (b"9223372036854775807", 2**63 - 1),
        (b"9223372036854775808", "9223372036854775808"),
        (b"-9223372036854775808", -(2**63)),
        (b"-9223372036854775809", "-9223372036854775809"),
        (b"18446744073709551616", "18446744073709551616"),
        (b"[1,  18446744073709551616]", [1, "18446744073709551616"]),
        (b"1" * 5000, "1" * 5000),
        (b"1e999", "1e999"),
        (b"-1.5E+999", "-1.5E+999"),
        (b"1e-999", 0.0),
        (b'{"a" :1,"a":2}', {"a": 1, "a__2": 2}),
        (b'{"a": 1, "a": 2, "a": 1}', {"a": 1, "a__2": 2}),
        (b'{"a": 1, "a__2": 3, "a": 2}', {"a": 1, "a__2": 3, "a__3": 2}),
        (b'{"a": 1, "a": true, "a": 1.0}', {"a": 1, "a__2": True, "a__3": 1.0}),
        (rb'{"a": 1, "a": 2, "b": "\u0022:"}', {"a": 1, "a__2": 2, "b": '":'}),
        (b'{"": 1, "": 2}', {"": 1, "__2": 2}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_odd_value_costs_nothing_beside_it(odd: bytes, read: Any):
    body = FRAME % odd
    assert decode_object(body) == {
        "calls": [{"id": "1", "odd": read, "title": "caf\u00e9"}, {"id": "7782342274025937895"}]
    }
    assert orjson.dumps(decode_object(body)), "what is read can be written"


def test_no_number_is_no_number():
    content = decode_object(FRAME % b"NaN")
    assert content is not None
    assert math.isnan(content["calls"][0]["odd"])


@pytest.mark.parametrize("levels", [DEEPEST, 300, 3_000, 100_000])
@pytest.mark.parametrize(("left", "right"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_what_is_too_deep_becomes_text(levels: int, left: bytes, right: bytes):
    content = decode_object(FRAME % (left * levels + b'"[{"' + right * levels))
    assert content is not None
    assert content["calls"][1] == {"id": "7782342274025937895"}
    assert json.dumps(content).count("[{") >= 1
    assert orjson.dumps(content)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"<html>{}</html>",
        b'{"calls": [',
        b'{"calls": "caf\xe9',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": 1} trailing',
        b"{'a': 1}",
        b"\x1f\x8b\x08\x00",
    ],
    ids=lambda body: str(body[:20]),
)
def test_what_is_no_object_is_none(body: bytes):
    assert decode_object(body) is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_other_encodings_of_json_are_read(encoding: str):
    assert decode_object('{"a": "\u00e9"}'.encode(encoding)) == {"a": "\u00e9"}


texts = st.text(st.characters(exclude_categories=()), max_size=12)
names = st.text(max_size=12)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
    | st.integers(-(10**25), 10**25),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


def expected(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(HALF if "\ud800" <= one <= "\udfff" else one for one in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -(2**63) <= value < 2**63 else str(value)
    if isinstance(value, dict):
        return {expected(name): expected(one) for name, one in value.items()}
    return [expected(one) for one in value] if isinstance(value, list) else value


def pairs_of(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(pairs_of, value.values()))
    return sum(map(pairs_of, value)) if isinstance(value, list) else 0


@given(values, st.booleans(), st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]))
def test_every_value_survives(value: Any, ascii_only: bool, separators: tuple[str, str]):
    written = json.dumps({"value": value}, ensure_ascii=ascii_only, separators=separators)
    read = decode_object(written.encode("utf-8", "surrogatepass"))
    assert read is not None
    assert pairs_of(read["value"]) == pairs_of(value), "no key is lost"
    if ascii_only:
        # two halves that stand side by side are one character in JSON
        whole = json.loads(json.dumps(value))
        assert read["value"] == expected(whole)


@given(st.binary(max_size=200) | values.map(lambda value: json.dumps({"v": value}).encode()), st.data())
def test_any_bytes_are_an_object_or_nothing(body: bytes, data: st.DataObject):
    place = data.draw(st.integers(0, len(body)))
    spoilt = body[:place] + data.draw(st.binary(max_size=3)) + body[place + data.draw(st.integers(0, 3)) :]
    read = decode_object(spoilt)
    assert read is None or isinstance(read, dict)
    if read is not None:
        orjson.dumps(read)


@pytest.mark.parametrize(
    ("odd", "read"),
    [
        (rb'{"start": 1, "end": 2, "text": "\ud83d"}', {"start": 1, "end": 2, "text": HALF}),
        (b'{"start": 1, "end": 2, "text": "caf\xe9"}', {"start": 1, "end": 2, "text": f"caf{HALF}"}),
        (b'{"start": -Infinity, "end": 2, "text": ""}', {"start": -math.inf, "end": 2, "text": ""}),
        (
            b'{"start": 1, "end": 9223372036854775808, "text": ""}',
            {"start": 1, "end": "9223372036854775808", "text": ""},
        ),
        (b'{"start": 1, "end": 2, "text": "a", "text": "b"}', {"start": 1, "end": 2, "text": "a", "text__2": "b"}),
    ],
    ids=str,
)
def test_so_does_a_page_of_transcripts(odd: bytes, read: dict[str, Any]):
    sentence = b'{"start": 0, "end": 1, "text": "fine"}'
    listed = b",".join(
        b'{"callId": "%d", "transcript": [{"speakerId": "7", "topic": null, "sentences": [%s]}]}' % (call, one)
        for call, one in enumerate([sentence, odd, sentence])
    )
    page = decode_transcripts(b'{"requestId": "r", "callTranscripts": [%s]}' % listed)
    assert page is not None
    spoken = [item["transcript"][0]["sentences"] for item in page["callTranscripts"]]
    fine = [{"start": 0, "end": 1, "text": "fine"}]
    assert spoken == [fine, [read], fine]
