"""Lines for the start of a call."""

from __future__ import annotations

SMALL_TALK = """
R: Hi {other}, can you hear me all right? | I think we are still waiting for one or two people.
C: Yes, loud and clear. | Give them a minute, the last meeting ran over.

R: How is {city} treating you this week?
C: Cold and wet, but I can't complain. | We had snow on {weekday}, if you believe it.
R: I do. | We had the same, and half the office stayed at home.

C: Sorry I'm late, my calendar is a disaster today.
R: No worries at all. | I used the time to read your last press release. | Congratulations on the new site in {city}.
C: Thank you, it was a long project. | We are still unpacking boxes.

R: Did you have a good weekend?
C: I did, we were out with the kids the whole of Saturday. | And you?
R: Quiet one, mostly gardening. | I needed it after the quarter we had.

C: Is this being recorded?
R: It is, so that I can listen instead of typing. | I can turn it off if anybody minds.
C: No, that's fine with me. | Just send me the link afterwards.

R: I see {colleague} has joined as well. | Welcome.
C: Great, then I think we are complete on our side.

C: I have a hard stop at the top of the hour, just so you know.
R: Understood. | Then I'll keep the introductions short.
"""

INTRODUCTIONS = """
R: Let me start with a quick round of names. | I'm {rep}, I look after {industry} companies at {us}.
C: I'm {contact}, I run {team} here at {customer}. | I have been here for about {small} years.

R: With me is {colleague}, who can answer everything that I can't.
C: Good, we will have questions. | Our {boss} may join later as well.

C: Just so you know who is who, I own {process}. | My colleagues are the ones who suffer from it.
R: That is useful, thank you. | Who else would be touched by a change there?
C: Mostly {team}, and a handful of people in {city}.

R: How did you hear about us, if I may ask?
C: A former colleague uses {product} and would not stop talking about it. | So I read a bit and filled in the form.
R: That is the best kind of lead. | I will have to send them a cake.

C: We are about {seats} people at the moment. | Around {small} of them would work in the tool every day.
R: And the others would look at the results?
C: Right, read only for the rest.

R: Before we start, what made you take this call today?
C: Honestly, the last quarter. | {pain_cap}, and our {boss} asked me to find out what the options are.
"""

AGENDA = """
R: Here is what I had in mind for today. | First I would like to understand {process}, then show you a few minutes of
   {product}, and leave time for questions.
C: That works. | Could we spend a moment on pricing as well?
R: Of course, I will make sure that we get there.

R: I planned for thirty minutes. | Is that still good for everybody?
C: It is for me. | Let's see how far we get.

R: If at the end you feel this isn't for you, just tell me. | I'd rather know than chase you for weeks.
C: I appreciate that. | I will be direct.

R: Last time we said we would go deeper into {feature} today. | Has anything changed since then?
C: Not in what we want. | But {month} is the new deadline, so we have less time.

C: One more thing for the agenda: my {boss} wants to know how this compares to {competitor}.
R: Happy to talk about that. | I'll be fair, they do some things well.

R: What would make this a good half hour for you?
C: If I leave with a clear picture of what {process} would look like. | And with a rough number that I can take
   upstairs.

R: I sent a short agenda on {weekday}. | Shall we follow it, or is there something more urgent?
C: Let's follow it. | But please start with {feature}, that is why most people came.
"""

COLD_OPENING = """
R: Hi {contact}, this is {rep} from {us}. | Did I catch you at a bad time?
C: It's always a bad time. | What is this about?
R: I'll be brief. | I work with {industry} companies that struggle with {process}, and I wondered if you do too.

C: How did you get my number?
R: From your company's page. | If you'd rather not be called, tell me and I'll take it off.
C: No, it's okay. | You have one minute.

R: Many people in your role tell me that {pain}. | Does that sound familiar?
C: A little too familiar. | But we have something in place, we use {tool}.
R: That is what most of them said. | What would it need to do for you to be happy with it?

C: Could you just send me an email?
R: Gladly. | What should be in it so that you don't delete it?
C: Something about {feature}, and what it costs.

R: Would it be unreasonable to look at it for fifteen minutes on {weekday}?
C: {weekday} is bad. | Try the week after.
R: I'll send an invitation for ten o'clock and you can move it.

C: I'm not the one who decides about this. | You'd have to talk to our {boss}.
R: Thanks for telling me. | Would you mind if I said that we spoke?
C: That's fine.

R: Last question, then I'm gone. | When does your contract for {tool} run out?
C: Sometime in {month}, I believe.
"""

VOICEMAIL = """
R: Hi {contact}, this is {rep} from {us}. | Sorry that I missed you. | I was calling about {process} at {customer}.
   | I will try again on {weekday}, or you can reach me at the number on your display.

R: Hello, this is a message for {contact}. | It's {rep} from {us}, I sent you a note about {feature}. | No need to
   call back if it isn't a topic now. | Have a good day.

R: Hi {contact}, {rep} here. | You asked me to call in {month}, and it is nearly {month}. | I'll send you two times by
   email.
"""
