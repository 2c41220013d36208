"""Lines for calls among colleagues: the manager's side asks, the team answers."""

from __future__ import annotations

PIPELINE_REVIEW = """
R: Let's go through the pipeline top down. | Where are we with {customer}?
C: It's in negotiation, {amount}, and I have it for this month. | Legal is the only open point.
R: What could make it slip?
C: Their {boss} is away until {weekday}.

R: Your commit went down by {percent} percent since last week. | What happened?
C: Two deals moved to {month}. | One of them lost its sponsor.

R: How many new opportunities came in?
C: {small_cap} this week, most of them from the event. | Only a few have a real project.

R: {deal}, is that a real date or a wish?
C: They have to be live by {month}, so the date is theirs. | I believe it.
R: Good, then keep it in commit.

C: I need help with {customer}. | {competitor} is in there with a very low price.
R: Do we have a champion?
C: {contact}, but without budget.
R: Then let's get to the {boss} before the end of the month.

R: What is the coverage for next quarter?
C: About two and a half times. | I would like to see three.

R: Anything in best case that could come in early?
C: Maybe one. | They asked for the paper on {weekday}.
"""

DEAL_REVIEW = """
R: Let's take {deal} apart. | What problem do they pay us to solve?
C: {process_cap}. | They say that {pain}, and the auditors have noticed too.

R: Who else have we met apart from {contact}?
C: Somebody from IT, and {team} in the demo. | Not the {boss} yet.
R: That's the gap, then.

R: Why us and not {competitor}?
C: {feature_cap}, and the connector to {integration}. | On price we lose.

R: What does their buying process look like?
C: Recommendation, sign-off by the {boss}, procurement, legal. | It took them {small} weeks the last time.

C: They asked for {discount} percent discount. | I'd rather give them a longer term.
R: Offer two years with the price fixed. | And get the reference in writing.

R: What's the next step, with a date?
C: Security call on {weekday}. | Proposal two days after.

R: On a scale from one to ten, how sure are you?
C: A six. | It would be an eight if I'd spoken to the {boss}.
"""

COACHING = """
R: I listened to your call with {customer}. | How do you think it went?
C: The demo was good. | I talked too much at the start, though.
R: You spoke for more than half of the time. | Try to stay below that.

R: There was a moment when {contact} said that {pain}. | What could you have asked there?
C: What it costs them, I guess.
R: Exactly, and then you wait.

C: I always get nervous when they bring up {competitor}.
R: That's normal. | Ask what they like about them before you answer.

R: I liked how you closed. | Clear dates, and they repeated them.
C: I had written them down before the call.

R: For the next two weeks, let's work on one thing only. | Which one would you choose?
C: Questions in discovery. | I move to the product too early.
R: Good choice. | Pick {small} calls and we'll listen together on {weekday}.

C: Is there a recording of somebody who does it well?
R: There's a folder in the library. | Start with the ones on {process}.
"""

TEAM_UPDATE = """
R: Good morning everybody. | Two announcements first, and then we'll go around.
C: Before you start, is the kickoff still on {weekday}?
R: It is, the room is booked.

R: {product} got a new release on {weekday}. | {feature_cap} is now on for all customers.
C: Do we have something that we can send out?
R: Marketing will share a page this afternoon.

C: We won {customer} yesterday. | {amount_cap}, two years.
R: Fantastic work. | Tell us in one minute how it happened.
C: {contact} pushed it through after the trial. | The reference call made the difference.

R: Lead numbers are up by {percent} percent in {industry}. | Please follow up within a day.
C: Some of them are students, to be fair.

C: One request to everybody. | Please put the next step into the CRM before {weekday}.
R: Seconded. | The forecast is only as good as what is in there.

R: Who can cover the event in {city}?
C: I can, if somebody takes my demos.
"""
