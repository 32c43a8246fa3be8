"""What is in base/, platforms/ and overlays/, and which platform a cluster is."""
