"""A study as a dataset that can be given to others: Parquet files, a card, Croissant metadata."""
