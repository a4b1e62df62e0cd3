"""The churn features a second time, from the system's contract alone: the oracle of the churn golden test.

It favours being obviously right over being fast: tables up to silver are plain polars expressions, and gold is made
customer by customer from Python lists.

    python golden_churn.py --data DIR --as-of 2024-12-31 --sentiment FILE.parquet --out DIR
    python golden_churn.py --self-test

FILE has `customer_id` and `sentiment_label`: the sentiment model is no part of this. Every rule that the contract
leaves open stands in a comment that begins with "Settled:".
"""

import argparse
import json
import math
import re
import statistics
import sys
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

Row = dict[str, Any]
Number = float | None

MONTH_DAYS = 30.44
GAS_KWH_PER_M3 = 11
HOLIDAYS = [(1, 1), (1, 6), (5, 1), (8, 15), (10, 12), (11, 1), (12, 6), (12, 8), (12, 25)]
TIERS = {"tier_1_peak": [*range(10, 14), *range(18, 22)], "tier_2_standard": [8, 9, *range(14, 18), 22, 23]}
TIER_NAMES = [*TIERS, "tier_3_offpeak"]
COSTS = ["elec_var_cost_eur_kwh", "gas_var_cost_eur_m3", "peaje_elec_eur_kwh"]
# the column that fills a price where it is > 0
PAIRED = {
    "variable_price_tier1_eur_kwh": "elec_kwh_tier_1_peak",
    "variable_price_tier2_eur_kwh": "elec_kwh_tier_2_standard",
    "variable_price_tier3_eur_kwh": "elec_kwh_tier_3_offpeak",
    "elec_fixed_fee_eur_month": "monthly_elec_kwh",
    "gas_variable_price_eur_m3": "monthly_gas_m3",
    "gas_fixed_revenue_eur_year": "monthly_gas_m3",
}
PRICES = [*PAIRED, "elec_fixed_cost_eur_month", "gas_fixed_cost_eur_year"]
CHANNELS = {
    "presencial_comercial": "In-Person Commercial", "comparador": "Comparison Website", "oficina": "Office",
    "telemarketing": "Telemarketing", "web_propia": "Own Website", "desconocido": "Unknown", "unknown": "Unknown",
}
CANCELLATION, COMPLAINT, PRICING = "Cancellation / Switch", "Complaint / Escalation", "Pricing Offers"
# whole words, the first class that matches; Settled: "looking elsewhere" is about offers, as "looking around"
INTENTS = {
    CANCELLATION: "cancel|cancell?ed|cancellation|terminate|switch(ing)?|leave|account (close|closure)|closing account"
                  "|cancell?ing|terminated|termination|leaving",
    COMPLAINT: "complain(t|ing)?|frustrated|frustration|escalated|escalation|not satisfied|unsatisfied|upset"
               "|dissatisfied|dissatisfaction|unhappy|discontent|complaints|complained|disappointed",
    "Billing / Payment": "bill|billing|charge[sd]?|payment|overdue|past due|bills",
    "Contract Renewal": "renew(al|als|ing|ed)?|expire|expiry|expiration|expired",
    PRICING: "price[sd]?|pricing|rates?|increase|hike|discounts?|savings?|competitive(ness)?|competition"
             "|better (deal|rate|offer)|alternatives?|looking around|looking elsewhere",
    "Plan / Product Inquiry": "plans?|options?",
    "Account / Service Inquiry": "account (details|questions|updates|setup|issues)|services?|inquiry|inquired"
                                 "|inquiries|info|clarified|setup details|no issues found|all good",
    "General / Operational Contact": "general|follow-up|routine|inbound call|no action required|resolved"
                                     "|normal process|standard interaction|customer contacted",
}
SEVERITY = {CANCELLATION: 3, COMPLAINT: 2, PRICING: 1}


# --- bronze ----------------------------------------------------------------------------------------------------------


def read_texts(path: Path) -> pl.DataFrame:
    """Every cell as bare text, an empty or blank one as null; rows without a customer dropped."""
    frame = pl.read_csv(path, infer_schema=False)
    bare = pl.all().str.strip_chars()
    frame = frame.with_columns(pl.when(bare != "").then(bare))
    return frame.drop_nulls("customer_id") if "customer_id" in frame.columns else frame


def to_number(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64, strict=False)


def to_day(column: str) -> pl.Expr:
    """Settled: a date that cannot be read is missing; the rest of the row stands."""
    return pl.col(column).str.to_date("%Y-%m-%d", strict=False)


def read_customers(data: Path, as_of: date) -> pl.DataFrame:
    """Label, left-joined with the first row of each customer in attributes and contracts and the latest interaction."""
    label = first_of_each(read_texts(data / "churn_label.csv")).select("customer_id", to_number("churn").cast(pl.Int64))
    flags = ["is_industrial", "is_second_residence", "is_high_competition_province", "is_urban", "province_code"]
    attributes = first_of_each(read_texts(data / "customer_attributes.csv")).with_columns(
        to_number("contracted_power_kw"), *(to_number(flag).cast(pl.Int64) for flag in flags)
    )
    days = ["customer_first_activation_date", "contract_start_date", "next_renewal_date", "last_product_change_date"]
    contracts = first_of_each(read_texts(data / "customer_contracts.csv")).with_columns(to_day(day) for day in days)
    # Settled: a contract cannot end before it starts; one that says so has no renewal date
    reversed_dates = pl.col("next_renewal_date") < pl.col("contract_start_date")
    contracts = contracts.with_columns(
        next_renewal_date=pl.when(reversed_dates).then(None).otherwise(pl.col("next_renewal_date"))
    )
    interactions = latest_interactions(data / "customer_interactions.json", as_of)
    customers = label
    for table in (attributes, contracts, interactions):
        customers = customers.join(table, on="customer_id", how="left")
    return customers.sort("customer_id")


def first_of_each(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.unique("customer_id", keep="first", maintain_order=True)


def latest_interactions(path: Path, as_of: date) -> pl.DataFrame:
    """
    Settled: of two on one day the later delivered; one without a readable date stands only where the customer has none
    with one, since it may be of any day; one with neither date nor text is no interaction.
    """
    latest: dict[str, tuple[tuple[date, int], Row]] = {}
    for delivered, record in enumerate(json.loads(path.read_text())):
        customer, day = (record.get("customer_id") or "").strip(), parse_day(record.get("date"))
        text = (record.get("interaction_summary") or "").strip() or None
        if not customer or (day and day > as_of) or not (day or text):
            continue
        order = (day or date.min, delivered)
        if customer not in latest or order > latest[customer][0]:
            latest[customer] = (order, {"customer_id": customer, "last_interaction_date": day, "text": text})
    schema = {"customer_id": pl.String, "last_interaction_date": pl.Date, "text": pl.String}
    return pl.DataFrame([row for _, row in latest.values()], schema=schema)


def parse_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        return None


def read_readings(data: Path, customers: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """
    One row a reading that counts. Settled: of one hour delivered twice the whole last row counts, its nulls included;
    of the hour that the clock repeats in October the last two.
    """
    csv, parquet = (data / f"consumption_hourly_2024.{kind}" for kind in ("csv", "parquet"))
    if csv.exists():
        time = pl.col("timestamp").str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
        raw = read_texts(csv).with_columns(time)
    else:
        raw = pl.read_parquet(parquet)
    raw = raw.with_row_index("delivered").join(customers.select("customer_id"), on="customer_id", how="semi")
    raw = raw.drop_nulls("timestamp").filter(pl.col("timestamp").dt.date() <= as_of)
    time = pl.col("timestamp").dt
    last_sunday_of_october = (time.month() == 10) & (time.weekday() == 7) & (time.day() >= 25)
    repeated = last_sunday_of_october & (time.hour() == 2)
    from_last = pl.col("delivered").rank("ordinal", descending=True).over("customer_id", "timestamp")
    raw = raw.filter(from_last <= pl.when(repeated).then(2).otherwise(1)).sort("delivered")
    holiday = pl.any_horizontal((time.month() == month) & (time.day() == day) for month, day in HOLIDAYS)
    working = (time.weekday() <= 5) & ~holiday
    tier = pl.lit("tier_3_offpeak")
    for name, hours in TIERS.items():
        tier = pl.when(working & time.hour().is_in(hours)).then(pl.lit(name)).otherwise(tier)
    return raw.select(
        "customer_id", time.strftime("%Y-%m").alias("month"), tier.alias("tier"), holiday.alias("holiday"),
        to_number("consumption_elec_kwh").alias("elec"), to_number("consumption_gas_m3").alias("gas"),
    )


def sum_readings(readings: pl.DataFrame) -> pl.DataFrame:
    """Settled: a fuel without a single value in the month is null, in its tiers too; otherwise an empty tier is 0."""
    aggregates: list[pl.Expr] = []
    for fuel, total, part in (("elec", "monthly_elec_kwh", "elec_kwh_"), ("gas", "monthly_gas_m3", "gas_m3_")):
        value = pl.col(fuel).clip(lower_bound=0)
        read = pl.col(fuel).count() > 0
        aggregates.append(pl.when(read).then(value.sum()).alias(total))
        for tier in TIER_NAMES:
            in_tier = value.filter(pl.col("tier") == tier).sum()
            aggregates.append(pl.when(read).then(in_tier).alias(part + tier))
    negative_elec, negative_gas = pl.col("elec") < 0, pl.col("gas") < 0
    months = readings.group_by("customer_id", "month").agg(
        *aggregates,
        holiday_hours_in_month=pl.col("holiday").sum(),
        readings=pl.len(),
        negative_elec_readings=negative_elec.sum(),
        negative_gas_readings=negative_gas.sum(),
        had_negative_consumption=(negative_elec.any() | negative_gas.any()).cast(pl.Int64),
    )
    in_kwh = [(GAS_KWH_PER_M3 * pl.col(f"gas_m3_{tier}")).alias(f"gas_kwh_{tier}") for tier in TIER_NAMES]
    return months.with_columns(*in_kwh, monthly_gas_kwh=GAS_KWH_PER_M3 * pl.col("monthly_gas_m3"))


def read_prices(path: Path, customers: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Settled: of two rows in a customer's month the last delivered counts, whatever its day."""
    raw = read_texts(path).join(customers.select("customer_id"), on="customer_id", how="semi")
    raw = raw.with_columns(to_day("pricing_date"), *(to_number(price) for price in PRICES)).drop_nulls("pricing_date")
    raw = raw.with_columns(month=pl.col("pricing_date").dt.strftime("%Y-%m"))
    raw = raw.filter(pl.col("month") <= f"{as_of:%Y-%m}")
    return raw.unique(["customer_id", "month"], keep="last", maintain_order=True).drop("pricing_date")


def make_bronze_months(data: Path, customers: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The union of the months with a reading and those with a price row."""
    months = sum_readings(read_readings(data, customers, as_of)).join(
        read_prices(data / "price_history.csv", customers, as_of),
        on=["customer_id", "month"], how="full", coalesce=True,
    )
    costs = read_texts(data / "costs_by_province_month.csv").with_columns(
        to_number("province").cast(pl.Int64), *(to_number(cost) for cost in COSTS)
    )
    months = months.join(customers.select("customer_id", "province_code"), on="customer_id", how="left")
    months = months.join(costs, left_on=["province_code", "month"], right_on=["province", "month"], how="left")
    # Settled: counts of readings are 0, and the flag too, in a month that has a price row only
    counts = ["holiday_hours_in_month", "readings", "negative_elec_readings", "negative_gas_readings",
              "had_negative_consumption"]
    return months.drop("province_code").with_columns(pl.col(counts).fill_null(0)).sort("customer_id", "month")


# --- silver ----------------------------------------------------------------------------------------------------------


def make_silver_months(bronze: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    industrial = customers.select("customer_id", "is_industrial")
    months = bronze.join(industrial, on="customer_id", how="left").sort("customer_id", "month")
    for price, consumption in PAIRED.items():
        months = impute(months, price, consumption)
    return add_margins(months.drop("is_industrial")).sort("customer_id", "month")


def impute(months: pl.DataFrame, price: str, consumption: str) -> pl.DataFrame:
    """
    Settled: the customer's own prices count from months without consumption too; a customer of unknown
    is_industrial belongs to no group, and so goes from the first step to the third.
    """
    months = months.with_columns(pl.when(pl.col(price) != 0).then(pl.col(price)).alias(price))
    consumed = pl.col(consumption) > 0

    def fill(value: pl.Expr) -> pl.DataFrame:
        missing = pl.col(price).is_null() & consumed
        return months.with_columns(pl.when(missing).then(value).otherwise(pl.col(price)).alias(price))

    months = fill(pl.col(price).forward_fill().backward_fill().over("customer_id", order_by="month"))
    for group in (["is_industrial", "month"], ["month"]):
        medians = months.filter(consumed).group_by(group).agg(pl.col(price).median().alias("median"))
        months = months.join(medians, on=group, how="left", nulls_equal=False)
        months = fill(pl.col("median")).drop("median")
    return months


def add_margins(months: pl.DataFrame) -> pl.DataFrame:
    def value(column: str) -> pl.Expr:
        return pl.col(column).fill_null(0)

    tiers = zip(TIER_NAMES, PRICES[:3], strict=True)
    months = months.with_columns(
        elec_variable_revenue=pl.sum_horizontal(value(f"elec_kwh_{tier}") * value(price) for tier, price in tiers),
        elec_fixed_revenue=value("elec_fixed_fee_eur_month"),
        elec_variable_cost=value("monthly_elec_kwh") * (value("elec_var_cost_eur_kwh") + value("peaje_elec_eur_kwh")),
        elec_fixed_cost=value("elec_fixed_cost_eur_month"),
        gas_variable_revenue=value("monthly_gas_m3") * value("gas_variable_price_eur_m3"),
        gas_fixed_revenue=value("gas_fixed_revenue_eur_year") / 12,
        gas_variable_cost=value("monthly_gas_m3") * value("gas_var_cost_eur_m3"),
        gas_fixed_cost=value("gas_fixed_cost_eur_year") / 12,
    )
    for fuel in ("elec", "gas"):
        revenue = pl.col(f"{fuel}_variable_revenue") + pl.col(f"{fuel}_fixed_revenue")
        cost = pl.col(f"{fuel}_variable_cost") + pl.col(f"{fuel}_fixed_cost")
        months = months.with_columns((revenue - cost).alias(f"{fuel}_margin"))
    for what in ("revenue", "cost"):
        parts = [f"{fuel}_{kind}_{what}" for fuel in ("elec", "gas") for kind in ("variable", "fixed")]
        months = months.with_columns(pl.sum_horizontal(parts).alias(f"total_{what}"))
    return months.with_columns(total_margin=pl.col("elec_margin") + pl.col("gas_margin"))


# --- gold ------------------------------------------------------------------------------------------------------------


def make_gold(customers: pl.DataFrame, months: pl.DataFrame, sentiments: dict[str, str], as_of: date) -> pl.DataFrame:
    of_customer: dict[str, list[Row]] = {customer: [] for customer in customers["customer_id"]}
    for row in months.sort("customer_id", "month").iter_rows(named=True):
        of_customer[row["customer_id"]].append(row)
    rows = []
    for customer in customers.iter_rows(named=True):
        rows.append(features_of(customer, of_customer[customer["customer_id"]], sentiments, as_of))
    return pl.DataFrame(rows, infer_schema_length=None).sort("customer_id")


def features_of(customer: Row, months: list[Row], sentiments: dict[str, str], as_of: date) -> Row:
    row: Row = {
        "customer_id": customer["customer_id"],
        "churn": customer["churn"],
        **lifecycle(customer, as_of),
        **attributes(customer),
        **consumption(months),
        **prices(months),
        **margins(months),
        **interaction(customer, as_of),
    }
    # Settled: a model's label without a text cannot be
    row["sentiment_label"] = sentiments.get(customer["customer_id"]) if customer["text"] else None
    row["portfolio_type"] = row["segment"] and row["segment"] + ("_DualFuel" if row["is_dual_fuel"] else "_SingleFuel")
    add_compounds(row)
    add_strings(row)
    for name in ("last_interaction_days_ago", "months_since_last_change"):
        row[name] = 9999 if row[name] is None else row[name]
    for name in ("customer_intent", "sentiment_label"):
        row[name] = row[name] or "no_interaction"
    for name in ("province_code", "region", "contracted_power_kw", "is_urban", "next_renewal_date",
                 "last_interaction_date"):
        row[name] = customer[name]
    return row


def months_between(start: date | None, end: date | None) -> Number:
    return None if start is None or end is None else (end - start).days / MONTH_DAYS


def round_one(value: Number) -> Number:
    """One decimal, half away from zero."""
    return None if value is None else math.copysign(math.floor(abs(value) * 10 + 0.5) / 10, value)


def bucket(value: Number, bounds: list[tuple[float, str]], above: str) -> str | None:
    if value is None:
        return None
    return next((name for bound, name in bounds if value <= bound), above)


def lifecycle(customer: Row, as_of: date) -> Row:
    """
    Settled: an activation, a contract start or a product change after the as-of date has not happened, and is missing.
    """
    def happened(day: date | None) -> date | None:
        return day if day and day <= as_of else None

    renewal = round_one(months_between(as_of, customer["next_renewal_date"]))
    renewal_bucket = bucket(renewal, [(0, "expired"), (3, "0-3m"), (6, "3-6m"), (12, "6-12m")], "12m+")
    activation = happened(customer["customer_first_activation_date"]) or happened(customer["contract_start_date"])
    age = months_between(activation, as_of)
    tenure = None if age is None else math.trunc(age)
    return {
        "months_to_renewal": renewal,
        "renewal_bucket": renewal_bucket,
        "is_within_3m_of_renewal": int(renewal is not None and renewal <= 3),
        "is_expired_contract": int(renewal_bucket == "expired"),
        "tenure_months": tenure,
        "tenure_bucket": bucket(tenure, [(6, "0-6m"), (12, "6-12m"), (24, "1-2y"), (60, "2-5y")], "5y+"),
        "months_since_last_change": round_one(months_between(happened(customer["last_product_change_date"]), as_of)),
    }


def attributes(customer: Row) -> Row:
    """Settled: a customer without attributes has the channel Unknown, as one without a channel; no segment, though."""
    industrial, power = customer["is_industrial"], customer["contracted_power_kw"]
    segment = None
    if industrial == 0:
        segment = "Residential"
    elif industrial == 1 and power is not None:
        segment = "SME" if power <= 10 else "Corporate"
    code = (customer["sales_channel"] or "unknown").strip().lower()
    # Settled: an unmapped channel is kept in its lower case
    channel = CHANNELS.get(code, code)
    return {
        "segment": segment,
        "sales_channel": channel,
        "is_high_competition_province": customer["is_high_competition_province"] or 0,
        "is_second_residence": customer["is_second_residence"] or 0,
        "is_digital_channel": int(channel in ("Comparison Website", "Own Website")),
        "is_comparison_channel": int(channel == "Comparison Website"),
        "is_own_website_channel": int(channel == "Own Website"),
    }


def known(months: list[Row], column: str) -> list[float]:
    """The column's values in the months' order, without nulls."""
    return [month[column] for month in months if month[column] is not None]


def total(values: list[float]) -> Number:
    return math.fsum(values) if values else None


def mean(values: list[float]) -> Number:
    return math.fsum(values) / len(values) if values else None


def deviation(values: list[float]) -> Number:
    return statistics.stdev(values) if len(values) >= 2 else None


def trend(values: list[float]) -> Number:
    """Settled: one month alone has no trend."""
    return (values[-1] - values[0]) / values[0] if len(values) >= 2 and values[0] != 0 else None


def consumption(months: list[Row]) -> Row:
    elec, gas = known(months, "monthly_elec_kwh"), known(months, "monthly_gas_m3")
    return {
        "avg_monthly_elec_kwh": mean(elec), "total_elec_kwh_2024": total(elec), "std_monthly_elec_kwh": deviation(elec),
        "avg_monthly_gas_m3": mean(gas), "total_gas_m3_2024": total(gas), "std_monthly_gas_m3": deviation(gas),
        "is_dual_fuel": int((total(elec) or 0) > 0 and (total(gas) or 0) > 0),
        # Settled: null where the customer has no month at all
        "active_months_count": sum(month["readings"] > 0 for month in months) if months else None,
    }


def prices(months: list[Row]) -> Row:
    price = known(months, "variable_price_tier1_eur_kwh")
    cost, gas_cost = known(months, "elec_var_cost_eur_kwh"), known(months, "gas_var_cost_eur_m3")
    rise, province = trend(price), mean(cost)
    steps = [abs(after - before) for before, after in zip(price, price[1:])]
    return {
        # Settled: null where the customer has no month at all
        "price_update_count": sum(step > 0.001 for step in steps) if months else None,
        "elec_price_volatility_12m": deviation(price),
        "elec_price_trend_12m": rise,
        "is_price_increase": int(rise is not None and rise > 0),
        "gas_price_trend_12m": trend(known(months, "gas_variable_price_eur_m3")),
        "province_elec_cost_trend": trend(cost),
        "province_avg_elec_cost_2024": province,
        "province_avg_gas_cost_2024": mean(gas_cost),
        "elec_price_vs_province_cost_spread": price[-1] - province if price and province is not None else None,
    }


def margins(months: list[Row]) -> Row:
    """Settled: without a month at all everything is null but the share of gas."""
    margin = known(months, "total_margin")
    revenue, gas = (math.fsum(known(months, name)) for name in ("total_revenue", "gas_variable_revenue"))
    last, before = mean(margin[-3:]), mean(margin[-6:-3])
    rolling = None if last is None else 0.0
    if last is not None and before is not None:
        rolling = last - before
    return {
        "gas_share_of_revenue": gas / revenue if revenue > 0 else 0.0,
        "std_margin": deviation(margin),
        "min_monthly_margin": min(margin, default=None),
        "max_negative_margin": sum(value < 0 for value in margin) if margin else None,
        "rolling_margin_trend": rolling,
        "avg_monthly_margin": mean(margin),
        "total_margin_2024": total(margin),
    }


def classify_intent(text: str | None) -> str | None:
    if text is None:
        return None
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    for intent, words in INTENTS.items():
        if re.search(r"\b(?:" + words.replace(" ", r"\s+") + r")\b", bare):
            return intent
    return "Other / Unclassified"


def interaction(customer: Row, as_of: date) -> Row:
    intent, day = classify_intent(customer["text"]), customer["last_interaction_date"]
    to_renewal = months_between(day, customer["next_renewal_date"])
    complaint = int(intent in (CANCELLATION, COMPLAINT))
    # Settled: both flags are 0 for an interaction after the renewal
    near, nearer = (int(to_renewal is not None and 0 <= to_renewal <= months) for months in (3, 1))
    return {
        "has_interaction": int(day is not None or customer["text"] is not None),
        "customer_intent": intent,
        "is_cancellation_intent": int(intent == CANCELLATION),
        "is_complaint_intent": int(intent == COMPLAINT),
        "recent_complaint_flag": complaint,
        "intent_severity_score": SEVERITY.get(intent or "", 0),
        "last_interaction_days_ago": None if day is None else (as_of - day).days,
        "interaction_within_3m_of_renewal": near,
        "is_interaction_within_30d_of_renewal": nearer,
        # Settled: "3m flag" is the interaction's, which the contract names one line before
        "complaint_near_renewal": complaint * near,
    }


def add_compounds(row: Row) -> None:
    within, dual, complaint = row["is_within_3m_of_renewal"], row["is_dual_fuel"], row["recent_complaint_flag"]
    competition = row["is_high_competition_province"]
    at_risk = row["renewal_bucket"] in ("expired", "0-3m") and row["tenure_bucket"] in ("0-6m", "6-12m")
    negative = int(row["sentiment_label"] == "negative")
    row |= {
        "is_negative_sentiment": negative,
        "complaint_x_negative_sentiment": complaint * negative,
        "is_price_sensitive": int(row["customer_intent"] == PRICING),
        "is_high_risk_lifecycle": int(at_risk),
        "is_competition_x_renewal": competition * within,
        "dual_fuel_x_renewal": dual * within,
        "dual_fuel_x_competition": dual * competition,
        "dual_fuel_x_intent": dual * complaint,
    }


def add_strings(row: Row) -> None:
    """Settled: from the values before the fills, so that no interaction is Unknown here."""
    def pair(left: str, right: str) -> str:
        return "_x_".join("Unknown" if row[name] is None else str(row[name]) for name in (left, right))

    row |= {
        "intent_x_renewal_bucket": pair("customer_intent", "renewal_bucket"),
        "intent_x_tenure_bucket": pair("customer_intent", "tenure_bucket"),
        "sentiment_x_renewal_bucket": pair("sentiment_label", "renewal_bucket"),
        "intent_x_sentiment": pair("customer_intent", "sentiment_label"),
        "tenure_x_renewal_bucket": pair("tenure_bucket", "renewal_bucket"),
        "sales_channel_x_renewal_bucket": pair("sales_channel", "renewal_bucket"),
        "has_interaction_x_renewal_bucket": pair("has_interaction", "renewal_bucket"),
        "competition_x_intent": pair("is_high_competition_province", "customer_intent"),
    }


# --- running it ------------------------------------------------------------------------------------------------------


def self_test() -> None:
    """The contract's own examples of bounds, in days from the as-of date, and values worked out by hand."""
    as_of = date(2024, 12, 31)
    nobody = dict.fromkeys(("customer_first_activation_date", "contract_start_date", "next_renewal_date",
                            "last_product_change_date"))

    def bucket_of(days: int) -> str:
        renewal = date.fromordinal(as_of.toordinal() + days)
        return lifecycle(nobody | {"next_renewal_date": renewal}, as_of)["renewal_bucket"]

    bounds = {-400: "expired", 1: "expired", 2: "0-3m", 92: "0-3m", 93: "3-6m", 184: "3-6m", 185: "6-12m",
              366: "6-12m", 367: "12m+"}
    assert {days: bucket_of(days) for days in bounds} == bounds
    assert [round_one(x) for x in (0.25, -0.25, 2.04, None)] == [0.3, -0.3, 2.0, None]
    assert (trend([2.0, 9.0, 3.0]), trend([0.0, 1.0]), trend([1.0])) == (0.5, None, None)
    assert deviation([1.0, 2.0, 3.0]) == 1 and deviation([1.0]) is None
    texts = {"Cust inquired about renewal options. Unhappy.": COMPLAINT, "Unhappy; will SWITCH": CANCELLATION,
             "Renewal: no price hike": "Contract Renewal", "Ratés": PRICING, "unpriced": "Other / Unclassified",
             "Past\n due rates": "Billing / Payment", "future plan": "Plan / Product Inquiry",
             "Info": "Account / Service Inquiry", "follow-up": "General / Operational Contact"}
    assert {text: classify_intent(text) for text in texts} == texts
    self_test_impute()
    print("golden_churn: self test passed")


def self_test_impute() -> None:
    """
    A's gaps take its next and its last price, but for the month without consumption; B the median of .2 and .4 (E
    consumed nothing); C, of whose kind none has a price, and F, of no known kind, the median of .2, .3 and .4.
    """
    price, consumption = "variable_price_tier1_eur_kwh", "elec_kwh_tier_1_peak"
    cells = [("A", 0, "01", 0.0, 1.0), ("A", 0, "02", 0.2, 1.0), ("A", 0, "03", None, 0.0), ("A", 0, "04", None, 1.0),
             ("B", 0, "02", None, 1.0), ("C", 1, "02", 0.0, 1.0), ("D", 0, "02", 0.4, 1.0), ("E", 0, "02", 9.0, 0.0),
             ("F", None, "02", None, 1.0)]
    columns = ["customer_id", "is_industrial", "month", price, consumption]
    months = impute(pl.DataFrame(cells, schema=columns, orient="row"), price, consumption)
    filled = [None if value is None else round(value, 12) for value in months[price]]
    assert filled == [0.2, 0.2, None, 0.2, 0.3, 0.3, 0.4, 9.0, 0.3], filled


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--as-of", type=date.fromisoformat)
    parser.add_argument("--sentiment", type=Path)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    if args.self_test:
        return self_test()
    if not (args.data and args.as_of and args.sentiment and args.out):
        sys.exit("golden_churn: --data, --as-of, --sentiment and --out are needed")
    args.out.mkdir(parents=True, exist_ok=True)
    labels = pl.read_parquet(args.sentiment).select("customer_id", "sentiment_label")
    customers = read_customers(args.data, args.as_of)
    bronze = make_bronze_months(args.data, customers, args.as_of)
    silver = make_silver_months(bronze, customers)
    gold = make_gold(customers, silver, dict(labels.iter_rows()), args.as_of)
    bronze.write_parquet(args.out / "bronze_customer_month.parquet")
    silver.write_parquet(args.out / "silver_customer_month.parquet")
    gold.write_parquet(args.out / "gold_master.parquet")


if __name__ == "__main__":
    main()
