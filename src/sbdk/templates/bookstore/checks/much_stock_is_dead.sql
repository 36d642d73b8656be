-- severity: warn
-- description: More than a third of the stock lies dead; a buyer should look at inventory_optimization.
select sum(stock_quantity) filter (is_dead_stock) as dead, sum(stock_quantity) as stock
from analytics.inventory_optimization
having dead > stock / 3
