-- severity: warn
-- description: A sale waits for its store, customer or product; when more than one in fifty does, a stream is stalled.
select held.held, held.received
from silver.conservation as held
where stream = 'sales' and held > received / 50
