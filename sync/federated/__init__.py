"""Learning together without records: what a round and an update look like on the wire, in Flower's words.

A `Round` goes to the boxes: a start model, how to learn, until when. An `Update` comes back: changes of some
of its weights, clipped and blurred, and how many examples are behind them. Neither has room for more.
"""
