"""One file a step, each after the one that it names; a step that was released is never changed."""
