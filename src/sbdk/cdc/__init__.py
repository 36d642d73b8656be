"""Change feeds and snapshots into slowly changing dimensions, types 1 and 2, with the semantics of AUTO CDC.

from sbdk.cdc import apply_changes

history = apply_changes(feed, keys=["user_id"], sequence_by="sequence", stored_as_scd_type=2,
                        apply_as_deletes="operation = 'DELETE'", except_column_list=["operation", "sequence"])
"""

from sbdk.cdc.changes import ChangeCounts, apply_changes, apply_changes_into
from sbdk.cdc.declaration import ChangeError
from sbdk.cdc.snapshots import apply_changes_from_snapshot

__all__ = ["ChangeCounts", "ChangeError", "apply_changes", "apply_changes_from_snapshot", "apply_changes_into"]
