"""From landed records to a better model, signed and ready for boxes; nothing of it is done twice.

datasets.py, manifest.py    which objects, with their hashes; an erasure knows of them
        v
examples.py, sql/, statistics.py    sessions -> features -> examples, one task for some gyms; figures of it
        v
validation.py               values, repetition, domination, jumps, labels, skew, drift: may it teach?
        v
training.py, tensorboard.py the recommender's own training, on a worker
        v
comparison.py, blessing.py  beside the champion, on members held out for ever, in each segment
        v
serving.py                  the exact files in a fresh process, in the runtimes of a box
        v
registry (beside this room) versions, tags, `challenger`
        v
release.py                  the signing of sync/cloud/signing

recommender_pipeline.py makes these stages, pipeline.py those that the phase model shares
(phase_pipeline.py, poses.py); stages.py does each of them once, lease.py lets one run at a time do so,
workers.py and dask_cluster.py say where, retrain.py is one run, trigger.py says when.
"""
