"""The churn golden test's raw files: `python make_small_churn.py --out DIR [--as-of 2024-12-31] [--consumption csv]`.

About 120 customers from one fixed seed. Most are plain, so that medians and means have something to stand on; the
edge cases are planted on customers named by number in `plant_*`, one comment each. Contract and interaction dates are
laid out around the as-of date; prices and readings cover 2024 and the first days of 2025, whatever the as-of date is,
so that an earlier one leaves a future to be ignored.
"""

import argparse
import csv
import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

Row = dict[str, Any]
Reading = tuple[str, str, Any, Any]

CUSTOMERS = 126
FULL_YEAR = range(1, 13)  # every hour of 2024; the others have a few hours a month
MONTHS = [f"2024-{month:02d}" for month in range(1, 13)]
CHANNELS = ["presencial_comercial", "comparador", "oficina", "telemarketing", "web_propia", "desconocido"]
PROVINCES = {8: "Cataluña", 28: "Madrid", 41: "Andalucía", 46: "C. Valenciana", 50: "Aragón"}
PROVINCE_WITHOUT_COSTS, PROVINCE_WITH_ZERO_COST = 51, 7
ELEC_PRICES = ["variable_price_tier1_eur_kwh", "variable_price_tier2_eur_kwh", "variable_price_tier3_eur_kwh"]
PRICES = [*ELEC_PRICES, "elec_fixed_fee_eur_month", "elec_fixed_cost_eur_month",
          "gas_variable_price_eur_m3", "gas_fixed_revenue_eur_year", "gas_fixed_cost_eur_year"]
ZERO_MEANS_MISSING = [name for name in PRICES if "fixed_cost" not in name]
TEXTS = [
    "Cust inquired about renewal options. Unhappy.",
    "Cust inquired about early contract cancel. Frustrated.",
    "Cust inquired re: upcoming renewal. Info provided.",
    "Info requested on future rate plans. Happy!",
    "Inq about plan options. Satisfied.",
    "Cust visited office re: past due. Good experience.",
    "Inquiry re: services. Happy.",
    "Inq about account closure. Upset.",
    "Cust questions. Routine. Resolved.",
    "The customer reached out to discuss the current agreement and seems pleased with it.",
    "Cust inq re: pricing. Confirmed details. No price hike.",
    "Informed about contract expiry in 20 days. Good experience.",
    "CANCELLATION requested",
    "Canceling soon, moving flat",  # no listed form of the word: none of the classes
    "She will leave. Not satisfied.",
    "Not\n satisfied  with the bill",  # the words of a phrase may stand on two lines
    "Dissatisfaction with the charges",
    "Was charged twice",
    "Replanting trees; irate caller; unpriced",  # parts of words are no match
    "Better   deal wanted",
    "Looking around for alternatives",
    "follow-up",
    "Cust account issues",
    "No action required",
    # the additions
    "Cust is cancelling", "Contract terminated", "Early termination fees", "Thinking of leaving",
    "Complaints about the meter", "She complained", "Bills explained", "Contract expired", "Disappointed",
    "Looking elsewhere",
]


class Small:
    """The raw tables, keyed by customer where a customer's rows stand together."""

    def __init__(self, random: Random, as_of: date) -> None:
        self.random, self.as_of = random, as_of
        self.ids = [name(i) for i in range(1, CUSTOMERS + 1)]
        self.label: list[Row] = []
        self.attributes: dict[str, Row] = {}
        self.contracts: dict[str, Row] = {}
        self.interactions: list[Row] = []
        self.prices: dict[str, list[Row]] = {}
        self.readings: dict[str, list[Reading]] = {}
        self.costs: list[Row] = []
        # delivered after everything else in their file
        self.late: dict[str, list[Any]] = {
            key: [] for key in ("label", "attributes", "contracts", "prices", "readings")
        }

    def day(self, days: int) -> str:
        return (self.as_of + timedelta(days=days)).isoformat()

    def interact(self, i: int, days: int | None, text: str | None) -> None:
        """An interaction `days` from the as-of date; None is a null in the file."""
        moment = None if days is None else self.day(days)
        self.interactions.append(
            {"customer_id": name(i), "date": moment, "channel": "phone", "interaction_summary": text}
        )

    def price(self, i: int, month: str) -> Row:
        return next(row for row in self.prices[name(i)] if row["pricing_date"][:7] == month)


def name(i: int) -> str:
    return f"C{i:05d}"


# --- plain customers -------------------------------------------------------------------------------------------------


def has_gas(i: int) -> bool:
    return i % 3 == 0


def make_customers(small: Small) -> None:
    random = small.random
    for i, customer in enumerate(small.ids, start=1):
        # no plain industrial customer has gas: `plant_prices` counts on it
        industrial = int(i % 7 == 1 and not has_gas(i))
        province = random.choice(list(PROVINCES))
        small.label.append({"customer_id": customer, "churn": int(random.random() < 0.2)})
        small.attributes[customer] = {
            "customer_id": customer,
            "contracted_power_kw": random.choice([15, 25, 40]) if industrial else random.choice([3.45, 4.6, 6.9]),
            "is_industrial": industrial,
            "is_second_residence": int(random.random() < 0.1),
            "province_code": province,
            "region": PROVINCES[province],
            "is_high_competition_province": int(province in (8, 28)),
            "is_urban": int(random.random() < 0.6),
            "sales_channel": random.choice(CHANNELS),
        }
        age = random.randint(100, 4000)
        small.contracts[customer] = {
            "customer_id": customer,
            "customer_first_activation_date": small.day(-age),
            "contract_start_date": small.day(-random.randint(50, age)),
            "next_renewal_date": small.day(random.randint(2, 300)),
            "last_product_change_date": "" if random.random() < 0.25 else small.day(-random.randint(0, 900)),
        }
        small.prices[customer] = make_prices(random, customer, has_gas(i))
        small.readings[customer] = make_readings(random, i)
        if random.random() < 0.3:
            small.interact(i, -random.randint(0, 120), random.choice(TEXTS))


def make_prices(random: Random, customer: str, gas: bool) -> list[Row]:
    level = [random.uniform(0.1, 0.2) for _ in ELEC_PRICES]
    rows = []
    for month in MONTHS:
        if random.random() < 0.4:
            level = [value * random.uniform(0.95, 1.08) for value in level]
        tiers = dict(zip(ELEC_PRICES, (round(value, 6) for value in level), strict=True))
        rows.append({
            "customer_id": customer, "pricing_date": f"{month}-01", **tiers,
            "elec_fixed_fee_eur_month": round(random.uniform(3, 12), 2),
            "elec_fixed_cost_eur_month": round(random.uniform(1, 4), 2),
            "gas_variable_price_eur_m3": round(random.uniform(0.7, 1.1), 5) if gas else 0,
            "gas_fixed_revenue_eur_year": round(random.uniform(60, 120), 2) if gas else 0,
            "gas_fixed_cost_eur_year": round(random.uniform(20, 60), 2) if gas else 0,
        })
    return rows


def make_readings(random: Random, i: int) -> list[Reading]:
    if i in FULL_YEAR:
        hours = [datetime(2024, 1, 1) + timedelta(hours=h) for h in range(366 * 24)]
    else:
        hours = sorted(
            datetime(2024, month, day, random.randrange(24))
            for month in range(1, 13)
            for day in random.sample(range(1, 29), 8)
        )
    level = random.lognormvariate(-0.5, 1)
    rows: list[Reading] = []
    for hour in hours:
        elec = round(level * random.uniform(0.1, 2), 3)
        gas = round(random.uniform(0, 0.4), 4) if has_gas(i) else 0
        rows.append((name(i), f"{hour}", elec, gas))
    return rows


def make_costs(small: Small) -> None:
    random = small.random
    for province in [*PROVINCES, PROVINCE_WITH_ZERO_COST]:
        for month in ["2023-12", *MONTHS, "2025-01"]:
            small.costs.append({
                "province": province, "month": month,
                "elec_var_cost_eur_kwh": round(random.uniform(0.05, 0.09), 5),
                "gas_var_cost_eur_m3": round(random.uniform(0.6, 0.8), 5),
                "peaje_elec_eur_kwh": round(random.uniform(0.01, 0.03), 5),
            })
    cost = {(row["province"], row["month"]): row for row in small.costs}
    # a month that the file lacks; a cost of 0, which is real; an empty toll, an empty cost
    small.costs.remove(cost[50, "2024-06"])
    cost[PROVINCE_WITH_ZERO_COST, "2024-01"]["elec_var_cost_eur_kwh"] = 0
    cost[46, "2024-05"]["peaje_elec_eur_kwh"] = ""
    cost[46, "2024-12"]["elec_var_cost_eur_kwh"] = ""


# --- edge cases ------------------------------------------------------------------------------------------------------


def change(small: Small, i: int, source: str, **values: Any) -> None:
    getattr(small, source)[name(i)].update(values)


def plant_fuels(small: Small) -> None:
    edit = {
        2: lambda t, e, g: (e, 0),  # electricity only
        3: lambda t, e, g: (0, g),  # gas only
        4: lambda t, e, g: (e, ""),  # electricity only, gas never read
        6: lambda t, e, g: (0 if "2024-03" <= t[:7] <= "2024-04" else e, 0 if t[5:7] == "07" else g),  # zero months
        13: lambda t, e, g: ("" if t[:7] == "2024-05" else e, g),  # a month whose readings lack electricity
        14: lambda t, e, g: (0, 0),  # reads zero all year
    }
    for i, values in edit.items():
        small.readings[name(i)] = [(c, t, *values(t, e, g)) for c, t, e, g in small.readings[name(i)]]
    for i in (15, 16):  # prices but no reading at all
        small.readings[name(i)] = []
    small.readings[name(17)] = [r for r in small.readings[name(17)] if r[1][:7] == "2024-08"]  # one month
    # months without a reading, at the start, in the middle and at the end
    gone = {18: ["2024-01", "2024-02"], 21: ["2024-06"], 24: ["2024-11", "2024-12"]}
    for i, months in gone.items():
        small.readings[name(i)] = [r for r in small.readings[name(i)] if r[1][:7] not in months]
    # readings in the small hours only
    small.readings[name(19)] = [r for r in small.readings[name(19)] if r[1][11:13] in ("00", "01", "02", "03")] or [
        (name(19), "2024-02-05 03:00:00", 1.5, 0)
    ]


def plant_readings(small: Small) -> None:
    random, late = small.random, small.late["readings"]
    for i in (1, 5, 9, 12):  # a true local clock: no hour 02 in March, two in October
        rows = [r for r in small.readings[name(i)] if r[1] != "2024-03-31 02:00:00"]
        at = next(k for k, r in enumerate(rows) if r[1] == "2024-10-27 02:00:00")
        rows.insert(at + 1, (name(i), "2024-10-27 02:00:00", 0.777, 0.0777 if has_gas(i) else 0))
        small.readings[name(i)] = rows
    # three and four readings of that hour: the last two delivered stand
    late.append((name(5), "2024-10-27 02:00:00", 0.5, 0))
    late += [(name(9), "2024-10-27 02:00:00", 3.25, 0.25), (name(9), "2024-10-27 02:00:00", -1, 0.125)]
    # negative readings, of electricity, of gas, of both
    for i, column in ((1, 2), (6, 3), (7, 2), (9, 3), (30, 2), (33, 3), (36, 2), (36, 3)):
        for k in random.sample(range(len(small.readings[name(i)])), 4):
            row = list(small.readings[name(i)][k])
            row[column] = -round(random.uniform(0.01, 2), 3)
            small.readings[name(i)][k] = (row[0], row[1], row[2], row[3])
    # every reading of one month negative
    small.readings[name(37)] = [(c, t, -0.5, g) if t[:7] == "2024-02" else (c, t, e, g)
                                for c, t, e, g in small.readings[name(37)]]
    # the same hour twice, at once and at the file's end; right then wrong, wrong then right, full then empty
    for i, first, second in ((40, 1, 5), (41, -3, 2), (43, 2, -3), (44, 4, ""), (46, "", 4)):
        small.readings[name(i)].append((name(i), "2024-03-12 11:00:00", first, 0))
        (small.readings[name(i)] if i == 40 else late).append((name(i), "2024-03-12 11:00:00", second, 0))
    small.readings[name(47)] *= 2  # a whole file delivered twice
    # holidays on weekdays (1 January a Monday, 15 August a Thursday) and weekends (6 January, 12 October, 8 December)
    for day in ("01-01", "01-06", "05-01", "08-15", "10-12", "11-01", "12-06", "12-08", "12-25", "12-24"):
        late += [(name(48), f"2024-{day} {hour:02d}:00:00", 1, 0.1) for hour in (0, 9, 12, 19, 22)]
    # the first and last hour of every tariff period, on a Monday, a Saturday and a Sunday
    for day in ("04-15", "04-20", "04-21"):
        late += [(name(49), f"2024-{day} {hour:02d}:00:00", 2 ** (hour % 10), 0) for hour in range(24)]
    # the as-of date's last hour counts (the only gas of 50), the next day does not; nor does the next year
    for i in (50, 51):
        late += [(name(i), f"{small.day(0)} 23:00:00", 7, 0.5), (name(i), f"{small.day(1)} 00:00:00", 100, 9)]
        late += [(name(i), f"2025-01-0{day} 12:00:00", 100, 9) for day in (1, 2)]
    # unreadable times, no customer, an unknown customer
    late += [(name(52), time, 50, 5) for time in ("2024-13-01 00:00:00", "2024-02-30 10:00:00", "ayer", "")]
    late += [("", "2024-05-05 10:00:00", 50, 5), ("C99999", "2024-05-05 10:00:00", 50, 5)]
    # a customer whose rows come last, in no order
    rows = small.readings.pop(name(53))
    small.readings[name(53)] = []
    late += random.sample(rows, len(rows))


def plant_prices(small: Small) -> None:
    def drop(i: int, months: Iterable[str]) -> None:
        small.prices[name(i)] = [r for r in small.prices[name(i)] if r["pricing_date"][:7] not in months]

    drop(1, ["2024-01", "2024-02"])  # at the start: the next later price
    drop(6, ["2024-05", "2024-06"])  # in the middle: the last earlier one
    drop(2, ["2024-11", "2024-12"])  # at the end
    drop(9, MONTHS)  # none: medians of the residential
    drop(8, MONTHS)  # none: medians of the industrial
    drop(55, MONTHS)  # none, no attributes either (`plant_attributes`): medians of the month
    for i, months in ((10, ["2024-04"]), (11, ["2024-01"]), (12, ["2024-12"]), (57, MONTHS), (58, MONTHS[:6])):
        for row in small.prices[name(i)]:  # zeros instead of gaps; for 57 in the whole year
            if row["pricing_date"][:7] in months:
                row |= {column: 0 for column in ZERO_MEANS_MISSING}
    for month in ("2024-03", "2024-09"):  # one column only
        small.price(5, month)["variable_price_tier1_eur_kwh"] = 0
        small.price(7, month)["variable_price_tier2_eur_kwh"] = ""
        small.price(12, month)["gas_fixed_revenue_eur_year"] = 0
        small.price(60, month)["elec_fixed_fee_eur_month"] = ""
    # an industrial customer with gas and no gas price ever: no other industrial one has gas, so medians of the month
    change(small, 66, "attributes", is_industrial=1, contracted_power_kw=30)
    for row in small.prices[name(66)]:
        row |= {"gas_variable_price_eur_m3": 0, "gas_fixed_revenue_eur_year": 0}
    # gas prices and costs of customers without gas: in no median, the fixed ones in the margin all the same
    for i in (61, 62, 64, 65):
        for row in small.prices[name(i)]:
            row |= {"gas_variable_price_eur_m3": 9.9, "gas_fixed_revenue_eur_year": 999, "gas_fixed_cost_eur_year": 12}
    for row in small.prices[name(67)]:  # costs of 0 are real
        row |= {"elec_fixed_cost_eur_month": 0, "gas_fixed_cost_eur_year": 0}
    for i in (4, 107, 110, 113):  # sold at a loss, in some months or all
        for row in small.prices[name(i)][i % 4:]:
            row |= {price: round(row[price] / 5, 6) for price in ELEC_PRICES}
            row |= {"elec_fixed_fee_eur_month": 0.5}
    steps = [0.15, 0.15, 0.1509, 0.152, 0.152, 0.151, 0.1605, 0.15, 0.15, 0.15, 0.15, 0.15]
    for row, price in zip(small.prices[name(68)], steps, strict=True):  # steps about .001 and a trend of 0
        row["variable_price_tier1_eur_kwh"] = price
    plant_price_rows(small)


def plant_price_rows(small: Small) -> None:
    late = small.late["prices"]
    # before 2024, and the only earlier price of January
    late.append(small.price(70, "2024-01") | {"pricing_date": "2023-12-01", "variable_price_tier1_eur_kwh": 0.3})
    small.price(70, "2024-01")["variable_price_tier1_eur_kwh"] = 0
    for i in (71, 72):  # after every as-of date; a month whose first day is before it and pricing date is not
        late.append(small.price(i, "2024-12") | {"pricing_date": "2025-01-01", "variable_price_tier1_eur_kwh": 5})
        late.append(small.price(i, "2024-12") | {"pricing_date": "2025-02-01", "variable_price_tier1_eur_kwh": 6})
    for row in small.prices[name(73)]:
        row["pricing_date"] = row["pricing_date"][:8] + "28"
    # twice in a month: the same day, then two days with the later one delivered first
    late.append(small.price(74, "2024-07") | {"variable_price_tier1_eur_kwh": 0.4})
    small.price(75, "2024-07")["pricing_date"] = "2024-07-20"
    late.append(small.price(75, "2024-07") | {"pricing_date": "2024-07-01", "variable_price_tier1_eur_kwh": 0.5})
    # no customer, an unknown one, unreadable dates
    late += [small.price(76, month) | {"customer_id": ""} for month in MONTHS[:5]]
    late += [small.price(76, month) | {"customer_id": "C99998"} for month in MONTHS[:3]]
    for row, text in zip(small.prices[name(76)][3:6], ("2024-00-01", "pronto", ""), strict=True):
        row["pricing_date"] = text
    small.random.shuffle(small.prices[name(77)])


def plant_attributes(small: Small) -> None:
    for i, power in ((8, 10), (15, 9.9), (22, 10.1), (29, 0)):
        change(small, i, "attributes", is_industrial=1, contracted_power_kw=power)
    change(small, 80, "attributes", is_industrial=0, contracted_power_kw=10)
    change(small, 81, "attributes", is_industrial="")  # no segment
    change(small, 82, "attributes", is_industrial=1, contracted_power_kw="")  # no segment
    change(small, 83, "attributes", is_industrial=0, contracted_power_kw="")
    change(small, 84, "attributes", is_second_residence="", is_high_competition_province="", is_urban="", region="")
    for i in (85, 86):
        change(small, i, "attributes", province_code=PROVINCE_WITHOUT_COSTS)
    change(small, 87, "attributes", province_code="")
    # each province with a gap in its costs has customers with all hours
    for i, province in ((1, 50), (2, PROVINCE_WITH_ZERO_COST), (91, PROVINCE_WITH_ZERO_COST), (6, 46), (17, 46)):
        change(small, i, "attributes", province_code=province)
    spellings = [" TELEMARKETING ", "Web_Propia", "COMPARADOR", "Oficina", "UNKNOWN", "Desconocido", "", "   ",
                 "Puerta_Fria ", "Presencial_Comercial"]
    for i, channel in enumerate(spellings, start=88):
        change(small, i, "attributes", sales_channel=channel)
    small.late["attributes"] += [
        small.attributes[name(99)] | {"is_industrial": 1, "contracted_power_kw": 99, "sales_channel": "oficina"},
        small.attributes[name(100)] | {"customer_id": "C99997"},
    ]
    for i in (55, 56):
        del small.attributes[name(i)]


def plant_contracts(small: Small) -> None:
    renewals = [0, 1, 2, -1, -400, 91, 92, 93, 184, 185, 366, 367]
    for i, days in enumerate(renewals, start=20):
        change(small, i, "contracts", next_renewal_date=small.day(days))
    ages = [0, 30, 31, 182, 183, 213, 214, 365, 366, 395, 396, 730, 731, 760, 761, 1826, 1827, 1856, 1857]
    for i, days in enumerate(ages, start=37):
        change(small, i, "contracts", customer_first_activation_date=small.day(-days))
    change(small, 20, "contracts", customer_first_activation_date=small.day(-200))  # high-risk life cycle
    change(small, 25, "contracts", customer_first_activation_date=small.day(-300))
    first, start = "customer_first_activation_date", "contract_start_date"
    change(small, 58, "contracts", **{first: "", start: small.day(-400)})  # falls back
    change(small, 59, "contracts", **{first: "31/12/2020", start: small.day(-401)})
    change(small, 60, "contracts", **{first: "", start: ""})
    change(small, 61, "contracts", **{first: small.day(10), start: small.day(-402)})  # has not happened yet
    change(small, 62, "contracts", **{first: "", start: small.day(10)})
    change(small, 63, "contracts", next_renewal_date="")
    change(small, 64, "contracts", next_renewal_date="2025-02-30")
    change(small, 65, "contracts", **{start: small.day(-10), "next_renewal_date": small.day(-50)})  # ends before start
    for i, days in ((66, 0), (67, -1), (68, 1), (69, 200), (70, -46)):
        change(small, i, "contracts", last_product_change_date=small.day(days))
    change(small, 71, "contracts", last_product_change_date="2024-99-01")
    small.late["contracts"] += [
        small.contracts[name(99)] | {"next_renewal_date": small.day(5), first: small.day(-5)},
        small.contracts[name(100)] | {"customer_id": "C99996"},
    ]
    for i in (56, 72):
        del small.contracts[name(i)]


def plant_interactions(small: Small) -> None:
    planted = {name(i) for i in range(73, 87)} | {name(i) for i in range(101, CUSTOMERS + 1)}
    small.interactions = [row for row in small.interactions if row["customer_id"] not in planted]
    # days from the last interaction to the renewal: bounds of 30 days and of three months
    for i, days in enumerate([-1, 0, 30, 31, 91, 92], start=73):
        change(small, i, "contracts", next_renewal_date=small.day(days - 20))
        small.interact(i, -20, "Complaint about the renewal")
    small.interact(79, 0, "Cust wants to switch")  # on the as-of date
    small.interact(80, 1, "Cust wants to cancel")  # the day after: has not happened
    small.interact(81, -30, "Pricing question")  # several, in no order: the latest that has happened
    small.interact(81, 3, "Frustrated")
    small.interact(81, -10, "Plan options")
    small.interact(81, -90, "Cancel")
    small.interact(82, -40, "Cancel")  # the latest has a date and no text
    small.interact(82, -15, "  ")
    small.interact(83, -12, None)
    small.interact(84, None, "Frustrated about the bill")  # no date
    small.interact(85, None, "Frustrated")  # a dated one stands before one without date
    small.interact(85, -60, "Account details")
    small.interact(86, None, " ")  # neither
    for i, days in enumerate((-5, -5), start=0):  # two on one day: the later delivered
        small.interact(101, days, ("Frustrated", "Plan options")[i])
    small.interact(102, 0, "Upset")
    small.interactions[-1]["date"] = "2024-11-31"  # unreadable
    small.interact(103, 0, None)
    small.interactions[-1]["date"] = "soon"
    for i, text in enumerate(TEXTS[:20], start=104):
        small.interact(i, -i, text)
    for i, text in enumerate(TEXTS[20:], start=1):
        small.interact(i, -3 * i, text)
    for customer in (None, "", "C99995"):
        small.interactions.append(
            {"customer_id": customer, "date": small.day(-3), "channel": "web", "interaction_summary": "Cancel"}
        )
    del small.interactions[-3]["customer_id"]  # a record without the key


def plant_labels(small: Small) -> None:
    small.label[99 - 1]["churn"] = 0
    small.late["label"] += [{"customer_id": name(99), "churn": 1}, {"customer_id": "", "churn": 1}]
    small.label[100 - 1]["churn"] = ""
    # a customer known to the label file alone
    for table in (small.attributes, small.contracts, small.prices, small.readings):
        del table[name(125)]
    small.interactions = [row for row in small.interactions if row.get("customer_id") != name(125)]


# --- files -----------------------------------------------------------------------------------------------------------


def write_csv(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_consumption(folder: Path, rows: list[Reading], kind: str) -> None:
    path = folder / f"consumption_hourly_2024.{kind}"
    columns = ["customer_id", "timestamp", "consumption_elec_kwh", "consumption_gas_m3"]
    if kind == "csv":
        return write_csv(path, [dict(zip(columns, row, strict=True)) for row in rows])
    texts = pl.DataFrame([[str(cell) or None for cell in row] for row in rows], schema=columns, orient="row")
    typed = texts.with_columns(
        pl.col("timestamp").str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False),
        pl.col(columns[2:]).cast(pl.Float64),
    )
    typed.write_parquet(path, row_group_size=20_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--as-of", default="2024-12-31", type=date.fromisoformat)
    parser.add_argument("--consumption", choices=["csv", "parquet"], default="csv")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    small = Small(Random(20241231), args.as_of)
    make_customers(small)
    make_costs(small)
    for plant in (plant_fuels, plant_readings, plant_prices, plant_attributes, plant_contracts, plant_interactions,
                  plant_labels):
        plant(small)
    late = small.late
    write_csv(args.out / "churn_label.csv", small.label + late["label"])
    write_csv(args.out / "customer_attributes.csv", [*small.attributes.values(), *late["attributes"]])
    write_csv(args.out / "customer_contracts.csv", [*small.contracts.values(), *late["contracts"]])
    (args.out / "customer_interactions.json").write_text(json.dumps(small.interactions, indent=1) + "\n")
    write_csv(args.out / "price_history.csv", [row for rows in small.prices.values() for row in rows] + late["prices"])
    write_csv(args.out / "costs_by_province_month.csv", small.costs)
    readings = [row for rows in small.readings.values() for row in rows] + late["readings"]
    write_consumption(args.out, readings, args.consumption)


if __name__ == "__main__":
    main()
