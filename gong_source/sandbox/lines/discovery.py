"""Lines for finding out what the customer needs."""

from __future__ import annotations

CURRENT_PROCESS = """
R: Can you walk me through how {team} handles {process} today? | I'd like to understand the steps before we talk about
   tools.
C: Sure. | It starts in {tool}, and then somebody copies everything into a spreadsheet. | By {weekday} we usually have
   {small} versions of it.
R: And who notices first when one of them is wrong?
C: Usually our {boss}, and usually in front of everybody.

R: How long does one round of {process} take you?
C: On paper two days. | In real life it's closer to {small} days, because people send their numbers late.
R: What happens to the rest of your work in that time?
C: It waits. | That is the honest answer.

R: How many people have their hands in it?
C: About {small} in my team, and then one or two in each country. | Nobody sees the whole thing.

C: We built something in {tool} a few years ago. | The person who built it has left the company.
R: So who maintains it now?
C: Nobody does. | We are careful not to touch it.

R: Where do the numbers come from in the first place?
C: Mostly from {integration}. | Some come by email, and a few are typed in by hand.
R: By hand every month?
C: Every single month.

R: What does your {boss} get to see at the end?
C: A slide with {small} charts. | It is out of date by the time it's presented.

C: The odd thing is that it works. | It just doesn't scale, and it depends on two people.
R: What happens when one of the two is on holiday?
C: Then {process} happens a week later.

R: When did you last change something about it?
C: We tried in {month}. | We gave up when {integration} was upgraded and everything broke.

R: If I asked someone in {team}, what would they say about it?
C: They would laugh first. | Then they'd tell you that {pain}.
"""

PAIN_POINTS = """
R: What is the most annoying part of it for you personally?
C: That {pain}. | I spend my evenings explaining differences instead of looking at the business.

R: Can you put a number on it?
C: We counted once. | It was about {percent} percent of everybody's time in the last week of the month.
R: And in money?
C: Hard to say. | Somewhere around {amount} a year, if you count the consultants.

C: The worst moment was in {month}. | We had to correct a figure that was already with the board.
R: How did that come about?
C: Two people had worked on two copies of the same file. | {pain_cap}, and that time everybody saw it.

R: What happens if you do nothing about it this year?
C: We'd hire another person. | And then we'd have one more person who copies numbers.

R: Who else feels this?
C: Sales does, because they never know which number counts. | And our {boss} does, every quarter.

C: People have stopped trusting it, that's my real concern. | They keep their own sheets on the side.
R: So you have a trust problem more than a tool problem?
C: I would say so, yes.

R: You said that {pain}. | How often does it happen?
C: Every month, in one form or another. | Last month it was {small} times.
R: And what did you do about it?
C: We worked through the weekend.

R: If you could fix just one thing, what would it be?
C: {feature_cap}. | If that worked, I could live with the rest for another year.

C: Auditors asked us who had approved what, and we couldn't answer. | That is when this became urgent.
R: When are they back?
C: In {month}.
"""

DECISION_PROCESS = """
R: How does a decision like this get made at {customer}?
C: I write a recommendation, our {boss} signs off, and procurement does the rest. | Legal looks at the contract as well.
R: How long did that take for the last tool you bought?
C: About {small} weeks, most of it in legal.

R: Who could say no to this?
C: IT could, if the security review goes badly. | And our {boss} could, if the budget is gone.

R: Is there a budget for it, or do we have to make a case?
C: There is a budget line for tools, about {amount}. | It isn't only for this, though.

C: I should tell you that we are looking at {small} vendors.
R: Thank you for saying so. | What will make the difference in the end?
C: How quickly we are live. | And whether {team} actually likes it.

R: What date are you working towards?
C: We want to start with the new planning round in {month}. | So a decision a month before that.
R: Let's count back from there together.

C: Our {boss} will want to speak to a reference.
R: I can arrange that. | Would another {industry} company be best?
C: Yes, and preferably one of our size.

R: Who else should we bring in before you decide?
C: Somebody from IT for the integrations. | And {team}, they'd be the ones using it.
"""
