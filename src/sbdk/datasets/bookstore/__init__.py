"""A bookshop: publishers, books, sales by a known demand, stock, and campaigns with experiments of known effect."""

from sbdk.datasets.bookstore.dataset import BookstoreWorld

__all__ = ["BookstoreWorld"]
