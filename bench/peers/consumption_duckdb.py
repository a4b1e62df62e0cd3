"""The meter file to customer-months by DuckDB's own Python package."""

import duckdb
from figures import main
from tariff import COUNTS, HOLIDAYS, PERIODS, WORKDAY_HOURS


def consumption(job: dict) -> None:
    select = months_sql(job["data"]["consumption"])
    duckdb.connect().execute(f"COPY ({select}) TO '{job['months']['duckdb']}' (FORMAT parquet)")


def months_sql(file: str) -> str:
    tiers = "".join(
        f"WHEN isodow(timestamp) <= 5 AND NOT holiday AND hour(timestamp) IN {tuple(hours)} THEN {tier} "
        for tier, hours in enumerate(WORKDAY_HOURS.values())
    )
    sums = ", ".join(
        f"coalesce(sum({energy}) FILTER (tier = {tier}), 0) AS {energy}_{period}"
        for energy in ("elec_kwh", "gas_m3")
        for tier, period in enumerate(PERIODS)
    )
    counts = ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in COUNTS)
    return f"""
        WITH hours AS (
          SELECT customer_id, year(timestamp) AS year, month(timestamp) AS month,
            month * 100 + day(timestamp) IN {tuple(HOLIDAYS)} AS holiday,
            CASE {tiers} ELSE 2 END AS tier,
            greatest(consumption_elec_kwh, 0) AS elec_kwh, greatest(consumption_gas_m3, 0) AS gas_m3,
            consumption_elec_kwh < 0 AS elec_negative, consumption_gas_m3 < 0 AS gas_negative
          FROM read_parquet('{file}')),
        periods AS (
          SELECT customer_id, year, month, tier, sum(elec_kwh) AS elec_kwh, sum(gas_m3) AS gas_m3,
            count(*) FILTER (holiday) AS holiday_hours_in_month,
            count(*) FILTER (elec_negative) AS negative_elec_readings,
            count(*) FILTER (gas_negative) AS negative_gas_readings
          FROM hours GROUP BY ALL)
        SELECT customer_id, format('{{}}-{{:02d}}', year, month) AS month, {sums}, {counts}
        FROM periods GROUP BY customer_id, year, month"""


if __name__ == "__main__":
    main({"consumption": consumption})
