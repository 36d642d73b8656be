-- severity: warn
-- description: An order above 5,000 dollars is possible, but somebody should look at it.
select order_id, user_id, amount, currency, amount_usd
from fct_orders
where amount_usd > 5000
