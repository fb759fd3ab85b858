"""What a box tells of itself to somebody far away who has to help: no images, no members, no secrets."""
