"""What a gym that uploads nothing can still give: a small, blurred change of the intensity model. numpy only.

sessions.py    people's pasts as the rows that training makes of records
        v
network.py     the dense layers forward and backward; loss.py is that of training
        v
fit.py         a few epochs from the given weights on
        v
update.py      new minus given weights, clipped, with noise; privacy.py says what that costs

What becomes of updates is the cloud's (`sync/cloud/federated`), how they travel `sync/federated`.
"""
