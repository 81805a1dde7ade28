"""Files and datasets -> documents -> passages -> vectors -> memory."""
