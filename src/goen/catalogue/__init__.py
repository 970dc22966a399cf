"""What we sell: products, SKUs, barcodes, dated prices, tax classes and costs."""
