"""The tariff periods of the meter file's local hours, and the columns of a customer-month; all that the peers share."""

HOLIDAYS = [101, 106, 501, 815, 1012, 1101, 1206, 1208, 1225]  # month * 100 + day
WORKDAY_HOURS = {
    "tier_1_peak": [10, 11, 12, 13, 18, 19, 20, 21],
    "tier_2_standard": [8, 9, 14, 15, 16, 17, 22, 23],
}
PERIODS = [*WORKDAY_HOURS, "tier_3_offpeak"]
KEYS = ["customer_id", "month"]
SUMS = [f"{energy}_{period}" for energy in ("elec_kwh", "gas_m3") for period in PERIODS]
COUNTS = ["holiday_hours_in_month", "negative_elec_readings", "negative_gas_readings"]
