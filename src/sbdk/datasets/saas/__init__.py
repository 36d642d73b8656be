"""A subscription product's operational data: users, their events in sessions, their orders in buying stories."""

from sbdk.datasets.saas.dataset import SaasWorld

__all__ = ["SaasWorld"]
