"""The camera and inference processes of a running box, and what crosses between them."""
