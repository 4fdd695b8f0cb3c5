"""The independent checker: it reads MongoDB and the topics, and nothing else.

It shares no code with the services or the kernel: its own JSON reading, its own fold, plain
``pymongo`` and ``aiokafka``. ``verdict.check`` is the whole of it.
"""
