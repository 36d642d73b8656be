-- severity: error
-- description: Whoever counts as a customer has an order, and whoever has an order counts as a customer.
select dim_users.user_id, is_customer, frequency
from dim_users
join user_metrics using (user_id)
where is_customer <> (frequency > 0)
