"""Data contracts: files of the Open Data Contract Standard, and what they drive."""
