"""An apparel retailer: three dimensions whose records are updated, and sales that refer to them."""

from sbdk.datasets.retail.dataset import RetailWorld

__all__ = ["RetailWorld"]
