"""The security headers that CloudFront adds on AWS. A contract test compares them with the CDK edge stack's."""

from __future__ import annotations


def content_security_policy(upload_origin: str) -> str:
    """Nothing from anywhere but ourselves; files go straight to the tenant bucket by presigned URL."""
    return "; ".join(
        (
            *("default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'"),
            *("img-src 'self' data:", f"connect-src 'self' {upload_origin}", "manifest-src 'self'"),
            *("frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "object-src 'none'"),
            "require-trusted-types-for 'script'",
        )
    )


def security_headers(upload_origin: str) -> dict[str, str]:
    """Headers of every answer. No HSTS here: the local origin has no TLS, and browsers ignore it there."""
    return {
        "content-security-policy": content_security_policy(upload_origin),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
