"""The way of the data, from source to mart: which nodes there are, how they are, where they are drawn."""
