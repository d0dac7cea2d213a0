"""The study's program: the frozen plan as data, and what runs it on the dataset.

Composes ``estimation``, ``eventstudy`` and ``response``; frames in, tidy results out.
"""
