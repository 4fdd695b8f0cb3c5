"""What is made from the models: schemas, examples, AsyncAPI documents and the catalogue."""
