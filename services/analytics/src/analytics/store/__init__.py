"""Facts and buckets in MongoDB: the only code that knows the collections."""
