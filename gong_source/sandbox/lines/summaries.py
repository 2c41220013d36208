"""Texts of outlines, key points, highlights and briefs by topic: data only."""

from __future__ import annotations

OUTLINES = {
    "Introductions": ("{contact} introduces their role at {customer}", "{rep} introduces the team at {us}"),
    "Agenda": ("Both sides agree on the agenda", "{contact} asks to cover pricing as well"),
    "Cold Opening": ("{rep} explains the reason for the call", "{contact} describes what is in place: {tool}"),
    "Current Process": (
        "{contact} describes how {team} handles {process}",
        "Data is collected in {tool}",
        "Results go to the {boss}",
    ),
    "Pain Points": ("{contact} explains that {pain}", "The effort is put at {percent} percent of the team's time"),
    "Decision Process": ("The {boss} signs off, then procurement and legal", "The target date is in {month}"),
    "Product Demo": ("{rep} shows {feature}", "{contact} asks about changes by two people", "Views for the {boss}"),
    "Integrations": ("How data comes out of {integration}", "SSO and API are discussed"),
    "Security": ("Data location and the SOC 2 report", "Deletion and GDPR"),
    "Implementation": ("Plan for the first weeks", "Time needed from {team}"),
    "Pricing": ("Price for {seats} seats: {amount} a year", "Terms and discount for two years"),
    "Competition": ("{customer} also looks at {competitor}", "Differences in {feature}"),
    "Objections": ("{contact} has doubts about timing", "A smaller first step is offered"),
    "Negotiation": ("Discount against a longer term", "Open clauses in the contract"),
    "Adoption": ("Usage in the last month", "Open goals from the kickoff"),
    "Renewal": ("Seats and term for the renewal", "The risk of a frozen budget"),
    "Support": ("The import from {integration} is stuck", "Restart and check of the totals"),
    "Next Steps": ("{rep} sends a summary and a proposal", "Next meeting on {weekday}"),
    "Pipeline Review": ("Status of {customer}", "Coverage of the next quarter"),
    "Deal Review": ("What {customer} would pay for", "Who has been met and who has not"),
    "Coaching": ("What went well on the call", "One thing to work on"),
    "Team Update": ("News on {product}", "Lead numbers and next events"),
}
KEY_POINTS = {
    "Current Process": "{customer} runs {process} in {tool} today, which takes several days every month.",
    "Pain Points": "The main problem is that {pain}.",
    "Decision Process": "The decision needs the {boss}, procurement and legal; it should be taken before {month}.",
    "Product Demo": "{contact} liked {feature} and wants to show it to {team}.",
    "Integrations": "A connection to {integration} is a must from the first day.",
    "Security": "The security team needs the SOC 2 report before it starts its review.",
    "Pricing": "The offer stands at {amount} a year for {seats} seats; a two year term was discussed.",
    "Competition": "{competitor} is also being considered.",
    "Objections": "{contact} is worried about timing and adoption.",
    "Negotiation": "A discount was asked for in return for signing this month.",
    "Adoption": "{percent_cap} percent of the seats were active last month.",
    "Renewal": "The renewal in {month} is likely, with a second look at the budget.",
    "Next Steps": "The next meeting is planned for {weekday}.",
    "Pipeline Review": "{customer} is committed for this month with {amount}.",
    "Deal Review": "The {boss} has not been met yet.",
}
ACTION_ITEMS = (
    "{rep} sends the recording and a summary to {contact}",
    "{rep} sends a proposal for {seats} seats",
    "{contact} provides an export of {process} from last month",
    "{contact} names someone from IT",
    "{rep} sends the security package",
    "{contact} brings the {boss} to the next meeting",
)
BRIEFS = {
    "outside": (
        "{rep} from {us} and {contact} from {customer} talked about {process}, which is done in {tool} today. "
        "{contact} said that {pain}. They looked at {feature} and agreed to speak again on {weekday}.",
        "A conversation with {customer} about {product}. The main concern is that {pain}; {competitor} is an "
        "alternative. The {boss} has to agree before {month}.",
        "{contact} ({customer}) explained how {team} handles {process}. {rep} will send a proposal for {seats} seats "
        "at {amount} a year.",
    ),
    "inside": (
        "The team went through its open deals. {customer} is expected to close with {amount}; {competitor} remains "
        "the main risk.",
        "{rep} and the team talked about {process} at {customer}, and agreed on dates for the next steps.",
    ),
}
