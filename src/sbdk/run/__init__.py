"""What belongs to one run and to no other: its sources' context, environment and output."""
