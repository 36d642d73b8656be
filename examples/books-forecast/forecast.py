"""Forecast what each book will sell tomorrow, from the features of a bookstore project; against naive forecasts.

    python forecast.py features.parquet [--truth truth/demand.parquet] [--days 60]

A row of the features holds what was known in the evening before, and in target_units what the day then brought. The
model learns from all days but the last 60, and is judged on those. With the answer key it is also held against the
demand that was to be expected: sales are mostly chance, and no forecast can know that part.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import duckdb
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

FEATURES = (
    "day_of_week",
    "day_of_year",
    "days_since_listed",
    "list_price",
    "page_count",
    "units_lag_1",
    "units_lag_7",
    "units_lag_30",
    "units_average_7",
    "units_average_30",
    "units_per_day",
    "days_since_first_sale",
    "days_since_last_sale",
)
NAIVE = {
    "seven days before": "units_lag_7",
    "mean of 7 days": "units_average_7",
    "mean of 30 days": "units_average_30",
}
ONE_IN = 20
"""On most days most books sell nothing. One in twenty of these rows, counted twenty times, teaches the same, sooner."""

WARM_UP = 60
"""Days at the beginning that have too little behind them to be learnt from."""


@dataclass
class Rows:
    """x: a row per book and day, a column per feature; sold: units; expected: what the answer key says, if given."""

    x: np.ndarray
    sold: np.ndarray
    expected: np.ndarray | None

    def column(self, name: str) -> np.ndarray:
        """A feature; 0 where it is not known yet."""
        return np.nan_to_num(self.x[:, FEATURES.index(name)].astype(float))


def read(features: str, truth: str | None, where: str) -> Rows:
    columns = ", ".join(f"cast({name} as double) as {name}" for name in FEATURES)
    truth_rows = "(select book_id, day as feature_date, expected_units as expected from read_parquet($truth))"
    query = f"""
        with rows as (
            select *, feature_date - min(feature_date) over () as age,
                units_before / greatest(least(age, days_since_listed), 1) as units_per_day
            from read_parquet($features)
        )
        select {columns}, cast(target_units as double) as sold, {"expected" if truth else "null as expected"}
        from rows {f"join {truth_rows} using (book_id, feature_date)" if truth else ""}
        where {where} order by book_id, feature_date"""  # noqa: S608
    found = duckdb.execute(query, {"features": features, **({"truth": truth} if truth else {})}).fetchnumpy()
    x = [np.ma.filled(np.ma.asarray(found[name], float), np.nan) for name in FEATURES]
    expected = np.asarray(found["expected"]) if truth else None
    return Rows(np.column_stack(x).astype(np.float32), np.asarray(found["sold"]), expected)


def train(rows: Rows) -> HistGradientBoostingRegressor:
    """Boosted trees with a Poisson loss: counts, whose logarithm the features move."""
    model = HistGradientBoostingRegressor(
        loss="poisson", learning_rate=0.1, max_iter=60, max_leaf_nodes=8, min_samples_leaf=1000, random_state=0
    )
    with threadpool_limits(1):  # so few rows are learnt sooner by one thread than by many that wait for each other
        return model.fit(rows.x, rows.sold, sample_weight=np.where(rows.sold > 0, 1, ONE_IN))


def rmse(forecast: np.ndarray, actual: np.ndarray) -> float:
    """Root mean square error, in units per book and day."""
    return float(np.sqrt(np.mean((forecast - actual) ** 2)))


def main() -> int:
    options = arguments()
    last = duckdb.execute("select max(feature_date) from read_parquet(?)", [options.features]).fetchone()[0]
    split = f"feature_date > date '{last}' - {options.days}"
    some = f"(target_units > 0 or hash(book_id, feature_date) % {ONE_IN} = 0)"
    learnt = read(options.features, None, f"not ({split}) and age >= {WARM_UP} and {some}")
    judged = read(options.features, options.truth, split)
    print(f"learnt from {len(learnt.sold):,} rows, judged on {len(judged.sold):,}: the last {options.days} days")

    forecasts = {"gradient boosting": train(learnt).predict(judged.x)}
    forecasts |= {name: judged.column(feature) for name, feature in NAIVE.items()}
    if judged.expected is not None:
        forecasts["the best possible"] = judged.expected
    errors = {name: rmse(forecast, judged.sold) for name, forecast in forecasts.items()}
    print(f"\n{'forecast':<20}{'RMSE':>8}" + ("  from expected demand" if options.truth else ""))
    for name, forecast in forecasts.items():
        beside = "" if judged.expected is None else f"{rmse(forecast, judged.expected):>22.4f}"
        print(f"{name:<20}{errors[name]:>8.4f}{beside}")

    model = errors["gradient boosting"]
    print()
    for name in NAIVE:
        print(f"{1 - model / errors[name]:.1%} less error than {name}")
    return 0 if model < errors["seven days before"] else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Forecast what each book will sell tomorrow.")
    parser.add_argument("features", help="Parquet file of ml_features.demand_forecasting_features")
    parser.add_argument("--truth", help="demand.parquet of `sbdk truth`")
    parser.add_argument("--days", type=int, default=60, help="judge on so many last days")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
