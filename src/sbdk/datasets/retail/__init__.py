"""An apparel retailer: three dimensions whose records are updated, and sales that refer to them."""

from sbdk.synth.domains.retail.retail import RetailWorld

__all__ = ["RetailWorld"]
