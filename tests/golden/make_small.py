"""The golden test's small data set: `python make_small.py OUT` writes the three CSV files, config.json and plan.json.

Everything comes from one fixed seed. Each kind of dirt is planted on rows of its own, a known number of times, so
that plan.json ({source: {"column/check": count}}) is what the door must count. The run's date is 2026-01-06.
"""

import csv
import json
import math
import sys
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

Row = dict[str, Any]
Plan = dict[str, dict[str, int]]

AS_OF = date(2026, 1, 6)
CUSTOMERS, CONTRACTS = 1300, 1500
REGIONS = ["Bogotá", "ÁREA  Córdoba", "Nariño", "peñón del río", "Valle"]
CHANNELS = ["web", "call center", "oficina", "aliado"]
TARIFAS = {"Domestic": ["RES-1", "RES-2", "Residencial Básica"], "Industrial": ["IND-1", "IND GRANDE"]}


class Planter:
    """Hands out rows never handed out before, and keeps the count of what is planted on them."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.plan: Plan = {"clie": {}, "pola": {}, "hfac": {}}
        self.used: set[int] = set()

    def count(self, source: str, check: str, breaches: int = 1) -> None:
        self.plan[source][check] = self.plan[source].get(check, 0) + breaches

    def pick(self, source: str, check: str, rows: list[Row], n: int) -> list[Row]:
        free = [row for row in rows if id(row) not in self.used]
        chosen = self.random.sample(free, n)
        self.used |= {id(row) for row in chosen}
        self.count(source, check, n)
        return chosen

    def copies(self, rows: list[Row], n: int) -> list[Row]:
        """Adds copies of clean rows, which stay clean: a copy of a planted breach would be counted twice."""
        chosen = self.random.sample([row for row in rows if id(row) not in self.used], n)
        twins = [dict(row) for row in chosen]
        self.used |= {id(row) for row in chosen + twins}
        rows += twins
        return twins

    def put(self, source: str, check: str, rows: list[Row], values: list[Any]) -> None:
        """One row a value; the column's name is the check's first part."""
        for row, value in zip(self.pick(source, check, rows, len(values)), values, strict=True):
            row[check.split("/")[0]] = value


def some(random: Random, share_null: float, value: Any) -> Any:
    return "" if random.random() < share_null else value


def dirty(random: Random, text: str) -> str:
    """The same category in one of its spellings: case, outer blanks, wide inner blanks, a tab."""
    spellings = [text, text.upper(), text.lower(), f" {text} ", text.replace(" ", "   "), text.replace(" ", "\t")]
    return random.choice(spellings)


def make_customers(random: Random) -> list[Row]:
    return [{
        "customer_id": f" C{i:05d} " if i % 97 == 0 else f"C{i:05d}",
        "TIPO": dirty(random, random.choice(["Natural", "Jurídica"])),
        "estrato": some(random, 0.08, random.randint(1, 6)),
        "region": some(random, 0.05, dirty(random, random.choice(REGIONS))),
        "signup_date": some(random, 0.05, AS_OF - timedelta(days=random.randint(30, 4000))),
        "vip": some(random, 0.1, random.choice(["true", "false"])),
        "country": "co",
    } for i in range(CUSTOMERS)]


def make_contracts(random: Random) -> list[Row]:
    contracts = []
    for i in range(CONTRACTS):
        model_type = "Domestic" if random.random() < 0.7 else "Industrial"
        # ties on the tenure bounds: 365 days (12 months less a bit), 366, 1826 and 1827 days (60 months about)
        age = random.choice([365, 366, 1826, 1827]) if i % 20 == 0 else random.randint(20, 4000)
        start = AS_OF - timedelta(days=age)
        contracts.append({
            "policy_id": f"P{i:05d}",
            "customer_id": f"C{random.randrange(CUSTOMERS):05d}",
            "tarifa": dirty(random, random.choice(TARIFAS[model_type])),
            "capacity": some(random, 0.1, round(random.lognormvariate(2, 0.8), 2)),
            "start_date": some(random, 0.03, start),
            "end_date": some(random, 0.7, start + timedelta(days=random.randint(0, 3000))),
            "products": random.choice([1, 1, 1, 2, 2, 3]),
            "channel": some(random, 0.05, dirty(random, random.choice(CHANNELS))),
            "legacy_score": "",
            "currency": "EUR",
            "target": "",
        })
    return contracts


def make_invoices(random: Random, contract: Row) -> list[Row]:
    """About ten monthly invoices; the payment habit and the amount decide the contract's target."""
    slow = random.choice([0.0, random.uniform(0, 0.7)])
    level = random.lognormvariate(4.0, 0.5)
    gone = 150 if random.random() < 0.04 else 0
    first = random.randint(1, 28) + gone
    # billed so often that three invoices can be open before the oldest is 60 days late
    period, unpaid = random.choice([(18, 0), (18, 4)]) if random.random() < 0.12 else (30, 0)
    invoices = []
    for k in range(0 if random.random() < 0.03 else random.choice([1, 2, 5, 9, 10, 11, 12, 14, 15])):
        issued = AS_OF - timedelta(days=first + period * k)
        due = issued + timedelta(days=15)
        late = random.randint(1, 80) if random.random() < slow else random.randint(-10, 0)
        paid = due + timedelta(days=late)
        # what is paid after the run's date stays in the file on half of the rows: it has not happened yet
        known = paid <= AS_OF or random.random() < 0.5
        amount = 50 if random.random() < 0.1 else round(level * random.uniform(0.5, 1.5), 2)
        invoices.append({
            "policy_id": contract["policy_id"],
            "invoice_date": issued,
            "due_date": some(random, 0.03, due),
            "paid_date": paid if known and k >= unpaid and random.random() > slow / 10 else "",
            "amount_eur": some(random, 0.03, amount),
            "consumption": some(random, 0.05, round(level / 3 * (1 + 0.3 * math.sin(k)), 3)),
        })
    score = 5 * slow - 1.4 + 1.5 * math.log(level / 55)
    if random.random() > 0.08:
        contract["target"] = int(random.random() < 1 / (1 + math.exp(-2 * score)))
    return invoices


def plant_customers(planter: Planter, clie: list[Row]) -> None:
    planter.put("clie", "estrato/type", clie, ["x", "alto", "-"])
    planter.put("clie", "estrato/range", clie, [0, 7, 99, -1])
    planter.put("clie", "vip/type", clie, ["quizás", "2"])
    planter.put("clie", "signup_date/type", clie, ["2024-13-01", "ayer"])
    planter.put("clie", "signup_date/future", clie, [AS_OF + timedelta(days=d) for d in (1, 30, 900)])
    for row in planter.pick("clie", "customer_type/values", clie, 3):
        row["TIPO"] = "Marciano"
    planter.count("clie", "customer_id/duplicate", 4)
    for row in planter.copies(clie, 4):
        row |= {"estrato": 1, "region": "Repetida"}
    planter.count("clie", "customer_id/null", 3)
    for row, empty in zip(planter.copies(clie, 3), ["", " ", "NA"], strict=True):
        row["customer_id"] = empty


def plant_contracts(planter: Planter, pola: list[Row]) -> None:
    planter.put("pola", "capacity/type", pola, ["mucho", "1,5", "--"])
    planter.put("pola", "capacity/range", pola, ["-3", "inf", "-inf", "1e9"])
    planter.put("pola", "products/type", pola, ["dos"])
    planter.put("pola", "target/range", pola, [2, -1])
    planter.put("pola", "start_date/future", pola, [AS_OF + timedelta(days=d) for d in (1, 2, 400)])
    planter.put("pola", "customer_id/orphan", pola, ["C99999", "X1", "C99998"])
    with_start = [row for row in pola if row["start_date"]]
    for row in planter.pick("pola", "end_date/reversed", with_start, 5):
        row["end_date"] = row["start_date"] - timedelta(days=planter.random.randint(1, 50))
    for row in planter.random.sample([row for row in pola if id(row) not in planter.used], 6):
        row["capacity"] = "NaN"  # not a number is missing, and no breach
        planter.used.add(id(row))
    planter.count("pola", "policy_id/duplicate", 4)
    for row in planter.copies(pola, 4):
        row |= {"capacity": 1, "channel": "repetido"}
    # a contract without target is never trained on, so the model meets this category for the first time
    for row in planter.random.sample([r for r in pola if r["target"] == "" and id(r) not in planter.used], 3):
        row["channel"] = "Telégrafo"
        planter.used.add(id(row))
    # new contracts, without invoices, so that no invoice is an orphan only because its contract was dropped
    planter.count("pola", "tarifa/model_type", 5)
    for i, (row, tarifa) in enumerate(zip(planter.copies(pola, 5), ["GLP-1", "ALUMBRADO", "RES-9", "GLP-1", "IND"])):
        row |= {"policy_id": f"U{i:05d}", "tarifa": tarifa}
    planter.count("pola", "policy_id/null", 2)
    for row in planter.copies(pola, 2):
        row["policy_id"] = ""


def plant_invoices(planter: Planter, hfac: list[Row]) -> None:
    planter.put("hfac", "amount_eur/type", hfac, ["gratis", "12.3.4", "$50"])
    planter.put("hfac", "amount_eur/range", hfac, ["1e12", "-1e12", "inf"])
    planter.put("hfac", "consumption/range", hfac, [-5, -0.001])
    planter.put("hfac", "due_date/type", hfac, ["2025-02-30", "pronto"])
    planter.count("hfac", "policy_id+invoice_date/duplicate", 7)
    for row in planter.copies(hfac, 7):
        row["amount_eur"] = 1
    planter.count("hfac", "invoice_date/future", 6)
    for i, row in enumerate(planter.copies(hfac, 6)):
        row["invoice_date"] = AS_OF + timedelta(days=1 + 40 * i)
    planter.count("hfac", "policy_id/orphan", 3)
    for row, policy_id in zip(planter.copies(hfac, 3), ["P99999", "P99998", "Z"], strict=True):
        row["policy_id"] = policy_id
    # a date that cannot be read breaks two checks: its type, then the null in a required column
    planter.count("hfac", "invoice_date/type", 2)
    planter.count("hfac", "invoice_date/null", 3)
    for row, text in zip(planter.copies(hfac, 3), ["2025-00-10", "nunca", ""], strict=True):
        row["invoice_date"] = text
    # today's invoice is no future one
    hfac.append({"policy_id": "P00007", "invoice_date": AS_OF, "due_date": AS_OF, "paid_date": "",
                 "amount_eur": 10, "consumption": 5})


def sources() -> dict[str, Any]:
    def source(name: str, key: list[str], columns: dict[str, Any]) -> dict[str, Any]:
        return {"files": {name: f"{name}.csv"}, "key": key, "columns": columns}

    required = {"type": "string", "nullable": False}
    return {
        "clie": source("clie", ["customer_id"], {
            "customer_id": required,
            "customer_type": {"type": "category", "from": "TIPO", "values": ["NATURAL", "JURIDICA"]},
            "estrato": {"type": "integer", "min": 1, "max": 6},
            "region": {"type": "category"},
            "signup_date": {"type": "date"},
            "vip": {"type": "boolean"},
            "country": {"type": "category"},
        }),
        "pola": source("pola", ["policy_id"], {
            "policy_id": required,
            "customer_id": {"type": "string"},
            "tarifa": {"type": "category"},
            "capacity": {"type": "number", "min": 0, "max": 1000000},
            "start_date": {"type": "date"},
            "end_date": {"type": "date"},
            "products": {"type": "integer"},
            "channel": {"type": "category"},
            "legacy_score": {"type": "number"},
            "currency": {"type": "category"},
            "target": {"type": "integer", "min": 0, "max": 1},
        }),
        "hfac": source("hfac", ["policy_id", "invoice_date"], {
            "policy_id": required,
            "invoice_date": {"type": "date", "nullable": False},
            "due_date": {"type": "date"},
            "paid_date": {"type": "date"},
            "amount_eur": {"type": "number", "min": -100000, "max": 1000000},
            "consumption": {"type": "number", "min": 0},
        }),
    }


def make_config() -> dict[str, Any]:
    boosting = {"objective": "binary", "metric": "auc", "learning_rate": 0.1, "num_leaves": 7, "min_data_in_leaf": 20}
    return {
        "dataset": "small",
        "columns": {"null_values": ["", "NA"], "breach_share_max": 0.05, "sources": sources()},
        "modeling": {
            "seed": 42,
            "target_description": "the contract leaves or defaults within the next quarter",
            "date_strategy": "relative",
            "split": {"train": 0.7, "test": 0.15},
            "model_types": {name: {"tarifas": tarifas} for name, tarifas in TARIFAS.items()},
            "features_include": [], "features_exclude": [], "fills": {},
            "invoices": {"last": 12, "measures": {"amount_eur": "amount", "consumption": "consumption"},
                         "windows": [3, 6, 12], "statistics": ["mean", "min", "max", "std", "trend"]},
            "boosting": {"rounds": 60, "early_stopping_rounds": 20, "params": boosting},
            "imbalance": "none",
            "cross_validation_folds": 0,
            "threshold": {"strategy": "f1"},
        },
        "clustering": {
            "risk_names": ["MUY BAJO", "BAJO", "MEDIO", "ALTO", "MUY ALTO"],
            "tenure_bands": [{"name": "Consolidado", "months_max": 60}, {"name": "Fiel"}],
            "incorrientes": {"last_invoices": 12, "overdue_days_max": 60, "open_invoices_min": 3, "window_days": 120},
        },
        "drift": {"bins": 10, "max_categories": 1000, "p_value_max": 0.05, "drifted_share_max": 0.1,
                  "zero_rule": {"kind": "replace", "value": 0.0001}},
    }


def write_csv(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: make_small.py OUT")
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    random = Random(20260106)
    clie, pola = make_customers(random), make_contracts(random)
    hfac = [invoice for contract in pola for invoice in make_invoices(random, contract)]
    # the file's order is not the calendar's
    random.shuffle(hfac)
    planter = Planter(random)
    plant_customers(planter, clie)
    plant_contracts(planter, pola)
    plant_invoices(planter, hfac)
    for name, rows in (("clie", clie), ("pola", pola), ("hfac", hfac)):
        write_csv(out / f"{name}.csv", rows)
    for name, value in (("config", make_config()), ("plan", planter.plan)):
        (out / f"{name}.json").write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
