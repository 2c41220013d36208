"""The kinds of calls: what they are called and which topics they go through. Data only."""

from __future__ import annotations

from dataclasses import dataclass

CONFERENCE, PHONE, UPLOAD = "conference", "phone", "upload"


@dataclass(frozen=True)
class CallKind:
    """One kind of call.

    Attributes:
        titles: Title templates.
        topics: The topics in order, with their shares of the call.
        minutes: Shortest and longest usual length.
        channel: How it is carried out.
        direction: Gong's word for its direction.
        inside: Whether only colleagues take part.
        workspace: Number of the workspace it belongs to, counted round when there are fewer.
    """

    titles: tuple[str, ...]
    topics: tuple[tuple[str, int], ...]
    minutes: tuple[int, int]
    channel: str = CONFERENCE
    direction: str = "Conference"
    inside: bool = False
    workspace: int = 0


KINDS = {
    "cold": CallKind(
        ("Call with {contact_name} - {customer}", "{customer} - first call", "Call: {contact_name}"),
        (("Cold Opening", 6), ("Pain Points", 2), ("Next Steps", 2)),
        (2, 9),
        PHONE,
        "Outbound",
        workspace=2,
    ),
    "voicemail": CallKind(
        ("Call with {contact_name} - {customer}", "{customer} - no answer"),
        (("Voicemail", 1),),
        (1, 1),
        PHONE,
        "Outbound",
        workspace=2,
    ),
    "discovery": CallKind(
        ("{customer} <> {us}: Discovery", "Intro call {customer} / {us}", "{us} & {customer}: getting to know"),
        (
            ("Small Talk", 1),
            ("Introductions", 2),
            ("Agenda", 1),
            ("Current Process", 4),
            ("Pain Points", 4),
            ("Decision Process", 2),
            ("Next Steps", 2),
            ("Wrap-up", 1),
        ),
        (24, 48),
    ),
    "demo": CallKind(
        ("{product} demo for {customer}", "Demo: {customer} <> {us}", "{customer} - demo with {team_title}"),
        (
            ("Small Talk", 1),
            ("Agenda", 1),
            ("Product Demo", 7),
            ("Integrations", 3),
            ("Competition", 1),
            ("Pricing", 1),
            ("Next Steps", 2),
            ("Wrap-up", 1),
        ),
        (38, 62),
    ),
    "technical": CallKind(
        ("{customer}: technical deep dive", "Security and integrations - {customer} / {us}"),
        (("Introductions", 1), ("Integrations", 5), ("Security", 4), ("Implementation", 2), ("Next Steps", 1)),
        (40, 65),
    ),
    "pricing": CallKind(
        ("{customer} - pricing and terms", "Proposal review {customer}", "{deal}: commercials"),
        (
            ("Small Talk", 1),
            ("Pricing", 5),
            ("Objections", 3),
            ("Competition", 2),
            ("Decision Process", 2),
            ("Next Steps", 2),
            ("Wrap-up", 1),
        ),
        (25, 45),
    ),
    "negotiation": CallKind(
        ("{customer} - contract", "{deal}: closing call", "Final terms {customer} <> {us}"),
        (("Small Talk", 1), ("Negotiation", 7), ("Pricing", 2), ("Implementation", 1), ("Next Steps", 2)),
        (20, 40),
    ),
    "kickoff": CallKind(
        ("Kickoff {customer}", "{customer} onboarding - kickoff"),
        (("Introductions", 2), ("Agenda", 1), ("Implementation", 6), ("Integrations", 3), ("Next Steps", 2)),
        (45, 70),
        workspace=1,
    ),
    "review": CallKind(
        ("{customer} - quarterly review", "QBR {customer} / {us}"),
        (("Small Talk", 1), ("Adoption", 6), ("Pain Points", 1), ("Product Demo", 2), ("Next Steps", 2)),
        (40, 60),
        workspace=1,
    ),
    "renewal": CallKind(
        ("{customer} renewal", "{customer}: renewal options"),
        (("Small Talk", 1), ("Adoption", 2), ("Renewal", 6), ("Competition", 1), ("Next Steps", 2)),
        (20, 40),
        workspace=1,
    ),
    "support": CallKind(
        ("Support call from {customer}", "{customer}: import stuck"),
        (("Support", 5), ("Wrap-up", 1)),
        (6, 20),
        PHONE,
        "Inbound",
        workspace=1,
    ),
    "field": CallKind(
        ("{customer} on-site meeting", "Visit to {customer}, {city}"),
        (("Small Talk", 1), ("Current Process", 4), ("Product Demo", 3), ("Objections", 2), ("Next Steps", 1)),
        (40, 85),
        UPLOAD,
        "Unknown",
    ),
    "pipeline": CallKind(
        ("Weekly pipeline review", "Forecast call {workspace}"),
        (("Team Update", 1), ("Pipeline Review", 7), ("Deal Review", 2)),
        (25, 50),
        inside=True,
    ),
    "coaching": CallKind(
        ("1:1 {rep} / {colleague}", "Call coaching {colleague}"),
        (("Small Talk", 1), ("Coaching", 6), ("Deal Review", 2)),
        (22, 40),
        inside=True,
    ),
    "team": CallKind(
        ("Team meeting {workspace}", "Monday kickoff"),
        (("Small Talk", 1), ("Team Update", 6), ("Pipeline Review", 2)),
        (20, 45),
        inside=True,
    ),
}

# What a customer goes through; the last ones repeat.
JOURNEY = (
    "cold", "discovery", "demo", "technical", "demo", "pricing", "negotiation", "negotiation", "kickoff", "support",
    "review", "renewal",
)  # fmt: skip
AFTER_JOURNEY = ("review", "support", "renewal", "demo", "pricing")
STRAY_KINDS = ("cold", "voicemail", "voicemail", "field", "support")
INSIDE_KINDS = ("pipeline", "coaching", "team")
DISPOSITIONS = {
    "cold": ("Connected: interested", "Connected: call back", "Meeting booked", "Not interested", None),
    "voicemail": ("Left voicemail", "No answer", "Got the gatekeeper"),
}
OUTCOMES = {
    "cold": (("MEETING_BOOKED", "Answered", "Meeting booked"), ("NOT_INTERESTED", "Answered", "Not interested"), None),
    "voicemail": (("LEFT_VOICEMAIL", "Not answered", "Left voicemail"), ("NO_ANSWER", "Not answered", "No answer")),
    "discovery": (("FOLLOW_UP", "Answered", "Follow up"), ("QUALIFIED", "Answered", "Qualified"), None),
    "demo": (("FOLLOW_UP", "Answered", "Follow up"), ("PROPOSAL_REQUESTED", "Answered", "Proposal requested")),
}
