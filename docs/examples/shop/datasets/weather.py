"""The same kind of declaration in Python: for data sets that are computed rather than written."""

from sbdk.spec.dataset import Column, Dataset, Table

CITIES = ("berlin", "paris", "london")


def readings(city: str) -> Table:
    """A reading every nine minutes or so, at times of their own."""
    columns = {
        "reading_id": Column(generator="sequence"),
        "city": Column(generator="constant", value=city),
        "read_at": Column(generator="arrivals"),
        "celsius": Column(generator="temperature", at="read_at", spread=8.0),
    }
    return Table(rows=5_000, key="reading_id", columns=columns)


dataset = Dataset(name="weather", tables={f"readings_{city}": readings(city) for city in CITIES})
