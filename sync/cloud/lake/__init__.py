"""Where records lie: immutable Parquet objects in a folder or a bucket."""
