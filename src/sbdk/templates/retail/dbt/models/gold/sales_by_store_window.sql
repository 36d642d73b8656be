-- Sales per store in tumbling windows of ten minutes of event_time, [window_start, window_end), from midnight UTC.
select
  store_id,
  time_bucket(interval 10 minutes, event_time) as window_start,
  time_bucket(interval 10 minutes, event_time) + interval 10 minutes as window_end,
  {{ sales_sums() }}
from {{ ref('denormalized_sales_facts') }}
group by all
