"""The lineage graph from source to mart: its nodes, their status, and where they are drawn."""
