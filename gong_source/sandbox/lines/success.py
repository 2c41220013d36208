"""Lines for customers that are live, and for the ends of calls."""

from __future__ import annotations

ADOPTION = """
R: Let me share the usage report. | {percent} percent of your seats were active last month.
C: That's better than I feared. | Which ones were not?
R: Mostly the people in {city}.
C: They joined late, so we'll need another training there.

R: What do people in {team} say about it?
C: They like {feature}. | They don't like that the export still needs {small} clicks.
R: I'll take that to the product team.

C: The last {process} took us {small} days less than a year ago.
R: That's a great result. | May I quote you on it?
C: Let me ask our {boss} first.

R: Which of your goals from the kickoff are still open?
C: The connection to {integration} is half done. | Otherwise we got there.

C: We had an outage in {month}, and nobody told us until noon.
R: You are right, that was too late. | We've changed how we send these messages since.
C: Good. | Please add my deputy to the list.

R: {feature_cap} hasn't been switched on yet. | Is there a reason?
C: We did not have the time. | Could you do it with us on {weekday}?
R: Yes, it takes about half an hour.

C: Support has been quick, I want to say that too.
R: Thank you, I will pass it on.
"""

RENEWAL = """
R: Your renewal is on the first of {month}. | Shall we talk about what should change?
C: We would like more seats, but not at the list price.
R: How many are we talking about?
C: Around {seats}, if the new team comes on board.

C: Our {boss} asked me to look around before we renew.
R: That's fair. | What would they like to see?
C: Mainly whether {competitor} is cheaper.
R: And is it?
C: A little, before the move is counted.

R: Would a longer term be interesting, if the price stays where it is?
C: Two years perhaps. | Three is too long for us.

C: There is a risk, I have to tell you. | Budgets are frozen until {month}.
R: Does that include renewals?
C: Not officially. | But everything above {amount} gets a second look.

R: I'd propose that we renew the current seats now and add the rest later.
C: That would make it easier for me. | Send me that as an option.

C: If {feature} had come earlier, this would be a much easier talk.
R: I know. | It's there now, and I'd like to prove it to you before you sign.
"""

NEXT_STEPS = """
R: Let's agree on next steps. | I'll send over the recording and a summary today.
C: And I'll share it with our {boss} and with {team}.

R: Can we put the next meeting in the calendar right now?
C: {weekday} at ten would work. | Please invite {colleague} as well.
R: Done, you should have it in a moment.

C: What do you need from me?
R: An export of {process} from last month, and the name of someone in IT.
C: You'll have both by {weekday}.

R: I'll follow up with a proposal by {weekday}. | Is email the best way?
C: Email is fine. | Copy our procurement, otherwise it gets stuck.

R: So the action items are a test account from me and a list of users from you.
C: Correct. | And the security package.
R: Right, and the security package.

C: Give me a week to discuss it internally.
R: Of course. | May I call you on {weekday} if I have heard nothing?
C: Please do.

R: Then the plan is a trial in the first half of {month} and a decision after it.
C: That's the plan, if nothing else gets in the way.

C: Could you also send me something short that I can forward?
R: One page, no slides. | I'll follow up this afternoon.
"""

WRAP_UP = """
R: Is there anything that we have not talked about?
C: No, I think that was all. | It was more useful than I expected.
R: I'm glad to hear it.

C: We're out of time, I have to jump into the next one.
R: No problem. | Thank you for the time, {other}.
C: Thank you, talk soon.

R: Thanks everybody. | Have a good rest of the day.
C: You too. | Bye.

C: I'll be on holiday from {weekday}, so please write to the whole group.
R: Will do. | Enjoy your time off.

R: I'll stop the recording here. | Thanks again for the open discussion.
C: Thanks, {rep}. | Bye now.
"""

SUPPORT = """
R: Thank you for calling {us}, this is {rep}. | How can I help?
C: Hi, this is {contact} from {customer}. | Since this morning the import from {integration} has been stuck.
R: I'm sorry to hear that. | Is there an error on the screen?
C: It says that it could not read {small} rows.

R: Can you tell me when it last worked?
C: On {weekday}, late in the afternoon. | Nothing was changed on our side.
R: I see a changed column in the log. | Somebody renamed a field in {integration}.
C: Ah. | That could have been me.

C: How long will it take?
R: I've restarted it, and it needs about {small} minutes. | I'll stay on the line.
C: Thank you, we are in the middle of {process}.

R: It went through now. | Could you check the totals?
C: They match. | That was quick.
R: I'll send you a short note on how to avoid it.
"""
