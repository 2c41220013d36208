"""Lines about money, rivals and doubts."""

from __future__ import annotations

PRICING = """
C: Let's talk about pricing. | What are we looking at for {seats} users?
R: For {seats} users it is {amount} a year on the standard plan. | That includes support and all connectors.
C: Hm. | That's more than I expected.

R: Pricing is per seat, and viewers are free. | So it depends on how many people really edit.
C: I would guess {small} editors at the start, and more later.

C: Is there a discount for a longer term?
R: For two years we can do something. | I'd have to check what, but {discount} percent isn't unusual.
C: And payment terms?
R: Thirty days, billed yearly in advance.

C: What is not included?
R: Custom reports built by us, and training on site. | Everything that you've seen today is included.

R: What budget did you have in mind?
C: We have {amount} set aside for the whole project. | That has to cover the setup as well.
R: Then we are not far apart.

C: How does the price change when we grow?
R: Seats are added at the same price, for the time that is left in the year.
C: And when we shrink?
R: You can reduce at the renewal.

C: Can you put that in writing, so I can show it to our {boss}?
R: You will have a proposal by {weekday}. | I'll keep it to two pages.

R: If I compare that with the hours you told me about, it pays back in about {small} months.
C: I'll need to see the calculation. | Our {boss} does not believe in saved hours.
"""

COMPETITION = """
C: We are also talking to {competitor}. | I don't want to hide that.
R: Thank you for being open. | What do you like about them?
C: Their charts look great. | But {feature} seemed thin.

R: If you look at {competitor}, ask them how they handle changes after the close.
C: Why that?
R: Because it's where most of our customers came from.

C: {competitor} offered us a price that is {discount} percent lower.
R: For the same number of seats?
C: I think so, though {integration} was listed separately.
R: Then compare the total for the first two years. | I can send you a sheet for that.

C: A colleague used {competitor} at her last company. | She said that the setup took half a year.
R: Ours takes about {small} weeks, and I can give you a reference for it.

R: What would be a reason to stay with {tool}?
C: Nobody has to learn anything new. | And it's paid for.

C: What is the main difference to {competitor}, in one sentence?
R: They start from the report, we start from the process. | That's why {feature} works the way it does.

C: To be fair, {competitor} was quicker in answering our questions.
R: I hear that. | You'll get my mobile number, use it.
"""

OBJECTIONS = """
C: I have to be honest, it's too expensive for what we'd use in the first year.
R: I understand. | Which parts would you not use?
C: Probably half of the connectors. | We'd start with {integration} only.
R: Then let me come back with a smaller first step.

C: I'm not sure that now is the right time. | We have a reorganisation in {month}.
R: What would be different after it?
C: At least we'd know who owns {process}.

C: We had a bad experience with a rollout two years ago. | People here are tired of new tools.
R: What went wrong back then?
C: Nobody asked {team} before it was bought.
R: Would it help to let {small} of them try it for two weeks?
C: That would help a lot.

C: It's not a priority for IT this year.
R: How much would they have to do?
C: In their eyes, everything is work for them.
R: I can offer a call with {colleague}, who can show how little it is.

C: My {boss} will say that we can build this ourselves.
R: Many do say that. | What did the last thing you built yourselves cost to keep alive?
C: That is a good point, nobody ever counted.

C: I worry about adoption. | A tool that only {small} people use isn't worth it.
R: That's the right worry to have. | We measure it with you from week one.

C: What if you get acquired next year?
R: Then the contract still holds, and you'd have your export. | But I see why you ask.
"""

NEGOTIATION = """
R: You've had the proposal for a week now. | Where does it stand?
C: Legal is through with it, apart from {small} clauses. | Procurement wants a better price.

C: If you can do {discount} percent, I can get it signed this month.
R: I can't do {discount} percent on one year. | On a two year term I could get close.
C: Let me take that back to our {boss}.

C: The liability clause is the sticking point. | Our lawyers want twelve months of fees as the cap.
R: That's what we usually agree on. | Please send me the wording.

R: What do you need from us so that this doesn't slip into {month}?
C: A signed order form on our paper, and the security package. | Then it's a matter of days.

C: Procurement also asks for sixty days to pay.
R: I can do forty-five. | If sixty is a must, then I need something in return.
C: Such as?
R: A reference call, once you're live.

C: We'd like to begin with {seats} seats and have the price fixed for more.
R: A price hold for twelve months is possible. | I'll write it into the order form.

R: Who signs on your side?
C: Our {boss}, up to {amount}. | Above that it goes to the board.
R: Then let's stay below it.

C: Can the contract start on the first of {month}?
R: Yes, and setup can begin before that. | You only pay from the first.
"""
