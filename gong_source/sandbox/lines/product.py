"""Lines for showing the product and answering technical questions."""

from __future__ import annotations

PRODUCT_DEMO = """
R: I'm sharing my screen now. | Can you see the overview page of {product}?
C: Yes, we can see it. | Could you make it a little bigger?
R: Is that better?
C: Much better.

R: This is where {team} would start in the morning. | Everything that changed since yesterday is on the left.
C: And I can filter that by country?
R: By country, by team, and by anything that comes from {integration}.

R: Let me show you {feature}. | I take one of your own examples, the one you sent on {weekday}.
C: Oh nice, that is actually our data.
R: You see the difference of {percent} percent here, and one click takes you to the line behind it.
C: That would have saved us a day last month.

C: What happens when two people change the same figure?
R: Both changes are kept, with name and time. | The owner decides which one counts.
C: And you can see that afterwards?
R: For {small} years, if your auditors ask.

C: Can you go back one step? | I didn't see how you got there.
R: Of course. | I click on the total, choose the month, and there is the list.
C: Okay, that is simpler than I thought.

R: Here is the same thing the way your {boss} would see it. | No menus, just {small} figures and a comment.
C: Can it be sent by email on {weekday} mornings?
R: Yes, or posted to a channel, whichever gets read.

C: How much of this did you have to set up for the demo?
R: About an hour. | Most of it was reading your file.
C: Impressive. | With {tool} that took us a quarter.

R: So far, is there anything that would not work for {process}?
C: The approval step is different for us. | We have two people who need to agree.
R: You can chain approvals. | Let me show you.

C: I like this a lot. | I can see {team} using it.
R: What would they miss, compared to what they have now?
C: Probably the colours in their spreadsheet.

R: This last part is {feature}, which came out in {month}.
C: Is it included, or does it cost extra?
R: It is included in the plan we talked about.
"""

INTEGRATIONS = """
C: How do you get data out of {integration}?
R: There's a connector that we maintain. | It reads every hour and takes only what changed.
C: And if the connection breaks at night?
R: It catches up by itself, and you get a message only when it can't.

R: Which systems would we have to talk to on day one?
C: {integration} for certain, and {tool} for the first half year. | After that {tool} goes away.

C: Is there an API? | Our developers asked me to ask.
R: There is, and it's documented in public. | Most customers use it for exports into their warehouse.
C: Good, because we have our own warehouse in {city}.

R: How are your cost centres named in {integration}?
C: Badly. | We have {small} naming schemes from {small} acquisitions.
R: Then we will plan a mapping step. | It is usually two afternoons of work.

C: Does it write back, or does it only read?
R: Both, but writing back is off until you switch it on. | Many start with reading only.

C: What about single sign-on?
R: SSO works with all the usual providers. | Users and groups can come from your directory as well.

C: We tried to connect {competitor} to {integration} once and it took months.
R: What was the difficulty?
C: Custom fields. | We have about {percent} of them.
R: We load custom fields as they are. | I'll show you with a test account.
"""

SECURITY = """
C: I have a list of questions from our security team. | The first one is where the data is stored.
R: You choose the region. | For you that would be Frankfurt or Virginia.

C: Do you have a SOC 2 report?
R: Yes, type two, renewed in {month}. | I can send it under an NDA.
C: Please do, they won't start without it.

C: Who at {us} can see our figures?
R: Nobody by default. | Support can ask for access for a limited time, and you see it in the log.

C: How do you handle GDPR requests?
R: There is a data processing agreement and a deletion process. | Deletion takes {small} days at most.

C: Is the data encrypted?
R: In transit and at rest. | You can bring your own key in the enterprise plan.
C: We would want that.

C: When was your last penetration test?
R: In {month}. | The summary is part of the package that I'll send.

C: What happens to our data when we leave?
R: You get a full export, and we delete the rest after thirty days. | That's in the contract too.
C: Okay, that answers my list for today.
"""

IMPLEMENTATION = """
R: Let me describe what the first {small} weeks look like. | Week one is access and data, then we rebuild one report
   together.
C: Who does that on your side?
R: You get a named person. | They have done it for {industry} companies before.

C: How much time do you need from {team}?
R: About {small} hours a week from one person. | More in the week of the first {process}.
C: That's realistic, if it's not in {month}.

R: What would you like to have at go-live?
C: One full cycle of {process}, and nobody asking for the old file.
R: Then let's make that the goal.

C: What usually goes wrong?
R: Old data. | People want ten years of history and then find that nobody ever looks at it.
C: Two years would be enough for us.

R: Training comes in {small} short sessions, and all are recorded.
C: Some of my people are in {city}, so it has to be remote.
R: That is how we do most of them.

C: Can we run both in parallel for a while?
R: For one cycle, yes. | Longer than that and people never switch.

R: Who is your project lead?
C: I'd say me for now, with {team} doing the testing. | I will confirm by {weekday}.
"""
