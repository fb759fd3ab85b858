"""From records, or simulated members, to the folders of the two models that the box loads.

simulated.py | records.py   what to learn from: one row for each day of a member (columns.py, dataset.py)
        v
validation.py               columns, ranges, drift against what was learned from before
        v
train.py                    split by member, search.py (random), network.py (Keras), examples.py (its batches)
        v
personal_fit.py             how the intensity model gets to know one person; everyday.py: what it then says
        v
evaluation.py               against the rule engine and the mean, in each segment, day to day; hidden truth
        v
folder.py                   onnx_file.py, int8_file.py, model.toml, card.py
"""
