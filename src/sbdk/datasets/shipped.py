"""The data sets that come with sbdk: one line each."""

from sbdk.datasets.bookstore.settings import ENTRY as BOOKSTORE
from sbdk.datasets.retail.settings import ENTRY as RETAIL
from sbdk.datasets.saas.settings import ENTRY as SAAS
from sbdk.spec.data_sets import data_sets

data_sets.register("saas", SAAS)
data_sets.register("retail", RETAIL)
data_sets.register("bookstore", BOOKSTORE)
