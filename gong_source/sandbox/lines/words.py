"""Names and words that the made-up company, its customers and their talk are built from: data only."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COMPANY = "Brightwater"
COMPANY_DOMAIN = "brightwater.example"
PRODUCTS = ("Brightwater Plan", "Brightwater Close", "Brightwater Connect")
COMPETITORS = ("Ledgerly", "Planora", "Fathom Seven", "Numeriq", "Cedar & Sons Analytics")

FIRST_NAMES = _words(
    "Aaron Abigail Adam Aisha Alejandro Alice Amara Amir Ana Andrea Anika Antonio Astrid Beatriz Ben Bianca Brian "
    "Camila Carlos Caroline Cecilia Chen Chloe Clara Daniel David Deepa Diego Dmitri Elena Eli Emeka Emily Emma Erik "
    "Esther Ethan Fatima Felix Fiona Francesca Gabriel Grace Greta Hana Hannah Harvey Helen Hugo Ian Ines Ingrid Isaac "
    "Ivan Jack Jada James Jana Jasmine Joao Jonas Julia Kai Karim Kate Keiko Kofi Lars Laura Leila Leon Liam Lin Lucia "
    "Maja Marco Maria Martin Maya Mei Miguel Mila Mohammed Nadia Naomi Nikhil Nina Noah Nora Oleg Olivia Omar Oscar "
    "Paula Pedro Petra Priya Rafael Rania Rebecca Ricardo Robin Rosa Ruth Samira Samuel Sara Sean Sofia Stefan Tamar "
    "Tara Theo Thomas Tomas Uma Valentina Vera Victor Wei William Yara Yuki Yusuf Zoe Zuzana"
)
LAST_NAMES = _words(
    "Abbott Adeyemi Ahmed Alvarez Andersen Banerjee Barros Becker Bennett Bergman Bianchi Blake Boateng Brandt Brooks "
    "Campbell Cardoso Castillo Chan Chowdhury Cohen Cruz Dahl Das Delgado Dubois Edwards Eriksen Esposito Evans Farah "
    "Fernandez Fischer Fleming Foster Garcia Gill Gomez Green Gupta Haddad Hansen Hassan Hayes Hoffmann Hughes Ibrahim "
    "Ivanova Jackson Jansen Jensen Johansson Jones Kapoor Katz Keller Khan Kim Kowalski Kumar Larsen Lee Lemaire Levy "
    "Lindgren Lopez Mackenzie Malik Marino Martins Mbeki Mendes Meyer Molina Moore Moreau Murphy Nakamura Nguyen "
    "Novak OBrien Okafor Olsen Ortiz Park Patel Perez Petrov Pham Pinto Quinn Rahman Ramirez Reid Ricci Rivera Romero "
    "Rossi Russo Ryan Santos Sato Schmidt Sharma Silva Singh Sokolov Stewart Suzuki Tanaka Taylor Torres Tran Vargas "
    "Vogel Walker Wang Weber White Wilson Wong Wright Yamamoto Yilmaz Young Zhang Zimmermann"
)

CUSTOMER_HEADS = _words(
    "Alder Amber Arbor Atlas Beacon Birch Blue Bolt Bright Cedar Cinder Clear Cobalt Copper Coral Crown Delta Drift "
    "Dune Eagle East Echo Elm Ember Falcon Fern Field Flint Fox Glen Granite Green Grove Harbor Hazel High Iron Ivory "
    "Juniper Keystone Lake Lantern Laurel Light Lime Linden Lunar Maple Meadow Mill Mist Moss North Oak Ocean Old "
    "Olive Orchard Otter Pace Park Peak Pine Polar Quarry Quill Rain Raven Red Ridge River Rose Sable Sage Salt "
    "Sand Silver Sky Slate Spring Spruce Star Stone Summit Swift Tall Terra Thistle Timber Union Vale Violet "
    "West Willow Winter"
)
CUSTOMER_TAILS = _words("bridge craft dale fall field ford gate haven hill house land line mark mont path point port")
CUSTOMER_FORMS = {
    "logistics": ("Logistics", "Freight", "Supply"),
    "healthcare": ("Health", "Care Group", "Clinics"),
    "manufacturing": ("Industries", "Works", "Manufacturing"),
    "retail": ("Retail", "Stores", "Goods"),
    "software": ("Software", "Labs", "Systems"),
    "insurance": ("Insurance", "Mutual", "Assurance"),
    "energy": ("Energy", "Power", "Solar"),
    "education": ("Learning", "Education", "Schools"),
    "hospitality": ("Hotels", "Hospitality", "Travel"),
    "media": ("Media", "Studios", "Publishing"),
}
CUSTOMER_TITLES = (
    "VP Finance", "Head of FP&A", "Finance Director", "Controller", "Senior Financial Analyst", "IT Manager",
    "Director of Operations", "Procurement Manager", "Head of Business Systems", "Revenue Operations Manager",
    "Finance Business Partner", "Chief of Staff",
)  # fmt: skip
CITIES = (
    "Rotterdam", "Leeds", "Austin", "Porto", "Denver", "Gothenburg", "Lyon", "Toronto", "Leipzig", "Boise", "Valencia",
    "Krakow", "Atlanta", "Antwerp", "Tampa", "Turin", "Columbus", "Galway", "Sacramento", "Malmo",
)  # fmt: skip

BOSSES = ("CFO", "COO", "VP Finance", "managing director", "head of operations", "CEO")
TEAMS = ("the finance team", "the planning team", "accounting", "sales operations", "the controllers", "our analysts")
PROCESSES = (
    "the monthly close", "headcount planning", "revenue forecasting", "invoice approval", "the yearly budget",
    "commission runs", "quota planning", "cash planning", "board reporting", "the cost allocation",
)  # fmt: skip
TOOLS = (
    "Excel", "an old Access database", "Google Sheets", "a homegrown tool", "Power BI", "a shared drive full of files",
    "the reporting module of our ERP", "three linked workbooks",
)  # fmt: skip
INTEGRATIONS = ("NetSuite", "SAP", "Salesforce", "Workday", "HubSpot", "Snowflake", "Dynamics", "Stripe")
PAINS = (
    "the numbers never match", "nobody trusts the totals", "we find the mistakes too late",
    "everybody works on a different version", "we chase people for their figures", "it takes far too long",
    "we copy the same data three times", "the history is lost whenever someone leaves",
    "nobody can say who changed what", "we only see a problem when the month is over",
)  # fmt: skip
FEATURES = (
    "the variance view", "automatic reconciliation", "the approval chain", "scenario planning", "the audit trail",
    "driver based planning", "the change log", "the board report", "bulk editing", "the comparison of versions",
)  # fmt: skip
SMALL_NUMBERS = ("two", "three", "four", "five", "six", "seven", "eight", "ten", "twelve")
PERCENTS = ("five", "eight", "ten", "twelve", "fifteen", "twenty", "twenty-five", "thirty", "forty", "sixty", "70")
DISCOUNTS = ("five", "eight", "ten", "twelve", "fifteen")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

WORKSPACES = (
    ("Sales", "New business and account management"),
    ("Customer Success", "Onboarding, reviews and renewals"),
    ("Sales Development", None),
    ("Partners", "Calls with resellers and implementation partners"),
)

COMMENTS = (
    "Great question here, note how long the answer is.",
    "Let's use this bit in the next team training.",
    "Can we find out who else is affected?",
    "I'd have waited a little longer before answering.",
    "This is the real reason why they are looking.",
    "Please put that date into the CRM.",
    "Strong answer on security.",
    "We should send the reference from last month.",
)
REPLIES = (
    "Done, it's in the CRM now.",
    "Good point, I'll follow up on it.",
    "Agreed, I noticed it too late.",
    "Thanks! Adding it to the folder.",
    "They told me after the call, it's three more people.",
)

REVIEWS = (
    "Slow down before the price comes up.",
    "Ask who else has to agree, and stay silent after the question.",
    "Very well prepared. Keep opening with their own numbers.",
    "Fewer features, more about what it costs them today.",
    "Book the next meeting before the last five minutes.",
)
