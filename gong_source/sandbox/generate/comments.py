"""Comments of colleagues on a call, with replies."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from gong_source.sandbox.generate.company import Company
from gong_source.sandbox.generate.dice import big_id, chance, pick, widened
from gong_source.sandbox.generate.people import full_name
from gong_source.sandbox.generate.plan import CallPlan
from gong_source.sandbox.lines.words import COMMENTS, REPLIES
from gong_source.sandbox.messages import Json


def make_comments(random: Random, company: Company, plan: CallPlan) -> list[Json]:
    """Make one to three comments; the host answers some of them."""
    made: list[Json] = []
    for _ in range(random.randrange(1, 4)):
        author = pick(random, list(company.users.values()))
        text = pick(random, COMMENTS)
        if chance(random, 0.3):
            text = f"@[{full_name(plan.host)}]({plan.host['id']}) {text}"
        during = chance(random, 0.15)
        comment = _comment(random, plan, author["id"], text, during, None)
        made.append(comment)
        if chance(random, 0.5):
            made.append(_comment(random, plan, plan.host["id"], pick(random, REPLIES), False, comment["id"]))
    return made


def _comment(random: Random, plan: CallPlan, author: str, text: str, during: bool, parent: str | None) -> Json:
    start = random.uniform(0, plan.seconds * 0.9)
    after = start if during else plan.seconds + random.uniform(600, 200_000)
    return {
        "id": big_id(random),
        "audioStartTime": widened(start),
        "audioEndTime": widened(start + random.uniform(2, 30)),
        "commenterUserId": author,
        "comment": text,
        "posted": plan.style.write(plan.started + timedelta(milliseconds=int(after * 1000))),
        "inReplyTo": parent,
        "duringCall": during,
    }
