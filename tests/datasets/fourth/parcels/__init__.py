"""A fourth data set: parcels that are on their way for some days."""
