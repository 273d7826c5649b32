"""The local edge: one public origin that does what CloudFront and API Gateway's streaming integration do on AWS."""
