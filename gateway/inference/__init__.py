"""The recommender's models behind the Open Inference Protocol v2: loaded, exchanged, asked in batches."""
