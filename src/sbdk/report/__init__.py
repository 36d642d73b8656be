"""Pages of charts over a published warehouse: what to draw is declared, the drawing is a library's."""
