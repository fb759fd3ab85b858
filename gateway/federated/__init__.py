"""The box of a gym that uploads nothing takes part in federated rounds, when it is told to.

sync.federated.client  the round
        v
privacy.py             may this box still tell anything, by the budget that its gym has set
        v
own_sessions.py        what its members did, as training makes examples of it
        v
learning.py            recommender.federated on a thread: learned, clipped, blurred
        v
rows.py                written down before it leaves, so that nothing is told twice in different noise
"""
