"""The published Meaningful Moments release: a label file per video, in directories, archives and Parquet."""
