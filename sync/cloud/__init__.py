"""The cloud service: takes the records of many boxes, keeps them apart, and learns from them."""
