"""Plausible wrong lines of the retail template's graded models and their macros: the right text, and the wrong one."""

from __future__ import annotations

_SUMS = "macros/sums.sql"
_LEDGER = "macros/ledger.sql"
_BRONZE = "macros/bronze.sql"
_MATCHED = "models/silver/sales_matched.sql"

_HISTORY = [
    ("bucket = 'accepted'", "bucket <> 'quarantined' and received % 10 > 0"),
    ("last_update_time\nfrom", "last_update_time + interval 1 minute as last_update_time\nfrom"),
]
_TRANSACTIONS = [
    ("and product_version is not null", ""),
    ("store_id, customer_id, product_id, event_time", "product_id as store_id, customer_id, product_id, event_time"),
    ("store_version,", "event_time as store_version,"),
    ("source_file, source_position", "source_file, source_position + 1 as source_position"),
]
WRONG: dict[str, list[tuple[str, str, str]]] = {
    "customers": [
        *(("models/silver/customers.sql", old, new) for old, new in _HISTORY),
        ("models/silver/customers.sql", "coalesce(nullif(trim(email), ''), 'Unknown') as email", "email"),
        ("models/silver/customers.sql", "loyalty_points,", "loyalty_points + 1 as loyalty_points,"),
        ("models/silver/customers.sql", "join_date,", "cast(cast(join_date as date) as timestamp) as join_date,"),
        ("models/silver/customers.sql", " gender,", " upper(gender) as gender,"),
    ],
    "products": [
        *(("models/silver/products.sql", old, new) for old, new in _HISTORY),
        ("models/silver/products.sql", "price,", "round(price, 0) as price,"),
        ("models/silver/products.sql", "stock_quantity,", "0 as stock_quantity,"),
        ("models/silver/products.sql", "category, brand", "brand as category, category as brand"),
    ],
    "stores": [
        *(("models/silver/stores.sql", old, new) for old, new in _HISTORY),
        ("models/silver/stores.sql", "coalesce(nullif(trim(manager), ''), 'Unknown') as manager", "manager"),
        ("models/silver/stores.sql", "open_date,", "open_date - interval 5 hours as open_date,"),
        ("models/silver/stores.sql", "status,", "'open' as status,"),
    ],
    **{
        f"{name}_current": [
            (f"models/silver/{name}_current.sql", "valid_to is null", "valid_to is not null"),
            (f"models/silver/{name}_current.sql", "valid_to is null", "true"),
            (f"models/silver/{name}_current.sql", "valid_to is null", f"valid_to is null and {key} % 100 <> 0"),
            (
                f"models/silver/{name}_current.sql",
                "where valid_to is null",
                f"qualify row_number() over (partition by {key} order by valid_from) = 1",
            ),
            (
                f"models/silver/{name}_current.sql",
                "* exclude (valid_to)",
                "* exclude (valid_to) replace (1 as " + key + ")",
            ),
        ]
        for name, key in (("customers", "customer_id"), ("products", "product_id"), ("stores", "store_id"))
    },
    "sales_transactions": [
        *(("models/silver/sales_transactions.sql", old, new) for old, new in _TRANSACTIONS),
        ("models/silver/sales_transactions.sql", "quantity >= 0", "quantity > 1"),
        ("models/silver/sales_transactions.sql", "\n  and quantity >= 0", ""),
        (
            "models/silver/sales_transactions.sql",
            " total_amount,",
            " quantity * unit_price - discount_applied as total_amount,",
        ),
    ],
    "returns_transactions": [
        ("models/silver/returns_transactions.sql", "quantity < 0", "quantity <= 1"),
        ("models/silver/returns_transactions.sql", "-quantity as", "quantity as"),
        ("models/silver/returns_transactions.sql", "-total_amount as", "-total_amount - tax_amount as"),
        ("models/silver/returns_transactions.sql", "-tax_amount as", "tax_amount as"),
        ("models/silver/returns_transactions.sql", "discount_applied", "0 as discount_applied"),
    ],
    "late_sales": [
        ("models/silver/late_sales.sql", "ledger.bucket = 'late'", "ledger.bucket in ('late', 'duplicate')"),
        ("models/silver/late_sales.sql", "ledger.watermark", "ledger.watermark + interval 10 minutes as watermark"),
        ("models/silver/late_sales.sql", "sales.event_time", "ledger.judged_at::timestamp as event_time"),
        ("models/silver/late_sales.sql", "sales.total_amount", "sales.unit_price as total_amount"),
        ("models/silver/late_sales.sql", "sales.source_position", "sales.source_position + 1 as source_position"),
    ],
    "held_sales": [
        ("models/silver/held_sales.sql", "store_version is not null and customer_version is not null and", "true and"),
        ("models/silver/held_sales.sql", "where not (", "where false and not ("),
        ("models/silver/held_sales.sql", "case when product_version is null then 'product' end", "null"),
        (
            "models/silver/held_sales.sql",
            "transaction_id, store_id, customer_id",
            "transaction_id, store_id, store_id as customer_id",
        ),
        ("models/silver/held_sales.sql", "unit_price", "total_amount as unit_price"),
    ],
    "facts": [
        ("models/gold/denormalized_sales_facts.sql", "quantity < 0 as is_return", "quantity <= 1 as is_return"),
        (
            "models/gold/denormalized_sales_facts.sql",
            "discount_applied, tax_amount",
            "discount_applied, 2 * tax_amount as tax_amount",
        ),
        ("models/gold/denormalized_sales_facts.sql", "product_price,", "product_price * 1.2 as product_price,"),
        ("models/gold/denormalized_sales_facts.sql", "total_amount,", "total_amount + tax_amount as total_amount,"),
        (
            "models/gold/denormalized_sales_facts.sql",
            "store_name, store_address",
            "store_address as store_name, store_name as store_address",
        ),
        ("models/gold/denormalized_sales_facts.sql", "store_version is not null and", "quantity >= 0 and"),
    ],
    "matched": [
        (_MATCHED, "sales.event_time >= stores.valid_from", "sales.event_time + interval 1 day >= stores.valid_from"),
        (
            _MATCHED,
            "sales.event_time >= customers.valid_from",
            "sales.event_time > customers.valid_from + interval 1 hour",
        ),
        (
            _MATCHED,
            "sales.event_time >= products.valid_from",
            "date_trunc('day', sales.event_time) >= products.valid_from",
        ),
        (_MATCHED, "bucket = 'accepted') as ledger", "bucket in ('accepted', 'duplicate')) as ledger"),
        (_MATCHED, "bucket = 'accepted') as ledger", "bucket in ('accepted', 'late')) as ledger"),
        (_MATCHED, "products.price as product_price", "sales.unit_price + 1 as product_price"),
    ],
    "daily_sales_by_store": [
        (
            "models/gold/daily_sales_by_store.sql",
            "cast(event_time as date)",
            "cast(event_time - interval 5 hours as date)",
        ),
        ("models/gold/daily_sales_by_store.sql", "count(distinct customer_id)", "count(customer_id)"),
        (
            "models/gold/daily_sales_by_store.sql",
            "filter (not is_return), 0)::decimal",
            "filter (is_return), 0)::decimal",
        ),
        ("models/gold/daily_sales_by_store.sql", "sum(tax_amount)", "sum(abs(tax_amount))"),
        ("models/gold/daily_sales_by_store.sql", "\ngroup by all", "\nwhere not is_return\ngroup by all"),
    ],
    "sales_by_store_window": [
        (
            "models/gold/sales_by_store_window.sql",
            "+ interval 10 minutes as window_end",
            "+ interval 9 minutes as window_end",
        ),
        (
            "models/gold/sales_by_store_window.sql",
            "time_bucket(interval 10 minutes, event_time) as window_start",
            "time_bucket(interval 10 minutes, event_time) + interval 1 hour as window_start",
        ),
        (
            "models/gold/sales_by_store_window.sql",
            "interval 10 minutes, event_time)",
            "interval 5 minutes, event_time)",
        ),
        ("models/gold/sales_by_store_window.sql", "\ngroup by all", "\nwhere not is_return\ngroup by all"),
        ("models/gold/sales_by_store_window.sql", "\ngroup by all", "\ngroup by all\nhaving count(*) > 1"),
    ],
    "product_performance": [
        ("models/gold/product_performance.sql", "\nleft join sold", "\njoin sold"),
        ("models/gold/product_performance.sql", "count(distinct store_id)", "count(store_id)"),
        ("models/gold/product_performance.sql", "max(event_time)", "min(event_time)"),
        (
            "models/gold/product_performance.sql",
            "sold.returned_quantity / nullif(sold.quantity, 0)",
            "sold.returns / nullif(sold.sales, 0)",
        ),
        ("models/gold/product_performance.sql", "coalesce(sold.net_amount, 0)", "coalesce(sold.sales_amount, 0)"),
    ],
    "customer_lifetime_value": [
        ("models/gold/customer_lifetime_value.sql", "\nleft join bought", "\njoin bought"),
        (
            "models/gold/customer_lifetime_value.sql",
            "min(event_time) as first_purchase_at",
            "max(event_time) as first_purchase_at",
        ),
        (
            "models/gold/customer_lifetime_value.sql",
            "coalesce(bought.net_amount, 0)",
            "coalesce(bought.sales_amount, 0)",
        ),
        (
            "models/gold/customer_lifetime_value.sql",
            "bought.sales_amount / nullif(bought.sales, 0)",
            "bought.net_amount / nullif(bought.sales, 0)",
        ),
        ("models/gold/customer_lifetime_value.sql", "nullif(bought.sales, 0), 2)", "nullif(bought.sales, 0), 0)"),
    ],
    "sums": [
        (_SUMS, "coalesce(-sum(total_amount)", "coalesce(sum(total_amount)"),
        (_SUMS, "count(*) filter (not is_return) as sales", "count(*) as sales"),
        (_SUMS, "coalesce(sum(quantity) filter (not is_return)", "coalesce(sum(quantity)"),
        (
            _SUMS,
            "sum(total_amount)::decimal(18, 2) as net_amount",
            "sum(abs(total_amount))::decimal(18, 2) as net_amount",
        ),
        (_SUMS, "count(*) filter (is_return) as returns", "0 as returns"),
    ],
    "ledger": [
        (_LEDGER, "when delivery > 1 then 'duplicate'", "when delivery > 2 then 'duplicate'"),
        (_LEDGER, "order by received) as delivery", "order by received desc) as delivery"),
        (
            _LEDGER,
            "event_time__ < {{ watermark(bronze) }}",
            "event_time__ <= {{ watermark(bronze) }} - interval 5 minutes",
        ),
        (_LEDGER, "unbounded preceding and 1 preceding", "unbounded preceding and unbounded following"),
        (_LEDGER, "when rule is not null then 'quarantined'", "when rule = 'malformed' then 'quarantined'"),
        (_LEDGER, "interval {{ var('watermark_minutes') }} minutes", "interval 5 minutes"),
    ],
    "bronze": [
        (_BRONZE, "= 'VARCHAR' then {{ text }} end", "= 'VARCHAR' then upper({{ text }}) end"),
        (_BRONZE, "-?[0-9]+([.][0-9]{1,", "[0-9]+([.][0-9]{1,"),
        (
            _BRONZE,
            "then try_cast({{ text }} as timestamp) end",
            "then date_trunc('minute', try_cast({{ text }} as timestamp)) end",
        ),
        (
            _BRONZE,
            """when types[{{ index }}] is null then '{{ column.name }} is missing'""",
            """when types[{{ index }}] is null then null""",
        ),
        (
            _BRONZE,
            "try_cast({{ text }} as {{ type }})",
            "try_cast(floor(try_cast({{ text }} as double)) as {{ type }})",
        ),
    ],
    "quarantine": [
        (_LEDGER, "where ledger.bucket = 'quarantined'", "where ledger.bucket in ('quarantined', 'late')"),
        (
            _LEDGER,
            "ledger.rule, ledger.rule_version, ledger.reason, coalesce",
            "'malformed' as rule, ledger.rule_version, ledger.reason, coalesce",
        ),
        (
            _LEDGER,
            "coalesce(replays.record, raw.record) as raw_record",
            "trim(coalesce(replays.record, raw.record), '{}') as raw_record",
        ),
        (
            _LEDGER,
            "raw.source_file, raw.source_position, ledger.run_id",
            "raw.source_file, raw.source_position + 1 as source_position, ledger.run_id",
        ),
        (
            _LEDGER,
            "where ledger.bucket = 'quarantined'",
            "where ledger.bucket = 'quarantined' and ledger.rule <> 'malformed'",
        ),
    ],
}
"""By model or macro: (file below dbt/, right, wrong). The models of one line are their macros."""
