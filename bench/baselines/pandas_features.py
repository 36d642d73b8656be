"""The bookstore's demand features as they are usually made: pandas, on a complete calendar.

python pandas_features.py SALES.parquet BOOKS.parquet START CLOCK OUT.parquet
"""

import sys

import numpy as np
import pandas as pd


def main() -> None:
    sales, books = pd.read_parquet(sys.argv[1]), pd.read_parquet(sys.argv[2])
    days = pd.date_range(sys.argv[3], sys.argv[4], inclusive="left")
    frame = calendar(sales, books, days)
    features(frame).to_parquet(sys.argv[5], index=False)


def calendar(sales: pd.DataFrame, books: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """A row per book and day since it was listed, with the units sold."""
    sales = sales.assign(sale_date=pd.to_datetime(sales["sale_date"]))
    units = sales.groupby(["book_id", "sale_date"])["quantity"].sum()
    books = books.assign(listed_date=pd.to_datetime(books["listed_date"])).sort_values("book_id")
    index = pd.MultiIndex.from_product([books["book_id"], days], names=["book_id", "feature_date"])
    frame = units.rename_axis(index.names).reindex(index, fill_value=0).rename("units").reset_index()
    frame = frame.merge(books[["book_id", "listed_date"]], on="book_id")
    return frame[frame["feature_date"] >= frame["listed_date"]].reset_index(drop=True)


def features(frame: pd.DataFrame) -> pd.DataFrame:
    """Lags, moving averages, spread and growth, each of the days before; the day itself as the target."""
    groups = frame.groupby("book_id", sort=False)["units"]
    lags = {days: groups.shift(days) for days in (1, 2, 7, 8, 30)}
    out = frame[["book_id", "feature_date"]].copy()
    dates = frame["feature_date"].dt
    out["day_of_week"], out["month"], out["is_weekend"] = dates.dayofweek + 1, dates.month, dates.dayofweek >= 5
    out["days_since_listed"] = (frame["feature_date"] - frame["listed_date"]).dt.days
    for days in (1, 7, 30):
        out[f"units_lag_{days}"] = lags[days]
    before = lags[1].groupby(frame["book_id"], sort=False)
    for days in (7, 30):
        out[f"units_average_{days}"] = before.rolling(days, min_periods=1).mean().to_numpy()
    out["units_stddev_7"] = before.rolling(7, min_periods=2).std().to_numpy()
    for name, days in (("units_growth_1", 2), ("units_growth_7", 8)):
        out[name] = (lags[1] - lags[days]) / lags[days].replace(0, np.nan)
    out["units_before"] = groups.cumsum() - frame["units"]
    sold = frame["feature_date"].where(frame["units"] > 0)
    first = sold.groupby(frame["book_id"], sort=False).transform("min")
    out["days_since_first_sale"] = (frame["feature_date"] - first).dt.days.where(frame["feature_date"] > first)
    last = sold.groupby(frame["book_id"], sort=False).ffill().groupby(frame["book_id"], sort=False).shift(1)
    out["days_since_last_sale"] = (frame["feature_date"] - last).dt.days
    out["target_units"] = frame["units"]
    return out[out["days_since_listed"] > 0]


if __name__ == "__main__":
    main()
